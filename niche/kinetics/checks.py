"""What a drug's numbers are compared with: published levels, areas, half-lives and shares, as data beside the drug."""

from dataclasses import dataclass
from typing import Any

from niche import units
from niche.errors import NicheError, known, unknown

READS = {
    "level": "ng/mL",
    "cmax": "ng/mL",
    "mean": "ng/mL",
    "auc": "ng day/mL",
    "tmax": "day",
    "half_life": "day",
    "excreted": "1",
    "occupancy": "1",
}
AGAINST = ("same model", "used", "independent")
_BOUNDS = ("expected", "between", "below", "above")
_KEYS = {
    "what",
    "read",
    "given",
    "at",
    "window",
    "over",
    "target",
    "unit",
    "tolerance",
    "because",
    "against",
    "source",
    "missed",
    *_BOUNDS,
}


@dataclass(frozen=True)
class LevelReading:
    """What is read from the levels after a regimen: at times, or in a window [days]; `target` for an occupancy."""

    read: str
    given: tuple[str, ...]
    at: tuple[float, ...]
    window: tuple[float, float] | None
    target: str


@dataclass(frozen=True)
class Check:
    """A published number and how near the drug's numbers must come.

    over : a second reading that divides the first; low, high : between which the result must lie, in `unit`
    against : "independent", "same model" (the equations, run by other software) or "used" (the number set a parameter)
    missed : why it is known not to hold; "" for one that must hold
    """

    what: str
    reading: LevelReading
    over: LevelReading | None
    low: tuple[float, ...]
    high: tuple[float, ...]
    unit: str
    published: str
    because: str
    against: str
    source: str
    missed: str


def read_checks(given: Any, where: str) -> tuple[Check, ...]:
    """The checks of one drug. Raises `NicheError` naming the check and the key for what is wrong."""
    if not isinstance(given, list):
        raise NicheError(f"{where}: expected a list of checks, got {given!r}")
    return tuple(_check(one, f"{where} {i + 1}") for i, one in enumerate(given))


def _check(one: Any, where: str) -> Check:
    known(one, _KEYS, where)
    for key in ("what", "read", "unit", "because", "against", "source"):
        if not isinstance(one.get(key), str) or not one[key].strip():
            raise NicheError(f"{where}: a check needs {key}, as text")
    if one["against"] not in AGAINST:
        raise NicheError(f"{where}: {unknown('against', one['against'], AGAINST)}")
    reading = _reading(one, where)
    over = None
    if "over" in one:
        if not isinstance(one["over"], dict):
            raise NicheError(f"{where}, over: expected what differs from the first reading, got {one['over']!r}")
        shared = {key: one[key] for key in ("read", "given", "at", "window", "target") if key in one}
        over = _reading(shared | one["over"], f"{where}, over")
        units.factor(one["unit"], "1", f"{where}, unit")
    else:
        units.factor(one["unit"], plain_unit(reading.read, one["unit"]), f"{where}, unit")
    low, high, published = _bounds(one, where)
    if len(low) != max(1, len(reading.at)):
        raise NicheError(f"{where}: {len(reading.at)} times and {len(low)} expected numbers")
    return Check(
        one["what"],
        reading,
        over,
        low,
        high,
        one["unit"],
        published,
        " ".join(one["because"].split()),
        one["against"],
        " ".join(one["source"].split()),
        " ".join(str(one.get("missed") or "").split()),
    )


def _reading(one: dict, where: str) -> LevelReading:
    if one["read"] not in READS:
        raise NicheError(f"{where}: {unknown('read', one['read'], READS)}")
    given = one.get("given")
    given = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else ()
    if not given or not all(isinstance(text, str) for text in given):
        raise NicheError(f"{where}: a check needs given, the regimen or regimens, as text")
    at = one.get("at", ())
    at = tuple(units.days(each, f"{where}, at") for each in (at if isinstance(at, list | tuple) else [at]))
    span = one.get("window")
    window = None
    if span is not None:
        if not isinstance(span, list) or len(span) != 2:
            raise NicheError(f"{where}: expected window: [from, to], got {span!r}")
        window = units.days(span[0], f"{where}, window"), units.days(span[1], f"{where}, window")
        if not 0 <= window[0] < window[1]:
            raise NicheError(f"{where}: the window {span!r} is empty")
    timed = one["read"] in ("level", "excreted", "occupancy")
    if timed != bool(at) or timed == bool(window):
        raise NicheError(f"{where}: {one['read']} is read {'at times: at' if timed else 'in a window: [from, to]'}")
    return LevelReading(one["read"], given, at, window, str(one.get("target") or ""))


def molar(unit: str) -> bool:
    """Whether a unit counts molecules rather than mass."""
    return units.parse(unit).powers[1] != 0


def plain_unit(read: str, unit: str) -> str:
    """The unit that a reading has before it is converted to `unit`."""
    return READS[read].replace("ng/mL", "nM").replace("ng day/mL", "nM day") if molar(unit) else READS[read]


def _bounds(one: dict, where: str) -> tuple[tuple[float, ...], tuple[float, ...], str]:
    """Lowest and highest results that pass, and the published number as text."""
    given = [key for key in _BOUNDS if key in one]
    if len(given) != 1:
        raise NicheError(f"{where}: give one of {', '.join(_BOUNDS)}")
    kind, value = given[0], one[given[0]]
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in values):
        raise NicheError(f"{where}, {kind}: expected numbers, got {value!r}")
    if kind == "expected":
        share = one.get("tolerance")
        if not isinstance(share, int | float) or not 0 < share < 1:
            raise NicheError(f"{where}: expected needs a tolerance between 0 and 1, got {share!r}")
        text = ", ".join(f"{each:g}" for each in values)
        return tuple(v * (1 - share) for v in values), tuple(v * (1 + share) for v in values), text
    if kind == "between":
        if len(values) != 2 or values[0] >= values[1]:
            raise NicheError(f"{where}: expected between: [low, high], got {value!r}")
        return (values[0],), (values[1],), f"{values[0]:g} to {values[1]:g}"
    if len(values) != 1:
        raise NicheError(f"{where}: expected one number for {kind}, got {value!r}")
    low, high = (float("-inf"), values[0]) if kind == "below" else (values[0], float("inf"))
    return (low,), (high,), f"{kind} {values[0]:g}"
