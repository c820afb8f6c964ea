"""Hosts x protocol -> what happens to each of them, with units, and how each simulation ended."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from niche import units
from niche._schedule import Schedule, schedule
from niche._solve import STATUS, Problem, solve
from niche.errors import NicheError, unknown
from niche.hosts import Hosts
from niche.model.niche import signals
from niche.model.observables import OBSERVABLES
from niche.model.state import AT_REST, Inputs, Parameters, State, describe
from niche.protocol import Protocol

if TYPE_CHECKING:
    import xarray as xr

MODEL = "niche.model.niche"
_SAME = 1e-9  # days
_MOST_TIMES = 1_000_000
# Absolute tolerances: states of order 1 need 1e-9; a tumour starts from a millionth of capacity.
_ATOL = np.asarray(
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


def simulate(
    hosts: Hosts,
    protocol: Protocol,
    *,
    every: float | str = 1.0,
    at: Sequence[float] | None = None,
    method: str = "auto",
    rtol: float = 1e-6,
    workers: int | None = None,
) -> "xr.Dataset":
    """Simulate every host under a protocol.

    every, at : read-out times; each `every` days and the last day, or the days named in `at`
    method : "explicit" (compiled Dormand-Prince), "stiff" (SciPy's LSODA on the same compiled equations), or
        "auto": explicit, and stiff for any host on which it fails
    rtol : relative tolerance of a step
    workers : threads; None takes all cores. The numbers do not depend on it.
    returns : xarray.Dataset with dimensions draw and time, one variable per state and observable (units and
        descriptions in the attributes), and `status` per draw: "ok" or how it failed. A host that failed is NaN
        from there on; read-outs at an event are read just after it.
    raises : NicheError for read-out times outside the protocol, an unknown method, or a bad tolerance
    """
    if not isinstance(hosts, Hosts) or not isinstance(protocol, Protocol):
        raise NicheError(
            f"simulate takes hosts and a Protocol, got {type(hosts).__name__} and {type(protocol).__name__}"
        )
    run = _run(hosts, protocol, _times(protocol, every, at), method, rtol, workers)
    return _dataset(hosts, protocol, run)


def _run(
    hosts: Hosts,
    protocol: Protocol,
    times: np.ndarray,
    method: str = "auto",
    rtol: float = 1e-6,
    workers: int | None = None,
) -> Run:
    """The numbers alone: what calibration and claims use."""
    plan = schedule(hosts, protocol)
    # A read-out that misses an event only by rounding (3 x 0.3 against 0.9) is at the event.
    near = plan.starts[np.searchsorted(plan.starts, times + _SAME, side="right") - 1]
    times = np.where(np.abs(times - near) < _SAME, near, times)
    n = len(hosts)
    p = np.empty((n, len(plan.parameters)))
    for i, column in enumerate(plan.parameters):
        p[:, i] = column
    start = np.tile(np.asarray(AT_REST, dtype=float), (n, 1))
    problem = Problem(start, p, plan.starts, protocol.days, plan.inputs, plan.jumps, times)
    states, status, steps = solve(MODEL, problem, method, rtol, _ATOL * min(1.0, rtol / 1e-6), workers)
    where = np.searchsorted(plan.starts, times, side="right") - 1
    return Run(times, states, plan.inputs[:, where], status, steps, plan)


def _times(protocol: Protocol, every: float | str, at: Sequence[float] | None) -> np.ndarray:
    if at is not None:
        if isinstance(at, int | float | str):
            raise NicheError(f"at takes a list of days, got {at!r}")
        times = np.unique(np.asarray([units.days(t, "read-out time") for t in at], dtype=float))
        if len(times) == 0 or times[0] < 0 or times[-1] > protocol.days:
            raise NicheError(f"read-out times must lie between day 0 and day {protocol.days:g}, got {list(at)!r}")
        return times
    gap = units.days(every, "every")
    if gap <= 0 or protocol.days / gap > _MOST_TIMES:
        raise NicheError(f"every must be above 0 days and give at most {_MOST_TIMES} read-outs, got {every!r}")
    return np.append(np.arange(0, protocol.days - 1e-9, gap), protocol.days)


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
            name: getattr(y, name) if name in State._fields else np.asarray(OBSERVABLES[name].read(y, s, u, p))
            for name in names
        }


@lru_cache(maxsize=1)
def _state_table() -> dict[str, tuple[str, str]]:
    return describe(State)


def _dataset(hosts: Hosts, protocol: Protocol, run: Run) -> "xr.Dataset":
    import xarray as xr  # late: most of the import time of the package

    variables: dict[str, Any] = {}
    for i, (name, (unit, about)) in enumerate(_state_table().items()):
        variables[name] = (("draw", "time"), run.states[:, :, i], {"units": unit, "description": about})
    seen = observe(run, OBSERVABLES)
    for name, observable in OBSERVABLES.items():
        attributes = {"units": observable.unit, "description": observable.about}
        variables[name] = (("draw", "time"), seen[name], attributes)
    variables["status"] = ("draw", np.array(STATUS)[run.status], {"description": "how the simulation ended"})
    coords = {
        "draw": ("draw", np.asarray(hosts.rows), {"description": "row of the posterior"}),
        "time": ("time", run.times, {"units": "day", "description": "days from the start of the protocol"}),
    }
    attributes_of_run: dict[str, Any] = {
        "system": hosts.system, "strain": hosts.strain, "sex": hosts.sex or "not stated",
        "tumour": hosts.tumour or "none", "seed": hosts.seed,
        "posterior": "calibrated" if len(hosts.posterior) else "prior", "days": protocol.days,
        "steps": "; ".join(f"{s.verb} {s.name} {s.amount or ''}".strip() for s in protocol.steps) or "none",
        "changed": "; ".join(f"{k}={v:g}" for k, v in hosts.changed) or "none",
        "failed": int(np.count_nonzero(run.status)),
        "warnings": "; ".join(run.plan.warnings) or "none",
        "recorded_only": "sex changes no number in this version",
    }  # fmt: skip
    return xr.Dataset(variables, coords, attributes_of_run)
