"""How good a prediction with its uncertainty was, once the measurement is known.

A prediction is a weighted mixture of normal curves of sd 1, one around each draw: everything here is in units of the
measurement's error, with the measurement at 0. So a draw is (model - measured) / error, as the fit has it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_ROOT = np.sqrt(2 * np.pi)


class Score(NamedTuple):
    """How good one prediction was.

    Attributes
    ----------
    pit
        predicted probability of less than what was measured
    crps
        continuous ranked probability score, in errors of the measurement; lower is better
    log_score
        log density of what was measured; higher is better
    """

    pit: float
    crps: float
    log_score: float


def score(draws: np.ndarray, weights: np.ndarray | None = None) -> Score:
    """Score of a prediction by draws (n,), with weights (n,) that add up to 1 (None: all alike).

    CRPS of a mixture of normals: Grimit et al. 2006, doi:10.1256/qj.05.235. With one draw it is that of a normal
    (Gneiting & Raftery 2007, doi:10.1198/016214506000001437).
    """
    from scipy.special import logsumexp, ndtr

    w = np.full(len(draws), 1 / len(draws)) if weights is None else weights
    between = sum(
        float(weight * (w @ _distance(draws - draw, np.sqrt(2.0)))) for draw, weight in zip(draws, w, strict=True)
    )
    with np.errstate(divide="ignore"):
        log_density = float(logsumexp(np.log(w) - 0.5 * draws**2) - np.log(_ROOT))
    return Score(float(w @ ndtr(-draws)), float(w @ _distance(draws, 1.0)) - between / 2, log_density)


def _distance(mean: np.ndarray, sd: float) -> np.ndarray:
    """Expected size of a normal variable."""
    from scipy.special import ndtr

    z = mean / sd
    return np.asarray(2 * sd * np.exp(-0.5 * z**2) / _ROOT + mean * (2 * ndtr(z) - 1))


def normal_quantiles(
    draws: np.ndarray, probabilities: Sequence[float], weights: np.ndarray | None = None
) -> np.ndarray:
    """Quantiles of a prediction, by bisection."""
    from scipy.special import ndtr

    w = np.full(len(draws), 1 / len(draws)) if weights is None else weights
    found = []
    for probability in probabilities:
        low, high = draws.min() - 10, draws.max() + 10
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if w @ ndtr(middle - draws) < probability else (low, middle)
        found.append((low + high) / 2)
    return np.array(found)


def weights_without(log_likelihood: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights that turn draws (n,) of a posterior into draws of the posterior without some rows, and their tail.

    Parameters
    ----------
    log_likelihood
        of those rows at each draw, (n,)

    Returns
    -------
    tuple[np.ndarray, float]
        Pareto-smoothed weights (n,), and the shape k of their tail: above 0.7 they are not to be trusted
        (Vehtari et al. 2024, arXiv:1507.02646)
    """
    from arviz_stats.base import array_stats

    if np.ptp(log_likelihood) == 0:  # the rows see nothing of what was drawn
        return np.full(len(log_likelihood), 1 / len(log_likelihood)), float("-inf")
    try:
        with np.errstate(all="ignore"):  # a tail of zeros has no shape
            logs, k = array_stats.psislw(log_likelihood)  # takes the sign itself
    except ValueError:  # nor has a tail of one value: such weights are bounded as they are
        weights = np.exp(log_likelihood.min() - log_likelihood)
        return weights / weights.sum(), float("-inf")
    if not np.isfinite(k) or np.isnan(logs).any():
        return np.full(len(log_likelihood), 1 / len(log_likelihood)), float("inf")
    weights = np.exp(logs - logs.max())
    return weights / weights.sum(), float(k)
