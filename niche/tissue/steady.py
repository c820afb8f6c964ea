"""Steady fields of diffusion and decay on a square grid: finite volumes, conjugate gradients, multigrid.

Fast signals are quasi-steady, as in `niche.model`. The scheme is conservative, positive and second order in space; its
matrix is an M-matrix whatever the decay, so nothing is too stiff. Each solve runs on one thread in one order: the
answer does not depend on how many of them run at once. Everything compiled is in this one file, since numba's cache on
disk looks at the file of the function alone.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from niche.errors import NicheError
from niche.tissue.faces import Faces

TOLERANCE = 1e-10  # of the residual against the source, both as root mean square
_MOST = 200  # iterations; some 10 are usual
_COARSEST = 4  # cells along the shorter side


class Operator(NamedTuple):
    """loss u - div(through grad u), on the grid and on coarser ones of twice the spacing each."""

    levels: tuple[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], ...]  # loss, east, south, 1/diagonal


def operator(loss: np.ndarray, through: Faces) -> Operator:
    """The operator of a field with its coarser copies.

    Cells are joined four by four. What goes in and out of the four is summed, and a face between two of them conducts
    half the sum of its parts, since their centres are twice as far apart (Braess 1995, doi:10.1007/BF02238511).

    Parameters
    ----------
    loss
        shape (rows, columns), at least 0 and not 0 everywhere
    through
        conductances of the faces
    """
    if not (np.isfinite(loss).all() and np.isfinite(through.east).all() and np.isfinite(through.south).all()):
        raise NicheError("diffusion in the marrow slice is not finite; check its diffusivities and its geometry")
    a, east, south = (np.ascontiguousarray(x, dtype=float) for x in (loss, *through))
    levels = [(a, east, south, _inverse(a, east, south))]
    while min(a.shape) > _COARSEST:
        a, east, south = _joined(a, east, south)
        levels.append((a, east, south, _inverse(a, east, south)))
    return Operator(tuple(levels))


def steady(source: np.ndarray, of: Operator, guess: np.ndarray, *, tolerance: float = TOLERANCE) -> np.ndarray:
    """The field at which loss and spread balance the source: loss u - div(through grad u) = source.

    With loss = share (1/dt + k) and source = share (u_old/dt + s) it is a backward Euler step, which stays positive and
    stable however stiff the decay is. The total is exact to rounding: sum(loss u) = sum(source).

    Parameters
    ----------
    source, guess
        shape (rows, columns); source at least 0; `guess` only saves time
    tolerance
        residual against source, both as root mean square

    Raises
    ------
    NicheError
        if a number is not finite, or the iteration does not converge
    """
    total, loss = float(source.sum()), of.levels[0][0]
    if not np.isfinite(total):
        raise NicheError("a source in the marrow slice is not finite; take a shorter step, or gains nearer to 0")
    if total <= 0.0:
        return np.zeros_like(source)
    u = np.array(guess, dtype=float)
    left = _solve(u, source, of, tolerance)
    if not left <= 100 * tolerance:
        raise NicheError(
            f"a field of the marrow slice did not converge: {left:.1g} of its source is left after {_MOST} iterations; "
            "take a finer grid, or a shorter reach"
        )
    # The iteration may leave a trace below 0 far from every source, and as much in the total.
    np.maximum(u, 0.0, out=u)
    return np.asarray(u * (total / _dot(loss, u)))


def _solve(u: np.ndarray, source: np.ndarray, of: Operator, tolerance: float) -> float:
    """Conjugate gradients (Hestenes & Stiefel 1952), one symmetric cycle of multigrid as preconditioner, in place."""
    loss, east, south, _ = of.levels[0]
    residual = np.empty_like(u)
    norm = _dot(source, source)
    _residual(u, source, loss, east, south, residual)
    size = _dot(residual, residual)
    bound, applied = tolerance**2 * norm, np.empty_like(u)
    search = better = _cycle(residual, of, 0)
    rho = _dot(residual, better)
    for _ in range(_MOST):
        if not size > bound:
            break
        _residual(search, _ZERO, loss, east, south, applied)  # its negative, without a source
        along = rho / -_dot(search, applied)
        size = _advance(u, residual, search, applied, along)
        better = _cycle(residual, of, 0)
        new = _dot(residual, better)
        search = better + (new / rho) * search
        rho = new
    return float((size / norm) ** 0.5)


_ZERO = np.zeros((0, 0))


def _cycle(residual: np.ndarray, of: Operator, level: int) -> np.ndarray:
    """One V-cycle from 0: a sweep forwards, the coarser grid, a sweep backwards, so that it is symmetric."""
    loss, east, south, inverse = of.levels[level]
    u = np.zeros_like(residual)
    last = level + 1 == len(of.levels)
    for _ in range(8 if last else 1):
        _sweep(u, residual, east, south, inverse, True)
        if last:
            _sweep(u, residual, east, south, inverse, False)
    if not last:
        left = np.empty_like(u)
        _residual(u, residual, loss, east, south, left)
        _add_coarse(u, _cycle(_summed(left), of, level + 1))
        _sweep(u, residual, east, south, inverse, False)
    return u


@njit(cache=True, nogil=True)
def _dot(a, b):  # type: ignore[no-untyped-def]
    """Sum of products, row by row: the same bits on any number of threads."""
    total = 0.0
    for i in range(a.shape[0]):
        part = 0.0
        for j in range(a.shape[1]):
            part += a[i, j] * b[i, j]
        total += part
    return total


@njit(cache=True, nogil=True)
def _inverse(loss, east, south):  # type: ignore[no-untyped-def]
    rows, columns = loss.shape
    out = np.empty_like(loss)
    for i in range(rows):
        for j in range(columns):
            d = loss[i, j]
            if j > 0:
                d += east[i, j - 1]
            if j < columns - 1:
                d += east[i, j]
            if i > 0:
                d += south[i - 1, j]
            if i < rows - 1:
                d += south[i, j]
            out[i, j] = 1.0 / d if d > 0 else 0.0
    return out


@njit(cache=True, nogil=True)
def _residual(u, source, loss, east, south, out):  # type: ignore[no-untyped-def]
    """source - (loss u - div(through grad u)); an empty source is 0."""
    rows, columns = u.shape
    given = source.size > 0
    for i in range(rows):
        for j in range(columns):
            here = u[i, j]
            flow = loss[i, j] * here
            if j > 0:
                flow += east[i, j - 1] * (here - u[i, j - 1])
            if j < columns - 1:
                flow += east[i, j] * (here - u[i, j + 1])
            if i > 0:
                flow += south[i - 1, j] * (here - u[i - 1, j])
            if i < rows - 1:
                flow += south[i, j] * (here - u[i + 1, j])
            out[i, j] = (source[i, j] if given else 0.0) - flow


@njit(cache=True, nogil=True)
def _sweep(u, source, east, south, inverse, forwards):  # type: ignore[no-untyped-def]
    """One sweep of Gauss-Seidel in place."""
    rows, columns = u.shape
    for a in range(rows):
        i = a if forwards else rows - 1 - a
        for b in range(columns):
            j = b if forwards else columns - 1 - b
            into = source[i, j]
            if i > 0:
                into += south[i - 1, j] * u[i - 1, j]
            if i < rows - 1:
                into += south[i, j] * u[i + 1, j]
            if j < columns - 1:
                into += east[i, j] * u[i, j + 1]
            if j > 0:
                into += east[i, j - 1] * u[i, j - 1]
            u[i, j] = into * inverse[i, j]


@njit(cache=True, nogil=True)
def _advance(u, residual, search, negative, along):  # type: ignore[no-untyped-def]
    """Step along the search direction; returns the squared size of what is left."""
    size = 0.0
    for i in range(u.shape[0]):
        part = 0.0
        for j in range(u.shape[1]):
            u[i, j] += along * search[i, j]
            r = residual[i, j] + along * negative[i, j]
            residual[i, j] = r
            part += r * r
        size += part
    return size


@njit(cache=True, nogil=True)
def _summed(fine):  # type: ignore[no-untyped-def]
    rows, columns = fine.shape
    out = np.zeros(((rows + 1) // 2, (columns + 1) // 2))
    for i in range(rows):
        for j in range(columns):
            out[i // 2, j // 2] += fine[i, j]
    return out


@njit(cache=True, nogil=True)
def _add_coarse(u, coarse):  # type: ignore[no-untyped-def]
    for i in range(u.shape[0]):
        for j in range(u.shape[1]):
            u[i, j] += coarse[i // 2, j // 2]


@njit(cache=True, nogil=True)
def _joined(loss, east, south):  # type: ignore[no-untyped-def]
    rows, columns = (loss.shape[0] + 1) // 2, (loss.shape[1] + 1) // 2
    out, e, s = np.zeros((rows, columns)), np.zeros((rows, columns - 1)), np.zeros((rows - 1, columns))
    for i in range(loss.shape[0]):
        for j in range(loss.shape[1]):
            out[i // 2, j // 2] += loss[i, j]
            if j % 2 == 1 and j < loss.shape[1] - 1:
                e[i // 2, j // 2] += 0.5 * east[i, j]
            if i % 2 == 1 and i < loss.shape[0] - 1:
                s[i // 2, j // 2] += 0.5 * south[i, j]
    return out, e, s
