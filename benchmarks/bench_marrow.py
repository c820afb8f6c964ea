"""The whole marrow slice by the clock: 2 x 2 mm at 10 um for 28 days, how time goes with cells, memory, and py-pde.

    python benchmarks/bench_marrow.py            # on an idle machine of two cores; some three minutes
    python benchmarks/bench_marrow.py --coarse   # 20 um alone

Goals: 60 s at 10 um and 10 s at 20 um on two cores, time in proportion to the number of cells. Each slice is run in a
process of its own, so that the memory is its own; what is compiled is compiled before the clock starts. The tumour, NGF
and sprouting are set so that much happens; nothing is fitted. At the end one equation that both can say, growth and
spread of tumour cells in open marrow, is solved by the scheme of the slice and by py-pde (no dependency of the project:
`pip install py-pde`), each beside the answer of a run with a quarter of the step and half the spacing.
"""

import argparse
import multiprocessing
import resource
import sys
import time

import numpy as np

import niche
from niche.tissue import Focus, Scenario, generate, one_host, read_numbers, run
from niche.tissue.faces import faces
from niche.tissue.transport import spread

DAYS, GROWTH, MOTILITY = 28.0, 0.3, 300.0


def scenario(size: float, spacing: float, days: float = DAYS) -> Scenario:
    numbers = read_numbers()
    hosts = niche.hosts("mouse", tumour="MDA-MB-231", draws=1, posterior="prior").with_parameters(
        growth=GROWTH, sprout=0.5, ngf_tumour=5.0, ngf_half=0.02, fibre_injury=0.3, kill=0.0
    )
    geometry = generate(numbers, size=size, spacing=spacing)
    foci = (Focus(0.6 * size, 0.5 * size, 100.0),)
    return Scenario(geometry, numbers, one_host(hosts), foci, days=days, step=0.125)


def timed(size: float, spacing: float, threads: int) -> tuple[float, float, float]:
    """Seconds by the clock, seconds of processor, and the most memory [GB] of one slice."""
    run(scenario(320.0, 20.0, 1.0), every=1, threads=threads)
    one = scenario(size, spacing)
    clock, work = time.perf_counter(), time.process_time()
    run(one, every=7, threads=threads)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1e9 if sys.platform == "darwin" else 1e6
    return time.perf_counter() - clock, time.process_time() - work, most / unit


def alone(*given: float) -> tuple[float, float, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(timed, given)


def ours(count: int, length: float, step: float) -> np.ndarray:
    """Density after `DAYS` by the slice's scheme: half a step of spread, growth, half a step of spread."""
    spacing = length / count
    room, u = np.ones((count, count)), start(count, length)
    through = faces(room, MOTILITY, spacing)
    for _ in range(round(DAYS / step)):
        u = spread(u, room, through, step / 2)
        u = u * np.exp(GROWTH * step) / (1 + u * np.expm1(GROWTH * step))
        u = spread(u, room, through, step / 2)
    return u


def pypde(count: int, length: float, step: float) -> np.ndarray:
    import pde

    grid = pde.CartesianGrid([[0, length], [0, length]], count)
    equation = pde.PDE({"u": f"{MOTILITY} * laplace(u) + {GROWTH} * u * (1 - u)"}, bc={"derivative": 0})
    found = equation.solve(pde.ScalarField(grid, start(count, length)), t_range=DAYS, dt=step, tracker=None)
    return np.asarray(found.data)


def start(count: int, length: float) -> np.ndarray:
    place = (np.arange(count) + 0.5) * length / count - length / 2
    return 0.3 * np.exp(-(place[:, None] ** 2 + place**2) / (2 * 100.0**2))


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--coarse", action="store_true", help="20 um alone")
    given.add_argument("--threads", type=int, default=2)
    asked = given.parse_args()
    grids = [(2000.0, 20.0)] if asked.coarse else [(2000.0, 20.0), (1000.0, 10.0), (1414.0, 10.0), (2000.0, 10.0)]
    print(f"{DAYS:g} days, {asked.threads} threads")
    cells, clocks = [], []
    for size, spacing in grids:
        clock, work, memory = alone(size, spacing, asked.threads)
        cells.append((size / spacing) ** 2)
        clocks.append(clock)
        took = f"{clock:6.1f} s by the clock, {work:6.1f} s of processor, {memory:.2f} GB"
        print(f"{size / 1000:.2f} mm at {spacing:g} um, {cells[-1]:7,.0f} cells: {took}", flush=True)
    if not asked.coarse:
        power = np.polyfit(np.log(cells[1:]), np.log(clocks[1:]), 1)[0]
        print(f"time goes with cells to the power {power:.2f} at 10 um (goal: 1)")
    truth = ours(400, 2000.0, 0.125 / 4).reshape(200, 2, 200, 2).mean(axis=(1, 3))
    for name, solve, step in (("ours", ours, 0.125), ("py-pde", pypde, 0.05)):
        try:
            solve(20, 2000.0, step)
            begun = time.process_time()
            found = solve(200, 2000.0, step)
        except ImportError as missing:
            print(f"{name}: {missing}")
            continue
        took, error = time.process_time() - begun, float(np.abs(found - truth).max())
        print(
            f"growth and spread alone, 200 x 200 cells, {name}: {took:.2f} s of processor, greatest error {error:.1e}"
        )


if __name__ == "__main__":
    main()
