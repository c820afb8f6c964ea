"""What a posterior was made of, and how well it was made."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from niche.evidence.plans import read_experiments
from niche.evidence.rows import evidence
from niche.params.layers import read_registry

PROBED = 40  # draws at which the density is kept
# Drawn from their priors apart from the fit: measured tightly, or seen by no calibration row.
APART = ("model:Kd_NA_b1", "model:Kd_NA_b2", "model:oestrogen_rankl")


def fitted_target(row: str) -> tuple[float, float, str]:
    restated, measured = read_experiments()[row].observed, evidence(row)
    if restated is not None:
        return restated.value, restated.sd, restated.scale
    assert measured.value is not None
    assert measured.sd is not None
    return measured.value, measured.sd, measured.scale


def layers_of(rows: Sequence[str]) -> set[str]:
    """The model, and the systems, tumour lines, drugs, their couplings, and conditions that these rows read."""
    plans, registry, layers = read_experiments(), read_registry(), {"model"}
    for row in rows:
        experiment = plans[row].experiment
        assert experiment is not None
        layers |= {experiment.host["system"], *(experiment.host.get(key, "model") for key in ("tumour", "bone"))}
        for arm in {arm for reading in plans[row].readings for arm in reading.arms}:
            layers |= {layer for step in experiment.arms[arm].steps for layer in registry.layers_of_drug(step.name)}
    return layers


def manifest(found: Any, chosen: np.ndarray, depends: Mapping[str, Any], seconds: float) -> dict:
    """How the posterior was made and how well: convergence, optima, contraction, row scores.

    Parameters
    ----------
    found
        a `niche.inference.fit.Fit`
    chosen
        the scores (draws, k) that are shipped
    depends
        what it was made of, as `niche.inference.depends.density_parts` says
    """
    import arviz_stats

    objective, flat = found.objective, found.chains.reshape(-1, found.chains.shape[-1])
    at_best = found.objective.rows_scores(_of(found, found.optima[0].scores)[None])[0]
    spread = objective.rows_scores(chosen[:: max(1, len(chosen) // 400)])
    versions = {name: __import__(name).__version__ for name in ("numpy", "scipy", "numba", "emcee")}
    columns = {name: [r[name] for r in found.table.values()] for name in next(iter(found.table.values()))}
    return {
        "how": "niche calibrate",
        "depends": dict(depends),
        "probe": probe(objective, chosen),
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


def probe(objective: Any, scores: np.ndarray) -> dict[str, Any]:
    """The density at some of the draws, by which `niche calibrate --confirm` knows it again.

    Parameters
    ----------
    draws
        which ones
    rows
        scores of each fitted row there
    prior
        sums of the squared scores (draws, k)
    """
    picked = np.linspace(0, len(scores) - 1, min(PROBED, len(scores))).astype(int)
    rows = objective.rows_scores(scores[picked])
    return {
        "draws": picked.tolist(),
        "prior": [_plain(value) for value in (scores[picked] ** 2).sum(axis=1)],
        "rows": {row: [_plain(v) for v in column] for row, column in zip(objective.rows, rows.T, strict=True)},
    }


def _plain(value: float) -> float:
    return float(f"{value:.8g}")


def _of(found: Any, scores: np.ndarray) -> np.ndarray:
    """Of scores of all fitted parameters those that were sampled, in their order."""
    every = dict(zip(sorted((*found.objective.keys, *found.prior_only)), scores, strict=True))
    return np.array([every[key] for key in found.objective.keys])


def identifiability(manifest: dict) -> list[dict]:
    """What the rows say about each parameter: a table of parameter, contraction and mark, the best informed first.

    Parameters
    ----------
    contraction
        posterior over prior sd in standard scores; not sampled because no row responds to it: 1
    mark
        "informed" below 0.65, "weak" below 0.9, "prior" otherwise
    """
    contraction = {**dict.fromkeys(manifest.get("prior_only", ()), 1.0), **manifest["contraction"]}
    return [
        {"parameter": key, "contraction": value, "mark": _mark(value)}
        for key, value in sorted(contraction.items(), key=lambda item: (item[1], item[0]))
    ]


def _mark(contraction: float) -> str:
    return "informed" if contraction < 0.65 else "weak" if contraction < 0.9 else "prior"
