"""Which solver for the marrow slice: our finite volumes, FiPy and py-pde on one problem whose solution is known.

    python benchmarks/bench_tissue.py [--cells 100] [--turns 3]

FiPy and py-pde are no dependencies of the project: install them in an environment of their own beside niche
(`pip install fipy py-pde`). Contestants take turns in one run; a time is the median over turns, after a first turn that
compiles. The problem: share u - div(share L^2 grad u) = source on the unit square without flux, L = 0.1 and
share = 1 + cos(2 pi x)/2, whose solution is 2 + cos(pi x) cos(pi y). FiPy solves it with its default solver. py-pde
has no steady solver for a coefficient that varies: it runs the equation for ten times its slowest decay.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from niche.tissue.faces import faces
from niche.tissue.steady import operator, steady

SQUARED = 0.01
W, V = np.pi, 2 * np.pi


class Problem:
    """The problem on a grid of count x count cells."""

    def __init__(self, count: int) -> None:
        self.count = count
        middle = (np.arange(count) + 0.5) / count
        self.x, self.y = np.meshgrid(middle, middle)
        self.share = 1 + 0.5 * np.cos(V * self.x)
        wave = np.cos(W * self.x) * np.cos(W * self.y)
        bend = 0.5 * W * V * np.sin(W * self.x) * np.cos(W * self.y) * np.sin(V * self.x)
        self.truth = 2 + wave
        self.source = self.share * self.truth - SQUARED * (-2 * W**2 * self.share * wave + bend)

    def judge(self, u: np.ndarray) -> tuple[float, float]:
        """Greatest error, and what is wrong with the balance of the total."""
        return float(np.abs(u - self.truth).max()), float(abs((self.share * u).sum() / self.source.sum() - 1))


def ours(of: Problem) -> np.ndarray:
    through = faces(of.share, SQUARED, 1 / of.count)
    return steady(of.source, operator(of.share, through), np.ones_like(of.share))


def fipy(of: Problem) -> np.ndarray:
    from fipy import CellVariable, DiffusionTerm, Grid2D, ImplicitSourceTerm

    mesh = Grid2D(nx=of.count, ny=of.count, dx=1 / of.count, dy=1 / of.count)
    share = CellVariable(mesh=mesh, value=of.share.ravel())
    u = CellVariable(mesh=mesh, value=1.0)
    equation = DiffusionTerm(coeff=SQUARED * share.harmonicFaceValue) - ImplicitSourceTerm(coeff=share)
    (equation + CellVariable(mesh=mesh, value=of.source.ravel()) == 0).solve(var=u)
    return np.asarray(u.value).reshape(of.count, of.count)


def pypde(of: Problem) -> np.ndarray:
    import pde

    grid = pde.CartesianGrid([[0, 1], [0, 1]], of.count)
    share, source = pde.ScalarField(grid, of.share.T), pde.ScalarField(grid, of.source.T)
    equation = pde.PDE(
        {"u": f"{SQUARED} * (laplace(u) + dot(gradient(share), gradient(u)) / share) - u + source / share"},
        consts={"share": share, "source": source},
        bc={"derivative": 0},
    )
    step = 0.2 / (SQUARED * of.count**2) / 2
    start = pde.ScalarField(grid, 1.0)
    return np.asarray(equation.solve(start, t_range=10, dt=step, tracker=None).data).T


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--cells", type=int, default=100, help="along a side")
    given.add_argument("--turns", type=int, default=3)
    asked = given.parse_args()
    of = Problem(asked.cells)
    contestants: dict[str, Callable[[Problem], np.ndarray]] = {"niche": ours, "FiPy": fipy, "py-pde": pypde}
    times: dict[str, list[float]] = {}
    found: dict[str, tuple[float, float]] = {}
    for turn in range(asked.turns + 1):
        for name, solve in contestants.items():
            begun = time.process_time()
            try:
                u = solve(of)
            except ImportError as missing:
                print(f"{name}: {missing}")
                continue
            if turn:
                times.setdefault(name, []).append(time.process_time() - begun)
            found[name] = of.judge(u)
            print(f"turn {turn}, {name}: {time.process_time() - begun:.3f} s of processor", flush=True)
    print(f"\n{asked.cells} x {asked.cells} cells")
    for name, taken in times.items():
        error, balance = found[name]
        print(f"{name:8s} {1e3 * statistics.median(taken):10.1f} ms   error {error:.1e}   balance {balance:.0e}")


if __name__ == "__main__":
    main()
