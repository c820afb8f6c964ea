"""How fast the core is, as ratios measured in one run: pairs interleaved, medians over repeats.

    python benchmarks/bench_core.py [--quick]

Needs the extra `bench` (bone-models). Each contestant solves the same problem; the error of each against a run at
tolerance 1e-12 stands beside its time, because a fast wrong answer is worth nothing.
"""

import argparse
import contextlib
import io
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import rivals
from scipy.integrate import odeint, solve_ivp

import niche
import niche.rivals
from niche.evidence.plans import read_experiments
from niche.experiment.schedule import schedule
from niche.experiment.solution import ATOL, MODEL
from niche.model.state import AT_REST, Inputs, Parameters
from niche.rivals import lemaire2004
from niche.solver import kernel as _kernel
from niche.solver.solving import Problem, solve

CELLS = slice(0, 4)  # precursors, osteoblasts, osteoclasts, bone volume


def problem(hosts: niche.Hosts, protocol: niche.Protocol, times: np.ndarray) -> Problem:
    """What the integrators are given, without the cost of hosts and protocol."""
    plan, n = schedule(hosts, protocol), len(hosts)
    p = np.stack([np.broadcast_to(column, n) for column in plan.parameters], axis=1)
    start = np.tile(np.asarray(AT_REST), (n, 1))
    return Problem(start, p, plan.starts, protocol.days, plan.inputs, plan.jumps, times)


def first(case: Problem, n: int) -> Problem:
    """Its first n hosts."""
    return case._replace(**{name: getattr(case, name)[:n] for name in ("start", "parameters", "inputs", "jumps")})


def explicit(case: Problem, rtol: float = 1e-6, workers: int = 1) -> np.ndarray:
    """Compiled Dormand-Prince."""
    return solve(MODEL, case, "auto", rtol, ATOL * rtol / 1e-6, workers)[0]


def by_solve_ivp(case: Problem) -> np.ndarray:
    """SciPy's LSODA through solve_ivp, on the same compiled right-hand side, at the same tolerances."""
    return solve(MODEL, case, "stiff", 1e-6, ATOL)[0]


