"""What the fit taught of each parameter: how far its draws, in standard scores, are from the prior's normal(0, 1)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

INFORMED, WEAK = 0.65, 0.9  # posterior over prior standard deviation, below which a parameter is narrower
MOVED = 0.5  # prior standard deviations by which a mean has moved, from which it has learnt at least weakly


class Learnt(NamedTuple):
    """One parameter before and after the fit.

    Attributes
    ----------
    contraction
        posterior over prior standard deviation, in standard scores: 1 if nothing informed it
    shift
        mean of the posterior, in prior standard deviations from the prior's median
    mark
        "informed", "weak", or "prior" (it keeps its prior)
    """

    parameter: str
    contraction: float
    shift: float
    mark: str


def learnt(scores: np.ndarray, keys: Sequence[str], unseen: Sequence[str] = ()) -> list[Learnt]:
    """All parameters, the best informed first.

    Parameters
    ----------
    scores
        standard scores of draws, (draws, parameters)
    keys
        of their columns
    unseen
        parameters that no fitted row uses: they keep their priors
    """
    found = [_learnt(key, scores[:, i]) for i, key in enumerate(keys)]
    found += [Learnt(key, 1.0, 0.0, "prior") for key in unseen]
    return sorted(found, key=lambda one: (one.contraction, one.parameter))


def _learnt(key: str, draws: np.ndarray) -> Learnt:
    contraction, shift = float(draws.std()), float(draws.mean())
    mark = "informed" if contraction < INFORMED else "prior"
    if mark == "prior" and (contraction < WEAK or abs(shift) >= MOVED):
        mark = "weak"
    return Learnt(key, contraction, shift, mark)


def convergence(manifest: Mapping[str, Any]) -> list[tuple[str, float, int, int]]:
    """Parameter (or spread), R-hat, effective draws in the bulk and in the tails, the worst R-hat first.

    Parameters
    ----------
    manifest
        of the shipped fit (`niche.params.posterior.read_manifest`)
    """
    found = [
        (key, float(one["rhat"]), int(one["ess_bulk"]), int(one["ess_tail"]))
        for key, one in manifest["convergence"].items()
    ]
    return sorted(found, key=lambda one: (-one[1], one[0]))
