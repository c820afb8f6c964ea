"""What happens over time: median and bands of each arm, with measured points."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.figures.house_style import NINETY, millimetres, style, typeset
from compendium.figures.saving import rounded
from niche.errors import NicheError, unknown

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

QUANTILES = {"low90": 0.05, "low50": 0.25, "value": 0.5, "high50": 0.75, "high90": 0.95}
MOST_ARMS = 8


def course(
    arms: "Mapping[str, xr.Dataset]",
    observables: str | Sequence[str],
    *,
    points: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
    control: str | None = None,
    log: bool | Sequence[str] = False,
    labels: Mapping[str, str] | None = None,
    columns: int | None = None,
    width: str | float = "single",
) -> tuple["Figure", "pd.DataFrame"]:
    """Median line with bands that hold 50 % and 90 % of draws at each time; one panel per observable.

    Parameters
    ----------
    arms
        name of each arm -> what `niche.experiment.simulation` gave for it
    observables
        one or several variables of the data sets; panels share the time axis
    points
        observable -> arm -> {"time": [day], "value": [...], "sd": [...], "sd_basis": "reported", "from range"
        or "assumed", "scale": "linear" or "log"}: in the variable's unit; drawn with 90 % intervals
    control
        the arm that is drawn in black
    log
        True, or the observables whose axis is logarithmic; what is not above 0 is then not drawn
    labels
        observable -> axis label, in place of its name and unit
    columns
        panels side by side; None fits them to the width

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: observable, arm, kind, time, value (median), ends of the bands, draws

    Raises
    ------
    NicheError
        for unknown names, arms of unlike units, too many arms, or nothing to draw
    """
    names = [observables] if isinstance(observables, str) else list(observables)
    logs = set(names) if log is True else set(log or ())
    _check(arms, names, points or {}, control, logs)
    records: list[dict[str, Any]] = []
    for name in names:
        for arm, dataset in arms.items():
            records += _model(name, arm, dataset[name])
            records += _measured(name, arm, (points or {}).get(name, {}).get(arm))
    data = rounded(records)
    axis_labels = {name: (labels or {}).get(name) or _label(name, next(iter(arms.values()))[name]) for name in names}
    whole = {arm: dataset.sizes["draw"] for arm, dataset in arms.items()}
    figure = course_of(
        data, labels=axis_labels, draws=whole, control=control, log=sorted(logs), columns=columns, width=width
    )
    return figure, data


def course_of(
    data: "pd.DataFrame",
    *,
    labels: Mapping[str, str],
    draws: Mapping[str, int],
    control: str | None = None,
    log: Sequence[str] = (),
    columns: int | None = None,
    width: str | float = "single",
) -> "Figure":
    """The figure of a table that `course` gave, as its CSV keeps it.

    Parameters
    ----------
    labels
        observable -> axis label
    draws
        arm -> its draws; panels and key come in the order of the table, for a manifest keeps its mappings sorted
    """
    labels = {name: labels[name] for name in data["observable"].unique()}
    draws = {name: draws[name] for name in data["arm"].unique()}
    with style():
        from compendium.figures.draw_timecourse import draw_timecourse  # late: loads matplotlib

        figure = draw_timecourse(data, labels, draws, control, set(log), columns, millimetres(width))
    how = {"labels": dict(labels), "draws": dict(draws), "control": control, "log": list(log), "columns": columns}
    figure.drawn = {"by": "course", "options": {**how, "width": width}}
    return figure


def _check(arms: Any, names: Sequence[str], points: Any, control: str | None, logs: set[str]) -> None:
    if not arms or not names:
        raise NicheError("a time course needs at least one arm and one observable")
    if len(arms) > MOST_ARMS:
        raise NicheError(f"{len(arms)} arms cannot be told apart in one figure; draw at most {MOST_ARMS}")
    for arm, dataset in arms.items():
        for name in names:
            if name not in dataset:
                raise unknown(f"observable of arm {arm!r}", name, [str(v) for v in dataset.data_vars])
            if set(dataset[name].dims) != {"draw", "time"}:
                raise NicheError(f"{name!r} of arm {arm!r} has dimensions {dataset[name].dims}, expected draw and time")
    for name in names:
        units = {str(dataset[name].attrs.get("units", "1")) for dataset in arms.values()}
        if len(units) > 1:
            raise NicheError(f"{name!r} has unlike units in the arms: {', '.join(sorted(units))}")
    for what, given, allowed in (
        ("control arm", [control] if control else [], arms),
        ("log observable", logs, names),
        ("observable of points", points, names),
        ("arm of points", [a for p in points.values() for a in p], arms),
    ):
        for name in given:
            if name not in allowed:
                raise unknown(what, name, allowed)


def _model(name: str, arm: str, variable: Any) -> list[dict[str, Any]]:
    values = variable.transpose("draw", "time").to_numpy().astype(float)
    found = []
    for i, time in enumerate(variable["time"].to_numpy()):
        finite = values[np.isfinite(values[:, i]), i]
        if len(finite):
            quantiles = dict(zip(QUANTILES, np.quantile(finite, list(QUANTILES.values())).tolist(), strict=True))
            found.append(
                {
                    "observable": name,
                    "arm": arm,
                    "kind": "model",
                    "time": float(time),
                    **quantiles,
                    "sd_basis": "",
                    "draws": len(finite),
                }
            )
    if not found:
        raise NicheError(f"{name!r} of arm {arm!r} has no finite value in any draw")
    return found


def _measured(name: str, arm: str, points: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if points is None:
        return []
    where = f"points of {name!r}, arm {arm!r}"
    allowed = ("time", "value", "sd", "sd_basis", "scale")
    for key in points:
        if key not in allowed:
            raise unknown(f"column in {where}", key, allowed)
    if "time" not in points or "value" not in points:
        raise NicheError(f"{where} need 'time' and 'value'")
    time, value = (np.atleast_1d(np.asarray(points[k], dtype=float)) for k in ("time", "value"))
    given = points.get("sd")
    sd = np.full(len(value), math.nan) if given is None else np.atleast_1d(np.asarray(given, dtype=float))
    if not len(time) == len(value) == len(sd):
        raise NicheError(f"{where}: {len(time)} times, {len(value)} values and {len(sd)} errors")
    reach = NINETY * sd
    log = points.get("scale", "linear") == "log"
    low, high = (value * np.exp(-reach), value * np.exp(reach)) if log else (value - reach, value + reach)
    fixed = {"observable": name, "arm": arm, "kind": "measured"}
    basis = str(points.get("sd_basis", "assumed"))
    return [
        {**fixed, "time": t, "value": v, "low90": a, "high90": b, "sd_basis": basis, "draws": 0}
        for t, v, a, b in zip(time.tolist(), value.tolist(), low.tolist(), high.tolist(), strict=True)
    ]


def _label(name: str, variable: Any) -> str:
    """Name as the field writes it, and unit; of a pure number what it is relative to, as its description says."""
    unit, about = str(variable.attrs.get("units", "1")), str(variable.attrs.get("description", ""))
    if unit == "1":
        first = about.split(";")[0]
        unit = "relative to rest" if "relative to rest" in first else first.split(",")[0] or "dimensionless"
    return f"{typeset(str(variable.attrs.get('long_name', name)))} ({typeset(unit)})"
