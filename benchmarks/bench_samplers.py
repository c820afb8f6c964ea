"""Which sampler gives most for a minute, on the posterior that `niche calibrate` samples.

    python benchmarks/bench_samplers.py [--minutes 8] [--work scratch/calibration] [--only NAME ...]

Needs the extra `calibration`, and what `niche calibrate` left in its folder: all samplers begin at points that it has
sampled and know its covariance, so that what is compared is how they move from there. zeus-mcmc and pints are compared
too where they are installed (pip install zeus-mcmc pints); niche itself never needs them. A gradient costs a few runs
(the first line says how many): compare effective samples for each minute.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from niche.inference.calibration import Objective, fitted_keys, fitted_rows
from niche.inference.checkpoint import Arrays
from niche.inference.depends import chain_key, density_parts
from niche.inference.diagnostics import autocorrelation, diagnose
from niche.inference.manifest import APART
from niche.inference.sampler import Trajectories
from niche.inference.search import Optimum, good, responsive
from niche.params.records import root


class Density:
    """Log posterior of scores (n, k), which counts the runs of the model and knows when to stop."""

    def __init__(self, objective: Objective, minutes: float) -> None:
        self.objective, self.seconds = objective, 60 * minutes
        self.runs, self.began = 0, time.process_time()

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        self.runs += len(np.atleast_2d(scores))
        return self.objective.log_posterior(scores)

    @property
    def over(self) -> bool:
        return time.process_time() - self.began > self.seconds


def _emcee(density: Density, first: np.ndarray, moves: Any, value: Callable, steps: int) -> np.ndarray:
    import emcee

    sampler = emcee.EnsembleSampler(*first.shape, value, moves=moves, vectorize=True)
    state = emcee.State(first, random_state=np.random.RandomState(1).get_state())
    while not density.over:
        state = sampler.run_mcmc(state, steps, skip_initial_state_check=True)
    return sampler.get_chain()


def _crowd(state: Arrays) -> np.ndarray:
    """More than twice as many points as parameters, of those that the calibration has sampled."""
    k, seen = state["coords"].shape[1], np.unique(state["seen"], axis=0)
    return np.random.default_rng(1).permutation(seen)[: 2 * k + 2]


class _Counted:
    """The parts of a density, which count as runs by their share of all."""

    def __init__(self, density: Density) -> None:
        self._density, self._inner = density, density.objective.slopes()
        self.names = self._inner.names

    def parts(self, scores: np.ndarray, wanted: Sequence[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
        some = 1.0 if wanted is None else len(wanted) / len(self.names)
        self._density.runs += round(some * len(scores))
        return self._inner.parts(scores, wanted)


def trajectories(density: Density, state: Arrays) -> np.ndarray:
    """emcee, Hamiltonian trajectories on the adjoint's gradient: what `niche calibrate` does."""
    from emcee.moves import MHMove

    along = Trajectories(_Counted(density), (state["mean"], state["root"]), float(state["step"]), state["error"])
    return _emcee(density, state["coords"], MHMove(along), along.density, 1)


def evolution(density: Density, state: Arrays) -> np.ndarray:
    """emcee, differential evolution, with snooker, stretch and jumps between modes."""
    from emcee.moves import DEMove, DESnookerMove, StretchMove

    moves = [(DEMove(), 0.6), (DEMove(gamma0=1.0), 0.1), (DESnookerMove(), 0.2), (StretchMove(), 0.1)]
    return _emcee(density, _crowd(state), moves, density, 5)


def zeus(density: Density, state: Arrays) -> np.ndarray:
    """zeus, ensemble slice sampling."""
    import zeus as package

    place, chains = _crowd(state), []
    np.random.seed(1)  # noqa: NPY002 (zeus draws from the global generator)
    while not density.over:
        sampler = package.EnsembleSampler(*place.shape, density, vectorize=True, verbose=False)
        sampler.run_mcmc(place, 5, progress=False)
        chains.append(sampler.get_chain())
        place = chains[-1][-1]
    return np.concatenate(chains)


