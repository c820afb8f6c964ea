"""Published experiments as data: which hosts, which arms, what is read when. Calibration and claims share them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from niche import units
from niche.errors import NicheError, unknown
from niche.evidence import read_evidence
from niche.model.observables import OBSERVABLES
from niche.model.state import State
from niche.parameters import read_folder, root
from niche.protocol import Protocol

COMPARE = ("percent", "fold", "value", "slope", "percent of start", "fold of start")
SIGNS = ("increase", "decrease", "none")
_READING = {"observable", "compare", "treated", "control", "day", "surround", "sign"}
_ROW = {"label", "experiment", "expect", "observed", "built_in", "cannot"} | _READING


@dataclass(frozen=True)
class Experiment:
    """Hosts (keywords of `niche.hosts`, parameter changes) and one protocol per arm."""

    name: str
    host: Mapping[str, Any]
    changes: Mapping[str, float]
    arms: Mapping[str, Protocol]
    note: str


@dataclass(frozen=True)
class Reading:
    """What is read: `observable` in arm `treated` against arm `control`, on `day` (one, or the first and last)."""

    observable: str
    compare: str
    treated: str
    control: str | None
    day: tuple[float, ...]
    surround: Mapping[str, str]
    sign: str | None
    reference_day: float | None = None


@dataclass(frozen=True)
class Observed:
    """A row that is no number, restated as one, and why."""

    value: float
    sd: float
    scale: str
    unit: str
    reason: str


@dataclass(frozen=True)
class RowPlan:
    """How one evidence row is simulated and read; `cannot` says why it is not."""

    row: str
    label: str
    experiment: Experiment | None
    readings: tuple[Reading, ...]
    observed: Observed | None
    built_in: str
    cannot: str


@lru_cache(maxsize=4)
def read_experiments(folder: Path | None = None) -> dict[str, RowPlan]:
    """The plan of every evidence row that has one. Raises `NicheError` naming what is wrong."""
    experiments: dict[str, Experiment] = {}
    plans: dict[str, RowPlan] = {}
    files = read_folder(folder or root() / "experiments")
    sets = {name: values for content in files.values() for name, values in content.get("sets", {}).items()}
    for file, content in files.items():
        for name, entry in content.get("experiments", {}).items():
            experiments[name] = _experiment(name, entry, sets, f"experiments/{file}.yaml: {name}")
    for file, content in files.items():
        for row, entry in content.get("rows", {}).items():
            where = f"experiments/{file}.yaml: row {row}"
            if row not in read_evidence():
                raise NicheError(f"{where}: {unknown('evidence row', row, read_evidence())}")
            if row in plans:
                raise NicheError(f"{where} has two plans")
            plans[row] = _plan(row, entry, experiments, where)
    return plans


def plan(row: str) -> RowPlan:
    """How one row is simulated, or an error with the nearest id that has a plan."""
    plans = read_experiments()
    if row not in plans:
        raise unknown("planned evidence row", row, plans)
    return plans[row]


def _experiment(name: str, entry: Any, sets: Mapping[str, Any], where: str) -> Experiment:
    _known(entry, {"host", "days", "arms", "note"}, where)
    host = dict(entry["host"])
    chosen = host.pop("set", None)
    if chosen is not None and chosen not in sets:
        raise NicheError(f"{where}: {unknown('set of parameters', chosen, sets)}")
    arms = {str(arm): _protocol(entry["days"], steps, f"{where}, arm {arm!r}") for arm, steps in entry["arms"].items()}
    return Experiment(name, host, sets[chosen] if chosen else {}, arms, str(entry.get("note", "")))


def _protocol(length: Any, steps: Any, where: str) -> Protocol:
    """Steps as in `Protocol`: {verb: [arguments], option: value}."""
    protocol = Protocol(length)
    for step in steps:
        verb = next(iter(step))
        if verb not in ("infuse", "dose", "seed", "stress", "diet", "surgery", "genotype"):
            raise NicheError(f"{where}: {unknown('step', verb, ('infuse', 'dose', 'seed', 'stress', 'diet'))}")
        try:
            protocol = getattr(protocol, verb)(*step[verb], **{k: v for k, v in step.items() if k != verb})
        except (NicheError, TypeError) as error:
            raise NicheError(f"{where}: {error}") from None
    return protocol


def _plan(row: str, entry: Any, experiments: Mapping[str, Experiment], where: str) -> RowPlan:
    _known(entry, _ROW, where)
    label = str(entry.get("label", ""))
    if "cannot" in entry:
        return RowPlan(row, label, None, (), None, "", str(entry["cannot"]))
    if entry.get("experiment") not in experiments:
        raise NicheError(f"{where}: {unknown('experiment', entry.get('experiment'), experiments)}")
    experiment = experiments[entry["experiment"]]
    asked = entry.get("expect") or [{k: v for k, v in entry.items() if k in _READING}]
    readings = tuple(_reading(one, experiment, where) for one in asked)
    observed = Observed(**entry["observed"]) if "observed" in entry else None
    return RowPlan(row, label, experiment, readings, observed, str(entry.get("built_in", "")), "")


def _reading(entry: Any, experiment: Experiment, where: str) -> Reading:
    _known(entry, _READING, where)
    if entry["observable"] not in (*OBSERVABLES, *State._fields):
        raise NicheError(f"{where}: {unknown('observable', entry['observable'], [*OBSERVABLES, *State._fields])}")
    compare, reference = str(entry.get("compare", "fold")), None
    if match := re.fullmatch(r"fold of day (\d+)", compare):
        compare, reference = "fold of start", float(match[1])
    if compare not in COMPARE:
        raise NicheError(f"{where}: {unknown('comparison', compare, COMPARE)}")
    surround = {str(k): str(v) for k, v in (entry.get("surround") or {}).items()}
    arms = [entry["treated"], entry.get("control"), *surround, *surround.values()]
    for arm in arms:
        if arm is not None and arm not in experiment.arms:
            raise NicheError(f"{where}: {unknown('arm', arm, experiment.arms)}")
    if compare in ("percent", "fold") and entry.get("control") is None:
        raise NicheError(f"{where}: a comparison by {compare!r} needs a control arm")
    if entry.get("sign") not in (None, *SIGNS):
        raise NicheError(f"{where}: {unknown('sign', entry.get('sign'), SIGNS)}")
    day = entry["day"] if isinstance(entry["day"], list) else [entry["day"]]
    days = tuple(units.days(d, f"{where}, day") for d in day)
    length = next(iter(experiment.arms.values())).days
    if min(days) < 0 or max(days) > length:
        raise NicheError(f"{where}: day {max(days):g} is outside the experiment, which ends on day {length:g}")
    return Reading(
        entry["observable"],
        compare,
        entry["treated"],
        entry.get("control"),
        days,
        surround,
        entry.get("sign"),
        reference,
    )


def _known(entry: Any, allowed: set[str], where: str) -> None:
    if not isinstance(entry, dict):
        raise NicheError(f"{where}: expected a mapping, got {entry!r}")
    for key in entry:
        if key not in allowed:
            raise NicheError(f"{where}: {unknown('key', key, allowed)}")
