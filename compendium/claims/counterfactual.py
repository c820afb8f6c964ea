"""Other treatments of the patients of a published trial: what its ratio would be, and how it changes with the years."""

import numpy as np

from niche import units
from niche.errors import NicheError
from niche.trials import expected_trial as endless
from niche.trials.design import Design
from niche.trials.hazards import read_causes
from niche.trials.judged import arm_of_draw
from niche.trials.patients import Arm, VirtualPatients
from niche.trials.rows import Trial


def ratio(ward: VirtualPatients, trial: Trial, arm: Arm, endpoints: tuple[str, ...], control: Arm = ()) -> np.ndarray:
    """Cox's hazard ratio of an arm that the trial did not have, in each draw of a ward, shape (draws,).

    Follow-up, dropout and visits are those of the trial, its arms of equal size. NaN where an arm has no event.
    Raises `NicheError` for regimens that are wrong.
    """
    plan = Design(
        {"treated": 1, "control": 1}, trial.design.follow_up, endpoints, trial.design.dropout, trial.design.visits
    )
    end = units.days(plan.follow_up[1], "follow-up")
    frailty = {cause: read_causes()[cause].frailty.value for cause in trial.causes}
    arms: list[list[endless.ExpectedArm | None]] = []
    for one in (arm, control):
        parts = [ward.hazards(line, trial.cohort, one, end, trial.causes) for line in trial.cohort.lines]
        times = np.arange(next(iter(parts[0].values())).shape[1]) * float(ward.step)
        shares = trial.cohort.lines.values()
        arms.append([arm_of_draw(parts, shares, draw, ward, times, frailty, plan) for draw in range(ward.draws)])
    return np.array([np.nan if a is None or b is None else _cox(a, b) for a, b in zip(*arms, strict=True)])


def by_time(
    ward: VirtualPatients, trial: Trial, arm: Arm, days: float, cause: str, control: Arm = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Days (T,), and the mean hazard of patients under an arm over that without it at each, shape (draws, T)."""
    found = []
    for one in (arm, control):
        parts = [
            share * ward.hazards(line, trial.cohort, one, days, [cause])[cause].reshape(ward.draws, ward.patients, -1)
            for line, share in trial.cohort.lines.items()
        ]
        found.append(np.nanmean(np.sum(parts, axis=0), axis=1))
    return np.arange(found[0].shape[1]) * float(ward.step), found[0] / found[1]


def _cox(treated: endless.ExpectedArm, control: endless.ExpectedArm) -> float:
    try:
        return endless.hazard_ratio(treated, control, [0.5, 0.5])
    except NicheError:
        return float("nan")
