"""What a posterior was made of, and how well it was made."""

import ast
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from niche.evidence import evidence
from niche.experiments import read_experiments
from niche.layers import read_book
from niche.model.state import Parameters

# Drawn from their priors apart from the fit: measured tightly, or seen by no calibration row.
APART = ("model:Kd_NA_b1", "model:Kd_NA_b2", "model:oestrogen_rankl")


def target(row: str) -> tuple[float, float, str]:
    restated, measured = read_experiments()[row].observed, evidence(row)
    if restated is not None:
        return restated.value, restated.sd, restated.scale
    assert measured.value is not None
    assert measured.sd is not None
    return measured.value, measured.sd, measured.scale


def inputs_hash(rows: Sequence[str], keys: Sequence[str], apart: Sequence[str]) -> str:
    """A hash of what a posterior depends on: the model's equations, priors, fitted rows and their experiments.

    rows, keys : what was fitted to what; apart : uncertain parameters left to their priors

    Notes, labels, comments and docstrings are left out: to reword them does not make a posterior stale.
    """
    content: list[Any] = [_equations(file) for file in sorted((Path(__file__).parent / "model").glob("*.py"))]
    content += [Parameters._fields, tuple(keys), tuple(apart)]
    book = read_book()
    entries = {**book.model, **{e.key: e for s in book.systems.values() for e in s.parameters.values()}}
    entries |= book.uncertain()
    content += [(name, e.value, e.range, e.prior) for name, e in sorted(entries.items())]
    for row in rows:
        plan = read_experiments()[row]
        assert plan.experiment is not None
        where = plan.experiment
        content += [row, target(row), plan.readings, sorted(where.host.items()), sorted(where.changes.items())]
        content += [(arm, protocol) for arm, protocol in sorted(where.arms.items())]
    return hashlib.sha256(repr(content).encode()).hexdigest()


def _equations(file: Path) -> str:
    """A module's code without comments and docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            body.pop(0)
    return ast.unparse(tree)


def manifest(objective: Any, optima: list, sampler: Any, chain: np.ndarray, flat: np.ndarray, seconds: float) -> dict:
    """How the posterior was made and how well: optima, acceptance, autocorrelation, contraction, row scores."""
    import emcee

    tau = emcee.autocorr.integrated_time(chain, quiet=True)
    at_best = objective.rows_scores(optima[0].scores[None])[0]
    some = flat[:: max(1, len(flat) // 400)]
    spread = objective.rows_scores(some)
    return {
        "how": "niche calibrate",
        "inputs_sha256": inputs_hash(objective.rows, objective.keys, APART),
        "versions": {name: __import__(name).__version__ for name in ("numpy", "scipy", "numba", "emcee")},
        "parameters": len(objective.keys),
        "optima": [{"cost": round(o.cost, 2), "rows": round(o.rows, 2)} for o in optima],
        "acceptance": round(float(np.mean(sampler.acceptance_fraction)), 3),
        "autocorrelation_steps": {"median": round(float(np.median(tau)), 1), "max": round(float(np.max(tau)), 1)},
        "effective_samples": {
            "median": int(chain.shape[0] * chain.shape[1] / np.median(tau)),
            "min": int(chain.shape[0] * chain.shape[1] / np.max(tau)),
        },
        "contraction": {  # posterior over prior sd, in standard scores: 1 means that no row informed it
            key: round(float(s), 3) for key, s in zip(objective.keys, flat.std(axis=0), strict=True)
        },
        "rows": {
            row: {
                "best": round(float(b), 2), "median": round(float(np.median(column)), 2),
                "low": round(float(np.quantile(column, 0.05)), 2), "high": round(float(np.quantile(column, 0.95)), 2),
            }
            for row, b, column in zip(objective.rows, at_best, spread.T, strict=True)
        },
        "minutes": round(seconds / 60, 1),
    }  # fmt: skip
