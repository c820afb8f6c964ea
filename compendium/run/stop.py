"""Being stopped: control-C, `kill` and a closed terminal become one exception, and can be held back for a moment."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Interrupted(BaseException):
    """Somebody asked the program to stop; `number` is the signal. Not an Exception, so nothing swallows it.

    Attributes
    ----------
    late
        the results were being put in place, and that was finished first
    """

    def __init__(self, number: int, late: bool = False) -> None:
        super().__init__(number)
        self.number = number
        self.late = late

    @property
    def exit_code(self) -> int:
        """What a shell reports for a program that this signal ended: 130 for control-C, 143 for kill."""
        return 128 + self.number

    def __str__(self) -> str:
        state = "the results are in place" if self.late else "nothing was changed"
        return f"stopped by {signal.Signals(self.number).name}; {state}"


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Interrupted` in here when a signal asks the program to stop."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Interrupted(number)

    with _handlers(stop):
        yield


@contextmanager
def held_back(late: bool = False) -> Iterator[None]:
    """Let what is in here finish first; a signal that came meanwhile is raised as `Interrupted(late=late)` then."""
    came: list[int] = []
    with _handlers(lambda number, frame: came.append(number)):
        yield
    if came:
        raise Interrupted(came[0], late)


@contextmanager
def _handlers(handler: object) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # only there may Python handle signals
        yield
        return
    before = {number: signal.signal(number, handler) for number in SIGNALS}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
