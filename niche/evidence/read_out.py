"""A reading of the series of an experiment's arms, wherever those come from: nothing is simulated here."""

from collections.abc import Callable, Collection

import numpy as np

from niche.errors import NicheError
from niche.evidence.comparisons import COMPARE
from niche.evidence.readings import Reading
from niche.sums import mean_last, sum_last

Series = Callable[[str, str], tuple[np.ndarray, np.ndarray]]


def read(reading: Reading, series: Series) -> np.ndarray:
    """What comes out of an experiment by a reading, shape (hosts,).

    Parameters
    ----------
    series
        (arm, observable) -> the days on which it is read (times,), and the observable (hosts, times)
    """
    times, treated = _seen(reading, series, reading.treated)
    with np.errstate(divide="ignore", invalid="ignore"):
        if reading.compare == COMPARE["slope"]:
            return _slope(times, treated, reading.day)
        value = on_days(times, treated, reading.day)
        if not reading.compare.relative:
            return value
        if reading.control is None or not reading.compare.two_arms:
            control = on_days(times, treated, (reading.reference_day or 0.0,))
        else:
            control = on_days(*_seen(reading, series, reading.control), reading.day)
        if reading.against is None:
            return reading.compare.of(value, control)
        top, bottom = (on_days(*_seen(reading, series, arm), reading.day) for arm in reading.against)
        return reading.compare.of(value / control, top / bottom)


def on_days(times: np.ndarray, series: np.ndarray, day: tuple[float, ...]) -> np.ndarray:
    """The value on a day, or the mean over an interval."""
    inside = (times >= day[0] - 1e-9) & (times <= day[-1] + 1e-9)
    if not inside.any():
        raise NicheError(f"day {day} is not among the read-out times")
    return np.asarray(mean_last(series[:, inside]))


def _seen(reading: Reading, series: Series, arm: str) -> tuple[np.ndarray, np.ndarray]:
    if arm not in reading.surround:
        return series(arm, reading.observable)
    # A lesion is bone that is missing against the bone around it: the same host without the tumour.
    times, inside = series(arm, "BV/TV")
    _, around = series(reading.surround[arm], "BV/TV")
    return times, np.maximum(1 - inside / around, 0.0) ** (2 / 3)


def _slope(times: np.ndarray, treated: np.ndarray, day: tuple[float, ...]) -> np.ndarray:
    inside = (times >= day[0]) & (times <= day[-1])
    t = times[inside] - mean_last(times[inside])
    return np.asarray(sum_last(np.log(treated[:, inside]) * t) / sum_last(t * t))


def read_out_days(readings: Collection[Reading]) -> np.ndarray:
    """The start, and every day that a reading names; each day of an interval."""
    wanted = {0.0}
    for reading in readings:
        wanted |= {*np.arange(reading.day[0], reading.day[-1]).tolist(), reading.day[-1]}
        wanted |= {reading.reference_day} if reading.reference_day is not None else set()
    return np.array(sorted(wanted))
