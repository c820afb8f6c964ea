"""Units: read "5 mg/kg/day", say whether it fits where it is used, and convert it.

A unit is a factor and the powers of five base dimensions. Mass per mass (mg/kg) is dosing per body mass, so
the second mass is counted as a dimension of its own: "5 mg/day" never passes for "5 mg/kg/day".
"""

import re
from functools import lru_cache
from typing import NamedTuple

from niche.errors import NicheError, unknown

_BASE = ("mass", "substance", "length", "time", "body mass")


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
    prefixes = {"": 1.0, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
    for prefix, scale in prefixes.items():
        table[prefix + "g"] = Unit(scale, (1, 0, 0, 0, 0))
        table[prefix + "mol"] = Unit(scale, (0, 1, 0, 0, 0))
        table[prefix + "M"] = Unit(scale * 1e3, (0, 1, -3, 0, 0))
        table[prefix + "L"] = Unit(scale * 1e-3, (0, 0, 3, 0, 0))
        table[prefix + "m"] = Unit(scale, (0, 0, 1, 0, 0))
    table["kg"] = Unit(1e3, (1, 0, 0, 0, 0))
    table["kDa"] = Unit(1e3, (1, -1, 0, 0, 0))
    table["cm"] = Unit(1e-2, (0, 0, 1, 0, 0))
    times = {"day": 1.0, "d": 1.0, "days": 1.0, "h": 1 / 24, "hour": 1 / 24, "hours": 1 / 24, "min": 1 / 1440}
    times |= {"s": 1 / 86400, "week": 7.0, "weeks": 7.0, "wk": 7.0, "month": 30.4375, "months": 30.4375}
    times |= {"year": 365.25, "years": 365.25, "y": 365.25}
    return table | {name: Unit(days, (0, 0, 0, 1, 0)) for name, days in times.items()}


_SYMBOLS = _symbols()
_TERM = re.compile(r"([/*·]?)\s*([A-Za-zµ%]+|1)(?:\^?(-?\d))?")
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")


@lru_cache(maxsize=512)
def parse(text: str) -> Unit:
    """The `Unit` that `text` names, e.g. "pM/day", "1/(pM d)", "mm2". Raises `NicheError` naming what is wrong."""
    compact = re.sub(r"/\s*\(([^()]*)\)", lambda m: "/" + "/".join(m[1].split()), text.strip())
    factor, powers, position, masses = 1.0, [0] * 5, 0, 0
    if not compact:
        raise NicheError("a unit is missing; write '1' for a pure number")
    while position < len(compact):
        match = _TERM.match(compact, position)
        if not match:
            raise NicheError(f"cannot read the unit {text!r} from {compact[position:]!r} on")
        operator, symbol, power = match[1], match[2], int(match[3] or 1)
        if symbol not in _SYMBOLS:
            raise unknown(f"unit symbol (in {text!r})", symbol, _SYMBOLS)
        unit, sign = _SYMBOLS[symbol], -power if operator == "/" else power
        per_body = unit.powers == (1, 0, 0, 0, 0) and sign == -1 and masses == 1
        masses += unit.powers == (1, 0, 0, 0, 0) and sign == 1
        factor *= unit.factor**sign
        for i, p in enumerate((0, 0, 0, 0, 1) if per_body else unit.powers):
            powers[i] += p * sign
        position = match.end()
        while position < len(compact) and compact[position] == " ":
            position += 1
    return Unit(factor, tuple(powers))


def fits(unit: str, expected: str) -> bool:
    """Whether two units have the same dimensions."""
    return parse(unit).powers == parse(expected).powers


def factor(unit: str, expected: str, what: str = "value") -> float:
    """What a number in `unit` is multiplied by to be in `expected`. Raises `NicheError` if they do not fit."""
    given, wanted = parse(unit), parse(expected)
    if given.powers != wanted.powers:
        raise NicheError(f"{what}: unit {unit!r} is {given}, expected something like {expected!r} ({wanted})")
    return given.factor / wanted.factor


def quantity(text: object, expected: str, what: str = "quantity") -> float:
    """The number that `text` ("5 mg/kg/day") is in the unit `expected`. A bare number has no unit and is refused."""
    match = _QUANTITY.match(text) if isinstance(text, str) else None
    if match is None or not match[2]:
        raise NicheError(f"{what}: {text!r} has no unit; write it like '1 {expected}'")
    return float(match[1]) * factor(match[2], expected, what)


def days(value: object, what: str = "time") -> float:
    """A time in days: a plain number is days, text carries its unit ("36 h")."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise NicheError(f"{what}: {value!r} is not a time; give days as a number or text like '36 h'")
    number = quantity(value, "day", what) if isinstance(value, str) else float(value)
    if not (number == number and abs(number) < float("inf")):
        raise NicheError(f"{what}: {value!r} is not finite")
    return number
