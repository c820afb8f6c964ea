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
from niche.sums import sum_last
from niche.trials.anchors import fallen_log
from niche.trials.design import Design

_STEPS = 600  # of a follow-up without visits
_BETWEEN = 12  # steps between two visits
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


class ExpectedArm(NamedTuple):
    """What is seen of an arm, per patient: `events` found at `days` (K,), share at risk there, and days watched.

    Attributes
    ----------
    events, risk
        (..., K)
    watched
        (...,), for as many draws as the hazards had
    """

    days: np.ndarray
    events: np.ndarray
    risk: np.ndarray
    watched: np.ndarray


def expected_arm(
    times: np.ndarray,
    hazards: Mapping[str, np.ndarray],
    frailty: Mapping[str, float],
    design: Design,
    weights: np.ndarray | None = None,
) -> ExpectedArm:
    """An arm with endlessly many patients, of one draw or of many.

    A draw without weight is NaN.

    Parameters
    ----------
    times
        days of the hazards (T,)
    hazards
        by cause [1/day], (..., courses, T); between two times a hazard is the mean of both, as in `event_times`
    frailty
        variance by cause
    weights
        share of patients on each course, (..., courses); equal if None

    Raises
    ------
    NicheError
        for an endpoint without a hazard
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
    whole: np.ndarray | None = None
    own: np.ndarray | float = 0.0
    for cause, hazard in hazards.items():
        fallen = fallen_log(_risen(times, hazard, days), frailty.get(cause, 0.0))
        whole = fallen if whole is None else whole + fallen
        own = own + (np.diff(fallen, axis=-1) if cause in design.endpoints else 0.0)
    assert whole is not None
    every = np.diff(whole, axis=-1)
    share = np.divide(own, every, out=np.zeros_like(every), where=every > 0)
    free = np.exp(-whole)
    each = np.ones(free.shape[:-1]) if weights is None else np.broadcast_to(weights, free.shape[:-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        each = each / sum_last(each)[..., None]
    new, alive = _shared(each, -np.diff(free, axis=-1) * share), _shared(each, free)
    if gap is None:
        middle = (days[1:] + days[:-1]) / 2
        here = _watched(middle, least, most, design.dropout)
        risk = here * (alive[..., 1:] + alive[..., :-1]) / 2
        # Ties are taken away one after another, so that those at risk are as before the first of them.
        return ExpectedArm(days[1:], new * here, risk + new * here / 2, sum_last(risk) * (days[1] - days[0]))
    by_visit = new.reshape(*new.shape[:-1], -1, _BETWEEN)
    found, visits = sum_last(by_visit), days[_BETWEEN::_BETWEEN]
    here = _watched(visits, least, most, design.dropout)
    # Who has had the event is watched until the visit that finds it.
    before = np.cumsum(by_visit, axis=-1)[..., :-1]
    waiting = np.concatenate([np.zeros_like(before[..., :1]), before], axis=-1) + by_visit / 2
    middle = (days[1:] + days[:-1]) / 2
    there = (alive[..., 1:] + alive[..., :-1]) / 2 + waiting.reshape(new.shape)
    still = sum_last(_watched(middle, least, most, design.dropout) * there)
    return ExpectedArm(visits, found * here, here * (alive[..., _BETWEEN::_BETWEEN] + found), still * gap / _BETWEEN)


def _shared(each: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean over courses, (..., courses, K) -> (..., K); a course without weight counts as if it were not there."""
    return sum_last(np.moveaxis(np.where(each[..., None] > 0, each[..., None] * values, 0.0 * each[..., None]), -2, -1))


