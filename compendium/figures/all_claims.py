"""All claims on one page: three marks to each statement."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from compendium.figures.answer_words import TONES, mechanism_tone, model_tone, papers_tone, tone_mark
from compendium.figures.house_style import look, millimetres, style, typeset
from compendium.figures.saving import rounded
from niche.answering.records import ClaimAnswer
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_EDGE, _GAP, _HEAD, _STEP = 2.0, 5.0, 15.0, 4.2  # mm: margin, between columns, titles of the marks, between two marks
_ANSWERS = ("papers", "mechanism", "model")
_SAID = {
    "for": "speaks for the statement",
    "leans": "leans towards it",
    "open": "leaves it open",
    "against": "speaks against it",
    "untold": "untested, or not computed",
}


def overview(claims: Sequence[ClaimAnswer], *, width: str | float = "double") -> tuple["Figure", "pd.DataFrame"]:
    """Of each statement what the papers, the mechanism and the model say, as a mark whose form and colour say the same.

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: one line per statement, with the three words

    Raises
    ------
    NicheError
        if no claim asserts anything
    """
    records = [
        {
            "claim": f"{claim.number:02d} {claim.title}",
            "statement": one.statement.rstrip("."),
            "papers": papers_tone(one.evidence.word, one.evidence.side),
            "mechanism": mechanism_tone(one.mechanism.word, one.asserts),
            "model": model_tone(one.model.word),
            "papers_word": one.evidence.word,
            "mechanism_word": one.mechanism.word,
            "model_word": one.model.word,
        }
        for claim in claims
        for one in claim.propositions
    ]
    if not records:
        raise NicheError("these claims assert nothing that a paper could speak to: there is nothing to draw")
    data = rounded(records)
    return overview_of(data, width=width), data


class _Line(NamedTuple):
    text: list[str]
    row: Any
    height: float


def overview_of(data: "pd.DataFrame", *, width: str | float = "double") -> "Figure":
    """The figure of a table that `overview` gave, as its CSV keeps it."""
    with style():
        from matplotlib.lines import Line2D

        from compendium.figures import page as _page  # late: loads matplotlib

        wide = millimetres(width)
        columns = 2 if wide > 140 and data["claim"].nunique() > 1 else 1
        each = (wide - 2 * _EDGE - (columns - 1) * _GAP) / columns
        room = each - len(_ANSWERS) * _STEP - 3
        blocks = [_block(str(name), part, each, room) for name, part in data.groupby("claim", sort=False)]
        halves = _halves(blocks, columns)
        high = max(sum(line.height for block in half for line in block) for half in halves)
        drawn = {tone for name in _ANSWERS for tone in data[name]}
        keys = [(Line2D([], [], **tone_mark(tone, 5)), _SAID[tone]) for tone in TONES if tone in drawn]
        key = _page.key_height(keys, wide - 2 * _EDGE)
        figure = _page.page(wide, 2 * _EDGE + _HEAD + high + 2 + key)
        for n, half in enumerate(halves):
            axes = _page.place_panel(figure, _EDGE + n * (each + _GAP), _EDGE, each, _HEAD + high)
            axes.set(xlim=(0, each), ylim=(_HEAD + high, 0))
            axes.axis("off")
            _half(axes, half, each)
        _page.key(figure, keys, _EDGE, _EDGE + _HEAD + high + 2, wide - 2 * _EDGE)
    figure.drawn = {"by": "overview", "options": {"width": width}}
    return figure


def _block(title: str, part: "pd.DataFrame", each: float, room: float) -> list[_Line]:
    """A claim: its title, then its statements."""
    from compendium.figures import page as _page

    line, small = _page.draw_line(), look().small
    head = _page.wrap(typeset(title), look().text, 0.9 * each)  # bold is wider than what is measured
    lines = [_Line(head, None, len(head) * line + 1.6)]
    for _, row in part.iterrows():
        text = _page.wrap(typeset(str(row["statement"])), small, room)
        lines.append(_Line(text, row, len(text) * 0.9 * line + 0.9))
    return lines


def _halves(blocks: Sequence[list[_Line]], columns: int) -> list[list[list[_Line]]]:
    """Claims in columns as even as they can be, none torn apart."""
    if columns == 1:
        return [list(blocks)]
    heights = [sum(line.height for line in block) for block in blocks]
    cut = min(range(1, len(blocks)), key=lambda i: max(sum(heights[:i]), sum(heights[i:])))
    return [list(blocks[:cut]), list(blocks[cut:])]


def _half(axes: Any, blocks: Sequence[list[_Line]], each: float) -> None:
    small = look().small
    places = [each - (len(_ANSWERS) - i - 0.5) * _STEP for i in range(len(_ANSWERS))]
    for x, name in zip(places, _ANSWERS, strict=True):
        axes.text(x, _HEAD - 1, name, rotation=90, ha="center", va="bottom", fontsize=small)
    y = _HEAD
    for block in blocks:
        axes.plot([0, each], [y, y], color="0.8", linewidth=0.5)
        for line in block:
            if line.row is None:
                axes.text(0, y + 0.8, "\n".join(line.text), va="top", weight="bold", fontsize=look().text)
            else:
                axes.text(1.5, y, "\n".join(line.text), va="top", fontsize=small, linespacing=1.1)
                for x, name in zip(places, _ANSWERS, strict=True):
                    axes.plot([x], [y + line.height / 2 - 0.3], **tone_mark(line.row[name]), clip_on=False)
            y += line.height
