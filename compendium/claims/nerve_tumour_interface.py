"""What the marrow slice says of the interface of nerve and tumour: how notebook 20 reads a slice.

Fibres against distance from the edge of the tumour, by compartment, and one region beside the rest. What is simulated
stands in `interface_runs`, what was measured in `interface_measured`, what a mapping needs in `mapping_design`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from compendium.claims.interface_runs import Slices
from niche.errors import NicheError
from niche.tissue import Course, Geometry
from niche.tissue.lesion import EDGE
from niche.tissue.surface import describe_bone

BANDS = (-400.0, -200.0, -100.0, 0.0, 100.0, 200.0, 400.0, 800.0)  # um from the edge; below 0 is inside
INSIDE, RIM = (-np.inf, 0.0), (0.0, 100.0)  # um from the edge
QUANTILES = (0.05, 0.5, 0.95)


class Curve(NamedTuple):
    """A quantity in marrow by distance from the edge of the tumour.

    Attributes
    ----------
    low, high
        bounds of each band [um], shape (bands,); below 0 is inside the tumour
    now, start
        the quantity on the day and at the start, in the same places, shape (bands,)
    area
        marrow in each band [mm2], shape (bands,); in a band without any the quantity is NaN
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


def curve(
    course: Course,
    name: str,
    spacing: float,
    *,
    at: int = -1,
    bands: Sequence[float] = BANDS,
    within: np.ndarray | None = None,
) -> Curve:
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
    within
        where to look, shape (rows, columns); everywhere if not given, but never in what was or is bone
    """
    tumour, mineral = course.maps["tumour"][at], course.maps["mineral"]
    away = edge_distance(tumour, spacing)
    marrow = (mineral[at] < 0.5) & (mineral[0] < 0.5)
    marrow &= True if within is None else within
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


def fibre_curves(slices: Slices, arm: str, name: str, *, at: int = -1, bands: Sequence[float] = BANDS) -> np.ndarray:
    """Fibres of the marrow by distance from the tumour's edge, over those of resting marrow.

    Resting marrow is the mean of all marrow of the slice at the start: where single fibres lie is chance.

    Returns
    -------
    np.ndarray
        shape (draws, bands), dimensionless; NaN in a band without marrow, or where the tumour has no edge
    """
    found = []
    for course, geometry in slices.arm(arm):
        rest = float(course.maps[name][0][geometry.marrow].mean())
        try:
            found.append(curve(course, name, geometry.spacing, at=at, bands=bands, within=geometry.marrow).now / rest)
        except NicheError:  # no edge: no tumour is left, or nothing else
            found.append(np.full(len(bands) - 1, np.nan))
    return np.array(found)


def compartment(course: Course, geometry: Geometry, name: str, where: str, at: int = -1) -> float:
    """Fibres of "marrow", "tumour" (inside it) or "periosteum" on a day, over the same compartment's at the start."""
    marrow = geometry.marrow
    inside = marrow & (course.maps["tumour"][at] >= EDGE)
    region = {"marrow": marrow, "tumour": inside, "periosteum": geometry.periosteum}[where]
    before = course.maps[name][0][marrow if where == "tumour" else region].mean()
    if not region.any() or not before > 0:
        return float("nan")
    return float(course.maps[name][at][region].mean() / before)


def fibres_of(slices: Slices, arm: str, name: str, where: str, at: int = -1) -> np.ndarray:
    """`compartment` in each draw, shape (draws,)."""
    return np.array([compartment(course, geometry, name, where, at) for course, geometry in slices.arm(arm)])


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


def middle_draw(slices: Slices, arm: str, name: str = "sensory fibres") -> int:
    """The draw that has as much of something on the last day as half of the draws have at most: one to look at."""
    values = np.array([course.of(name)[-1] for course in slices.courses[arm]])
    return int(np.argsort(values, kind="stable")[(len(values) - 1) // 2])


def cut_over_whole(slices: Slices, cut: str, whole: str) -> dict[str, np.ndarray]:
    """What the loss of the fibres of a region does there, and in the rest: cut over whole, in the same places.

    Returns
    -------
    dict[str, np.ndarray]
        each of shape (draws,), 1 is no difference: tumour, bone, and resorption around, in the cut upper half and in
        the lower one
    """
    found: dict[str, list[float]] = {}
    for (without, geometry), (intact, _) in zip(slices.arm(cut), slices.arm(whole), strict=True):
        upper = np.zeros(geometry.mineral.shape, bool)
        upper[: len(upper) // 2] = True
        bone = ~describe_bone(geometry).outer & ~geometry.periosteum
        for part, where in (("cut half", upper), ("other half", ~upper)):
            tumour = [float(one.maps["tumour"][-1][where].sum()) for one in (without, intact)]
            left = [float(one.maps["mineral"][-1][where & bone].sum()) for one in (without, intact)]
            resorbed = [float(one.maps["release"][-1][where & bone].mean()) for one in (without, intact)]
            for read, (a, b) in (("tumour", tumour), ("bone", left), ("resorption", resorbed)):
                found.setdefault(f"{read}, {part}", []).append(a / b if b > 0 else float("nan"))
    return {name: np.array(values) for name, values in found.items()}


def interval(values: np.ndarray) -> str:
    """Median with 5 and 95 % of draws, two digits, as text; those that have no value are counted."""
    known = values[np.isfinite(values)]
    if not len(known):
        return "no value in any draw"
    low, middle, high = (f"{float(f'{x:.2g}'):,.10g}" for x in np.quantile(known, QUANTILES))
    lacking = f", none in {len(values) - len(known)} of {len(values)} draws" if len(known) < len(values) else ""
    return f"{middle} ({low} to {high}){lacking}"
