"""Where a drug is after a dose, drawn: level over time, and the share of each target that it holds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.figures.house_style import DASHES, PALETTE, millimetres, style, typeset
from compendium.figures.saving import rounded
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from niche.kinetics import Levels

_MOST = len(PALETTE)


def levels(found: "Mapping[str, Levels]", width: str | float = "double") -> tuple["Figure", "pd.DataFrame"]:
    """Median level and the band that holds 90 % of people, above; the share of each target held, below.

    The share is by the effective level in the body where one was measured. A placebo is drawn at 0.

    Parameters
    ----------
    found
        label -> what `niche.kinetics.profiles` gave; all of one drug, and each for several people or the typical one

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: regimen, what, time, value (median), low90, high90

    Raises
    ------
    NicheError
        for nothing to draw, too many regimens, or several drugs
    """
    if not found or len(found) > _MOST:
        raise NicheError(f"give 1 to {_MOST} regimens to draw, got {len(found)}")
    names = {one.drug.name for one in found.values()}
    if len(names) > 1:
        raise NicheError(f"the level of one drug at a time, got {', '.join(sorted(names))}")
    (name,) = names
    targets = sorted({target for one in found.values() for target in one.kd})
    records: list[dict[str, Any]] = []
    for label, one in found.items():
        records += _band(label, "level", one.times, one.mass)
        for target in targets:
            records += _band(label, target, one.times, 100 * one.occupancy(target, effective=target in one.effective))
    data = rounded(records)
    with style():
        from compendium.figures import page as _page  # late: loads matplotlib

        wide = millimetres(width)
        panels = 1 + len(targets)
        figure = _page.page(wide, 10 + 40 * panels)
        length = float(data["time"].max())
        scale, unit = (24.0, "hours") if length < 4 else (1.0, "days")
        shown = data.loc[(data["what"] == "level") & (data["time"] > 0.05 * length), "low90"]
        top = float(data.loc[data["what"] == "level", "high90"].max())
        bottom = max(top / 1e4, float(shown[shown > 0].min()) / 2) if top > 0 else 0.0
        none = {label for label in found if not (found[label].mass > 0).any()}
        for i, what in enumerate(["level", *targets]):
            axes = _page.place_panel(figure, 18, 8 + 40 * i, wide - 22, 32)
            for j, label in enumerate(found):
                part = data[(data["regimen"] == label) & (data["what"] == what)]
                colour, time = list(PALETTE.values())[j], part["time"] * scale
                if what == "level" and label not in none:  # nothing has arrived yet, and a logarithm has no 0
                    part = part.mask(part["value"] < bottom)
                axes.fill_between(time, part["low90"], part["high90"], color=colour, alpha=0.15, linewidth=0)
                dashes = DASHES[j % len(DASHES)] or (None, None)
                axes.plot(time, part["value"], color=colour, dashes=dashes, clip_on=what == "level")
            if what == "level":
                axes.set_ylabel(f"{name} (ng/mL)")
                _scale(axes, bottom, top, zero=bool(none))
            else:
                axes.set(ylim=(0, 100), ylabel=typeset(f"{what} held (%)"))
            axes.set_xlim(0, length * scale)
            axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlabel(f"Time ({unit})")
        handles = [(_line(list(PALETTE.values())[j], DASHES[j % len(DASHES)]), label) for j, label in enumerate(found)]
        _page.key(figure, handles, 18, 2, wide - 20)
    return figure, data


def _band(label: str, what: str, times: np.ndarray, values: np.ndarray) -> list[dict[str, Any]]:
    low, middle, high = np.nanquantile(values, [0.05, 0.5, 0.95], axis=0)
    return [
        {"regimen": label, "what": what, "time": t, "value": m, "low90": a, "high90": b}
        for t, a, m, b in zip(times, low, middle, high, strict=True)
    ]


def _scale(axes: Any, bottom: float, top: float, zero: bool) -> None:
    """A logarithmic axis of levels; with 0 below it if one of them is 0 throughout, and that alone if all are."""
    if top <= 0:
        axes.set_ylim(0, 1)
        return
    if zero:
        axes.set_yscale("symlog", linthresh=bottom, linscale=0.5)
        between = (1.0,) if top * 2 > 100 * bottom else (1.0, 2.0, 5.0)
        decades = np.arange(np.floor(np.log10(bottom)), np.floor(np.log10(top * 2)) + 1)
        marks = [one * 10.0**decade for decade in decades for one in between]
        axes.set_yticks([0.0, *(mark for mark in marks if bottom <= mark <= top * 2)])
        axes.set_ylim(0, top * 2)
    else:
        axes.set_yscale("log")
        axes.set_ylim(bottom, top * 2)
    _plain(axes.yaxis, decades=float(np.log10(top * 2 / bottom)), placed=zero)


def _plain(axis: Any, decades: float, placed: bool = False) -> None:
    """Numbers as people write them on a logarithmic axis: 1, 10, 100, with 2 and 5 between where there is room."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    if not placed:
        axis.set_major_locator(LogLocator(subs=(1.0,) if decades > 2 else (1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.6g}"))
    axis.set_minor_formatter(NullFormatter())
    if placed:
        axis.set_minor_locator(NullLocator())


def _line(colour: str, dashes: tuple[float, ...]) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, dashes=dashes or (None, None))
