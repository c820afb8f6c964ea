"""What a measurement would show, predicted from draws: with what its paper has of its own, its error, and misreading.

Everything is by simulation from a fixed seed: the outcome of a row is a number, or one of a few words. Rows of one
paper and family share half of what it has of its own (`niche.inference.blocks`), numbers that share an arm share that
part of their error, and all rows share the draw.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from niche.atoms.records import Atom
from niche.inference.blocks import Blocks
from niche.inference.shared import covariance, number_groups
from niche.inference.terms import FREEDOM, LIMIT, MISREAD

TIMES = 8  # outcomes simulated of each draw
_SIMULATED = 4000  # sets of outcomes beside which that of the papers is put
LEVEL = 0.9


class Outcomes(NamedTuple):
    """Simulated outcomes of rows, and what was measured, on one scale.

    Attributes
    ----------
    draws
        (m, rows): numbers, or places of words in the row's list
    weights
        (m, rows) that add up to 1 for each row: towards the posterior without its paper
    seen
        (rows,) what was measured, as in `draws`
    words
        by row, its words; empty for a number
    """

    draws: np.ndarray
    weights: np.ndarray
    seen: np.ndarray
    words: tuple[tuple[str, ...], ...]

    def chances(self, row: int) -> dict[str, float]:
        """Predicted probability of each word of a row."""
        own = self.words[row]
        return {word: float(self.weights[self.draws[:, row] == i, row].sum()) for i, word in enumerate(own)}

    def interval(self, row: int, level: float = LEVEL) -> tuple[float, float, float]:
        """Low end, high end, and predicted probability of less than what was measured; of a row that is a number."""
        order = np.argsort(self.draws[:, row])
        values, total = self.draws[order, row], np.cumsum(self.weights[order, row])
        low, high = (float(values[min(np.searchsorted(total, p), len(values) - 1)]) for p in _tails(level))
        return low, high, float(self.weights[self.draws[:, row] < self.seen[row], row].sum())


def _tails(level: float) -> tuple[float, float]:
    return (1 - level) / 2, (1 + level) / 2


def outcomes(
    atoms: Sequence[Atom],
    effects: np.ndarray,
    spreads: np.ndarray,
    weights: Mapping[str, np.ndarray],
    seed: int = 1,
) -> Outcomes:
    """Simulate what each row would have shown.

    Parameters
    ----------
    effects
        what the model says of them at each draw, (n, rows)
    spreads
        of each class of study (`niche.inference.blocks.CLASSES`), (n, classes)
    weights
        by paper, of each draw towards the posterior without it, (n,); a paper that has none takes all draws alike
    """
    random, blocks = np.random.default_rng([seed, 8]), Blocks(atoms)
    n = len(effects)
    m = n * TIMES
    half = np.repeat(spreads, TIMES, axis=0)[:, blocks.tau_of] / math.sqrt(2)  # (m, blocks)
    shared = half * random.standard_normal(half.shape)
    middle: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    draws, own, seen, words = np.empty((m, len(atoms))), np.empty((m, len(atoms))), np.empty(len(atoms)), []
    for j, atom in enumerate(atoms):
        block = int(blocks.of[j])
        apart = 0.0 if atom.linear else 1.0
        x = np.repeat(effects[:, j], TIMES) + apart * shared[:, block]
        s = np.sqrt(atom.scale**2 + apart * half[:, block] ** 2)
        draws[:, j], seen[j], named = _outcome(atom, x, s, random)
        words.append(named)
        if atom.kind == "number":
            middle[j] = x, apart * half[:, block]
        one = np.repeat(weights.get(atom.animals, np.full(n, 1 / n)), TIMES)
        own[:, j] = one / one.sum()
    for block in range(len(blocks.names)):
        for places in number_groups(atoms, np.flatnonzero(blocks.of == block).tolist()):
            if len(places) > 1:
                errors = _together([atoms[j] for j in places], middle[places[0]][1], random)
                draws[:, places] = np.stack([middle[j][0] for j in places], axis=1) + errors
    return Outcomes(draws, own, seen, tuple(words))


def _together(atoms: Sequence[Atom], half: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Errors (m, rows) of numbers that share some: Student's t, with one divisor for all rows of a draw.

    Parameters
    ----------
    half
        sd of what each contrast has of its own, (m,)
    """
    values, vectors = np.linalg.eigh(covariance(atoms))
    z = random.standard_normal((len(half), len(atoms))) * np.sqrt(values + half[:, None] ** 2)
    return np.asarray((z @ vectors.T) / np.sqrt(random.chisquare(FREEDOM, len(half)) / FREEDOM)[:, None])


