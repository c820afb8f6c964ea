"""Cohorts in which nobody is randomised: who takes a drug and from when, and what each way of analysing them finds.

A virtual cohort has a true hazard ratio, so that what an analysis finds beside it is bias. Exposure is read wrongly
(ever taken, counted from diagnosis) or rightly (from the day it starts, or by what is known on a landmark day).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.params.records import read_entries, read_yaml, root
from niche.params.schema import parse
from niche.trials.analysis import Sample, hazard_ratio
from niche.trials.events import CENSORED, gamma_frailty
from niche.trials.files import TakersFile

_EVENT, USER, OTHER = "event", "user", "other"
_UNITS = {
    "hazard": "1/day",
    "follow_up": "day",
    "at_diagnosis": "1",
    "ever": "1",
    "death": "1/day",
    "frailty": "1",
    "sick_users": "1",
    "sick_others": "1",
    "sick_ratio": "1",
}


@dataclass(frozen=True)
class Takers:
    """Who takes a drug, when, and who else differs: a cohort followed from diagnosis.

    Attributes
    ----------
    hazard
        of the event without the drug [1/day]
    ratio
        the true hazard ratio while it is taken
    at_diagnosis
        share that takes it from day 0
    start
        rate at which the others begin [1/day]
    follow_up
        shortest and longest watch [days], spread evenly
    death
        hazard of any other death [1/day]
    frailty
        variance of what the hazard of the event is multiplied by in each patient
    sick_users, sick_others
        share with another disease among those who take the drug at diagnosis, and among the rest
    sick_ratio
        what that disease multiplies the hazard of the event by
    """

    hazard: float
    ratio: float = 1.0
    at_diagnosis: float = 0.0
    start: float = 0.0
    follow_up: tuple[float, float] = (1825.0, 1825.0)
    death: float = 0.0
    frailty: float = 0.0
    sick_users: float = 0.0
    sick_others: float = 0.0
    sick_ratio: float = 1.0

    def __post_init__(self) -> None:
        for name in ("hazard", "ratio", "sick_ratio"):
            if not 0 < getattr(self, name) < np.inf:
                raise NicheError(f"{name} of a cohort must be above 0 and finite, got {getattr(self, name)!r}")
        for name in ("start", "death"):
            if not 0 <= getattr(self, name) < np.inf:
                raise NicheError(f"{name} of a cohort is a rate per day, 0 or above, got {getattr(self, name)!r}")
        for name in ("at_diagnosis", "sick_users", "sick_others"):
            if not 0 <= getattr(self, name) <= 1:
                raise NicheError(f"{name} of a cohort is a share, from 0 to 1, got {getattr(self, name)!r}")
        if not 0 < self.follow_up[0] <= self.follow_up[1] < np.inf:
            raise NicheError(f"follow-up must be above 0 and end after it begins, got {self.follow_up!r}")


class CohortRecord(NamedTuple):
    """What a registry holds of each patient, all (n,): days watched, whether the event ended the watch, the day on
    which the drug was first taken (inf if that was not seen), and whether the other disease was there."""

    time: np.ndarray
    event: np.ndarray
    start: np.ndarray
    sick: np.ndarray


@lru_cache(maxsize=1)
def read_takers() -> Takers:
    """The cohort of params/trials/cohorts.yaml: a blocker that does nothing, taken as in breast cancer cohorts.

    The rate of starting is that with which as many as are not on it at diagnosis, but ever are, begin in the follow-up.
    """
    where = "trials/cohorts.yaml"
    content = parse(TakersFile, read_yaml(root() / "trials" / "cohorts.yaml"), where)
    read = read_entries(content.cohort, "cohort", f"{where}, cohort", content.source, _UNITS, complete=True)
    value = {name: entry.value for name, entry in read.items()}
    ever, length = value.pop("ever"), value.pop("follow_up")
    return Takers(**value, start=rate_of_start(ever, value["at_diagnosis"], length), follow_up=(length, length))


def rate_of_start(ever: float, at_diagnosis: float, follow_up: float) -> float:
    """Rate [1/day] at which others begin, so that a share of all has ever taken the drug if nobody leaves the cohort.

    Raises
    ------
    NicheError
        unless 0 <= at_diagnosis <= ever < 1
    """
    if not 0 <= at_diagnosis <= ever < 1:
        raise NicheError(f"as many as take it at diagnosis have ever taken it, got {at_diagnosis!r} and {ever!r}")
    return float(-np.log((1 - ever) / (1 - at_diagnosis)) / follow_up)


def follow_patients(takers: Takers, n: int, random: np.random.Generator) -> CohortRecord:
    """One cohort of n patients. Raises `NicheError` for fewer than 1 patient."""
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise NicheError(f"a cohort needs at least 1 patient, got {n!r}")
    first = random.uniform(size=n) < takers.at_diagnosis
    later = random.exponential(1 / takers.start, n) if takers.start else np.full(n, np.inf)
    start = np.where(first, 0.0, later)
    sick = random.uniform(size=n) < np.where(first, takers.sick_users, takers.sick_others)
    own = takers.hazard * np.where(sick, takers.sick_ratio, 1.0) * gamma_frailty(takers.frailty, n, random)
    # The cumulative hazard is a line with a bend where the drug begins, so it is inverted without error.
    wanted, free = random.exponential(size=n), np.where(np.isfinite(start), own * np.minimum(start, 1e12), np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        day = np.where(wanted < free, wanted / own, start + (wanted - free) / (own * takers.ratio))
    end = random.uniform(*takers.follow_up, n)
    if takers.death:
        end = np.minimum(end, random.exponential(1 / takers.death, n))
    time = np.minimum(day, end)
    return CohortRecord(time, day <= end, np.where(start < time, start, np.inf), sick)


def ever_user(seen: CohortRecord) -> tuple[float, float, float]:
    """Cox's hazard ratio with its 95 % interval of all who ever took the drug, counted from diagnosis: the wrong way.

    Who takes it later must have lived that long, and that immortal time counts as taken.
    """
    return _ratio(seen.time, seen.event, np.isfinite(seen.start))


def landmark(seen: CohortRecord, day: float) -> tuple[float, float, float]:
    """Cox's hazard ratio from a landmark day on, by what had been taken until then; later starts stay with the others.

    Raises
    ------
    NicheError
        if nobody who took the drug, or nobody else, has an event after the day
    """
    if not 0 <= day < np.inf:
        raise NicheError(f"a landmark is a day after diagnosis, got {day!r}")
    there = seen.time > day
    return _ratio(seen.time[there] - day, seen.event[there], seen.start[there] <= day)


def time_varying(seen: CohortRecord) -> tuple[float, float, float]:
    """Cox's hazard ratio with its 95 % interval, each patient counted with the users from the day of the start on.

    At each event the partial likelihood needs only how many users and others are at risk; a test holds it against
    statsmodels with delayed entry. Times are taken as untied. Raises `NicheError` if either side has no event.
    """
    days = np.sort(seen.time[seen.event])
    taken = np.isfinite(seen.start)
    using = (seen.start < seen.time)[seen.event][np.argsort(seen.time[seen.event])]
    started = np.searchsorted(np.sort(seen.start[taken]), days, side="left")
    ones = started - np.searchsorted(np.sort(seen.time[taken]), days, side="left")
    zeros = len(seen.time) - np.searchsorted(np.sort(seen.time), days, side="left") - ones
    if not using.any() or using.all():
        raise NicheError("the event was seen in users alone, or in others alone: no hazard ratio fits best")
    beta = 0.0
    for _ in range(50):
        share = ones * np.exp(beta) / (ones * np.exp(beta) + zeros)
        information = float((share * (1 - share)).sum())
        step = float((using.sum() - share.sum()) / information)
        beta += float(np.clip(step, -2.0, 2.0))
        if abs(step) < 1e-10:
            break
    wide = 1.959964 / np.sqrt(information)
    return float(np.exp(beta)), float(np.exp(beta - wide)), float(np.exp(beta + wide))


def simulated_cohorts(takers: Takers, n: int, cohorts: int, seed: int, day: float = 365.0) -> dict[str, np.ndarray]:
    """Hazard ratios of many cohorts of n patients by each analysis, (cohorts,); NaN where one could not be made.

    Each cohort has a seed of its own.

    Parameters
    ----------
    day
        of the landmark

    Raises
    ------
    NicheError
        as `follow_patients`
    """
    analyses: dict[str, Callable[[CohortRecord], tuple[float, float, float]]] = {
        "ever-user": ever_user,
        "landmark": partial(landmark, day=day),
        "time-varying": time_varying,
    }
    made: dict[str, list[float]] = {name: [] for name in analyses}
    for i in range(cohorts):
        seen = follow_patients(takers, n, np.random.default_rng([seed, 15, i]))
        for name, analyse in analyses.items():
            try:
                made[name].append(analyse(seen)[0])
            except NicheError:
                made[name].append(float("nan"))
    return {name: np.array(values) for name, values in made.items()}


def _ratio(time: np.ndarray, event: np.ndarray, user: np.ndarray) -> tuple[float, float, float]:
    cause = np.where(event, _EVENT, CENSORED).astype(object)
    sample = Sample(time, cause, np.where(user, USER, OTHER).astype(object), (_EVENT,))
    return hazard_ratio(sample, USER, OTHER)
