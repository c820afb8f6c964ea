"""Drugs one at a time and two at a time in the same hosts: what each arm does, and which arm does best.

An effect is ln(treated / untreated), draw by draw, so that drugs that act independently add up. A ranking is made in
each draw and then counted: how often an arm is best is the uncertainty of the ranking, not of the effect alone.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from compendium.claims.dose_response import Monotone, monotone
from compendium.claims.synergy import Surface, surface
from niche.errors import NicheError, unknown
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.schedule import schedule
from niche.experiment.simulation import simulate
from niche.model.observables import OBSERVABLES
from niche.model.state import RESTING, Inputs, State

Give = Callable[[Protocol], Protocol]
GiveDose = Callable[[Protocol, float], Protocol]
JOIN = " + "
SAME = 1e-3  # arms whose effects differ by less than a thousandth share a rank


class PairEffects(NamedTuple):
    """Effects of drugs alone and in pairs on several read-outs, on the last day.

    Attributes
    ----------
    arms
        names; a pair is "one + other"
    effects
        read-out -> ln(treated / untreated), (arms, draws); NaN where a host failed or a read-out is 0
    warnings
        arm -> what the simulation says of it, where it says something
    """

    arms: tuple[str, ...]
    effects: Mapping[str, np.ndarray]
    warnings: Mapping[str, str]

    @property
    def drugs(self) -> tuple[str, ...]:
        """The arms with one drug."""
        return tuple(arm for arm in self.arms if JOIN not in arm)

    @property
    def pairs(self) -> tuple[str, ...]:
        """The arms with two drugs."""
        return tuple(arm for arm in self.arms if JOIN in arm)

    def of(self, read: str, arms: Sequence[str]) -> np.ndarray:
        """Effects on one read-out of some arms, (arms, draws)."""
        if read not in self.effects:
            raise unknown("read-out", read, self.effects)
        for arm in arms:
            if arm not in self.arms:
                raise unknown("arm", arm, self.arms)
        return self.effects[read][[self.arms.index(arm) for arm in arms]]

    def beyond_bliss(self, read: str, pair: str) -> np.ndarray:
        """ln(expected / observed) of a pair, expected being the product of its drugs, (draws,): above 0 it lowers the
        read-out by more than that."""
        one, other = self.of(read, pair.split(JOIN))
        return np.asarray(one + other - self.of(read, [pair])[0])


class Ranking(NamedTuple):
    """How arms rank over draws.

    Attributes
    ----------
    best
        share of draws in which each arm is the best (ties shared), (arms,)
    low, median, high
        5, 50 and 95 % of its rank, 1 being the best, (arms,)
    """

    arms: tuple[str, ...]
    best: np.ndarray
    low: np.ndarray
    median: np.ndarray
    high: np.ndarray


def in_pairs(
    hosts: Hosts,
    base: Protocol,
    drugs: Mapping[str, Give],
    reads: Sequence[str] = ("tumour burden",),
    workers: int | None = None,
) -> PairEffects:
    """Simulate no drug, each drug and each pair of drugs; read the last day of the protocol.

    n drugs take 1 + n (n + 1)/2 simulations. A read-out that is 0 without treatment has no ratio, and is NaN.

    Parameters
    ----------
    base
        what is done to every arm
    drugs
        name -> what it adds to a protocol, e.g. lambda p: p.dose("zoledronate", "0.1 mg/kg", day=7, every="7 days")

    Raises
    ------
    NicheError
        for fewer than two drugs, a name that holds " + ", an unknown read-out, or drugs that cannot be given
        together
    """
    if len(drugs) < 2 or any(JOIN in name for name in drugs):
        raise NicheError(f"give at least two drugs, with names without {JOIN!r}; got {list(drugs)}")
    for read in reads:
        if read not in OBSERVABLES and read not in State._fields:
            raise unknown("read-out", read, [*OBSERVABLES, *State._fields])
    arms: dict[str, Protocol] = {name: give(base) for name, give in drugs.items()}
    arms |= {f"{one}{JOIN}{other}": drugs[other](arms[one]) for one, other in combinations(drugs, 2)}
    untreated, _ = _read(hosts, base, reads, workers)
    found, warnings = {read: np.empty((len(arms), len(hosts))) for read in reads}, dict[str, str]()
    for i, (arm, protocol) in enumerate(arms.items()):
        treated, said = _read(hosts, protocol, reads, workers)
        for read in reads:
            found[read][i] = treated[read] - untreated[read]
        warnings |= {arm: said} if said != "none" else {}
    return PairEffects(tuple(arms), found, warnings)


def ways(hosts: Hosts, base: Protocol, drugs: Mapping[str, Give]) -> dict[str, tuple[str, ...]]:
    """By drug, what it moves in the model: names of inputs (receptors, ligands, death) and of pools that doses fill."""
    found, before = dict[str, tuple[str, ...]](), np.asarray(RESTING, dtype=float)
    none = schedule(hosts, base).jumps.any(axis=(0, 1))
    for name, give in drugs.items():
        plan = schedule(hosts, give(base))
        moved = (plan.inputs != before).any(axis=(0, 1))
        filled = plan.jumps.any(axis=(0, 1)) & ~none
        names = [*np.array(Inputs._fields)[moved], *np.array(State._fields)[filled]]
        found[name] = tuple(str(one) for one in names)
    return found


def dose_grid(
    hosts: Hosts,
    base: Protocol,
    a: tuple[GiveDose, Sequence[float]],
    b: tuple[GiveDose, Sequence[float]],
    read: str = "tumour burden",
    names: tuple[str, str] = ("a", "b"),
    workers: int | None = None,
) -> Surface:
    """Share left of a read-out on the last day over a grid of two drugs' doses: input of `compendium.claims.synergy`.

    A doses of one and B of the other take A B simulations, each of all hosts.

    Parameters
    ----------
    a, b
        what a dose adds to a protocol, e.g. lambda p, dose: p.infuse("propranolol", f"{dose} mg/kg/day"), and
        its doses, from 0 (which adds nothing) upwards

    Raises
    ------
    NicheError
        as `synergy.surface`; a host that failed is refused there, since it has no share left
    """
    left = np.empty((len(hosts), len(a[1]), len(b[1])))
    for i, one in enumerate(a[1]):
        first = a[0](base, one) if one else base
        for j, other in enumerate(b[1]):
            left[:, i, j] = _read(hosts, b[0](first, other) if other else first, [read], workers)[0][read]
    return surface(a[1], b[1], np.exp(left - left[:, :1, :1]), names)


def dose_curve(
    hosts: Hosts, base: Protocol, give: GiveDose, doses: Sequence[float], read: str = "tumour burden"
) -> Monotone:
    """What one drug does alone, by dose, as `dose_grid` reads it: for Loewe, over more doses than the grid has."""
    untreated = _read(hosts, base, [read], None)[0][read]
    logs = [untreated if not dose else _read(hosts, give(base, dose), [read], None)[0][read] for dose in doses]
    return monotone(doses, np.exp(np.stack(logs, axis=1) - untreated[:, None]))


def rank_pairs(arms: Sequence[str], effects: np.ndarray, higher: bool = False) -> Ranking:
    """Rank arms in each draw: the lowest effect is the best, or the highest.

    Parameters
    ----------
    effects
        (arms, draws); draws with a NaN are left out

    Raises
    ------
    NicheError
        if no draw is left
    """
    good = effects[:, np.isfinite(effects).all(axis=0)]
    if good.shape[1] == 0:
        raise NicheError("no draw has a value for every arm, so nothing can be ranked")
    values = -good if higher else good
    ties = np.abs(values[:, None] - values[None]) <= SAME
    below = (values[None] < values[:, None]) & ~ties
    ranks = 1 + below.sum(axis=1) + (ties.sum(axis=1) - 1) / 2
    low, middle, high = np.quantile(ranks, [0.05, 0.5, 0.95], axis=1)
    return Ranking(tuple(arms), membership(good, higher).mean(axis=1), low, middle, high)


def membership(effects: np.ndarray, higher: bool = False) -> np.ndarray:
    """Which arm is best in each draw, (arms, draws): 1, shared between arms that tie, else 0."""
    values = -effects if higher else effects
    best = values <= values.min(axis=0) + SAME
    return np.asarray(best / best.sum(axis=0))


def _read(
    hosts: Hosts, protocol: Protocol, reads: Sequence[str], workers: int | None
) -> tuple[dict[str, np.ndarray], str]:
    """Logarithm of each read-out on the last day, (draws,), and the warnings of the simulation."""
    data = simulate(hosts, protocol, at=[protocol.days], workers=workers)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = {read: np.log(data[read].values[:, -1]) for read in reads}
    return {read: np.where(np.isfinite(v), v, np.nan) for read, v in logs.items()}, str(data.attrs["warnings"])
