"""The error of an atom, from what was printed: the first that exists of a fixed order."""

import math

from niche.atoms.effects import in_logs, is_rate, slope_of_logs
from niche.errors import NicheError
from niche.evidence.paper_records import Ask, Measurement

USUAL = 8  # animals of an arm where a paper does not say


def numbers_of(one: Measurement, arms: tuple[int | None, ...]) -> tuple[int, ...]:
    """How many were in each arm of a contrast: what stands with the measurement, else with the arm, else the usual."""
    return tuple(n or USUAL for n in _told(one, arms))


def numbers_known(one: Measurement, arms: tuple[int | None, ...]) -> bool:
    """Whether the paper says how many were in each arm of a contrast."""
    return all(_told(one, arms))


def _told(one: Measurement, arms: tuple[int | None, ...]) -> tuple[int | None, ...]:
    count = len(one.contrast)
    return tuple((*one.n, *[one.n[-1]] * count)[:count]) if one.n else arms


def printed_error(one: Measurement, ask: Ask, y: float, n: tuple[int, ...]) -> tuple[float, str] | None:
    """The standard error of an effect on its own scale, and what it follows from; None where nothing was printed.

    Parameters
    ----------
    y
        the effect (`niche.atoms.effects.effect_of`)
    n
        how many were in each arm, the treated first
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
        return _from_sd(one, ask, one.sd, n), "sd"
    return None


def assay_error(cv: float, n: tuple[int, ...]) -> float:
    """The error of the logarithm of a ratio of means, of an assay with a coefficient of variation between hosts.

    Parameters
    ----------
    n
        how many each mean is of: two for a ratio of arms or of days, four for a ratio of ratios, one for a rate
    """
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


def _from_sd(one: Measurement, ask: Ask, sd: float, n: tuple[int, ...]) -> float:
    """From the sd between hosts. Where that of the control was not printed, it is as large relative to its mean."""
    assert one.value is not None
    own = sd / math.sqrt(n[0])
    if is_rate(one, ask):
        return own
    if one.control_value is not None:
        other = one.control_sd or sd * abs(one.control_value / one.value)
        return _from_error(one, ask, own, other / math.sqrt(n[-1]))
    if len(n) > 1:  # of a ratio or change that was printed as one number: the control varies as the treated do
        return _from_error(one, ask, sd * math.sqrt(1 / n[0] + 1 / n[1]), None)
    return _from_error(one, ask, own, None)


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
