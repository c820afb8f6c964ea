"""`niche fit`: all atoms at once, every parameter sampled, from many starts; goes on from what was done before."""

import sys
from pathlib import Path

import numpy as np

from niche.atoms.table import table_text
from niche.errors import NicheError
from niche.inference.checkpoint import Store
from niche.inference.depends import NOT_FITTED, numbers_of
from niche.inference.diagnostics import NotConverged
from niche.inference.joint import JointObjective, informing, layers_seen
from niche.inference.joint_fit import JointFit, fit_jointly
from niche.inference.sampler import STARTS
from niche.inference.unfinished import FILE, keep, take_up
from niche.params.records import root
from niche.provenance import code_digest, digest, reached_code

DENSITY = ("niche.inference.slopes", "niche.inference.joint")
CHAIN = ("niche.inference.joint_fit:fit_jointly",)


def made_of(objective: JointObjective) -> dict[str, dict[str, str]]:
    """All that the density depends on, under "code" and "numbers": the hash of each part by its name."""
    asked = [
        (atom.name, repr(atom.reading), repr(atom.experiment and (atom.experiment.host, atom.experiment.arms)))
        for atom in objective.atoms
    ]
    return {
        "code": reached_code(*DENSITY, without=NOT_FITTED),
        "numbers": {
            **numbers_of((), layers_seen(objective.atoms)),
            "what the model is asked": digest(asked),
            "the table of atoms": digest(table_text()),
            "the list of parameters": digest(list(objective.keys)),
            "what is set": digest(sorted(objective.changes.items())),
        },
    }


def opened(
    objective: JointObjective, work: Path | None = None, restart: bool = False, **settings: int
) -> tuple[Store, dict[str, dict[str, str]]]:
    """Where a fit of this objective keeps what it did, and what the objective is made of."""
    parts = made_of(objective)
    chain = digest([parts, code_digest(*CHAIN, without=NOT_FITTED)])
    return Store(work or root().parent / "scratch" / "fit", {"chain": chain, **settings}, restart), parts


def fit_all(
    *,
    starts: int = 16,
    walkers: int = 24,
    steps: int = 100_000,
    minutes: float = 110.0,
    seed: int = 1,
    workers: int = 2,
    work: Path | None = None,
    restart: bool = False,
) -> tuple[JointFit, dict[str, dict[str, str]]]:
    """Fit all atoms; returns the fit and what it was made of.

    Parameters
    ----------
    starts
        points of the prior from which the log posterior is climbed
    walkers
        of each of the two ensembles, a multiple of `STARTS`
    steps
        of each walker, at most
    minutes
        that this call may take; what is done is kept
    work
        folder in which it is kept (scratch/fit)
    restart
        begin anew, whatever is kept there

    Raises
    ------
    NicheError
        for settings that cannot work
    NotConverged
        with every parameter that fails
    """
    if walkers % STARTS or walkers < STARTS:
        raise NicheError(f"walkers must be a multiple of {STARTS}, as many at each starting point, got {walkers}")
    objective = JointObjective(informing())
    store, parts = opened(objective, work, restart, starts=starts, walkers=walkers, seed=seed)
    print(f"niche: what is done is kept in {store.folder}", file=sys.stderr)
    unfinished, made = root() / "posterior" / FILE, digest([parts["numbers"], walkers])

    def density(scores: np.ndarray) -> np.ndarray:
        return objective.slopes()(scores)[0]

    if not restart and (blocks := take_up(store, made, unfinished, density)):
        print(f"niche: {blocks} blocks of each ensemble are taken up from {unfinished}", file=sys.stderr)
    elif unfinished.exists() and store.load("state-0") is None:
        print(f"niche: {unfinished} is of another density: the fit begins anew", file=sys.stderr)
    try:
        found = fit_jointly(
            objective, store, starts=starts, walkers=walkers, steps=steps, minutes=minutes, seed=seed, workers=workers
        )
    except NotConverged:
        if keep(store, made, unfinished):
            print(f"niche: so far in {unfinished}: commit it, and any machine goes on from there", file=sys.stderr)
        raise
    return found, parts
