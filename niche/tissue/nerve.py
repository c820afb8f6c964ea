"""Nerve fibres of a slice as records: resting paths, sprouts and their pieces, and what they meet."""

from typing import NamedTuple

import numpy as np

from niche.tissue.paths import STEP, Resting, cell_of


class Sprouts(NamedTuple):
    """New fibres, in the order in which they began; a sprout that is gone stays in the list with `alive` False.

    Attributes
    ----------
    name
        which random numbers it has, shape (sprouts,), uint64
    x, y, angle
        where its tip is [um], and where it heads [rad]
    growing, alive
        shape (sprouts,), bool
    piece_x, piece_y, piece_length
        middle and length of each piece that it has laid down [um], shape (pieces,)
    piece_owner, piece_alive
        which sprout it belongs to, and whether it lives
    """

    name: np.ndarray
    x: np.ndarray
    y: np.ndarray
    angle: np.ndarray
    growing: np.ndarray
    alive: np.ndarray
    piece_x: np.ndarray
    piece_y: np.ndarray
    piece_length: np.ndarray
    piece_owner: np.ndarray
    piece_alive: np.ndarray


class Nerve(NamedTuple):
    """All fibres of one kind."""

    resting: Resting
    sprouts: Sprouts


class Around(NamedTuple):
    """What fibres meet, each of the shape of the grid.

    Attributes
    ----------
    trka
        excess occupancy of TrkA
    occupied
        occupancy of TrkA over that at rest, whose gradient guides
    netrin
        netrin-1 against rest
    density
        fibres of this kind around, against rest
    release
        resorption around, against rest
    injury
        deaths of fibres [1/day]
    open
        where a fibre can grow: not in mineral
    """

    trka: np.ndarray
    occupied: np.ndarray
    netrin: np.ndarray
    density: np.ndarray
    release: np.ndarray
    injury: np.ndarray
    open: np.ndarray


def without_sprouts(resting: Resting) -> Nerve:
    """A nerve at rest."""
    none, no = np.zeros(0), np.zeros(0, bool)
    names = np.zeros(0, np.uint64)
    return Nerve(resting, Sprouts(names, none, none, none, no, no, none, none, none, np.zeros(0, np.int64), no))


def fibre_density(nerve: Nerve, shape: tuple[int, ...], spacing: float) -> np.ndarray:
    """Length of living fibre per area [1/um] in each cell of the grid."""
    s, r = nerve.sprouts, nerve.resting
    at = np.concatenate([cell_of(r.x, r.y, shape, spacing), cell_of(s.piece_x, s.piece_y, shape, spacing)])
    length = np.concatenate([STEP * r.alive, s.piece_length * s.piece_alive])
    return np.asarray(np.bincount(at, length, shape[0] * shape[1]).reshape(shape) / spacing**2)
