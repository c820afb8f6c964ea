"""What the papers on CGRP cannot all be (notebook 26).

Papers say that CGRP raises bone formation or does not, lowers resorption or raises it, and feeds tumours. Three things
are asked of the fit of all papers, for those that have a measurement in the statements on CGRP of claims 10 and 17.

*Whether two camps contradict each other.* With L_A and L_B the likelihood of the rows of two sets of papers, and means
over the draws of the fit, the factor by which seeing A makes B more or less probable, all other papers known, is

    p(B | A, rest) / p(B | rest) = E[1 / (L_A L_B)] / (E[1 / L_A] E[1 / L_B]):

1 where they have nothing to do with one another, below 1 where both cannot well be. Weights are bounded for papers that
printed no number, as nearly all of these.

*Which paper has to be an exception.* Each has something of its own, d ~ normal(0, tau). Since d shifts what the model
says f, Tweedie's identity gives its posterior from the slope of the likelihood of a paper's rows by f alone, with half
of tau^2 shared by them: E[d] = tau^2 / 2 * dlog p/df, and Var[d] = tau^2 / 2 + (tau^2 / 2)^2 d2log p/df2
(Efron 2011, doi:10.1198/jasa.2011.tm11181).

*Whether all of them together are less probable than they should be*, each predicted without itself: p by
`niche.inference.predictive.together`.

The rule, before any draw was looked at: camps *contradict* each other if the factor, with two Monte Carlo errors, lies
below 1/3, and do not if it lies above with them (and neither is said where a mean rests on fewer than 200 draws' worth,
the bar for papers that are left out); a paper is an exception if what it has of its own lies on one side
with at least 0.975; all together cannot be if p is at most 0.01, as for a model that misfits (docs/verdicts.md).
"""

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from niche.atoms.records import Atom
from niche.errors import NicheError
from niche.inference.blocks import CLASSES, Blocks
from niche.inference.diagnostics import ESS, RHAT
from niche.inference.freeze import freeze_hash
from niche.inference.joint import informing
from niche.inference.left_out import LEAST_WORTH, by_weights
from niche.inference.predictive import outcomes, together
from niche.inference.shipped import FILE, drawn_of, manifest_of, read_fit
from niche.params.records import root
from niche.propositions.reading import read_propositions
from niche.propositions.votes import votes

PROPOSITIONS = ("10a", "10b", "17a")
CONTRADICT, TOGETHER, SIDE = 1 / 3, 0.01, 0.975
_STEP = 1e-3  # of a logarithm: for the second slope
_RESAMPLED = 400


class Fit(NamedTuple):
    """What the fit of all papers says of these rows.

    Attributes
    ----------
    atoms
        rows of the papers, all of each
    effects, spreads
        what the model says of them, (draws, rows), and tau of each class, (draws, classes)
    told
        by paper, log likelihood of its rows (draws,)
    chains
        (draws,) the chain of each draw, for Monte Carlo errors
    computed
        whether the fit meets its bars
    """

    atoms: tuple[Atom, ...]
    effects: np.ndarray
    spreads: np.ndarray
    told: Mapping[str, np.ndarray]
    chains: np.ndarray
    computed: bool


def papers_asked() -> dict[str, dict[str, str]]:
    """By proposition, where each paper stands to it: "for", "against", "no effect" or "mixed"; without a model.

    Left out are papers of which the model is asked nothing that the statement is about.
    """
    found = {}
    for name in PROPOSITIONS:
        one = read_propositions()[name]
        known = {atom.animals for atom in informing() if is_of(atom, one.evidence)}
        found[name] = {paper: vote.stand for vote in votes(one).votes for paper in vote.papers if paper in known}
    return found


def is_of(atom: Atom, rows: Collection[str]) -> bool:
    """Whether an atom is of one of these measurements: an order has several."""
    return atom.name in rows or atom.name.rpartition(".")[0] in rows


def read(folder: Path | None = None) -> Fit:
    """The fit, as far as it is about these papers. Raises `NicheError` if it is missing or of another freeze."""
    tree: Any = read_fit((folder or root()) / "posterior" / FILE, freeze_hash())
    drawn, made = drawn_of(tree), manifest_of(tree)
    every = informing()
    papers = sorted({paper for said in papers_asked().values() for paper in said} & set(drawn.papers))
    places = [j for j, atom in enumerate(every) if atom.animals in papers]
    parts = drawn.flat()[1]

    def flat(group: str, name: str) -> np.ndarray:
        values = tree[group][name].values.astype(float)
        return np.asarray(values.reshape(-1, values.shape[-1]))

    chains, draws, _ = drawn.scores.shape
    return Fit(
        tuple(every[j] for j in places),
        flat("predictions", "effect")[:, places],
        flat("posterior", "spread"),
        {name: parts[:, drawn.papers.index(name)] for name in papers},
        np.repeat(np.arange(chains), draws),
        made["rhat_max"] <= RHAT and min(made["ess_bulk_min"], made["ess_tail_min"]) >= ESS,
    )


