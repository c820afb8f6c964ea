"""Ship chains that have not met the criteria of `niche calibrate`, on purpose and with a reason.

`niche calibrate` ships nothing that has not converged. Where that cannot be had, this takes the blocks that it left in
its work folder, writes draws and manifest, and puts the reason and every number that fails into the manifest, from
where the notebook of the calibration shows it.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from niche.errors import NicheError
from niche.inference.checkpoint import Store
from niche.inference.depends import chain_key, density_parts
from niche.inference.diagnostics import diagnose, failing
from niche.inference.fit import Fit, kept_chains
from niche.inference.manifest import APART, manifest
from niche.inference.objective import Objective, fitted_keys, fitted_rows
from niche.inference.sampler import BLOCK, STARTS
from niche.inference.search import Optimum, good, responsive
from niche.params.posterior import write_posterior
from niche.params.records import root


def accept(
    reason: str, *, draws: int = 1000, seed: int = 1, work: Path | None = None, folder: Path | None = None
) -> dict[str, Any]:
    """Write the posterior from what a calibration left in its work folder, converged or not; returns the manifest.

    Parameters
    ----------
    reason
        why that is good enough; it is kept in the manifest
    work
        where `niche calibrate` kept what it did (scratch/calibration); the folder of today's model and rows is
        taken

    Raises
    ------
    NicheError
        without a reason, or if nothing there was sampled with the model, priors and rows of today
    """
    if not reason.strip():
        raise NicheError("--accept needs the reason why these chains are good enough")
    rows = fitted_rows()
    objective = Objective(fitted_keys(rows), rows)
    parts = density_parts(objective.rows, objective.keys, APART)
    store = _opened(work or root().parent / "scratch" / "calibration", chain_key(parts))
    found = [store.load(file.stem) for file in sorted(store.folder.glob("optimum-*.npz"))]
    optima = sorted(
        (Optimum(o["scores"], float(o["cost"]), float(o["rows"])) for o in found if o), key=lambda o: o.cost
    )
    blocks = [[b for f in sorted(store.folder.glob(f"block-{e}-*.npz")) if (b := store.load(f.stem))] for e in (0, 1)]
    if not optima or not all(blocks):
        raise NicheError(f"{store.folder} holds no chains of both ensembles yet; run 'niche calibrate' for longer")
    seen = responsive(np.stack([objective.jacobian(o.scores) for o in good(optima)]))
    keys = tuple(key for key, yes in zip(objective.keys, seen, strict=True) if yes)
    chains, accepted = kept_chains(blocks)
    table = diagnose(chains, keys, STARTS)
    left_out = tuple(key for key in objective.keys if key not in keys)
    fit = Fit(objective.only(keys), left_out, optima, chains, table, accepted, BLOCK * min(map(len, blocks)))
    flat = chains.reshape(-1, len(keys))
    chosen = flat[np.sort(np.random.default_rng([seed, 3]).permutation(len(flat))[:draws])]
    failures = failing(table)
    made = manifest(fit, chosen, parts, _seconds(store.folder)) | {
        "how": "niche calibrate --accept",
        "converged": not failures,
        "reason": reason,
        "failing": len(failures),
    }
    write_posterior(dict(fit.objective.posterior(chosen).draws), made, folder)
    return made


def _opened(work: Path, key: str) -> Store:
    """The store of a calibration of today's model, priors and rows; the last one, if settings differ."""
    for file in sorted(work.glob("*/settings.json"), key=lambda file: -file.stat().st_mtime):
        settings = json.loads(file.read_text(encoding="utf-8"))
        if settings.get("chain") == key:
            return Store(work, settings)
    raise NicheError(f"nothing in {work} was sampled with the model, priors and rows of today; nothing was written")


def _seconds(folder: Path) -> float:
    """From the first file to the last: what it took, if it was not interrupted."""
    times = [file.stat().st_mtime for file in folder.iterdir()]
    return max(times) - min(times)
