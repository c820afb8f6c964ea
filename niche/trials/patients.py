"""Virtual patients: each line under each arm simulated once, their hazards in time, and populations made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from niche import units
from niche.errors import NicheError, unknown
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.solution import observe, perform
from niche.model.state import Parameters
from niche.params.posterior import Posterior
from niche.trials import recurrence
from niche.trials.anchors import GRID, anchored
from niche.trials.cohort import Arm as Arm
from niche.trials.cohort import Cohort as Cohort
from niche.trials.cohort import arm_name as arm_name
from niche.trials.design import Population
from niche.trials.events import gamma_frailty
from niche.trials.hazards import Cause, read_causes
from niche.trials.virtual_patients import patients_of_line

_CHUNK = 250  # patients simulated at a time
_READ = 7  # days: the model is read so often, and a hazard is its mean about every four weeks
_RTOL = 1e-4  # a hazard of a percent more or less is nothing beside its coefficients
_KERNEL = np.array([1, 2, 2, 2, 1]) / 8
_ANCHORED = "breast cancer patient"  # the line whose untreated patients set the baselines


class VirtualPatients:
    """Virtual patients of every line, each arm simulated once and kept: hazards of (draws x patients,) courses.

    draws : parameter sets, which differ between trials; patients : courses of each line in each draw; seed, posterior,
    changes : as in `crowd`; workers : threads, on which no number depends
    intact : the ward whose baselines hold here. A mechanism is removed from patients, not from the anchors of hazards
    `failed` and `warnings` say, per arm, how many courses failed and what the schedule warns of.
    """

    step = GRID  # days between two times of a hazard

    def __init__(
        self,
        draws: int = 40,
        patients: int = 15,
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
        self._relative: dict[tuple, dict[str, np.ndarray]] = {}
        self._baselines: dict[tuple[str, float], np.ndarray] = {}

    def without(self, changes: Mapping[str, float]) -> "VirtualPatients":
        """The same patients with parameters set; baselines of hazards stay."""
        every = {**self.changes, **changes}
        return VirtualPatients(
            self.draws, self.patients, self.seed, self.posterior, every, self.workers, self.intact or self
        )

    def people(self, line: str) -> Hosts:
        """The patients of a line, those of one draw beside each other."""
        if line not in self._people:
            self._people[line] = patients_of_line(
                line, self.draws, self.patients, self.seed, self.posterior, self.changes
            )
        return self._people[line]

    def hazards(self, line: str, cohort: Cohort, arm: Arm, days: float, causes: Sequence[str]) -> dict[str, np.ndarray]:
        """By cause [1/day], (draws x patients, times) every four weeks of the trial; NaN for who could not be run."""
        relative, table = self.relative(line, cohort, arm, days), read_causes()
        found = {}
        for cause in causes:
            lines = table[cause].lines
            other = lines[line].value if line in lines else 1.0
            baseline = np.repeat(self.baseline(cause, cohort.run_in), self.patients)
            found[cause] = other * baseline[:, None] * relative[cause]
        return found

    def relative(self, line: str, cohort: Cohort, arm: Arm, days: float) -> dict[str, np.ndarray]:
        """Of every cause, the hazard over its baseline. Simulated once for each line, arm and length."""
        if cohort.steps and cohort.share < 1:
            return self._mixed(line, cohort, arm, days)
        length = float(np.ceil(days / GRID) * GRID)
        key = (line, cohort.seeded, cohort.run_in, cohort.steps, repr(arm), length)
        if key not in self._relative:
            people, protocol = self.people(line), cohort.protocol(arm, length)
            whole = max(1, _CHUNK // self.patients) * self.patients
            parts = [
                self._simulated(_some(people, slice(low, low + whole)), protocol, cohort.run_in, arm_name(line, arm))
                for low in range(0, len(people), whole)
            ]
            self._relative[key] = {c: np.concatenate([part[c] for part in parts]) for c in parts[0]}
        return self._relative[key]

    def _mixed(self, line: str, cohort: Cohort, arm: Arm, days: float) -> dict[str, np.ndarray]:
        """As `relative`, of a cohort in which a share of the patients of each draw has had the steps."""
        done, spared = (
            self.relative(line, one, arm, days)
            for one in (replace(cohort, share=1.0), replace(cohort, share=1.0, steps=()))
        )
        which = np.tile(np.arange(self.patients) < round(cohort.share * self.patients), self.draws)[:, None]
        return {cause: np.where(which, hazard, spared[cause]) for cause, hazard in done.items()}

    def _simulated(self, people: Hosts, protocol: Protocol, run_in: float, where: str) -> dict[str, np.ndarray]:
        times = np.arange(run_in, protocol.days + 1e-9, _READ)
        before = int(run_in >= 1)  # the day before the trial: a drug may act at once
        times = np.concatenate([[run_in - 1.0] * before, times])
        run = perform(people, protocol, times, rtol=_RTOL, workers=self.workers)
        causes = read_causes().values()
        if run.status.any():
            self.failed[where] = self.failed.get(where, 0) + int(np.count_nonzero(run.status))
        if run.plan.warnings:
            self.warnings[where] = "; ".join(run.plan.warnings)
        reads = observe(run, sorted({"tumour burden", *(term.reads for cause in causes for term in cause.terms)}))
        found = {cause.name: _relative(cause, reads, people) for cause in causes if not cause.foci}
        if not any(step.verb == "seed" for step in protocol.steps):
            showing = recurrence.relative(recurrence.foci(run, people), self.patients)
            found |= {cause.name: showing for cause in causes if cause.foci}
        return {name: _smooth(hazard[:, before:]) for name, hazard in found.items()}

    def baseline(self, name: str, run_in: float) -> np.ndarray:
        """Hazard [1/day] where every term is 0, (draws,): as given, or so that untreated patients meet the anchor.

        Breast cancer patients, in each draw for itself. Death competes with any other cause that is anchored, as it
        does where the anchor was measured.
        """
        if self.intact is not None:
            return self.intact.baseline(name, run_in)
        if (name, run_in) not in self._baselines:
            self._baselines[name, run_in] = self._baseline(read_causes()[name], run_in)
        return self._baselines[name, run_in]

    def _baseline(self, cause: Cause, run_in: float) -> np.ndarray:
        if cause.anchor is None:
            assert cause.baseline is not None
            return np.full(self.draws, cause.baseline.value)
        cohort = Cohort({_ANCHORED: 1.0}, True, run_in)
        days = max(one.anchor.day for one in read_causes().values() if one.anchor is not None)  # one run for all
        shape = (self.draws, self.patients, -1)
        own = self.relative(_ANCHORED, cohort, (), days)[cause.name].reshape(shape)
        if cause.name == "death":
            death = np.zeros_like(own)
        else:
            death = self.hazards(_ANCHORED, cohort, (), days, ["death"])["death"].reshape(shape)
        return anchored(own, death, cause.anchor.share, cause.anchor.day, cause.frailty.value)

    def population(
        self, cohort: Cohort, arms: Mapping[str, Arm], days: float, causes: Sequence[str], size: int
    ) -> Population:
        """`size` patients for each draw, as `population` below makes them."""
        lines = _counts(cohort, size)
        times = np.arange(0, np.ceil(days / GRID) * GRID + GRID / 2, GRID, dtype=float)
        found = {}
        for arm, regimens in arms.items():
            parts = [self.hazards(line, cohort, regimens, times[-1], causes) for line, _ in lines]
            found[arm] = {cause: np.concatenate([part[cause] for part in parts]) for cause in causes}
        # A patient is one of the courses of the line in the draw; several that share one differ in frailty.
        where = [
            i * self.draws * self.patients + np.arange(count) % self.patients for i, (_, count) in enumerate(lines)
        ]
        draws = np.repeat(np.arange(self.draws), size)
        course = np.tile(np.concatenate(where), self.draws) + draws * self.patients
        table, each = read_causes(), self.draws * size
        frailty = {
            c: gamma_frailty(table[c].frailty.value, each, np.random.default_rng([self.seed, 11, i]))
            for i, c in enumerate(sorted(table))
            if c in causes
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

    n : courses that are simulated of each line; draws : parameter sets among which they are shared out, at most n
    size : patients of each draw, at least n / draws: each course then stands for several patients who differ in their
        frailty alone
    workers : threads; the numbers do not depend on it
    raises : NicheError for an unknown cause, fewer than 1 patient, or courses that could not be simulated
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


def _counts(cohort: Cohort, n: int) -> list[tuple[str, int]]:
    """Patients of each line; what rounding leaves goes to the last."""
    cuts = np.round(np.cumsum(list(cohort.lines.values())) * n).astype(int)
    counts = np.diff(cuts, prepend=0)
    return [(line, int(count)) for line, count in zip(cohort.lines, counts, strict=True) if count]


def _some(people: Hosts, which: slice) -> Hosts:
    """Some of the patients, each the same person as among all."""
    parameters = Parameters(*(np.asarray(column)[which] for column in people.parameters))
    return replace(people, rows=people.rows[which], parameters=parameters)


def _relative(cause: Cause, reads: Mapping[str, np.ndarray], people: Hosts) -> np.ndarray:
    """Hazard over the baseline; of the waking of cells, against the waking of the same patient at rest."""
    resting = {"waking rate": np.asarray(people.parameters.waking).reshape(-1, 1)}
    return cause.relative({name: values / resting.get(name, 1.0) for name, values in reads.items()})


def _smooth(weekly: np.ndarray) -> np.ndarray:
    """Means about every fourth week, so that a dose every four weeks is not always read at one point of its course."""
    wide = np.pad(weekly, ((0, 0), (2, 2)), mode="edge")
    step = GRID // _READ
    return np.asarray(sum(k * wide[:, i : i + weekly.shape[1]] for i, k in enumerate(_KERNEL))[:, ::step])
