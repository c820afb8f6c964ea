"""Published experiments as data: which hosts, which arms, what is read when. Calibration and claims share them."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from niche import units
from niche.errors import NicheError, unknown
from niche.evidence.level_rows import MARK, level_plans
from niche.evidence.plan_files import ExperimentEntry, PlanFile, RowEntry
from niche.evidence.protocols import protocol_of
from niche.evidence.readings import KEYS, Reading, read_reading
from niche.evidence.row_plan import Experiment, Observed, RowPlan
from niche.evidence.rows import Evidence, read_evidence
from niche.experiment.hosts import Hosts, hosts
from niche.experiment.schedule import schedule
from niche.lookups import Noted, plain, whole
from niche.model.observables import OBSERVABLES
from niche.model.state import DERIVED, Parameters, State, describe
from niche.params.own_sections import read_sections
from niche.params.records import read_folder, root
from niche.params.registry import Registry
from niche.params.schema import parse
from niche.params.yaml_files import Spot

Plans = tuple[dict[str, dict[str, float]], dict[str, Experiment], dict[str, RowPlan]]

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


def read_plans(file: Path, rows: Mapping[str, Evidence], registry: Registry | None = None) -> dict[str, RowPlan]:
    """The plans of a file outside params/, which may use the experiments and trials there.

    Parameters
    ----------
    rows
        evidence that may be planned, unless params/ says already how the row is simulated
    registry
        as in `niche.experiment.hosts`

    Raises
    ------
    NicheError
        naming the file, the line and what is wrong in it
    """
    spot = Spot(str(file), file)
    planners = [import_module(module) for module in PLANNERS]
    sections = {*PlanFile.__struct_fields__, *(name for planner in planners for name in planner.SECTIONS)}
    content = read_sections(file, sections)
    for name in content:
        if name not in sections:
            raise spot.at(name, said="").error(unknown("key", name, sections))
    sets, experiments, _ = _read_folder(None)
    simulated = {row: plan for row, plan in plans().items() if not plan.cannot}
    content, apart = _divided(content, {MARK: (), **{one.MARK: one.SECTIONS for one in planners}})
    for row in (row for part in apart.values() for row in part.get("rows", ())):
        _check_new(row, rows, simulated, spot.at("rows", row))
    _, made, found = _read({spot: content}, rows, (dict(sets), dict(experiments), dict(simulated)))
    for name in content.get("experiments") or {}:
        _rehearse(made[name], registry, spot.at("experiments", name))
    found = {row: plan for row, plan in found.items() if row not in simulated}
    found |= level_plans(apart[MARK].get("rows", {}), rows, spot)
    for planner in planners:
        found |= planner.own_plans(apart[planner.MARK], rows, spot)
    return found


def _divided(
    content: Mapping[str, Any], marks: Mapping[str, Collection[str]]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What stands in a file for experiments, and by mark what stands there for others: their sections and rows."""
    entries = content.get("rows")
    marked: dict[str, dict[str, Any]] = {mark: {} for mark in marks}
    for row, entry in entries.items() if isinstance(entries, dict) else ():
        mark = next((one for one in marks if isinstance(entry, dict) and one in entry), None)
        if mark is not None:
            marked[mark][row] = entry
    theirs = {section for sections in marks.values() for section in sections}
    rest = {name: part for name, part in content.items() if name not in theirs}
    if isinstance(entries, dict):
        gone = {row for part in marked.values() for row in part}
        rest["rows"] = {row: entry for row, entry in entries.items() if row not in gone}
    apart: dict[str, dict[str, Any]] = {}
    for mark, sections in marks.items():
        apart[mark] = {name: content[name] for name in sections if name in content} | {"rows": marked[mark]}
    return rest, apart


def _check_new(row: str, rows: Mapping[str, Evidence], planned: Collection[str], where: Spot) -> None:
    if row not in rows:
        raise where.error(unknown("evidence row", row, rows))
    if row in planned:
        raise where.error(f"row {row} has a plan already; give a measurement of your own an id of its own")


def plan_of(row: str) -> RowPlan:
    """How one row is simulated, or an error with the nearest id that has a plan."""
    plans = read_experiments()
    if row not in plans:
        raise unknown("planned evidence row", row, plans)
    return plans[row]


@lru_cache(maxsize=4)
def _read_folder(folder: Path | None) -> Plans:
    base = folder or root() / "experiments"
    with whole("experiments"):
        files = read_folder(base)
    named = {Spot(f"experiments/{file}.yaml", base / f"{file}.yaml"): content for file, content in files.items()}
    return _read(named, read_evidence(), ({}, {}, {}))


def _read(files: Mapping[Spot, Any], rows: Mapping[str, Evidence], known: Plans) -> Plans:
    """Add what the files hold to the sets, experiments and plans that are known."""
    sets, experiments, plans = known
    parsed = {spot: parse(PlanFile, content, spot) for spot, content in files.items()}
    for spot, content in parsed.items():
        for name, numbers in (content.sets or {}).items():
            where = spot.at("sets", name)
            if name in sets:
                raise where.error("a set of this name is there already; names are given once")
            _check_parameters(numbers, where)
            sets[name] = dict(numbers)
    for spot, content in parsed.items():
        for name, entry in (content.experiments or {}).items():
            where = spot.at("experiments", name)
            if name in experiments:
                raise where.error("an experiment of this name is there already; names are given once")
            experiments[name] = _experiment(name, entry, sets, where)
    for spot, content in parsed.items():
        for row, one in (content.rows or {}).items():
            where = spot.at("rows", row)
            _check_new(row, rows, plans, where)
            plans[row] = _plan(row, one, files[spot]["rows"][row], experiments, where)
    return sets, experiments, plans


