"""Published experiments as data: which hosts, which arms, what is read when. Calibration and claims share them."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar
from typing import Protocol as TypingProtocol

import numpy as np

from niche.errors import NicheError, known, unknown
from niche.evidence.readings import KEYS, Reading, need
from niche.evidence.readings import read_reading as read_reading
from niche.evidence.rows import Evidence, read_evidence
from niche.experiment.hosts import Hosts, hosts
from niche.experiment.protocol import Protocol
from niche.experiment.schedule import schedule
from niche.lookups import Noted, plain, whole
from niche.params.records import read_folder, read_yaml, root

T = TypeVar("T")
VERBS = tuple(name for name, member in vars(Protocol).items() if callable(member) and not name.startswith("_"))
_ROW = {"label", "experiment", "expect", "observed", "built_in", "cannot"} | KEYS
_FILE = {"sets", "experiments", "rows"}
_HOST = {"set"} | set(inspect.signature(hosts).parameters) - {"draws", "seed", "posterior"}


@dataclass(frozen=True)
class Experiment:
    """Hosts (keywords of `niche.experiment.hosts`, parameter changes) and one protocol per arm."""

    name: str
    host: Mapping[str, Any]
    changes: Mapping[str, float]
    arms: Mapping[str, Protocol]
    note: str


class Bench(TypingProtocol):
    """Where rows are read: `niche.evidence.laboratory.Laboratory`, and what stands in for it."""

    draws: int
    seed: int
    posterior: Any
    changes: dict[str, Any]
    workers: int | None
    intact: Any
    failed: dict[str, int]
    warnings: dict[str, str]

    def annex(self, build: Callable[[Any], T]) -> T:
        """What `build` makes of this laboratory, made once."""

    def hosts(self, experiment: Experiment) -> Hosts:
        """The hosts of an experiment."""

    def read(self, experiment: Experiment, reading: Reading) -> np.ndarray:
        """One reading, shape (draws,)."""


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

    def effect(self, lab: "Bench") -> np.ndarray:
        """What the row measured, in its own unit, in each draw of a laboratory, shape (draws,)."""
        assert self.experiment is not None
        return lab.read(self.experiment, self.readings[0])

    def agrees(self, lab: "Bench") -> np.ndarray:
        """Whether each draw has everything that a direction row asks for, shape (draws,); NaN where it failed."""
        assert self.experiment is not None
        parts = [reading.holds(lab.read(self.experiment, reading)) for reading in self.readings]
        return np.asarray(np.min(np.stack(parts), axis=0))

    def subjects(self, lab: "Bench") -> tuple[Hosts, set[str]]:
        """The hosts behind `effect`, one for each draw, and the names of what is done to them."""
        assert self.experiment is not None
        return lab.hosts(self.experiment), {s.name for arm in self.arms for s in self.experiment.arms[arm].steps}

    def role(self, measured: Evidence) -> str:
        """What the row is used for."""
        return measured.role

    def note(self, measured: Evidence) -> str:
        """What has to be said beside the row."""
        return ""

    @property
    def layers(self) -> set[str]:
        """Species, strain, tumour line, drugs and conditions that it is simulated with, by name."""
        if self.experiment is None:
            return set()
        host = self.experiment.host
        steps = {step.name for arm in self.arms for step in self.experiment.arms[arm].steps}
        return {host["system"], host.get("strain", ""), host.get("tumour", "")} - {""} | steps

    @property
    def direction(self) -> bool:
        """Whether it asks for directions or bounds, and not for a number."""
        return bool(self.readings) and bool(self.readings[0].asks)

    @property
    def arms(self) -> tuple[str, ...]:
        """Every arm that is simulated for it."""
        return tuple(dict.fromkeys(arm for reading in self.readings for arm in reading.arms))

    @property
    def places(self) -> tuple[str, ...]:
        """Every arm that is simulated for it, as "experiment, arm"."""
        return tuple(f"{self.experiment.name}, {arm}" for arm in self.arms) if self.experiment else ()


# Who else plans rows: named and not imported, so that nothing here knows of trials.
PLANNERS = ("niche.trials.judged",)


@lru_cache(maxsize=1)
def plans() -> Mapping[str, RowPlan]:
    """The plan of every evidence row: of params/experiments, else of whoever else plans rows (`PLANNERS`)."""
    found = dict(plain(read_experiments()))
    for module in PLANNERS:
        for row, made in import_module(module).row_plans().items():
            if row not in found or found[row].cannot:
                found[row] = made
    return Noted("experiments", found)


@lru_cache(maxsize=4)
def read_experiments(folder: Path | None = None) -> Mapping[str, RowPlan]:
    """The plan of every evidence row that has one. Raises `NicheError` naming what is wrong."""
    return Noted("experiments", _read_folder(folder)[2])


def read_plans(file: Path, rows: Mapping[str, Evidence]) -> dict[str, RowPlan]:
    """The plans of a file outside params/, which may use the experiments there.

    rows : evidence that may be planned, unless params/ says already how the row is simulated
    raises : NicheError naming the file and what is wrong in it
    """
    sets, experiments, plans = _read_folder(None)
    content = {str(file): read_yaml(file)}
    simulated = {row: plan for row, plan in plans.items() if not plan.cannot}
    _, made, found = _read(content, rows, dict(sets), dict(experiments), dict(simulated))
    for name in content[str(file)].get("experiments") or {}:
        _rehearse(made[name], f"{file}: {name}")
    return {row: plan_of for row, plan_of in found.items() if row not in simulated}


def plan_of(row: str) -> RowPlan:
    """How one row is simulated, or an error with the nearest id that has a plan."""
    plans = read_experiments()
    if row not in plans:
        raise unknown("planned evidence row", row, plans)
    return plans[row]


@lru_cache(maxsize=4)
def _read_folder(folder: Path | None) -> tuple[dict[str, Any], dict[str, Experiment], dict[str, RowPlan]]:
    with whole("experiments"):
        files = read_folder(folder or root() / "experiments")
    named = {f"experiments/{file}.yaml": content for file, content in files.items()}
    return _read(named, read_evidence(), {}, {}, {})


def _read(
    files: Mapping[str, Any],
    rows: Mapping[str, Evidence],
    sets: dict[str, Any],
    experiments: dict[str, Experiment],
    plans: dict[str, RowPlan],
) -> tuple[dict[str, Any], dict[str, Experiment], dict[str, RowPlan]]:
    """Add what the files hold to sets, experiments and plans."""
    for file, content in files.items():
        known(content, _FILE, file)
        sets |= content.get("sets") or {}
    for file, content in files.items():
        for name, entry in (content.get("experiments") or {}).items():
            where = f"{file}: {name}"
            if name in experiments:
                raise NicheError(f"{where}: an experiment of this name is there already; names are given once")
            experiments[name] = _experiment(name, entry, sets, where)
    for file, content in files.items():
        for row, entry in (content.get("rows") or {}).items():
            where = f"{file}: row {row}"
            if row not in rows:
                raise NicheError(f"{where}: {unknown('evidence row', row, rows)}")
            if row in plans:
                raise NicheError(f"{where} has a plan already; give a measurement of your own an id of its own")
            plans[row] = _plan(row, entry, experiments, where)
    return sets, experiments, plans


def _rehearse(experiment: Experiment, where: str) -> None:
    """Names of hosts, and what they cannot have done to them, show when hosts and schedule are made: do it once."""
    place = f"{where}, host"
    try:
        one = hosts(**experiment.host, draws=1, posterior="prior").with_parameters(**experiment.changes)
        for arm, protocol in experiment.arms.items():
            place = f"{where}, arm {arm!r}"
            schedule(one, protocol)
    except NicheError as error:
        raise NicheError(f"{place}: {error}") from None


def _experiment(name: str, entry: Any, sets: Mapping[str, Any], where: str) -> Experiment:
    known(entry, {"host", "days", "arms", "note"}, where)
    need(entry, ("host", "days", "arms"), where)
    known(entry["host"], _HOST, f"{where}, host")
    need(entry["host"], ("system",), f"{where}, host")
    host = dict(entry["host"])
    chosen = host.pop("set", None)
    if chosen is not None and chosen not in sets:
        raise NicheError(f"{where}: {unknown('set of parameters', chosen, sets)}")
    if not isinstance(entry["arms"], dict) or not entry["arms"]:
        raise NicheError(f"{where}: expected arms: {{name: [steps]}}, got {entry['arms']!r}")
    arms = {
        str(arm): protocol_of(entry["days"], steps, f"{where}, arm {arm!r}") for arm, steps in entry["arms"].items()
    }
    return Experiment(name, host, sets[chosen] if chosen else {}, arms, str(entry.get("note", "")))


def protocol_of(length: Any, steps: Any, where: str) -> Protocol:
    """Steps as in `Protocol`: {verb: [arguments], option: value}."""
    if not isinstance(steps, list) or not all(isinstance(step, dict) and step for step in steps):
        raise NicheError(
            f"{where}: expected a list of steps like {{infuse: [isoprenaline, 5 mg/kg/day]}}, got {steps!r}"
        )
    try:
        protocol = Protocol(length)
        for step in steps:
            named = [key for key in step if key in VERBS]
            verb = named[0] if len(named) == 1 else next(iter(step))  # "dose" is a verb, and an option of infuse
            options = [key for key in step if key != verb]
            if verb not in VERBS:
                raise unknown("step", verb, VERBS)
            perform = getattr(protocol, verb)
            takes = list(inspect.signature(perform).parameters)
            for option in options:
                if option not in takes:
                    raise unknown(f"option of {verb}", option, takes)
            given = [] if step[verb] is None else step[verb]
            arguments = given if isinstance(given, list) else [given]
            protocol = perform(*arguments, **{option: step[option] for option in options})
    except (NicheError, TypeError) as error:
        raise NicheError(f"{where}: {error}") from None
    return protocol


def _plan(row: str, entry: Any, experiments: Mapping[str, Experiment], where: str) -> RowPlan:
    known(entry, _ROW, where)
    label = str(entry.get("label", ""))
    if "cannot" in entry:
        return RowPlan(row, label, None, (), None, "", str(entry["cannot"]))
    if entry.get("experiment") not in experiments:
        raise NicheError(f"{where}: {unknown('experiment', entry.get('experiment'), experiments)}")
    experiment = experiments[entry["experiment"]]
    asked = entry.get("expect") or [{k: v for k, v in entry.items() if k in KEYS}]
    readings = tuple(read_reading(one, experiment.arms, where) for one in asked)
    if "expect" in entry and not all(reading.asks for reading in readings):
        raise NicheError(f"{where}: each reading under expect needs a sign, or bounds (within)")
    observed = None
    if "observed" in entry:
        known(entry["observed"], set(Observed.__dataclass_fields__), f"{where}, observed")
        need(entry["observed"], tuple(Observed.__dataclass_fields__), f"{where}, observed")
        observed = Observed(**entry["observed"])
        if any(reading.asks for reading in readings):
            raise NicheError(f"{where}: observed restates the row as a number, so no reading asks for a direction")
    return RowPlan(row, label, experiment, readings, observed, str(entry.get("built_in", "")), "")
