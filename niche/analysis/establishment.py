"""Does a landed cell found a colony? Birth-death processes in a constant, a changing, and a self-changed niche."""

from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2  # on 0 to 1
_MOST_STEPS = 1_000_000


class Clones(NamedTuple):
    """Simulated clones, shape (runs,).

    Attributes
    ----------
    cells
        size at the end, 0 if extinct, or the size at which a clone was taken as established
    days
        when it ended: extinct, established, or the last time
    """

    cells: np.ndarray
    days: np.ndarray


def establishment_probability(birth: Any, death: Any, cells: int = 1) -> np.ndarray:
    """Probability that `cells` disseminated tumour cells found a lasting colony.

    Birth-death process with constant rates: 1 - min(1, death/birth)**cells (Kendall 1948, doi:10.1214/aoms/1177730285).

    Wrong when the niche changes within a cell's lifetime; then use `establishment_in_time`. Wrong when the focus
    changes its own niche; then use `reach_probability`.

    Parameters
    ----------
    birth, death
        per-cell rates in the niche [1/day], array_like, shape (...,), broadcast together
    cells
        cells that arrive together

    Returns
    -------
    np.ndarray
        shape (...,), dimensionless; 1 without death, also where no cell divides: it stays

    Raises
    ------
    NicheError
        if a rate is negative or not finite, or `cells` is below 1
    """
    _whole(cells, "cells")
    birth, death = _together(birth, death)
    excess = np.maximum(birth - death, 0)
    excess = np.divide(excess, birth, out=np.where(death > 0, 0.0, 1.0), where=birth > 0)
    with np.errstate(divide="ignore"):
        return _founded(np.log1p(-excess), cells)


def establishment_in_time(times: Any, birth: Any, death: Any, cells: int = 1) -> np.ndarray:
    """Probability that a clone founded by `cells` cells at each of `times` is alive at the last of them.

    Birth-death process with rates that change in time (Kendall 1948, doi:10.1214/aoms/1177730285): one cell at t is
    extinct at T with probability I / (1 + I), I = int_t^T death(s) exp(int_t^s (death - birth)) ds. Rates are linear
    between `times`; quadrature in steps over which the inner exponent moves by at most 1, kept in logarithms.

    Alive at the last time is not yet established: let `times` run until the probability no longer falls.

    Parameters
    ----------
    times
        days, array_like, shape (T,), increasing, at least two
    birth, death
        per-cell rates at `times` [1/day], array_like, shape (..., T), broadcast together
    cells
        cells that arrive together

    Returns
    -------
    np.ndarray
        shape (..., T), dimensionless, by time of arrival: [..., 0] is arrival at times[0]

    Raises
    ------
    NicheError
        for unusable times, rates or cells
    """
    _whole(cells, "cells")
    times, birth, death = _on_grid(times, birth, death)
    loss, gaps = death - birth, np.diff(times)
    largest = np.abs(loss).reshape(-1, len(times)).max(axis=0, initial=0.0)
    with np.errstate(over="ignore"):
        parts = np.maximum(1, np.ceil(gaps * np.maximum(largest[:-1], largest[1:])))
    if parts.sum() > _MOST_STEPS:
        raise NicheError(f"net rates times days must stay below about {_MOST_STEPS}, got {parts.sum():.3g}")
    log_odds = np.full(birth.shape, -np.inf)  # of extinction: ln I
    for k in range(len(gaps) - 1, -1, -1):
        ahead, step = log_odds[..., k + 1], gaps[k] / parts[k]
        edges = np.linspace(0, 1, int(parts[k]) + 1)
        for low, high in zip(edges[-2::-1], edges[:0:-1], strict=True):
            at = low + (high - low) * _NODES
            deaths = death[..., k, None] * (1 - at) + death[..., k + 1, None] * at
            first, last = (loss[..., k] * (1 - x) + loss[..., k + 1] * x for x in (low, high))
            inner = step * (first[..., None] * _NODES + (last - first)[..., None] * _NODES**2 / 2)
            lost = step * (_WEIGHTS * deaths * np.exp(inner)).sum(axis=-1)
            ahead = np.logaddexp(_log(lost), step * (first + last) / 2 + ahead)
        log_odds[..., k] = ahead
    return _founded(-np.logaddexp(0, -log_odds), cells)


