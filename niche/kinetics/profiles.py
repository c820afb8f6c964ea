"""From doses to levels: one drug, in one person or in many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from niche import units
from niche.errors import NicheError
from niche.kinetics.body import Bodies, bodies, value, weights
from niche.kinetics.equations import Inputs, State, bound_level
from niche.kinetics.regimens import Regimen, check_together, regimen
from niche.kinetics.table import Kinetics, drug_of
from niche.solver.solving import STATUS, Problem, solve

_MODEL = "niche.kinetics.equations"
_ATOL = np.full(len(State._fields), 1e-9)
_STEP = 7.0  # days for which a clearance that falls with time is held


@dataclass(frozen=True)
class Levels:
    """Free and total drug [nM] of people at times [days], both (people, times), and shares of what was absorbed.

    lost : share of the drug absorbed so far that has left by linear clearance (the urine of a drug that kidneys alone
        remove), (people, times); kd, effective : level of half of the effect in vitro and in the body [nM, unbound]
    status : how each simulation ended; warnings : what goes beyond the sources
    events : days on which something is given, begins or ends
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

        raises : NicheError for a target that the drug has not, or that has no effective level in the table
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
    given: str | Sequence[str],
    days: float | str,
    *,
    at: Sequence[float] | np.ndarray | None = None,
    weight: float | np.ndarray | None = None,
    people: int | np.ndarray | None = None,
    seed: int = 1,
    averaged: bool = False,
    rtol: float = 1e-7,
) -> Levels:
    """Levels of a drug under one regimen, or several.

    drug : a name of params/kinetics, tier full; given : regimens as `niche.kinetics.regimens` reads them
    days : how long; at : times to read [days], else 200 steps of equal length
    weight : body mass [kg], one or one for each person; None is that of the source
    people : how many to draw, with the source's variation between people, or which (rows of the seed's people);
        None is the typical person alone
    averaged : the same amount as a steady inflow over each interval instead of doses: right for what acts slowly
    raises : NicheError for an unknown drug or route, a drug of another tier, regimens that contradict each other, a
        weight that is not above 0
    """
    found = drug_of(drug) if isinstance(drug, str) else drug
    length = units.days(days, "days")
    if not length > 0:
        raise NicheError(f"days must be above 0, got {days!r}")
    plans = [regimen(text, length) for text in ([given] if isinstance(given, str) else given)]
    check_together(plans, found.name)
    for plan in plans:
        if plan.route not in found.routes:
            raise NicheError(f"{found.name}: no numbers for the route {plan.route!r}, only {', '.join(found.routes)}")
    rows = np.arange(1 if people is None else people) if people is None or isinstance(people, int) else people
    n, drawn = len(rows), None if people is None else seed
    body = bodies(found, weights(found, weight, n), drawn, rows)
    times = np.linspace(0, length, 201) if at is None else np.asarray(at, dtype=float)
    starts, inputs, jumps = _events(found, plans, body, length, averaged)
    parameters = np.stack([np.broadcast_to(column, n) for column in body.rates], axis=1).astype(float)
    start = np.zeros((n, len(State._fields)))
    start[:, State._fields.index("target")] = body.rates.target0
    problem = Problem(start, parameters, starts, length, inputs, jumps, times)
    states, status, _ = solve(_MODEL, problem, "auto", rtol, _ATOL)
    y = State(*np.moveaxis(states, -1, 0))
    free = y.central - bound_level(y.central, y.target, np.asarray(body.rates.k_ss).reshape(-1, 1))
    entered = y.central + y.near + y.far + y.lost + y.away
    with np.errstate(invalid="ignore", divide="ignore"):
        lost = np.where(entered > 0, y.lost / entered, 0.0)
    kd, effective = (
        {name: value(entry, n, drawn) for name, entry in block.items()} for block in (found.targets, found.effective)
    )
    warnings = tuple(dict.fromkeys(w for plan in plans for w in _beyond(found, plan, body.mass)))
    return Levels(
        found,
        times,
        free * body.unbound[:, None],
        y.central,
        lost,
        kd,
        effective,
        body.molar_mass,
        tuple(STATUS[s] for s in status),
        warnings,
        starts,
    )


