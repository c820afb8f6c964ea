"""Selectors of CSS, as far as they are read here: types, classes, names, attributes, and how these are joined."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element


def local(node: Element) -> str:
    """The name of an element without its namespace; "" for a comment."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


class Simple(NamedTuple):
    """One test of a selector on an element; `weight` as CSS counts it: names, classes, types."""

    test: Callable[[Element, "Element | None"], bool]
    weight: tuple[int, int, int]


# Compounds from the element outwards, each with what joins it to the next one out: " ", ">", "+", "~"; "" at the end.
Steps = tuple[tuple[tuple[Simple, ...], str], ...]


def means(steps: Steps, path: Sequence[Element]) -> bool:
    """Whether a selector means the last element of a path from the root."""
    (compound, join), outer = steps[0], steps[1:]
    above = path[-2] if len(path) > 1 else None
    if not all(simple.test(path[-1], above) for simple in compound):
        return False
    if not outer:
        return True
    if join == ">":
        return len(path) > 1 and means(outer, path[:-1])
    if join == " ":
        return any(means(outer, path[:end]) for end in range(len(path) - 1, 0, -1))
    before = list(above if above is not None else ())
    before = before[: before.index(path[-1])] if path[-1] in before else []
    return any(means(outer, [*path[:-1], one]) for one in (before[-1:] if join == "+" else before))


def split_selectors(tokens: Any) -> Iterator[list[Any]]:
    """A list of selectors at its commas."""
    part: list[Any] = []
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def read_selector(tokens: list[Any]) -> Steps | None:
    """The compounds of a selector from its end to its start; None if it has what is not understood here."""
    compounds: list[list[Simple]] = [[]]
    joins: list[str] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        value = getattr(token, "value", "")
        if token.type == "whitespace" or (token.type == "literal" and value in ">+~"):
            join = " " if token.type == "whitespace" else value
            if compounds[-1]:
                compounds.append([])
                joins.append(join)
            elif joins and join != " ":
                joins[-1] = join if joins[-1] == " " else "?"
            place += 1
            continue
        taken = _simple(tokens, place)
        if taken is None:
            return None
        simple, place = taken
        compounds[-1].append(simple)
    if not compounds[-1] and joins:
        compounds.pop()
        if joins.pop() != " ":
            return None
    if not compounds[0] or "?" in joins:
        return None
    return tuple(zip(map(tuple, reversed(compounds)), [*reversed(joins), ""], strict=True))


def _simple(tokens: list[Any], place: int) -> tuple[Simple, int] | None:
    token = tokens[place]
    if token.type == "ident":
        name = token.value
        return Simple(lambda node, _: local(node) == name, (0, 0, 1)), place + 1
    if token.type == "literal" and token.value == "*":
        return Simple(lambda node, _: True, (0, 0, 0)), place + 1
    if token.type == "hash":
        wanted = token.value
        return Simple(lambda node, _: node.get("id") == wanted, (1, 0, 0)), place + 1
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    if token.type == "literal" and token.value == "." and after is not None and after.type == "ident":
        wanted = after.value
        return Simple(lambda node, _: wanted in (node.get("class") or "").split(), (0, 1, 0)), place + 2
    if token.type == "literal" and token.value == ":" and after is not None and after.type == "ident":
        if after.lower_value == "root":
            return Simple(lambda node, above: above is None, (0, 1, 0)), place + 2
        if after.lower_value == "first-child":
            return Simple(lambda node, above: above is not None and above[0] is node, (0, 1, 0)), place + 2
    if token.type == "[] block":
        return _attribute(token.content, place)
    return None


_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "=": lambda has, wanted: has == wanted,
    "~=": lambda has, wanted: wanted in has.split(),
    "|=": lambda has, wanted: has == wanted or has.startswith(f"{wanted}-"),
    "^=": lambda has, wanted: bool(wanted) and has.startswith(wanted),
    "$=": lambda has, wanted: bool(wanted) and has.endswith(wanted),
    "*=": lambda has, wanted: bool(wanted) and wanted in has,
}


def _attribute(content: Any, place: int) -> tuple[Simple, int] | None:
    parts = [t for t in content if t.type != "whitespace"]
    if not parts or parts[0].type != "ident":
        return None
    name = parts[0].value
    if len(parts) == 1:
        return Simple(lambda node, _: node.get(name) is not None, (0, 1, 0)), place + 1
    said = "".join(str(t.value) for t in parts[1:-1])
    if said not in _MATCHES or parts[-1].type not in ("ident", "string"):
        return None
    matches, wanted = _MATCHES[said], parts[-1].value
    return Simple(lambda node, _: matches(node.get(name) or "", wanted), (0, 1, 0)), place + 1
