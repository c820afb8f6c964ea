"""Published rows of trials as data of params/trials: who is treated how, which statistic is read, or why none is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from niche.errors import NicheError, known, unknown
from niche.evidence.readings import SIGNS
from niche.evidence.rows import evidence
from niche.params.records import read_yaml, root
from niche.trials.design import Design
from niche.trials.hazards import read_causes
from niche.trials.patients import Arm, Cohort

_TRIAL = ("cohort", "arms", "causes", "follow_up", "dropout", "visits")
_ROW = ("trial", "endpoints", "statistic", "of", "note", "cannot", "label", "sign", "built_in")


@dataclass(frozen=True)
class Statistic:
    """Unit of a statistic ("" for a ratio), of how many arms it is, and how it compares, as readings have it."""

    unit: str
    arms: int
    compare: str


STATISTICS: Mapping[str, Statistic] = MappingProxyType(
    {
        "hazard_ratio": Statistic("", 2, "fold"),
        "rate_ratio": Statistic("", 2, "fold"),
        "proportion": Statistic("1", 1, "value"),
        "median_time": Statistic("day", 1, "value"),
        "median_delay": Statistic("day", 2, "value"),
    }
)


@dataclass(frozen=True)
class Trial:
    """A population and a design: cohort, arms, causes, patients by arm, follow-up, dropout per year, visits."""

    cohort: Cohort
    arms: Mapping[str, Arm]
    causes: tuple[str, ...]
    design: Design


@dataclass(frozen=True)
class TrialRow:
    """How one row is simulated: trial, endpoints, statistic and of which arms; or why it `cannot` be.

    sign : what a direction row asks of a ratio, "" of a number; built_in : why the row supports nothing
    """

    id: str
    trial: str
    endpoints: tuple[str, ...]
    statistic: str
    of: tuple[str, ...]
    note: str
    cannot: str
    label: str = ""
    sign: str = ""
    built_in: str = ""


@lru_cache(maxsize=4)
def read_trials(file: Path | None = None) -> tuple[Mapping[str, Trial], Mapping[str, TrialRow]]:
    """Trials and rows of params/trials/rows.yaml by name. Raises `NicheError` naming the key for what is wrong."""
    content, where = read_yaml(file or root() / "trials" / "rows.yaml"), "trials/rows.yaml"
    known(content, ("cohorts", "regimens", "trials", "rows"), where)
    cohorts = {name: _cohort(entry, f"{where}, {name}") for name, entry in content["cohorts"].items()}
    regimens = {name: tuple(tuple(one) for one in given) for name, given in content["regimens"].items()}
    trials = {name: _trial(entry, cohorts, regimens, f"{where}, {name}") for name, entry in content["trials"].items()}
    rows = {name: _row(name, entry, trials, f"{where}, {name}") for name, entry in content["rows"].items()}
    return MappingProxyType(trials), MappingProxyType(rows)


def trial_row(row: str) -> TrialRow:
    """One row of params/trials, or an error with the nearest id."""
    rows = read_trials()[1]
    if row not in rows:
        raise unknown("row of params/trials", row, rows)
    return rows[row]


@lru_cache(maxsize=1)
def used() -> frozenset[str]:
    """The rows from which a number of a hazard was taken: anchors, and those that its source names."""
    found = set()
    for cause in read_causes().values():
        found |= {cause.anchor.row} if cause.anchor is not None else set()
        numbers = [cause.frailty, *cause.lines.values(), *([cause.baseline] if cause.baseline else [])]
        numbers += [number for term in cause.terms for number in (term.coefficient, term.floor) if number is not None]
        found |= {row for number in numbers for row in re.findall(r"\bCL\d+\b", number.source)}
    return frozenset(found)


def _cohort(entry: Any, where: str) -> Cohort:
    known(entry, ("lines", "seeded", "run_in", "steps", "share", "note"), where)
    steps = tuple((str(verb), str(name)) for verb, name in entry.get("steps", ()))
    seeded, run_in, share = bool(entry.get("seeded", True)), float(entry.get("run_in", 0)), float(entry.get("share", 1))
    return Cohort(entry["lines"], seeded, run_in, steps, share)


def _trial(entry: Any, cohorts: Mapping[str, Cohort], regimens: Mapping[str, Arm], where: str) -> Trial:
    known(entry, _TRIAL, where)
    if entry.get("cohort") not in cohorts:
        raise NicheError(f"{where}: {unknown('cohort', entry.get('cohort'), cohorts)}")
    for arm in entry["arms"]:
        if arm not in regimens:
            raise NicheError(f"{where}: {unknown('regimen', arm, regimens)}")
    arms, causes = {arm: regimens[arm] for arm in entry["arms"]}, tuple(entry["causes"])
    for cause in causes:
        if cause not in read_causes():
            raise NicheError(f"{where}: {unknown('cause of an event', cause, read_causes())}")
        if read_causes()[cause].foci and (cohorts[entry["cohort"]].seeded or cohorts[entry["cohort"]].run_in < 1):
            raise NicheError(f"{where}: {cause!r} needs a cohort that is not seeded, and a run_in for a niche at rest")
    start, end = entry["follow_up"]
    try:
        design = Design(entry["arms"], (start, end), causes, entry.get("dropout", 0.0), entry.get("visits"))
    except NicheError as error:
        raise NicheError(f"{where}: {error}") from None
    return Trial(cohorts[entry["cohort"]], arms, causes, design)


def _row(name: str, entry: Any, trials: Mapping[str, Trial], where: str) -> TrialRow:
    known(entry, _ROW, where)
    measured = evidence(name)
    label = str(entry.get("label") or measured.statement)
    if "cannot" in entry:
        return TrialRow(name, "", (), "", (), "", " ".join(str(entry["cannot"]).split()), label)
    for key, names in (("trial", list(trials)), ("statistic", list(STATISTICS))):
        if entry.get(key) not in names:
            raise NicheError(f"{where}: {unknown(key, entry.get(key), names)}")
    trial, endpoints, of = trials[entry["trial"]], tuple(entry["endpoints"]), tuple(entry["of"])
    for given, names in ((endpoints, list(trial.causes)), (of, list(trial.arms))):
        if not given or not set(given) <= set(names):
            raise NicheError(f"{where}: {list(given)!r} must be among {', '.join(names)}")
    kind, sign = STATISTICS[entry["statistic"]], str(entry.get("sign") or "")
    if len(of) != kind.arms:
        raise NicheError(
            f"{where}: {entry['statistic']} needs {kind.arms} arm{'s' * (kind.arms > 1)}, got {list(of)!r}"
        )
    if sign not in ("", *SIGNS) or (sign and kind.compare != "fold"):
        raise NicheError(f"{where}: sign is one of {', '.join(SIGNS)}, of a ratio; got {sign!r}")
    if not sign and not measured.numeric:
        raise NicheError(f"{where}: no number with an error was published; give sign, the direction that it asks for")
    note, built_in = (" ".join(str(entry.get(key) or "").split()) for key in ("note", "built_in"))
    return TrialRow(name, entry["trial"], endpoints, entry["statistic"], of, note, "", label, sign, built_in)
