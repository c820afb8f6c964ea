"""Hosts x protocol -> what happens to each of them, with units, and how each simulation ended."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from niche import units
from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.solution import Run, observe, perform
from niche.experiment.steps import Step
from niche.kinetics.doses import Regimen
from niche.model.observables import OBSERVABLES
from niche.model.state import State, describe
from niche.solver.solving import STATUS

if TYPE_CHECKING:
    from niche.experiment.result import Result

_MOST_TIMES = 1_000_000


def simulate(
    hosts: Hosts,
    protocol: Protocol,
    *,
    every: float | str = 1.0,
    at: Sequence[float] | None = None,
    method: str = "auto",
    rtol: float = 1e-6,
    workers: int | None = None,
) -> "Result":
    """Simulate every host under a protocol.

    Parameters
    ----------
    every, at
        read-out times; each `every` days and the last day, or the days named in `at`
    method
        "explicit" (compiled Dormand-Prince), "stiff" (SciPy's LSODA on the same compiled equations), or "auto":
        explicit, and stiff for any host on which it fails
    rtol
        relative tolerance of a step
    workers
        threads; None takes all cores. The numbers do not depend on it.

    Returns
    -------
    Result
        `Result`, an xarray.Dataset with dimensions draw and time, one variable per state and observable (name,
        unit and description in the attributes), and `status` per draw: "ok" or how it failed. A host that
        failed is NaN from there on; read-outs at an event are read just after it. It is saved as any Dataset
        (to_netcdf, to_zarr); BV/TV stands there as BV_TV, and is read under either name. Where it is shown, it
        says which of its read-outs measurements test, and what lies beyond all of them (`niche.support`).

    Raises
    ------
    NicheError
        for read-out times outside the protocol, an unknown method, or a bad tolerance
    """
    if not isinstance(hosts, Hosts) or not isinstance(protocol, Protocol):
        raise NicheError(
            f"simulate takes hosts and a Protocol, got {type(hosts).__name__} and {type(protocol).__name__}"
        )
    run = perform(hosts, protocol, _times(protocol, every, at), method, rtol, workers)
    return _dataset(hosts, protocol, run)


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


def _asked(steps: Sequence[Step]) -> str:
    """Steps as JSON, for the record of a result: verb, name, amount (of a regimen its first dose), unit, first day."""
    plain = []
    for step in steps:
        amount = step.amount.parts[0].amount if isinstance(step.amount, Regimen) else step.amount
        value, unit = (None, "") if amount is None else (amount.value, amount.unit)
        plain.append([step.verb, step.name, value, unit, min(step.times, default=step.start)])
    return json.dumps(plain, ensure_ascii=False)


@lru_cache(maxsize=1)
def _state_table() -> dict[str, tuple[str, str]]:
    return describe(State)


def _dataset(hosts: Hosts, protocol: Protocol, run: Run) -> "Result":
    from niche.experiment.result import Result, variable_name  # late: most of the import time of the package

    variables: dict[str, Any] = {}
    for i, (name, (unit, about)) in enumerate(_state_table().items()):
        variables[name] = (
            ("draw", "time"),
            run.states[:, :, i],
            {"long_name": name, "units": unit, "description": about},
        )
    seen = observe(run, OBSERVABLES)
    for name, observable in OBSERVABLES.items():
        attributes = {"long_name": name, "units": observable.unit, "description": observable.about}
        variables[variable_name(name)] = (("draw", "time"), seen[name], attributes)
    variables["status"] = ("draw", np.array(STATUS)[run.status], {"description": "how the simulation ended"})
    coords = {
        "draw": ("draw", np.asarray(hosts.rows), {"description": "row of the posterior"}),
        "time": ("time", run.times, {"units": "day", "description": "days from the start of the protocol"}),
    }
    attributes_of_run: dict[str, Any] = {
        "system": hosts.system,
        "strain": hosts.strain,
        "sex": hosts.sex or "not stated",
        "tumour": hosts.tumour or "none",
        "bone": hosts.bone or "not stated",
        "seed": hosts.seed,
        "posterior": "calibrated" if len(hosts.posterior) else "prior",
        "days": protocol.days,
        "steps": "; ".join(map(str, protocol.steps)) or "none",
        "asked": _asked(protocol.steps),
        "changed": "; ".join(f"{k}={v:g}" for k, v in hosts.changed) or "none",
        "failed": int(np.count_nonzero(run.status)),
        "warnings": "; ".join(run.plan.warnings) or "none",
        "recorded_only": "sex changes no number in this version",
    }
    return Result(variables, coords, attributes_of_run)
