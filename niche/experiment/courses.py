"""The course of a drug's level in each host, as inputs of the model that are constant between marks.

The level is solved first, dose by dose. Then time is cut at marks, and in each interval an input is its own mean over
it, so that no drug is lost. Rule for the marks: each day from the first dose on, and each dose; neighbours are joined
as long as the mean level of none of nine people (the typical one, and eight of a seed of their own) has changed by
more than a tenth. The nine do not depend on the hosts, so a host's numbers do not depend on who else is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.experiment.hosts import TYPICAL, Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.steps import Given
from niche.kinetics.coupling import Coupling, Way, coupling_of
from niche.kinetics.doses import Regimen
from niche.kinetics.held import Sustained
from niche.kinetics.profiles import Levels, levels
from niche.params.registry import Drug

_DAY = 1.0
_JOINED = np.log(1.1)  # the change of a mean level within which neighbouring intervals are one
_FLOOR = 1e-4  # of the highest mean level: below it a level counts as this
_PANEL = 8
_CHUNK = 128  # hosts whose levels are held at a time
_MOST = 20_000  # intervals
_RTOL = 1e-5
_X, _W = np.polynomial.legendre.leggauss(8)
_X = (_X + 1) / 2
_SHARES, _WEIGHTS = _X**2, _W * _X  # t = a + (b - a) x^2: nodes crowd where a dose has just been given


@dataclass(frozen=True)
class Course:
    """Inputs of the model in force from each mark on: marks (K,) from day 0, inputs by name, each (hosts, K).

    Attributes
    ----------
    slot
        the drug of params/drugs whose numbers the model takes for it, or None
    """

    name: str
    marks: np.ndarray
    inputs: Mapping[str, np.ndarray]
    slot: Drug | None
    warnings: tuple[str, ...]


def courses(hosts: Hosts, protocol: Protocol) -> list[Course]:
    """The course of every drug given as a regimen. Raises `NicheError` for a drug of another species."""
    given: dict[str, list[Given]] = {}
    for step in protocol.steps:
        if isinstance(step, Given):
            given.setdefault(step.name, []).append(step)
    return [_course(hosts, coupling_of(name), steps, protocol.days) for name, steps in given.items()]


def _course(hosts: Hosts, coupling: Coupling, steps: Sequence[Given], length: float) -> Course:
    drug = coupling.drug
    if drug.system != hosts.system:
        raise NicheError(
            f"{drug.name}: its numbers are for the {drug.system}; a level in the {hosts.system} is not known"
        )
    plans = tuple(step.amount.ending(length) for step in steps)
    if isinstance(drug, Sustained):
        marks, inputs, warnings = _sustained(hosts, coupling, drug, plans, length)
    else:
        marks, inputs, warnings = _solved(hosts, coupling, plans, length, steps[0])
    if any(way.input.startswith("agonist_") for way in coupling.ways):
        numbers = drug.numbers if isinstance(drug, Sustained) else drug.entries
        efficacy = hosts.values(numbers["efficacy"])[:, None]
        inputs["agonist_efficacy"] = np.where(inputs["agonist_b2"] > 0, efficacy, 1.0)
    warnings += [f"{drug.name}: {coupling.warning}"] if coupling.warning else []
    return Course(drug.name, marks, inputs, hosts.registry.drugs.get(coupling.slot), tuple(warnings))


def _solved(
    hosts: Hosts, coupling: Coupling, plans: tuple[Regimen, ...], length: float, step: Given
) -> tuple[np.ndarray, dict[str, np.ndarray], list[str]]:
    name, mass = coupling.drug.name, hosts.registry.systems[hosts.system].body_mass.value
    how = _How(mass, step.averaged, step.beyond_sources)
    marks = _marks(name, plans, length, how, step.every)
    bodies, place = np.unique(hosts.bodies, return_inverse=True)
    found = _of_bodies(name, plans, length, how, marks, bodies, hosts.seed)
    inputs = {}
    for way, means in zip(coupling.ways, found.means, strict=True):
        factor = hosts.values(way.factor)
        if way.reads == "PTH":  # nM to pM; production is level times loss
            factor = factor * np.broadcast_to(hosts.parameters.D_PTH, len(hosts)) * 1000
        inputs[way.input] = factor[:, None] * means[place]
        if way.reads == "gain":
            inputs[way.input] += 1
    failed = int(np.count_nonzero(found.failed[place]))
    unsolved = [f"{name}: the level of {failed} hosts could not be solved"] if failed else []
    return marks, inputs, [*found.warnings, *unsolved]


class _OfBodies(NamedTuple):
    """What a drug's level comes to in some bodies, before any factor: by way the mean of each interval, (bodies, K)."""

    means: tuple[np.ndarray, ...]
    failed: np.ndarray
    warnings: tuple[str, ...]