def _events(
    drug: Kinetics, plans: list[Regimen], body: Bodies, length: float, averaged: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days on which something changes, the inputs from each on (n, K, inputs), and what each adds (n, K, states)."""
    absorbed = {plan.route for plan in plans} - {"iv"}
    if len(absorbed) > 1:
        raise NicheError(f"{drug.name}: one route of absorption at a time, got {', '.join(sorted(absorbed))}")
    for route in absorbed & {name for name, numbers in drug.routes.items() if "ka" in numbers}:
        body.rates.ka[:] = drug.routes[route]["ka"].value * body.ka
    flows, doses = [], []  # (from, to, nM/day) and (day, state, nM)
    for plan in plans:
        numbers = drug.routes[plan.route]
        lag, duration = (numbers[key].value if key in numbers else 0.0 for key in ("lag", "duration"))
        amount = _absorbed(drug, plan, body)
        if averaged and plan.gap:  # equal inflows that meet are one
            flows.append((plan.times[0], plan.last, amount / plan.gap))
            continue
        for t in plan.times:
            if plan.over or duration:
                over = plan.over or duration
                flows.append((t + lag, t + lag + over, amount / over))
            else:
                doses.append((t + lag, "depot" if plan.route in absorbed else "central", amount))
    marks = {0.0} | {t for t, *_ in doses} | {t for start, end, _ in flows for t in (start, end)}
    first = min(t for plan in plans for t in plan.times)
    if "late_clearance" in drug.entries:
        marks |= set(np.arange(first, length, _STEP).tolist())
    starts = np.array(sorted(mark for mark in marks if mark < length))
    starts = starts[np.diff(starts, prepend=-1.0) > 1e-9]
    n, count = len(body.mass), len(starts)
    inputs, jumps = np.zeros((n, count, len(Inputs._fields))), np.zeros((n, count, len(State._fields)))
    inputs[:, :, 1] = _slowed(body, starts, length, first)
    for start, end, flow in flows:
        here = slice(int(np.searchsorted(starts, start - 1e-8)), int(np.searchsorted(starts, end - 1e-8)))
        inputs[:, here, 0] += flow[:, None]
    for t, state, amount in doses:
        if t < length:
            jumps[:, int(np.searchsorted(starts, t + 1e-9) - 1), State._fields.index(state)] += amount
    return starts, inputs, jumps


def _absorbed(drug: Kinetics, plan: Regimen, body: Bodies) -> np.ndarray:
    """What one dose adds [nM, in the central volume] in each person."""
    numbers = drug.routes[plan.route]
    milligrams = plan.amount * (body.mass if plan.per_kg else np.ones_like(body.mass))
    share = np.full(len(body.mass), numbers["bioavailability"].value if "bioavailability" in numbers else 1.0)
    if "dose_exponent" in numbers:
        share *= (milligrams / numbers["dose_reference"].value) ** numbers["dose_exponent"].value
    return np.asarray(milligrams * share / body.volume * 1e3 / body.molar_mass)


def _slowed(body: Bodies, starts: np.ndarray, length: float, first: float) -> np.ndarray:
    """Linear clearance over that of the first dose, in the middle of each interval (n, K); 1 if it never changes."""
    if "late_clearance" not in body.entries:
        return np.ones((len(body.mass), len(starts)))
    middle = (starts + np.append(starts[1:], length)) / 2
    late, time, hill = (body.entries[f"late_{name}"][:, None] for name in ("clearance", "time", "hill"))
    x = (np.maximum(middle - first, 0.0) / time) ** hill
    return np.asarray(late ** (x / (1 + x)))


def _beyond(drug: Kinetics, plan: Regimen, mass: np.ndarray) -> list[str]:
    """A sentence if a dose lies outside those that the source studied."""
    least, most = (_in_mg(text, mass) for text in drug.studied)
    dose = plan.amount * (mass if plan.per_kg else 1.0)
    if (dose > most * (1 + 1e-9)).any() or (dose < least * (1 - 1e-9)).any():
        return [
            f"{drug.name}: {plan.text!r} lies outside the doses that its numbers come from, "
            f"{drug.studied[0]} to {drug.studied[1]}"
        ]
    return []


def _in_mg(text: str, mass: np.ndarray) -> np.ndarray:
    if "/" in text:
        return units.quantity(text, "mg/kg") * mass
    return np.full(len(mass), units.quantity(text, "mg"))
