"""Runs of the model: against SciPy, across events, on any number of workers, and how a run says that it failed."""

from functools import cache

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import niche
from niche.experiment.schedule import schedule
from niche.experiment.solution import ATOL, MODEL
from niche.model.niche import rates
from niche.model.state import AT_REST, RESTING, Inputs, Parameters, State
from niche.solver import kernel as _kernel
from niche.solver import solving as _solve
from niche.solver.solving import STATUS, Problem, solve


@cache
def problem(kind: str, draws: int = 3) -> Problem:
    """Two demanding runs: a mouse with a tumour and every drug for 28 days, a human with events for two years."""
    if kind == "mouse":
        hosts = niche.hosts("mouse", tumour="MDA-231-luc", draws=draws, seed=4, posterior="prior")
        protocol = (
            niche.Protocol(days=28)
            .seed("intracardiac", day=0.5)
            .dose("OPG-Fc", "3 mg/kg", day=7.3, every=3.5)
            .dose("zoledronate", "0.1 mg/kg", day=5, every=7)
            .dose("1D11", "5 mg/kg", day=10)
            .dose("anti-PTHrP", "5 mg/kg", day=12.25)
            .infuse("isoprenaline", "5 mg/kg/day", start=3, stop=20.6)
            .stress(3, start=1, stop=15)
        )
        days = np.linspace(0, 28, 57)
    else:
        hosts = niche.hosts("human", draws=draws, seed=5, posterior="prior")
        protocol = (
            niche.Protocol(days=730)
            .surgery("ovariectomy", day=20)
            .dose("denosumab", "60 mg", day=100, every=183)
            .dose("zoledronate", "5 mg", day=400)
            .infuse("propranolol", "2 mg/kg/day", start=300.5)
            .infuse("PTH", "300 pM/day", start=450, stop=460)
        )
        days = np.linspace(0, 730, 101)
    plan = schedule(hosts, protocol)
    p = np.stack([np.broadcast_to(column, draws) for column in plan.parameters], axis=1)
    start = np.tile(np.asarray(AT_REST), (draws, 1))
    return Problem(start, p, plan.starts, protocol.days, plan.inputs, plan.jumps, days)


@cache
def reference(kind: str, j: int = 0) -> np.ndarray:
    """One host by SciPy's DOP853 at 1e-12 on the plain Python equations, one call per interval between events."""
    case = problem(kind)
    p = Parameters(*map(float, case.parameters[j]))
    y, out = case.start[j].copy(), np.full((len(case.times), case.start.shape[1]), np.nan)
    ends = [*case.starts[1:], case.end]
    for k, (t0, t1) in enumerate(zip(case.starts, ends, strict=True)):
        y = y + case.jumps[j, k]
        u = Inputs(*map(float, case.inputs[j, k]))
        inside = (case.times >= t0) & ((case.times < t1) | (t1 == case.end))
        grid = np.union1d(case.times[inside], [t0, t1])
        if t0 < t1:
            found = solve_ivp(
                lambda t, y, u=u: rates(t, State(*y), u, p),
                (t0, t1),
                y,
                method="DOP853",
                t_eval=grid,
                rtol=1e-12,
                atol=ATOL * 1e-5,
            )
            assert found.success
            out[inside], y = found.y.T[np.isin(grid, case.times[inside])], found.y[:, -1]
    return out


def off(found: np.ndarray, expected: np.ndarray, floor: float = 1e-6) -> float:
    """Largest relative difference; values below `floor` of the largest that a state has in the run count as that."""
    assert np.isfinite(found).all()
    size = np.maximum(np.abs(expected), floor * np.abs(expected).max(axis=0) + 1e-300)
    return float((np.abs(found - expected) / size).max())


@pytest.mark.parametrize("method", ["explicit", "stiff"])
@pytest.mark.parametrize("kind", ["mouse", "human"])
def test_agrees_with_scipy(kind, method):
    case = problem(kind)
    states, status, _ = solve(MODEL, case, method, 1e-11, ATOL * 1e-5)
    assert (status == 0).all()
    assert off(states[0], reference(kind)) < 1e-7


