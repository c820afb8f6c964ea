"""Files by schema: content becomes a record of a stated kind, or an error names file, key, what was given and expected.

A kind is a `Record` (or a mapping, list or union of them). msgspec says that something is wrong; what, and where, is
found here, because in a mapping it does not name the entry, and no library knows the nearest right name.
"""

import json
import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec

from niche.errors import unknown
from niche.params.yaml_files import Spot

T = TypeVar("T")
_MOST = 1e200  # a number as a file may give it: no infinity, in whatever unit
Number = Annotated[float, msgspec.Meta(ge=-_MOST, le=_MOST, description="a finite number")]
Positive = Annotated[float, msgspec.Meta(gt=0, le=_MOST, description="a number above 0")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1, description="a number from 0 to 1")]
Text = Annotated[str, msgspec.Meta(pattern=r"\S", description="text that is not empty")]
Name = Annotated[str | int | float | bool, msgspec.Meta(description="a name")]  # of an arm: 0 and true are names, too
_FAULTS = (msgspec.ValidationError, RecursionError, OverflowError)
_NOUNS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "nothing",
    list: "a list",
    tuple: "a list",
    dict: "a mapping",
}


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """A part of a file: a key that it does not list is a mistake."""


class Fault(NamedTuple):
    """Where something is wrong, and what."""

    keys: tuple[str, ...]
    message: str


def parse(kind: type[T], content: Any, where: str | Spot, *, strict: bool = True) -> T:
    """Content of a file as a record.

    Parameters
    ----------
    kind
        a `Record`, or a mapping, list or union of them
    content
        what the loader of YAML, JSON or CSV gave
    where
        the file, and the key where `content` is part of one: every message begins with it, and has the line
        where a `Spot` is given
    strict
        False takes text for a number, as a table of text has it

    Raises
    ------
    NicheError
        with file, key, what was given, what is expected, and the nearest right name
    """
    try:
        return msgspec.convert(content, kind, strict=strict)
    except _FAULTS as error:
        keys, message = _blame(kind, content, strict) or Fault((), str(error))
        spot = where if isinstance(where, Spot) else Spot(where)
        raise spot.at(*keys).error(message) from None


def as_name(given: str | float | bool) -> str:
    """A name as it is written where YAML reads a number, true or false."""
    return str(given).lower() if isinstance(given, bool) else str(given)