def _outcome(
    atom: Atom, x: np.ndarray, s: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, float, tuple[str, ...]]:
    """Outcomes (m,) of one row, what was seen, and its words."""
    if atom.kind == "number":
        return x + s * random.standard_t(FREEDOM, len(x)), atom.y, ()
    said = x + s * random.standard_normal(len(x))
    if atom.kind == "direction":  # it was printed because it was significant
        up, down = _beyond(x / s), _beyond(-x / s)
        yes = random.random(len(x)) < up / (up + down)
        first, words = np.where(yes, 1.0, 0.0), ("down", "up")
        seen = 1.0 if atom.sign > 0 else 0.0
    else:
        words = {
            "no effect": ("none", "an effect"),
            "above": ("above", "not above"),
            "below": ("below", "not below"),
        }[atom.kind]
        inside = {"no effect": np.abs(said) < LIMIT * s, "above": said > atom.y, "below": said < atom.y}[atom.kind]
        first, seen = np.where(inside, 0.0, 1.0), 0.0
    misread = random.random(len(x)) < MISREAD
    return np.where(misread, random.integers(0, 2, len(x)), first), seen, words


def _beyond(u: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return np.maximum(ndtr(u - LIMIT), 1e-300)


def together(found: Outcomes, seed: int = 1) -> float:
    """p of what was measured in all rows at once, by the Mahalanobis distance of their normal scores.

    The score of a row says where the measurement lies in the row's prediction without its paper. A word may lie
    anywhere within its probability (as in Dunn & Smyth 1996, doi:10.1080/10618600.1996.10474708), and the mean over
    that is taken. Correlations are those of simulated outcomes, which share parameters and what papers have of their
    own. The distribution of the distance is simulated; with numbers alone it is chi-square.
    """
    rows, random = found.draws.shape[1], np.random.default_rng([seed, 9])
    scores = np.stack([_scores(found, row, random) for row in range(rows)], axis=1)
    correlation = np.atleast_2d(np.corrcoef(scores.T)) if rows > 1 else np.ones((1, 1))
    correlation = 0.98 * np.nan_to_num(correlation) + 0.02 * np.eye(rows)
    inverse = np.linalg.inv(correlation)
    likely = random.standard_normal((_SIMULATED, rows)) @ np.linalg.cholesky(correlation).T
    mean, spare = np.empty((_SIMULATED + 1, rows)), np.zeros((_SIMULATED + 1, rows))
    for row, words in enumerate(found.words):
        mean[1:, row] = likely[:, row]
        if words:
            edges = np.concatenate([[0.0], np.cumsum(list(found.chances(row).values()))[:-1], [1.0]])
            mean[:, row], spare[:, row] = _within(edges, found.seen[row], likely[:, row])
        else:
            mean[0, row] = _normal_score(found.interval(row)[2])
    distance = np.einsum("ni,ij,nj->n", mean, inverse, mean) + spare @ np.diag(inverse)
    return float((1 + (distance[1:] >= distance[0]).sum()) / (1 + _SIMULATED))


def _normal_score(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(np.clip(share, 1e-6, 1 - 1e-6)))


def _within(edges: np.ndarray, seen: float, likely: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance (n + 1,) of a normal score within the stretch of its word.

    Parameters
    ----------
    edges
        of the words' stretches on the scale of probability, (words + 1,)
    seen
        place of the word that was measured: the first of the result
    likely
        simulated scores, whose words give the others, (n,)
    """
    from scipy.special import ndtr, ndtri

    z = ndtri(np.clip(edges, 1e-9, 1 - 1e-9))
    density, share = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi), np.maximum(np.diff(ndtr(z)), 1e-12)
    mean = -np.diff(density) / share
    variance = np.maximum(1 - np.diff(z * density) / share - mean**2, 0.0)
    which = np.concatenate([[int(seen)], np.clip(np.searchsorted(z, likely) - 1, 0, len(share) - 1)])
    return mean[which], variance[which]


def _scores(found: Outcomes, row: int, random: np.random.Generator) -> np.ndarray:
    """Normal scores of simulated outcomes of a row: their ranks, ties at random."""
    from scipy.special import ndtri

    order = np.lexsort((random.random(len(found.draws)), found.draws[:, row]))
    ranks = np.empty(len(order))
    ranks[order] = (np.arange(len(order)) + 0.5) / len(order)
    return np.asarray(ndtri(ranks))
