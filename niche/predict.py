"""What the model predicts for an evidence row: simulate its arms, read its observable, compare."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from niche.errors import NicheError
from niche.experiments import Experiment, Reading, RowPlan, plan, read_experiments
from niche.hosts import Hosts, hosts
from niche.posterior import Posterior
from niche.simulate import Run, _run, observe

NO_CHANGE = 0.10  # a direction "none": within 10 % of the control (docs/verdicts.md)


class Laboratory:
    """Performs experiments on the same draws, each arm once, and reads rows from them.

    draws, seed, posterior : as in `niche.hosts`
    changes : parameters set for every host, e.g. a mechanism's gain to 0 for a control
    """

    def __init__(
        self,
        draws: int = 200,
        seed: int = 1,
        posterior: Posterior | str = "calibrated",
        changes: Mapping[str, Any] | None = None,
        rtol: float = 1e-6,
        workers: int | None = None,
    ) -> None:
        self.draws, self.seed, self.posterior, self.rtol, self.workers = draws, seed, posterior, rtol, workers
        self.changes = dict(changes or {})
        self.failed: dict[str, int] = {}
        self._hosts: dict[tuple, Hosts] = {}
        self._runs: dict[tuple[str, str], Run] = {}

    def hosts(self, experiment: Experiment) -> Hosts:
        """The hosts of an experiment, with its own and the laboratory's parameter changes."""
        changes = {**experiment.changes, **self.changes}
        key = (tuple(sorted(experiment.host.items())), tuple(sorted(experiment.changes.items())))
        if key not in self._hosts:
            made = hosts(**experiment.host, draws=self.draws, seed=self.seed, posterior=self.posterior)
            self._hosts[key] = made.with_parameters(**changes) if changes else made
        return self._hosts[key]

    def run(self, experiment: Experiment, arm: str) -> Run:
        """One arm, read on the days that any row asks of its experiment."""
        key = (experiment.name, arm)
        if key not in self._runs:
            protocol = experiment.arms[arm]
            run = _run(self.hosts(experiment), protocol, _days(experiment.name), rtol=self.rtol, workers=self.workers)
            if run.status.any():
                self.failed[f"{experiment.name}, {arm}"] = int(np.count_nonzero(run.status))
            self._runs[key] = run
        return self._runs[key]

    def effect(self, row: str) -> np.ndarray:
        """The row's quantity in its own unit, shape (draws,); NaN for a host that failed or has nothing to read."""
        found = _runnable(row)
        assert found.experiment is not None
        return self.read(found.experiment, found.readings[0])

    def agrees(self, row: str) -> np.ndarray:
        """Whether each draw has everything that a direction row asks for, shape (draws,); NaN where it failed."""
        found = _runnable(row)
        assert found.experiment is not None
        parts = [_sign_holds(self.read(found.experiment, r), r) for r in found.readings]
        return np.min(np.stack(parts), axis=0)

    def read(self, experiment: Experiment, reading: Reading) -> np.ndarray:
        """One reading, shape (draws,)."""
        treated = self._series(experiment, reading, reading.treated)
        times = self.run(experiment, reading.treated).times
        with np.errstate(divide="ignore", invalid="ignore"):
            if reading.compare == "slope":
                inside = (times >= reading.day[0]) & (times <= reading.day[-1])
                t = times[inside] - times[inside].mean()
                # row by row, so that a host alone and the same host in a crowd give the same bits
                logs = np.ascontiguousarray(np.log(treated[:, inside]))
                return np.array([float(row @ t) for row in logs]) / float(t @ t)
            value = _on(times, treated, reading.day)
            if reading.compare == "value":
                return value
            if reading.compare.endswith("of start"):
                base = _on(times, treated, (reading.reference_day or 0.0,))
            else:
                assert reading.control is not None
                base = _on(times, self._series(experiment, reading, reading.control), reading.day)
            ratio = value / base
            if reading.compare == "percent":
                return np.asarray(100 * (ratio - 1))
            return np.asarray(100 * ratio if reading.compare == "percent of start" else ratio)

    def _series(self, experiment: Experiment, reading: Reading, arm: str) -> np.ndarray:
        run = self.run(experiment, arm)
        if arm not in reading.surround:
            return observe(run, reading.observable)
        # A lesion is bone that is missing against the bone around it: the same host without the tumour.
        around = observe(self.run(experiment, reading.surround[arm]), "BV/TV")
        return np.maximum(1 - observe(run, "BV/TV") / around, 0.0) ** (2 / 3)


@lru_cache(maxsize=256)
def _days(experiment: str) -> np.ndarray:
    """The start, and every day that a reading of the experiment names; each day of an interval."""
    plans = [p for p in read_experiments().values() if p.experiment is not None and p.experiment.name == experiment]
    wanted = {0.0}
    for reading in (r for p in plans for r in p.readings):
        wanted |= {*np.arange(reading.day[0], reading.day[-1]).tolist(), reading.day[-1]}
        wanted |= {reading.reference_day} if reading.reference_day is not None else set()
    return np.array(sorted(wanted))


def _runnable(row: str) -> RowPlan:
    found = plan(row)
    if found.experiment is None:
        raise NicheError(f"row {row} cannot be simulated: {found.cannot}")
    return found


def _on(times: np.ndarray, series: np.ndarray, day: tuple[float, ...]) -> np.ndarray:
    """The value on a day, or the mean over an interval."""
    inside = (times >= day[0] - 1e-9) & (times <= day[-1] + 1e-9)
    if not inside.any():
        raise NicheError(f"day {day} is not among the read-out times")
    return np.asarray(series[:, inside].mean(axis=1))


def _sign_holds(effect: np.ndarray, reading: Reading) -> Any:
    """1 where a fold has the sign asked for, 0 where not, NaN where there is none."""
    holds = {
        "increase": effect > 1,
        "decrease": effect < 1,
        "none": np.abs(effect - 1) < NO_CHANGE,
    }[reading.sign or "increase"]
    return np.where(np.isnan(effect), np.nan, holds)
