"""What goes into an arm, side by side: parameters, inputs and jumps of each host; and which parameter moves what."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from niche.experiment.schedule import Schedule
from niche.model.state import AT_REST, Inputs, Parameters, State
from niche.sums import sum_last

P, S, U = len(Parameters._fields), len(State._fields), len(Inputs._fields)
Moved = tuple[np.ndarray, np.ndarray]  # entries that parameters move, and which parameter moves which


class ArmRun(NamedTuple):
    """One arm, run forward.

    Attributes
    ----------
    seen
        observables at each read-out, (n, days, observables)
    fine
        whether the run ended well, (n,)
    way
        the integrator's steps, for the run back
    """

    seen: np.ndarray
    fine: np.ndarray
    way: Any


class Marked(Protocol):
    """An arm with its marks, as `niche.solver.adjoint` takes them (`marks_of`)."""

    @property
    def marks(self) -> np.ndarray: ...

    @property
    def event(self) -> np.ndarray: ...

    @property
    def read(self) -> np.ndarray: ...


def marks_of(starts: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days on which something happens or is read, and for each which interval begins and which read-out is due."""
    near = starts[np.searchsorted(starts, days + 1e-9, side="right") - 1]
    days = np.where(np.abs(days - near) < 1e-9, near, days)
    starts = starts[starts <= days[-1]]
    marks = np.union1d(starts, days)
    event, read = np.full(len(marks), -1), np.full(len(marks), -1)
    event[np.searchsorted(marks, starts)] = np.arange(len(starts))
    read[np.searchsorted(marks, days)] = np.arange(len(days))
    return marks, event, read


def entries_of(plan: Schedule, hosts: slice = slice(None)) -> np.ndarray:
    """Parameters, inputs and jumps of an arm side by side, one line for each host, or for some."""
    inputs, jumps = plan.inputs[hosts], plan.jumps[hosts]
    n, middle = len(inputs), P + inputs.shape[1] * U
    found = np.empty((n, middle + jumps.shape[1] * S))
    for i, column in enumerate(plan.parameters):
        found[:, i] = column[hosts] if np.ndim(column) else column
    found[:, P:middle] = inputs.reshape(n, -1)
    found[:, middle:] = jumps.reshape(n, -1)
    return found


def some_entries(plan: Schedule, which: np.ndarray, hosts: slice) -> np.ndarray:
    """Those columns of `entries_of` alone, in their order (ascending): (hosts, which)."""
    inputs, jumps = plan.inputs[hosts], plan.jumps[hosts]
    n, middle = len(inputs), P + inputs.shape[1] * U
    first, second = np.searchsorted(which, [P, middle])
    found = np.empty((n, len(which)))
    for place, i in enumerate(which[:first].tolist()):
        column = plan.parameters[i]
        found[:, place] = column[hosts] if np.ndim(column) else column
    found[:, first:second] = inputs.reshape(n, -1)[:, which[first:second] - P]
    found[:, second:] = jumps.reshape(n, -1)[:, which[second:] - middle]
    return found


def compiled_arguments(arm: Marked, plan: np.ndarray) -> tuple[Any, ...]:
    """What the compiled functions take, from an arm's entries: start, parameters, marks, event, read, inputs, jumps."""
    n, K = len(plan), (plan.shape[1] - P) // (S + U)
    parameters, inputs, jumps = (np.ascontiguousarray(part) for part in np.split(plan, [P, P + K * U], axis=1))
    start = np.tile(np.asarray(AT_REST, dtype=float), (n, 1))
    return start, parameters, arm.marks, arm.event, arm.read, inputs.reshape(n, K, U), jumps.reshape(n, K, S)


class Owned(NamedTuple):
    """What the parameters of one colour move in an arm; those of a colour never move the same entry.

    Attributes
    ----------
    keys
        parameters of the colour that move anything there
    entries
        the entries that they move, key after key
    first
        where those of each key begin in `entries`
    """

    keys: np.ndarray
    entries: np.ndarray
    first: np.ndarray


def owned_by(moved: np.ndarray, colour: np.ndarray) -> Owned:
    """Which entries each parameter of a colour moves, in an order that does not depend on how many points there are.

    Parameters
    ----------
    moved
        whether a parameter moves an entry of the arm, (entries, k)
    colour
        parameters of one group of `apart`
    """
    key, entry = np.nonzero(moved[:, colour].T)
    which, first = np.unique(key, return_index=True)
    return Owned(colour[which], entry, first)


def apart(moved: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Parameters in groups (colours), no two of a group moving the same entry of any arm.

    Parameters
    ----------
    moved
        by arm, whether a parameter moves an entry, (entries, k)
    """
    meet = sum(one.T @ one for one in moved) > 0
    group = np.full(len(meet), -1)
    for key in np.argsort(-meet.sum(axis=1), kind="stable"):
        taken = set(group[meet[key]])
        group[key] = next(c for c in range(len(meet)) if c not in taken)
    return [np.flatnonzero(group == c) for c in range(group.max() + 1)]


def bounded(part: np.ndarray, longest: float) -> np.ndarray:
    """The slopes (n, k), each shortened to `longest` where it is longer."""
    with np.errstate(all="ignore"):
        return part * np.minimum(1.0, longest / np.maximum(np.sqrt(sum_last(part**2)), 1e-300)[:, None])
