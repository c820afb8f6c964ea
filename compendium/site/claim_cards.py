"""The card of each claim on the site: at the top of its page, small in the list, drawn when the site is built.

It is drawn from the answers that the page is written from, so that picture and sentence cannot part. A notebook saves
the same table over two columns of a journal; here it is one column wide, which a telephone shows and a margin too.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.figures.answer_words import papers_word
from compendium.site.html import escaped
from compendium.site.slim_svg import slim_svg
from niche.answering.records import NOT_YET, ClaimAnswer, PropositionAnswer
from niche.answering.words import worth_word

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER, NAME = "cards", "card"  # below _static; what a notebook calls the figure that it saves of the card
_SHOWS = (
    "A row for each statement. Papers: a mark for each. Mechanism: how large the effect is in the fitted model, with "
    "its 90 % interval, and below it the same without the mechanism. Model: of the measurements of each paper, which "
    "the model predicted without that paper, how many it missed."
)
_EMPTY = " A dotted frame is not yet computed."


def has_card(claim: ClaimAnswer) -> bool:
    """Whether a claim has one: it asserts something that a paper could speak to."""
    return bool(claim.propositions)


def card_figure(claim: ClaimAnswer, static: str) -> str:
    """The card with caption and files (HTML), "" where there is none.

    Parameters
    ----------
    static
        the folder _static, as the page sees it
    """
    if not has_card(claim):
        return ""
    base = f"{static}/{FOLDER}/{escaped(claim.id)}"
    return (
        f'<figure class="numbered claim-card" id="figure-{NAME}"><img alt="{escaped(alt(claim))}" src="{base}.svg">'
        f'<figcaption>{escaped(caption(claim))} <span class="files">Download: '
        f'<a href="{base}.svg" download>figure</a>, <a href="{base}.csv" download>its numbers</a></span>'
        "</figcaption></figure>"
    )


def small_card(claim: ClaimAnswer, page: str) -> str:
    """The card as a small picture that leads to a page (HTML), "" where there is none; below it stands where it
    leads."""
    if not has_card(claim):
        return ""
    picture = f'<img loading="lazy" alt="" src="_static/{FOLDER}/{escaped(claim.id)}.svg">'
    if not page:
        return f'<span class="small-card">{picture}</span>'
    return f'<a class="small-card" href="{escaped(page)}#figure-{NAME}">{picture}<span>the card, large</span></a>'


def caption(claim: ClaimAnswer) -> str:
    """What the card shows; that something is not yet computed is said where something is not."""
    open_ones = any(NOT_YET in (one.mechanism.word, one.model.word) for one in claim.propositions)
    return _SHOWS + (_EMPTY if open_ones else "")


def alt(claim: ClaimAnswer) -> str:
    """The card for who cannot see it: of each statement its three words, and the effect where there is one."""
    return " ".join(_told(one) for one in claim.propositions)


def _told(one: PropositionAnswer) -> str:
    words = [f"papers {papers_word(one.evidence.word, one.evidence.side)}"]
    effect = one.mechanism.effect
    size = f" (effect {math.exp(effect.median):.2g} times the control)" if effect else ""
    words += [f"mechanism {worth_word(one.mechanism.word, one.asserts)}{size}", f"model {one.model.word}"]
    return f"{one.statement.rstrip('.')}: {', '.join(words)}."


def write_cards(folder: Path, told: Sequence[ClaimAnswer]) -> list[Path]:
    """Draw the card of every claim that has one, as SVG, and write its table; returns the files.

    Parameters
    ----------
    folder
        _static of the site
    told
        the claims as the pages have them
    """
    from compendium.figures.claim_card import claim_card  # late: loads matplotlib
    from compendium.figures.house_style import laid_out
    from compendium.figures.saving import as_csv

    there = folder / FOLDER
    there.mkdir(parents=True, exist_ok=True)
    made = []
    for claim in filter(has_card, told):
        figure, data = claim_card(claim.id, answers=[claim])
        with laid_out(figure):
            made.append(_written(there / f"{claim.id}.svg", drawn(figure, claim)))
        made.append(_written(there / f"{claim.id}.csv", as_csv(data)))
    return made


def drawn(figure: "Figure", claim: ClaimAnswer) -> bytes:
    """A card as the bytes of its file: the same answers give the same."""
    from compendium.figures.saving import drawn_svg
    from niche import __version__

    entry = {"caption": f"{claim.number:02d} {claim.title}", "alt": alt(claim), "niche": __version__}
    return slim_svg(drawn_svg(figure, NAME, entry))


def _written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file
