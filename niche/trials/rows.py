"""Published rows of trials as data of params/trials: who is treated how, which statistic is read, or why none is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import UNSET, structs

from niche import units
from niche.errors import unknown
from niche.evidence.readings import SIGNS
from niche.evidence.rows import Evidence, read_evidence
from niche.frozen import Frozen
from niche.kinetics.coupling import read_couplings
from niche.kinetics.regimens import regimen
from niche.params.records import read_yaml, root
from niche.params.schema import parse
from niche.params.yaml_files import Spot
from niche.trials.design import Design
from niche.trials.files import CohortEntry, RegimenOptions, TrialEntry, TrialFile, TrialRowEntry
from niche.trials.hazards import read_causes
from niche.trials.patients import Arm, Cohort


@dataclass(frozen=True)
class Statistic:
    """What a statistic of a trial is.

    Attributes
    ----------
    unit
        "" for a ratio
    arms
        of how many arms it is
    compare
        how it compares, as readings have it
    """

    unit: str
    arms: int
    compare: str


STATISTICS: Mapping[str, Statistic] = Frozen(
    {
        "hazard_ratio": Statistic("", 2, "fold"),
        "rate_ratio": Statistic("", 2, "fold"),
        "risk_ratio": Statistic("", 2, "fold"),
        "proportion": Statistic("1", 1, "value"),
        "median_time": Statistic("day", 1, "value"),
        "median_delay": Statistic("day", 2, "value"),
    }
)


@dataclass(frozen=True)
class Trial:
    """A population and a design.

    Attributes
    ----------
    cohort
        who is treated
    arms
        regimens by arm
    causes
        causes of events that are simulated
    design
        patients by arm, follow-up, dropout per year, visits
    """

    cohort: Cohort
    arms: Mapping[str, Arm]
    causes: tuple[str, ...]
    design: Design


@dataclass(frozen=True)
class TrialRow:
    """How one row is simulated, or why it is not.

    Attributes
    ----------
    trial
        name of the trial
    endpoints
        causes that count as the event
    statistic
        one of `STATISTICS`
    of
        the arm or arms that the statistic is of, the treated first
    cannot
        why the row is not simulated; "" if it is
    sign
        what a direction row asks of a ratio, "" of a number
    built_in
        why the row supports nothing
    plan
        population and design of the trial
    unit
        of the measurement
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
    plan: Trial | None = None
    unit: str = ""


Parts = tuple[dict[str, Cohort], dict[str, Arm], dict[str, Trial]]


@lru_cache(maxsize=4)
def read_trials(file: Path | None = None) -> tuple[Mapping[str, Trial], Mapping[str, TrialRow]]:
    """Trials and rows of params/trials/rows.yaml by name. Raises `NicheError` naming the key for what is wrong."""
    path = file or root() / "trials" / "rows.yaml"
    _, _, trials, rows = _parts(read_yaml(path), Spot("trials/rows.yaml", path), ({}, {}, {}), read_evidence())
    return Frozen(trials), Frozen(rows)


def own_trial_rows(content: Mapping[str, Any], measured: Mapping[str, Evidence], spot: Spot) -> dict[str, TrialRow]:
    """The rows of a plan file outside params/ that trials predict, which may use what params/trials has.

    Parameters
    ----------
    content
        its cohorts, regimens, trials and those of its rows that name a trial
    measured
        evidence by id

    Raises
    ------
    NicheError
        with file, line and key for what is wrong, or a name that is taken
    """
    filled = {**{key: {} for key in ("cohorts", "regimens", "trials", "rows")}, **content}
    return _parts(filled, spot, _parts_of_params(), measured)[3]


@lru_cache(maxsize=1)
def _parts_of_params() -> Parts:
    path = root() / "trials" / "rows.yaml"
    return _parts({**read_yaml(path), "rows": {}}, Spot("trials/rows.yaml", path), ({}, {}, {}), {})[:3]


def _parts(
    raw: Mapping[str, Any], spot: Spot, known: Parts, measured: Mapping[str, Evidence]
) -> tuple[dict[str, Cohort], dict[str, Arm], dict[str, Trial], dict[str, TrialRow]]:
    """Cohorts, regimens and trials of a file beside those that are known, and its own rows."""
    content = parse(TrialFile, raw, spot)
    cohorts, regimens, trials = dict(known[0]), dict(known[1]), dict(known[2])
    tables: tuple[tuple[str, Mapping[str, Any], Mapping[str, Any]], ...] = (
        ("cohorts", content.cohorts, cohorts),
        ("regimens", content.regimens, regimens),
        ("trials", content.trials, trials),
    )
    for section, given, table in tables:
        for name in given:
            if name in table:
                raise spot.at(section, name).error("the name is taken in params/trials; give your own another")
    cohorts |= {name: _cohort(entry, spot.at("cohorts", name)) for name, entry in content.cohorts.items()}
    regimens |= {name: _arm(given, spot.at("regimens", name)) for name, given in content.regimens.items()}
    for name, trial in content.trials.items():
        trials[name] = _trial(trial, cohorts, regimens, spot.at("trials", name))
    rows = {name: _row(name, entry, trials, measured, spot.at("rows", name)) for name, entry in content.rows.items()}
    return cohorts, regimens, trials, rows


