"""What a sweep comes to: quantiles and counts over all hosts and at each point, and the hosts that failed, by name."""

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from compendium.sweep.chunks import Shard
from compendium.sweep.exact_quantiles import quantiles
from compendium.sweep.shards import Folder
from compendium.sweep.specification import Sweep
from niche.files import prepared, write_whole
from niche.solver.solving import STATUS


class SummaryLine(NamedTuple):
    """One reading over hosts: how many gave it, how many had nothing to read, least, quantiles, most."""

    name: str
    hosts: int
    unread: int
    least: float
    quantiles: tuple[float, ...]
    most: float


class Summary(NamedTuple):
    """Over all hosts. `failed` are in no line; `named` are the first of them, all stand in failed.csv."""

    hosts: int
    failed: int
    named: tuple[str, ...]
    lines: tuple[SummaryLine, ...]
    warnings: tuple[str, ...]

    def to_dict(self, asked: Iterable[float]) -> dict[str, Any]:
        """Plain values: summary.json. What is not finite is null."""
        lines = {
            one.name: {
                "hosts": one.hosts,
                "nothing to read": one.unread,
                "least": _plain(one.least),
                "quantiles": {f"{q:g}": _plain(v) for q, v in zip(asked, one.quantiles, strict=True)},
                "most": _plain(one.most),
            }
            for one in self.lines
        }
        return {"hosts": self.hosts, "failed": self.failed, "readings": lines, "warnings": list(self.warnings)}


_NAMED = 5


def summarise(folder: Folder) -> Summary:
    """Read the shards one at a time and write summary.json, points.csv and failed.csv beside them.

    Memory does not grow with the hosts: quantiles of many numbers are selected in several passes over the shards.
    """
    sweep = folder.sweep
    failed, named, warnings = 0, list[str](), dict[str, None]()
    good = np.zeros(len(sweep.readings), np.int64)
    least, most = np.full(len(good), np.inf), np.full(len(good), -np.inf)
    head = ["host", "point", *sweep.names, "draws", "seed", "draw", "row", *(f"status: {arm}" for arm in sweep.steps)]
    with _table(folder.path / "failed.csv", head) as write:
        for shard in folder.shards():
            for row in _failed(sweep, shard):
                failed += 1
                write(row)
                if len(named) < _NAMED:
                    named.append(_said(sweep, row))
            good += np.isfinite(shard.values).sum(axis=0)
            least, most = np.fmin(least, _fold(np.fmin, shard)), np.fmax(most, _fold(np.fmax, shard))
            warnings |= dict.fromkeys(shard.warnings)
    found = quantiles(lambda: (shard.values for shard in folder.shards()), sweep.quantiles)
    lines = tuple(
        SummaryLine(
            name,
            int(good[i]),
            sweep.size - failed - int(good[i]),
            float(least[i]) if good[i] else math.nan,
            tuple(map(float, found[:, i])),
            float(most[i]) if good[i] else math.nan,
        )
        for i, name in enumerate(sweep.readings)
    )
    _points(folder)
    summary = Summary(sweep.size, failed, tuple(named), lines, tuple(warnings))
    text = json.dumps(summary.to_dict(sweep.quantiles), indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(folder.path / "summary.json", text + "\n", sync=True)
    return summary


def _points(folder: Folder) -> None:
    """points.csv: each point, what is varied there, and each reading: its quantiles, or its value in the one host."""
    sweep = folder.sweep
    head = ["point", *sweep.names, "hosts", "failed"]
    if (sweep.draws or 1) > 1:
        head += [f"{name}: hosts" for name in sweep.readings]
        head += [f"{name}: {q:g}" for name in sweep.readings for q in sweep.quantiles]
    else:
        head += sweep.readings
    blocks = 1 if sweep.draws is None else -(-sweep.draws // sweep.chunk)
    with _table(folder.path / "points.csv", head) as write:
        if blocks > 1:  # a point fills several chunks
            for point in range(sweep.points):
                chunks = list(range(point * blocks, (point + 1) * blocks))
                write(_point(sweep, point, folder.load(chunks[0]).points[0], _Again(folder, chunks)))
            return
        for shard in folder.shards():
            first, failed = shard.part.first, np.asarray(shard.status.any(axis=1))
            for k, at in enumerate(shard.points):
                if (sweep.draws or 1) == 1:
                    write([first + k, *at.tolist(), 1, int(failed[k]), *shard.values[k].tolist()])
                else:
                    here = shard.at == k
                    write(_point(sweep, first + k, at, [(shard.values[here], shard.status[here])]))


class _Again:
    """Values and status of some chunks, read anew each time that they are gone through."""

    def __init__(self, folder: Folder, chunks: list[int]) -> None:
        self.folder, self.chunks = folder, chunks

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for chunk in self.chunks:
            shard = self.folder.load(chunk)
            yield shard.values, shard.status


def _point(sweep: Sweep, point: int, at: np.ndarray, parts: Iterable[tuple[np.ndarray, np.ndarray]]) -> list[Any]:
    hosts = failed = 0
    good = np.zeros(len(sweep.readings), np.int64)
    for values, status in parts:
        hosts += len(values)
        failed += int(status.any(axis=1).sum())
        good += np.isfinite(values).sum(axis=0)
    found = quantiles(lambda: (values for values, _ in parts), sweep.quantiles)
    return [point, *map(float, at), hosts, failed, *map(int, good), *map(float, found.T.ravel())]


def _failed(sweep: Sweep, shard: Shard) -> Iterator[list[Any]]:
    """What identifies each host of a shard that failed: `sweep.made(draws, seed)` makes it again."""
    held = shard.part
    for j in np.flatnonzero(shard.status.any(axis=1)):
        point = int(shard.at[j])
        draw = int(j) if held.fresh else int(j) % held.draws
        how = [STATUS[code] for code in shard.status[j]]
        where = [held.host + int(j), held.first + point, *shard.points[point].tolist()]
        yield [*where, held.draws, held.seed, draw, int(shard.rows[j]), *how]


def _said(sweep: Sweep, row: list[Any]) -> str:
    k = len(sweep.names)
    varied = ", ".join(f"{name} = {value:g}" for name, value in zip(sweep.names, row[2 : 2 + k], strict=True))
    how = [f"{arm}: {status}" for arm, status in zip(sweep.steps, row[6 + k :], strict=True) if status != STATUS[0]]
    return f"host {row[0]} ({'; '.join(filter(None, (varied, f'posterior row {row[5 + k]}')))}): {'; '.join(how)}"


def _fold(best: Any, shard: Shard) -> np.ndarray:
    return np.asarray(best.reduce(shard.values, axis=0))


@contextmanager
def _table(file: Path, head: list[str]) -> Iterator[Callable[[list[Any]], object]]:
    """Write rows of a CSV file one at a time, and put it in its place when all are there."""
    with prepared(file) as beside, beside.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(head)
        yield writer.writerow


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
