"""What doses do to a drug's equations: on which days something changes, what runs in, and what each dose adds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from niche.errors import NicheError
from niche.kinetics.body import Bodies
from niche.kinetics.doses import Doses
from niche.kinetics.equations import Inputs, State
from niche.kinetics.table import Kinetics

_STEP = 7.0  # days for which a clearance that falls with time is held


@dataclass(frozen=True)
class Timeline:
    """Days on which something changes (K,), and what changes for each of n people.

    Attributes
    ----------
    flows
        (first, after the last interval, [nM/day] of each person)
    doses
        (interval, state, [nM] of each person)
    slowed
        linear clearance over that of the first dose (n, K), or None if it never changes
    """

    starts: np.ndarray
    flows: tuple[tuple[int, int, np.ndarray], ...]
    doses: tuple[tuple[int, int, np.ndarray], ...]
    slowed: np.ndarray | None

    def of(self, some: slice) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (people, K, inputs) and jumps (people, K, states) of some people."""
        n, count = some.stop - some.start, len(self.starts)
        inputs, jumps = np.zeros((n, count, len(Inputs._fields))), np.zeros((n, count, len(State._fields)))
        inputs[:, :, Inputs._fields.index("slowed")] = 1.0 if self.slowed is None else self.slowed[some]
        for first, after, flow in self.flows:
            inputs[:, first:after, Inputs._fields.index("infused")] += flow[some, None]
        for interval, state, amount in self.doses:
            jumps[:, interval, state] += amount[some]
        return inputs, jumps


def timeline(
    drug: Kinetics, parts: Sequence[Doses], body: Bodies, surface: np.ndarray | None, length: float, averaged: bool
) -> Timeline:
    """The timeline of stretches of doses in these people over so many days. Sets the absorption rate in `body`.

    Parameters
    ----------
    surface
        [m2] of each person
    averaged
        each dose as a steady inflow until the next

    Raises
    ------
    NicheError
        for two routes of absorption at a time, or a dose per surface without one
    """
    absorbed = {part.route for part in parts} - {"iv"}
    if len(absorbed) > 1:
        raise NicheError(f"{drug.name}: one route of absorption at a time, got {', '.join(sorted(absorbed))}")
    for route in absorbed & {name for name, numbers in drug.routes.items() if "ka" in numbers}:
        body.rates.ka[:] = drug.routes[route]["ka"].value * body.ka
    flows, doses = [], []  # (from, to, nM/day) and (day, state, nM)
    for part in parts:
        numbers = drug.routes[part.route]
        lag, duration = (numbers[key].value if key in numbers else 0.0 for key in ("lag", "duration"))
        amount = _absorbed(drug, part, body, surface)
        if averaged and part.gap:
            flows += _steady(part, amount)
            continue
        for t in part.times:
            if part.over or duration:
                over = part.over or duration
                flows.append((t + lag, t + lag + over, amount / over))
            else:
                doses.append((t + lag, "depot" if part.route in absorbed else "central", amount))
    marks = {0.0} | {t for t, *_ in doses} | {t for start, end, _ in flows for t in (start, end)}
    first = min(t for part in parts for t in part.times)
    if "late_clearance" in drug.entries:
        marks |= set(np.arange(first, length, _STEP).tolist())
    starts = np.array(sorted(mark for mark in marks if mark < length))
    starts = starts[np.diff(starts, prepend=-1.0) > 1e-9]
    return Timeline(
        starts,
        tuple((_at(starts, start - 1e-8), _at(starts, end - 1e-8), flow) for start, end, flow in flows),
        tuple(
            (_at(starts, t + 1e-9) - 1, State._fields.index(state), amount) for t, state, amount in doses if t < length
        ),
        _slowed(body, starts, length, first),
    )


def _at(starts: np.ndarray, day: float) -> int:
    return int(np.searchsorted(starts, day))


def _steady(part: Doses, amount: np.ndarray) -> list[tuple[float, float, np.ndarray]]:
    """Inflows instead of doses: equal ones that meet are one."""
    if len(part.offsets) == 1:
        return [(part.times[0], part.last, amount / part.gap)]
    ends = (*part.times[1:], part.last)
    return [(t, end, amount / (end - t)) for t, end in zip(part.times, ends, strict=True)]


def _absorbed(drug: Kinetics, part: Doses, body: Bodies, surface: np.ndarray | None) -> np.ndarray:
    """What one dose adds [nM, in the central volume] in each person."""
    numbers = drug.routes[part.route]
    milligrams = part.amount.milligrams(body.mass, surface)
    share = np.full(len(body.mass), numbers["bioavailability"].value if "bioavailability" in numbers else 1.0)
    if "dose_exponent" in numbers and part.amount.value:
        share *= (milligrams / numbers["dose_reference"].value) ** numbers["dose_exponent"].value
    return np.asarray(milligrams * share / body.volume * 1e3 / body.molar_mass)


def _slowed(body: Bodies, starts: np.ndarray, length: float, first: float) -> np.ndarray | None:
    """Linear clearance over that of the first dose, in the middle of each interval (n, K); None if it never changes."""
    if "late_clearance" not in body.entries:
        return None
    middle = (starts + np.append(starts[1:], length)) / 2
    late, time, hill = (body.entries[f"late_{name}"][:, None] for name in ("clearance", "time", "hill"))
    x = (np.maximum(middle - first, 0.0) / time) ** hill
    return np.asarray(late ** (x / (1 + x)))
