"""What the draws of a posterior say of a paper as if it had not been used, and how far that is to be trusted.

All rows of a paper are taken together: log p(rows of the paper | all other papers), integrated over what the paper has
of its own. Draws of the posterior of all papers give it by Pareto-smoothed weights (Vehtari et al. 2024,
arXiv:1507.02646), where these can be trusted; elsewhere with the paper's own parameters integrated over
(`niche.inference.own`), or by sampling again without it (`niche.inference.again`).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from niche.inference.scores import weights_without

WORST_K, LEAST_WORTH = 0.7, 200
LARGEST = 0.1  # share of all weight that one draw may have, where the shape of the tail says nothing
FLAT = 0.5  # sd of log weights below which the shape of their tail says nothing


class LeftOut(NamedTuple):
    """A paper predicted from the others.

    Attributes
    ----------
    log_density
        of all its rows
    error
        Monte Carlo error of `log_density`
    k, worth
        shape of the tail of the weights, and how many draws they are worth
    how
        "weights" of draws of all papers, `own.OWN` or `again.AGAIN`; "prediction" for trials, which need no weights
    fine
        whether it meets the bars
    weights
        (draws,) that add up to 1; empty for trials
    """

    log_density: float
    error: float
    k: float
    worth: float
    how: str
    fine: bool
    weights: np.ndarray


def by_weights(
    log_likelihood: np.ndarray, bounded: bool, autocorrelation: float = 1.0, raised: np.ndarray | None = None
) -> LeftOut:
    """A paper left out, from draws (n,) of the posterior of all papers, or of one that is higher by `raised`.

    Parameters
    ----------
    log_likelihood
        of the paper's rows at each draw, (n,)
    bounded
        whether none of its rows is a number: then weights are bounded, and the shape of their tail says nothing
    autocorrelation
        of the draws: so many of them are worth one
    raised
        the logarithm (n,) by which the density of the draws is higher than that of all papers
    """
    against = log_likelihood if raised is None else log_likelihood + raised
    weights, k = weights_without(against)
    worth = 1 / float((weights**2).sum()) / autocorrelation
    with np.errstate(under="ignore"):
        # p(y | rest) = 1 / E[1 / p(y | draw)] over the posterior: the weighted mean of the likelihood
        top = float(log_likelihood.max())
        values = np.exp(log_likelihood - top)
        mean = float(weights @ values)
        spread = float(weights @ (values - mean) ** 2)
    error = np.sqrt(spread / max(worth, 1.0)) / mean
    flat = bounded or float(np.std(against)) < FLAT
    fine = worth >= LEAST_WORTH and (float(weights.max()) <= LARGEST if flat else k <= WORST_K)
    return LeftOut(
        top + float(np.log(mean)),
        float(error),
        k,
        worth,
        "weights",
        bool(fine),
        weights,
    )


class Difference(NamedTuple):
    """How much better papers are predicted with a mechanism than without.

    Attributes
    ----------
    D, se
        the sum over papers, and its standard error by Bayesian bootstrap over papers
    error
        Monte Carlo error of D
    by_paper
        each paper's part
    fine
        whether every paper was predicted well enough, both ways and by the same method
    """

    D: float
    se: float
    error: float
    by_paper: Mapping[str, float]
    fine: bool


def difference(
    whole: Mapping[str, LeftOut], without: Mapping[str, LeftOut], papers: Sequence[str], seed: int = 1
) -> Difference:
    """D of a mechanism over its direct papers: left-out log density of the whole model less that without it."""
    parts = {name: whole[name].log_density - without[name].log_density for name in papers}
    error = float(np.sqrt(sum(whole[n].error ** 2 + without[n].error ** 2 for n in papers)))
    fine = all(whole[n].fine and without[n].fine and whole[n].how == without[n].how for n in papers)
    values = np.array([parts[name] for name in papers])
    return Difference(float(values.sum()), _bootstrap(values, seed), error, parts, fine)


def _bootstrap(values: np.ndarray, seed: int) -> float:
    """Standard error of a sum over papers by Bayesian bootstrap (Rubin 1981), which weights them at random."""
    if len(values) < 2:
        return float("inf")
    weights = np.random.default_rng([seed, 6]).dirichlet(np.ones(len(values)), 4000)
    return float((len(values) * weights @ values).std())
