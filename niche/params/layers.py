"""The layers of `params/`: the model, the species, the tumour lines, the drugs and the conditions, read and checked."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from niche import units
from niche.errors import NicheError, unknown
from niche.lookups import Noted, whole
from niche.model.state import DERIVED, Inputs, Parameters, describe
from niche.params.files import (
    ConditionFile,
    CouplingFile,
    DrugEntry,
    DrugFile,
    LineFile,
    ModelFile,
    Slot,
    SystemFile,
    WayEntry,
)
from niche.params.records import Parameter, read_entries, read_folder, root
from niche.params.registry import Condition, Drug, Registry, Strain, System, TumourLine
from niche.params.schema import parse

T = TypeVar("T")
E = TypeVar("E")
SLOTS: tuple[str, ...] = get_args(Slot)
UNITS = {name: unit for name, (unit, _) in describe(Parameters).items() if name not in DERIVED}
_INPUT_UNITS = {name: unit for name, (unit, _) in describe(Inputs).items()}
_DOSING_UNITS = {
    "bioavailability": "1",
    "molar_mass": "kDa",
    "volume": "mL/kg",
    "kd_dose_b1": "mg/kg/day",
    "kd_dose_b2": "mg/kg/day",
    "efficacy": "1",
}
_NEEDED = {
    "zol": {"bioavailability"},
    "agonist": {"kd_dose_b1", "kd_dose_b2", "efficacy"},
    "blocker": {"kd_dose_b1", "kd_dose_b2"},
}


# The most that a coupling can be: a receptor meets at most the unbound level of plasma, and a share is at most all. A
# gain on killing, PTH against the molecule that was measured, and deaths a day have bounds of what was ever seen.
_MOST = {"level": 1.0, "over Kd": 1.0, "over effective": 1.0, "share": 1.0, "gain": 20.0, "PTH": 10.0}
_MOST_IN = {"1/day": 3.0, "nM": 1e6}


@lru_cache(maxsize=4)
def read_registry(folder: Path | None = None) -> Registry:
    """Read and check all layers. Raises `NicheError` naming file and key for the first thing that is wrong."""
    base = folder or root()
    model = _model(read_folder(base / "model"))
    systems = _systems(read_folder(base / "systems"))
    lines: dict[str, TumourLine] = {}
    for file, line_file in _files(base, "lines", LineFile):
        for name, line, where in _new(line_file.lines, lines, f"{file}, lines"):
            block = read_entries(line.parameters, name, f"{where}, parameters", line_file.source, UNITS)
            lines[name] = TumourLine(name, line.about, MappingProxyType(block))
    drugs: dict[str, Drug] = {}
    for file, drug_file in _files(base, "drugs", DrugFile):
        for name, drug, where in _new(drug_file.drugs, drugs, f"{file}, drugs"):
            drugs[name] = _drug(name, drug, where, drug_file.source, systems)
    conditions: dict[str, Condition] = {}
    for file, condition_file in _files(base, "conditions", ConditionFile):
        for name, one, where in _new(condition_file.conditions, conditions, f"{file}, conditions"):
            block = read_entries(one.inputs, name, f"{where}, inputs", condition_file.source, _INPUT_UNITS)
            conditions[name] = Condition(name, one.kind, one.about, MappingProxyType(block))
    couplings: dict[str, dict[str, Parameter]] = {}
    for file, map_file in _files(base, "coupling", CouplingFile):
        for name, way, where in _new(map_file.drugs, couplings, f"{file}, drugs"):
            couplings[name] = {
                one: coupling_factor(name, one, entry, f"{where}, inputs, {one}", map_file.source)
                for one, entry in way.inputs.items()
            }
    strains = [strain for system in systems.values() for strain in system.strains]
    names = ["model", *systems, *strains, *lines, *drugs, *conditions]
    if len(set(names)) < len(names):
        twice = {name for name in names if names.count(name) > 1}
        raise NicheError(f"params: {', '.join(sorted(twice))} names two things; a name says which number is meant")
    return Registry(
        MappingProxyType(model),
        MappingProxyType(systems),
        Noted("lines", lines),
        Noted("drugs", drugs),
        Noted("conditions", conditions),
        Noted("coupling", couplings),
    )


def coupling_factor(drug: str, name: str, entry: WayEntry, where: str, source: str) -> Parameter:
    """What is read of a drug's level times this enters the input `name` of the model.

    raises : NicheError for an input that there is not, with the nearest, a unit that does not fit, or a factor beyond
        what is possible
    """
    if name not in _INPUT_UNITS:
        raise NicheError(f"{where}: {unknown('input', name, _INPUT_UNITS)}")
    nanomolar = entry.reads == "over Kd" and units.fits(_INPUT_UNITS[name], "nM")
    unit = "nM" if nanomolar else _INPUT_UNITS[name] if entry.reads == "share" else "1"
    layer = f"coupling {drug} {name}"
    factor = read_entries({"factor": entry.factor}, layer, where, source, {"factor": unit})["factor"]
    most = _MOST[entry.reads] if unit == "1" else _MOST_IN.get(unit, math.inf)
    if factor.range[0] < 0 or factor.range[1] > most:
        raise NicheError(
            f"{where}, factor, range: a factor of {entry.reads!r} lies between 0 and {most:g} {unit}, "
            f"got {list(entry.factor.range)!r}"
        )
    return factor


def _files(base: Path, table: str, kind: type[T]) -> Iterator[tuple[str, T]]:
    """Every file of lines, drugs or conditions, by its name in params/."""
    with whole(table):
        files = read_folder(base / table)
    for file, content in files.items():
        yield f"{table}/{file}.yaml", parse(kind, content, f"{table}/{file}.yaml")


def _new(entries: Mapping[str, E], found: Mapping[str, object], where: str) -> Iterator[tuple[str, E, str]]:
    """Name, entry and place, of names that no other file gives."""
    for name, entry in entries.items():
        if name in found:
            raise NicheError(f"{where}: {name} stands in another file of params/{where.partition('/')[0]} already")
        yield name, entry, f"{where}, {name}"


def _model(files: Mapping[str, Any]) -> dict[str, Parameter]:
    model: dict[str, Parameter] = {}
    for file, raw in files.items():
        where = f"model/{file}.yaml"
        content = parse(ModelFile, raw, where)
        entries = read_entries(content.parameters, "model", f"{where}, parameters", content.source, UNITS)
        for name, entry in entries.items():
            if name in model:
                raise NicheError(f"{where}: {name} stands in another file of params/model already")
            if entry.off is not None and not entry.mechanism:
                raise NicheError(
                    f"{where}, parameters, {name}: what can be off is a coupling; say its mechanism: [names]"
                )
        model |= entries
    missing = set(UNITS) - set(model)
    if missing:
        raise NicheError(f"params/model gives no value for {', '.join(sorted(missing))}")
    return model


def _systems(files: Mapping[str, Any]) -> dict[str, System]:
    parsed = {name: parse(SystemFile, content, f"systems/{name}.yaml") for name, content in files.items()}
    systems = {name: _system(name, content) for name, content in parsed.items()}
    for name, parent in [(name, content.inherits) for name, content in parsed.items() if content.inherits]:
        where = f"systems/{name}.yaml, inherits"
        if parent not in parsed:
            raise NicheError(f"{where}: {unknown('system', parent, parsed)}")
        if parsed[parent].inherits or systems[parent].pace:
            raise NicheError(f"{where}: {parent} inherits or is rescaled itself; name a system that stands alone")
        merged = MappingProxyType({**systems[parent].parameters, **systems[name].parameters})
        systems[name] = replace(systems[name], parameters=merged)
    return systems


def _system(name: str, content: SystemFile) -> System:
    where, source = f"systems/{name}.yaml", content.source
    mass = read_entries({"body_mass": content.body_mass}, name, where, source, {"body_mass": "kg"})
    block = read_entries(content.parameters, name, f"{where}, parameters", source, UNITS)
    strains = {}
    for strain, entry in content.strains.items():
        place = f"{where}, strains, {strain}, parameters"
        given = read_entries(entry.parameters, strain, place, source, UNITS)
        strains[strain] = Strain(strain, entry.about, MappingProxyType(given))
    pace, paced = None, tuple[str, ...]()
    if content.rescale is not None:
        place = f"{where}, rescale"
        pace = read_entries({"pace": content.rescale.pace}, name, place, source, {"pace": "1"})["pace"]
        paced = _known_names(content.rescale.applies_to, "parameter", UNITS, f"{place}, applies_to")
    return System(
        name,
        content.about,
        mass["body_mass"],
        MappingProxyType(strains),
        MappingProxyType(block),
        pace,
        paced,
    )


def _drug(name: str, entry: DrugEntry, where: str, source: str, systems: Mapping[str, System]) -> Drug:
    slot = entry.slot
    dosing = read_entries(entry.dosing, name, f"{where}, dosing", source, _DOSING_UNITS)
    needed = _NEEDED.get(slot, {"bioavailability", "molar_mass", "volume"})
    if needed - set(dosing):
        raise NicheError(f"{where}, dosing: lacks {', '.join(sorted(needed - set(dosing)))}")
    own = {one: unit for one, unit in UNITS.items() if one.startswith(f"{slot}_")}
    # a drug acts through its slot and nothing else
    block = read_entries(entry.parameters, name, f"{where}, parameters", source, own)
    lacking = set(own if slot.endswith("_trap") else ()) - set(block)
    if lacking:
        raise NicheError(f"{where}, parameters: lacks {', '.join(sorted(lacking))}")
    species = _known_names(entry.systems, "system", systems, f"{where}, systems")
    drug = Drug(name, entry.about, slot, species, entry.max_dose, MappingProxyType(dosing), MappingProxyType(block))
    if drug.max_dose:
        unit = "mg/kg/day" if drug.sustained else "mg/kg" if "/" in drug.max_dose else "mg"
        units.quantity(drug.max_dose, unit, f"{where}, max_dose")
    return drug


def _known_names(given: tuple[str, ...], what: str, allowed: Collection[str], where: str) -> tuple[str, ...]:
    for name in given:
        if name not in allowed:
            raise NicheError(f"{where}: {unknown(what, name, allowed)}")
    return given
