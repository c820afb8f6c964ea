"""What stands where on a composed page: a plan of panels as the user gives it, and their places in millimetres."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.figures.journals import Journal
from niche.errors import NicheError, known, unknown
from niche.params.records import read_yaml

GAP = 4.0  # mm between panels
LEAST = 40.0  # mm: a panel that is narrower cannot be read
_PT = 72 / 25.4
_KEYS = ("panels", "rows", "width", "widths")


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
    raises : NicheError for anything else
    """
    plan, where = (_pairs(given), "--compose") if len(given) != 1 or "=" in given[0] else _file(given[0])
    known(plan, _KEYS, where)
    panels = _panels(plan.get("panels"), where)
    lines = _rows(rows if rows is not None else plan.get("rows"), list(panels), where if rows is None else "--rows")
    page = _page_width(plan.get("width", "double"), asked, where)
    return ComposedSheet(lines, panels, page, _widths(lines, page, plan.get("widths"), where))


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


def _panels(given: Any, where: str) -> dict[str, str]:
    if not isinstance(given, dict) or not given:
        raise NicheError(f"{where}: panels are a mapping of letters to claim/figure, got {given!r}")
    for letter, figure in given.items():
        if not (isinstance(letter, str) and re.fullmatch("[A-Za-z]", letter)):
            raise NicheError(f"{where}, panels: a panel is called by one letter, got {letter!r}")
        if not (isinstance(figure, str) and figure.strip()):
            raise NicheError(f"{where}, panels, {letter}: claim/figure, got {figure!r}")
    if len({letter.lower() for letter in given}) < len(given):
        raise NicheError(f"{where}, panels: a and A are one letter on the page, got {', '.join(given)}")
    return dict(given)


def _rows(given: Any, letters: Sequence[str], where: str) -> tuple[tuple[str, ...], ...]:
    """Rows as "ab/c" or as a list of rows, each a list of letters or a text of them."""
    if given is None:
        return tuple((letter,) for letter in letters)
    lines = given.split("/") if isinstance(given, str) else given
    if not isinstance(lines, list) or not all(
        isinstance(line, str) or (isinstance(line, list) and all(isinstance(one, str) for one in line))
        for line in lines
    ):
        raise NicheError(f"{where}: rows are ab/c, or a list of lists of letters, got {given!r}")
    placed = tuple(tuple(line) for line in lines)
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


def _page_width(given: Any, asked: Journal, where: str) -> float:
    if isinstance(given, str):
        if given not in asked.widths:
            raise NicheError(f"{where}: {unknown('width', given, asked.widths)} Or a number of mm.")
        return asked.widths[given]
    return _millimetres(given, asked.widths["double"], f"{where}, width")


def _millimetres(given: Any, most: float, where: str) -> float:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or not math.isfinite(given) or not LEAST <= given <= most:
        raise NicheError(f"{where}: a number of mm from {LEAST:g} to {most:g}, got {given!r}")
    return float(given)


def _widths(rows: Sequence[Sequence[str]], page: float, given: Any, where: str) -> dict[str, float]:
    place = f"{where}, widths"
    known({} if given is None else given, [letter for line in rows for letter in line], place)
    told = {letter: _millimetres(wide, page, f"{place}, {letter}") for letter, wide in (given or {}).items()}
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

    sizes : width and height of each panel on the page, mm
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
