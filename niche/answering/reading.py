"""What the papers say of a claim before any model is asked: for a cell of its notebook."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from niche.answering.evidence_record import VoteAnswer
from niche.answering.numbers import pooled
from niche.answering.records import ClaimAnswer, PropositionAnswer
from niche.drawing import drawn
from niche.text import aligned

if TYPE_CHECKING:
    import pandas as pd

SIGNS = {"up": "↑", "down": "↓", "none": "=", "mixed": "↕"}
KEY = (
    "Each arrow is a paper, and says how the read-out below the statement moves there: ↑ up, ↓ down, = no effect, "
    "↕ both ways; in brackets where that speaks against the statement."
)


@dataclass(frozen=True)
class Reading:
    """The papers on each statement of a claim: votes, pool, certainty. `str` and a notebook show it as text and table.

    Attributes
    ----------
    id, title
        of the claim
    propositions
        with their first answer; the other two are not shown here
    """

    id: str
    title: str
    propositions: tuple[PropositionAnswer, ...]

    def to_frame(self) -> "pd.DataFrame":
        """A line for each statement, as a pandas table."""
        import pandas as pd

        lines = [_line(one) for one in self.propositions]
        return pd.DataFrame(lines, columns=list(_HEAD)).set_index(_HEAD[0])

    def votes(self) -> "pd.DataFrame":
        """A line for each paper and statement: what it saw and where it stands; what a figure is drawn from."""
        import pandas as pd

        lines = [
            {
                "statement": one.statement,
                "paper": " + ".join(vote.papers),
                "laboratory": vote.laboratory,
                "species": vote.species,
                "stand": vote.stand,
                "arrow": vote.arrow,
                "measurements": len(vote.saw),
            }
            for one in self.propositions
            for vote in one.evidence.votes
        ]
        return pd.DataFrame(lines, columns=_VOTES)

    def plot(self, **options: Any) -> Any:
        """An arrow for each paper and statement (`niche.drawing.drawn`)."""
        return drawn(self, **options)

    def __str__(self) -> str:
        parts = []
        for one in self.propositions:
            lines = aligned([_HEAD[1:], _line(one)[1:]], rule=True).splitlines()
            about = [f"read: {one.head}"] if one.head else []
            parts.append("\n".join([one.statement, *(f"  {line}" for line in (*about, *lines, *_remarks(one)))]))
        return "\n\n".join([*parts, KEY] if parts else ["no statement that a paper could speak to"])

    def _repr_html_(self) -> str:
        if not self.propositions:
            return "<p>No statement that a paper could speak to.</p>"
        head = "".join(f'<th style="text-align: left">{escape(name)}</th>' for name in _HEAD)
        rows = "".join(_html_row(one) for one in self.propositions)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table><p>{escape(KEY)}</p>"

    __repr__ = __str__


_HEAD = ("statement", "papers", "labs", "for", "against", "neither", "arrows", "sign test", "answer", "certainty")
_VOTES = ["statement", "paper", "laboratory", "species", "stand", "arrow", "measurements"]


def reading_of(claim: ClaimAnswer) -> Reading:
    """The model-free part of what is said of a claim."""
    return Reading(claim.id, claim.title, claim.propositions)


def arrows(votes: Sequence[VoteAnswer]) -> str:
    """An arrow for each paper, those that speak for the statement first, those against it in brackets."""
    order = ("for", "no effect", "mixed", "against")
    ranked = sorted(votes, key=lambda vote: order.index(vote.stand))
    return " ".join(f"({SIGNS[v.arrow]})" if v.stand == "against" else SIGNS[v.arrow] for v in ranked)


def _line(one: PropositionAnswer) -> list[str]:
    said = one.evidence
    p = "–" if said.sign_test is None else f"P = {said.sign_test:.2g}"
    word = f"{said.word}, {said.side}" if said.word == "consistent" else said.word
    level = said.certainty.level or "–"
    stands = said.stands
    counts = (said.papers, said.labs, stands.pro, stands.against, stands.no_effect + stands.mixed)
    return [one.statement, *map(str, counts), arrows(said.votes) or "–", p, word, level]


def _remarks(one: PropositionAnswer) -> list[str]:
    """The pools, and what took the certainty down."""
    costly = [f"{step.domain} −{step.cost}: {step.reason}" for step in one.evidence.certainty.steps if step.cost]
    pools = [pooled(pool) for pool in (one.evidence.pool, *one.evidence.other_pools) if pool is not None]
    return [*pools, *costly]


def _html_row(one: PropositionAnswer) -> str:
    cells = "".join(f'<td style="text-align: left; vertical-align: top">{escape(cell)}</td>' for cell in _line(one))
    told = [*([f"Read: {one.head}"] if one.head else []), *_remarks(one)]
    remarks = "".join(f"<li>{escape(line)}</li>" for line in told)
    more = f'<tr><td></td><td colspan="{len(_HEAD) - 1}" style="text-align: left"><ul>{remarks}</ul></td></tr>'
    return f"<tr>{cells}</tr>{more if remarks else ''}"
