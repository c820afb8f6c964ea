"""Which inputs a number hangs on: elementary effects (Morris) and shares of variance (Sobol), by SALib.

Here a number is a function of quantiles between 0 and 1; nothing about the model is known. SALib: Herman and Usher
2017, doi:10.21105/joss.00097; Iwanaga, Usher and Herman 2022, doi:10.18174/sesmo.18155.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError

Function = Callable[[np.ndarray], np.ndarray]
LEVELS = 8  # of each input, between which Morris steps
RESAMPLES = 200  # of the bootstrap behind every error
_LEAST = 0.5  # share of the runs that may not fail


class ElementaryEffects(NamedTuple):
    """Morris: the effect of moving one input by its whole range, at random places of the others.

    Attributes
    ----------
    mean, mean_absolute, spread
        (k,), in the unit of the function
    error
        (k,) of the mean absolute, 95 %
    halves
        (k,) the mean absolute of the first half of the trajectories
    trajectories
        that were used
    failed
        that held a run without a number, and were left out
    """

    names: tuple[str, ...]
    mean: np.ndarray
    mean_absolute: np.ndarray
    spread: np.ndarray
    error: np.ndarray
    halves: np.ndarray
    trajectories: int
    failed: int


class Shares(NamedTuple):
    """Sobol: the share of the variance that goes with an input alone (first), and with it in any company (total).

    Attributes
    ----------
    first, first_error, total, total_error
        (g,); errors are half widths of 95 % intervals
    sizes, course
        base samples (s,) and (s, g, 2), first and total as the sample grows
    samples
        base samples that were used
    failed
        that held a run without a number, and were left out
    """

    names: tuple[str, ...]
    first: np.ndarray
    first_error: np.ndarray
    total: np.ndarray
    total_error: np.ndarray
    sizes: np.ndarray
    course: np.ndarray
    samples: int
    failed: int
    variance: float


def morris(
    names: Sequence[str],
    function: Function,
    *,
    trajectories: int = 40,
    seed: int = 1,
    inside: tuple[float, float] = (0.0, 1.0),
) -> ElementaryEffects:
    """Elementary effects of k inputs, from `trajectories` (k + 1) runs (Morris 1991, doi:10.2307/1269043).

    The mean absolute effect ranks inputs (Campolongo 2007, doi:10.1016/j.envsoft.2006.10.004); a spread that is large
    beside it says that the effect depends on the others.

    Parameters
    ----------
    function
        quantiles (n, k) -> values (n,); a value that is not finite is a run that failed
    inside
        the quantiles between which inputs move

    Raises
    ------
    NicheError
        for fewer than 4 trajectories, or when more than half of them fail
    """
    from SALib.analyze import morris as analysis
    from SALib.sample import morris as design

    _whole("trajectories", trajectories, 4)
    problem = _problem(names, inside)
    points = design.sample(problem, trajectories, num_levels=LEVELS, seed=seed)
    size = len(names) + 1
    values, good = _run(function, points, size, "trajectories")
    chosen = points.reshape(trajectories, size, -1)[good]

    def statistics(n: int) -> Any:
        part = chosen[:n].reshape(n * size, -1)
        return analysis.analyze(
            problem, part, values[:n].ravel(), num_levels=LEVELS, num_resamples=RESAMPLES, seed=seed
        )

    found, half = statistics(len(values)), statistics(max(2, len(values) // 2))
    mean, large, spread, error = (np.asarray(found[key], float) for key in ("mu", "mu_star", "sigma", "mu_star_conf"))
    halves = np.asarray(half["mu_star"], float)
    return ElementaryEffects(tuple(names), mean, large, spread, error, halves, len(values), trajectories - len(values))


def sobol(
    names: Sequence[str],
    function: Function,
    *,
    samples: int = 1024,
    seed: int = 1,
    groups: Sequence[str] | None = None,
    inside: tuple[float, float] = (0.0, 1.0),
) -> Shares:
    """Shares of variance of g groups of inputs (each input alone, if none are given), from samples (g + 2) runs.

    Estimators of Saltelli 2010 (doi:10.1016/j.cpc.2009.09.018). Inputs are taken as independent. A function that does
    not vary has no shares: they are NaN.

    Parameters
    ----------
    function, inside
        as in `morris`
    samples
        a power of 2, of at least 64
    groups
        the group of each input

    Raises
    ------
    NicheError
        for another number of samples, a group per input that is missing, or too many failed runs
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as design

    _whole("samples", samples, 64)
    if samples & (samples - 1):
        raise NicheError(f"samples must be a power of 2, such as 512 or 1024, got {samples}")
    if groups is not None and len(groups) != len(names):
        raise NicheError(f"give a group for each of {len(names)} inputs, got {len(groups)}")
    problem = _problem(names, inside) | ({"groups": list(groups)} if groups is not None else {})
    columns = tuple(dict.fromkeys(groups or names))
    size = len(columns) + 2
    points = design.sample(problem, samples, calc_second_order=False, seed=seed)
    values, good = _run(function, points, size, "base samples")
    variance = float(np.var(np.concatenate([values[:, 0], values[:, -1]])))
    still = not variance > 1e-20 * max(1.0, float(np.mean(values)) ** 2)
    sizes = np.array([n for n in (samples >> i for i in (4, 3, 2, 1, 0)) if n >= 32])
    course = np.full((len(sizes), len(columns), 2), np.nan)
    errors = np.full((len(columns), 2), np.nan)
    for i, n in enumerate(sizes if not still else ()):
        part = values[: np.count_nonzero(good[:n])].ravel()  # the first n of those asked for, without the failed
        found = analysis.analyze(problem, part, calc_second_order=False, num_resamples=RESAMPLES, seed=seed + 1)
        course[i] = np.stack([found["S1"], found["ST"]], axis=1)
        errors = np.stack([found["S1_conf"], found["ST_conf"]], axis=1)
    first, total = course[-1].T
    return Shares(
        columns, first, errors[:, 0], total, errors[:, 1], sizes, course, len(values), samples - len(values), variance
    )


