"""From the fit, its left-out papers and its fits without mechanisms to the answers: `niche answer`."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from niche.answering.by_laboratory import laboratories_left_out
from niche.answering.coverage import coverage_of
from niche.answering.coverage_record import CoverageAnswer
from niche.answering.drawn_heads import DrawnHead, head_of
from niche.answering.mechanism import OPEN, mechanism_answer, stored_left_out, without_numbers
from niche.answering.model import spread
from niche.answering.predicted_rows import model_of
from niche.answering.records import (
    NOT_YET,
    Control,
    FittedAnswer,
    MechanismAnswer,
    ModelAnswer,
    SavageDickey,
    Spread,
)
from niche.answering.sources import Sources, bounded_papers, sources
from niche.answering.surviving import heads_without, signed, survives
from niche.inference.again import AGAIN
from niche.inference.back_doors import back_doors
from niche.inference.leaving_tasks import PENDING
from niche.inference.left_out import Difference, LeftOut, difference
from niche.inference.mechanism_words import Grounds, shares, words_to_come
from niche.inference.savage_dickey import savage_dickey
from niche.inference.trials_predicted import predicted_rows
from niche.params.layers import read_registry
from niche.propositions.reading import read_propositions
from niche.propositions.records import Proposition

ASSERTS = {"up": 1, "down": -1}
_NOTHING = 0.01  # a head whose median logarithm is smaller has no effect to explain
_TOLD = 20.0  # draws that what a paper says alone, or a trial's head without one paper, has to rest on


class Assembled(NamedTuple):
    """The answers of every proposition, and what they rest on.

    Attributes
    ----------
    answers
        by proposition
    fit
        hash of the posterior that they are made of
    coverage
        of papers that were left out
    """

    answers: dict[str, FittedAnswer]
    fit: str
    coverage: CoverageAnswer


def assemble(folder: Path | None = None) -> Assembled:
    """The answers of every proposition whose numbers are there, and how well left-out papers are predicted.

    Raises
    ------
    NicheError
        if the fit is missing, or rests on tables that moved
    """
    return assembled(sources(folder))


def assembled(given: Sources) -> Assembled:
    """The same from what was read."""
    answers = {name: fitted_answer(name, one, given) for name, one in read_propositions().items()}
    return Assembled(answers, given.fit, coverage_of(given))


def fitted_answer(name: str, one: Proposition, given: Sources) -> FittedAnswer:
    """What the fit says of one proposition; "not yet computed" where a part is missing."""
    told, head = given.without.get(name), head_of(name, one, given)
    if told is None or head is None:
        return without_numbers(one)
    papers = sorted(told["direct"])
    every = (*given.atoms, *predicted_rows())
    laboratories = {atom.animals: atom.laboratory for atom in every}
    trials = {atom.animals: atom.group == "randomised trial" for atom in every}
    sides = {paper: p for paper, (p, worth) in given.alone.get(name, {}).items() if worth >= _TOLD and paper in papers}
    speak = tuple((p, laboratories[paper], trials[paper]) for paper, p in sides.items())
    labs = len({laboratories[paper] for paper in papers})
    head = signed(one, head)
    known = _all_left_out(papers, given)
    if told.get(PENDING) or name not in given.alone or not known:  # without what papers say alone none is contested
        return FittedAnswer(
            _before_it_is_off(name, one, head, (len(papers), labs), speak, given),
            model_of(told["direct"], given) if known else ModelAnswer(NOT_YET),
        )
    off = {paper: stored_left_out(told["papers"][paper]) for paper in papers}
    grounds, by_laboratory = _grounds(name, one, told, head, off, given)
    grounds = grounds._replace(laboratories=labs, sides=speak)
    again = None
    if by_laboratory is not None:
        again = by_laboratory._replace(laboratories=grounds.laboratories, sides=grounds.sides)
    computed, indirectly = _back_doors(one, papers, given)
    mechanism = mechanism_answer(
        grounds,
        given.left_out,
        off,
        sides={paper: (p, trials[paper]) for paper, p in sides.items()},
        savage_dickey=_savage_dickey(one, given),
        by_laboratory=again,
        tells_most=given.tells.get(name, ""),
        informed_indirectly=indirectly,
        back_doors_computed=computed,
        head_draws=head.whole,
        head_chance=head.chance,
    )
    control = None
    if name in told.get("heads", {}):
        whole, low_median_high = spread(head.draws[: head.whole]), told["heads"][name]
        left = 100 * low_median_high[1] / whole.median if abs(whole.median) >= _NOTHING else None
        control = Control(whole, Spread(*low_median_high), left)
    return FittedAnswer(mechanism, model_of(told["direct"], given, control))


def _all_left_out(papers: Sequence[str], given: Sources) -> bool:
    """Whether each is left out of the whole model: what weights cannot leave out waits for a chain without it."""
    tried = {paper for paper in papers if paper in given.left_out and given.left_out[paper].how == AGAIN}
    return all(paper in tried or (paper in given.left_out and given.left_out[paper].fine) for paper in papers)


def _before_it_is_off(
    name: str,
    one: Proposition,
    head: DrawnHead,
    counts: tuple[int, int],
    sides: tuple[tuple[float, str, bool], ...],
    given: Sources,
) -> MechanismAnswer:
    """What the whole model says already, where the fit without the mechanism is still to come.

    Without what papers say alone, or a fit that has converged, no word is given, since none could be relied on.
    """
    draws, (papers, labs) = head.draws[: head.whole], counts
    asserts, least, later = ASSERTS.get(one.asserts, 0), math.log(one.least), Difference(0.0, 0.0, 0.0, {}, True)
    words = words_to_come(Grounds(asserts, draws, least, papers, labs, sides, later, survives=True, computed=True))
    known = words == ("untested",) or (given.converged and name in given.alone)
    word = words[0] if known and len(words) == 1 else NOT_YET
    pi, rho, nu = shares(draws, asserts, least)
    return MechanismAnswer(
        word,  # type: ignore[arg-type]  # one of WORDS
        papers=papers,
        labs=labs,
        pi=pi,
        rho=rho,
        nu=nu,
        savage_dickey=_savage_dickey(one, given),
        tells_most=given.tells.get(name, "") if word in OPEN else "",
        head_draws=head.whole,
        head_chance=head.chance,
        effect=spread(draws),
        can_be=words if known else (),  # type: ignore[arg-type]  # each is one of WORDS
    )


def _grounds(
    name: str, one: Proposition, told: Mapping[str, Any], head: DrawnHead, off: Mapping[str, LeftOut], given: Sources
) -> tuple[Grounds, Grounds | None]:
    """With papers as units, and with laboratories where these could be left out; who speaks is filled in later."""
    papers, asserts, least = sorted(told["direct"]), ASSERTS.get(one.asserts, 0), math.log(one.least)
    change = difference(given.left_out, off, papers)
    alike = np.concatenate([np.full(given.whole, 1 / given.whole), np.zeros(len(given.effects) - given.whole)])
    weights, worth = head.weighted({paper: given.weights.get(paper, alike) for paper in papers})
    grounds = Grounds(
        asserts=asserts,
        head=head.draws[: head.whole],
        least=least,
        papers=len(papers),
        laboratories=0,
        sides=(),
        difference=change,
        survives=survives(
            head.draws, asserts, least, weights, change.by_paper, heads_without(name, one, papers, given)
        ),
        # a trial is simulated at few draws: without one paper they have to be worth some still
        computed=given.converged and (head.chance is None or not asserts or worth >= _TOLD),
    )
    laboratory = {atom.animals: atom.laboratory for atom in (*given.atoms, *given.trials.atoms)}
    again = laboratories_left_out(told, off, {paper: laboratory[paper] for paper in papers}, given)
    if again is None:
        return grounds, None
    own, _ = head.weighted(again[1])
    stands = survives(head.draws, asserts, least, own, again[0].by_paper)
    return grounds, grounds._replace(difference=again[0], survives=stands)


def _back_doors(one: Proposition, direct: list[str], given: Sources) -> tuple[bool, tuple[str, ...]]:
    """Whether the gains without a proposition's direct papers can be told, and which papers narrow them then."""
    keys = [f"model:{gain}" for gain in (*one.gains, *one.set_to)]
    places = [given.keys.index(key) for key in keys if key in given.keys]
    if not places or not given.told:
        return True, ()
    told = {name: values[: given.whole] for name, values in given.told.items()}
    out, bounded = [name for name in direct if name in told], bounded_papers(given.atoms)
    return back_doors(given.scores[: given.whole, places], told, out, all(bounded[name] for name in out))


def _savage_dickey(one: Proposition, given: Sources) -> SavageDickey | None:
    """Of gains whose prior is symmetric about 0; None where one is not."""
    uncertain = read_registry().uncertain()
    keys = [f"model:{gain}" for gain in one.gains]
    if not keys or any(key not in given.keys or uncertain[key].range[0] >= 0 for key in keys):
        return None
    places = [given.keys.index(key) for key in keys]
    return SavageDickey(**savage_dickey(given.scores[: given.whole, places]))