def _risen(times: np.ndarray, hazard: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Cumulative hazards (..., courses, days)."""
    steps = (hazard[..., 1:] + hazard[..., :-1]) / 2 * np.diff(times)
    whole = np.concatenate([np.zeros_like(steps[..., :1]), np.cumsum(steps, axis=-1)], axis=-1)
    at = np.clip(np.searchsorted(times, days, side="right") - 1, 0, len(times) - 2)
    part = np.minimum((days - times[at]) / np.diff(times)[at], 1.0)
    return np.asarray(whole[..., at] + part * steps[..., at])


def _watched(days: np.ndarray, least: float, most: float, dropout: float) -> np.ndarray:
    """Share of patients whose watch has not ended by each day."""
    end = (days <= most + 1e-9).astype(float) if most <= least else np.clip((most - days) / (most - least), 0.0, 1.0)
    return np.asarray(end * (1 - dropout) ** (days / 365.25))


def hazard_ratio(treated: ExpectedArm, control: ExpectedArm, shares: Sequence[float]) -> np.ndarray:
    """Cox's ratio (...,), NaN where an arm has no event.

    Parameters
    ----------
    shares
        of patients in each arm, the treated first

    Raises
    ------
    NicheError
        if an arm has no event in any draw
    """
    one, two = (
        arm._replace(events=s * arm.events, risk=s * arm.risk)
        for arm, s in zip((treated, control), shares, strict=True)
    )
    fine = _need(one, two)
    flat = [np.reshape(x, (-1, x.shape[-1])) for x in (one.events, one.risk, two.events, two.risk)]
    ratios = np.full(flat[0].shape[0], np.nan)
    there = np.flatnonzero(np.ravel(fine))
    ratios[there] = _cox(*(x[there] for x in flat))
    return ratios.reshape(np.shape(fine))


def _cox(events1: np.ndarray, risk1: np.ndarray, events2: np.ndarray, risk2: np.ndarray) -> np.ndarray:
    """The root of Cox's score, (draws,), of events and those at risk (draws, K) in two arms."""
    gone = ((_NODES + 1) / 2)[:, None]
    both = (events1 + events2)[:, None] * (_WEIGHTS / 2)[:, None]
    ones = np.maximum(risk1[:, None] - gone * events1[:, None], 0.0)
    zeros = np.maximum(risk2[:, None] - gone * events2[:, None], 0.0)
    died = sum_last(events1)
    beta = np.log(died / sum_last(risk1) / (sum_last(events2) / sum_last(risk2)))
    moving = np.arange(len(beta))
    for _ in range(60):
        top = np.exp(beta[moving])[:, None, None] * ones
        share = both * (top / np.maximum(top + zeros, 1e-300))
        information = _total(share * (1 - share / np.maximum(both, 1e-300)))
        step = (died[moving] - _total(share)) / information
        beta[moving] += np.clip(step, -2.0, 2.0)
        on = ~(np.abs(step) < 1e-10)
        if not on.any():
            break
        moving, both, ones, zeros = moving[on], both[on], ones[on], zeros[on]
    return np.asarray(np.exp(beta))


def _total(terms: np.ndarray) -> np.ndarray:
    """Sum over the last two axes."""
    return sum_last(sum_last(terms))


def rate_ratio(treated: ExpectedArm, control: ExpectedArm) -> np.ndarray:
    """First events per time watched, treated over control, (...,); NaN where an arm has no event.

    Raises `NicheError` if an arm has no event in any draw.
    """
    fine = _need(treated, control)
    with np.errstate(all="ignore"):
        rates = [sum_last(arm.events) / arm.watched for arm in (treated, control)]
        return np.asarray(np.where(fine, rates[0] / rates[1], np.nan))


def proportion(arm: ExpectedArm) -> np.ndarray:
    """Share of patients in whom the event is seen, (...,)."""
    return sum_last(arm.events)


def risk_ratio(treated: ExpectedArm, control: ExpectedArm) -> np.ndarray:
    """Share of the treated in whom the event is seen over that of the control, (...,); NaN where an arm has no event.

    Raises `NicheError` if an arm has no event in any draw.
    """
    fine = _need(treated, control)
    with np.errstate(all="ignore"):
        return np.asarray(np.where(fine, proportion(treated) / proportion(control), np.nan))


def median_time(arm: ExpectedArm) -> np.ndarray:
    """Kaplan-Meier median [days], (...,); inf where fewer than half have the event while anyone is watched."""
    with np.errstate(all="ignore"):
        left = np.cumprod(np.where(arm.risk > 1e-9, 1 - arm.events / arm.risk, 1.0), axis=-1)
    after = (left <= 0.5) & (arm.risk > 1e-9)
    found = np.where(after.any(axis=-1), arm.days[np.argmax(after, axis=-1)], np.inf)
    return np.asarray(np.where(np.isfinite(arm.watched), found, np.nan))


def median_delay(treated: ExpectedArm, control: ExpectedArm) -> np.ndarray:
    """Median of the treated less that of the control [days], (...,); NaN where that of the control is not reached."""
    later, sooner = median_time(treated), median_time(control)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(np.isfinite(sooner), later - sooner, np.nan))


def _need(*arms: ExpectedArm) -> np.ndarray:
    """Draws in which every arm has an event."""
    fine = np.all([sum_last(arm.events) > 0 for arm in arms], axis=0)
    if not fine.any():
        raise NicheError("an arm has no event: nothing can be compared; follow the patients for longer")
    return np.asarray(fine)
