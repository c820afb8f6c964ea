"""Baselines of hazards: the level at which untreated patients meet a published share of events."""

import numpy as np

from niche.sums import sum_last

GRID = 28  # days between two times at which a hazard is held
_TURNS, _POINTS = 50, 81  # halvings of a logarithm between -30 and 10, and days at which survival is held


def anchored(relative: np.ndarray, death: np.ndarray, share: float, day: float, variance: float) -> np.ndarray:
    """The baseline [1/day] with which `share` of patients have had the event by a day, death competing.

    Parameters
    ----------
    relative, death
        hazard over the baseline, and hazard [1/day], (..., patients, times) on the grid of four weeks; NaN for a
        patient who does not count
    variance
        of a gamma frailty in the event, which is integrated out: S = (1 + v H)^(-1/v)

    Returns
    -------
    np.ndarray
        shape (...,), for all but the last two dimensions
    """
    times = np.arange(relative.shape[-1]) * float(GRID)
    fine = np.linspace(0, day, _POINTS)
    step, at = fine[1] - fine[0], np.minimum((fine // GRID).astype(int), len(times) - 2)
    part = fine / GRID - at

    def risen(hazard: np.ndarray) -> np.ndarray:
        dense = hazard[..., at] + part * (hazard[..., at + 1] - hazard[..., at])
        zero = np.zeros_like(dense[..., :1])
        return np.concatenate([zero, np.cumsum((dense[..., 1:] + dense[..., :-1]) / 2, axis=-1) * step], axis=-1)

    whole, alive = risen(relative), np.exp(-risen(death))
    beside = (alive[..., 1:] + alive[..., :-1]) / 2
    low, high = np.full(relative.shape[:-2], -30.0), np.full(relative.shape[:-2], 10.0)
    counts = np.isfinite(whole[..., -1]) & np.isfinite(beside[..., -1])
    for _ in range(_TURNS):
        middle = (low + high) / 2
        free = np.exp(-fallen_log(np.exp(middle)[..., None, None] * whole, variance))
        seen = sum_last(-np.diff(free, axis=-1) * beside)
        with np.errstate(invalid="ignore"):
            found = sum_last(np.where(counts, seen, 0.0)) / sum_last(counts)
        low, high = np.where(found < share, middle, low), np.where(found < share, high, middle)
    return np.asarray(np.where(counts.any(axis=-1), np.exp((low + high) / 2), np.nan))


def fallen_log(risen: np.ndarray, variance: float) -> np.ndarray:
    """Minus the logarithm of the share without the event at a cumulative hazard, gamma frailty integrated out."""
    return np.asarray(risen if variance == 0 else np.log1p(variance * risen) / variance)
