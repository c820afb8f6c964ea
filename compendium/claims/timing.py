"""Before or after: what a treatment does to a niche that cells are about to meet, and to a tumour that is there.

One treatment is begun on each of several days around the arrival of cells, or the waking of one. It may keep cells from
lodging, lower the chance that a cell founds a focus, or make a focus grow slower; what is left of each, by the day it
began, says whether there is a window in which a tumour is prevented and after which it is only slowed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from niche.analysis.establishment import establishment_in_time
from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.solution import observe, perform
from niche.trials.recurrence import births_and_deaths

_FAST, _SLOW = 100.0, 5000.0  # days on which a clone of mice or patients that lives stays, its niche held as it was
Treat = Callable[[Protocol, float], Protocol]  # a protocol and the day on which treatment begins


class Begun(NamedTuple):
    """A treatment begun on each of `starts` (days from the cells' arrival), against none, shape (draws, starts).

    Attributes
    ----------
    burden_then
        burden when it begins, as a share of capacity, untreated; 0 before cells arrive
    lodged
        cells that lodge
    chance
        that a cell which lodges founds a lasting focus
    pace
        doublings of a small focus from arrival to the end, in a niche without tumour
    burden, bone
        burden and bone volume on the last day
    """

    starts: np.ndarray
    burden_then: np.ndarray
    lodged: np.ndarray
    chance: np.ndarray
    pace: np.ndarray
    burden: np.ndarray
    bone: np.ndarray


class Focus(NamedTuple):
    """A cell that wakes on day 0 and a treatment begun on each of `starts` (days), shape (draws, starts).

    Attributes
    ----------
    chance
        to found a lasting focus, over that without treatment, NaN where a focus does not grow untreated
    shows, untreated
        days until the focus is found with and without treatment, inf if never
    size_then
        cells of the focus when treatment begins, at most those with which it is found
    """

    starts: np.ndarray
    chance: np.ndarray
    shows: np.ndarray
    untreated: np.ndarray
    size_then: np.ndarray


def begun(
    hosts: Hosts, treat: Treat, starts: Sequence[float], days: float, route: str = "intracardiac", lost: float = 0.2
) -> Begun:
    """Begin a treatment on each of `starts`, in days from the arrival of cells, and read what it does `days` after it.

    Parameters
    ----------
    treat
        adds the treatment to a protocol, from a day on
    lost
        deaths per cell and day that need no T cells, which no row measures (claim 04)

    Raises
    ------
    NicheError
        for a start after the end, hosts without a tumour line, or hosts that fail without treatment; one that
        fails under treatment is NaN
    """
    when = np.asarray(starts, dtype=float)
    if when.size == 0 or (when >= days).any():
        raise NicheError(f"treatment must begin before the last day {days:g}, got {list(starts)!r}")
    lead = float(max(0.0, -when.min())) + 1.0  # one day of rest, so that the first start is not the first day
    bare = Protocol(lead + days)
    seeded = bare.seed(route, day=lead)
    none = _read(hosts, bare, seeded, lead, lost)
    then = perform(hosts, seeded, np.unique(np.append(lead + when, 0.0)))
    burden = observe(then, ("tumour burden",))["tumour burden"]
    at = np.searchsorted(then.times, lead + when - 1e-9)
    columns: dict[str, list[np.ndarray]] = {name: [] for name in none}
    for start in when:
        found = _read(hosts, treat(bare, lead + start), treat(seeded, lead + start), lead, lost)
        for name, value in found.items():
            columns[name].append(value / none[name])
    return Begun(when, burden[:, at], **{name: np.stack(parts, axis=1) for name, parts in columns.items()})


def _read(hosts: Hosts, bare: Protocol, seeded: Protocol, lead: float, lost: float) -> dict[str, np.ndarray]:
    """What cells meet without a tumour, and what becomes of one, per draw."""
    times = np.append(np.arange(lead, bare.days - 1e-9, 1.0), bare.days)
    niche = perform(hosts, bare, times)
    born, died = births_and_deaths(niche, hosts, lost)
    fine = np.isfinite(born).all(axis=1) & np.isfinite(died).all(axis=1)
    births, deaths = (np.concatenate([rate, rate[:, -1:]], axis=1)[fine] for rate in (born, np.maximum(died, 0.0)))
    chance = np.full(len(hosts), np.nan)
    chance[fine] = establishment_in_time(np.append(times, times[-1] + _FAST), births, deaths)[:, 0]
    tumour = perform(hosts, seeded, np.array([lead + 1.0, seeded.days]))  # nearly all have left the blood after a day
    seen = observe(tumour, ("lodged cells", "tumour burden", "BV/TV"))
    return {
        "lodged": seen["lodged cells"][:, 0],
        "chance": chance,
        "pace": np.trapezoid(born - died, times, axis=1),
        "burden": seen["tumour burden"][:, 1],
        "bone": seen["BV/TV"][:, 1],
    }


def focus(
    hosts: Hosts, treat: Treat, starts: Sequence[float], rest: Protocol, course: float, cells: float, lost: float
) -> Focus:
    """Begin a treatment on each of `starts` days after a cell has woken, in hosts whose niche rests.

    The niche has no tumour, so one run serves every start.

    Parameters
    ----------
    treat
        adds the treatment to a protocol from a day on
    rest
        what has been done to the hosts until then, long enough for their niche to rest
    course
        days followed after treatment begins, after which the niche is held
    cells
        size of a focus that is found
    lost
        deaths per cell and day that need no T cells

    Raises
    ------
    NicheError
        for hosts without a tumour line, starts before 0, or hosts that could not be simulated
    """
    when = np.asarray(starts, dtype=float)
    if when.size == 0 or (when < 0).any():
        raise NicheError(f"treatment begins on the day the cell wakes or later, got {list(starts)!r}")
    protocol = treat(replace(rest, days=rest.days + course), rest.days)
    times = np.append(rest.days - 1.0, np.arange(rest.days, protocol.days + 1e-9, 14.0))
    run = perform(hosts, protocol, times, rtol=1e-5)
    if run.status.any():
        raise NicheError(f"{np.count_nonzero(run.status)} of {len(hosts)} hosts could not be simulated")
    born, died = (np.maximum(rate, 0.0) for rate in births_and_deaths(run, hosts, lost))
    still = [rate[:, :1] for rate in (born, died)]
    end, since = max(course, _SLOW), times[1:] - rest.days
    pace = (still[0] - still[1])[:, 0]
    size = float(np.log(cells))
    with np.errstate(divide="ignore"):
        untreated = np.where(pace > 0, size / np.maximum(pace, 1e-12), np.inf)
    chance, shows = [], []
    for start in when:
        before = np.array([0.0, start - 1e-6]) if start > 0 else np.empty(0)
        grid = np.concatenate([before, start + since, [start + since[-1] + end]])
        births, deaths = (
            np.concatenate([np.repeat(one, len(before), axis=1), rate[:, 1:], rate[:, -1:]], axis=1)
            for one, rate in zip(still, (born, died), strict=True)
        )
        alone = establishment_in_time(grid[[0, -1]], still[0], still[1])[:, 0]
        chance.append(establishment_in_time(grid, births, deaths)[:, 0] / np.where(pace > 0, alone, np.nan))
        shows.append(_first(grid, births - deaths, size))
    then = np.exp(np.minimum(np.maximum(pace, 0.0)[:, None] * when, size))
    return Focus(when, np.stack(chance, axis=1), np.stack(shows, axis=1), untreated, then)


def _first(times: np.ndarray, rate: np.ndarray, size: float) -> np.ndarray:
    """When the integral of a rate first comes to `size`, shape (draws,); inf if it does not."""
    risen = np.pad(np.cumsum((rate[:, 1:] + rate[:, :-1]) / 2 * np.diff(times), axis=1), ((0, 0), (1, 0)))
    risen = np.maximum.accumulate(risen, axis=1)
    return np.array([np.interp(size, row, times) if row[-1] >= size else np.inf for row in risen])


def window(starts: np.ndarray, left: np.ndarray, share: float = 0.5) -> np.ndarray:
    """Last day on which a treatment may begin and still have `share` of the effect of the earliest start, (draws,).

    NaN where the earliest start has no effect (below 1 %); the last start where every one has that much.

    Parameters
    ----------
    left
        what treatment leaves, over that without it, (draws, starts); the effect is 1 - left, linear between
        starts
    """
    effect = 1 - left
    found = np.full(len(left), np.nan)
    for i, row in enumerate(effect):
        if not np.isfinite(row).all() or row[0] < 0.01:
            continue
        below = np.flatnonzero(row < share * row[0])
        if below.size == 0:
            found[i] = starts[-1]
            continue
        k = below[0]
        part = (row[k - 1] - share * row[0]) / (row[k - 1] - row[k])
        found[i] = starts[k - 1] + part * (starts[k] - starts[k - 1])
    return found
