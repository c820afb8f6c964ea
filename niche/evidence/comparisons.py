"""How two numbers of an experiment become one: a change in percent, a ratio, a value, a slope; and what means none."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from niche.frozen import Frozen

START, CONTROL, NOTHING = "start", "control", "nothing"
LEAST = 0.01  # a full effect of less than a hundredth is none


@dataclass(frozen=True)
class Compare:
    """One way to compare.

    Attributes
    ----------
    name
        as plan files have it
    unit
        of what comes out, "" for that of the observable
    against
        what a value is divided by: the control arm, the same arm at the start or on a day, or nothing
    no_effect
        what comes out where nothing happened, None where that has no sense
    scale
        what comes out for twice the control less what comes out for the control: 100 of a percent, 1 of a ratio
    """

    name: str
    unit: str
    against: str
    no_effect: float | None
    scale: float = 1.0

    def of(self, treated: np.ndarray, control: np.ndarray | float = 1.0) -> np.ndarray:
        """What comes out of the treated and what it is compared with, shape of both."""
        if not self.relative:
            return np.asarray(treated)
        ratio = treated / control
        if self.no_effect == 0.0:
            return np.asarray(100 * (ratio - 1))
        return np.asarray(100 * ratio if self.scale == 100.0 else ratio)

    @property
    def relative(self) -> bool:
        """Whether something is divided by something."""
        return self.against != NOTHING

    @property
    def two_arms(self) -> bool:
        """Whether it needs a control arm."""
        return self.against == CONTROL

    def ratio(self, effect: np.ndarray) -> np.ndarray:
        """The ratio behind an effect; a value or a slope as it is."""
        if self.no_effect == 0.0 and self.relative:
            return np.asarray(1 + effect / self.scale)
        return np.asarray(effect / self.scale if self.scale != 1.0 else effect)

    def log_ratio(self, effect: np.ndarray) -> np.ndarray:
        """The logarithm of the ratio behind an effect; a value or a slope as it is.

        In logarithms effects that multiply add up. What is lost to nothing has none and is -inf or NaN.
        """
        if not self.relative:
            return effect
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.no_effect == 0.0:
                return np.asarray(np.log1p(effect / self.scale))
            return np.asarray(np.log(effect / self.scale if self.scale != 1.0 else effect))

    def size(self, effect: np.ndarray) -> np.ndarray:
        """How large an effect is: the logarithm of a fold, the distance from no effect otherwise."""
        if self.relative and self.unit == "fold":
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(np.log(effect))
        return np.asarray(effect - (self.no_effect or 0.0))

    @property
    def least(self) -> float:
        """The size that counts as none: a hundredth of the control; anything but zero where nothing is compared."""
        return 0.0 if self.no_effect is None else LEAST * self.scale

    def no_effect_on(self, scale: str) -> float | None:
        """No effect on the scale of an error: None where it has no logarithm, as a change of 0 % has none."""
        if self.no_effect is None or scale != "log":
            return self.no_effect
        return float(np.log(self.no_effect)) if self.no_effect > 0 else None

    def __str__(self) -> str:
        return self.name


COMPARE: Mapping[str, Compare] = Frozen(
    {
        one.name: one
        for one in (
            Compare("percent", "%", CONTROL, 0.0, 100.0),
            Compare("fold", "fold", CONTROL, 1.0),
            Compare("value", "", NOTHING, None),
            Compare("slope", "1/day", NOTHING, None),
            Compare("percent of start", "%", START, 100.0, 100.0),
            Compare("fold of start", "fold", START, 1.0),
            Compare("percent from day", "%", START, 0.0, 100.0),
        )
    }
)
