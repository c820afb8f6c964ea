"""Draws of the head of a proposition: a row of the likelihood, a trial, or two arms that nobody compared."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from niche.answering.sources import Sources
from niche.inference.alone import head_draws
from niche.propositions.records import Proposition


class DrawnHead(NamedTuple):
    """A head at some of the draws.

    Attributes
    ----------
    draws
        its logarithm (m,), of the whole model's posterior first
    whole
        how many of them are of that posterior
    places
        of the draws in `Sources`, (m,)
    chance
        share of the variance between draws that was the chance of few patients, and was taken off; None of no trial
    """

    draws: np.ndarray
    whole: int
    places: np.ndarray
    chance: float | None = None

    def weighted(self, weights: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], float]:
        """Weights (m,) of these draws by paper, and the fewest draws that those of a paper are worth."""
        found, least = {}, np.inf
        for name, one in weights.items():
            own = one[self.places]
            total = float(own.sum())
            found[name] = own / total if total > 0 else np.full(len(own), 1 / max(len(own), 1))
            least = min(least, 1 / float((found[name] ** 2).sum()) if total > 0 else 0.0)
        return found, float(least)


def head_of(name: str, one: Proposition, given: Sources) -> DrawnHead | None:
    """The head of a proposition at the draws where it is known; None where it is nowhere."""
    rows, trials = {atom.name: j for j, atom in enumerate(given.atoms)}, given.trials
    found = head_draws(one.head, given.effects, rows)
    every = np.arange(len(given.effects))
    if found is not None:
        return DrawnHead(found, given.whole, every)
    if name in trials.heads and len(trials.heads[name]) == len(every):
        return _known(trials.heads[name], every, given.whole, None)
    columns = {atom.name: j for j, atom in enumerate(trials.atoms)}
    found = head_draws(one.head, trials.effects, columns)
    if found is None or one.head is None or one.head.atom is None:
        return None
    chance = float(trials.chance[columns[one.head.atom]])
    return _known(found, trials.places, given.whole, chance if np.isfinite(chance) else None)


def _known(draws: np.ndarray, places: np.ndarray, whole: int, chance: float | None) -> DrawnHead | None:
    """Without the draws whose hosts could not be simulated."""
    fine = np.isfinite(draws)
    if not fine[places < whole].any():
        return None
    return DrawnHead(draws[fine], int((places[fine] < whole).sum()), places[fine], chance)
