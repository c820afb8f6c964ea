"""What a sweep is made of: plain data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compendium.sweep.steps import arms_at
from niche.evidence.readings import Reading
from niche.experiment.hosts import Hosts, hosts
from niche.experiment.protocol import Protocol


@dataclass(frozen=True)
class Factor:
    """One thing that is varied.

    Attributes
    ----------
    kind
        "parameter" (set for a host), "input" (in force all the time: levels are added, shares and folds
        multiply) or "step" (stands as $name in the arms)
    ends
        lowest and highest
    values
        those of a grid, else empty
    log
        even in the logarithm
    relative
        a parameter's own value in each host is multiplied
    """

    name: str
    kind: str
    ends: tuple[float, float]
    values: tuple[float, ...]
    log: bool
    relative: bool

    def at(self, share: np.ndarray) -> np.ndarray:
        """Values at shares from 0 to 1 of the range."""
        low, high = (math.log(end) for end in self.ends) if self.log else self.ends
        found = low + (high - low) * share
        return np.clip(np.exp(found) if self.log else found, *self.ends)


@dataclass(frozen=True)
class Sweep:
    """A checked specification. `text` is all of it: a worker needs no more, and the shards' key is made of it.

    Attributes
    ----------
    host
        keywords of `niche.experiment.hosts` but for draws and seed
    changes
        parameters set for every host
    draws
        hosts at every point, the same at each; None is one fresh host per point
    steps
        per arm, steps as in params/experiments, in which `$name` stands for a factor
    """

    text: str
    host: Mapping[str, Any]
    changes: Mapping[str, float]
    draws: int | None
    seed: int
    days: float
    steps: Mapping[str, Any]
    design: str
    points: int
    factors: tuple[Factor, ...]
    readings: Mapping[str, Reading]
    quantiles: tuple[float, ...]
    chunk: int
    rtol: float

    @property
    def size(self) -> int:
        """Hosts in all."""
        return self.points * (self.draws or 1)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the factors, in the order of the columns of a shard's points."""
        return tuple(one.name for one in self.factors)

    def made(self, draws: int, seed: int) -> Hosts:
        """Hosts of this sweep before anything is varied. Raises `NicheError` for unknown names."""
        found = hosts(**self.host, draws=draws, seed=seed)
        return found.with_parameters(**self.changes) if self.changes else found

    def arms(self, values: Mapping[str, float]) -> dict[str, Protocol]:
        """The protocol of each arm at a point."""
        return arms_at(self.steps, self.days, values)
