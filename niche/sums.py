"""Sums in a fixed order, so that the last digit of a host's number does not depend on the hosts beside it.

NumPy and BLAS choose the order of a sum by the length, the layout in memory and the processor; floating-point sums in
another order differ in the last digit. Here the terms are added one after another, each addition for all rows at once.
"""

import numpy as np


def sum_last(terms: np.ndarray) -> np.ndarray:
    """Sum over the last axis, first term first: shape of all axes but the last.

    Parameters
    ----------
    terms
        real or complex, with at least one axis; a sum of no terms is 0
    """
    terms = np.asarray(terms)
    total = np.zeros(terms.shape[:-1], np.result_type(terms, float))
    for i in range(terms.shape[-1]):
        total += terms[..., i]
    return total


def mean_last(terms: np.ndarray) -> np.ndarray:
    """Mean over the last axis, summed in its order. Of no terms it is NaN."""
    terms = np.asarray(terms)
    with np.errstate(invalid="ignore"):
        return np.asarray(sum_last(terms) / terms.shape[-1]) if terms.shape[-1] else sum_last(terms) * np.nan
