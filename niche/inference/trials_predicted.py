"""Trials and cohorts of patients, which are in no likelihood: predicted from draws, and scored as any other paper.

A draw of the parameters gives a trial's statistic without chance (`niche.trials`, reached through the plan of its row).
Since none of these rows was used, what is predicted of them needs no weights: log p(rows | all papers of the
likelihood) is the log of a mean over draws. Where a paper has rows of both kinds, the two add up by the chain rule.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from niche.atoms.build import atoms
from niche.atoms.records import Atom
from niche.evidence.laboratory import Laboratory
from niche.evidence.papers import read_papers
from niche.frozen import Frozen
from niche.inference.blocks import Blocks
from niche.inference.direct import MOVED
from niche.inference.joint import JointObjective
from niche.inference.left_out import LeftOut
from niche.params.posterior import Posterior

BIAS, IMMORTAL = 0.15, -0.15  # sd of what a cohort has of its own, and its mean where immortal time is possible
PREDICTED = "prediction"  # how such a paper is left out
SEED = 1  # of the patients
FEWEST = 64  # draws' worth that a mean rests on; no weights towards a left-out paper are involved
KNOWN = 0.9  # share of draws whose patients have to be there


class Simulated(NamedTuple):
    """What trials would give.

    Attributes
    ----------
    effects
        logarithms (n, rows); NaN where patients could not be simulated
    chance
        share of the variance between draws that was the chance of few patients and was taken off, (rows,); or NaN
    """

    effects: np.ndarray
    chance: np.ndarray


@lru_cache(maxsize=1)
def predicted_rows() -> tuple[Atom, ...]:
    """The atoms that are in no likelihood, since trials are simulated for them."""
    return tuple(atom for atom in atoms() if atom.experiment is None)


def simulate(
    objective: JointObjective,
    scores: np.ndarray,
    changes: Mapping[str, float] | None = None,
    rows: Sequence[Atom] | None = None,
) -> Simulated:
    """The statistics of trials and cohorts at scores (n, k) of the parameters and spreads.

    Parameters
    ----------
    objective
        says which score is whose; parameters that it does not fit are drawn from their priors, as patients differ
    changes
        parameters set for every patient
    rows
        which; None: all of `predicted_rows`
    """
    values = objective.complete(scores).draws
    posterior = Posterior(Frozen({key: values[key] for key in objective.keys}))
    lab = Laboratory(len(scores), SEED, posterior, {**objective.changes, **(changes or {})}, workers=1)
    rows = predicted_rows() if rows is None else rows
    effects, chance = np.empty((len(scores), len(rows))), np.empty(len(rows))
    for j, atom in enumerate(rows):
        plan: Any = lab.plan(atom.name)  # of niche.trials, which stands above this room and is named, not imported
        with np.errstate(divide="ignore", invalid="ignore"):
            effects[:, j] = np.log(plan.effect(lab))
        chance[j] = plan.chance(lab)
    return Simulated(np.where(np.isfinite(effects), effects, np.nan), chance)


def bias_of(atom: Atom) -> float | None:
    """Mean of what a cohort has of its own, fixed before any fit; None for a trial, or for trials that were pooled.

    Immortal time counts as possible unless the ROBINS-I domain "classification of interventions" is at low risk.
    """
    judged = read_papers()[atom.paper].risk_of_bias
    if atom.group != "cohort" and "classification" not in judged:
        return None
    return 0.0 if judged.get("classification") == "low" else IMMORTAL


def as_seen(rows: Sequence[Atom], effects: np.ndarray) -> tuple[tuple[Atom, ...], np.ndarray]:
    """Rows and effects (n, rows) with the bias of cohorts: its mean in the effect, its sd in the error."""
    bias = [bias_of(atom) for atom in rows]
    made = [a if b is None else replace(a, error=math.hypot(a.error, BIAS)) for a, b in zip(rows, bias, strict=True)]
    return tuple(made), effects + np.array([b or 0.0 for b in bias])


def log_likelihood(
    rows: Sequence[Atom], effects: np.ndarray, spreads: np.ndarray, by: Sequence[str] | None = None
) -> dict[str, np.ndarray]:
    """Log likelihood of the rows of each paper at each draw, (n,); NaN where one of them could not be simulated.

    Parameters
    ----------
    effects
        without the bias of cohorts, (n, rows)
    spreads
        of each class of study, (n, classes)
    by
        what rows are put together by, for each row; by its paper if None
    """
    seen, shifted = as_seen(rows, effects)
    blocks = Blocks(seen)
    told = blocks(np.nan_to_num(shifted), spreads).value
    names = [atom.animals for atom in rows] if by is None else list(by)
    of_block = {int(block): name for block, name in zip(blocks.of, names, strict=True)}
    lost = ~np.isfinite(effects)
    found: dict[str, np.ndarray] = {}
    for name in dict.fromkeys(names):
        own = [block for block, one in of_block.items() if one == name]
        here = [j for j, one in enumerate(names) if one == name]
        found[name] = np.where(lost[:, here].any(axis=1), np.nan, told[:, own].sum(axis=1))
    return found


def predicted(told: np.ndarray, worth: float | None = None) -> LeftOut:
    """Log of the mean of a paper's likelihood over draws (n,) of a posterior that it is no part of; lost ones left out.

    Parameters
    ----------
    told
        log likelihood of the paper at each draw, (n,)
    worth
        how many separate draws these are worth, if some occur several times; None: all of them
    """
    known = told[np.isfinite(told)]
    if not known.size:
        return LeftOut(-math.inf, math.inf, math.nan, 0.0, PREDICTED, False, np.empty(0))
    top = float(known.max())
    values = np.exp(known - top)
    mean, share = float(values.mean()), len(known) / len(told)
    n = share * (len(told) if worth is None else worth)
    error = float(values.std()) / mean / math.sqrt(max(n, 1.0))
    fine = n >= FEWEST and share >= KNOWN
    return LeftOut(top + math.log(mean), error, math.nan, n, PREDICTED, bool(fine), np.empty(0))


def together(likelihood: LeftOut | None, trial: LeftOut) -> LeftOut:
    """A paper with rows of both kinds: those of the likelihood, and then those of trials given these.

    log p(a, b | others) = log p(a | others) + log p(b | a, others), and the second is a mean over draws of all.
    """
    if likelihood is None:
        return trial
    return likelihood._replace(
        log_density=likelihood.log_density + trial.log_density,
        error=math.hypot(likelihood.error, trial.error),
        worth=min(likelihood.worth, trial.worth),
        fine=likelihood.fine and trial.fine,
    )


def moved(whole: np.ndarray, without: np.ndarray, rows: Sequence[Atom]) -> dict[str, list[str]]:
    """By paper, the rows that change when a mechanism is switched off.

    Parameters
    ----------
    whole, without
        effects (n, rows) with the mechanism and without, at the same draws
    """
    apart = np.abs(whole - without)
    most = np.where(np.isfinite(apart), apart, 0.0).max(axis=0, initial=0.0)
    found: dict[str, list[str]] = {}
    for atom, one in zip(rows, most.tolist(), strict=True):
        if one > MOVED:
            found.setdefault(atom.animals, []).append(atom.name)
    return found


def evenly(weights: np.ndarray, count: int, seed: int = 1) -> np.ndarray:
    """Places (count,) of draws that stand for weighted ones (n,): by systematic resampling, in order."""
    total = np.cumsum(weights / weights.sum())
    start = np.random.default_rng([seed, 21]).random()
    return np.minimum(np.searchsorted(total, (start + np.arange(count)) / count), len(weights) - 1)


def towards(raised: np.ndarray) -> np.ndarray:
    """Weights (n,) of draws of a raised chain towards the posterior that it was raised from."""
    return np.asarray(np.exp(-(raised - raised.min())))
