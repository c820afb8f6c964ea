"""One chunk of a sweep: which hosts at which points, simulated and read. It depends on its number and nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from compendium.sweep.design import HOSTS, design_points, random_stream
from compendium.sweep.identity import identity
from compendium.sweep.planning import changed_hosts, joined, schedule_of, take
from compendium.sweep.spec import parsed
from compendium.sweep.specification import Sweep
from niche.errors import NicheError
from niche.evidence.read_out import read, read_out_days
from niche.experiment.hosts import Hosts
from niche.experiment.schedule import Schedule
from niche.experiment.solution import observe, solve
from niche.model.state import Parameters


class Part(NamedTuple):
    """What a chunk holds: points from `first` on, `draws` hosts of `seed` at each; `host` is its first host's number.

    Attributes
    ----------
    fresh
        each point has one of the hosts for its own
    """

    first: int
    points: int
    draws: int
    seed: int
    host: int
    fresh: bool


class Shard(NamedTuple):
    """What a chunk comes to: n hosts.

    Host j is at point j // draws (fresh: at point j).

    Attributes
    ----------
    points
        shape (points, factors)
    values
        shape (n, readings); NaN where the host failed or there is nothing to read
    status
        shape (n, arms), as an index of `niche.solver.solving.STATUS`
    rows
        of the posterior, shape (n,)
    warnings
        of the protocols
    made
        `identity()`
    """

    chunk: int
    part: Part
    points: np.ndarray
    values: np.ndarray
    status: np.ndarray
    rows: np.ndarray
    warnings: tuple[str, ...]
    made: Mapping[str, str]

    @property
    def at(self) -> np.ndarray:
        """Which of its points each host is at, (n,)."""
        return point_of(self.part)


def chunk_count(sweep: Sweep) -> int:
    """How many chunks a sweep has."""
    if sweep.draws is not None and sweep.draws > sweep.chunk:
        return sweep.points * -(-sweep.draws // sweep.chunk)
    return -(-sweep.points // _together(sweep))


def part_of(sweep: Sweep, chunk: int) -> Part:
    """What a chunk holds.

    Whole points where they fit; the hosts are then those of the sweep's own seed at every point. More draws than fit
    are cut into blocks, and fresh hosts into chunks, each with a seed of its own, spawned by its number.
    """
    each = _together(sweep)
    if sweep.draws is not None and sweep.draws > sweep.chunk:
        point, block = divmod(chunk, -(-sweep.draws // sweep.chunk))
        draws = min(sweep.chunk, sweep.draws - block * sweep.chunk)
        return Part(point, 1, draws, _seed(sweep, block), point * sweep.draws + block * sweep.chunk, False)
    first = chunk * each
    held = min(each, sweep.points - first)
    if sweep.draws is None:
        return Part(first, held, held, _seed(sweep, chunk), first, True)
    return Part(first, held, sweep.draws, sweep.seed, first * sweep.draws, False)


def point_of(held: Part) -> np.ndarray:
    """Which point of its part each host is at, (n,)."""
    return np.arange(held.points) if held.fresh else np.repeat(np.arange(held.points), held.draws)


def run_chunk(text: str, chunk: int) -> Shard:
    """Simulate and read one chunk of the sweep of this text, on one core. What a worker does.

    Raises
    ------
    NicheError
        if a point asks for what cannot be done; a host that fails to integrate is in the status
    """
    sweep = parsed(text)
    held = part_of(sweep, chunk)
    at = design_points(sweep, held.first, held.points, held.first // _together(sweep))
    where = point_of(held)
    crowd = _hosts(text, held.draws, held.seed)
    crowd = crowd if held.fresh or held.points == 1 else take(crowd, np.tile(np.arange(held.draws), held.points))
    points = _Points(sweep, crowd, at, where)
    values = np.stack([points.value(name) for name in sweep.readings], axis=1)
    status = np.stack([points.status[arm] for arm in sweep.steps], axis=1).astype(np.int8)
    values[status.any(axis=1)] = np.nan  # a host that fails in one arm is in no number
    values[~np.isfinite(values)] = np.nan
    warnings = tuple(dict.fromkeys(points.said))
    return Shard(chunk, held, at, values, status, np.asarray(crowd.rows, np.int64), warnings, identity())


class _Points:
    """The arms of a sweep on hosts each of which is at a point of its own."""

    def __init__(self, sweep: Sweep, crowd: Hosts, at: np.ndarray, where: np.ndarray) -> None:
        self.sweep, self.at, self.where = sweep, at, where
        self.crowd = changed_hosts(sweep, crowd, dict(zip(sweep.names, at[where].T, strict=True)))
        self.table = np.array(np.broadcast_arrays(*self.crowd.parameters))
        self.status = {arm: np.zeros(len(crowd), np.int64) for arm in sweep.steps}
        self.said: list[str] = []
        self.days = read_out_days(list(sweep.readings.values()))
        # also an arm that no reading asks for: a host that fails there is said to
        self.seen = {arm: self._perform(arm) for arm in sweep.steps}

    def value(self, name: str) -> np.ndarray:
        """A reading by its name, (hosts,)."""
        found = read(self.sweep.readings[name], lambda arm, observable: (self.days, self.seen[arm][observable]))
        return np.array(found, dtype=float)

    def _perform(self, arm: str) -> dict[str, np.ndarray]:
        """Simulate one arm: every host whose doses fall on the same days at once."""
        readings = self.sweep.readings.values()
        names = sorted(set[str]().union(*(r.observes(arm) for r in readings if arm in r.arms)))
        seen = {name: np.empty((len(self.crowd), len(self.days))) for name in names}
        plans: dict[bytes, list[tuple[np.ndarray, Schedule]]] = {}
        for values, who in self._alike():
            plan = self._planned(arm, values, who)
            plans.setdefault(plan.starts.tobytes(), []).append((who, plan))
            self.said += plan.warnings
        for several in plans.values():
            who = np.concatenate([who for who, _ in several])
            found = solve(
                joined([plan for _, plan in several]), self.sweep.days, self.days, rtol=self.sweep.rtol, workers=1
            )
            self.status[arm][who] = found.status
            for name, one in (observe(found, names) if names else {}).items():
                seen[name][who] = one
        return seen

    def _planned(self, arm: str, values: Mapping[str, float], who: np.ndarray) -> Schedule:
        crowd = self.crowd
        if len(who) < len(crowd):
            crowd = replace(crowd, rows=crowd.rows[who], parameters=Parameters(*self.table[:, who]))
        column = dict(zip(self.sweep.names, self.at[self.where[who]].T, strict=True))
        try:
            return schedule_of(self.sweep, crowd, self.sweep.arms(values)[arm], column)
        except NicheError as error:
            raise NicheError(f"{error} (at {', '.join(f'{k} = {v:g}' for k, v in values.items())})") from None

    def _alike(self) -> Iterator[tuple[dict[str, float], np.ndarray]]:
        """Hosts with the same steps, and what is varied at the first of their points."""
        stand = [i for i, one in enumerate(self.sweep.factors) if one.kind == "step"]
        begins, group = np.array([0]), np.zeros(len(self.at), np.int64)
        if stand:
            _, begins, group = np.unique(self.at[:, stand], axis=0, return_index=True, return_inverse=True)
        for i, first in enumerate(begins):
            values = dict(zip(self.sweep.names, map(float, self.at[first]), strict=True))
            yield values, np.flatnonzero(group.ravel()[self.where] == i)


@lru_cache(maxsize=2)
def _hosts(text: str, draws: int, seed: int) -> Hosts:
    """The same hosts serve every chunk of whole points."""
    return parsed(text).made(draws, seed)


def _together(sweep: Sweep) -> int:
    """Points in a chunk."""
    return max(1, sweep.chunk // (sweep.draws or 1))


def _seed(sweep: Sweep, block: int) -> int:
    return int(random_stream(sweep.seed, HOSTS, block).generate_state(1, np.uint64)[0])
