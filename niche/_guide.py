"""Moves that know the shape of the posterior: a fitted stand-in of the rows proposes, the model itself decides.

The scores of the rows are approximated by polynomials (lines in all parameters, pairs and cubes in the directions that
move a row), fitted to points at which the model was run. A proposal is a Hamiltonian trajectory on the gradient of that
stand-in. It is reversible and keeps volume whatever the gradient is, and it is accepted by the model's own density, so
the stand-in decides how quickly the chain moves and never what it converges to (Rasmussen 2003, Bayesian Statistics
7:651).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

_RIDGES = (1.0, 10.0, 100.0, 1000.0)
# Lengths of trajectories, in units in which the posterior is about 1 wide. At the longest the start is forgotten; the
# shorter, the better the stand-in holds along the way. Which ones pay is learnt, and every one keeps a share.
LENGTHS = np.array([0.05, 0.1, 0.2, 0.4, 0.8, 1.5])
_SPREAD = 0.15
_DIRECTIONS = 60  # of curvature, at most: 1830 pairs
_MOVES = 1e-3  # and only where the rows move by more than 0.03 (root of the sum of squares) for one posterior sd
Proposal = Callable[[np.ndarray, Any], tuple[np.ndarray, np.ndarray]]


class Guide(NamedTuple):
    """Rows (R,) as polynomials of z, where scores x = mean + root @ z, and of the few directions u = active.T @ z.

    mean (k,), root (k, k) lower, active (k, r); constant (R,), linear (k, R), square (r, R * r) symmetric for each
    row, cubic (r, R)
    """

    mean: np.ndarray
    root: np.ndarray
    active: np.ndarray
    constant: np.ndarray
    linear: np.ndarray
    square: np.ndarray
    cubic: np.ndarray


def fit_guide(
    points: np.ndarray, rows: np.ndarray, slopes: np.ndarray, mean: np.ndarray, covariance: np.ndarray
) -> Guide:
    """The stand-in of the rows (n, R) seen at scores (n, k), good where the posterior has its mass.

    slopes : (m, R, k), Jacobians of the rows at some points: curvature is sought in the directions that they span
    """
    k = points.shape[1]
    energy = 0.5 * ((rows**2).sum(axis=1) + (points**2).sum(axis=1))
    inside = energy < energy.min() + k / 2 + 5 * np.sqrt(k / 2) + 10  # a wider net spoils the fit where it matters
    points, rows = points[inside], rows[inside]
    root = np.linalg.cholesky(covariance)
    active = _active(slopes @ root)
    z = np.linalg.solve(root, (points - mean).T).T
    features = _features(z, z @ active)
    test = np.arange(len(points)) % 8 == 0
    gram, product = features[~test].T @ features[~test], features[~test].T @ rows[~test]
    tries = [(_ridge(gram, product, k, ridge), ridge) for ridge in _RIDGES]
    errors = [np.median(np.abs((rows[test] ** 2 - (features[test] @ w) ** 2).sum(axis=1))) for w, _ in tries]
    ridge = tries[int(np.argmin(errors))][1]
    weights = _ridge(gram + features[test].T @ features[test], product + features[test].T @ rows[test], k, ridge)
    r = active.shape[1]
    count, one, two = rows.shape[1], *np.triu_indices(r)
    square = np.zeros((count, r, r))
    square[:, one, two] = weights[k + 1 : -r].T
    square = (square + square.transpose(0, 2, 1)) / 2
    flat = np.ascontiguousarray(square.transpose(1, 0, 2).reshape(r, count * r))
    return Guide(mean, root, active, weights[0], weights[1 : k + 1], flat, weights[-r:])


def _active(slopes: np.ndarray) -> np.ndarray:
    """The directions (k, r) of z along which the rows move, from Jacobians (m, R, k) with respect to z."""
    found, directions = np.linalg.eigh(np.mean(slopes.transpose(0, 2, 1) @ slopes, axis=0))
    most = min(_DIRECTIONS, max(1, int((found > _MOVES).sum())))
    return np.ascontiguousarray(directions[:, ::-1][:, :most])


def _features(z: np.ndarray, u: np.ndarray) -> np.ndarray:
    one, two = np.triu_indices(u.shape[1])
    return np.concatenate([np.ones((len(z), 1)), z, u[:, one] * u[:, two], u**3], axis=1)


def _ridge(gram: np.ndarray, product: np.ndarray, k: int, ridge: float) -> np.ndarray:
    penalty = np.full(len(gram), ridge)
    penalty[: k + 1] = 1e-3  # a constant and slopes are always there, curvature has to be seen
    return np.asarray(np.linalg.solve(gram + np.diag(penalty), product))


def stand_in(guide: Guide, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, R) at z (n, k), and their second-order part before it is summed (n, R, r)."""
    u = z @ guide.active
    bend = (u @ guide.square).reshape(len(z), -1, u.shape[1])
    rows = guide.constant + z @ guide.linear + (bend @ u[:, :, None])[:, :, 0] + u**3 @ guide.cubic
    return rows, bend


