"""A slice of trabecular bone with cortex and periosteum from three published numbers and a seed."""

import math
from statistics import NormalDist

import numpy as np

from niche.errors import NicheError
from niche.tissue.geometry import Geometry, checked
from niche.tissue.numbers import Numbers

_WAVES = 300
_SPREAD = 0.15  # of wave numbers about their mean


def generate(numbers: Numbers, *, size: float = 2000.0, spacing: float = 10.0, seed: int = 1) -> Geometry:
    """A square slice: periosteum and cortex on the left, trabeculae and marrow to the right.

    Bone is where a sum of random plane waves exceeds a level (Cahn 1965, J Chem Phys 42:93; Berk 1987,
    doi:10.1103/PhysRevLett.58.2718). The level gives BV/TV, the wave length the edge of bone: by Rice's formula
    a line meets k/(pi sqrt 2) exp(-z^2/2) edges per length at level z, and Tb.Th follows by the plate model.
    The waves do not know the grid: a finer grid shows the same bone.

    Parameters
    ----------
    numbers
        of params/tissue
    size, spacing
        side of the slice, and of a cell of the grid [um]
    seed
        which of the endless slices

    Raises
    ------
    NicheError
        for sizes that do not fit, and slices that `checked` refuses
    """
    if not (spacing > 0 and size >= 8 * spacing):
        raise NicheError(f"a slice of {size:g} um on a grid of {spacing:g} um: give at least 8 cells along a side")
    count = round(size / spacing)
    outside, cortex = (max(1, round(length / spacing)) for length in (numbers.periosteum, numbers.cortex))
    if outside + cortex > count // 2:
        raise NicheError(
            f"a slice of {size:g} um leaves no marrow beside a cortex of {numbers.cortex:g} um and a periosteum of "
            f"{numbers.periosteum:g} um; make it larger"
        )
    field = _waves(_wave_number(numbers), count, spacing, seed)
    mineral = field > NormalDist().inv_cdf(1 - numbers.bone_share)
    periosteum = np.zeros_like(mineral)
    periosteum[:, :outside] = True
    mineral[:, :outside] = False
    mineral[:, outside : outside + cortex] = True
    about = f"a generated slice of {size:g} um (seed {seed})"
    return checked(Geometry(spacing, _without_pockets(mineral, periosteum), periosteum, about))


def _wave_number(numbers: Numbers) -> float:
    """Mean wave number [1/um] whose level set has the thickness of trabeculae, by Rice's formula."""
    level = NormalDist().inv_cdf(1 - numbers.bone_share)
    edge = 2 * numbers.bone_share / (1.199 * numbers.trabecular_thickness)  # per area [1/um]
    met = 2 / math.pi * edge  # edges that a line meets per length
    return met * math.pi * math.sqrt(2) / (math.exp(-(level**2) / 2) * math.sqrt(1 + _SPREAD**2))


def _waves(number: float, count: int, spacing: float, seed: int) -> np.ndarray:
    """A Gaussian field of mean 0 and variance 1 at the middle of each cell, shape (count, count)."""
    random = np.random.Generator(np.random.Philox(seed))
    angle, phase = random.uniform(0, 2 * np.pi, (2, _WAVES))
    size = number * (1 + _SPREAD * random.standard_normal(_WAVES))
    place = (np.arange(count) + 0.5) * spacing
    total = np.zeros((count, count))
    for k, a, p in zip(size, angle, phase, strict=True):
        down, along = k * np.sin(a) * place, k * np.cos(a) * place + p
        total += np.outer(np.cos(down), np.cos(along)) - np.outer(np.sin(down), np.sin(along))
    return np.asarray(total * math.sqrt(2 / _WAVES))


def _without_pockets(mineral: np.ndarray, periosteum: np.ndarray) -> np.ndarray:
    """Bone with small holes filled: marrow that does not hang together with the largest piece of it."""
    from scipy.ndimage import label

    marrow = ~mineral & ~periosteum
    pieces, _ = label(marrow)
    sizes = np.bincount(pieces[marrow], minlength=2)
    small = marrow & (pieces != sizes.argmax()) & (sizes[pieces] < 0.01 * marrow.sum())
    return np.asarray(mineral | small)
