"""Ways and ends of the lines of the neuro-bone axis: plain geometry in mm, drawn by matplotlib and as SVG alike.

y runs down, as on a page. A way is a list of pieces, each the name of a path command of SVG ("M", "L", "C", "Q") and
its points.
"""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

from compendium.figures.neuro_bone_table import Box, Line, Panel, read_port

Point = tuple[float, float]
Piece = tuple[str, tuple[Point, ...]]
_OUT = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "top": (0.0, -1.0), "bottom": (0.0, 1.0)}
_ROUND = 1.6  # mm: radius of a corner
_PULL = 0.45  # of the distance: how far a curve leaves straight
THIN, THICK = 0.22, 0.95  # mm: lines of no effect, and of tenfold and more
PLAIN = 0.34  # mm: where no effect was computed
_MOST = math.log(10)


class Way(NamedTuple):
    """A line as drawn: its pieces up to the head, the head, and where both end.

    Attributes
    ----------
    pieces
        of the line
    head
        corners of the head, closed; empty for a ring
    ring
        middle and radius of a ring, or None
    filled
        whether the head is filled
    """

    pieces: tuple[Piece, ...]
    head: tuple[Point, ...]
    ring: tuple[Point, float] | None
    filled: bool


def line_width(ratio: float) -> float:
    """Width (mm) of a line by its effect, a ratio: by its logarithm, from none to tenfold; NaN: not known."""
    if not ratio > 0:
        return PLAIN
    return THIN + (THICK - THIN) * min(1.0, abs(math.log(ratio)) / _MOST)


def way(panel: Panel, line: Line, width: float) -> Way:
    """Where a line runs, and its head.

    Parameters
    ----------
    width
        of the line [mm]
    """
    start, out = _port(panel.boxes[line.source], line.leaves)
    end, back = _port(panel.boxes[line.target], line.reaches)
    size = 1.25 + 0.9 * width  # of the head
    short = {"raises": size * 0.9, "lowers": 0.5, "changes": size, "spares": size * 0.9}[line.sense]
    tip = (end[0] + back[0] * 0.3, end[1] + back[1] * 0.3)
    foot = (tip[0] + back[0] * short, tip[1] + back[1] * short)
    pieces = _corners([start, *line.via, foot]) if line.via else _curve(start, out, foot, back)
    return Way(tuple(pieces), *_head(line.sense, tip, back, size, width))


def _port(box: Box, text: str) -> tuple[Point, Point]:
    """The place on the edge of a box, and the direction away from it."""
    side, along = read_port(text, "a line")
    (x, y), (wide, high) = box.at, box.size
    left, top = x - wide / 2, y - high / 2
    places = {
        "left": (left, top + along * high),
        "right": (left + wide, top + along * high),
        "top": (left + along * wide, top),
        "bottom": (left + along * wide, top + high),
    }
    return places[side], _OUT[side]


def _curve(start: Point, out: Point, end: Point, back: Point) -> list[Piece]:
    pull = _PULL * math.dist(start, end)
    first = (start[0] + pull * out[0], start[1] + pull * out[1])
    second = (end[0] + pull * back[0], end[1] + pull * back[1])
    return [("M", (start,)), ("C", (first, second, end))]


def _corners(points: Sequence[Point]) -> list[Piece]:
    """Straight pieces, their corners rounded."""
    pieces: list[Piece] = [("M", (points[0],))]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_ROUND, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        pieces += [("L", (_towards(corner, before, radius),)), ("Q", (corner, _towards(corner, after, radius)))]
    return [*pieces, ("L", (points[-1],))]


def _towards(start: Point, end: Point, by: float) -> Point:
    whole = math.dist(start, end) or 1.0
    return (start[0] + (end[0] - start[0]) * by / whole, start[1] + (end[1] - start[1]) * by / whole)


def _head(
    sense: str, tip: Point, back: Point, size: float, width: float
) -> tuple[tuple[Point, ...], tuple[Point, float] | None, bool]:
    """Corners, ring and fill of a head.

    Parameters
    ----------
    back
        direction from the box to the line
    """
    side = (-back[1], back[0])

    def at(away: float, aside: float) -> Point:
        return (tip[0] + away * back[0] + aside * side[0], tip[1] + away * back[1] + aside * side[1])

    half = size * 0.55
    if sense == "raises":
        return (at(0, 0), at(size, half), at(size, -half)), None, True
    if sense == "lowers":
        thick = 0.45 + 0.3 * width
        return (at(0, half * 1.2), at(thick, half * 1.2), at(thick, -half * 1.2), at(0, -half * 1.2)), None, True
    if sense == "changes":
        return (at(0, 0), at(size / 2, half), at(size, 0), at(size / 2, -half)), None, True
    radius = size * 0.45
    return (), (at(radius, 0), radius), False


def crossed(panel: Panel, line: Line) -> list[str]:
    """Boxes other than its own that a line runs through, or touches within half a millimetre: there should be none."""
    found = []
    points = _sampled(way(panel, line, PLAIN).pieces)
    for name, box in panel.boxes.items():
        if name in (line.source, line.target):
            continue
        (x, y), (wide, high) = box.at, box.size
        if any(abs(px - x) < wide / 2 + 0.3 and abs(py - y) < high / 2 + 0.3 for px, py in points):
            found.append(name)
    return found


def _sampled(pieces: Sequence[Piece], steps: int = 60) -> list[Point]:
    """Points along a way."""
    found: list[Point] = []
    for _, points in pieces:
        if not found:
            found.append(points[0])
            continue
        controls = (found[-1], *points)
        for step in range(1, steps + 1):
            found.append(_bezier(controls, step / steps))
    return found


def _bezier(controls: Sequence[Point], at: float) -> Point:
    """de Casteljau's algorithm."""
    points = list(controls)
    while len(points) > 1:
        points = [((1 - at) * a[0] + at * b[0], (1 - at) * a[1] + at * b[1]) for a, b in itertools.pairwise(points)]
    return points[0]
