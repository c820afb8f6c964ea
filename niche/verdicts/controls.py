"""Controls: what is left of an effect when a mechanism is removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from niche.evidence.laboratory import Laboratory

LEFT = 20.0  # percent of the effect that may be left if the mechanism explains it (docs/verdicts.md)
EXPLAINS, DOES_NOT, NOTHING = "explains", "does not explain", "no effect to explain"


@dataclass(frozen=True)
class Control:
    """A mechanism to remove: the parameters that switch it off, and the row whose effect it should abolish."""

    name: str
    row: str
    changes: Mapping[str, float]


class ControlResult(NamedTuple):
    """What is left of a row's effect without the mechanism: medians in the row's unit, and the share in percent.

    `share` is that of the medians, NaN where there is no effect to explain; `low` and `high` are the 5-95 % interval of
    the share over draws. Of a direction row it is the first thing that the row reads.
    """

    name: str
    row: str
    full: float
    without: float
    share: float
    low: float
    high: float

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "ControlResult":
        """A control as it was stored, where None is no number."""
        numbers = (stored.get(name) for name in cls._fields[2:])
        none = float("nan")
        return cls(
            str(stored.get("name", "")),
            str(stored.get("row", "")),
            *(none if number is None else float(number) for number in numbers),
        )


def explains(control: ControlResult) -> str:
    """Whether the mechanism explains the effect: at most a fifth may be left without it."""
    if np.isnan(control.share):
        return NOTHING
    return EXPLAINS if abs(control.share) <= LEFT else DOES_NOT


def what_is_left(control: Control, lab: Laboratory) -> ControlResult:
    """The effect left, as a share of the full effect: logarithms of folds, distances from no effect otherwise."""
    compare = lab.plan(control.row).readings[0].compare
    full, without = lab.effect(control.row), lab.without(control.changes).effect(control.row)
    middles = np.array([median(full), median(without)])
    whole, rest = compare.size(middles)
    share, low, high = float("nan"), float("nan"), float("nan")
    if abs(whole) > compare.least:
        share = float(100 * rest / whole)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = 100 * compare.size(without) / compare.size(full)
        if np.isfinite(shares).any():
            low, high = np.quantile(shares[np.isfinite(shares)], [0.05, 0.95]).tolist()
    return ControlResult(control.name, control.row, float(middles[0]), float(middles[1]), share, low, high)


def median(effect: np.ndarray) -> float:
    """The median of the hosts that did not fail; NaN if all did."""
    finite = effect[np.isfinite(effect)]
    return float(np.median(finite)) if len(finite) else float("nan")
