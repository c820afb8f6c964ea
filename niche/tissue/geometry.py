"""Where bone, marrow and periosteum lie, and what is refused: no marrow, marrow in pieces, a grid too coarse."""

from dataclasses import dataclass

import numpy as np

from niche.errors import NicheError

_LEAST_MARROW = 0.2  # share of the slice
_WHOLE = 0.99  # share of the marrow that has to hang together
_ACROSS = 2.0  # cells of the grid across a trabecula, at least


@dataclass(frozen=True)
class Geometry:
    """A slice of bone on a square grid.

    Attributes
    ----------
    spacing
        side of a cell of the grid [um]
    mineral
        where mineralised bone is, shape (rows, columns), bool
    periosteum
        where periosteum is, the same shape; nowhere if the slice has none
    about
        how it was made, in words
    """

    spacing: float
    mineral: np.ndarray
    periosteum: np.ndarray
    about: str

    @property
    def marrow(self) -> np.ndarray:
        """Where marrow is, shape (rows, columns), bool."""
        return np.asarray(~self.mineral & ~self.periosteum)

    @property
    def size(self) -> tuple[float, float]:
        """Height and width [um]."""
        rows, columns = self.mineral.shape
        return rows * self.spacing, columns * self.spacing


def checked(geometry: Geometry) -> Geometry:
    """The same geometry, if a simulation can use it.

    Raises
    ------
    NicheError
        that says what to change: no marrow, marrow in pieces, bone thinner than two cells of the grid
    """
    from scipy.ndimage import label  # late: scipy is slow to import

    for name in ("mineral", "periosteum"):
        values = np.asarray(getattr(geometry, name))
        if values.dtype != bool or values.ndim != 2 or values.shape != np.shape(geometry.mineral):
            raise NicheError(
                f"{geometry.about}: {name} says of each cell whether it is there: true or false, rows and columns as "
                f"mineral has them; got {values.dtype} of shape {values.shape}"
            )
    rows, columns = geometry.mineral.shape
    if rows < 8 or columns < 8:
        raise NicheError(f"{geometry.about}: {rows} x {columns} cells are too few; give at least 8 x 8")
    if not (np.isfinite(geometry.spacing) and geometry.spacing > 0):
        raise NicheError(f"{geometry.about}: spacing must be above 0 um, got {geometry.spacing!r}")
    marrow = geometry.marrow
    share = marrow.mean()
    if share < _LEAST_MARROW:
        raise NicheError(
            f"{geometry.about}: only {share:.0%} of the slice is marrow, at least {_LEAST_MARROW:.0%} is needed; "
            "swap bone and marrow, or lower the share of bone"
        )
    if not geometry.mineral.any():
        raise NicheError(f"{geometry.about}: there is no bone in it; lower the threshold that tells bone from marrow")
    pieces, count = label(marrow)
    largest = np.bincount(pieces[marrow]).max() / marrow.sum()
    if largest < _WHOLE:
        raise NicheError(
            f"{geometry.about}: the marrow is in {count} pieces, the largest {largest:.0%} of it; cut the picture to "
            "one, open the bone between them, or lower the share of bone"
        )
    thick = thickness(geometry)
    if thick < _ACROSS * geometry.spacing:
        raise NicheError(
            f"{geometry.about}: trabeculae of {thick:.0f} um on a grid of {geometry.spacing:g} um; the grid must be "
            f"{thick / _ACROSS:.0f} um or finer"
        )
    return geometry


def trabecular(geometry: Geometry) -> np.ndarray:
    """Bone that is not cortex: mineral that does not hang together with the periosteum; all, where there is none."""
    from scipy.ndimage import binary_dilation, label

    if not geometry.periosteum.any():
        return geometry.mineral
    pieces, _ = label(geometry.mineral)
    touching = np.unique(pieces[binary_dilation(geometry.periosteum) & geometry.mineral])
    return np.asarray(geometry.mineral & ~np.isin(pieces, touching[touching > 0]))


def perimeter(mineral: np.ndarray, spacing: float) -> float:
    """Length of the edge of bone inside the slice [um]: faces times pi/4, right on average over directions."""
    faces = (mineral[:, 1:] != mineral[:, :-1]).sum() + (mineral[1:] != mineral[:-1]).sum()
    return float(faces * spacing * np.pi / 4)


def thickness(geometry: Geometry) -> float:
    """Mean thickness of trabeculae from their area and edge [um], by the plate model: Tb.Th = 2 area / (1.199 edge).

    Parfitt et al. 1987, doi:10.1002/jbmr.5650020617, with 1.199 for what a plane section does to edges.
    """
    bone = trabecular(geometry)
    bone = bone if bone.any() else geometry.mineral
    edge = perimeter(bone, geometry.spacing)
    return float(2 * bone.sum() * geometry.spacing**2 / (1.199 * edge)) if edge else float("inf")
