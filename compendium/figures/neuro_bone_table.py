"""The neuro-bone axis as a table: each line of the drawing with the statement behind it and what is answered to it.

Boxes and lines are laid by hand in neuro_bone.yaml; what is answered comes from `niche.answers()`.
"""

import math
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from niche.answering.claims import answers
from niche.answering.records import NOT_YET, ClaimAnswer, PropositionAnswer
from niche.errors import NicheError, unknown
from niche.params.records import read_yaml
from niche.params.schema import Number, Positive, Record, Text, parse

if TYPE_CHECKING:
    import pandas as pd

FILE = Path(__file__).with_name("neuro_bone.yaml")
SIDES = ("left", "right", "top", "bottom")
# What a line may say of its target, in the order of the key.
SENSES = {"raises": "raises", "lowers": "lowers", "changes": "either way", "spares": "leaves as it is"}
# Of a line without a statement.
UNASKED = "no statement of its own"
# The word of a mechanism, or before any fit what the papers say, in the order of the key.
WORDS = (
    "supported",
    "weakly supported",
    "contested",
    "undetermined",
    "contradicted",
    "no relevant effect",
    "untested",
    "not computed well enough",
    NOT_YET,
)
PAPERS = ("papers agree", "one paper", "papers disagree", "papers say otherwise", "no paper")


class Box(Record):
    """A quantity, a cell or a drug: its words, and where it stands (mm)."""

    words: Text
    at: tuple[Number, Number]
    size: tuple[Positive, Positive]
    kind: Text


class Line(Record, rename={"source": "from", "target": "to"}):
    """A coupling between two boxes, and its way over the page."""

    source: Text
    leaves: Text
    target: Text
    reaches: Text
    raises: bool = False
    lowers: bool = False
    changes: bool = False
    spares: bool = False
    statement: str = ""
    also: tuple[Text, ...] = ()
    because: str = ""
    via: tuple[tuple[Number, Number], ...] = ()

    def __post_init__(self) -> None:
        """One sense; a statement, or a reason to be drawn without one."""
        if [self.raises, self.lowers, self.changes, self.spares].count(True) != 1:
            raise ValueError(f"a line says one of {', '.join(SENSES)}")
        if bool(self.statement) == bool(self.because):
            raise ValueError("a line has a statement, or because says why it is drawn without one")

    @property
    def sense(self) -> str:
        """A key of `SENSES`."""
        return next(sense for sense in SENSES if getattr(self, sense))


class Panel(Record):
    """Boxes and lines that stand together; size in mm."""

    about: Text
    size: tuple[Positive, Positive]
    boxes: dict[Text, Box]
    lines: tuple[Line, ...]


class Drawing(Record):
    """neuro_bone.yaml."""

    panels: dict[Text, Panel]
    not_drawn: dict[Text, Text]


@cache
def read_drawing(file: Path = FILE) -> Drawing:
    """The drawing as it was laid.

    Raises
    ------
    NicheError
        with file and key: an unknown box, side or key, a line of two senses
    """
    found = parse(Drawing, read_yaml(file), file.name)
    for name, panel in found.panels.items():
        for number, line in enumerate(panel.lines):
            where = f"{file.name}, panels, {name}, lines, {number}"
            for box in (line.source, line.target):
                if box not in panel.boxes:
                    raise NicheError(f"{where}: {unknown('box', box, panel.boxes)}")
            for port in (line.leaves, line.reaches):
                read_port(port, where)
    return found


def read_port(text: str, where: str) -> tuple[str, float]:
    """ "left 0.5" as side and share along it. Raises `NicheError` for anything else."""
    side, _, share = text.partition(" ")
    if side not in SIDES:
        raise NicheError(f"{where}: {unknown('side', side, SIDES)}")
    try:
        along = float(share)
    except ValueError:
        along = math.nan
    if not 0 <= along <= 1:
        raise NicheError(f"{where}: {text!r}: after the side stands a number from 0 to 1, such as 'left 0.5'")
    return side, along


def axis_table(told: Sequence[ClaimAnswer] | None = None, drawing: Drawing | None = None) -> "pd.DataFrame":
    """Each line of the drawing with its answer: what the figure is drawn from, and its CSV.

    Parameters
    ----------
    told
        answers of all claims; None: those of today

    Returns
    -------
    pandas.DataFrame
        panel, source, target, sense, statement, says (the statement in words), also, word (of the mechanism, or what
        the papers say while half of the mechanisms or more have no word; empty without a statement), papers (how many
        speak), direct ("yes", "no", ""), effect, low, high (ratio: median and 90 % of the contrast that stands for
        the statement; missing where it was not computed)
    """
    import pandas as pd

    from compendium.figures.saving import rounded

    by = {one.id: one for claim in (answers() if told is None else told) for one in claim.propositions}
    laid = drawing or read_drawing()
    asked = [by[line.statement].mechanism for p in laid.panels.values() for line in p.lines if line.statement in by]
    words = [one.word for one in asked if one.word != "untested"]
    computed = 2 * words.count(NOT_YET) < len(words)  # else most lines would be grey
    rows = [
        _row(name, line, by.get(line.statement), computed)
        for name, panel in laid.panels.items()
        for line in panel.lines
        if not line.statement or line.statement in by
    ]
    return rounded(pd.DataFrame(rows))


def _row(panel: str, line: Line, one: PropositionAnswer | None, computed: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "panel": panel,
        "source": line.source,
        "target": line.target,
        "sense": line.sense,
        "statement": line.statement,
        "says": one.statement if one else line.because,
        "also": " ".join(line.also),
        "word": "",
        "papers": 0,
        "direct": "",
        "effect": math.nan,
        "low": math.nan,
        "high": math.nan,
    }
    if one is None:
        return found
    direct = one.mechanism.papers if one.mechanism.papers is not None else one.evidence.papers
    found |= {
        "word": one.mechanism.word if computed else papers_word(one),
        "papers": one.evidence.stands.all,
        "direct": "yes" if direct and not one.mechanism.because else "no",
    }
    if whole := one.mechanism.effect:
        found |= {
            key: math.exp(getattr(whole, at)) for key, at in (("effect", "median"), ("low", "low"), ("high", "high"))
        }
    return found


def papers_word(one: PropositionAnswer) -> str:
    """What the papers say of a statement, as one of `PAPERS`."""
    said = one.evidence
    if said.word == "none":
        return "no paper"
    if said.word == "conflicting":
        return "papers disagree"
    if said.side != "for":
        return "papers say otherwise"
    return "one paper" if said.word == "single paper" else "papers agree"


def ordered_words(found: Iterable[str]) -> list[str]:
    """The words that are there, in the order of the key."""
    there = set(found)
    return [word for word in (*WORDS, *PAPERS) if word in there]