def stochastic_clones(
    times: Any, birth: Any, death: Any, runs: int, seed: int, cells: int = 1, established: int = 1000
) -> Clones:
    """Clones simulated event by event: the check on `establishment_in_time`.

    Exact for rates linear between `times`: thinning with a bound per interval (Lewis and Shedler 1979,
    doi:10.1002/nav.3800260304).

    Wrong where a clone of `established` cells can still die out before the last time: then raise `established`.

    Parameters
    ----------
    times
        days, array_like, shape (T,), increasing, at least two
    birth, death
        per-cell rates at `times` [1/day], array_like, shape (T,)
    runs, seed
        how many clones; the same seed gives the same clones
    cells
        cells that found a clone at times[0]
    established
        a clone of this size is followed no further and counts as alive

    Returns
    -------
    Clones
        size of each clone at the end, and when it ended

    Raises
    ------
    NicheError
        for unusable times, rates or whole numbers
    """
    for number, name, least in ((runs, "runs", 1), (seed, "seed", 0), (cells, "cells", 1)):
        _whole(number, name, least)
    _whole(established, "established", cells + 1)
    times, birth, death = _on_grid(times, birth, death)
    if birth.ndim != 1:
        raise NicheError(f"stochastic_clones takes one set of rates of shape {times.shape}, got {birth.shape}")
    from niche.analysis._clones import follow  # late: loads numba

    rng: np.random.Generator = np.random.default_rng(seed)
    bound = np.maximum((birth + death)[:-1], (birth + death)[1:])
    end = Clones(np.empty(runs, dtype=int), np.empty(runs))
    follow(times, birth, death, bound, rng, cells, established, end.cells, end.days)
    return end


def niche_feedback(sizes: Any, birth: Any, death: Any, target: int) -> tuple[np.ndarray, np.ndarray]:
    """Per-cell rates at every focus size from 0 to target - 1, for a focus that changes its own niche.

    From rates found at a few sizes (say, beside burdens held until bone has settled): linear between, constant beyond.

    Right when bone settles faster than the focus changes; a focus that outruns bone sees the niche of a smaller one.

    Parameters
    ----------
    sizes
        cells, array_like, shape (S,), increasing
    birth, death
        per-cell rates beside a focus of that size [1/day], array_like, shape (..., S)
    target
        size that counts as established, above 1

    Returns
    -------
    tuple[np.ndarray, np.ndarray]
        birth_n, death_n, each shape (..., target), for `reach_probability` and `threshold_size`

    Raises
    ------
    NicheError
        for unusable sizes, rates or target
    """
    _whole(target, "target", 2)
    sizes, birth, death = _on_grid(sizes, birth, death, "sizes")
    n = np.clip(np.arange(target), sizes[0], sizes[-1])
    k = np.clip(np.searchsorted(sizes, n, side="right") - 1, 0, len(sizes) - 2)
    share = (n - sizes[k]) / (sizes[k + 1] - sizes[k])
    birth_n, death_n = (rate[..., k] * (1 - share) + rate[..., k + 1] * share for rate in (birth, death))
    return birth_n, death_n


def reach_probability(birth_n: Any, death_n: Any, start: int = 1) -> np.ndarray:
    """Probability that a focus of `start` cells reaches N cells before none is left, with rates that go with its size.

    Gambler's ruin with a ratio death_n/birth_n per size (Karlin and Taylor 1975, A First Course in Stochastic
    Processes, chapter 4): with v_n the probability to fail n -> n + 1, v_n/(1 - v_n) = death_n/birth_n * v_(n-1),
    v_0 = 1, and the product of 1 - v_n from `start` on. No subtraction, and in logarithms.

    Wrong when the niche lags behind the focus, or when N is so small that a focus of N cells still dies out.

    Parameters
    ----------
    birth_n, death_n
        array_like, 1/day, shape (..., N): index n is the rate, per cell or per focus, at size n from 0 to N - 1;
        only the ratio counts, and nothing at size 0
    start
        cells that arrive together; N or more is there already

    Returns
    -------
    np.ndarray
        shape (...,), dimensionless; 0 if a size without births lies on the way

    Raises
    ------
    NicheError
        for unusable rates or start
    """
    _whole(start, "start")
    reach = _reach(birth_n, death_n)
    return np.ones(reach.shape[:-1]) if start >= reach.shape[-1] else reach[..., start]


