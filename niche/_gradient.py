"""The slope of the log posterior: how every fitted row answers to every parameter, from one run back of each arm.

Scores decide parameters, inputs and doses of each arm (by differences, all parameters at once that meet nowhere); these
decide observables (`niche._adjoint`); observables decide rows (by complex steps through `Laboratory.read`, exact).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from niche import _adjoint, calibration
from niche._manifest import target
from niche._schedule import Schedule, schedule
from niche.experiments import Experiment, read_experiments
from niche.model.state import AT_REST, DERIVED, Inputs, Parameters, State
from niche.predict import Laboratory, _days
from niche.readings import Reading
from niche.simulate import _ATOL

_STEP = 1e-5  # in standard scores
_TINY = 1e-30  # of a complex step: no difference is taken, so no digits are lost
_MOST = 6_000  # steps of one arm; hosts that need more are out of reach, as far as sampling goes
_RTOL = 1e-3  # moves the log density by 0.014 (sd over the posterior); 1e-4 by a tenth of that, for a third more time
_P, _S, _U = len(Parameters._fields), len(State._fields), len(Inputs._fields)
Where = tuple[str, str]  # names of an experiment and of one of its arms


class Arm(NamedTuple):
    """One arm. days: of its read-outs; seen: observables; marks, event, read: as `niche._adjoint` takes them;
    intervals: in which inputs are constant."""

    experiment: Experiment
    name: str
    days: np.ndarray
    seen: frozenset[str]
    marks: np.ndarray
    event: np.ndarray
    read: np.ndarray
    intervals: int

    @property
    def where(self) -> Where:
        """Its name among all arms."""
        return self.experiment.name, self.name


class Slopes:
    """Log posterior and its gradient for many points at once.

    objective : whose density this is, but for what the integrator's tolerance makes of it (a hundredth)
    """

    def __init__(self, objective: "calibration.Objective") -> None:
        self.objective = objective
        plans = [read_experiments()[row] for row in objective.rows]
        self.readings = [(plan.experiment, plan.readings[0]) for plan in plans if plan.experiment is not None]
        self.targets = [target(row) for row in objective.rows]
        self.arms = _arms(self.readings)
        every = tuple(sorted(set().union(*(arm.seen for arm in self.arms))))
        self._column = {name: i for i, name in enumerate(every)}
        self._moved = self._moves()
        self._compiled = _adjoint.load(every, self._asked())
        self._colours = _apart([moved for _, moved in self._moved])

    def __call__(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log density (n,), and its gradient (n, k), at scores (n, k); -inf and 0 where an arm cannot be solved."""
        scores = np.atleast_2d(scores)
        n, fine = len(scores), np.ones(len(scores), bool)
        plans, series = self._plans(scores), dict[Where, np.ndarray]()
        for arm, plan in zip(self.arms, plans, strict=True):
            series[arm.where], well = self._forward(arm, plan[:n])
            fine &= well
        with np.errstate(all="ignore"):
            rows, weights = self._rows(series)
            value = -0.5 * ((rows**2).sum(axis=1) + (scores**2).sum(axis=1))
        slope = -scores.copy()
        for arm, plan, (varies, moved) in zip(self.arms, plans, self._moved, strict=True):
            answer = self._back(arm, plan[:n], weights[arm.where])[:, varies]
            for c, colour in enumerate(self._colours):
                change = (plan[(c + 1) * n : (c + 2) * n, varies] - plan[:n, varies]) / _STEP
                slope[:, colour] -= (answer * change) @ moved[:, colour]
        fine &= np.isfinite(value) & np.isfinite(slope).all(axis=1)
        return np.where(fine, value, -np.inf), np.where(fine[:, None], slope, 0.0)

    def _laboratory(self, scores: np.ndarray) -> Laboratory:
        return Laboratory(
            len(scores), 0, self.objective.complete(scores), changes=self.objective.changes, workers=1
        )  # fmt: skip

    def _plans(self, scores: np.ndarray) -> list[np.ndarray]:
        """For each arm what goes in, (n * (1 + colours), entries): at the scores, then with each colour moved."""
        moved = [scores]
        for colour in self._colours:
            there = scores.copy()
            there[:, colour] += _STEP
            moved.append(there)
        lab = self._laboratory(np.concatenate(moved))
        return [_entries(_schedule(lab, arm)) for arm in self.arms]

    def _moves(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """By arm: the entries that parameters move, and which parameter moves which, 0 or 1 (entries, k)."""
        k = len(self.objective.keys)
        scores = 0.3 * np.random.default_rng(0).standard_normal((1, k))
        lab = self._laboratory(np.concatenate([scores, scores + 1e-3 * np.eye(k)]))
        found = []
        for arm in self.arms:
            entries = _entries(_schedule(lab, arm))
            changed = entries[1:] != entries[0]
            # Resting nerve signals are differentiated with the rates, and cells at rest follow from fixed numbers.
            changed[:, _P - len(DERIVED) : _P] = False
            varies = np.flatnonzero(changed.any(axis=0))
            found.append((varies, changed[:, varies].T.astype(float)))
        return found

    def _asked(self) -> frozenset[tuple[str, int]]:
        """Fields of parameters and inputs that fitted parameters move in some arm."""
        asked = set()
        for arm, (varies, _) in zip(self.arms, self._moved, strict=True):
            for i in varies.tolist():
                if i < _P:
                    asked.add(("p", i))
                elif i < _P + arm.intervals * _U:
                    asked.add(("u", (i - _P) % _U))
        return frozenset(asked)

    def _forward(self, arm: Arm, plan: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What is seen of an arm (n, days, observables), and whether each run ended well."""
        out, fine = np.full((len(plan), len(arm.days), len(self._column)), np.nan), np.zeros(len(plan), bool)
        self._compiled.observed(*_parts(arm, plan), _RTOL, _ATOL, _MOST, out, fine)
        return out, fine

    def _back(self, arm: Arm, plan: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """How the weighted sum of what is seen answers to each entry, (n, entries)."""
        parts, n = _parts(arm, plan), len(plan)
        parameters, inputs, jumps = (np.zeros_like(parts[i]) for i in (1, 5, 6))
        self._compiled.answers(*parts, _RTOL, _ATOL, _MOST, weight, parameters, inputs, jumps)
        return np.concatenate([parameters, inputs.reshape(n, -1), jumps.reshape(n, -1)], axis=1)

    def _rows(self, series: dict[Where, np.ndarray]) -> tuple[np.ndarray, dict[Where, np.ndarray]]:
        """Rows (n, R), and for each arm the derivative of half their sum of squares by what was seen in it."""
        bench = _Bench(series, {arm.where: arm.days for arm in self.arms}, self._column)
        weights, rows = {where: np.zeros_like(found) for where, found in series.items()}, []
        for (experiment, reading), wanted in zip(self.readings, self.targets, strict=True):
            effect = bench.read(experiment, reading)
            score, slope = calibration.standard_score(effect, wanted)
            rows.append(score)
            for arm in reading.arms:
                where = (experiment.name, arm)
                for name in reading.observes(arm):
                    for day in _matter(reading, bench.days[where]):
                        by = bench.answer(experiment, reading, (where, name, day))
                        weights[where][:, day, self._column[name]] += score * slope * by
        return np.stack(rows, axis=1), weights


class _Bench(Laboratory):
    """Reads rows of series that are there already; one entry may be nudged by an imaginary bit."""

    def __init__(
        self, series: Mapping[Where, np.ndarray], days: dict[Where, np.ndarray], column: Mapping[str, int]
    ) -> None:
        super().__init__(draws=1)
        self.series, self.days, self.column = series, days, column
        self._times = days
        self._nudged: tuple[Where, str, int] | None = None

    def answer(self, experiment: Experiment, reading: Reading, entry: tuple[Where, str, int]) -> np.ndarray:
        """Derivative of a reading by one entry: where, observable, read-out; (n,)."""
        self._nudged = entry
        found = np.imag(self.read(experiment, reading)) / _TINY
        self._nudged = None
        return np.where(np.isfinite(found), found, 0.0)

    def _observed(self, experiment: Experiment, arm: str, observable: str) -> np.ndarray:
        where = (experiment.name, arm)
        found = self.series[where][:, :, self.column[observable]]
        if self._nudged is None or self._nudged[:2] != (where, observable):
            return found
        nudged = found.astype(complex)
        nudged[:, self._nudged[2]] += 1j * _TINY
        return nudged


def _schedule(lab: Laboratory, arm: Arm) -> Schedule:
    return schedule(lab.hosts(arm.experiment), arm.experiment.arms[arm.name])


def _entries(plan: Schedule) -> np.ndarray:
    """Parameters, inputs and jumps of an arm side by side, one line for each host."""
    n = len(plan.inputs)
    columns = [np.broadcast_to(np.asarray(column, float), n) for column in plan.parameters]
    return np.column_stack([*columns, plan.inputs.reshape(n, -1), plan.jumps.reshape(n, -1)])


def _parts(arm: Arm, plan: np.ndarray) -> tuple[Any, ...]:
    """start, parameters, marks, event, read, inputs, jumps: what the compiled functions take, from an arm's entries."""
    n, K = len(plan), (plan.shape[1] - _P) // (_S + _U)
    parameters, inputs, jumps = (np.ascontiguousarray(part) for part in np.split(plan, [_P, _P + K * _U], axis=1))
    start = np.tile(np.asarray(AT_REST, dtype=float), (n, 1))
    return start, parameters, arm.marks, arm.event, arm.read, inputs.reshape(n, K, _U), jumps.reshape(n, K, _S)


def _arms(readings: Sequence[tuple[Experiment, Reading]]) -> list[Arm]:
    """Every arm that these readings need, once, with all that they need of it."""
    wanted: dict[Where, tuple[Experiment, set[float], set[str]]] = {}
    for experiment, reading in readings:
        for name in reading.arms:
            _, days, seen = wanted.setdefault((experiment.name, name), (experiment, set(), set()))
            days.update(_days([reading]).tolist())
            seen.update(reading.observes(name))
    found, lab = [], Laboratory(1, 0, "prior")
    for (_, name), (experiment, days, seen) in wanted.items():
        starts = schedule(lab.hosts(experiment), experiment.arms[name]).starts
        at = np.array(sorted(days))
        found.append(Arm(experiment, name, at, frozenset(seen), *_marks(starts, at), len(starts)))
    return found


def _marks(starts: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days on which something happens or is read, and for each which interval begins and which read-out is due."""
    near = starts[np.searchsorted(starts, days + 1e-9, side="right") - 1]
    days = np.where(np.abs(days - near) < 1e-9, near, days)
    starts = starts[starts <= days[-1]]
    marks = np.union1d(starts, days)
    event, read = np.full(len(marks), -1), np.full(len(marks), -1)
    event[np.searchsorted(marks, starts)] = np.arange(len(starts))
    read[np.searchsorted(marks, days)] = np.arange(len(days))
    return marks, event, read


def _matter(reading: Reading, days: np.ndarray) -> np.ndarray:
    """Which of the read-outs a reading looks at."""
    inside = (days >= reading.day[0] - 1e-9) & (days <= reading.day[-1] + 1e-9)
    reference = 0.0 if reading.reference_day is None else reading.reference_day
    return np.flatnonzero(inside | (np.abs(days - reference) < 1e-9))


def _apart(moved: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Parameters in groups, no two of a group moving the same entry of any arm. moved : by arm, (entries, k)."""
    meet = sum(one.T @ one for one in moved) > 0
    group = np.full(len(meet), -1)
    for key in np.argsort(-meet.sum(axis=1), kind="stable"):
        taken = set(group[meet[key]])
        group[key] = next(c for c in range(len(meet)) if c not in taken)
    return [np.flatnonzero(group == c) for c in range(group.max() + 1)]
