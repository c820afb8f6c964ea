"""The central figure: each published measurement beside what the model predicts for it."""

import math
import re
from typing import TYPE_CHECKING, Any

from compendium.figures.forest_axes import DIRECTION, RELATIVE
from compendium.figures.house_style import millimetres, style
from compendium.figures.saving import rounded
from niche.errors import NicheError
from niche.verdicts.rules import HOLDS_ALREADY, Z_REPRODUCED
from niche.verdicts.tables import remark

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


_FOLD = {
    "fold": "Fold change",
    "ratio": "Ratio",
    "rate ratio": "Rate ratio",
    "HR": "Hazard ratio",
    "subHR": "Subdistribution hazard ratio",
    "RR": "Relative risk",
    "OR": "Odds ratio",
}


def evidence(verdict: Any, *, width: str | float = "double") -> tuple["Figure", "pd.DataFrame"]:
    """Each row of a claim: measured (90 % interval) beside predicted (median, 5-95 % of draws), in its own unit.

    Rows share an axis only if they share kind, unit and scale; fitted rows are grey and say so; errors that were
    assumed are hollow. An interval or a median far beyond the measurements ends in an arrow; the table has its numbers.

    Parameters
    ----------
    verdict
        rows as `niche.verdicts.rules.RowVerdict` has them, or an object whose `rows` they are. A row has id,
        label, role, effect_type, unit, scale ("linear" or "log"), value and sd (on `scale`) or None, sd_basis
        ("reported", "assumed", "from range"), median, low, high, control_median, z, share (of draws, for a
        direction), verdict; and may have built_in, failed, hangs_on and contested_by
    width
        "single", "middle", "double", or mm; more than about twelve rows want two columns

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: one line per row

    Raises
    ------
    NicheError
        for no rows, or a row that its axis cannot hold
    """
    rows = list(getattr(verdict, "rows", verdict))
    if not rows:
        raise NicheError("a figure of evidence needs at least one row")
    records = [_record(row) for row in rows]
    if not any(record["remark"] for record in records):
        records = [{k: v for k, v in record.items() if k != "remark"} for record in records]
    data = rounded(records)
    return evidence_of(data, width=width), data


def evidence_of(data: "pd.DataFrame", *, width: str | float = "double") -> "Figure":
    """The figure of a table that `evidence` gave, as its CSV keeps it."""
    with style():
        from compendium.figures.draw_forest import draw_forest  # late: loads matplotlib

        figure = draw_forest([data[data["axis"] == name] for name in axes_of(data)], millimetres(width))
    figure.drawn = {"by": "evidence", "options": {"width": width}}
    return figure


def axes_of(data: "pd.DataFrame") -> list[str]:
    """The axes of such a table, in the order in which they are drawn."""
    return sorted(data["axis"].unique(), key=lambda name: _rank(data[data["axis"] == name].iloc[0]))


def _record(row: Any) -> dict[str, Any]:
    """What is drawn of a row."""
    where, log = f"row {row.id}", row.scale == "log"
    measured = low = high = None
    if row.value is not None:
        measured = float(row.value)
        if log and measured <= 0:
            raise NicheError(f"{where}: {measured:g} has no place on a logarithmic axis")
        if row.sd is not None:
            reach = Z_REPRODUCED * float(row.sd)
            low, high = (measured * math.exp(s) if log else measured + s for s in (-reach, reach))
    axis, unit = _axis(row)
    return {
        "axis": axis,
        "id": str(row.id),
        "label": str(row.label),
        "role": str(row.role),
        "effect_type": str(row.effect_type),
        "unit": unit,
        "scale": str(row.scale or ""),
        "measured": measured,
        "measured_low": low,
        "measured_high": high,
        "sd_basis": str(row.sd_basis or ""),
        "predicted": row.median,
        "predicted_low": row.low,
        "predicted_high": row.high,
        "control": row.control_median,
        "share_percent": None if row.share is None else 100 * float(row.share),
        "z": row.z,
        "verdict": str(row.verdict),
        "built_in": bool(row.built_in),
        "failed_draws": row.failed,
        "remark": _remark(row),
    }


def _remark(row: Any) -> str:
    """Why a row that fails may not speak against its claim, or one that holds not for it or for the fit."""
    already = HOLDS_ALREADY if HOLDS_ALREADY in row.flags else ""
    return "; ".join(filter(None, [remark(row), already]))


def _axis(row: Any) -> tuple[str, str]:
    """The label of the axis that a row belongs on, and its unit without remarks in brackets."""
    if row.value is None:
        return DIRECTION, ""
    unit = re.sub(r"\s*\(.*?\)", "", str(row.unit)).strip()
    relative, log = row.effect_type in RELATIVE or unit in _FOLD, row.scale == "log"
    if row.effect_type == "percent_change":
        name = "Change (%)" if unit == "%" else unit
    elif relative:
        name = _FOLD.get(unit, unit[:1].upper() + unit[1:])
    else:
        name = f"Value ({unit})"
    return name + ("" if log == relative else ", log axis" if log else ", linear axis"), unit


def _rank(first: Any) -> tuple[int, str]:
    if first["axis"] == DIRECTION:
        return 9, ""
    kinds = (*RELATIVE, "percent_change")
    return (kinds.index(first["effect_type"]) if first["effect_type"] in kinds else 5), first["axis"]
