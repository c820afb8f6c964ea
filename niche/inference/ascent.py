"""The best fits: damped Gauss-Newton on the log posterior, from many starts. For starting points and a metric only.

A step is tried at a dozen dampings at once, because a call costs little more for a dozen points than for one.
"""

from typing import NamedTuple

import numpy as np

from niche.inference.blocks import CLASSES, spreads
from niche.inference.joint import JointObjective
from niche.inference.slopes import Slopes
from niche.sums import sum_last

_STEP = 4e-3  # of a difference, in standard scores
_DAMPING = (0.0, *np.geomspace(0.03, 3e3, 11).tolist())
_LONGEST = 3.0  # standard scores that one parameter may move in a step
_ENOUGH = 0.02  # nats: a step that gains less ends the search
_C = len(CLASSES)


class Summit(NamedTuple):
    """One end of a search: scores (k + classes,), log density there, and the precision (k + classes, k + classes)."""

    scores: np.ndarray
    value: float
    precision: np.ndarray


def climb(objective: JointObjective, start: np.ndarray, most: int = 30) -> Summit:
    """Go up from one start, spreads held where the start has them."""
    slopes = objective.slopes()
    scores = np.array(start, dtype=float)
    value = float(log_density(slopes, scores[None])[0])
    while not np.isfinite(value):  # nothing can be solved out there: come nearer
        scores *= 0.7
        value = float(log_density(slopes, scores[None])[0])
    for _ in range(most):
        precision, gradient = _local(slopes, scores)
        tried = np.stack([scores + _step(precision, gradient, damping) for damping in _DAMPING])
        values = log_density(slopes, tried)
        best = int(np.argmax(np.where(np.isfinite(values), values, -np.inf)))
        if not values[best] > value + _ENOUGH:
            break
        scores, value = tried[best], float(values[best])
    precision, _ = _local(slopes, scores)
    return Summit(scores, value, precision)


def log_density(slopes: Slopes, scores: np.ndarray) -> np.ndarray:
    """Log posterior (n,) without its slope; -inf where an arm cannot be solved."""
    f = slopes.effects(scores)
    lost = ~np.isfinite(f).all(axis=1)
    tau, _ = spreads(scores[:, -_C:])
    found = sum_last(slopes.blocks(np.where(np.isfinite(f), f, 0.0), tau).value) - 0.5 * sum_last(scores**2)
    return np.where(lost, -np.inf, found)


def jacobian(slopes: Slopes, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the model says at one point, (atoms,), and how it answers to each parameter, (atoms, k), by differences."""
    k = len(scores) - _C
    moved = np.concatenate([scores[None], scores + _STEP * np.eye(len(scores))[:k]])
    f = slopes.effects(moved)
    found = (f[1:] - f[0]).T / _STEP
    return f[0], np.where(np.isfinite(found), found, 0.0)


def _local(slopes: Slopes, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Precision and gradient at one point; the spreads do not move."""
    f, moves = jacobian(slopes, scores)
    k = moves.shape[1]
    tau, _ = spreads(scores[None, -_C:])
    told = slopes.blocks(f[None], tau)
    gradient = np.zeros(len(scores))
    gradient[:k] = told.by_f[0] @ moves - scores[:k]
    precision = np.eye(len(scores))
    precision[:k, :k] += slopes.blocks.precision(f, moves, tau[0])
    return precision, gradient


def _step(precision: np.ndarray, gradient: np.ndarray, damping: float) -> np.ndarray:
    damped = precision + damping * np.eye(len(precision))
    found = np.linalg.solve(damped, gradient)
    return np.asarray(found * min(1.0, _LONGEST / max(float(np.abs(found).max()), 1e-12)))
