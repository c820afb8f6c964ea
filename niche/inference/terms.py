"""Log density of one atom at what the model says of it, by kind, with its slopes; nothing about where that comes from.

x is the model's effect with what the paper has of its own, s the error; both are arrays that broadcast. Every function
returns the log density, its derivative by x and its derivative by s.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from niche.frozen import Frozen

FREEDOM = 4.0  # of Student's t
LIMIT = 1.96  # a direction was printed because it lay beyond this many errors
MISREAD = 0.05  # probability with which a row that is no number was misread
_ROOT = math.sqrt(2 * math.pi)
_CONSTANT = math.lgamma((FREEDOM + 1) / 2) - math.lgamma(FREEDOM / 2) - 0.5 * math.log(FREEDOM * math.pi)
Term = tuple[np.ndarray, np.ndarray, np.ndarray]
Density = Callable[[np.ndarray, np.ndarray, np.ndarray], Term]


def number(x: np.ndarray, y: np.ndarray, s: np.ndarray) -> Term:
    """A number y: Student's t with four degrees of freedom and scale s."""
    r = y - x
    squared, whole = r * r, FREEDOM * s * s
    value = _CONSTANT - np.log(s) - (FREEDOM + 1) / 2 * np.log1p(squared / whole)
    by_x = (FREEDOM + 1) * r / (whole + squared)
    by_s = (-1 + (FREEDOM + 1) * squared / (whole + squared)) / s
    return value, by_x, by_s


def direction(x: np.ndarray, y: np.ndarray, s: np.ndarray) -> Term:
    """A direction y (1 or -1), given that it was significant: P = Phi(u - 1.96) / (Phi(u - 1.96) + Phi(-u - 1.96))."""
    u = x * y / s
    up, down = _phi(u - LIMIT), _phi(-u - LIMIT)
    total = up + down
    share = up / total
    by_u = (_normal(u - LIMIT) * down + up * _normal(u + LIMIT)) / (total * total)
    return _misread(share, by_u, y / s, -u / s)


def no_effect(x: np.ndarray, y: np.ndarray, s: np.ndarray) -> Term:
    """No significant effect: P = Phi(1.96 - u) - Phi(-1.96 - u)."""
    u = x / s
    share = _phi(LIMIT - u) - _phi(-LIMIT - u)
    by_u = _normal(LIMIT + u) - _normal(LIMIT - u)
    return _misread(share, by_u, 1 / s, -u / s)


def above(x: np.ndarray, y: np.ndarray, s: np.ndarray) -> Term:
    """At least y: P = Phi((x - y) / s)."""
    u = (x - y) / s
    return _misread(_phi(u), _normal(u), 1 / s, -u / s)


def below(x: np.ndarray, y: np.ndarray, s: np.ndarray) -> Term:
    """At most y: P = Phi((y - x) / s)."""
    u = (y - x) / s
    return _misread(_phi(u), _normal(u), -1 / s, -u / s)


KINDS: Mapping[str, Density] = Frozen(
    {"number": number, "direction": direction, "no effect": no_effect, "above": above, "below": below}
)


def information(kind: str, x: np.ndarray, y: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Expected curvature of an atom's log density by x: what an optimiser may divide by, never negative."""
    if kind == "number":
        return np.broadcast_to((FREEDOM + 1) / ((FREEDOM + 3) * s * s), np.shape(x))
    value, by_x, _ = KINDS[kind](x, y, s)
    share = np.exp(value)
    return np.asarray(by_x**2 * share / np.maximum(1 - share, MISREAD / 2))


def _misread(share: np.ndarray, by_u: np.ndarray, u_by_x: np.ndarray, u_by_s: np.ndarray) -> Term:
    """P' = 0.95 P + 0.025, as a logarithm."""
    seen = (1 - MISREAD) * share + MISREAD / 2
    slope = (1 - MISREAD) * by_u / seen
    return np.log(seen), slope * u_by_x, slope * u_by_s


def _phi(u: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return np.asarray(ndtr(u))


def _normal(u: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-0.5 * u * u) / _ROOT)
