"""A slice over days: its course as numbers and maps, on any number of threads, and on again after an interruption."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from niche.errors import NicheError
from niche.tissue.local import acid, formed, pain
from niche.tissue.scenario import Scenario
from niche.tissue.slice import Setting, Slice, begin, fibre_now, loading, renewed, setting, summary
from niche.tissue.step import advanced, solved
from niche.tissue.store import identity, load, save
from niche.tissue.surface import mineral_share

MAPS = (
    "mineral",
    "tumour",
    "sensory",
    "sympathetic",
    "myelinated",
    "NGF",
    "release",
    "noradrenaline",
    "acid",
    "pain",
    "formation",
)


@dataclass(frozen=True)
class Course:
    """What became of a slice.

    Attributes
    ----------
    rows
        one mapping per day that was kept, of `niche.tissue.slice.summary`
    maps
        by name, shape (days kept, rows, columns): share of mineral and density of tumour (0 to 1); length of sensory
        and sympathetic fibre per area [1/um]; myelinated fibres against rest; NGF, resorption around and release of
        sympathetic fibres against rest; acid; excitation of afferents; bone surface per area times its formation
        against rest [1/um]
    state
        the slice at the end
    """

    rows: list[dict[str, float]]
    maps: dict[str, np.ndarray]
    state: Slice

    def of(self, name: str) -> np.ndarray:
        """One number of the rows over the days that were kept."""
        return np.array([row[name] for row in self.rows])


def run(
    scenario: Scenario,
    *,
    every: float = 7.0,
    threads: int = 2,
    checkpoint: Path | None = None,
    stop: float | None = None,
    watch: Callable[[Slice], None] | None = None,
) -> Course:
    """Simulate a slice.

    Parameters
    ----------
    every
        days between the instants that are kept: whole days
    threads
        how many; the answer has the same bits on any number
    checkpoint
        a file to write each day, and to go on from if it is there
    stop
        day on which to stop early, as an interruption would
    watch
        called with the slice on each day that is kept, of those that are simulated now: for pictures of its fibres

    Raises
    ------
    NicheError
        for bad input, numbers that are not finite, steps that are too long, and a checkpoint of something else
    """
    daily = round(1 / scenario.step)
    if abs(daily * scenario.step - 1) > 1e-6:
        raise NicheError(f"step: whole steps must make a day, {scenario.step:g} does not divide it; take 1/{daily}")
    if not (every >= 1 and abs(every - round(every)) < 1e-6):
        raise NicheError(f"every: whole days, at least 1, got {every!r}")
    key = identity(scenario) + f" every {round(every)}"
    last = scenario.steps if stop is None else min(scenario.steps, round(stop / scenario.step))
    with _threads(threads) as pool:
        if checkpoint is not None and checkpoint.exists():
            state, rows, maps = load(checkpoint, key)
            now = setting(state, scenario)
        else:
            state = begin(scenario)
            now = setting(state, scenario)
            state = solved(state, scenario, now, pool)
            rows, maps = [summary(state, scenario)], _joined({}, _maps(state, scenario, now))
            if watch is not None:
                watch(state)
        while state.step < last:
            state = advanced(state, scenario, now, pool)
            if state.step % daily:
                continue
            state, now = renewed(state, scenario, now)
            if state.step % (daily * round(every)) == 0:
                rows, maps = [*rows, summary(state, scenario)], _joined(maps, _maps(state, scenario, now))
                if watch is not None:
                    watch(state)
            if checkpoint is not None:
                save(checkpoint, state, rows, maps, key)
    return Course(rows, maps, state)


@contextmanager
def _threads(count: int) -> Iterator[Executor | None]:
    if count < 1:
        raise NicheError(f"threads: at least 1, got {count}")
    if count == 1:
        yield None
    else:
        with ThreadPoolExecutor(count) as pool:
            yield pool


def _maps(state: Slice, scenario: Scenario, now: Setting) -> dict[str, np.ndarray]:
    p = scenario.parameters
    fibre = fibre_now(state, scenario)
    inputs = scenario.inputs_at(state.step * scenario.step)
    mineral = mineral_share(state.level, scenario.geometry.spacing)
    found = {
        "mineral": mineral,
        "tumour": np.where(mineral > 0.5, 0.0, state.cells.tumour),
        "sensory": fibre.sensory,
        "sympathetic": fibre.sympathetic,
        "myelinated": state.cells.myelinated,
        "NGF": state.seen.NGF,
        "release": state.seen.release,
        "noradrenaline": state.seen.sympathetic,
        "acid": acid(state.seen, p),
        "pain": pain(state.cells, state.seen, inputs, p),
        "formation": now.ground.surface * formed(state.cells, state.seen, loading(state, scenario), inputs, p),
    }
    return {name: np.asarray(found[name], dtype=np.float32) for name in MAPS}


def _joined(maps: dict[str, np.ndarray], more: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([maps[name], one[None]]) if name in maps else one[None] for name, one in more.items()}
