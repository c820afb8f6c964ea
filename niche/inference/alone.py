"""What each paper says of a proposition by itself: prior draws weighted by the likelihood of its rows alone."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from niche.inference.blocks import CLASSES, spreads
from niche.inference.joint import JointObjective
from niche.inference.left_out import by_weights
from niche.inference.slopes import Slopes
from niche.propositions.records import Head

DRAWS = 4000


class PriorDraws(NamedTuple):
    """What the model says at draws of the prior; NaN where a row could not be solved.

    Attributes
    ----------
    effects
        of all rows, (n, rows)
    told
        log likelihood of each paper's rows, (n, papers)
    papers
        names of the columns of `told`
    """

    effects: np.ndarray
    told: np.ndarray
    papers: tuple[str, ...]


def prior_draws(objective: JointObjective, draws: int = DRAWS, seed: int = 1) -> PriorDraws:
    """What the model says before any row was used."""
    scores, slopes = scores_of_prior(objective, draws, seed), objective.slopes()
    effects = slopes.effects(scores)
    return PriorDraws(effects, log_likelihood(slopes, effects, scores), slopes.names[:-1])


def scores_of_prior(objective: JointObjective, draws: int = DRAWS, seed: int = 1) -> np.ndarray:
    """Scores (draws, k) before any row was used."""
    return np.random.default_rng([seed, 10]).standard_normal((draws, len(objective.names)))


def scores_before(prior: PriorDraws) -> dict[str, list[float]]:
    """Log density of each paper's rows before any paper was used, and its Monte Carlo error."""
    found = {}
    for i, name in enumerate(prior.papers):
        told = prior.told[np.isfinite(prior.told[:, i]), i]
        if told.size:
            one = by_weights(told, True, raised=-told)  # weights all alike: the mean over the prior
            found[name] = [round(one.log_density, 4), round(one.error, 4)]
    return found


def log_likelihood(slopes: Slopes, effects: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Log likelihood of each paper's rows, (n, papers), in the order of the density's parts; NaN where an effect is."""
    tau, _ = spreads(scores[:, -len(CLASSES) :])
    told = slopes.blocks(np.nan_to_num(effects), tau).value
    part = np.array(
        [slopes.asked.parts[np.flatnonzero(slopes.blocks.of == block)[0]] for block in range(told.shape[1])]
    )
    found = np.zeros((len(effects), len(slopes.names) - 1))
    for block, place in enumerate(part.tolist()):
        found[:, place] += told[:, block]
    for place in range(found.shape[1]):
        lost = ~np.isfinite(effects[:, slopes.rows_of(place)]).all(axis=1)
        found[lost, place] = np.nan
    return found


def head_draws(head: Head | None, effects: np.ndarray, rows: Mapping[str, int]) -> np.ndarray | None:
    """Draws (n,) of a head that is a row, or a row over another; None where it is neither."""
    if head is None or head.atom is None or head.atom not in rows or (head.over is not None and head.over not in rows):
        return None
    over = effects[:, rows[head.over]] if head.over is not None else 0.0
    return np.asarray(effects[:, rows[head.atom]] - over)


def side_of(head: np.ndarray, told: np.ndarray, asserts: int) -> tuple[float, float]:
    """Probability of the asserted side by the rows of one paper alone, and how many draws that rests on.

    Parameters
    ----------
    head, told
        draws (n,) of the head from the prior, and log likelihood (n,) of the paper's rows
    """
    fine = np.isfinite(head) & np.isfinite(told)
    if not fine.any():
        return 0.5, 0.0
    weights = np.exp(told[fine] - told[fine].max())
    weights /= weights.sum()
    return float(weights[head[fine] * (asserts or 1) > 0].sum()), float(1 / (weights**2).sum())


def sides(
    prior: PriorDraws, rows: Mapping[str, int], head: Head | None, asserts: int, papers: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """`side_of` of each of these papers, by name; empty where the head is no row."""
    draws = head_draws(head, prior.effects, rows)
    if draws is None:
        return {}
    return {name: side_of(draws, prior.told[:, prior.papers.index(name)], asserts) for name in papers}
