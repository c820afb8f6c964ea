"""One ensemble of walkers: Hamiltonian trajectories along the slope of the log posterior, carried by emcee.

A proposal is a leapfrog trajectory (Neal 2011, arXiv:1206.1901) on `niche._gradient`; all walkers take theirs at once,
because a call costs the same for one as for dozens. In rounds that are thrown away the length of a step and the shape
of the posterior are learnt. The state of an ensemble is a set of arrays, so that it can be written down after each
block and taken up again with the same numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from niche._checkpoint import Arrays

# Points at which the walkers of an ensemble begin, as many at each. An R-hat of 1.01 asks for 50 effective samples of
# the walkers that began at one point; with eight points in all that is the 400 that are asked for anyway.
STARTS = 4
BLOCK = 4  # trajectories between two checkpoints
ROUNDS = 6  # blocks in which step and shape are learnt
_LEAPS = 12, 28  # of a trajectory: longer ones bring more for each leap, until they are refused
_FIRST = 0.08  # length of a leap, in units in which the posterior is about 1 wide
_WANTED = 0.65  # share of trajectories that is accepted (Beskos et al. 2013, doi:10.3150/12-BEJ414)
_JITTER = 0.3, 1.3  # of that length: a walker in a narrow place needs a short one now and then
_FAR = 12.0  # standard scores: nothing is there, and the model may not be solvable
Density = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def begin(
    centres: Sequence[np.ndarray], covariances: Sequence[np.ndarray], walkers: int, seed: Sequence[int]
) -> Arrays:
    """A new ensemble of `walkers`, spread about `STARTS` points near the optima: walker i at point i % STARTS."""
    random = np.random.default_rng([*seed, 0])
    words = np.random.RandomState(random.integers(0, 2**32, 8)).get_state(legacy=True)
    roots, k = [np.linalg.cholesky(c) for c in covariances], len(centres[0])
    first = random.permutation(len(centres))
    points = [
        centres[i] + 0.7 * roots[i] @ random.standard_normal(k) for i in np.resize(first, STARTS).tolist()
    ]  # from different optima, as far as there are so many
    covariance = np.mean(covariances, axis=0)
    return {
        "round": np.array(0),
        "step": np.array(_FIRST),
        "root": np.linalg.cholesky(covariance),
        "covariance": covariance,
        "seen": np.empty((0, k)),
        "coords": np.array([points[i % STARTS] for i in range(walkers)]) + 0.05 * random.standard_normal((walkers, k)),
        **_random(words),
    }


def advance(objective: Any, state: Arrays) -> tuple[Arrays, Arrays]:
    """The state after one block more, and the block: chain (steps, walkers, k) and the share accepted (walkers,)."""
    import emcee
    from emcee.moves import MHMove

    learning = int(state["round"]) < ROUNDS
    along = Trajectories(objective.slopes(), state["root"], float(state["step"]))
    sampler = emcee.EnsembleSampler(*state["coords"].shape, along.density, moves=MHMove(along), vectorize=True)
    place, has, kept = state["random_rest"]
    words = ("MT19937", state["random_words"], int(place), int(has), float(kept))
    start = emcee.State(state["coords"], log_prob=state.get("log_prob"), random_state=words)
    end = sampler.run_mcmc(start, BLOCK, skip_initial_state_check=True)
    chain = sampler.get_chain()
    after = state | {"round": state["round"] + 1, "coords": end.coords, "log_prob": end.log_prob}
    after |= _random(end.random_state)
    if learning:
        after |= _learnt(state, chain, sampler.acceptance_fraction.mean())
    return after, {"chain": chain, "accepted": sampler.acceptance_fraction}


class Trajectories:
    """Proposals for emcee: leapfrog from a fresh momentum. What is computed on the way is not computed again."""

    def __init__(self, slopes: Density, root: np.ndarray, step: float) -> None:
        self._slopes, self._root, self._step = slopes, root, step
        self._known: dict[bytes, tuple[float, np.ndarray]] = {}

    def density(self, scores: np.ndarray) -> np.ndarray:
        """Log density (n,) at scores (n, k)."""
        return self._at(scores)[0]

    def __call__(self, scores: np.ndarray, random: Any) -> tuple[np.ndarray, np.ndarray]:
        """Where the trajectories end, and the log of how much likelier their way back is than their way there."""
        n, k = scores.shape
        step = self._step * random.uniform(*_JITTER)
        momentum = random.standard_normal((n, k))
        there, late = scores.copy(), momentum.copy()
        value, slope = self._at(scores)
        self._known = {}
        self._keep(scores, value, slope)
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(random.randint(_LEAPS[0], _LEAPS[1] + 1)):
                late += step / 2 * slope @ self._root
                there += step * late @ self._root.T
                lost = ~(np.abs(there).max(axis=1) < _FAR)
                there[lost] = scores[lost]  # never accepted: see below
                late[lost] = np.inf
                value, slope = self._slopes(there)
                late += step / 2 * slope @ self._root
            factor = 0.5 * ((momentum**2).sum(axis=1) - (late**2).sum(axis=1))
        lost = ~np.isfinite(factor)
        there[lost] = scores[lost]  # to stay is always allowed
        self._keep(there[~lost], value[~lost], slope[~lost])
        return there, np.where(lost, -np.inf, factor)

    def _at(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = [self._known.get(x.tobytes()) for x in scores]
        missing = [i for i, f in enumerate(found) if f is None]
        if missing:
            value, slope = self._slopes(scores[missing])
            for i, v, s in zip(missing, value, slope, strict=True):
                found[i] = (v, s)
            self._keep(scores[missing], value, slope)
        both = [f for f in found if f is not None]
        return np.array([f[0] for f in both]), np.array([f[1] for f in both])

    def _keep(self, scores: np.ndarray, value: np.ndarray, slope: np.ndarray) -> None:
        for x, v, s in zip(scores, value, slope, strict=True):
            self._known[x.tobytes()] = (float(v), s)


def _learnt(state: Arrays, chain: np.ndarray, accepted: float) -> Arrays:
    """The step for the wanted acceptance, and the shape: half that at the optima, half that of where walkers were."""
    flat = chain.reshape(-1, chain.shape[2])
    seen = np.concatenate([state["seen"][len(state["seen"]) // 2 :], flat])  # the first are forgotten
    covariance = 0.5 * state["covariance"] + 0.5 * np.cov(seen.T).reshape(state["covariance"].shape)
    factor = np.clip(1 + 1.2 * (accepted - _WANTED), 0.5, 1.5)
    return {"seen": seen, "root": np.linalg.cholesky(covariance), "step": state["step"] * factor}


def _random(words: Any) -> Arrays:
    return {"random_words": np.asarray(words[1]), "random_rest": np.array(words[2:], dtype=float)}
