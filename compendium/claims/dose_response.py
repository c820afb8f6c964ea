"""What one drug does alone, by dose, and the dose that it takes for a stated effect: what Loewe additivity needs.

The effect is the share left of the untreated read-out: 1 is no effect, 0 is nothing left. Two curves are offered.
`Monotone` runs through every simulated dose and assumes no shape: for model output, which has no noise. `Hill` is a
curve of three numbers, fitted by least squares: for measurements. Neither guesses beyond the drug's strongest effect:
there the dose is missing, and `reason` says so.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import least_squares

from niche.errors import NicheError

NO_EFFECT = 1e-4  # a drug whose largest effect is below this share does nothing (the solver's own error is below it)
DEFINED, FLAT, UNEVEN, BEYOND, ABOVE = range(5)
REASONS = (
    "defined",
    "the drug does nothing alone",
    "the drug's effect goes up and down with dose",
    "beyond the drug's strongest effect",
    "no effect, or the opposite one",
)


class Curve(Protocol):
    """A dose-response curve per draw."""

    def dose(self, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The dose for each share left, (draws, ...), and a code of `REASONS` (0 where the dose is defined)."""

    def strongest(self) -> np.ndarray:
        """The least share that the drug leaves, shape (draws,); 1 for one that does nothing."""


class Monotone(NamedTuple):
    """A monotone curve through doses (D,), from 0 upwards, and shares left (draws, D). Made by `monotone`.

    Between doses it is PCHIP (Fritsch and Butland 1984, doi:10.1137/0905021) of asinh(dose over the least dose) on the
    logarithm of what is left, so that it is exact at every dose and at no place turns round. `inverse` holds that curve
    for each draw, or the code of `REASONS` why there is none.
    """

    doses: np.ndarray
    left: np.ndarray
    inverse: tuple[PchipInterpolator | int, ...]

    def dose(self, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The dose for each share left; see `Curve`."""
        left = np.asarray(left, dtype=float)
        least = self.strongest().reshape(-1, *[1] * (left.ndim - 1)) * (1 - 1e-9)
        doses, why = np.full(left.shape, np.nan), np.where(left >= 1, ABOVE, np.where(left < least, BEYOND, DEFINED))
        for i, curve in enumerate(self.inverse):
            if isinstance(curve, int):
                why[i] = curve
            else:
                asked = np.clip(-np.log(left[i]), curve.x[0], curve.x[-1])
                doses[i] = self.doses[1] * np.sinh(curve(asked))
        return np.where(why == DEFINED, doses, np.nan), why

    def strongest(self) -> np.ndarray:
        """The least share that the doses tried leave, shape (draws,)."""
        return np.asarray(self.left.min(axis=1))


class Hill(NamedTuple):
    """A Hill curve per draw: left = 1 - (1 - floor) d**slope / (half**slope + d**slope); each field (draws,)."""

    half: np.ndarray
    slope: np.ndarray
    floor: np.ndarray

    def at(self, doses: Sequence[float] | np.ndarray) -> np.ndarray:
        """Share left at doses (D,), shape (draws, D)."""
        d = np.asarray(doses, dtype=float)
        with np.errstate(divide="ignore"):
            held = 1 / (1 + (self.half[:, None] / d) ** self.slope[:, None])
        return np.asarray(1 - (1 - self.floor[:, None]) * held)

    def dose(self, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The dose for each share left; see `Curve`."""
        left = np.asarray(left, dtype=float)
        half, slope, floor = (v.reshape(-1, *[1] * (left.ndim - 1)) for v in self)
        why = np.where(left >= 1, ABOVE, np.where(left <= floor, BEYOND, DEFINED))
        why = np.where(floor > 1 - NO_EFFECT, FLAT, why)
        with np.errstate(divide="ignore", invalid="ignore"):
            doses = half * ((1 - left) / (left - floor)) ** (1 / slope)
        return np.where(why == DEFINED, doses, np.nan), why

    def strongest(self) -> np.ndarray:
        """The share left of an unlimited dose, shape (draws,)."""
        return np.asarray(self.floor)


def monotone(doses: Sequence[float] | np.ndarray, left: np.ndarray) -> Monotone:
    """A curve through what was simulated: doses (D,) from 0 upwards, shares left (draws, D).

    Raises
    ------
    NicheError
        for doses that do not start at 0 and rise, or shares of another shape or not above 0
    """
    d, values = checked(doses, left)
    return Monotone(d, values, tuple(_inverse(d, own) for own in values))


def fit_hill(doses: Sequence[float] | np.ndarray, left: np.ndarray, floor: float | None = None) -> Hill:
    """Hill curves by least squares on the share left, one per draw.

    Parameters
    ----------
    doses, left
        as in `monotone`; the untreated share is 1 and is not fitted
    floor
        the share left of an unlimited dose, if it is known (0 for a median-effect curve)

    Raises
    ------
    NicheError
        as `monotone`, and for fewer doses than numbers to fit
    """
    d, values = checked(doses, left)
    given, free = d[1:], 2 if floor is not None else 3
    if len(given) < free:
        raise NicheError(f"a Hill curve of {free} numbers needs at least {free} doses above 0, got {len(given)}")

    def curve(x: np.ndarray) -> np.ndarray:
        least = floor if floor is not None else 1 / (1 + np.exp(-x[2]))
        return np.asarray(1 - (1 - least) / (1 + np.exp(np.exp(x[1]) * (x[0] - np.log(given)))))

    found = []
    for own in values:
        middle = np.log(given[np.argmin(np.abs(own[1:] - (1 + own.min()) / 2))])
        guess = [middle, 0.0] if floor is not None else [middle, 0.0, np.log(max(own.min(), 0.01) / 1.05)]
        x = least_squares(lambda x, own=own: curve(x) - own[1:], guess).x
        found.append((np.exp(x[0]), np.exp(x[1]), floor if floor is not None else 1 / (1 + np.exp(-x[2]))))
    return Hill(*np.array(found).T)


def checked(doses: Sequence[float] | np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Doses (D,) and shares left (draws, D) as arrays, or a `NicheError` that says what is wrong."""
    d, values = np.asarray(doses, dtype=float), np.atleast_2d(np.asarray(left, dtype=float))
    if d.ndim != 1 or len(d) < 2 or d[0] != 0 or not (np.diff(d) > 0).all() or not np.isfinite(d).all():
        raise NicheError(f"doses must start at 0 and rise, got {np.array2string(d, threshold=8)}")
    if values.shape[1:] != d.shape:
        raise NicheError(f"{len(d)} doses need as many shares left per draw, got an array of shape {values.shape}")
    if (values <= 0).any():
        raise NicheError("a share left must be above 0 (its logarithm is taken)")
    return d, values


def _inverse(doses: np.ndarray, left: np.ndarray) -> PchipInterpolator | int:
    """asinh(dose over the least dose) by -ln(left) of one draw, or the code of why it cannot be turned round.

    Where doses do the same, the least stands for all. A share that is not finite counts as uneven.
    """
    if not np.isfinite(left).all() or (np.diff(left) > NO_EFFECT).any():
        return UNEVEN
    if 1 - left.min() < NO_EFFECT:
        return FLAT
    effect = -np.log(left)
    keep = effect > np.concatenate([[-np.inf], np.maximum.accumulate(effect)[:-1]])
    return PchipInterpolator(effect[keep], np.arcsinh(doses / doses[1])[keep])
