"""What a measurement saw by itself: up, down or no effect, and the effect with its error where it is a ratio."""

import math
from typing import NamedTuple

from niche.atoms.assays import EVENTS, Known, variation
from niche.atoms.effects import CHANGE, POWERS, RATIO, SHARE, effect_of, is_rate
from niche.atoms.errors import assay_error, numbers_of, printed_error
from niche.errors import NicheError
from niche.evidence.paper_records import Ask, Measurement, Paper

_Z = 1.959963984540054  # of an interval of 95 %
_SLACK = 1e-9  # an effect whose error follows from P = 0.05 stands on the edge, and counts as seen
_RISKS = RATIO - {"fold", "ratio", "1"}
_SHARES = ("percent", "patients", "women", "men")  # of arms that had an event
_SINCE_START = (CHANGE - {"percent difference"}) | {u for u in SHARE if "control" not in u} | set(POWERS) | {"fold"}


class Observed(NamedTuple):
    """What a measurement saw.

    Attributes
    ----------
    way
        "up", "down" or "none"; "" where it cannot be told
    y, error
        natural logarithm of the ratio of arms with its standard error; None where it is no ratio
    risk
        whether it is a ratio of risks, hazards or odds rather than of amounts
    why
        why it cannot be told
    """

    way: str
    y: float | None = None
    error: float | None = None
    risk: bool = False
    why: str = ""


def observed(paper: Paper, one: Measurement, known: Known) -> Observed:
    """What a measurement saw, from what was printed alone.

    A direction and "no effect" are taken as printed; a number is up or down if its 95 % interval excludes no effect,
    and none otherwise; a bound tells where it lies beyond no effect.

    Parameters
    ----------
    known
        how much assays vary, for a number without a printed error (`niche.atoms.assays.variations`)
    """
    if one.kind == "direction" or (one.kind == "order" and one.direction):
        return Observed(one.direction)
    if one.kind == "order":
        return Observed("", why="an order without a direction")
    if one.kind == "no effect":
        return Observed("none")
    ask = one.asked if isinstance(one.asked, Ask) else Ask(observable="?")
    if len(one.contrast) == 1 and one.unit != "correlation" and (one.unit not in _SINCE_START or is_rate(one, ask)):
        return Observed("", why=f"one arm in {one.unit or 'no unit'}, compared with nothing")
    y = _effect(one, ask)
    if one.kind == "bound":
        return _of_bound(one, y)
    if y is None:
        return _of_difference(one)
    error = _error(paper, one, ask, y, known)
    if error is None:
        return Observed("", why="events without an interval, counts or a P")
    way = _way(y) if abs(y) >= _Z * error * (1 - _SLACK) else "none"
    return Observed(way, y, error, one.unit in _RISKS or (one.family == EVENTS and one.unit in _SHARES))


def _effect(one: Measurement, ask: Ask) -> float | None:
    """The natural logarithm of the ratio of arms; None where the unit is none that has one."""
    try:
        if ask.log_ratio is None and one.control_value is not None and one.unit in CHANGE:
            assert one.value is not None
            return math.log1p(one.value / 100) - math.log1p(one.control_value / 100)
        return effect_of(one, ask)
    except (NicheError, ValueError):
        return None


def _error(paper: Paper, one: Measurement, ask: Ask, y: float, known: Known) -> float | None:
    """The standard error: what was printed, else what the assay is known for; who counts events has no assay."""
    n = numbers_of(one, tuple(paper.arms[arm].n for arm in one.contrast))
    of_changes = one.control_value is not None and one.unit in CHANGE  # their errors are not relative to the changes
    if not of_changes or one.p or one.p_below:
        found = printed_error(one, ask, y, n[:2])
        if found is not None:
            return found[0]
    if one.unit in _RISKS or one.family == EVENTS:
        return None
    means = n * 2 if len(n) == 1 else n  # one arm has its own start as control
    return assay_error(variation(paper, one, ask, known).cv, means)


def _of_bound(one: Measurement, y: float | None) -> Observed:
    if y is not None and ((one.bound == "above" and y >= 0) or (one.bound == "below" and y <= 0)):
        return Observed("up" if one.bound == "above" else "down")
    return Observed("", why="a bound that lies on no side of no effect")


def _of_difference(one: Measurement) -> Observed:
    """A number that is no ratio tells by its sign, and only where an interval or a P was printed with it."""
    assert one.value is not None
    size = one.value - (one.control_value or 0.0)
    if one.control_value is None and one.low is not None and one.high is not None:
        return Observed(_way(size) if one.low > 0 or one.high < 0 else "none")
    p = one.p if one.p is not None else one.p_below
    if p is None or not size:
        return Observed("", why=f"a number in {one.unit or 'no unit'} without an interval or a P")
    return Observed(_way(size) if p <= 0.05 else "none")


def _way(x: float) -> str:
    return "up" if x > 0 else "down"
