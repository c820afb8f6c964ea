"""Published models by others, behind the interface of our own: one module per paper.

A rival has `State`, `Inputs`, `Parameters` and `rates` as `niche.model` has, its `PUBLISHED` parameters, `rest`
(its resting point, solved), and the published load cases `CASES`, in force from day `START` to `STOP` of `END`.

>>> run = niche.rivals.simulate("lemaire2004", "PTH", at=[25, 40, 80])
"""

import importlib
import pkgutil
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from niche.errors import NicheError, unknown
from niche.model.state import describe
from niche.solver.solving import STATUS, Problem, solve

if TYPE_CHECKING:
    import xarray as xr


def rival_names() -> list[str]:
    """The rivals there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def rival(name: str) -> ModuleType:
    """The module of a rival. Raises `NicheError` for a name that is not one of `names()`."""
    if name not in rival_names():
        raise unknown("rival", name, rival_names())
    return importlib.import_module(f"{__name__}.{name}")


def simulate_rival(
    name: str,
    case: Any,
    at: Sequence[float] | np.ndarray,
    *,
    parameters: Any = None,
    method: str = "auto",
    rtol: float = 1e-8,
) -> "xr.Dataset":
    """Run a rival from its resting point through one load case.

    Parameters
    ----------
    name, case
        a rival, and one of its published `CASES` by name, or any of its `Inputs` in the same days
    at
        read-out days; the run ends with the last of them, or with the load case if that is later
    parameters
        its `Parameters`; None takes the published ones
    method, rtol
        as in `niche.experiment.simulation`

    Returns
    -------
    xr.Dataset
        xarray.Dataset over time, one variable per state, and `status`: "ok" or how the run failed. States are
        NaN from the event before a failure on.

    Raises
    ------
    NicheError
        for unknown names, and for days that are negative or none
    """
    model = rival(name)
    if isinstance(case, str) and case not in model.CASES:
        raise unknown(f"load case of {name}", case, model.CASES)
    load = model.CASES[case] if isinstance(case, str) else case
    if not isinstance(load, model.Inputs):
        raise NicheError(f"a load case is a name or {name}.Inputs, got {case!r}")
    times = np.unique(np.asarray(at, dtype=float))
    if len(times) == 0 or not np.isfinite(times).all() or times[0] < 0:
        raise NicheError(f"read-out days must be at least one number from 0 on, got {list(at)!r}")
    p = model.PUBLISHED if parameters is None else parameters
    inputs = np.array([[model.RESTING, load, model.RESTING]], dtype=float)
    size = len(model.State._fields)
    problem = Problem(
        start=np.array([model.rest(p)], dtype=float),
        parameters=np.array([p], dtype=float),
        starts=np.array([0.0, model.START, model.STOP]),
        end=max(model.STOP, float(times[-1])),
        inputs=inputs,
        jumps=np.zeros((1, 3, size)),
        times=times,
    )
    atol = np.full(size, model.SCALE * rtol * 1e-3)
    states, status, _ = solve(model.__name__, problem, method, rtol, atol)
    return _dataset(model, case, times, states[0], STATUS[status[0]])


def _dataset(model: ModuleType, case: Any, times: np.ndarray, states: np.ndarray, status: str) -> "xr.Dataset":
    import xarray as xr  # late: slow to import

    variables: dict[str, Any] = {}
    for i, (field, (unit, about)) in enumerate(describe(model.State).items()):
        variables[field] = ("time", states[:, i], {"units": unit, "description": about})
    variables["status"] = ((), status, {"description": "how the simulation ended"})
    coords = {"time": ("time", times, {"units": "day", "description": "days; the load case starts later"})}
    return xr.Dataset(variables, coords, {"model": model.__name__, "case": str(case)})
