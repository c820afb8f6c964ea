"""Lesions for notebook 21 out of the slices of notebook 20: what nerves, bone and tumour are across an edge.

A slice is of a mouse, with the sarcoma whose fibres were mapped; a patient's lesion of any size is made of its profile.
That is an assumption, and in place of three others: how far, and how much, fibres sprout, and what is left inside.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from compendium.claims.imaging import NERVE, Growing, folds_needed
from compendium.claims.interface_runs import UNTREATED, Slices
from niche.errors import NicheError
from niche.imaging import Imaging, read_imaging
from niche.imaging.modalities import sampled
from niche.tissue.lesion import Profile, SliceLesions, tumour_profile


class FromSlices(NamedTuple):
    """Lesions made of slices.

    Attributes
    ----------
    lesions
        one for each draw whose tumour has an edge
    without
        draws whose tumour has none: it vanished, or nothing else is left
    """

    lesions: SliceLesions
    without: int


def from_slices(
    slices: Slices, arm: str = UNTREATED, *, at: int = -1, seed: int = 1, imaging: Imaging | None = None
) -> FromSlices:
    """The lesion of each draw, with the growth of patients' lesions from params/imaging.

    Raises
    ------
    NicheError
        where no draw has a lesion
    """
    table, found = imaging or read_imaging(), list[Profile]()
    for course, geometry in slices.arm(arm):
        try:
            found.append(tumour_profile(course, geometry, at=at))
        except NicheError:
            continue
    if not found:
        raise NicheError(f"no slice of the arm {arm!r} has a tumour with an edge on that day: take another day")
    growth = sampled(table.lesions["growth"], len(found), seed)
    return FromSlices(SliceLesions(found, growth), len(slices.courses[arm]) - len(found))


def densest(lesions: SliceLesions) -> np.ndarray:
    """Sympathetic fibres of the densest band of each draw, over normal, shape (draws,)."""
    return np.array([float(one.maps["sympathetic"].max()) for one in lesions.profiles])


class Short(NamedTuple):
    """How far the fibres of a lesion are from being seen.

    Attributes
    ----------
    needed
        fibres of the densest band with which half of such lesions are seen as hot, over normal, shape (draws,);
        infinite where not even a million will do
    has
        fibres that it has, shape (draws,)
    """

    needed: np.ndarray
    has: np.ndarray

    @property
    def times(self) -> np.ndarray:
        """How many times more fibres it would take, shape (draws,); below 1 the lesion is seen."""
        return self.needed / self.has


def short_of(lesions: SliceLesions, diameter: float, seed: int = 1, names: Sequence[str] = NERVE) -> dict[str, Short]:
    """By tracer, how far lesions of one diameter [mm] are from being seen."""
    draws, has = len(lesions.profiles), densest(lesions)
    shaped: Growing = lesions
    return {name: Short(folds_needed(name, [diameter], draws, seed, shaped)[:, 0], has) for name in names}
