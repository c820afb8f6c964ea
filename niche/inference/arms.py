"""The arms of experiments that readings need: what is seen of each, and when."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from niche.evidence.laboratory import Laboratory
from niche.evidence.read_out import read_out_days
from niche.evidence.readings import Reading
from niche.evidence.row_plan import Experiment
from niche.experiment.schedule import schedule
from niche.inference.entries import marks_of

Where = tuple[str, str]  # names of an experiment and of one of its arms


class SampledArm(NamedTuple):
    """One arm. days: of its read-outs; seen: observables; marks, event, read: as `niche.solver.adjoint` takes them;
    intervals: in which inputs are constant."""

    experiment: Experiment
    name: str
    days: np.ndarray
    seen: frozenset[str]
    marks: np.ndarray
    event: np.ndarray
    read: np.ndarray
    intervals: int

    @property
    def where(self) -> Where:
        """Its name among all arms."""
        return self.experiment.name, self.name


def arms(readings: Sequence[tuple[Experiment, Reading]]) -> list[SampledArm]:
    """Every arm that these readings need, once, with all that they need of it."""
    wanted: dict[Where, tuple[Experiment, set[float], set[str]]] = {}
    for experiment, reading in readings:
        for name in reading.arms:
            _, days, seen = wanted.setdefault((experiment.name, name), (experiment, set(), set()))
            days.update(read_out_days([reading]).tolist())
            seen.update(reading.observes(name))
    found, lab = [], Laboratory(1, 0, "prior")
    for (_, name), (experiment, days, seen) in wanted.items():
        starts = schedule(lab.hosts(experiment), experiment.arms[name]).starts
        at = np.array(sorted(days))
        found.append(SampledArm(experiment, name, at, frozenset(seen), *marks_of(starts, at), len(starts)))
    return found
