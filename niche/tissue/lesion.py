"""A tumour of a slice as a lesion that a scanner looks at: where `niche.tissue` meets `niche.imaging`.

A slice is two millimetres wide and a lesion that a scanner may see ten times that, so that what goes over is the
profile across the tumour's edge, in millimetres and against normal tissue. A lesion of any size is made of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.imaging.lesions import Lesion, from_profile, profile_of
from niche.imaging.population import FIRST
from niche.tissue.geometry import Geometry
from niche.tissue.run import Course
from niche.tissue.surface import describe_bone

EDGE = 0.1  # density of tumour from which on a place belongs to it
EDGES = (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4)  # mm from the edge; below 0 is inside
_RATIOS = ("sympathetic", "mineral", "formation")


class Profile(NamedTuple):
    """What tissue is across a tumour's edge.

    Attributes
    ----------
    edges
        mm from the edge, below 0 inside, shape (bands + 1,); deeper inside the first band goes on, and beyond the last
        tissue is normal
    maps
        by name of `niche.imaging.lesions.MAPS`, shape (bands,): against normal, of tumour the share of the tissue
    """

    edges: np.ndarray
    maps: Mapping[str, np.ndarray]


def tumour_profile(
    course: Course, geometry: Geometry, *, at: int = -1, edges: Sequence[float] = EDGES, edge: float = EDGE
) -> Profile:
    """The profile across the edge of a slice's tumour, in trabecular bone with its marrow.

    Fibres are set against those of trabecular tissue at the start, mineral and formation against the same places at
    the start, since where trabeculae lie is chance. Bands in which no tissue lies, or no bone lay, are left to their
    neighbours: of a small tumour there is no deep inside.

    Parameters
    ----------
    course, geometry
        of one scenario
    at
        which of the days that were kept
    edges
        of bands, mm from the edge, rising
    edge
        density of tumour from which on a place belongs to it

    Raises
    ------
    NicheError
        where the tumour has no edge, or no band has tissue
    """
    shape = geometry.mineral.shape
    if course.maps["tumour"].shape[1:] != shape:
        raise NicheError(f"a course of shape {course.maps['tumour'].shape[1:]} and a geometry of shape {shape}")
    pixel = geometry.spacing / 1000
    within = ~geometry.periosteum & ~describe_bone(geometry).outer
    inside = np.where(course.maps["tumour"][at] >= edge, 1.0, 0.0)

    def across(values: Any) -> np.ndarray:
        return profile_of(values, inside, pixel, edges, 1.0, within)

    found = {"tumour": across(course.maps["tumour"][at])}
    for name in _RATIOS:
        now, start = course.maps[name][at], course.maps[name][0]
        before = np.full(len(edges) - 1, start[within].mean()) if name == "sympathetic" else across(start)
        found[name] = np.divide(across(now), before, out=np.full(len(before), np.nan), where=before > 0)
    there = np.isfinite(found["tumour"])
    if not there.any():
        raise NicheError("no band beside the tumour's edge has trabecular tissue: take wider bands")
    first, last = np.flatnonzero(there)[[0, -1]]
    kept = slice(first, last + 1)
    maps = {name: _filled(values[kept]) for name, values in found.items()}
    return Profile(np.asarray(edges, dtype=float)[first : last + 2], maps)


def _filled(values: np.ndarray) -> np.ndarray:
    """Gaps filled from the nearest bands by a straight line; 1, which is normal, where there is nothing at all."""
    known = np.isfinite(values)
    if not known.any():
        return np.ones(values.shape)
    place = np.arange(len(values))
    return np.interp(place, place[known], values[known])


class SliceLesions(NamedTuple):
    """Lesions of any size made of the profiles of slices: what `niche.imaging.Lesions` is for assumed rims.

    Attributes
    ----------
    profiles
        one for each draw
    growth
        of the volume [1/day], shape (draws,): a slice of a mouse does not tell how fast a patient's lesion grows
    """

    profiles: Sequence[Profile]
    growth: np.ndarray

    def at(self, i: int, radius: float, fold: float | None = None) -> Lesion:
        """Lesion i with a radius [mm]; `fold`: its densest band has that many fibres, the others in proportion."""
        edges, maps = self.profiles[i]
        if fold is not None:
            most = float(maps["sympathetic"].max())
            maps = {**maps, "sympathetic": maps["sympathetic"] * (fold / most if most > 0 else 0.0)}
        return from_profile(radius, edges, maps)

    def days(self, i: int, diameter: Any) -> np.ndarray:
        """Days from the first millimetre to a diameter [mm], as the volume grows by one rate; infinite stays so."""
        return np.asarray(3 / self.growth[i] * np.log(np.asarray(diameter, dtype=float) / FIRST))
