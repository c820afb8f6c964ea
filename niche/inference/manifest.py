"""What a posterior was made of, and how well it was made."""

import ast
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import niche
from niche.evidence.plans import read_experiments
from niche.evidence.rows import evidence
from niche.model.state import Parameters
from niche.params.layers import read_registry

# Drawn from their priors apart from the fit: measured tightly, or seen by no calibration row.
APART = ("model:Kd_NA_b1", "model:Kd_NA_b2", "model:oestrogen_rankl")


def fitted_target(row: str) -> tuple[float, float, str]:
    restated, measured = read_experiments()[row].observed, evidence(row)
    if restated is not None:
        return restated.value, restated.sd, restated.scale
    assert measured.value is not None
    assert measured.sd is not None
    return measured.value, measured.sd, measured.scale


def inputs_hash(rows: Sequence[str], keys: Sequence[str], apart: Sequence[str]) -> str:
    """A hash of what a posterior depends on: the model's equations, priors, fitted rows and their experiments.

    rows, keys : what was fitted to what; apart : uncertain parameters left to their priors

    Notes, labels, comments and docstrings are left out: to reword them does not make a posterior stale. Nor does a
    tumour line, drug or condition that none of the rows uses.
    """
    content: list[Any] = [_equations(file) for file in sorted((Path(niche.__file__).parent / "model").glob("*.py"))]
    content += [Parameters._fields, tuple(keys), tuple(apart)]
    registry = read_registry()
    apart_from = {*registry.lines, *registry.drugs, *registry.conditions} - layers_of(rows)
    entries = [(name, e) for name, e in sorted(registry.entries().items()) if e.layer not in apart_from]
    content += [(name, e.value, e.range, e.prior) for name, e in entries]
    for row in rows:
        plan = read_experiments()[row]
        assert plan.experiment is not None
        where = plan.experiment
        content += [row, fitted_target(row), plan.readings, sorted(where.host.items()), sorted(where.changes.items())]
        content += [(arm, protocol) for arm, protocol in sorted(where.arms.items())]
    return hashlib.sha256(repr(content).encode()).hexdigest()


def layers_of(rows: Sequence[str]) -> set[str]:
    """The model, and the systems, tumour lines, drugs and conditions of the hosts and arms that these rows read."""
    plans, layers = read_experiments(), {"model"}
    for row in rows:
        experiment = plans[row].experiment
        assert experiment is not None
        layers |= {experiment.host["system"], experiment.host.get("tumour", "model")}
        for arm in {arm for reading in plans[row].readings for arm in reading.arms}:
            layers |= {step.name for step in experiment.arms[arm].steps}
    return layers


def code_hash(*names: str) -> str:
    """A hash of modules of niche, without comments and docstrings."""
    texts = [_equations(Path(niche.__file__).parent / f"{name}.py") for name in names]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _equations(file: Path) -> str:
    """A module's code without comments and docstrings."""
    return _bare(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=256)
def _bare(source: str) -> str:
    tree = ast.parse(source)
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


def manifest(found: Any, chosen: np.ndarray, inputs: str, seconds: float) -> dict:
    """How the posterior was made and how well: convergence, optima, contraction, row scores.

    found : a `niche.inference.fit.Fit`; chosen : the scores (draws, k) that are shipped
    """
    import arviz_stats

    objective, flat = found.objective, found.chains.reshape(-1, found.chains.shape[-1])
    at_best = found.objective.rows_scores(_of(found, found.optima[0].scores)[None])[0]
    spread = objective.rows_scores(chosen[:: max(1, len(chosen) // 400)])
    versions = {name: __import__(name).__version__ for name in ("numpy", "scipy", "numba", "emcee")}
    columns = {name: [r[name] for r in found.table.values()] for name in next(iter(found.table.values()))}
    return {
        "how": "niche calibrate",
        "inputs_sha256": inputs,
        "versions": versions | {"arviz_stats": arviz_stats.__version__},
        "parameters": len(objective.keys),
        "prior_only": sorted(found.prior_only),
        "optima": [{"cost": round(o.cost, 2), "rows": round(o.rows, 2)} for o in found.optima],
        "acceptance": round(found.acceptance, 3),
        "steps": found.steps,
        "rhat_max": round(max(columns["rhat"]), 4),
        "rhat_ensembles_max": round(max(columns["rhat_ensembles"]), 4),
        "rhat_walkers_max": round(max(columns["rhat_walkers"]), 4),
        "ess_bulk_min": int(min(columns["ess_bulk"])),
        "ess_tail_min": int(min(columns["ess_tail"])),
        "autocorrelation_steps": {
            "median": round(float(np.median(columns["autocorrelation"])), 1),
            "max": round(float(np.max(columns["autocorrelation"])), 1),
        },
        "convergence": {
            key: {"rhat": round(r["rhat"], 4), "ess_bulk": int(r["ess_bulk"]), "ess_tail": int(r["ess_tail"])}
            for key, r in found.table.items()
        },
        "identical_draws": len(chosen) - len(np.unique(chosen, axis=0)),
        "contraction": {  # posterior over prior sd, in standard scores: 1 means that no row informed it
            key: round(float(s), 3) for key, s in zip(objective.keys, flat.std(axis=0), strict=True)
        },
        "rows": {
            row: {
                "best": round(float(b), 2),
                "median": round(float(np.median(column)), 2),
                "low": round(float(np.quantile(column, 0.05)), 2),
                "high": round(float(np.quantile(column, 0.95)), 2),
            }
            for row, b, column in zip(objective.rows, at_best, spread.T, strict=True)
        },
        "minutes": round(seconds / 60, 1),
    }


def _of(found: Any, scores: np.ndarray) -> np.ndarray:
    """Of scores of all fitted parameters those that were sampled, in their order."""
    every = dict(zip(sorted((*found.objective.keys, *found.prior_only)), scores, strict=True))
    return np.array([every[key] for key in found.objective.keys])


def identifiability(manifest: dict) -> list[dict]:
    """What the rows say about each parameter: a table of parameter, contraction and mark, the best informed first.

    contraction : posterior over prior sd in standard scores; not sampled because no row responds to it: 1
    mark : "informed" below 0.65, "weak" below 0.9, "prior" otherwise
    """
    contraction = {**dict.fromkeys(manifest.get("prior_only", ()), 1.0), **manifest["contraction"]}
    return [
        {"parameter": key, "contraction": value, "mark": _mark(value)}
        for key, value in sorted(contraction.items(), key=lambda item: (item[1], item[0]))
    ]


def _mark(contraction: float) -> str:
    return "informed" if contraction < 0.65 else "weak" if contraction < 0.9 else "prior"
