"""Measurements of evidence rows as points of a time course, in the unit of the observable."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from niche.errors import NicheError
from niche.evidence.comparisons import COMPARE
from niche.evidence.plans import plan_of
from niche.evidence.rows import evidence

_TO_REST = tuple(COMPARE[name] for name in ("percent", "percent of start", "fold", "fold of start"))


def points(rows: Sequence[str], arms: Mapping[str, str] | None = None) -> dict[str, dict[str, dict[str, Any]]]:
    """Observable -> arm -> times, values and errors, as `compendium.figures.timecourse` draws them.

    Parameters
    ----------
    rows
        evidence ids with a number that is relative to rest, start or control (relative to 1 in the model)
    arms
        name of an experiment's arm -> name in the figure; rows of arms that it does not name are left out

    Raises
    ------
    NicheError
        for a row that is no such number
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        how, measured = plan_of(row), evidence(row)
        if not how.readings or how.readings[0].compare not in _TO_REST or measured.value is None or measured.sd is None:
            raise NicheError(
                f"row {row} is not a number relative to rest, start or control: it is no point of a course"
            )
        reading = how.readings[0]
        if arms is not None and reading.treated not in arms:
            continue
        arm = reading.treated if arms is None else arms[reading.treated]
        size = reading.compare.scale
        place: dict[str, Any] = {"time": [], "value": [], "sd": [], "sd_basis": "reported", "scale": measured.scale}
        place = found.setdefault(reading.observable, {}).setdefault(arm, place)
        if place["scale"] != measured.scale:
            raise NicheError(f"row {row} has its error on another scale than the rows before it: draw them apart")
        place["time"].append(sum(reading.day) / len(reading.day))
        place["value"].append(float(reading.compare.ratio(np.asarray(measured.value))))
        place["sd"].append(measured.sd / (1.0 if measured.scale == "log" else size))
        if measured.sd_basis != "reported":
            place["sd_basis"] = "assumed"
    return found
