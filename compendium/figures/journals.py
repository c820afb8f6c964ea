"""What a journal asks of a figure: `params/journals/*.yaml`, each rule with its source, and what we draw within it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import structs

from compendium.figures.journal_files import AnyRule, JournalFile
from niche.errors import NicheError, unknown
from niche.params.records import read_yaml, root
from niche.params.schema import parse

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

    Attributes
    ----------
    widths
        mm of "single", "middle" and "double"
    text, small
        pt of labels and of ticks, keys, remarks
    dpi
        of raster files and of pictures in vector files
    write
        formats that are written
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
    raw = read_yaml(file)
    given = parse(JournalFile, raw, where)
    rules = {name: _rule(name, getattr(given.rules, name), given.sources, f"{where}, rules") for name in raw["rules"]}
    letters, layout = given.letters, given.layout
    size = _rule("text_max", letters.size, given.sources, f"{where}, letters, size").value
    found = Journal(
        name=file.stem,
        title=given.title,
        rules=rules,
        letters=Letters(letters.case, letters.weight, size),
        widths=structs.asdict(layout.widths),
        text=layout.text,
        small=layout.small,
        dpi=int(layout.dpi),
        write=layout.write,
    )
    _keeps_its_own_rules(found, where)
    return found


def _rule(name: str, entry: AnyRule, sources: Mapping[str, str], where: str) -> Rule:
    place = f"{where}, {name}"
    if entry.unit != RULES[name]:
        raise NicheError(f"{place}: its unit is {RULES[name] or 'none'}, got {entry.unit or 'none'}")
    if entry.source is not None and entry.source not in sources:
        raise NicheError(f"{place}: {unknown('source', entry.source, sources)}")
    said = "assumed" if entry.source is None else sources[entry.source]
    return Rule(name, entry.value, entry.unit, said, entry.note)


def _keeps_its_own_rules(found: Journal, where: str) -> None:
    for kind in found.write:
        if kind not in _WRITTEN:
            raise NicheError(f"{where}, layout: {unknown('format', kind, _WRITTEN)}")
        if kind not in found.value("formats"):
            raise NicheError(f"{where}, layout: {kind} is not among its formats, {', '.join(found.value('formats'))}")
    for size in (found.text, found.small):
        if not found.value("text_min") <= size <= found.value("text_max"):
            raise NicheError(f"{where}, layout: text of {size:g} pt breaks its own rule, text_min to text_max")
    if not found.value("dpi_min") <= found.dpi <= found.value("dpi_max", math.inf):
        raise NicheError(f"{where}, layout: {found.dpi} dpi break its own rule, dpi_min to dpi_max")
    for name, width in found.widths.items():
        if not found.value("width_min", 0) <= width <= found.value("width_max", math.inf):
            raise NicheError(f"{where}, layout: {name}, {width:g} mm, breaks its own rule, width_min to width_max")
