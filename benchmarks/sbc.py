"""Simulation-based calibration of the fit, on small models with the likelihood and the sampler of the real one.

    python benchmarks/sbc.py --sets 300 --out scratch/sbc.csv      # half an hour of processor

Truths are drawn from the prior, data from the truths, and the fit is asked where the truth lies in its posterior: over
many data sets that is uniform if likelihood, prior, slopes and sampler belong together (Talts et al. 2018,
arXiv:1804.06788; log likelihood as a further quantity: Modrak et al. 2023, doi:10.1214/23-BA1404). Whole ECDFs are
judged as by Säilynoja et al. 2022 (doi:10.1007/s11222-022-10090-6). In half of the sets the first gain is off:
the posterior probability of the mechanism is then right as often as it says, and D, the sum of left-out densities by
which a mechanism is judged, has a side. What is done is kept in the file; the same command goes on.
"""

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from toys import TOYS, Toy

from niche.inference.blocks import CLASSES
from niche.inference.left_out import by_weights, difference
from niche.inference.sampler import BLOCK, ROUNDS, advance, begin

WALKERS, BLOCKS = 24, 10
LIKELIHOOD = "log likelihood"
_PROPOSED = 1000  # points of an importance sample
_WIDER = 1.3  # its covariance, against that of the chains
_FREEDOM = 5.0


class Sample(NamedTuple):
    """chain (steps, walkers, k) of one fit; ends (m, k): so far apart that they count as independent."""

    chain: np.ndarray
    ends: np.ndarray


def sample(toy: Toy, seed: Sequence[int], walkers: int = WALKERS, blocks: int = BLOCKS) -> Sample:
    """A posterior by the sampler of `niche fit`, begun at draws of the prior; learning is thrown away."""
    k = len(toy.names)
    state = begin([np.zeros(k)], [np.eye(k)], walkers, seed)
    chains = []
    for i in range(ROUNDS + blocks):
        state, block = advance(toy, state)
        chains += [block["chain"]] if i >= ROUNDS else []
    chain = np.concatenate(chains)
    return Sample(chain, chain[BLOCK - 1 :: BLOCK].reshape(-1, k))


class Drawn(NamedTuple):
    """A truth and what the papers print of it. on: whether the first gain is at work."""

    on: bool
    scores: np.ndarray
    toy: Toy


def drawn(toy: Toy, seed: Sequence[int]) -> Drawn:
    """A model, half of the time without the first gain, a truth of its prior, and data; all rows "no effect" hold."""
    random = np.random.default_rng(seed)
    while True:
        on = bool(random.uniform() < 0.5)
        model = toy if on else toy.without((0,))
        scores = model.truth(random)
        if scores is not None:
            return Drawn(on, scores, model.data(scores, seed))


def pits(one: Drawn, ends: np.ndarray, seed: Sequence[int]) -> dict[str, float]:
    """Where the truth lies among draws, by quantity: uniform on 0 to 1 if all is well. Ties are broken at random."""
    random = np.random.default_rng([*seed, 1])
    wanted = [*range(len(one.toy.active)), *one.toy.used]
    found = {one.toy.names[i]: _pit(one.scores[i], ends[:, i], random) for i in wanted}
    density = one.toy.slopes()
    truth = float(density.likelihood(one.scores[None])[0])
    found[LIKELIHOOD] = _pit(truth, density.likelihood(ends), random)
    return found


def _pit(truth: float, draws: np.ndarray, random: np.random.Generator) -> float:
    below, same = int((draws < truth).sum()), int((draws == truth).sum())
    return (below + random.uniform() * (same + 1)) / (len(draws) + 1)


def log_evidence(toy: Toy, chain: np.ndarray, seed: Sequence[int]) -> tuple[float, float]:
    """Log marginal likelihood by an importance sample about the chain (steps, walkers, k), and its error.

    Spreads that no paper has are integrated out by leaving them alone: their prior is their posterior.
    """
    from scipy.stats import multivariate_t, norm

    wanted = [*range(len(toy.active)), *toy.used]
    known = chain.reshape(-1, chain.shape[2])[:, wanted]
    shape = _WIDER * np.cov(known.T).reshape(len(wanted), -1)
    proposal = multivariate_t(known.mean(axis=0), shape, df=_FREEDOM, seed=np.random.default_rng([*seed, 2]))
    points = np.asarray(proposal.rvs(_PROPOSED)).reshape(_PROPOSED, -1)
    scores = np.zeros((_PROPOSED, len(toy.names)))
    scores[:, wanted] = points
    log = toy.slopes().likelihood(scores) + norm.logpdf(points).sum(axis=1) - proposal.logpdf(points)
    top = log.max()
    weights = np.exp(log - top)
    return float(top + np.log(weights.mean())), float(weights.std() / weights.mean() / np.sqrt(_PROPOSED))


def replicate(toy: Toy, seed: Sequence[int]) -> dict[str, float]:
    """One data set, fitted with and without the first gain: PITs under the true model, P(mechanism), D."""
    one = drawn(toy, seed)
    models = {"with": one.toy.without(()), "without": one.toy.without((0,))}
    fits = {name: sample(model, [*seed, 3]) for name, model in models.items()}
    found = {"on": float(one.on), **pits(one, fits["with" if one.on else "without"].ends, seed)}
    evidence = {name: log_evidence(models[name], fits[name].chain, seed) for name in models}
    found["P"] = float(1 / (1 + np.exp(evidence["without"][0] - evidence["with"][0])))
    left = {}
    for name, model in models.items():
        scores = fits[name].chain.reshape(-1, len(model.names))
        told = model.slopes().papers(scores)
        plain = {paper: all(a.kind != "number" for a in model.atoms if a.paper == paper) for paper in told}
        left[name] = {paper: by_weights(log, plain[paper]) for paper, log in told.items()}
    d = difference(left["with"], left["without"], list(left["with"]))
    return found | {"D": d.D, "se": d.se, "error": d.error, "fine": float(d.fine)}


