"""Fit the uncertain parameters to the rows whose role is calibrate, from many starts, and sample the posterior.

Coordinates are standard scores of the priors: every parameter is N(0, 1) before it sees data, bounds are met by
construction, and the prior's penalty is a plain sum of squares. How the best fits are found is in
`niche.inference.search`, how the posterior is sampled in `niche.inference.sampler`, and when it is good enough in
`niche.inference.diagnostics`.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from niche.errors import NicheError, unknown
from niche.inference.checkpoint import Store
from niche.inference.depends import chain_key, density_parts
from niche.inference.diagnostics import NotConverged
from niche.inference.fit import fit
from niche.inference.manifest import APART, identifiability, manifest
from niche.inference.objective import Objective, fitted_keys, fitted_rows
from niche.inference.sampler import STARTS
from niche.inference.search import Optimum, optimise
from niche.params.posterior import write_posterior
from niche.params.records import root

__all__ = [
    "NotConverged",
    "Objective",
    "Optimum",
    "calibrate",
    "fitted_keys",
    "fitted_rows",
    "identifiability",
    "optimise",
    "profile",
]


def profile(objective: Any, key: str, points: Sequence[float], start: np.ndarray | None = None) -> list[Optimum]:
    """Profile likelihood: the best fit of all other parameters with one held, for each of its standard scores.

    Parameters
    ----------
    points
        standard scores of `key`, in an order in which neighbours are near: each starts from the one before
    start
        scores (k,) of a good fit; None starts from the prior's medians

    Returns
    -------
    list[Optimum]
        an `Optimum` for each point; scores (k,) are in the order of `objective.keys`, cost is rows + prior
    """
    from scipy.optimize import least_squares

    if key not in objective.keys:
        raise unknown("fitted parameter", key, objective.keys)
    i, k = objective.keys.index(key), len(objective.keys)
    free = np.arange(k) != i
    scores, found = np.zeros(k) if start is None else np.array(start, dtype=float), []
    for point in points:
        scores[i] = point

        def whole(x: np.ndarray, base: np.ndarray = scores) -> np.ndarray:
            full = base.copy()
            full[free] = x
            return full

        if free.any():
            best = least_squares(
                lambda x, whole=whole: objective.residuals(whole(x)),
                scores[free],
                jac=lambda x, whole=whole: objective.jacobian(whole(x))[:, free],
                max_nfev=60,
                xtol=1e-5,
                ftol=1e-5,
            )
            scores = whole(best.x)
        residuals = objective.residuals(scores)
        found.append(Optimum(scores.copy(), float((residuals**2).sum()), float((residuals[:-k] ** 2).sum())))
    return found


def calibrate(
    *,
    starts: int = 12,
    walkers: int = 48,
    steps: int = 100_000,
    minutes: float = 55.0,
    draws: int = 1000,
    seed: int = 1,
    workers: int = 2,
    folder: Path | None = None,
    work: Path | None = None,
    restart: bool = False,
) -> dict:
    """Fit, sample and ship: writes draws and manifest to `folder` (params/posterior) and returns the manifest.

    Parameters
    ----------
    starts
        optimisations, from points of the prior
    walkers
        of each of the two ensembles, when they sample
    steps, minutes
        at most, of each walker and of this call; sampling ends as soon as the chains have converged
    workers
        processes; the numbers do not depend on how many
    work
        where everything done so far is kept (scratch/calibration); the same call again goes on from it, unless
        `restart`

    Raises
    ------
    NicheError
        for settings that cannot work; NotConverged, and then nothing is written to `folder`
    """
    whole = {"starts": (starts, 2), "walkers": (walkers, STARTS), "steps": (steps, 100), "draws": (draws, 10)}
    for name, (value, least) in (whole | {"workers": (workers, 1), "seed": (seed, 0)}).items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise NicheError(f"{name} must be a whole number of at least {least}, got {value!r}")
    if walkers % STARTS:
        raise NicheError(f"walkers must be a multiple of {STARTS}, as many at each starting point, got {walkers}")
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not minutes > 0:
        raise NicheError(f"minutes must be above 0, got {minutes!r}")
    began = time.time()
    rows = fitted_rows()
    objective = Objective(fitted_keys(rows), rows, threads=1)
    depends = density_parts(objective.rows, objective.keys, APART)
    store = Store(
        work or root().parent / "scratch" / "calibration",
        {"chain": chain_key(depends), "starts": starts, "walkers": walkers, "seed": seed},
        restart,
    )
    if store.load("optimum-000") is not None:
        print(f"niche: going on from what was done before ({store.folder}); --restart begins anew", file=sys.stderr)
    found = fit(
        objective, store, starts=starts, walkers=walkers, steps=steps, minutes=minutes, seed=seed, workers=workers
    )
    flat = found.chains.reshape(-1, found.chains.shape[-1])
    if len(flat) < draws:
        raise NicheError(f"{draws} draws were asked for, the chains hold {len(flat)}")
    chosen = flat[np.sort(np.random.default_rng([seed, 3]).permutation(len(flat))[:draws])]
    made = manifest(found, chosen, depends, time.time() - began)
    made |= {"seed": seed, "starts": starts, "walkers": walkers}
    write_posterior(dict(found.objective.posterior(chosen).draws), made, folder)
    return made
