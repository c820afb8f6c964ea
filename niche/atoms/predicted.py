"""What the model says for an atom, on the atom's scale: the logarithm of a ratio of arms, or the rate of one."""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from niche.atoms.records import Atom
from niche.evidence.comparisons import COMPARE
from niche.evidence.readings import Reading
from niche.frozen import Frozen
from niche.params.records import root
from niche.params.schema import Positive, Record, Text, parse
from niche.params.yaml_files import Spot, read_yaml
from niche.sums import mean_last, sum_last

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
    value = _level(reading, series, reading.treated, reading.day)
    if not reading.compare.relative:
        return np.asarray(np.log(value))
    if reading.control is not None and reading.compare.two_arms:
        effect = np.log(value / _level(reading, series, reading.control, reading.day))
    else:
        effect = np.log(value / _level(reading, series, reading.treated, (reading.reference_day or 0.0,)))
    if reading.against is not None:
        top, bottom = (_level(reading, series, arm, reading.day) for arm in reading.against)
        effect = effect - np.log(top / bottom)
    return np.asarray(effect)


def _level(reading: Reading, series: Series, arm: str, day: tuple[float, ...]) -> np.ndarray:
    """What an assay reads in an arm on a day, or as the mean of several, floor included."""
    times, seen = _seen(reading, series, arm)
    inside = (times >= day[0] - 1e-9) & (times <= day[-1] + 1e-9)
    return np.asarray(mean_last(seen[:, inside])) + floor_of(reading)


def _slopes(reading: Reading, series: Series) -> np.ndarray:
    own = _slope(reading, series, reading.treated)
    if reading.control is None:
        return own
    least = floors()["growth rate"]
    other = _slope(reading, series, reading.control)
    return np.asarray(np.log(_above(own, least) / _above(other, least)))


def _slope(reading: Reading, series: Series, arm: str) -> np.ndarray:
    times, seen = _seen(reading, series, arm)
    inside = (times >= reading.day[0] - 1e-9) & (times <= reading.day[-1] + 1e-9)
    t = times[inside] - mean_last(times[inside])
    return np.asarray(sum_last(np.log(seen[:, inside] + floor_of(reading)) * t) / sum_last(t * t))


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
