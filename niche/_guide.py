"""Moves that know the shape of the posterior: a fitted stand-in of the rows proposes, the model itself decides.

The scores of the rows are approximated by small neural networks, one for each family of rows that the same parameters
move, trained on points at which the model was run. A proposal is a Hamiltonian trajectory on the gradient of that
stand-in. It is reversible and keeps volume whatever the gradient is, and it is accepted by the model's own density, so
the stand-in decides how quickly the chain moves and never what it converges to (Rasmussen 2003, Bayesian Statistics
7:651).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

HIDDEN = 64  # units in each of two layers
# Lengths of trajectories, in units in which the posterior is about 1 wide. At the longest the start is forgotten; the
# shorter, the better the stand-in holds along the way. Which ones pay is learnt, and every one keeps a share.
LENGTHS = np.array([0.15, 0.5, 1.0, 2.0, 4.0, 8.0])
_SPREAD = 0.1
_MOVES = 0.01  # standard scores of a row per standard score of a parameter: less is left out of its network
_ALIKE = 4  # rows are one family if at most this many parameters move one and not the other
_SPREADS = 60.0  # a run of the model whose minus log density is this much above the best counts for 1/e
_LEAST = 0.1  # and one of far out for this much: the stand-in has to know that nothing is there
Rates = Sequence[tuple[float, int]]
Proposal = Callable[[np.ndarray, Any], tuple[np.ndarray, np.ndarray]]


class Family(NamedTuple):
    """takes: parameters that move the rows `gives`, both as indices."""

    takes: np.ndarray
    gives: np.ndarray


class Guide(NamedTuple):
    """All networks side by side, and coordinates z in which the posterior is about 1 wide: scores = mean + root @ z.

    mean (k,), root (k, k) lower; first (k, g * h), first_off (g * h,); second (g, h, h), second_off (g, 1, h);
    third (g, h, r), third_off (g, 1, r); place (m, R): where each row is among the g * r numbers that come out, once
    for each of m networks of which the mean is taken
    """

    mean: np.ndarray
    root: np.ndarray
    first: np.ndarray
    first_off: np.ndarray
    second: np.ndarray
    second_off: np.ndarray
    third: np.ndarray
    third_off: np.ndarray
    place: np.ndarray


def families(slopes: np.ndarray) -> list[Family]:
    """Rows that the same parameters move, from Jacobians (m, R, k) at some points."""
    most = np.abs(slopes).max(axis=0)
    kinds: list[tuple[np.ndarray, list[int]]] = []
    for row, moved in enumerate(most > 1e-6):
        for pattern, rows in kinds:
            if np.count_nonzero(pattern != moved) <= _ALIKE:
                rows.append(row)
                break
        else:
            kinds.append((moved, [row]))
    return [Family(_moving(most[rows]), np.array(rows)) for _, rows in kinds]


def _moving(most: np.ndarray) -> np.ndarray:
    found = np.flatnonzero((most > _MOVES).any(axis=0))
    return found if len(found) else np.array([0])


def weights(points: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """How much each run of the model (points (n, k), rows (n, R)) counts when networks are trained."""
    energy = 0.5 * ((rows**2).sum(axis=1) + (points**2).sum(axis=1))
    usual = energy.min() + points.shape[1] / 2
    return np.asarray(np.clip(np.exp((usual - energy) / _SPREADS), _LEAST, 1.0))


def train(
    network: Any,
    points: np.ndarray,
    rows: np.ndarray,
    weight: np.ndarray,
    rates: Sequence[tuple[float, int]],
    seed: int,
) -> Any:
    """A network of one family, trained further, or a new one for None.

    points (n, takes) and rows (n, gives) of that family, weight (n,); rates : (learning rate, passes over the points)
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    if network is None:
        network = MLPRegressor(
            hidden_layer_sizes=(HIDDEN, HIDDEN), activation="tanh", alpha=1e-4, batch_size=min(256, len(points)),
            warm_start=True, random_state=seed, tol=0.0, n_iter_no_change=10**6,
        )  # fmt: skip
    target = rows[:, 0] if rows.shape[1] == 1 else rows
    for rate, passes in rates:
        network.set_params(learning_rate_init=rate, max_iter=passes)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            network.fit(points.astype(np.float32), target.astype(np.float32), sample_weight=weight.astype(np.float32))
    return network


