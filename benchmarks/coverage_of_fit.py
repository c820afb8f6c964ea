"""Coverage of the fit of the whole model: data sets drawn from the likelihood, each fitted as the measured one is.

    python benchmarks/coverage_of_fit.py --sets 20 --minutes 60      # nights; what is done is kept

Truths are drawn from the prior given that the rows which papers print as "no effect" come out so: that is a fit of
those rows alone, the first thing done. Of papers with many rows that are no numbers only as many are simulated as count
whole (`niche.inference.simulated`). For each data set one line a parameter goes to coverage.csv, with the share of
draws below the truth: over parameters and sets a tenth should lie outside 5 % to 95 %.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from niche.atoms.records import Atom
from niche.inference.blocks import CLASSES, spreads
from niche.inference.checkpoint import Store
from niche.inference.diagnostics import NotConverged
from niche.inference.fit import blocks_of, kept_chains
from niche.inference.fitting import opened
from niche.inference.joint import JointObjective, informing
from niche.inference.joint_fit import fit_jointly
from niche.inference.simulated import simulate, thinned

COLUMNS = ("set", "parameter", "truth", "below", "mean", "sd", "converged")
_C = len(CLASSES)


def chains_of(objective: JointObjective, store: Store, given: argparse.Namespace) -> tuple[np.ndarray, bool]:
    """Draws (m, k) of a fit, and whether it has converged; those that there are when its minutes are over."""
    try:
        found = fit_jointly(
            objective,
            store,
            starts=given.starts,
            walkers=given.walkers,
            steps=100_000,
            minutes=given.minutes,
            seed=given.seed,
            workers=given.workers,
        )
    except NotConverged as why:
        print(f"not converged, taken as it is: {str(why).splitlines()[0]}", file=sys.stderr)
        blocks = blocks_of(store)
        if not all(blocks):
            raise SystemExit("nothing was sampled in these minutes; give more, and it goes on") from why
        chains, _ = kept_chains(blocks)
        return chains.reshape(-1, chains.shape[3]), False
    return found.chains.reshape(-1, found.chains.shape[3]), True


def truth_of(objective: JointObjective, draws: np.ndarray, seed: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Scores (k,) of a draw at which every arm can be solved, and what the model says there (atoms,)."""
    random, slopes = np.random.default_rng(seed), objective.slopes()
    while True:
        scores = draws[random.integers(len(draws))]
        f = slopes.effects(scores[None])[0]
        if np.isfinite(f).all():
            return scores, f


def data_set(
    atoms: Sequence[Atom], keys: Sequence[str], draws: np.ndarray, number: int, given: argparse.Namespace
) -> tuple[JointObjective, Store, np.ndarray]:
    """The objective of a simulated data set, where its fit is kept, and the truth; the same when called again."""
    measured = JointObjective(atoms, keys)
    store, _ = opened(measured, given.work / "sets", number=number, seed=given.seed, walkers=given.walkers)
    if (kept := store.load("truth")) is None:
        scores, f = truth_of(measured, draws, (given.seed, number))
        kept = {"scores": scores, "f": f}
        store.save("truth", kept)
    tau, _ = spreads(kept["scores"][None, -_C:])
    told = simulate(atoms, kept["f"], tau[0], (given.seed, number))
    return JointObjective(told, keys), store, kept["scores"]


def lines_of(number: int, names: Sequence[str], truth: np.ndarray, draws: np.ndarray, converged: bool) -> list[list]:
    """Of the table, one a parameter."""
    below, mean, sd = (draws < truth).mean(axis=0), draws.mean(axis=0), draws.std(axis=0)
    return [
        [number, name, f"{truth[i]:.5g}", f"{below[i]:.4f}", f"{mean[i]:.5g}", f"{sd[i]:.5g}", converged]
        for i, name in enumerate(names)
    ]


def report(file: Path) -> str:
    """Shares of truths within the middle 50 % and 90 % of their posteriors: all, and those that data moved."""
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    below = np.array([float(row["below"]) for row in rows])
    moved = np.array([float(row["sd"]) < 0.8 for row in rows])
    said = [f"{len({row['set'] for row in rows})} data sets"]
    for name, some in (("all parameters", below), ("posterior narrower than 0.8 of the prior", below[moved])):
        half, ninety = ((np.abs(some - 0.5) <= share / 2).mean() for share in (0.5, 0.9))
        said.append(f"{name}: {half:.1%} within 50 %, {ninety:.1%} within 90 % ({len(some)} truths)")
    return "\n".join(said)


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("--sets", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=60.0, help="of each fit")
    parser.add_argument("--starts", type=int, default=8)
    parser.add_argument("--walkers", type=int, default=24)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--papers", type=int, default=0, help="only so many papers, to try it out; 0 for all")
    parser.add_argument("--work", type=Path, default=Path("scratch/coverage"))
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    atoms: Sequence[Atom] = informing()
    if given.papers:
        some = list(dict.fromkeys(atom.animals for atom in atoms))[: given.papers]
        atoms = [atom for atom in atoms if atom.animals in some]
    atoms = [atoms[i] for i in thinned(atoms, (given.seed,))]
    whole = JointObjective(atoms)
    silent = JointObjective([atom for atom in atoms if atom.kind == "no effect"], whole.keys)
    store, _ = opened(silent, given.work / "truths", seed=given.seed, walkers=given.walkers)
    draws, _ = chains_of(silent, store, given)
    file = given.work / "coverage.csv"
    done = {int(row["set"]) for row in csv.DictReader(file.open(encoding="utf-8"))} if file.exists() else set()
    for number in range(given.sets):
        if number in done:
            continue
        objective, kept, truth = data_set(atoms, whole.keys, draws, number, given)
        found, converged = chains_of(objective, kept, given)
        lines = lines_of(number, objective.names, truth, found, converged)
        with file.open("a", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerows([COLUMNS, *lines] if not done else lines)
        done.add(number)
    print(report(file))


if __name__ == "__main__":
    main()
