"""A row's measurement beside what the model predicts for it: numbers, and no word. Claims are answered elsewhere.

What a claim's statements are worth is said by `niche.answering`, over papers that were left out. A single row, and one
of a person's own, has its measurement, the draws, and the interval in which it was predicted to lie.
"""

from typing import Any, NamedTuple

import numpy as np

from niche.evidence.compared import Compared, compared
from niche.evidence.row_plan import RowPlan
from niche.evidence.rows import Evidence
from niche.monte_carlo import quantile_errors

ENDS = (0.05, 0.5, 0.95)


class RowResult(NamedTuple):
    """One row beside its prediction, numbers in the row's own unit.

    Attributes
    ----------
    value, sd
        the measurement and its error on `scale`; None of a direction
    low, median, high
        5, 50 and 95 % of the draws that have a value
    error
        how far other draws would move low, median and high
    z
        median less measurement, in the error and the spread of the draws together, on `scale`
    share
        of a direction, or a bound: the share of draws that have all that the row asks for
    failed
        draws without a value
    note
        what has to be said beside it: how it was restated or converted, why it is not simulated
    """

    id: str
    label: str
    role: str
    effect_type: str
    unit: str
    scale: str
    value: float | None
    sd: float | None
    sd_basis: str
    low: float | None = None
    median: float | None = None
    high: float | None = None
    error: tuple[float, ...] = ()
    z: float | None = None
    share: float | None = None
    failed: int = 0
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: numbers with four digits, None for what is none."""
        return {key: _plain(value) for key, value in self._asdict().items()}


def row_result(measured: Evidence, how: RowPlan, drawn: np.ndarray | None) -> RowResult:
    """A row beside its prediction.

    Parameters
    ----------
    drawn
        (draws,) of its effect in its own unit; of a direction whether each draw agrees, 1, 0 or NaN; None of a row that
        is not simulated
    """
    beside = compared(measured, how)
    base = RowResult(
        measured.id,
        how.label or measured.statement,
        how.role(measured),
        measured.effect_type,
        beside.unit,
        beside.scale,
        beside.value,
        beside.sd,
        measured.sd_basis,
        note=how.cannot or beside.note,
    )
    if drawn is None:
        return base
    if how.direction:
        agrees = np.isfinite(drawn)
        share = float(np.mean(np.nan_to_num(drawn, nan=0.0)))  # a draw without a value does not agree
        return base._replace(share=share, failed=int(np.count_nonzero(~agrees)))
    has = valued(drawn, beside.scale)
    base = base._replace(failed=int(np.count_nonzero(~has)))
    values = np.sort(drawn[has])
    if not len(values):
        return base
    low, middle, high = np.quantile(values, ENDS).tolist()
    found = base._replace(low=low, median=middle, high=high, error=quantile_errors(values))
    return found._replace(z=_z(values, beside))


def valued(effect: np.ndarray, scale: str) -> np.ndarray:
    """Which draws have a value on the scale of their row: finite, and above 0 for a logarithm."""
    return np.asarray(np.isfinite(effect) & ((effect > 0) | (scale != "log")))


def measured_text(one: RowResult) -> str:
    """What was measured, with its error."""
    if one.value is None:
        return "direction"
    if one.sd is None:
        return f"{one.value:.4g} {one.unit}".rstrip()
    error = f"x/÷ {np.exp(one.sd):.2f}" if one.scale == "log" else f"± {one.sd:.3g}"
    return f"{one.value:.4g} {error} {one.unit}".rstrip()


def predicted_text(one: RowResult) -> str:
    """What the model gives: the median and 5-95 % of draws, or how many agree."""
    if one.share is not None:
        return f"{100 * one.share:.0f} % of draws agree"
    return "–" if one.median is None else f"{one.median:.3g} ({one.low:.3g} to {one.high:.3g})"


def _z(values: np.ndarray, beside: Compared) -> float | None:
    if beside.value is None or beside.sd is None:
        return None
    log = beside.scale == "log"
    drawn, measured = (np.log(values), np.log(beside.value)) if log else (values, beside.value)
    return float((np.median(drawn) - measured) / np.hypot(beside.sd, drawn.std()))


def _plain(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.4g}") if np.isfinite(value) else None
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