def kept_settings(inputs: np.ndarray, values: np.ndarray, bins: int = 10) -> np.ndarray:
    """Share of the variance that knowing one input would take away, from draws as they are; shape (k,).

    Inputs that go together share what they explain: the shares need not add up to 1, and those of two that say the
    same are both large. Wrong for an input that acts only by its spread about a bin's middle (then it is too small).

    Parameters
    ----------
    inputs
        (n, k), which may go together
    values
        (n,), those that are not finite are left out
    bins
        how many bins, with as many draws in each

    Returns
    -------
    np.ndarray
        the variance of the bins' means over the whole, less what chance gives; at least 0
    """
    good = np.isfinite(values)
    inputs, values = np.asarray(inputs, float)[good], np.asarray(values, float)[good]
    n, total = len(values), float(np.var(values))
    if n < 5 * bins:
        raise NicheError(f"{n} draws are too few for {bins} bins: give at least {5 * bins}")
    if not total > 1e-20 * max(1.0, float(np.mean(values)) ** 2):
        return np.full(inputs.shape[1], np.nan)
    parts = [np.array_split(np.argsort(column, kind="stable"), bins) for column in inputs.T]
    within = np.array([sum(len(part) * values[part].var() for part in some) / n for some in parts])
    found = np.maximum(1 - within / total * (n - 1) / (n - bins), 0.0)
    return np.where(np.ptp(inputs, axis=0) > 0, found, 0.0)


def _run(function: Function, points: np.ndarray, size: int, what: str) -> tuple[np.ndarray, np.ndarray]:
    """Values in blocks of `size` runs, without the blocks of which one failed; and which blocks are left."""
    values = np.asarray(function(points), dtype=float).reshape(-1, size)
    good = np.isfinite(values).all(axis=1)
    if np.mean(good) < _LEAST:
        raise NicheError(f"{np.count_nonzero(~good)} of {len(good)} {what} hold a run without a number: too many")
    return values[good], good


def _problem(names: Sequence[str], inside: tuple[float, float]) -> dict[str, Any]:
    if not names:
        raise NicheError("there is no input to vary")
    return {"num_vars": len(names), "names": list(names), "bounds": [list(inside)] * len(names)}


def _whole(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise NicheError(f"{name} must be a whole number of at least {least}, got {value!r}")
