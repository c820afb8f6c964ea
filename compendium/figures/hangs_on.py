"""What the effect of one claim hangs on: its uncertain parameters, the largest first, in words."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import PALETTE, look, millimetres, style
from compendium.figures.parameter_words import in_words
from compendium.figures.saving import rounded
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_EDGE, _ROW, _FOOT, _LEFT = 2.0, 5.4, 10.0, 0.5  # mm: margin, a parameter, ticks and label; share of the width: names
_MOST = 12
# Table -> its number and error, and what the axis says.
_KINDS = {
    "shares": ("total", "total_error", "share of the variance of the effect that goes with it [%]", 100.0),
    "effects": ("mean_absolute", "error", "change of the effect over its whole range", 1.0),
}


def hangs_on(
    tables: Mapping[str, Sequence[Mapping[str, Any]]], *, width: str | float = "double"
) -> tuple["Figure", "pd.DataFrame"]:
    """A bar for each parameter with its Monte Carlo error: shares of variance, or Morris's effects if there are none.

    Parameters
    ----------
    tables
        of one claim, as `niche.analysis.campaign.tables_of` has them: "shares" and "effects"
    width
        "single", "middle", "double", or mm

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: the first `_MOST` parameters

    Raises
    ------
    NicheError
        where nothing uncertain acts on the effect
    """
    kind = "shares" if tables.get("shares") else "effects"
    number, error, axis, times = _KINDS[kind]
    rows = [row for row in tables.get(kind, ()) if not math.isnan(float(row[number]))]
    if not rows:
        raise NicheError("nothing uncertain acts on this effect: there is nothing to draw")
    ranked = sorted(rows, key=lambda row: -float(row[number]))[:_MOST]
    records = [
        {
            "parameter": str(row["parameter"]),
            "label": in_words(str(row["parameter"])),
            "value": times * float(row[number]),
            "error": times * float(row[error]),
            "axis": axis,
        }
        for row in ranked
    ]
    data = rounded(records)
    return hangs_on_of(data, width=width), data


def hangs_on_of(data: "pd.DataFrame", *, width: str | float = "double") -> "Figure":
    """The figure of a table that `hangs_on` gave, as its CSV keeps it."""
    with style():
        from compendium.figures import page as _page  # late: loads matplotlib

        wide = millimetres(width)
        left = _LEFT * wide
        labels = [_page.wrap(str(said), look().small, left - 2)[:2] for said in data["label"]]
        figure = _page.page(wide, 2 * _EDGE + _ROW * len(data) + _FOOT)
        axes = _page.place_panel(figure, _EDGE + left, _EDGE, wide - left - 3 * _EDGE, _ROW * len(data))
        axes.barh(range(len(data)), data["value"], height=0.55, color=PALETTE["blue"], linewidth=0)
        for y, (_, row) in enumerate(data.iterrows()):
            ends = row["value"] - row["error"], row["value"] + row["error"]
            axes.plot(ends, [y, y], color=PALETTE["black"], linewidth=0.8)
        axes.set_yticks(range(len(data)), ["\n".join(lines) for lines in labels])
        axes.tick_params(axis="y", length=0, labelsize=look().small)
        axes.set(ylim=(len(data) - 0.5, -0.5), xlabel=str(data["axis"].iloc[0]))
        axes.set_xlim(left=min(0.0, float((data["value"] - data["error"]).min())))
        axes.spines[["top", "right", "left"]].set_visible(False)
    figure.drawn = {"by": "hangs on", "options": {"width": width}}
    return figure
