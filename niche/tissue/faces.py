"""What the faces between the cells of a square grid let through: the one place where diffusion is discretised."""

from typing import NamedTuple

import numpy as np


class Faces(NamedTuple):
    """What the faces between cells let through, over the area of a cell [1/day, or 1 for a steady field].

    Attributes
    ----------
    east
        between neighbours in a row, shape (rows, columns - 1)
    south
        between neighbours in a column, shape (rows - 1, columns)
    """

    east: np.ndarray
    south: np.ndarray


def faces(share: np.ndarray, diffusivity: float, spacing: float) -> Faces:
    """Conductances of the faces, from the share of each cell that conducts.

    Parameters
    ----------
    share
        shape (rows, columns), 0 to 1. Two half cells in series make the harmonic mean (Patankar 1980, Numerical Heat
        Transfer and Fluid Flow, 4.2-3), so that a closed cell closes its faces
    diffusivity
        um2/day for a time step, um2 (a squared length) for a steady field
    spacing
        um
    """
    scale = diffusivity / spacing**2

    def harmonic(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(scale * 2 * a * b / np.maximum(a + b, 1e-300))

    return Faces(harmonic(share[:, :-1], share[:, 1:]), harmonic(share[:-1], share[1:]))
