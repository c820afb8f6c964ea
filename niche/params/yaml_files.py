"""YAML as this project reads it: decimal numbers, `true` and `false`, names that stay text, and errors with lines.

YAML 1.1 reads `on` and `no` as booleans, 1e-3 as text, 010 as 8 and 1:30 as 90, and a name 0 as a number. Here only
true and false are booleans (YAML 1.2, core schema), 1e-3 is a number, the others are text, and so is every name.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import yaml

from niche.errors import NicheError

_MOST_ENTRIES = 1_000_000  # with what aliases repeat: a file of ten lines can stand for a billion entries
_MOST_DEEP = 60
_SAFE = 1000  # levels that the C library composes without running out of stack, many times over
_BLOCK = re.compile(rf"^[ ?-]{{{_SAFE}}}", re.MULTILINE)
_TAG = "tag:yaml.org,2002:"
_KINDS: dict[type, tuple[str, ...]] = {
    yaml.MappingNode: ("map",),
    yaml.SequenceNode: ("seq",),
    yaml.ScalarNode: ("null", "bool", "int", "float", "str", "merge"),
}


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORMS = {
    "null": (r"(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    "bool": (r"(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    "int": (r"[-+]?(0|[1-9]\d*)$", list("-+0123456789")),
    "float": (
        r"[-+]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d+)?$|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$",
        list("-+0123456789."),
    ),
    "merge": (r"<<$", ["<"]),
}


class YamlLoader(_Base):
    """The one loader of the project: mappings with names of text, lists, text, numbers, true, false, nothing else."""

    yaml_implicit_resolvers: ClassVar[dict] = {}

    def __init__(self, stream: str) -> None:
        _check_depth(stream)
        super().__init__(stream)

    def get_single_data(self) -> Any:
        """The content of the file, or None if it is empty."""
        node = self.get_single_node()
        if node is None:
            return None
        _checked(node, {}, 0)
        return self.construct_document(node)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict:
        """A mapping whose names are text, as written; `<<` takes entries over from others."""
        self.flatten_mapping(node)
        return {key.value: self.construct_object(value, deep=deep) for key, value in node.value}


for _name, (_form, _first) in _FORMS.items():
    YamlLoader.add_implicit_resolver(_TAG + _name, re.compile(_form), _first)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file as a mapping. Raises `NicheError` naming the file, and the line if it is known."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=YamlLoader)
    except FileNotFoundError:
        raise FileError(f"{path} is missing") from None
    except yaml.YAMLError as error:
        raise FileError(_said(path, error)) from None
    except (OSError, ValueError, RecursionError) as error:
        raise FileError(f"{path}: cannot be read as YAML in UTF-8 ({_short(error)})") from None
    if not isinstance(content, dict):
        said = "nothing" if content is None else _short(repr(content))
        raise FileError(f"{path}: expected a mapping of names to entries, got {said}")
    return content


@lru_cache(maxsize=8)
def read_folder(folder: Path) -> dict[str, dict[str, Any]]:
    """Every YAML file of a folder, by name without ending, in alphabetical order."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise FileError(f"{folder} holds no YAML files")
    return {file.stem: read_yaml(file) for file in files}


class FileError(NicheError):
    """An error that names the file in which something is wrong: nobody puts another place before it."""


@dataclass(frozen=True)
class Spot:
    """Where something stands in a file, for a message: the file, the names on the way there, and how they are said.

    Attributes
    ----------
    said
        what a message begins with
    file
        where lines can be looked up, None if there is none
    """

    said: str
    file: Path | None = None
    keys: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def at(self, *keys: str, said: str | None = None) -> "Spot":
        """A place further in ("item 2" of a list).

        Parameters
        ----------
        said
            how it is called; "" if its name says nothing
        """
        called = keys if said is None else tuple(filter(None, (said,)))
        return replace(self, keys=(*self.keys, *keys), parts=(*self.parts, *called))

    def error(self, message: object) -> NicheError:
        """An error that begins with file, line and place."""
        line = line_of(self.file, self.keys) if self.file is not None else None
        where = [self.said, *([f"line {line}"] if line is not None else []), *self.parts]
        return FileError(f"{', '.join(where)}: {message}")

    @contextmanager
    def named(self) -> Iterator[None]:
        """Errors raised in here begin with this place."""
        try:
            yield
        except FileError:
            raise
        except NicheError as error:
            raise self.error(error) from None

    def __str__(self) -> str:
        return ", ".join((self.said, *self.parts))


def line_of(path: Path, keys: tuple[str, ...]) -> int | None:
    """The line (from 1) of an entry, or of the nearest one around it that stands in the file; None if none does.

    Parameters
    ----------
    keys
        names, and "item 2" for the second of a list
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=YamlLoader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return None
    line = None
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            inside = {name.value: (name, value) for name, value in node.value}
        elif isinstance(node, yaml.SequenceNode):
            inside = {f"item {i}": (value, value) for i, value in enumerate(node.value, 1)}
        else:
            break
        if key not in inside:
            break
        line, node = inside[key][0].start_mark.line + 1, inside[key][1]
    return line


def _check_depth(text: str) -> None:
    """Refuse what is nested so deep that composing it would end the process; looked at closely only if it may be."""
    if text.count("[") + text.count("{") < _SAFE and not _BLOCK.search(text):
        return
    deep = 0
    for event in yaml.parse(text, Loader=_Base):
        deep += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if deep > _MOST_DEEP:
            raise _refused(f"more than {_MOST_DEEP} levels in one another", event)


def _checked(node: Any, sizes: dict[int, int], deep: int) -> int:
    """How many entries a node stands for. Refuses names given twice, names that are no text, loops and monsters."""
    if id(node) in sizes:
        if sizes[id(node)] < 0:
            raise _refused("an entry that holds itself", node)
        return sizes[id(node)]
    if deep > _MOST_DEEP:
        raise _refused(f"more than {_MOST_DEEP} levels in one another", node)
    _check_tag(node)
    sizes[id(node)] = -1
    inside: list[Any] = []
    if isinstance(node, yaml.MappingNode):
        inside = [value for _, value in node.value]
        _check_names(node)
    elif isinstance(node, yaml.SequenceNode):
        inside = node.value
    size = 1 + sum(_checked(one, sizes, deep + 1) for one in inside)
    if size > _MOST_ENTRIES:
        raise _refused(f"more than {_MOST_ENTRIES:,} entries", node)
    sizes[id(node)] = size
    return size


def _check_tag(node: Any) -> None:
    kind = node.tag.removeprefix(_TAG)
    if _TAG + kind != node.tag or kind not in _KINDS[type(node)]:
        raise _refused(f"a tag ({node.tag}) has no place here", node)
    if kind in _FORMS and not re.match(_FORMS[kind][0], node.value):
        raise _refused(f"{node.value!r} is no {kind}", node)


def _check_names(node: Any) -> None:
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _refused("a name must be text, not a list or mapping", key)
        if key.value in lines:
            raise _refused(f"{key.value} is given twice, first on line {lines[key.value]}", key)
        lines[key.value] = key.start_mark.line + 1


def _refused(problem: str, node: Any) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _said(path: Path, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = f", line {mark.line + 1}" if mark is not None else ""
    said = [getattr(error, "context", None), getattr(error, "problem", None)]
    return f"{path}{line}: {', '.join(filter(None, said)) or _short(error)}"


def _short(said: object) -> str:
    return " ".join(str(said).split())[:200]
