"""Geometry from a picture of one's own, in which bone and marrow are already told apart."""

from pathlib import Path

import numpy as np

from niche.errors import NicheError
from niche.tissue.geometry import Geometry, checked

_MOST_CELLS = 4_000_000


def read_picture(
    file: Path | str, *, spacing: float, bone_from: float = 0.5, bone_is: str = "light", periosteum: float | None = None
) -> Geometry:
    """A segmented picture (PNG or TIFF) as a slice.

    Parameters
    ----------
    file
        a picture whose bone is light and whose marrow is dark, or the other way round; colours are read as grey
    spacing
        side of a pixel [um]
    bone_from
        grey from which on it is bone, 0 (black) to 1 (white)
    bone_is
        "light" or "dark"
    periosteum
        a grey between the two, 0 to 1: pixels within 0.02 of it are periosteum; None: the slice has none

    Raises
    ------
    NicheError
        for a file that is no picture or too large, values out of bounds, and what `checked` refuses
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise NicheError("reading a picture needs Pillow: pip install 'niche[notebooks]'") from None
    if bone_is not in ("light", "dark"):
        raise NicheError(f"bone_is: expected 'light' or 'dark', got {bone_is!r}")
    for name, given in (("bone_from", bone_from), ("periosteum", periosteum)):
        if given is not None and not 0 <= given <= 1:
            raise NicheError(f"{name}: a grey from 0 (black) to 1 (white), got {given!r}")
    try:
        with Image.open(file) as picture:
            if picture.width * picture.height > _MOST_CELLS:
                size = f"{picture.width} x {picture.height} pixels"
                raise NicheError(f"{file}: {size}; at most {_MOST_CELLS:,} are used: scale it down")
            grey = _grey(np.asarray(picture if picture.mode in ("I", "F", "I;16") else picture.convert("L")))
    except (OSError, UnidentifiedImageError) as error:
        raise NicheError(f"{file}: not a picture that can be read ({error}); expected PNG or TIFF") from None
    if not np.isfinite(grey).all():
        raise NicheError(f"{file}: {np.size(grey) - np.isfinite(grey).sum()} pixels are no numbers; fill them first")
    outside = np.zeros(grey.shape, bool) if periosteum is None else np.abs(grey - periosteum) <= 0.02
    bone = (grey >= bone_from if bone_is == "light" else grey < bone_from) & ~outside
    return checked(Geometry(float(spacing), bone, outside, str(file)))


def _grey(values: np.ndarray) -> np.ndarray:
    """Grey from 0 to 1: 8-bit by its range, deeper pictures by the brightest pixel in them."""
    most = 255.0 if values.dtype == np.uint8 else float(values.max(initial=0.0, where=np.isfinite(values)))
    return np.asarray(values, dtype=float) / (most or 1.0)
