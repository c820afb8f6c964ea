"""Whether atoms can be asked: their experiments performed, their readings finite."""

from collections.abc import Iterable

import numpy as np

from niche.atoms.build import experiments_of
from niche.atoms.predicted import Look, at_days, days_needed, predicted
from niche.atoms.records import Atom
from niche.evidence.plans import rehearse
from niche.evidence.readings import Reading
from niche.evidence.row_plan import Experiment
from niche.experiment.hosts import hosts
from niche.experiment.solution import observe, perform
from niche.params.records import root
from niche.params.yaml_files import Spot

_DRAWS = 8
Seen = dict[tuple[str, str], dict[str, tuple[np.ndarray, np.ndarray]]]


def rehearse_paper(key: str) -> None:
    """Make the hosts and schedules of every experiment of a paper once.

    Raises
    ------
    NicheError
        with file and key for what cannot be done
    """
    spot = Spot(f"papers/{key}.yaml", root() / "papers" / f"{key}.yaml").at("simulated")
    for name, experiment in experiments_of(key).items():
        rehearse(experiment, spot.at(name))


def not_finite(atoms: Iterable[Atom]) -> dict[str, str]:
    """The atoms that some draws of the prior have no finite answer for, and how many; no answer is shown."""
    seen: Seen = {}
    listed = [atom for atom in atoms if atom.experiment is not None]
    found = {}
    for atom in listed:
        own = atom.experiment
        assert own is not None
        readings = [a.reading for a in listed if a.experiment is not None and a.experiment.name == own.name]
        for arm in atom.reading.arms if atom.reading else ():
            if (own.name, arm) not in seen:
                seen[own.name, arm] = _perform(own, arm, [r for r in readings if r is not None])
        missing = _DRAWS - int(np.isfinite(predicted(atom, _look(own.name, seen)).value).sum())
        if missing:
            found[atom.name] = f"no finite answer in {missing} of {_DRAWS} draws"
    return found


def _look(name: str, seen: Seen) -> Look:
    def look(arm: str, observable: str, days: np.ndarray) -> np.ndarray:
        times, values = seen[name, arm][observable]
        return values[:, at_days(times, days)]

    return look


def _perform(experiment: Experiment, arm: str, readings: list[Reading]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    made = hosts(**experiment.host, draws=_DRAWS, seed=1, posterior="prior")
    if experiment.changes:
        made = made.with_parameters(**experiment.changes)
    run = perform(
        made,
        experiment.arms[arm],
        np.array(sorted({0.0}.union(*(days_needed(reading) for reading in readings)))),
        workers=1,
    )
    wanted = {"BV/TV"} | {reading.observable for reading in readings if arm in reading.arms}
    return {name: (run.times, values) for name, values in observe(run, sorted(wanted)).items()}
