"""Over what range of one parameter a head keeps its side: the parameter is held at one value after the other.

No slopes are taken. All other parameters stay at the same draws of the posterior, so that what changes is due to the
one that is held. The values are quantiles of its prior, over the central 99 %.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from niche.analysis.sensitivity import INSIDE, RTOL
from niche.errors import NicheError, unknown
from niche.evidence.laboratory import Laboratory
from niche.frozen import Frozen
from niche.params.layers import read_registry
from niche.params.posterior import Posterior, draw, posterior_rows, read_posterior
from niche.predictions.outcomes import heads
from niche.propositions.reading import proposition

_NONE = 1e-12  # of a range: the middle of a symmetric prior is nought but for rounding


class HeadAtValue(NamedTuple):
    """A head with one parameter held at one value.

    Attributes
    ----------
    head
        its median, a logarithm or 1/day
    side
        share of draws on the side on which most are with nothing held
    """

    value: float
    head: float
    side: float


class ParameterSweep(NamedTuple):
    """One parameter held at value after value.

    Attributes
    ----------
    least
        the least relevant effect, as a logarithm
    middle
        median of the parameter in the draws
    base
        median of the head with no parameter held
    points
        by increasing value
    """

    proposition: str
    parameter: str
    unit: str
    least: float
    middle: float
    base: float
    points: tuple[HeadAtValue, ...]


class Range(NamedTuple):
    """The values about the middle at which something stands.

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
    name: str, keys: Sequence[str], *, draws: int = 100, points: int = 7, seed: int = 1, workers: int | None = None
) -> Iterable[ParameterSweep]:
    """Read the head of a proposition with each parameter held at `points` values of its prior, one after the other.

    Parameters
    ----------
    keys
        "layer:name" of uncertain parameters
    draws
        of the posterior, for all others

    Raises
    ------
    NicheError
        for a parameter that is not uncertain, fewer than 3 points, or a head that no host is simulated for
    """
    uncertain = read_registry().uncertain()
    for key in keys:
        if key not in uncertain:
            raise unknown("uncertain parameter", key, uncertain)
    if points < 3:
        raise NicheError(f"a sweep needs at least 3 points, got {points}")
    posterior, least = same_draws(draws, seed), math.log(proposition(name).least)

    def head(held: Posterior) -> np.ndarray:
        found = heads([name], Laboratory(draws, seed, held, rtol=RTOL, workers=workers, plans={}))[:, 0]
        return found[np.isfinite(found)]

    base = float(np.median(head(posterior)))
    for key in keys:
        entry, found = uncertain[key], []
        values = entry.sample(np.linspace(*INSIDE, points))
        for value in np.unique(np.where(np.abs(values) < _NONE * np.ptp(values), 0.0, values)):
            now = head(with_values(posterior, key, np.full(draws, value)))
            side = float(np.mean(np.sign(now) == np.sign(base)))
            found.append(HeadAtValue(float(value), float(np.median(now)), side))
        middle = float(np.median(values_of(posterior, key, seed)))
        yield ParameterSweep(name, key, entry.unit, least, middle, base, tuple(found))


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
