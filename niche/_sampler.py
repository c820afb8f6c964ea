"""One ensemble of walkers: it learns in rounds that are thrown away which moves pay, then samples with these.

emcee carries the walkers; the moves are those of `niche._guide`, learnt in `niche._learn`. The state of an ensemble is
a set of arrays, so that it can be written down after each block and taken up again with the same numbers.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from niche._checkpoint import Arrays
from niche._guide import LENGTHS, Guide, differences, trajectories

STARTS = 8  # points at which the walkers of an ensemble begin, as many at each
BLOCK = 100  # steps between two checkpoints
ROUNDS = 8  # in which lengths of trajectories are tried
_STEPS = 25  # of such a round
_TRAJECTORIES = 0.95  # share of steps; the rest are differences of the archive, for walkers where the stand-in is wrong


def begin(learned: Arrays, walkers: int, seed: Sequence[int]) -> Arrays:
    """A new ensemble of `walkers`, at the places of `STARTS` of those that have learnt: walker i at i % STARTS."""
    generator, there = np.random.default_rng([*seed, 0]), learned["walkers"]
    words = np.random.RandomState(generator.integers(0, 2**32, 8)).get_state(legacy=True)
    return {
        **{name: value for name, value in learned.items() if name.startswith("guide_")},
        "round": np.array(0),
        "gains": LENGTHS,
        "archive": learned["places"],
        "coords": there[np.resize(generator.choice(len(there), STARTS, replace=False), walkers)],
        **_random(words),
    }


def advance(objective: Any, state: Arrays) -> tuple[Arrays, Arrays]:
    """The state after one block more, and the block: chain (steps, walkers, k) and the share accepted (walkers,)."""
    import emcee

    learning = int(state["round"]) < ROUNDS
    used: list[int] = []
    guide = guide_of(state)
    sampler = emcee.EnsembleSampler(
        *state["coords"].shape, objective.log_posterior, moves=moves(guide, state, used), vectorize=True
    )
    place, has, kept = state["random_rest"]
    words = ("MT19937", state["random_words"], int(place), int(has), float(kept))
    start = emcee.State(state["coords"], log_prob=state.get("log_prob"), random_state=words)
    end = sampler.run_mcmc(start, _STEPS if learning else BLOCK, skip_initial_state_check=True)
    chain = sampler.get_chain()
    after = state | {"round": state["round"] + 1, "coords": end.coords, "log_prob": end.log_prob}
    after |= _random(end.random_state)
    if learning:
        after["gains"] = _gains(state, chain, np.array(used), guide)
    return after, {"chain": chain, "accepted": sampler.acceptance_fraction}


def guide_of(state: Arrays) -> Guide:
    """The stand-in that a state holds."""
    return Guide(*(state[f"guide_{name}"] for name in Guide._fields))


def moves(guide: Guide, state: Arrays, used: list[int] | None = None) -> list[tuple[Any, float]]:
    """emcee's moves with their shares."""
    from emcee.moves import MHMove

    along, across = trajectories(guide, state["gains"], used), differences(state["archive"], used)
    return [(MHMove(along), _TRAJECTORIES), (MHMove(across), 1 - _TRAJECTORIES)]


def _gains(state: Arrays, chain: np.ndarray, used: np.ndarray, guide: Guide) -> np.ndarray:
    """Mean squared way of a step by its length of trajectory, the newest rounds counting most."""
    way = np.diff(np.concatenate([state["coords"][None], chain]), axis=0)
    squared = (np.linalg.solve(guide.root, way.reshape(-1, way.shape[2]).T) ** 2).sum(axis=0).reshape(way.shape[:2])
    gains = np.array(state["gains"], dtype=float)
    for i in range(len(LENGTHS)):
        if (used == i).any():
            gains[i] = 0.5 * gains[i] + 0.5 * squared[used == i].mean()
    return gains


def _random(words: Any) -> Arrays:
    return {"random_words": np.asarray(words[1]), "random_rest": np.array(words[2:], dtype=float)}
