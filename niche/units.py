"""Units: read "5 mg/kg/day", say whether it fits where it is used, and convert it.

A unit is a factor and the powers of five base dimensions. Mass per mass (mg/kg) is dosing per body mass, so
the heavier of the two is counted as a dimension of its own: "5 mg/day" never passes for "5 mg/kg/day", nor
mg/kg for kg/mg.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from numbers import Real
from typing import NamedTuple

from niche.errors import NicheError, unknown

_BASE = ("mass", "substance", "length", "time", "body mass")
_MASS, _BODY = (1, 0, 0, 0, 0), (0, 0, 0, 0, 1)


class Unit(NamedTuple):
    """`factor` converts to g, mol, m, day; `powers` are those of mass, substance, length, time, body mass."""

    factor: float
    powers: tuple[int, ...]

    def __str__(self) -> str:
        parts = [n if p == 1 else f"{n}^{p}" for n, p in zip(_BASE, self.powers, strict=True) if p]
        return " ".join(parts) or "dimensionless"


def _symbols() -> dict[str, Unit]:
    dimensionless = (0, 0, 0, 0, 0)
    table = {"1": Unit(1.0, dimensionless), "%": Unit(0.01, dimensionless)}
    table |= dict.fromkeys(("fold", "fraction", "ratio", "lesions", "cells", "foci"), Unit(1.0, dimensionless))
    prefixes = {"": 1.0, "m": 1e-3, "u": 1e-6, "\u00b5": 1e-6, "\u03bc": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
    for prefix, scale in prefixes.items():
        table[prefix + "g"] = Unit(scale, _MASS)
        table[prefix + "mol"] = Unit(scale, (0, 1, 0, 0, 0))
        table[prefix + "M"] = Unit(scale * 1e3, (0, 1, -3, 0, 0))
        table[prefix + "L"] = Unit(scale * 1e-3, (0, 0, 3, 0, 0))
        table[prefix + "m"] = Unit(scale, (0, 0, 1, 0, 0))
    table["kg"] = Unit(1e3, _MASS)
    table["kDa"] = Unit(1e3, (1, -1, 0, 0, 0))
    table["cm"] = Unit(1e-2, (0, 0, 1, 0, 0))
    times = {"day": 1.0, "d": 1.0, "days": 1.0, "h": 1 / 24, "hour": 1 / 24, "hours": 1 / 24, "min": 1 / 1440}
    times |= {"s": 1 / 86400, "week": 7.0, "weeks": 7.0, "wk": 7.0, "month": 30.4375, "months": 30.4375}
    times |= {"year": 365.25, "years": 365.25, "y": 365.25}
    return table | {name: Unit(days, (0, 0, 0, 1, 0)) for name, days in times.items()}


_SYMBOLS = _symbols()
_TERM = re.compile(r"\s*([/*·]?)\s*(?:\(([^()]*\S[^()]*)\)|1(?!\d)|([A-Za-z\u00b5\u03bc%]+)(?:\^?(-?[1-9]))?)\s*")
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")


@lru_cache(maxsize=512)
def parse(text: str) -> Unit:
    """The `Unit` that `text` names, e.g. "pM/day", "1/(pM d)", "mm2". Raises `NicheError` naming what is wrong."""
    if not text.strip():
        raise NicheError("a unit is missing; write '1' for a pure number")
    terms = list(_terms(text, 1, text))
    masses = [(power > 0, unit.factor) for unit, power in terms if unit.powers == _MASS]
    above, below = (max((f for over, f in masses if over is side), default=0.0) for side in (True, False))
    body = 0 if not (above and below) else -1 if below >= above else 1
    factor, powers = 1.0, [0] * 5
    for unit, power in terms:
        factor *= unit.factor**power
        for i, p in enumerate(_BODY if unit.powers == _MASS and power * body > 0 else unit.powers):
            powers[i] += p * power
    return Unit(factor, tuple(powers))


def _terms(text: str, sign: int, whole: str) -> Iterator[tuple[Unit, int]]:
    """Every symbol of a unit with its power; a bracket counts as one term."""
    position = 0
    while position < len(text):
        match = _TERM.match(text, position)
        if not match:
            raise NicheError(f"cannot read the unit {whole!r} from {text[position:]!r} on")
        operator, bracket, symbol, power = match.groups()
        side = -sign if operator == "/" else sign
        if bracket:
            yield from _terms(bracket, side, whole)
        elif symbol and symbol not in _SYMBOLS:
            raise unknown(f"unit symbol (in {whole!r})", symbol, _SYMBOLS)
        elif symbol:
            yield _SYMBOLS[symbol], side * int(power or 1)
        position = match.end()


def fits(unit: str, expected: str) -> bool:
    """Whether two units have the same dimensions."""
    return parse(unit).powers == parse(expected).powers


def factor(unit: str, expected: str, what: str = "value") -> float:
    """What a number in `unit` is multiplied by to be in `expected`. Raises `NicheError` if they do not fit."""
    try:
        given, wanted = parse(unit), parse(expected)
    except NicheError as error:
        raise NicheError(f"{what}: {error}") from None
    if given.powers != wanted.powers:
        raise NicheError(f"{what}: unit {unit!r} is {given}, expected something like {expected!r} ({wanted})")
    return given.factor / wanted.factor


def quantity(text: object, expected: str, what: str = "quantity") -> float:
    """The number that `text` ("5 mg/kg/day") is in the unit `expected`. A bare number has no unit and is refused."""
    match = _QUANTITY.match(text) if isinstance(text, str) else None
    if match is None or not match[2]:
        raise NicheError(f"{what}: {text!r} has no unit; write it like '1 {expected}'")
    number = float(match[1]) * factor(match[2], expected, what)
    if not math.isfinite(number):
        raise NicheError(f"{what}: {text!r} is not finite")
    return number


def days(value: object, what: str = "time") -> float:
    """A time in days: a plain number is days, text carries its unit ("36 h")."""
    if isinstance(value, bool) or not isinstance(value, Real | str):
        raise NicheError(f"{what}: {value!r} is not a time; give days as a number or text like '36 h'")
    number = quantity(value, "day", what) if isinstance(value, str) else float(value)
    if not math.isfinite(number):
        raise NicheError(f"{what}: {value!r} is not finite")
    return number
