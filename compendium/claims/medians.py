"""A ratio of medians that a constant hazard ratio does not give: what shape, frailty, waning or competing death would.

With exponential times the ratio of medians (control over treated) is the hazard ratio. In the pooled trials of
denosumab against zoledronate it is 19.4 / 27.6 = 0.70 [CL179, CL178], and the hazard ratio 0.83 [CL001].
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from niche.errors import NicheError

_LN2 = float(np.log(2))


@dataclass(frozen=True)
class Explanation:
    """One mechanism: the number that it would need for both, None if none does; what it then gives.

    Attributes
    ----------
    medians
        of control and treated
    hazard_ratio
        Cox's in a large trial with equal arms followed for `follow_up`
    """

    mechanism: str
    needs: str
    value: float | None
    medians: tuple[float, float]
    hazard_ratio: float


def explain(hazard_ratio: float, control: float, treated: float, follow_up: float) -> list[Explanation]:
    """What would reconcile medians with a hazard ratio, one mechanism at a time.

    Parameters
    ----------
    control, treated
        medians in one unit of time
    follow_up
        of all patients, in the same unit

    Raises
    ------
    NicheError
        unless 0 < hazard_ratio < 1 and the treated median is the longer
    """
    if not (0 < hazard_ratio < 1 and 0 < control < treated and follow_up > 0):
        raise NicheError("give a hazard ratio between 0 and 1, medians with the treated one longer, and a follow-up")
    ratio = control / treated
    shape = float(np.log(hazard_ratio) / np.log(ratio))
    return [
        Explanation("Weibull", "shape", shape, (control, control * hazard_ratio ** (-1 / shape)), hazard_ratio),
        _frailty(hazard_ratio, control, treated, follow_up),
        _change(hazard_ratio, control, treated, follow_up, waning=True),
        _change(hazard_ratio, control, treated, follow_up, waning=False),
        _death(hazard_ratio, control, treated),
    ]


def cox(times: np.ndarray, control: np.ndarray, treated: np.ndarray) -> float:
    """Cox's hazard ratio of a large trial with equal arms, from survival curves (times,): the root of its score."""
    events = np.stack([-np.diff(control), -np.diff(treated)])
    risk = np.stack([(s[1:] + s[:-1]) / 2 for s in (control, treated)])

    def score(beta: float) -> float:
        share = np.exp(beta) * risk[1] / (risk[0] + np.exp(beta) * risk[1])
        return float((events[1] - events.sum(axis=0) * share).sum())

    return float(np.exp(_root(score, -5.0, 5.0) or 0.0))


def _frailty(target: float, control: float, treated: float, follow_up: float) -> Explanation:
    """Gamma frailty with constant hazards: the ratio of medians is that of each patient, Cox's is nearer to 1."""
    each, times = control / treated, np.linspace(0, follow_up, 4001)

    def curves(variance: float) -> tuple[np.ndarray, np.ndarray]:
        rate = (2**variance - 1) / variance / control
        one, two = ((1 + variance * rate * k * times) ** (-1 / variance) for k in (1.0, each))
        return one, two

    variance = _root(lambda v: cox(times, *curves(v)) - target, 1e-4, 20.0)
    found = cox(times, *curves(variance or 20.0))
    return Explanation("frailty", "variance", variance, (control, treated), found)


def _change(target: float, control: float, treated: float, follow_up: float, waning: bool) -> Explanation:
    """Constant hazard in the control; the treated one differs before a day (waning) or after it (delay) alone.

    For each day, the effect that gives the treated median; then the day at which Cox's ratio is right.
    """
    rate, times = _LN2 / control, np.linspace(0, follow_up, 4001)

    def curves(day: float) -> tuple[np.ndarray, np.ndarray]:
        before = min(day, treated)
        # cumulative hazard of the treated reaches ln 2 at their median
        left = before if waning else treated - before
        effect = max((_LN2 / rate - (treated - left)) / left, 0.0)
        early, late = (effect, 1.0) if waning else (1.0, effect)
        risen = rate * (early * np.minimum(times, day) + late * np.maximum(times - day, 0.0))
        return np.exp(-rate * times), np.exp(-risen)

    least, most = (treated - control, follow_up) if waning else (0.0, control)
    days = np.linspace(least + 1e-6, most - 1e-6, 61)
    seen = np.array([cox(times, *curves(d)) for d in days])
    turn = np.flatnonzero(np.diff(np.sign(seen - target)))
    day = _root(lambda d: cox(times, *curves(d)) - target, days[turn[0]], days[turn[0] + 1]) if len(turn) else None
    # where no day does, the ratio that comes nearest
    found = float(seen[np.abs(seen - target).argmin()]) if day is None else cox(times, *curves(day))
    name = "waning effect" if waning else "delayed effect"
    return Explanation(name, "day of the end" if waning else "day of the start", day, (control, treated), found)


def _death(target: float, control: float, treated: float) -> Explanation:
    """Competing death in both arms, medians read off cumulative incidence: time at which half have had the event."""

    def half(rate: float, death: float) -> float:
        whole = rate + death
        left = 1 - 0.5 * whole / rate
        return float(-np.log(left) / whole) if left > 0 else float("inf")

    def rate(death: float) -> float:
        found = _root(lambda log: half(np.exp(log), death) - control, float(np.log(max(death, 1e-12))) + 1e-9, 5.0)
        return float(np.exp(found)) if found is not None else float("nan")

    def off(death: float) -> float:
        return min(half(target * rate(death), death), 1e6) - treated

    death = _root(off, 1e-9, 2 / control)
    own = rate(death or 1e-9)
    medians = (half(own, death or 1e-9), half(target * own, death or 1e-9))
    return Explanation("competing death", "hazard of death", death, medians, target)


def _root(function: Callable[[float], float], low: float, high: float) -> float | None:
    """Where a function changes sign between two points, by bisection; None if it does not."""
    at_low, at_high = function(low), function(high)
    if not (np.isfinite(at_low) or at_low in (np.inf, -np.inf)) or np.sign(at_low) == np.sign(at_high):
        return None
    while low < (middle := (low + high) / 2) < high:  # until no number lies between
        low, high = (middle, high) if np.sign(function(middle)) == np.sign(at_low) else (low, middle)
    return (low + high) / 2
