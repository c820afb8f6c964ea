"""What a person sees of a run: a line per notebook as it ends, and a progress bar if there is a terminal."""

import sys
import time
from typing import Any

_EVERY = 0.5  # seconds between two looks at the clock


class Screen:
    """Prints lines, above a bar that counts notebooks if standard error is a terminal."""

    def __init__(self, total: int) -> None:
        self._bar: Any = None
        self._shown = 0.0
        if sys.stderr.isatty():
            from tqdm import tqdm  # late: not everybody has it

            self._bar = tqdm(total=total, unit="notebook", leave=False)

    def line(self, text: str) -> None:
        """Print a line."""
        if self._bar is None:
            print(text, flush=True)
        else:
            self._bar.write(text)

    def ended(self, text: str) -> None:
        """Print a line about a notebook that ended."""
        self.line(text)
        if self._bar is not None:
            self._bar.update()

    def waiting(self) -> None:
        """Let the clock of the bar run."""
        if self._bar is not None and time.monotonic() - self._shown > _EVERY:
            self._shown = time.monotonic()
            self._bar.refresh()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
