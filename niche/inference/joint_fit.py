"""From the joint objective to chains that have converged: climb from many starts, then sample every parameter.

Everything done so far is in a store; a run that was killed goes on from there with the same numbers.
"""

import time
from typing import Any, NamedTuple

import numpy as np

from niche.inference.ascent import Summit, climb, summit
from niche.inference.checkpoint import Store
from niche.inference.diagnostics import Table
from niche.inference.fit import ENSEMBLES, sample_until
from niche.inference.joint import JointObjective
from niche.inference.redraw import Redraw
from niche.inference.sampler import STARTS
from niche.inference.shipped import Shape
from niche.processes import ProcessPool

NEAR = 12.0  # nats: summits this far below the best are starting points, too
TOGETHER = 8  # starts that climb side by side


class JointFit(NamedTuple):
    """A fit whose chains have converged.

    Attributes
    ----------
    objective
        what was fitted
    summits
        the best first; none if chains had begun before
    chains
        scores of the kept part, (ensembles, walkers, steps, k)
    parts
        parts of the log density there, (ensembles, walkers, steps, parts)
    table
        of `diagnose`
    acceptance
        share of trajectories that were accepted
    steps
        of each walker, with those that were not kept
    sampler
        what the sampler had learnt before the chains
    """

    objective: JointObjective
    summits: list[Summit]
    chains: np.ndarray
    parts: np.ndarray
    table: Table
    acceptance: float
    steps: int
    sampler: Shape


def fit_jointly(
    objective: JointObjective,
    store: Store,
    *,
    starts: int,
    walkers: int,
    steps: int,
    minutes: float,
    seed: int,
    workers: int,
) -> JointFit:
    """Climb and sample; goes on from what the store holds.

    Parameters
    ----------
    minutes
        after which no further block is begun, counted from now
    steps
        of each walker, at most

    Raises
    ------
    NotConverged
        with every parameter that fails and its numbers
    """
    end = time.monotonic() + 60 * minutes
    with ProcessPool(workers) as pool:
        begun = all(store.load(f"state-{e}") is not None for e in range(ENSEMBLES))  # here, or elsewhere
        summits = [] if begun else summits_from(pool, objective, starts, seed, store)
        centres = [one.scores for one in summits]
        covariances = [np.linalg.inv(one.precision) for one in summits]
        found = sample_until(
            pool,
            objective,
            objective.names,
            store,
            centres,
            covariances,
            walkers=walkers,
            steps=steps,
            seed=seed,
            minutes=minutes,
            end=end,
            redraw=Redraw(pool, objective, store, seed),
        )
        state = store.load("state-0")
        assert state is not None
        sampler = Shape(state["mean"], state["root"] @ state["root"].T, float(state["step"]), state["error"])
        return JointFit(objective, summits, *found, sampler)


def summits_from(pool: ProcessPool, objective: Any, starts: int, seed: int, store: Store) -> list[Summit]:
    """Distinct summits near the best, the best first; what the store holds is not done again."""
    from tqdm import tqdm

    k, groups = len(objective.names), -(-starts // TOGETHER)
    generator = np.random.default_rng([seed, 1])
    points = generator.standard_normal((groups, TOGETHER, k)) * 0.5
    points[:, :, len(objective.keys) :] = 0.0
    done = {i: found for i in range(groups) if (found := store.load(f"climb-{i:03}")) is not None}
    missing = [i for i in range(groups) if i not in done]
    with tqdm(total=groups, initial=len(done), desc="climbing", unit="group", disable=not missing) as bar:
        for j, (scores, values) in pool.as_completed(climb, [(objective, points[i]) for i in missing]):
            done[missing[j]] = {"scores": scores, "values": values}
            store.save(f"climb-{missing[j]:03}", done[missing[j]])
            bar.update()
    scores = np.concatenate([done[i]["scores"] for i in range(groups)])
    values = np.concatenate([done[i]["values"] for i in range(groups)])
    chosen = distinct(scores, values)
    held = {i: found for i in chosen if (found := store.load(f"summit-{i:03}")) is not None}
    asked = [i for i in chosen if i not in held]
    for j, one in pool.as_completed(summit, [(objective, scores[i], float(values[i])) for i in asked]):
        held[asked[j]] = {"scores": one.scores, "value": np.array(one.value), "precision": one.precision}
        store.save(f"summit-{asked[j]:03}", held[asked[j]])
    return [Summit(held[i]["scores"], float(held[i]["value"]), held[i]["precision"]) for i in chosen]


def distinct(scores: np.ndarray, values: np.ndarray) -> list[int]:
    """Which scores (n, k) walkers begin at: at most `STARTS`, apart, within `NEAR` of the best, the best first."""
    chosen: list[int] = []
    for i in np.argsort(-values).tolist():
        apart = all(np.linalg.norm(scores[i] - scores[j]) > 0.5 for j in chosen)
        if values[i] > values.max() - NEAR and apart and len(chosen) < STARTS:
            chosen.append(i)
    return chosen
