"""Virtual patients: hosts with a tumour line of patients, simulated once under each arm, and their hazards in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from niche import units
from niche.errors import NicheError, unknown
from niche.hosts import Hosts, hosts
from niche.layers import read_book
from niche.protocol import Protocol
from niche.simulate import _run, observe
from niche.trials.design import Population
from niche.trials.events import gamma_frailty
from niche.trials.hazards import Cause, read_causes

_CHUNK = 250  # patients simulated at a time, and for one anchor
_READ, _GRID = 7, 28  # days: the model is read so often, and a hazard is its mean about every so many days
_RTOL = 1e-4  # a hazard of a percent more or less is nothing beside its coefficients
_KERNEL = np.array([1, 2, 2, 2, 1]) / 8
Arm = tuple[tuple[Any, ...], ...]  # regimens: (drug, text) or (drug, text, {"averaged": True})


@dataclass(frozen=True)
class Cohort:
    """Who is treated.

    lines : share of patients by tumour line; seeded : whether a metastasis is there from the first day, `run_in` [days]
    before the trial begins, or none is (early cancer); steps : what else is done to all, from the first day
    """

    lines: Mapping[str, float]
    seeded: bool = True
    run_in: float = 0.0
    steps: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for line in self.lines:
            read_book().get("lines", line)
        if abs(sum(self.lines.values()) - 1) > 1e-6 or min(self.lines.values()) < 0:
            raise NicheError(f"the shares of the lines of a cohort must add up to 1, got {dict(self.lines)!r}")

    def protocol(self, arm: Arm, days: float) -> Protocol:
        """What an arm of a trial of so many days comes to; a regimen that does not say so starts with the trial."""
        made = Protocol(self.run_in + days)
        made = made.seed("established") if self.seeded else made
        made = reduce(lambda p, step: getattr(p, step[0])(step[1]), self.steps, made)
        for drug, text, *more in arm:
            begins = f" from day {self.run_in:g}" if self.run_in and " from " not in text else ""
            made = made.regimen(drug, f"{text}{begins}", **(more[0] if more else {}))
        return made


def population(
    cohort: Cohort,
    arms: Mapping[str, Arm],
    days: float | str,
    causes: Sequence[str],
    *,
    n: int = 1000,
    size: int | None = None,
    seed: int = 1,
    workers: int | None = None,
) -> Population:
    """Hazards [1/day] of the same patients under each arm, from the first day of the trial.

    n : courses that are simulated; size : patients, at least n: each course then stands for several patients who
        differ in their frailty alone
    workers : threads; the numbers do not depend on it
    raises : NicheError for an unknown cause, fewer than 1 patient, or courses that could not be simulated
    """
    table, length = read_causes(), units.days(days, "days of a trial")
    for cause in causes:
        if cause not in table:
            raise unknown("cause of an event", cause, table)
    if isinstance(n, bool) or not isinstance(n, int) or n < 1 or (size or n) < n:
        raise NicheError(f"a population needs at least 1 course and as many patients, got n={n!r}, size={size!r}")
    people = [one for line, count in _counts(cohort, n) for one in _hosts(line, count, seed)]
    copies = -(-(size or n) // n)
    found, times = {}, np.arange(0, length + _GRID, _GRID, dtype=float)
    for arm, regimens in arms.items():
        protocol = cohort.protocol(regimens, times[-1])
        parts = [_hazards(one, protocol, cohort, [table[c] for c in causes], seed, workers) for one in people]
        found[arm] = {c: np.tile(np.concatenate([p[c] for p in parts]), (copies, 1))[: size or n] for c in causes}
    frailty = {
        c: gamma_frailty(table[c].frailty.value, size or n, np.random.default_rng([seed, 11, i]))
        for i, c in enumerate(sorted(table)) if c in causes
    }  # fmt: skip
    return Population(times, found, frailty)


def _counts(cohort: Cohort, n: int) -> list[tuple[str, int]]:
    """Patients of each line; what rounding leaves goes to the last."""
    cuts = np.round(np.cumsum(list(cohort.lines.values())) * n).astype(int)
    counts = np.diff(cuts, prepend=0)
    return [(line, int(count)) for line, count in zip(cohort.lines, counts, strict=True) if count]


def _hosts(line: str, count: int, seed: int) -> list[Hosts]:
    """Chunks of patients of one line; each has a seed of its own, so that nobody is in two of them."""
    first = list(read_book().lines).index(line) * 1000 + seed * 1_000_000
    sizes = [min(_CHUNK, count - low) for low in range(0, count, _CHUNK)]
    return [hosts("human", tumour=line, draws=size, seed=first + i) for i, size in enumerate(sizes)]


def _hazards(
    people: Hosts, protocol: Protocol, cohort: Cohort, causes: Sequence[Cause], seed: int, workers: int | None
) -> dict[str, np.ndarray]:
    """Hazards of one chunk of patients on the grid of the trial."""
    line = str(people.tumour)
    scales = {c.name: _baseline(c.name, cohort.run_in, seed) for c in causes}
    reads = _reads(people, protocol, cohort.run_in, causes, workers)
    found = {}
    for cause in causes:
        other = cause.lines[line].value if line in cause.lines else 1.0
        found[cause.name] = scales[cause.name] * other * _smooth(_relative(cause, reads, people))
    return found


def _relative(cause: Cause, reads: Mapping[str, np.ndarray], people: Hosts) -> np.ndarray:
    """Hazard over the baseline; of the waking of cells, against the waking of the same patient at rest."""
    resting = {"waking rate": np.asarray(people.parameters.waking).reshape(-1, 1)}
    return cause.relative({name: values / resting.get(name, 1.0) for name, values in reads.items()})


def _reads(
    people: Hosts, protocol: Protocol, run_in: float, causes: Sequence[Cause], workers: int | None
) -> dict[str, np.ndarray]:
    """Observables that the causes need, (patients, times), every week of the trial."""
    run = _run(people, protocol, np.arange(run_in, protocol.days + 1e-9, _READ), rtol=_RTOL, workers=workers)
    if run.status.any():
        raise NicheError(f"{np.count_nonzero(run.status)} of {len(people)} virtual patients could not be simulated")
    return observe(run, sorted({"tumour burden", *(term.reads for cause in causes for term in cause.terms)}))


def _smooth(weekly: np.ndarray) -> np.ndarray:
    """Means about every fourth week, so that a dose every four weeks is not always read at one point of its course."""
    wide = np.pad(weekly, ((0, 0), (2, 2)), mode="edge")
    step = _GRID // _READ
    return np.asarray(sum(k * wide[:, i : i + weekly.shape[1]] for i, k in enumerate(_KERNEL))[:, ::step])


@lru_cache(maxsize=32)
def _baseline(name: str, run_in: float, seed: int) -> float:
    """Hazard [1/day] where every term is 0: as given, or so that untreated breast cancer patients meet the anchor.

    Death competes with any other cause that is anchored, as it does where the anchor was measured.
    """
    cause = read_causes()[name]
    if cause.anchor is None:
        assert cause.baseline is not None
        return cause.baseline.value
    line, causes = "breast cancer patient", [cause] if name == "death" else [cause, read_causes()["death"]]
    (people,) = _hosts(line, _CHUNK, seed)
    cohort = Cohort({line: 1.0}, True, run_in)
    weeks = np.ceil(cause.anchor.day / _GRID) * _GRID
    reads = _reads(people, cohort.protocol((), weeks), run_in, causes, None)
    own, *others = (_smooth(_relative(c, reads, people)) for c in causes)
    death = others[0] * _baseline("death", run_in, seed) if others else np.zeros_like(own)
    return anchored(own, death, cause.anchor.share, cause.anchor.day, cause.frailty.value)


def anchored(relative: np.ndarray, death: np.ndarray, share: float, day: float, variance: float) -> float:
    """The baseline [1/day] with which `share` of patients have had the event by a day, death competing.

    relative, death : hazard over the baseline, and hazard [1/day], (patients, times) on the grid of four weeks;
    variance : of a gamma frailty in the event, which is integrated out: S = (1 + v H)^(-1/v)
    """
    times = np.arange(relative.shape[1]) * float(_GRID)
    fine = np.linspace(0, day, 201)
    own = np.array([np.interp(fine, times, one) for one in relative])
    dead = np.array([np.interp(fine, times, one) for one in death])
    step = fine[1] - fine[0]

    def risen(hazard: np.ndarray) -> np.ndarray:
        return np.pad(np.cumsum((hazard[:, 1:] + hazard[:, :-1]) / 2, axis=1) * step, ((0, 0), (1, 0)))

    whole, alive = risen(own), np.exp(-risen(dead))
    low, high = -30.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        free = _marginal(np.exp(middle) * whole, variance)
        found = float(np.mean(np.sum(-np.diff(free, axis=1) * (alive[:, 1:] + alive[:, :-1]) / 2, axis=1)))
        low, high = (middle, high) if found < share else (low, middle)
    return float(np.exp((low + high) / 2))


def _marginal(risen: np.ndarray, variance: float) -> np.ndarray:
    return np.asarray(np.exp(-risen) if variance == 0 else (1 + variance * risen) ** (-1 / variance))
