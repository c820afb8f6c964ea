"""The slices of notebook 20: the sarcoma of the published maps, its treatments, one slice of its own for each draw.

Arms of one draw share its slice, its fibres and their random numbers, so that arms are compared within a draw; draws
differ in what is not known and in chance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.processes import ProcessPool
from niche.tissue import Course, Focus, Geometry, Scenario, StepTooLong, generate, read_numbers, run, treatment
from niche.tissue.numbers import Numbers

SIZE, STEP = 1200.0, 0.25  # um, days: coarse, so that a notebook runs in a minute
SPACINGS = (20.0, 16.0, 12.0, 10.0)  # um: the first that resolves the front of a draw's tumour
LODGED = 100.0  # um, radius of the disc in which tumour cells begin
UNTREATED, EARLY, LATE = "untreated", "anti-NGF from day 6", "anti-NGF on day 18"
NO_GAIN, CUT = "TrkA gain 0", "upper half denervated"
_FINER = 3  # times that a step is halved before a draw is given up
_TRIES = 20  # slices that are tried until marrow is in one piece


class Slices(NamedTuple):
    """Courses of some arms in some draws.

    Attributes
    ----------
    geometry
        of each draw
    courses
        by arm, one for each draw
    given_up
        draws that could not be simulated, and why; they are in none of the others
    draws
        which of the hosts the others are
    """

    geometry: Sequence[Geometry]
    courses: Mapping[str, Sequence[Course]]
    given_up: Mapping[int, str]
    draws: Sequence[int] = ()

    def arm(self, name: str) -> list[tuple[Course, Geometry]]:
        """Each course of an arm with its geometry."""
        return list(zip(self.courses[name], self.geometry, strict=True))


def sarcoma_arms(days: float = 20.0) -> dict[str, Protocol]:
    """The experiment of NS04 and NS05: anti-NGF, 10 mg/kg, on days 6, 12 and 18, or on day 18 alone."""
    plain = Protocol(days)
    return {
        UNTREATED: plain,
        EARLY: plain.dose("anti-NGF", "10 mg/kg", day=6, every="6 days", until=18),
        LATE: plain.dose("anti-NGF", "10 mg/kg", day=18),
    }


def spacing_for(growth: float, numbers: Numbers) -> float:
    """The coarsest grid [um] that resolves the front of a tumour; of a faster one the finest, which is refused later.

    A front is sqrt(motility / growth) wide. Fast tumours get a finer grid, since to leave them out would be a choice
    among draws.
    """
    width = np.sqrt(numbers.motility / growth) if growth > 0 else np.inf
    return next((one for one in SPACINGS if one <= width), SPACINGS[-1])


def whole_slice(numbers: Numbers, seed: int, size: float = SIZE, spacing: float = SPACINGS[0]) -> Geometry:
    """A generated slice whose marrow is in one piece: the first that is, from a seed on."""
    for more in range(_TRIES):
        try:
            return generate(numbers, size=size, spacing=spacing, seed=1000 * seed + more)
        except NicheError as error:
            said = error
    raise said


def lodged(inoculum: float, geometry: Geometry) -> Focus:
    """Tumour cells in a disc in the middle of the marrow, as many as the line's share of what the marrow holds."""
    columns = np.flatnonzero(geometry.marrow.any(axis=0))
    x = float(columns.mean() + 0.5) * geometry.spacing
    area = float(geometry.marrow.sum()) * geometry.spacing**2
    density = float(np.clip(inoculum * area / (np.pi * LODGED**2), 0.01, 1.0))
    return Focus(x, geometry.size[0] / 2, LODGED, density)


def scenarios(hosts: Hosts, protocols: Mapping[str, Protocol], draw: int, numbers: Numbers) -> dict[str, Scenario]:
    """The arms of one draw: those of the protocols, the TrkA gain at 0, and the fibres of the upper half cut."""
    growth = float(np.asarray(hosts.parameters.growth)[draw])
    geometry = whole_slice(numbers, int(hosts.rows[draw]) + 1, spacing=spacing_for(growth, numbers))
    found = {}
    for name, protocol in protocols.items():
        parameters, changes, doses = treatment(hosts, protocol, draw)
        focus = lodged(parameters.inoculum, geometry)
        seed = int(hosts.rows[draw]) + 1
        found[name] = Scenario(
            geometry, numbers, parameters, (focus,), changes, doses, seed=seed, days=protocol.days, step=STEP
        )
    if UNTREATED in found:
        plain = found[UNTREATED]
        upper = np.zeros(geometry.mineral.shape, bool)
        upper[: len(upper) // 2] = True
        found[NO_GAIN] = replace(plain, parameters=plain.parameters._replace(sprout=0.0))
        found[CUT] = replace(plain, denervated=upper)
    return found


def simulated(
    hosts: Hosts,
    protocols: Mapping[str, Protocol],
    *,
    every: float = 5.0,
    workers: int = 2,
    numbers: Numbers | None = None,
) -> Slices:
    """Every arm in every draw.

    Parameters
    ----------
    hosts
        with a tumour line
    protocols
        by arm, without tumour cells
    every
        days between the instants that are kept
    workers
        processes; the numbers do not depend on it
    numbers
        of params/tissue, unless others are given
    """
    own = numbers or read_numbers()
    given_up: dict[int, str] = {}
    arms: dict[int, dict[str, Scenario]] = {}
    for draw in range(len(hosts)):
        try:
            arms[draw] = scenarios(hosts, protocols, draw, own)
        except NicheError as error:
            given_up[draw] = str(error)
    tasks = [(draw, name, one, every) for draw, some in arms.items() for name, one in some.items()]
    found = dict(_each(tasks, workers))
    done: dict[tuple[int, str], Course] = {}
    for place, (draw, name, *_) in enumerate(tasks):
        course = found[place]
        if isinstance(course, str):
            given_up.setdefault(draw, course)
        else:
            done[draw, name] = course
    kept = [draw for draw in arms if draw not in given_up]
    names = list(next(iter(arms.values()))) if arms else []
    return Slices(
        [arms[draw][names[0]].geometry for draw in kept],
        {name: [done[draw, name] for draw in kept] for name in names},
        given_up,
        kept,
    )


def _each(tasks: Sequence[tuple], workers: int) -> Iterator[tuple[int, Course | str]]:
    if workers <= 1:
        yield from enumerate(patient_run(*task) for task in tasks)
        return
    with ProcessPool(workers) as pool:
        yield from pool.as_completed(patient_run, tasks)


def patient_run(draw: int, name: str, scenario: Scenario, every: float) -> Course | str:
    """One course, with shorter steps where a step is too long for the rates of this draw; else why there is none.

    `draw` and `name` are for whoever reads a list of tasks.
    """
    said = ""
    for halved in range(_FINER + 1):
        try:
            return run(replace(scenario, step=scenario.step / 2**halved), every=every, threads=1)
        except StepTooLong as error:
            said = str(error)
        except NicheError as error:
            return str(error)
    return said
