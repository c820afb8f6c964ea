"""Small pictures of the report: where the verdicts stand, and where each prediction stands beside its measurement."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from niche.verdicts.rules import GOOD

# A colour that people with colour blindness tell apart, by its name in style.css, and a sign for those who see none.
_SIGNS = {
    "reproduced": ("holds", "✓"),
    "direction only": ("holds", "✓"),
    "partly": ("partly", "◐"),
    "contested": ("partly", "◐"),
    "not identifiable": ("partly", "◐"),
    "fitted, untested": ("open", "–"),
}
_LEFT, _RIGHT = 6.0, 154.0
_ROOM = 0.6  # of the measured span, beyond it on each side


class ClaimBar(NamedTuple):
    """A claim at a glance: colour, sign, how many of its rows that count hold, and the width of the bar of 150."""

    style: str
    sign: str
    good: int
    rows: int
    width: float


class RowStrip(NamedTuple):
    """Places on a line of 160: low, middle and high of the measurement and of the draws."""

    measured: list[float]
    predicted: list[float]


def claim_bar(claim: Mapping[str, Any]) -> ClaimBar:
    """Where a claim stands."""
    style, sign = _SIGNS.get(claim["verdict"], ("fails", "✗"))
    rows = [row for row in claim["rows"] if row["counts"]]
    good = sum(row["verdict"] in GOOD for row in rows)
    return ClaimBar(style, sign, good, len(rows), 150 * good / len(rows) if rows else 0)


def row_strip(row: Mapping[str, Any]) -> RowStrip | None:
    """A row's measurement (90 % of its error) and its prediction (5 to 95 % of draws) on one scale, if it has both."""
    ends = _ends(row)
    if ends is None:
        return None
    observed, draws = ends
    low, high = min(observed[0], draws[1]), max(observed[2], draws[1])
    span = (high - low) or abs(high) or 1.0
    low, high = low - _ROOM * span, high + _ROOM * span

    def at(value: float) -> float:
        inside = min(max(value, low), high)
        return _LEFT + (_RIGHT - _LEFT) * (inside - low) / (high - low)

    return RowStrip([at(value) for value in observed], [at(value) for value in draws])


def _ends(row: Mapping[str, Any]) -> tuple[list[float], list[float]] | None:
    """Low, middle and high of measurement and prediction, logarithms on a log scale; None if there is no pair."""
    needed = [row[key] for key in ("value", "sd", "median", "low", "high")]
    if any(one is None for one in needed):
        return None
    value, sd, median, low, high = map(float, needed)
    if row["scale"] == "log":
        if min(value, median, low, high) <= 0:
            return None
        value, median, low, high = map(math.log, (value, median, low, high))
    return [value - 1.64 * sd, value, value + 1.64 * sd], [low, median, high]
