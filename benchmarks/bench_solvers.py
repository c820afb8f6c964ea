"""The full model against other solvers at equal error, and what many hosts cost; ratios, and a figure.

    python benchmarks/bench_solvers.py [--quick] [--draw]

Needs the extra `bench` (libroadrunner, antimony, CyRK). Times are processor seconds of this process, so that others on
the machine hardly count; the contestants take turns. Each is run at a row of tolerances, its error is measured against
niche at 1e-12 (which a rival at 1e-12 confirms), and its time at an error of 1e-6 is read between them. `--draw` draws
the figure from the numbers of the last run.
"""

import argparse
import csv
import os
import platform
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import bench_core
import numpy as np
import rivals
from scipy.integrate import odeint, solve_ivp

import niche
from niche.experiment.solution import ATOL, MODEL
from niche.model.state import Inputs, Parameters, State
from niche.solver.solving import Problem, solve

FIGURES = Path(__file__).parent / "figures"
EQUAL = 1e-6  # the error at which times are compared
SEEN = [State._fields.index(name) for name in ("OBp", "OBa", "OCa", "BV", "tumour", "PTHrP", "vessels")]
_MANY = 200  # hosts that niche is timed on: what an ensemble is
Method = Callable[[float, int], np.ndarray]  # tolerance, host -> states at the read-outs


def clock(call: Callable[[], object]) -> tuple[float, object]:
    began = time.process_time()
    found = call()
    return time.process_time() - began, found


def off(found: np.ndarray, exact: np.ndarray) -> float:
    """Largest relative error over read-outs and what is looked at (floor: 1e-3 of rest, for burdens 1e-6)."""
    floor = np.where(np.array(SEEN) == State._fields.index("tumour"), 1e-6, 1e-3)
    return float(np.max(np.abs(found - exact)[:, SEEN] / np.maximum(np.abs(exact)[:, SEEN], floor)))


def contestants(case: Problem, hosts: int) -> dict[str, Method]:
    """Every other solver of one host; for protocols with one event, at the start."""
    import roadrunner
    from CyRK import pysolve_ivp
    from numba import njit

    held, slope = rivals.right_hand_side()
    first = case.start + case.jumps[:, 0]
    kept = [held(case.inputs[j, 0].copy(), case.parameters[j].copy()) for j in range(hosts)]
    span = (0.0, float(case.end))

    def forward(t: float, y: np.ndarray, c: np.ndarray) -> np.ndarray:
        return slope(np.maximum(y, 0.0), c)

    def by_lsoda(rtol: float, j: int) -> np.ndarray:
        atol = ATOL * rtol / 1e-6
        run = solve_ivp(forward, span, first[j], "LSODA", case.times, args=(kept[j],), rtol=rtol, atol=atol)
        return run.y.T

    def by_odeint(rtol: float, j: int) -> np.ndarray:
        atol = ATOL * rtol / 1e-6
        return odeint(forward, first[j], case.times, (kept[j],), rtol=rtol, atol=atol, mxstep=10**6, tfirst=True)

    @njit
    def numbered(t, y, c):
        return slope(y, c)

    def by_cyrk(method: str, rtol: float, j: int) -> np.ndarray:
        run = pysolve_ivp(
            numbered, span, first[j], method, case.times, args=(kept[j],), rtol=rtol, atol=ATOL * rtol / 1e-6
        )
        return np.asarray(run.y).T

    roadrunner.Config.setValue(roadrunner.Config.LLVM_BACKEND, roadrunner.Config.LLJIT)
    names = [f"y_{name}" for name in State._fields]
    runners = []
    for j in range(hosts):
        text = rivals.sbml(Inputs(*map(float, case.inputs[j, 0])), Parameters(*map(float, case.parameters[j])))
        runner = roadrunner.RoadRunner(text)
        runner.timeCourseSelections = ["time", *names]
        runners.append(runner)

    def by_roadrunner(stiff: bool, rtol: float, j: int) -> np.ndarray:
        runner = runners[j]
        runner.reset()
        for name, value in zip(names, first[j], strict=True):
            runner[name] = float(value)
        integrator = runner.getIntegrator()
        integrator.relative_tolerance, integrator.absolute_tolerance = rtol, rtol * 1e-7  # as the tumour's in niche
        integrator.stiff, integrator.maximum_num_steps = stiff, 10**6
        return np.array(runner.simulate(0, case.end, len(case.times)))[:, 1:]

    return {
        "SciPy solve_ivp, LSODA": by_lsoda,
        "SciPy odeint, LSODA": by_odeint,
        "CyRK pysolve_ivp, RK45": partial(by_cyrk, "RK45"),
        "CyRK pysolve_ivp, DOP853": partial(by_cyrk, "DOP853"),
        "libRoadRunner, CVODE BDF": partial(by_roadrunner, True),
        "libRoadRunner, CVODE Adams": partial(by_roadrunner, False),
    }


