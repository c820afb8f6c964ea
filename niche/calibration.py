"""Fit the uncertain parameters to the rows whose role is calibrate, from many starts, and sample the posterior.

Coordinates are standard scores of the priors: every parameter is N(0, 1) before it sees data, bounds are met by
construction, and the prior's penalty is a plain sum of squares. How the best fits are found is in `niche._search`,
how the posterior is sampled in `niche._sampler`, and when it is good enough in `niche._diagnose`.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from niche._checkpoint import Store
from niche._diagnose import NotConverged
from niche._fit import fit
from niche._manifest import APART, code, identifiability, inputs_hash, layers_of, manifest, target
from niche._sampler import STARTS
from niche._search import Optimum, optimise
from niche.errors import NicheError, unknown
from niche.evidence import read_evidence
from niche.experiments import read_experiments
from niche.layers import read_book
from niche.parameters import root
from niche.posterior import Posterior, write_posterior
from niche.predict import Laboratory

if TYPE_CHECKING:
    from niche._gradient import Slopes

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

# Another version of these is another run, not one to go on with.
_SAMPLING = ("_search", "_tape", "_reverse", "_adjoint", "_memory", "_arms", "_gradient", "_sampler")
_RTOL = 1e-5  # moves a row by less than a hundredth of its error
_MISSED = 8.0  # standard score given to a row that a draw has nothing to say on


def fitted_rows() -> tuple[str, ...]:
    """Numeric rows whose role is calibrate and that the model can observe, in the order of the files."""
    plans, rows = read_experiments(), read_evidence()
    chosen = [r for r, plan in plans.items() if rows[r].role == "calibrate" and not plan.cannot]
    return tuple(r for r in chosen if plans[r].observed is not None or rows[r].numeric)


def fitted_keys(rows: Sequence[str]) -> tuple[str, ...]:
    """Every uncertain parameter that the rows' hosts and arms use."""
    layers = layers_of(rows)
    uncertain = sorted(read_book().uncertain().items())
    return tuple(key for key, entry in uncertain if entry.layer in layers and key not in APART)


class Objective:
    """Standard scores of parameters -> standard scores of rows. Pure: same scores, same answer.

    changes : parameters set for every host, for a variant of the model, e.g. {"b2_rankl": 0}
    threads : 1 or 2; the numbers do not depend on it
    """

    def __init__(
        self,
        keys: Sequence[str],
        rows: Sequence[str],
        changes: Mapping[str, float] | None = None,
        threads: int = 2,
    ) -> None:
        self.keys, self.rows, self.changes = tuple(keys), tuple(rows), dict(changes or {})
        self.threads = threads
        self._entries = [read_book().uncertain()[key] for key in self.keys]
        # Whatever is not fitted stays at its prior median, so that the same scores always give the same answer.
        others = [e for key, e in read_book().uncertain().items() if key not in self.keys]
        self._fixed = {e.key: e.sample(np.array(0.5)) for e in others}
        self._targets = [target(row) for row in self.rows]

    def only(self, keys: Sequence[str]) -> "Objective":
        """The same with these parameters alone; the others stay at their prior median."""
        return Objective(keys, self.rows, self.changes, self.threads)

    def posterior(self, scores: np.ndarray) -> Posterior:
        """Parameter values of scores (n, k)."""
        from scipy.special import ndtr

        quantiles = ndtr(np.atleast_2d(scores))
        values = {e.key: e.sample(quantiles[:, i]) for i, e in enumerate(self._entries)}
        return Posterior(MappingProxyType(values))

    def complete(self, scores: np.ndarray) -> Posterior:
        """`posterior`, with whatever is not fitted at its prior median."""
        still = {key: np.full(len(scores), value) for key, value in self._fixed.items()}
        return Posterior(MappingProxyType({**self.posterior(scores).draws, **still}))

    def rows_scores(self, scores: np.ndarray) -> np.ndarray:
        """(model - measured) / error for scores (n, k): shape (n, rows); clipped where nothing can be read."""
        n = len(np.atleast_2d(scores))
        half = (n + 1) // 2 if n >= 16 and self.threads > 1 else n
        parts = [np.atleast_2d(scores)[i : i + half] for i in range(0, n, half)]
        with ThreadPoolExecutor(len(parts)) as pool:
            return np.concatenate(list(pool.map(self._some, parts)))

    def _some(self, scores: np.ndarray) -> np.ndarray:
        posterior = self.complete(scores)
        lab = Laboratory(len(scores), 0, posterior, changes=self.changes, rtol=_RTOL, workers=1)
        found = [standard_score(lab.effect(row), t)[0] for row, t in zip(self.rows, self._targets, strict=True)]
        return np.stack(found, axis=1)

    def log_posterior(self, scores: np.ndarray) -> np.ndarray:
        """Log density (up to a constant) of scores (n, k), shape (n,)."""
        scores = np.atleast_2d(scores)
        return np.asarray(-0.5 * ((self.rows_scores(scores) ** 2).sum(axis=1) + (scores**2).sum(axis=1)))

    def slopes(self) -> "Slopes":
        """Log density and its gradient for many points at once: `Slopes(scores)` gives both."""
        from niche._gradient import Slopes

        return Slopes(self)

    def residuals(self, x: np.ndarray) -> np.ndarray:
        """Rows and prior of one score vector (k,), for least squares."""
        return np.concatenate([self.rows_scores(x[None])[0], x])

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """Forward differences, all at once: half the runs of central ones, and the search ends at the same costs."""
        k, step = len(x), 4e-3
        found = self.rows_scores(np.concatenate([x[None], x + step * np.eye(k)]))
        return np.concatenate([(found[1:] - found[0]).T / step, np.eye(k)])


