"""First metastases in bone of patients who have none: cells wake, found a focus or die out, and grow until it shows.

Foci are founded at a rate w(t) P(t), of waking and of a cell's chance, and grow at a rate g(t). Before treatment all
three rest, so foci of every size lie under way, as many per doubling. One is found when it has grown by L, the
logarithm of the cells that a scan shows. With G the integral of g, and C that of w P, by day t so many were found:

    H(t) = C(G^-1(G(t) - L))

Until G(t) reaches L, every focus that shows was founded before treatment, which can only make it grow slower: the rate
is that at rest times g(t)/g(0), whatever treatment does to waking and founding. Those count from then on.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from niche.analysis.establishment import establishment_probability
from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.experiment.solution import Run, observe
from niche.model.immune import death
from niche.model.state import Inputs, Parameters, State
from niche.params.records import Parameter, read_entries, read_yaml, root
from niche.params.schema import parse
from niche.trials.files import RecurrenceFile

_UNITS = {"visible cells": "1", "deaths": "1/day"}


class Foci(NamedTuple):
    """What few cells do in a niche without tumour, by patient and time.

    Attributes
    ----------
    times
        days, shape (times,)
    founded
        share of dormant cells that wake and found a focus [1/day], shape (patients, times)
    net
        growth less killing of a focus [1/day], shape (patients, times)
    chance
        probability that one cell founds a focus, shape (patients, times)
    """

    times: np.ndarray
    founded: np.ndarray
    net: np.ndarray
    chance: np.ndarray


@lru_cache(maxsize=2)
def numbers() -> Mapping[str, Parameter]:
    """The numbers of params/trials/recurrence.yaml by name. Raises `NicheError` for what is wrong in it."""
    where = "trials/recurrence.yaml"
    content = parse(RecurrenceFile, read_yaml(root() / "trials" / "recurrence.yaml"), where)
    return read_entries(content.numbers, "recurrence", f"{where}, numbers", content.source, _UNITS, complete=True)


def births_and_deaths(
    run: Run, hosts: Hosts, lost: float, net: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Rates of a few cells in the niche of a run without tumour, per cell [1/day], two of shape (hosts, times).

    A niche in which cells do not divide loses them at the rate at which they shrink. NaN for hosts that failed.

    Parameters
    ----------
    lost
        deaths per cell and day that need no T cells; killing and cytotoxic drugs come on top
    net
        the growth rate of the run, if it was read already

    Raises
    ------
    NicheError
        for hosts without a tumour line
    """
    if hosts.tumour is None:
        raise NicheError("hosts without a tumour line have no cells that could found a focus: name a line")
    net = observe(run, ("growth rate",))["growth rate"] if net is None else net
    p = Parameters(*(np.asarray(column, dtype=float).reshape(-1, 1) for column in hosts.parameters))
    killed = np.asarray(death(State(*np.moveaxis(run.states, -1, 0)), 0.0, Inputs(*np.moveaxis(run.inputs, -1, 0)), p))
    births = np.maximum(net + killed + lost, 0.0)
    return births, births - net


def foci(run: Run, hosts: Hosts, deaths: float | None = None) -> Foci:
    """Rates of foci in hosts without a metastasis, from their run.

    A cell's chance is that in a niche held as it is (Kendall 1948): right where the niche changes slower than the fate
    of a clone is settled.

    Parameters
    ----------
    deaths
        as `lost` of `births_and_deaths` [1/day]; None takes that of params/trials

    Raises
    ------
    NicheError
        for hosts without a tumour line
    """
    seen = observe(run, ("growth rate", "waking rate"))
    lost = numbers()["deaths"].value if deaths is None else deaths
    born, died = births_and_deaths(run, hosts, lost, seen["growth rate"])
    fine = np.isfinite(born) & np.isfinite(died)
    chance = establishment_probability(np.where(fine, born, 0.0), np.where(fine, np.maximum(died, 0.0), 1.0))
    chance = np.where(fine, chance, np.nan)
    return Foci(run.times, seen["waking rate"] * chance, born - died, chance)


def founded_foci(after: Foci, founded: np.ndarray, net: np.ndarray, size: float) -> np.ndarray:
    """Foci found by each time, H(t), (patients, times): 0 on the first day.

    Patients whose foci do not grow at rest have none. A focus that has shrunk waits until growth has made up for it.

    Parameters
    ----------
    founded, net
        rates at rest before the first day [1/day], (patients,)
    size
        logarithm of the cells that show
    """
    step = np.diff(after.times)
    reached, made = np.maximum.accumulate(_risen(after.net, step), axis=1), _risen(after.founded, step)
    grows = net > 0
    pace = np.where(grows, net, 1.0)[:, None]
    early = np.where(grows[:, None], founded[:, None] * np.minimum(reached, size) / pace, 0.0)
    late = np.zeros_like(reached)
    for row in np.flatnonzero(grows & (reached[:, -1] > size)):
        late[row] = np.interp(reached[row] - size, reached[row], made[row], left=0.0)
    return np.asarray(np.where(np.isfinite(net)[:, None], early + late, np.nan))


def showing(rates: Foci, rest: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Hazard of a first metastasis in bone, (patients, times), and of the same patients at rest, (patients,) [1/day].

    A hazard holds between two times; that of the first time is as of the next.

    Parameters
    ----------
    rest
        place among the times at which the niche rests, before treatment
    """
    size = float(np.log(numbers()["visible cells"].value))
    start, pace = rates.founded[:, rest], rates.net[:, rest]
    risen = founded_foci(rates, start, pace, size)
    hazard = np.diff(risen, axis=1) / np.diff(rates.times)
    hazard = np.concatenate([hazard[:, :1], hazard], axis=1)
    return hazard, np.where(pace > 0, start, np.where(np.isfinite(pace), 0.0, np.nan))


def _risen(rate: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Integral from the first time, by the trapezium rule, shape of `rate`."""
    return np.pad(np.cumsum((rate[:, 1:] + rate[:, :-1]) / 2 * step, axis=1), ((0, 0), (1, 0)))
