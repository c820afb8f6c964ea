"""Fit the uncertain parameters to the rows whose role is calibrate, from many starts, and sample the posterior.

Coordinates are standard scores of the priors: every parameter is N(0, 1) before it sees data, bounds are met by
construction, and the prior's penalty is a plain sum of squares. Sampling is emcee's differential evolution
(ter Braak & Vrugt 2008, doi:10.1007/s11222-008-9104-9), started from the Gaussian around the best optima.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from niche._manifest import APART, manifest, target
from niche.errors import NicheError
from niche.evidence import read_evidence
from niche.experiments import read_experiments
from niche.layers import read_book
from niche.posterior import Posterior, write_posterior
from niche.predict import Laboratory

_RTOL = 1e-5  # moves a row by less than a hundredth of its error
_MISSED = 8.0  # standard score given to a row that a draw has nothing to say on


class Optimum(NamedTuple):
    """One end of an optimisation: standard scores (k,), cost (chi2 of rows + prior), and the rows' part of it."""

    scores: np.ndarray
    cost: float
    rows: float


def fitted_rows() -> tuple[str, ...]:
    """Numeric rows whose role is calibrate and that the model can observe, in the order of the files."""
    plans, rows = read_experiments(), read_evidence()
    chosen = [r for r, plan in plans.items() if rows[r].role == "calibrate" and not plan.cannot]
    return tuple(r for r in chosen if plans[r].observed is not None or rows[r].numeric)


def fitted_keys(rows: Sequence[str]) -> tuple[str, ...]:
    """Every uncertain parameter that the rows' hosts and arms use."""
    book, plans = read_book(), read_experiments()
    layers = {"model"}
    for row in rows:
        experiment = plans[row].experiment
        assert experiment is not None
        layers |= {experiment.host["system"], experiment.host.get("tumour", "model")}
        used = {r.treated for r in plans[row].readings} | {r.control for r in plans[row].readings}
        for arm in used - {None}:
            layers |= {step.name for step in experiment.arms[str(arm)].steps}
    return tuple(key for key, entry in sorted(book.uncertain().items()) if entry.layer in layers and key not in APART)


class Objective:
    """Standard scores of parameters -> standard scores of rows. Pure: same scores, same answer."""

    def __init__(self, keys: Sequence[str], rows: Sequence[str]) -> None:
        self.keys, self.rows = tuple(keys), tuple(rows)
        self._entries = [read_book().uncertain()[key] for key in self.keys]
        # Whatever is not fitted stays at its prior median, so that the same scores always give the same answer.
        others = [e for key, e in read_book().uncertain().items() if key not in self.keys]
        self._fixed = {e.key: e.sample(np.array(0.5)) for e in others}
        self._targets = [target(row) for row in self.rows]

    def posterior(self, scores: np.ndarray) -> Posterior:
        """Parameter values of scores (n, k)."""
        from scipy.special import ndtr

        quantiles = ndtr(np.atleast_2d(scores))
        values = {e.key: e.sample(quantiles[:, i]) for i, e in enumerate(self._entries)}
        return Posterior(MappingProxyType(values))

    def _complete(self, scores: np.ndarray) -> Posterior:
        still = {key: np.full(len(scores), value) for key, value in self._fixed.items()}
        return Posterior(MappingProxyType({**self.posterior(scores).draws, **still}))

    def rows_scores(self, scores: np.ndarray) -> np.ndarray:
        """(model - measured) / error for scores (n, k): shape (n, rows); clipped where nothing can be read."""
        n = len(np.atleast_2d(scores))
        half = (n + 1) // 2 if n >= 16 else n
        parts = [np.atleast_2d(scores)[i : i + half] for i in range(0, n, half)]
        with ThreadPoolExecutor(len(parts)) as pool:
            return np.concatenate(list(pool.map(self._some, parts)))

    def _some(self, scores: np.ndarray) -> np.ndarray:
        lab = Laboratory(len(scores), seed=0, posterior=self._complete(scores), workers=1, rtol=_RTOL)
        out = np.empty((len(scores), len(self.rows)))
        for i, (row, (value, sd, scale)) in enumerate(zip(self.rows, self._targets, strict=True)):
            effect = lab.effect(row)
            with np.errstate(divide="ignore", invalid="ignore"):
                out[:, i] = ((np.log(effect) - np.log(value)) if scale == "log" else effect - value) / sd
        # Far out a score grows only slowly, so that one absurd row does not hide the others from a search.
        out = np.where(np.isfinite(out), out, _MISSED)
        beyond = np.maximum(np.abs(out) - _MISSED, 0.0)
        return np.sign(out) * (np.minimum(np.abs(out), _MISSED) + np.log1p(beyond))

    def log_posterior(self, scores: np.ndarray) -> np.ndarray:
        """Log density (up to a constant) of scores (n, k), shape (n,)."""
        scores = np.atleast_2d(scores)
        return np.asarray(-0.5 * ((self.rows_scores(scores) ** 2).sum(axis=1) + (scores**2).sum(axis=1)))

    def residuals(self, x: np.ndarray) -> np.ndarray:
        """Rows and prior of one score vector (k,), for least squares."""
        return np.concatenate([self.rows_scores(x[None])[0], x])

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """Central differences, all at once."""
        k, step = len(x), 2e-3
        shifts = np.concatenate([x + step * np.eye(k), x - step * np.eye(k)])
        found = self.rows_scores(shifts)
        return np.concatenate([(found[:k] - found[k:]).T / (2 * step), np.eye(k)])


