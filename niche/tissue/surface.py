"""The surface of bone as a level set: where it is, how much of it each cell of the grid has, and how it moves."""

from typing import NamedTuple

import numpy as np

from niche.tissue.geometry import Geometry, perimeter, trabecular


class Bone(NamedTuple):
    """What does not change while the surface moves.

    Attributes
    ----------
    free
        1 where the surface may move and carries bone cells, 0 in the periosteum and on the outside of the cortex
    depth
        area of trabecular bone over its edge [um]: bone that goes at `turnover` per day moves at depth times turnover
    mineral0
        area of trabecular bone at the start, in cells of the grid
    outer
        cells of the cortex, whose area does not count as trabecular
    """

    free: np.ndarray
    depth: float
    mineral0: float
    outer: np.ndarray


def distance(geometry: Geometry) -> np.ndarray:
    """Distance from the surface of bone [um], below 0 in bone, shape (rows, columns)."""
    from scipy.ndimage import distance_transform_edt

    outside, inside = distance_transform_edt(~geometry.mineral), distance_transform_edt(geometry.mineral)
    return np.asarray(np.where(geometry.mineral, 0.5 - inside, outside - 0.5) * geometry.spacing)


def describe_bone(geometry: Geometry) -> Bone:
    """What stays as it is of a geometry; trabeculae set the depth, or the cortex where there are none."""
    from scipy.ndimage import distance_transform_edt

    trabeculae = trabecular(geometry)
    if not trabeculae.any():
        trabeculae = geometry.mineral
    if geometry.periosteum.any():
        nearer = distance_transform_edt(~geometry.periosteum) <= distance_transform_edt(~geometry.marrow)
        free = (~nearer).astype(float)
    else:
        free = np.ones(geometry.mineral.shape)
    area = float(trabeculae.sum())
    depth = area * geometry.spacing**2 / perimeter(trabeculae, geometry.spacing)
    return Bone(free, depth, area, geometry.mineral & ~trabeculae)


def mineral_share(level: np.ndarray, spacing: float) -> np.ndarray:
    """Share of each cell of the grid that is bone, 0 to 1."""
    return np.asarray(np.clip(0.5 - level / spacing, 0.0, 1.0))


def surface_density(level: np.ndarray, bone: Bone, layer: float, spacing: float) -> np.ndarray:
    """Surface per area [1/um] seen by cells that lie on it: a tent over a layer on the side of the marrow."""
    half = max(layer / 2, spacing)
    return np.asarray(bone.free * np.maximum(0.0, 1.0 - np.abs(level - half) / half) / half)


def moved(level: np.ndarray, speed: np.ndarray, spacing: float, days: float) -> np.ndarray:
    """The level set after some days in which the surface retreats into bone at `speed` [um/day] (below 0: bone grows).

    level_t = speed |grad level|, with Godunov's upwind gradient (Osher & Sethian 1988,
    doi:10.1016/0021-9991(88)90002-2), in substeps that move the surface by half a cell of the grid at most.
    """
    fastest = float(np.abs(speed).max()) * days / spacing
    substeps = max(1, int(np.ceil(2 * fastest)))
    for _ in range(substeps):
        level = level + days / substeps * speed * _slope(level, speed, spacing)
    return level


def _slope(level: np.ndarray, speed: np.ndarray, spacing: float) -> np.ndarray:
    """|grad level| taken from the side that the surface comes from."""
    total = np.zeros_like(level)
    for axis in (0, 1):
        step = np.diff(level, axis=axis) / spacing
        pad = [(0, 0), (0, 0)]
        pad[axis] = (1, 0)
        back = np.pad(step, pad)
        pad[axis] = (0, 1)
        ahead = np.pad(step, pad)
        # Information runs along -grad(level) * speed: rising levels look uphill of it.
        rise = np.maximum(np.maximum(ahead, 0.0) ** 2, np.minimum(back, 0.0) ** 2)
        fall = np.maximum(np.maximum(back, 0.0) ** 2, np.minimum(ahead, 0.0) ** 2)
        total += np.where(speed > 0, rise, fall)
    return np.asarray(np.sqrt(total))
