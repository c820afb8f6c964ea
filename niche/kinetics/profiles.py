"""From doses to levels: one drug, in one person or in many."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from niche import units
from niche.errors import NicheError, shown
from niche.kinetics.body import Bodies, bodies, surfaces, value, weights
from niche.kinetics.doses import Regimen, check_together
from niche.kinetics.equations import State, bound_level
from niche.kinetics.events import Timeline, timeline
from niche.kinetics.limits import beyond_sources as _beyond_sources
from niche.kinetics.limits import fits_memory
from niche.kinetics.regimens import regimen
from niche.kinetics.table import Kinetics, drug_of
from niche.solver.solving import STATUS, Problem, solve

_MODEL = "niche.kinetics.equations"
_ATOL = np.full(len(State._fields), 1e-9)
_AT_A_TIME = 64e6  # bytes of events and states of the people that are solved together


@dataclass(frozen=True)
class Levels:
    """Free and total drug [nM] of people at times [days], both (people, times), and shares of what was absorbed.

    Attributes
    ----------
    lost
        share of the drug absorbed so far that has left by linear clearance (the urine of a drug that kidneys alone
        remove), (people, times)
    kd, effective
        level of half of the effect in vitro and in the body [nM, unbound]
    status
        how each simulation ended
    warnings
        what goes beyond the sources
    events
        days on which something is given, begins or ends
    """

    drug: Kinetics
    times: np.ndarray
    free: np.ndarray
    total: np.ndarray
    lost: np.ndarray
    kd: Mapping[str, np.ndarray]
    effective: Mapping[str, np.ndarray]
    molar_mass: np.ndarray
    status: tuple[str, ...]
    warnings: tuple[str, ...]
    events: np.ndarray

    @property
    def mass(self) -> np.ndarray:
        """Total level [ng/mL], (people, times)."""
        return self.total * self.molar_mass[:, None]

    def over_kd(self, target: str, effective: bool = False) -> np.ndarray:
        """Unbound level over the affinity of a target, or over its effective level in the body, (people, times).

        Raises
        ------
        NicheError
            for a target that the drug has not, or that has no effective level in the table
        """
        held, what = (self.effective, "effective level") if effective else (self.kd, "affinity")
        if target not in held:
            raise NicheError(
                f"{self.drug.name}: {target!r} is not one of its targets with an {what}: {', '.join(held) or 'none'}"
            )
        return np.asarray(self.free / held[target][:, None])

    def occupancy(self, target: str, effective: bool = False) -> np.ndarray:
        """Share of a target that the drug holds without a competitor, (people, times); arguments of `over_kd`."""
        x = self.over_kd(target, effective)
        return np.asarray(x / (1 + x))


def levels(
    drug: str | Kinetics,
    given: str | Regimen | Sequence[str | Regimen],
    days: float | str,
    *,
    at: Sequence[float] | np.ndarray | None = None,
    weight: float | np.ndarray | None = None,
    people: int | np.ndarray | None = None,
    seed: int = 1,
    averaged: bool = False,
    rtol: float = 1e-7,
    surface: float | np.ndarray | None = None,
    height: float | np.ndarray | None = None,
    beyond_sources: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Levels:
    """Levels of a drug under one regimen, or several.

    Parameters
    ----------
    drug
        a name of params/kinetics, tier full
    given
        regimens as `niche.kinetics.regimens` reads them
    days
        how long
    at
        times to read [days], else 200 steps of equal length
    weight
        body mass [kg], one or one for each person; None is that of the source
    people
        how many to draw, with the source's variation between people, or which (rows of the seed's people); None
        is the typical person alone
    averaged
        the same amount as a steady inflow over each interval instead of doses: right for what acts slowly
    surface
        body surface [m2], for doses such as "75 mg/m2"; or height [cm], from which and the weight the surface
        follows (Mosteller, see `niche.kinetics.body.mosteller`)
    beyond_sources
        let a dose of more than a hundred times the most that the source used pass
    progress
        called with how many people are done, and of how many, while many are solved

    Raises
    ------
    NicheError
        for an unknown drug or route, a drug of another tier, regimens that contradict each other, a dose after
        the end, a dose per surface without one, a weight that is not above 0, or more people than fit into
        memory
    """
    found = drug_of(drug) if not isinstance(drug, Kinetics) else drug
    length = units.days(days, "days")
    if not length > 0:
        raise NicheError(f"days must be above 0, got {shown(days)}")
    plans = _plans(found, given, length)
    times = np.linspace(0, length, 201) if at is None else _times(at, length)
    rows = _rows(people, len(times))
    n, sown = len(rows), _seed(seed)
    drawn = None if people is None else sown
    mass = weights(found, weight, n)
    wide = surfaces(found, mass, weight is not None, surface, height)
    body = bodies(found, mass, drawn, rows)
    parts = [part for plan in plans for part in plan.parts]
    warnings = _beyond_sources(found, parts, mass, wide, bool(beyond_sources))
    plan = timeline(found, parts, body, wide, length, averaged)
    free, total, lost = (np.empty((n, len(times))) for _ in range(3))
    status: list[str] = []
    for some in _chunks(n, plan, len(times)):
        free[some], total[some], lost[some], ended = _solved(plan, body, some, length, times, rtol)
        status += ended
        if progress is not None:
            progress(some.stop, n)
    kd, effective = (
        {name: value(entry, n, drawn) for name, entry in block.items()} for block in (found.targets, found.effective)
    )
    return Levels(found, times, free, total, lost, kd, effective, body.molar_mass, tuple(status), warnings, plan.starts)


def _plans(drug: Kinetics, given: Any, length: float) -> list[Regimen]:
    """Regimens of so many days. Raises `NicheError` for none, one that cannot be given, or a dose after the end."""
    texts = [given] if isinstance(given, str | Regimen) else given
    if not isinstance(texts, Sequence) or not texts:
        raise NicheError(f"{drug.name}: give a regimen like '120 mg sc every 4 weeks', or a list, got {shown(given)}")
    plans = [regimen(text, length) for text in texts]
    for plan in plans:
        if max(plan.times) > length:
            raise NicheError(
                f"{drug.name}: '{plan}' has its last dose on day {max(plan.times):g}, after the end on day {length:g}"
            )
        for part in plan.parts:
            if part.route not in drug.routes:
                raise NicheError(f"{drug.name}: no numbers for the route {part.route!r}, only {', '.join(drug.routes)}")
    check_together(plans, drug.name)
    return plans


def _rows(people: Any, times: int) -> np.ndarray:
    """Which people of the seed. Raises `NicheError` for none, or more than fit into memory."""
    if people is None:
        return np.arange(1)
    rows = np.asarray(people) if isinstance(people, int | np.integer | np.ndarray) else np.array([None])
    if isinstance(people, bool) or rows.dtype.kind not in "iu" or rows.ndim > 1 or rows.size == 0 or rows.min() < 0:
        raise NicheError(f"people must be a whole number of at least 1, or rows of the seed's, got {shown(people)}")
    fits_memory(rows.size if rows.ndim else int(rows), times)
    if rows.ndim:
        return rows
    if rows < 1:
        raise NicheError(f"people must be a whole number of at least 1, got {shown(people)}")
    return np.arange(int(rows))


def _seed(seed: Any) -> int:
    if isinstance(seed, bool | np.timedelta64) or not isinstance(seed, int | np.integer) or seed < 0:
        raise NicheError(f"seed must be a whole number of at least 0, got {shown(seed)}")
    return int(seed)


def _times(at: Any, length: float) -> np.ndarray:
    """Times to read. Raises `NicheError` for those that are no days of the simulation, in order."""
    try:
        times = np.asarray(at, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise NicheError(f"at takes days, got {shown(at)}") from None
    within = times.ndim == 1 and times.size > 0 and np.isfinite(times).all()
    if not within or (np.diff(times) < 0).any() or times[0] < 0 or times[-1] > length:
        raise NicheError(f"at takes days from 0 to {length:g}, in order, got {shown(at)}")
    return times


def _chunks(n: int, plan: Timeline, times: int) -> list[slice]:
    """Who is solved together: as many as their events and states leave room for."""
    each = 8 * len(State._fields) * (2 * times + 3 * len(plan.starts))
    size = max(1, math.floor(_AT_A_TIME / each))
    return [slice(low, min(low + size, n)) for low in range(0, n, size)]


def _solved(
    plan: Timeline, body: Bodies, some: slice, length: float, times: np.ndarray, rtol: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Unbound and total level [nM], the share that has left by linear clearance, and how it ended, of some people."""
    n = some.stop - some.start
    rates = type(body.rates)(*(np.broadcast_to(column, len(body.mass))[some] for column in body.rates))
    parameters = np.stack(list(rates), axis=1).astype(float)
    start = np.zeros((n, len(State._fields)))
    start[:, State._fields.index("target")] = rates.target0
    inputs, jumps = plan.of(some)
    states, status, _ = solve(
        _MODEL, Problem(start, parameters, plan.starts, length, inputs, jumps, times), "auto", rtol, _ATOL
    )
    y = State(*np.moveaxis(states, -1, 0))
    free = y.central - bound_level(y.central, y.target, np.asarray(rates.k_ss).reshape(-1, 1))
    entered = y.central + y.near + y.far + y.lost + y.away
    with np.errstate(invalid="ignore", divide="ignore"):
        lost = np.where(entered > 0, y.lost / entered, 0.0)
    return free * body.unbound[some, None], y.central, lost, [STATUS[s] for s in status]
