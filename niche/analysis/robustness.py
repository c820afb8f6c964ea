"""Over what range of one parameter a verdict stands: the parameter is held at one value after the other.

No slopes are taken. All other parameters stay at the same draws of the posterior, so that what changes is due to the
one that is held. The values are quantiles of its prior, over the central 99 %.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from niche.analysis.parts import ClaimParts, hosted, parts_of
from niche.analysis.sensitivity import INSIDE, head
from niche.errors import NicheError, unknown
from niche.evidence.laboratory import Laboratory
from niche.experiment.hosts import posterior_rows
from niche.frozen import Frozen
from niche.params.layers import read_registry
from niche.params.posterior import Posterior, draw, read_posterior
from niche.verdicts.claims import Claim

RTOL = 1e-5  # as in calibration
_NONE = 1e-12  # of a range: the middle of a symmetric prior is nought but for rounding


class ClaimAtValue(NamedTuple):
    """A claim with one parameter held at one value: its verdict, its head effect, and which parts differ."""

    value: float
    verdict: str
    head: float
    changed: tuple[str, ...]


class ParameterSweep(NamedTuple):
    """One parameter held at value after value.

    Attributes
    ----------
    middle
        median of the parameter in the draws
    base
        the claim with no parameter held
    still
        the value of the head effect that means no effect
    points
        by increasing value
    """

    claim: str
    parameter: str
    unit: str
    middle: float
    still: float
    base: ClaimParts
    points: tuple[ClaimAtValue, ...]


class Range(NamedTuple):
    """The values about the middle at which something stands; None where not even the nearest does.

    Attributes
    ----------
    from_below, to_above
        whether it still stands at the first and at the last value that was tried
    """

    low: float
    high: float
    from_below: bool
    to_above: bool


def same_draws(draws: int, seed: int, posterior: Posterior | None = None) -> Posterior:
    """Some draws of a posterior as a posterior of their own, so that one parameter of it can be moved.

    What was not calibrated is not in it: it is drawn from its prior, each time the same.
    """
    full = read_posterior() if posterior is None else posterior
    rows = posterior_rows(draws, seed, len(full))
    return Posterior(Frozen({key: values[rows] for key, values in full.draws.items()}))


def with_values(posterior: Posterior, key: str, values: np.ndarray) -> Posterior:
    """A posterior with one parameter set, draw by draw."""
    return Posterior(Frozen({**posterior.draws, key: np.asarray(values, dtype=float)}))


def values_of(posterior: Posterior, key: str, seed: int) -> np.ndarray:
    """A parameter in each draw: of the posterior if it is in it, else as its prior gives it."""
    return draw(read_registry().entries()[key], np.arange(len(posterior)), seed, posterior)


def sweep_parameter(
    claim: Claim, keys: Sequence[str], *, draws: int = 100, points: int = 7, seed: int = 1, workers: int | None = None
) -> Iterable[ParameterSweep]:
    """Judge a claim with each parameter held at `points` values of its prior, one parameter after the other.

    Parameters
    ----------
    keys
        "layer:name" of uncertain parameters
    draws
        of the posterior, for all others

    Raises
    ------
    NicheError
        for a parameter that is not uncertain, or fewer than 3 points
    """
    uncertain = read_registry().uncertain()
    for key in keys:
        if key not in uncertain:
            raise unknown("uncertain parameter", key, uncertain)
    if points < 3:
        raise NicheError(f"a sweep needs at least 3 points, got {points}")
    reads = hosted(head(claim))
    still = (reads.readings[0].compare.no_effect or 0.0) if reads else 0.0
    posterior = same_draws(draws, seed)
    base = parts_of(claim, Laboratory(draws, seed, posterior, rtol=RTOL, workers=workers))
    for key in keys:
        entry, found = uncertain[key], []
        values = entry.sample(np.linspace(*INSIDE, points))
        for value in np.unique(np.where(np.abs(values) < _NONE * np.ptp(values), 0.0, values)):
            held = with_values(posterior, key, np.full(draws, value))
            now = parts_of(claim, Laboratory(draws, seed, held, rtol=RTOL, workers=workers))
            found.append(ClaimAtValue(float(value), now.verdict, now.head, now.against(base)))
        middle = float(np.median(values_of(posterior, key, seed)))
        yield ParameterSweep(claim.id, key, entry.unit, middle, still, base, tuple(found))


def stands(values: Sequence[float], fine: Sequence[bool], middle: float) -> Range | None:
    """The run of values about `middle` at which something stands.

    Parameters
    ----------
    values
        increasing
    fine
        whether it stands at each; the run begins at the value nearest to the middle by rank
    """
    at = int(np.clip(np.searchsorted(values, middle), 0, len(values) - 1))
    if at > 0 and abs(values[at - 1] - middle) < abs(values[at] - middle):
        at -= 1
    if not fine[at]:
        return None
    low = high = at
    while low > 0 and fine[low - 1]:
        low -= 1
    while high + 1 < len(values) and fine[high + 1]:
        high += 1
    return Range(float(values[low]), float(values[high]), low == 0, high == len(values) - 1)
