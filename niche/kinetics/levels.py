"""From doses to levels: one drug, in one person or in many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from niche import units
from niche._solve import STATUS, Problem, solve
from niche.errors import NicheError
from niche.kinetics.equations import Parameters, State, free_level
from niche.kinetics.regimen import Regimen, check_together, regimen
from niche.kinetics.table import Kinetics, drug_of
from niche.parameters import Parameter

_MODEL = "niche.kinetics.equations"
_ATOL = np.full(len(State._fields), 1e-9)


@dataclass(frozen=True)
class Levels:
    """Free and total drug [nM] of people at times [days], both (people, times), and shares of what was absorbed.

    lost : share of the drug given so far that has left by linear clearance (the urine of a drug that kidneys alone
        remove), (people, times); status : how each simulation ended; warnings : what goes beyond the sources
    """

    drug: Kinetics
    times: np.ndarray
    free: np.ndarray
    total: np.ndarray
    lost: np.ndarray
    kd: Mapping[str, np.ndarray]
    molar_mass: np.ndarray
    status: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def mass(self) -> np.ndarray:
        """Total level [ng/mL], (people, times)."""
        return self.total * self.molar_mass[:, None]

    def over_kd(self, target: str) -> np.ndarray:
        """Unbound level over the affinity of a target, (people, times)."""
        if target not in self.kd:
            raise NicheError(f"{self.drug.name}: {target!r} is not one of its targets: {', '.join(self.kd) or 'none'}")
        return np.asarray(self.free / self.kd[target][:, None])

    def occupancy(self, target: str) -> np.ndarray:
        """Share of a target that the drug holds without a competitor, (people, times)."""
        x = self.over_kd(target)
        return np.asarray(x / (1 + x))


def levels(
    drug: str | Kinetics,
    given: str | Sequence[str],
    days: float | str,
    *,
    at: Sequence[float] | None = None,
    weight: float | np.ndarray | None = None,
    people: int | None = None,
    seed: int = 1,
    averaged: bool = False,
    rtol: float = 1e-7,
) -> Levels:
    """Levels of a drug under one regimen, or several.

    drug : a name of params/kinetics; given : regimens as `niche.kinetics.regimen` reads them
    days : how long; at : times to read [days], else 200 steps of equal length
    weight : body mass [kg], one or one for each person; None is that of the source
    people : how many to draw, with the source's variation between people; None is the typical person alone
    averaged : the same amount as a steady inflow over each interval instead of doses: right for what acts slowly
    raises : NicheError for an unknown drug or route, regimens that contradict each other, a weight that is not above 0
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
    n = 1 if people is None else people
    mass = _weights(found, weight, n)
    p, values = _body(found, mass, n, None if people is None else seed)
    times = np.linspace(0, length, 201) if at is None else np.asarray(at, dtype=float)
    starts, inputs, jumps = _events(found, plans, mass, values, p, length, averaged)
    parameters = np.stack([np.broadcast_to(column, n) for column in p], axis=1).astype(float)
    start = np.zeros((n, len(State._fields)))
    start[:, State._fields.index("target")] = p.target0
    problem = Problem(start, parameters, starts, length, inputs, jumps, times)
    states, status, _ = solve(_MODEL, problem, "auto", rtol, _ATOL)
    y = State(*np.moveaxis(states, -1, 0))
    free = free_level(y.central, y.target, np.asarray(p.k_ss).reshape(-1, 1))
    entered = y.central + y.near + y.far + y.lost + y.away
    with np.errstate(invalid="ignore", divide="ignore"):
        lost = np.where(entered > 0, y.lost / entered, 0.0)
    kd = {name: _value(entry, n, None if people is None else seed) for name, entry in found.targets.items()}
    warnings = tuple(dict.fromkeys(w for plan in plans for w in _beyond(found, plan, mass)))
    unbound = values["unbound"][:, None]
    return Levels(
        found, times, free * unbound, y.central, lost, kd, values["molar_mass"],
        tuple(STATUS[s] for s in status), warnings,
    )  # fmt: skip


def _weights(drug: Kinetics, weight: Any, n: int) -> np.ndarray:
    mass = np.broadcast_to(np.asarray(drug.entries["weight"].value if weight is None else weight, dtype=float), (n,))
    if not (np.isfinite(mass).all() and (mass > 0).all()):
        raise NicheError(f"{drug.name}: a body mass must be above 0 kg, got {weight!r}")
    return mass


