"""Virtual patients: each line under each arm simulated once, their hazards in time, and populations made of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from niche import units
from niche.errors import NicheError, unknown
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.params.posterior import Posterior
from niche.sums import sum_last
from niche.trials.anchors import GRID, anchored
from niche.trials.cohort import Arm as Arm
from niche.trials.cohort import Cohort as Cohort
from niche.trials.cohort import arm_name as arm_name
from niche.trials.courses import Courses, courses_of
from niche.trials.design import Population
from niche.trials.events import gamma_frailty
from niche.trials.hazards import Cause, read_causes
from niche.trials.virtual_patients import halves, patients_of_line, stream

T = TypeVar("T")
# Of a line in a draw; see `niche.trials.row_effects` for what few patients cost. Patients in whom foci are founded
# differ more: with 4 of them all spread of three trials between draws was chance, with 16 a quarter to two fifths.
PATIENTS, FOUNDING = 4, 16
_CHUNK = 250  # patients simulated at a time
_ANCHORED = "breast cancer patient"  # the line whose untreated patients set the baselines


class VirtualPatients:
    """Virtual patients of every line, each arm simulated once and kept.

    `failed` and `warnings` say, per arm, how many courses failed and what the schedule warns of.

    Attributes
    ----------
    draws
        parameter sets, which differ between trials
    patients
        courses of each line in each draw
    seed, posterior, changes
        as in `patients_of_line`
    workers
        threads, on which no number depends
    intact
        the ward whose baselines hold here. A mechanism is removed from patients, not from the anchors of hazards
    """

    def __init__(
        self,
        draws: int = 200,
        patients: int = PATIENTS,
        seed: int = 1,
        posterior: Posterior | str = "calibrated",
        changes: Mapping[str, float] | None = None,
        workers: int | None = None,
        intact: "VirtualPatients | None" = None,
    ) -> None:
        for name, number in (("draws", draws), ("patients", patients)):
            if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 1:
                raise NicheError(f"{name} must be a whole number of at least 1, got {number!r}")
        self.draws, self.patients, self.seed, self.posterior = int(draws), int(patients), seed, posterior
        self.changes, self.workers, self.intact = dict(changes or {}), workers, intact
        self.failed: dict[str, int] = {}
        self.warnings: dict[str, str] = {}
        self._people: dict[str, Hosts] = {}
        self._courses: dict[tuple, dict[str, Courses]] = {}
        self._baselines: dict[tuple[str, float, int | None], np.ndarray] = {}
        self._annexes: dict[Any, Any] = {}

    def without(self, changes: Mapping[str, float]) -> "VirtualPatients":
        """The same patients with parameters set; baselines of hazards stay."""
        every = {**self.changes, **changes}
        return VirtualPatients(
            self.draws, self.patients, self.seed, self.posterior, every, self.workers, self.intact or self
        )

    def annex(self, key: Any, make: Callable[[], T]) -> T:
        """What was made of these patients under a key, made once."""
        if key not in self._annexes:
            self._annexes[key] = make()
        return self._annexes[key]

    def people(self, line: str) -> Hosts:
        """The patients of a line, those of one draw beside each other."""
        if line not in self._people:
            self._people[line] = patients_of_line(
                line, self.draws, self.patients, self.seed, self.posterior, self.changes
            )
        return self._people[line]

    def groups(self, cohort: Cohort) -> list[tuple[str, float, Cohort]]:
        """Line, share of all patients, and history of those who are alike in both; the shares add up to 1."""
        if not cohort.steps or cohort.share == 1:
            return [(line, share, cohort) for line, share in cohort.lines.items()]
        done, spared = replace(cohort, share=1.0), replace(cohort, share=1.0, steps=())
        both = ((done, cohort.share), (spared, 1 - cohort.share))
        return [(line, of * share, one) for line, of in cohort.lines.items() for one, share in both if share > 0]

    def hazards(
        self, line: str, cohort: Cohort, arm: Arm, days: float, causes: Sequence[str], half: int | None = None
    ) -> dict[str, np.ndarray]:
        """By cause [1/day], (draws, patients, times) every four weeks of the trial; NaN for who could not be run.

        Parameters
        ----------
        cohort
            one of `groups`, with one history
        half
            the patients of one half alone, with a baseline of their own
        """
        courses, table = self._run(line, cohort, arm, days, causes), read_causes()
        who = slice(None) if half is None else np.flatnonzero(halves(self.patients) == half)
        found = {}
        for cause in causes:
            lines = table[cause].lines
            other = lines[line].value if line in lines else 1.0
            level = other * self.baseline(cause, cohort.run_in, half)
            rest = courses[cause].rest
            if rest is not None:
                level = level / _mean_known(rest.reshape(self.draws, -1)[:, who])
            hazard = courses[cause].hazard.reshape(self.draws, self.patients, -1)[:, who]
            found[cause] = level[:, None, None] * hazard
        return found

    def _run(self, line: str, cohort: Cohort, arm: Arm, days: float, causes: Sequence[str]) -> Mapping[str, Courses]:
        """Courses of these causes at least. Simulated once for each line, history, arm and length."""
        length = float(np.ceil(days / GRID) * GRID)
        known = self._courses.setdefault((line, cohort.seeded, cohort.run_in, cohort.steps, repr(arm), length), {})
        wanted = [name for name, cause in read_causes().items() if name in causes or (cause.anchor and not arm)]
        missing = [read_causes()[name] for name in wanted if name not in known]
        if any(cause.name in causes for cause in missing):
            people, protocol = self.people(line), cohort.protocol(arm, length)
            # Patients with one body beside each other: the levels of a drug are solved once for all of them.
            order = np.argsort(people.bodies, kind="stable")
            parts = [
                self._simulated(people.some(order[low : low + _CHUNK]), protocol, cohort, arm_name(line, arm), missing)
                for low in range(0, len(people), _CHUNK)
            ]
            back = np.argsort(order)
            for name in parts[0]:
                hazards, rests = zip(*(part[name] for part in parts), strict=True)
                rest = None if rests[0] is None else np.concatenate(rests)[back]
                known[name] = Courses(np.concatenate(hazards)[back], rest)
        return known

    def _simulated(
        self, people: Hosts, protocol: Protocol, cohort: Cohort, where: str, causes: Sequence[Cause]
    ) -> dict[str, Courses]:
        found, run = courses_of(people, protocol, cohort, causes, self.workers)
        if run.status.any():
            self.failed[where] = self.failed.get(where, 0) + int(np.count_nonzero(run.status))
        if run.plan.warnings:
            self.warnings[where] = "; ".join(run.plan.warnings)
        return found

    def baseline(self, name: str, run_in: float, half: int | None = None) -> np.ndarray:
        """Hazard [1/day] where every term is 0, (draws,): as given, or so that untreated patients meet the anchor.

        Breast cancer patients, in each draw for itself. Death competes with any other cause that is anchored, as it
        does where the anchor was measured.
        """
        if self.intact is not None:
            return self.intact.baseline(name, run_in, half)
        if (name, run_in, half) not in self._baselines:
            self._baselines[name, run_in, half] = self._baseline(read_causes()[name], run_in, half)
        return self._baselines[name, run_in, half]

    def _baseline(self, cause: Cause, run_in: float, half: int | None) -> np.ndarray:
        if cause.anchor is None:
            assert cause.baseline is not None
            return np.full(self.draws, cause.baseline.value)
        cohort = Cohort({_ANCHORED: 1.0}, True, run_in)
        days = max(one.anchor.day for one in read_causes().values() if one.anchor is not None)  # one run for all
        who = slice(None) if half is None else np.flatnonzero(halves(self.patients) == half)
        courses = self._run(_ANCHORED, cohort, (), days, [cause.name])[cause.name]
        own = courses.hazard.reshape(self.draws, self.patients, -1)[:, who]
        if cause.name == "death":
            death = np.zeros_like(own)
        else:
            death = self.hazards(_ANCHORED, cohort, (), days, ["death"], half)["death"]
        return anchored(own, death, cause.anchor.share, cause.anchor.day, cause.frailty.value)

    def population(
        self, cohort: Cohort, arms: Mapping[str, Arm], days: float, causes: Sequence[str], size: int
    ) -> Population:
        """`size` patients for each draw, as `population` below makes them."""
        groups = self.groups(cohort)
        lines = _counts([share for _, share, _ in groups], size)
        times = np.arange(0, np.ceil(days / GRID) * GRID + GRID / 2, GRID, dtype=float)
        found = {}
        for arm, regimens in arms.items():
            parts = [
                {c: h.reshape(-1, len(times)) for c, h in self.hazards(line, one, regimens, times[-1], causes).items()}
                for (line, _, one), count in zip(groups, lines, strict=True)
                if count
            ]
            found[arm] = {cause: np.concatenate([part[cause] for part in parts]) for cause in causes}
        # A patient is one of the courses of the group in the draw; several that share one differ in frailty.
        counts = [count for count in lines if count]
        where = [i * self.draws * self.patients + np.arange(count) % self.patients for i, count in enumerate(counts)]
        draws = np.repeat(np.arange(self.draws), size)
        course = np.tile(np.concatenate(where), self.draws) + draws * self.patients
        table, each = read_causes(), self.draws * size
        frailty = {
            c: gamma_frailty(table[c].frailty.value, each, np.random.default_rng([self.seed, 11, stream(c)]))
            for c in sorted(causes)
        }
        return Population(times, found, frailty, course, draws)


def population(
    cohort: Cohort,
    arms: Mapping[str, Arm],
    days: float | str,
    causes: Sequence[str],
    *,
    n: int = 1000,
    draws: int = 25,
    size: int | None = None,
    seed: int = 1,
    workers: int | None = None,
) -> Population:
    """Hazards [1/day] of the same patients under each arm, from the first day of the trial.

    Parameters
    ----------
    n
        courses that are simulated of each line
    draws
        parameter sets among which they are shared out, at most n
    size
        patients of each draw, at least n / draws: each course then stands for several patients who differ in
        their frailty alone
    workers
        threads; the numbers do not depend on it

    Raises
    ------
    NicheError
        for an unknown cause, fewer than 1 patient, or courses that could not be simulated
    """
    table, length = read_causes(), units.days(days, "days of a trial")
    for cause in causes:
        if cause not in table:
            raise unknown("cause of an event", cause, table)
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise NicheError(f"a population needs at least 1 course, got {n!r}")
    draws = min(draws, n)
    each = -(-n // draws)
    if size is not None and size < each:
        raise NicheError(f"each of {draws} draws has {each} courses, so size must be at least that, got {size!r}")
    ward = VirtualPatients(draws, each, seed, workers=workers)
    found = ward.population(cohort, arms, length, causes, size or each)
    if ward.failed:
        raise NicheError(f"virtual patients could not be simulated: {ward.failed}")
    return found


def _counts(shares: Sequence[float], n: int) -> list[int]:
    """Patients of each group; what rounding leaves goes to the last."""
    cuts = np.round(np.cumsum(shares) * n).astype(int)
    return [int(count) for count in np.diff(cuts, prepend=0)]


def _mean_known(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of what is known, NaN where that is not above 0."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        mean = sum_last(np.where(known, values, 0.0)) / sum_last(known)
        return np.asarray(np.where(mean > 0, mean, np.nan))
