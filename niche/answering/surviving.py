"""Whether a word stands without any one paper: the head and D of the rest."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from niche.answering.drawn_heads import DrawnHead, head_of
from niche.answering.sources import Sources
from niche.inference.mechanism_words import GAIN, GAIN_IN_ERRORS, PI, RHO, shares
from niche.propositions.records import Proposition


def signed(one: Proposition, head: DrawnHead) -> DrawnHead:
    """Of "none or down" an effect downwards is as good as none."""
    signed = {"none or down": np.maximum, "none or up": np.minimum}.get(one.asserts)
    return head if signed is None else head._replace(draws=signed(head.draws, 0.0))


def heads_without(name: str, one: Proposition, papers: Sequence[str], given: Sources) -> dict[str, np.ndarray]:
    """By paper, draws of the head where these are others without it: its own parameters have their prior then."""
    found = {}
    for paper in set(papers) & set(given.redrawn):
        head = head_of(name, one, given._replace(effects=given.effects_without(paper)))
        if head is not None:
            found[paper] = signed(one, head).draws
    return found


def survives(
    head: np.ndarray,
    asserts: int,
    least: float,
    weights: Mapping[str, np.ndarray],
    parts: Mapping[str, float],
    heads: Mapping[str, np.ndarray] | None = None,
) -> bool:
    """Whether the bars of "supported", or of its contrary, hold with any one paper left out.

    Parameters
    ----------
    head
        draws (n,) of its logarithm
    weights
        by paper, of the draws towards the posterior without it (n,)
    parts
        by paper, its part of D
    heads
        by paper, draws of the head where they are others without it
    """
    side = asserts or 1
    if shares(head, side, least)[0] < 0.5:
        side = -side
    for paper, own in weights.items():
        rest = np.array([part for name, part in parts.items() if name != paper])
        # as with the whole: the Bayesian bootstrap of a sum, in closed form
        se = math.sqrt(len(rest) ** 2 / (len(rest) + 1)) * float(rest.std()) if len(rest) > 1 else math.inf
        drawn = (heads or {}).get(paper, head) * side
        pi, rho = float(own[drawn > 0].sum()), float(own[drawn > least].sum())
        if not (pi >= PI and rho >= RHO and rest.sum() > max(GAIN, GAIN_IN_ERRORS * se)):
            return False
    return True
