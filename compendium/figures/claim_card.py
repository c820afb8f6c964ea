"""A claim on one card: what the papers saw, the effect with and without its mechanism, what the model missed."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import drawn_for, journal_look, millimetres, style
from compendium.figures.saving import rounded
from niche.answering.claims import answers as stored_answers
from niche.answering.records import ClaimAnswer, PropositionAnswer
from niche.errors import NicheError, unknown
from niche.propositions.reading import proposition

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_ORDER = ("for", "no effect", "mixed", "against")


def claim_card(
    claim_id: str,
    *,
    answers: Sequence[ClaimAnswer] | None = None,
    width: str | float = "single",
    profile: str | None = None,
    folder: Path | None = None,
) -> tuple["Figure", "pd.DataFrame"]:
    """One figure of a claim, to be read in ten seconds: of each statement the three answers side by side.

    *Papers*: a mark for each paper. *Mechanism*: median and 90 % interval of the effect that stands for the statement,
    in the fitted model and in the model fitted again without the mechanism; the side that the statement asserts is
    tinted, effects that are too small to matter are grey. *Model*: how many measurements it missed when their paper
    was left out, beside how many it would miss by chance. What is not computed is an empty frame that says so.

    Parameters
    ----------
    claim_id
        id or number of a claim, or of one statement ("05a")
    answers
        where they do not stand in params/answers.json
    width
        "single" (89 mm), "middle", "double", or mm
    profile
        a journal of params/journals, for whose type and widths it is drawn
    folder
        of answers.json, in place of params/

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: one line per statement

    Raises
    ------
    NicheError
        for a claim that is not among the answers, or one that asserts nothing
    """
    claim = _named(claim_id, answers) if answers is not None else stored_answers([claim_id], folder=folder)[0]
    if not claim.propositions:
        raise NicheError(f"{claim.id} asserts nothing that a paper could speak to: it has no card")
    data = rounded([_record(one) for one in claim.propositions])
    if profile is None:
        return claim_card_of(data, width=width), data
    with drawn_for(journal_look(profile)):
        return claim_card_of(data, width=width), data


def claim_card_of(data: "pd.DataFrame", *, width: str | float = "single") -> "Figure":
    """The figure of a table that `claim_card` gave, as its CSV keeps it."""
    with style():
        from compendium.figures.draw_claim_card import draw_claim_card  # late: loads matplotlib

        figure = draw_claim_card(data, millimetres(width))
    figure.drawn = {"by": "claim card", "options": {"width": width}}
    return figure


def _named(name: str, answers: Sequence[ClaimAnswer]) -> ClaimAnswer:
    """The claim of a name among these."""
    for claim in answers:
        if name in (claim.id, f"{claim.number:02d}", str(claim.number)):
            return claim
        if pieces := tuple(one for one in claim.propositions if one.id == name):
            return ClaimAnswer(claim.id, claim.number, claim.title, claim.sentence, pieces)
    raise unknown("claim", name, [claim.id for claim in answers])


def _record(one: PropositionAnswer) -> dict[str, Any]:
    said, mechanism, model = one.evidence, one.mechanism, one.model
    votes = sorted(said.votes, key=lambda vote: (_ORDER.index(vote.stand), vote.arrow))
    return {
        "statement": one.statement.rstrip("."),
        "asserts": one.asserts,
        "least": proposition(one.id).least,
        "papers": "; ".join(f"{vote.stand}: {vote.arrow}" for vote in votes),
        "papers_word": said.word,
        "papers_side": said.side,
        "head": one.head,
        **_effect(one),
        "mechanism_word": mechanism.word,
        "gain": mechanism.D,
        "gain_se": mechanism.se,
        "measurements": _count(model.atoms),
        "missed": _count(model.outside),
        "missed_by_chance": model.expected,
        "model_word": model.word,
        "sentence": one.sentence,
    }


def _effect(one: PropositionAnswer) -> dict[str, float | None]:
    """Ratios to the control, of a logarithm: whole model, and without the mechanism."""
    control, names = one.model.control, ("low", "median", "high")
    pairs = (("effect", one.mechanism.effect), ("removed", control.without if control else None))
    return {
        f"{what}_{name}": math.exp(getattr(part, name)) if part is not None else None
        for what, part in pairs
        for name in names
    }


def _count(n: int | None) -> float | None:
    """A count that may be missing, as a column of numbers has it."""
    return None if n is None else float(n)
