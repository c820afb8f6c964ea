"""What the model says of every atom, for many points at once, from one run of each arm.

Scores decide parameters, inputs and doses of each arm; these decide observables (`niche.solver.adjoint`); observables
decide atoms (`niche.atoms.predicted`); atoms decide the likelihood (`niche.inference.blocks`).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from niche.atoms.predicted import Effect, at_days, predicted
from niche.atoms.records import Atom
from niche.evidence.laboratory import Laboratory
from niche.experiment.hosts import Hosts
from niche.experiment.solution import ATOL
from niche.inference.asked import Asked, AskedArm, ask
from niche.inference.blocks import CLASSES, Blocks, spreads
from niche.inference.entries import ArmRun, Moved, P, S, compiled_arguments, entries_of
from niche.inference.kernels import Kernel, kernels_for
from niche.model.state import DERIVED
from niche.params.posterior import Posterior
from niche.sums import sum_last

_MOST = 6_000  # steps of one arm; hosts that need more are out of reach, as far as sampling goes
RTOL = 1e-3  # moves the log density by a hundredth or two; 1e-4 by a tenth of that, for a third more time
TOGETHER = 48  # points whose runs are kept in memory at a time
FAR = 30.0  # effects beyond e^30 are as far as this
PRIOR = "prior"  # the part of the density that no paper makes up
C = len(CLASSES)


class Joint(Protocol):
    """What is fitted to what: `niche.inference.joint.JointObjective`."""

    keys: tuple[str, ...]
    atoms: tuple[Atom, ...]
    changes: dict[str, float]

    def complete(self, scores: np.ndarray) -> Posterior:
        """Parameter values of scores (n, k)."""


class Runs:
    """Arms of all atoms, with the equations that they are compiled with.

    The scores are those of the parameters, then one for the spread of each class of study.

    Attributes
    ----------
    objective
        whose arms these are
    names
        of the parts of the density: the paper whose animals they are, and the prior
    """

    def __init__(self, objective: Joint) -> None:
        self.objective, self.atoms = objective, objective.atoms
        self.asked = ask(self.atoms)
        self.arms = self.asked.arms
        count = int(self.asked.parts.max()) + 1 if len(self.atoms) else 0
        self.names = (*(self._named(part) for part in range(count)), PRIOR)
        self._arm_part = self._parts_of_arms()
        self._here = [np.flatnonzero(self.asked.parts == part).tolist() for part in range(count)]
        self._blocks = [Blocks([self.atoms[j] for j in here]) for here in self._here]
        self.blocks = Blocks(self.atoms)
        self._columns: dict[tuple[int, bytes], np.ndarray] = {}
        # Without a mechanism the equations of the whole model serve: nothing is compiled anew.
        self._kernel_of, self._kernels, self._whole = _equations(_Whole(objective, self.asked))
        # Fresh memory for the stages of each run would cost as much time as the run.
        most = max(np.bincount(self._arm_part))
        self._memory = [np.zeros((256, 6 * S, self._kernels[0].compiled.LANES)) for _ in range(most)]

    def moved(self) -> np.ndarray:
        """Which score moves which part of the whole model, bool (parts but the prior, k); spreads count for none."""
        found = np.zeros((len(self._here), len(self.objective.keys) + C), dtype=bool)
        for part, (_, by) in zip(self._arm_part, self._whole, strict=True):
            found[part, : by.shape[1]] |= by.any(axis=0)
        return found

    def rows_of(self, part: int) -> list[int]:
        """The places of the atoms of a part; none of the prior."""
        return self._here[part] if part < len(self._here) else []

    def effects(self, scores: np.ndarray, wanted: Sequence[int] | None = None) -> np.ndarray:
        """What the model says for each atom, (n, atoms), at scores (n, k); NaN where an arm cannot be solved.

        Parameters
        ----------
        wanted
            parts whose atoms are asked, or all; the others are NaN
        """
        scores, found = np.atleast_2d(scores), []
        parts = range(len(self._here)) if wanted is None else wanted
        rows = [j for part in parts for j in self._here[part]]
        chosen = [i for i in range(len(self.arms)) if self._arm_part[i] in parts]
        for first in range(0, len(scores), TOGETHER):
            some = scores[first : first + TOGETHER]
            lab = laboratory(self.objective, some)
            runs = {i: self._forward(i, entries_of(self.arms[i].schedule(lab)), 0) for i in chosen}
            f = np.full((len(some), len(self.atoms)), np.nan)
            with np.errstate(all="ignore"):
                for j in rows:
                    f[:, j] = self._effect(j, runs).value
            for j in rows:
                for place in self.asked.places[j].values():
                    f[~runs[place].fine, j] = np.nan
            found.append(f)
        return np.concatenate(found)

    def values(self, scores: np.ndarray, wanted: Sequence[int]) -> np.ndarray:
        """Log likelihood (n, wanted) of these parts at scores (n, k), without its slope: in half the time.

        It is -inf where an arm cannot be solved.
        """
        scores = np.atleast_2d(scores)
        f, (tau, _) = self.effects(scores, wanted), spreads(scores[:, -C:])
        found = np.empty((len(scores), len(wanted)))
        for c, part in enumerate(wanted):
            own = f[:, self._here[part]]
            lost = ~np.isfinite(own)
            value = sum_last(self._blocks[part](np.where(lost, 0.0, own), tau).value)
            found[:, c] = np.where(lost.any(axis=1), -np.inf, value)
        return found

    def answering(self, scores: np.ndarray, moved: np.ndarray) -> list[int]:
        """Parts of which any effect differs between `scores` and `moved`, both (n, k), or whose spread does."""
        before, after = self.effects(scores), self.effects(moved)
        other = (before != after) & ~(np.isnan(before) & np.isnan(after))
        spread = (scores[:, -C:] != moved[:, -C:]).any(axis=0)
        return [
            part
            for part, rows in enumerate(self._here)
            if other[:, rows].any() or spread[self._blocks[part].tau_of].any()
        ]

    def _named(self, part: int) -> str:
        return next(a.animals for a, p in zip(self.atoms, self.asked.parts, strict=True) if p == part)

    def _parts_of_arms(self) -> np.ndarray:
        found = np.zeros(len(self.arms), dtype=int)
        for own, part in zip(self.asked.places, self.asked.parts, strict=True):
            found[list(own.values())] = part
        return found

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


def laboratory(objective: Joint, scores: np.ndarray, changes: Mapping[str, float] | None = None) -> Laboratory:
    """Hosts with the parameters of scores (n, k), and these changes or the objective's."""
    posterior = objective.complete(scores)
    changes = objective.changes if changes is None else changes
    return Laboratory(len(scores), 0, posterior, changes, workers=1, plans={}, mutation=Hosts.typical)