def _check_parameters(given: Mapping[str, float], where: Spot) -> None:
    allowed = [name for name in Parameters._fields if name not in DERIVED]
    for name in given:
        if name not in allowed:
            raise where.at(name, said="").error(unknown("parameter", name, allowed))


def _rehearse(experiment: Experiment, registry: Registry | None, where: Spot) -> None:
    """Names of hosts, and what they cannot have done to them, show when hosts and schedule are made: do it once."""
    with where.at("host").named():
        made = hosts(**experiment.host, draws=1, posterior="prior", registry=registry)
    _rehearse_arms(made, experiment, where)


def _rehearse_arms(made: Hosts, experiment: Experiment, where: Spot) -> None:
    with where.at("host").named():
        one = made.with_parameters(**experiment.changes) if experiment.changes else made
    for arm, protocol in experiment.arms.items():
        with where.at("arms", arm).named():
            schedule(one, protocol)


def shared_experiments() -> Mapping[str, Experiment]:
    """The experiments of params/experiments, by name."""
    return _read_folder(None)[1]


def experiment_of(
    name: str, entry: ExperimentEntry, where: Spot, sets: Mapping[str, Mapping[str, float]] | None = None
) -> Experiment:
    """An experiment from its entry in a file. Raises `NicheError` with the place, and what is wrong there."""
    return _experiment(name, entry, _read_folder(None)[0] if sets is None else sets, where)


def rehearse(experiment: Experiment, where: Spot) -> None:
    """Make hosts and schedules of an experiment once, so that what cannot be done is said by file and key."""
    with where.at("host").named():
        made = _host(tuple(sorted(experiment.host.items())))
    _rehearse_arms(made, experiment, where)


@lru_cache(maxsize=256)
def _host(given: tuple[tuple[str, Any], ...]) -> Hosts:
    """One host of a kind, of the prior: hundreds of experiments have few kinds."""
    return hosts(**dict(given), draws=1, posterior="prior")


def _experiment(name: str, entry: ExperimentEntry, sets: Mapping[str, Mapping[str, float]], where: Spot) -> Experiment:
    given = {key: getattr(entry.host, key) for key in entry.host.__struct_fields__}
    chosen = given.pop("set")
    if chosen is not None and chosen not in sets:
        raise where.at("host", "set").error(unknown("set of parameters", chosen, sets))
    arms = {arm: protocol_of(entry.days, steps, where.at("arms", arm)) for arm, steps in entry.arms.items()}
    host = {key: value for key, value in given.items() if value is not None}
    return Experiment(name, host, dict(sets[chosen]) if chosen is not None else {}, arms, entry.note)


def _plan(
    row: str, entry: RowEntry, raw: Mapping[str, Any], experiments: Mapping[str, Experiment], where: Spot
) -> RowPlan:
    """The plan of one row, from its entry.

    Parameters
    ----------
    raw
        the entry as it stands in the file, from which its own reading is taken
    """
    if entry.cannot is not None:
        return RowPlan(row, entry.label, None, (), None, "", entry.cannot)
    if entry.experiment is None or entry.experiment not in experiments:
        raise where.at("experiment", said="").error(unknown("experiment", entry.experiment, experiments))
    experiment = experiments[entry.experiment]
    own = {key: value for key, value in raw.items() if key in KEYS}
    if entry.expect is not None and own:
        raise where.error(f"give {', '.join(own)} in each reading under expect, not beside it")
    if entry.expect is None:
        readings = [read_reading(own, experiment.arms, where)]
    else:
        places = [where.at("expect", f"item {i}") for i in range(1, len(entry.expect) + 1)]
        pairs = zip(raw["expect"], places, strict=True)
        readings = [read_reading(one, experiment.arms, place) for one, place in pairs]
        if not all(reading.asks for reading in readings):
            raise where.at("expect").error("each reading under expect needs a sign, or bounds (within)")
    observed = None
    if entry.observed is not None:
        one = entry.observed
        observed = Observed(one.value, one.sd, one.scale, one.unit, one.reason)
        if one.scale == "log" and one.value <= 0:
            raise where.at("observed", "value").error(f"{one.value:g} has no logarithm, and scale is log")
        with where.at("observed", "unit").named():
            _check_unit(one.unit, readings[0])
        if any(reading.asks for reading in readings):
            raise where.at("observed").error("it restates the row as a number, so no reading asks for a direction")
    return RowPlan(row, entry.label, experiment, tuple(readings), observed, entry.built_in, "")


def _check_unit(unit: str, reading: Reading) -> None:
    """A restated number is in the unit of what its reading gives."""
    gives = reading.compare.unit or (
        OBSERVABLES[reading.observable].unit
        if reading.observable in OBSERVABLES
        else describe(State)[reading.observable][0]
    )
    same = {"%": ("%", "% of start"), "fold": ("fold", "1"), "1": ("1", "fold")}
    if gives in same:
        if unit not in same[gives]:
            raise NicheError(f"expected {gives!r}, which its reading ({reading.compare}) gives, got {unit!r}")
    elif units.factor(unit, gives) != 1.0:
        raise NicheError(f"expected {gives!r}, which its reading gives, got {unit!r}")
