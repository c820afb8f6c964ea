"""The log posterior over all atoms and its slope: how every atom answers to every parameter, from one run back of each
arm.

Scores decide parameters, inputs and doses of each arm (by differences, all parameters at once that meet nowhere); these
decide observables (`niche.solver.adjoint`); observables decide atoms (`niche.atoms.predicted`); atoms decide the
likelihood (`niche.inference.blocks`).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from niche.atoms.predicted import Effect, at_days, predicted
from niche.atoms.records import Atom
from niche.evidence.laboratory import Laboratory
from niche.experiment.hosts import Hosts
from niche.experiment.schedule import Schedule, schedule
from niche.experiment.solution import ATOL
from niche.inference.asked import AskedArm, ask
from niche.inference.blocks import CLASSES, Blocks, spreads
from niche.inference.inert import Given, spared
from niche.model.niche import rates, signals
from niche.model.observables import OBSERVABLES
from niche.model.resting import responses
from niche.model.state import AT_REST, DERIVED, Inputs, Parameters, State
from niche.params.posterior import Posterior
from niche.solver import adjoint
from niche.sums import sum_last

_STEP = 1e-5  # in standard scores
_MOST = 6_000  # steps of one arm; hosts that need more are out of reach, as far as sampling goes
RTOL = 1e-3  # moves the log density by a hundredth or two; 1e-4 by a tenth of that, for a third more time
_TOGETHER = 48  # points whose runs are kept in memory at a time
FAR = 30.0  # effects beyond e^30 are as far as this
PRIOR = "prior"  # the part of the density that no paper makes up
_BONE = frozenset(
    ("BV/TV", "BMD", "Oc.N/BS", "N.Ob/BS", "BFR/BS", "ES/BS", "CTX", "P1NP", "OBp", "RANKL", "RANKL output", "OPG")
)
_P, _S, _U, _C = len(Parameters._fields), len(State._fields), len(Inputs._fields), len(CLASSES)


def equations(observables: Sequence[str], still: frozenset[int] = frozenset()) -> adjoint.Equations:
    """The model's rates and these observables, as the adjoint takes them; `still` states stay at rest."""

    def read(y: Sequence[Any], u: Sequence[Any], p: Sequence[Any]) -> dict[str, Sequence[Any]]:
        moving = [rest if i in still else one for i, (one, rest) in enumerate(zip(y, AT_REST, strict=True))]
        states, inputs, parameters = State(*moving), Inputs(*u), responses(Parameters(*p))
        now = signals(states, inputs, parameters)
        seen = [
            getattr(states, name) if name in State._fields else OBSERVABLES[name].read(states, now, inputs, parameters)
            for name in observables
        ]
        found = rates(0.0, states, inputs, parameters)
        return {"slopes": [0.0 if i in still else one for i, one in enumerate(found)], "seen": seen}

    return adjoint.Equations(_S, _U, _P, read)


class Joint(Protocol):
    """What is fitted to what: `niche.inference.joint.JointObjective`."""

    keys: tuple[str, ...]
    atoms: tuple[Atom, ...]
    changes: dict[str, float]

    def complete(self, scores: np.ndarray) -> Posterior:
        """Parameter values of scores (n, k)."""


class ArmRun(NamedTuple):
    """seen: observables (n, days, observables); fine: (n,) whether it ended well; way: the steps, for the run back."""

    seen: np.ndarray
    fine: np.ndarray
    way: Any


