"""How far quantiles of draws would move if there were other draws: the Monte Carlo error of what is reported."""

from collections.abc import Sequence

import numpy as np

from niche.sums import sum_last

ENDS = (0.05, 0.5, 0.95)  # of what is reported of draws: both ends of the interval, and the middle


def quantile_errors(draws: np.ndarray, shares: Sequence[float] = ENDS) -> tuple[float, ...]:
    """Standard errors of quantiles of independent draws (n,).

    By Maritz & Jarrett 1978 (doi:10.1080/01621459.1978.10480027): a quantile is taken as a mean of the sorted draws,
    weighted by how likely each is to be it; the error is the spread under these weights. The thousand draws that are
    shipped are worth at least 400 independent ones of any parameter, so that an error may be 1.6 times as large.

    Returns
    -------
    tuple[float, ...]
        one error for each share, NaN for fewer than two draws
    """
    from scipy.special import betainc

    n, known = len(draws), np.sort(np.asarray(draws, dtype=float))
    if n < 2:
        return (float("nan"),) * len(shares)
    found = []
    for share in shares:
        m = int(np.floor(share * n + 0.5))
        m = min(max(m, 1), n)
        weights = np.diff(betainc(m, n - m + 1, np.arange(n + 1) / n))
        middle = sum_last(weights * known)
        found.append(float(np.sqrt(sum_last(weights * (known - middle) ** 2))))
    return tuple(found)
