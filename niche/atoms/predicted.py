"""What the model says for an atom, on the atom's scale: the logarithm of a ratio of arms, or the rate of one."""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from niche.atoms.records import Atom
from niche.errors import NicheError
from niche.evidence.comparisons import COMPARE
from niche.evidence.readings import Reading
from niche.frozen import Frozen
from niche.params.records import root
from niche.params.schema import Positive, Record, Text, parse
from niche.params.yaml_files import Spot, read_yaml
from niche.sums import mean_last, sum_last

MOST_DAYS = 30
_LEAST = 1e-9
Series = Callable[[str, str], tuple[np.ndarray, np.ndarray]]


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
    own = set(days_read(reading).tolist())
    own_control = reading.compare.relative and not reading.compare.two_arms
    return own | ({reading.reference_day or 0.0} if own_control else set())


def at_days(times: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Where these days stand among read-out times."""
    places = np.clip(np.searchsorted(times, days - 1e-6), 0, len(times) - 1)
    if not np.allclose(times[places], days, atol=1e-6):
        raise NicheError(f"days {days} are not among the read-out times")
    return places


def predicted(atom: Atom, series: Series) -> np.ndarray:
    """The model's effect in each host, shape (hosts,); smooth in the series, real or complex.

    Parameters
    ----------
    series
        (arm, observable) -> the days on which it is read (times,), and the observable (hosts, times)
    """
    reading = atom.reading
    assert reading is not None
    if reading.compare == COMPARE["slope"]:
        return _slopes(reading, series)
    days = days_read(reading)
    value = _level(reading, series, reading.treated, days)
    if not reading.compare.relative:
        return np.asarray(np.log(value))
    if reading.control is not None and reading.compare.two_arms:
        effect = np.log(value / _level(reading, series, reading.control, days))
    else:
        effect = np.log(value / _level(reading, series, reading.treated, np.array([reading.reference_day or 0.0])))
    if reading.against is not None:
        top, bottom = (_level(reading, series, arm, days) for arm in reading.against)
        effect = effect - np.log(top / bottom)
    return np.asarray(effect)


def _level(reading: Reading, series: Series, arm: str, days: np.ndarray) -> np.ndarray:
    """What an assay reads in an arm on a day, or as the mean of several, floor included."""
    times, seen = _seen(reading, series, arm)
    return np.asarray(mean_last(seen[:, at_days(times, days)])) + floor_of(reading)


def _slopes(reading: Reading, series: Series) -> np.ndarray:
    own = _slope(reading, series, reading.treated)
    if reading.control is None:
        return own
    least = floors()["growth rate"]
    other = _slope(reading, series, reading.control)
    return np.asarray(np.log(_above(own, least) / _above(other, least)))


def _slope(reading: Reading, series: Series, arm: str) -> np.ndarray:
    times, seen = _seen(reading, series, arm)
    days = days_read(reading)
    t = days - mean_last(days)
    # the slope of a signal over its background: it has no floor but that of a logarithm
    return np.asarray(sum_last(np.log(seen[:, at_days(times, days)] + _LEAST) * t) / sum_last(t * t))


def floor_of(reading: Reading) -> float:
    """The floor of what a reading sees; 0 where it has none."""
    return floors().get("lytic area" if reading.surround else reading.observable, 0.0)


def _seen(reading: Reading, series: Series, arm: str) -> tuple[np.ndarray, np.ndarray]:
    if arm not in reading.surround:
        return series(arm, reading.observable)
    # A lesion is bone that is missing against the bone around it: the same host without the tumour.
    times, inside = series(arm, "BV/TV")
    _, around = series(reading.surround[arm], "BV/TV")
    return times, _above(1 - inside / around, floors()["bone missing"]) ** (2 / 3)


def _above(x: np.ndarray, least: float) -> np.ndarray:
    """A number that is never below nothing: x where it is well above `least`, and smooth towards 0 below."""
    return np.asarray((x + np.sqrt(x * x + 4 * least * least)) / 2)
