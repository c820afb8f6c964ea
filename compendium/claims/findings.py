"""What follows from the fit beyond the claims of the literature: findings, and the rule by which each gets its word.

The rule, and what each finding states, were written before any draw of the fit of all papers was looked at. Three
things came after a look at chains that had not converged: *measured otherwise* (2), that camps of papers have no word
below 200 draws' worth, and statements reworded to stand alone. The first two can only withhold a word.

A finding is a sentence that each set of parameters makes true or false. P is the share of the draws of the fit in which
it is true, P0 that of draws of the priors, before any paper has spoken. In this order:

1. *not computed well enough*: the fit misses its bars, or more than 2 % of its draws have no outcome.
2. *measured otherwise*: a trial that is no part of the fit published the number itself, and its 95 % interval has
   nothing in common with the 90 % interval of the draws. There the model is wrong, and the statement is not answered.
3. *built in*: P and P0 are both at least 0.95, or both at most 0.05. Whatever the papers said, it could hardly have
   come out otherwise: it says something of how the model is made, and nothing of bone.
4. *stands*: P is at least 0.975, the bar of a supported proposition (docs/verdicts.md). With 400 independent draws that
   is two standard errors above 0.95.
5. *does not stand*: P is at most 0.025, so that its contrary stands.
6. *likely* from 0.9 on, *unlikely* up to 0.1, by the bar of weak support.
7. *open*: all else.

A statement about size holds the least effect that matters: a ratio of 1.2, or 0.9 of a hazard ratio and its inverse, as
for propositions. What the model is conditional on (its structure, numbers that are assumed and not fitted) no word
tells: it stands beside each finding, with the outcome that would refute it.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from msgspec import Meta

from compendium.claims.finding_words import digits, percent, plain
from compendium.claims.papers_beside import published, said_by_papers
from niche.errors import NicheError
from niche.params.schema import Record, Share, Text

if TYPE_CHECKING:
    import pandas as pd

RELEVANT = math.log(1.2)  # the least effect that matters, a ratio
HAZARD = -math.log(0.9)  # of a ratio of hazards
STANDS, LIKELY, BUILT_IN = 0.975, 0.9, 0.95
LOST = 0.02
TAILS = (0.05, 0.5, 0.95)
Word = Literal[
    "stands",
    "likely",
    "open",
    "unlikely",
    "does not stand",
    "built in",
    "measured otherwise",
    "not computed well enough",
]
WORDS: tuple[Word, ...] = (
    "stands",
    "likely",
    "open",
    "unlikely",
    "does not stand",
    "built in",
    "measured otherwise",
    "not computed well enough",
)


class Finding(Record):
    """One finding.

    Attributes
    ----------
    id, topic
        a short name, and the question that it belongs to
    statement
        a sentence that a biologist would say, which is true or false in each draw
    number
        what `median`, `low` and `high` (5 and 95 %) are of, with its unit
    probability, before
        P by the fit, and P0 by the priors; None where no draw of the priors can be asked
    draws
        of the fit
    refuted_by
        the outcome that would refute it
    rests_on
        what it hangs on that was not fitted
    papers
        what papers say of it without any model, where some do
    """

    id: Text
    topic: Text
    statement: Text
    number: Text
    median: float | None
    low: float | None
    high: float | None
    probability: Share | None
    before: Share | None
    word: Annotated[str, Meta(description="a word of the rule", extra_json_schema={"enum": list(WORDS)})]
    draws: Annotated[int, Meta(ge=0)]
    refuted_by: Text
    rests_on: str = ""
    papers: str = ""

    def __post_init__(self) -> None:
        """The word is one of the rule."""
        if self.word not in WORDS:
            raise ValueError(f"{self.id}: {self.word!r} is no word of a finding: {', '.join(WORDS)}")

    @property
    def interval(self) -> str:
        """Median with its 90 % interval, in words; "not computed" where there is none."""
        if self.median is None or self.low is None or self.high is None:
            return "not computed"
        return f"{plain(self.median)} ({plain(self.low)} to {plain(self.high)})"


def word_of(
    probability: float, before: float | None, *, lost: float = 0.0, computed: bool = True, missed: bool = False
) -> Word:
    """The word of a finding, by the rule of this module.

    Parameters
    ----------
    probability, before
        P and P0; before is None where no draw of the priors can be asked
    lost
        share of the draws without an outcome
    computed
        whether the fit meets its bars
    missed
        whether a trial published the number itself, and the draws have nothing in common with its interval

    Raises
    ------
    NicheError
        for what is no probability
    """
    if not computed or lost > LOST:
        return "not computed well enough"
    for what, share in (("P", probability), ("P0", 0.5 if before is None else before)):
        if not 0 <= share <= 1:
            raise NicheError(f"{what} of a finding is a probability, got {share!r}")
    if missed:
        return "measured otherwise"
    if before is not None and (
        min(probability, before) >= BUILT_IN or max(probability, before) <= round(1 - BUILT_IN, 9)
    ):
        return "built in"
    sides: tuple[tuple[bool, Word], ...] = (
        (probability >= STANDS, "stands"),
        (probability <= round(1 - STANDS, 9), "does not stand"),
        (probability >= LIKELY, "likely"),
        (probability <= round(1 - LIKELY, 9), "unlikely"),
    )
    return next((word for yes, word in sides if yes), "open")


class Asked(Record):
    """A statement before it is put to the draws: its words.

    The other attributes are as of `Finding`.

    Attributes
    ----------
    proposition
        of params/propositions, whose papers speak to it
    published
        a row of params/evidence that is no part of the fit and printed the number itself, a ratio
    """

    id: Text
    topic: Text
    statement: Text
    number: Text
    refuted_by: Text
    rests_on: str = ""
    proposition: str = ""
    published: str = ""


def finding(
    asked: Asked,
    values: np.ndarray,
    holds: Callable[[np.ndarray], np.ndarray],
    *,
    prior: np.ndarray | None = None,
    shown: Callable[[np.ndarray], np.ndarray] = np.asarray,
    computed: bool = True,
) -> Finding:
    """What the draws say of a statement.

    Parameters
    ----------
    values, prior
        what the statement is about in each draw of the fit and of the priors, (draws,) or (draws, several); a draw with
        a number that is not finite has no outcome
    holds
        whether the statement is true, of such an array, (draws,)
    shown
        the number that is printed, of such an array, (draws,)
    computed
        whether the fit meets its bars
    """
    fine, share = _share(values, holds)
    before = None if prior is None else _share(prior, holds)[1]
    before = None if before is None or math.isnan(before) else before
    ends = np.quantile(shown(fine), TAILS) if len(fine) else [None] * 3
    low, median, high = (None if one is None else digits(float(one)) for one in ends)
    printed = published(asked.published) if asked.published else None
    missed = printed is not None and low is not None and high is not None and (low > printed[2] or high < printed[1])
    return Finding(
        id=asked.id,
        topic=asked.topic,
        statement=asked.statement,
        number=asked.number,
        median=median,
        low=low,
        high=high,
        probability=None if math.isnan(share) else digits(share),
        before=None if before is None else digits(before),
        word=word_of(share, before, lost=1 - len(fine) / len(values), computed=computed, missed=missed),
        draws=len(fine),
        refuted_by=asked.refuted_by,
        rests_on=asked.rests_on,
        papers=said_by_papers(asked.proposition, printed),
    )


def _share(values: np.ndarray, holds: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, float]:
    """The draws with an outcome, and the share of them in which the statement is true; NaN of none."""
    if np.ndim(values) < 1 or len(values) == 0:
        raise NicheError("a finding needs draws, and got none")
    flat = values.reshape(len(values), -1)
    fine = values[np.isfinite(flat).all(axis=1)]
    return fine, float(np.mean(holds(fine))) if len(fine) else math.nan


def findings_table(found: Sequence[Finding]) -> "pd.DataFrame":
    """Findings as a table for people: the word first."""
    import pandas as pd

    rows = [
        {
            "word": one.word,
            "finding": one.statement,
            "number": f"{one.number}: {one.interval}",
            "P": percent(one.probability),
            "before any paper": percent(one.before),
        }
        for one in found
    ]
    return pd.DataFrame(rows).set_index("word")