def precision(name: str, protocol: niche.Protocol, hosts: int, turns: int) -> list[dict[str, object]]:
    """Milliseconds per host, and the largest error of some hosts, of every method at a row of tolerances."""
    mice = niche.hosts("mouse", tumour="MDA-231-luc", draws=_MANY, seed=1)
    case = bench_core.problem(mice, protocol, np.linspace(0, protocol.days, 5))
    few = bench_core.first(case, hosts)
    exact = solve(MODEL, few, "explicit", 1e-12, ATOL * 1e-6, 1)[0]
    others = contestants(case, hosts)
    check = max(off(others["CyRK pysolve_ivp, DOP853"](1e-12, j), exact[j]) for j in range(hosts))
    print(f"{name}: two methods at 1e-12 agree to {check:.0e}", flush=True)
    methods: dict[str, Callable[[float], tuple[float, float]]] = {}

    def ours(part: Problem, rtol: float) -> tuple[float, float]:
        used, (found, _, _) = clock(lambda: solve(MODEL, part, "explicit", rtol, ATOL * rtol / 1e-6, 1))
        n = min(hosts, len(found))
        return used / len(found), max(off(found[j], exact[j]) for j in range(n))

    def theirs(run: Method, rtol: float) -> tuple[float, float]:
        timed = []
        for j in range(hosts):
            try:
                used, found = clock(lambda j=j: run(rtol, j))
                timed.append((used, off(np.asarray(found), exact[j]) if np.shape(found) == exact[j].shape else np.inf))
            except RuntimeError:  # it gave up
                timed.append((np.nan, np.inf))
        return float(np.nanmean([t for t, _ in timed])), max(e for _, e in timed)

    methods[f"niche, {_MANY} hosts together"] = partial(ours, case)
    methods["niche, one host alone"] = partial(ours, bench_core.first(case, 1))
    methods |= {label: partial(theirs, run) for label, run in others.items()}
    for run in methods.values():
        run(1e-4)  # whatever is compiled late
    tolerances = [10.0**-k for k in (4, 5, 6, 7, 8, 9, 10)]
    found = {(label, rtol): [] for label in methods for rtol in tolerances}
    for _ in range(turns):
        for rtol in tolerances:
            for label, run in methods.items():
                found[label, rtol].append(run(rtol))
    return [
        {
            "problem": name,
            "method": label,
            "rtol": rtol,
            "ms_per_host": 1e3 * float(np.median([t for t, _ in pairs])),
            "error": pairs[0][1],
        }
        for (label, rtol), pairs in found.items()
    ]


def at_equal_error(rows: list[dict[str, object]], name: str) -> dict[str, float]:
    """Milliseconds per host at an error of 1e-6, on straight lines between logarithms; the least; nan: never."""
    found = {}
    for label in dict.fromkeys(row["method"] for row in rows if row["problem"] == name):
        mine = [row for row in rows if (row["problem"], row["method"]) == (name, label)]
        numbers = [(float(str(r["error"])), float(str(r["ms_per_host"]))) for r in mine]
        points = [(np.log(e), np.log(ms)) for e, ms in numbers if np.isfinite(e)]
        times = [np.exp(t) for e, t in points if e <= np.log(EQUAL)]
        for (e0, t0), (e1, t1) in pairwise(points):
            if (e0 - np.log(EQUAL)) * (e1 - np.log(EQUAL)) < 0:
                times.append(np.exp(t0 + (t1 - t0) * (np.log(EQUAL) - e0) / (e1 - e0)))
        found[str(label)] = float(min(times)) if times else float("nan")
    return found


