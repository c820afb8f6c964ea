"""What a paper printed, as the logarithm of a ratio of two arms, or as a rate."""

import math

from niche.errors import NicheError
from niche.evidence.paper_records import Ask, Measurement

CHANGE = {"percent change", "percent difference", "% change", "percentage change"}  # bare "percent" may be a share
SHARE = {"% of control", "percent of control", "% of start", "% of day 0", "percent of start"}
RATIO = {"fold", "ratio", "hazard ratio", "risk ratio", "odds ratio", "rate ratio", "subhazard ratio", "1"}
POWERS = {"log10 fold": math.log(10), "log2 fold": math.log(2), "log fold": 1.0}
RATE = {"per day", "1/day"}


def is_rate(one: Measurement, ask: Ask) -> bool:
    """Whether the effect is a rate of one arm, which has no logarithm."""
    return ask.compare == "slope" and len(ask.arms or one.contrast) == 1


def effect_of(one: Measurement, ask: Ask) -> float:
    """The effect of a measurement: natural logarithm of a ratio, or the rate of one arm [1/day].

    Raises
    ------
    NicheError
        where its unit does not say how, or a ratio has no logarithm
    """
    if ask.log_ratio is not None:
        return ask.log_ratio
    assert one.value is not None
    if is_rate(one, ask):
        if one.unit not in RATE:
            raise NicheError(f"{one.id}: a slope is in {' or '.join(sorted(RATE))}, got {one.unit!r}")
        return one.value
    if one.control_value is None:
        return in_logs(one, one.value)
    if one.unit in CHANGE:  # of either arm, against what it was before
        return in_logs(one, one.value) - in_logs(one, one.control_value)
    return _log(one, one.value) - _log(one, one.control_value)


def in_logs(one: Measurement, value: float) -> float:
    """A value in the unit of a measurement as the natural logarithm of a ratio."""
    if one.unit in CHANGE:
        return _log(one, 1 + value / 100)
    if one.unit in SHARE:
        return _log(one, value / 100)
    if one.unit in RATIO:
        return _log(one, value)
    if one.unit in POWERS:
        return value * POWERS[one.unit]
    known = sorted(CHANGE | SHARE | RATIO | set(POWERS))
    raise NicheError(
        f"{one.id}: a number in {one.unit!r} is no ratio of arms; give control_value, a log_ratio in asked, or a unit "
        f"among {', '.join(known)}"
    )


def slope_of_logs(one: Measurement, value: float) -> float:
    """How much the logarithm moves for one unit of a printed value: what turns an error of it into one of logs."""
    if one.unit in CHANGE:
        return 1 / (100 + value)
    return POWERS.get(one.unit, 1 / abs(value) if value else math.inf)


def _log(one: Measurement, ratio: float) -> float:
    if not ratio > 0:
        raise NicheError(f"{one.id}: {ratio:g} has no logarithm; ask for it as a bound (above or below)")
    return math.log(ratio)
