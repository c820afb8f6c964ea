"""Back doors: papers that narrow a proposition's gains although none of their rows is direct.

All direct papers are left out at once, by weights of the draws where they bear that. Gains that are then still narrower
than their prior were told by other papers. Which ones is seen by leaving out these as well, one by one.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from niche.inference.left_out import by_weights

NARROW = 0.9  # of the prior's sd: below it something told the gain
WIDENS = 1.1  # by leaving it out as well the sd grows so many times: a thousand draws cannot tell less
NAMED = 3
_FEWEST = 50.0  # draws that weights without one paper more have to be worth


def back_doors(
    scores: np.ndarray, told: Mapping[str, np.ndarray], direct: Sequence[str], bounded: bool = False
) -> tuple[bool, tuple[str, ...]]:
    """Whether the draws can tell, and the papers that make gains narrower than `NARROW` of their prior.

    Parameters
    ----------
    scores
        standard scores (n, gains), whose prior has an sd of 1, at draws (n,) of the posterior of all papers
    told
        by paper, its log likelihood at each draw (n,)
    direct
        papers that are left out together
    bounded
        whether none of their rows is a number

    Notes
    -----
    If leaving out a paper never widens a gain enough to be named, the paper that widens one most is named.
    """
    every = np.sum([told[name] for name in direct], axis=0) if len(direct) else np.zeros(len(scores))
    whole = by_weights(every, bounded)
    if not whole.fine:
        return False, ()
    sd = _sd(scores, whole.weights)
    narrow = np.flatnonzero(sd < NARROW)
    if not narrow.size:
        return True, ()
    wider = {}
    for name, one in told.items():
        if name in direct:
            continue
        shift = one - one.max()
        weights = whole.weights * np.exp(np.minimum(-shift, 700.0) - np.min(-shift))
        weights /= weights.sum()
        if 1 / float((weights**2).sum()) >= _FEWEST:
            wider[name] = float((_sd(scores[:, narrow], weights) / sd[narrow]).max())
    order = sorted(wider, key=lambda name: (-wider[name], name))
    return True, tuple([name for name in order if wider[name] >= WIDENS][:NAMED] or order[:1])


def _sd(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted standard deviation of each column."""
    mean = weights @ values
    return np.asarray(np.sqrt(weights @ (values - mean) ** 2))
