"""Run the published checks of the drug table."""

from typing import NamedTuple

import numpy as np

from niche import units
from niche.errors import NicheError
from niche.kinetics.checks import Check, LevelReading
from niche.kinetics.read_levels import read_levels
from niche.kinetics.table import Kinetics, drug_of


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
    """The numbers of a reading in the typical person, in `unit` if it is to be scaled."""
    result, found = read_levels(drug, reading, unit, scaled)
    if found.status != ("ok",):
        raise NicheError(f"{drug.name}: {reading.given!r} could not be solved: {found.status[0]}")
    return np.asarray(result[0])
