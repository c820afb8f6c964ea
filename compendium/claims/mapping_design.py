"""What a laboratory has to measure to tell the hypotheses of nerve and tumour apart: how fine, how much, how many.

A mapping counts fibre length in bands beside the tumour's edge. What it sees differs between animals, and by chance,
since few fibres cross a thin band. Chance is read from the slices themselves, from one half against the other.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from compendium.claims.interface_runs import Slices
from compendium.claims.nerve_tumour_interface import edge_distance
from niche.errors import NicheError

ANIMALS_DIFFER = (
    0.456  # sd of the logarithm between animals: the assay's, learnt over fibre stainings (atoms.csv: 0.228
)
# is the error of a ratio of two groups of eight, sd sqrt(2/8))
ALPHA, POWER = 0.05, 0.8
MOST = 1000  # animals in a group: beyond it a mapping will not be done
_LEAST = 1e-3  # of resting length: what a band without any fibre counts as


class Band(NamedTuple):
    """Fibre in one band about a tumour.

    Attributes
    ----------
    fold
        over resting marrow, shape (draws,)
    length
        of fibre [mm] that a section has there at rest, shape (draws,)
    apart
        (upper - lower) / (upper + lower) half of the section, shape (draws,): twice its square is what chance does
    """

    fold: np.ndarray
    length: np.ndarray
    apart: np.ndarray


def band(slices: Slices, arm: str, name: str, low: float, high: float, at: int = -1) -> Band:
    """Fibres of the marrow between two distances from the tumour's edge [um], below 0 inside.

    Raises
    ------
    NicheError
        for bounds that do not rise
    """
    if not low < high:
        raise NicheError(f"a band from {low!r} to {high!r} um: the second must be the larger")
    found: list[tuple[float, float, float]] = []
    for course, geometry in slices.arm(arm):
        try:
            away = edge_distance(course.maps["tumour"][at], geometry.spacing)
        except NicheError:
            found.append((np.nan, np.nan, np.nan))
            continue
        here = geometry.marrow & (away >= low) & (away < high)
        rest = float(course.maps[name][0][geometry.marrow].mean())
        if not here.any() or not rest > 0:
            found.append((np.nan, np.nan, np.nan))
            continue
        upper = here.copy()
        upper[len(upper) // 2 :] = False
        now = course.maps[name][at]
        parts = [float(now[part].mean()) if part.any() else np.nan for part in (upper, here & ~upper)]
        total = sum(parts)
        apart = (parts[0] - parts[1]) / total if total > 0 else np.nan
        length = rest * float(here.sum()) * geometry.spacing**2 / 1000
        found.append((float(now[here].mean()) / rest, length, apart))
    return Band(*np.array(found).T)


def chance_sd(one: Band) -> float:
    """Relative sd of a band's fibre in a single section by chance, over draws: sd of one half against the other.

    For two halves of equal mean, (a - b) / (a + b) has the variance of a whole section's relative error.
    """
    known = one.apart[np.isfinite(one.apart)]
    return float(np.sqrt((known**2).mean())) if len(known) else float("nan")


def power(effect: np.ndarray, sd: float, animals: int, alpha: float = ALPHA) -> np.ndarray:
    """Power of a two-sided t test between two groups of `animals` each, by the non-central t.

    Cohen 1988, Statistical Power Analysis, 2.3. `effect` and `sd` are of the logarithm.
    """
    from scipy.stats import nct, t

    free = 2 * (animals - 1)
    limit = t.ppf(1 - alpha / 2, free)
    shift = np.abs(np.asarray(effect, dtype=float)) / sd * np.sqrt(animals / 2)
    return np.asarray(nct.sf(limit, free, shift) + nct.cdf(-limit, free, shift))


def animals_needed(effect: np.ndarray, sd: float, wanted: float = POWER, most: int = MOST) -> int | None:
    """Animals in each of two groups for a mean power over draws of `wanted`; None where not even `most` will do.

    The mean over draws is the chance of success as long as the effect is not known ("assurance", O'Hagan et al. 2005,
    doi:10.1002/pst.175).

    Raises
    ------
    NicheError
        for no draw with a value, or an sd that is not above 0
    """
    known = np.asarray(effect, dtype=float)
    known = known[np.isfinite(known)]
    if not len(known) or not (np.isfinite(sd) and sd > 0):
        raise NicheError(f"animals_needed takes effects of at least one draw and an sd above 0, got {sd!r}")
    if _mean(known, sd, most) < wanted:
        return None
    return 2 + bisect_left(range(2, most), wanted, key=lambda n: _mean(known, sd, n))  # power rises with n


def _mean(effect: np.ndarray, sd: float, animals: int) -> float:
    return float(power(effect, sd, animals).mean())


class Need(NamedTuple):
    """What one band and one number of sections ask for.

    Attributes
    ----------
    width
        of the band [um], sections of one animal, and animals in each group (None: more than `MOST`)
    fold
        5, 50 and 95 % of draws, over resting marrow
    seen
        share of the contrast at the tumour's edge that a band this wide still shows
    """

    width: float
    sections: int
    animals: int | None
    fold: tuple[float, float, float]
    seen: float


def needs(
    slices: Slices,
    treated: str,
    control: str | None,
    name: str = "sensory",
    *,
    widths: Sequence[float] = (40.0, 100.0, 200.0, 400.0),
    sections: Sequence[int] = (1, 5, 20),
    inside: bool = False,
) -> list[Need]:
    """Animals needed to tell two arms apart by fibres in a band that ends at the tumour's edge.

    Parameters
    ----------
    treated, control
        arms whose difference is a hypothesis: with the TrkA gain and without it, say; without a control, bone without
        a tumour, whose fibres are those at rest
    name
        of `Course.maps`: "sensory" or "sympathetic"
    widths
        of the band [um]: the resolution of the mapping
    sections
        of an animal, far enough apart to be independent
    inside
        the band inside the edge in place of that outside
    """
    found = []
    nearest = None
    for width in widths:
        bounds = (-width, 0.0) if inside else (0.0, width)
        both = [band(slices, arm, name, *bounds) for arm in (treated, control) if arm is not None]
        folds = [np.log(np.maximum(one.fold, _LEAST)) for one in both]
        effect = folds[0] - folds[1] if control is not None else folds[0]
        middle = float(np.nanmedian(effect))
        nearest = middle if nearest is None else nearest
        fold = np.nanquantile(np.exp(effect), (0.05, 0.5, 0.95))
        by_chance = max(chance_sd(one) for one in both)
        for count in sections:
            sd = float(np.hypot(ANIMALS_DIFFER, by_chance / np.sqrt(count)))
            low, mid, high = (float(x) for x in fold)
            seen = middle / nearest if nearest else float("nan")
            found.append(Need(width, count, animals_needed(effect, sd), (low, mid, high), seen))
    return found