def assemble(found: Sequence[Family], networks: Sequence[Any], mean: np.ndarray, covariance: np.ndarray) -> Guide:
    """The stand-in of all rows: the mean of every len(found) networks."""
    k, g, h = len(mean), len(networks), HIDDEN
    count, most = sum(len(f.gives) for f in found), max(len(f.gives) for f in found)
    first, third, third_off = np.zeros((k, g, h)), np.zeros((g, h, most)), np.zeros((g, 1, most))
    place = np.zeros((g // len(found), count), dtype=int)
    for i, network in enumerate(networks):
        copy, which = divmod(i, len(found))
        family = found[which]
        first[family.takes, i] = network.coefs_[0]
        third[i, :, : len(family.gives)] = network.coefs_[2]
        third_off[i, 0, : len(family.gives)] = network.intercepts_[2]
        place[copy, family.gives] = i * most + np.arange(len(family.gives))
    return Guide(
        mean, np.linalg.cholesky(covariance), first.reshape(k, g * h),
        np.concatenate([n.intercepts_[0] for n in networks]).astype(float),
        np.stack([n.coefs_[1] for n in networks]).astype(float),
        np.stack([n.intercepts_[1] for n in networks]).astype(float)[:, None, :],
        third, third_off, place,
    )  # fmt: skip


def stand_in(guide: Guide, scores: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Rows (n, R) at scores (n, k), and what the two layers of the networks hold there."""
    g, h = guide.second.shape[:2]
    one = np.tanh(scores @ guide.first + guide.first_off).reshape(-1, g, h).transpose(1, 0, 2)
    two = np.tanh(one @ guide.second + guide.second_off)
    out = (two @ guide.third + guide.third_off).transpose(1, 0, 2).reshape(len(scores), -1)
    return out[:, guide.place].mean(axis=1), (one, two)


def potential(guide: Guide, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The stand-in's minus log density (n,) at z (n, k), and its gradient with respect to z."""
    scores = guide.mean + z @ guide.root.T
    rows, (one, two) = stand_in(guide, scores)
    g, h, most = guide.third.shape
    back = np.zeros((len(z), g * most))
    for place in guide.place:
        back[:, place] = rows / len(guide.place)
    upper = (back.reshape(-1, g, most).transpose(1, 0, 2) @ guide.third.transpose(0, 2, 1)) * (1 - two**2)
    lower = (upper @ guide.second.transpose(0, 2, 1)) * (1 - one**2)
    slope = lower.transpose(1, 0, 2).reshape(len(z), g * h) @ guide.first.T + scores
    return 0.5 * ((rows**2).sum(axis=1) + (scores**2).sum(axis=1)), slope @ guide.root


def leapfrog(guide: Guide, z: Any, momentum: Any, step: float, count: int) -> tuple[Any, Any, Any]:
    """z, momentum and minus log density of the stand-in after `count` steps."""
    with np.errstate(over="ignore", invalid="ignore"):
        energy, slope = potential(guide, z)
        momentum = momentum - step / 2 * slope
        for i in range(count):
            z = z + step * momentum
            energy, slope = potential(guide, z)
            momentum = momentum - step * (1.0 if i < count - 1 else 0.5) * slope
    return z, momentum, energy


def reach(k: int) -> float:
    """The longest step of a leapfrog in k dimensions of which most trajectories keep their energy."""
    return min(0.5, 0.65 * k**-0.25)


def explore(guide: Guide, scores: np.ndarray, often: int, seed: Sequence[int]) -> np.ndarray:
    """Walkers (n, k) after `often` long trajectories on the stand-in alone: where it says that the posterior is."""
    random = np.random.default_rng(seed)
    z = np.linalg.solve(guide.root, (scores - guide.mean).T).T
    energy, _ = potential(guide, z)
    for _ in range(often):
        momentum: Any = random.standard_normal(z.shape)
        step = reach(len(guide.mean)) * random.uniform(0.6, 1.1)
        there, late, after = leapfrog(guide, z, momentum, step, 12)
        gained = energy + 0.5 * (momentum**2).sum(axis=1) - after - 0.5 * (late**2).sum(axis=1)
        go = np.log(random.uniform(size=len(z))) < np.where(np.isfinite(gained), gained, -np.inf)
        z, energy = np.where(go[:, None], there, z), np.where(go, after, energy)
    return np.asarray(guide.mean + z @ guide.root.T)


def shares(gains: np.ndarray) -> np.ndarray:
    """How often each length is used, from the mean squared way (len(LENGTHS),) that it has brought a walker."""
    worth = gains**2 + 1e-12
    return np.asarray((1 - _SPREAD) * worth / worth.sum() + _SPREAD / len(LENGTHS))


def trajectories(guide: Guide, gains: np.ndarray, used: list[int] | None = None) -> Proposal:
    """Leapfrog on the stand-in, from a fresh momentum; which of LENGTHS it took is noted in `used`."""
    often = np.cumsum(shares(gains))
    back = np.linalg.inv(guide.root).T

    def propose(scores: np.ndarray, random: Any) -> tuple[np.ndarray, np.ndarray]:
        z = (scores - guide.mean) @ back
        momentum = random.standard_normal(z.shape)
        which = min(int(np.searchsorted(often, random.uniform())), len(LENGTHS) - 1)
        if used is not None:
            used.append(which)
        length = LENGTHS[which] * random.uniform(0.8, 1.2)
        count = int(np.ceil(length / (reach(len(guide.mean)) * random.uniform(0.75, 1.25))))
        there, late, _ = leapfrog(guide, z, momentum, length / count, count)
        with np.errstate(over="ignore", invalid="ignore"):
            factor = 0.5 * ((momentum**2).sum(axis=1) - (late**2).sum(axis=1))
            proposed = guide.mean + there @ guide.root.T
        # Where the trajectory runs away nothing is proposed: to stay is always allowed.
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
