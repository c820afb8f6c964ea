"""The model broken in one place at a time, through its parameters: which claims notice?

A coupling is a parameter that says of itself what switches it off. A claim notices a mutant when one of its rows or
controls comes out otherwise than without the mutation, on the same draws: then `./check` would have stopped it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from niche.analysis.parts import ClaimParts, parts_of
from niche.analysis.robustness import RTOL, same_draws, values_of, with_values
from niche.errors import NicheError, unknown
from niche.evidence.laboratory import Laboratory
from niche.evidence.row_plan import Experiment
from niche.experiment.hosts import Hosts
from niche.params.layers import read_registry
from niche.params.mechanisms import couplings, switched_off
from niche.params.posterior import Posterior, read_posterior
from niche.verdicts.claims import claim_ids, read_claims

KINDS = ("off", "flipped", "doubled", "up", "down")
COUPLINGS = KINDS[:3]
_FACTOR = {"flipped": -1.0, "doubled": 2.0}
BY = 2.0  # posterior standard deviations


class Mutant(NamedTuple):
    """One change of the model. place : a parameter of `Parameters` for couplings, else a "layer:name"."""

    kind: str
    place: str

    def __str__(self) -> str:
        said = {"up": f"up by {BY:g} sd", "down": f"down by {BY:g} sd"}.get(self.kind, self.kind)
        return f"{self.place} {said}"


class Noticed(NamedTuple):
    """Which claims notice a mutant, and by what: claim -> "row: before -> now".

    Attributes
    ----------
    touched
        whether any host of any claim has other numbers with the mutation at all
    """

    mutant: Mutant
    by: Mapping[str, tuple[str, ...]]
    touched: bool


def all_mutants(kinds: Sequence[str] = KINDS) -> tuple[Mutant, ...]:
    """Every mutant of these kinds: couplings off, of the other sign where their range has one, and doubled; each
    parameter of the posterior up and down."""
    for kind in kinds:
        if kind not in KINDS:
            raise unknown("kind of mutant", kind, KINDS)
    registry = read_registry()
    found = [Mutant(kind, name) for name in couplings() for kind in COUPLINGS]
    found = [one for one in found if one.kind != "flipped" or registry.model[one.place].range[0] < 0]
    found += [Mutant(kind, key) for key in sorted(read_posterior().draws) for kind in ("up", "down")]
    return tuple(one for one in found if one.kind in kinds)


def chosen(names: Sequence[str], kinds: Sequence[str] = KINDS) -> tuple[Mutant, ...]:
    """The mutants at these places, all if none is named. Raises `NicheError` with the nearest place."""
    every = all_mutants(kinds)
    places = {one.place for one in every}
    for name in names:
        if name not in places:
            raise unknown("place for a mutation", name, places)
    return tuple(one for one in every if not names or one.place in names)


class Mutated(Laboratory):
    """A laboratory whose hosts are mutants; what the mutation cannot change is taken from the one it came from."""

    def __init__(self, mutant: Mutant, base: Laboratory) -> None:
        assert isinstance(base.posterior, Posterior)
        moved = _moved(base.posterior, mutant, base.seed)
        change = partial(_mutated, mutant) if mutant.kind in COUPLINGS else None
        super().__init__(base.draws, base.seed, moved, base.changes, base.rtol, base.workers, base.plans, change)
        self.mutant, self.base, self.touched = mutant, base, False
        self._touches: dict[str, bool] = {}

    def without(self, changes: Mapping[str, float]) -> Laboratory:
        """As in `Laboratory`: what is removed is removed of the mutant, too."""
        key = tuple(sorted(changes.items()))
        return self.variant(key, lambda: Mutated(self.mutant, self.base.without(changes)))

    def series(self, experiment: Experiment, arm: str, observable: str) -> tuple[np.ndarray, np.ndarray]:
        """As in `Laboratory`: of an experiment that the mutation does not touch, those that are there already."""
        if experiment.name not in self._touches:
            self._touches[experiment.name] = self._differs(experiment)
        if not self._touches[experiment.name]:
            return self.base.series(experiment, arm, observable)
        self.touched = True
        return super().series(experiment, arm, observable)

    def _differs(self, experiment: Experiment) -> bool:
        if self.mutant.kind not in COUPLINGS:
            layer = self.mutant.place.split(":")[0]
            if layer in {step.name for protocol in experiment.arms.values() for step in protocol.steps}:
                return True
        mine, before = self.hosts(experiment).parameters, self.base.hosts(experiment).parameters
        return any(not np.array_equal(a, b) for a, b in zip(mine, before, strict=True))


def _mutated(mutant: Mutant, made: Hosts) -> Hosts:
    """Hosts with one coupling off, of the other sign, or doubled."""
    before = np.asarray(getattr(made.parameters, mutant.place))
    off = mutant.kind == "off"
    now = np.full_like(before, switched_off([mutant.place])[mutant.place]) if off else before * _FACTOR[mutant.kind]
    if mutant.kind == "doubled":
        now = np.clip(now, *made.registry.model[mutant.place].range)  # a share cannot be more than all
    # The record of changes stays as it was: a sign that no row informs is no better known in a mutant.
    return replace(made.with_parameters(**{mutant.place: now}), changed=made.changed)


def try_out(mutant: Mutant, draws: int = 60, seed: int = 1, claims: Sequence[str] = ()) -> Noticed:
    """Judge the claims (all, if none are named) with a mutation and without it, on the same draws."""
    names = tuple(claims) or claim_ids()
    base, before = _unmutated(draws, seed, names)
    lab, registry = Mutated(mutant, base), read_claims()
    found = {}
    for name in names:
        changed = parts_of(registry[name], lab).against(before[name])
        if changed:
            found[name] = changed
    return Noticed(mutant, found, lab.touched)


@lru_cache(maxsize=2)
def _unmutated(draws: int, seed: int, names: tuple[str, ...]) -> tuple[Laboratory, dict[str, ClaimParts]]:
    """The laboratory that all mutants share, and what every claim comes out as in it."""
    lab = Laboratory(draws, seed, same_draws(draws, seed), rtol=RTOL, workers=1)
    return lab, {name: parts_of(read_claims()[name], lab) for name in names}


def _moved(posterior: Posterior, mutant: Mutant, seed: int) -> Posterior:
    """The draws with one parameter moved by standard deviations of the whole posterior, inside its bounds.

    On the logarithm where the prior is lognormal.
    """
    if mutant.kind in COUPLINGS:
        return posterior
    entry = read_registry().entries()[mutant.place]
    full = read_posterior().draws.get(mutant.place)
    if full is None or entry.prior is None:
        raise NicheError(f"{mutant.place} is not a parameter of the posterior, so it has no posterior deviation")
    now, sign = values_of(posterior, mutant.place, seed), 1.0 if mutant.kind == "up" else -1.0
    if entry.prior[0] == "lognormal":
        now = now * np.exp(sign * BY * np.std(np.log(full)))
    else:
        now = now + sign * BY * np.std(full)
    return with_values(posterior, mutant.place, np.clip(now, *entry.range))
