"""A published row of a trial beside what virtual trials of the same design give, chance included."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from niche import units
from niche.evidence.rows import evidence
from niche.monte_carlo import quantile_errors
from niche.trials import analysis
from niche.trials.design import Design
from niche.trials.patients import VirtualPatients
from niche.trials.predictive import TrialValues, predictive_values
from niche.trials.row_effects import narrowed, row_effect, scale_of, variance
from niche.trials.rows import STATISTICS, read_trials, trial_row, used


@dataclass(frozen=True)
class TrialPrediction:
    """A row beside its prediction, in the unit of the row: median and 90 % interval over virtual trials.

    Attributes
    ----------
    role
        "calibration" if the row set a number, "validation" if it tests, "context" for any other
    inside
        whether the published number lies in the interval; None if it was not simulated
    unsure
        of the variance over trials on the scale of the row, the share that stands between draws: what is not known
    error
        Monte Carlo errors of low, median and high, with as many trials as there were
    """

    row: str
    role: str
    statement: str
    unit: str
    published: float | None
    median: float | None
    low: float | None
    high: float | None
    inside: bool | None
    unsure: float | None
    failed: int
    note: str
    error: tuple[float, ...] = ()


def predict_row(row: str, *, ward: VirtualPatients | None = None, trials: int = 200, seed: int = 1) -> TrialPrediction:
    """A row of params/evidence beside its predictive median and 90 % interval.

    The interval holds what is not known of the model's numbers (between draws) and the chance of who is enrolled and
    has events (within a draw). Coefficients of hazards are fixed at the values of params/trials.

    Parameters
    ----------
    ward
        patients to share between rows; None makes new ones
    trials
        virtual trials of the design
    """
    plan, published = trial_row(row), evidence(row)
    kind = "calibration" if row in used() else "validation" if published.role == "predict" else "context"
    head = (row, kind, published.statement, published.unit, published.value)
    if plan.cannot:
        return TrialPrediction(*head, None, None, None, None, None, 0, plan.cannot)
    ward = ward or VirtualPatients(seed=seed)
    trial = read_trials()[0][plan.trial]
    design = Design(
        trial.design.patients, trial.design.follow_up, plan.endpoints, trial.design.dropout, trial.design.visits
    )
    end = units.days(design.follow_up[1], "follow-up")
    people = ward.population(trial.cohort, trial.arms, end, trial.causes, sum(design.patients.values()))
    found = predictive_values(getattr(analysis, plan.statistic), people, design, *plan.of, trials=trials, seed=seed)
    unit = STATISTICS[plan.statistic].unit
    scale = units.factor(published.unit, unit) if unit else 1.0
    effect = row_effect(plan, ward)
    removed = variance(effect.raw, scale_of(plan)) * np.nan_to_num(effect.chance)  # what few patients in a draw add
    whole = variance(found.values / scale, scale_of(plan))
    values = narrowed(found.values / scale, removed / whole if whole > 0 else 0.0, scale_of(plan))
    median, low, high = TrialValues(values, found.failed).interval()
    inside = None if published.value is None else low <= published.value <= high
    return TrialPrediction(
        *head,
        median,
        low,
        high,
        inside,
        _between(effect.values, values, scale_of(plan)),
        found.failed,
        plan.note,
        quantile_errors(values[np.isfinite(values)]),
    )


def _between(draws: np.ndarray, trials: np.ndarray, scale: str) -> float | None:
    """Share of the variance over trials that is between draws."""
    between, whole = variance(draws, scale), variance(trials, scale)
    return min(1.0, between / whole) if whole > 0 else None


def prediction_table(outcomes: Sequence[TrialPrediction]) -> str:
    """Rows beside their predictions: those that set numbers apart from those that test them, and the coverage."""
    lines = []
    for kind in ("calibration", "validation", "context"):
        own = [one for one in outcomes if one.role == kind]
        done = [one for one in own if one.inside is not None]
        if own:
            hits = sum(bool(one.inside) for one in done)
            lines.append(f"{kind}: {hits} of {len(done)} published numbers in the 90 % interval")
        for one in own:
            number = "" if one.published is None else f"{one.published:g} {one.unit}"
            told = "cannot" if one.median is None else f"{one.median:.3g} ({one.low:.3g} to {one.high:.3g})"
            if one.error and np.isfinite(one.error).all():
                told += " ± {1:.1g} ({0:.1g}, {2:.1g})".format(*one.error)
            told = told.replace("inf", "not reached")
            mark = {True: "inside", False: "outside", None: ""}[one.inside]
            lines.append(f"  {one.row:<6} {number:<16} {told:<48} {mark:<8} {one.note}".rstrip())
    return "\n".join(lines)
