"""From hazards that change in time to the time and the cause of a first event."""

from collections.abc import Mapping

import numpy as np

from niche.errors import NicheError

CENSORED = ""  # the cause of no event


def event_times(
    times: np.ndarray, hazards: Mapping[str, np.ndarray], random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """First event of each patient: days (n,), inf if none falls on the grid, and cause (n,), `CENSORED` if none.

    Parameters
    ----------
    times
        days (T,), increasing from 0
    hazards
        by cause, [1/day] (n, T) or (T,). Between two times a hazard is the mean of its two ends, so that the
        cumulative hazard is the trapezium rule and is inverted without error.

    Raises
    ------
    NicheError
        for times that do not increase from 0, no hazards, or one that is negative or not finite
    """
    times = np.asarray(times, dtype=float)
    if times.ndim != 1 or len(times) < 2 or times[0] != 0 or (np.diff(times) <= 0).any():
        raise NicheError("times of a hazard must increase from day 0")
    if not hazards:
        raise NicheError("give at least one hazard")
    names = tuple(hazards)
    levels = np.stack([np.atleast_2d(np.asarray(h, dtype=float)) for h in np.broadcast_arrays(*hazards.values())])
    if levels.shape[2] != len(times):
        raise NicheError(f"hazards have {levels.shape[2]} times, the grid has {len(times)}")
    if not (np.isfinite(levels).all() and (levels >= 0).all()):
        raise NicheError(f"a hazard is negative or not finite: {', '.join(n for n, h in hazards.items() if _bad(h))}")
    steps = (levels[:, :, 1:] + levels[:, :, :-1]) / 2  # (causes, n, T - 1)
    whole = steps.sum(axis=0)
    risen = np.cumsum(whole * np.diff(times), axis=1)
    wanted = random.exponential(size=len(risen))
    inside = (risen < wanted[:, None]).sum(axis=1)
    happened = inside < risen.shape[1]
    rows, at = np.arange(len(risen)), np.minimum(inside, risen.shape[1] - 1)
    before = np.where(at > 0, risen[rows, at - 1], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        day = np.where(happened, times[at] + (wanted - before) / whole[rows, at], np.inf)
    share = np.cumsum(steps[:, rows, at], axis=0)  # (causes, n)
    which = (share < random.uniform(size=len(risen)) * share[-1]).sum(axis=0)
    cause = np.where(happened, np.array(names, dtype=object)[np.minimum(which, len(names) - 1)], CENSORED)
    return day, cause


def _bad(hazard: np.ndarray) -> bool:
    values = np.asarray(hazard, dtype=float)
    return not (np.isfinite(values).all() and (values >= 0).all())


def gamma_frailty(variance: float, n: int, random: np.random.Generator) -> np.ndarray:
    """What each patient's hazard is multiplied by, shape (n,): mean 1 (Vaupel 1979, doi:10.2307/2061224).

    Those with high values have their events first, so that the mean hazard of the others falls. Raises `NicheError`
    for a negative variance.
    """
    if not 0 <= variance < np.inf:
        raise NicheError(f"the variance of a frailty must be at least 0, got {variance!r}")
    return np.ones(n) if variance == 0 else random.gamma(1 / variance, variance, n)
