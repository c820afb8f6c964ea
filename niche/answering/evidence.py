"""The first answer as a record: what `niche.propositions` found, flat and by name."""

import math

from niche.answering.evidence_record import CertaintyAnswer, EvidenceAnswer, PoolAnswer, Stands, StepAnswer, VoteAnswer
from niche.evidence.papers import read_papers
from niche.propositions.answer import Answer, Pooled
from niche.propositions.votes import Vote


def evidence_of(answer: Answer) -> EvidenceAnswer:
    """The answer of the papers to one proposition (`niche.propositions.answer.evidence_answer`)."""
    pools = [_pool(one) for one in answer.pools]
    graded = answer.certainty
    return EvidenceAnswer(
        word=answer.word,  # type: ignore[arg-type]  # one of WORDS
        side=answer.side,  # type: ignore[arg-type]  # one of SIDES, or ""
        papers=len(answer.papers),
        labs=len(answer.laboratories),
        species=answer.species,
        up=answer.arrows["up"],
        down=answer.arrows["down"],
        stands=Stands(
            pro=answer.stands["for"],
            against=answer.stands["against"],
            no_effect=answer.stands["no effect"],
            mixed=answer.stands["mixed"],
        ),
        sign_test=answer.p,
        pool=pools[0] if pools else None,
        certainty=CertaintyAnswer(
            level=graded.level,
            start=graded.start,
            because=graded.start_because,
            steps=tuple(StepAnswer(step.domain, step.cost, step.reason) for step in graded.steps),
        ),
        votes=tuple(map(_vote, answer.votes.votes)),
        other_pools=tuple(pools[1:]),
    )


def _pool(one: Pooled) -> PoolAnswer:
    mean, low, high, least, most = (
        math.exp(x) for x in (one.pool.mean, one.pool.low, one.pool.high, one.pool.least, one.pool.most)
    )
    return PoolAnswer(one.family, one.risk, one.pool.k, mean, low, high, least, most, one.pool.tau2, one.pool.i2)


def _vote(vote: Vote) -> VoteAnswer:
    first = read_papers()[vote.papers[0]]
    return VoteAnswer(
        papers=vote.papers,
        laboratory=first.laboratory,
        species=first.host.species,
        stand=vote.stand,
        arrow=vote.arrow,
        saw={one.id: one.seen.way for one in vote.spoken},
    )
