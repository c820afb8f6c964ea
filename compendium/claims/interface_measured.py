"""What was measured of fibres beside tumours in bone, beside the slice: what each row informs, and whether it fits.

The rows are in the fit as changes of a whole host's fibres, without a place; where they lie was told to nobody. So
agreement of the slice with a row that was in the fit is no test of the mechanism, and by docs/verdicts.md the contrast
of places is *untested*: fewer than two papers measured one that the slice has.
"""

import csv
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from compendium.claims.interface_runs import EARLY, LATE, UNTREATED, Slices
from compendium.claims.nerve_tumour_interface import fibres_of
from niche.errors import NicheError
from niche.inference.terms import KINDS
from niche.params.records import root

OUTSIDE = 0.1  # a direction lies outside where what was seen had less than this chance: docs/verdicts.md
_SIGNS = {"up": 1.0, "down": -1.0, "": 0.0}


class Row(NamedTuple):
    """A measurement that the slice can be asked for.

    Attributes
    ----------
    atom
        of params/atoms.csv: its sign and its error
    read
        from slices, the ratio that was measured, shape (draws,)
    place
        where it was measured, in words
    two_places
        whether the paper compared two places of the same bones: what only a slice can be asked
    """

    atom: str
    read: Callable[[Slices], np.ndarray]
    place: str
    two_places: bool


class Asked(NamedTuple):
    """A row beside the slice.

    Attributes
    ----------
    said
        what was measured: "up", "down" or "no effect"
    ratio
        what the slice says, shape (draws,)
    chance
        of what was seen, over draws, with the error of the row
    word
        "inside" or "outside"
    """

    row: Row
    said: str
    ratio: np.ndarray
    chance: float
    word: str


def _whole(name: str, arm: str, control: str | None = None) -> Callable[[Slices], np.ndarray]:
    """Fibres of the whole slice, against the start or another arm: what a count over a section sees."""

    def read(slices: Slices) -> np.ndarray:
        now = np.array([course.of(name)[-1] for course in slices.courses[arm]])
        return now if control is None else now / np.array([course.of(name)[-1] for course in slices.courses[control]])

    return read


def _place(name: str, where: str) -> Callable[[Slices], np.ndarray]:
    return lambda slices: fibres_of(slices, UNTREATED, name, where)


SARCOMA = (
    Row("JIM10a", _whole("sensory fibres", UNTREATED), "sensory fibres, tumour against none", False),
    Row("JIM10b", _whole("sympathetic fibres", UNTREATED), "sympathetic fibres, tumour against none", False),
    Row("JIM10c", _whole("sensory fibres", EARLY, UNTREATED), "sensory fibres, early anti-NGF against none", False),
    Row("JIM10i", _whole("sensory fibres", LATE, UNTREATED), "sensory fibres, late anti-NGF against none", False),
    Row("FJ01", _place("sensory", "periosteum"), "peptidergic fibres of the periosteum, tumour against none", True),
    Row("FJ03", _place("sensory", "marrow"), "peptidergic fibres of the marrow, tumour against none", True),
    Row("FJ02", _place("myelinated", "marrow"), "myelinated fibres of the marrow, tumour against none", True),
    Row("NS13", _place("sensory", "tumour"), "whole fibres of marrow inside the tumour, against marrow at rest", False),
)

# Measurements that one would ask a slice for, and why it is not asked.
NOT_ASKED = {
    "densities of periosteum, marrow and mineral at rest (Castaneda-Corral 2011)": "put in, so that it tests nothing",
    "more fibres beside a prostate tumour (Jimenez-Andrade 2010)": "another line; the fit has it, without a place",
    "more nerve profiles beside breast cancer, people (Hansen 2022)": "the fit has it, without a place",
    "fewer of them within 25 µm of a vessel (Hansen 2022)": "vessels of the slice are a density without places",
    "sympathetic fibres of cortical bone fall with age (Chartier 2018)": "the model has no age",
}


@lru_cache(maxsize=1)
def _atoms() -> dict[str, dict[str, str]]:
    with (root() / "atoms.csv").open(encoding="utf-8", newline="") as file:
        return {row["atom"]: row for row in csv.DictReader(file)}


def chance_of(kind: str, sign: str, error: float, ratio: np.ndarray) -> float:
    """Chance of what was seen, mean over draws, by the likelihood of the fit (docs/likelihood.md).

    Parameters
    ----------
    kind, sign
        "direction" with "up" or "down", or "no effect" with ""
    error
        of the logarithm of the ratio
    ratio
        of draws; draws without a value are left out

    Raises
    ------
    NicheError
        for another kind, or no draw with a value
    """
    if kind not in ("direction", "no effect"):
        raise NicheError(f"a row beside the slice is a direction or no effect, got {kind!r}")
    known = ratio[np.isfinite(ratio) & (ratio > 0)]
    if not len(known):
        raise NicheError("no draw has a value for this row")
    log_density = KINDS[kind](np.log(known), np.array(_SIGNS[sign]), np.array(error))[0]
    return float(np.exp(log_density).mean())


def asked(slices: Slices, rows: Sequence[Row] = SARCOMA) -> list[Asked]:
    """Each row beside the slice."""
    found = []
    for row in rows:
        atom = _atoms()[row.atom]
        error = float(np.hypot(float(atom["error"]), float(atom["indirectness"] or 0)))
        ratio = row.read(slices)
        chance = chance_of(atom["kind"], atom["sign"], error, ratio)
        said = atom["sign"] or "no effect"
        found.append(Asked(row, said, ratio, chance, "outside" if chance < OUTSIDE else "inside"))
    return found


def papers_of_places(rows: Sequence[Row] = SARCOMA) -> set[str]:
    """Papers that compared places of the same bones: with fewer than two the mechanism's word is *untested*."""
    return {_atoms()[row.atom]["paper"] for row in rows if row.two_places}
