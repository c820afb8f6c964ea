"""How far an analysis of a cohort is off, in closed form: immortal time, and a confounder that nobody measured."""

import numpy as np

from niche.errors import NicheError


def immortal_rate_ratio(hazard: float, start: float, follow_up: float, at_diagnosis: float = 0.0) -> float:
    """Rate ratio of ever-users over never-users counted from diagnosis, of a drug that does nothing.

    Event and start of the drug are exponential and independent. Of s = hazard + start, never-users have the events
    hazard/s (1 - exp(-s c)) in follow-up c, over a time that is events/hazard; ever-users have the rest of both. The
    idea is that of Suissa 2008 (doi:10.1093/aje/kwm324); with c to infinity the ratio is hazard / (2 hazard + start).

    Parameters
    ----------
    hazard
        of the event [1/day]
    start
        rate at which those who do not take it begin [1/day], above 0
    follow_up
        days, inf for all to the event
    at_diagnosis
        share that takes it from day 0

    Raises
    ------
    NicheError
        for a rate or a follow-up that is not above 0, or a share outside [0, 1)
    """
    if not (0 < hazard < np.inf and 0 < start < np.inf and follow_up > 0 and 0 <= at_diagnosis < 1):
        raise NicheError("give a hazard, a rate of starting and a follow-up above 0, and a share from 0 to below 1")
    both = hazard + start
    gone = 1 - np.exp(-both * follow_up)
    others = 1 - at_diagnosis
    events, time = others * hazard / both * gone, others * _watched(hazard, start, follow_up)
    all_events = 1 - np.exp(-hazard * follow_up)
    used_events, used_time = all_events - events, all_events / hazard - time
    return float((used_events / used_time) / (events / time))


def _watched(hazard: float, start: float, follow_up: float) -> float:
    """Mean time that never-users are watched, per patient of the cohort that had not begun on day 0."""
    both = hazard + start
    if np.isinf(follow_up):
        return hazard / both**2
    left = np.exp(-both * follow_up)
    return float(hazard * (1 - (1 + both * follow_up) * left) / both**2 + follow_up * left)


def bounding_factor(exposure: float, outcome: float) -> float:
    """The most by which confounding can multiply a risk ratio.

    Ding & VanderWeele 2016, doi:10.1097/EDE.0000000000000457.

    Parameters
    ----------
    exposure, outcome
        risk ratios of the confounder with the drug and with the event, at least 1; exposure may be inf, when
        only those who take the drug have it

    Raises
    ------
    NicheError
        for a ratio below 1
    """
    if not (exposure >= 1 and 1 <= outcome < np.inf):
        raise NicheError(f"risk ratios of a confounder are at least 1, got {exposure!r} and {outcome!r}")
    return float(outcome if np.isinf(exposure) else exposure * outcome / (exposure + outcome - 1))


def e_value(ratio: float | np.ndarray) -> np.ndarray:
    """How strongly a confounder must go with both drug and event to make all of a ratio that is not there.

    E = r + sqrt(r (r - 1)), of 1/r where r is below 1 (VanderWeele & Ding 2017, doi:10.7326/M16-2607). 1 for no effect.

    Raises
    ------
    NicheError
        for a ratio that is not above 0
    """
    r = np.asarray(ratio, dtype=float)
    if not (r > 0).all():
        raise NicheError(f"a ratio is above 0, got {ratio!r}")
    r = np.maximum(r, 1 / r)
    return np.asarray(r + np.sqrt(r * (r - 1)))


def confounded(sick_users: float, sick_others: float, sick_ratio: float) -> float:
    """What a rare event's risk ratio is multiplied by when a disease is commoner among users: (1 + p1 (r - 1)) over
    the same of the others."""
    return float((1 + sick_users * (sick_ratio - 1)) / (1 + sick_others * (sick_ratio - 1)))
