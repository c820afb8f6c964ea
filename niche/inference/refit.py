"""Tasks of a validation, each for a worker: fit again without a paper, and what the fit then says of its rows.

A refit is the best fit near another one and the normal curve around it (Laplace), in standard scores of the priors.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from niche.inference.likelihood import MISSED
from niche.inference.search import Optimum
from niche.params.records import Parameter


def scores_of(entry: Parameter, values: np.ndarray) -> np.ndarray:
    """Standard scores whose parameter values these are: what `Parameter.sample` takes, turned round."""
    from scipy.special import ndtr, ndtri

    assert entry.prior is not None
    shape, a, b = entry.prior
    low, high = entry.range
    if shape == "uniform":
        quantile = (values - max(a, low)) / (min(b, high) - max(a, low))
    else:
        x, ends, centre = values, np.array([low, high]), a
        if shape == "lognormal":
            x, centre = np.log(values), np.log(a)
            with np.errstate(divide="ignore", invalid="ignore"):
                ends = np.where(ends > 0, np.log(np.maximum(ends, 0)), -np.inf)
        cut = ndtr((ends - centre) / b)
        quantile = (ndtr((x - centre) / b) - cut[0]) / (cut[1] - cut[0])
    return np.asarray(ndtri(np.clip(quantile, 1e-9, 1 - 1e-9)))


def apart(rows_scores: np.ndarray) -> np.ndarray:
    """(model - measured) / error, from the rows' scores of an objective, which grow only slowly far out."""
    beyond = np.maximum(np.abs(rows_scores) - MISSED, 0.0)
    return np.asarray(np.sign(rows_scores) * (np.minimum(np.abs(rows_scores), MISSED) + np.expm1(beyond)))


def best(objective: Any, start: np.ndarray, held: int | None = None) -> tuple[Optimum, np.ndarray]:
    """The best fit near a start, to a few hundredths of its cost, and the Jacobian (rows + k, k) there.

    Parameters
    ----------
    held
        the place of a parameter that keeps its score
    """
    from scipy.optimize import least_squares

    free = np.arange(len(start)) != (-1 if held is None else held)

    def whole(x: np.ndarray) -> np.ndarray:
        full = np.array(start, dtype=float)
        full[free] = x
        return full

    found = least_squares(
        lambda x: objective.residuals(whole(x)),
        start[free],
        jac=lambda x: objective.jacobian(whole(x))[:, free],
        max_nfev=25,
        xtol=1e-3,
        ftol=1e-3,
    )
    rows = float((found.fun[: -len(start)] ** 2).sum())
    return Optimum(whole(found.x), float(2 * found.cost), rows), np.asarray(found.jac)


def evaluate_refit(objective: Any, scores: np.ndarray) -> np.ndarray:
    """Rows (n, rows) at scores (n, k), in their errors."""
    return apart(objective.rows_scores(scores))


def laplace(fitted: Any, asked: Any, start: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Fit to the rows of one objective, and what the fit says of those of another: (draws, rows), in their errors.

    Parameters
    ----------
    start
        scores (k,) of a fit to all rows
    normal
        standard normal numbers (draws, k)
    """
    found, jacobian = best(fitted, start)
    root = np.linalg.cholesky(np.linalg.inv(jacobian.T @ jacobian))
    return evaluate_refit(asked, found.scores + normal @ root.T)


def profiled(objective: Any, key: str, points: Sequence[float], start: np.ndarray) -> list[tuple[float, float]]:
    """(standard score, cost) along the profile of one parameter, each point from the one before."""
    i, scores, found = objective.keys.index(key), np.array(start, dtype=float), []
    for point in points:
        scores[i] = point
        one, _ = best(objective, scores, held=i)
        scores = one.scores.copy()
        found.append((float(point), one.cost))
    return found
