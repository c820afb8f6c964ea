"""Learning the stand-in of `niche._guide`: walkers move, the model is run where they are, it is trained again.

First the walkers explore the stand-in alone. Wherever it wrongly sees the posterior they gather, and the next round
corrects it there. Then the model accepts or rejects their moves: where the stand-in wrongly sees nothing walkers get
stuck, and the next round corrects that. What is learnt only steers proposals of the chains that follow.
"""

import math
import pickle
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from niche._checkpoint import Arrays, Store
from niche._crew import Crew
from niche._diagnose import NotConverged
from niche._guide import LENGTHS, Family, Guide, assemble, explore, families, stand_in, train, trajectories, weights

EXPLORING, ROUNDS = 44, 68  # of walkers on the stand-in alone, and of all
_WALKERS = 256
_LOOKS = 5  # runs of the model at each walker, in each round,
_BETWEEN = 4  # with this many trajectories between them
_DESIGN = 30  # runs per parameter before the first round
_JACOBIANS = 24
_POINTS = 70_000  # newest ones, to which networks are trained
_FIRST, _FURTHER = ((2e-3, 16), (5e-4, 4)), ((1e-3, 4), (3e-4, 2))
_LAST = ((1e-3, 10), (3e-4, 10), (1e-4, 5))
_ENOUGH = 0.2  # in log density: a stand-in that is off by less needs no more of it
_SAVED = 4  # rounds between two checkpoints
_PART = 128  # walkers, or runs of the model, that one worker takes at a time


def learn(
    crew: Crew,
    objective: Any,
    centres: Sequence[np.ndarray],
    covariances: Sequence[np.ndarray],
    seed: int,
    store: Store,
    end: float = math.inf,
) -> Arrays:
    """The stand-in ("guide_" and its fields), `walkers` (n, k), and the `places` (m, k) where they have been.

    centres, covariances : optima (k,) and the covariance (k, k) at each, around which learning begins
    end : time (`time.monotonic`) after which no further round is begun
    raises : NotConverged if that comes first; the rounds that were done are in the store
    """
    from tqdm import tqdm

    done = store.load("learned")
    if done is not None:
        return done
    state = store.load("learning") or _begin(crew, objective, centres, covariances, seed)
    with tqdm(total=ROUNDS, initial=int(state["round"]), desc="learning moves", unit="round") as bar:
        while int(state["round"]) < ROUNDS and not float(state["off"]) < _ENOUGH:
            state = _round(crew, objective, state, seed)
            bar.set_postfix_str(f"off by {float(state['off']):.1f}")
            bar.update()
            late = time.monotonic() > end
            if late or int(state["round"]) % _SAVED == 0:
                store.save("learning", state)
            if late:
                raise NotConverged(f"time was over after {int(state['round'])} of {ROUNDS} rounds of learning moves")
    # Two networks that differ by chance are wrong in different places: their mean is closer than either.
    anew = {name: value for name, value in state.items() if name != "networks"}
    networks = [*_trained(crew, state, _LAST, seed), *_trained(crew, anew, _FIRST + _LAST, seed + 1)]
    guide = assemble(_families(state), networks, *_shape(state))
    learned = {f"guide_{name}": value for name, value in guide._asdict().items()} | {
        "places": state["places"],
        "walkers": state["walkers"],
    }
    store.save("learned", learned)
    return learned


def _begin(crew: Crew, objective: Any, centres: Sequence, covariances: Sequence, seed: int) -> Arrays:
    random = np.random.default_rng([seed, 4])
    k, roots = len(centres[0]), [np.linalg.cholesky(c) for c in covariances]

    def around(i: int, spread: float) -> np.ndarray:
        return np.asarray(centres[i] + spread * roots[i] @ random.standard_normal(k))

    points = np.array([around(i % len(centres), 1.0) for i in range(_DESIGN * k)], dtype=np.float32)
    where = [*centres, *(around(i % len(centres), 1.0) for i in range(_JACOBIANS - len(centres)))]
    slopes = dict(crew.map(_slopes, [(objective, x) for x in where]))
    state = {
        "round": np.array(0),
        "points": points,
        "rows": _runs(crew, objective, points),
        "slopes": np.array([slopes[i] for i in range(len(where))], dtype=np.float32),
        "covariance": np.mean(covariances, axis=0),
        "walkers": np.array([around(i % len(centres), 0.5) for i in range(_WALKERS)]),
        "places": np.empty((0, k)),
        "off": np.array(np.nan),
    }
    return state | {"networks": _frozen(_trained(crew, state, _FIRST, seed))}