def adaptive(density: Density, state: Arrays) -> np.ndarray:
    """PINTS, adaptive-covariance Metropolis of Haario and Bardenet, independent chains run side by side."""
    import pints

    np.random.seed(1)  # noqa: NPY002 (PINTS draws from the global generator)
    place = state["coords"]
    covariance = state["root"] @ state["root"].T * 2.38**2 / place.shape[1]
    chains = [pints.HaarioBardenetACMC(x, covariance) for x in place]
    for chain in chains:
        chain.set_initial_phase(False)
    found = []
    while not density.over:
        asked = np.array([chain.ask() for chain in chains])
        values = density(asked)
        found.append([chain.tell(float(v))[0].copy() for chain, v in zip(chains, values, strict=True)])
    return np.array(found)


SAMPLERS: dict[str, Callable[[Density, Arrays], np.ndarray]] = {
    f.__name__: f for f in (trajectories, evolution, zeus, adaptive)
}


def prepare(work: Path) -> tuple[Objective, Arrays]:
    """The sampled part of the posterior, and the last calibration's first ensemble: where it is and how it moves."""
    found = sorted(work.glob("*/state-0.npz"), key=lambda file: file.stat().st_mtime)
    if not found:
        raise SystemExit(f"{work} holds no calibration that has learnt how to move: run `niche calibrate` first")
    folder = found[-1].parent
    rows = fitted_rows()
    objective = Objective(fitted_keys(rows), rows, threads=1)
    key = chain_key(density_parts(rows, objective.keys, APART))
    if json.loads((folder / "settings.json").read_text()).get("chain") != key:
        raise SystemExit(f"{folder} belongs to other rows, priors or equations: run `niche calibrate` first")
    loaded = [np.load(file) for file in sorted(folder.glob("optimum-*.npz"))]
    optima = good([Optimum(one["scores"], float(one["cost"]), float(one["rows"])) for one in loaded])
    seen = responsive(np.stack([objective.jacobian(optimum.scores) for optimum in optima]))
    part = objective.only([key for key, yes in zip(objective.keys, seen, strict=True) if yes])
    blocks = [np.load(file)["chain"] for file in sorted(folder.glob("block-0-*.npz"))]
    return part, dict(np.load(found[-1])) | {"seen": np.concatenate(blocks).reshape(-1, len(part.keys))}


def price(part: Objective, points: np.ndarray) -> float:
    """Seconds of a log density with its gradient over seconds of one without, both for all points at once."""
    slopes = part.slopes()
    slopes(points), part.log_posterior(points)  # compiled on first use
    seconds = []
    for function in (slopes, part.log_posterior):
        began = time.process_time()
        function(points)
        seconds.append(time.process_time() - began)
    return seconds[0] / seconds[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=8, help="of the processor, for each sampler")
    parser.add_argument("--work", type=Path, default=root().parent / "scratch" / "calibration", help="of a calibration")
    parser.add_argument("--only", nargs="+", choices=list(SAMPLERS), default=list(SAMPLERS))
    given = parser.parse_args()
    part, state = prepare(given.work)
    print(f"{len(part.keys)} parameters, {len(part.rows)} rows")
    print(f"a gradient costs {price(part, state['coords']):.1f} runs; by differences {len(part.keys)}")
    print("\n| sampler | walkers | steps | model runs | ESS per CPU minute | autocorrelation | per 1000 runs |")
    print("|---|---|---|---|---|---|---|")
    for name in given.only:
        density = Density(part, given.minutes)
        try:
            chain = SAMPLERS[name](density, state)
        except ImportError as error:
            print(f"| {name} | not installed: {error.name} |")
            continue
        minutes = (time.process_time() - density.began) / 60
        chains = chain.transpose(1, 0, 2)
        bulk = [r["ess_bulk"] for r in diagnose(chains[None], part.keys, len(chains)).values()]
        times = [autocorrelation(chains[:, :, i]) for i in range(len(part.keys))]
        steps, walkers = chain.shape[:2]
        each = 1000 * steps * walkers / density.runs / np.median(times)
        print(
            f"| {name} | {walkers} | {steps} | {density.runs} | {min(bulk) / minutes:.0f} | "
            f"{np.median(times):.0f} to {max(times):.0f} steps | {each:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
