"""The log posterior over all atoms and its slope: how every atom answers to every parameter.

Scores decide parameters, inputs and doses of each arm; that is taken by differences, with all parameters moved at once
that never move the same entry. The rest takes one run back of each arm (`niche.inference.runs`,
`niche.solver.adjoint`).
"""

from collections.abc import Sequence

import numpy as np

from niche.atoms.predicted import Effect
from niche.inference.blocks import spreads
from niche.inference.entries import ArmRun, apart, bounded, compiled_arguments, entries_of, owned_by, some_entries
from niche.inference.runs import PRIOR, TOGETHER, C, Joint, Runs, laboratory, moves
from niche.sums import sum_last

_STEP = 1e-5  # in standard scores
_FAINT = 1e-3  # slope of the log density by the logarithm of what is seen that is left out
Plan = tuple[np.ndarray, np.ndarray]  # entries of an arm (n, entries), and those that vary moved (colours, n, varies)


class Slopes(Runs):
    """Log posterior and its gradient for many points at once.

    Attributes
    ----------
    objective
        whose density this is, up to the integrator's tolerance
    steepest
        longest that a part's slope may be. Where a tumour is cleared on one side and escapes on the other, the density
        is a cliff, too narrow for any step; its true slope would throw a trajectory off.
    """

    def __init__(self, objective: Joint, steepest: float = 40.0) -> None:
        super().__init__(objective)
        self.steepest = steepest
        self._moved = moves(objective, self.arms, objective.changes) if objective.changes else self._whole
        self._colours = apart([moved for _, moved in self._moved])
        self._owners = [[owned_by(moved, colour) for colour in self._colours] for _, moved in self._moved]

    def __call__(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log density (n,), and its gradient (n, k), at scores (n, k); -inf and 0 where an arm cannot be solved."""
        values, slopes = self.parts(scores)
        value, slope = sum_last(values), sum_last(np.moveaxis(slopes, 1, -1))
        return value, np.where(np.isfinite(value)[:, None], slope, 0.0)

    def parts(self, scores: np.ndarray, wanted: Sequence[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The wanted parts, or all, of the log density (n, parts) and of its gradient (n, parts, k).

        They are in the order of `wanted`, or of `names`; each is -inf and 0 where it cannot be solved.
        """
        scores = np.atleast_2d(scores)
        places = list(range(len(self.names))) if wanted is None else list(wanted)
        chosen = [i for i in range(len(self.arms)) if self._arm_part[i] in places]
        n, plans = len(scores), self._plans(scores, chosen)
        values, slopes = np.empty((n, len(places))), np.empty((n, len(places), scores.shape[1]))
        for first in range(0, n, TOGETHER):
            some = slice(first, min(first + TOGETHER, n))
            part = [(plan[some], moved[:, some]) for plan, moved in plans]
            values[some], slopes[some] = self._some(scores[some], places, chosen, part)
        return values, slopes

    def _some(
        self, scores: np.ndarray, places: Sequence[int], chosen: Sequence[int], plans: list[Plan]
    ) -> tuple[np.ndarray, np.ndarray]:
        """The wanted parts for a few points.

        Parameters
        ----------
        places
            of the wanted parts
        chosen, plans
            arms of these parts, and what goes into each
        """
        n, k = scores.shape
        plan_of = dict(zip(chosen, plans, strict=True))
        tau, moves = spreads(scores[:, -C:])
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
            slope[:, own - C] += told.by_tau[:, block] * moves[:, own]
        for i in arms:
            varies, plan = self._moved[i][0], plans[i]
            answer = self._back(i, plan[0], runs[i], weights[i])[:, varies]
            for colour, owned in enumerate(self._owners[i]):
                if owned.keys.size:
                    change = (plan[1][colour] - plan[0][:, varies]) / _STEP
                    slope[:, owned.keys] += np.add.reduceat((answer * change)[:, owned.entries], owned.first, axis=1)
            value = np.where(runs[i].fine, value, -np.inf)
        return value, slope

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

    def _plans(self, scores: np.ndarray, chosen: Sequence[int]) -> list[Plan]:
        """What goes into each chosen arm at the scores, and with each colour moved."""
        moved, n = [scores], len(scores)
        for colour in self._colours:
            there = scores.copy()
            there[:, colour] += _STEP
            moved.append(there)
        lab, found = laboratory(self.objective, np.concatenate(moved)), list[Plan]()
        for i in chosen:
            plan, varies = self.arms[i].schedule(lab), self._moved[i][0]
            others = some_entries(plan, varies, slice(n, None)).reshape(-1, n, len(varies))
            found.append((entries_of(plan, slice(n)), others))
        return found

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
