"""Ship chains that have not met the criteria of `niche calibrate`: run on purpose, commit with the reason.

    python scripts/accept_posterior.py WORK_FOLDER/KEY "reason"

`niche calibrate` ships nothing that has not converged. Where that cannot be had, this takes the blocks that it left in
its work folder, writes draws and manifest, and puts the reason and every number that fails into the manifest, from
where the notebook of the calibration shows it.
"""

import json
import sys
from pathlib import Path

import numpy as np

from niche.inference.calibration import Objective, fitted_keys, fitted_rows
from niche.inference.checkpoint import Store
from niche.inference.diagnostics import diagnose, failing
from niche.inference.fit import Fit, _kept
from niche.inference.manifest import APART, inputs_hash, manifest
from niche.inference.sampler import BLOCK, STARTS
from niche.inference.search import Optimum, good, responsive
from niche.params.posterior import write_posterior

DRAWS, SEED = 1000, 1


class _Folder(Store):
    """A store that exists already."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder


def _seconds(folder: Path) -> float:
    """From the first file to the last: what it took, if it was not interrupted."""
    times = [file.stat().st_mtime for file in folder.iterdir()]
    return max(times) - min(times)


def main(folder: Path, reason: str) -> None:
    """Read what a calibration left in `folder`, and write params/posterior."""
    rows = fitted_rows()
    objective, store = Objective(fitted_keys(rows), rows), _Folder(folder)
    inputs = inputs_hash(objective.rows, objective.keys, APART)
    if json.loads((folder / "settings.json").read_text(encoding="utf-8"))["inputs"] != inputs:
        sys.exit(f"{folder} was sampled with another model, priors or rows than those here; nothing was written")
    found = [store.load(file.stem) for file in sorted(folder.glob("optimum-*.npz"))]
    optima = sorted(
        (Optimum(o["scores"], float(o["cost"]), float(o["rows"])) for o in found if o), key=lambda o: o.cost
    )
    seen = responsive(np.stack([objective.jacobian(o.scores) for o in good(optima)]))
    keys = tuple(key for key, yes in zip(objective.keys, seen, strict=True) if yes)
    blocks = [[b for f in sorted(folder.glob(f"block-{e}-*.npz")) if (b := store.load(f.stem))] for e in (0, 1)]
    chains, accepted = _kept(blocks)
    table = diagnose(chains, keys, STARTS)
    left_out = tuple(key for key in objective.keys if key not in keys)
    fit = Fit(objective.only(keys), left_out, optima, chains, table, accepted, BLOCK * min(map(len, blocks)))
    flat = chains.reshape(-1, len(keys))
    chosen = flat[np.sort(np.random.default_rng([SEED, 3]).permutation(len(flat))[:DRAWS])]
    made = manifest(fit, chosen, inputs, _seconds(folder))
    failures = failing(table)
    made |= {
        "how": "scripts/accept_posterior.py",
        "converged": not failures,
        "reason": reason,
        "failing": len(failures),
    }
    write_posterior(dict(fit.objective.posterior(chosen).draws), made)
    print(f"{len(failures)} of {len(keys)} parameters fail; R-hat {made['rhat_max']}, ESS {made['ess_bulk_min']}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
