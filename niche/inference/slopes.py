"""The log posterior over all atoms and its slope: how every atom answers to every parameter, from one run back of each
arm.

Scores decide parameters, inputs and doses of each arm (by differences, all parameters at once that meet nowhere); these
decide observables (`niche.solver.adjoint`); observables decide atoms (`niche.atoms.predicted`); atoms decide the
likelihood (`niche.inference.blocks`).
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from niche.atoms.predicted import Effect, at_days, predicted
from niche.atoms.records import Atom
from niche.evidence.laboratory import Laboratory
from niche.experiment.hosts import Hosts
from niche.experiment.solution import ATOL
from niche.inference.asked import ask
from niche.inference.blocks import CLASSES, Blocks, spreads
from niche.inference.entries import (
    ArmRun,
    Moved,
    P,
    S,
    apart,
    bounded,
    compiled_arguments,
    entries_of,
    owned_by,
    some_entries,
)
from niche.inference.kernels import Kernel, kernels_for
from niche.model.state import DERIVED
from niche.params.posterior import Posterior
from niche.sums import sum_last

_STEP = 1e-5  # in standard scores
_MOST = 6_000  # steps of one arm; hosts that need more are out of reach, as far as sampling goes
RTOL = 1e-3  # moves the log density by a hundredth or two; 1e-4 by a tenth of that, for a third more time
_TOGETHER = 48  # points whose runs are kept in memory at a time
_FAINT = 1e-3  # slope of the log density by the logarithm of what is seen that is left out
FAR = 30.0  # effects beyond e^30 are as far as this
PRIOR = "prior"  # the part of the density that no paper makes up
_C = len(CLASSES)
Plan = tuple[np.ndarray, np.ndarray]  # entries of an arm (n, entries), and those that vary moved (colours, n, varies)


class Joint(Protocol):
    """What is fitted to what: `niche.inference.joint.JointObjective`."""

    keys: tuple[str, ...]
    atoms: tuple[Atom, ...]
    changes: dict[str, float]

    def complete(self, scores: np.ndarray) -> Posterior:
        """Parameter values of scores (n, k)."""


class Slopes:
    """Log posterior and its gradient for many points at once.

    The scores are those of the parameters, then one for the spread of each class of study.

    Attributes
    ----------
    objective
        whose density this is, but for what the integrator's tolerance makes of it
    names
        of the parts: the paper whose animals they are, and the prior
    steepest
        longest that a part's slope may be. Where a tumour is cleared on one side and escapes on the other, the density
        is a cliff, too narrow for any step; its true slope would throw a trajectory off.
    """

    def __init__(self, objective: Joint, steepest: float = 40.0) -> None:
        self.objective, self.steepest = objective, steepest
        self.atoms = objective.atoms
        self.asked = ask(self.atoms)
        self.arms = self.asked.arms
        self.blocks = Blocks(self.atoms)
        count = int(self.asked.parts.max()) + 1 if len(self.atoms) else 0
        self.names = (*(self._named(part) for part in range(count)), PRIOR)
        self._arm_part = self._parts_of_arms()
        self._here = [np.flatnonzero(self.asked.parts == part).tolist() for part in range(count)]
        self._blocks = [Blocks([self.atoms[j] for j in here]) for here in self._here]
        self._columns: dict[tuple[int, bytes], np.ndarray] = {}
        self._moved = self._moves(objective.changes)
        # Without a mechanism the equations of the whole model serve: nothing is compiled anew.
        whole = self._moved if not objective.changes else self._moves({})
        scores = np.zeros((4, len(objective.keys) + _C))
        scores[:, :-_C] = np.random.default_rng(1).standard_normal((4, len(objective.keys)))
        lab = self._laboratory(scores, {})
        plans = [arm.schedule(lab) for arm in self.arms]
        self._kernel_of, self._kernels = kernels_for(self.arms, plans, whole)
        # Fresh memory for the stages of each run would cost as much time as the run.
        most = max(np.bincount(self._arm_part))
        self._memory = [np.zeros((256, 6 * S, self._kernels[0].compiled.LANES)) for _ in range(most)]
        self._colours = apart([moved for _, moved in self._moved])
        self._owners = [[owned_by(moved, colour) for colour in self._colours] for _, moved in self._moved]

    def _named(self, part: int) -> str:
        return next(a.animals for a, p in zip(self.atoms, self.asked.parts, strict=True) if p == part)

    def _parts_of_arms(self) -> np.ndarray:
        found = np.zeros(len(self.arms), dtype=int)
        for own, part in zip(self.asked.places, self.asked.parts, strict=True):
            found[list(own.values())] = part
        return found

    def __call__(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log density (n,), and its gradient (n, k), at scores (n, k); -inf and 0 where an arm cannot be solved."""
        values, slopes = self.parts(scores)
        value, slope = sum_last(values), sum_last(np.moveaxis(slopes, 1, -1))
        return value, np.where(np.isfinite(value)[:, None], slope, 0.0)

    def parts(self, scores: np.ndarray, wanted: Sequence[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Those addends of log density (n, parts) and gradient (n, parts, k) alone that are wanted, or all.

        They are in the order of `names`; each is -inf and 0 where it cannot be solved.
        """
        scores = np.atleast_2d(scores)
        places = list(range(len(self.names))) if wanted is None else list(wanted)
        chosen = [i for i in range(len(self.arms)) if self._arm_part[i] in places]
        n, plans = len(scores), self._plans(scores, chosen)
        values, slopes = np.empty((n, len(places))), np.empty((n, len(places), scores.shape[1]))
        for first in range(0, n, _TOGETHER):
            some = slice(first, min(first + _TOGETHER, n))
            part = [(plan[some], moved[:, some]) for plan, moved in plans]
            values[some], slopes[some] = self._some(scores[some], places, chosen, part)
        return values, slopes

    def rows_of(self, part: int) -> list[int]:
        """The places of the atoms of a part; none of the prior."""
        return self._here[part] if part < len(self._here) else []

    def effects(self, scores: np.ndarray) -> np.ndarray:
        """What the model says for each atom, (n, atoms), at scores (n, k); NaN where an arm cannot be solved."""
        scores, found = np.atleast_2d(scores), []
        for first in range(0, len(scores), _TOGETHER):
            some = scores[first : first + _TOGETHER]
            lab = self._laboratory(some)
            runs = {i: self._forward(i, entries_of(arm.schedule(lab)), 0) for i, arm in enumerate(self.arms)}
            with np.errstate(all="ignore"):
                f = np.stack([self._effect(j, runs).value for j in range(len(self.atoms))], axis=1)
            for j, own in enumerate(self.asked.places):
                for place in own.values():
                    f[~runs[place].fine, j] = np.nan
            found.append(f)
        return np.concatenate(found)

    def _some(
        self, scores: np.ndarray, places: Sequence[int], chosen: Sequence[int], plans: list[Plan]
    ) -> tuple[np.ndarray, np.ndarray]:
        """The wanted parts for a few points. plans : of each chosen arm."""
        n, k = scores.shape
        plan_of = dict(zip(chosen, plans, strict=True))
        tau, moves = spreads(scores[:, -_C:])
        values, slopes = np.zeros((n, len(places))), np.zeros((n, len(places), k))
        for c, place in enumerate(places):
            if self.names[place] == PRIOR:
                values[:, c], slopes[:, c] = -0.5 * sum_last(scores**2), -scores
                continue
            value, slope = self._part(place, plan_of, tau, moves, slopes[:, c])
            slope = bounded(slope, self.steepest)
            fine = np.isfinite(value) & np.isfinite(slope).all(axis=1)
            values[:, c] = np.where(fine, value, -np.inf)
            slopes[:, c] = np.where(fine[:, None], slope, 0.0)
        return values, slopes

    def _part(
        self, place: int, plans: dict[int, Plan], tau: np.ndarray, moves: np.ndarray, slope: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Log likelihood (n,) of the papers of one part, and its slope, added to `slope` (n, k)."""
        here, blocks = self._here[place], self._blocks[place]
        arms = [i for i in range(len(self.arms)) if self._arm_part[i] == place]
        # the memory of a run is used again in the next part
        runs = {i: self._forward(i, plans[i][0], store) for store, i in enumerate(arms)}
        with np.errstate(all="ignore"):
            effects = [self._effect(j, runs) for j in here]
        f = np.stack([effect.value for effect in effects], axis=1)
        lost = ~np.isfinite(f)
        told = blocks(np.where(lost, 0.0, f), tau)
        value = np.where(lost.any(axis=1), -np.inf, sum_last(told.value))
        weights = self._weights(here, runs, effects, np.where(lost, 0.0, told.by_f))
        for block, own in enumerate(blocks.tau_of):
            slope[:, own - _C] += told.by_tau[:, block] * moves[:, own]
        for i in arms:
            varies, plan = self._moved[i][0], plans[i]
            answer = self._back(i, plan[0], runs[i], weights[i])[:, varies]
            for colour, owned in enumerate(self._owners[i]):
                if owned.keys.size:
                    change = (plan[1][colour] - plan[0][:, varies]) / _STEP
                    slope[:, owned.keys] += np.add.reduceat((answer * change)[:, owned.entries], owned.first, axis=1)
            value = np.where(runs[i].fine, value, -np.inf)
        return value, slope

    def _effect(self, j: int, runs: dict[int, ArmRun]) -> Effect:
        """The effect of one atom, and how it answers to what was seen."""
        places = self.asked.places[j]

        def look(arm: str, observable: str, days: np.ndarray) -> np.ndarray:
            return runs[places[arm]].seen[:, self._at(places[arm], days), self._kernel(places[arm]).column[observable]]

        found = predicted(self.atoms[j], look)
        return found._replace(value=np.clip(found.value, -FAR, FAR))

    def _at(self, place: int, days: np.ndarray) -> np.ndarray:
        """Which read-outs of an arm these days are."""
        key = place, days.tobytes()
        if key not in self._columns:
            self._columns[key] = at_days(self.arms[place].days, days)
        return self._columns[key]

    def _weights(
        self, here: Sequence[int], runs: dict[int, ArmRun], effects: Sequence[Effect], by_f: np.ndarray
    ) -> dict[int, np.ndarray]:
        """The derivative of the log likelihood by what was seen in each arm."""
        weights = {i: np.zeros_like(run.seen) for i, run in runs.items()}
        for c, (j, effect) in enumerate(zip(here, effects, strict=True)):
            for part in effect.parts:
                place = self.asked.places[j][part.arm]
                by = np.where(np.isfinite(part.by), part.by, 0.0)
                column = self._kernel(place).column[part.observable]
                weights[place][:, self._at(place, part.days), column] += by_f[:, c, None] * by
        return weights

    def _laboratory(self, scores: np.ndarray, changes: Mapping[str, float] | None = None) -> Laboratory:
        posterior = self.objective.complete(scores)
        changes = self.objective.changes if changes is None else changes
        return Laboratory(len(scores), 0, posterior, changes, workers=1, plans={}, mutation=Hosts.typical)

    def _plans(self, scores: np.ndarray, chosen: Sequence[int]) -> list[Plan]:
        """What goes into each chosen arm at the scores, and with each colour moved."""
        moved, n = [scores], len(scores)
        for colour in self._colours:
            there = scores.copy()
            there[:, colour] += _STEP
            moved.append(there)
        lab, found = self._laboratory(np.concatenate(moved)), list[Plan]()
        for i in chosen:
            plan, varies = self.arms[i].schedule(lab), self._moved[i][0]
            others = some_entries(plan, varies, slice(n, None)).reshape(-1, n, len(varies))
            found.append((entries_of(plan, slice(n)), others))
        return found

    def _moves(self, changes: Mapping[str, float]) -> list[Moved]:
        """By arm: the entries that parameters move, and which parameter moves which, 0 or 1 (entries, k)."""
        k = len(self.objective.keys)
        scores = np.zeros((1, k + _C))
        scores[:, :k] = 0.3 * np.random.default_rng(0).standard_normal((1, k))
        steps = np.concatenate([1e-3 * np.eye(k), np.zeros((k, _C))], axis=1)
        lab = self._laboratory(np.concatenate([scores, scores + steps]), changes)
        found = []
        for arm in self.arms:
            entries = entries_of(arm.schedule(lab))
            changed = entries[1:] != entries[0]
            # Resting nerve signals are differentiated with the rates, and cells at rest follow from fixed numbers.
            changed[:, P - len(DERIVED) : P] = False
            varies = np.flatnonzero(changed.any(axis=0))
            found.append((varies, changed[:, varies].T.astype(float)))
        return found

    def _kernel(self, i: int) -> Kernel:
        """The equations of an arm."""
        return self._kernels[self._kernel_of[i]]

    def _forward(self, i: int, plan: np.ndarray, store: int) -> ArmRun:
        arm = self.arms[i]
        looks = 1 if arm.rests else len(arm.days)
        kernel = self._kernel(i)
        out, fine = np.full((len(plan), looks, len(kernel.column)), np.nan), np.zeros(len(plan), bool)
        way = kernel.compiled.observed(
            *compiled_arguments(arm, plan), RTOL, ATOL, _MOST, out, fine, self._memory[store]
        )
        self._memory[store] = way[0]
        return ArmRun(np.repeat(out, len(arm.days), axis=1) if arm.rests else out, fine, way)

    def _back(self, i: int, plan: np.ndarray, run: ArmRun, weight: np.ndarray) -> np.ndarray:
        """How the weighted sum of what is seen answers to each entry, (n, entries)."""
        _, params, _, event, read, inputs, jumps = compiled_arguments(self.arms[i], plan)
        found = tuple(np.zeros_like(one) for one in (params, inputs, jumps))
        # Where hardly anything hangs on an arm (a direction that could not be clearer) the way back is not taken.
        told = float(np.abs(weight * np.nan_to_num(run.seen)).max())
        if run.fine.any() and told > _FAINT:
            weight = weight.sum(axis=1, keepdims=True) if self.arms[i].rests else weight
            self._kernel(i).compiled.answers(params, event, read, inputs, run.way, run.fine, weight, *found)
        return np.concatenate([one.reshape(len(plan), -1) for one in found], axis=1)
