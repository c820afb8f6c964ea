"""What the model predicts for an evidence row: simulate its arms, read its observable, compare.

Rows of trials are read from virtual patients (`niche.trials`), draw by draw as all others.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import numpy as np

from niche.errors import NicheError, unknown
from niche.evidence.plans import Experiment, RowPlan
from niche.evidence.plans import plans as all_plans
from niche.evidence.readings import Reading
from niche.experiment.hosts import Hosts, hosts
from niche.experiment.solution import observe, perform
from niche.lookups import plain
from niche.params.posterior import Posterior
from niche.sums import mean_last, sum_last

T = TypeVar("T")


class Laboratory:
    """Performs experiments on the same draws, each arm once, and reads rows from them.

    draws, seed, posterior : as in `niche.experiment.hosts`
    changes : parameters set for every host, e.g. a mechanism's gain to 0 for a control
    plans : rows and how they are simulated; None takes those of params/experiments and params/trials

    `failed` and `warnings` say, per "experiment, arm", how many hosts failed and what the schedule warns of.
    """

    def __init__(
        self,
        draws: int = 200,
        seed: int = 1,
        posterior: Posterior | str = "calibrated",
        changes: Mapping[str, Any] | None = None,
        rtol: float = 1e-6,
        workers: int | None = None,
        plans: Mapping[str, RowPlan] | None = None,
    ) -> None:
        self.draws, self.seed, self.posterior, self.rtol, self.workers = draws, seed, posterior, rtol, workers
        self.changes = dict(changes or {})
        self.plans = all_plans() if plans is None else plans
        self.failed: dict[str, int] = {}
        self.warnings: dict[str, str] = {}
        self._hosts: dict[tuple, Hosts] = {}
        self._times: dict[tuple[str, str], np.ndarray] = {}
        self._seen: dict[tuple[str, str], dict[str, np.ndarray]] = {}
        self._variants: dict[Any, Laboratory] = {}
        self.intact: Laboratory | None = None  # the one from which this takes a mechanism away
        self._annexes: dict[Any, Any] = {}

    def without(self, changes: Mapping[str, float]) -> "Laboratory":
        """The same laboratory with parameters set for every host; the same changes give the same one."""
        key = tuple(sorted(changes.items()))
        if key not in self._variants:
            self._variants[key] = self._like(self.posterior, {**self.changes, **changes})
            self._variants[key].intact = self
        return self._variants[key]

    def under_prior(self) -> "Laboratory":
        """The same laboratory before any row was fitted."""
        if "prior" not in self._variants:
            self._variants["prior"] = self._like("prior", self.changes)
        return self._variants["prior"]

    def _like(self, posterior: Posterior | str, changes: Mapping[str, Any]) -> "Laboratory":
        return Laboratory(self.draws, self.seed, posterior, changes, self.rtol, self.workers, self.plans)

    def annex(self, build: "Callable[[Laboratory], T]") -> T:
        """What `build` makes of this laboratory, made once: where a kind of row needs more than arms of hosts."""
        if build not in self._annexes:
            self._annexes[build] = build(self)
        return self._annexes[build]

    def plan(self, row: str) -> RowPlan:
        """How a row is simulated. Raises `NicheError` for a row that has no plan, or that the model cannot observe."""
        if row not in self.plans:
            raise unknown("planned evidence row", row, self.plans)
        if self.plans[row].cannot:
            raise NicheError(f"row {row} cannot be simulated: {self.plans[row].cannot}")
        return self.plans[row]

    def hosts(self, experiment: Experiment) -> Hosts:
        """The hosts of an experiment, with its own and the laboratory's parameter changes."""
        changes = {**experiment.changes, **self.changes}
        key = (tuple(sorted(experiment.host.items())), tuple(sorted(experiment.changes.items())))
        if key not in self._hosts:
            made = hosts(**experiment.host, draws=self.draws, seed=self.seed, posterior=self.posterior)
            self._hosts[key] = made.with_parameters(**changes) if changes else made
        return self._hosts[key]

    def effect(self, row: str) -> np.ndarray:
        """The row's quantity in its own unit, shape (draws,); NaN for a host that failed or has nothing to read.

        For a direction row it is the first thing that the row reads. Of a trial it has at most 40 draws.
        """
        return self.plan(row).effect(self)

    def agrees(self, row: str) -> np.ndarray:
        """Whether each draw has everything that a direction row asks for, shape (draws,); NaN where it failed."""
        return self.plan(row).agrees(self)

    def subjects(self, row: str) -> tuple[Hosts, set[str]]:
        """The hosts behind `effect`, one for each draw, and the names of what is done to them."""
        return self.plan(row).subjects(self)

    def read(self, experiment: Experiment, reading: Reading) -> np.ndarray:
        """One reading, shape (draws,)."""
        treated = self._series(experiment, reading, reading.treated)
        times = self._times[experiment.name, reading.treated]
        with np.errstate(divide="ignore", invalid="ignore"):
            if reading.compare == "slope":
                inside = (times >= reading.day[0]) & (times <= reading.day[-1])
                t = times[inside] - mean_last(times[inside])
                return np.asarray(sum_last(np.log(treated[:, inside]) * t) / sum_last(t * t))
            value = _on(times, treated, reading.day)
            if reading.compare == "value":
                return value
            if reading.control is None or reading.compare not in ("percent", "fold"):
                ratio = value / _on(times, treated, (reading.reference_day or 0.0,))
            else:
                ratio = value / self._level(experiment, reading, reading.control)
            if reading.against is not None:
                top, bottom = (self._level(experiment, reading, arm) for arm in reading.against)
                ratio = ratio / (top / bottom)
            if reading.compare in ("percent", "percent from day"):
                return np.asarray(100 * (ratio - 1))
            return np.asarray(100 * ratio if reading.compare == "percent of start" else ratio)

    def _level(self, experiment: Experiment, reading: Reading, arm: str) -> np.ndarray:
        series = self._series(experiment, reading, arm)
        return _on(self._times[experiment.name, arm], series, reading.day)

    def _series(self, experiment: Experiment, reading: Reading, arm: str) -> np.ndarray:
        if arm not in reading.surround:
            return self._observed(experiment, arm, reading.observable)
        # A lesion is bone that is missing against the bone around it: the same host without the tumour.
        around = self._observed(experiment, reading.surround[arm], "BV/TV")
        return np.maximum(1 - self._observed(experiment, arm, "BV/TV") / around, 0.0) ** (2 / 3)

    def _observed(self, experiment: Experiment, arm: str, observable: str) -> np.ndarray:
        """One observable of one arm, shape (draws, times). States are not kept: many arms are many megabytes."""
        key = (experiment.name, arm)
        if observable not in self._seen.get(key, ()):
            self._perform(experiment, arm, {observable, *self._seen.get(key, ())})
        return self._seen[key][observable]

    def _perform(self, experiment: Experiment, arm: str, wanted: set[str]) -> None:
        """Simulate one arm, and keep what any row reads in it, on the days that any row asks of its experiment."""
        planned = plain(self.plans).values()  # a row depends on all rows of its experiment: what is noted says so
        readings = [r for p in planned for r in p.readings if p.experiment and p.experiment.name == experiment.name]
        key, place = (experiment.name, arm), f"{experiment.name}, {arm}"
        protocol, times = experiment.arms[arm], read_out_days(readings)
        try:
            run = perform(self.hosts(experiment), protocol, times, rtol=self.rtol, workers=self.workers)
        except NicheError as error:
            raise NicheError(f"experiment {place}: {error}") from None
        if run.status.any():
            self.failed[place] = int(np.count_nonzero(run.status))
        if run.plan.warnings:
            self.warnings[place] = "; ".join(run.plan.warnings)
        wanted = wanted.union(*(r.observes(arm) for r in readings if arm in r.arms))
        self._times[key] = run.times
        self._seen[key] = {name: np.array(seen, order="C") for name, seen in observe(run, sorted(wanted)).items()}


def read_out_days(readings: Collection[Reading]) -> np.ndarray:
    """The start, and every day that a reading names; each day of an interval."""
    wanted = {0.0}
    for reading in readings:
        wanted |= {*np.arange(reading.day[0], reading.day[-1]).tolist(), reading.day[-1]}
        wanted |= {reading.reference_day} if reading.reference_day is not None else set()
    return np.array(sorted(wanted))


def _on(times: np.ndarray, series: np.ndarray, day: tuple[float, ...]) -> np.ndarray:
    """The value on a day, or the mean over an interval."""
    inside = (times >= day[0] - 1e-9) & (times <= day[-1] + 1e-9)
    if not inside.any():
        raise NicheError(f"day {day} is not among the read-out times")
    return np.asarray(mean_last(series[:, inside]))
