"""Lesions as they may be: each of their numbers drawn from what is known of it, or given as plain arrays."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError, unknown
from niche.imaging.lead import Course
from niche.imaging.lesions import Lesion, lesion
from niche.imaging.modalities import sampled
from niche.imaging.table import LESIONS, Imaging, read_imaging

FIRST = 1.0  # mm, diameter from which days are counted: no scanner sees less


class Lesions(NamedTuple):
    """Draws of lesions, each field of shape (draws,): see params/imaging/tissue.yaml for units and sources."""

    diameter: np.ndarray
    rim: np.ndarray
    rim_fold: np.ndarray
    core_fold: np.ndarray
    lytic_mineral: np.ndarray
    formation: np.ndarray
    formation_depth: np.ndarray
    growth: np.ndarray

    def at(self, i: int, radius: float | None = None, fold: float | None = None) -> Lesion:
        """Lesion i, at its own size or a radius [mm], with its own fibres in the rim or a fold of normal marrow."""
        return lesion(
            float(self.diameter[i]) / 2 if radius is None else radius,
            rim=float(self.rim[i]),
            rim_fibres=float(self.rim_fold[i]) if fold is None else fold,
            core_fibres=float(self.core_fold[i]),
            core_mineral=float(self.lytic_mineral[i]),
            formation=float(self.formation[i]),
            formation_depth=float(self.formation_depth[i]),
        )

    def days(self, i: int, diameter: Any) -> np.ndarray:
        """Days from `FIRST` to a diameter [mm], as the volume of lesion i grows by one rate; infinite stays so."""
        return np.asarray(3 / self.growth[i] * np.log(np.asarray(diameter, dtype=float) / FIRST))

    def course(self, i: int, days: np.ndarray) -> Course:
        """Lesion i as it grows: its size changes, its rim and what is left inside do not."""
        radii = FIRST / 2 * np.exp(np.asarray(days, dtype=float) * self.growth[i] / 3)
        return Course(np.asarray(days, dtype=float), [self.at(i, float(radius)) for radius in radii])


def drawn_lesions(
    draws: int, seed: int, imaging: Imaging | None = None, given: Mapping[str, np.ndarray] | None = None
) -> Lesions:
    """Lesions drawn from the priors of params/imaging.

    Parameters
    ----------
    draws, seed
        the same seed gives the same lesions
    given
        fields that come from elsewhere, shape (draws,): a tissue model, say, that knows how fibres sprout

    Raises
    ------
    NicheError
        for an unknown field, or one of another length
    """
    table = imaging or read_imaging()
    own = {name: sampled(table.lesions[name], draws, seed) for name in LESIONS}
    for name, values in (given or {}).items():
        if name not in own:
            raise unknown("field of a lesion", name, own)
        known = np.asarray(values, dtype=float)
        if known.shape != (draws,) or not np.isfinite(known).all():
            raise NicheError(f"{name} needs {draws} finite numbers, got shape {known.shape}")
        own[name] = known
    return Lesions(**own)
