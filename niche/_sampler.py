"""One ensemble of walkers: it learns its moves in rounds that are thrown away, then samples with them as they are.

emcee carries the walkers; the moves are those of `niche._guide`. The state of an ensemble is a set of arrays, so that
it can be written down after each block and taken up again with the same numbers.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from niche._checkpoint import Arrays
from niche._guide import LENGTHS, Guide, differences, fit_guide, trajectories

BLOCK = 100  # steps between two checkpoints
ROUNDS = 40  # of learning
_STEPS = 25  # of a round
# Many walkers see much of the posterior; few go far in the same time, and R-hat asks each of them to go everywhere.
_LEARNERS = 64
_LEARNS = (1, 2, 4, 7, 11, 16, 22, 30, ROUNDS)  # rounds after which the stand-in is fitted again
_JACOBIANS = 8  # more of them for each time the stand-in is fitted
_POINTS = 20_000  # newest runs of the model that the stand-in is fitted to
_TRAJECTORIES = 0.9  # share of steps; the rest are differences of the archive, for walkers where the stand-in is wrong


def begin(
    objective: Any, centres: Sequence[np.ndarray], covariances: Sequence[np.ndarray], walkers: int, seed: Sequence[int]
) -> Arrays:
    """A new ensemble around optima (each (k,), with the covariance (k, k) there), which it is dealt out to in turn.

    walkers : that sample in the end; more of them learn
    """
    generator = np.random.default_rng([*seed, 0])
    roots = [np.linalg.cholesky(c) for c in covariances]
    k = len(centres[0])
    design = [c + r @ generator.standard_normal(k) for _ in range(30 * k) for c, r in zip(centres, roots, strict=True)]
    points = np.array(design[: 30 * k])
    first = [
        centres[i % len(centres)] + roots[i % len(centres)] @ generator.standard_normal(k)
        for i in range(max(walkers, _LEARNERS))
    ]
    words = np.random.RandomState(generator.integers(0, 2**32, 8)).get_state(legacy=True)
    state: Arrays = {
        "round": np.array(0),
        "walkers": np.array(walkers),
        "gains": LENGTHS,
        "points": points,
        "rows": _in_parts(objective, points),
        "slopes": np.array([_slopes(objective, x) for x in (*centres, *points[:_JACOBIANS])]),
        "covariance": covariances[0],
        "coords": np.array(first),
        "archive": np.empty((0, k)),
        **_random(words),
    }
    return {**state, **_learn(state)}


def advance(objective: Any, state: Arrays) -> tuple[Arrays, Arrays]:
    """The state after one block more, and the block: chain (steps, walkers, k) and the share accepted (walkers,)."""
    import emcee

    learning = int(state["round"]) < ROUNDS
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    used: list[int] = []

    def density(scores: np.ndarray) -> np.ndarray:
        rows = objective.rows_scores(scores)
        if learning:
            seen.append((scores.copy(), rows))
        return np.asarray(-0.5 * ((rows**2).sum(axis=1) + (scores**2).sum(axis=1)))

    guide = Guide(*(state[f"guide_{name}"] for name in Guide._fields))
    moves = [
        (emcee.moves.MHMove(trajectories(guide, state["gains"], used)), _TRAJECTORIES),
        (emcee.moves.MHMove(differences(state["archive"], used)), 1 - _TRAJECTORIES),
    ]
    walkers, k = state["coords"].shape
    sampler = emcee.EnsembleSampler(walkers, k, density, moves=moves, vectorize=True)
    place, has, kept = state["random_rest"]
    words = ("MT19937", state["random_words"], int(place), int(has), float(kept))
    start = emcee.State(state["coords"], log_prob=state.get("log_prob"), random_state=words)
    steps = _STEPS if learning else BLOCK
    end = sampler.run_mcmc(start, steps, skip_initial_state_check=True)
    chain = sampler.get_chain()
    after = state | {"round": state["round"] + 1, "coords": end.coords, "log_prob": end.log_prob}
    after |= _random(end.random_state)
    if learning:
        after["points"] = np.concatenate([state["points"], *(x for x, _ in seen)])[-_POINTS:]
        after["rows"] = np.concatenate([state["rows"], *(r for _, r in seen)])[-_POINTS:]
        recent = np.concatenate([state["archive"], chain[steps // 2 :: 3].reshape(-1, k)])
        after["gains"] = _gains(state, chain, np.array(used), guide)
        after["archive"] = recent[len(recent) // 3 :] if len(state["archive"]) else recent
        if int(after["round"]) in _LEARNS:
            new = [_slopes(objective, x) for x in end.coords[:: -(-walkers // _JACOBIANS)]]
            after["slopes"] = np.concatenate([state["slopes"], new])[-4 * _JACOBIANS :]
            after |= _learn(after)
    if int(after["round"]) == ROUNDS:  # nothing is learnt any more
        after = {name: value for name, value in after.items() if name not in ("points", "rows", "slopes")}
        some = np.linspace(0, walkers - 1, int(state["walkers"])).round().astype(int)
        after |= {name: after[name][some] for name in ("coords", "log_prob")}
    return after, {"chain": chain, "accepted": sampler.acceptance_fraction}


def _learn(state: Arrays) -> Arrays:
    """The stand-in, and an archive, of what has been seen."""
    mean, covariance, archive = state["coords"].mean(axis=0), state["covariance"], state["archive"]
    if len(archive) > 0:
        mean = archive.mean(axis=0)
        # half of it that at the optimum, which keeps it regular
        covariance = (covariance + np.cov(archive.T).reshape(covariance.shape)) / 2
    guide = fit_guide(state["points"], state["rows"], state["slopes"], mean, covariance)
    found = {f"guide_{name}": value for name, value in guide._asdict().items()}
    return found if len(archive) else {**found, "archive": state["coords"]}


def _gains(state: Arrays, chain: np.ndarray, used: np.ndarray, guide: Guide) -> np.ndarray:
    """Mean squared way of a step by its length of trajectory, the newest rounds counting most."""
    way = np.diff(np.concatenate([state["coords"][None], chain]), axis=0)
    squared = (np.linalg.solve(guide.root, way.reshape(-1, way.shape[2]).T) ** 2).sum(axis=0).reshape(way.shape[:2])
    gains = np.array(state["gains"], dtype=float)
    for i in range(len(LENGTHS)):
        if (used == i).any():
            gains[i] = 0.5 * gains[i] + 0.5 * squared[used == i].mean()
    return gains


def _slopes(objective: Any, scores: np.ndarray) -> np.ndarray:
    """Jacobian of the rows alone (R, k)."""
    return np.asarray(objective.jacobian(scores)[: -len(scores)])


def _in_parts(objective: Any, points: np.ndarray, size: int = 250) -> np.ndarray:
    return np.concatenate([objective.rows_scores(points[i : i + size]) for i in range(0, len(points), size)])


def _random(words: Any) -> Arrays:
    return {"random_words": np.asarray(words[1]), "random_rest": np.array(words[2:], dtype=float)}
