"""What the papers say of each statement of a claim, before any model: an arrow for each paper."""

from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import GREY, PALETTE, look, millimetres, style, typeset
from compendium.figures.saving import rounded
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from niche.answering.reading import Reading

_STANDS = {  # colour, fill and words; the arrow itself says how the read-out moves
    "for": (PALETTE["blue"], "full", "for the statement"),
    "no effect": (GREY, "full", "saw no effect"),
    "mixed": (GREY, "none", "saw both"),
    "against": (PALETTE["vermilion"], "none", "against it"),
}
_ARROWS = {"up": "^", "down": "v", "none": "_", "mixed": "D"}
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
        entries = _entries(data)
        key = _page.key_height(entries, wide - 2 * _EDGE)
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
        _page.key(figure, entries, _EDGE, _EDGE + high + 2.5, wide - 2 * _EDGE)
    figure.drawn = {"by": "votes", "options": {"width": width}}
    return figure


def _row(axes: Any, part: "pd.DataFrame", top: float, height: float, each: int) -> None:
    """The arrows of one statement, in as many lines as they need, in the middle of their row."""
    order = {stand: i for i, stand in enumerate(_STANDS)}
    ranked = part.assign(rank=part["stand"].map(order)).sort_values("rank", kind="stable")
    lines = -(-len(ranked) // each)
    for i, (_, vote) in enumerate(ranked.iterrows()):
        line, place = divmod(i, each)
        y = top + height / 2 + (line - (lines - 1) / 2) * _STEP
        _mark(axes, (place + 0.5) * _STEP, y, str(vote["arrow"]), str(vote["stand"]))


def _mark(axes: Any, x: float, y: float, arrow: str, stand: str) -> None:
    axes.plot([x], [y], **_look(arrow, stand), clip_on=False)


def _look(arrow: str, stand: str) -> dict[str, Any]:
    """How an arrow is drawn."""
    colour, fill, _ = _STANDS[stand]
    size = 5.0 if arrow in ("up", "down") else 4.0
    wide = 1.3 if arrow == "none" else 0.8
    return {
        "marker": _ARROWS[arrow],
        "linestyle": "none",
        "color": colour,
        "markerfacecolor": "white" if fill == "none" else colour,
        "markeredgecolor": colour,
        "markeredgewidth": wide,
        "markersize": size,
    }


def _entries(data: "pd.DataFrame") -> list[tuple[Any, str]]:
    """The key: what colours and shapes mean, only those that are drawn."""
    from matplotlib.lines import Line2D

    found: list[tuple[Any, str]] = []
    stands, arrows = set(data["stand"]), set(data["arrow"])
    for stand, (_, _, words) in _STANDS.items():
        if stand in stands:
            shape = {"no effect": "none", "mixed": "mixed"}.get(stand, "up")
            found.append((Line2D([], [], **_look(shape, stand)), words))
    if arrows & {"up", "down"}:
        grey = {**_look("up", "for"), "color": "black", "markeredgecolor": "black", "markerfacecolor": "black"}
        found.append((Line2D([], [], **grey), "read-out up"))
        found.append((Line2D([], [], **{**grey, "marker": "v"}), "read-out down"))
    return found
