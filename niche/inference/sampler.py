"""One ensemble of walkers: Hamiltonian trajectories along the slope of the log posterior, carried by emcee.

All walkers take their trajectories (Neal 2011, arXiv:1206.1901) at once, because a call of the slope costs little more
for dozens of points than for one. Between two calls a walker turns about the mean of the posterior as it would if the
posterior were the Gaussian that was learnt of it, exactly; a call corrects for what is not Gaussian (Shahbaba et al.
2014, doi:10.1007/s11222-012-9373-1). In most of some three hundred directions hardly anything is to be corrected, and a
third of a turn takes a few calls. Most of the error of such a step comes from a few experiments, first those in which a
tumour is either cleared or escapes: their pull alone is looked at several times in each step (Sexton and Weingarten
1992, doi:10.1016/0550-3213(92)90263-B). Rounds that are thrown away teach the length of a step, mean and shape of the
posterior, and which experiments these are. The state of an ensemble is a set of arrays, so that it can be written down
after each block and taken up again with the same numbers.
"""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from niche.inference.checkpoint import Arrays
from niche.inference.shape import learnt, refined

# Points at which the walkers of an ensemble begin, as many at each. An R-hat of 1.01 asks for 50 effective samples of
# the walkers that began at one point; with eight points in all that is the 400 that are asked for anyway.
STARTS = 4
BLOCK = 4  # trajectories between two checkpoints
ROUNDS = 10  # blocks in which step, shape and steep parts are learnt
_TURN = 1.0, 2.0  # length of a trajectory: after a quarter of a turn a Gaussian has forgotten where it began
_FINER = 4  # times in a step that the steep parts are looked at
_STEEP = 0.01  # of the squared error of all parts: one with more is steep
_FIRST, _LONGEST = 0.25, 1.2  # length of a step, in units in which the posterior is about 1 wide
_WANTED = 0.65  # share of trajectories that is accepted (Beskos et al. 2013, doi:10.3150/12-BEJ414)
_JITTER = 0.5, 1.2  # of that length: a walker in a narrow place needs a short one now and then
_FAR = 12.0  # standard scores: nothing is there, and the model may not be solvable
_WORST = 5.0  # error of a trajectory that counts as the worst: it is refused anyway


