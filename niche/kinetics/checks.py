"""What a drug's numbers are compared with: published levels, areas, half-lives and shares, as data beside the drug."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import UNSET, structs

from niche import units
from niche.errors import NicheError
from niche.kinetics.files import CheckEntry, LevelRowEntry

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

    Attributes
    ----------
    over
        a second reading that divides the first
    low, high
        between which the result must lie, in `unit`
    against
        "independent", "same model" (the equations, run by other software) or "used" (the number set a
        parameter)
    missed
        why it is known not to hold; "" for one that must hold
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


def read_checks(given: Sequence[CheckEntry], where: str) -> tuple[Check, ...]:
    """The checks of one drug. Raises `NicheError` naming the check and the key for what is wrong."""
    return tuple(_check(one, f"{where}, item {i}") for i, one in enumerate(given, 1))


def _check(one: CheckEntry, where: str) -> Check:
    reading = level_reading(one, where)
    over = None
    if one.over is None:
        units.factor(one.unit, _unit_of(reading.read, one.unit, f"{where}, unit"), f"{where}, unit")
    else:
        changes = {key: value for key, value in structs.asdict(one.over).items() if value is not UNSET}
        over = level_reading(structs.replace(one, **changes), f"{where}, over")
        units.factor(one.unit, "1", f"{where}, unit")
    low, high, published = _bounds(one, where)
    if len(low) != max(1, len(reading.at)):
        raise NicheError(f"{where}: {len(reading.at)} times and {len(low)} expected numbers")
    return Check(
        one.what,
        reading,
        over,
        low,
        high,
        one.unit,
        published,
        " ".join(one.because.split()),
        one.against,
        " ".join(one.source.split()),
        " ".join(one.missed.split()),
    )


def level_reading(one: CheckEntry | LevelRowEntry, where: str) -> LevelReading:
    """What an entry reads of the levels. Raises `NicheError` for times and windows that do not fit what is read."""
    given = one.given if isinstance(one.given, tuple) else (one.given,)
    if not given:
        raise NicheError(f"{where}, given: expected the regimen or regimens, as text")
    times = one.at if isinstance(one.at, tuple) else (one.at,)
    at = tuple(units.days(each, f"{where}, at") for each in times)
    window = None
    if one.window is not None:
        window = units.days(one.window[0], f"{where}, window"), units.days(one.window[1], f"{where}, window")
        if not 0 <= window[0] < window[1]:
            raise NicheError(f"{where}, window: {list(one.window)!r} is empty")
    timed = one.read in ("level", "excreted", "occupancy")
    if timed != bool(at) or timed == bool(window):
        raise NicheError(f"{where}: {one.read} is read {'at times: at' if timed else 'in a window: [from, to]'}")
    return LevelReading(one.read, given, at, window, one.target)


def _unit_of(read: str, unit: str, where: str) -> str:
    try:
        return plain_unit(read, unit)
    except NicheError as error:
        raise NicheError(f"{where}: {error}") from None


def molar(unit: str) -> bool:
    """Whether a unit counts molecules rather than mass."""
    return units.read_unit(unit).powers[1] != 0


def plain_unit(read: str, unit: str) -> str:
    """The unit that a reading has before it is converted to `unit`."""
    return READS[read].replace("ng/mL", "nM").replace("ng day/mL", "nM day") if molar(unit) else READS[read]


def _bounds(one: CheckEntry, where: str) -> tuple[tuple[float, ...], tuple[float, ...], str]:
    """Lowest and highest results that pass, and the published number as text."""
    if one.expected is not None and one.tolerance is not None:
        values, share = one.expected if isinstance(one.expected, tuple) else (one.expected,), one.tolerance
        text = ", ".join(f"{each:g}" for each in values)
        return tuple(v * (1 - share) for v in values), tuple(v * (1 + share) for v in values), text
    if one.between is not None:
        low, high = one.between
        if low >= high:
            raise NicheError(f"{where}, between: expected [low, high], got {list(one.between)!r}")
        return (low,), (high,), f"{low:g} to {high:g}"
    if one.below is not None:
        return (float("-inf"),), (one.below,), f"below {one.below:g}"
    assert one.above is not None
    return (one.above,), (float("inf"),), f"above {one.above:g}"
