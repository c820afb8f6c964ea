"""The error of an atom, from what was printed: the first that exists of a fixed order."""

import math

from niche.atoms.effects import in_logs, is_rate, slope_of_logs
from niche.errors import NicheError
from niche.evidence.paper_records import Ask, Measurement

USUAL = 8  # animals of an arm where a paper does not say


def numbers_of(one: Measurement, arms: tuple[int | None, ...]) -> tuple[int, ...]:
    """How many were in each arm of a contrast: what stands with the measurement, else with the arm, else the usual."""
    count = len(one.contrast)
    if one.n:
        return tuple((*one.n, *[one.n[-1]] * count)[:count])
    return tuple(n or USUAL for n in arms)


def printed_error(one: Measurement, ask: Ask, y: float, n: tuple[int, ...]) -> tuple[float, str] | None:
    """The standard error of an effect on its own scale, and what it follows from; None where nothing was printed.

    Parameters
    ----------
    y
        the effect (`niche.atoms.effects.effect_of`)
    n
        how many were in each arm
    """
    if ask.log_ratio is not None:
        return (ask.error, "worked out") if ask.error is not None else _from_p(one, y)
    found = _from_error(one, ask, one.se, one.control_se) if one.se else None
    if found is not None:
        return found, "standard error"
    if one.low is not None and one.high is not None:
        return _from_interval(one, ask), "interval"
    if len(one.counts) == 2:
        return _from_counts(one), "counts"
    if told := _from_p(one, y):
        return told
    if one.sd is not None:
        control = one.control_sd / math.sqrt(n[-1]) if one.control_sd else None
        return _from_error(one, ask, one.sd / math.sqrt(n[0]), control), "sd"
    return None


def assay_error(cv: float, n: tuple[int, ...]) -> float:
    """The error of the logarithm of a ratio of two means, of an assay with a coefficient of variation between hosts."""
    return cv * math.sqrt(sum(1 / m for m in n))


def _from_error(one: Measurement, ask: Ask, error: float, control: float | None) -> float:
    """An error of what was printed: of a rate as it is, of two means relative to each, of a ratio on its logarithm."""
    assert one.value is not None
    if is_rate(one, ask):
        return error
    if one.control_value is not None:
        own = error / abs(one.value)
        other = own if control is None else control / abs(one.control_value)
        return math.hypot(own, other)
    return error * slope_of_logs(one, one.value)


def _from_interval(one: Measurement, ask: Ask) -> float:
    from scipy.special import ndtri

    assert one.low is not None
    assert one.high is not None
    if not one.low < one.high:
        raise NicheError(f"{one.id}: the interval from {one.low:g} to {one.high:g} holds nothing")
    width = 2 * float(ndtri(0.5 + one.level / 2))
    if is_rate(one, ask):
        return (one.high - one.low) / width
    if one.control_value is not None:
        assert one.value is not None
        return math.sqrt(2) * (one.high - one.low) / width / abs(one.value)
    return (in_logs(one, one.high) - in_logs(one, one.low)) / width


def _from_counts(one: Measurement) -> float:
    """Of the logarithm of a ratio of two proportions; half an event is added where one arm has none."""
    (a, n), (b, m) = one.counts
    more = 0.5 if 0 in (a, b) else 0.0
    return math.sqrt(1 / (a + more) - 1 / (n + more) + 1 / (b + more) - 1 / (m + more))


def _from_p(one: Measurement, y: float) -> tuple[float, str] | None:
    """Of a number whose two-sided P was printed: exactly, or as an upper bound of the error."""
    from scipy.special import ndtri

    p, basis = (one.p, "P") if one.p else (one.p_below, "P below")
    if not p or p >= 1 or y == 0 or math.isnan(y):
        return None
    return abs(y) / float(-ndtri(p / 2)), basis
