"""A paper left out by sampling again without it: a short chain, put together with the draws of all papers.

Weights of the draws of all papers alone may be worth nothing where one paper holds what no other does. Draws without it
need no weights; together with those of all papers they make a mixture in which every weight is bounded, and the
paper's density follows from the ratio of the two normalising constants (bridge sampling: Meng & Wong 1996, Statistica
Sinica 6:831; for several sets of draws Shirts & Chodera 2008, doi:10.1063/1.2978177).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.inference.checkpoint import Store
from niche.inference.diagnostics import lag_of
from niche.inference.joint import JointObjective
from niche.inference.left_out import LEAST_WORTH, LeftOut
from niche.inference.scores import weights_without
from niche.inference.shipped import Shape
from niche.inference.warm import LEARNING, begin_warm, sample

AGAIN = "sampled again without it"  # the way in which such a paper is left out
WALKERS = 24
KEPT, MOST = 2, 16  # blocks of trajectories that are kept, at least and at most
# Steps after which a short chain counts for one draw more. In the long chains of the fit the autocorrelation time of
# what a paper's rows say is 3.1, 4.9 and 8.1 trajectories (10, 50 and 90 % of papers); from 8 steps it looks like 1.
LEAST_LAG = 8.0
_ROUNDS, _STILL = 10_000, 1e-10  # of the ratio of constants, and its change from which it stands


class Again(NamedTuple):
    """Draws of the posterior without a paper.

    Attributes
    ----------
    left_out
        the paper predicted from the others; its weights are of the draws with it, then of those without
    scores, told
        of the draws without it (n, k), and what its rows say of them (n,)
    """

    left_out: LeftOut
    scores: np.ndarray
    told: np.ndarray


def leave_out_again(
    objective: Any, paper: str, draws: np.ndarray, told: np.ndarray, like: Shape, store: Store, seed: Sequence[int]
) -> Again:
    """Sample the posterior of all other papers, beginning at draws of that of all.

    Parameters
    ----------
    paper
        by the name of its part of the density
    draws, told
        of the posterior of all papers, walkers beside each other (steps, walkers, k), and there log p(rows of the paper
        | draw) (steps, walkers)
    like
        what the sampler learnt of that posterior
    """
    part = objective.slopes().names.index(paper)
    rest = without_part(objective, part)
    flat = draws.reshape(-1, draws.shape[-1])
    weights, _ = weights_without(told.reshape(-1))
    first = np.random.default_rng([*seed, part]).choice(len(flat), WALKERS, replace=False, p=weights / weights.sum())
    shape = like._replace(error=np.delete(like.error, part))
    state = begin_warm(flat[first], shape, (), np.zeros(0), WALKERS, (*seed, part))
    state, _ = sample(rest, state, LEARNING, store, f"{paper}-learning")
    blocks = KEPT
    while True:
        _, chain = sample(rest, state, blocks, store, paper)
        scores = chain.scores.reshape(-1, chain.scores.shape[2])
        own = objective.slopes().values(scores, [part])[:, 0]
        found = bridged(told, own.reshape(chain.scores.shape[:2]))
        if found.fine or blocks >= MOST:
            return Again(found, scores, own)
        blocks += 1


def without_part(objective: Any, part: int) -> Any:
    """The objective without the rows of a part."""
    left = set(objective.slopes().rows_of(part))
    return JointObjective(
        [atom for j, atom in enumerate(objective.atoms) if j not in left], objective.keys, objective.changes
    )


def bridged(with_it: np.ndarray, without_it: np.ndarray, least_lag: float = LEAST_LAG) -> LeftOut:
    """A paper left out, from what its rows say of draws of both posteriors.

    Parameters
    ----------
    with_it, without_it
        log p(rows of the paper | draw) at draws of the posterior of all papers and of that of the others, each (steps,
        walkers)
    least_lag
        autocorrelation time of the draws without the paper, at least; but each walker counts for one draw

    Notes
    -----
    A draw counts for one over the autocorrelation time of its chain. `k` is NaN: weights are bounded.
    """
    lags = lag_of(with_it), max(lag_of(without_it), min(least_lag, len(without_it)))
    logs = np.concatenate([with_it.reshape(-1), without_it.reshape(-1)])
    counts = np.repeat([1 / lag for lag in lags], [with_it.size, without_it.size])
    total = float(counts.sum())
    share = np.array([with_it.size / lags[0], without_it.size / lags[1]]) / total
    log_constant = _log_sum(-with_it.reshape(-1)) - np.log(with_it.size)  # E[1 / p(rows | draw)] with the paper
    for _ in range(_ROUNDS):
        log_weights = -np.logaddexp(np.log(share[0]) + logs, np.log(share[1]) - log_constant)
        before, log_constant = log_constant, _log_sum(np.log(counts) + log_weights) - np.log(total)
        if abs(log_constant - before) < _STILL:
            break
    with np.errstate(under="ignore"):
        weights = counts * np.exp(log_weights - log_weights.max())
        ratio = -logs - log_constant  # of the density without the paper to that with it, a logarithm
        between = ratio - 2 * np.logaddexp(np.log(share[0]), np.log(share[1]) + ratio)
        overlap = float((counts * np.exp(between)).sum()) / total
    worth = float(weights.sum() ** 2 / (weights**2 / counts).sum())
    error = np.sqrt(max(1 / overlap - 1, 0.0) / (total * share[0] * share[1]))
    return LeftOut(
        -float(log_constant), float(error), np.nan, worth, AGAIN, worth >= LEAST_WORTH, weights / weights.sum()
    )


def _log_sum(logs: np.ndarray) -> float:
    return float(np.logaddexp.reduce(logs))
