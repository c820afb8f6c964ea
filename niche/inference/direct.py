"""Which atoms speak to a proposition: those whose contrast changes when its gains are switched off."""

from collections.abc import Sequence

import numpy as np

from niche.atoms.records import Atom
from niche.inference.slopes import Slopes

MOVED = 1e-3  # of a logarithm: far above what steps of the integrator do, far below what any error could see


def direct(whole: Slopes, without: Slopes, scores: np.ndarray) -> list[Atom]:
    """The atoms whose effect differs at some of the points (n, k) by more than the integrator's steps explain.

    Parameters
    ----------
    whole, without
        slopes of the same atoms and scores, of the model and of the model with the gains off
    """
    apart = np.abs(whole.effects(scores) - without.effects(scores))
    with np.errstate(invalid="ignore"):
        moved = np.nanmax(np.where(np.isfinite(apart), apart, 0.0), axis=0) > MOVED
    return [atom for atom, yes in zip(whole.atoms, moved, strict=True) if yes]


def spread_points(k: int, classes: int, count: int = 8, seed: int = 1) -> np.ndarray:
    """Points of the prior at which it is looked: (count, k + classes)."""
    found = np.zeros((count, k + classes))
    found[:, :k] = np.random.default_rng([seed, 8]).standard_normal((count, k))
    return found


def papers_of(atoms: Sequence[Atom]) -> dict[str, list[Atom]]:
    """Atoms by the paper whose animals they are."""
    found: dict[str, list[Atom]] = {}
    for atom in atoms:
        found.setdefault(atom.animals, []).append(atom)
    return found
