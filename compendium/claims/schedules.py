"""When to give a number of doses: the times that make a cost least, within limits, and what they gain draw by draw.

Times are found with COBYQA (Ragonneau 2022, PhD thesis; scipy.optimize), which asks for no slopes and never leaves its
bounds: a cost that comes from a solver has no exact slope. It finds a local optimum, so it starts from several
schedules, and the best one counts.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from niche import units
from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.solution import observe, perform

_RTOL = 1e-5  # of a solver inside a cost: its noise must stay far below what a shift of a day does
Cost = Callable[[np.ndarray], float]


class DosePlan(NamedTuple):
    """Days of the doses (doses,), their cost, the costs found from each start, and how often the cost was asked for."""

    days: np.ndarray
    cost: float
    costs: tuple[float, ...]
    evaluations: int


def best_schedule(
    cost: Cost, starts: Sequence[Sequence[float]], last: float, gap: float = 0.0, tries: int = 60
) -> DosePlan:
    """The days on which doses cost least.

    Wrong for a cost with many narrow optima: it is local.

    Parameters
    ----------
    cost
        of days that increase, shape (doses,)
    starts
        schedules to begin from, of as many doses each
    last
        no dose is given later
    gap
        least days between two doses
    tries
        costs asked for from each start

    Raises
    ------
    NicheError
        for starts of unlike length, or more doses than fit
    """
    from scipy.optimize import Bounds, minimize

    doses = {len(start) for start in starts}
    if len(doses) != 1 or 0 in doses:
        raise NicheError(f"every start needs as many doses, at least one, got {sorted(doses)}")
    count = doses.pop()
    room = last - (count - 1) * gap
    if gap < 0 or room < 0:
        raise NicheError(f"{count} doses at least {gap:g} days apart do not fit before day {last:g}")
    least, asked = gap * np.arange(count), 0

    def days(x: np.ndarray) -> np.ndarray:
        return np.asarray(np.sort(np.clip(x, 0.0, 1.0)) * room + least)

    def price(x: np.ndarray) -> float:
        nonlocal asked
        asked += 1
        return float(cost(days(x)))

    found = []
    for start in starts:
        first = (np.sort(np.asarray(start, dtype=float)) - least) / (room or 1.0)
        if (first < -1e-9).any() or (first > 1 + 1e-9).any() or (np.diff(first) < -1e-9).any():
            raise NicheError(f"the start {list(start)!r} gives doses closer than {gap:g} days, or after day {last:g}")
        options = {"maxfev": tries, "initial_tr_radius": 0.15, "final_tr_radius": 1e-4}
        end = minimize(price, np.clip(first, 0, 1), method="COBYQA", bounds=Bounds(0.0, 1.0), options=options)
        found.append((float(end.fun), days(end.x)))
    best = min(found, key=lambda pair: pair[0])
    return DosePlan(best[1], best[0], tuple(pair[0] for pair in found), asked)


def doses_given(days: Sequence[float] | np.ndarray, drug: str, amount: str, length: float, base: Protocol) -> Protocol:
    """`base` for `length` days with a dose of `amount` on each of the days from its end on."""
    made = Protocol(base.days + length, base.steps)
    for day in days:
        made = made.dose(drug, amount, day=base.days + float(day))
    return made


def doublings(hosts: Hosts, protocol: Protocol, start: float | str = 0.0, every: float = 14.0) -> np.ndarray:
    """Doublings that a small focus makes from a day to the end of a protocol without tumour, shape (draws,).

    Net growth per cell is integrated by the trapezium rule, read `every` so many days. Negative where a focus shrinks.
    Raises `NicheError` for hosts that could not be simulated.
    """
    first = units.days(start, "start")
    times = np.append(np.arange(first, protocol.days - 1e-9, every), protocol.days)
    run = perform(hosts, protocol, times, rtol=_RTOL)
    if run.status.any():
        raise NicheError(f"{np.count_nonzero(run.status)} of {len(hosts)} hosts could not be simulated")
    return np.asarray(np.trapezoid(observe(run, ("growth rate",))["growth rate"], times, axis=1) / np.log(2))
