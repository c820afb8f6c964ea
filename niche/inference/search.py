"""The best fits: least squares from many starts, and which parameters any row responds to there."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.inference.checkpoint import Store
from niche.processes import ProcessPool

NEAR = 10.0  # optima whose cost is within this of the best are good ones
# A parameter whose column of the rows' Jacobian has a norm g below this at every good optimum is not sampled: in
# standard scores its posterior sd is at least 1 / sqrt(1 + g^2) of its prior's, so narrower by 0.5 % at most.
RESPONDS = 0.1


class Optimum(NamedTuple):
    """One end of an optimisation: standard scores (k,), cost (chi2 of rows + prior), and the rows' part of it."""

    scores: np.ndarray
    cost: float
    rows: float


def optimise(objective: Any, start: np.ndarray) -> Optimum:
    """Least squares from one start."""
    from scipy.optimize import least_squares

    found = least_squares(
        objective.residuals, start, jac=objective.jacobian, method="trf", max_nfev=60, xtol=1e-5, ftol=1e-5
    )
    rows = float((objective.rows_scores(found.x[None]) ** 2).sum())
    return Optimum(found.x, float(2 * found.cost), rows)


def search(pool: ProcessPool, objective: Any, starts: int, seed: int, store: Store) -> tuple[list[Optimum], np.ndarray]:
    """All optima, the best first, and the Jacobians (good optima, rows + k, k) of the good ones."""
    from tqdm import tqdm

    k = len(objective.keys)
    generator = np.random.default_rng([seed, 1])
    points = [generator.standard_normal(k) * 0.7 for _ in range(starts)]
    done = {i: found for i in range(starts) if (found := store.load(f"optimum-{i:03}")) is not None}
    missing = [i for i in range(starts) if i not in done]
    with tqdm(total=starts, initial=len(done), desc="optimising", unit="start", disable=not missing) as bar:
        for j, (scores, cost, rows) in pool.as_completed(optimise, [(objective, points[i]) for i in missing]):
            done[missing[j]] = {"scores": scores, "cost": np.array(cost), "rows": np.array(rows)}
            store.save(f"optimum-{missing[j]:03}", done[missing[j]])
            bar.update()
    optima = [Optimum(done[i]["scores"], float(done[i]["cost"]), float(done[i]["rows"])) for i in range(starts)]
    optima.sort(key=lambda optimum: optimum.cost)
    near = good(optima)
    jacobians = dict(pool.as_completed(_jacobian, [(objective, optimum.scores) for optimum in near]))
    return optima, np.stack([jacobians[i] for i in range(len(near))])


def _jacobian(objective: Any, scores: np.ndarray) -> np.ndarray:
    return np.asarray(objective.jacobian(scores))


def good(optima: Sequence[Optimum]) -> list[Optimum]:
    """Those within `NEAR` of the best; of several at the same place the best one."""
    least, chosen = min(o.cost for o in optima), list[Optimum]()
    for one in sorted(optima, key=lambda o: o.cost):
        apart = all(np.linalg.norm(one.scores - other.scores) > 0.1 for other in chosen)
        if one.cost < least + NEAR and apart:
            chosen.append(one)
    return chosen


def responsive(jacobians: np.ndarray) -> np.ndarray:
    """Which parameters some row responds to at some good optimum, shape (k,).

    Parameters
    ----------
    jacobians
        (optima, rows + k, k), the last k rows those of the prior
    """
    k = jacobians.shape[-1]
    return np.asarray((np.linalg.norm(jacobians[:, :-k], axis=1) >= RESPONDS).any(axis=0))