class Uniform(NamedTuple):
    """n; p of chi-square in ten bins; p of the whole ECDF; shares within the middle 50 % and 90 %."""

    n: int
    p: float
    ecdf: float
    half: float
    ninety: float


def uniform(values: Sequence[float]) -> Uniform:
    """Whether values between 0 and 1 look uniform."""
    from scipy.stats import chisquare

    x = np.asarray(values)
    counts = np.histogram(x, 10, (0.0, 1.0))[0]
    usual = _usual_depths(len(x))
    half, ninety = (float((np.abs(x - 0.5) <= share / 2).mean()) for share in (0.5, 0.9))
    return Uniform(len(x), float(chisquare(counts).pvalue), float((usual <= _depth(x[None])[0]).mean()), half, ninety)


def _depth(x: np.ndarray) -> np.ndarray:
    """How unlikely the ECDF of each line (m, n) is where it is least likely: Säilynoja et al. 2022, equation 9.

    ArviZ has this band, too, in a module that needs more packages than the fit does.
    """
    from scipy.special import bdtr

    n = x.shape[1]
    at = np.arange(1, n) / n
    counts = np.stack([np.searchsorted(np.sort(line), at, side="right") for line in x]).astype(float)
    above = np.where(counts > 0, 1 - bdtr(np.maximum(counts - 1, 0), n, at), 1.0)
    return np.asarray(np.minimum(bdtr(counts, n, at), above).min(axis=1))


@lru_cache(maxsize=8)
def _usual_depths(n: int) -> np.ndarray:
    return _depth(np.random.default_rng(214).uniform(size=(4000, n)))


def calibrated(on: Sequence[float], p: Sequence[float]) -> float:
    """How far the models that were true are from the probabilities that they were given: standard normal if right."""
    chance = np.asarray(p)
    return float((np.asarray(on) - chance).sum() / np.sqrt((chance * (1 - chance)).sum()))


def report(name: str, rows: Sequence[Mapping[str, float]]) -> str:
    """What was found for a toy, as lines of a table for the page."""
    lines = [f"\n{name}: {len(rows)} data sets"]
    for key in [k for k in rows[0] if k in (LIKELIHOOD,) or k.split(":")[0] == "spread" or k.startswith("gain")]:
        u = uniform([row[key] for row in rows if not np.isnan(row[key])])
        lines.append(f"| {key} | {u.n} | {u.p:.2f} | {u.ecdf:.2f} | {u.half:.0%} | {u.ninety:.0%} |")
    on, p, d = (np.array([row[key] for row in rows]) for key in ("on", "P", "D"))
    lines.append(f"P(mechanism) against truth: z = {calibrated(on, p):.2f}")
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.7), (0.7, 0.9), (0.9, 1.01)):
        here = (p >= low) & (p < high)
        if here.any():
            lines.append(f"  said {p[here].mean():.2f}: true in {on[here].mean():.2f} of {here.sum()}")
    for true in (1, 0):
        some = d[on == true]
        lines.append(
            f"D, mechanism {'on' if true else 'off'}: {some.mean():.2f} +- {some.std() / len(some) ** 0.5:.2f}"
        )
    for least in (0.0, 2.0):
        here = d > least
        lines.append(f"D > {least:g}: mechanism on in {on[here].mean():.2f} of {here.sum()}")
    lines.append(f"D < 0: mechanism off in {1 - on[d < 0].mean():.2f} of {(d < 0).sum()}")
    fine = np.array([row["fine"] for row in rows])
    lines.append(f"weights within their bars for every paper in {fine.mean():.0%}")
    return "\n".join(lines)


def columns() -> list[str]:
    """Of the file."""
    names = [*(f"gain {i + 1}" for i in range(3)), *(f"spread: {name}" for name in CLASSES), LIKELIHOOD]
    return ["toy", "set", "on", *names, "P", "D", "se", "error", "fine"]


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("--sets", type=int, default=300, help="data sets of each model")
    parser.add_argument("--out", type=Path, default=Path("scratch/sbc.csv"), help="where they are kept")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    done = list(csv.DictReader(given.out.open())) if given.out.exists() else []
    have = {(row["toy"], int(row["set"])) for row in done}
    with given.out.open("a", newline="") as file:
        writer = csv.DictWriter(file, columns(), restval="nan")
        if not done:
            writer.writeheader()
        for i in range(given.sets):
            for t, make in enumerate(TOYS):
                toy = make()
                if (toy.name, i) not in have:
                    writer.writerow({"toy": toy.name, "set": i, **replicate(toy, (given.seed, t, i))})
                    file.flush()
            print(f"\r{i + 1} of {given.sets}", end="", file=sys.stderr)
    rows = list(csv.DictReader(given.out.open()))
    for make in TOYS:
        toy = make()
        mine = [row for row in rows if row["toy"] == toy.name]
        kept = [*toy.keys, *(toy.names[i] for i in toy.used), LIKELIHOOD, "on", "P", "D", "fine"]
        print(report(toy.name, [{key: float(row[key]) for key in kept} for row in mine]))


if __name__ == "__main__":
    main()