def optimise(objective: Objective, start: np.ndarray) -> Optimum:
    """Least squares from one start."""
    from scipy.optimize import least_squares

    found = least_squares(
        objective.residuals, start, jac=objective.jacobian, method="trf", max_nfev=60, xtol=1e-5, ftol=1e-5
    )
    rows = float((objective.rows_scores(found.x[None]) ** 2).sum())
    return Optimum(found.x, float(2 * found.cost), rows)


def sample(objective: Objective, optima: Sequence[Optimum], walkers: int, steps: int, seed: int) -> Any:
    """An emcee sampler after `steps` steps, started around the optima within 10 of the best."""
    import emcee
    from tqdm import tqdm

    generator = np.random.default_rng([seed, 2])
    best = min(o.cost for o in optima)
    near = [o for o in optima if o.cost < best + 10]
    clouds = []
    for optimum in near[:walkers]:
        jacobian = objective.jacobian(optimum.scores)
        clouds.append((optimum.scores, np.linalg.cholesky(np.linalg.inv(jacobian.T @ jacobian))))
    places = [clouds[i % len(clouds)] for i in range(walkers)]
    first = np.array([centre + cloud @ generator.standard_normal(len(centre)) for centre, cloud in places])
    moves = [(emcee.moves.DEMove(), 0.7), (emcee.moves.DESnookerMove(), 0.2), (emcee.moves.StretchMove(), 0.1)]
    sampler = emcee.EnsembleSampler(walkers, first.shape[1], objective.log_posterior, moves=moves, vectorize=True)
    # emcee moves by its own stream, which the state carries: the seed makes a run repeat.
    state = emcee.State(first, random_state=np.random.RandomState(seed).get_state())
    for _ in tqdm(sampler.sample(state, iterations=steps), total=steps, desc="sampling", mininterval=2.0):
        pass
    return sampler


def calibrate(
    *,
    starts: int = 16,
    walkers: int = 160,
    steps: int = 2500,
    draws: int = 1000,
    seed: int = 1,
    folder: Path | None = None,
) -> dict:
    """Fit, sample and ship: writes draws and manifest to `folder` (params/posterior) and returns the manifest.

    starts : optimisations, from points of the prior; walkers, steps : of the sampler, the first third discarded
    raises : NicheError for settings that cannot work
    """
    from tqdm import tqdm

    for name, value, least in (
        ("starts", starts, 2),
        ("walkers", walkers, 20),
        ("steps", steps, 30),
        ("draws", draws, 10),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise NicheError(f"{name} must be a whole number of at least {least}, got {value!r}")
    began = time.time()
    rows = fitted_rows()
    objective = Objective(fitted_keys(rows), rows)
    generator = np.random.default_rng([seed, 1])
    k = len(objective.keys)
    if walkers <= 2 * k:
        raise NicheError(f"walkers must be more than twice the {k} parameters, got {walkers}")
    optima = [
        optimise(objective, generator.standard_normal(k) * 0.7)
        for _ in tqdm(range(starts), desc="optimising", mininterval=2.0)
    ]
    optima.sort(key=lambda o: o.cost)
    sampler = sample(objective, optima, walkers, steps, seed)
    chain = sampler.get_chain(discard=steps // 3)
    flat = chain.reshape(-1, k)
    chosen = np.sort(np.random.default_rng([seed, 3]).permutation(len(flat))[:draws])
    values = objective.posterior(flat[chosen]).draws
    made = manifest(objective, optima, sampler, chain, flat, time.time() - began)
    made |= {"seed": seed, "starts": starts, "walkers": walkers, "steps": steps}
    write_posterior(dict(values), made, folder)
    return made
