"""Amounts: so much of something, and per what (host, body mass, body surface, time). Read once, at the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from niche import units
from niche.errors import NicheError, shown

DOSES = ("mg/kg", "mg", "mg/m2")  # of one dose: per body mass, per host, per body surface
MOST_TIMES = 100  # a dose above so many times the most of its source is refused unless the caller says that it is meant


@dataclass(frozen=True)
class Amount:
    """`value` in `unit`. The unit says per what: "mg" is per host, "mg/kg" per body mass, "mg/m2" per body surface,
    "mg/kg/day" and "pM/day" per time, "1" times rest."""

    value: float
    unit: str

    def __str__(self) -> str:
        return f"{units.digits(self.value)} {'fold' if self.unit == '1' else self.unit}"

    def milligrams(self, mass: Any, surface: Any = None) -> Any:
        """One dose [mg] of a body: mass [kg] and surface [m2], arrays or numbers.

        Raises
        ------
        NicheError
            for a dose per surface where no surface is given, or for what is no dose
        """
        if self.unit == "mg":
            return self.value * np.ones_like(mass, dtype=float)
        if self.unit == "mg/kg":
            return self.value * mass
        if self.unit == "mg/m2" and surface is not None:
            return self.value * surface
        if self.unit == "mg/m2":
            raise NicheError(
                f"{self} is a dose per body surface: say the surface [m2], or height [cm] and weight [kg], "
                "or write the dose in mg"
            )
        raise NicheError(f"{self} is not one dose")

    def per_kg(self, mass: float) -> float:
        """One dose [mg/kg] of a body of so many kg."""
        return self.value if self.unit == "mg/kg" else float(self.milligrams(mass)) / mass


def read_amount(given: object, allowed: Sequence[str], what: str) -> Amount:
    """The amount that text ("5 mg/kg") is, in the first of the `allowed` units that it fits. An `Amount` passes.

    Raises
    ------
    NicheError
        for a bare number, a unit that fits none of them, or what is negative or not finite
    """
    if isinstance(given, Amount):
        if given.unit not in allowed or not 0 <= given.value < float("inf"):
            raise NicheError(f"{what}: {given} is no amount in {' or '.join(allowed)}, from 0 on")
        return given
    number, unit = units.split_quantity(given, allowed[0], what)
    try:
        found = units.read_unit(unit)
    except NicheError as error:
        raise NicheError(f"{what}: {error}") from None
    fitting = [one for one in allowed if units.read_unit(one).powers == found.powers]
    if not fitting:
        like = " or ".join(f"{one!r}" for one in allowed)
        raise NicheError(f"{what}: unit {shown(unit)} is {found}, expected something like {like}")
    value = number * units.factor(unit, fitting[0])
    if not 0 <= value < float("inf"):
        raise NicheError(f"{what}: an amount cannot be negative and must be finite, got {shown(given)}")
    return Amount(value, fitting[0])


def read_fold(given: object, what: str) -> Amount:
    """A level against rest: a number, or text ("3 fold", "300 %"). Raises `NicheError` if it is negative or neither."""
    if isinstance(given, str | Amount):
        return read_amount(given, ("1",), what)
    if isinstance(given, bool | np.timedelta64) or not isinstance(given, Real):
        raise NicheError(f"{what}: {shown(given)} is not a level; give a number or text like '3 fold'")
    try:
        number = float(given)
    except OverflowError:
        number = float("inf")
    if not 0 <= number < float("inf"):
        raise NicheError(f"{what}: an amount cannot be negative and must be finite, got {shown(given)}")
    return Amount(number, "1")
