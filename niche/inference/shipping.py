"""From chains to what is shipped: a thousand draws with what the model says of each row, and each paper left out."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from niche.files import write_whole
from niche.inference.blocks import CLASSES, spreads
from niche.inference.chains import summary
from niche.inference.diagnostics import Table, autocorrelation
from niche.inference.freeze import freeze_hash
from niche.inference.joint import JointObjective
from niche.inference.left_out import LeftOut, by_weights
from niche.inference.shape import refined
from niche.inference.shipped import FILE, Drawn, Shape, write_fit
from niche.inference.unfinished import FILE as UNFINISHED
from niche.params.records import root
from niche.processes import ProcessPool
from niche.provenance import digest_bytes

DRAWS = 1000  # at least so many are shipped, as many of each walker
LEFT_OUT = "left_out"  # folder of params/
_TOGETHER = 48  # draws that a task simulates


def thinned(chains: np.ndarray, least: int = DRAWS) -> np.ndarray:
    """The same number of draws of each walker, far apart: (ensembles, walkers, steps, k) to (chains, draws, k)."""
    ensembles, walkers, steps, k = chains.shape
    draws = min(steps, -(-least // (ensembles * walkers)))
    places = np.linspace(0, steps - 1, draws).round().astype(int)
    return np.ascontiguousarray(chains[:, :, places].reshape(ensembles * walkers, draws, k))


def effects_at(pool: ProcessPool, objective: JointObjective, scores: np.ndarray) -> np.ndarray:
    """What the model says of each row at scores (n, k): (n, rows)."""
    pieces = [scores[i : i + _TOGETHER] for i in range(0, len(scores), _TOGETHER)]
    found: list[Any] = [None] * len(pieces)
    for i, piece in pool.as_completed(_effects, [(objective, piece) for piece in pieces]):
        found[i] = piece
    return np.concatenate(found)


def _effects(objective: JointObjective, scores: np.ndarray) -> np.ndarray:
    return objective.slopes().effects(scores)


def left_out_by_weights(parts: np.ndarray, objective: JointObjective) -> dict[str, LeftOut]:
    """Each paper left out, by weights of all draws of the fit.

    Parameters
    ----------
    parts
        of the log density at all draws, (ensembles, walkers, steps, parts)
    """
    slopes, flat = objective.slopes(), parts.reshape(-1, parts.shape[-1])
    each = parts.reshape(-1, *parts.shape[2:])
    found = {}
    for i, name in enumerate(slopes.names[:-1]):
        bounded = all(slopes.atoms[j].kind != "number" for j in slopes.rows_of(i))
        lag = autocorrelation(np.ascontiguousarray(each[:, :, i])) if np.ptp(flat[:, i]) else 1.0
        found[name] = by_weights(flat[:, i], bounded, max(1.0, lag) if np.isfinite(lag) else 1.0)
    return found


def ship(
    objective: JointObjective,
    chains: np.ndarray,
    parts: np.ndarray,
    sampler: Shape,
    made: Mapping[str, Any],
    *,
    workers: int = 2,
    folder: Path | None = None,
) -> dict[str, Any]:
    """Write posterior.nc, and params/left_out/whole.json with each paper left out; returns the manifest.

    Parameters
    ----------
    chains
        scores, (ensembles, walkers, steps, k)
    parts
        of the log density there, (ensembles, walkers, steps, parts)
    sampler
        what the sampler had learnt before these chains
    made
        what the fit was made of, and how well it was made

    Raises
    ------
    NicheError
        if a frozen table moved
    """
    base, hashed = folder or root(), freeze_hash()
    some, own = thinned(chains), thinned(parts)
    flat = some.reshape(-1, some.shape[-1])
    with ProcessPool(workers) as pool:
        effects = effects_at(pool, objective, flat)
    names = objective.slopes().names[:-1]
    drawn = Drawn(some, own, objective.keys, CLASSES, tuple(names))
    manifest = {"freeze": hashed, "on": date.today().isoformat(), "draws": len(flat), **made}
    shape = learnt_since(sampler, chains.reshape(-1, chains.shape[-1]))
    file = write_draws(base / "posterior" / FILE, objective, drawn, effects, shape, manifest)
    told = {
        "freeze": hashed,
        "posterior": digest_bytes(file.read_bytes()),
        "draws": int(np.prod(parts.shape[:3])),
        "changes": {},
    }
    papers = summary(left_out_by_weights(parts, objective))
    text = json.dumps({**told, "papers": papers}, indent=1, ensure_ascii=False)
    (base / LEFT_OUT).mkdir(parents=True, exist_ok=True)
    write_whole(base / LEFT_OUT / "whole.json", text + "\n")
    (base / "posterior" / UNFINISHED).unlink(missing_ok=True)
    return manifest


def learnt_since(before: Shape, draws: np.ndarray) -> Shape:
    """What a sampler knows once it has seen these draws (n, k), too."""
    mean, covariance = refined(before.covariance, draws)
    return before._replace(mean=mean, covariance=covariance)


def write_draws(
    path: Path,
    objective: JointObjective,
    drawn: Drawn,
    effects: np.ndarray,
    shape: Shape,
    manifest: Mapping[str, Any],
) -> Path:
    """Write draws with their values, and what the model says of each row at them, (draws, rows); returns the path."""
    flat, _ = drawn.flat()
    tau, _ = spreads(flat[:, -len(CLASSES) :])
    by_row = {atom.name: effects[:, j] for j, atom in enumerate(objective.atoms)}
    return write_fit(path, drawn, objective.complete(flat).draws, tau, by_row, shape, manifest)


def told_of(table: Table, accepted: float, steps: int) -> dict[str, Any]:
    """How well chains were made: for the manifest."""
    columns = {name: np.array([row[name] for row in table.values()]) for name in next(iter(table.values()))}
    return {
        "acceptance": round(accepted, 3),
        "steps": steps,
        "rhat_max": round(float(columns["rhat"].max()), 4),
        "rhat_ensembles_max": round(float(columns["rhat_ensembles"].max()), 4),
        "ess_bulk_min": int(columns["ess_bulk"].min()),
        "ess_tail_min": int(columns["ess_tail"].min()),
        "convergence": {
            key: {"rhat": round(r["rhat"], 4), "ess_bulk": int(r["ess_bulk"]), "ess_tail": int(r["ess_tail"])}
            for key, r in table.items()
        },
    }
