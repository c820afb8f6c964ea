"""The slope of the log posterior: how every fitted row answers to every parameter, from one run back of each arm.

Scores decide parameters, inputs and doses of each arm (by differences, all parameters at once that meet nowhere); these
decide observables (`niche.solver.adjoint`); observables decide rows (by complex steps through `Laboratory.read`,
exact).
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import read_experiments
from niche.evidence.read_out import Series, read
from niche.evidence.readings import Reading
from niche.evidence.row_plan import Experiment
from niche.experiment.schedule import Schedule, schedule
from niche.experiment.solution import ATOL
from niche.inference.arms import SampledArm, Where, arms
from niche.inference.entries import ArmRun, P, S, U, apart, bounded, compiled_arguments, entries_of, owned_by
from niche.inference.kernels import equations
from niche.inference.likelihood import standard_score
from niche.inference.manifest import fitted_target
from niche.model.state import DERIVED
from niche.params.posterior import Posterior
from niche.solver import adjoint
from niche.sums import sum_last

_STEP = 1e-5  # in standard scores
_TINY = 1e-30  # of a complex step: no difference is taken, so no digits are lost
_MOST = 6_000  # steps of one arm; hosts that need more are out of reach, as far as sampling goes
_RTOL = 1e-3  # moves the log density by 0.014 (sd over the posterior); 1e-4 by a tenth of that, for a third more time
_TOGETHER = 48  # points whose runs are kept in memory at a time
PRIOR = "prior"  # the part of the density that no experiment makes up
Part = tuple[np.ndarray, np.ndarray]  # of log density and gradient: (n,) and (n, k)


class Fitted(Protocol):
    """What is fitted to what: `niche.inference.objective.Objective`."""

    keys: tuple[str, ...]
    rows: tuple[str, ...]
    changes: dict[str, float]

    def complete(self, scores: np.ndarray) -> Posterior:
        """Parameter values of scores (n, k)."""


class Slopes:
    """Log posterior and its gradient for many points at once.

    Attributes
    ----------
    objective
        whose density this is, but for what the integrator's tolerance makes of it (a hundredth)
    steepest
        longest that an experiment's part of the slope may be. Where a tumour is cleared on one side and escapes
        on the other, the density is a cliff, too narrow for any step; its true slope would throw a trajectory
        off.
    """

    def __init__(self, objective: Fitted, steepest: float = 40.0) -> None:
        self.objective, self.steepest = objective, steepest
        plans = [read_experiments()[row] for row in objective.rows]
        self.readings = [(plan.experiment, plan.readings[0]) for plan in plans if plan.experiment is not None]
        self.targets = [fitted_target(row) for row in objective.rows]
        self.arms = arms(self.readings)
        self.names = (*dict.fromkeys(arm.experiment.name for arm in self.arms), PRIOR)
        every = tuple(sorted(set().union(*(arm.seen for arm in self.arms))))
        self._column = {name: i for i, name in enumerate(every)}
        self._moved = self._moves()
        self._compiled = adjoint.load_adjoint(adjoint.adjoint_source(equations(every), self._asked()))
        # Fresh memory for the stages of each run would cost as much time as the run.
        self._memory = {arm.where: np.zeros((256, 6 * S, self._compiled.LANES)) for arm in self.arms}
        self._colours = apart([moved for _, moved in self._moved])
        self._owners = [[owned_by(moved, colour) for colour in self._colours] for _, moved in self._moved]

    def __call__(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log density (n,), and its gradient (n, k), at scores (n, k); -inf and 0 where an arm cannot be solved."""
        values, slopes = self.parts(scores)
        value, slope = sum_last(values), sum_last(np.moveaxis(slopes, 1, -1))
        return value, np.where(np.isfinite(value)[:, None], slope, 0.0)

    def parts(self, scores: np.ndarray, wanted: Sequence[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Those addends of log density (n, parts) and gradient (n, parts, k) alone that are wanted, or all.

        They are the experiments, in the order of `names`, and the prior; each -inf and 0 where it cannot be solved.
        """
        scores = np.atleast_2d(scores)
        names = [self.names[i] for i in (range(len(self.names)) if wanted is None else wanted)]
        chosen = [i for i, arm in enumerate(self.arms) if arm.experiment.name in names]
        n, plans = len(scores), self._plans(scores, chosen)
        values, slopes = np.empty((n, len(names))), np.empty((n, len(names), scores.shape[1]))
        for first in range(0, n, _TOGETHER):
            some = slice(first, min(first + _TOGETHER, n))
            part = [plan.reshape(-1, n, plan.shape[1])[:, some] for plan in plans]
            found = self._some(scores[some], chosen, part)
            for j, name in enumerate(names):
                values[some, j], slopes[some, j] = found[name]
        return values, slopes

    def _some(self, scores: np.ndarray, chosen: Sequence[int], plans: list[np.ndarray]) -> dict[str, Part]:
        """Every part that the chosen arms make up, and the prior, for a few points.

        Parameters
        ----------
        plans
            of each of these arms, (1 + colours, n, entries)
        """
        arms = [self.arms[i] for i in chosen]
        runs = [self._forward(arm, plan[0]) for arm, plan in zip(arms, plans, strict=True)]
        with np.errstate(all="ignore"):
            values, weights = self._rows({arm.where: run.seen for arm, run in zip(arms, runs, strict=True)})
        slopes = {name: np.zeros_like(scores) for name in values}
        for i, arm, plan, run in zip(chosen, arms, plans, runs, strict=True):
            varies, part = self._moved[i][0], slopes[arm.experiment.name]
            answer = self._back(arm, plan[0], run, weights[arm.where])[:, varies]
            for c, own in enumerate(self._owners[i]):
                if own.keys.size:
                    change = (plan[c + 1][:, varies] - plan[0][:, varies]) / _STEP
                    part[:, own.keys] -= np.add.reduceat((answer * change)[:, own.entries], own.first, axis=1)
            values[arm.experiment.name] = np.where(run.fine, values[arm.experiment.name], -np.inf)
        found = {PRIOR: (-0.5 * sum_last(scores**2), -scores)}
        for name, value in values.items():
            slope = bounded(slopes[name], self.steepest)
            fine = np.isfinite(value) & np.isfinite(slope).all(axis=1)
            found[name] = np.where(fine, value, -np.inf), np.where(fine[:, None], slope, 0.0)
        return found

    def _laboratory(self, scores: np.ndarray) -> Laboratory:
        return Laboratory(len(scores), 0, self.objective.complete(scores), changes=self.objective.changes, workers=1)

    def _plans(self, scores: np.ndarray, chosen: Sequence[int]) -> list[np.ndarray]:
        """What goes into each chosen arm, (n * (1 + colours), entries): at the scores, then with each colour moved."""
        moved = [scores]
        for colour in self._colours:
            there = scores.copy()
            there[:, colour] += _STEP
            moved.append(there)
        lab = self._laboratory(np.concatenate(moved))
        return [entries_of(_schedule(lab, self.arms[i])) for i in chosen]

    def _moves(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """By arm: the entries that parameters move, and which parameter moves which, 0 or 1 (entries, k)."""
        k = len(self.objective.keys)
        scores = 0.3 * np.random.default_rng(0).standard_normal((1, k))
        lab = self._laboratory(np.concatenate([scores, scores + 1e-3 * np.eye(k)]))
        found = []
        for arm in self.arms:
            entries = entries_of(_schedule(lab, arm))
            changed = entries[1:] != entries[0]
            # Resting nerve signals are differentiated with the rates, and cells at rest follow from fixed numbers.
            changed[:, P - len(DERIVED) : P] = False
            varies = np.flatnonzero(changed.any(axis=0))
            found.append((varies, changed[:, varies].T.astype(float)))
        return found

    def _asked(self) -> frozenset[tuple[str, int]]:
        """Fields of parameters and inputs that fitted parameters move in some arm."""
        asked = set()
        for arm, (varies, _) in zip(self.arms, self._moved, strict=True):
            for i in varies.tolist():
                if i < P:
                    asked.add(("p", i))
                elif i < P + arm.intervals * U:
                    asked.add(("u", (i - P) % U))
        return frozenset(asked)

    def _forward(self, arm: SampledArm, plan: np.ndarray) -> ArmRun:
        out, fine = np.full((len(plan), len(arm.days), len(self._column)), np.nan), np.zeros(len(plan), bool)
        way = self._compiled.observed(
            *compiled_arguments(arm, plan), _RTOL, ATOL, _MOST, out, fine, self._memory[arm.where]
        )
        self._memory[arm.where] = way[0]
        return ArmRun(out, fine, way)

    def _back(self, arm: SampledArm, plan: np.ndarray, run: ArmRun, weight: np.ndarray) -> np.ndarray:
        """How the weighted sum of what is seen answers to each entry, (n, entries)."""
        _, params, _, event, read, inputs, jumps = compiled_arguments(arm, plan)
        found = tuple(np.zeros_like(one) for one in (params, inputs, jumps))
        if run.fine.any():
            self._compiled.answers(params, event, read, inputs, run.way, run.fine, weight, *found)
        return np.concatenate([one.reshape(len(plan), -1) for one in found], axis=1)

    def _rows(self, series: dict[Where, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[Where, np.ndarray]]:
        """Log likelihood (n,) of each experiment, and the derivative of minus that by what was seen in each arm."""
        seen = _Seen(series, {arm.where: arm.days for arm in self.arms}, self._column)
        weights, values = {where: np.zeros_like(found) for where, found in series.items()}, dict[str, np.ndarray]()
        for (experiment, reading), wanted in zip(self.readings, self.targets, strict=True):
            if (experiment.name, reading.arms[0]) not in series:
                continue
            effect = read(reading, seen.series(experiment))
            score, slope = standard_score(effect, wanted)
            values[experiment.name] = values.get(experiment.name, 0.0) - 0.5 * score**2
            for arm in reading.arms:
                where = (experiment.name, arm)
                for name in reading.observes(arm):
                    for day in _matter(reading, seen.days[where]):
                        by = seen.answer(experiment, reading, (where, name, day))
                        weights[where][:, day, self._column[name]] += score * slope * by
        return values, weights


class _Seen:
    """Series of arms that are there already; one entry may be nudged by an imaginary bit."""

    def __init__(
        self, series: Mapping[Where, np.ndarray], days: Mapping[Where, np.ndarray], column: Mapping[str, int]
    ) -> None:
        self.seen, self.days, self.column = series, days, column

    def series(self, experiment: Experiment, nudged: tuple[Where, str, int] | None = None) -> Series:
        """The series of an experiment, with one entry nudged: where, observable, read-out."""

        def look(arm: str, observable: str) -> tuple[np.ndarray, np.ndarray]:
            where = (experiment.name, arm)
            found = self.seen[where][:, :, self.column[observable]]
            if nudged is not None and nudged[:2] == (where, observable):
                found = found.astype(complex)
                found[:, nudged[2]] += 1j * _TINY
            return self.days[where], found

        return look

    def answer(self, experiment: Experiment, reading: Reading, entry: tuple[Where, str, int]) -> np.ndarray:
        """Derivative of a reading by one entry: where, observable, read-out; (n,)."""
        found = np.imag(read(reading, self.series(experiment, entry))) / _TINY
        return np.where(np.isfinite(found), found, 0.0)


def _schedule(lab: Laboratory, arm: SampledArm) -> Schedule:
    return schedule(lab.hosts(arm.experiment), arm.experiment.arms[arm.name])


def _matter(reading: Reading, days: np.ndarray) -> np.ndarray:
    """Which of the read-outs a reading looks at."""
    inside = (days >= reading.day[0] - 1e-9) & (days <= reading.day[-1] + 1e-9)
    reference = 0.0 if reading.reference_day is None else reading.reference_day
    return np.flatnonzero(inside | (np.abs(days - reference) < 1e-9))
