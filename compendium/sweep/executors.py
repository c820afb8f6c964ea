"""Hand tasks to whatever does them: a core, processes, or anything with `submit` or `map`."""

import os
import queue
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from niche.errors import NicheError
from niche.processes import ProcessPool, answer_of

Outcome = tuple[tuple, Any]  # a task, and its answer or the exception that it ended in


def available_cores() -> int:
    """Cores that this process may use: on a shared machine fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def as_they_come(
    function: Callable, tasks: Sequence[tuple], executor: Any = None, workers: int | None = None
) -> Iterator[Outcome]:
    """(task, answer) as they are done; an exception is an answer too, after which no more tasks are handed out.

    Parameters
    ----------
    executor
        None for processes of this machine, or an object with `submit` (concurrent.futures, a Dask client) or
        `map` (a multiprocessing pool). Only a few tasks per worker are with it at any time.
    workers
        processes, for None; otherwise how many tasks it does at a time, where it does not say so itself
    """
    if executor is None:
        count = min(workers or available_cores(), max(1, len(tasks)))
        return _alone(function, tasks) if count == 1 else _here(function, tasks, count)
    if callable(getattr(executor, "submit", None)):
        return _submitted(function, tasks, executor, workers)
    if callable(getattr(executor, "map", None)):
        return _mapped(function, tasks, executor, workers or available_cores())
    raise NicheError(f"an executor needs `submit` or `map`, and {type(executor).__name__} has neither")


def attempt(function: Callable, *task: Any) -> Any:
    """The answer, or the exception: one task's error must not take the others' answers with it."""
    try:
        return function(*task)
    except Exception as error:
        return error


def _alone(function: Callable, tasks: Sequence[tuple]) -> Iterator[Outcome]:
    for task in tasks:
        answer = attempt(function, *task)
        yield task, answer
        if isinstance(answer, Exception):
            return


def _here(function: Callable, tasks: Sequence[tuple], count: int) -> Iterator[Outcome]:
    with ProcessPool(count) as pool:
        yield from _submitted(function, tasks, pool, count, cancel=False)  # the pool ends what is left


def _mapped(function: Callable, tasks: Sequence[tuple], executor: Any, workers: int) -> Iterator[Outcome]:
    """In batches, since a `map` may well do everything before it gives the first answer."""
    rest = iter(tasks)
    while batch := list(islice(rest, 4 * workers)):
        answers = list(executor.map(_Attempt(function), batch))
        yield from zip(batch, answers, strict=True)
        if any(isinstance(answer, Exception) for answer in answers):
            return


class _Attempt:
    """`attempt` of one argument, which any `map` can send."""

    def __init__(self, function: Callable) -> None:
        self.function = function

    def __call__(self, task: tuple) -> Any:
        return attempt(self.function, *task)


def _submitted(
    function: Callable, tasks: Sequence[tuple], executor: Any, workers: int | None, cancel: bool = True
) -> Iterator[Outcome]:
    """A window of tasks is with the executor; each that is done makes room for the next."""
    done: queue.SimpleQueue = queue.SimpleQueue()
    rest, out = iter(tasks), dict[int, tuple[tuple, Any]]()
    going = True
    # A Dask client remembers the answers of what it takes for pure functions; a shard is remembered on disk.
    options = {"pure": False} if hasattr(executor, "scheduler_info") else {}

    def fill() -> None:
        for task in islice(rest, max(0, _window(executor, workers) - len(out))):
            future = executor.submit(attempt, function, *task, **options)
            out[id(future)] = task, future
            future.add_done_callback(done.put)

    try:
        fill()
        while out:
            task, future = out.pop(id(done.get()))
            answer = _answer(future)
            going = going and not isinstance(answer, Exception)
            if going:
                fill()
            yield task, answer
    finally:
        for _, future in out.values() if cancel else ():
            future.cancel()


def _answer(future: Any) -> Any:
    """What a future holds; one that was cancelled, or whose worker is gone, holds an exception."""
    try:
        return answer_of(future)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # asyncio's CancelledError is no Exception
        return error if isinstance(error, Exception) else NicheError(f"a task was cancelled ({error!r})")


def _window(executor: Any, workers: int | None) -> int:
    """Tasks that an executor has at a time: one being done and one waiting for each of its workers, and two more."""
    if workers is None and hasattr(executor, "nthreads"):
        workers = sum(executor.nthreads().values())
    return 2 * (workers or getattr(executor, "_max_workers", None) or available_cores()) + 2
