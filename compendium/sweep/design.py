"""Where in the space of what is varied the points of a sweep lie. Any part of them can be made alone, in any order."""

import warnings
from typing import Any

import numpy as np

from compendium.sweep.files import FactorEntry
from compendium.sweep.specification import Factor, Sweep
from niche.errors import NicheError
from niche.model.state import Inputs
from niche.params.layers import read_registry

INPUTS = Inputs._fields
POINTS, HOSTS = 0, 1  # which stream of the seed: SeedSequence(seed).spawn(2)[which].spawn(...)[block]


def read_factor(name: str, entry: FactorEntry, design: str, kind: str) -> Factor:
    """A factor from its entry. Raises `NicheError` for an empty range, or one that a parameter cannot have."""
    where = f"vary, {name}"
    if entry.relative and kind != "parameter":
        raise NicheError(f"{where}: relative is of a parameter only")
    log, values = entry.scale == "log", tuple[float, ...]()
    if entry.values is not None:
        if design != "grid" or entry.range is not None or entry.count is not None:
            raise NicheError(f"{where}: values: [list] is for a grid, and without range and count")
        values = entry.values
        if not values or len(set(values)) < len(values):
            raise NicheError(f"{where}: values is empty or names one twice: {list(values)!r}")
        ends = min(values), max(values)
    else:
        ends = _range(entry.range, log, where)
        if design == "grid":
            values = _levels(ends, entry.count, log, where)
        elif entry.count is not None:
            raise NicheError(f"{where}: count is for a grid; a {design} design has points")
    if kind == "parameter" and read_registry().model[name].range[0] >= 0 > ends[0]:
        raise NicheError(f"{where}: the parameter cannot be negative, got {ends[0]:g}")
    if kind == "input" and ends[0] < 0:
        raise NicheError(f"{where}: the input cannot be negative, got {ends[0]:g}")
    return Factor(name, kind, ends, values, log, entry.relative)


def design_points(sweep: Sweep, first: int, count: int, block: int) -> np.ndarray:
    """Points `first` to `first + count` of a sweep, (count, factors). `block` numbers them for the random stream."""
    if not sweep.factors:
        return np.empty((count, 0))
    if sweep.design == "grid":
        shape = tuple(len(one.values) for one in sweep.factors)
        places = np.unravel_index(np.arange(first, first + count), shape)
        found = [np.array(one.values)[place] for one, place in zip(sweep.factors, places, strict=True)]
        return np.stack(found, axis=1)
    if sweep.design == "random":
        share = np.random.default_rng(random_stream(sweep.seed, POINTS, block)).random((count, len(sweep.factors)))
    else:
        share = _sobol(len(sweep.factors), sweep.seed, first, count)
    return np.stack([one.at(share[:, i]) for i, one in enumerate(sweep.factors)], axis=1)


def random_stream(seed: int, which: int, block: int) -> np.random.SeedSequence:
    """The seed of a block of points or hosts: it depends on its number alone, not on who makes it or when."""
    return np.random.SeedSequence(seed, spawn_key=(which, block))


def _sobol(dimensions: int, seed: int, first: int, count: int) -> np.ndarray:
    """Part of a scrambled Sobol' sequence, as SciPy makes it (its documentation names the papers)."""
    from scipy.stats import qmc  # late: slow to import

    generator: Any = np.random.default_rng(random_stream(seed, POINTS, 0))
    try:
        sequence = qmc.Sobol(dimensions, scramble=True, rng=generator)
    except TypeError:  # SciPy before 1.15
        sequence = qmc.Sobol(dimensions, scramble=True, seed=generator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parts of it need not be powers of two
        return np.asarray((sequence.fast_forward(first) if first else sequence).random(count))


def _levels(ends: tuple[float, float], count: int | None, log: bool, where: str) -> tuple[float, ...]:
    if count is None:
        raise NicheError(f"{where}: a range in a grid needs count, a whole number of at least 2")
    found = np.geomspace(*ends, count) if log else np.linspace(*ends, count)
    return tuple(float(v) for v in found)


def _range(ends: tuple[float, float] | None, log: bool, where: str) -> tuple[float, float]:
    if ends is None:
        raise NicheError(f"{where}: expected range: [low, high], got nothing")
    low, high = ends
    if not low < high:
        raise NicheError(f"{where}: the range [{low:g}, {high:g}] is empty: the first must be below the second")
    if log and low <= 0:
        raise NicheError(f"{where}: a logarithmic range must begin above 0, got {low:g}")
    return low, high
