"""A mechanism off, from draws of the whole model: at these draws, weighted, where that is enough.

Papers to which a mechanism says nothing say the same with it and without, so that the weights need the direct papers
alone. Without the mechanism nothing tells the gains themselves, so that any density of theirs serves. The weights vary
least with the density that gains have given the other scores (a Gaussian, as far as the sampler knows it).
"""

from collections.abc import Sequence

import numpy as np

from niche.inference.left_out import LeftOut, by_weights
from niche.inference.shipped import Shape

_NEVER = -1e3  # log density of rows that cannot be solved without the mechanism


def raised_by(scores: np.ndarray, on: np.ndarray, off: np.ndarray, own: Sequence[int], like: Shape) -> np.ndarray:
    """By how much the log density of the whole model is higher than without the mechanism (n,), but for a constant.

    Parameters
    ----------
    scores
        draws (n, k) of the whole model
    on, off
        log likelihood (n, papers) of the direct papers with the mechanism and without
    own
        which scores are of the gains
    like
        what the sampler learnt of the whole model
    """
    above = on.sum(axis=1) - np.maximum(off, _NEVER).sum(axis=1)
    return above - 0.5 * (scores[:, list(own)] ** 2).sum(axis=1) - _given_rest(scores, own, like)


def leave_out_switched(
    off: np.ndarray, above: np.ndarray, papers: Sequence[str], autocorrelation: float
) -> dict[str, LeftOut]:
    """Each direct paper left out of the model without the mechanism.

    Parameters
    ----------
    off
        log likelihood (n, papers) without the mechanism
    above
        `raised_by`
    autocorrelation
        of the draws: so many of them are worth one
    """
    least = np.maximum(off, _NEVER)
    found = {paper: by_weights(least[:, i], False, autocorrelation, above) for i, paper in enumerate(papers)}
    return {paper: one._replace(how="weights") for paper, one in found.items()}


def _given_rest(scores: np.ndarray, own: Sequence[int], like: Shape) -> np.ndarray:
    """Log density (n,) of these scores given the others, but for a constant, in the Gaussian that was learnt."""
    places = list(own)
    if not places:
        return np.zeros(len(scores))
    precision = np.linalg.inv(like.covariance)
    block = precision[np.ix_(places, places)]
    # of a Gaussian: mean of own given the rest is own - block^-1 (precision (x - mean))_own
    pull = (scores - like.mean) @ precision[:, places]
    return -0.5 * np.einsum("ni,ij,nj->n", pull, np.linalg.inv(block), pull)
