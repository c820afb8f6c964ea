"""Is a lesion seen, and what as: a rim, a spot, a hole or nothing."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.imaging.blur import sigma_of
from niche.imaging.forward import PIXELS, excess, field_of, normal_of
from niche.imaging.lesions import Lesion, Shells
from niche.imaging.modalities import Modality
from niche.imaging.observer import criterion, hotelling, noise_density, positions, power_of, sensitivity

Look = Literal["rim", "spot", "hole", "nothing"]
FALSE_POSITIVES, SITE = 0.05, 30.0  # share of vertebral bodies called without a lesion; their side [mm]


class Seen(NamedTuple):
    """What the best linear reader gets from a lesion.

    Attributes
    ----------
    detectability
        d' of lesion against none
    sensitivity
        share of such lesions that are called, at the stated share of false calls per site
    look
        "rim" if it is seen and told from an even ball of its size, hot outside and less so inside; else "spot" or
        "hole" by its sign, or "nothing" if fewer than half are seen
    contrast
        largest change over normal tissue, relative, with its sign
    shape
        d' of its shape against the even ball that fits it best
    """

    detectability: float
    sensitivity: float
    look: Look
    contrast: float
    shape: float


def seen(
    one: Lesion, modality: Modality, rate: float = FALSE_POSITIVES, site: float = SITE, pixels: int = PIXELS
) -> Seen:
    """Whether, and as what, a lesion is seen with a modality.

    Parameters
    ----------
    rate
        share of sites without a lesion that are called
    site
        mm, side of the square that is searched, of the order of a vertebral body

    Raises
    ------
    NicheError
        for a rate outside 0 to 1
    """
    signal, pixel, power, outer = _shown(one, modality, pixels)
    own = hotelling(signal, pixel, power)
    # The even ball of the same extent: what is left of the signal beside it is the shape.
    even = excess(_even(modality.reads, outer), modality, pixel, pixels)
    of_ball, both = hotelling(even, pixel, power), hotelling(signal, pixel, power, even)
    amount = both / of_ball if of_ball > 0 else 0.0
    shape = float(np.sqrt(max(own - amount * both, 0.0)))
    found, share = _called(own, outer, modality, rate, site)
    peak = float(signal.flat[np.abs(signal).argmax()])
    return Seen(found, share, _look(signal, share, shape, rate), peak / normal_of(modality), shape)


def chance(
    one: Lesion, modality: Modality, rate: float = FALSE_POSITIVES, site: float = SITE, pixels: int = PIXELS
) -> float:
    """Share of such lesions that are called: `seen` without the look, in a third of the time."""
    signal, pixel, power, outer = _shown(one, modality, pixels)
    return _called(hotelling(signal, pixel, power), outer, modality, rate, site)[1]


def _shown(one: Lesion, modality: Modality, pixels: int) -> tuple[np.ndarray, float, np.ndarray, float]:
    """What a lesion adds, the pixel, the power of noise and texture, and the radius of all that differs from normal."""
    outer = float(one.step(modality.reads).radii[-1])
    pixel = field_of(outer, 0.0, modality.fwhm, pixels)
    signal = excess(one, modality, pixel, pixels)
    return signal, pixel, _power(signal, modality, pixel, pixels), outer


def _called(own: float, outer: float, modality: Modality, rate: float, site: float) -> tuple[float, float]:
    """d' and sensitivity from squared detectability."""
    found = float(np.sqrt(max(own, 0.0)))
    places = positions(site, float(np.hypot(2 * outer, modality.fwhm)))
    return found, float(sensitivity(found, rate, places))


def _power(signal: np.ndarray, modality: Modality, pixel: float, pixels: int) -> np.ndarray:
    normal = normal_of(modality)
    counting = np.isfinite(modality.counts)
    density = noise_density(signal, normal, modality.counts) if counting else modality.density
    sigma = float(sigma_of(modality.fwhm))
    # A projection averages over lumps along its depth as well.
    alone = modality.depth / (np.sqrt(2 * np.pi) * modality.grain) if modality.depth else 1.0
    height = modality.texture * normal / np.sqrt(max(alone, 1.0))
    return power_of(pixels, pixel, density, height, modality.grain, sigma)


def _look(signal: np.ndarray, share: float, shape: float, rate: float) -> Look:
    if share < 0.5:
        return "nothing"
    middle = signal.shape[0] // 2
    highest, centre = float(signal.max()), float(signal[middle, middle])
    if shape >= criterion(rate) and highest > 0 and centre < highest - 1e-9 * abs(highest):
        return "rim"
    return "spot" if signal.sum() > 0 else "hole"


def _even(reads: str, radius: float) -> Lesion:
    """A ball one unit above normal, for its shape alone."""
    over = 1.0 if reads == "tumour" else 2.0
    return Lesion(radius, {reads: Shells(np.array([radius]), np.array([over]))})


def smallest_diameter(
    made: Callable[[float], Lesion],
    modality: Modality,
    rate: float = FALSE_POSITIVES,
    site: float = SITE,
    most: float = 60.0,
) -> float:
    """Diameter [mm] of the tumour from which on at least half are seen; infinite if none up to `most` is.

    Parameters
    ----------
    made
        a lesion of a given radius [mm]
    """

    def share(diameter: float) -> float:
        return chance(made(diameter / 2), modality, rate, site)

    tried = np.geomspace(0.2, most, 17)
    above = [share(d) >= 0.5 for d in tried]
    if not any(above):
        return float("inf")
    first = above.index(True)
    if first == 0:
        return float(tried[0])
    return _between(share, float(tried[first - 1]), float(tried[first]))


def needed_fold(
    made: Callable[[float], Lesion],
    modality: Modality,
    rate: float = FALSE_POSITIVES,
    site: float = SITE,
    most: float = 1e6,
) -> float:
    """How many times denser than in normal marrow fibres must be for half of such lesions to be seen as hot.

    Infinite if not even `most` will do.

    Parameters
    ----------
    made
        a lesion whose fibres are a given fold of normal marrow
    """

    def share(fold: float) -> float:
        signal, pixel, power, outer = _shown(made(fold), modality, PIXELS)
        if signal.sum() <= 0:  # fewer fibres than in normal marrow: seen as a hole, if at all
            return 0.0
        return _called(hotelling(signal, pixel, power), outer, modality, rate, site)[1]

    tried = np.geomspace(1.0, most, 13)
    above = [share(f) >= 0.5 for f in tried]
    if not any(above):
        return float("inf")
    first = above.index(True)
    if first == 0:
        raise NicheError("fibres as dense as in normal marrow are seen already: the lesion is not one of fibres alone")
    return _between(share, float(tried[first - 1]), float(tried[first]))


def _between(share: Callable[[float], float], low: float, high: float) -> float:
    """Where a share passes one half between two amounts, to a fiftieth, by halving their ratio."""
    while high / low > 1.02:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if share(middle) >= 0.5 else (middle, high)
    return float(np.sqrt(low * high))
