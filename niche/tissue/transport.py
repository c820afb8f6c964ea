"""Diffusion of cells between grid cells of unequal room, in time: conservative, positive, second order.

What leaves a grid cell through a face enters its neighbour, so nothing is lost; faces at the rim let nothing through.
Everything compiled is in this one file: numba's cache on disk looks at the file of the function alone.
"""

import numpy as np
from numba import njit

from niche.tissue.faces import Faces


def spread(content: np.ndarray, room: np.ndarray, through: Faces, days: float) -> np.ndarray:
    """Content of each cell after some days of diffusion between cells of unequal room, by flows that cancel in pairs.

    Heun's method in as many equal substeps as keep each of its stages positive: a convex sum of forward Euler steps
    (Shu & Osher 1988, doi:10.1016/0021-9991(88)90177-5). Second order in time; the sum is kept to rounding.

    Parameters
    ----------
    content
        what is in each cell, shape (rows, columns): density times room
    room
        share of each cell that holds any, 0 to 1; a cell without room lets nothing in or out
    through
        conductances by `faces` of that room [1/day]
    """
    inverse = np.where(room > 1e-6, 1.0 / np.maximum(room, 1e-6), 0.0)
    fastest = _fastest(inverse, through.east, through.south)
    substeps = max(1, int(np.ceil(1.01 * days * fastest)))  # a hundredth to spare for rounding
    return np.asarray(_spread(content, inverse, through.east, through.south, days / substeps, substeps))


@njit(cache=True, nogil=True)
def _fastest(inverse, east, south):  # type: ignore[no-untyped-def]
    """The greatest share of its content that a cell loses per day."""
    rows, columns = inverse.shape
    most = 0.0
    for i in range(rows):
        for j in range(columns):
            out = 0.0
            if j > 0:
                out += east[i, j - 1]
            if j < columns - 1:
                out += east[i, j]
            if i > 0:
                out += south[i - 1, j]
            if i < rows - 1:
                out += south[i, j]
            most = max(most, out * inverse[i, j])
    return most


@njit(cache=True, nogil=True)
def _euler(content, inverse, east, south, days, out):  # type: ignore[no-untyped-def]
    rows, columns = content.shape
    out[:] = content
    for i in range(rows):
        for j in range(columns):
            here = content[i, j] * inverse[i, j]
            if j < columns - 1:
                flow = days * east[i, j] * (here - content[i, j + 1] * inverse[i, j + 1])
                out[i, j] -= flow
                out[i, j + 1] += flow
            if i < rows - 1:
                flow = days * south[i, j] * (here - content[i + 1, j] * inverse[i + 1, j])
                out[i, j] -= flow
                out[i + 1, j] += flow


@njit(cache=True, nogil=True)
def _spread(content, inverse, east, south, days, substeps):  # type: ignore[no-untyped-def]
    u, first, second = content.copy(), np.empty_like(content), np.empty_like(content)
    for _ in range(substeps):
        _euler(u, inverse, east, south, days, first)
        _euler(first, inverse, east, south, days, second)
        u = 0.5 * (u + second)
    return u
