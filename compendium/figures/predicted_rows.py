"""Rows of `niche predict` as a figure: each measurement beside its prediction, in its own unit."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from compendium.figures.house_style import millimetres, style
from compendium.figures.left_out import AXES, Z90
from compendium.figures.saving import rounded
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_RARE = 0.1  # of a direction: it lies outside where fewer draws agree


class Row(Protocol):
    """What is drawn of a row: the measurement with its error on `scale`, and 5, 50 and 95 % of the draws."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def effect_type(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def scale(self) -> str: ...
    @property
    def value(self) -> float | None: ...
    @property
    def sd(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def share(self) -> float | None: ...


def predicted(
    rows: Sequence[Row], *, inside: Mapping[str, bool] | None = None, width: str | float = "double"
) -> tuple["Figure", "pd.DataFrame"]:
    """Each row measured (90 % interval of its error) beside the 90 % interval of the draws, one panel for each unit.

    A direction is the share of draws that agree.

    Parameters
    ----------
    inside
        by row, whether the measurement lies within its prediction with the error of both; where that is not told,
        whether the two intervals meet
    width
        "single", "middle", "double", or mm

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: one line per row

    Raises
    ------
    NicheError
        if nothing was simulated
    """
    known = [row for row in rows if row.share is not None or (row.low is not None and row.value is not None)]
    if not known:
        raise NicheError("none of these rows was simulated: there is nothing to draw")
    data = rounded([_record(row, (inside or {}).get(row.id)) for row in known])
    data = data.sort_values("scale", key=lambda scale: scale == "word", kind="stable").reset_index(drop=True)
    return predicted_of(data, width=width), data


def predicted_of(data: "pd.DataFrame", *, width: str | float = "double") -> "Figure":
    """The figure of a table that `predicted` gave, as its CSV keeps it."""
    with style():
        from compendium.figures.draw_left_out import draw_left_out  # late: loads matplotlib

        figure = draw_left_out(data, millimetres(width))
    figure.drawn = {"by": "predicted", "options": {"width": width}}
    return figure


def _record(row: Row, inside: bool | None) -> dict[str, Any]:
    about = {"id": row.id, "label": f"{row.label} ({row.id})"}
    empty = dict.fromkeys(("measured", "measured_low", "measured_high", "predicted_low", "predicted_high"))
    if row.share is not None:
        agree = "yes" if row.share >= _RARE else "no"
        word = {"axis": "share of draws that agree with what was seen [%]", "scale": "word", **about, **empty}
        return {**word, "seen": "", "chance_percent": 100 * row.share, "inside": agree}
    log, value = row.scale == "log", float(row.value or 0.0)
    if log and value <= 0:
        raise NicheError(f"row {row.id}: {value:g} has no place on a logarithmic axis")
    ends = (math.nan, math.nan)
    if row.sd is not None:
        reach = Z90 * float(row.sd)
        ends = (value * math.exp(-reach), value * math.exp(reach)) if log else (value - reach, value + reach)
    low, high = float(row.low or 0.0), float(row.high or 0.0)
    begin, end = (value, value) if math.isnan(ends[0]) else ends
    return {
        "axis": _axis(row),
        "scale": "log" if log else "linear",
        **about,
        "measured": value,
        "measured_low": ends[0],
        "measured_high": ends[1],
        "predicted_low": low,
        "predicted_high": high,
        "seen": "",
        "chance_percent": None,
        "inside": "yes" if (begin <= high and low <= end if inside is None else inside) else "no",
    }


def _axis(row: Row) -> str:
    """What the axis of a row says."""
    if row.effect_type == "percent_change":
        return "change [%]"
    if row.unit in ("fold", "ratio"):
        return AXES["log"] if row.scale == "log" else "times the control, linear axis"
    return f"{row.unit}{', log axis' if row.scale == 'log' else ''}"
