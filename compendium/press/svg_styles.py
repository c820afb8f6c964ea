"""Which style each element of an SVG has: attributes, style sheets and inheritance, as far as they are read here.

The cascade of CSS: attributes of presentation, then rules of `<style>` by weight and order, then `style="..."`, then
what is marked as important. A selector, a rule or a value that is not understood is told, never passed over.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

import tinycss2

from compendium.press.svg_selectors import Steps, local, means, read_selector, split_selectors
from compendium.press.svg_values import SIZES, families, length

# What is inherited, of the properties that are looked at; the others hold for the element and what is drawn of it.
INHERITED = (
    "font-size",
    "font-family",
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-opacity",
    "stroke-width",
    "stroke-dasharray",
    "visibility",
    "marker-start",
    "marker-mid",
    "marker-end",
)
OWN = ("opacity", "display", "transform", "vector-effect", "filter", "mask", "width", "height", "stop-opacity")
_SAID = ("inherit", "initial", "unset", "revert", "revert-layer")
_ASKED = (*INHERITED, *OWN, "font")
_MEDIA = {"", "all", "screen", "print"}
_PASSING = ("hover", "focus", "active", "visited", "link", "target", "selection")  # states that a printed page has not


@dataclass(frozen=True)
class StyleRule:
    """What a style sheet says of the elements that a selector means."""

    steps: Steps
    declared: Mapping[str, tuple[str, bool]]
    order: int

    @property
    def weight(self) -> tuple[int, ...]:
        """How strong the selector is."""
        found = [simple.weight for compound, _ in self.steps for simple in compound]
        return tuple(sum(column) for column in zip(*found, strict=True)) if found else (0, 0, 0)


@dataclass
class Sheet:
    """The rules of a file in order, families that it carries itself, and what could not be read."""

    rules: list[StyleRule] = field(default_factory=list)
    embedded: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)


def style_sheet(page: Element) -> Sheet:
    """All `<style>` of a page."""
    found = Sheet()
    for node in page.iter():
        if local(node) == "style":
            kind = (node.get("type") or "text/css").strip().lower()
            if kind != "text/css" or (node.get("media") or "").strip().lower() not in _MEDIA:
                found.unread.add(f"a style sheet for {node.get('media') or kind}")
                continue
            _read(tinycss2.parse_stylesheet("".join(node.itertext()), skip_comments=True, skip_whitespace=True), found)
    return found


def _read(rules: Any, found: Sheet) -> None:
    for rule in rules:
        if rule.type == "qualified-rule":
            declared = declarations(rule.content)
            for selector in split_selectors(rule.prelude):
                said = tinycss2.serialize(selector).strip()
                steps = read_selector(selector)
                if steps is not None:
                    found.rules.append(StyleRule(steps, declared, len(found.rules)))
                elif declared and not re.search(rf"::?({'|'.join(_PASSING)})\b", said):
                    found.unread.add(f"a style for {said}")
        elif rule.type == "at-rule":
            _at_rule(rule, found)
        elif rule.type == "error":
            found.unread.add(f"a broken style sheet ({rule.message})")


def _at_rule(rule: Any, found: Sheet) -> None:
    name, prelude = rule.lower_at_keyword, tinycss2.serialize(rule.prelude).strip()
    if name == "media" and prelude.lower() in _MEDIA:
        _read(tinycss2.parse_rule_list(rule.content or [], skip_comments=True, skip_whitespace=True), found)
    elif name == "font-face":
        about = {
            d.lower_name: tinycss2.serialize(d.value).strip()
            for d in tinycss2.parse_blocks_contents(rule.content or [])
            if d.type == "declaration"
        }
        if "data:" in about.get("src", ""):
            found.embedded.add(families(about.get("font-family", ""))[0])
    elif name in ("media", "import", "supports", "layer"):
        found.unread.add(f"@{name} {prelude}".strip())


def declarations(content: Any) -> dict[str, tuple[str, bool]]:
    """Property -> value as text and whether it is important, of those that matter here; `content` text or tokens."""
    found: dict[str, tuple[str, bool]] = {}
    for one in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if one.type != "declaration" or one.lower_name not in _ASKED:
            continue
        value = tinycss2.serialize(one.value).strip()
        pairs = _font(value) if one.lower_name == "font" else {one.lower_name: value}
        for name, said in pairs.items():
            if one.important or not found.get(name, ("", False))[1]:
                found[name] = (said, one.important)
    return found


def _font(value: str) -> dict[str, str]:
    """Size and families of the short form: `italic bold 7px/1.2 Arial, sans-serif`."""
    tokens = [t for t in tinycss2.parse_component_value_list(value) if t.type != "whitespace"]
    for place, token in enumerate(tokens):
        word = token.type == "ident" and token.lower_value in SIZES
        if token.type in ("dimension", "percentage") or word:
            rest = tokens[place + 1 :]
            if rest and rest[0].type == "literal" and rest[0].value == "/":
                rest = rest[2:]
            names = value[value.index(token.serialize()) :]
            first = rest[0].serialize() if rest else ""
            return {"font-size": token.serialize(), "font-family": names[names.index(first) :] if first else "inherit"}
    return {"font-size": value, "font-family": "inherit"}  # a system font, or what is no font: it is told as unread


def specified(node: Element, path: Sequence[Element], sheet: Sheet) -> dict[str, str]:
    """What is said of an element itself, by property; `path` leads from the root to it."""
    found: dict[str, tuple[tuple[int, ...], str]] = {}

    def say(name: str, value: str, strength: tuple[int, ...]) -> None:
        if name not in found or strength >= found[name][0]:
            found[name] = (strength, value.strip())

    for name in (*INHERITED, *OWN):
        if (value := node.get(name)) is not None:
            say(name, value, (0, 0, 0, 0, 0))
    for rule in sheet.rules:
        if means(rule.steps, path):
            for name, (value, important) in rule.declared.items():
                say(name, value, (3 if important else 1, *rule.weight, rule.order))
    for name, (value, important) in declarations(node.get("style") or "").items():
        say(name, value, (4 if important else 2, 0, 0, 0, 0))
    return {name: value for name, (_, value) in found.items()}


@dataclass(frozen=True)
class Style:
    """What holds at an element.

    Attributes
    ----------
    values
        the other values as they were written
    size
        of its type, px of its own coordinates; NaN where it could not be read
    stroke
        width of its strokes, px of its own coordinates; NaN where it could not be read
    """

    values: Mapping[str, str] = field(default_factory=dict)
    size: float = 16.0
    stroke: float = 1.0
    root: float = 16.0
    see_through: bool = False  # an opacity between 0 and 1 holds here
    hidden: bool = False  # by itself or by what is around it

    def said(self, name: str, otherwise: str = "") -> str:
        """The value of a property, or what holds where nothing was said."""
        return self.values.get(name, otherwise)


def computed(node: Element, path: Sequence[Element], sheet: Sheet, above: Style, diagonal: float) -> Style:
    """The style of an element, from what is said of it and what holds above it.

    What is not understood goes into `sheet.unread`.

    Parameters
    ----------
    diagonal
        px, of which a width in per cent is a share
    """
    said = specified(node, path, sheet)
    given = {name: value for name, value in said.items() if value.lower() not in _SAID}
    kept = {n: v for n, v in above.values.items() if n in INHERITED or said.get(n, "").lower() == "inherit"}
    for name, value in said.items():
        if value.lower() in ("initial", "revert", "revert-layer"):
            kept.pop(name, None)
    values = {**kept, **given}
    size, stroke = above.size, above.stroke
    if "font-size" in said:
        size = _size(said["font-size"], above, sheet)
    if "stroke-width" in said:
        stroke = _width(said["stroke-width"], above, size, diagonal, sheet)
    share = _share(values.get("opacity", "1"), "opacity", sheet)
    lucid, gone = 0 < share < 1, share == 0 or values.get("display") == "none"
    root = size if len(path) == 1 else above.root
    return Style(values, size, stroke, root, above.see_through or lucid, above.hidden or gone)


def _size(value: str, above: Style, sheet: Sheet) -> float:
    word = value.lower()
    if word in ("inherit", "unset"):
        return above.size
    if word in ("initial", "revert", "revert-layer"):
        return 16.0
    known = SIZES | {"larger": 1.2 * above.size, "smaller": above.size / 1.2}
    size = known[word] if word in known else length(value, above.size, above.size, above.root)
    if math.isnan(size) and not math.isnan(above.size):
        sheet.unread.add(f"text of font-size {value}")
    return size


def _width(value: str, above: Style, size: float, diagonal: float, sheet: Sheet) -> float:
    word = value.lower()
    if word in ("inherit", "unset"):
        return above.stroke
    if word in ("initial", "revert", "revert-layer"):
        return 1.0
    width = length(value, size, diagonal, above.root)
    if math.isnan(width):
        sheet.unread.add(f"lines of stroke-width {value}")
    return width


def _share(value: str, name: str, sheet: Sheet) -> float:
    found = length(value, math.nan, 1.0)
    if math.isnan(found):
        sheet.unread.add(f"{name} {value}")
        return 1.0
    return found


def opacity(style: Style, what: str, sheet: Sheet) -> float:
    """How opaque the "fill" or the "stroke" of an element is by its own share and its colour; 0: not painted."""
    colour = style.said(what, "black" if what == "fill" else "none").lower()
    if colour in ("none", "transparent"):
        return 0.0
    own = _share(style.said(f"{what}-opacity", "1"), f"{what}-opacity", sheet)
    alpha = 1.0
    if found := re.match(r"(?:rgb|hsl)a?\((.*)\)", colour):
        parts = [part for part in re.split(r"[\s,/]+", found[1].strip()) if part]
        alpha = _share(parts[3], what, sheet) if len(parts) == 4 else 1.0
    elif found := re.fullmatch(r"#(?:[0-9a-f]{3}([0-9a-f])|[0-9a-f]{6}([0-9a-f]{2}))", colour):
        alpha = int(found[1] * 2 if found[1] else found[2], 16) / 255
    return own * alpha
