"""Whether the stored draws are still draws of the posterior, though what it depends on was touched.

Code that moves, a name that changes, a table that is written in another way: each changes what a posterior is keyed on
and none changes its density. So the manifest keeps the density at some of the draws, fitted row by fitted row; where it
comes out the same the draws are what a new calibration would sample, and the manifest is keyed anew.
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from niche.errors import NicheError
from niche.files import write_whole
from niche.inference import validation
from niche.inference.depends import changed_parts, present_parts
from niche.inference.objective import Objective, fitted_keys, fitted_rows
from niche.inference.refit import scores_of
from niche.params.layers import read_registry
from niche.params.posterior import read_manifest, read_posterior, write_manifest
from niche.params.records import root

# Errors of a measurement. Another processor moves a row by less than a thousandth of this; the smallest change of a
# number that matters to anybody, one in the last printed digit of a measurement, moves it by more than that.
ABSOLUTE, RELATIVE = 1e-3, 1e-4
_TOLD = 5


def confirm(folder: Path | None = None) -> list[str]:
    """Key the manifest of the posterior in `folder` (params/posterior) anew if its density is what it was.

    Returns
    -------
    list[str]
        what had changed, by name; empty if the posterior was current, and then nothing is written

    Raises
    ------
    NicheError
        with rows and by how much, if the density is another, or cannot be compared
    """
    manifest, now = read_manifest(folder), present_parts()
    changed = changed_parts(manifest.get("depends") or {}, now)
    if changed:
        if found := differences(manifest, folder):
            more = f"\n  and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
            raise NicheError(
                "the stored draws are not draws of the posterior of today; 'niche calibrate' makes new ones\n  "
                + "\n  ".join(found[:_TOLD])
                + more
            )
        write_manifest({**manifest, "depends": now}, folder)
    return changed


def confirm_validation(folder: Path | None = None) -> list[str]:
    """Give the stored validation a new stamp if what is quickly predicted again comes out as it is stored.

    That is every row that was never fitted, and every paper that is left out by new weights of the draws; refits and
    variants of the model are not made again.

    Returns
    -------
    list[str]
        the parts of the stamp that had changed; empty if it was current, and then nothing is written

    Raises
    ------
    NicheError
        with rows and by how much, if a prediction is another, or there is no validation
    """
    file = (folder or root() / "posterior") / validation.FILE
    if not file.is_file():
        raise NicheError(f"{file} is missing; run 'niche validate'")
    stored, stamp = json.loads(file.read_text(encoding="utf-8")), validation.validation_stamp(folder)
    changed = [name for name, now in stamp.items() if stored["stamp"].get(name) != now]
    if changed:
        found = validation.predict_unfitted(len(read_posterior(folder)), folder)
        said = _lists("rows that were never fitted and", stored["unfitted"], found)
        said += [
            line
            for row in {*found} & {*stored["unfitted"]}
            for line in _unlike(row, stored["unfitted"][row], found[row])
        ]
        weighted = [row for paper in stored["papers"].values() if paper["how"] == "weights" for row in paper["rows"]]
        again = validation.predict_left_out(stored["papers"], folder)
        said += [line for row in weighted for line in _unlike(row, stored["rows"][row], again[row])]
        if said:
            raise NicheError(
                "the stored validation does not hold any more; run 'niche validate'\n  " + "\n  ".join(said[:_TOLD])
            )
        write_whole(file, json.dumps(stored | {"stamp": stamp}, indent=1, sort_keys=True, allow_nan=False) + "\n")
    return changed


def _unlike(row: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Numbers of a prediction that are not what they were; five digits are stored, the last may be another."""
    pairs = [(name, old[name], new.get(name)) for name in old if name not in ("in50", "in90")]
    return [
        f"{row}, {name}: {a} before, {b} now"
        for name, a, b in pairs
        if a != b and (a is None or b is None or not math.isclose(a, b, rel_tol=1e-3, abs_tol=ABSOLUTE))
    ]


def differences(manifest: dict[str, Any], folder: Path | None = None) -> list[str]:
    """Where the density at the stored draws is not what the manifest keeps: rows in words, the farthest first."""
    stored, rows = manifest.get("probe"), fitted_rows()
    if not isinstance(stored, dict):
        raise NicheError("the manifest of the posterior keeps no density to compare with; run 'niche calibrate'")
    draws = read_posterior(folder).draws
    said = [
        *_lists("fitted rows", stored["rows"], rows),
        *_lists("fitted parameters", [*draws, *manifest.get("prior_only", ())], fitted_keys(rows)),
    ]
    if said:
        return said
    keys, entries = tuple(key for key in fitted_keys(rows) if key in draws), read_registry().uncertain()
    picked = np.array(stored["draws"])
    scores = np.stack([scores_of(entries[key], draws[key][picked]) for key in keys], axis=1)
    found = Objective(keys, rows, threads=1).rows_scores(scores)
    pairs = {f"row {row}": (np.array(stored["rows"][row]), column) for row, column in zip(rows, found.T, strict=True)}
    pairs["priors of the fitted parameters"] = (np.array(stored["prior"]), (scores**2).sum(axis=1))
    away = {name: np.abs(new - old) / (ABSOLUTE + RELATIVE * np.abs(old)) for name, (old, new) in pairs.items()}
    worst = sorted((name for name in away if not away[name].max() <= 1), key=lambda name: -away[name].max())
    return [_in_words(name, *pairs[name]) for name in worst]


def _lists(what: str, before: Any, now: Any) -> list[str]:
    new, gone = sorted({*now} - {*before}), sorted({*before} - {*now})
    return [f"{what} that are {word}: {', '.join(names)}" for word, names in (("new", new), ("gone", gone)) if names]


def _in_words(name: str, old: np.ndarray, new: np.ndarray) -> str:
    at = int(np.argmax(np.where(np.isfinite(new), np.abs(new - old), np.inf)))
    unit = "squared standard scores" if name.startswith("priors") else "errors of the measurement"
    return f"{name}: {old[at]:.5g} before, {new[at]:.5g} now ({unit}, at draw {at + 1} of {len(old)})"
