"""One thing that is done to a host, and when."""

from dataclasses import dataclass

from niche.amounts import Amount
from niche.kinetics.doses import Regimen


@dataclass(frozen=True)
class Step:
    """One thing that is done: `verb` and `name`, in force from `start` to `stop` (days), or at `times`.

    Attributes
    ----------
    beyond_sources
        whether the caller wants a dose far above the most that its source used
    """

    verb: str
    name: str
    amount: Amount | Regimen | None
    start: float
    stop: float | None
    times: tuple[float, ...] = ()
    beyond_sources: bool = False

    @property
    def value(self) -> float:
        """The number of its amount, in the unit of the amount; 0 of none."""
        return self.amount.value if isinstance(self.amount, Amount) else 0.0

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.verb, self.name, self.amount) if part is not None)


@dataclass(frozen=True)
class Given(Step):
    """Doses of a drug whose level is solved before the host's: `amount` is the regimen.

    Attributes
    ----------
    averaged
        a steady inflow instead of doses
    every
        days over which the level is read as a mean
    """

    amount: Regimen
    averaged: bool = False
    every: float | None = None