def many(sizes: list[int]) -> list[dict[str, object]]:
    """Processor and wall seconds of `niche.experiment.simulation`, end points only, all observables, in pieces of
    10,000 hosts."""
    rows: list[dict[str, object]] = []
    protocol = niche.Protocol(28).seed("intracardiac")
    niche.simulate(niche.hosts("mouse", tumour="MDA-231-luc", draws=9, posterior="prior"), protocol, at=[28])
    for size in sizes:
        began, used = time.perf_counter(), time.process_time()
        for low in range(0, size, 10_000):
            part = niche.hosts(
                "mouse", tumour="MDA-231-luc", draws=min(10_000, size - low), seed=low, posterior="prior"
            )
            niche.simulate(part, protocol, at=[28])
        row = {"hosts": size, "processor_s": time.process_time() - used, "wall_s": time.perf_counter() - began}
        rows.append({**row, "extrapolated": 0})
        print(
            f"{size:>9,} hosts: {row['processor_s']:.2f} s of processor, {row['wall_s']:.2f} s by the clock", flush=True
        )
    last = rows[-1]
    for size in (s for s in (10**5, 10**6) if s > sizes[-1]):
        scale = size / int(str(last["hosts"]))
        times = {key: float(str(last[key])) * scale for key in ("processor_s", "wall_s")}
        rows.append({"hosts": size, **times, "extrapolated": 1})
    return rows


def host_years(n: int) -> None:
    """n hosts with a tumour for a year, at relative tolerance 1e-6, on all cores."""
    mice = niche.hosts("mouse", tumour="MDA-231-luc", draws=1000, seed=1)
    case = bench_core.problem(mice, niche.Protocol(365).seed("intracardiac"), np.array([365.0]))
    times = -(-n // 1000)
    case = case._replace(
        **{f: np.concatenate([getattr(case, f)] * times)[:n] for f in ("start", "parameters", "inputs", "jumps")}
    )
    began, used = time.perf_counter(), time.process_time()
    _, status, steps = solve(MODEL, case, "auto", 1e-6, ATOL, os.cpu_count())
    used, wall = time.process_time() - used, time.perf_counter() - began
    print(f"{n:,} host-years (mouse with a tumour): {used:.1f} s of processor, so {used / 2:.1f} s on two free cores;")
    print(
        f"  {wall:.1f} s by the clock; {steps.mean():.0f} steps a host; {np.count_nonzero(status)} failed", flush=True
    )


def write(file: Path, rows: list[dict[str, object]]) -> None:
    FIGURES.mkdir(exist_ok=True)
    with (beside := file.with_suffix(".tmp")).open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows({k: f"{v:.4g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    beside.replace(file)


def read(file: Path) -> list[dict[str, object]]:
    with file.open(encoding="utf-8") as lines:
        return [dict(row) for row in csv.DictReader(lines)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer hosts, turns and sizes")
    parser.add_argument("--draw", action="store_true", help="only draw the figure again")
    asked = parser.parse_args()
    if not asked.draw:
        print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
        hosts, turns = (2, 1) if asked.quick else (3, 2)
        problems = {"28 days": niche.Protocol(28), "a year": niche.Protocol(365)}
        rows: list[dict[str, object]] = []
        for name, protocol in problems.items():
            rows += precision(name, protocol.seed("intracardiac"), hosts, turns)
            times = at_equal_error(rows, name)
            ours = times[f"niche, {_MANY} hosts together"]
            for label, ms in times.items():
                print(
                    f"  {name:<8} {label:<28} {ms:9.3f} ms per host at an error of 1e-6 {ms / ours:9.1f}x", flush=True
                )
        write(FIGURES / "precision.csv", rows)
        host_years(1000 if asked.quick else 10_000)
        write(FIGURES / "hosts.csv", many([100, 1000] if asked.quick else [100, 1000, 10_000, 100_000]))
    from draw_solvers import draw

    draw(read(FIGURES / "precision.csv"), read(FIGURES / "hosts.csv"), FIGURES / "solvers")


if __name__ == "__main__":
    main()