def _value(entry: Parameter | None, n: int, seed: int | None, default: float = 0.0) -> np.ndarray:
    """The number of each person: the source's own for the typical one, else from its prior."""
    if entry is None:
        return np.full(n, default)
    if seed is None:
        return np.full(n, entry.value)
    from niche.hosts import draw
    from niche.posterior import PRIOR

    # What is not known about a number is the same for all people of one table: the first row of its stream.
    return np.full(n, draw(entry, np.zeros(1, dtype=int), seed, PRIOR)[0])


def _body(drug: Kinetics, mass: np.ndarray, n: int, seed: int | None) -> tuple[Parameters, dict[str, np.ndarray]]:
    """Rates of each person, and the values that doses and read-outs need."""
    e = {name: _value(entry, n, seed) for name, entry in drug.entries.items()}
    zero, one = np.zeros(n), np.ones(n)
    relative = mass / drug.entries["weight"].value
    slow, wide, ka = one, one, one
    if seed is not None:
        random = np.random.default_rng([seed, 6])
        between = [
            np.exp(e.get(f"{what}_sd", zero) * random.standard_normal(n)) for what in ("clearance", "volume", "ka")
        ]
        slow, wide, ka = between
    flow = relative ** e.get("clearance_exponent", one) * slow
    size = relative ** e.get("volume_exponent", one) * wide
    volume = e["volume"] * size
    nanomolar = 1e3 / e["molar_mass"]  # of 1 mg/L: kg/mol is g/mmol

    def behind(which: str) -> tuple[np.ndarray, np.ndarray]:
        if f"{which}_flow" not in e:
            return zero, zero
        rate = e[f"{which}_flow"] * relative ** e.get("clearance_exponent", one)
        return rate / volume, rate / (e[f"{which}_volume"] * size)

    p = Parameters(
        zero.copy(), e["clearance"] * flow / volume, *behind("near"), *behind("far"),
        v_max=e["v_max"] * flow / volume * nanomolar if "v_max" in e else zero,
        k_m=e["k_m"] * nanomolar if "k_m" in e else one,
        target0=e.get("target0", zero), k_deg=e.get("k_deg", zero), k_int=e.get("k_int", zero), k_ss=e.get("k_ss", one),
    )  # fmt: skip
    return p, {"volume": volume, "ka": ka, "unbound": e.get("unbound", one), "molar_mass": e["molar_mass"]}


def _events(
    drug: Kinetics, plans: list[Regimen], mass: np.ndarray, values: dict, p: Parameters, length: float, averaged: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days on which something changes, the inflow from each of them on (n, K, 1), and what each adds (n, K, states)."""
    marks = {0.0}
    for plan in plans:
        for t in plan.times:
            last = plan.over or (plan.gap if averaged and plan.gap else 0.0)
            marks |= {m for m in (t, t + last) if m < length}
    starts = np.array(sorted(marks))
    starts = starts[np.diff(starts, prepend=-1.0) > 1e-9]
    n, count = len(mass), len(starts)
    inputs, jumps = np.zeros((n, count, 1)), np.zeros((n, count, len(State._fields)))
    absorption = {plan.route for plan in plans} - {"iv"}
    if len(absorption) > 1:
        raise NicheError(f"{drug.name}: one route of absorption at a time, got {', '.join(sorted(absorption))}")
    for route in absorption:
        p.ka[:] = drug.routes[route]["ka"].value * values["ka"]
    for plan in plans:
        numbers = drug.routes[plan.route]
        share = numbers["bioavailability"].value if "bioavailability" in numbers else 1.0
        milligrams = plan.amount * (mass if plan.per_kg else 1.0) * share
        amount = milligrams / values["volume"] * 1e3 / values["molar_mass"]
        for t in plan.times:
            if t >= length:
                continue
            spread = plan.gap if averaged and plan.gap else plan.over
            at = int(np.searchsorted(starts, t + 1e-9) - 1)
            if spread:
                end = int(np.searchsorted(starts, t + spread - 1e-9))
                inputs[:, at:end, 0] += (amount / spread)[:, None]
            else:
                jumps[:, at, State._fields.index("depot" if plan.route in absorption else "central")] += amount
    return starts, inputs, jumps


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
