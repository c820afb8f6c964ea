"""How certain the answer of the papers is, in GRADE's words, each step down with its reason."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from niche.atoms.errors import numbers_known, numbers_of
from niche.evidence.paper_records import Judgement, Paper

LEVELS = ("very low", "low", "moderate", "high")
SMALL = 100  # subjects that are compared; a study of fewer is small
FEW = 10  # papers below which no look at a funnel tells whether papers are missing
HETEROGENEOUS = 0.5  # of I2
EXPERIMENTS = ("culture", "healthy rodent", "rodent with tumour", "randomised trial")
OBSERVED = ("cohort", "people")
# Kinds of indirectness that are about how far the paper was read: risk of bias has them already.
_READING = ("read in an abstract", "read on a page that is not the paper")


class Judged(NamedTuple):
    """One vote as it is graded.

    Attributes
    ----------
    arrow
        "up", "down", "none" or "mixed"
    kinds
        classes of its papers
    bias
        "low", "high" or "unclear": the worst judgement of any domain
    indirect
        what it differs in from what the statement is about
    subjects
        in the largest comparison that speaks; None where no paper says
    """

    arrow: str
    kinds: tuple[str, ...]
    bias: Judgement
    indirect: tuple[str, ...]
    subjects: int | None


class Body(NamedTuple):
    """All that the papers say of one statement.

    Attributes
    ----------
    stands
        papers for it, against it, of no effect and mixed
    conflicting
        whether papers disagree (`niche.propositions.words.word`)
    i2
        of the pool with the most papers; None without one
    precise, precise_because
        whether chance is excluded, and by what
    """

    votes: tuple[Judged, ...]
    stands: Mapping[str, int]
    conflicting: bool
    i2: float | None
    precise: bool
    precise_because: str


class Step(NamedTuple):
    """One of GRADE's five domains: how many levels it costs, and why."""

    domain: str
    cost: int
    reason: str


class Certainty(NamedTuple):
    """A level in words ("" where nothing speaks), where it began and why, and the five steps."""

    level: str
    start: str
    start_because: str
    steps: tuple[Step, ...]


def certainty(body: Body) -> Certainty:
    """GRADE's certainty of what the papers say (Guyatt et al. 2008, doi:10.1136/bmj.39489.470347.AD; for animal
    experiments Hooijmans et al. 2018, doi:10.1371/journal.pone.0187271).

    Experiments (randomised trials, animals, cultures) start high, cohorts and other people who were only looked at
    low; a body starts high where it has more experiments than such papers, and reviews decide nothing. Then five
    domains, each costing none, one or two levels, never below very low. Nothing raises it: for large effects, doses and
    confounding GRADE leaves that to judgement.
    """
    if not body.votes:
        return Certainty("", "", "no paper speaks", ())
    start, because = _start(body.votes)
    steps = (_bias(body), _indirectness(body), _inconsistency(body), _imprecision(body), _publication(body))
    level = max(0, LEVELS.index(start) - sum(step.cost for step in steps))
    return Certainty(LEVELS[level], start, because, steps)


def risk_of_bias(papers: Sequence[Paper]) -> Judgement:
    """The worst judgement of any domain of a paper, and of several on the same animals that of half of them or more;
    what nobody judged is unclear."""
    said = [_worst(paper.risk_of_bias.values()) for paper in papers]
    high, unclear = said.count("high"), said.count("unclear")
    return "high" if 2 * high >= len(said) else "unclear" if 2 * (high + unclear) >= len(said) else "low"


def _worst(said: Collection[Judgement]) -> Judgement:
    return "high" if "high" in said else "low" if said and "unclear" not in said else "unclear"


def indirectness(papers: Sequence[Paper], costs: Sequence[str]) -> tuple[str, ...]:
    """What a vote's papers differ in: the costs of their atoms but for how far they were read, and cells for a body."""
    found = [cost for cost in costs if cost not in _READING]
    found += ["culture"] if any(paper.kind == "culture" for paper in papers) else []
    return tuple(dict.fromkeys(found))


