"""What a notebook reaches, written down while it runs: an extension of the kernel (`compendium.run.kernel` loads it).

After each cell `reached.json` in the folder where the kernel was started says which files were opened to be read, which
folders were listed, which entries of tables were looked up (`niche.lookups`), and whether another process was started,
of which nothing is known. Which code a notebook reaches is read from its cells (`niche.provenance`).
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from niche.files import write_whole
from niche.lookups import ANY, LOOKED_UP, WHOLE

FILE = "reached.json"
_WRITES = os.O_WRONLY | os.O_RDWR
_STARTS = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.exec", "os.system")
_HARMLESS = ("uname", "ldconfig", "gcc", "cc")  # what `platform` and `ctypes.util` ask of the system


class Trace:
    """An audit hook, and what it has seen: absolute paths, as they were given."""

    def __init__(self) -> None:
        self.opened: set[str] = set()
        self.listed: set[str] = set()
        self.started: set[str] = set()

    def hook(self, event: str, given: tuple[Any, ...]) -> None:
        """What `sys.addaudithook` takes. Must never raise: that would fail what the notebook does."""
        try:
            if event == "open":
                self._open(*given)
            elif event == "os.scandir" or (event == "os.listdir" and not _importing()):
                self._list(given[0])
            elif event in _STARTS and _program(given) not in _HARMLESS:
                self.started.add(event)
        except Exception as error:  # a kind of path that is not known: depend on everything
            self.started.add(f"{event}: {type(error).__name__}")

    def _open(self, path: Any, mode: Any, flags: Any) -> None:
        if isinstance(path, int) or WHOLE.get() == ANY:
            return
        writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITES)
        if not writes:
            self.opened.add(f"{WHOLE.get()}\0{os.path.abspath(os.fsdecode(path))}")  # noqa: PTH100

    def _list(self, path: Any) -> None:
        if not isinstance(path, int) and WHOLE.get() != ANY:
            self.listed.add(os.path.abspath(os.fsdecode(path) if path else "."))  # noqa: PTH100

    def to_json(self) -> str:
        """What was seen so far. Each file stands with the table, if any, that was read from it as a whole."""
        content = {
            "opened": sorted(pair.split("\0") for pair in set(self.opened)),
            "listed": sorted(set(self.listed)),
            "started": sorted(self.started),
            "entries": sorted(set(LOOKED_UP)),
        }
        return json.dumps(content, indent=1, sort_keys=True) + "\n"


def _importing() -> bool:
    """Whether the import system asks: it lists every folder in which it looks for a module."""
    return sys._getframe(3).f_code.co_filename.startswith("<frozen importlib")


def _program(given: tuple[Any, ...]) -> str:
    """The program that a process is started with; "" if that is not said."""
    return Path(os.fsdecode(given[0])).name if given and isinstance(given[0], str | bytes) else ""


def load_ipython_extension(shell: Any) -> None:
    """Begin, before the first cell."""
    from compendium.run import limit

    limit.streams()
    trace, file = Trace(), Path.cwd() / FILE
    sys.addaudithook(trace.hook)

    def write(*_: Any) -> None:
        write_whole(file, trace.to_json())

    shell.events.register("post_run_cell", write)
