"""Signals that spread: each is quasi-steady, and a ratio to what the same surfaces, fibres and cells give at rest.

For a level s that the model computes at each place, what is read is u of

    share u - div(share reach^2 grad u) = share density s

with `share` of each place open to diffusion (1 in marrow, the porosity in mineral) and `density` of what makes it: bone
surface, fibres, or 1. Divided by the same for s = 1 it is 1 at rest everywhere, and the mean of s where the reach is
long: the well-mixed model. Where surface has been lost the divisor stays what it was at the start, so that a core
without bone sees little of what bone frees.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np

from niche.model.bone import rank_occupancy
from niche.model.state import RESTING, Parameters
from niche.tissue.faces import faces
from niche.tissue.local import Cells, Seen, made, placed, reached, resorbed
from niche.tissue.moment import Loading, Moment
from niche.tissue.numbers import SIGNALS, Numbers
from niche.tissue.steady import Operator, operator, steady

_TINY = 1e-6  # of the mean divisor: below it a ratio says nothing, and is drawn to 1
TOLERANCE = 1e-8


class Ground(NamedTuple):
    """What a lay-out of bone means for signals, until the surface has moved on.

    Attributes
    ----------
    share
        of each place that is open to diffusion
    surface
        density of bone surface [1/um]
    operators
        by signal
    resting
        what resting sources give, by signal: the divisors
    """

    share: np.ndarray
    surface: np.ndarray
    operators: Mapping[str, Operator]
    resting: Mapping[str, np.ndarray]


class Fibre(NamedTuple):
    """Density of living fibres [1/um], sensory and sympathetic."""

    sensory: np.ndarray
    sympathetic: np.ndarray


_ON_SURFACE = ("tgfb", "rankl", "opg", "netrin")
_OF_FIBRES = {"cgrp": "sensory", "noradrenaline": "sympathetic"}


def lay_out(
    mineral: np.ndarray, surface: np.ndarray, fibre0: Fibre, numbers: Numbers, spacing: float, first: "Ground | None"
) -> Ground:
    """Operators and divisors for a lay-out of bone.

    Parameters
    ----------
    mineral, surface
        share of each place that is bone, and its density of surface [1/um], shape (rows, columns)
    fibre0
        fibres at rest
    numbers, spacing
        of params/tissue; um
    first
        the lay-out at the start, or None for it: divisors never fall below its own
    """
    share = 1 - mineral * (1 - numbers.mineral_porosity)
    operators = {name: operator(share, faces(share, numbers.reach(name) ** 2, spacing)) for name in SIGNALS}
    resting = {}
    for name in (*_ON_SURFACE, *_OF_FIBRES):
        density = getattr(fibre0, _OF_FIBRES[name]) if name in _OF_FIBRES else surface
        found = steady(share * density, operators[name], np.full(share.shape, density.mean()), tolerance=TOLERANCE)
        if first is not None and name in _ON_SURFACE:
            found = np.maximum(found, first.resting[name])
        resting[name] = found
    return Ground(share, surface, operators, resting)


def signals(
    cells: Cells,
    fibre: Fibre,
    before: Seen,
    ground: Ground,
    load: Loading,
    now: Moment,
    pool: Executor | None = None,
) -> Seen:
    """Every signal at every place, from what cells and fibres make now.

    Parameters
    ----------
    cells, fibre
        shape (rows, columns) each
    before
        the signals a step earlier: first guesses, and nothing else
    ground
        of `lay_out`
    load
        what all bone of the slice shares
    now
        the step
    pool
        solves fields beside one another; the answer is the same without
    """

    inputs, p, numbers = now.inputs, now.parameters, now.numbers

    def plain(name: str, level: Any, guess: np.ndarray) -> Callable[[], np.ndarray]:
        return lambda: steady(ground.share * level, ground.operators[name], guess, tolerance=TOLERANCE)

    def ratio(name: str, density: np.ndarray, level: Any, guess: np.ndarray) -> Callable[[], np.ndarray]:
        divisor = ground.resting[name]
        least = _TINY * float(divisor.mean())

        def solve() -> np.ndarray:
            source = ground.share * density * level
            found = steady(source, ground.operators[name], guess * divisor, tolerance=TOLERANCE)
            return np.asarray((found + least) / (divisor + least))

        return solve

    vessels = cells.vessels * (1 + numbers.drug_exchange) / (cells.vessels + numbers.drug_exchange)
    first = _together(
        pool,
        clasts=ratio("tgfb", ground.surface, cells.OCa, before.clasts),
        PTHrP=plain("pthrp", cells.PTHrP, before.PTHrP),
        NGF=plain("ngf", cells.NGF, before.NGF),
        sensory=ratio("cgrp", fibre.sensory, 1.0, before.sensory),
        sympathetic=ratio("noradrenaline", fibre.sympathetic, 1.0, before.sympathetic),
        mass=plain("acid", cells.tumour, before.mass),
        antibody=plain("antibody", vessels, before.antibody),
    )
    seen = before._replace(**first, OPG=None)
    here = reached(inputs, seen.antibody)
    y = placed(cells, seen, load)
    opg0 = _opg_at_rest(p)
    OPG = opg0 * ratio("opg", ground.surface, made(y, seen, here, p).OPG / opg0, before.OPG / opg0)()
    seen = seen._replace(OPG=OPG)
    RANKL = made(y, seen, here, p).RANKL / p.RANKL0
    RANKL = p.RANKL0 * ratio("rankl", ground.surface, RANKL, before.RANKL / p.RANKL0)()
    resorption = resorbed(cells, RANKL, p)[2]
    last = _together(
        pool,
        release=ratio("tgfb", ground.surface, resorption, before.release),
        netrin=ratio("netrin", ground.surface, resorption, before.netrin),
    )
    return seen._replace(RANKL=RANKL, **last)


def resting_signals(shape: tuple[int, ...], p: Parameters) -> Seen:
    """Signals of healthy bone."""
    one, none = np.ones(shape), np.zeros(shape)
    return Seen(one, one, one * _opg_at_rest(p), one * p.RANKL0, none, one, one, one, one, none, one)


def ahead(now: Seen, before: Seen) -> Seen:
    """Signals half a step ahead, from now and a step earlier (Adams & Bashforth), never below half of what they are."""
    return Seen(*(np.maximum(1.5 * a - 0.5 * b, 0.5 * a) for a, b in zip(now, before, strict=True)))


def _opg_at_rest(p: Parameters) -> float:
    """OPG of healthy bone [pM]."""
    return float(rank_occupancy(p.OBp0, p.OBa0, p.PTH0, 1.0, 1.0, 0.0, RESTING, p)[0])


def _together(pool: Executor | None, **solves: Callable[[], np.ndarray]) -> dict[str, np.ndarray]:
    """Each of some fields, solved beside one another where there is a pool."""
    if pool is None:
        return {name: solve() for name, solve in solves.items()}
    running = {name: pool.submit(solve) for name, solve in solves.items()}
    return {name: task.result() for name, task in running.items()}
