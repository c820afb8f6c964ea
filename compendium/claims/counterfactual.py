"""Other treatments of the patients of a published trial: what its ratio would be, and how it changes with the years."""

import numpy as np

from niche.errors import NicheError
from niche.trials.anchors import GRID
from niche.trials.design import Design
from niche.trials.expected_trial import hazard_ratio
from niche.trials.patients import Arm, VirtualPatients
from niche.trials.row_effects import arm_of_draws, without_chance
from niche.trials.rows import Trial


def ratio(ward: VirtualPatients, trial: Trial, arm: Arm, endpoints: tuple[str, ...], control: Arm = ()) -> np.ndarray:
    """Cox's hazard ratio of an arm that the trial did not have, in each draw of a ward, shape (draws,).

    Follow-up, dropout and visits are those of the trial, its arms of equal size. NaN where an arm has no event. What
    few patients in each draw add to the spread is taken from it, as in `niche.trials.row_effects`.
    Raises `NicheError` for regimens that are wrong.
    """
    plan = Design(
        {"treated": 1, "control": 1}, trial.design.follow_up, endpoints, trial.design.dropout, trial.design.visits
    )

    def cox(half: int | None) -> np.ndarray:
        arms = [arm_of_draws(ward, trial.cohort, one, plan, trial.causes, half) for one in (arm, control)]
        try:
            return hazard_ratio(arms[0], arms[1], [0.5, 0.5])
        except NicheError:  # no draw has an event
            return np.full(ward.draws, np.nan)

    whole = cox(None)
    return whole if ward.patients < 2 else without_chance(whole, cox(0), cox(1), "log")[0]


def by_time(
    ward: VirtualPatients, trial: Trial, arm: Arm, days: float, cause: str, control: Arm = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Days (T,), and the mean hazard of patients under an arm over that without it at each, shape (draws, T)."""
    found = []
    for one in (arm, control):
        parts = [
            share * ward.hazards(line, group, one, days, [cause])[cause]
            for line, share, group in ward.groups(trial.cohort)
        ]
        found.append(np.nanmean(np.sum(parts, axis=0), axis=1))
    return np.arange(found[0].shape[1]) * float(GRID), found[0] / found[1]