def trial_row(row: str) -> TrialRow:
    """One row of params/trials, or an error with the nearest id."""
    rows = read_trials()[1]
    if row not in rows:
        raise unknown("row of params/trials", row, rows)
    return rows[row]


def trial_of(row: TrialRow) -> Trial:
    """Population and design of a row that is simulated."""
    assert row.plan is not None, "a row that cannot be simulated has no trial"
    return row.plan


@lru_cache(maxsize=1)
def used() -> frozenset[str]:
    """The rows from which a number of a hazard was taken: anchors, and those that informed a number."""
    found = set()
    for cause in read_causes().values():
        found |= {cause.anchor.row} if cause.anchor is not None else set()
        numbers = [cause.frailty, *cause.lines.values(), *([cause.baseline] if cause.baseline else [])]
        numbers += [number for term in cause.terms for number in (term.coefficient, term.floor) if number is not None]
        found |= {row for number in numbers for row in number.informed_by}
    return frozenset(found)


def _cohort(entry: CohortEntry, where: Spot) -> Cohort:
    with where.named():
        return Cohort(entry.lines, entry.seeded, entry.run_in, entry.steps, entry.share)


def _arm(given: Sequence[Sequence[str | RegimenOptions]], where: Spot) -> Arm:
    made = []
    for i, (drug, text, *more) in enumerate(given, 1):
        place = where.at(f"item {i}")
        if not (isinstance(drug, str) and isinstance(text, str)) or any(isinstance(one, str) for one in more):
            raise place.error("expected [drug, regimen] or [drug, regimen, {averaged: true}]")
        if drug not in read_couplings():
            raise place.error(unknown("drug", drug, read_couplings()))
        with place.named():
            regimen(text, 1e4)
        options = [structs.asdict(one) for one in more if isinstance(one, RegimenOptions)]
        said = [{key: value for key, value in one.items() if value is not UNSET} for one in options]
        made.append((drug, text, *said))
    return tuple(made)


def _trial(entry: TrialEntry, cohorts: Mapping[str, Cohort], regimens: Mapping[str, Arm], where: Spot) -> Trial:
    if entry.cohort not in cohorts:
        raise where.at("cohort").error(unknown("cohort", entry.cohort, cohorts))
    for arm in entry.arms:
        if arm not in regimens:
            raise where.at("arms").error(unknown("regimen", arm, regimens))
    cohort, causes = cohorts[entry.cohort], read_causes()
    for cause in entry.causes:
        if cause not in causes:
            raise where.at("causes").error(unknown("cause of an event", cause, causes))
        if causes[cause].foci and (cohort.seeded or cohort.run_in < 1):
            raise where.error(f"{cause!r} needs a cohort that is not seeded, and a run_in for a niche at rest")
    with where.named():
        design = Design(entry.arms, entry.follow_up, entry.causes, entry.dropout, entry.visits)
    return Trial(cohort, {arm: regimens[arm] for arm in entry.arms}, entry.causes, design)


def _row(
    name: str, entry: TrialRowEntry, trials: Mapping[str, Trial], rows: Mapping[str, Evidence], where: Spot
) -> TrialRow:
    if name not in rows:
        raise where.error(unknown("evidence row", name, rows))
    measured = rows[name]
    label = entry.label or measured.statement
    if entry.cannot is not None:
        return TrialRow(name, "", (), "", (), "", " ".join(entry.cannot.split()), label)
    if entry.trial not in trials:
        raise where.at("trial").error(unknown("trial", entry.trial, trials))
    if entry.statistic not in STATISTICS:
        raise where.at("statistic").error(unknown("statistic", entry.statistic, STATISTICS))
    trial, kind, sign = trials[entry.trial], STATISTICS[entry.statistic], entry.sign
    for key, given, names in (
        ("endpoints", entry.endpoints, list(trial.causes)),
        ("of", entry.of, list(trial.arms)),
    ):
        if not given or not set(given) <= set(names):
            raise where.at(key).error(f"{list(given)!r} must be among {', '.join(names)}")
    if len(entry.of) != kind.arms:
        arms = f"{kind.arms} arm{'s' * (kind.arms > 1)}"
        raise where.error(f"{entry.statistic} needs {arms}, got {list(entry.of)!r}")
    if sign not in ("", *SIGNS) or (sign and kind.compare != "fold"):
        raise where.error(f"sign is one of {', '.join(SIGNS)}, of a ratio; got {sign!r}")
    if not sign and not measured.numeric:
        raise where.error("no number with an error was published; give sign, the direction that it asks for")
    if kind.unit:
        with where.named():
            units.factor(measured.unit, kind.unit, f"unit of row {name}")
    note, built_in = (" ".join(text.split()) for text in (entry.note, entry.built_in))
    return TrialRow(
        name,
        entry.trial,
        entry.endpoints,
        entry.statistic,
        entry.of,
        note,
        "",
        label,
        sign,
        built_in,
        trial,
        measured.unit,
    )
