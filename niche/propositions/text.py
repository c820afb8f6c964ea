"""The first answer in words: a sentence, a table of all propositions, the papers of one, and JSON."""

import math
from collections.abc import Sequence
from typing import Any

from niche.evidence.papers import read_papers
from niche.propositions.answer import Answer, Pooled
from niche.propositions.pool import Pool
from niche.propositions.votes import STANDS
from niche.text import aligned

_SIGNS = {"up": "↑", "down": "↓", "none": "="}
_WIDE = 52
_ANYTHING = 1000  # times: a prediction interval of three papers that says nothing


def sentence(answer: Answer) -> str:
    """The answer in one plain sentence."""
    statement = answer.proposition.statement.strip().rstrip(".")
    if answer.word == "none":
        return f"{statement}: no paper that was read speaks to it."
    told = [f"{_counted(answer)} {_among(answer)}", *map(_pooled, answer.pools[:1])]
    graded = f"certainty {answer.certainty.level}"
    return f"{statement}: {', '.join(told)}; {answer.word}, {graded}."


def table(answers: Sequence[Answer]) -> str:
    """Every answer in a line, for a terminal."""
    head = ["", "statement", "papers", "labs", "for", "against", "no effect", "mixed", "P", "certainty", "answer"]
    lines = [head]
    for one in answers:
        said = " ".join(one.proposition.statement.split())
        p = "–" if one.p is None else f"{one.p:.2g}"
        lines.append(
            [
                one.name,
                said if len(said) <= _WIDE else f"{said[: _WIDE - 1]}…",
                *map(str, (len(one.votes.votes), len(one.laboratories), *one.stands.values())),
                p,
                one.certainty.level or "–",
                answered(one),
            ]
        )
    return aligned(lines, right=range(2, 9), rule=True)


def answered(answer: Answer) -> str:
    """The word with the side that it is on."""
    return f"{answer.word}, {answer.side}" if answer.side and answer.word == "consistent" else answer.word


def details(answer: Answer) -> str:
    """All that an answer is made of: its papers, pools and steps of certainty."""
    numbers = [f"Pool ({_of(one)}, {one.pool.k} papers): {_in_full(one.pool)}." for one in answer.pools]
    if answer.p is not None:
        pro, con = answer.stands["for"], answer.stands["against"]
        numbers.insert(0, f"Sign test: {pro} for, {con} against, P = {answer.p:.2g}.")
    graded = answer.certainty
    steps = [f"Certainty: {graded.level}.", f"  starts {graded.start}: {graded.start_because}"] if graded.level else []
    steps += [f"  {one.domain} {-one.cost}: {one.reason}" for one in graded.steps]
    whys: dict[str, list[str]] = {}
    for row, why in answer.votes.unread.items():
        whys.setdefault(why, []).append(row)
    left = [f"Not told which way: {', '.join(rows)} ({why})." for why, rows in whys.items()]
    if answer.votes.silent:
        left.append(f"Silent, since the trials that they pool speak: {', '.join(answer.votes.silent)}.")
    if answer.unheard:
        left.append(f"Papers that name it, of which no measurement speaks: {', '.join(answer.unheard)}.")
    blocks = [
        [f"{answer.name}  {sentence(answer)}"],
        [_papers(answer)] if answer.votes.votes else [],
        numbers,
        steps,
        left,
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def as_json(answer: Answer) -> dict[str, Any]:
    """An answer as plain mappings and lists."""
    one, graded = answer.proposition, answer.certainty
    return {
        "proposition": answer.name,
        "claim": one.claim,
        "statement": one.statement,
        "asserts": one.asserts,
        "word": answer.word,
        "side": answer.side,
        "sentence": sentence(answer),
        "papers": list(answer.papers),
        "laboratories": list(answer.laboratories),
        "species": list(answer.species),
        "stands": dict(answer.stands),
        "arrows": dict(answer.arrows),
        "sign test": answer.p,
        "pools": [_pool_as_json(pooled) for pooled in answer.pools],
        "certainty": {
            "level": graded.level,
            "start": graded.start,
            "because": graded.start_because,
            "steps": [step._asdict() for step in graded.steps],
        },
        "votes": [
            {
                "papers": list(vote.papers),
                "stand": vote.stand,
                "arrow": vote.arrow,
                "measurements": {one.id: {"saw": one.seen.way, "stand": one.stand} for one in vote.spoken},
            }
            for vote in answer.votes.votes
        ],
        "silent": list(answer.votes.silent),
        "not told": dict(answer.votes.unread),
        "no measurement": list(answer.unheard),
    }


def _counted(answer: Answer) -> str:
    pro, con, nothing, mixed = (answer.stands[name] for name in STANDS)
    n, other = len(answer.votes.votes), "the opposite" if answer.proposition.directed else "otherwise"
    if n == 1:
        many = len(answer.papers)
        who = "one paper" if many == 1 else f"{many} papers on the same subjects"
        s = "s" * (many == 1)
        if nothing or mixed:
            return f"{who} saw {'no effect' if nothing else 'both'}"
        return f"{who} say{s} {'so' if pro else other}"
    parts = [f"{pro} of {n} papers say{'s' * (pro == 1)} so"]
    parts += [f"{con} say{'s' * (con == 1)} {other}"] if con else []
    parts += [f"{nothing} saw no effect"] if nothing else []
    parts += [f"{mixed} saw both"] if mixed else []
    return ", ".join(parts)


def _among(answer: Answer) -> str:
    n = len(answer.laboratories)
    kinds = f"; {', '.join(answer.species)}" if answer.species else ""
    return f"({n} {'laboratory' if n == 1 else 'laboratories'}{kinds})"


def _pooled(one: Pooled) -> str:
    low, mean, high = (math.exp(x) for x in (one.pool.low, one.pool.mean, one.pool.high))
    return f"together {mean:.3g} times ({low:.3g} to {high:.3g}) in {_of(one)} of {one.pool.k} papers"


def _of(one: Pooled) -> str:
    return f"{one.family}, ratios of risks" if one.risk else one.family


def _in_full(one: Pool) -> str:
    mean, low, high, least, most = (math.exp(x) for x in (one.mean, one.low, one.high, one.least, one.most))
    to_come = f"{least:.3g} to {most:.3g}" if most < _ANYTHING * least else "unknown"
    return (
        f"ratio {mean:.3g}, 95 % interval {low:.3g} to {high:.3g}, of a paper to come {to_come}, "
        f"tau {math.sqrt(one.tau2):.2g}, I2 {100 * one.i2:.0f} %"
    )


def _papers(answer: Answer) -> str:
    lines = [["", "paper", "laboratory", "species", "measurements"]]
    for vote in answer.votes.votes:
        first = read_papers()[vote.papers[0]]
        said = " ".join(f"{one.id}{_SIGNS[one.seen.way]}" for one in vote.spoken)
        lines.append([vote.stand, " + ".join(vote.papers), first.laboratory, first.host.species, said])
    return aligned(lines, rule=True)


def _pool_as_json(one: Pooled) -> dict[str, Any]:
    """Logarithms as ratios; the variance stays one of logarithms."""
    numbers = one.pool
    ratios = {name: math.exp(getattr(numbers, name)) for name in ("mean", "low", "high", "least", "most")}
    return {
        "family": one.family,
        "ratio of risks": one.risk,
        "papers": list(one.papers),
        "k": numbers.k,
        "ratio": ratios["mean"],
        "interval": [ratios["low"], ratios["high"]],
        "prediction interval": [ratios["least"], ratios["most"]],
        "tau2": numbers.tau2,
        "I2": numbers.i2,
        "Q": numbers.q,
    }
