"""What a reader needs to know of a measurement that the model was asked for: its paper, read-out, error and weight."""

import csv
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from niche.errors import NicheError, unknown
from niche.evidence.paper_records import Paper
from niche.evidence.papers import read_papers
from niche.params.records import root
from niche.propositions.heads import measured_in

TABLE = "atoms.csv"


class Measured(NamedTuple):
    """A measurement in words.

    Attributes
    ----------
    paper
        first author and year
    read_out, contrast
        as the paper put them; treated against control
    study
        class of study: "culture", "healthy rodent", ...
    kind
        "number", "direction", "no effect", "above" or "below"
    error, scale
        its standard error, and with that of its indirectness: of a natural logarithm, or 1/day
    """

    paper: str
    year: int
    read_out: str
    contrast: str
    study: str
    kind: str
    error: float
    scale: float


def measured(name: str) -> Measured:
    """The measurement of a name, of params/atoms.csv. Raises `NicheError`, with the nearest, for an unknown one."""
    rows = _rows()
    if name not in rows:
        raise unknown("measurement", name, rows)
    row, key = rows[name], _printed(name)
    paper = read_papers()[row["paper"]]
    one = next((m for m in paper.measurements if m.id == key), None)
    if one is None:
        raise NicheError(f"{TABLE}: {name} is of {row['paper']}, which has no measurement {key}")
    arms = [paper.arms[arm].done for arm in one.contrast]
    error, indirect = float(row["error"]), float(row["indirectness"])
    return Measured(
        paper=short_name(paper),
        year=paper.year,
        read_out=one.readout,
        contrast=" against ".join(arms[:2]),
        study=row["class"],
        kind=row["kind"],
        error=error,
        scale=math.hypot(error, indirect),
    )


def short_name(paper: Paper) -> str:
    """First author's family name and the year: "van der Berg 2011"."""
    words = paper.authors[0].split()
    particles = [word for word in words[:-1] if word.islower()]
    return " ".join([*particles, words[-1], str(paper.year)])


def name_of(key: str) -> str:
    """The same by the key of a paper."""
    return short_name(read_papers()[key])


@lru_cache(maxsize=2)
def _read(file: Path) -> Mapping[str, Mapping[str, str]]:
    with file.open(encoding="utf-8", newline="") as content:
        return {row["atom"]: row for row in csv.DictReader(content)}


def _rows() -> Mapping[str, Mapping[str, str]]:
    return _read(root() / TABLE)


def _printed(name: str) -> str:
    """The measurement of an atom; of an order of doses, atoms "X.1", "X.2", it is "X"."""
    return name if name in measured_in() else name.rpartition(".")[0]
