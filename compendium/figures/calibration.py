"""How well a fit went, drawn: what each parameter learnt, intervals against what they held, profiles."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.figures.house_style import GREY, PALETTE, millimetres, style, typeset
from compendium.figures.saving import rounded
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LEVEL = 3.84  # of a cost, where a 95 % interval ends: chi-squared of one degree of freedom
MARKS = {"informed": ("o", PALETTE["blue"]), "weak": ("s", PALETTE["vermilion"])}
_SERIES = (("o", PALETTE["blue"]), ("s", PALETTE["vermilion"]), ("^", PALETTE["green"]))


def contraction(table: Sequence[Mapping[str, Any]]) -> tuple["Figure", "pd.DataFrame"]:
    """What the rows say about each parameter, of `niche.inference.calibration.identifiability`; those left as they
    were are in the data, and only counted in the picture."""
    data = rounded({key: [line[key] for line in table] for key in ("parameter", "contraction", "mark")})
    shown = data[data["mark"] != "prior"]
    if not len(shown):
        raise NicheError("no parameter was informed: there is nothing to draw")
    columns = 1 if len(shown) < 20 else 2
    rows, width = -(-len(shown) // columns), millimetres("double")
    with style():
        from compendium.figures import page as _page  # late: loads matplotlib

        figure = _page.page(width, 22 + 3.1 * rows)
        for column in range(columns):
            part = shown.iloc[column * rows : (column + 1) * rows]
            left = 44 + column * width / columns
            axes = _page.place_panel(figure, left, 8, width / columns - 48, 3.1 * rows)
            for place, (_, line) in enumerate(part.iterrows()):
                marker, colour = MARKS[line["mark"]]
                axes.plot([line["contraction"], 1], [place, place], color=colour, linewidth=0.6)
                axes.plot([line["contraction"]], [place], marker, color=colour, markersize=3)
            axes.set(xlim=(0, 1), ylim=(rows - 0.5, -0.5), xlabel="posterior sd over prior sd")
            axes.set_yticks(range(len(part)), [_short(name) for name in part["parameter"]])
            axes.spines[["top", "right"]].set_visible(False)
        entries = [(_handle(*MARKS[mark]), f"{mark} ({(data['mark'] == mark).sum()})") for mark in MARKS]
        entries.append(
            (_handle("", "white"), f"left as the prior has it, not shown ({(data['mark'] == 'prior').sum()})")
        )
        _page.key(figure, entries, 44, 2, width - 46)
    return figure, data


def coverage_figure(curves: Mapping[str, Sequence[Any]]) -> tuple["Figure", "pd.DataFrame"]:
    """Share of measurements inside central intervals against what the intervals promise; curves : of
    `niche.inference.validation.curve`, by name. Bands: what chance allows about each share (95 %)."""
    data = rounded([{"what": name, **point._asdict()} for name, points in curves.items() for point in points])
    with style():
        from compendium.figures import page as _page

        width = millimetres("single")
        figure = _page.page(width, 84)
        entries = []
        axes = _page.place_panel(figure, 14, 15, width - 18, 58)
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.7, dashes=(3, 2))
        for (name, part), (marker, colour) in zip(data.groupby("what", sort=False), _SERIES, strict=False):
            axes.fill_between(part["level"], part["low"], part["high"], color=colour, alpha=0.15, linewidth=0)
            axes.plot(part["level"], part["share"], marker=marker, color=colour, markersize=3)
            entries.append((_handle(marker, colour), f"{name} ({part['rows'].iloc[0]} rows)"))
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability of the interval", ylabel="share of measurements inside")
        axes.spines[["top", "right"]].set_visible(False)
        _page.key(figure, entries, 14, 2, width - 16)
    return figure, data


def profiles(found: Mapping[str, Sequence[Sequence[float]]]) -> tuple["Figure", "pd.DataFrame"]:
    """Cost above the best fit with one parameter held, of `niche.inference.validation`; dashed where 95 % would end."""
    records = [
        {"parameter": key, "score": score, "value": value, "cost": cost}
        for key, points in found.items()
        for score, value, cost in points
    ]
    data = rounded(records)
    with style():
        from compendium.figures import page as _page

        width, each = millimetres("double"), (millimetres("double") - 12) / len(found)
        figure = _page.page(width, 46)
        for i, (key, part) in enumerate(data.groupby("parameter", sort=False)):
            axes = _page.place_panel(figure, 12 + i * each, 3, each - 6, 33)
            axes.plot(part["value"], part["cost"], "o-", color=PALETTE["blue"], markersize=3)
            axes.axhline(LEVEL, color=GREY, linewidth=0.7, dashes=(3, 2))
            low, high = part["value"].min(), part["value"].max()
            _page.scale_axis(axes.xaxis, low - 0.08 * (high - low), high + 0.08 * (high - low), False, 3)
            axes.set_ylim(-0.3, max(6.0, min(12.0, float(np.nanmax(part["cost"])) * 1.05)))
            axes.set(xlabel=_short(str(key)), ylabel="cost above the best" if i == 0 else "")
            axes.spines[["top", "right"]].set_visible(False)
    return figure, data


def crossings(points: Sequence[Sequence[float]], level: float = LEVEL) -> tuple[float | None, float | None]:
    """Values at which a profile of `niche.inference.validation` crosses a level below and above its best; None where

    it is open.

    Parameters
    ----------
    points
        standard score, value and cost, by score; between two points the cost is taken as straight
    """
    values, costs = (np.array([point[i] for point in points]) for i in (1, 2))
    best = int(np.argmin(costs))
    ends: list[float | None] = []
    for side in (slice(best, None, -1), slice(best, None)):
        value, cost = values[side], costs[side]
        above = np.flatnonzero(cost >= level)
        i = int(above[0]) if len(above) else 0
        ends.append(float(np.interp(level, cost[i - 1 : i + 1], value[i - 1 : i + 1])) if i else None)
    return ends[0], ends[1]


def _handle(marker: str, colour: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], marker=marker, color=colour, markersize=3, linewidth=0.8)


def _short(key: str) -> str:
    layer, _, name = key.partition(":")
    return name if layer == "model" else typeset(f"{layer}: {name}")
