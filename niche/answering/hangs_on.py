"""What the answers to a claim hang on: a mechanism, single papers, and the experiment that would tell most."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from niche.answering.records import ClaimAnswer, MechanismAnswer, PropositionAnswer
from niche.answering.words import listed
from niche.params.layers import read_registry
from niche.propositions.reading import proposition
from niche.supporting.words import cited

if TYPE_CHECKING:
    import pandas as pd

_HEAD = ("statement", "mechanism", "papers that weigh most", "without the first", "would tell most")
_MOST = 3  # papers that are named


@dataclass(frozen=True)
class HangsOn:
    """A line for each statement of a claim. `str` and a notebook show it as a table.

    Attributes
    ----------
    lines
        statement, mechanism, papers that weigh most, gain in prediction without the first, experiment to do
    """

    lines: tuple[tuple[str, str, str, str, str], ...]

    def to_frame(self) -> "pd.DataFrame":
        """As a pandas table."""
        import pandas as pd

        return pd.DataFrame(list(self.lines), columns=list(_HEAD)).set_index(_HEAD[0])

    def __str__(self) -> str:
        blocks = ["\n".join([line[0], *(f"  {n}: {s}" for n, s in _named(line))]) for line in self.lines]
        return "\n\n".join(blocks) or "no statement whose answer could hang on anything"

    def _repr_html_(self) -> str:
        if not self.lines:
            return f"<p>{escape(str(self))}</p>"
        head = "".join(f'<th style="text-align: left">{escape(name)}</th>' for name in _HEAD)
        rows = "".join(
            "<tr>"
            + "".join(f'<td style="text-align: left; vertical-align: top">{escape(c)}</td>' for c in line)
            + "</tr>"
            for line in self.lines
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    __repr__ = __str__


def hangs_on_of(claim: ClaimAnswer) -> HangsOn:
    """What each statement of a claim hangs on."""
    return HangsOn(tuple(map(_line, claim.propositions)))


def mechanism_in_words(name: str) -> str:
    """What is switched off to ask what the mechanism of a proposition is worth, as params/model names it."""
    model = read_registry().model
    said = [" on ".join(_signal_first(model[gain].mechanism)) for gain in proposition(name).gains if gain in model]
    return listed(list(dict.fromkeys(filter(None, said)))) or "no single one"


def _signal_first(carried: Sequence[str]) -> tuple[str, ...]:
    return tuple(carried)


def _line(one: PropositionAnswer) -> tuple[str, str, str, str, str]:
    told = one.mechanism
    return (one.statement, mechanism_in_words(one.id), _papers(told), _rest(told), told.tells_most or "–")


def _papers(one: MechanismAnswer) -> str:
    if not one.influence:
        return one.because or one.word
    few = [f"{cited(each.paper)} ({each.difference:+.1f})" for each in one.influence[:_MOST]]
    more = len(one.influence) - _MOST
    return listed([*few, f"{more} more"] if more > 0 else few)


def _rest(one: MechanismAnswer) -> str:
    """The gain in predicting the others, if the paper that weighs most is not counted."""
    if one.D is None or not one.influence:
        return "–"
    return f"{one.D - one.influence[0].difference:+.1f} of {one.D:+.1f}"


def _named(line: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(_HEAD[1:], line[1:], strict=True))
