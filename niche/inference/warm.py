"""A chain of a posterior that is near another one, whose draws are at hand: without a mechanism, or without papers.

Walkers begin at draws of the other one, with its shape; where parameters are fixed, the others are moved along their
regression on these, as in a Gaussian (the draws are no more than a start: a chain forgets it).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.inference.checkpoint import Arrays, Store
from niche.inference.sampler import ROUNDS, advance, initial
from niche.inference.shipped import Shape
from niche.params.records import Parameter

LEARNING = 1  # blocks in which the step and the shape are learnt anew
_NEAR = 2.5  # standard scores: as far as a parameter that is fixed is moved to where it is fixed


class Chain(NamedTuple):
    """Blocks of one ensemble.

    Attributes
    ----------
    scores
        (steps, walkers, k)
    parts
        of the log density there, (steps, walkers, parts)
    accepted
        share of proposals
    """

    scores: np.ndarray
    parts: np.ndarray
    accepted: float


def conditional(
    draws: np.ndarray, mean: np.ndarray, covariance: np.ndarray, fixed: Sequence[int], at: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draws (n, k), mean (k,) and covariance (k, k) given that some scores are `at` (fixed,), as if all were Gaussian.

    A score that is fixed is no longer told by anything: it gets its prior, of mean 0 and variance 1.
    """
    if not len(fixed):
        return draws, mean, covariance
    own = np.asarray(fixed)
    pull = np.linalg.solve(covariance[np.ix_(own, own)], covariance[own])  # (fixed, k)
    moved = draws + (at - draws[:, own]) @ pull
    mean = mean + (at - mean[own]) @ pull
    covariance = covariance - covariance[:, own] @ pull
    covariance[own], covariance[:, own] = 0.0, 0.0
    covariance[own, own] = 1.0
    moved[:, own], mean[own] = np.random.default_rng(3).standard_normal((len(moved), len(own))), 0.0
    return moved, mean, covariance


def score_of(entry: Parameter, value: float) -> float:
    """The standard score whose value is nearest to that, at most `_NEAR` from the median."""
    from scipy.special import ndtr

    scores = np.linspace(-_NEAR, _NEAR, 2001)
    return float(scores[np.abs(entry.sample(ndtr(scores)) - value).argmin()])


def begin_warm(
    draws: np.ndarray, like: Shape, fixed: Sequence[int], at: np.ndarray, walkers: int, seed: Sequence[int]
) -> Arrays:
    """The state of an ensemble that begins at draws (n, k) of another posterior, with its step and its steep parts.

    Parameters
    ----------
    like
        what the sampler learnt of the other posterior
    fixed, at
        scores that no longer tell anything, and what they would have to be
    """
    moved, mean, covariance = conditional(draws, like.mean, like.covariance, fixed, at)
    which = np.random.default_rng([*seed, 0]).choice(len(moved), walkers, replace=False)
    state = initial(moved[which], mean, covariance, seed)
    return state | {"round": np.array(ROUNDS - LEARNING), "step": np.array(like.step), "error": like.error}


def sample(objective: Any, state: Arrays, blocks: int, store: Store, name: str) -> tuple[Arrays, Chain]:
    """`blocks` blocks more, each kept in the store under this name; what it holds is not done again."""
    found = []
    for n in range(blocks):
        done, block = store.load(f"{name}-state-{n:02}"), store.load(f"{name}-block-{n:02}")
        if done is None or block is None:
            done, block = advance(objective, state)
            store.save(f"{name}-block-{n:02}", block)
            store.save(f"{name}-state-{n:02}", done)
        state = done
        found.append(block)
    scores = np.concatenate([block["chain"] for block in found])
    parts = np.concatenate([block["parts"] for block in found])
    return state, Chain(scores, parts, float(np.mean([block["accepted"].mean() for block in found])))
