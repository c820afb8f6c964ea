"""When imaging would see a lesion: what notebook 21 computes.

Nerves in metastases of carcinoma have never been imaged, so nothing here is set beside a measurement of them: the word
is "untested", and what is calculated is the result. The readers are the best linear ones, so where they see nothing,
nobody does; where they see something, people see less. What is set beside measurements are the other modalities.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np

from niche.imaging import Imaging, Lesion, Lesions, Modality, drawn, drawn_lesions, needed_fold, read_imaging, seen
from niche.imaging.detect import chance, smallest_diameter
from niche.imaging.lead import lead
from niche.imaging.modalities import sampled

NERVE = ("MIBG SPECT", "MFBG PET", "HED PET")
OTHERS = ("FDG PET", "diffusion MRI", "NaF PET", "bone scintigraphy", "CT")
REFERENCE = "bone scintigraphy"
MOST = 100.0  # mm; a lesion is followed no further


class Growing(Protocol):
    """Draws of lesions that grow: assumed ones (`niche.imaging.Lesions`), or those of slices (`SliceLesions`)."""

    def at(self, i: int, radius: float, fold: float | None = None) -> Lesion: ...

    def days(self, i: int, diameter: Any) -> np.ndarray: ...


class Against(NamedTuple):
    """A pooled sensitivity beside the calculated one.

    Attributes
    ----------
    calculated
        mean over draws, at the false-positive rate that the paper's specificity is
    interval
        5 and 95 % of draws: lesions and scanners differ
    by_lesion
        whether the paper counts lesions, as the calculation does, or patients, who may have many
    """

    name: str
    modality: str
    by_lesion: bool
    published: float
    specificity: float
    calculated: float
    interval: tuple[float, float]
    source: str


class FirstSeen(NamedTuple):
    """The diameter [mm] and day at which each modality first sees half of lesions like each draw, shape (draws,).

    Attributes
    ----------
    diameter, days
        by modality; infinite where it never does up to `MOST`. Days count from a diameter of one millimetre
    """

    diameter: dict[str, np.ndarray]
    days: dict[str, np.ndarray]

    def lead(self, modality: str, reference: str = REFERENCE) -> np.ndarray:
        """Days by which a modality is ahead of another, shape (draws,), as `niche.imaging.lead.lead` has it."""
        return lead(self.days[modality], self.days[reference])

    def wins(self, modality: str, others: Sequence[str] = OTHERS) -> np.ndarray:
        """Whether a modality sees the lesion before every other one does, shape (draws,)."""
        best = np.min([self.diameter[name] for name in others], axis=0)
        return np.asarray(self.diameter[modality] < best)


def against_published(draws: int = 200, seed: int = 1, imaging: Imaging | None = None) -> list[Against]:
    """Every pooled sensitivity of params/imaging beside the calculated one, for lesions as the priors have them."""
    table = imaging or read_imaging()
    lesions, found = drawn_lesions(draws, seed, table), []
    site = table.reader["site"].value
    for name, row in table.published.items():
        scanners = drawn(row.modality, draws, seed, table)
        rate = 1 - row.specificity
        shares = np.array([chance(lesions.at(i), scanners[i], rate, site) for i in range(draws)])
        low, high = np.quantile(shares, (0.05, 0.95))
        found.append(
            Against(
                name,
                row.modality,
                row.basis == "lesion",
                row.sensitivity,
                row.specificity,
                float(shares.mean()),
                (float(low), float(high)),
                row.source,
            )
        )
    return found


def looks(
    modality: str,
    diameters: Sequence[float],
    folds: Sequence[float | None],
    draws: int = 50,
    seed: int = 1,
    lesions: Growing | None = None,
) -> dict[tuple[float, float | None], Counter]:
    """How many draws are seen as a rim, a spot, a hole or nothing, by diameter [mm] and fibres in the rim.

    Parameters
    ----------
    folds
        of normal marrow; None for those that each draw's lesion has
    lesions
        `draws` others than the priors give
    """
    own, scanners = lesions or drawn_lesions(draws, seed), drawn(modality, draws, seed)
    return {
        (d, f): Counter(seen(own.at(i, d / 2, f), scanners[i]).look for i in range(draws))
        for d in diameters
        for f in folds
    }


def look_by_resolution(
    one: Modality, widths: Sequence[float], lesions: Lesions, radius: float, fold: float
) -> list[Counter]:
    """The same for a scanner of any blur [mm], everything else as `one` has it."""
    draws = range(len(lesions.diameter))
    return [Counter(seen(lesions.at(i, radius, fold), one._replace(fwhm=w)).look for i in draws) for w in widths]


def folds_needed(
    modality: str, diameters: Sequence[float], draws: int = 50, seed: int = 1, lesions: Growing | None = None
) -> np.ndarray:
    """How many times denser than normal fibres in the rim must be for half of such lesions to be seen as hot.

    Returns
    -------
    np.ndarray
        shape (draws, diameters), dimensionless; infinite where not even a million will do
    """
    own, scanners = lesions or drawn_lesions(draws, seed), drawn(modality, draws, seed)
    return np.array([[needed_fold(partial(own.at, i, d / 2), scanners[i]) for d in diameters] for i in range(draws)])


def in_periosteum(draws: int, seed: int, imaging: Imaging | None = None) -> Lesions:
    """The same lesions with their rim in the periosteum, whose fibres are many times denser than those of marrow.

    Normal periosteum around the lesion is not subtracted, so nerve tracers fare better here than they would.
    """
    table = imaging or read_imaging()
    lesions, fold = drawn_lesions(draws, seed, table), sampled(table.nerves["periosteum_fold"], draws, seed)
    return lesions._replace(rim_fold=lesions.rim_fold * fold)


def first_seen(
    names: Sequence[str] = (*OTHERS, *NERVE), draws: int = 50, seed: int = 1, lesions: Growing | None = None
) -> FirstSeen:
    """When each modality first sees each draw's lesion as it grows. `lesions`: others than the priors give."""
    own = lesions or drawn_lesions(draws, seed)
    sizes = {}
    for name in names:
        scanners = drawn(name, draws, seed)
        sizes[name] = np.array([smallest_diameter(partial(own.at, i), scanners[i], most=MOST) for i in range(draws)])
    days = {name: np.array([own.days(i, d) for i, d in enumerate(size)]) for name, size in sizes.items()}
    return FirstSeen(sizes, days)
