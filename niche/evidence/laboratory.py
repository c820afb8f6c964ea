"""What the model predicts for an evidence row: simulate its arms, read its observable, compare.

Rows of trials are read from virtual patients (`niche.trials`), draw by draw as all others.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from niche.errors import NicheError, unknown
from niche.evidence.plans import plans as all_plans
from niche.evidence.read_out import read, read_out_days
from niche.evidence.readings import Reading
from niche.evidence.row_plan import Experiment, RowPlan
from niche.experiment.hosts import Hosts, hosts
from niche.experiment.solution import observe, perform
from niche.lookups import plain
from niche.params.posterior import Posterior
from niche.params.registry import Registry
from niche.solver.solving import STATUS

T = TypeVar("T")


class Arms:
    """Arms of experiments on the hosts of a laboratory, each simulated once.

    `failed`, `ended` and `warnings` say, per "experiment, arm", how many hosts failed, how many ended how, and what the
    schedule warns of.

    Attributes
    ----------
    hosts
        the hosts of an experiment
    plans
        rows whose readings say what is looked at in an arm, and when
    """

    def __init__(
        self, hosts: Callable[[Experiment], Hosts], plans: Mapping[str, RowPlan], rtol: float, workers: int | None
    ) -> None:
        self.hosts, self.plans, self.rtol, self.workers = hosts, plans, rtol, workers
        self.failed: dict[str, int] = {}
        self.warnings: dict[str, str] = {}
        self.ended: dict[str, dict[str, int]] = {}
        self._times: dict[tuple[str, str], np.ndarray] = {}
        self._seen: dict[tuple[str, str], dict[str, np.ndarray]] = {}

    def series(self, experiment: Experiment, arm: str, observable: str) -> tuple[np.ndarray, np.ndarray]:
        """The days on which an arm is read (times,), and one observable of it (draws, times).

        States are not kept: many arms are many megabytes.
        """
        key = (experiment.name, arm)
        if observable not in self._seen.get(key, ()):
            self._perform(experiment, arm, {observable, *self._seen.get(key, ())})
        return self._times[key], self._seen[key][observable]

    def __len__(self) -> int:
        """How many arms were simulated."""
        return len(self._seen)

    def _perform(self, experiment: Experiment, arm: str, wanted: set[str]) -> None:
        """Simulate one arm, and keep what any row reads in it, on the days that any row asks of its experiment."""
        planned = plain(self.plans).values()  # a row depends on all rows of its experiment: what is noted says so
        readings = [r for p in planned for r in p.readings if p.experiment and p.experiment.name == experiment.name]
        key, place = (experiment.name, arm), f"{experiment.name}, {arm}"
        protocol, times = experiment.arms[arm], read_out_days(readings)
        made = self.hosts(experiment)
        try:
            run = perform(made, protocol, times, rtol=self.rtol, workers=self.workers)
        except NicheError as error:
            raise NicheError(f"experiment {place}: {error}") from None
        kinds, counts = np.unique(run.status, return_counts=True)
        self.ended[place] = {STATUS[kind]: int(count) for kind, count in zip(kinds, counts, strict=True)}
        if run.status.any():
            self.failed[place] = int(np.count_nonzero(run.status))
        if run.plan.warnings:
            self.warnings[place] = "; ".join(run.plan.warnings)
        wanted = wanted.union(*(r.observes(arm) for r in readings if arm in r.arms))
        self._times[key] = run.times
        self._seen[key] = {name: np.array(seen, order="C") for name, seen in observe(run, sorted(wanted)).items()}


class Laboratory:
    """Performs experiments on the same draws, each arm once, and reads rows from them.

    `failed` and `warnings` say, per "experiment, arm", how many hosts failed and what the schedule warns of.

    Attributes
    ----------
    draws, seed, posterior
        as in `niche.experiment.hosts`
    changes
        parameters set for every host, e.g. a mechanism's gain to 0 for a control
    plans
        rows and how they are simulated; None takes those of params/experiments and params/trials
    mutation
        what is done to the hosts of every experiment before its `changes`: hosts to hosts
    registry
        as in `niche.experiment.hosts`
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
        mutation: Callable[[Hosts], Hosts] | None = None,
        registry: Registry | None = None,
    ) -> None:
        self.draws, self.seed, self.posterior, self.rtol, self.workers = draws, seed, posterior, rtol, workers
        self.changes = dict(changes or {})
        self.plans = all_plans() if plans is None else plans
        self.mutation, self.registry = mutation, registry
        self.arms = Arms(self.hosts, self.plans, rtol, workers)
        self.failed, self.warnings = self.arms.failed, self.arms.warnings
        self._hosts: dict[tuple, Hosts] = {}
        self._variants: dict[Any, Laboratory] = {}
        self.intact: Laboratory | None = None  # the one from which this takes a mechanism away
        self._annexes: dict[Any, Any] = {}

    def without(self, changes: Mapping[str, float]) -> "Laboratory":
        """The same laboratory with parameters set for every host; the same changes give the same one."""
        return self.variant(tuple(sorted(changes.items())), lambda: self._without(changes))

    def under_prior(self) -> "Laboratory":
        """The same laboratory before any row was fitted."""
        return self.variant("prior", lambda: self._like("prior", self.changes))

    def variant(self, key: Any, build: "Callable[[], Laboratory]") -> "Laboratory":
        """A laboratory made of this one, once for each key."""
        if key not in self._variants:
            self._variants[key] = build()
        return self._variants[key]

    def _without(self, changes: Mapping[str, float]) -> "Laboratory":
        made = self._like(self.posterior, {**self.changes, **changes})
        made.intact = self
        return made

    def _like(self, posterior: Posterior | str, changes: Mapping[str, Any]) -> "Laboratory":
        return Laboratory(
            self.draws, self.seed, posterior, changes, self.rtol, self.workers, self.plans, self.mutation, self.registry
        )

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
        """The hosts of an experiment: with its own changes, then the mutation, then the laboratory's changes."""
        key = (tuple(sorted(experiment.host.items())), tuple(sorted(experiment.changes.items())))
        if key not in self._hosts:
            made = hosts(
                **experiment.host, draws=self.draws, seed=self.seed, posterior=self.posterior, registry=self.registry
            )
            if self.mutation is None:
                changes = {**experiment.changes, **self.changes}
                self._hosts[key] = made.with_parameters(**changes) if changes else made
            else:
                made = self.mutation(made.with_parameters(**experiment.changes) if experiment.changes else made)
                self._hosts[key] = made.with_parameters(**self.changes) if self.changes else made
        return self._hosts[key]

    def effect(self, row: str) -> np.ndarray:
        """The row's quantity in its own unit, shape (draws,); NaN for a host that failed or has nothing to read.

        For a direction row it is the first thing that the row reads.
        """
        return self.plan(row).effect(self)

    def agrees(self, row: str) -> np.ndarray:
        """Whether each draw has everything that a direction row asks for, shape (draws,); NaN where it failed."""
        return self.plan(row).agrees(self)

    def read(self, experiment: Experiment, reading: Reading) -> np.ndarray:
        """One reading, shape (draws,)."""
        return read(reading, lambda arm, observable: self.series(experiment, arm, observable))

    def series(self, experiment: Experiment, arm: str, observable: str) -> tuple[np.ndarray, np.ndarray]:
        """The days on which an arm is read (times,), and one observable of it (draws, times)."""
        return self.arms.series(experiment, arm, observable)
