"""How a row of evidence is simulated and read, once its file has been checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from typing import Protocol as TypingProtocol

import numpy as np

from niche.evidence.readings import Reading
from niche.evidence.rows import Evidence
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol

T = TypeVar("T")


@dataclass(frozen=True)
class Experiment:
    """Hosts (keywords of `niche.experiment.hosts`, parameter changes) and one protocol per arm."""

    name: str
    host: Mapping[str, Any]
    changes: Mapping[str, float]
    arms: Mapping[str, Protocol]
    note: str


class Bench(TypingProtocol):
    """Where rows are read: `niche.evidence.laboratory.Laboratory`, and what stands in for it."""

    draws: int
    seed: int
    posterior: Any
    changes: dict[str, Any]
    workers: int | None
    intact: Any
    failed: dict[str, int]
    warnings: dict[str, str]

    def annex(self, build: Callable[[Any], T]) -> T:
        """What `build` makes of this laboratory, made once."""

    def hosts(self, experiment: Experiment) -> Hosts:
        """The hosts of an experiment."""

    def read(self, experiment: Experiment, reading: Reading) -> np.ndarray:
        """One reading, shape (draws,)."""


@dataclass(frozen=True)
class Observed:
    """A row that is no number, restated as one, and why."""

    value: float
    sd: float
    scale: str
    unit: str
    reason: str


@dataclass(frozen=True)
class RowPlan:
    """How one evidence row is simulated and read; `cannot` says why it is not."""

    row: str
    label: str
    experiment: Experiment | None
    readings: tuple[Reading, ...]
    observed: Observed | None
    built_in: str
    cannot: str

    def effect(self, lab: "Bench") -> np.ndarray:
        """What the row measured, in its own unit, in each draw of a laboratory, shape (draws,)."""
        assert self.experiment is not None
        return lab.read(self.experiment, self.readings[0])

    def agrees(self, lab: "Bench") -> np.ndarray:
        """Whether each draw has everything that a direction row asks for, shape (draws,); NaN where it failed."""
        assert self.experiment is not None
        parts = [reading.holds(lab.read(self.experiment, reading)) for reading in self.readings]
        return np.asarray(np.min(np.stack(parts), axis=0))

    def role(self, measured: Evidence) -> str:
        """What the row is used for."""
        return measured.role

    def note(self, measured: Evidence) -> str:
        """What has to be said beside the row."""
        return ""

    @property
    def layers(self) -> set[str]:
        """Species, strain, tumour line, site of bone, drugs and conditions that it is simulated with, by name."""
        if self.experiment is None:
            return set()
        host = self.experiment.host
        steps = {step.name for arm in self.arms for step in self.experiment.arms[arm].steps}
        named = {host["system"], *(host.get(key, "") for key in ("strain", "tumour", "bone"))}
        return named - {""} | steps

    @property
    def direction(self) -> bool:
        """Whether it asks for directions or bounds, and not for a number."""
        return bool(self.readings) and bool(self.readings[0].asks)

    @property
    def arms(self) -> tuple[str, ...]:
        """Every arm that is simulated for it."""
        return tuple(dict.fromkeys(arm for reading in self.readings for arm in reading.arms))

    @property
    def places(self) -> tuple[str, ...]:
        """Every arm that is simulated for it, as "experiment, arm"."""
        return tuple(f"{self.experiment.name}, {arm}" for arm in self.arms) if self.experiment else ()
