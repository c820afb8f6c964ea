"""What each paper adds to each statement: how much better its left-out rows are predicted with the mechanism."""

import math
from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import GREY, PALETTE, look, millimetres, style, typeset
from compendium.figures.measured import name_of
from compendium.figures.saving import rounded
from niche.answering.records import ClaimAnswer
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_EDGE, _GAP, _FOOT, _LEFT, _RIGHT = 2.0, 3.0, 12.5, 0.34, 0.19
_PAPER = 1.9  # mm from one paper to the next


def added(claim: ClaimAnswer, *, width: str | float = "double") -> tuple["Figure", "pd.DataFrame"]:
    """Of each statement a bar for each paper, from the one that speaks most for the mechanism to the one most against.

    A bar is the log density of the paper's rows when it is left out, with the mechanism less without, and its Monte
    Carlo error; the largest is named, and the sum stands at the right with its error over papers.

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: one line per statement and paper

    Raises
    ------
    NicheError
        if no statement of the claim has such a number
    """
    records = [
        {
            "statement": one.statement.rstrip("."),
            "paper": paper.paper,
            "label": name_of(paper.paper),
            "laboratory": paper.laboratory,
            "gain": paper.difference,
            "error": paper.error,
            "sum": one.mechanism.D,
            "sum_se": one.mechanism.se,
            "word": one.mechanism.word,
        }
        for one in claim.propositions
        for paper in sorted(one.mechanism.influence, key=lambda p: (-p.difference, p.paper))
    ]
    if not records:
        raise NicheError(f"{claim.id}: no paper was left out of its mechanisms yet: there is nothing to draw")
    data = rounded(records)
    return added_of(data, width=width), data


def added_of(data: "pd.DataFrame", *, width: str | float = "double") -> "Figure":
    """The figure of a table that `added` gave, as its CSV keeps it."""
    with style():
        from compendium.figures import page as _page  # late: loads matplotlib

        wide = millimetres(width)
        left, right = _LEFT * wide, _RIGHT * wide
        middle = wide - left - right - 2 * _EDGE - 2 * _GAP
        rows = []
        for said, part in data.groupby("statement", sort=False):
            label = _page.wrap(typeset(str(said)), look().text, left)
            rows.append(
                (label, part, max(len(label) * _page.draw_line(), 2 * _page.draw_line(), _PAPER * len(part)) + 2.4)
            )
        high = sum(height for _, _, height in rows)
        figure = _page.page(wide, 2 * _EDGE + high + _FOOT)
        axes = _page.place_panel(figure, _EDGE + left + _GAP, _EDGE, middle, high)
        axes.set(
            ylim=(high, 0),
            yticks=[],
            xlabel="log density gained for the paper left out [nats]\n(right of 0: the mechanism helps)",
        )
        axes.spines[["left", "right", "top"]].set_visible(False)
        low, most = min(0.0, (data["gain"] - data["error"]).min()), max(0.0, (data["gain"] + data["error"]).max())
        span = most - low or 1.0
        _page.scale_axis(axes.xaxis, low - 0.3 * span, most + 0.3 * span, False, most=6)
        axes.axvline(0, color=GREY, linewidth=0.6, zorder=0)
        top = 0.0
        for label, part, height in rows:
            _row(axes, part, top, height, span)
            across: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center", "clip_on": False}
            axes.text(
                -(left + _GAP) / middle,
                top + height / 2,
                "\n".join(label),
                fontsize=look().text,
                linespacing=1.15,
                **across,
            )
            axes.text(1 + _GAP / middle, top + height / 2, _sum(part.iloc[0]), fontsize=look().small, **across)
            if top:
                axes.plot(
                    [-(left + _GAP) / middle, 1],
                    [top, top],
                    transform=axes.get_yaxis_transform(),
                    color="0.85",
                    linewidth=0.5,
                    clip_on=False,
                )
            top += height
    figure.drawn = {"by": "added", "options": {"width": width}}
    return figure


def _row(axes: Any, part: "pd.DataFrame", top: float, height: float, span: float) -> None:
    """The papers of one statement, the largest named."""
    largest = part["gain"].abs().idxmax()
    begin = top + (height - _PAPER * len(part)) / 2
    for i, (place, paper) in enumerate(part.iterrows()):
        y, helps = begin + (i + 0.5) * _PAPER, paper["gain"] >= 0
        colour = PALETTE["blue"] if helps else PALETTE["vermilion"]
        axes.barh(
            y,
            paper["gain"],
            height=0.75 * _PAPER,
            facecolor=colour if helps else "white",
            edgecolor=colour,
            linewidth=0.6,
        )
        ends = paper["gain"] - paper["error"], paper["gain"] + paper["error"]
        axes.plot(ends, [y, y], color=PALETTE["black"], linewidth=0.6)
        if place == largest:
            end = max(ends[1], 0.0) if helps else min(ends[0], 0.0)
            axes.text(
                end + (0.012 if helps else -0.012) * span,
                y,
                paper["label"],
                ha="left" if helps else "right",
                va="center",
                fontsize=look().small,
            )


def _sum(row: Any) -> str:
    """The sum over papers, and the word."""
    spread = "" if math.isnan(row["sum_se"]) else f" ± {row['sum_se']:.2g}"
    return f"in all {row['sum']:+.2g}{spread}\n{row['word']}".replace("-", "−")