def standard_score(effect: np.ndarray, target: tuple[float, float, str]) -> tuple[np.ndarray, np.ndarray]:
    """(model - measured) / error of one row, and its slope by the effect; `_MISSED` where nothing can be read.

    target : value, error and scale, as `niche._manifest.target` gives them
    """
    value, sd, scale = target
    with np.errstate(divide="ignore", invalid="ignore"):
        out = ((np.log(effect) - np.log(value)) if scale == "log" else effect - value) / sd
        slope = 1 / (sd * effect) if scale == "log" else np.full_like(effect, 1 / sd)
    fine = np.isfinite(out)
    out, slope = np.where(fine, out, _MISSED), np.where(fine, slope, 0.0)
    # Far out a score grows only slowly, so that one absurd row does not hide the others from a search.
    beyond = np.maximum(np.abs(out) - _MISSED, 0.0)
    return np.sign(out) * (np.minimum(np.abs(out), _MISSED) + np.log1p(beyond)), slope / (1 + beyond)


def profile(objective: Any, key: str, points: Sequence[float], start: np.ndarray | None = None) -> list[Optimum]:
    """Profile likelihood: the best fit of all other parameters with one held, for each of its standard scores.

    points : standard scores of `key`, in an order in which neighbours are near: each starts from the one before
    start : scores (k,) of a good fit; None starts from the prior's medians
    returns : an `Optimum` for each point; scores (k,) are in the order of `objective.keys`, cost is rows + prior
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
                lambda x, whole=whole: objective.residuals(whole(x)), scores[free],
                jac=lambda x, whole=whole: objective.jacobian(whole(x))[:, free],
                max_nfev=60, xtol=1e-5, ftol=1e-5,
            )  # fmt: skip
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

    starts : optimisations, from points of the prior; walkers : of each of the two ensembles, when they sample
    steps, minutes : at most, of each walker and of this call; sampling ends as soon as the chains have converged
    workers : processes; the numbers do not depend on how many
    work : where everything done so far is kept (scratch/calibration); the same call again goes on from it, unless
        `restart`
    raises : NicheError for settings that cannot work; NotConverged, and then nothing is written to `folder`
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
    inputs = inputs_hash(objective.rows, objective.keys, APART)
    store = Store(
        work or root().parent / "scratch" / "calibration",
        {"inputs": inputs, "code": code(*_SAMPLING), "starts": starts, "walkers": walkers, "seed": seed},
        restart,
    )
    if store.load("optimum-000") is not None:
        print(f"niche: going on from what was done before ({store.folder}); --restart begins anew", file=sys.stderr)
    found = fit(
        objective, store, starts=starts, walkers=walkers, steps=steps, minutes=minutes, seed=seed, workers=workers
    )  # fmt: skip
    flat = found.chains.reshape(-1, found.chains.shape[-1])
    if len(flat) < draws:
        raise NicheError(f"{draws} draws were asked for, the chains hold {len(flat)}")
    chosen = flat[np.sort(np.random.default_rng([seed, 3]).permutation(len(flat))[:draws])]
    made = manifest(found, chosen, inputs, time.time() - began)
    made |= {"seed": seed, "starts": starts, "walkers": walkers}
    write_posterior(dict(found.objective.posterior(chosen).draws), made, folder)
    return made
