"""What is fixed before the first fit, as tables, and a lock that tells when one of them moves.

Atoms with their errors, propositions with gains, heads and least effects, the rules of the likelihood and of the words,
and who is left out together. The lock keeps a hash of each table and why it was made or made again.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from niche.atoms.build import atoms
from niche.atoms.predicted import floors
from niche.atoms.records import BASES, COSTS
from niche.atoms.table import TABLE, table_text
from niche.errors import NicheError
from niche.files import write_whole
from niche.frozen import Frozen
from niche.inference import mechanism_words as words
from niche.inference import terms
from niche.inference.blocks import AS, MOST, SCALES
from niche.inference.diagnostics import ESS, RHAT
from niche.inference.left_out import LEAST_WORTH, WORST_K
from niche.inference.shared import AGAIN, ARM
from niche.params.lock import LOCK, locked, read_lock
from niche.params.records import root
from niche.propositions.reading import read_propositions
from niche.provenance import digest

# Of the words for a mechanism (docs/verdicts.md).
BARS: Mapping[str, float] = Frozen(
    {
        "direct papers, at least": words.DIRECT_PAPERS,
        "contested: papers and laboratories on each side, at least": words.SIDES,
        "contested: probability of a side": words.SIDE,
        "supported: papers, at least": words.PAPERS,
        "supported: laboratories, at least": words.LABORATORIES,
        "supported: pi, at least": words.PI,
        "supported: rho, at least": words.RHO,
        "supported: D, more than": words.GAIN,
        "supported: D over its standard error, more than": words.GAIN_IN_ERRORS,
        "no relevant effect: nu, at least": words.NU,
        "weakly supported: pi, at least": words.WEAK_PI,
        "weights: k, at most": WORST_K,
        "weights: draws' worth, at least": LEAST_WORTH,
        "Monte Carlo error of D, below": words.MONTE_CARLO,
        "adequate: p, above": 0.01,
    }
)


def frozen_tables() -> dict[str, str]:
    """Every table that a fit rests on, as CSV, by the name of its file."""
    return {
        TABLE: table_text(),
        "propositions.csv": _propositions(),
        "rules.csv": _rules(),
        "folds.csv": _folds(),
    }


def freeze(why: str, folder: Path | None = None) -> Path:
    """Write the tables and their lock (the table of atoms stands beside the folder); returns the lock.

    Raises
    ------
    NicheError
        without a reason
    """
    if not why.strip():
        raise NicheError("a freeze needs its reason: what was fixed, or why it is fixed anew")
    base, tables = folder or root() / "frozen", frozen_tables()
    base.mkdir(parents=True, exist_ok=True)
    before = read_lock(folder).get("history", []) if (base / LOCK).exists() else []
    for name, text in tables.items():
        write_whole((base.parent if name == TABLE else base) / name, text)
    hashes = {name: digest(text) for name, text in tables.items()}
    entry = {"on": date.today().isoformat(), "why": why, "hash": digest(hashes)}
    lock = {"tables": hashes, "history": [*before, entry]}
    read_lock.cache_clear()
    return write_whole(base / LOCK, json.dumps(lock, indent=1, ensure_ascii=False) + "\n")


def moved(folder: Path | None = None) -> list[str]:
    """The tables that are not what was frozen, by name; empty if all are."""
    held = read_lock(folder)["tables"]
    return [name for name, text in frozen_tables().items() if held.get(name) != digest(text)]


def freeze_hash(folder: Path | None = None) -> str:
    """The hash of what was frozen, for whatever rests on it.

    Raises
    ------
    NicheError
        if a table moved since
    """
    if names := moved(folder):
        raise NicheError(
            f"params/frozen: {', '.join(names)} moved after the freeze; what rests on it would be of another one. "
            "Run 'niche freeze --why ...' if that is meant, and fit again"
        )
    return locked(folder)


def _csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([head, *rows])
    return out.getvalue()


def _propositions() -> str:
    rows = []
    for name, one in sorted(read_propositions().items()):
        head = one.head
        if head is None:
            said = ""
        elif head.atom is not None:
            said = head.atom + (f" over {head.over}" if head.over else "")
        else:
            said = f"{head.experiment}: {head.observable}, {' over '.join(map(str, head.arms))}, day {head.day}"
        off = [*one.gains, *(f"{key}={value:g}" for key, value in sorted(one.set_to.items()))]
        speaks = "; ".join(f"{key} {way}" for key, way in sorted(one.evidence.items()))
        rows.append((name, one.statement, one.asserts, said, f"{one.least:g}", " ".join(off), speaks))
    return _csv(("proposition", "statement", "asserts", "head", "least", "switched off", "evidence"), rows)


def _rules() -> str:
    rows: list[tuple[str, Any]] = [(f"spread of {name}, scale", scale) for name, scale in SCALES.items()]
    rows += [(f"{name} has the spread of", other) for name, other in AS.items()]
    rows += [(f"indirectness: {name}", size) for name, size in COSTS.items()]
    rows += [("error, the first of", ", ".join(BASES)), ("degrees of freedom", terms.FREEDOM)]
    rows += [("significant beyond", terms.LIMIT), ("misread", terms.MISREAD)]
    rows += [("rows without a number that a paper and family weigh, at most", MOST)]
    rows += [
        ("share of a contrast's variance of each arm", ARM),
        ("correlation of the same animals on two days", AGAIN),
    ]
    rows += [(f"floor of {name}", floor) for name, floor in floors().items()]
    rows += [("R-hat, at most", RHAT), ("effective samples, at least", ESS), *BARS.items()]
    return _csv(("rule", "value"), rows)


def _folds() -> str:
    """Who is left out together: all rows of the same animals, and, in the second run, of a laboratory."""
    pairs = sorted({(atom.animals, atom.laboratory) for atom in atoms()})
    return _csv(("paper", "laboratory"), pairs)