class Factor(NamedTuple):
    """By what one set of papers makes the other more or less probable.

    Attributes
    ----------
    log
        natural logarithm of the factor
    error
        standard error of `log`
    worth
        how many draws the weights are worth that are worth least
    """

    log: float
    error: float
    worth: float

    @property
    def word(self) -> str:
        """By the rule of this module: "contradict", "do not contradict", "open", or "not computed well enough"."""
        if self.worth < LEAST_WORTH:
            return "not computed well enough"
        bar = math.log(CONTRADICT)
        if self.log + 2 * self.error < bar:
            return "contradict"
        return "do not contradict" if self.log - 2 * self.error > bar else "open"


def factor(one: np.ndarray, other: np.ndarray, chains: np.ndarray | None = None, seed: int = 1) -> Factor:
    """The factor of two sets of papers.

    Parameters
    ----------
    one, other
        log likelihood of the rows of each set (draws,), at draws of the fit of all papers
    chains
        (draws,) the chain of each; the error is that of drawing chains anew, or draws where there are none

    Raises
    ------
    NicheError
        for arrays of unlike length, or numbers that are not finite
    """
    if np.shape(one) != np.shape(other) or not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise NicheError("two sets of papers have a finite log likelihood at each of the same draws")
    logs = np.stack([-(one + other), -one, -other])  # (3, draws)
    tops = logs.max(axis=1)
    weights = np.exp(logs - tops[:, None])
    of = np.arange(len(one)) if chains is None else chains
    groups = np.unique(of, return_inverse=True)[1]
    sums = np.stack([np.bincount(groups, row) for row in weights])  # (3, groups)
    counts = np.bincount(groups).astype(float)

    def log_factor(times: np.ndarray) -> np.ndarray:
        means = np.log(times @ sums.T / (times @ counts)[:, None]) + tops
        return np.asarray(means[:, 0] - means[:, 1] - means[:, 2])

    size = len(counts)
    times = np.random.default_rng([seed, 26]).multinomial(size, np.full(size, 1 / size), _RESAMPLED).astype(float)
    worth = float((weights.sum(axis=1) ** 2 / (weights**2).sum(axis=1)).min())
    return Factor(float(log_factor(np.ones((1, size)))[0]), float(log_factor(times).std()), worth)


def camps(fit: Fit, stands: Mapping[str, str]) -> tuple[list[str], list[str], Factor] | None:
    """Papers for a statement, the others, and the factor of the two camps; None where one of them is empty."""
    yes = [paper for paper, stand in stands.items() if stand == "for" and paper in fit.told]
    no = [paper for paper, stand in stands.items() if stand != "for" and paper in fit.told]
    if not yes or not no:
        return None
    one, other = (np.sum([fit.told[paper] for paper in some], axis=0) for some in (yes, no))
    return yes, no, factor(one, other, fit.chains)


class Own(NamedTuple):
    """What a paper has of its own in one family of read-outs, a logarithm: mean, sd, probability that it is above 0."""

    paper: str
    family: str
    mean: float
    sd: float
    above: float


def own_deviations(atoms: Sequence[Atom], effects: np.ndarray, spreads: np.ndarray) -> list[Own]:
    """What each paper and family has of its own beside the model, its draws taken together.

    Parameters
    ----------
    effects, spreads
        (draws, rows), (draws, classes)
    """
    from scipy.special import ndtr

    blocks = Blocks(atoms)
    moves = np.array([0.0 if atom.linear else 1.0 for atom in atoms])  # a rate of one arm has nothing of its own
    variance = spreads[:, blocks.tau_of] ** 2 / 2  # (draws, blocks)

    def slopes(shift: float) -> np.ndarray:
        by_f = blocks(effects + shift * moves, spreads).by_f * moves
        return np.stack([by_f[:, blocks.of == block].sum(axis=1) for block in range(len(blocks.names))], axis=1)

    mean = variance * slopes(0.0)
    second = (slopes(_STEP) - slopes(-_STEP)) / (2 * _STEP)
    sd = np.sqrt(np.maximum(variance + variance**2 * second, 1e-12))
    found = []
    for block, (paper, family) in enumerate(blocks.names):
        m, s = mean[:, block], sd[:, block]
        whole = math.sqrt(float((s**2).mean() + m.var()))
        found.append(Own(paper, family, float(m.mean()), whole, float(ndtr(m / s).mean())))
    return found


def all_together(fit: Fit, seed: int = 1) -> float:
    """p of everything that these papers print in the three statements, each paper predicted without itself."""
    asked = {row for name in PROPOSITIONS for row in read_propositions()[name].evidence}
    places = [j for j, atom in enumerate(fit.atoms) if is_of(atom, asked)]
    atoms = [fit.atoms[j] for j in places]
    weights = {
        paper: by_weights(told, all(a.kind != "number" for a in fit.atoms if a.animals == paper)).weights
        for paper, told in fit.told.items()
    }
    return together(outcomes(atoms, fit.effects[:, places], fit.spreads[:, : len(CLASSES)], weights, seed), seed)