def moves(objective: Joint, arms: Sequence[AskedArm], changes: Mapping[str, float]) -> list[Moved]:
    """By arm: the entries that parameters move, and which parameter moves which, 0 or 1 (entries, k)."""
    k = len(objective.keys)
    scores = np.zeros((1, k + C))
    scores[:, :k] = 0.3 * np.random.default_rng(0).standard_normal((1, k))
    steps = np.concatenate([1e-3 * np.eye(k), np.zeros((k, C))], axis=1)
    lab = laboratory(objective, np.concatenate([scores, scores + steps]), changes)
    found = []
    for arm in arms:
        entries = entries_of(arm.schedule(lab))
        changed = entries[1:] != entries[0]
        # Resting nerve signals are differentiated with the rates, and cells at rest follow from fixed numbers.
        changed[:, P - len(DERIVED) : P] = False
        varies = np.flatnonzero(changed.any(axis=0))
        found.append((varies, changed[:, varies].T.astype(float)))
    return found


class _Whole:
    """What equations are compiled for: the arms of these atoms under these keys, whatever is switched off."""

    def __init__(self, objective: Joint, asked: Asked) -> None:
        self.objective, self.asked = objective, asked
        self._same = tuple(map(repr, objective.atoms)), objective.keys

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Whole) and self._same == other._same

    def __hash__(self) -> int:
        return hash(self._same)


@lru_cache(maxsize=1)  # ten seconds, which a mechanism that is switched off need not spend again
def _equations(whole: _Whole) -> tuple[list[int], list[Kernel], list[Moved]]:
    """For each arm which equations it takes; these; and for each arm what parameters move in it in the whole model."""
    objective, arms = whole.objective, whole.asked.arms
    found = moves(objective, arms, {})
    scores = np.zeros((4, len(objective.keys) + C))
    scores[:, :-C] = np.random.default_rng(1).standard_normal((4, len(objective.keys)))
    lab = laboratory(objective, scores, {})
    kernel_of, kernels = kernels_for(arms, [arm.schedule(lab) for arm in arms], found)
    return kernel_of, kernels, found
