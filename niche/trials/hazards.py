"""Hazards of virtual patients as data: what each cause of an event depends on, read from params/trials and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from niche import units
from niche.errors import NicheError, unknown
from niche.evidence.rows import evidence
from niche.frozen import Frozen
from niche.model.observables import OBSERVABLES
from niche.params.layers import read_registry
from niche.params.records import Parameter, read_entries, read_yaml, root
from niche.params.schema import parse
from niche.trials.files import AnchorEntry, CauseEntry, HazardFile, TermEntry


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
    """A cause of events, and what its hazard depends on.

    Attributes
    ----------
    baseline
        hazard [1/day] where every term is 0; None where the anchor sets it
    anchor
        published share of untreated patients with the event by a day, which sets the baseline
    terms
        what is added to the logarithm of the hazard
    frailty
        variance of what each patient's hazard is multiplied by
    lines
        by other tumour line, its hazard over that of breast cancer
    foci
        whether the hazard is that of foci which are founded, grow and show (`niche.trials.recurrence`), not of terms
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
    where = "trials/hazards.yaml"
    content = parse(HazardFile, read_yaml(file or root() / "trials" / "hazards.yaml"), where)
    causes = {
        name: _cause(name, entry, f"{where}, causes, {name}", content.source) for name, entry in content.causes.items()
    }
    return Frozen(causes)


def _cause(name: str, entry: CauseEntry, where: str, source: str) -> Cause:
    if (entry.baseline is None) == (entry.anchor is None):
        raise NicheError(f"{where}: give a baseline, or an anchor that sets it")
    if entry.foci and (entry.terms or entry.anchor):
        raise NicheError(f"{where}: the hazard of foci that show comes from the model; give a baseline and no terms")
    numbers = {"frailty": entry.frailty} | ({"baseline": entry.baseline} if entry.baseline is not None else {})
    read = read_entries(numbers, name, where, source, {"baseline": "1/day", "frailty": "1"})
    lines = read_entries(entry.lines, name, f"{where}, lines", source, dict.fromkeys(read_registry().lines, "1"))
    terms = tuple(_term(term, one, f"{where}, terms, {term}", source) for term, one in entry.terms.items())
    anchor = None if entry.anchor is None else _anchor(entry.anchor, f"{where}, anchor")
    return Cause(
        name,
        entry.about,
        read.get("baseline"),
        anchor,
        terms,
        read["frailty"],
        Frozen(lines),
        entry.foci,
    )


def _term(name: str, entry: TermEntry, where: str, source: str) -> Term:
    if entry.reads not in OBSERVABLES:
        raise NicheError(f"{where}, reads: {unknown('observable', entry.reads, OBSERVABLES)}")
    if (entry.floor is not None) != (entry.form == "log"):
        raise NicheError(f"{where}: the form log needs a floor, and no other has one")
    numbers = {"coefficient": entry.coefficient} | ({"floor": entry.floor} if entry.floor is not None else {})
    read = read_entries(numbers, name, where, source, {"floor": "1", "coefficient": "1"})
    return Term(entry.reads, entry.form, read["coefficient"], read.get("floor"))


def _anchor(entry: AnchorEntry, where: str) -> Anchor:
    """A median in months, or a share in % by a day. A row that is to be predicted cannot set a baseline."""
    try:
        row = evidence(entry.row)
    except NicheError as error:
        raise NicheError(f"{where}, row: {error}") from None
    if row.role not in ("calibrate", "parameter", "context") or row.value is None:
        raise NicheError(f"{where}: {row.id} is {row.role}; only calibrate, parameter or context may set a baseline")
    if entry.by is not None:
        return Anchor(row.id, row.value * units.factor(row.unit, "1", where), units.days(entry.by, f"{where}, by"))
    return Anchor(row.id, 0.5, row.value * units.factor(row.unit, "day", where))
