"""A prediction on record beside the measurement: where it falls, and how well it was predicted."""

import math
from typing import NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.predictions.table import Prediction

_LOW_50, _HIGH_50, _LOW_90, _HIGH_90 = 0.25, 0.75, 0.05, 0.95


class Score(NamedTuple):
    """A measurement against its prediction.

    Attributes
    ----------
    value, se
        the measured ratio, and the standard error of its logarithm that was used
    planned
        whether that is the error that was planned, none being given
    log_score
        log of the predictive density of the logarithm of the ratio [nats]; higher is better
    gain
        that, less the log score of a prediction of no effect with the same error and spread
    pit
        the predictive probability of a smaller ratio; uniform over predictions that are right
    """

    value: float
    se: float
    planned: bool
    log_score: float
    gain: float
    pit: float

    @property
    def inside_50(self) -> bool:
        """Whether it lies in the central half of the prediction."""
        return _LOW_50 <= self.pit <= _HIGH_50

    @property
    def inside_90(self) -> bool:
        """Whether it lies in the central 90 % of the prediction."""
        return _LOW_90 <= self.pit <= _HIGH_90


def score(one: Prediction, value: float, se: float | None = None) -> Score:
    """Score a measurement.

    Parameters
    ----------
    value
        the ratio that was measured, of the arms that the prediction names
    se
        standard error of its logarithm (of a ratio of 2 with a 95 % interval from 1.5 to 2.7: 0.15); None takes the one
        that was planned

    Raises
    ------
    NicheError
        for a ratio or an error that is not above 0 and finite
    """
    for what, given in (("value", value), ("se", se)):
        if given is not None and not (math.isfinite(given) and given > 0):
            raise NicheError(
                f"{one.id}: {what} is a number above 0 (a ratio of arms; an error of its log), got {given!r}"
            )
    error = one.error if se is None else se
    s, y = math.hypot(error, one.spread), math.log(value)
    z = (y - np.array(one.draws)) / s
    log_score = log_mean_density(z, s)
    nothing = log_mean_density(np.array([y / s]), s)
    pit = math.fsum(0.5 * math.erfc(-each / math.sqrt(2)) for each in z.tolist()) / len(z)
    return Score(value, error, se is None, log_score, log_score - nothing, pit)


def log_mean_density(z: np.ndarray, s: float) -> float:
    """The log of the mean of normal densities at z standard scores, of standard deviation s."""
    top = float(np.max(-0.5 * z * z))
    return top + math.log(float(np.mean(np.exp(-0.5 * z * z - top)))) - math.log(s * math.sqrt(2 * math.pi))


def quantiles(draws: np.ndarray, s: float, shares: tuple[float, ...]) -> list[float]:
    """Quantiles of a mixture of normal(draws, s), by bisection, to 1e-9 of its width."""
    low, high = float(draws.min()) - 9 * s, float(draws.max()) + 9 * s
    found = []
    for share in shares:
        a, b = low, high
        for _ in range(60):
            middle = 0.5 * (a + b)
            below = math.fsum(0.5 * math.erfc((one - middle) / s / math.sqrt(2)) for one in draws.tolist()) / len(draws)
            a, b = (middle, b) if below < share else (a, middle)
        found.append(0.5 * (a + b))
    return found
