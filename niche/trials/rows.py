"""Published rows of trials as data of params/trials: who is treated how, which statistic is read, or why none is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from msgspec import UNSET, structs

from niche.errors import NicheError, unknown
from niche.evidence.readings import SIGNS
from niche.evidence.rows import evidence
from niche.kinetics.coupling import read_couplings
from niche.kinetics.regimens import regimen
from niche.params.records import read_yaml, root
from niche.params.schema import parse
from niche.trials.design import Design
from niche.trials.files import CohortEntry, RegimenOptions, TrialEntry, TrialFile, TrialRowEntry
from niche.trials.hazards import read_causes
from niche.trials.patients import Arm, Cohort


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
    where = "trials/rows.yaml"
    content = parse(TrialFile, read_yaml(file or root() / "trials" / "rows.yaml"), where)
    cohorts = {name: _cohort(entry, f"{where}, cohorts, {name}") for name, entry in content.cohorts.items()}
    regimens = {name: _arm(given, f"{where}, regimens, {name}") for name, given in content.regimens.items()}
    trials = {
        name: _trial(entry, cohorts, regimens, f"{where}, trials, {name}") for name, entry in content.trials.items()
    }
    rows = {name: _row(name, entry, trials, f"{where}, rows, {name}") for name, entry in content.rows.items()}
    return MappingProxyType(trials), MappingProxyType(rows)


def trial_row(row: str) -> TrialRow:
    """One row of params/trials, or an error with the nearest id."""
    rows = read_trials()[1]
    if row not in rows:
        raise unknown("row of params/trials", row, rows)
    return rows[row]


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


def _cohort(entry: CohortEntry, where: str) -> Cohort:
    try:
        return Cohort(entry.lines, entry.seeded, entry.run_in, entry.steps, entry.share)
    except NicheError as error:
        raise NicheError(f"{where}: {error}") from None


def _arm(given: Sequence[Sequence[str | RegimenOptions]], where: str) -> Arm:
    made = []
    for i, (drug, text, *more) in enumerate(given, 1):
        place = f"{where}, item {i}"
        if not (isinstance(drug, str) and isinstance(text, str)) or any(isinstance(one, str) for one in more):
            raise NicheError(f"{place}: expected [drug, regimen] or [drug, regimen, {{averaged: true}}]")
        if drug not in read_couplings():
            raise NicheError(f"{place}: {unknown('drug', drug, read_couplings())}")
        try:
            regimen(text, 1e4)
        except NicheError as error:
            raise NicheError(f"{place}: {error}") from None
        options = [structs.asdict(one) for one in more if isinstance(one, RegimenOptions)]
        said = [{key: value for key, value in one.items() if value is not UNSET} for one in options]
        made.append((drug, text, *said))
    return tuple(made)


def _trial(entry: TrialEntry, cohorts: Mapping[str, Cohort], regimens: Mapping[str, Arm], where: str) -> Trial:
    if entry.cohort not in cohorts:
        raise NicheError(f"{where}, cohort: {unknown('cohort', entry.cohort, cohorts)}")
    for arm in entry.arms:
        if arm not in regimens:
            raise NicheError(f"{where}, arms: {unknown('regimen', arm, regimens)}")
    cohort, causes = cohorts[entry.cohort], read_causes()
    for cause in entry.causes:
        if cause not in causes:
            raise NicheError(f"{where}, causes: {unknown('cause of an event', cause, causes)}")
        if causes[cause].foci and (cohort.seeded or cohort.run_in < 1):
            raise NicheError(f"{where}: {cause!r} needs a cohort that is not seeded, and a run_in for a niche at rest")
    try:
        design = Design(entry.arms, entry.follow_up, entry.causes, entry.dropout, entry.visits)
    except NicheError as error:
        raise NicheError(f"{where}: {error}") from None
    return Trial(cohort, {arm: regimens[arm] for arm in entry.arms}, entry.causes, design)


def _row(name: str, entry: TrialRowEntry, trials: Mapping[str, Trial], where: str) -> TrialRow:
    try:
        measured = evidence(name)
    except NicheError as error:
        raise NicheError(f"{where}: {error}") from None
    label = entry.label or measured.statement
    if entry.cannot is not None:
        return TrialRow(name, "", (), "", (), "", " ".join(entry.cannot.split()), label)
    if entry.trial not in trials:
        raise NicheError(f"{where}, trial: {unknown('trial', entry.trial, trials)}")
    if entry.statistic not in STATISTICS:
        raise NicheError(f"{where}, statistic: {unknown('statistic', entry.statistic, STATISTICS)}")
    trial, kind, sign = trials[entry.trial], STATISTICS[entry.statistic], entry.sign
    for key, given, names in (
        ("endpoints", entry.endpoints, list(trial.causes)),
        ("of", entry.of, list(trial.arms)),
    ):
        if not given or not set(given) <= set(names):
            raise NicheError(f"{where}, {key}: {list(given)!r} must be among {', '.join(names)}")
    if len(entry.of) != kind.arms:
        raise NicheError(
            f"{where}: {entry.statistic} needs {kind.arms} arm{'s' * (kind.arms > 1)}, got {list(entry.of)!r}"
        )
    if sign not in ("", *SIGNS) or (sign and kind.compare != "fold"):
        raise NicheError(f"{where}: sign is one of {', '.join(SIGNS)}, of a ratio; got {sign!r}")
    if not sign and not measured.numeric:
        raise NicheError(f"{where}: no number with an error was published; give sign, the direction that it asks for")
    note, built_in = (" ".join(text.split()) for text in (entry.note, entry.built_in))
    return TrialRow(name, entry.trial, entry.endpoints, entry.statistic, entry.of, note, "", label, sign, built_in)
