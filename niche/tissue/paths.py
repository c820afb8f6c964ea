"""Nerve fibres at rest: paths in periosteum, marrow and mineral with the densities that were measured."""

from typing import NamedTuple

import numpy as np

from niche.tissue.geometry import Geometry
from niche.tissue.numbers import Numbers

STEP = 5.0  # um between points of a resting path
_TRIES = 12


class Resting(NamedTuple):
    """Points of the fibres of a healthy slice; each stands for `STEP` um of fibre.

    Attributes
    ----------
    x, y
        um from the left and upper rim, shape (points,)
    alive
        whether the fibre lives there, shape (points,), bool
    """

    x: np.ndarray
    y: np.ndarray
    alive: np.ndarray


def resting_paths(geometry: Geometry, numbers: Numbers, seed: int, kind: int) -> Resting:
    """Paths that wander with persistence inside their compartment until it has its length of fibre.

    Densities of periosteum : marrow : mineralised bone are 100 : 2 : 0.1 [NS01]; without periosteum, marrow has what it
    would have beside one.

    Parameters
    ----------
    seed, kind
        whole numbers: which slice, and 0 for sensory, 1 for sympathetic fibres
    """
    random = np.random.Generator(np.random.Philox(key=np.array([seed, kind], np.uint64)))
    area = geometry.spacing**2 * 1e-6  # mm2
    found: list[tuple[float, float]] = []
    for region, density, upright in (
        (geometry.periosteum, 1.0, True),
        (geometry.marrow, numbers.fibre_marrow, False),
        (geometry.mineral, numbers.fibre_mineral, False),
    ):
        length = numbers.fibre_length * density * float(region.sum()) * area * 1e3  # um
        wanted = round(length / STEP)
        points: list[tuple[float, float]] = []
        while len(points) < wanted:
            points += _walk(region, geometry.spacing, numbers.fibre_persistence, upright, random)
        found += points[:wanted]
    place = np.array(found, dtype=float).reshape(-1, 2)
    return Resting(place[:, 0], place[:, 1], np.ones(len(place), bool))


def _walk(
    region: np.ndarray, spacing: float, persistence: float, upright: bool, random: np.random.Generator
) -> list[tuple[float, float]]:
    """One path inside a region, of 400 um at most; it ends where it finds no way on."""
    rows, columns = np.nonzero(region)
    start = int(random.integers(len(rows)))
    x, y = ((at[start] + random.random()) * spacing for at in (columns, rows))
    angle = (np.pi / 2 if random.random() < 0.5 else -np.pi / 2) if upright else 2 * np.pi * random.random()
    path = [(x, y)]
    noise = np.sqrt(2 * STEP / persistence)
    for _ in range(round(400 / STEP) - 1):
        for _ in range(_TRIES):
            turned = angle + noise * random.standard_normal()
            ahead = x + STEP * np.cos(turned), y + STEP * np.sin(turned)
            if inside(np.array(ahead[0]), np.array(ahead[1]), region, spacing):
                break
        else:
            return path
        (x, y), angle = ahead, (angle if upright else turned)
        path.append((x, y))
    return path


def inside(x: np.ndarray, y: np.ndarray, region: np.ndarray, spacing: float) -> np.ndarray:
    """Whether points [um] lie in a region of the grid; outside the grid is outside."""
    row, column = np.floor(y / spacing).astype(int), np.floor(x / spacing).astype(int)
    rows, columns = region.shape
    within = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    return np.asarray(within & region[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)])


def cell_of(x: np.ndarray, y: np.ndarray, shape: tuple[int, ...], spacing: float) -> np.ndarray:
    """The cell of the grid, as one number, in which each point [um] lies."""
    row = np.clip(np.floor(y / spacing).astype(int), 0, shape[0] - 1)
    column = np.clip(np.floor(x / spacing).astype(int), 0, shape[1] - 1)
    return np.asarray(row * shape[1] + column)