def threshold_size(birth_n: Any, death_n: Any, level: float = 0.5) -> np.ndarray:
    """Smallest focus [cells] that reaches N cells with a probability above `level`, shape (...,).

    Rates as for `reach_probability`. 1 where a single cell passes: no threshold. N where only N itself does.
    Raises `NicheError` for unusable rates or a level outside [0, 1).
    """
    if isinstance(level, bool) or not isinstance(level, int | float | np.number) or not 0 <= level < 1:
        raise NicheError(f"level must be at least 0 and below 1, got {level!r}")
    return 1 + np.count_nonzero(_reach(birth_n, death_n)[..., 1:] <= level, axis=-1)


def _reach(birth_n: Any, death_n: Any) -> np.ndarray:
    """Probability to reach N from each size 0 to N - 1, shape (..., N)."""
    birth, death = _together(birth_n, death_n, first=1)
    if birth.ndim == 0 or birth.shape[-1] < 2:
        raise NicheError(f"rates must be given for the sizes 0 to N - 1 with N at least 2, got shape {birth.shape}")
    log_birth, log_death = _log(birth), _log(death)
    log_pass = np.full(birth.shape, -np.inf)  # ln(1 - v); none passes from 0
    log_fail = np.zeros(birth.shape[:-1])  # ln v
    for n in range(1, birth.shape[-1]):
        climbs = birth[..., n] > 0
        rate = np.where(climbs, log_birth[..., n], 0.0)
        log_odds = np.where(climbs, log_death[..., n] - rate + log_fail, np.inf)
        log_pass[..., n] = -np.logaddexp(0, log_odds)
        log_fail = -np.logaddexp(0, -log_odds)
    return np.exp(np.cumsum(log_pass[..., ::-1], axis=-1)[..., ::-1])


def _founded(log_extinct: np.ndarray, cells: int) -> np.ndarray:
    """Probability that not all of `cells` independent clones die out."""
    return np.asarray(np.abs(np.expm1(cells * log_extinct)))


def _log(values: np.ndarray) -> np.ndarray:
    """ln of `values`, -inf at 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values))


def _whole(number: object, name: str, least: int = 1) -> None:
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < least:
        raise NicheError(f"{name} must be a whole number of at least {least}, got {number!r}")


def _numbers(values: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise NicheError(f"{name} must be numbers, got {values!r}") from None


def _together(birth: Any, death: Any, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Both rates as arrays of one shape, checked from the column `first` on."""
    birth, death = _numbers(birth, "birth"), _numbers(death, "death")
    try:
        rates = np.broadcast_arrays(birth, death)
    except ValueError:
        raise NicheError(f"birth and death do not go together: shapes {birth.shape} and {death.shape}") from None
    for rate, name in zip(rates, ("birth", "death"), strict=True):
        used = rate[..., first:] if first and rate.ndim else rate
        wrong = used[~(np.isfinite(used) & (used >= 0))]
        if wrong.size:
            raise NicheError(f"{name} rates must be finite and not negative, got {wrong.flat[0]:g} 1/day")
    return rates[0], rates[1]


def _on_grid(grid: Any, birth: Any, death: Any, name: str = "times") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A grid and both rates on it, checked, the rates of shape (..., len(grid))."""
    grid = _numbers(grid, name)
    if grid.ndim != 1 or len(grid) < 2 or not np.isfinite(grid).all() or (np.diff(grid) <= 0).any():
        raise NicheError(f"{name} must be at least two finite numbers that increase, got {grid!r}")
    birth, death = _together(birth, death)
    if birth.ndim and birth.shape[-1] not in (1, len(grid)):
        raise NicheError(f"rates need one value for each of {len(grid)} {name}, got shape {birth.shape}")
    shape = np.broadcast_shapes(birth.shape, grid.shape)
    return grid, np.broadcast_to(birth, shape), np.broadcast_to(death, shape)
