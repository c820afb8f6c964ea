"""The numbers behind a simulation: a schedule solved, states read as observables."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from niche.errors import unknown
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.schedule import Schedule, schedule
from niche.model.niche import signals
from niche.model.observables import OBSERVABLES
from niche.model.state import AT_REST, Inputs, Parameters, State
from niche.solver.solving import Problem
from niche.solver.solving import solve as solve_problem

MODEL = "niche.model.niche"
SAME = 1e-9  # days: two times nearer than this are one
# Absolute tolerances at rtol 1e-6: states of order 1 need 1e-9; a tumour starts from a millionth of capacity.
ATOL = np.asarray(
    State(*([1e-9] * len(State._fields)))._replace(circulating=1e-13, dormant=1e-13, tumour=1e-13, distant=1e-16)
)


class Run(NamedTuple):
    """Raw result: times (T,), states (n, T, S), inputs at those times (n, T, U), status (n,), steps (n,)."""

    times: np.ndarray
    states: np.ndarray
    inputs: np.ndarray
    status: np.ndarray
    steps: np.ndarray
    plan: Schedule


def perform(
    hosts: Hosts,
    protocol: Protocol,
    times: np.ndarray,
    method: str = "auto",
    rtol: float = 1e-6,
    workers: int | None = None,
) -> Run:
    """Hosts under a protocol, read at `times` [days]: the numbers alone, which calibration and claims use."""
    return solve(schedule(hosts, protocol), protocol.days, times, method=method, rtol=rtol, workers=workers)


def solve(
    plan: Schedule,
    days: float,
    times: np.ndarray,
    *,
    start: np.ndarray | None = None,
    method: str = "auto",
    rtol: float = 1e-6,
    workers: int | None = None,
) -> Run:
    """A schedule solved from day 0 to `days`, from rest or from `start` (n, states)."""
    # A read-out that misses an event only by rounding (3 x 0.3 against 0.9) is at the event.
    near = plan.starts[np.searchsorted(plan.starts, times + SAME, side="right") - 1]
    times = np.where(np.abs(times - near) < SAME, near, times)
    n = len(plan.inputs)
    p = np.empty((n, len(plan.parameters)))
    for i, column in enumerate(plan.parameters):
        p[:, i] = column
    if start is None:
        start = np.tile(np.asarray(AT_REST, dtype=float), (n, 1))
    problem = Problem(start, p, plan.starts, days, plan.inputs, plan.jumps, times)
    states, status, steps = solve_problem(MODEL, problem, method, rtol, ATOL * min(1.0, rtol / 1e-6), workers)
    where = np.searchsorted(plan.starts, times, side="right") - 1
    return Run(times, states, plan.inputs[:, where], status, steps, plan)


def observe(run: Run, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Observables of a run, each of shape (draws, times)."""
    names = list(names)
    for name in names:
        if name not in State._fields and name not in OBSERVABLES:
            raise unknown("observable", name, [*OBSERVABLES, *State._fields])
    y = State(*np.moveaxis(run.states, -1, 0))
    if all(name in State._fields for name in names):
        return {name: getattr(y, name) for name in names}
    u = Inputs(*np.moveaxis(run.inputs, -1, 0))
    p = Parameters(*(np.asarray(column, dtype=float).reshape(-1, 1) for column in run.plan.parameters))
    with np.errstate(divide="ignore", invalid="ignore"):
        s = signals(y, u, p)
        return {
            name: getattr(y, name)
            if name in State._fields
            # what no state moves has fewer entries: one for each host and time
            else np.array(np.broadcast_to(OBSERVABLES[name].read(y, s, u, p), y.OCa.shape))
            for name in names
        }
