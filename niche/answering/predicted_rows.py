"""Every direct measurement of a proposition, predicted with its paper left out: rows of the likelihood, and trials."""

from collections.abc import Mapping, Sequence

import numpy as np

from niche.answering.model import model_answer, predicted_direction
from niche.answering.records import Control, ModelAnswer, Prediction
from niche.answering.sources import Sources
from niche.atoms.records import Atom
from niche.inference.predictive import LEVEL, Outcomes, outcomes, together
from niche.inference.trials_predicted import as_seen


def model_of(direct: Mapping[str, Sequence[str]], given: Sources, control: Control | None = None) -> ModelAnswer:
    """What the model makes of these rows, by paper."""
    wanted = {row for rows in direct.values() for row in rows}
    atoms, found = outcomes_of(wanted, given)
    predictions = [predicted_row(atom, found, i) for i, atom in enumerate(atoms)]
    fine = all(given.left_out[paper].fine for paper in direct)
    return model_answer(predictions, together(found) if atoms else None, control=control, computed=fine)


def outcomes_of(wanted: set[str], given: Sources) -> tuple[tuple[Atom, ...], Outcomes]:
    """Simulated outcomes of rows by name, their papers left out; of a cohort its bias is part of what is predicted."""
    here = [j for j, atom in enumerate(given.atoms) if atom.name in wanted]
    there = [j for j, atom in enumerate(given.trials.atoms) if atom.name in wanted]
    atoms, shifted = as_seen([given.trials.atoms[j] for j in there], _everywhere(given)[:, there])
    every = (*(given.atoms[j] for j in here), *atoms)
    alike = np.concatenate([np.full(given.whole, 1 / given.whole), np.zeros(len(given.effects) - given.whole)])
    weights = {atom.animals: given.weights.get(atom.animals, alike) for atom in every}
    own = given.effects[:, here]
    for i, atom in enumerate(every[: len(here)]):  # without its paper, parameters of its own have their prior
        own[:, i] = given.redrawn.get(atom.animals, {}).get(atom.name, own[:, i])
    return every, outcomes(every, np.concatenate([own, shifted], axis=1), given.spreads, weights)


def _everywhere(given: Sources) -> np.ndarray:
    """Effects of trials (n, rows) at every draw: that of the nearest draw at which they were simulated.

    What a trial says of itself is the same; what it shares with other rows by the parameters is only seen in part.
    """
    trials, n = given.trials, len(given.effects)
    if not trials.atoms:
        return np.zeros((n, 0))
    near = np.empty(n, dtype=int)
    for low, high in ((0, given.whole), (given.whole, n)):
        own = np.flatnonzero((trials.places >= low) & (trials.places < high))
        own = own if own.size else np.arange(len(trials.places))
        at = trials.places[own]
        right = np.clip(np.searchsorted(at, np.arange(low, high)), 0, len(at) - 1)
        left = np.maximum(right - 1, 0)
        nearer = np.abs(at[left] - np.arange(low, high)) < np.abs(at[right] - np.arange(low, high))
        near[low:high] = own[np.where(nearer, left, right)]
    middle = np.nan_to_num(np.nanmedian(trials.effects, axis=0))
    return np.where(np.isfinite(trials.effects), trials.effects, middle)[near]


def predicted_row(atom: Atom, found: Outcomes, row: int, level: float = LEVEL) -> Prediction:
    """A row beside its prediction."""
    if atom.kind != "number":
        words = found.words[row]
        return predicted_direction(atom.name, atom.paper, words[int(found.seen[row])], found.chances(row))
    low, high, pit = found.interval(row, level)
    return Prediction(
        name=atom.name,
        paper=atom.paper,
        inside=low <= atom.y <= high,
        observed=atom.y,
        low=low,
        high=high,
        pit=min(1.0, max(0.0, pit)),
        linear=atom.linear,
    )