def _of_bodies(
    name: str,
    plans: tuple[Regimen, ...],
    length: float,
    how: "_How",
    marks: np.ndarray,
    who: np.ndarray,
    seed: int,
) -> _OfBodies:
    ways = coupling_of(name).ways
    means = tuple(np.empty((len(who), len(marks))) for _ in ways)
    failed, warnings = np.zeros(len(who), dtype=bool), dict[str, None]()
    first = int(np.count_nonzero(who == TYPICAL))  # 0 or 1: the bodies are sorted
    for low in [0] * first + list(range(first, len(who), _CHUNK)):
        here = slice(low, low + _CHUNK) if low >= first else slice(0, first)
        people = who[here] if low >= first else None
        found, mean = _read(name, plans, length, how, marks, people, seed)
        for way, whole in zip(ways, means, strict=True):
            whole[here] = mean(_value(way, found))
        failed[here] = np.array(found.status) != "ok"
        warnings |= dict.fromkeys(found.warnings)
    return _OfBodies(means, failed, tuple(warnings))


def _value(way: Way, found: Levels) -> np.ndarray:
    """What a level comes to before the factor of its input, (bodies, times)."""
    if way.reads in ("level", "PTH"):
        return found.free
    if way.reads in ("over Kd", "over effective"):
        return found.over_kd(way.target, way.effective)
    return found.occupancy(way.target, way.effective)


def _sustained(
    hosts: Hosts, coupling: Coupling, drug: Sustained, plans: Sequence[Regimen], length: float
) -> tuple[np.ndarray, dict[str, np.ndarray], list[str]]:
    """A level that holds from the first dose to one interval after the last."""
    spans = [(part.times[0], part.last) for plan in plans for part in plan.parts]
    marks = np.unique([0.0, *(t for span in spans for t in span if t < length)])
    on = np.any([(marks >= start) & (marks < end) for start, end in spans], axis=0)
    inputs = {}
    for way in coupling.ways:
        level = hosts.values(drug.held[way.target].over_kd)
        share, factor = level / (1 + level), hosts.values(way.factor)
        lasting = {"over Kd": factor * level, "share": factor * share, "gain": 1 + factor * share}[way.reads]
        inputs[way.input] = np.where(on, lasting[:, None], 1.0 if way.reads == "gain" else 0.0)
    return marks, inputs, [f"{drug.name}: a lasting level, not solved from its doses; {drug.why}"]


class _How(NamedTuple):
    """Body mass [kg], and how doses are given: as a steady inflow, and far beyond the sources."""

    mass: float
    averaged: bool
    beyond_sources: bool


@lru_cache(maxsize=64)
def _marks(name: str, plans: tuple[Regimen, ...], length: float, how: _How, every: float | None) -> np.ndarray:
    """Days from which on an input may take another value; see the rule above, or `every` so many days."""
    gap = every or _DAY
    parts = [part for plan in plans for part in plan.parts]
    doses = [t for part in parts for t in part.times if (part.closest is None or part.closest >= gap) and t < length]
    first = min(t for part in parts for t in part.times)
    if (length - first) / gap > _MOST:
        raise NicheError(f"{name}: every {gap:g} days makes more than {_MOST} intervals; read its level less often")
    marks = np.unique([0.0, *doses, *np.arange(first, length, gap)])
    marks = marks[np.diff(marks, prepend=-1.0) > 1e-9]
    if every is None:
        means = []
        for people in (None, np.arange(_PANEL)):
            found, mean = _read(name, plans, length, how, marks, people, 0)
            means.append(mean(found.free))
        marks = marks[_changed(np.concatenate(means))]
    marks.setflags(write=False)
    return marks


def _changed(means: np.ndarray) -> np.ndarray:
    """Whether an interval begins another one: someone's mean level (people, K) has left that of the first joined."""
    peak = means.max(axis=1, keepdims=True)
    logs = np.log(np.maximum(means, _FLOOR * np.where(peak > 0, peak, 1.0)))
    begins, since = np.zeros(means.shape[1], dtype=bool), 0
    for k in range(means.shape[1]):
        if k == 0 or not np.abs(logs[:, k] - logs[:, since]).max() <= _JOINED:
            begins[k], since = True, k
    return begins


def _read(
    name: str,
    plans: Sequence[Regimen],
    length: float,
    how: _How,
    marks: np.ndarray,
    people: np.ndarray | None,
    seed: int,
) -> tuple[Levels, Any]:
    """Levels of people at nodes between the marks, and the function that takes values there to means of intervals."""
    common: dict[str, Any] = {"weight": how.mass, "averaged": how.averaged, "rtol": _RTOL}
    common["beyond_sources"] = how.beyond_sources
    events = levels(name, plans, length, at=[length], **common).events
    cuts = np.union1d(marks, events[events < length])
    cuts = cuts[np.diff(cuts, prepend=-1.0) > 1e-9]
    sizes = np.diff(np.append(cuts, length))
    nodes = (cuts[:, None] + sizes[:, None] * _SHARES).ravel()
    found = levels(name, plans, length, at=nodes, people=people, seed=seed, **common)
    begins = np.searchsorted(cuts, marks - 1e-9)
    widths = np.add.reduceat(sizes, begins)

    def mean(values: np.ndarray) -> np.ndarray:
        whole = values.reshape(len(values), -1, len(_WEIGHTS)) @ _WEIGHTS * sizes
        return np.asarray(np.add.reduceat(whole, begins, axis=1) / widths)

    return found, mean
