"""The word for a mechanism, in a fixed order; the bars are frozen with the atoms (`niche.inference.freeze`)."""

from typing import NamedTuple

import numpy as np

from niche.inference.left_out import Difference

WORDS = (
    "untested",
    "not computed well enough",
    "contested",
    "supported",
    "contradicted",
    "no relevant effect",
    "weakly supported",
    "undetermined",
)
DIRECT_PAPERS = 2  # fewer leave a proposition untested
PAPERS, LABORATORIES = 3, 2  # that a word for or against needs
PI, RHO, NU = 0.975, 0.8, 0.95  # probabilities of the side, of a relevant effect on it, and of none
GAIN, GAIN_IN_ERRORS = 2, 2  # D is more than this, and than so many of its standard errors
WEAK_PI = 0.9
SIDE, SIDES = 0.95, 2  # what a paper says by itself, and papers and laboratories that make a side
MONTE_CARLO = 0.3  # the error of D is below this


class Grounds(NamedTuple):
    """What a word rests on.

    Attributes
    ----------
    asserts
        1, -1, or 0 for none
    head
        draws (n,) of the head's logarithm, over the posterior of all papers
    least
        logarithm of the least relevant effect
    papers, laboratories
        with a direct atom
    sides
        probabilities, by paper, that its own rows lie on the asserted side, and its laboratory: (p, laboratory, whether
        it is a randomised trial)
    difference
        D
    survives
        whether "supported" (or its contrary) holds with any one paper left out
    computed
        whether chains and weights meet their bars
    """

    asserts: int
    head: np.ndarray
    least: float
    papers: int
    laboratories: int
    sides: tuple[tuple[float, str, bool], ...]
    difference: Difference
    survives: bool
    computed: bool


def word_of(grounds: Grounds) -> str:
    """The first word whose conditions are met."""
    if grounds.papers < DIRECT_PAPERS:
        return "untested"
    if not (grounds.computed and grounds.difference.fine and grounds.difference.error < MONTE_CARLO):
        return "not computed well enough"
    if _contested(grounds.sides):
        return "contested"
    pi, rho, nu = shares(grounds.head, grounds.asserts, grounds.least)
    if grounds.asserts == 0:
        return "supported" if grounds.papers >= PAPERS and nu >= NU else _of_none(grounds)
    if _supported(grounds, pi, rho):
        return "supported"
    against, large, _ = shares(grounds.head, -grounds.asserts, grounds.least)
    if _supported(grounds, against, large):
        return "contradicted"
    if grounds.papers >= PAPERS and nu >= NU:
        return "no relevant effect"
    if pi >= WEAK_PI and grounds.difference.D > 0:
        return "weakly supported"
    return "undetermined"


def words_to_come(grounds: Grounds) -> tuple[str, ...]:
    """Every word that is possible before D is known, whatever it turns out to be; if there is one only, it is the word.

    Parameters
    ----------
    grounds
        `difference`, `survives` and `computed` of them are not read
    """
    found = set()
    for gain, error in ((-1.0, 0.0), (1.0, 0.0), (GAIN + 1.0, GAIN), (GAIN + 1.0, 0.0)):
        change = Difference(gain, error, 0.0, {}, True)
        for survives in (True, False):
            found.add(word_of(grounds._replace(difference=change, survives=survives, computed=True)))
    return tuple(word for word in WORDS if word in found)


def shares(head: np.ndarray, asserts: int, least: float) -> tuple[float, float, float]:
    """pi, rho and nu: shares of draws on the asserted side, beyond the least relevant effect, and within it."""
    side = head * (asserts or 1)
    return float((side > 0).mean()), float((side > least).mean()), float((np.abs(head) < least).mean())


def _supported(grounds: Grounds, pi: float, rho: float) -> bool:
    told = grounds.papers >= PAPERS and grounds.laboratories >= LABORATORIES and pi >= PI and rho >= RHO
    d = grounds.difference
    return told and max(GAIN, GAIN_IN_ERRORS * d.se) < d.D and grounds.survives


def _of_none(grounds: Grounds) -> str:
    """An assertion of no effect that is not borne out: contradicted by a relevant one on either side, or open."""
    for side in (1, -1):
        pi, rho, _ = shares(grounds.head, side, grounds.least)
        if _supported(grounds, pi, rho):
            return "contradicted"
    return "undetermined"


def _contested(sides: tuple[tuple[float, str, bool], ...]) -> bool:
    """Two papers of two laboratories on each side, or one such side against a randomised trial."""
    pro = [(lab, trial) for p, lab, trial in sides if p >= SIDE]
    con = [(lab, trial) for p, lab, trial in sides if p <= 1 - SIDE]

    def whole(side: list[tuple[str, bool]]) -> bool:
        return min(len(side), len({lab for lab, _ in side})) >= SIDES

    def trial(side: list[tuple[str, bool]]) -> bool:
        return any(is_trial for _, is_trial in side)

    return (whole(pro) and (whole(con) or trial(con))) or (whole(con) and trial(pro))
