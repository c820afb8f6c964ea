"""An effect as a paper prints it, on the scale on which it is judged, and an error of it with the sum in plain text."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from niche.errors import NicheError
from niche.evidence.effect_units import Spelling
from niche.evidence.printed_numbers import PrintedValue, printed_number
from niche.evidence.printed_uncertainty import arm_sizes


class Effect(NamedTuple):
    """What is printed of an effect.

    Attributes
    ----------
    value, scale, cells
        as in the table
    spelled
        what the value means
    beside
        what stood in the cell of the value
    decimal
        how the table writes decimals
    """

    value: float
    scale: str
    cells: Mapping[str, str]
    spelled: Spelling
    beside: PrintedValue
    decimal: str

    @property
    def logs(self) -> bool:
        """Whether logarithms of the value have yet to be taken."""
        return self.scale == "log" and not self.spelled.base

    def fold(self, value: float) -> float:
        """What has a logarithm: a change of v per cent is 1 + v/100; an absolute number is itself."""
        found = self.spelled.of(value)
        return 1 + found / 100 if self._percent else found

    @property
    def per_fold(self) -> float:
        """How much a unit of the value is, as a fold (of a logarithm: of the fold's own size)."""
        size = abs(self.spelled.factor) / (100 if self._percent else 1)
        return math.log(self.spelled.base) * self.fold(self.value) if self.spelled.base else size

    def on_scale(self, error: float) -> tuple[float, str]:
        """An error in the unit of the value as one on its scale (delta method), and how it was brought there."""
        if not self.logs:
            return error, ""
        level = self.fold(self.value) / self.per_fold
        return error / level, f" / {level:.4g}"

    @property
    def _percent(self) -> bool:
        return self.spelled.unit == "%" and not self.spelled.amount

    def read(self, column: str) -> float | None:
        """The number in a cell; None if the cell is empty."""
        text = self.cells.get(column, "")
        return printed_number(text, self.decimal) if text else None

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many are in each arm."""
        return arm_sizes(self.cells.get("n", "") or self.beside.n)


class EffectError(NamedTuple):
    """An error of an effect on its scale, the sum in text, and from what it is; rounding moves it from least to most.

    Attributes
    ----------
    bound
        whether it is an upper bound
    slack
        what the method may do besides rounding, as a factor
    """

    error: float
    sum: str
    basis: str
    least: float
    most: float
    bound: bool = False
    slack: float = 1.05


def derived(
    error: float, told: str, basis: str, rounding: float, remark: str = "", bound: bool = False, slack: float = 1.05
) -> EffectError:
    """An error with its sum, `told`, and how far rounding moves it, as a share of it."""
    if not (math.isfinite(error) and error > 0):
        raise NicheError(f"the error {basis} is not above 0 ({told} = {error:.3g})")
    least, most = max(error * (1 - rounding), 0.0), error * (1 + rounding)
    return EffectError(error, f"{told} = {error:.3g}{remark}", basis, least, most, bound, slack)
