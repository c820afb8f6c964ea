"""A random-effects pool of numbers on one scale: Paule and Mandel's variance, Hartung and Knapp's interval."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

FEWEST = 3  # numbers that make a pool
NORMAL = 1.959963984540054


class Pool(NamedTuple):
    """Numbers of several papers together.

    Attributes
    ----------
    k
        how many numbers
    mean
        of the distribution that the papers' effects come from
    low, high
        95 % interval of the mean (Hartung-Knapp, never narrower than the usual one)
    least, most
        95 % prediction interval: where the effect of a paper to come would lie
    tau2
        variance between papers (Paule-Mandel)
    i2
        share of the variance that is not chance
    q
        Cochran's heterogeneity
    """

    k: int
    mean: float
    low: float
    high: float
    least: float
    most: float
    tau2: float
    i2: float
    q: float


def pool(y: Sequence[float], s: Sequence[float]) -> Pool:
    """Pool effects with their standard errors; at least three.

    Where effects agree better than chance would have it, Hartung and Knapp's interval is too narrow; it is then the
    usual one (Wiksten et al. 2016, doi:10.1002/sim.6879).

    References
    ----------
    Paule and Mandel 1982, doi:10.6028/jres.087.022 (tau2); Hartung and Knapp 2001, doi:10.1002/sim.1009 (interval);
    Higgins et al. 2009, doi:10.1111/j.1467-985X.2008.00552.x (prediction interval); Higgins et al. 2003,
    doi:10.1136/bmj.327.7414.557 (I2)
    """
    effects, errors = np.asarray(y, float), np.asarray(s, float)
    if effects.size < FEWEST or effects.shape != errors.shape:
        raise ValueError(f"a pool needs {FEWEST} effects, each with its error")
    if not (np.isfinite(effects).all() and np.isfinite(errors).all() and (errors > 0).all()):
        raise ValueError("effects are finite, and errors are above 0")
    k = effects.size
    tau2 = between(effects, errors)
    mean, usual, knapp = mean_of(effects, errors, tau2)
    half = max(quantile(k - 1) * knapp, NORMAL * usual)
    wide = prediction(usual, tau2, k)
    q = heterogeneity(effects, errors, 0.0)
    i2 = max(0.0, 1 - (k - 1) / q) if q > 0 else 0.0
    return Pool(k, mean, mean - half, mean + half, mean - wide, mean + wide, tau2, i2, q)


def heterogeneity(y: np.ndarray, s: np.ndarray, tau2: float) -> float:
    """Cochran's Q where papers differ by a variance tau2: the weighted squares around the weighted mean."""
    w = 1 / (s**2 + tau2)
    return float(np.sum(w * (y - np.sum(w * y) / np.sum(w)) ** 2))


def between(y: np.ndarray, s: np.ndarray) -> float:
    """The variance between papers at which Q is what it would be by chance, k - 1; 0 where it is less already."""
    from scipy.optimize import brentq  # late, as every import of scipy

    wanted = y.size - 1
    if heterogeneity(y, s, 0.0) <= wanted:
        return 0.0
    top = float(np.var(y, ddof=1)) + float(np.max(s)) ** 2
    while heterogeneity(y, s, top) > wanted:
        top *= 2
    return float(brentq(lambda tau2: heterogeneity(y, s, tau2) - wanted, 0.0, top, xtol=1e-14, rtol=1e-12))


def mean_of(y: np.ndarray, s: np.ndarray, tau2: float) -> tuple[float, float, float]:
    """The weighted mean where papers differ by tau2, its usual standard error, and Hartung and Knapp's."""
    total = float(np.sum(1 / (s**2 + tau2)))
    mean = float(np.sum(y / (s**2 + tau2))) / total
    stretch = heterogeneity(y, s, tau2) / (y.size - 1)
    return mean, 1 / math.sqrt(total), math.sqrt(stretch / total)


def prediction(error: float, tau2: float, k: int) -> float:
    """Half the width of the prediction interval: k - 2 degrees of freedom."""
    return quantile(k - 2) * math.sqrt(tau2 + error**2)


def quantile(freedom: int) -> float:
    """The 97.5 % point of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def sign_test(one: int, other: int) -> float | None:
    """Exact two-sided P that so many of `one` kind and of the `other` come by chance; None of nothing."""
    from scipy.stats import binomtest

    return float(binomtest(one, one + other).pvalue) if one + other else None
