"""What the papers on CGRP cannot all be, as findings and as a table (`compendium.claims.cannot_all_be`)."""

import math
from collections.abc import Mapping, Sequence

from compendium.claims.cannot_all_be import (
    PROPOSITIONS,
    SIDE,
    TOGETHER,
    Fit,
    Own,
    all_together,
    camps,
    is_of,
    own_deviations,
    papers_asked,
)
from compendium.claims.finding_words import digits
from compendium.claims.findings import Finding, Word, word_of
from niche.evidence.papers import read_papers
from niche.propositions.reading import read_propositions

TOPIC = "Can the papers on CGRP all be right?"
_RESTS = (
    "that papers differ as those of their kind of study do, and that a direction was misread one time in twenty; doses "
    "and days of most papers were not printed in their abstracts"
)
_SAYS = {
    "10a": "CGRP raises bone formation",
    "10b": "CGRP lowers resorption",
    "17a": "blocking CGRP slows tumours",
}
# What the factor of two camps says of the statement that they contradict each other.
_OF_CAMPS: Mapping[str, Word] = {
    "contradict": "stands",
    "do not contradict": "does not stand",
    "open": "open",
    "not computed well enough": "not computed well enough",
}


def findings(fit: Fit) -> list[Finding]:
    """Camps of each statement, the paper that is most of an exception, and all of them together."""
    own = own_of_statements(fit)
    return [*_camps(fit), _exception(fit, own), _together(fit)]


def _camps(fit: Fit) -> list[Finding]:
    found = []
    for name, stands in papers_asked().items():
        both = camps(fit, stands)
        if both is None:
            continue
        yes, no, told = both
        ends = [digits(math.exp(told.log + z * told.error)) for z in (0.0, -1.645, 1.645)]
        found.append(
            Finding(
                id=f"camps-{name}",
                topic=TOPIC,
                statement=f"{_many(len(yes))} by which {_SAYS[name]}, and {_many(len(no)).lower()} by which it does "
                "not, contradict each other: either makes the other three times less probable, or more.",
                number="factor on the probability of one camp by the other (with its Monte Carlo error)",
                median=ends[0],
                low=ends[1],
                high=ends[2],
                probability=None,
                before=None,
                word=_OF_CAMPS[told.word] if fit.computed else "not computed well enough",
                draws=len(fit.effects),
                refuted_by="One experiment that repeats a paper of each camp side by side, dose by dose, and gets one "
                "answer from both.",
                rests_on=_RESTS,
            )
        )
    return found


def _many(count: int) -> str:
    return "One paper" if count == 1 else f"{count} papers"


def _exception(fit: Fit, own: Sequence[Own]) -> Finding:
    most = max(own, key=lambda one: max(one.above, 1 - one.above))
    share = max(most.above, 1 - most.above)
    low, middle, high = (digits(math.exp(most.mean + z * most.sd)) for z in (-1.645, 0.0, 1.645))
    return Finding(
        id="exception",
        topic=TOPIC,
        statement=f"At least one of these {len({one.paper for one in own})} papers has to be an exception, with "
        f"animals or cells that answer otherwise than all others. Most of one is {author(most.paper)}.",
        number="what its own answers are times those of the model",
        median=middle,
        low=low,
        high=high,
        probability=digits(share),
        before=None,
        word=word_of(share, None, computed=fit.computed),
        draws=len(fit.effects),
        refuted_by="The experiment of that paper, done again elsewhere with the same result and a printed dose.",
        rests_on=_RESTS,
    )


def _together(fit: Fit) -> Finding:
    p = digits(all_together(fit))
    word: Word = "stands" if p <= TOGETHER else "does not stand"
    return Finding(
        id="together",
        topic=TOPIC,
        statement="Taken together the papers on CGRP cannot all be right: no set of parameters gives what they print.",
        number="probability of outcomes as far from their predictions, each paper predicted without itself",
        median=p,
        low=p,
        high=p,
        probability=None,
        before=None,
        word=word if fit.computed else "not computed well enough",
        draws=len(fit.effects),
        refuted_by=f"That probability above {TOGETHER} in a fit that has more of these papers with their doses.",
        rests_on=_RESTS,
    )


def own_of_statements(fit: Fit) -> list[Own]:
    """What papers have of their own in the families of read-outs that the statements are about."""
    asked = {row for name in PROPOSITIONS for row in read_propositions()[name].evidence}
    wanted = {(atom.animals, atom.family) for atom in fit.atoms if is_of(atom, asked)}
    return [one for one in own_deviations(fit.atoms, fit.effects, fit.spreads) if (one.paper, one.family) in wanted]


def author(paper: str) -> str:
    """A paper as it is cited in running text: "Park 2024"; its file's name in words where authors are not known."""
    said = read_papers()[paper]
    if not said.authors:
        return paper.replace("-", " ")
    name = said.authors[0].split(",")[0].split()[-1]
    return f"{name} {said.year}" if said.year else name


def exceptions_table(fit: Fit) -> list[dict[str, object]]:
    """A row for each paper and family of read-outs: who, what it says, what it has of its own (median, 5 and 95 %)."""
    stands = papers_asked()
    rows = []
    for one in own_of_statements(fit):
        said = [f"{_short(stands[name][one.paper])} {name}" for name in PROPOSITIONS if one.paper in stands[name]]
        low, middle, high = (math.exp(one.mean + z * one.sd) for z in (-1.645, 0.0, 1.645))
        share = max(one.above, 1 - one.above)
        rows.append(
            {
                "paper": author(one.paper),
                "read-out": one.family,
                "says": "; ".join(_words(part) for part in said),
                "5 %": low,
                "50 %": middle,
                "95 %": high,
                "P of a side": share,
                "exception": share >= SIDE,
            }
        )
    return sorted(rows, key=lambda row: float(str(row["50 %"])))


def _short(stand: str) -> str:
    return {"for": "yes", "against": "the reverse"}.get(stand, stand)


def _words(part: str) -> str:
    stand, _, name = part.rpartition(" ")
    return f"{_SAYS[name]}: {stand}"
