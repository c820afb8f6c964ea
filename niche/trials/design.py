"""A population of virtual patients, and who of them is seen when in a trial."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from niche import units
from niche.errors import NicheError, unknown
from niche.trials.analysis import Sample
from niche.trials.events import CENSORED, event_times


@dataclass(frozen=True)
class Population:
    """Hazards [1/day] of the same patients under each arm, on a grid of days: arm -> cause -> (courses, times).

    Attributes
    ----------
    frailty
        what each patient's hazards are multiplied by, cause -> (patients,); 1 where a cause is not named
    course
        which of the courses each patient has, (patients,); None if each has the one of its own
    draw
        the parameter set that each patient shares with others, (patients,) from 0 on; None if there is but one.
        A trial is made of patients of one draw, so that what is not known differs between trials and not within
    """

    times: np.ndarray
    arms: Mapping[str, Mapping[str, np.ndarray]]
    frailty: Mapping[str, np.ndarray] = field(default_factory=dict)
    course: np.ndarray | None = None
    draw: np.ndarray | None = None

    def __post_init__(self) -> None:
        sizes = {len(h) for causes in self.arms.values() for h in causes.values()}
        if len(self.arms) < 1 or len(sizes) != 1:
            raise NicheError(f"every arm needs hazards of the same patients, got {sorted(sizes)} of them")
        if self.draw is not None and np.shape(self.draw) != (len(self),):
            raise NicheError(f"every one of {len(self)} patients needs a draw, got {np.size(self.draw)}")
        for cause, factor in self.frailty.items():
            known = {c for causes in self.arms.values() for c in causes}
            if cause not in known:
                raise unknown("cause of a frailty", cause, known)
            if np.shape(factor) != (len(self),):
                raise NicheError(f"the frailty of {cause!r} needs one value for each of {len(self)} patients")

    def __len__(self) -> int:
        if self.course is not None:
            return len(self.course)
        return len(next(iter(next(iter(self.arms.values())).values())))

    @property
    def draws(self) -> int:
        """How many parameter sets the patients have."""
        return 1 if self.draw is None else int(np.max(self.draw)) + 1

    def of_draw(self, number: int) -> np.ndarray:
        """The patients of one draw."""
        return np.arange(len(self)) if self.draw is None else np.flatnonzero(self.draw == number)


@dataclass(frozen=True)
class Design:
    """How many patients each arm enrols and how long they are watched.

    Attributes
    ----------
    patients
        by arm
    follow_up
        shortest and longest time that a patient could be watched, spread evenly between (patients come in one after
        another, and the trial ends for all on one day)
    dropout
        share lost per year
    visits
        interval at which events are found, or None if they are known on their day
    endpoints
        causes that count as the event; any other cause ends a patient's watch (a competing death). Only a first
        event is drawn: who would die between it and the visit that finds it still counts with the event
    """

    patients: Mapping[str, int]
    follow_up: tuple[float | str, float | str]
    endpoints: tuple[str, ...]
    dropout: float = 0.0
    visits: float | str | None = None

    def __post_init__(self) -> None:
        for arm, n in self.patients.items():
            if isinstance(n, bool) or not isinstance(n, int) or n < 1:
                raise NicheError(f"a trial needs patients in every arm; {arm!r} has {n!r}")
        least, most = (units.days(t, "follow-up") for t in self.follow_up)
        if not 0 < least <= most:
            raise NicheError(f"follow-up must be above 0 and end after it begins, got {self.follow_up!r}")
        if not 0 <= self.dropout < 1:
            raise NicheError(f"dropout is a share of patients per year, from 0 to below 1, got {self.dropout!r}")
        if self.visits is not None and not units.days(self.visits, "visits") > 0:
            raise NicheError(f"the interval between visits must be above 0, got {self.visits!r}")
        if not self.endpoints:
            raise NicheError("name at least one cause that counts as the event")


def enrol(population: Population, design: Design, random: np.random.Generator, draw: int = 0) -> Sample:
    """One trial: patients of one draw, nobody twice, shared out among the arms, and what is seen of them.

    Raises
    ------
    NicheError
        for an arm or endpoint that the population does not have, or more patients than there are
    """
    total, there = sum(design.patients.values()), population.of_draw(draw)
    if total > len(there):
        raise NicheError(f"the trial enrols {total} patients, the population has {len(there)}; make it larger")
    chosen, first = there[random.permutation(len(there))[:total]], 0
    time, cause, arm = [], [], []
    for name, n in design.patients.items():
        if name not in population.arms:
            raise unknown("arm", name, population.arms)
        hazards, who = population.arms[name], chosen[first : first + n]
        for endpoint in design.endpoints:
            if endpoint not in hazards:
                raise unknown(f"endpoint in the arm {name!r}", endpoint, hazards)
        first += n
        course = who if population.course is None else population.course[who]
        own = {
            c: h[course] * (population.frailty[c][who][:, None] if c in population.frailty else 1.0)
            for c, h in hazards.items()
        }
        days, why = event_times(population.times, own, random)
        seen, what = _seen(days, why, design, float(population.times[-1]), random)
        time.append(seen)
        cause.append(what)
        arm += [name] * n
    return Sample(np.concatenate(time), np.concatenate(cause), np.array(arm, dtype=object), design.endpoints)


def _seen(
    days: np.ndarray, why: np.ndarray, design: Design, longest: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Time [days] and cause of what is seen of patients whose events fall on `days`."""
    n = len(days)
    least, most = (min(units.days(t, "follow-up"), longest) for t in design.follow_up)
    end = random.uniform(least, most, n)
    if design.dropout > 0:
        end = np.minimum(end, random.exponential(-365.25 / np.log1p(-design.dropout), n))
    if design.visits is not None:  # a death is known on its day, an event of the bone at the next visit
        gap = units.days(design.visits, "visits")
        found = np.isin(why, design.endpoints)
        days = np.where(found & np.isfinite(days), np.ceil(days / gap) * gap, days)
    return np.minimum(days, end), np.where(days <= end, why, CENSORED)
