"""Rows whose sign hangs on a gain that no measurement has informed: docs/verdicts.md, "not identifiable"."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from niche.evidence.laboratory import Laboratory
from niche.experiment.hosts import Hosts
from niche.model.state import Parameters
from niche.params.records import Parameter

UNINFORMED = 0.9  # posterior over prior standard deviation, from which on no row informed a gain
AGREE, SPLIT = 0.8, 0.5  # shares of draws with the sign asked for, on the one side of zero and on the other
SIDE = 0.1  # share of draws that either side must hold
_QUANTILES = (np.arange(4000) + 0.5) / 4000


class Measured(NamedTuple):
    """What a row's effects are held against: a number and the value of no effect. None for a direction."""

    value: float
    no_effect: float | None


def hangs_on(effect: np.ndarray, measured: Measured | None, row: str, lab: Laboratory) -> tuple[str, ...]:
    """The uninformed gains on whose sign a row hangs, by name.

    Parameters
    ----------
    effect
        (draws,) of `lab`: of a number in the row's unit; of a direction whether each draw agrees
    """
    hosts, steps = lab.subjects(row)
    if hosts is None:
        return ()
    found = {entry.name: values for entry, values in _uninformed(hosts, steps)}
    return tuple(sorted(n for n, gain in found.items() if opposite(effect, measured, gain) and _acts(n, row, lab)))


def _acts(name: str, row: str, lab: Laboratory) -> bool:
    """Whether a gain has any part in a row: draws of one that has none may still go with the row by chance."""
    if name not in Parameters._fields:
        return True
    return not np.allclose(lab.without({name: 0.0}).effect(row), lab.effect(row), rtol=1e-6, equal_nan=True)


def opposite(effect: np.ndarray, measured: Measured | None, gain: np.ndarray) -> bool:
    """Whether a row comes out in opposite ways where a gain is above zero and where it is below.

    Parameters
    ----------
    effect, gain
        (draws,)
    measured
        as in `hangs_on`
    """
    if measured is not None:
        if measured.no_effect is None or measured.value == measured.no_effect:
            return False
        away = (effect - measured.no_effect) * (measured.value - measured.no_effect)
        effect = np.where(np.isnan(effect), np.nan, away > 0)
    sides = [effect[gain > 0], effect[gain < 0]]
    if min(len(side) for side in sides) < SIDE * len(gain):
        return False
    shares = sorted(float(np.mean(np.nan_to_num(side, nan=0.0))) for side in sides)
    return shares[1] >= AGREE and shares[0] <= SPLIT


def informed(entry: Parameter, draws: np.ndarray | None) -> bool:
    """Whether the fitted rows narrowed a parameter; draws : of the posterior, None if it is not in it."""
    if draws is None:
        return False
    return bool(np.std(draws) < UNINFORMED * np.std(entry.sample(_QUANTILES)))


def symmetric(entry: Parameter) -> bool:
    """Whether nothing is known of a parameter's sign: its prior is normal about zero, and no bound shifts it."""
    if entry.prior is None or entry.prior[:2] != ("normal", 0.0):
        return False
    return bool(abs(np.median(entry.sample(_QUANTILES))) < 0.01 * entry.prior[2])


def _uninformed(hosts: Hosts, steps: set[str]) -> Iterator[tuple[Parameter, np.ndarray]]:
    """Gains of either sign that these hosts (or what is done to them) have, and their value in each draw."""
    registry, changed = hosts.registry, dict(hosts.changed)
    system, line = (
        registry.systems[hosts.system],
        registry.lines[hosts.tumour].parameters if hosts.tumour is not None else {},
    )
    # A later layer replaces what an earlier one says of the same number.
    own = {**registry.model, **system.parameters, **system.strains[hosts.strain].parameters, **line}
    for name, entry in own.items():
        if name not in changed and symmetric(entry) and not informed(entry, hosts.posterior.draws.get(entry.key)):
            yield entry, np.asarray(getattr(hosts.parameters, name))
    for step in sorted(steps):
        for block in _blocks(hosts, step):
            for entry in block.values():
                if symmetric(entry) and not informed(entry, hosts.posterior.draws.get(entry.key)):
                    yield entry, hosts.values(entry)


def _blocks(hosts: Hosts, step: str) -> list:
    drug, condition = hosts.registry.drugs.get(step), hosts.registry.conditions.get(step)
    return ([drug.dosing, drug.parameters] if drug else []) + ([condition.inputs] if condition else [])
