"""What each arm of the model adds to an outcome, and what two arms add only together.

An arm is a set of parameters that switch it off. It is removed alone, then with each other one; what the two take
away beyond the sum is their interaction. All on the logarithm, so that effects that multiply add up.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np

from niche.errors import NicheError, unknown
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.simulation import simulate
from niche.frozen import Frozen
from niche.model.observables import OBSERVABLES
from niche.model.state import State
from niche.params.mechanisms import BETA, BONE_TURNOVER, NERVES, STRAIN, gains, switched_off


@lru_cache(maxsize=1)
def arms_of_model() -> Mapping[str, Mapping[str, float]]:
    """The arms of the model by name: parameters, each with the value that switches it off. No parameter is in two."""
    chosen = {
        "beta on bone": gains("bone", of=BETA),
        "beta elsewhere": gains(of=BETA, but=(*BONE_TURNOVER, "immune cells")),
        "sprouting": gains("sprouting"),
        "death of fibres": gains("death of fibres"),
        "CGRP": gains("CGRP"),
        "substance P": gains("substance P"),
        "trophic signal": gains("trophic signal"),
        "cholinergic": gains("cholinergic", "bone"),
        "IL-6": gains("IL-6"),
        "semaphorin 4D": gains("semaphorin 4D"),
        "netrin-1": gains("netrin-1"),
        "myeloid": gains("myeloid"),
        "T cells": gains("T cells", STRAIN),
        "PTHrP": gains("PTHrP", "vicious cycle"),
        "TGF-beta to tumour": gains("TGF-beta to tumour"),
        "osteoblast suppression": gains("osteoblast suppression"),
    }
    return Frozen({arm: Frozen(switched_off(names)) for arm, names in chosen.items()})


def answer_of_fibres() -> dict[str, float]:
    """What a tumour does to fibres, off: they stay as they are at rest."""
    return switched_off([name for arm in ("sprouting", "netrin-1", "death of fibres") for name in gains(arm)])


def nerves_to_bone() -> dict[str, float]:
    """The ways from nerves to the tumour through bone cells, off."""
    return switched_off((*gains("bone", of=NERVES), *gains("IL-6")))


def nerves_not_to_bone() -> dict[str, float]:
    """The ways from nerves to the tumour past bone, off: tumour cells, vessels, immune cells."""
    return switched_off(gains(of=NERVES, but=("IL-6", *BONE_TURNOVER)))


class Decomposition(NamedTuple):
    """Log effects of removing arms on one read-out.

    Attributes
    ----------
    arms
        names, in order
    effects
        shape (arms, arms, draws). On the diagonal ln(without the arm / with everything); elsewhere the
        interaction of the pair, ln(without both / with everything) less the two alone. NaN where a host failed.
    """

    arms: tuple[str, ...]
    effects: np.ndarray

    def interval(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ends of the 5-95 % interval and median over draws: (low, median, high), each of shape (arms, arms)."""
        low, middle, high = np.nanquantile(self.effects, [0.05, 0.5, 0.95], axis=2)
        return low, middle, high

    def alone(self, arm: str) -> np.ndarray:
        """Log effect of removing one arm, shape (draws,)."""
        return np.asarray(self.effects[self._at(arm), self._at(arm)])

    def together(self, first: str, second: str) -> np.ndarray:
        """Log effect of removing two arms at once, shape (draws,): both alone and their interaction."""
        if first == second:
            raise NicheError(f"a pair is two arms, got {first!r} twice; ask for .alone({first!r})")
        return np.asarray(self.alone(first) + self.alone(second) + self.effects[self._at(first), self._at(second)])

    def _at(self, arm: str) -> int:
        if arm not in self.arms:
            raise unknown("arm", arm, self.arms)
        return self.arms.index(arm)


def decompose(
    hosts: Hosts,
    protocol: Protocol,
    reads: Sequence[str] = ("tumour burden",),
    arms: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, Decomposition]:
    """Remove every arm and every pair of arms; read the last day of the protocol.

    n arms take 1 + n (n + 1)/2 simulations. Wrong for a read-out that may be 0 or below: it has no logarithm.

    Parameters
    ----------
    reads
        states or observables that are above 0; all are read in the same runs
    arms
        name -> parameters and the values that switch the arm off; no parameter in two arms; None: those of the
        model

    Returns
    -------
    dict[str, Decomposition]
        read-out -> `Decomposition`

    Raises
    ------
    NicheError
        for an unknown read-out or parameter, no arms, or arms that share a parameter
    """
    arms = arms_of_model() if arms is None else arms
    _check(reads, arms)
    names, n = tuple(arms), len(arms)
    full = _read(hosts, protocol, reads)
    effects = {read: np.zeros((n, n, len(hosts))) for read in reads}
    for i, name in enumerate(names):
        for read, value in _read(hosts, protocol, reads, arms[name]).items():
            effects[read][i, i] = value - full[read]
    for i, j in combinations(range(n), 2):
        both = _read(hosts, protocol, reads, {**arms[names[i]], **arms[names[j]]})
        for read, value in both.items():
            found = effects[read]
            found[i, j] = found[j, i] = value - full[read] - found[i, i] - found[j, j]
    return {read: Decomposition(names, found) for read, found in effects.items()}


def feedback(hosts: Hosts, protocol: Protocol, read: str = "tumour burden") -> dict[str, np.ndarray]:
    """What the answer of nerves to a tumour does to a read-out: ln(fibres that answer / fibres as at rest), per draw.

    "every route", then "through bone" alone and "not through bone" alone (tumour cells, vessels, immune cells), the
    other routes being cut in both runs. Shape (draws,) each; the two need not add up to the first.
    """
    _check([read], {})
    routes = {"every route": {}, "through bone": nerves_not_to_bone(), "not through bone": nerves_to_bone()}
    found = {}
    for route, cut in routes.items():
        answering, held = (_read(hosts, protocol, [read], {**cut, **more})[read] for more in ({}, answer_of_fibres()))
        found[route] = answering - held
    return found


def _read(
    hosts: Hosts, protocol: Protocol, reads: Sequence[str], changes: Mapping[str, float] | None = None
) -> dict[str, np.ndarray]:
    """Logarithm of each read-out on the last day, shape (draws,)."""
    data = simulate(hosts.with_parameters(**(changes or {})), protocol, at=[protocol.days])
    with np.errstate(divide="ignore", invalid="ignore"):
        return {read: np.log(data[read].values[:, -1]) for read in reads}


def _check(reads: Sequence[str], arms: Mapping[str, Mapping[str, float]]) -> None:
    if isinstance(reads, str) or not reads:
        raise NicheError(f"reads takes a list of read-outs, got {reads!r}")
    for read in reads:
        if read not in OBSERVABLES and read not in State._fields:
            raise unknown("read-out", read, [*OBSERVABLES, *State._fields])
    owner: dict[str, str] = {}
    for arm, changes in arms.items():
        for name in changes:
            if name in owner:
                raise NicheError(
                    f"arms {owner[name]!r} and {arm!r} share the parameter {name!r}: no pair of them adds up"
                )
            owner[name] = arm