def json_schema(kind: Any, title: str) -> str:
    """The JSON schema of a kind of file, for editors."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return json.dumps(made | _tidy(msgspec.json.schema(kind)), indent=1, ensure_ascii=False) + "\n"


def _tidy(node: Any) -> Any:
    """Without the bounds that only say "finite", and without the docstrings of our classes."""
    if isinstance(node, list):
        return [_tidy(one) for one in node]
    if not isinstance(node, dict):
        return node
    idle = {k for k in ("minimum", "maximum") if node.get(k) in (_MOST, -_MOST)}
    if "properties" in node and isinstance(node.get("title"), str):
        idle |= {"title", "description"}
    return {key: _tidy(one) for key, one in node.items() if key not in idle}


def _blame(kind: Any, value: Any, strict: bool) -> Fault | None:
    """The first thing in `value` that is not of the kind; None if all is."""
    try:
        msgspec.convert(value, kind, strict=strict)
    except _FAULTS as error:
        return _inside(kind, value, strict) or Fault((), _refusal(kind, value, error))
    return None


def _inside(kind: Any, value: Any, strict: bool) -> Fault | None:
    """What is wrong in a part of `value`; None if nothing but the whole of it."""
    kind, _ = _plain(kind)
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        chosen = _chosen(args, value)
        return None if chosen is None else _blame(chosen, value, strict)
    if _is_record(kind):
        return _of_record(kind, value, strict) if isinstance(value, dict) else None
    if origin is dict and isinstance(value, dict):
        wrong = next((key for key in value if _blame(args[0], key, strict)), None)
        if wrong is not None:
            return Fault((), _named("name", args[0], wrong) or f"a name: {_refusal(args[0], wrong, None)}")
        return _first(((str(key), args[1], one) for key, one in value.items()), strict)
    if origin in (list, tuple) and isinstance(value, list | tuple):
        fixed = origin is tuple and args[-1] is not Ellipsis
        kinds = args if fixed else [args[0]] * len(value)
        if len(kinds) == len(value):
            parts = zip(kinds, value, strict=True)
            return _first(((f"item {i}", one, given) for i, (one, given) in enumerate(parts, 1)), strict)
    return None


def _first(parts: Iterable[tuple[str, Any, Any]], strict: bool) -> Fault | None:
    """The first fault among named parts: (key, kind, value)."""
    for key, kind, value in parts:
        found = _blame(kind, value, strict)
        if found:
            told = _named(key, kind, value) if not found.keys else None
            return Fault((key, *found.keys), told or found.message)
    return None


def _named(key: str, kind: Any, value: Any) -> str | None:
    """Of a name that is not among the allowed ones: what kind of name, and the nearest."""
    allowed = _names(kind)
    said = "name" if key.startswith("item ") else key.replace("_", " ")
    return str(unknown(said, value, allowed)) if allowed else None


def _names(kind: Any) -> list[str]:
    """The names that a kind allows, if it is a choice among names."""
    kind, _ = _plain(kind)
    if get_origin(kind) in (Union, types.UnionType):
        found = [_names(one) for one in get_args(kind) if one is not type(None)]
        return [name for names in found for name in names] if all(found) else []
    return [str(name) for name in get_args(kind)] if get_origin(kind) is Literal else []


def _of_record(kind: Any, value: dict[Any, Any], strict: bool) -> Fault | None:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    config = kind.__struct_config__
    allowed = [*([config.tag_field] if config.tag_field else []), *fields]
    for key in value:
        if key not in allowed and (config.forbid_unknown_fields or not isinstance(key, str)):
            return Fault((), str(unknown("key", key, allowed)))
    for name, field in fields.items():
        if field.required and name not in value:
            return Fault((), f"lacks {name!r}: {_expected(field.type)}")
    return _first(((name, field.type, value[name]) for name, field in fields.items() if name in value), strict)


def _chosen(kinds: Iterable[Any], value: Any) -> Any:
    """Which kind of a union a value was meant to be, by its tag, or by its shape where only one fits; else None."""
    fitting = [kind for kind in kinds if isinstance(value, _shape(kind))]
    tagged = [kind for kind in fitting if _is_record(kind) and kind.__struct_config__.tag_field]
    for kind in tagged:
        config = kind.__struct_config__
        if value.get(config.tag_field) == config.tag:
            return kind
    return fitting[0] if len(fitting) == 1 and not tagged else None


def _shape(kind: Any) -> type | tuple[type, ...]:
    kind, _ = _plain(kind)
    if _is_record(kind) or get_origin(kind) is dict:
        return dict
    if get_origin(kind) in (list, tuple):
        return (list, tuple)
    return str if get_origin(kind) is Literal else kind if isinstance(kind, type) else object


def _refusal(kind: Any, value: Any, error: BaseException | None) -> str:
    """Why a value as a whole will not do."""
    base, _ = _plain(kind)
    if get_origin(base) in (Union, types.UnionType) and isinstance(value, dict):
        configs = [one.__struct_config__ for one in get_args(base) if _is_record(one)]
        field = next((config.tag_field for config in configs if config.tag_field), None)
        if field:
            return str(unknown(field, value.get(field), [str(config.tag) for config in configs]))
    cause = error.__cause__ if error is not None else None
    if isinstance(cause, ValueError) and isinstance(value, dict):  # the record's own check
        return str(cause)
    hint = "; write it without quotes" if isinstance(value, str) and _is_number(base) else ""
    return f"expected {_expected(kind)}, got {_shortened(value)}{hint}"


def _is_number(kind: Any) -> bool:
    return kind in (int, float) or any(_plain(one)[0] in (int, float) for one in get_args(kind))


def _expected(kind: Any) -> str:
    """A kind in words."""
    kind, said = _plain(kind)
    origin, args = get_origin(kind), get_args(kind)
    if said:
        return said
    if origin in (Union, types.UnionType):
        return " or ".join(_expected(one) for one in args if one is not type(None))
    if origin is Literal:
        return "one of " + ", ".join(str(one) for one in args)
    if _is_record(kind):
        needed = [f.encode_name for f in msgspec.structs.fields(kind) if f.required]
        return "a mapping" + (f" with {', '.join(needed)}" if needed else "")
    if origin is dict:
        return f"a mapping of names, each to {_expected(args[1])}"
    if origin is tuple and args[-1] is not Ellipsis:
        return f"a list of {len(args)}: [{', '.join(_expected(one) for one in args)}]"
    if origin in (list, tuple):
        return f"a list, each {_expected(args[0])}"
    return _NOUNS.get(kind, "another value")


def _plain(kind: Any) -> tuple[Any, str]:
    """A kind without its annotations, and the words for it that they hold."""
    said = ""
    while get_origin(kind) is Annotated:
        kind, *notes = get_args(kind)
        said = next((note.description for note in notes if getattr(note, "description", None)), said)
    return kind, said


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _shortened(value: Any) -> str:
    said = "nothing" if value is None else repr(value)
    return said if len(said) <= 80 else f"{said[:60]} ... ({type(value).__name__})"
