"""One thing that is done to a host, and when."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One thing that is done: `verb` and `name`, in force from `start` to `stop` (days), or at `times`."""

    verb: str
    name: str
    amount: str | float | None
    start: float
    stop: float | None
    times: tuple[float, ...] = ()


@dataclass(frozen=True)
class Given(Step):
    """Doses of a drug whose level is solved before the host's: `amount` is the regimen as it was written."""

    averaged: bool = False
    every: float | None = None
