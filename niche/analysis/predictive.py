"""The distribution that a measurement was predicted to have, and how good that was once it was known."""

from typing import Any, NamedTuple

import numpy as np

from niche.analysis.row_result import RowResult, valued
from niche.inference.scores import normal_quantiles, score

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


class Predictive(NamedTuple):
    """Median and central intervals of a measurement as it was predicted, in the unit of its row.

    The prediction is a mixture of normal curves on the row's scale, one about each draw, as wide as the error of the
    measurement; without an error it is the draws alone.

    Attributes
    ----------
    pit
        predicted probability of less than what was measured
    crps
        lower is better, on the row's scale (of "log" in natural logarithms)
    log_score
        natural logarithm of the density there, higher is better; None without an error
    """

    median: float
    half: tuple[float, float]
    ninety: tuple[float, float]
    pit: float | None = None
    crps: float | None = None
    log_score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values with six digits, by the names of `niche predict --json`."""
        named = {
            "median": self.median,
            "interval_50": self.half,
            "interval_90": self.ninety,
            "pit": self.pit,
            "crps": self.crps,
            "log_score": self.log_score,
        }
        return {name: _rounded(value) for name, value in named.items()}


def predictive_of(row: RowResult, drawn: np.ndarray) -> Predictive | None:
    """What a number was predicted to be; None of a direction, or where no draw has a value.

    Parameters
    ----------
    drawn
        (draws,) in the unit of the row; draws without a value on the row's scale are left out
    """
    if row.share is not None:
        return None
    log = row.scale == "log"
    values = drawn[valued(drawn, row.scale)]
    if not len(values):
        return None
    if row.value is None or row.sd is None:
        low, first, middle, third, high = np.quantile(values, LEVELS).tolist()
        return Predictive(middle, (first, third), (low, high))
    on_scale, measured = (np.log(values), np.log(row.value)) if log else (values, row.value)
    errors = (on_scale - measured) / row.sd
    found = score(errors)
    quantiles = measured + row.sd * normal_quantiles(errors, LEVELS)
    quantiles = np.where(np.abs(quantiles) < 1e-9 * row.sd, 0.0, quantiles)  # what bisection leaves of nothing
    low, first, middle, third, high = (np.exp(quantiles) if log else quantiles).tolist()
    log_score = found.log_score - float(np.log(row.sd))
    return Predictive(middle, (first, third), (low, high), found.pit, found.crps * row.sd, log_score)


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_rounded(one) for one in value]
    return None if value is None or not np.isfinite(value) else float(f"{value:.6g}")
