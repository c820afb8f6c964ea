"""Run a sweep: hand out the chunks that are not on disk yet, keep each as it comes, and sum up."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from compendium.sweep.chunks import Shard, chunk_count, part_of, run_chunk
from compendium.sweep.executors import as_they_come
from compendium.sweep.identity import differs, identity
from compendium.sweep.shards import Folder, sweep_key
from compendium.sweep.spec import check_spec, read_spec
from compendium.sweep.specification import Sweep
from compendium.sweep.summary import Summary, summarise
from niche.errors import NicheError


class Progress(NamedTuple):
    """How far a sweep is: hosts there and in all, how many of those there failed, chunks there and in all."""

    hosts: int
    size: int
    failed: int
    done: int
    chunks: int
    damaged: tuple[int, ...]


def sweep(
    spec: Sweep | Mapping[str, Any] | Path | str,
    output: Path | str | None = None,
    *,
    executor: Any = None,
    workers: int | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> Summary:
    """Simulate all hosts of a specification in chunks, and sum them up.

    The numbers are the same to the last bit whatever the executor, as long as `identity()` and the kind of
    processor are the same.

    Parameters
    ----------
    spec
        a YAML file, its content, or a `Sweep`
    output
        folder of the shards and tables (default: `where(spec)`); what is finished there is not done again
    executor
        None for processes of this machine, or anything with `submit` or `map`; `workers` as in `outcomes`
    tell
        called at the start and with each chunk that is finished

    Raises
    ------
    NicheError
        for a bad specification, a folder of another sweep or version, a full disk, or a chunk that could not be
        done; chunks that are finished stay, and the same call goes on from them
    """
    made = spec if isinstance(spec, Sweep) else check_spec(spec) if isinstance(spec, Mapping) else read_spec(spec)
    folder = Folder(Path(output) if output is not None else where(made), made)
    finished, damaged = folder.found()
    missing = sorted(set(range(chunk_count(made))) - set(finished))
    there = failed = 0
    for chunk in finished:
        shard = folder.load(chunk)
        there, failed = there + len(shard.values), failed + _failures(shard)
    tell = tell or (lambda state: None)
    done = len(finished)
    tell(Progress(there, made.size, failed, done, chunk_count(made), tuple(damaged)))
    wrong: tuple[int, Exception] | None = None
    for (_, chunk), answer in as_they_come(run_chunk, [(made.text, chunk) for chunk in missing], executor, workers):
        try:
            shard = _accepted(answer)
        except Exception as error:
            wrong = wrong or (chunk, error)
            continue
        folder.save(shard)
        done, there, failed = done + 1, there + len(shard.values), failed + _failures(shard)
        tell(Progress(there, made.size, failed, done, chunk_count(made), tuple(damaged)))
    if wrong is not None:
        raise _said(made, folder, done, *wrong) from wrong[1]
    return summarise(folder)


def where(made: Sweep, name: str = "sweep") -> Path:
    """The folder of a sweep if none is named: another specification or version has another."""
    return Path("sweeps") / f"{name}-{sweep_key(made)[:8]}"


def _accepted(answer: Any) -> Shard:
    """A shard of this very niche. Raises what went wrong."""
    if isinstance(answer, Exception):
        raise answer
    assert isinstance(answer, Shard)
    if answer.made != identity():
        raise NicheError(f"a worker has another niche than this process: {differs(dict(answer.made), identity())}")
    return answer


def _failures(shard: Shard) -> int:
    return int(shard.status.any(axis=1).sum())


def _said(made: Sweep, folder: Folder, done: int, chunk: int, error: Exception) -> NicheError:
    held = part_of(made, chunk)
    what = str(error) if isinstance(error, NicheError) else f"{type(error).__name__}: {error}"
    return NicheError(
        f"chunk {chunk} (hosts from {held.host:,}) could not be done: {what}. {done:,} of "
        f"{chunk_count(made):,} chunks are finished and kept in {folder.path}; the same command goes on from there"
    )
