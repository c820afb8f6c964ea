"""Hazards of virtual patients as data: what each cause of an event depends on, read from params/trials and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from niche import units
from niche.errors import NicheError, known, unknown
from niche.evidence.rows import evidence
from niche.model.observables import OBSERVABLES
from niche.params.layers import read_registry
from niche.params.records import Parameter, read_entries, read_yaml, root

FORMS = ("log", "loss", "level", "log1p")


@dataclass(frozen=True)
class Term:
    """One thing that a hazard depends on: an observable, in a form, times a coefficient."""

    reads: str
    form: str
    coefficient: Parameter
    floor: Parameter | None

    def log(self, x: np.ndarray) -> np.ndarray:
        """What it adds to the logarithm of the hazard."""
        if self.form == "log":
            assert self.floor is not None
            shape = np.log(np.maximum(x, self.floor.value))
        elif self.form == "loss":
            shape = np.maximum(1 - x, 0.0)
        else:
            shape = np.log1p(np.maximum(x, 0.0)) if self.form == "log1p" else x
        return np.asarray(self.coefficient.value * shape)


@dataclass(frozen=True)
class Anchor:
    """A published share of patients with the event by a day, to which the untreated are set."""

    row: str
    share: float
    day: float


@dataclass(frozen=True)
class Cause:
    """A cause of events: baseline [1/day] or the anchor that sets it, terms, frailty; other tumours against breast.

    foci : whether the hazard is that of foci which are founded, grow and show (`niche.trials.recurrence`), not of terms
    """

    name: str
    about: str
    baseline: Parameter | None
    anchor: Anchor | None
    terms: tuple[Term, ...]
    frailty: Parameter
    lines: Mapping[str, Parameter]
    foci: bool = False

    def relative(self, reads: Mapping[str, np.ndarray]) -> np.ndarray:
        """Hazard over the baseline, of observables (patients, times): exp of the sum of the terms, never negative."""
        like = next(iter(reads.values()))
        return np.asarray(np.exp(sum((term.log(np.asarray(reads[term.reads])) for term in self.terms), 0.0 * like)))


@lru_cache(maxsize=4)
def read_causes(file: Path | None = None) -> Mapping[str, Cause]:
    """Every cause by name. Raises `NicheError` naming file and key for what is wrong."""
    content = read_yaml(file or root() / "trials" / "hazards.yaml")
    where = "trials/hazards.yaml"
    known(content, ("source", "causes"), where)
    source = str(content.get("source") or "")
    causes = {name: _cause(name, entry, f"{where}, {name}", source) for name, entry in content["causes"].items()}
    return MappingProxyType(causes)


def _cause(name: str, entry: Any, where: str, source: str) -> Cause:
    known(entry, ("about", "baseline", "anchor", "terms", "frailty", "lines", "foci"), where)
    if ("baseline" in entry) == ("anchor" in entry):
        raise NicheError(f"{where}: give a baseline, or an anchor that sets it")
    numbers = {key: entry[key] for key in ("baseline", "frailty") if key in entry}
    read = read_entries(numbers, name, where, source, {"baseline": "1/day", "frailty": "1"})
    if "frailty" not in read:
        raise NicheError(f"{where}: a cause needs frailty, the variance of what the model leaves out; 0 for none")
    given = entry.get("lines") or {}
    lines = read_entries(given, name, f"{where}, lines", source, dict.fromkeys(read_registry().lines, "1"))
    terms = tuple(_term(term, one, f"{where}, {term}", source) for term, one in (entry.get("terms") or {}).items())
    anchor = _anchor(entry["anchor"], f"{where}, anchor") if "anchor" in entry else None
    about = str(entry.get("about") or "")
    shows = bool(entry.get("foci", False))
    if shows and (terms or anchor):
        raise NicheError(f"{where}: the hazard of foci that show comes from the model; give a baseline and no terms")
    return Cause(name, about, read.get("baseline"), anchor, terms, read["frailty"], MappingProxyType(lines), shows)


def _term(name: str, entry: Any, where: str, source: str) -> Term:
    known(entry, ("reads", "form", "floor", "coefficient"), where)
    if entry.get("reads") not in OBSERVABLES:
        raise NicheError(f"{where}: {unknown('observable', entry.get('reads'), OBSERVABLES)}")
    if entry.get("form") not in FORMS:
        raise NicheError(f"{where}: {unknown('form', entry.get('form'), FORMS)}")
    numbers = {key: entry[key] for key in ("floor", "coefficient") if key in entry}
    read = read_entries(numbers, name, where, source, {"floor": "1", "coefficient": "1"})
    if "coefficient" not in read or ("floor" in read) != (entry["form"] == "log"):
        raise NicheError(f"{where}: a term needs a coefficient, and the form log (alone) a floor")
    return Term(entry["reads"], entry["form"], read["coefficient"], read.get("floor"))


def _anchor(entry: Any, where: str) -> Anchor:
    """A median in months, or a share in % by a day. A row that is to be predicted cannot set a baseline."""
    known(entry, ("row", "by"), where)
    row = evidence(entry.get("row"))
    if row.role not in ("calibrate", "parameter", "context") or row.value is None:
        raise NicheError(f"{where}: {row.id} is {row.role}; only calibrate, parameter or context may set a baseline")
    if "by" in entry:
        return Anchor(row.id, row.value * units.factor(row.unit, "1", where), units.days(entry["by"], where))
    return Anchor(row.id, 0.5, row.value * units.factor(row.unit, "day", where))
