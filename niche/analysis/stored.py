"""What `niche sensitivity --all` and `niche mutate` found, kept in params/sensitivity with how it was made.

Each claim has a stamp: a hash of all that its numbers depend on. Tables of which a stamp no longer fits are refused.
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from niche.errors import NicheError
from niche.evidence.plans import read_experiments
from niche.evidence.rows import evidence
from niche.inference.manifest import code_hash, inputs_hash
from niche.params.layers import read_registry
from niche.params.records import read_folder, root
from niche.verdicts.claims import read_claims

Record = dict[str, Any]
SENSITIVITY, MUTANTS = "sensitivity", "mutants"
_HINT = {SENSITIVITY: "niche sensitivity --all", MUTANTS: "niche mutate"}
_CODE = {
    SENSITIVITY: ("analysis/indices", "analysis/sensitivity", "analysis/robustness", "analysis/parts"),
    MUTANTS: ("analysis/mutants", "analysis/robustness", "analysis/parts"),
}


def folder() -> Path:
    """Where the tables are."""
    return root() / "sensitivity"


@lru_cache(maxsize=1)
def _common() -> str:
    """The equations, every number of every layer, the kinetics, and the posterior."""
    entries = [(key, e.value, e.range, e.prior) for key, e in sorted(read_registry().entries().items())]
    kinetics = [read_folder(root() / name) for name in ("kinetics", "coupling")]
    posterior = hashlib.sha256((root() / "posterior" / "draws.csv").read_bytes()).hexdigest()
    return hashlib.sha256(repr([inputs_hash((), (), ()), entries, kinetics, posterior]).encode()).hexdigest()


def claim_stamp(claim: str, kind: str, settings: Mapping[str, Any]) -> str:
    """A hash of what the numbers of one claim depend on. kind : SENSITIVITY or MUTANTS; settings : sizes and seeds."""
    one, plans = read_claims()[claim], read_experiments()
    content: list[Any] = [_common(), code_hash(*_CODE[kind]), sorted(settings.items())]
    content += [(c.name, c.row, sorted(c.changes.items())) for c in one.controls]
    for row in (*one.rows, *(c.row for c in one.controls)):
        how, measured = plans.get(row), evidence(row)
        content += [(row, measured.role, measured.value, measured.sd, measured.scale, measured.conflict_group)]
        if how is not None and how.experiment is not None:
            where = how.experiment
            content += [how.readings, how.observed, how.built_in, sorted(where.host.items())]
            content += [sorted(where.changes.items()), [(arm, where.arms[arm]) for arm in sorted(how.arms)]]
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def write_stored(kind: str, tables: Mapping[str, Sequence[Record]], made: Mapping[str, Any]) -> None:
    """Write tables as CSV and their manifest, each beside its place first.

    made : how; its "settings" and "claims" (name -> stamp) are what `read` compares
    """
    base, hashes = folder(), {}
    base.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _text(value) for key, value in row.items()} for row in rows)
        content = text.getvalue().encode()
        hashes[f"{name}.csv"] = hashlib.sha256(content).hexdigest()
        _place(base / f"{name}.csv", content)
    manifest = {"how": _HINT[kind], "sha256": hashes, **made}
    _place(base / f"{kind}.json", (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())


def read_stored(kind: str, *, stale: bool = False) -> tuple[dict[str, list[Record]], Record]:
    """The tables by name, numbers as numbers, and their manifest.

    stale : whether tables of other inputs will do
    raises : NicheError if they are missing, edited, or belong to other inputs; it names the claims
    """
    base, hint = folder(), f"make it again with '{_HINT[kind]}'"
    try:
        manifest = json.loads((base / f"{kind}.json").read_text(encoding="utf-8"))
        files = {name: (base / name).read_bytes() for name in manifest["sha256"]}
    except FileNotFoundError as error:
        raise NicheError(f"{error.filename} is missing; {hint}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise NicheError(f"{base / kind}.json is not readable ({error!r}); {hint}") from None
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != manifest["sha256"][name]:
            raise NicheError(f"{base / name} is not the file that its manifest describes; {hint}")
    if not stale and (old := stale_claims(kind, manifest)):
        raise NicheError(f"{base / kind}.json is stale: inputs of {', '.join(old)} changed since; {hint}")
    tables = {}
    for name, content in files.items():
        rows = csv.DictReader(io.StringIO(content.decode()))
        tables[name.removesuffix(".csv")] = [{key: _value(key, text) for key, text in row.items()} for row in rows]
    return tables, manifest


def stale_claims(kind: str, manifest: Mapping[str, Any]) -> list[str]:
    """Claims whose stamp differs from the manifest's, or that it lacks."""
    from niche.analysis.sensitivity import analysed

    wanted = analysed() if kind == SENSITIVITY else tuple(read_claims())
    settings, known = manifest["settings"], manifest["claims"]
    return [name for name in wanted if known.get(name) != claim_stamp(name, kind, settings)]


def _place(file: Path, content: bytes) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(file)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _value(key: str, text: str) -> Any:
    if key == "unit":  # "1" is a unit and no number
        return text
    if text in ("yes", "no"):
        return text == "yes"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
