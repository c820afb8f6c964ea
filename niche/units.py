"""Units: read "5 mg/kg/day", say whether it fits where it is used, and convert it.

A unit is a factor and the powers of five base dimensions. Mass per mass (mg/kg) is dosing per body mass, so
the heavier of the two is counted as a dimension of its own: "5 mg/day" never passes for "5 mg/kg/day", nor
mg/kg for kg/mg.
"""

import math
import re
from collections.abc import Iterator
from datetime import timedelta
from difflib import get_close_matches
from functools import lru_cache
from numbers import Real
from typing import NamedTuple

import numpy as np

from niche.errors import NicheError, shown

_BASE = ("mass", "substance", "length", "time", "body mass")
_MASS, _BODY = (1, 0, 0, 0, 0), (0, 0, 0, 0, 1)


class Unit(NamedTuple):
    """`factor` converts to g, mol, m, day; `powers` are those of mass, substance, length, time, body mass."""

    factor: float
    powers: tuple[int, ...]

    def __str__(self) -> str:
        parts = [n if p == 1 else f"{n}^{p}" for n, p in zip(_BASE, self.powers, strict=True) if p]
        return " ".join(parts) or "dimensionless"


_MICRO = ("u", "mc", "\u00b5", "\u03bc")  # mc: what prescriptions write for micrograms; two letters look like mu
_PREFIXES = {"": 1.0, "m": 1e-3, **dict.fromkeys(_MICRO, 1e-6), "n": 1e-9, "p": 1e-12, "f": 1e-15}
_SPELLED = {"": 1.0, "milli": 1e-3, "micro": 1e-6, "nano": 1e-9, "pico": 1e-12}
_TIMES = {
    "s sec secs second seconds": 1 / 86400,
    "min mins minute minutes": 1 / 1440,
    "h hr hrs hour hours": 1 / 24,
    "d day days": 1.0,
    "w wk wks week weeks": 7.0,
    "fortnight fortnights": 14.0,
    "mo mos month months": 30.4375,
    "y yr yrs year years": 365.25,
}
_KNOWN = (
    "g, mol, M, L and m, also with m, u (mcg, ug), n, p or f before them; kg, cm, kDa; s, min, h, day, week, month, "
    "year; %, fold, fraction, ratio, cells, foci, lesions"
)


def _symbols() -> dict[str, Unit]:
    dimensionless = (0, 0, 0, 0, 0)
    substance, length, volume = (0, 1, 0, 0, 0), (0, 0, 1, 0, 0), (0, 0, 3, 0, 0)
    table = {"1": Unit(1.0, dimensionless), "%": Unit(0.01, dimensionless)}
    table |= dict.fromkeys(("fold", "fraction", "ratio", "lesions", "cells", "foci"), Unit(1.0, dimensionless))
    for prefix, scale in _PREFIXES.items():
        table[prefix + "g"] = Unit(scale, _MASS)
        table[prefix + "mol"] = Unit(scale, substance)
        table[prefix + "M"] = Unit(scale * 1e3, (0, 1, -3, 0, 0))
        table[prefix + "L"] = Unit(scale * 1e-3, volume)
        table[prefix + "m"] = Unit(scale, length)
    for prefix, scale in _SPELLED.items():
        table |= dict.fromkeys((f"{prefix}gram", f"{prefix}grams"), Unit(scale, _MASS))
        table |= dict.fromkeys((f"{prefix}mole", f"{prefix}moles"), Unit(scale, substance))
        table |= {f"{prefix}{word}": Unit(scale * 1e-3, volume) for word in ("liter", "liters", "litre", "litres")}
    table |= dict.fromkeys(("kg", "kilogram", "kilograms"), Unit(1e3, _MASS))
    table["kDa"] = Unit(1e3, (1, -1, 0, 0, 0))
    table["cm"] = Unit(1e-2, length)
    return table | {name: Unit(days, (0, 0, 0, 1, 0)) for names, days in _TIMES.items() for name in names.split()}


def _in_capitals(table: dict[str, Unit]) -> dict[str, Unit]:
    """Symbols by their small letters, but for those that capitals tell apart (mM and mm)."""
    meant: dict[str, set[Unit]] = {}
    for name, unit in table.items():
        meant.setdefault(name.casefold(), set()).add(unit)
    return {name: next(iter(found)) for name, found in meant.items() if len(found) == 1}


