"""What was learned from the fit: a map of where drive uncouples, ratios with intervals, and sizes of trials."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.figures.house_style import GREY, MM, PALETTE, look, millimetres, style
from compendium.figures.panels import heat, subplots
from compendium.figures.saving import rounded

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

# Series told apart by form and colour: marker, fill.
_LOOKS = (("blue", "o", "full"), ("vermilion", "s", "none"), ("green", "D", "full"), ("black", "^", "none"))
_ROW = 5.2  # mm of a row of intervals
_COLOURS = "PuOr_r"


def uncoupling_map(data: "pd.DataFrame", width: str | float = "double") -> tuple["Figure", "pd.DataFrame"]:
    """Of each bone a map of strength and day: colour is the chance that the drive uncouples, the number by how much.

    Parameters
    ----------
    data
        columns panel, strength, day, chance (0 to 1), ratio (median of resorption over formation)

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn
    """
    table = rounded(data)
    panels = list(dict.fromkeys(table["panel"]))
    columns = 3
    rows = -(-len(panels) // columns)
    wide = millimetres(width) * MM
    with style():
        figure, axes = subplots(rows, columns, figsize=(wide, wide * 0.27 * rows + 0.25), layout="constrained")
        every = np.ravel(axes)
        for ax, name in zip(every, panels, strict=False):
            part = table[table["panel"] == name]
            grid = part.pivot(index="strength", columns="day", values="chance").iloc[::-1]
            ratio = part.pivot(index="strength", columns="day", values="ratio").iloc[::-1]
            said = ratio.map(lambda one: f"{one:.2g}").to_numpy()
            mesh = heat(ax, grid, cmap=_COLOURS, ends=(0.0, 1.0), text=said)
            ax.set_yticks(np.arange(len(grid)) + 0.5, [f"{one:g}" for one in grid.index])
            ax.set_title(name)
            stress = "stress" in name
            ax.set_ylabel("release, times rest" if stress else "isoprenaline (mg/kg a day)")
            ax.set_xlabel("days")
        for ax in every[len(panels) :]:
            ax.set_axis_off()
        if len(panels) < len(every):
            _explain(figure, every[len(panels)], mesh)
    return figure, table


def _explain(figure: Any, ax: Any, mesh: Any) -> None:
    """What colour and number mean, in the place of a panel that is not there."""
    bar = figure.colorbar(mesh, cax=ax.inset_axes((0.1, 0.62, 0.8, 0.09)), orientation="horizontal")
    bar.set_ticks([0, 0.5, 1], labels=["coupled", "open", "uncoupled"])
    bar.set_label("share of draws in which it uncouples")
    bar.outline.set_visible(False)
    said = (
        "Numbers: resorption over formation,\nmedian of draws. It uncouples where\na fifth more is resorbed than formed"
    )
    ax.text(0.5, 0.3, said, ha="center", va="top", fontsize=look().small, transform=ax.transAxes)


def intervals(
    data: "pd.DataFrame",
    xlabel: str,
    *,
    width: str | float = "middle",
    relevant: tuple[float, float] | None = (1 / 1.2, 1.2),
    sides: tuple[str, str] = ("", ""),
    most: float = 10.0,
) -> tuple["Figure", "pd.DataFrame"]:
    """Ratios with their 90 % intervals on a scale of logarithms, a row for each label, its series one below the other.

    Parameters
    ----------
    data
        columns label, series, "5 %", "50 %", "95 %"; rows in the order of reading
    relevant
        the band in which an effect does not matter, grey; None for none
    sides
        what lies to the left and to the right of 1, in words
    most
        the axis ends there at the latest, and at its inverse; an interval that goes beyond ends in an arrow

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn
    """
    table = rounded(data)
    labels, series = list(dict.fromkeys(table["label"])), list(dict.fromkeys(table["series"]))
    far = np.exp(np.abs(np.log(table[["5 %", "95 %"]].to_numpy(dtype=float))).max()) * 1.05
    most = min(most, next((end for end in (2.0, 5.0, 10.0, 100.0) if end >= far), most))
    least, wide = 1 / most, millimetres(width) * MM
    high = (_ROW * len(labels) * max(1.0, 0.55 * len(series)) + 17 + (4 if len(series) > 1 else 0)) * MM
    with style():
        figure, ax = subplots(figsize=(wide, high), layout="constrained")
        if relevant is not None:
            ax.axvspan(*relevant, color="0.92", linewidth=0)
        ax.axvline(1, color="black", linewidth=0.5)
        for place, name in enumerate(series):
            part = table[table["series"] == name]
            shift = (place - (len(series) - 1) / 2) * 0.42 / max(1, len(series) - 1) if len(series) > 1 else 0.0
            _draw_series(ax, part, [labels.index(one) + shift for one in part["label"]], place, (least, most), name)
        ax.set(xscale="log", xlim=(least, most), ylim=(len(labels) - 0.5, -0.5), xlabel=xlabel)
        ax.set_yticks(range(len(labels)), labels)
        ticks = [one for one in (0.01, 0.1, 0.2, 0.5, 0.8, 1, 1.25, 2, 5, 10, 100) if least <= one <= most]
        ticks = [one for one in ticks if most <= 2 or one not in (0.8, 1.25)]
        ax.set_xticks(ticks, [f"{one:g}" for one in ticks])
        ax.minorticks_off()
        ax.tick_params(axis="y", length=0)
        ax.spines[["top", "right", "left"]].set_visible(False)
        for text, at, side in ((sides[0], 0.0, "left"), (sides[1], 1.0, "right")):
            if text:
                ax.text(at, 1.01, text, ha=side, va="bottom", fontsize=look().small, transform=ax.transAxes)
        if len(series) > 1:
            figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=len(series))
    return figure, table


def _draw_series(
    ax: Any, part: "pd.DataFrame", places: Sequence[float], number: int, ends: tuple[float, float], name: str
) -> None:
    colour, marker, fill = _LOOKS[number % len(_LOOKS)]
    shade = PALETTE[colour]
    face = {"markerfacecolor": "white"} if fill == "none" else {}
    low, middle, high = (part[key].to_numpy(dtype=float) for key in ("5 %", "50 %", "95 %"))
    ax.hlines(places, np.clip(low, *ends), np.clip(high, *ends), color=shade, linewidth=1)
    ax.plot(np.clip(middle, *ends), places, marker, color=shade, markersize=4, label=name, **face)
    for end, beyond, arrow in ((ends[0], low < ends[0], "<"), (ends[1], high > ends[1], ">")):
        at = np.asarray(places)[beyond]
        if not at.size:  # nothing drawn beyond the axes would count as cut off
            continue
        ax.plot(np.full(len(at), end), at, arrow, color=shade, markersize=4, clip_on=False)


def trial_curves(
    data: "pd.DataFrame", feasible: float, trials: Mapping[str, float] | None = None, width: str | float = "single"
) -> tuple["Figure", "pd.DataFrame"]:
    """For trials of each size, how likely it is that they would see the effect with the power asked.

    Parameters
    ----------
    data
        columns design, patients, chance (0 to 1)
    feasible
        patients of a trial as large as can be done
    trials
        name -> patients of trials that were done, marked on the axis

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn
    """
    table = rounded(data)
    wide = millimetres(width) * MM
    with style():
        figure, ax = subplots(figsize=(wide, wide * 0.75), layout="constrained")
        ax.axvline(feasible, color=GREY, linewidth=0.7, dashes=(4, 1.5))
        ax.text(feasible * 1.1, 0.98, f"{feasible:,.0f}", va="top", fontsize=look().small, color="0.3")
        for number, (name, part) in enumerate(table.groupby("design", sort=False)):
            dashes = ((), (4, 1.5), (1, 1), (6, 1.2, 1, 1.2))[number % 4]
            ax.plot(part["patients"], part["chance"], color=PALETTE[_LOOKS[number][0]], dashes=dashes, label=str(name))
        for name, size in (trials or {}).items():
            ax.annotate(
                name, (size, 0), (size, 0.1), fontsize=look().small, ha="center", arrowprops={"arrowstyle": "-"}
            )
        low, high = float(table["patients"].min()), float(table["patients"].max())
        ax.set(xscale="log", xlim=(low, high), ylim=(0, 1), xlabel="patients in both arms")
        ax.set_ylabel("chance that 80 % power is reached")
        ticks = [10**k for k in range(2, 8) if low <= 10**k <= high]
        ax.set_xticks(ticks, [f"{one:,}" for one in ticks])
        ax.minorticks_off()
        figure.legend(*ax.get_legend_handles_labels(), loc="outside upper left")
    return figure, table
