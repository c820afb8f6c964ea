"""Published rows of trials beside what virtual trials of the same design give, as data of params/trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from niche import units
from niche.errors import NicheError, known, unknown
from niche.evidence import evidence
from niche.parameters import read_yaml, root
from niche.trials import analysis
from niche.trials.design import Design, Population
from niche.trials.patients import Arm, Cohort, population
from niche.trials.predictive import predict

STATISTICS = {"hazard_ratio": "", "rate_ratio": "", "proportion": "1", "median_time": "day"}  # with the unit of each
_TRIAL = ("cohort", "arms", "causes", "follow_up", "dropout", "visits")
_ROW = ("trial", "endpoints", "statistic", "of", "note", "cannot")


@dataclass(frozen=True)
class Trial:
    """A population and a design: cohort, arms, causes, patients by arm, follow-up, dropout per year, visits."""

    cohort: Cohort
    arms: Mapping[str, Arm]
    causes: tuple[str, ...]
    design: Design


@dataclass(frozen=True)
class TrialRow:
    """How one row is simulated: trial, endpoints, statistic and of which arms; or why it `cannot` be."""

    id: str
    trial: str
    endpoints: tuple[str, ...]
    statistic: str
    of: tuple[str, ...]
    note: str
    cannot: str


@dataclass(frozen=True)
class Outcome:
    """A row beside its prediction, in the unit of the row: median and 90 % interval over virtual trials.

    role : of the row; inside : whether the published number lies in the interval, None if it was not simulated
    """

    row: str
    role: str
    statement: str
    unit: str
    published: float | None
    median: float | None
    low: float | None
    high: float | None
    inside: bool | None
    failed: int
    note: str


@lru_cache(maxsize=4)
def read_rows(file: Path | None = None) -> tuple[Mapping[str, Trial], Mapping[str, TrialRow]]:
    """Trials and rows of params/trials/rows.yaml by name. Raises `NicheError` naming the key for what is wrong."""
    content, where = read_yaml(file or root() / "trials" / "rows.yaml"), "trials/rows.yaml"
    known(content, ("cohorts", "regimens", "trials", "rows"), where)
    cohorts = {name: _cohort(entry, f"{where}, {name}") for name, entry in content["cohorts"].items()}
    regimens = {name: tuple(tuple(one) for one in given) for name, given in content["regimens"].items()}
    trials = {name: _trial(entry, cohorts, regimens, f"{where}, {name}") for name, entry in content["trials"].items()}
    rows = {name: _row(name, entry, trials, f"{where}, {name}") for name, entry in content["rows"].items()}
    return MappingProxyType(trials), MappingProxyType(rows)


def _cohort(entry: Any, where: str) -> Cohort:
    known(entry, ("lines", "seeded", "run_in", "steps", "note"), where)
    steps = tuple((str(verb), str(name)) for verb, name in entry.get("steps", ()))
    return Cohort(entry["lines"], bool(entry.get("seeded", True)), float(entry.get("run_in", 0)), steps)


def _trial(entry: Any, cohorts: Mapping[str, Cohort], regimens: Mapping[str, Arm], where: str) -> Trial:
    known(entry, _TRIAL, where)
    if entry.get("cohort") not in cohorts:
        raise NicheError(f"{where}: {unknown('cohort', entry.get('cohort'), cohorts)}")
    for arm in entry["arms"]:
        if arm not in regimens:
            raise NicheError(f"{where}: {unknown('regimen', arm, regimens)}")
    arms, causes = {arm: regimens[arm] for arm in entry["arms"]}, tuple(entry["causes"])
    start, end = entry["follow_up"]
    design = Design(entry["arms"], (start, end), causes, entry.get("dropout", 0.0), entry.get("visits"))
    return Trial(cohorts[entry["cohort"]], arms, causes, design)


def _row(name: str, entry: Any, trials: Mapping[str, Trial], where: str) -> TrialRow:
    known(entry, _ROW, where)
    evidence(name)
    if "cannot" in entry:
        return TrialRow(name, "", (), "", (), "", " ".join(str(entry["cannot"]).split()))
    for key, names in (("trial", list(trials)), ("statistic", list(STATISTICS))):
        if entry.get(key) not in names:
            raise NicheError(f"{where}: {unknown(key, entry.get(key), names)}")
    trial, endpoints, of = trials[entry["trial"]], tuple(entry["endpoints"]), tuple(entry["of"])
    for given, names in ((endpoints, list(trial.causes)), (of, list(trial.arms))):
        if not given or not set(given) <= set(names):
            raise NicheError(f"{where}: {list(given)!r} must be among {', '.join(names)}")
    return TrialRow(name, entry["trial"], endpoints, entry["statistic"], of, str(entry.get("note") or ""), "")


def predict_row(row: str, *, courses: int = 300, trials: int = 200, seed: int = 1) -> Outcome:
    """A row of params/evidence beside its predictive median and 90 % interval.

    courses : patients that are simulated; where a trial enrols more, each stands for several that differ in frailty
    trials : virtual trials of the design
    The interval holds the chance of who is enrolled and has events. Uncertainty of the model's numbers stands in the
    spread between patients, not between trials, and coefficients of hazards are fixed: the interval is too narrow.
    """
    plans, rows = read_rows()
    if row not in rows:
        raise unknown("row of params/trials", row, rows)
    plan, published = rows[row], evidence(row)
    head = (row, published.role, published.statement, published.unit, published.value)
    if plan.cannot:
        return Outcome(*head, None, None, None, None, 0, plan.cannot)
    design = plans[plan.trial].design
    seen = Design(design.patients, design.follow_up, plan.endpoints, design.dropout, design.visits)
    people = _population(plan.trial, courses, seed)
    found = predict(getattr(analysis, plan.statistic), people, seen, *plan.of, trials=trials, seed=seed)
    unit = STATISTICS[plan.statistic]
    scale = units.factor(published.unit, unit) if unit else 1.0
    median, low, high = (number / scale for number in found.interval())
    inside = None if published.value is None else low <= published.value <= high
    return Outcome(*head, median, low, high, inside, found.failed, plan.note)


@lru_cache(maxsize=8)
def _population(trial: str, courses: int, seed: int) -> Population:
    plan = read_rows()[0][trial]
    total = sum(plan.design.patients.values())
    return population(
        plan.cohort, plan.arms, plan.design.follow_up[1], plan.causes, n=min(courses, total), size=total, seed=seed
    )


def table(outcomes: Sequence[Outcome]) -> str:
    """Rows beside their predictions: those that may set numbers apart from those that test them, and the coverage."""
    lines = []
    for title, test in (("calibration", False), ("validation", True)):
        own = [one for one in outcomes if (one.role == "predict") == test]
        done = [one for one in own if one.inside is not None]
        if own:
            hits = sum(bool(one.inside) for one in done)
            lines.append(f"{title}: {hits} of {len(done)} published numbers in the 90 % interval")
        for one in own:
            number = "" if one.published is None else f"{one.published:g} {one.unit}"
            told = "cannot" if one.median is None else f"{one.median:.3g} ({one.low:.3g} to {one.high:.3g})"
            mark = {True: "inside", False: "outside", None: ""}[one.inside]
            lines.append(f"  {one.row:<6} {number:<16} {told:<28} {mark:<8} {one.note}".rstrip())
    return "\n".join(lines)
