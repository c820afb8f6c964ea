"""The grounds of a word where whole laboratories are left out instead of papers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from niche.answering.mechanism import stored_left_out
from niche.answering.sources import Sources, bounded_papers
from niche.inference.laboratories import by_laboratory, left_out_together
from niche.inference.left_out import Difference, LeftOut
from niche.inference.trials_predicted import log_likelihood, predicted, together


def laboratories_left_out(
    told: Mapping[str, Any], off: Mapping[str, LeftOut], laboratory: Mapping[str, str], given: Sources
) -> tuple[Difference, dict[str, np.ndarray]] | None:
    """D with laboratories as units, and by laboratory the weights (n,) of all draws without it.

    Parameters
    ----------
    told
        what the mechanism's task of `niche left-out` found
    off
        each direct paper left out of the model without the mechanism
    laboratory
        of each direct paper

    Returns
    -------
    tuple | None
        None where a laboratory of several papers was not left out, or misses the bars
    """
    again: dict[str, tuple[LeftOut, LeftOut]] = {}
    weights: dict[str, np.ndarray] = {}
    for paper, name in laboratory.items():
        weights[name] = given.weights.get(paper, _alike(given))
    for name, one in told.get("laboratories", {}).items():
        whole, own = _whole(one["scored"], one["out"], given)
        again[name], weights[name] = (whole, stored_left_out(one)), own
    for name, one in told.get("trial laboratories", {}).items():
        scored = set(one["scored"])
        rest = [paper for paper, of in laboratory.items() if of == name and paper not in scored]
        if name not in again and not rest and len(scored) == 1:
            continue  # the only paper of its laboratory
        pair = _trials(one["scored"], given), stored_left_out(one)
        first = again.get(name)
        if first is None and rest:
            if len(rest) > 1:
                return None
            first = given.left_out[rest[0]], off[rest[0]]
        if first is None and any(paper in given.told for paper in scored):
            return None  # rows of both kinds in one of several papers
        again[name] = pair if first is None else (together(first[0], pair[0]), together(first[1], pair[1]))
    change = by_laboratory({p: given.left_out[p] for p in laboratory}, off, laboratory, again)
    return None if change is None else (change, weights)


def _whole(scored: Sequence[str], out: Sequence[str], given: Sources) -> tuple[LeftOut, np.ndarray]:
    """A laboratory's papers left out of the whole model by weights of the fit's draws."""
    flat = bounded_papers(given.atoms)
    found = left_out_together({paper: given.told[paper] for paper in out}, scored, out, all(flat[one] for one in out))
    own = np.zeros(len(given.effects))
    own[: given.whole] = found.weights
    return found, own


def _trials(papers: Sequence[str], given: Sources) -> LeftOut:
    """Several papers of trials together, by the draws of the whole model."""
    trials = given.trials
    here = trials.places < given.whole
    rows = [j for j, atom in enumerate(trials.atoms) if atom.animals in papers]
    atoms, effects = [trials.atoms[j] for j in rows], trials.effects[here][:, rows]
    told = log_likelihood(atoms, effects, given.spreads[trials.places[here]], ["together"] * len(rows))
    return predicted(told["together"])


def _alike(given: Sources) -> np.ndarray:
    """Weights of all draws towards the posterior of all papers."""
    own = np.zeros(len(given.effects))
    own[: given.whole] = 1 / given.whole
    return own