@pytest.mark.parametrize("kind", ["mouse", "human"])
def test_error_follows_the_tolerance(kind):
    """Events, jumps and read-outs inside steps cost no accuracy: at 1e-4, 1e-6 and 1e-8 the error is of that size.

    A step's error is the root mean square over the states, so one state alone may be off by the root of their number.
    Three are off by up to 69 tolerances: cells that leave the blood carry an error from step to step, the growth of
    sensory fibres has a kink where resorption passes its resting level, and that of gathered precursors, of which there
    are none at rest, where RANK occupancy does.
    """
    case = problem(kind)
    for rtol in (1e-4, 1e-6, 1e-8):
        states, _, _ = solve(MODEL, case, "explicit", rtol, ATOL * rtol / 1e-6)
        rough = np.isin(State._fields, ["circulating", "sensory", "gathered"])
        assert off(states[0][:, ~rough], reference(kind)[:, ~rough], 1e-3) < 30 * rtol
        assert off(states[0][:, rough], reference(kind)[:, rough], 1e-3) < 75 * rtol


def test_a_run_is_its_intervals_one_after_the_other():
    """Restarted by hand at every event, from the state read there, the numbers are the same to the last bit."""
    whole = problem("mouse")
    at_events = whole._replace(times=np.append(whole.starts[1:], whole.end))
    states, _, _ = solve(MODEL, at_events, "explicit", 1e-6, ATOL)
    y = whole.start
    for k, (t0, t1) in enumerate(zip(whole.starts, at_events.times, strict=True)):
        after = whole.jumps[:, k + 1] if k + 1 < len(whole.starts) else 0.0
        part = Problem(
            y,
            whole.parameters,
            np.array([t0]),
            t1,
            whole.inputs[:, [k]],
            whole.jumps[:, [k]] if k == 0 else 0 * whole.jumps[:, [k]],
            np.array([t1]),
        )
        y = solve(MODEL, part, "explicit", 1e-6, ATOL)[0][:, 0] + after
        assert (y == states[:, k]).all()


def test_read_outs_at_an_event_come_after_it():
    case = problem("mouse")
    states, _, _ = solve(MODEL, case._replace(times=np.array([0.0, 0.5, 10.0])), "explicit", 1e-6, ATOL)
    blood, depot = State._fields.index("circulating"), State._fields.index("tgfb_trap_depot")
    assert (states[:, 0, blood] == 0).all()
    assert (states[:, 1, blood] > 0).all()
    assert (states[:, 2, depot] > 0).all()


def test_read_outs_do_not_change_the_run():
    case = problem("human")
    few, _, steps = solve(MODEL, case._replace(times=np.array([333.3, 730.0])), "explicit", 1e-6, ATOL)
    times = np.union1d(np.linspace(0, 730, 1234), [333.3])
    many, _, same = solve(MODEL, case._replace(times=times), "explicit", 1e-6, ATOL)
    assert (steps == same).all()
    assert (many[:, np.isin(times, [333.3, 730.0])] == few).all()


def test_same_bytes_for_any_number_of_workers():
    case = problem("mouse", draws=300)
    one, two, three = (solve(MODEL, case, "explicit", 1e-6, ATOL, workers) for workers in (1, 2, 3))
    for a, b, c in zip(one, two, three, strict=True):
        assert a.tobytes() == b.tobytes() == c.tobytes()
    alone, _, _ = solve(
        MODEL,
        problem("mouse", draws=300)._replace(
            **{name: getattr(case, name)[77:78] for name in ("start", "parameters", "inputs", "jumps")}
        ),
        "explicit",
        1e-6,
        ATOL,
    )
    assert alone[0].tobytes() == one[0][77].tobytes()


# --- failures


def with_parameter(case: Problem, **changes: float) -> Problem:
    p = case.parameters.copy()
    for name, value in changes.items():
        p[1, Parameters._fields.index(name)] = value
    return case._replace(parameters=p)


@pytest.mark.parametrize("method", ["auto", "explicit", "stiff"])
def test_a_number_that_is_not_one_is_not_passed_on(method):
    case = with_parameter(problem("mouse"), K1=np.nan)
    states, status, _ = solve(MODEL, case, method, 1e-6, ATOL)
    assert [STATUS[i] for i in status][::2] == ["ok", "ok"]
    assert STATUS[status[1]] in ("not finite", "step too small", "too many steps")
    assert np.isnan(states[1, 1:]).all()
    assert np.isfinite(states[[0, 2]]).all()


