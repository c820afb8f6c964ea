"""What the model says for an atom, on the atom's scale: the logarithm of a ratio of arms, or the rate of one.

Each effect comes with its slopes by everything that was looked at, so that a fit can follow them back.
"""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from niche.atoms.records import Atom
from niche.errors import NicheError
from niche.evidence.comparisons import COMPARE
from niche.evidence.readings import Reading
from niche.frozen import Frozen
from niche.params.records import root
from niche.params.schema import Positive, Record, Text, parse
from niche.params.yaml_files import Spot, read_yaml

MOST_DAYS = 30
RATE = "growth rate"
_LEAST = 1e-9  # nothing has a logarithm of its own; and a slope, which is that of a signal over its background
# (arm, observable, days) -> the observable on these days, (hosts, days)
Look = Callable[[str, str, np.ndarray], np.ndarray]


class Part(NamedTuple):
    """How an effect answers to an observable of an arm on some days: by (hosts, days)."""

    arm: str
    observable: str
    days: np.ndarray
    by: np.ndarray


class Effect(NamedTuple):
    """value (hosts,), and the parts that it answers to."""

    value: np.ndarray
    parts: list[Part]


class Floor(Record):
    """The least that an assay sees of a read-out, in the unit of the model, and where it comes from."""

    value: Positive
    source: Text


class FloorFile(Record):
    """params/floors.yaml."""

    floors: dict[Text, Floor]


@lru_cache(maxsize=1)
def floors() -> Mapping[str, float]:
    """The detection floor of each read-out that has one: nothing over nothing is 1, cleared against escaped is flat."""
    file = root() / "floors.yaml"
    found = parse(FloorFile, read_yaml(file), Spot("floors.yaml", file))
    return Frozen({name: one.value for name, one in found.floors.items()})


def days_read(reading: Reading) -> np.ndarray:
    """The days on which a reading looks: of a span every day, or thirty-one alike apart if it is longer."""
    first, last = reading.day[0], reading.day[-1]
    if last == first:
        return np.array([first])
    return np.linspace(first, last, min(MOST_DAYS, math.ceil(last - first)) + 1)


def days_needed(reading: Reading) -> set[float]:
    """Every day on which some arm of a reading is looked at."""
    own_control = reading.compare.relative and not reading.compare.two_arms
    return set(days_read(reading).tolist()) | ({_reference(reading)} if own_control else set())


def at_days(times: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Where these days stand among read-out times."""
    places = np.clip(np.searchsorted(times, days - 1e-6), 0, len(times) - 1)
    if (np.abs(times[places] - days) > 1e-6).any():
        raise NicheError(f"days {days} are not among the read-out times")
    return places


def predicted(atom: Atom, look: Look) -> Effect:
    """The model's effect in each host, and its slopes. Smooth in what is looked at."""
    reading = atom.reading
    assert reading is not None
    days = days_read(reading)
    if reading.compare == COMPARE["slope"]:
        return _slopes(reading, look, days)
    effect = _log(_level(reading, look, reading.treated, days))
    if reading.compare.relative:
        if reading.control is not None and reading.compare.two_arms:
            control = _level(reading, look, reading.control, days)
        else:
            control = _level(reading, look, reading.treated, np.array([_reference(reading)]))
        effect = _less(effect, _log(control))
    if reading.against is not None:
        top, bottom = (_log(_level(reading, look, arm, days)) for arm in reading.against)
        effect = _less(effect, _less(top, bottom))
    return effect


def _reference(reading: Reading) -> float:
    return reading.reference_day or 0.0


def floor_of(reading: Reading) -> float:
    """The floor of what a reading sees; 0 where it has none."""
    return floors().get("lytic area" if reading.surround else reading.observable, 0.0)


def _level(reading: Reading, look: Look, arm: str, days: np.ndarray) -> Effect:
    """What an assay reads in an arm on a day, or as the mean of several, floor included."""
    seen, parts = _seen(reading, look, arm, days)
    mean = Effect(seen.mean(axis=1), [part._replace(by=part.by / len(days)) for part in parts])
    if reading.observable == RATE:  # of cells that may die faster than they divide
        return _over_nothing(mean, floor_of(reading))
    level = _over_nothing(mean, _LEAST)
    return level._replace(value=level.value + floor_of(reading))


def _slopes(reading: Reading, look: Look, days: np.ndarray) -> Effect:
    own = _slope(reading, look, reading.treated, days)
    if reading.control is None:
        return own
    least = floors()[RATE]
    other = _slope(reading, look, reading.control, days)
    return _less(_log(_over_nothing(own, least)), _log(_over_nothing(other, least)))


def _slope(reading: Reading, look: Look, arm: str, days: np.ndarray) -> Effect:
    """Of the logarithm, by least squares."""
    seen, parts = _seen(reading, look, arm, days)
    t = days - days.mean()
    weight = t / (t * t).sum()
    value = (np.log(seen + _LEAST) * weight).sum(axis=1)
    return Effect(value, [part._replace(by=part.by * weight / (seen + _LEAST)) for part in parts])


def _seen(reading: Reading, look: Look, arm: str, days: np.ndarray) -> tuple[np.ndarray, list[Part]]:
    if arm not in reading.surround:
        seen = look(arm, reading.observable, days)
        return seen, [Part(arm, reading.observable, days, np.ones_like(seen))]
    # A lesion is bone that is missing against the bone around it: the same host without the tumour.
    other = reading.surround[arm]
    inside, around = look(arm, "BV/TV", days), look(other, "BV/TV", days)
    missing, by = _above(1 - inside / around, floors()["bone missing"])
    by = by * (2 / 3) * missing ** (-1 / 3)
    parts = [Part(arm, "BV/TV", days, -by / around), Part(other, "BV/TV", days, by * inside / around**2)]
    return missing ** (2 / 3), parts


def _above(x: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """A number that is never below nothing, and its slope: x where it is well above `least`, smooth towards 0 below."""
    root_of = np.sqrt(x * x + 4 * least * least)
    return (x + root_of) / 2, (1 + x / root_of) / 2


def _over_nothing(one: Effect, least: float) -> Effect:
    value, by = _above(one.value, least)
    return Effect(value, [part._replace(by=part.by * by[:, None]) for part in one.parts])


def _log(one: Effect) -> Effect:
    return Effect(np.log(one.value), [part._replace(by=part.by / one.value[:, None]) for part in one.parts])


def _less(one: Effect, other: Effect) -> Effect:
    return Effect(one.value - other.value, one.parts + [part._replace(by=-part.by) for part in other.parts])
