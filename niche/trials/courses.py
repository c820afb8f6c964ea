"""The hazards of some virtual patients in time, each over its baseline: one run of the model, read every week."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.solution import Run, observe, perform
from niche.trials import recurrence
from niche.trials.anchors import GRID
from niche.trials.cohort import Cohort
from niche.trials.hazards import Cause

_READ = 7  # days: the model is read so often, and a hazard is its mean about every four weeks
_RTOL = 1e-4  # a hazard of a percent more or less is nothing beside its coefficients
_KERNEL = np.array([1, 2, 2, 2, 1]) / 8


class Courses(NamedTuple):
    """The course of the hazard of one cause.

    Attributes
    ----------
    hazard
        hazard over its baseline, (patients, times)
    rest
        what divides the hazard, of each patient at rest, (patients,); None where the baseline is all
    """

    hazard: np.ndarray
    rest: np.ndarray | None


def courses_of(
    people: Hosts, protocol: Protocol, cohort: Cohort, causes: Sequence[Cause], workers: int | None
) -> tuple[dict[str, Courses], Run]:
    """The courses of these causes from the first day of the trial, by name, and the run; foci show in early cancer."""
    times = np.arange(cohort.run_in, protocol.days + 1e-9, _READ)
    before = int(cohort.run_in >= 1)  # the day before the trial: a drug may act at once
    times = np.concatenate([[cohort.run_in - 1.0] * before, times])
    run = perform(people, protocol, times, rtol=_RTOL, workers=workers)
    names = {term.reads for cause in causes for term in cause.terms}
    reads, found = observe(run, sorted(names or {"tumour burden"})), {}
    for cause in causes:
        if not cause.foci:
            found[cause.name] = Courses(_smooth(_relative(cause, reads, people)[:, before:]), None)
        elif not cohort.seeded:
            hazard, rest = recurrence.showing(recurrence.foci(run, people))
            found[cause.name] = Courses(_smooth(hazard[:, before:]), rest)
    return found, run


def _relative(cause: Cause, reads: Mapping[str, np.ndarray], people: Hosts) -> np.ndarray:
    """Hazard over the baseline; of the waking of cells, against the waking of the same patient at rest."""
    resting = {"waking rate": np.asarray(people.parameters.waking).reshape(-1, 1)}
    return cause.relative({name: values / resting.get(name, 1.0) for name, values in reads.items()})


def _smooth(weekly: np.ndarray) -> np.ndarray:
    """Means about every fourth week, so that a dose every four weeks is not always read at one point of its course."""
    wide = np.pad(weekly, ((0, 0), (2, 2)), mode="edge")
    step = GRID // _READ
    return np.asarray(sum(k * wide[:, i : i + weekly.shape[1]] for i, k in enumerate(_KERNEL))[:, ::step])
