"""The model broken in one place at a time, through its parameters: which supported propositions notice?

A coupling is a parameter that says of itself what switches it off. A proposition notices a mutant when its head goes to
the other side, or when one of its direct measurements leaves the 90 % interval of its prediction, on the same draws.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from niche.analysis.robustness import same_draws, values_of, with_values
from niche.analysis.sensitivity import RTOL
from niche.answering.stored import read_answers
from niche.atoms.build import atoms
from niche.atoms.records import Atom
from niche.errors import NicheError, unknown
from niche.evidence.laboratory import Laboratory
from niche.experiment.hosts import Hosts
from niche.inference.predictive import outcomes as predictive
from niche.inference.unmeasured import outcomes_in
from niche.params.layers import read_registry
from niche.params.mechanisms import couplings, switched_off
from niche.params.posterior import Posterior, read_posterior
from niche.predictions.outcomes import head_atoms
from niche.propositions.reading import proposition

KINDS = ("off", "flipped", "doubled", "up", "down")
COUPLINGS = KINDS[:3]
_FACTOR = {"flipped": -1.0, "doubled": 2.0}
BY = 2.0  # posterior standard deviations
MOVED = 1e-3  # of a logarithm: far above what steps of the integrator do (`niche.inference.direct`)
NOTHING = 0.01  # a head whose median logarithm is smaller is no effect
RARE = 0.1  # chance of what was seen, below which a word lies outside


class Mutant(NamedTuple):
    """One change of the model.

    Attributes
    ----------
    place
        a parameter of `Parameters` for couplings, else a "layer:name"
    """

    kind: str
    place: str

    def __str__(self) -> str:
        said = {"up": f"up by {BY:g} sd", "down": f"down by {BY:g} sd"}.get(self.kind, self.kind)
        return f"{self.place} {said}"


class Noticed(NamedTuple):
    """Which propositions notice a mutant, and by what: name -> "the head: ...", "a measurement: ...".

    Attributes
    ----------
    touched
        whether any measurement or head that was asked has another effect with the mutation
    """

    mutant: Mutant
    by: Mapping[str, tuple[str, ...]]
    touched: bool


class Watched(NamedTuple):
    """A proposition that can notice: its head, and its direct measurements that hosts are simulated for."""

    name: str
    head: tuple[Atom, ...]
    direct: tuple[Atom, ...]

    def __hash__(self) -> int:
        return hash((self.name, *(atom.name for atom in (*self.head, *self.direct))))


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


def mutated(mutant: Mutant, base: Laboratory) -> Laboratory:
    """A laboratory whose hosts are mutants, on the same draws."""
    assert isinstance(base.posterior, Posterior)
    moved = _moved(base.posterior, mutant, base.seed)
    change = partial(_mutated, mutant) if mutant.kind in COUPLINGS else None
    return Laboratory(base.draws, base.seed, moved, base.changes, base.rtol, base.workers, {}, change)


def _mutated(mutant: Mutant, made: Hosts) -> Hosts:
    """Hosts with one coupling off, of the other sign, or doubled."""
    before = np.asarray(getattr(made.parameters, mutant.place))
    off = mutant.kind == "off"
    now = np.full_like(before, switched_off([mutant.place])[mutant.place]) if off else before * _FACTOR[mutant.kind]
    if mutant.kind == "doubled":
        now = np.clip(now, *made.registry.model[mutant.place].range)  # a share cannot be more than all
    return made.with_parameters(**{mutant.place: now})


@lru_cache(maxsize=1)
def watched(word: str = "supported") -> tuple[Watched, ...]:
    """The propositions with this word for their mechanism, whose head hosts are simulated for."""
    by_name = {atom.name: atom for atom in atoms() if atom.experiment is not None}
    found = []
    for name, one in read_answers().propositions.items():
        head = proposition(name).head
        if one.mechanism.word != word or head is None or (head.atom is not None and head.atom not in by_name):
            continue
        direct = [by_name[each.name] for each in one.model.predictions if each.name in by_name]
        found.append(Watched(name, head_atoms(name), tuple(direct)))
    return tuple(found)


def try_out(
    mutant: Mutant,
    draws: int = 60,
    seed: int = 1,
    some: Sequence[Watched] | None = None,
    spreads: np.ndarray | None = None,
) -> Noticed:
    """Ask propositions (all that are supported, if none are given) with a mutation and without it, on the same draws.

    Parameters
    ----------
    spreads
        of each class of study (classes,): what papers have of their own; None takes the medians of the fit
    """
    chosen = tuple(watched() if some is None else some)
    tau = fitted_spreads() if spreads is None else tuple(np.asarray(spreads, dtype=float).tolist())
    asked, base, before = _unmutated(draws, seed, chosen)
    now = outcomes_in(mutated(mutant, base), asked) if asked else before
    touched = bool((np.abs(now - before) > MOVED).any())
    found = {one.name: seen for one in chosen if touched and (seen := _notices(one, asked, before, now, tau))}
    return Noticed(mutant, found, touched)


@lru_cache(maxsize=1)
def fitted_spreads() -> tuple[float, ...]:
    """Median spread of each class of study in the shipped fit."""
    from niche.inference.shipped import FILE, read_fit
    from niche.params.records import root

    values = np.asarray(read_fit(root() / "posterior" / FILE)["posterior"].dataset["spread"])
    return tuple(np.median(values.reshape(-1, values.shape[-1]), axis=0).astype(float).tolist())


@lru_cache(maxsize=2)
def _unmutated(draws: int, seed: int, some: tuple[Watched, ...]) -> tuple[tuple[Atom, ...], Laboratory, np.ndarray]:
    """Every measurement that is asked, once; the laboratory that all mutants share; effects there (draws, atoms)."""
    lab = Laboratory(draws, seed, same_draws(draws, seed), rtol=RTOL, workers=1, plans={})
    asked = {atom.name: atom for one in some for atom in (*one.head, *one.direct)}
    return tuple(asked.values()), lab, outcomes_in(lab, tuple(asked.values())) if asked else np.zeros((draws, 0))


def _notices(
    one: Watched, asked: Sequence[Atom], before: np.ndarray, now: np.ndarray, tau: Sequence[float]
) -> tuple[str, ...]:
    place = {atom.name: i for i, atom in enumerate(asked)}
    found = []
    sides = [_side([effects[:, place[atom.name]] for atom in one.head]) for effects in (before, now)]
    if sides[0] != sides[1]:
        found.append(f"the head: {'the other side' if all(sides) else 'an effect' if sides[1] else 'gone'}")
    for atom in one.direct:
        column = place[atom.name]
        if np.allclose(before[:, column], now[:, column], atol=MOVED, equal_nan=True):
            continue
        was, is_ = (_inside(atom, effects[:, column], tau) for effects in (before, now))
        if was and not is_:
            found.append(f"{atom.name}: leaves its interval")
    return tuple(found)


def _side(columns: Sequence[np.ndarray]) -> int:
    """The side of a head, a row or a row over another: that of its median; 0 where there is next to none."""
    values = columns[0] - (columns[1] if len(columns) > 1 else 0.0)
    middle = float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0
    return 0 if abs(middle) < NOTHING else int(math.copysign(1, middle))


def _inside(atom: Atom, effect: np.ndarray, tau: Sequence[float]) -> bool:
    """Whether what was measured lies within its 90 % interval; of a word, whether it has one chance in ten."""
    fine = effect[np.isfinite(effect)]
    if not len(fine):
        return False
    found = predictive([atom], fine[:, None], np.tile(tau, (len(fine), 1)), {})
    if atom.kind != "number":
        words = found.words[0]
        return found.chances(0)[words[int(found.seen[0])]] >= RARE
    low, high, _ = found.interval(0)
    return bool(low <= atom.y <= high)


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
