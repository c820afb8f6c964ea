"""What the marrow slice says of the interface of nerve and tumour: draft for the notebook of that claim.

Fibres against distance from the edge of the tumour, what nearby nerves do to growth and bone, anti-NGF early and late,
and one region without nerves. Nothing is judged here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.tissue import Change, Course, Scenario, run

EDGE = 0.1  # density of tumour from which on a place belongs to it
BANDS = (-400.0, -200.0, -100.0, 0.0, 100.0, 200.0, 400.0, 800.0)  # um from the edge; below 0 is inside
SATURATING = 1e6  # nM of an antibody: nothing is left free


class Curve(NamedTuple):
    """A quantity in marrow by distance from the edge of the tumour.

    low, high : bounds of each band [um], shape (bands,); below 0 is inside the tumour
    now, start : the quantity on the day and at the start, in the same places
    area : marrow in each band [mm2]; a band without any is NaN
    """

    low: np.ndarray
    high: np.ndarray
    now: np.ndarray
    start: np.ndarray
    area: np.ndarray

    @property
    def fold(self) -> np.ndarray:
        """Now against the start; NaN where there was nothing."""
        return np.asarray(np.divide(self.now, self.start, out=np.full(self.now.shape, np.nan), where=self.start > 0))


def edge_distance(tumour: np.ndarray, spacing: float, edge: float = EDGE) -> np.ndarray:
    """Distance from the edge of the tumour [um], below 0 inside it, shape (rows, columns).

    Raises
    ------
    NicheError
        where no place belongs to the tumour, or every place does: then there is no edge
    """
    from scipy.ndimage import distance_transform_edt

    inside = tumour >= edge
    if not inside.any() or inside.all():
        how = "nowhere" if not inside.any() else "everywhere"
        raise NicheError(f"the tumour reaches a density of {edge:g} {how}: it has no edge; take another day")
    outward, inward = distance_transform_edt(~inside), distance_transform_edt(inside)
    return np.asarray(np.where(inside, 0.5 - inward, outward - 0.5) * spacing)


def curve(course: Course, name: str, spacing: float, *, at: int = -1, bands: Sequence[float] = BANDS) -> Curve:
    """A map of a course in marrow by distance from the edge of the tumour on that day.

    Parameters
    ----------
    name
        of `Course.maps`, as "sensory"
    spacing
        of the grid [um]
    at
        which of the days that were kept
    bands
        bounds [um], rising
    """
    tumour, mineral = course.maps["tumour"][at], course.maps["mineral"]
    away = edge_distance(tumour, spacing)
    marrow = (mineral[at] < 0.5) & (mineral[0] < 0.5)
    now: list[float] = []
    start: list[float] = []
    area: list[float] = []
    for low, high in pairwise(bands):
        here = marrow & (away >= low) & (away < high)
        area.append(here.sum() * spacing**2 * 1e-6)
        for values, means in ((course.maps[name][at], now), (course.maps[name][0], start)):
            means.append(float(values[here].mean()) if here.any() else np.nan)
    lows, highs = np.array(bands[:-1]), np.array(bands[1:])
    return Curve(lows, highs, np.array(now), np.array(start), np.array(area))


def anti_ngf(scenario: Scenario, day: float) -> Scenario:
    """The same with all NGF bound from a day on."""
    return replace(scenario, changes=(*scenario.changes, Change(day, (("ngf_trap_added", SATURATING),))))


def without_trka_gain(scenario: Scenario) -> Scenario:
    """The control: NGF that binds TrkA makes nothing grow."""
    return replace(scenario, parameters=scenario.parameters._replace(sprout=0.0))


def denervated(scenario: Scenario, region: np.ndarray) -> Scenario:
    """The same with the fibres of a region cut at the start."""
    return replace(scenario, denervated=region)


def arms(scenario: Scenario, early: float = 0.0, late: float = 14.0) -> Mapping[str, Scenario]:
    """The experiment of early against late anti-NGF, with the control that removes the mechanism."""
    return {
        "untreated": scenario,
        "anti-NGF early": anti_ngf(scenario, early),
        "anti-NGF late": anti_ngf(scenario, late),
        "TrkA gain 0": without_trka_gain(scenario),
    }


def sprouting(scenario: Scenario, *, threads: int = 2, every: float = 7.0) -> dict[str, Course]:
    """The course of each arm, by name."""
    return {name: run(one, every=every, threads=threads) for name, one in arms(scenario).items()}


class Region(NamedTuple):
    """Means over marrow of a region and of the rest, on the last day: density of tumour, and mineral against start."""

    tumour: tuple[float, float]
    mineral: tuple[float, float]


def by_region(course: Course, region: np.ndarray) -> Region:
    """What became of tumour and bone in a region and in the rest of the slice."""
    start, now = course.maps["mineral"][0], course.maps["mineral"][-1]
    tumour = course.maps["tumour"][-1]

    def means(part: np.ndarray) -> tuple[float, float]:
        marrow = part & (now < 0.5)
        bone = float(start[part].sum())
        density = float(tumour[marrow].mean()) if marrow.any() else float("nan")
        return density, float(now[part].sum()) / bone if bone else float("nan")

    (a, b), (c, d) = means(region), means(~region)
    return Region((a, c), (b, d))
