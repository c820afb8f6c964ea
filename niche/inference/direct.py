"""Which atoms speak to a proposition: those whose contrast changes when its gains are switched off."""

import numpy as np

from niche.atoms.records import Atom
from niche.inference.slopes import Slopes

MOVED = 1e-3  # of a logarithm: far above what steps of the integrator do, far below what any error could see


def direct_atoms(whole: Slopes, without: Slopes, scores: np.ndarray) -> list[Atom]:
    """The atoms whose effects in the two models differ, at some of the points (n, k), by more than numerical error.

    Parameters
    ----------
    whole, without
        slopes of the same atoms and scores, of the model and of the model with the gains off
    """
    apart = np.abs(whole.effects(scores) - without.effects(scores))
    moved = np.where(np.isfinite(apart), apart, 0.0).max(axis=0) > MOVED
    return [atom for atom, yes in zip(whole.atoms, moved, strict=True) if yes]
