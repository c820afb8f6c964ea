"""What goes into an arm, side by side: parameters, inputs and jumps of each host; and which parameter moves what."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.evidence.laboratory import Laboratory
from niche.experiment.schedule import Schedule, schedule
from niche.inference.asked import AskedArm
from niche.model.state import AT_REST, Inputs, Parameters, State

P, S, U = len(Parameters._fields), len(State._fields), len(Inputs._fields)
Moved = tuple[np.ndarray, np.ndarray]  # entries that parameters move, and which parameter moves which


def schedule_of(lab: Laboratory, arm: AskedArm) -> Schedule:
    """What is done to the hosts of an arm, and when."""
    return schedule(lab.hosts(arm.hosts), arm.protocol)


def entries_of(plan: Schedule) -> np.ndarray:
    """Parameters, inputs and jumps of an arm side by side, one line for each host."""
    n = len(plan.inputs)
    parameters = np.empty((P, n))
    for i, column in enumerate(plan.parameters):
        parameters[i] = column
    return np.concatenate([parameters.T, plan.inputs.reshape(n, -1), plan.jumps.reshape(n, -1)], axis=1)


def compiled_arguments(arm: AskedArm, plan: np.ndarray) -> tuple[Any, ...]:
    """start, parameters, marks, event, read, inputs, jumps: what the compiled functions take, from an arm's entries."""
    n, K = len(plan), (plan.shape[1] - P) // (S + U)
    parameters, inputs, jumps = (np.ascontiguousarray(part) for part in np.split(plan, [P, P + K * U], axis=1))
    start = np.tile(np.asarray(AT_REST, dtype=float), (n, 1))
    return start, parameters, arm.marks, arm.event, arm.read, inputs.reshape(n, K, U), jumps.reshape(n, K, S)


class Owned(NamedTuple):
    """keys: parameters of one colour that move anything in an arm; entries: what they move, key after key; first: of
    each key."""

    keys: np.ndarray
    entries: np.ndarray
    first: np.ndarray


def owned_by(moved: np.ndarray, colour: np.ndarray) -> Owned:
    """Which entries each parameter of a colour moves. A sum over them has one order, however many points there are."""
    key, entry = np.nonzero(moved[:, colour].T)
    which, first = np.unique(key, return_index=True)
    return Owned(colour[which], entry, first)


def apart(moved: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Parameters in groups, no two of a group moving the same entry of any arm. moved : by arm, (entries, k)."""
    meet = sum(one.T @ one for one in moved) > 0
    group = np.full(len(meet), -1)
    for key in np.argsort(-meet.sum(axis=1), kind="stable"):
        taken = set(group[meet[key]])
        group[key] = next(c for c in range(len(meet)) if c not in taken)
    return [np.flatnonzero(group == c) for c in range(group.max() + 1)]