def gradient(guide: Guide, z: np.ndarray) -> np.ndarray:
    """Of the stand-in's minus log density, with respect to z (n, k)."""
    rows, bend = stand_in(guide, z)
    u = z @ guide.active
    curved = 2 * (rows[:, None, :] @ bend)[:, 0] + 3 * u**2 * (rows @ guide.cubic.T)
    prior = (guide.mean + z @ guide.root.T) @ guide.root
    return np.asarray(prior + rows @ guide.linear.T + curved @ guide.active.T)


def shares(gains: np.ndarray) -> np.ndarray:
    """How often each length is used, from the mean squared way (len(LENGTHS),) that it has brought a walker."""
    worth = gains**2 + 1e-12
    return np.asarray((1 - _SPREAD) * worth / worth.sum() + _SPREAD / len(LENGTHS))


def trajectories(guide: Guide, gains: np.ndarray, used: list[int] | None = None) -> Proposal:
    """Leapfrog on the stand-in, from a fresh momentum; which of LENGTHS it took is noted in `used`."""
    often = np.cumsum(shares(gains))
    back = np.linalg.inv(guide.root).T
    reach = min(0.5, 0.65 * len(guide.mean) ** -0.25)

    def propose(scores: np.ndarray, random: Any) -> tuple[np.ndarray, np.ndarray]:
        z = (scores - guide.mean) @ back
        momentum = random.standard_normal(z.shape)
        before = 0.5 * (momentum**2).sum(axis=1)
        which = min(int(np.searchsorted(often, random.uniform())), len(LENGTHS) - 1)
        if used is not None:
            used.append(which)
        length = LENGTHS[which] * random.uniform(0.8, 1.2)
        count = int(np.ceil(length / (reach * random.uniform(0.75, 1.25))))
        step = length / count
        with np.errstate(over="ignore", invalid="ignore"):
            momentum = momentum - step / 2 * gradient(guide, z)
            for i in range(count):
                z = z + step * momentum
                momentum = momentum - step * (1.0 if i < count - 1 else 0.5) * gradient(guide, z)
            factor = before - 0.5 * (momentum**2).sum(axis=1)
            proposed = guide.mean + z @ guide.root.T
        # Where the polynomials run away nothing is proposed: to stay is always allowed.
        lost = ~(np.isfinite(factor) & (np.abs(proposed).max(axis=1) < 20))
        return np.where(lost[:, None], scores, proposed), np.where(lost, -np.inf, factor)

    return propose


def differences(archive: np.ndarray, used: list[int] | None = None) -> Proposal:
    """Differential evolution from a fixed archive (n, k) (ter Braak & Vrugt 2008, doi:10.1007/s11222-008-9104-9)."""

    def propose(scores: np.ndarray, random: Any) -> tuple[np.ndarray, np.ndarray]:
        if used is not None:
            used.append(-1)
        n, k = scores.shape
        one, two = random.randint(len(archive), size=(2, n))
        gamma = 1.0 if random.uniform() < 0.1 else 2.38 / np.sqrt(2 * k) * random.uniform(0.2, 1.0)
        noise = 1e-4 * random.standard_normal(scores.shape)
        return scores + gamma * (archive[one] - archive[two]) + noise, np.zeros(n)

    return propose
