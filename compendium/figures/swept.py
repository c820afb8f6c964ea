"""What a sweep comes to, drawn: each reading against what was varied, with the spread of hosts."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import look, millimetres, style, typeset
from compendium.figures.parameter_words import in_words
from compendium.figures.saving import rounded
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_EDGE, _HIGH, _FOOT, _LEFT = 2.0, 40.0, 10.0, 14.0  # mm: margin, a panel, ticks and label below, and left of it
_MOST_LINES, _MOST_BANDS = 5, 2
_DECADES = 20.0  # times, from the least to the most, from which an axis is logarithmic


def can_draw(names: Sequence[str]) -> None:
    """Refuse a sweep that has no plot, before anything is simulated.

    Parameters
    ----------
    names
        what it varies

    Raises
    ------
    NicheError
        for no factor, or more than two
    """
    if not 1 <= len(names) <= 2:
        told = f"varies {', '.join(names)}" if names else "varies nothing"
        raise NicheError(f"--plot draws sweeps over one or two factors; this one {told}: points.csv holds each point")


def swept(file: Path, names: Sequence[str], readings: Sequence[str]) -> tuple["Figure", "pd.DataFrame"]:
    """Each reading against the factor with the most values; the other factor, if there is one, by colour and dashes.

    Lines are medians over hosts, or the one host's values; bands reach from the least to the largest quantile that was
    asked for, where two lines or fewer are drawn. Of more than five values of the other factor five are drawn, the
    ends among them.

    Parameters
    ----------
    file
        points.csv of the sweep
    names, readings
        what was varied, and what was read, by name

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: reading, factor values, median, low, high

    Raises
    ------
    NicheError
        for no factor or more than two, or where no point has a value
    """
    import pandas as pd

    can_draw(names)
    table = pd.read_csv(file)
    across = max(names, key=lambda name: table[name].nunique())
    other = next((name for name in names if name != across), None)
    records = [record for reading in readings for record in _records(table, reading, across, other)]
    if not records:
        raise NicheError(f"{file}: no point has a value to draw")
    data = rounded(records)
    return swept_of(data, across=across, other=other), data


def swept_of(data: "pd.DataFrame", *, across: str, other: str | None = None, width: str | float = "double") -> "Figure":
    """The figure of a table that `swept` gave, as its CSV keeps it.

    Parameters
    ----------
    across, other
        the factors
    """
    with style():
        from matplotlib.lines import Line2D

        from compendium.figures import page as _page  # late: loads matplotlib

        wide, readings = millimetres(width), list(dict.fromkeys(data["reading"]))
        columns = min(len(readings), max(1, int(wide // 58)))
        rows, each = -(-len(readings) // columns), (wide - 2 * _EDGE) / columns
        values = _shown(data) if other else [math.nan]
        styles = _page.arm_styles([f"{value:g}" for value in values], None)
        handles = [Line2D([], [], color=c, linestyle=(0, d) if d else "-") for c, d in styles.values()]
        key = [] if other is None else [(Line2D([], [], linestyle="none"), f"{in_words(other)}:")]
        key += [] if other is None else list(zip(handles, styles, strict=True))
        top = _EDGE + (_page.key_height(key, wide - 2 * _EDGE) + 2 if key else 0)
        figure = _page.page(wide, top + rows * (_HIGH + _FOOT) + _EDGE)
        if key:
            _page.key(figure, key, _EDGE, _EDGE, wide - 2 * _EDGE)
        for n, reading in enumerate(readings):
            row, column = divmod(n, columns)
            left = _EDGE + column * each + _LEFT
            axes = _page.place_panel(figure, left, top + row * (_HIGH + _FOOT), each - _LEFT - 3, _HIGH)
            part = data[data["reading"] == reading]
            _panel(axes, part, values, list(styles.values()))
            axes.set_ylabel("\n".join(_page.wrap(typeset(reading), look().text, _HIGH)))
            axes.set_xlabel("\n".join(_page.wrap(in_words(across), look().text, each - _LEFT)[:2]))
            axes.spines[["top", "right"]].set_visible(False)
    figure.drawn = {"by": "swept", "options": {"across": across, "other": other, "width": width}}
    return figure


def _records(table: "pd.DataFrame", reading: str, across: str, other: str | None) -> list[dict[str, Any]]:
    """The points of one reading that have a value."""
    quantiles = {}
    for column in table.columns:
        name, _, level = column.rpartition(": ")
        if name == reading and level.replace(".", "", 1).isdigit():
            quantiles[float(level)] = column
    middle = min(quantiles, key=lambda q: abs(q - 0.5)) if quantiles else None
    low, high = (min(quantiles), max(quantiles)) if quantiles else (None, None)
    found = []
    for _, row in table.iterrows():
        value = float(row[quantiles[middle] if middle is not None else reading])
        if math.isfinite(value):
            ends = (
                (row[quantiles[low]], row[quantiles[high]]) if low is not None and high is not None else (value, value)
            )
            by = math.nan if other is None else float(row[other])
            found.append(
                {
                    "reading": reading,
                    "at": float(row[across]),
                    "by": by,
                    "value": value,
                    "low": float(ends[0]),
                    "high": float(ends[1]),
                }
            )
    return found


def _shown(data: "pd.DataFrame") -> list[float]:
    """Values of the other factor that are drawn: all, or five from end to end."""
    values = sorted(data["by"].unique())
    if len(values) <= _MOST_LINES:
        return [float(v) for v in values]
    places = [round(i * (len(values) - 1) / (_MOST_LINES - 1)) for i in range(_MOST_LINES)]
    return [float(values[i]) for i in places]


def _panel(axes: Any, part: "pd.DataFrame", values: Sequence[float], styles: Sequence[Any]) -> None:
    from compendium.figures import page as _page

    bands = len(values) <= _MOST_BANDS
    lines = [part if math.isnan(value) else part[part["by"] == value] for value in values]
    for one, (colour, dashes) in zip(lines, styles, strict=True):
        ordered = one.sort_values("at", kind="stable")
        if bands:
            axes.fill_between(ordered["at"], ordered["low"], ordered["high"], color=colour, alpha=0.18, linewidth=0)
        axes.plot(
            ordered["at"], ordered["value"], "o", color=colour, linestyle=(0, dashes) if dashes else "-", markersize=2.5
        )
    columns = ["low", "value", "high"] if bands else ["value"]
    drawn = part[part["by"].isin(values)] if not math.isnan(values[0]) else part
    for axis, found in ((axes.xaxis, part["at"]), (axes.yaxis, drawn[columns].stack())):
        low, high = float(found.min()), float(found.max())
        log = low > 0 and high / low >= _DECADES
        span = high - low or abs(high) or 1.0
        ends = (low / 1.15, high * 1.15) if log else (low - 0.05 * span, high + 0.05 * span)
        _page.scale_axis(axis, *ends, log, most=5)
