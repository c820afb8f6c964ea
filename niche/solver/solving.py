"""Solve one model for many hosts: the compiled explicit method in threads, and a stiff method through SciPy."""

import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError, unknown
from niche.solver import kernel as _kernel

STATUS = ("ok", "too many steps", "not finite", "step too small", "negative state")
METHODS = ("auto", "explicit", "stiff")
_LEAST, _MOST = 64, 4096  # hosts per piece of work
_MAX_STEPS = 200_000


class _TooManySteps(Exception):
    """The stiff method used up its calls of the right-hand side."""


class Problem(NamedTuple):
    """n hosts, S states, P parameters, U inputs, K events, T read-outs; time in the model's own unit.

    start (n, S); parameters (n, P); starts (K,) event times, the first is the start; end; inputs (n, K, U) in
    force from each event; jumps (n, K, S) added to the states at it; times (T,) increasing, within the run.
    """

    start: np.ndarray
    parameters: np.ndarray
    starts: np.ndarray
    end: float
    inputs: np.ndarray
    jumps: np.ndarray
    times: np.ndarray


def solve(
    model: str, problem: Problem, method: str, rtol: float, atol: np.ndarray, workers: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """States (n, T, S), status (n,) as an index of `STATUS`, and steps (n,) of the module `model`.

    Parameters
    ----------
    method
        "explicit", "stiff", or "auto" (explicit; stiff for any host on which it fails)

    Raises
    ------
    NicheError
        for an unknown method or a tolerance that makes no sense
    """
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
        raise NicheError(f"workers must be a whole number of at least 1, or None for all cores, got {workers!r}")
    if not isinstance(rtol, int | float) or not 1e-13 <= rtol <= 1e-2:
        raise NicheError(f"rtol must lie between 1e-13 and 1e-2, got {rtol!r}")
    n = len(problem.start)
    states = np.full((n, len(problem.times), problem.start.shape[1]), np.nan)
    status, steps = np.zeros(n, np.int64), np.zeros(n, np.int64)
    if method != "stiff":
        _explicit(model, problem, states, status, steps, rtol, atol, workers)
    again = {"stiff": np.arange(n), "auto": np.flatnonzero(status), "explicit": np.arange(0)}[method]
    for j in again:
        states[j], status[j], steps[j] = _stiff(model, problem, int(j), rtol, atol)
    return states, status, steps


def _explicit(
    model: str,
    problem: Problem,
    states: Any,
    status: Any,
    steps: Any,
    rtol: float,
    atol: Any,
    workers: int | None,
) -> None:
    compiled, n = _kernel.load_kernel(model).solve, len(states)
    count = min(os.cpu_count() or 1 if workers is None else workers, -(-n // _LEAST))

    def chunk(piece: tuple[int, int]) -> None:
        compiled(*problem, rtol, atol, _MAX_STEPS, *piece, states, status, steps)

    if count == 1:
        list(map(chunk, _pieces(n, 1)))
    else:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(chunk, _pieces(n, count)))


def _pieces(n: int, workers: int) -> list[tuple[int, int]]:
    """Hosts from and to, large pieces first: the lanes of a piece end together, and so do the workers.

    No host's numbers depend on the piece it is in.
    """
    found, low, share = [], 0, 1 if workers == 1 else 2 * workers
    while low < n:
        high = min(n, low + max(_LEAST, min(_MOST, (n - low) // share)))
        found.append((low, high))
        low = high
    return found


def _stiff(model: str, problem: Problem, j: int, rtol: float, atol: np.ndarray) -> tuple[np.ndarray, int, int]:
    """One host by SciPy's LSODA on the compiled right-hand side, restarted at every event; NaN from the event
    before a failure on."""
    from scipy.integrate import solve_ivp

    rhs, times = _kernel.load_kernel(model).rhs, problem.times
    y = problem.start[j].copy()
    out, calls, slope = np.full((len(times), len(y)), np.nan), 0, np.empty_like(y)

    def equations(t: float, state: np.ndarray, u: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        if calls > _MAX_STEPS:
            raise _TooManySteps
        # An implicit method tries states a little below 0, of which no power is real; those it keeps are watched below.
        rhs(t, np.maximum(state, 0.0), u, problem.parameters[j], slope)
        return slope.copy()

    def lowest(t: float, state: np.ndarray, u: np.ndarray) -> float:
        """Crosses 0 where a state is negative beyond the tolerance; equations may be singular or stiff from there."""
        return float(np.min(state + 10 * atol))

    lowest.terminal = True  # type: ignore[attr-defined]
    ends = [*problem.starts[1:], problem.end]
    for k, (t0, t1) in enumerate(zip(problem.starts, ends, strict=True)):
        y = y + problem.jumps[j, k]
        last = k + 1 == len(ends)
        wanted = (times >= t0) & ((times <= t1) if last else (times < t1))
        if t1 == t0:
            out[wanted] = y
            continue
        grid, u = np.union1d(times[wanted], [t1]), (problem.inputs[j, k],)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the status says it
                found = solve_ivp(
                    equations, (t0, t1), y, method="LSODA", t_eval=grid, events=lowest, rtol=rtol, atol=atol, args=u
                )
        except _TooManySteps:
            return out, STATUS.index("too many steps"), calls
        if found.status == 1:
            return out, STATUS.index("negative state"), calls
        if not found.success or not np.isfinite(found.y).all():
            return out, STATUS.index("not finite" if found.success else "step too small"), calls
        path = np.maximum(found.y.T, 0.0)  # an implicit method may undershoot zero by its tolerance
        out[wanted], y = path[np.isin(grid, times[wanted])], path[-1]
    return out, 0, calls
