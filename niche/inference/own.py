"""Papers that alone tell some parameters: left out with these parameters integrated over.

A paper is often the only one on its tumour line or its drug. Without it the growth of that line is what the prior says,
which is far from where all papers together hold it, so that weights of their draws are worth nothing. But then
everything that is not the paper's own is nearly where it was. With the own parameters integrated over,

    p(rows | rest) = integral of p(rows | rest, own) p(own) d own

the posterior of the rest without the paper is that of all papers divided by this, and is reached by weights that vary
little (integrated importance sampling: Vehtari et al. 2016, doi:10.5555/2946645.3007056; Li et al. 2016,
doi:10.1007/s11222-015-9553-x). Own parameters have their prior there, whatever the rest.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.inference.left_out import LeftOut, by_weights

OWN = "own parameters integrated over"  # the way in which such a paper is left out
POINTS = (
    128  # of the own parameters, the same at every draw, spread evenly (Sobol): half near the draws, half of the prior
)
_WIDER = 1.5  # the part of the points that lies where the paper puts its own parameters is this much wider
_AT_ONCE = 4800  # points whose arms are run together
_NEVER = -1e3  # log density of rows that cannot be solved at a point


class Integrated(NamedTuple):
    """A paper left out with its own parameters integrated over.

    Attributes
    ----------
    told
        log p(rows | rest) at each draw (n,)
    effects
        of the paper's rows at the same draws (n, rows), its own parameters drawn from their prior
    """

    told: np.ndarray
    effects: np.ndarray

    def left_out(self, autocorrelation: float = 1.0) -> LeftOut:
        """The paper predicted from the others."""
        return by_weights(self.told, False, autocorrelation)._replace(how=OWN)


def owned(moves: np.ndarray) -> dict[int, list[int]]:
    """By part, the scores that move no other part; parts without any are left out.

    Parameters
    ----------
    moves
        which score moves which part, (parts, k); the spreads, which are shared, are no part of it
    """
    alone = moves.sum(axis=0) == 1
    found = {part: np.flatnonzero(row & alone).tolist() for part, row in enumerate(moves)}
    return {part: own for part, own in found.items() if own}


def integrate(slopes: Any, part: int, draws: np.ndarray, own: Sequence[int], seed: Sequence[int]) -> Integrated:
    """Integrate over the own parameters of a part at draws (n, k) of the posterior of all papers.

    Half of the points are of the prior, half of a Gaussian about the draws, so that neither what the paper says nor
    what it excludes is missed.
    """
    random = np.random.default_rng([*seed, part])
    points, log_share = _points(draws[:, own], random)
    told = np.empty((len(draws), len(points)))
    each = max(1, _AT_ONCE // len(points))
    for first in range(0, len(draws), each):
        some = draws[first : first + each]
        there = np.repeat(some, len(points), axis=0)
        there[:, own] = np.tile(points, (len(some), 1))
        told[first : first + each] = np.maximum(slopes.values(there, [part])[:, 0], _NEVER).reshape(len(some), -1)
    top = (told + log_share).max(axis=1)
    total = np.exp(told + log_share - top[:, None]).mean(axis=1)
    before = draws.copy()
    before[:, own] = random.standard_normal((len(draws), len(own)))
    rows = slopes.rows_of(part)
    return Integrated(top + np.log(total), slopes.effects(before, [part])[:, rows])


def _points(own: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points (POINTS, own) of both halves, and the logarithm of the prior's share of their density."""
    from scipy.special import ndtri
    from scipy.stats import multivariate_normal, qmc

    k, half = own.shape[1], POINTS // 2
    mean, covariance = own.mean(axis=0), _WIDER**2 * np.atleast_2d(np.cov(own.T))
    near, wide = (ndtri(qmc.Sobol(k, rng=random).random(half)) for _ in range(2))
    points = np.concatenate([mean + near @ np.linalg.cholesky(covariance).T, wide])
    prior = multivariate_normal(np.zeros(k), np.eye(k)).logpdf(points)
    about = multivariate_normal(mean, covariance).logpdf(points)
    return points, prior - np.logaddexp(prior + np.log(0.5), about + np.log(0.5))
