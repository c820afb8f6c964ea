"""The tasks after a fit: each mechanism that a proposition asserts switched off, and the model fitted again without it.

The posterior without a mechanism is that of the whole model, given that the gains are at their `off`. So its chain
begins at the whole model's draws, moved there. Each task is one set of gains, which several propositions may share.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from niche.inference.direct import direct_atoms
from niche.inference.joint import JointObjective
from niche.inference.warm import score_of
from niche.params.layers import read_registry
from niche.params.mechanisms import NERVES, gains, switched_off
from niche.propositions.reading import read_propositions, switches

LOOKED = 48  # draws at which rows are asked whether a mechanism moves them


class Task(NamedTuple):
    """A mechanism that is switched off.

    Attributes
    ----------
    name
        of the task and its file
    changes
        parameters set for every host, by name
    propositions
        that assert the mechanism; none for a variant of the whole model
    """

    name: str
    changes: Mapping[str, float]
    propositions: tuple[str, ...]


def tasks() -> list[Task]:
    """Every mechanism off by turns, once for all propositions that share it; then all nerves, and all feedback."""
    found: dict[tuple[tuple[str, float], ...], list[str]] = {}
    for name, one in read_propositions().items():
        if changes := switches(one):
            found.setdefault(tuple(sorted(changes.items())), []).append(name)
    each = [Task("-".join(names), dict(changes), tuple(names)) for changes, names in found.items()]
    # fibres still grow, and hurt; a tumour and bone no longer drive one another
    variants = {"no-nerves": gains(of=NERVES), "no-feedback": gains("vicious cycle")}
    return [*each, *(Task(name, switched_off(off), ()) for name, off in variants.items())]


def off_of(objective: Any, task: Task) -> JointObjective:
    """The objective with the mechanism off."""
    return JointObjective(objective.atoms, objective.keys, {**objective.changes, **task.changes})


def direct_parts(objective: Any, task: Task, scores: np.ndarray) -> dict[str, list[str]]:
    """By paper, the rows that change when the mechanism is switched off, at these draws (n, k)."""
    slopes = objective.slopes()
    found = direct_atoms(slopes, off_of(objective, task).slopes(), scores[:LOOKED])
    part = {atom.name: slopes.names[p] for atom, p in zip(slopes.atoms, slopes.asked.parts.tolist(), strict=True)}
    papers: dict[str, list[str]] = {}
    for atom in found:
        papers.setdefault(part[atom.name], []).append(atom.name)
    return papers


def fixed_scores(objective: Any, changes: Mapping[str, float]) -> tuple[list[int], np.ndarray]:
    """Which scores a change leaves without meaning, and the score that each would need to have."""
    uncertain = read_registry().uncertain()
    keys = {key: i for i, key in enumerate(objective.keys)}
    own = [(keys[f"model:{name}"], name) for name in changes if f"model:{name}" in keys]
    at = [score_of(uncertain[f"model:{name}"], changes[name]) for _, name in own]
    return [i for i, _ in own], np.array(at)