def subjects(papers: Sequence[Paper], rows: Collection[str]) -> int | None:
    """How many were compared in the largest of some measurements of these papers; None where none says it."""
    known = []
    for paper in papers:
        for one in paper.measurements:
            arms = tuple(paper.arms[arm].n for arm in one.contrast)
            if one.id in rows and numbers_known(one, arms):
                known.append(sum(numbers_of(one, arms)))
    return max(known, default=None)


def _start(votes: Sequence[Judged]) -> tuple[str, str]:
    experiments = sum(any(kind in EXPERIMENTS for kind in vote.kinds) for vote in votes)
    looked = sum(not any(kind in EXPERIMENTS for kind in vote.kinds) and _observes(vote) for vote in votes)
    if experiments > looked:
        return "high", f"{experiments} of {len(votes)} are experiments, where chance or the experimenter gave the arms"
    if not looked:
        return "low", "only reviews speak"
    return "low", f"{looked} of {len(votes)} looked at people whose treatment was chosen for them"


def _observes(vote: Judged) -> bool:
    return any(kind in OBSERVED for kind in vote.kinds)


def _bias(body: Body) -> Step:
    """High risk in more than half of the papers costs two levels, high or unclear risk in more than half costs one."""
    n, said = len(body.votes), [vote.bias for vote in body.votes]
    high, unclear = said.count("high"), said.count("unclear")
    cost = 2 if 2 * high > n else 1 if 2 * (high + unclear) > n else 0
    return Step("risk of bias", cost, f"high in {high} of {n}, unclear in {unclear} (what an abstract does not say)")


def _indirectness(body: Body) -> Step:
    """More than half of the papers of another species, bone, site, or in culture cost one level."""
    n, far = len(body.votes), [vote for vote in body.votes if vote.indirect]
    kinds = dict.fromkeys(kind for vote in far for kind in vote.indirect)
    told = (
        f"{len(far)} of {n} differ in {', '.join(kinds)}"
        if far
        else f"none of {n} differs, as far as the model is asked"
    )
    return Step("indirectness", int(2 * len(far) > n), told)


def _inconsistency(body: Body) -> Step:
    """Papers that disagree, or an I2 above one half, cost one level; two papers or more that are a third of those with
    a side cost two."""
    pro, con = body.stands["for"], body.stands["against"]
    less, more = sorted((pro, con))
    i2 = "" if body.i2 is None else f", I2 {100 * body.i2:.0f} %"
    told = f"{pro} for, {con} against, {len(body.votes) - less - more} neither{i2}"
    if less >= 2 and 3 * less >= less + more:
        return Step("inconsistency", 2, told)
    return Step("inconsistency", int(body.conflicting or (body.i2 or 0.0) > HETEROGENEOUS), told)


def _imprecision(body: Body) -> Step:
    """One small paper costs two levels; a large one, two papers, or a result that chance may have given cost one."""
    n = len(body.votes)
    if n == 1:
        small = _small(body.votes[0])
        return Step("imprecision", 1 + small, f"one paper, {'fewer' if small else 'not fewer'} than {SMALL} subjects")
    if n == 2:
        return Step("imprecision", 1, "two papers")
    return Step("imprecision", int(not body.precise), body.precise_because)


def _publication(body: Body) -> Step:
    """From two to nine small studies that all went one way are what is left where the others were not published."""
    n = len(body.votes)
    ways = {vote.arrow for vote in body.votes}
    small = all(_small(vote) for vote in body.votes)
    one_way = len(ways) == 1 and ways <= {"up", "down"}
    if 1 < n < FEW and small and one_way:
        return Step("publication bias", 1, f"suspected: {n} small studies, all one way")
    if n < FEW or one_way:
        return Step("publication bias", 0, f"unclear: {n} paper{'s' * (n > 1)}, too few or too alike to tell")
    return Step("publication bias", 0, f"not suspected: {n} papers, and not all one way")


def _small(vote: Judged) -> bool:
    """Animals and cultures are few where no number is given; people are not taken to be."""
    if vote.subjects is None:
        return not {"randomised trial", *OBSERVED} & set(vote.kinds)
    return vote.subjects < SMALL
