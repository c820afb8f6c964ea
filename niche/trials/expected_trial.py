"""What a trial gives without chance: its statistic with endlessly many patients, from their hazards.

A published error is the chance of one trial, and stands in the row. What the model is unsure of is the spread of this
number between draws; chance is thus counted once where a row is judged. Events, competing causes, gamma frailty,
follow-up, dropout and visits are those of `niche.trials.design`, Cox's ratio with ties after Efron, all as integrals.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from niche import units
from niche.errors import NicheError, unknown
from niche.trials.anchors import unharmed
from niche.trials.design import Design

_STEPS = 600  # of a follow-up without visits
_BETWEEN = 12  # steps between two visits
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


class ExpectedArm(NamedTuple):
    """What is seen of an arm, per patient: `events` found at `days` (K,), share at risk there, and days watched."""

    days: np.ndarray
    events: np.ndarray
    risk: np.ndarray
    watched: float


def expected_arm(
    times: np.ndarray,
    hazards: Mapping[str, np.ndarray],
    frailty: Mapping[str, float],
    design: Design,
    weights: np.ndarray | None = None,
) -> ExpectedArm:
    """An arm with endlessly many patients.

    times : days of the hazards (T,); hazards : by cause [1/day], (courses, T), between two times the mean of both, as
    in `event_times`; frailty : variance by cause; weights : share of patients on each course, equal if None
    raises : NicheError for an endpoint without a hazard
    """
    for endpoint in design.endpoints:
        if endpoint not in hazards:
            raise unknown("endpoint", endpoint, hazards)
    least, most = (min(units.days(t, "follow-up"), float(times[-1])) for t in design.follow_up)
    gap = None if design.visits is None else units.days(design.visits, "visits")
    if gap is None:
        days = np.linspace(0, most, _STEPS + 1)
    else:
        days = np.arange(int(np.ceil(most / gap - 1e-9)) * _BETWEEN + 1) * gap / _BETWEEN
    free = {c: unharmed(_risen(times, h, days), frailty.get(c, 0.0)) for c, h in hazards.items()}
    logs = {c: -np.diff(np.log(s), axis=1) for c, s in free.items()}
    alive, whole = np.prod(list(free.values()), axis=0), np.sum(list(logs.values()), axis=0)
    share = np.divide(sum(logs[c] for c in design.endpoints), whole, out=np.zeros_like(whole), where=whole > 0)
    each = np.full(len(alive), 1 / len(alive)) if weights is None else weights / np.sum(weights)
    new, alive = each @ (-np.diff(alive, axis=1) * share), each @ alive
    if gap is None:
        middle = (days[1:] + days[:-1]) / 2
        here = _watched(middle, least, most, design.dropout)
        risk = here * (alive[1:] + alive[:-1]) / 2
        # Ties are taken away one after another, so that those at risk are as before the first of them.
        return ExpectedArm(days[1:], new * here, risk + new * here / 2, float(risk.sum() * (days[1] - days[0])))
    by_visit = new.reshape(-1, _BETWEEN)
    found, visits = by_visit.sum(axis=1), days[_BETWEEN::_BETWEEN]
    here = _watched(visits, least, most, design.dropout)
    # Who has had the event is watched until the visit that finds it.
    waiting = np.pad(np.cumsum(by_visit, axis=1)[:, :-1], ((0, 0), (1, 0))) + by_visit / 2
    middle = (days[1:] + days[:-1]) / 2
    still = _watched(middle, least, most, design.dropout) * ((alive[1:] + alive[:-1]) / 2 + waiting.ravel())
    return ExpectedArm(
        visits, found * here, here * (alive[_BETWEEN::_BETWEEN] + found), float(still.sum() * gap / _BETWEEN)
    )


def _risen(times: np.ndarray, hazard: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Cumulative hazards (courses, days)."""
    steps = (hazard[:, 1:] + hazard[:, :-1]) / 2 * np.diff(times)
    whole = np.pad(np.cumsum(steps, axis=1), ((0, 0), (1, 0)))
    at = np.clip(np.searchsorted(times, days, side="right") - 1, 0, len(times) - 2)
    part = np.minimum((days - times[at]) / np.diff(times)[at], 1.0)
    return np.asarray(whole[:, at] + part * (whole[:, at + 1] - whole[:, at]))


def _watched(days: np.ndarray, least: float, most: float, dropout: float) -> np.ndarray:
    """Share of patients whose watch has not ended by each day."""
    end = (days <= most + 1e-9).astype(float) if most <= least else np.clip((most - days) / (most - least), 0.0, 1.0)
    return np.asarray(end * (1 - dropout) ** (days / 365.25))


def hazard_ratio(treated: ExpectedArm, control: ExpectedArm, shares: Sequence[float]) -> float:
    """Cox's ratio; shares : of patients in each arm. Raises `NicheError` if an arm has no event."""
    one, two = (
        arm._replace(events=s * arm.events, risk=s * arm.risk)
        for arm, s in zip((treated, control), shares, strict=True)
    )
    _need(one, two)
    gone = ((_NODES + 1) / 2)[:, None]
    beta = float(np.log(one.events.sum() / one.risk.sum() / (two.events.sum() / two.risk.sum())))
    for _ in range(60):
        top = np.exp(beta) * np.maximum(one.risk - gone * one.events, 0.0)
        share = top / np.maximum(top + np.maximum(two.risk - gone * two.events, 0.0), 1e-300)
        both = (one.events + two.events) * (_WEIGHTS / 2)[:, None]
        step = float((one.events.sum() - (both * share).sum()) / (both * share * (1 - share)).sum())
        beta += float(np.clip(step, -2.0, 2.0))
        if abs(step) < 1e-10:
            break
    return float(np.exp(beta))


def rate_ratio(treated: ExpectedArm, control: ExpectedArm) -> float:
    """First events per time watched, treated over control. Raises `NicheError` if an arm has no event."""
    _need(treated, control)
    return float(treated.events.sum() / treated.watched / (control.events.sum() / control.watched))


def proportion(arm: ExpectedArm) -> float:
    """Share of patients in whom the event is seen."""
    return float(arm.events.sum())


def median_time(arm: ExpectedArm) -> float:
    """Kaplan-Meier median [days]; inf if fewer than half have the event while anyone is watched."""
    at_risk = arm.risk > 1e-9
    left = np.cumprod(1 - arm.events[at_risk] / arm.risk[at_risk])
    after = np.flatnonzero(left <= 0.5)
    return float(arm.days[at_risk][after[0]]) if len(after) else float("inf")


def median_delay(treated: ExpectedArm, control: ExpectedArm) -> float:
    """Median of the treated less that of the control [days]; NaN if neither is reached."""
    later, sooner = median_time(treated), median_time(control)
    return later - sooner if np.isfinite(sooner) else float("nan")


def _need(*arms: ExpectedArm) -> None:
    if not all(arm.events.sum() > 0 for arm in arms):
        raise NicheError("an arm has no event: nothing can be compared; follow the patients for longer")
