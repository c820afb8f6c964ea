"""What a sampler knows of mean and shape of a posterior: at first from summits, then more and more from draws."""

import numpy as np

# Draws seen for each parameter at which the shape is half that of where walkers were.
_LEARNING = 5.0
# The same for correlations, later: of 1,728 draws of one ensemble in 288 directions, those of the other one were
# likeliest where a third of the correlations was that of the draws.
_CORRELATIONS = 14.0


def learnt(centre: np.ndarray, covariance: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (k,) and covariance (k, k) after draws (n, k) of a posterior that was known from summits only."""
    share = share_of(len(draws), draws.shape[1], _LEARNING)
    told = np.cov(draws.T).reshape(covariance.shape)
    return (1 - share) * centre + share * draws.mean(axis=0), (1 - share) * covariance + share * told


def refined(covariance: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (k,) and covariance (k, k) after many draws (n, k): a few hundred tell each width, but not k^2 correlations.

    Parameters
    ----------
    covariance
        (k, k) as it was known before
    """
    share, width = share_of(len(draws), draws.shape[1], _CORRELATIONS), np.sqrt(np.diag(covariance))
    told, own = np.cov(draws.T).reshape(covariance.shape), draws.std(axis=0, ddof=1)
    own = np.where(own > 0, own, width)
    correlation = (1 - share) * covariance / np.outer(width, width) + share * told / np.outer(own, own)
    np.fill_diagonal(correlation, 1.0)
    return draws.mean(axis=0), correlation * np.outer(own, own)


def share_of(draws: int, parameters: int, half: float) -> float:
    """Share that so many draws have in what is known; a half where there are `half` draws for each parameter."""
    return draws / (draws + half * parameters)