@pytest.mark.parametrize("method", ["auto", "explicit", "stiff"])
def test_a_state_below_zero_ends_the_run(method):
    """Without the surface, bone volume is a pure integral, as in Pivonka: a lasting loss takes it through 0."""
    case = with_parameter(problem("human"), surface_order=0, load_feedback=0, turnover=0.05, oestrogen_rankl=2.0)
    states, status, _ = solve(MODEL, case, method, 1e-6, ATOL)
    assert STATUS[status[1]] == "negative state"
    assert np.isfinite(states[1, 0]).all()
    assert np.isnan(states[1, -1]).all()
    assert not (states < 0).any()
    # what was written before the failure is one unbroken piece
    broken = np.isnan(states[1]).any(axis=1)
    assert (np.diff(broken.astype(int)) >= 0).all()


@pytest.mark.parametrize("method", ["auto", "explicit", "stiff"])
def test_a_budget_of_steps_that_runs_out(method, monkeypatch):
    monkeypatch.setattr(_solve, "_MAX_STEPS", 20)
    states, status, _ = solve(MODEL, problem("mouse"), method, 1e-6, ATOL)
    assert {STATUS[i] for i in status} == {"too many steps"}
    assert np.isnan(states[:, -1]).all()


@pytest.mark.parametrize("powers", [{"migration_rankl": 0.0, "waking_contact": 0.0}, {}])
def test_auto_hands_over_to_the_stiff_method(powers, monkeypatch):
    extreme = {"time_scale": 30.0, "osteoblast_kill": 6.0, "growth": 1.5, "inoculum": 0.01}
    case = with_parameter(problem("mouse"), **extreme, **powers)
    budget = 8_000
    exact, _, _ = solve(MODEL, case, "explicit", 1e-9, ATOL * 1e-3)
    monkeypatch.setattr(_solve, "_MAX_STEPS", budget)
    _, status, steps = solve(MODEL, case, "explicit", 1e-6, ATOL)
    assert STATUS[status[1]] == "too many steps"
    assert steps[1] == budget
    states, status, _ = solve(MODEL, case, "auto", 1e-6, ATOL)
    assert (status == 0).all()
    assert off(states[1], exact[1], 1e-3) < 1e-4


@pytest.mark.parametrize(("method", "rtol"), [("euler", 1e-6), ("auto", 0.5), ("auto", 0), ("auto", np.nan)])
def test_bad_settings_are_refused(method, rtol):
    with pytest.raises(niche.NicheError):
        solve(MODEL, problem("mouse"), method, rtol, ATOL)


# --- stiffness


def fastest(y: np.ndarray, u: np.ndarray, p: np.ndarray) -> float:
    """The most negative real part [1/day] among the eigenvalues of the Jacobian (central differences)."""
    rhs, jacobian = _kernel.load_kernel(MODEL).rhs, np.empty((len(y), len(y)))
    for i, size in enumerate(1e-6 * np.maximum(np.abs(y), 1e-3)):
        above, below = np.empty_like(y), np.empty_like(y)
        rhs(0.0, y + size * np.eye(len(y))[i], u, p, above)
        rhs(0.0, y - size * np.eye(len(y))[i], u, p, below)
        jacobian[:, i] = (above - below) / (2 * size)
    return float(np.linalg.eigvals(jacobian).real.min())


@pytest.mark.parametrize("system", ["human", "mouse", "rat"])
def test_not_stiff_at_rest(system):
    p = np.stack(niche.hosts(system, draws=200, posterior="prior").parameters, axis=1)
    rest, resting = np.asarray(AT_REST), np.asarray(RESTING)
    assert min(fastest(rest, resting, row) for row in p) > -30


def test_seldom_stiff_with_a_tumour():
    """Few prior draws are faster than 30 per day: those in which a full tumour multiplies osteoblast death by tens."""
    case = problem("mouse", draws=100)._replace(times=np.array([7.0, 14.0, 21.0, 28.0]))
    states, status, steps = solve(MODEL, case, "explicit", 1e-6, ATOL)
    found = [min(fastest(states[j, k], case.inputs[j, -1], case.parameters[j]) for k in range(4)) for j in range(100)]
    assert (status == 0).all()
    assert np.quantile(found, 0.05) > -30
    assert steps.max() < 1000
