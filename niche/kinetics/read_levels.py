"""One number of the levels after a regimen: a level, a peak, an area, a half-life, a share of a target."""

import numpy as np

from niche import units
from niche.kinetics.checks import LevelReading, molar, plain_unit
from niche.kinetics.profiles import Levels, levels
from niche.kinetics.regimens import Regimen, regimen
from niche.kinetics.table import Kinetics

_POINTS = 2001


def read_levels(
    drug: Kinetics, reading: LevelReading, unit: str, scaled: bool = True, people: int | None = None, seed: int = 1
) -> tuple[np.ndarray, Levels]:
    """The numbers of a reading (people, numbers), in `unit` if it is to be scaled, and the levels behind them.

    Parameters
    ----------
    people, seed
        as in `niche.kinetics.levels`; None is the typical person alone

    Returns
    -------
    tuple[np.ndarray, Levels]
        NaN for a person whose level could not be solved

    Raises
    ------
    NicheError
        for a regimen or a target that the drug has not
    """
    times = np.array(reading.at) if reading.window is None else _grid(reading.window)
    end = times[-1] + 1e-6
    plans = [regimen(text, end).given_by(end) for text in reading.given]  # what is given later cannot be read yet
    found = levels(drug, plans, end, at=times, people=people, seed=seed)
    if reading.read == "occupancy":
        name, _, effective = reading.target.partition(", ")
        result = found.occupancy(name, bool(effective))
    else:
        y = found.total if scaled and molar(unit) else found.mass
        result = _result(reading, times, y, found.lost * _bioavailable(drug, plans[0]))
    if scaled:
        result = result / units.factor(unit, plain_unit(reading.read, unit))
    fine = np.array([one == "ok" for one in found.status])
    return np.where(fine[:, None], result, np.nan), found


def _result(reading: LevelReading, t: np.ndarray, y: np.ndarray, lost: np.ndarray) -> np.ndarray:
    if reading.read == "excreted":
        return lost
    if reading.read == "cmax":
        return y.max(axis=1, keepdims=True)
    if reading.read == "tmax":
        return np.asarray((t[y.argmax(axis=1)] - t[0])[:, None])
    if reading.read == "auc":
        return np.asarray(np.trapezoid(y, t, axis=1)[:, None])
    if reading.read == "mean":
        return np.asarray(np.trapezoid(y, t, axis=1)[:, None] / (t[-1] - t[0]))
    if reading.read == "half_life":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(2) * (t[-1] - t[0]) / np.log(y[:, :1] / y[:, -1:]))
    return y


def _grid(window: tuple[float, float]) -> np.ndarray:
    """Times of a window, without its end: a dose given then belongs to the next."""
    return np.linspace(window[0], window[1] - 1e-9, _POINTS)


def _bioavailable(drug: Kinetics, given: Regimen) -> float:
    numbers = drug.routes[given.parts[0].route]
    return numbers["bioavailability"].value if "bioavailability" in numbers else 1.0
