"""The pool of worker processes: the standard library's, made to end with its context or with this process.

Tasks are done in any order and answers are given with the place of their task, so that no number depends on how many
workers there are.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import wait as wait_for
from multiprocessing.process import BaseProcess
from typing import Any

from niche.errors import NicheError

# One thread each: sums of a threaded library would depend on how many there are.
ONE_THREAD: Mapping[str, str | None] = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
_TICK = 1.0  # seconds; a wait without end could not be interrupted on Windows


class ProcessPool:
    """A context of worker processes, ended with it, whatever they are doing then.

    Attributes
    ----------
    workers
        how many
    start
        "spawn" starts each afresh; "forkserver" forks it from a process that has imported what was asked for
        (`multiprocessing.set_forkserver_preload`)
    environment
        variables that the workers are started with (None: without); of this process they are not changed
    orphaned
        called in a worker before it ends because this process is gone
    """

    def __init__(
        self,
        workers: int,
        start: str = "spawn",
        environment: Mapping[str, str | None] = ONE_THREAD,
        orphaned: Callable[[], None] | None = None,
    ) -> None:
        self.processes: list[BaseProcess] = []
        self._workers, self._environment = workers, environment
        context: Any = type(multiprocessing.get_context(start))()
        make = context.Process

        def remember(*given: Any, **more: Any) -> BaseProcess:
            self.processes.append(make(*given, **more))
            return self.processes[-1]

        context.Process = remember
        self._executor = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(orphaned,))

    def __enter__(self) -> "ProcessPool":
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def submit(self, function: Callable, /, *task: Any) -> Future:
        """Begin `function(*task)` when a worker is free. If a worker dies, the result is a `BrokenExecutor`."""
        with environ(self._environment):  # a worker that is needed for it is started here
            return self._executor.submit(function, *task)

    def as_completed(
        self, function: Callable, tasks: Sequence[tuple], until: float | None = None
    ) -> Iterator[tuple[int, Any]]:
        """(index, function(*task)) of each task, as they are done. What a task raises is raised here.

        Parameters
        ----------
        until
            of `time.monotonic`, after which no task is begun and none is waited for

        Raises
        ------
        NicheError
            if a worker was ended from outside
        """
        # Handed out a few at a time: what is with the workers when somebody leaves early is all that is done in vain.
        # It is not cancelled, since a pool that ends with cancelled futures fails in the standard library.
        rest, left = iter(enumerate(tasks)), dict[Future, int]()
        while until is None or time.monotonic() <= until:
            for index, task in islice(rest, 2 * self._workers - len(left)):
                left[self.submit(function, *task)] = index
            if not left:
                return
            done, _ = wait(left, _TICK, FIRST_COMPLETED)
            for future in sorted(done, key=lambda one: left[one]):
                yield left.pop(future), answer_of(future)

    def end(self, grace: float = 0.0) -> None:
        """End the workers now; those that are asked to end (SIGTERM) have `grace` seconds before they are killed."""
        if grace:
            for process in self.processes:
                process.terminate()
            wait_for([process.sentinel for process in self.processes if process.is_alive()], grace)
        for process in self.processes:
            process.kill()
        self._executor.shutdown()  # waits until they have ended


def answer_of(future: Future) -> Any:
    """The result of a future. Raises what its task raised, and `NicheError` if its worker was ended from outside."""
    try:
        return future.result()
    except BrokenExecutor:
        raise NicheError("a worker process was ended from outside (out of memory?)") from None


@contextmanager
def environ(changes: Mapping[str, str | None]) -> Iterator[None]:
    """The environment with some variables changed (None: without), and as it was afterwards."""
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _begin(orphaned: Callable[[], None] | None) -> None:
    """A worker: control-C is the parent's business, and an end of the parent is the end of this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(orphaned,), daemon=True).start()


def _end_with_parent(orphaned: Callable[[], None] | None) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        if orphaned is not None:
            orphaned()
        os._exit(1)
