"""Run the published checks of the drug table."""

from typing import NamedTuple

import numpy as np

from niche import units
from niche.errors import NicheError
from niche.kinetics.checks import Check, LevelReading, molar, plain_unit
from niche.kinetics.profiles import levels
from niche.kinetics.regimens import Regimen, regimen
from niche.kinetics.table import Kinetics, drug_of

_POINTS = 2001


class CheckOutcome(NamedTuple):
    """One check of one drug: what its numbers give, in the unit of the check, and whether that is near enough."""

    drug: str
    check: Check
    found: tuple[float, ...]
    holds: bool


def outcomes(drug: str | Kinetics) -> list[CheckOutcome]:
    """Every check of a drug, also those known to be missed. Raises `NicheError` for a drug that is not tier full."""
    found = drug_of(drug) if isinstance(drug, str) else drug
    return [_outcome(found, check) for check in found.checks]


def _outcome(drug: Kinetics, check: Check) -> CheckOutcome:
    result = _read(drug, check.reading, check.unit, check.over is None)
    if check.over is not None:
        result = result / _read(drug, check.over, check.unit, False) / units.factor(check.unit, "1")
    holds = bool(((result >= check.low) & (result <= check.high)).all())
    return CheckOutcome(drug.name, check, tuple(float(x) for x in result), holds)


def _read(drug: Kinetics, reading: LevelReading, unit: str, scaled: bool) -> np.ndarray:
    """The numbers of a reading, in `unit` if it is to be scaled."""
    times = np.array(reading.at) if reading.window is None else _grid(reading.window)
    end = times[-1] + 1e-6
    plans = [regimen(text, end).given_by(end) for text in reading.given]  # what is given later cannot be read yet
    found = levels(drug, plans, end, at=times)
    if found.status != ("ok",):
        raise NicheError(f"{drug.name}: {reading.given!r} could not be solved: {found.status[0]}")
    by_molecules = scaled and molar(unit)
    y = (found.total if by_molecules else found.mass)[0]
    result = _result(reading, times, y, found.lost[0] * _bioavailable(drug, plans[0]))
    if reading.read == "occupancy":
        name, _, effective = reading.target.partition(", ")
        result = found.occupancy(name, bool(effective))[0]
    return result / units.factor(unit, plain_unit(reading.read, unit)) if scaled else result


def _result(reading: LevelReading, t: np.ndarray, y: np.ndarray, lost: np.ndarray) -> np.ndarray:
    if reading.read == "excreted":
        return lost
    if reading.read == "cmax":
        return y.max(keepdims=True)
    if reading.read == "tmax":
        return t[[y.argmax()]] - t[0]
    if reading.read == "auc":
        return np.array([np.trapezoid(y, t)])
    if reading.read == "mean":
        return np.array([np.trapezoid(y, t) / (t[-1] - t[0])])
    if reading.read == "half_life":
        return np.array([np.log(2) * (t[-1] - t[0]) / np.log(y[0] / y[-1])])
    return y


def _grid(window: tuple[float, float]) -> np.ndarray:
    """Times of a window, without its end: a dose given then belongs to the next."""
    return np.linspace(window[0], window[1] - 1e-9, _POINTS)


def _bioavailable(drug: Kinetics, given: Regimen) -> float:
    numbers = drug.routes[given.parts[0].route]
    return numbers["bioavailability"].value if "bioavailability" in numbers else 1.0
