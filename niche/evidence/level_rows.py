"""Rows that measured the level of a drug, or the share of a target that it holds, after a regimen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from niche import units
from niche.evidence.comparisons import COMPARE
from niche.evidence.readings import Reading
from niche.evidence.row_plan import Bench, RowPlan
from niche.evidence.rows import Evidence
from niche.kinetics.checks import LevelReading, level_reading, plain_unit
from niche.kinetics.files import LevelRowEntry
from niche.kinetics.profiles import Levels
from niche.kinetics.read_levels import read_levels
from niche.kinetics.table import Kinetics, drug_of
from niche.params.schema import parse
from niche.params.yaml_files import Spot

SPREAD = "the spread is that between people, as the drug's source has it: no mechanism and no fit plays a part"
MARK = "drug"  # the key by which a row of a plan file is one of these


@dataclass(frozen=True)
class LevelPlan(RowPlan):
    """A row of a level: each draw is a person."""

    drug: Kinetics
    level: LevelReading
    unit: str
    said: str

    def effect(self, lab: Bench) -> np.ndarray:
        """The number in each person, in the unit of the row, shape (draws,)."""
        return np.array(lab.annex(self._read)[0][:, 0])

    def agrees(self, lab: Bench) -> np.ndarray:
        """Never asked: a level is a number."""
        return np.full(lab.draws, np.nan)

    def note(self, measured: Evidence) -> str:
        """What is assumed, and what the spread is."""
        return "; ".join(filter(None, (self.said, SPREAD)))

    @property
    def layers(self) -> set[str]:
        """The drug."""
        return {self.drug.name}

    @property
    def places(self) -> tuple[str, ...]:
        """The regimen, by which failures and warnings are said."""
        return (f"{self.drug.name}, {' and '.join(self.level.given)}",)

    def _read(self, lab: Bench) -> tuple[np.ndarray, Levels]:
        found = read_levels(self.drug, self.level, self.unit, True, lab.draws, lab.seed)
        (place,) = self.places
        failed = sum(one != "ok" for one in found[1].status)
        if failed:
            lab.failed[place] = failed
        if found[1].warnings:
            lab.warnings[place] = "; ".join(found[1].warnings)
        return found


def level_plans(entries: Mapping[str, Any], rows: Mapping[str, Evidence], spot: Spot) -> dict[str, RowPlan]:
    """The plans of rows of levels by id, from their entries in a file.

    Raises
    ------
    NicheError
        with file, line and key for an unknown drug, regimen, route or target, and a unit that does not fit what
        is read
    """
    found: dict[str, RowPlan] = {}
    for row, entry in entries.items():
        where = spot.at("rows", row)
        given = parse(LevelRowEntry, entry, where)
        with where.at("drug", said="").named():
            drug = drug_of(given.drug)
        with where.named():
            level = level_reading(given, "levels")
            if len(level.at) > 1:
                raise where.at("at", said="").error("a row is one number: give one time")
            unit = rows[row].unit
            units.factor(unit, plain_unit(level.read, unit), f"unit of row {row}")
            read_levels(drug, level, unit)  # regimen, route and target show when it is tried once
        reading = Reading(
            f"{level.read.replace('_', ' ')} of {drug.name}" + (f" at {level.target}" if level.target else ""),
            COMPARE["value"],
            " and ".join(level.given),
            None,
            level.window or level.at,
            {},
            None,
        )
        found[row] = LevelPlan(row, given.label, None, (reading,), None, "", "", drug, level, unit, given.note)
    return found
