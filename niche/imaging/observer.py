"""Observers of known statistics: how well a reader who knows what to look for tells a lesion from none.

Detectability d' is the distance between the mean answers with and without the lesion, in standard deviations of the
answer. Two observers: the matched filter, whose template is the lesion itself, and the Hotelling observer, which
also knows how noise is correlated and is the best linear one (Barrett and Myers 2004, Foundations of Image Science,
chapter 13). Both know size and place: no person does better, so a lesion that they miss is missed by everybody.
"""

from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from niche.errors import NicheError
from niche.imaging.blur import frequencies


def noise_density(excess: np.ndarray, background: float, counts: float) -> float:
    """Variance times area [unit^2 mm^2] of counts in a picture, as the matched filter of a lesion meets it.

    Counts vary with uptake, so a hot lesion brings noise of its own. The mean over pictures with and without it,
    weighted by the square of what the lesion adds, is exactly the variance of the matched filter.

    Parameters
    ----------
    excess
        what the lesion adds, without noise, shape (y, x)
    background
        what normal tissue shows
    counts
        noise-equivalent counts per unit and mm^2
    """
    square = excess**2
    total = square.sum()
    if total == 0:
        return background / counts
    return float((square * (background + excess / 2)).sum() / total) / counts


def texture_density(squared: np.ndarray, height: float, grain: float) -> np.ndarray:
    """Power of an uneven background [unit^2 mm^2] by squared frequency [1/mm^2]: a lumpy field.

    Covariance height^2 exp(-r^2 / (2 grain^2)) (Rolland and Barrett 1992, doi:10.1364/JOSAA.9.000649, whose lumps
    are Gaussian).
    """
    return np.asarray(height**2 * 2 * np.pi * grain**2 * np.exp(-2 * np.pi**2 * grain**2 * squared))


def hotelling(excess: np.ndarray, pixel: float, power: Any, other: np.ndarray | None = None) -> float:
    """Squared detectability of the Hotelling observer in noise of a stated power, or the product with `other`.

    Parameters
    ----------
    excess
        what the lesion adds, shape (n, n)
    pixel
        mm
    power
        of noise and texture by frequency [unit^2 mm^2], shape (n, n) as `frequencies` orders them, or one number
    other
        another signal: then what the observer answers to it, with the template of `excess`

    Returns
    -------
    float
        d' squared, dimensionless; without noise infinite
    """
    first = np.fft.fft2(excess)
    second = first if other is None else np.fft.fft2(other)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = (first.conj() * second).real / power
    return float(terms.sum()) * pixel**2 / excess.size


def matched(excess: np.ndarray, pixel: float, power: Any) -> float:
    """Squared detectability of the matched filter, whose template is the lesion as it looks without noise."""
    spectrum = np.abs(np.fft.fft2(excess)) ** 2
    if not spectrum.any():
        return 0.0
    return float(spectrum.sum() ** 2 / (spectrum * power).sum()) * pixel**2 / excess.size


def channelised(excess: np.ndarray, pixel: float, power: Any, width: float, channels: int = 6) -> float:
    """Squared detectability of a Hotelling observer that sees through Laguerre-Gauss channels only.

    The channels are round and their span grows with their number, so that for a round lesion the answer comes near to
    the Hotelling observer's from below (Gallas and Barrett 2003, doi:10.1364/JOSAA.20.001725).

    Parameters
    ----------
    width
        mm, of the Gaussian under the channels; near the lesion's own radius is best
    channels
        how many
    """
    pixels = excess.shape[0]
    one = (np.arange(pixels) - pixels // 2) * pixel
    x = 2 * np.pi * (one[:, None] ** 2 + one[None, :] ** 2) / width**2
    seen = np.array([np.polynomial.laguerre.lagval(x, np.eye(channels)[k]) * np.exp(-x / 2) for k in range(channels)])
    spectra = np.fft.fft2(seen, axes=(1, 2))
    weights = np.broadcast_to(power, excess.shape)
    covariance = np.einsum("iyx,yx,jyx->ij", spectra.conj(), weights, spectra).real / excess.size / pixel**2
    answers = (seen * excess).sum(axis=(1, 2))
    return float(answers @ np.linalg.solve(covariance, answers))


def white_disc(contrast: float, radius: float, density: float) -> float:
    """Detectability of a disc in white noise: contrast sqrt(area / density) (Rose 1948, doi:10.1364/JOSA.38.000196)."""
    return contrast * radius * float(np.sqrt(np.pi / density))


def positions(site: float, extent: float) -> float:
    """In how many places of a square site [mm] a lesion of this extent [mm, with its blur] could be told apart."""
    return max((site / extent) ** 2, 1.0)


def criterion(false_positive_rate: float, places: Any = 1.0) -> np.ndarray:
    """Answer [standard deviations] above which a site is called, so that this share of sites without a lesion is.

    A reader who searches `places` independent places calls a site by its highest answer, so the bar is higher.

    Raises
    ------
    NicheError
        for a rate that is not between 0 and 1
    """
    if not 0 < false_positive_rate < 1:
        raise NicheError(f"false_positive_rate lies between 0 and 1, got {false_positive_rate!r}")
    return np.asarray(-ndtri(-np.expm1(np.log1p(-false_positive_rate) / np.asarray(places, dtype=float))))


def sensitivity(detectability: Any, false_positive_rate: float, places: Any = 1.0) -> np.ndarray:
    """Share of lesions that are called at the lesion's own place, at a stated share of false calls per site."""
    return np.asarray(ndtr(np.asarray(detectability, dtype=float) - criterion(false_positive_rate, places)))


def roc_area(detectability: Any) -> np.ndarray:
    """Area under the ROC curve of a normal answer: 0.5 where there is nothing to see."""
    return np.asarray(ndtr(np.asarray(detectability, dtype=float) / np.sqrt(2)))


def power_of(pixels: int, pixel: float, density: float, height: float, grain: float, sigma: float) -> np.ndarray:
    """Noise and texture together by frequency, (pixels, pixels): noise is not blurred, texture is [unit^2 mm^2]."""
    squared = frequencies(pixels, pixel)
    left = np.exp(-4 * np.pi**2 * sigma**2 * squared)
    return density + texture_density(squared, height, grain) * left