_SYMBOLS = _symbols()
_ANY_CASE = _in_capitals(_SYMBOLS)
_TERM = re.compile(r"\s*([/*·]?)\s*(?:\(([^()]*\S[^()]*)\)|1(?!\d)|([A-Za-z\u00b5\u03bc%]+)(?:\^?(-?[1-9]))?)\s*")
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$", re.DOTALL)
_RAISED = re.compile("[\u207b\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+")
_LOWERED = str.maketrans("\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "-0123456789")
_PER = re.compile(r"(?<![A-Za-z])per(?![A-Za-z])", re.IGNORECASE)


def known_symbols() -> frozenset[str]:
    """Every symbol that `parse` knows by itself."""
    return frozenset(_SYMBOLS)


def read_unit(text: str) -> Unit:
    """The `Unit` that `text` names, e.g. "pM/day", "1/(pM d)", "mm2", "mg kg\u207b\u00b9", "mcg per kg".

    Raises
    ------
    NicheError
        naming what is wrong. A suggestion in it is never a unit of another size
    """
    if not isinstance(text, str):
        raise NicheError(f"a unit is text like 'mg/kg', got {shown(text)}")
    return _parse(text)


@lru_cache(maxsize=512)
def _parse(given: str) -> Unit:
    text = _RAISED.sub(lambda found: "^" + found[0].translate(_LOWERED), given).replace("\u2212", "-")
    text = _PER.sub("/", text).replace("\u22c5", "·")
    if not text.strip():
        raise NicheError("a unit is missing; write '1' for a pure number")
    terms = list(_terms(text, 1, given))
    masses = [(power > 0, unit.factor) for unit, power in terms if unit.powers == _MASS]
    above, below = (max((f for over, f in masses if over is side), default=0.0) for side in (True, False))
    body = 0 if not (above and below) else -1 if below >= above else 1
    factor, powers = 1.0, [0] * 5
    for unit, power in terms:
        factor *= unit.factor**power
        for i, p in enumerate(_BODY if unit.powers == _MASS and power * body > 0 else unit.powers):
            powers[i] += p * power
    if not 0 < factor < math.inf:
        raise NicheError(f"the unit {shown(given)} is too large or too small to count with")
    return Unit(factor, tuple(powers))


def _terms(text: str, sign: int, whole: str) -> Iterator[tuple[Unit, int]]:
    """Every symbol of a unit with its power; a bracket counts as one term."""
    position = 0
    while position < len(text):
        match = _TERM.match(text, position)
        if not match:
            raise NicheError(f"cannot read the unit {shown(whole)} from {shown(text[position:])} on")
        operator, bracket, symbol, power = match.groups()
        side = -sign if operator == "/" else sign
        if bracket:
            yield from _terms(bracket, side, whole)
        elif symbol:
            yield _symbol(symbol, whole), side * int(power or 1)
        position = match.end()


def _symbol(name: str, whole: str) -> Unit:
    """What a symbol means; capitals are let pass where they cannot mean another unit."""
    found = _SYMBOLS.get(name) or _ANY_CASE.get(name.casefold())
    if found is not None:
        return found
    said = f"unknown unit symbol (in {shown(whole)}) {shown(name)}"
    if name.casefold() in {symbol.casefold() for symbol in _SYMBOLS}:
        raise NicheError(f"{said}: it means one unit in capitals and another in small letters; write it as it is meant")
    # A wrong guess of a dose is worse than none: only words are guessed, and only if all that look alike mean the same.
    folded = {symbol.casefold(): unit for symbol, unit in _SYMBOLS.items()}
    near = get_close_matches(name.casefold(), list(folded), n=len(folded), cutoff=0.6)
    alike = {folded[one] for one in near}
    sure = len(name) >= 3 and len(alike) == 1 and not any(next(iter(alike)).powers[i] for i in (0, 1, 2))
    hint = f"; did you mean {near[0]!r}?" if sure else "."
    raise NicheError(f"{said}{hint} Known: {_KNOWN}.")


def fits(unit: str, expected: str) -> bool:
    """Whether two units have the same dimensions."""
    return read_unit(unit).powers == read_unit(expected).powers


def factor(unit: str, expected: str, what: str = "value") -> float:
    """What a number in `unit` is multiplied by to be in `expected`. Raises `NicheError` if they do not fit."""
    try:
        given, wanted = read_unit(unit), read_unit(expected)
    except NicheError as error:
        raise NicheError(f"{what}: {error}") from None
    if given.powers != wanted.powers:
        raise NicheError(f"{what}: unit {shown(unit)} is {given}, expected something like {expected!r} ({wanted})")
    return given.factor / wanted.factor


def split_quantity(text: object, like: str, what: str = "quantity") -> tuple[float, str]:
    """The number and the unit of "5 mg/kg/day", as they are written. Raises `NicheError` without unit or number."""
    match = _QUANTITY.match(text.replace("\u2212", "-")) if isinstance(text, str) else None
    if match is None or not match[2]:
        raise NicheError(f"{what}: {shown(text)} has no unit; write it like '1 {like}'")
    return float(match[1]), match[2]


def quantity(text: object, expected: str, what: str = "quantity") -> float:
    """The number that `text` ("5 mg/kg/day") is in the unit `expected`. A bare number has no unit and is refused."""
    written, unit = split_quantity(text, expected, what)
    number = written * factor(unit, expected, what)
    if not math.isfinite(number):
        raise NicheError(f"{what}: {shown(text)} is not finite")
    return number


def days(value: object, what: str = "time") -> float:
    """A time in days: a plain number is days, text carries its unit ("36 h"), timedelta and timedelta64 theirs."""
    if isinstance(value, str):
        return quantity(value, "day", what)
    if isinstance(value, timedelta):
        return value / timedelta(days=1)
    if isinstance(value, np.timedelta64):
        number = _numpy_days(value, what)
    elif isinstance(value, bool) or not isinstance(value, Real):
        raise NicheError(f"{what}: {shown(value)} is not a time; give days as a number or text like '36 h'")
    else:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    if not math.isfinite(number):
        raise NicheError(f"{what}: {shown(value)} is not finite")
    return number


def _numpy_days(value: np.timedelta64, what: str) -> float:
    if np.datetime_data(value.dtype)[0] in ("generic", "M", "Y"):  # NumPy's months and years have no length
        raise NicheError(f"{what}: {shown(value)} does not say how many days it is; give days or text like '36 h'")
    return float(value / np.timedelta64(1, "D"))


def digits(number: float) -> str:
    """A number as short as it can be written without losing anything."""
    short = f"{number:g}"
    return short if float(short) == number else repr(float(number))


def time_text(number: float) -> str:
    """Days as text that `days` reads as exactly the same number: in the unit in which it is a whole number, if any."""
    plain = f"{digits(number)} day{'' if number == 1 else 's'}"
    if number == int(number):
        return plain
    for unit, most in (("month", 120), ("h", 240), ("min", 90)):
        count = round(number / read_unit(unit).factor)
        whole = f"{count} {unit}{'s' if unit == 'month' and count > 1 else ''}"
        if 0 < count <= most and days(whole) == number:
            return whole
    return plain
