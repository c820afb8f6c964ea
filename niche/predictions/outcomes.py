"""What the model says of the heads of propositions, draw by draw."""

from collections.abc import Sequence

import numpy as np

from niche.atoms.build import atoms
from niche.atoms.records import Atom
from niche.errors import NicheError, unknown
from niche.evidence.laboratory import Laboratory
from niche.inference.unmeasured import outcomes_in, unmeasured
from niche.params.yaml_files import Spot
from niche.propositions.heads import reading_of
from niche.propositions.reading import read_propositions

_NO_MATTER = 1.0  # the error of what is only predicted, never compared


def heads(names: Sequence[str], lab: Laboratory) -> np.ndarray:
    """The logarithm of the head of each proposition (draws, propositions).

    Raises
    ------
    NicheError
        for an unknown proposition, and for one whose head no host is simulated for
    """
    pairs = [head_atoms(name) for name in names]
    flat = [atom for pair in pairs for atom in pair]
    values = outcomes_in(lab, flat)
    found, place = np.empty((lab.draws, len(names))), 0
    for i, pair in enumerate(pairs):
        columns = values[:, place : place + len(pair)]
        found[:, i] = columns[:, 0] - (columns[:, 1] if len(pair) > 1 else 0.0)
        place += len(pair)
    return found


def head_atoms(name: str) -> tuple[Atom, ...]:
    """What is predicted for the head of a proposition: an atom, or two of which the second is taken off."""
    known = read_propositions()
    if name not in known:
        raise unknown("proposition", name, known)
    head = known[name].head
    if head is None:
        raise NicheError(f"proposition {name} has no head: {known[name].untested_because}")
    if head.atom is None:
        experiment, reading = reading_of(head, Spot(f"proposition {name}"))
        return (unmeasured(f"head of {name}", experiment, reading, _NO_MATTER, "healthy rodent"),)
    by_name = {atom.name: atom for atom in atoms()}
    found = tuple(by_name[one] for one in (head.atom, head.over) if one is not None)
    if any(atom.experiment is None for atom in found):
        raise NicheError(f"proposition {name}: its head is of a trial, which no host is simulated for")
    return found
