"""Atoms as a table: what is frozen before a fit, and what a person reads."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from niche.atoms.build import atoms
from niche.atoms.records import Atom
from niche.evidence.readings import Reading
from niche.files import write_whole
from niche.params.records import root

TABLE = "atoms.csv"


def plain(atom: Atom) -> dict[str, Any]:
    """An atom as a row of a table."""
    reading = atom.reading
    return {
        "atom": atom.name,
        "paper": atom.paper,
        "laboratory": atom.laboratory,
        "class": atom.group,
        "family": atom.family,
        "kind": atom.kind,
        "read-out": "trial" if reading is None else reading.observable,
        "arms": "" if reading is None else " / ".join(reading.arms),
        "day": "" if reading is None else "-".join(f"{d:g}" for d in reading.day),
        "compare": "" if reading is None else _compared(reading),
        "effect": "" if atom.y != atom.y else f"{atom.y:.4g}",
        "sign": {1: "up", -1: "down", 0: ""}[atom.sign],
        "error": f"{atom.error:.3g}",
        "error from": atom.basis,
        "indirectness": f"{atom.indirectness:.3g}",
        "indirect": "; ".join(atom.costs),
        "conflict": atom.conflict,
        "animals": atom.animals if atom.animals != atom.paper else "",
    }


def table_text() -> str:
    """Every atom, as CSV."""
    rows = [plain(atom) for atom in atoms()]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_table() -> Path:
    """Write params/atoms.csv, and return its path."""
    return write_whole(root() / TABLE, table_text())


def as_text(key: str, found: Sequence[Atom]) -> str:
    """The atoms of a paper in lines for a terminal."""
    lines = [f"{key}: {len(found)} atoms"]
    for atom in found:
        row = plain(atom)
        effect = row["effect"] or row["sign"]
        lines.append(
            f"  {atom.name}: {row['read-out']} {row['compare']} [{row['arms']}] day {row['day']}; "
            f"{atom.kind} {effect}, "
            f"error {row['error']} ({atom.basis}), indirect {row['indirectness']} ({row['indirect']})"
        )
    return "\n".join(lines)


def _compared(reading: Reading) -> str:
    if reading.compare.name == "slope":
        return "ratio of slopes" if reading.control else "slope"
    return "ratio" if reading.control else reading.compare.name
