"""The long runs: sensitivity and ranges of every head, and every mutant. They use all cores, and a killed run goes on.

Each finished piece is kept in scratch/ under a hash of what it depends on; the tables are made from the pieces.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from niche.analysis import stored
from niche.analysis.mutants import Mutant, Noticed, all_mutants, try_out
from niche.analysis.robustness import ParameterSweep, sweep_parameter
from niche.analysis.sensitivity import OTHERS, Sensitivity, analysed, ranked, sensitivity
from niche.analysis.stored import Record
from niche.inference.checkpoint import Store
from niche.params.records import root
from niche.processes import ProcessPool

SURVEY: Mapping[str, int] = {
    "samples": 512,
    "trajectories": 20,
    "seed": 1,
    "draws": 100,
    "points": 7,
    "swept": 4,
}
TRIAL: Mapping[str, int] = {"draws": 60, "seed": 1}
Pieces = dict[str, list[Record]]


def survey(
    settings: Mapping[str, int] = SURVEY, *, workers: int | None = None, restart: bool = False, work: Path | None = None
) -> Pieces:
    """Sensitivity and ranges of every head, written to params/sensitivity; returns the tables.

    Parameters
    ----------
    workers
        processes (all cores); the numbers do not depend on how many
    """
    stamps = {name: stored.stamp_of(name, stored.SENSITIVITY, settings) for name in analysed()}
    tasks = {name: (name, dict(settings)) for name in stamps}
    pieces = _perform(one_head, tasks, stamps, work or _work("sensitivity"), "head", workers, restart)
    tables: Pieces = {}
    for name in stamps:  # in the order of the propositions, whichever ended first
        for table, rows in pieces[name].items():
            tables.setdefault(table, []).extend(rows)
    stored.write_stored(stored.SENSITIVITY, tables, {"settings": dict(settings), "propositions": stamps})
    return tables


def trial(
    settings: Mapping[str, int] = TRIAL, *, workers: int | None = None, restart: bool = False, work: Path | None = None
) -> list[Record]:
    """Every mutant tried out on every supported proposition, written to params/sensitivity; returns the table."""
    stamps = {name: stored.stamp_of(name, stored.MUTANTS, settings) for name in stored.stamped(stored.MUTANTS)}
    every = all_mutants()
    tasks = {str(one): (one, settings["draws"], settings["seed"]) for one in every}
    one_stamp = json.dumps(stamps, sort_keys=True)
    pieces = _perform(
        one_mutant, tasks, dict.fromkeys(tasks, one_stamp), work or _work("mutants"), "mutant", workers, restart
    )
    rows = [row for one in every for row in pieces[str(one)]["mutants"]]
    stored.write_stored(stored.MUTANTS, {"mutants": rows}, {"settings": dict(settings), "propositions": stamps})
    return rows


def one_head(name: str, settings: Mapping[str, int]) -> Pieces:
    """The tables of one proposition; numbers as they are."""
    sizes = {key: settings[key] for key in ("samples", "trajectories", "seed")}
    found = sensitivity(name, **sizes, workers=1)  # type: ignore[arg-type]
    tables = tables_of(found)
    tables["sweeps"] = []
    if found.shares is not None:
        best = [found.shares.names[i] for i in ranked(found.shares.names, found.shares.total)]
        keys = [key for key in best if key != OTHERS][: settings["swept"]]
        held = {key: settings[key] for key in ("draws", "points", "seed")}
        for one in sweep_parameter(name, keys, workers=1, **held):
            tables["sweeps"] += rows_of(one)
    return tables


def one_mutant(mutant: Mutant, draws: int, seed: int) -> Pieces:
    """What one mutant does to every supported proposition."""
    return {"mutants": [row_of(try_out(mutant, draws, seed))]}


def tables_of(found: Sensitivity) -> Pieces:
    """A head's numbers as tables: "heads", "effects" (Morris), "shares" (Sobol), "course" (as the sample grows)."""
    about, shares, e = {"proposition": found.proposition}, found.shares, found.effects
    known = np.full(len(e.names), np.nan) if found.known is None else found.known
    tables: Pieces = {"heads": [], "effects": [], "shares": [], "course": []}
    tables["heads"].append(
        {
            **about,
            "scale": found.scale,
            "inputs": found.inputs,
            "parameters": len(e.names),
            "joint": found.joint,
            "independent": found.independent,
            "runs": found.runs,
            "failed": e.failed + (shares.failed if shares else 0),
        }
    )
    for i in ranked(e.names, e.mean_absolute):
        tables["effects"].append(
            {
                **about,
                "parameter": e.names[i],
                "mean": float(e.mean[i]),
                "mean_absolute": float(e.mean_absolute[i]),
                "error": float(e.error[i]),
                "spread": float(e.spread[i]),
                "first_half": float(e.halves[i]),
                "known": float(known[i]),
            }
        )
    for i in ranked(shares.names, shares.total) if shares is not None else ():
        assert shares is not None
        name = {**about, "parameter": shares.names[i]}
        tables["shares"].append(
            {
                **name,
                "first": float(shares.first[i]),
                "first_error": float(shares.first_error[i]),
                "total": float(shares.total[i]),
                "total_error": float(shares.total_error[i]),
            }
        )
        for size, (first, total) in zip(shares.sizes, shares.course[:, i], strict=True):
            tables["course"].append({**name, "samples": int(size), "first": float(first), "total": float(total)})
    return tables


def rows_of(one: ParameterSweep) -> list[Record]:
    """A sweep as rows of a table.

    `side` is the share of draws on the side on which most are with nothing held.
    """
    about = {
        "proposition": one.proposition,
        "parameter": one.parameter,
        "unit": one.unit,
        "middle": one.middle,
        "least": one.least,
        "base": one.base,
    }
    return [{**about, **point._asdict()} for point in one.points]


def row_of(found: Noticed) -> Record:
    """A mutant as a row of a table; `by` names the propositions that notice, `first` what the first of them sees."""
    first = next(iter(found.by.values()), ("",))[0]
    parts = sum(len(changed) for changed in found.by.values())
    return {
        "mutant": str(found.mutant),
        "kind": found.mutant.kind,
        "place": found.mutant.place,
        "touched": found.touched,
        "propositions": len(found.by),
        "parts": parts,
        "by": " ".join(found.by),
        "first": first,
    }


def _perform(
    function: Callable[..., Pieces],
    tasks: Mapping[str, tuple],
    stamps: Mapping[str, str],
    work: Path,
    unit: str,
    workers: int | None,
    restart: bool,
) -> dict[str, Pieces]:
    """Do what is not done yet, in any order; a bar says what is left and for how long."""
    from tqdm import tqdm

    stores = {name: Store(work, {"task": name, "stamp": stamps[name]}, restart) for name in tasks}
    pieces = {name: found for name, store in stores.items() if (found := _load(store)) is not None}
    left = [name for name in tasks if name not in pieces]
    if left:
        count = min(workers or os.cpu_count() or 1, len(left))
        with ProcessPool(count) as pool, tqdm(total=len(tasks), initial=len(pieces), unit=unit) as bar:
            for i, found in pool.as_completed(function, [tasks[name] for name in left]):
                stores[left[i]].save("tables", {"json": np.array(json.dumps(found))})
                pieces[left[i]] = found
                bar.update()
    return pieces


def _load(store: Store) -> Pieces | None:
    found = store.load("tables")
    return None if found is None or "json" not in found else json.loads(str(found["json"]))


def _work(name: str) -> Path:
    return root().parent / "scratch" / name