def _round(crew: Crew, objective: Any, state: Arrays, seed: int) -> Arrays:
    """Move the walkers, run the model there, and train."""
    number, networks = int(state["round"]), pickle.loads(state["networks"].tobytes())
    guide = assemble(_families(state), networks, *_shape(state))
    if number < EXPLORING:
        walkers, places = _explored(crew, guide, state["walkers"], (seed, 5, number))
        points = places.astype(np.float32)
        rows = _runs(crew, objective, points)
    else:
        walkers, points, rows = _accepted(crew, objective, guide, state["walkers"], (seed, 5, number))
        places = walkers
    after = state | {
        "round": np.array(number + 1),
        "points": np.concatenate([state["points"], points])[-_POINTS:],
        "rows": np.concatenate([state["rows"], rows])[-_POINTS:],
        "walkers": walkers,
        # what the model has accepted says more than what the stand-in sees
        "places": np.concatenate([state["places"][: 0 if number == EXPLORING else None], places])[-20 * _WALKERS :],
        "off": _off(guide, points, rows),
    }
    return after | {"networks": _frozen(_trained(crew, after, _FURTHER, seed))}


def _explored(crew: Crew, guide: Guide, walkers: np.ndarray, seed: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Where the walkers end on the stand-in, and everywhere that they are looked at on their way."""
    seen = []
    for look in range(_LOOKS):
        parts = [walkers[i : i + _PART] for i in range(0, len(walkers), _PART)]
        moved = dict(crew.map(explore, [(guide, part, _BETWEEN, (*seed, look, i)) for i, part in enumerate(parts)]))
        walkers = np.concatenate([moved[i] for i in range(len(parts))])
        seen.append(walkers)
    return walkers, np.concatenate(seen)


def _accepted(
    crew: Crew, objective: Any, guide: Guide, walkers: np.ndarray, seed: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the walkers end when the model decides, everything that they tried (n, k), and its rows (n, R)."""
    parts = [walkers[i : i + _PART] for i in range(0, len(walkers), _PART)]
    moved = dict(crew.map(_steps, [(objective, guide, part, (*seed, i)) for i, part in enumerate(parts)]))
    walkers, tried, rows = (np.concatenate([moved[i][j] for i in range(len(parts))]) for j in range(3))
    return walkers, tried, rows


def _steps(
    objective: Any, guide: Guide, walkers: np.ndarray, seed: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Metropolis steps with trajectories of all lengths."""
    random, propose = np.random.default_rng(seed), trajectories(guide, np.ones(len(LENGTHS)))
    tried, found = [walkers.astype(np.float32)], [objective.rows_scores(walkers)]
    energy = 0.5 * ((found[0] ** 2).sum(axis=1) + (walkers**2).sum(axis=1))
    for _ in range(_LOOKS - 1):
        proposed, factor = propose(walkers, random)
        rows = objective.rows_scores(proposed)
        after = 0.5 * ((rows**2).sum(axis=1) + (proposed**2).sum(axis=1))
        go = np.log(random.uniform(size=len(walkers))) < energy - after + factor
        walkers, energy = np.where(go[:, None], proposed, walkers), np.where(go, after, energy)
        tried.append(proposed.astype(np.float32))
        found.append(rows)
    return walkers, np.concatenate(tried), np.concatenate(found).astype(np.float32)


def _off(guide: Guide, points: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Half the width of the middle half of (model - stand-in), in log density: how good proposals can be."""
    error = 0.5 * ((rows**2).sum(axis=1) - (stand_in(guide, points.astype(float))[0] ** 2).sum(axis=1))
    return np.asarray(np.subtract(*np.percentile(error, [75, 25])) / 2)


def _shape(state: Arrays) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of where the walkers have been lately, half of it that at the optima: so it stays regular."""
    places = state["places"] if len(state["places"]) else state["walkers"]
    recent = np.cov(places.T).reshape(state["covariance"].shape)
    return places.mean(axis=0), (state["covariance"] + recent) / 2 if len(state["places"]) else state["covariance"]


def _families(state: Arrays) -> list[Family]:
    return families(state["slopes"])


def _trained(crew: Crew, state: Arrays, rates: Sequence[tuple[float, int]], seed: int) -> list[Any]:
    found = _families(state)
    old = pickle.loads(state["networks"].tobytes()) if "networks" in state else [None] * len(found)
    points, rows = state["points"], state["rows"]
    weight = weights(points.astype(float), rows.astype(float))
    tasks = [
        (network, points[:, f.takes], rows[:, f.gives], weight, rates, seed)
        for f, network in zip(found, old, strict=True)
    ]
    done = dict(crew.map(train, tasks))
    return [done[i] for i in range(len(found))]


def _frozen(networks: list[Any]) -> np.ndarray:
    return np.frombuffer(pickle.dumps(networks), dtype=np.uint8)


def _runs(crew: Crew, objective: Any, points: np.ndarray) -> np.ndarray:
    """Rows (n, R) of the model at points (n, k)."""
    parts = [points[i : i + _PART].astype(float) for i in range(0, len(points), _PART)]
    done = dict(crew.map(_rows, [(objective, part) for part in parts]))
    return np.concatenate([done[i] for i in range(len(parts))]).astype(np.float32)


def _rows(objective: Any, points: np.ndarray) -> np.ndarray:
    return np.asarray(objective.rows_scores(points))


def _slopes(objective: Any, scores: np.ndarray) -> np.ndarray:
    """Jacobian of the rows alone (R, k)."""
    return np.asarray(objective.jacobian(scores)[: -len(scores)])