class Slopes:
    """Log posterior and its gradient for many points at once.

    The scores are those of the parameters, then one for the spread of each class of study.

    Attributes
    ----------
    objective
        whose density this is, but for what the integrator's tolerance makes of it
    names
        of the parts: sets of papers that share arms, and the prior
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
        every = tuple(sorted(set().union(*(arm.seen for arm in self.arms))))
        self._column = {name: i for i, name in enumerate(every)}
        self._columns: dict[tuple[int, bytes], np.ndarray] = {}
        self._moved = self._moves()
        self._kernel_of, self._kernels = self._kernels_for(every)
        # Fresh memory for the stages of each run would cost as much time as the run.
        most = max(np.bincount(self._arm_part))
        self._memory = [np.zeros((256, 6 * _S, self._kernels[0].LANES)) for _ in range(most)]
        self._colours = _apart([moved for _, moved in self._moved])
        self._owners = [[_owned(moved, colour) for colour in self._colours] for _, moved in self._moved]

    def _named(self, part: int) -> str:
        papers = list(dict.fromkeys(a.paper for a, p in zip(self.atoms, self.asked.parts, strict=True) if p == part))
        return papers[0] if len(papers) == 1 else f"{papers[0]} and {len(papers) - 1} more"

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
            part = [plan.reshape(-1, n, plan.shape[1])[:, some] for plan in plans]
            values[some], slopes[some] = self._some(scores[some], places, chosen, part)
        return values, slopes

    def effects(self, scores: np.ndarray) -> np.ndarray:
        """What the model says for each atom, (n, atoms), at scores (n, k); NaN where an arm cannot be solved."""
        scores, found = np.atleast_2d(scores), []
        for first in range(0, len(scores), _TOGETHER):
            some = scores[first : first + _TOGETHER]
            lab = self._laboratory(some)
            runs = {i: self._forward(i, _entries(_schedule(lab, arm)), 0) for i, arm in enumerate(self.arms)}
            with np.errstate(all="ignore"):
                f = np.stack([self._effect(j, runs).value for j in range(len(self.atoms))], axis=1)
            for j, own in enumerate(self.asked.places):
                for place in own.values():
                    f[~runs[place].fine, j] = np.nan
            found.append(f)
        return np.concatenate(found)

    def _some(
        self, scores: np.ndarray, places: Sequence[int], chosen: Sequence[int], plans: list[np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """The wanted parts for a few points. plans : of each chosen arm, (1 + colours, n, entries)."""
        n, k = scores.shape
        plan_of = dict(zip(chosen, plans, strict=True))
        tau, moves = spreads(scores[:, -_C:])
        values, slopes = np.zeros((n, len(places))), np.zeros((n, len(places), k))
        for c, place in enumerate(places):
            if self.names[place] == PRIOR:
                values[:, c], slopes[:, c] = -0.5 * sum_last(scores**2), -scores
                continue
            value, slope = self._part(place, plan_of, tau, moves, slopes[:, c])
            slope = _bounded(slope, self.steepest)
            fine = np.isfinite(value) & np.isfinite(slope).all(axis=1)
            values[:, c] = np.where(fine, value, -np.inf)
            slopes[:, c] = np.where(fine[:, None], slope, 0.0)
        return values, slopes

    def _part(
        self, place: int, plans: dict[int, np.ndarray], tau: np.ndarray, moves: np.ndarray, slope: np.ndarray
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
                    change = (plan[colour + 1][:, varies] - plan[0][:, varies]) / _STEP
                    slope[:, owned.keys] += np.add.reduceat((answer * change)[:, owned.entries], owned.first, axis=1)
            value = np.where(runs[i].fine, value, -np.inf)
        return value, slope

    def _effect(self, j: int, runs: dict[int, ArmRun]) -> Effect:
        """The effect of one atom, and how it answers to what was seen."""
        places = self.asked.places[j]

        def look(arm: str, observable: str, days: np.ndarray) -> np.ndarray:
            return runs[places[arm]].seen[:, self._at(places[arm], days), self._column[observable]]

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
                weights[place][:, self._at(place, part.days), self._column[part.observable]] += by_f[:, c, None] * by
        return weights

    def _laboratory(self, scores: np.ndarray) -> Laboratory:
        posterior = self.objective.complete(scores)
        changes = self.objective.changes
        return Laboratory(len(scores), 0, posterior, changes, workers=1, plans={}, mutation=Hosts.typical)

    def _plans(self, scores: np.ndarray, chosen: Sequence[int]) -> list[np.ndarray]:
        """What goes into each chosen arm, (n * (1 + colours), entries): at the scores, then with each colour moved."""
        moved = [scores]
        for colour in self._colours:
            there = scores.copy()
            there[:, colour] += _STEP
            moved.append(there)
        lab = self._laboratory(np.concatenate(moved))
        return [_entries(_schedule(lab, self.arms[i])) for i in chosen]

    def _moves(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """By arm: the entries that parameters move, and which parameter moves which, 0 or 1 (entries, k)."""
        k = len(self.objective.keys)
        scores = np.zeros((1, k + _C))
        scores[:, :k] = 0.3 * np.random.default_rng(0).standard_normal((1, k))
        steps = np.concatenate([1e-3 * np.eye(k), np.zeros((k, _C))], axis=1)
        lab = self._laboratory(np.concatenate([scores, scores + steps]))
        found = []
        for arm in self.arms:
            entries = _entries(_schedule(lab, arm))
            changed = entries[1:] != entries[0]
            # Resting nerve signals are differentiated with the rates, and cells at rest follow from fixed numbers.
            changed[:, _P - len(DERIVED) : _P] = False
            varies = np.flatnonzero(changed.any(axis=0))
            found.append((varies, changed[:, varies].T.astype(float)))
        return found

    def _kernels_for(self, every: Sequence[str]) -> tuple[list[int], list[Any]]:
        """Which compiled equations each arm takes: those of hosts without a tumour leave out what they can spare."""
        kinds = [_kind(arm) for arm in self.arms]
        k = len(self.objective.keys)
        scores = np.zeros((4, k + _C))
        scores[:, :k] = np.random.default_rng(1).standard_normal((4, k))
        lab, kernels = self._laboratory(scores), []
        places = list(dict.fromkeys(kinds))
        for kind in places:
            own = [i for i, one in enumerate(kinds) if one == kind]
            plans = [_schedule(lab, self.arms[i]) for i in own]
            given = [Given(_entries(plan)[:, :_P], plan.inputs, plan.jumps) for plan in plans]
            seen = set().union(*(self.arms[i].seen for i in own))
            still = frozenset() if kind == "tumour" else spared(given, seen)
            kernels.append(adjoint.load_adjoint(adjoint.adjoint_source(equations(every, still), self._wanted(own))))
        return [places.index(kind) for kind in kinds], kernels

    def _wanted(self, own: Sequence[int]) -> frozenset[tuple[str, int]]:
        """Fields of parameters and inputs that fitted parameters move in some of these arms."""
        asked = set()
        for arm, (varies, _) in ((self.arms[i], self._moved[i]) for i in own):
            for i in varies.tolist():
                if i < _P:
                    asked.add(("p", i))
                elif i < _P + arm.intervals * _U:
                    asked.add(("u", (i - _P) % _U))
        return frozenset(asked)

    def _forward(self, i: int, plan: np.ndarray, store: int) -> ArmRun:
        arm = self.arms[i]
        looks = 1 if arm.rests else len(arm.days)
        out, fine = np.full((len(plan), looks, len(self._column)), np.nan), np.zeros(len(plan), bool)
        way = self._kernels[self._kernel_of[i]].observed(
            *_parts(arm, plan), RTOL, ATOL, _MOST, out, fine, self._memory[store]
        )
        self._memory[store] = way[0]
        return ArmRun(np.repeat(out, len(arm.days), axis=1) if arm.rests else out, fine, way)

    def _back(self, i: int, plan: np.ndarray, run: ArmRun, weight: np.ndarray) -> np.ndarray:
        """How the weighted sum of what is seen answers to each entry, (n, entries)."""
        _, params, _, event, read, inputs, jumps = _parts(self.arms[i], plan)
        found = tuple(np.zeros_like(one) for one in (params, inputs, jumps))
        if run.fine.any() and weight.any():
            weight = weight.sum(axis=1, keepdims=True) if self.arms[i].rests else weight
            self._kernels[self._kernel_of[i]].answers(params, event, read, inputs, run.way, run.fine, weight, *found)
        return np.concatenate([one.reshape(len(plan), -1) for one in found], axis=1)


def _bounded(part: np.ndarray, longest: float) -> np.ndarray:
    """The slopes (n, k), none longer than that."""
    with np.errstate(all="ignore"):
        return part * np.minimum(1.0, longest / np.maximum(np.sqrt(sum_last(part**2)), 1e-300)[:, None])


def _kind(arm: AskedArm) -> str:
    """Hosts whose equations are compiled together."""
    if any(step.verb == "seed" for step in arm.protocol.steps):
        return "tumour"
    kind = "people" if arm.hosts.host["system"] == "human" else "animals"
    return kind if _BONE.issuperset(arm.seen) else f"{kind}, more than bone"


def _schedule(lab: Laboratory, arm: AskedArm) -> Schedule:
    return schedule(lab.hosts(arm.hosts), arm.protocol)


def _entries(plan: Schedule) -> np.ndarray:
    """Parameters, inputs and jumps of an arm side by side, one line for each host."""
    n = len(plan.inputs)
    parameters = np.empty((n, _P))
    for i, column in enumerate(plan.parameters):
        parameters[:, i] = column
    return np.concatenate([parameters, plan.inputs.reshape(n, -1), plan.jumps.reshape(n, -1)], axis=1)


def _parts(arm: AskedArm, plan: np.ndarray) -> tuple[Any, ...]:
    """start, parameters, marks, event, read, inputs, jumps: what the compiled functions take, from an arm's entries."""
    n, K = len(plan), (plan.shape[1] - _P) // (_S + _U)
    parameters, inputs, jumps = (np.ascontiguousarray(part) for part in np.split(plan, [_P, _P + K * _U], axis=1))
    start = np.tile(np.asarray(AT_REST, dtype=float), (n, 1))
    return start, parameters, arm.marks, arm.event, arm.read, inputs.reshape(n, K, _U), jumps.reshape(n, K, _S)


class _Owned(NamedTuple):
    """keys: parameters of one colour that move anything in an arm; entries: what they move, key after key; first: of
    each key."""

    keys: np.ndarray
    entries: np.ndarray
    first: np.ndarray


def _owned(moved: np.ndarray, colour: np.ndarray) -> _Owned:
    """Which entries each parameter of a colour moves. A sum over them has one order, however many points there are."""
    key, entry = np.nonzero(moved[:, colour].T)
    which, first = np.unique(key, return_index=True)
    return _Owned(colour[which], entry, first)


def _apart(moved: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Parameters in groups, no two of a group moving the same entry of any arm. moved : by arm, (entries, k)."""
    meet = sum(one.T @ one for one in moved) > 0
    group = np.full(len(meet), -1)
    for key in np.argsort(-meet.sum(axis=1), kind="stable"):
        taken = set(group[meet[key]])
        group[key] = next(c for c in range(len(meet)) if c not in taken)
    return [np.flatnonzero(group == c) for c in range(group.max() + 1)]
