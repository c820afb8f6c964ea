"""The statistic of a trial in each draw of virtual patients, and what so few patients add to its spread.

A draw has a few patients of its own, so its statistic is off by chance. That widens the spread between draws, which is
to say what the model is unsure of. The error of a draw is known from its two halves, which are apart: where a and b are
their statistics, the variance of the whole is about the mean of (a - b)^2 / 4. So much is taken from the spread, by
drawing all draws towards their median, of a ratio on its logarithm. What is taken is said with the row.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from niche import units
from niche.errors import NicheError
from niche.sums import mean_last
from niche.trials import expected_trial
from niche.trials.anchors import GRID
from niche.trials.cohort import Arm, Cohort
from niche.trials.design import Design
from niche.trials.expected_trial import ExpectedArm
from niche.trials.hazards import read_causes
from niche.trials.patients import VirtualPatients
from niche.trials.rows import STATISTICS, TrialRow, trial_of

_CHUNK = 100  # draws at a time
_MUCH = 0.5  # share of the spread that may be chance before a row says that it needs more patients


class RowEffect(NamedTuple):
    """The statistic of a row in each draw, in the unit of the row, and how much of its spread was chance.

    Attributes
    ----------
    values
        without what few patients add to the spread, (draws,)
    raw
        with it, (draws,)
    chance
        share of the variance over draws that few patients added; NaN if it is not known
    """

    values: np.ndarray
    raw: np.ndarray
    chance: float


def trial_effect(row: TrialRow, ward: VirtualPatients) -> np.ndarray:
    """The statistic of a row in each draw of a ward, in the unit of the row, shape (draws,); see `row_effect`."""
    return row_effect(row, ward).values


def row_effect(row: TrialRow, ward: VirtualPatients) -> RowEffect:
    """The statistic of a row in each draw of a ward, and what chance of few patients was taken from its spread.

    NaN where no patient of a draw could be simulated, or an arm has no event.
    """
    return ward.annex(repr(row), lambda: _row_effect(row, ward))


def _row_effect(row: TrialRow, ward: VirtualPatients) -> RowEffect:
    unit, scale = STATISTICS[row.statistic].unit, scale_of(row)
    factor = units.factor(row.unit, unit) if unit else 1.0
    raw = _statistic(row, ward, None) / factor
    if ward.patients < 2:
        return RowEffect(raw, raw, float("nan"))
    one, two = (_statistic(row, ward, half) / factor for half in (0, 1))
    values, chance = without_chance(raw, one, two, scale)
    if chance > _MUCH:
        text = f"{chance:.0%} of the spread between draws was the chance of {ward.patients} patients in each"
        ward.warnings[row.id] = text
    return RowEffect(values, raw, chance)


def scale_of(row: TrialRow) -> str:
    """The scale on which draws are spread about their median: "log" of a ratio, else "linear"."""
    return "linear" if STATISTICS[row.statistic].unit else "log"


def without_chance(whole: np.ndarray, one: np.ndarray, two: np.ndarray, scale: str) -> tuple[np.ndarray, float]:
    """Draws (n,) with the spread that they would have with endlessly many patients, and the share that was chance.

    Parameters
    ----------
    whole, one, two
        of all patients of each draw, and of either half
    scale
        "log" or "linear"
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        all_, a, b = (np.log(x) if scale == "log" else np.asarray(x, dtype=float) for x in (whole, one, two))
    both = np.isfinite(a) & np.isfinite(b)
    if np.count_nonzero(np.isfinite(all_)) < 2 or not both.any():
        return whole, float("nan")
    spread = variance(whole, scale)
    chance = float(mean_last(np.sort((a[both] - b[both]) ** 2))) / 4
    share = min(1.0, chance / spread) if spread > 0 else 0.0
    return narrowed(whole, share, scale), share


def variance(values: np.ndarray, scale: str) -> float:
    """Of what is finite on a scale; 0 of fewer than two. The order of the values is no part of it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        on = np.log(values) if scale == "log" else np.asarray(values, dtype=float)
    known = np.sort(on[np.isfinite(on)])
    return float(mean_last((known - mean_last(known)) ** 2)) if len(known) > 1 else 0.0


def narrowed(values: np.ndarray, share: float, scale: str) -> np.ndarray:
    """Values (n,) drawn towards their median, so that a share of their variance on that scale is gone."""
    with np.errstate(invalid="ignore", divide="ignore"):
        on = np.log(values) if scale == "log" else np.asarray(values, dtype=float)
    fine = np.isfinite(on)
    if not fine.any():
        return values
    middle = np.median(on[fine])
    drawn = middle + np.sqrt(1 - min(1.0, share)) * (on - middle)
    return np.where(fine, np.exp(drawn) if scale == "log" else drawn, values)


def _statistic(row: TrialRow, ward: VirtualPatients, half: int | None) -> np.ndarray:
    """Of the patients of each draw, or of one half of them, in the unit of the statistic, (draws,)."""
    trial = trial_of(row)
    design = Design(
        trial.design.patients, trial.design.follow_up, row.endpoints, trial.design.dropout, trial.design.visits
    )
    arms = [arm_of_draws(ward, trial.cohort, trial.arms[arm], design, trial.causes, half) for arm in row.of]
    enrolled = [design.patients[arm] / sum(design.patients[a] for a in row.of) for arm in row.of]
    try:
        return np.asarray(
            getattr(expected_trial, row.statistic)(*arms, *([enrolled] if row.statistic == "hazard_ratio" else []))
        )
    except NicheError:  # no draw has an event
        return np.full(ward.draws, np.nan)


def arm_of_draws(
    ward: VirtualPatients, cohort: Cohort, arm: Arm, design: Design, causes: Sequence[str], half: int | None = None
) -> ExpectedArm:
    """One arm of a trial without chance, in each draw; patients who could not be simulated are left out."""
    key = (repr(cohort), repr(arm), design.follow_up, design.endpoints, design.dropout, design.visits, tuple(causes))
    return ward.annex((key, half), lambda: _arm_of_draws(ward, cohort, arm, design, causes, half))


def _arm_of_draws(
    ward: VirtualPatients, cohort: Cohort, arm: Arm, design: Design, causes: Sequence[str], half: int | None
) -> ExpectedArm:
    end = units.days(design.follow_up[1], "follow-up")
    groups = ward.groups(cohort)
    parts = [ward.hazards(line, one, arm, end, causes, half) for line, _, one in groups]
    frailty = {cause: read_causes()[cause].frailty.value for cause in causes}
    shares = np.repeat([share for _, share, _ in groups], next(iter(parts[0].values())).shape[1])
    found = []
    for low in range(0, ward.draws, _CHUNK):
        hazards = {c: np.concatenate([part[c][low : low + _CHUNK] for part in parts], axis=1) for c in causes}
        found.append(_expected(hazards, shares, frailty, design))
    return ExpectedArm(found[0].days, *(np.concatenate([one[i] for one in found]) for i in (1, 2, 3)))


def _expected(
    hazards: Mapping[str, np.ndarray], shares: np.ndarray, frailty: Mapping[str, float], design: Design
) -> ExpectedArm:
    """An arm in some draws, (draws, courses, times)."""
    fine = np.all([np.isfinite(h).all(axis=-1) for h in hazards.values()], axis=0)
    known = {cause: np.where(fine[..., None], hazard, 0.0) for cause, hazard in hazards.items()}
    times = np.arange(next(iter(known.values())).shape[-1]) * float(GRID)
    return expected_trial.expected_arm(times, known, frailty, design, np.where(fine, shares, 0.0))
