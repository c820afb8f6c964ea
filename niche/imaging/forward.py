"""From tissue to a picture: uptake, blur, noise."""

from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.imaging.blur import blurred, blurred_ball, frequencies, sigma_of, transfer
from niche.imaging.lesions import NORMAL, Lesion, grid
from niche.imaging.modalities import Modality

PIXELS = 64  # along a side of the square on which a lesion is looked at


class Picture(NamedTuple):
    """What a scanner shows around a lesion.

    Attributes
    ----------
    pixel
        mm
    expected
        without noise, shape (y, x), in the unit of the modality
    noisy
        one picture with noise; None if none was asked for
    """

    pixel: float
    expected: np.ndarray
    noisy: np.ndarray | None


def uptake(tissue: Any, modality: Modality) -> np.ndarray:
    """What a modality would show of a map of tissue without blur and noise: floor + gain times the map."""
    return modality.floor + modality.gain * np.asarray(tissue, dtype=float)


def picture(tissue: Any, pixel: float, modality: Modality, seed: int | None = None) -> Picture:
    """A picture of a map of tissue: any array of a slice (y, x), such as the tissue model makes.

    Parameters
    ----------
    tissue
        the map that the modality reads, relative to normal marrow (share of tumour as it is)
    pixel
        mm
    seed
        of the noise; none for no noise

    Raises
    ------
    NicheError
        for a map that is not finite, or pixels too wide for the blur
    """
    expected = blurred(uptake(tissue, modality), pixel, modality.fwhm)
    return Picture(pixel, expected, None if seed is None else noise(expected, pixel, modality, seed))


def noise(expected: np.ndarray, pixel: float, modality: Modality, seed: int) -> np.ndarray:
    """A picture with the noise of its scanner: of counts (Poisson) or of one size everywhere (normal).

    Without the unevenness of normal tissue, which is no noise: another scan of the same patient shows it again.
    """
    rng: np.random.Generator = np.random.default_rng(seed)
    if np.isfinite(modality.counts):
        if (expected < 0).any():
            raise NicheError(f"{modality.name} counts what is there: uptake cannot be below 0")
        per = modality.counts * pixel**2
        return rng.poisson(expected * per) / per
    return expected + rng.normal(size=expected.shape) * np.sqrt(modality.density) / pixel


def field_of(radius: float, rim: float, fwhm: float, pixels: int = PIXELS) -> float:
    """Pixel [mm] with which a square of `pixels` holds a lesion and all of its blur."""
    return 2 * (radius + rim + 4 * float(sigma_of(fwhm))) / pixels


def excess(one: Lesion, modality: Modality, pixel: float, pixels: int = PIXELS) -> np.ndarray:
    """What a lesion adds to the picture of normal marrow, without noise, in a plane through its centre, (y, x).

    A tomograph shows the slice of a ball (closed form); a projection the mean over its depth (chords, blurred).
    """
    shells = one.step(modality.reads)
    out = np.hypot(*grid(pixel, pixels))
    sigma = float(sigma_of(modality.fwhm))
    parts = np.zeros_like(out)
    for radius, height in zip(shells.radii, shells.values, strict=True):
        if modality.depth:
            parts += height * _chord(out, radius, pixel) / modality.depth
        else:
            parts += height * blurred_ball(out, radius, sigma)
    if modality.depth:
        left = transfer(frequencies(pixels, pixel), sigma)
        parts = np.fft.ifft2(np.fft.fft2(parts) * left).real
    return modality.gain * parts


def _chord(out: np.ndarray, radius: float, pixel: float) -> np.ndarray:
    """Length of a ball along the line of sight [mm], scaled so that a coarse grid keeps the volume of the ball."""
    through = 2 * np.sqrt(np.maximum(radius**2 - out**2, 0.0))
    found = through.sum() * pixel**2
    return through * (4 / 3 * np.pi * radius**3 / found) if found else through


def normal_of(modality: Modality) -> float:
    """What the modality shows of normal marrow."""
    return float(uptake(NORMAL[modality.reads], modality))
