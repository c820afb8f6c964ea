"""What a journal asks of a figure: `params/journals/*.yaml`, each rule with its source, and what we draw within it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from niche.errors import NicheError, known, unknown
from niche.params.records import read_yaml, root

# Every rule that there is, and its unit. A journal gives those that it has.
RULES = {
    "widths": "mm",
    "width_min": "mm",
    "width_max": "mm",
    "max_height": "mm",
    "text_min": "pt",
    "text_max": "pt",
    "fonts": "",
    "stand_ins": "",
    "font_types": "",
    "outlines": "",
    "formats": "",
    "dpi_min": "dpi",
    "dpi_max": "dpi",
    "colours": "",
    "bits": "bits per channel",
    "alpha": "",
    "compression": "",
    "max_bytes": "byte",
    "line_min": "pt",
}
_LISTS = {"widths", "fonts", "stand_ins", "font_types", "formats", "colours", "compression"}
_SWITCHES = {"alpha", "outlines"}
_NEEDED = ("max_height", "text_min", "text_max", "fonts", "formats", "dpi_min", "colours")
_WIDTHS = ("single", "middle", "double")
_WRITTEN = ("pdf", "svg", "tiff", "png")


@dataclass(frozen=True)
class Rule:
    """What is asked, in `unit`; who asks it, or "assumed"."""

    name: str
    value: Any
    unit: str
    source: str
    note: str


@dataclass(frozen=True)
class Letters:
    """How panels are lettered: case ("lower" or "upper"), weight, size in pt."""

    case: str
    weight: str
    size: float


@dataclass(frozen=True)
class Journal:
    """The rules of a journal by name, and our layout within them.

    widths : mm of "single", "middle" and "double"; text, small : pt of labels and of ticks, keys, remarks
    dpi : of raster files and of pictures in vector files; write : formats that are written
    """

    name: str
    title: str
    rules: Mapping[str, Rule]
    letters: Letters
    widths: Mapping[str, float]
    text: float
    small: float
    dpi: int
    write: tuple[str, ...]

    def value(self, rule: str, default: Any = None) -> Any:
        """What a rule asks; `default` where the journal has no such rule."""
        return self.rules[rule].value if rule in self.rules else default


def journal_names() -> list[str]:
    """The journals that there is a file for."""
    return sorted(file.stem for file in (root() / "journals").glob("*.yaml"))


def journal(name: str) -> Journal:
    """The journal of a name. Raises `NicheError` for one without a file, or a file that says something unclear."""
    if name not in journal_names():
        raise unknown("profile", name, journal_names())
    return _read(root() / "journals" / f"{name}.yaml")


@lru_cache(maxsize=16)
def _read(file: Path) -> Journal:
    where = f"journals/{file.name}"
    given = read_yaml(file)
    known(given, ("title", "sources", "rules", "letters", "layout"), where)
    for key in ("title", "sources", "rules", "letters", "layout"):
        if not given.get(key):
            raise NicheError(f"{where} lacks {key!r}")
    known(given["rules"], RULES, f"{where}, rules")
    rules = {name: _rule(name, entry, given["sources"], where) for name, entry in given["rules"].items()}
    for name in _NEEDED:
        if name not in rules:
            raise NicheError(f"{where} lacks the rule {name!r}")
    letters = given["letters"]
    known(letters, ("case", "weight", "size"), f"{where}, letters")
    if letters.get("case") not in ("lower", "upper") or letters.get("weight") not in ("bold", "normal"):
        raise NicheError(f"{where}, letters: case is lower or upper, weight is bold or normal")
    size = _rule("text_max", letters["size"], given["sources"], f"{where}, letters").value
    layout = given["layout"]
    known(layout, ("widths", "text", "small", "dpi", "write"), f"{where}, layout")
    known(layout.get("widths"), _WIDTHS, f"{where}, layout, widths")
    sizes = {what: _number(layout.get(what), f"{where}, layout, {what}") for what in ("text", "small", "dpi")}
    widths = {name: _number(layout["widths"].get(name), f"{where}, layout, {name}") for name in _WIDTHS}
    found = Journal(
        name=file.stem,
        title=str(given["title"]),
        rules=rules,
        letters=Letters(letters["case"], letters["weight"], size),
        widths=widths,
        text=sizes["text"],
        small=sizes["small"],
        dpi=int(sizes["dpi"]),
        write=tuple(layout.get("write") or ()),
    )
    _keeps_its_own_rules(found, where)
    return found


def _rule(name: str, entry: Any, sources: Mapping[str, str], where: str) -> Rule:
    place = f"{where}, {name}"
    known(entry, ("value", "unit", "source", "kind", "note"), place)
    unit = str(entry.get("unit", ""))
    if unit != RULES[name]:
        raise NicheError(f"{place}: its unit is {RULES[name] or 'none'}, got {unit or 'none'}")
    source = entry.get("source")
    if source is None and entry.get("kind") != "assumed":
        raise NicheError(f"{place}: it needs a source, or kind: assumed")
    if source is not None and source not in sources:
        raise NicheError(f"{place}: {unknown('source', source, sources)}")
    value = entry.get("value")
    if name in _SWITCHES:
        if not isinstance(value, bool):
            raise NicheError(f"{place}: true or false, got {value!r}")
    elif name in _LISTS:
        if not isinstance(value, list) or not value:
            raise NicheError(f"{place}: a list, got {value!r}")
        value = tuple(_number(v, place) if name == "widths" else str(v) for v in value)
    else:
        value = _number(value, place)
    return Rule(name, value, unit, sources[source] if source else "assumed", str(entry.get("note", "")))


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise NicheError(f"{where}: a number above 0, got {value!r}")
    return float(value)


def _keeps_its_own_rules(found: Journal, where: str) -> None:
    for kind in found.write:
        if kind not in _WRITTEN:
            raise NicheError(f"{where}, layout: {unknown('format', kind, _WRITTEN)}")
        if kind not in found.value("formats"):
            raise NicheError(f"{where}, layout: {kind} is not among its formats, {', '.join(found.value('formats'))}")
    for size in (found.text, found.small):
        if not found.value("text_min") <= size <= found.value("text_max"):
            raise NicheError(f"{where}, layout: text of {size:g} pt breaks its own rule")
    if not found.value("dpi_min") <= found.dpi <= found.value("dpi_max", math.inf):
        raise NicheError(f"{where}, layout: {found.dpi} dpi break its own rule")
    for name, width in found.widths.items():
        if not found.value("width_min", 0) <= width <= found.value("width_max", math.inf):
            raise NicheError(f"{where}, layout: {name}, {width:g} mm, breaks its own rule")
