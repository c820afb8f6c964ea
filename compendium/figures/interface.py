"""Fibres by distance from a tumour's edge, and ratios with their intervals, one line for each arm."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.figures.house_style import GREY, MM, PALETTE, millimetres, style
from compendium.figures.saving import rounded
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_ENDS = (0.05, 0.5, 0.95)
_MARKS = "osD^v"
_FLOOR = 0.01  # of resting fibres: less is drawn here, and the axis says so
_MOST_TICKS = 7
_TICKS = (  # from fine to coarse: the first that leaves room between them is taken
    tuple(x / 50 for x in range(1, 1000)),
    tuple(x / 10 for x in range(1, 200)),
    (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
    (0.01, 0.1, 1.0, 10.0, 100.0),
)


def by_distance(
    curves: Mapping[str, np.ndarray],
    bands: Sequence[float],
    *,
    quantity: str,
    width: str | float = "middle",
) -> tuple["Figure", "pd.DataFrame"]:
    """A quantity by distance from the tumour's edge: medians, and 90 % of draws.

    Parameters
    ----------
    curves
        by arm, shape (draws, bands): 1 is tissue at rest
    bands
        bounds [um], rising; below 0 is inside the tumour
    quantity
        words of the vertical axis

    Returns
    -------
    figure, table
        the table drawn: arm, band, 5, 50 and 95 % of draws, draws that have the band

    Raises
    ------
    NicheError
        for curves of another number of bands, or more arms than can be told apart
    """
    from compendium.figures.sheets import PreviewSheet

    if len(curves) > len(_MARKS):
        raise NicheError(f"at most {len(_MARKS)} arms can be told apart in one figure, got {len(curves)}")
    middles, rows = np.arange(len(bands) - 1), list[dict[str, Any]]()
    wide = millimetres(width) * MM
    with style():
        figure = PreviewSheet(figsize=(wide, wide * 0.6), layout="constrained", facecolor="white")
        axis = figure.subplots()
        for i, (arm, values) in enumerate(curves.items()):
            if np.shape(values)[1:] != middles.shape:
                raise NicheError(f"{arm}: {len(bands) - 1} bands, got an array of shape {np.shape(values)}")
            low, middle, high = _quantiles(np.asarray(values, dtype=float))
            place = middles + (i - (len(curves) - 1) / 2) * 0.16
            colour = list(PALETTE.values())[i]
            shown = [np.maximum(x, _FLOOR) for x in (low, middle, high)]
            axis.vlines(place, shown[0], shown[2], color=colour, linewidth=1.2)
            axis.plot(place, shown[1], _MARKS[i], color=colour, markersize=4, label=arm)
            for k in range(len(middles)):
                known = int(np.isfinite(values[:, k]).sum())
                ends = {"5 %": low[k], "50 %": middle[k], "95 %": high[k]}
                rows.append({"arm": arm, "from (µm)": bands[k], "to (µm)": bands[k + 1], **ends, "draws": known})
        axis.axhline(1, color=GREY, linewidth=0.7)
        edge = int(np.searchsorted(bands, 0.0))
        axis.axvline(edge - 0.5, color="black", linewidth=0.7)
        axis.set(yscale="log", ylabel=quantity, xlabel="distance from the edge of the tumour (µm)")
        axis.set_xticks(middles, [_band(a, b) for a, b in pairwise(bands)])
        _plain_ticks(axis)
        top = axis.get_ylim()[1]
        axis.text(edge - 0.6, top, "inside", ha="right", va="bottom", fontsize=6)
        axis.text(edge - 0.4, top, "outside", ha="left", va="bottom", fontsize=6)
        figure.legend(loc="outside lower center", ncols=min(len(curves), 3))
    return figure, rounded({name: [row[name] for row in rows] for name in rows[0]})


def ratios(
    groups: Mapping[str, Mapping[str, np.ndarray]], *, quantity: str, width: str | float = "middle"
) -> tuple["Figure", "pd.DataFrame"]:
    """Ratios with 90 % of draws: groups from top to bottom, in each one line for each arm.

    Parameters
    ----------
    groups
        by heading, then by arm, shape (draws,): 1 is no difference
    quantity
        words of the horizontal axis

    Returns
    -------
    figure, table
        the table drawn: group, arm, 5, 50 and 95 % of draws
    """
    from compendium.figures.sheets import PreviewSheet

    lines = [(group, arm, np.asarray(x, dtype=float)) for group, arms in groups.items() for arm, x in arms.items()]
    wide, rows = millimetres(width) * MM, list[dict[str, Any]]()
    with style():
        high = (0.16 * len(lines) + 0.22 * len(groups) + 0.5) * 1.05
        figure = PreviewSheet(figsize=(wide, high), layout="constrained", facecolor="white")
        axis = figure.subplots()
        place, names, ticks, before = 0.0, [], [], None
        arms = list(dict.fromkeys(arm for _, arm, _ in lines))
        for group, arm, values in lines:
            place += 1.0 if group == before else 1.9
            low, middle, top = _quantiles(values[:, None])[:, 0]
            colour = list(PALETTE.values())[arms.index(arm) % len(PALETTE)]
            axis.hlines(place, max(low, _FLOOR), max(top, _FLOOR), color=colour, linewidth=1.5)
            axis.plot(max(middle, _FLOOR), place, _MARKS[arms.index(arm) % len(_MARKS)], color=colour, markersize=4)
            if group != before:
                heading = axis.text(0.01, place - 0.75, group, transform=axis.get_yaxis_transform(), va="center")
                heading.set_fontweight("bold")
            names.append(arm)
            ticks.append(place)
            before = group
            rows.append({"group": group, "arm": arm, "5 %": low, "50 %": middle, "95 %": top})
        axis.axvline(1, color=GREY, linewidth=0.7)
        axis.set(xscale="log", xlabel=quantity, ylim=(place + 0.8, 0.4))
        axis.set_yticks(ticks, names)
        axis.tick_params(axis="y", length=0)
        _plain_ticks(axis, horizontal=True)
    return figure, rounded({name: [row[name] for row in rows] for name in rows[0]})


def _quantiles(values: np.ndarray) -> np.ndarray:
    """5, 50 and 95 % of draws, shape (3, columns); NaN where no draw has a value."""
    found = np.full((3, values.shape[1]), np.nan)
    for k in range(values.shape[1]):
        known = values[np.isfinite(values[:, k]), k]
        if len(known):
            found[:, k] = np.quantile(known, _ENDS)
    return found


def _band(low: float, high: float) -> str:
    """A band's bounds, without signs: the line of the edge says which side."""
    a, b = sorted((abs(low), abs(high)))
    return f"over {a:g}" if np.isinf(b) else f"{a:g} to {b:g}"


def _plain_ticks(axis: Any, horizontal: bool = False) -> None:
    """Round numbers without powers of ten, as many as fit."""
    low, high = sorted(axis.get_xlim() if horizontal else axis.get_ylim())
    fits = next((some for some in _TICKS if sum(low <= x <= high for x in some) <= _MOST_TICKS), _TICKS[-1])
    inside = [x for x in fits if low <= x <= high] or [1.0]
    labels = [f"≤ {x:g}" if x == _FLOOR else f"{x:g}" for x in inside]
    (axis.set_xticks if horizontal else axis.set_yticks)(inside, labels)
    (axis.set_xticks if horizontal else axis.set_yticks)([], minor=True)
