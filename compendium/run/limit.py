"""A notebook that prints without end is stopped, before what it prints fills the memory and the disk."""

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOST = 20_000_000  # characters of a notebook; those here print less than 20,000, and with their figures 1,500,000


class TooMuch(RuntimeError):
    """More output than a notebook may have."""

    def __init__(self) -> None:
        super().__init__(f"printed more than {MOST:,} characters; show a summary and write the rest to a file")


def said(error: TooMuch) -> str:
    """The error in one line."""
    return f"{type(error).__name__}: {error}"


class Printed:
    """What a cell that is run without a kernel prints, up to the limit."""

    def __init__(self) -> None:
        self._written: dict[str, io.StringIO] = {}
        self.length = 0

    def stream(self, name: str) -> io.StringIO:
        """A file to print to; printing beyond the limit fails."""
        printed = self

        class Stream(io.StringIO):
            def write(self, text: str) -> int:
                printed.length += len(text)
                if printed.length > MOST:
                    raise TooMuch
                return super().write(text)

        return self._written.setdefault(name, Stream())

    def check(self, shown: Any) -> None:
        """Fail if another thread printed beyond the limit, which fails no cell, or what is shown is beyond it."""
        if self.length > MOST or _length(shown) > 2 * MOST:
            raise TooMuch

    def texts(self) -> list[tuple[str, str]]:
        """Each stream by name with what was printed."""
        return [(name, stream.getvalue()) for name, stream in self._written.items()]


def streams() -> None:
    """In the kernel: printing beyond the limit fails in the cell that does it."""
    from ipykernel.iostream import OutStream

    write, told = OutStream.write, [0]

    def counted(stream: Any, text: str) -> Any:
        # Another thread cannot fail the cell; the worker counts what it prints.
        if threading.current_thread() is threading.main_thread():
            told[0] += len(text) if isinstance(text, str) else 0
        if told[0] > MOST:
            raise TooMuch
        return write(stream, text)

    OutStream.write = counted  # type: ignore[method-assign, assignment]


def messages(end: Callable[[str], None]) -> None:
    """In the worker: with output of any kind (pictures, tables) beyond the limit `end` is called, with what to say.

    An error raised here would be seen when the cell ends, and it may never end.
    """
    from papermill.clientwrap import PapermillNotebookClient

    process, came = PapermillNotebookClient.process_message, [0]

    def counted(client: Any, message: dict[str, Any], *rest: Any, **more: Any) -> Any:
        came[0] += _length(message.get("content"))
        if came[0] > 2 * MOST:
            end(said(TooMuch()))
        return process(client, message, *rest, **more)

    PapermillNotebookClient.process_message = counted


def exceeded(log: Path) -> bool:
    """In the process that started the worker: whether its log, to which programs print that it starts, is too long."""
    return log.stat().st_size > 2 * MOST


def cut(log: Path, keep: int = 1_000_000) -> None:
    """Shorten a log to its beginning."""
    os.truncate(log, min(keep, log.stat().st_size))


def _length(content: Any) -> int:
    """Characters of all texts in a message."""
    if isinstance(content, str):
        return len(content)
    parts = content.values() if isinstance(content, dict) else content if isinstance(content, list | tuple) else ()
    return sum(_length(part) for part in parts)
