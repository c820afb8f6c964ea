"""The best fits: many starts climb the log posterior side by side along its slope. A sampler begins there.

A call of the slope costs little more for eight points than for one, and a Jacobian of all atoms as much as a hundred
slopes; so each point goes by its own slope alone (Adam; Kingma & Ba 2015, arXiv:1412.6980), and the Jacobian is taken
once, at the end.
"""

from typing import NamedTuple

import numpy as np

from niche.inference.blocks import CLASSES, spreads
from niche.inference.joint import JointObjective
from niche.inference.slopes import Slopes

STEPS = 120
_FIRST, _LAST = 0.12, 0.01  # lengths of a step of one score, from the first to the last
_MEAN, _SQUARE = 0.9, 0.98
_DIFFERENCE = 4e-3  # in standard scores
_C = len(CLASSES)


class Summit(NamedTuple):
    """One end of a search: scores (k + classes,), log density there, and the precision (k + classes, k + classes)."""

    scores: np.ndarray
    value: float
    precision: np.ndarray


def climb(objective: JointObjective, starts: np.ndarray, steps: int = STEPS) -> tuple[np.ndarray, np.ndarray]:
    """Where each of the starts (n, k) ends, and its log density (n,); the spreads stay as they are."""
    slopes = objective.slopes()
    at = np.array(starts, dtype=float)
    mean, square = np.zeros_like(at), np.zeros_like(at)
    best, least = at.copy(), np.full(len(at), -np.inf)
    for i in range(steps):
        value, slope = slopes(at)
        better = value > least
        best[better], least[better] = at[better], value[better]
        lost = ~np.isfinite(value)
        slope = np.where(lost[:, None], -at, slope)  # nothing can be solved out there: come nearer
        slope[:, -_C:] = 0.0
        mean = _MEAN * mean + (1 - _MEAN) * slope
        square = _SQUARE * square + (1 - _SQUARE) * slope**2
        length = _LAST + (_FIRST - _LAST) * 0.5 * (1 + np.cos(np.pi * i / steps))
        corrected = mean / (1 - _MEAN ** (i + 1))
        at = at + length * corrected / (np.sqrt(square / (1 - _SQUARE ** (i + 1))) + 1e-8)
    return best, least


def summit(objective: JointObjective, scores: np.ndarray, value: float) -> Summit:
    """A place with the precision there: expected curvature of the atoms, and of the prior."""
    slopes = objective.slopes()
    f, moves = jacobian(slopes, scores)
    k = moves.shape[1]
    tau, _ = spreads(scores[None, -_C:])
    precision = np.eye(len(scores))
    precision[:k, :k] += slopes.blocks.precision(f, moves, tau[0])
    return Summit(scores, value, precision)


def jacobian(slopes: Slopes, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the model says at one point, (atoms,), and how it answers to each parameter, (atoms, k), by differences."""
    k = len(scores) - _C
    moved = np.concatenate([scores[None], scores + _DIFFERENCE * np.eye(len(scores))[:k]])
    f = slopes.effects(moved)
    found = (f[1:] - f[0]).T / _DIFFERENCE
    return np.nan_to_num(f[0]), np.where(np.isfinite(found), found, 0.0)
