"""Worker processes that do tasks in any order and give the answers a place: the numbers do not depend on how many."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from niche.errors import NicheError

# One thread each: sums of a threaded library would depend on how many there are.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Crew:
    """A context of `workers` processes, started afresh (spawn) and ended with it, whatever they are doing then."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._members: dict[Connection, Any] = {}

    def __enter__(self) -> "Crew":
        context, before = get_context("spawn"), {name: os.environ.get(name) for name in _ONE_THREAD}
        os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
        try:
            for _ in range(self._workers):
                here, there = context.Pipe()
                process = context.Process(target=_serve, args=(there,), daemon=True)
                process.start()
                there.close()
                self._members[here] = process
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        return self

    def __exit__(self, *error: object) -> None:
        for connection, process in self._members.items():
            process.terminate()
            process.join()
            connection.close()
        self._members.clear()

    def map(self, function: Callable, tasks: Sequence[tuple]) -> Iterator[tuple[int, Any]]:
        """(index, function(*task)) of each task, as they are done. What a task raises is raised here."""
        waiting, busy = list(enumerate(tasks))[::-1], dict[Connection, int]()
        for connection in self._members:
            self._hand_out(connection, function, waiting, busy)
        while busy:
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                index = busy.pop(ready)
                try:
                    well, answer = ready.recv()
                except (EOFError, OSError):
                    raise NicheError("a worker process was ended from outside (out of memory?)") from None
                if not well:
                    raise answer
                self._hand_out(ready, function, waiting, busy)
                yield index, answer

    @staticmethod
    def _hand_out(connection: Connection, function: Callable, waiting: list, busy: dict) -> None:
        if waiting:
            busy[connection], task = waiting.pop()
            connection.send((function, task))


def _serve(connection: Connection) -> None:
    """A worker: control-C is the parent's business, and an end of the parent is the end of this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            function, task = connection.recv()
            try:
                answer = True, function(*task)
            except Exception as error:
                answer = False, error
            connection.send(answer)
