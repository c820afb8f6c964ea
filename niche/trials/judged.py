"""Rows of trials as laboratories read them: one effect per parameter draw, that of a trial without chance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from niche import units
from niche.evidence.comparisons import COMPARE
from niche.evidence.readings import Reading
from niche.evidence.row_plan import Bench, RowPlan
from niche.evidence.rows import Evidence
from niche.params.yaml_files import Spot
from niche.trials.hazards import read_causes
from niche.trials.patients import FOUNDING, PATIENTS, VirtualPatients, arm_name
from niche.trials.row_effects import row_effect, trial_effect
from niche.trials.rows import STATISTICS, TrialRow, own_trial_rows, read_trials, trial_of, used

NOT_USED = "might have set a number, but was not used: shown only"


@dataclass(frozen=True)
class TrialPlan(RowPlan):
    """A row that virtual trials predict; its reading is the statistic of the trial."""

    trial: TrialRow

    @property
    def places(self) -> tuple[str, ...]:
        """Whatever may be said of it: every arm of patients that is simulated for it, and the row."""
        if self.cannot:
            return ()
        trial = trial_of(self.trial)
        arms = (arm_name(line, trial.arms[arm]) for arm in self.trial.of for line in trial.cohort.lines)
        return (*arms, self.row)

    def effect(self, lab: Bench) -> np.ndarray:
        """The statistic of the row in each draw of the laboratory's patients."""
        return trial_effect(self.trial, ward_of(lab, self.trial))

    def chance(self, lab: Bench) -> float:
        """The share of the variance between draws that was the chance of few patients, and is not in `effect`."""
        return row_effect(self.trial, ward_of(lab, self.trial)).chance

    def agrees(self, lab: Bench) -> np.ndarray:
        """Whether each draw has the sign that the row asks for."""
        return self.readings[0].holds(self.effect(lab))

    def role(self, measured: Evidence) -> str:
        """A row that might have set a number of a hazard, but was not used, is context."""
        return "context" if measured.role == "calibrate" and measured.id not in used() else measured.role

    def note(self, measured: Evidence) -> str:
        """What is assumed of the trial, and whether a number that might have set another one was used."""
        unused = NOT_USED if measured.role != self.role(measured) and not self.cannot else ""
        return "; ".join(filter(None, (self.trial.note, unused)))

    @property
    def layers(self) -> set[str]:
        """The lines of the patients, and the drugs that they are given."""
        if self.cannot:
            return set()
        trial = trial_of(self.trial)
        drugs = {str(drug) for arm in self.trial.of for drug, *_ in trial.arms[arm]}
        return {"human", *trial.cohort.lines} | drugs


def row_plans() -> dict[str, RowPlan]:
    """The plan of every row that virtual trials predict."""
    return {name: _plan(row) for name, row in read_trials()[1].items()}


SECTIONS = ("cohorts", "regimens", "trials")  # of a plan file of one's own
MARK = "trial"  # the key by which a row of a plan file is one that trials predict


def own_plans(content: Mapping[str, Any], rows: Mapping[str, Evidence], spot: Spot) -> dict[str, RowPlan]:
    """The plans of those rows of a file outside params/ that virtual trials predict, from their part of the file."""
    found = own_trial_rows(content, rows, spot)
    for row in found.values():
        if not row.cannot:
            with spot.at("trials", row.trial).named():
                _rehearse(row)
    return {name: _plan(row) for name, row in found.items()}


def _rehearse(row: TrialRow) -> None:
    """What cannot be done to patients shows when a protocol is made of it: do it once."""
    trial = trial_of(row)
    for arm in row.of:
        trial.cohort.protocol(trial.arms[arm], units.days(trial.design.follow_up[1], "follow-up"))


def ward_of(lab: Bench, row: TrialRow) -> VirtualPatients:
    """The patients of a laboratory's trials, simulated as rows ask for them; more of those in whom foci are founded."""
    founded = any(read_causes()[cause].foci for cause in trial_of(row).causes)
    return lab.annex(_founding if founded else _ward)


def _ward(lab: Bench) -> VirtualPatients:
    return _of(lab, _ward, PATIENTS)


def _founding(lab: Bench) -> VirtualPatients:
    return _of(lab, _founding, FOUNDING)


def _of(lab: Bench, build: Callable[[Bench], VirtualPatients], patients: int) -> VirtualPatients:
    if lab.intact is not None:  # a mechanism is removed from the same patients
        made = lab.intact.annex(build).without(lab.changes)
    else:
        made = VirtualPatients(lab.draws, patients, lab.seed, lab.posterior, lab.changes, lab.workers)
    made.failed, made.warnings = lab.failed, lab.warnings
    return made


def _plan(row: TrialRow) -> TrialPlan:
    if row.cannot:
        return TrialPlan(row.id, row.label, None, (), None, "", row.cannot, row)
    trial, compare = trial_of(row), COMPARE[STATISTICS[row.statistic].compare]
    days = tuple(units.days(t, "follow-up") for t in trial.design.follow_up)
    name, control = " or ".join(row.endpoints), row.of[1] if len(row.of) > 1 else None
    reading = Reading(
        f"{row.statistic.replace('_', ' ')}, {name}", compare, row.of[0], control, days, {}, row.sign or None
    )
    return TrialPlan(row.id, row.label, None, (reading,), None, row.built_in, "", row)