class Density(Protocol):
    """A log density that is a sum of parts, such as `niche.inference.slopes.Slopes`."""

    names: tuple[str, ...]

    def parts(self, scores: np.ndarray, wanted: Sequence[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Values (n, parts) and gradients (n, parts, k) at scores (n, k), of these parts or of all."""


def begin(
    centres: Sequence[np.ndarray], covariances: Sequence[np.ndarray], walkers: int, seed: Sequence[int]
) -> Arrays:
    """A new ensemble of `walkers`, spread about `STARTS` points near the optima: walker i at point i % STARTS."""
    random = np.random.default_rng([*seed, 1])
    roots, k = [np.linalg.cholesky(c) for c in covariances], len(centres[0])
    first = random.permutation(len(centres))
    points = [
        centres[i] + 0.7 * roots[i] @ random.standard_normal(k) for i in np.resize(first, STARTS).tolist()
    ]  # from different optima, as far as there are so many
    coords = np.array([points[i % STARTS] for i in range(walkers)]) + 0.05 * random.standard_normal((walkers, k))
    return initial(coords, np.mean(centres, axis=0), np.mean(covariances, axis=0), seed)


def initial(coords: np.ndarray, mean: np.ndarray, covariance: np.ndarray, seed: Sequence[int]) -> Arrays:
    """A new ensemble with walkers at coords (n, k), and what is known of the posterior."""
    words = np.random.RandomState(np.random.default_rng([*seed, 0]).integers(0, 2**32, 8)).get_state(legacy=True)
    return {
        "round": np.array(0),
        "step": np.array(_FIRST),
        "error": np.empty(0),
        "root": np.linalg.cholesky(covariance),
        "mean": mean,
        "centre": mean,
        "covariance": covariance,
        "seen": np.empty((0, coords.shape[1])),
        "coords": coords,
        **_random(words),
    }


def advance(objective: Any, state: Arrays) -> tuple[Arrays, Arrays]:
    """The state after one block more, and the block.

    The block is "chain" (steps, walkers, k), "parts" of the log density there (steps, walkers, parts), and "accepted",
    the share of each walker (walkers,).
    """
    import emcee
    from emcee.moves import MHMove

    learning = int(state["round"]) < ROUNDS
    shape = state["mean"], state["root"]
    along = Trajectories(objective.slopes(), shape, float(state["step"]), state["error"])
    sampler = emcee.EnsembleSampler(*state["coords"].shape, along.told, moves=MHMove(along), vectorize=True)
    place, has, kept = state["random_rest"]
    words = ("MT19937", state["random_words"], int(place), int(has), float(kept))
    told = {"log_prob": state["log_prob"], "blobs": state["parts"]} if "parts" in state else {}
    start = emcee.State(state["coords"], random_state=words, **told)
    end = sampler.run_mcmc(start, BLOCK, skip_initial_state_check=True)
    chain = sampler.get_chain()
    after = state | {"round": state["round"] + 1, "coords": end.coords}
    after |= {"log_prob": end.log_prob, "parts": end.blobs}
    after |= _random(end.random_state)
    if learning:
        after |= _learnt(state, chain, sampler.acceptance_fraction.mean(), along.error)
    return after, {"chain": chain, "parts": sampler.get_blobs(), "accepted": sampler.acceptance_fraction}


class Trajectories:
    """Proposals for emcee: a trajectory from a fresh momentum. What is computed on the way is not computed again.

    Attributes
    ----------
    mean, root
        of the Gaussian (k,), (k, k), about which walkers turn
    known
        error of each part of the density so far (parts,), by which some are `steep`; none, if empty
    error
        of each part (parts,): how far its change along a trajectory is from the work of its slopes at the ends of
        whole steps; the mean over trajectories, each at most `_WORST`
    """

    def __init__(
        self, slopes: Density, shape: tuple[np.ndarray, np.ndarray], step: float, known: np.ndarray | None = None
    ) -> None:
        self._slopes, self._step = slopes, step
        self._mean, self._root = shape
        found = [] if known is None or not len(known) else steep(known)
        self._finer = _FINER if found else 1
        # every how many of the shortest steps each part is looked at
        self._every = np.full(len(slopes.names), self._finer)
        self._every[found] = 1
        self._known: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}
        self._errors: list[np.ndarray] = []

    @property
    def error(self) -> np.ndarray:
        return np.mean(self._errors, axis=0)

    def density(self, scores: np.ndarray) -> np.ndarray:
        """Log density (n,) at scores (n, k)."""
        return self._at(scores)[0].sum(axis=1)

    def told(self, scores: np.ndarray) -> np.ndarray:
        """Log density, and its parts beside it, (n, 1 + parts)."""
        parts = self._at(scores)[0]
        return np.concatenate([parts.sum(axis=1, keepdims=True), parts], axis=1)

    def __call__(self, scores: np.ndarray, random: Any) -> tuple[np.ndarray, np.ndarray]:
        """Where the trajectories end, and the log of how much likelier their way back is than their way there."""
        step = self._step * random.uniform(*_JITTER)
        angle, every = step / self._finer, self._every
        momentum = random.standard_normal(scores.shape)
        steps = max(1, round(random.uniform(*_TURN) / step)) * self._finer
        there, late = scores.copy(), momentum.copy()
        values, slopes = self._at(scores)
        self._known = {}
        self._keep(scores, values, slopes)
        first, work = values, np.zeros_like(values)
        place = self._turned(scores)
        with np.errstate(over="ignore", invalid="ignore"):
            late = late + angle / 2 * (self._pull(slopes, every) + self._finer * place)
            before, was = there, slopes
            for i in range(1, steps + 1):
                place, late = (
                    math.cos(angle) * place + math.sin(angle) * late,
                    math.cos(angle) * late - math.sin(angle) * place,
                )
                there = self._mean + place @ self._root.T
                lost = ~(np.abs(there).max(axis=1) < _FAR)
                there[lost] = scores[lost]  # never accepted: see below
                late[lost] = np.inf
                due = np.flatnonzero(i % every == 0)
                values, slopes = self._slopes.parts(there, None if len(due) == len(every) else due.tolist())
                pull = self._pull(slopes, every[due])
                whole = i % self._finer == 0
                if whole:
                    pull = pull + self._finer * place
                late = late + angle * pull * (0.5 if i == steps else 1.0)
                if whole:
                    work += 0.5 * ((was + slopes) * (there - before)[:, None]).sum(axis=2)
                    before, was = there, slopes
            factor = 0.5 * ((momentum**2).sum(axis=1) - (late**2).sum(axis=1))
            error = np.abs(values - first - work)
        lost = ~np.isfinite(factor)
        there[lost] = scores[lost]  # to stay is always allowed
        self._keep(there[~lost], values[~lost], slopes[~lost])
        self._errors.append(np.fmin(error, _WORST).mean(axis=0))
        return there, np.where(lost, -np.inf, factor)

    def _turned(self, scores: np.ndarray) -> np.ndarray:
        """Scores (n, k) in units in which the posterior is a standard Gaussian, as far as it is known."""
        from scipy.linalg import solve_triangular

        return np.asarray(solve_triangular(self._root, (scores - self._mean).T, lower=True).T)

    def _pull(self, slopes: np.ndarray, times: np.ndarray) -> np.ndarray:
        """What parts do to a momentum (n, k) in as many times the shortest step; slopes (n, parts, k)."""
        return np.asarray(np.einsum("npk,p->nk", slopes, times.astype(float)) @ self._root)

    def _at(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = [self._known.get(x.tobytes()) for x in scores]
        missing = [i for i, f in enumerate(found) if f is None]
        if missing:
            values, slopes = self._slopes.parts(scores[missing])
            for i, v, s in zip(missing, values, slopes, strict=True):
                found[i] = (v, s)
            self._keep(scores[missing], values, slopes)
        both = [f for f in found if f is not None]
        return np.array([f[0] for f in both]), np.array([f[1] for f in both])

    def _keep(self, scores: np.ndarray, values: np.ndarray, slopes: np.ndarray) -> None:
        for x, v, s in zip(scores, values, slopes, strict=True):
            self._known[x.tobytes()] = (v, s)


def steep(error: np.ndarray) -> list[int]:
    """Which parts take finer steps: those with much of the squared error (parts,), if they are few of all."""
    found = np.flatnonzero(error**2 > _STEEP * (error**2).sum()).tolist()
    return found if 2 * len(found) <= len(error) else []


def refine(state: Arrays, draws: np.ndarray, accepted: float) -> Arrays:
    """The state with the shape that these draws (n, k) tell, and a step for the wanted acceptance.

    To be called at few places that are fixed beforehand: a chain that keeps changing its ways by what it has seen need
    not converge.
    """
    mean, covariance = refined(state["root"] @ state["root"].T, draws)
    step = _step(float(state["step"]), accepted)
    return state | {"mean": mean, "root": np.linalg.cholesky(covariance), "step": np.array(step)}


def _learnt(state: Arrays, chain: np.ndarray, accepted: float, error: np.ndarray) -> Arrays:
    """What is carried on from a round: the step for the wanted acceptance, mean and shape, and the parts' errors.

    The more draws there are for each parameter, the more the shape is that of the draws, without the first third, in
    which walkers leave their beginning; the rest of it is that at the summits.
    """
    seen = np.concatenate([state["seen"], chain.reshape(-1, chain.shape[2])])
    mean, covariance = learnt(state["centre"], state["covariance"], seen[len(seen) // 3 :])
    error = 0.5 * state["error"] + 0.5 * error if state["error"].any() else error
    step = np.array(_step(float(state["step"]), accepted))
    return {"seen": seen, "root": np.linalg.cholesky(covariance), "mean": mean, "step": step, "error": error}


def _step(step: float, accepted: float) -> float:
    return float(min(step * np.clip(1 + 1.2 * (accepted - _WANTED), 0.5, 1.5), _LONGEST))


def _random(words: Any) -> Arrays:
    return {"random_words": np.asarray(words[1]), "random_rest": np.array(words[2:], dtype=float)}
