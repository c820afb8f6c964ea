"""What stands where on a composed page: a plan of panels as the user gives it, and their places in millimetres."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, field

from compendium.figures.journals import Journal
from niche.errors import NicheError, known, unknown
from niche.params.records import read_yaml
from niche.params.schema import Record, Text, parse

GAP = 4.0  # mm between panels
LEAST = 40.0  # mm: a panel that is narrower cannot be read
_PT = 72 / 25.4
Letter = Annotated[str, Meta(pattern="^[A-Za-z]$", description="one letter, by which a panel is called")]
Millimetres = Annotated[float, Meta(description="a number of mm")]
RowsGiven = str | tuple[str | tuple[str, ...], ...]


class PanelFile(Record):
    """What stands where on a composed page: `panels` (letter: claim/figure), rows of letters, widths in mm."""

    panels: Annotated[dict[Letter, Text], Meta(min_length=1, description="a mapping of letters to claim/figure")]
    rows: Annotated[RowsGiven, Meta(description="ab/c, or a list of lists of letters")] | None = None
    width: Annotated[float | str, Meta(description="a name or a number of mm")] = "double"
    widths: dict[Letter, Millimetres] = field(default_factory=dict)


@dataclass(frozen=True)
class ComposedSheet:
    """What stands where: rows of letters from the top, the figure of each letter, mm of the page and of each panel."""

    rows: tuple[tuple[str, ...], ...]
    panels: Mapping[str, str]
    width: float
    widths: Mapping[str, float]


@dataclass(frozen=True)
class Placed:
    """A panel's files without their ending, its left and upper edge and its size on the page, all in mm."""

    letter: str
    stem: Path
    left: float
    top: float
    width: float
    height: float


def sheet(given: Sequence[str], rows: str | None, asked: Journal) -> ComposedSheet:
    """What `--compose` was given: letter=claim/figure, several, and rows as "ab/c"; or one YAML file of them.

    A file has `panels` (letter: claim/figure) and may have `rows` ([[a, b], [c]]), `width` (a name or mm) and `widths`
    (letter: mm). Panels that share a row share its width evenly unless told. Without rows each has one of its own.

    Raises
    ------
    NicheError
        for anything else
    """
    raw, where = (_pairs(given), "--compose") if len(given) != 1 or "=" in given[0] else _file(given[0])
    plan = parse(PanelFile, raw, where)
    if len({letter.lower() for letter in plan.panels}) < len(plan.panels):
        raise NicheError(f"{where}, panels: a and A are one letter on the page, got {', '.join(plan.panels)}")
    lines = _rows(plan.rows if rows is None else rows, list(plan.panels), where if rows is None else "--rows")
    page = _page_width(plan.width, asked, where)
    return ComposedSheet(lines, plan.panels, page, _widths(lines, page, plan.widths, where))


def _file(name: str) -> tuple[dict[str, Any], str]:
    if not Path(name).is_file():
        raise NicheError(f"--compose: letter=claim/figure, or a YAML file of panels; there is no file {name!r}")
    return read_yaml(Path(name)), name


def _pairs(given: Sequence[str]) -> dict[str, Any]:
    pairs = [item.partition("=") for item in given]
    for item, (letter, _, figure) in zip(given, pairs, strict=True):
        if not (letter and figure):
            raise NicheError(f"--compose: letter=claim/figure, got {item!r}")
    twice = [letter for letter, count in Counter(letter for letter, _, _ in pairs).items() if count > 1]
    if twice:
        raise NicheError(f"--compose: letter {', '.join(twice)} stands there twice")
    return {"panels": {letter: figure for letter, _, figure in pairs}}


def _rows(given: RowsGiven | None, letters: Sequence[str], where: str) -> tuple[tuple[str, ...], ...]:
    """Rows as "ab/c" or as a list of rows, each a list of letters or a text of them."""
    if given is None:
        return tuple((letter,) for letter in letters)
    placed = tuple(tuple(line) for line in (given.split("/") if isinstance(given, str) else given))
    named = [letter for line in placed for letter in line]
    for letter in named:
        if letter not in letters:
            raise NicheError(f"{where}: {unknown('panel', letter, letters)}")
    wrong = [letter for letter in letters if named.count(letter) != 1]
    if wrong or not all(placed):
        raise NicheError(
            f"{where}: rows hold each of the panels {', '.join(letters)} once, and no row is empty, got {given!r}"
        )
    return placed


def _page_width(given: float | str, asked: Journal, where: str) -> float:
    if isinstance(given, str):
        if given not in asked.widths:
            raise NicheError(f"{where}: {unknown('width', given, asked.widths)} Or a number of mm.")
        return asked.widths[given]
    return _millimetres(given, asked.widths["double"], f"{where}, width")


def _millimetres(given: float, most: float, where: str) -> float:
    if not LEAST <= given <= most:
        raise NicheError(f"{where}: a number of mm from {LEAST:g} to {most:g}, got {given!r}")
    return given


def _widths(rows: Sequence[Sequence[str]], page: float, given: Mapping[str, float], where: str) -> dict[str, float]:
    place = f"{where}, widths"
    known(given, [letter for line in rows for letter in line], place)
    told = {letter: _millimetres(wide, page, f"{place}, {letter}") for letter, wide in given.items()}
    found: dict[str, float] = {}
    for line in rows:
        left = page - GAP * (len(line) - 1) - sum(told[x] for x in line if x in told)
        free = [x for x in line if x not in told]
        found |= {x: told[x] if x in told else left / len(free) for x in line}
        if left < -0.01 or min(found[x] for x in line) < LEAST:
            raise NicheError(
                f"{where}: panels {', '.join(line)} do not fit beside one another in {page:g} mm: each needs "
                f"{LEAST:g} mm, and {GAP:g} mm between two"
            )
    return found


def strip(asked: Journal) -> float:
    """mm above each row, where its letters stand."""
    return asked.letters.size / _PT + 0.5


def page_height(rows: Sequence[Sequence[str]], heights: Mapping[str, float], asked: Journal) -> float:
    """mm of the page with panels of these heights."""
    return sum(strip(asked) + max(heights[letter] for letter in line) + GAP for line in rows) - GAP


def place_panels(
    rows: Sequence[Sequence[str]], stems: Mapping[str, Path], sizes: Mapping[str, tuple[float, float]], asked: Journal
) -> tuple[list[Placed], float]:
    """Where each panel comes, under its letter, and the height of the page in mm.

    Parameters
    ----------
    sizes
        width and height of each panel on the page, mm
    """
    found, top = list[Placed](), 0.0
    for line in rows:
        left = 0.0
        for letter in line:
            wide, high = sizes[letter]
            found.append(Placed(letter, stems[letter], left, top + strip(asked), wide, high))
            left += wide + GAP
        top += strip(asked) + max(sizes[letter][1] for letter in line) + GAP
    return found, page_height(rows, {letter: high for letter, (_, high) in sizes.items()}, asked)
