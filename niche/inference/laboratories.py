"""Whole laboratories left out instead of papers: all papers of one at once, and its direct ones scored.

Two papers of one laboratory may share animals, hands and habits, so that each helps to predict the other for reasons
that are no mechanism.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from niche.inference.diagnostics import autocorrelation
from niche.inference.left_out import Difference, LeftOut, by_weights, difference


def shared(direct: Sequence[str], laboratory: Mapping[str, str]) -> dict[str, tuple[list[str], list[str]]]:
    """Laboratories with a direct paper and another one beside it: by name, their direct papers and all of them.

    Parameters
    ----------
    laboratory
        of each paper of the likelihood
    """
    found = {}
    for name in sorted({laboratory[paper] for paper in direct if paper in laboratory}):
        every = sorted(paper for paper, one in laboratory.items() if one == name)
        if len(every) > 1:
            found[name] = ([paper for paper in every if paper in set(direct)], every)
    return found


def left_out_together(
    told: Mapping[str, np.ndarray],
    scored: Sequence[str],
    out: Sequence[str],
    bounded: bool,
    raised: np.ndarray | None = None,
    walkers: int = 1,
) -> LeftOut:
    """Several papers left out at once, and some of them predicted.

    Parameters
    ----------
    told
        log likelihood of each paper at each draw (n,), draws of one step of all walkers beside each other
    scored, out
        papers that are predicted, and all that are left out
    bounded
        whether none of their rows is a number
    raised
        the logarithm (n,) by which the density of the draws is higher than that of all papers
    walkers
        how many chains the draws are of; 1: they are far apart
    """
    direct = np.sum([told[paper] for paper in scored], axis=0)
    every = np.sum([told[paper] for paper in out], axis=0)
    lag = 1.0
    if walkers > 1 and np.ptp(every):
        found = autocorrelation(np.ascontiguousarray(every.reshape(-1, walkers).T))
        lag = max(1.0, found) if np.isfinite(found) else 1.0
    # the weights are one over the likelihood of all, whatever is predicted
    above = every - direct + (0.0 if raised is None else raised)
    return by_weights(direct, bounded, lag, above)


def by_laboratory(
    whole: Mapping[str, LeftOut],
    without: Mapping[str, LeftOut],
    laboratory: Mapping[str, str],
    again: Mapping[str, tuple[LeftOut, LeftOut]],
) -> Difference | None:
    """D with laboratories as units: one with a single paper counts as that paper, others as they were left out whole.

    Parameters
    ----------
    whole, without
        each direct paper left out alone, with the mechanism and without
    laboratory
        of each of them
    again
        by laboratory that was left out whole, its direct papers with the mechanism and without

    Returns
    -------
    Difference | None
        None where a laboratory of several papers was not left out whole, or misses the bars in either model
    """
    units: dict[str, tuple[LeftOut, LeftOut]] = {}
    for paper in whole:
        name = laboratory[paper]
        if name in units and name not in again:
            return None
        units[name] = again.get(name, (whole[paper], without[paper]))
    if any(not (one.fine and other.fine and one.how == other.how) for one, other in again.values()):
        return None
    return difference({n: one for n, (one, _) in units.items()}, {n: o for n, (_, o) in units.items()}, list(units))
