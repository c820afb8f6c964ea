"""What the papers say of each statement of a claim, before any model: an arrow for each paper."""

from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import look, millimetres, style, typeset
from compendium.figures.paper_marks import STANDS, entries, mark
from compendium.figures.saving import rounded
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from niche.answering.reading import Reading

_EDGE, _GAP, _STEP = 2.0, 3.0, 3.6  # mm: margin, between columns, from one arrow to the next
_LEFT, _RIGHT = 0.46, 0.15  # shares of the width: the statement, and the counts


def votes(reading: "Reading", width: str | float = "double") -> tuple["Figure", "pd.DataFrame"]:
    """Each statement of a claim with an arrow for each paper, those for it first, and how many are for it.

    Parameters
    ----------
    reading
        of `niche.claim(...).reading()`
    width
        "single", "middle", "double", or mm

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: one line per paper and statement

    Raises
    ------
    NicheError
        if no paper speaks to the claim
    """
    data = reading.votes()
    if data.empty:
        raise NicheError(f"no paper speaks to {reading.id}: there is nothing to draw")
    data = rounded(data)
    return votes_of(data, width=width), data


def votes_of(data: "pd.DataFrame", *, width: str | float = "double") -> "Figure":
    """The figure of a table that `votes` gave, as its CSV keeps it."""
    with style():
        from compendium.figures import page as _page  # late: loads matplotlib

        wide = millimetres(width)
        left, right, text = _LEFT * wide, _RIGHT * wide, look().text
        middle = wide - left - right - 2 * _EDGE - 2 * _GAP
        each = max(1, int(middle / _STEP))  # arrows in a line
        rows = []
        for said, part in data.groupby("statement", sort=False):
            label = _page.wrap(typeset(str(said)), text, left)
            lines = max(len(label), -(-len(part) // each))
            rows.append((label, part, lines * _page.draw_line() * 1.15 + 2.2))
        high = sum(height for _, _, height in rows)
        keys = entries(set(data["stand"]), set(data["arrow"]))
        key = _page.key_height(keys, wide - 2 * _EDGE)
        figure = _page.page(wide, 2 * _EDGE + high + 2.5 + key)
        axes = _page.place_panel(figure, _EDGE + left + _GAP, _EDGE, middle, high)
        axes.set(xlim=(0, middle), ylim=(high, 0), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        top = 0.0
        for label, part, height in rows:
            _row(axes, part, top, height, each)
            centre = top + height / 2
            axes.text(-_GAP - left, centre, "\n".join(label), ha="left", va="center", fontsize=text, clip_on=False)
            told = f"{(part['stand'] == 'for').sum()} of {len(part)} for it"
            axes.text(middle + _GAP, centre, told, ha="left", va="center", fontsize=look().small, clip_on=False)
            if top:
                axes.axhline(top, color="0.85", linewidth=0.5, zorder=0)
            top += height
        _page.key(figure, keys, _EDGE, _EDGE + high + 2.5, wide - 2 * _EDGE)
    figure.drawn = {"by": "votes", "options": {"width": width}}
    return figure


def _row(axes: Any, part: "pd.DataFrame", top: float, height: float, each: int) -> None:
    """The arrows of one statement, in as many lines as they need, in the middle of their row."""
    order = {stand: i for i, stand in enumerate(STANDS)}
    ranked = part.assign(rank=part["stand"].map(order)).sort_values("rank", kind="stable")
    lines = -(-len(ranked) // each)
    for i, (_, vote) in enumerate(ranked.iterrows()):
        line, place = divmod(i, each)
        y = top + height / 2 + (line - (lines - 1) / 2) * _STEP
        axes.plot([(place + 0.5) * _STEP], [y], **mark(str(vote["arrow"]), str(vote["stand"])), clip_on=False)
