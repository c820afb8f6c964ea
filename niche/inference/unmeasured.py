"""What the model says of measurements that nobody made, draw by draw: read as the rows of the likelihood are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from niche.atoms.predicted import at_days, predicted
from niche.atoms.records import Atom
from niche.evidence.laboratory import Laboratory
from niche.evidence.readings import Reading
from niche.evidence.row_plan import Experiment
from niche.experiment.hosts import Hosts
from niche.experiment.solution import observe, perform
from niche.inference.asked import AskedArm, ask
from niche.params.posterior import Posterior


def unmeasured(name: str, experiment: Experiment, reading: Reading, error: float, study: str) -> Atom:
    """A measurement that has not been made, which the model can be asked for."""
    return Atom(
        name=name,
        paper=name,
        laboratory="",
        group=study,
        family="",
        assay="",
        kind="number",
        y=float("nan"),
        sign=0,
        error=error,
        basis="assay",
        costs=(),
        experiment=experiment,
        reading=reading,
        linear=False,
        conflict="",
        animals=name,
    )


def outcomes(asked: Sequence[Atom], posterior: Posterior, changes: Mapping[str, float] | None = None) -> np.ndarray:
    """`outcomes_in` typical hosts, one for each draw of a posterior."""
    made = Laboratory(len(posterior), 0, posterior, changes, workers=1, plans={}, mutation=Hosts.typical)
    return outcomes_in(made, asked)


def outcomes_in(lab: Laboratory, asked: Sequence[Atom]) -> np.ndarray:
    """The logarithm of each ratio (draws, atoms), as the likelihood reads it: floors of assays included.

    NaN where a host failed. Each arm is simulated once, whichever atoms read it.
    """
    alike = [replace(atom, animals="") for atom in asked]  # arms of all of them are shared
    plan = ask(alike)
    seen = [_course(arm, lab) for arm in plan.arms]
    found = np.empty((lab.draws, len(asked)))
    for i, (atom, places) in enumerate(zip(alike, plan.places, strict=True)):

        def look(arm: str, observable: str, days: np.ndarray, places: Mapping[str, int] = places) -> np.ndarray:
            place = places[arm]
            return seen[place][observable][:, at_days(plan.arms[place].days, days)]

        with np.errstate(divide="ignore", invalid="ignore"):
            found[:, i] = predicted(atom, look).value
    return np.where(np.isfinite(found), found, np.nan)


def _course(arm: AskedArm, lab: Laboratory) -> dict[str, np.ndarray]:
    run = perform(lab.hosts(arm.hosts), arm.protocol, np.union1d([0.0], arm.days), rtol=lab.rtol, workers=lab.workers)
    places = at_days(run.times, arm.days)
    return {name: np.asarray(one)[:, places] for name, one in observe(run, sorted(arm.seen)).items()}
