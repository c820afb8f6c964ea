"""From the joint objective to chains that have converged: climb from many starts, then sample every parameter.

Everything done so far is in a store; a run that was killed goes on from there with the same numbers.
"""

import time
from typing import Any, NamedTuple

import numpy as np

from niche.inference.ascent import Summit, climb
from niche.inference.checkpoint import Arrays, Store
from niche.inference.diagnostics import NotConverged, Table, diagnose, failing
from niche.inference.fit import advance_block, is_due, kept_chains, progress, resume, verdict_on
from niche.inference.joint import JointObjective
from niche.inference.sampler import BLOCK, STARTS, begin
from niche.processes import ProcessPool

NEAR = 12.0  # nats: summits this far below the best are starting points, too


class JointFit(NamedTuple):
    """summits, the best first; chains (ensembles, walkers, steps, k): the kept part; table: of `diagnose`."""

    objective: JointObjective
    summits: list[Summit]
    chains: np.ndarray
    table: Table
    acceptance: float
    steps: int


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
        from now, after which no further block is begun
    steps
        of each walker, at most

    Raises
    ------
    NotConverged
        with every parameter that fails and its numbers
    """
    end = time.monotonic() + 60 * minutes
    with ProcessPool(workers) as pool:
        summits = summits_from(pool, objective, starts, seed, store)
        near = distinct(summits)
        centres = [one.scores for one in near]
        covariances = [np.linalg.inv(one.precision) for one in near]
        states, blocks = resume(lambda e: begin(centres, covariances, walkers, (seed, 2, e)), store)
        looked = 0
        with progress(steps, blocks) as bars:
            while True:
                done = min(len(b) for b in blocks) * BLOCK
                late = time.monotonic() > end or done >= steps
                if done > 0 and (late or is_due(done, looked)):
                    chains, accepted = kept_chains(blocks)
                    table = diagnose(chains, objective.names, STARTS)
                    failures = failing(table)
                    if not failures:
                        return JointFit(objective, summits, chains, table, accepted, done)
                    looked = done
                    bars.say(table)
                    if late:
                        raise NotConverged(verdict_on(failures, len(objective.names), done))
                elif late:
                    raise NotConverged(f"{minutes:g} minutes were over before the first step; run it again to go on")
                advance_block(pool, objective, states, blocks, store, bars)


def summits_from(pool: ProcessPool, objective: Any, starts: int, seed: int, store: Store) -> list[Summit]:
    """All summits, the best first; those that the store holds are not climbed again."""
    from tqdm import tqdm

    k = len(objective.names)
    generator = np.random.default_rng([seed, 1])
    points = [generator.standard_normal(k) * 0.5 for _ in range(starts)]
    for point in points:
        point[len(objective.keys) :] = 0.0
    done: dict[int, Arrays] = {}
    for i in range(starts):
        if (found := store.load(f"summit-{i:03}")) is not None:
            done[i] = found
    missing = [i for i in range(starts) if i not in done]
    with tqdm(total=starts, initial=len(done), desc="climbing", unit="start", disable=not missing) as bar:
        for j, summit in pool.as_completed(climb, [(objective, points[i]) for i in missing]):
            arrays = {"scores": summit.scores, "value": np.array(summit.value), "precision": summit.precision}
            done[missing[j]] = arrays
            store.save(f"summit-{missing[j]:03}", arrays)
            bar.update()
    summits = [Summit(done[i]["scores"], float(done[i]["value"]), done[i]["precision"]) for i in range(starts)]
    return sorted(summits, key=lambda one: -one.value)


def distinct(summits: list[Summit]) -> list[Summit]:
    """Those within `NEAR` of the best, one for each place."""
    chosen: list[Summit] = []
    for one in summits:
        apart = all(np.linalg.norm(one.scores - other.scores) > 0.5 for other in chosen)
        if one.value > summits[0].value - NEAR and apart:
            chosen.append(one)
    return chosen
