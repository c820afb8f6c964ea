"""The Savage-Dickey ratio where gains are off, for priors of several widths; it decides nothing."""

import numpy as np

WIDTHS = {"half": 0.5, "full": 1.0, "double": 2.0}


def savage_dickey(scores: np.ndarray) -> dict[str, float]:
    """Natural logarithm of the posterior over the prior density where all gains are 0, by the width of their prior.

    Parameters
    ----------
    scores
        standard scores (draws, gains) of gains whose prior is symmetric about 0, from the posterior of full width

    Notes
    -----
    The posterior is taken as a Gaussian, which the prior of another width turns into another one. Below 0 the papers
    speak against gains of 0 (Dickey 1971, doi:10.1214/aoms/1177693507).
    """
    mean, k = scores.mean(axis=0), scores.shape[1]
    precision = np.linalg.inv(np.atleast_2d(np.cov(scores.T)))
    found = {}
    for name, width in WIDTHS.items():
        other = precision + (1 / width**2 - 1) * np.eye(k)
        values, vectors = np.linalg.eigh(other)
        other = (vectors * np.maximum(values, 1 / width**2)) @ vectors.T  # papers never take information away
        centre = np.linalg.solve(other, precision @ mean)
        posterior = 0.5 * np.linalg.slogdet(other)[1] - 0.5 * centre @ other @ centre
        found[name] = float(posterior + k * np.log(width))
    return found
