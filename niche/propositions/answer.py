"""The first answer of a proposition: what the papers say, without any model."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from niche.atoms.build import atoms_of
from niche.evidence.papers import read_papers
from niche.propositions.grade import Body, Certainty, Judged, certainty, indirectness, risk_of_bias, subjects
from niche.propositions.heads import measured_in
from niche.propositions.pool import FEWEST, Pool, pool, sign_test
from niche.propositions.reading import proposition, read_propositions
from niche.propositions.records import Proposition
from niche.propositions.votes import ARROWS, STANDS, Spoken, Vote, Votes, species, votes
from niche.propositions.words import side, word


class Pooled(NamedTuple):
    """A pool with what is in it: a family of read-outs, ratios of risks or of amounts, and the papers."""

    family: str
    risk: bool
    papers: tuple[str, ...]
    pool: Pool


class Answer(NamedTuple):
    """What the papers say of a proposition.

    Attributes
    ----------
    word
        one of `niche.propositions.words.WORDS`
    side
        of most papers: "for", "against", "no effect", or "" where none has more than half
    stands, arrows
        papers for it, against it, of no effect and mixed; and by how the head would move
    p
        of the exact two-sided sign test, papers as units; None where no effect is asserted or no paper has a side
    unheard
        papers that name the proposition and have no measurement among its evidence
    """

    name: str
    proposition: Proposition
    votes: Votes
    word: str
    side: str
    stands: Mapping[str, int]
    arrows: Mapping[str, int]
    laboratories: tuple[str, ...]
    species: tuple[str, ...]
    p: float | None
    pools: tuple[Pooled, ...]
    certainty: Certainty
    unheard: tuple[str, ...]

    @property
    def papers(self) -> tuple[str, ...]:
        """Every paper that votes."""
        return tuple(key for vote in self.votes.votes for key in vote.papers)


def evidence_answer(name: str) -> Answer:
    """The answer of the papers to one proposition. Raises `NicheError` with the nearest name."""
    return answer_of(name, proposition(name))


def evidence_answers() -> list[Answer]:
    """Of every proposition of params/propositions."""
    return [answer_of(name, one) for name, one in read_propositions().items()]


def answer_of(name: str, one: Proposition) -> Answer:
    """The answer to a proposition that may stand in no file."""
    cast, papers = votes(one), read_papers()
    stands = _counted(STANDS, [vote.stand for vote in cast.votes])
    heard = [key for vote in cast.votes for key in vote.papers]
    listed = {*heard, *cast.silent, *(measured_in()[row] for row in cast.unread)}
    pools = pools_of(cast.votes)
    p = sign_test(stands["for"], stands["against"]) if one.directed else None
    return Answer(
        name=name,
        proposition=one,
        votes=cast,
        word=word(stands),
        side=side(stands),
        stands=stands,
        arrows=_counted(ARROWS, [vote.arrow for vote in cast.votes]),
        laboratories=tuple(dict.fromkeys(papers[key].laboratory for key in heard)),
        species=species(heard),
        p=p,
        pools=pools,
        certainty=certainty(_body(one, cast.votes, stands, pools, p)),
        unheard=tuple(key for key, paper in papers.items() if name in paper.propositions and key not in listed),
    )


def _counted(names: Sequence[str], said: Sequence[str]) -> Mapping[str, int]:
    return {name: said.count(name) for name in names}


def pools_of(cast: Sequence[Vote]) -> tuple[Pooled, ...]:
    """A pool for each family of read-outs and kind of ratio that three votes have numbers of, the largest first.

    A vote counts once: the mean of its numbers, with the mean of their errors, as if they erred together (Borenstein
    et al. 2009, chapter 24, correlation 1), since they are of the same animals.
    """
    numbers: dict[tuple[str, bool], dict[tuple[str, ...], list[Spoken]]] = {}
    for vote in cast:
        for said in vote.spoken:
            if said.y is not None:
                numbers.setdefault((said.family, said.seen.risk), {}).setdefault(vote.papers, []).append(said)
    found = []
    for (family, risk), by in numbers.items():
        if len(by) >= FEWEST:
            y = [_mean([said.y for said in group]) for group in by.values()]
            s = [_mean([said.seen.error for said in group]) for group in by.values()]
            found.append(Pooled(family, risk, tuple(key for keys in by for key in keys), pool(y, s)))
    return tuple(sorted(found, key=lambda one: -one.pool.k))


def _mean(values: Sequence[float | None]) -> float:
    return math.fsum(value for value in values if value is not None) / len(values)


@cache
def _costs(paper: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for atom in atoms_of(paper):
        found.setdefault(atom.name.partition(".")[0], atom.costs)
    return found


def _body(
    one: Proposition, cast: Sequence[Vote], stands: Mapping[str, int], pools: Sequence[Pooled], p: float | None
) -> Body:
    largest = pools[0].pool if pools else None
    told, because = precise(one, len(cast), largest, p)
    i2 = None if largest is None else largest.i2
    judged = tuple(_judged(vote) for vote in cast)
    return Body(judged, stands, word(stands) == "conflicting", i2, told, because)


def _judged(vote: Vote) -> Judged:
    papers = [read_papers()[key] for key in vote.papers]
    costs = [cost for said in vote.spoken for cost in _costs(said.paper).get(said.id, ())]
    rows = {said.id for said in vote.spoken}
    kinds = tuple(paper.kind for paper in papers)
    return Judged(vote.arrow, kinds, risk_of_bias(papers), indirectness(papers, costs), subjects(papers, rows))


def precise(one: Proposition, papers: int, largest: Pool | None, p: float | None) -> tuple[bool, str]:
    """Whether chance is excluded: by the pool where at least half of the papers are in it, else by the sign test."""
    if largest is not None and 2 * largest.k >= papers:
        low, high = math.exp(largest.low), math.exp(largest.high)
        told = f"the pool of {largest.k} papers runs from {low:.3g} to {high:.3g}"
        if one.directed:
            return low > 1 or high < 1, told
        least = one.least
        above = high < least or one.asserts == "none or up"
        below = low > 1 / least or one.asserts == "none or down"
        return above and below, f"{told}, where {1 / least:.3g} to {least:.3g} is no relevant effect"
    if p is None:
        return False, "no pool says how large an effect may still be" if not one.directed else "no paper took a side"
    return p <= 0.05, f"the sign test has P = {p:.2g}"
