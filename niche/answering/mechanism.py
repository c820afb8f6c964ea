"""The second answer: what the mechanism is worth for papers that were not used, and which paper adds what."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from niche.answering.model import spread
from niche.answering.records import (
    NOT_WELL,
    NOT_YET,
    FittedAnswer,
    Influence,
    MechanismAnswer,
    ModelAnswer,
    SavageDickey,
)
from niche.errors import NicheError, unknown
from niche.evidence.papers import read_papers
from niche.inference.left_out import LeftOut
from niche.inference.mechanism_words import Grounds, shares, word_of
from niche.propositions.records import Proposition

OPEN = ("contested", "undetermined", "weakly supported")  # words beside which the experiment that would tell stands


def mechanism_answer(
    grounds: Grounds,
    whole: Mapping[str, LeftOut],
    without: Mapping[str, LeftOut],
    *,
    sides: Mapping[str, tuple[float, bool]] | None = None,
    savage_dickey: SavageDickey | None = None,
    by_laboratory: Grounds | None = None,
    tells_most: str = "",
    informed_indirectly: Sequence[str] = (),
    back_doors_computed: bool = True,
    head_draws: int | None = None,
    head_chance: float | None = None,
) -> MechanismAnswer:
    """The word for a mechanism (`niche.inference.mechanism_words`), with what it rests on.

    Parameters
    ----------
    whole, without
        each direct paper predicted from the others, by the model with the mechanism and without, fitted again
    sides
        by paper, the probability that its own rows lie on the asserted side, and whether it is a randomised trial
    by_laboratory
        the same grounds where whole laboratories are left out, of which only the word is kept
    tells_most
        the experiment that would tell most; kept where the word is open
    informed_indirectly, back_doors_computed
        papers by which the gains are narrower than 0.9 of their prior without the direct papers; whether that could be
        told
    head_draws, head_chance
        at how many draws the head is known, and how much of its spread was the chance of few virtual patients

    Raises
    ------
    NicheError
        where a paper of D has no left-out density, or is no paper
    """
    told = grounds.difference
    for paper in told.by_paper:
        if paper not in read_papers():
            raise unknown("paper", paper, read_papers())
        if paper not in whole or paper not in without:
            raise NicheError(f"{paper}: it is part of D, and has no left-out density with the mechanism or without")
    word = word_of(grounds)
    pi, rho, nu = shares(grounds.head, grounds.asserts, grounds.least)
    known = sides or {}
    rows = [_influence(paper, part, whole[paper], without[paper], known) for paper, part in told.by_paper.items()]
    return MechanismAnswer(
        word=word,  # type: ignore[arg-type]  # one of WORDS
        papers=grounds.papers,
        labs=grounds.laboratories,
        pi=pi,
        rho=rho,
        nu=nu,
        D=told.D,
        se=told.se if len(rows) > 1 else None,  # of one paper it is infinite
        error=told.error,
        influence=tuple(sorted(rows, key=lambda one: (-abs(one.difference), one.paper))),
        savage_dickey=savage_dickey,
        word_without_labs=word_of(by_laboratory) if by_laboratory is not None else "",  # type: ignore[arg-type]
        tells_most=tells_most if word in OPEN else "",
        informed_indirectly=tuple(informed_indirectly),
        back_doors="" if back_doors_computed else NOT_WELL,
        head_draws=head_draws,
        head_chance=head_chance,
        effect=spread(grounds.head),
    )


def stored_left_out(told: Mapping[str, Any]) -> LeftOut:
    """A left-out paper as params/left_out keeps it (`niche.inference.mechanisms_off.summary`): all but its weights."""
    k = float("nan") if told["k"] is None else float(told["k"])
    log_density, error, worth = (float(told[name]) for name in ("log_density", "error", "worth"))
    return LeftOut(log_density, error, k, worth, str(told["how"]), bool(told["fine"]), np.empty(0))


def _influence(
    paper: str, part: float, whole: LeftOut, without: LeftOut, sides: Mapping[str, tuple[float, bool]]
) -> Influence:
    ks = [one.k for one in (whole, without) if one.k == one.k]  # NaN where weights are all alike
    side, trial = sides.get(paper, (None, False))
    return Influence(
        paper=paper,
        laboratory=read_papers()[paper].laboratory,
        difference=float(part),
        error=float((whole.error**2 + without.error**2) ** 0.5),
        way=" and ".join(dict.fromkeys((whole.how, without.how))),
        k=max(ks) if ks else None,
        worth=min(whole.worth, without.worth),
        side=side,
        trial=trial,
    )


def unasked(one: Proposition) -> str:
    """Why the mechanism of a proposition cannot be asked, whatever is fitted; "" if it can."""
    return one.untested_because or one.no_gain_because


def without_numbers(one: Proposition) -> FittedAnswer:
    """What can be said of a proposition before its numbers are there: "not yet computed", or why it is untested."""
    if why := unasked(one):
        return FittedAnswer(MechanismAnswer("untested", because=why), ModelAnswer("untested"))
    return FittedAnswer(MechanismAnswer(NOT_YET), ModelAnswer(NOT_YET))
