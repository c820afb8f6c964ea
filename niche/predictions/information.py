"""How much an experiment is expected to tell [nats]: mutual information between its outcome and what is not known.

The outcome is y = f + e: what the model says in a draw of the posterior, and an error e ~ normal(0, s) of the assay and
of the paper. By the draws alone y is a mixture of normal distributions, whose entropy is an integral in one dimension
and is taken on a grid: no second Monte Carlo is nested in the first. Lindley 1956, doi:10.1214/aoms/1177728069.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from niche.errors import NicheError

_GRID = 600  # points; the step is below a fifth of s wherever f spreads over less than 120 s
_WIDTH = 6.0  # the grid goes so many s beyond the outermost draws
_FEWEST, _GROUPS = 40, 10  # draws in each group of a quantity, and groups at most
_SHUFFLES = 20
_SEED = 20261130


def entropy(f: np.ndarray, s: float) -> float:
    """Entropy [nats] of a mixture of normal(f_j, s), one for each draw, f of shape (draws,)."""
    grid, density = _densities(f, s)
    return float(_entropy(grid, density.mean(axis=1)))


def about_all(f: np.ndarray, s: float) -> float:
    """Information [nats] of an outcome about everything that differs between draws, f of shape (draws,).

    Equal to log(1 + var(f) / s^2) / 2 where f is normal.
    """
    _check(f, s)
    return max(0.0, entropy(f, s) - 0.5 * math.log(2 * math.pi * math.e * s * s))


def about(f: np.ndarray, s: float, quantity: np.ndarray) -> float:
    """Information [nats] of an outcome about one quantity, both (draws,).

    The quantity is cut into groups of equally many draws (ten, or fewer where a group would have less than forty), so
    that this is a lower bound. What grouping draws at random gives, the mean of twenty shuffles, is taken off: with few
    draws in a group their mixtures differ by chance.
    """
    _check(f, s)
    if np.shape(quantity) != np.shape(f):
        raise NicheError(
            f"an outcome of shape {np.shape(f)} and a quantity of shape {np.shape(quantity)} do not belong"
        )
    groups = min(_GROUPS, len(f) // _FEWEST)
    if groups < 2 or np.ptp(quantity) == 0:
        return 0.0
    grid, density = _densities(f, s)
    rng = np.random.default_rng(_SEED)
    orders = [np.argsort(quantity, kind="stable"), *(rng.permutation(len(f)) for _ in range(_SHUFFLES))]
    found, *chance = _entropy(grid, density.mean(axis=1)) - _within(grid, density, orders, groups)
    return max(0.0, float(found - math.fsum(chance) / _SHUFFLES))


def jointly(outcomes: np.ndarray, s: np.ndarray, quantities: np.ndarray) -> float:
    """Information [nats] of several outcomes together about several quantities, as if all were normal.

    Half the log of the ratio of two determinants, of the covariance of the outcomes and of what is left of it once the
    quantities are known (regression; a degree of freedom is paid for each quantity). Two outcomes that tell the same
    count once.

    Parameters
    ----------
    outcomes
        shape (draws, m)
    s
        standard error of each outcome, shape (m,)
    quantities
        shape (draws, k)
    """
    centred = outcomes - outcomes.mean(axis=0)
    known = quantities - quantities.mean(axis=0)
    draws, k = known.shape
    if draws <= k + 2:
        raise NicheError(f"{draws} draws are too few for {k} quantities; take more draws")
    left = centred - known @ np.linalg.lstsq(known, centred, rcond=None)[0]
    noise = np.diag(np.square(s))
    total = centred.T @ centred / (draws - 1) + noise
    rest = left.T @ left / (draws - 1 - k) + noise
    return max(0.0, 0.5 * float(np.linalg.slogdet(total)[1] - np.linalg.slogdet(rest)[1]))


def choose(outcomes: np.ndarray, s: np.ndarray, quantities: np.ndarray, count: int) -> list[tuple[int, float]]:
    """The outcomes that tell most together, one after the other: each with what it adds to those before it [nats].

    Greedy. Another choice of as many may tell a little more: outcomes share parameters that are none of the quantities,
    so that no bound is claimed.
    """
    chosen: list[tuple[int, float]] = []
    have = 0.0
    while len(chosen) < min(count, outcomes.shape[1]):
        places = [i for i, _ in chosen]
        rest = [i for i in range(outcomes.shape[1]) if i not in places]
        told = [jointly(outcomes[:, [*places, i]], s[[*places, i]], quantities) for i in rest]
        best = max(range(len(rest)), key=lambda j: (round(told[j], 6), -j))  # ties by place: not by a last digit
        chosen.append((rest[best], max(0.0, told[best] - have)))
        have = max(have, told[best])
    return chosen


def _check(f: np.ndarray, s: float) -> None:
    if np.ndim(f) != 1 or len(f) < 2 or not np.isfinite(f).all() or not (s > 0 and math.isfinite(s)):
        raise NicheError("an outcome needs two finite draws or more, and an error above 0")


def _densities(f: np.ndarray, s: float) -> tuple[np.ndarray, np.ndarray]:
    """The grid (points,), and the density there of each draw's normal distribution, (points, draws)."""
    grid = np.linspace(f.min() - _WIDTH * s, f.max() + _WIDTH * s, _GRID)
    z = (grid[:, None] - f[None, :]) / s
    return grid, np.exp(-0.5 * z * z) / (s * math.sqrt(2 * math.pi))


def _entropy(grid: np.ndarray, density: np.ndarray) -> Any:
    """Of a density at the grid (points, ...), by the trapezium rule."""
    terms = np.where(density > 0, -density * np.log(np.where(density > 0, density, 1.0)), 0.0)
    return np.trapezoid(terms, grid, axis=0)


def _within(grid: np.ndarray, density: np.ndarray, orders: Sequence[np.ndarray], groups: int) -> np.ndarray:
    """The mean entropy of the groups into which each of these orders of the draws is cut, weighted by their size."""
    cuts = [cut for order in orders for cut in np.array_split(order, groups)]
    member = np.zeros((density.shape[1], len(cuts)))
    for i, cut in enumerate(cuts):
        member[cut, i] = 1.0
    size = member.sum(axis=0)
    each = _entropy(grid, density @ member / size) * size / density.shape[1]
    return np.asarray(each.reshape(len(orders), groups).sum(axis=1))
