"""States that some arms can do without: nothing moves them there, or nothing that is read hangs on them.

Where no tumour is seeded its cells, its PTHrP and what answers to them alone stay where they are, exactly; and of bone
nothing hangs on vessels. Left in, they would cost most of the time all the same, since the fastest mode sets the
shortest step.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from niche.model.niche import rates, signals
from niche.model.observables import OBSERVABLES
from niche.model.resting import responses
from niche.model.state import AT_REST, RESTING, Inputs, Parameters, State

_ZERO = 1e-9  # 1/day: a rate at rest is 0 to rounding
_SAME = 1e-12
_TRIES = 40
_S = len(State._fields)


class Given(NamedTuple):
    """What goes into an arm: parameters (n, P), inputs (n, intervals, U), jumps (n, intervals, S)."""

    parameters: np.ndarray
    inputs: np.ndarray
    jumps: np.ndarray


def spared(arms: Sequence[Given], seen: Collection[str]) -> frozenset[int]:
    """States, by place, that may be held at rest in all of these arms without moving anything that is seen there."""
    arms = list({_signature(arm): arm for arm in arms}.values())
    still = _unmoved(arms)
    needed = _needed(arms, seen, still)
    return frozenset(np.flatnonzero(still | ~needed).tolist())


def _signature(arm: Given) -> bytes:
    """Which inputs, states and parameters an arm moves or lacks: arms alike in that hang on the same states."""
    parts = (
        np.any(arm.inputs != np.asarray(RESTING, dtype=float), axis=(0, 1)),
        np.any(arm.jumps != 0, axis=(0, 1)),
        np.all(arm.parameters == 0, axis=0),
    )
    return np.concatenate(parts).tobytes()


def _unmoved(arms: Sequence[Given]) -> np.ndarray:
    """Which states stay at rest, whatever the others do."""
    rest = np.asarray(AT_REST, dtype=float)
    still = ~np.any([np.any(arm.jumps != 0, axis=(0, 1)) for arm in arms], axis=0)
    random, calm = np.random.default_rng(0), 0
    while calm < 2 and still.any():
        before = still.copy()
        for arm in arms:
            y, u, p = _anywhere(random, arm)
            y[:, still] = rest[still]
            found = _rates(y, u, p)
            still &= ~(np.abs(found).max(axis=0) > _ZERO)
        calm = calm + 1 if (still == before).all() else 0
    return still


def _needed(arms: Sequence[Given], seen: Collection[str], still: np.ndarray) -> np.ndarray:
    """Which states something that is seen hangs on, directly or by way of other states."""
    rest, random = np.asarray(AT_REST, dtype=float), np.random.default_rng(1)
    pulls, shows = np.zeros((_S, _S), dtype=bool), np.zeros(_S, dtype=bool)
    for arm in arms:
        y, u, p = _anywhere(random, arm)
        y[:, still] = rest[still]
        slopes, read = _rates(y, u, p), _seen(y, u, p, seen)
        for j in np.flatnonzero(~still):
            there = y.copy()
            there[:, j] = 1.1 * there[:, j] + 0.01
            pulls[:, j] |= (np.abs(_rates(there, u, p) - slopes) > _SAME).any(axis=0)
            shows[j] |= bool((np.abs(_seen(there, u, p, seen) - read) > _SAME).any())
    needed = shows.copy()
    while True:
        more = needed | pulls[needed].any(axis=0)
        if (more == needed).all():
            return needed
        needed = more


def _anywhere(random: np.random.Generator, arm: Given) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random states, with the inputs and parameters that hosts of an arm have in some interval."""
    rest = np.asarray(AT_REST, dtype=float)
    who = random.integers(0, len(arm.parameters), _TRIES)
    when = random.integers(0, arm.inputs.shape[1], _TRIES)
    y = np.where(rest > 0, rest, 0.3) * np.exp(0.5 * random.standard_normal((_TRIES, _S)))
    y[:, State._fields.index("tumour")] %= 1.0
    return y, arm.inputs[who, when], arm.parameters[who]


def _rates(y: np.ndarray, u: np.ndarray, p: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        found = rates(0.0, State(*y.T), Inputs(*u.T), Parameters(*p.T))
    return np.nan_to_num(np.stack([np.broadcast_to(one, len(y)) for one in found], axis=1))


def _seen(y: np.ndarray, u: np.ndarray, p: np.ndarray, seen: Collection[str]) -> np.ndarray:
    states, inputs, parameters = State(*y.T), Inputs(*u.T), responses(Parameters(*p.T))
    with np.errstate(all="ignore"):
        now = signals(states, inputs, parameters)
        found = [
            getattr(states, name) if name in State._fields else OBSERVABLES[name].read(states, now, inputs, parameters)
            for name in sorted(seen)
        ]
    return np.nan_to_num(np.stack([np.broadcast_to(one, len(y)) for one in found], axis=1))