def by_odeint(case: Problem) -> np.ndarray:
    """SciPy's LSODA through odeint: its stepping is compiled too. For a protocol with one event, at the start."""
    rhs, found = _kernel.load_kernel(MODEL).rhs, []
    for j in range(len(case.start)):
        slope, u, p = np.empty(case.start.shape[1]), case.inputs[j, 0], case.parameters[j]

        def equations(y, t, slope=slope, u=u, p=p):
            rhs(t, y, u, p, slope)
            return slope

        start = case.start[j] + case.jumps[j, 0]
        found.append(odeint(equations, start, case.times, rtol=1e-6, atol=ATOL, mxstep=100_000))
    return np.array(found)


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def race(ours: Callable, theirs: Callable, repeats: int) -> tuple[float, float, float]:
    """Median seconds of each and the median of the ratios of neighbouring measurements (theirs over ours)."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(repeats)]
    a, b = zip(*pairs, strict=True)
    return statistics.median(a), statistics.median(b), statistics.median(y / x for x, y in pairs)


def error(found: np.ndarray, exact: np.ndarray) -> str:
    """Median and largest relative error over hosts and read-outs, of cells and bone (floor: 1e-3 of rest)."""
    good = np.isfinite(exact[..., CELLS]).all(axis=(1, 2))
    off = np.abs(found - exact)[good][..., CELLS] / np.maximum(np.abs(exact[good][..., CELLS]), 1e-3)
    per_host, rest = off.max(axis=(1, 2)), "" if good.all() else f", no exact run of {np.count_nonzero(~good)}"
    return f"{np.median(per_host):.0e} (worst {per_host.max():.0e}{rest})"


def line(name: str, ours: float, theirs: float, ratio: float, note: str = "") -> None:
    print(f"{name:<46} {ours * 1e3:10.3f} {theirs * 1e3:12.3f} {ratio:9.1f}x  {note}", flush=True)


def ensembles(repeats: int, some: int) -> None:
    mouse = niche.hosts("mouse", tumour="MDA-231-luc", draws=1000)
    human = niche.hosts("human", draws=1000)
    month, year = niche.Protocol(days=28), niche.Protocol(days=365)
    ensemble("mouse, tumour, 28 days", mouse, month.seed("intracardiac"), repeats, some)
    ensemble("mouse, tumour, a year", mouse, year.seed("intracardiac"), repeats, some)
    ensemble("human, ovariectomy, a year", human, year.surgery("ovariectomy"), repeats, some)
    patient = niche.hosts("human", tumour="breast cancer patient", draws=1000)
    trial = niche.Protocol(days=730).seed("established").dose("denosumab", "120 mg", every="4 weeks")
    ensemble("patient, denosumab, two years", patient, trial, repeats, some)


def ensemble(name: str, hosts: niche.Hosts, protocol: niche.Protocol, repeats: int, some: int) -> None:
    all_ = problem(hosts, protocol, np.linspace(0, protocol.days, 13))
    few, one = first(all_, some), first(all_, 1)
    exact = explicit(few, 1e-12)
    ours = error(explicit(few), exact)
    for label, other in (("solve_ivp", by_solve_ivp), ("odeint", by_odeint)):
        a, b, ratio = race(partial(explicit, one), partial(other, one), repeats * 10)
        line(f"{name}: one host, {label}", a, b, ratio)
        a, b, ratio = race(partial(explicit, few), partial(other, few), repeats)
        line(f"  a host of {some}, {label}", a / some, b / some, ratio, f"{ours}; {error(other(few), exact)}")
    a, b, ratio = race(partial(explicit, all_, workers=os.cpu_count()), partial(explicit, all_), repeats)
    line("  1,000 hosts, all cores against one", a, b, ratio)
    whole = partial(niche.simulate, hosts, protocol, at=[0, protocol.days])
    a = statistics.median(seconds(whole) for _ in range(repeats))
    print(f"{'  niche.simulate of them, every observable':<46} {a * 1e3:10.3f}")


def against_bone_models(repeats: int) -> None:
    try:
        from bone_models.load_cases.lemaire_load_cases import Lemaire_Load_Case_3
        from bone_models.load_cases.pivonka_load_cases import Pivonka_Load_Case_1
        from bone_models.models import Lemaire_Model, Pivonka_Model
    except ImportError:
        print("bone-models is not installed: pip install 'niche[bench]'")
        return

    def theirs(model) -> np.ndarray:
        """Their public call: finds the resting point, then solves 140 days (RK45, tolerances 1e-8)."""
        with contextlib.redirect_stdout(io.StringIO()):
            return model.solve_bone_cell_population_model([0, 140]).y[:, -1]

    plan = read_experiments()["PM03"]  # with everything off that goes beyond Pivonka
    assert plan.experiment is not None
    off = plan.experiment.changes
    host = niche.hosts("human", draws=1, posterior="prior").with_parameters(**off)
    days = np.array([0.0, 140.0])
    protocol = niche.Protocol(days=140).infuse("PTH", "1000 pM/day", start=20, stop=80)
    case, load = problem(host, protocol, days), Pivonka_Load_Case_1()
    load.start_time, load.end_time = 20, 80
    size = [float(getattr(host.parameters, name)[0]) for name in ("OBp0", "OBa0", "OCa0")]
    exact = explicit(case, 1e-12)[0, -1, :3] * size
    rest = case._replace(parameters=np.array(Parameters(*(c[:1] for c in host.parameters))).T)

    def ours(rtol: float = 1e-8) -> np.ndarray:
        return explicit(rest, rtol)[0, -1, :3] * size

    rivals.bone_core(Parameters(*(float(c[0]) for c in host.parameters)))
    hundred = bone_part(rest, 100)

    def core(of: Problem, rtol: float = 1e-8) -> np.ndarray:
        """The bone part alone, three states, generated from the same equations."""
        return solve("bone_core", of, "explicit", rtol, np.full(3, rtol * 1e-3), 1)[0][0, -1] * size

    model = Pivonka_Model(load)
    for label, part, each in (("one host", bone_part(rest, 1), 1), ("a host of 100", hundred, 100)):
        a, b, ratio = race(partial(core, part), lambda: theirs(model), repeats * 5)
        off_by = [np.abs(x / exact - 1).max() for x in (core(part), theirs(model))]
        note = f"error {off_by[0]:.0e}, {off_by[1]:.0e}"
        line(f"bone part alone, PTH load case, {label}, bone-models", a / each, b, ratio * each, note)
    a, b, ratio = race(ours, lambda: theirs(model), repeats * 5)
    off_by = [np.abs(x / exact - 1).max() for x in (ours(), theirs(model))]
    line("Pivonka, PTH load case, 140 days, bone-models", a, b, ratio, f"error {off_by[0]:.0e}, {off_by[1]:.0e}")

    start, p = lemaire2004.rest(), np.array([lemaire2004.PUBLISHED])
    steps = np.array([[lemaire2004.RESTING, lemaire2004.CASES["PTH"], lemaire2004.RESTING]])
    lemaire = Problem(np.array([start]), p, np.array([0.0, 20, 80]), 140.0, steps, np.zeros((1, 3, 3)), days)

    def rival(rtol: float = 1e-8) -> np.ndarray:
        return solve("niche.rivals.lemaire2004", lemaire, "explicit", rtol, np.full(3, rtol * 1e-6))[0][0, -1]

    exact, other = rival(1e-12), Lemaire_Model(Lemaire_Load_Case_3())
    a, b, ratio = race(rival, lambda: theirs(other), repeats * 5)
    off_by = [np.abs(x / exact - 1).max() for x in (rival(), theirs(other))]
    line("Lemaire, PTH load case, 140 days, bone-models", a, b, ratio, f"error {off_by[0]:.0e}, {off_by[1]:.0e}")
    with contextlib.redirect_stdout(io.StringIO()):
        known = model.calculate_steady_state()

    def solve_only() -> None:
        solve_ivp(lambda t, x: model.bone_cell_population_model(x, t), (0, 140), known, rtol=1e-8, atol=1e-8)

    a, b, ratio = race(ours, solve_only, repeats * 5)
    line("Pivonka, the same from a known resting point", a, b, ratio)


def bone_part(case: Problem, n: int) -> Problem:
    """The same host n times, in the three states, the input and the parameters of `rivals.bone_core`."""
    core = [Parameters._fields.index(name) for name in Parameters._fields[: Parameters._fields.index("k_form")]]
    cut = {
        "start": case.start[:, :3],
        "parameters": case.parameters[:, core],
        "inputs": case.inputs[..., :1],
        "jumps": case.jumps[..., :3],
    }
    assert Inputs._fields[0] == "PTH_added"
    return case._replace(**{name: np.repeat(part[:1], n, axis=0) for name, part in cut.items()})


IMPORT = "import time; b = time.perf_counter(); import niche; print(time.perf_counter() - b)"
FIRST = """import niche
hosts = niche.hosts("mouse", tumour="MDA-231-luc", draws=100, posterior="prior")
niche.simulate(hosts, niche.Protocol(days=28).seed("intracardiac"))"""


def starts(repeats: int) -> None:
    def run(code: str, **settings: str) -> str:
        command, environment = [sys.executable, "-c", code], {**os.environ, **settings}
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    run(FIRST)
    imports = statistics.median(float(run(IMPORT)) for _ in range(repeats))
    bare = statistics.median(seconds(lambda: run("pass")) for _ in range(repeats))
    warm = statistics.median(seconds(lambda: run(FIRST)) for _ in range(repeats))
    with tempfile.TemporaryDirectory() as empty:
        cold = seconds(lambda: run(FIRST, NICHE_CACHE=empty))
    print(f"import niche: {imports:.2f} s (an empty interpreter: {bare:.2f} s)")
    print(f"fresh interpreter to the end of a first simulate (100 hosts): {warm:.2f} s, compiling first: {cold:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats and hosts")
    quick = parser.parse_args().quick
    import numba
    import scipy

    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}, numba {numba.__version__}"
    )
    print(f"\n{'':46} {'niche, ms':>10} {'other, ms':>12} {'ratio':>10}  relative error: niche, other")
    ensembles(*((1, 20) if quick else (5, 100)))
    against_bone_models(1 if quick else 5)
    print()
    starts(2 if quick else 5)


if __name__ == "__main__":
    main()
