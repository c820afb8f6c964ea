"""How a scanner blurs: a Gaussian point spread function, on arrays and in closed form for balls."""

from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.special import erf

from niche.errors import NicheError

SIGMAS = 2 * np.sqrt(2 * np.log(2))  # full width at half maximum of a Gaussian, in standard deviations
_NEAR = 1e-4  # of sigma: nearer the centre the limit is taken, where the closed form divides nothing by nothing


def sigma_of(fwhm: Any) -> np.ndarray:
    """Standard deviation [mm] of a Gaussian of full width at half maximum `fwhm` [mm], any shape.

    Raises
    ------
    NicheError
        for a width that is not above 0
    """
    wide = np.asarray(fwhm, dtype=float)
    if not (np.isfinite(wide) & (wide > 0)).all():
        raise NicheError(f"fwhm must be a finite number of mm above 0, got {fwhm!r}")
    return wide / SIGMAS


def blurred(image: np.ndarray, pixel: float, fwhm: float, edge: str = "nearest") -> np.ndarray:
    """An image as a scanner shows it, without noise.

    Parameters
    ----------
    image
        shape (y, x) or (z, y, x); a slice (y, x) stands for tissue that goes on unchanged through its plane
    pixel
        mm, the same along every axis
    fwhm
        mm, full width at half maximum of the point spread function
    edge
        what lies outside, as scipy.ndimage says it: "nearest" is tissue that goes on, "wrap" keeps the sum exactly

    Raises
    ------
    NicheError
        for an image that is empty or not finite, or pixels wider than half the blur: its peak would fall between them
    """
    values = np.asarray(image, dtype=float)
    if values.ndim not in (2, 3) or not values.size or not np.isfinite(values).all():
        raise NicheError(f"an image has two or three axes and finite numbers only, got shape {values.shape}")
    if not (np.isfinite(pixel) and pixel > 0):
        raise NicheError(f"pixel must be a finite number of mm above 0, got {pixel!r}")
    sigma = float(sigma_of(fwhm))
    if pixel > fwhm / 2:
        raise NicheError(f"pixels of {pixel:g} mm are too wide for a blur of {fwhm:g} mm: take at most {fwhm / 2:.3g}")
    return np.asarray(gaussian_filter(values, sigma / pixel, mode=edge, truncate=8.0))


def blurred_ball(distance: Any, radius: Any, sigma: Any) -> np.ndarray:
    """What a scanner shows at a distance from the centre of a ball of uptake 1 in nothing: at most 1.

    The convolution of a ball with a Gaussian in three dimensions, in closed form; at the centre it is the recovery
    coefficient of Kessler, Ellis and Eden 1984 (doi:10.1097/00004728-198406000-00028).

    Parameters
    ----------
    distance
        mm, any shape
    radius, sigma
        mm, broadcast with `distance`; a radius of 0 or less is no ball
    """
    r, big, s = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (distance, radius, sigma)))
    big = np.maximum(big, 0.0)
    near = r < _NEAR * s
    safe, root = np.where(near, s, r), np.sqrt(2) * s
    away = (erf((big + safe) / root) + erf((big - safe) / root)) / 2
    away -= (
        s
        / (np.sqrt(2 * np.pi) * safe)
        * (np.exp(-(((big - safe) / root) ** 2)) - np.exp(-(((big + safe) / root) ** 2)))
    )
    centre = erf(big / root) - np.sqrt(2 / np.pi) * big / s * np.exp(-((big / root) ** 2))
    return np.asarray(np.where(near, centre, away))


def recovery(diameter: Any, fwhm: Any) -> np.ndarray:
    """Share of the true contrast that a scanner shows at the centre of a ball; diameter and fwhm in mm."""
    return blurred_ball(0.0, np.asarray(diameter, dtype=float) / 2, sigma_of(fwhm))


def frequencies(pixels: int, pixel: float) -> np.ndarray:
    """Squared spatial frequency [1/mm^2] of each term of a two-dimensional FFT of a square, shape (pixels, pixels)."""
    one = np.fft.fftfreq(pixels, pixel)
    return np.asarray(one[:, None] ** 2 + one[None, :] ** 2)


def transfer(squared: np.ndarray, sigma: float) -> np.ndarray:
    """What of each spatial frequency a Gaussian blur leaves (modulation transfer), 0 to 1."""
    return np.asarray(np.exp(-2 * np.pi**2 * sigma**2 * squared))
