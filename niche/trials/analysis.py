"""What a paper reports of a trial, by the estimators that papers use (statsmodels)."""

from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError, unknown
from niche.trials.events import CENSORED


class Sample(NamedTuple):
    """What was seen of each patient: time [days], cause (`CENSORED` if none) and arm, all (n,); which causes count."""

    time: np.ndarray
    cause: np.ndarray
    arm: np.ndarray
    endpoints: tuple[str, ...]

    @property
    def happened(self) -> np.ndarray:
        """Whether each patient had the event, shape (n,)."""
        return np.isin(self.cause, self.endpoints)


def hazard_ratio(sample: Sample, treated: str, control: str) -> tuple[float, float, float]:
    """Cox's hazard ratio (ties after Efron) of the treated against the control arm, with its 95 % interval.

    Any other cause censors, as in the papers. With one covariate that is 0 or 1 the partial likelihood needs only the
    counts at each event, so a thousand trials take seconds; a test holds it against statsmodels.
    Raises `NicheError` for an empty arm, one without events, or arms that never have patients at risk together, for
    which no ratio is the best.
    """
    both = _arms(sample, treated, control)
    time, event = sample.time[both], sample.happened[both]
    inside = np.asarray(sample.arm[both] == treated)
    days, at = np.unique(time[event], return_inverse=True)
    died = np.bincount(at, minlength=len(days))
    died_treated = np.bincount(at[inside[event]], minlength=len(days))
    risk = len(time) - np.searchsorted(np.sort(time), days)
    risk_treated = inside.sum() - np.searchsorted(np.sort(time[inside]), days)
    # Efron: the l-th of d tied deaths finds a share l / d of the tied gone.
    which = np.repeat(np.arange(len(days)), died)
    gone = (np.arange(len(which)) - np.repeat(np.cumsum(died) - died, died)) / died[which]
    ones = risk_treated[which] - gone * died_treated[which]
    zeros = (risk - risk_treated)[which] - gone * (died - died_treated)[which]
    beta = 0.0
    for _ in range(50):
        share = ones * np.exp(beta) / (ones * np.exp(beta) + zeros)
        information = float((share * (1 - share)).sum())
        if information < 1e-9:
            raise NicheError(f"the arms {treated!r} and {control!r} do not overlap in time: no hazard ratio fits best")
        step = float((died_treated.sum() - share.sum()) / information)
        beta += np.clip(step, -2.0, 2.0)
        if abs(step) < 1e-10:
            break
    wide = 1.959964 / np.sqrt(information)
    return float(np.exp(beta)), float(np.exp(beta - wide)), float(np.exp(beta + wide))


def median_time(sample: Sample, arm: str) -> float:
    """Kaplan-Meier median [days] to the event; inf if fewer than half have it. Raises `NicheError` for no patients."""
    from statsmodels.duration.survfunc import SurvfuncRight

    own = check_arm(sample, arm)
    if not sample.happened[own].any():
        return float("inf")
    median = float(SurvfuncRight(sample.time[own], sample.happened[own]).quantile(0.5))
    return median if np.isfinite(median) else float("inf")


def median_delay(sample: Sample, treated: str, control: str) -> float:
    """Median of the treated less that of the control [days]; NaN if that of the control is not reached."""
    later, sooner = median_time(sample, treated), median_time(sample, control)
    return later - sooner if np.isfinite(sooner) else float("nan")


def cumulative_incidence(sample: Sample, arm: str, day: float) -> float:
    """Share with the event by a day, others competing (Aalen-Johansen). Raises `NicheError` for no patients."""
    from statsmodels.duration.survfunc import CumIncidenceRight

    own = check_arm(sample, arm)
    kind = np.where(sample.happened[own], 1, np.where(sample.cause[own] == CENSORED, 0, 2))
    if not (kind == 1).any():
        return 0.0
    with np.errstate(divide="ignore", invalid="ignore"):  # of the error where nobody is left at risk
        curve = CumIncidenceRight(sample.time[own], kind)
    seen = curve.cinc[0][curve.times <= day]
    return float(seen[-1]) if len(seen) else 0.0


def log_rank(sample: Sample, treated: str, control: str) -> float:
    """P of the log-rank test. Raises `NicheError` for an empty arm, or one without events."""
    from statsmodels.duration.survfunc import survdiff

    both = _arms(sample, treated, control)
    return float(survdiff(sample.time[both], sample.happened[both], sample.arm[both] == treated)[1])


def proportion(sample: Sample, arm: str) -> float:
    """Share of the patients of an arm in whom the event was seen. Raises `NicheError` for no patients."""
    return float(sample.happened[check_arm(sample, arm)].mean())


def risk_ratio(sample: Sample, treated: str, control: str) -> float:
    """Share of the treated in whom the event was seen over that of the control. Raises `NicheError` for an empty arm,
    or a control without events."""
    _arms(sample, treated, control)
    shares = [proportion(sample, arm) for arm in (treated, control)]
    if not shares[1]:
        raise NicheError(f"the arm {control!r} has no event: there is no risk to compare with")
    return shares[0] / shares[1]


def rate_ratio(sample: Sample, treated: str, control: str) -> float:
    """First events per time watched, treated over control. Raises `NicheError` for an empty arm, or no events."""
    _arms(sample, treated, control)
    rates = [sample.happened[sample.arm == a].sum() / sample.time[sample.arm == a].sum() for a in (treated, control)]
    return float(rates[0] / rates[1])


def check_arm(sample: Sample, arm: str) -> np.ndarray:
    own = np.asarray(sample.arm == arm)
    if not own.any():
        raise unknown("arm (or it has no patients)", arm, sorted(set(sample.arm)))
    return own


def _arms(sample: Sample, treated: str, control: str) -> np.ndarray:
    masks: list[Any] = [check_arm(sample, arm) for arm in (treated, control)]
    for arm, own in zip((treated, control), masks, strict=True):
        if not sample.happened[own].any():
            raise NicheError(
                f"no patient of the arm {arm!r} had {' or '.join(sample.endpoints)}: nothing can be compared; "
                "follow more patients, or for longer"
            )
    return np.asarray(masks[0] | masks[1])
