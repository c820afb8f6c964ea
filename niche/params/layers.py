"""The layers of `params/`: the model, the species, the tumour lines, the drugs and the conditions, read and checked."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from niche import units
from niche.errors import NicheError, unknown
from niche.frozen import Frozen
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
    model = read_model(read_folder(base / "model"))
    systems = read_systems(read_folder(base / "systems"))
    with whole("lines"):
        lines = read_lines(read_folder(base / "lines"))
    with whole("drugs"):
        drugs = read_slot_drugs(read_folder(base / "drugs"), systems)
    with whole("conditions"):
        conditions = read_conditions(read_folder(base / "conditions"))
    with whole("coupling"):
        couplings = read_factors(read_folder(base / "coupling"))
    strains = [strain for system in systems.values() for strain in system.strains]
    names = ["model", *systems, *strains, *lines, *drugs, *conditions]
    if len(set(names)) < len(names):
        twice = {name for name in names if names.count(name) > 1}
        raise NicheError(f"params: {', '.join(sorted(twice))} names two things; a name says which number is meant")
    return Registry(
        Frozen(model),
        Frozen(systems),
        Noted("lines", lines),
        Noted("drugs", drugs),
        Noted("conditions", conditions),
        Noted("coupling", couplings),
    )


def coupling_factor(drug: str, name: str, entry: WayEntry, where: str, source: str) -> Parameter:
    """What is read of a drug's level times this enters the input `name` of the model.

    Raises
    ------
    NicheError
        for an input that there is not, with the nearest, a unit that does not fit, or a factor beyond what is
        possible
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


def read_lines(files: Mapping[str, Any]) -> dict[str, TumourLine]:
    """Tumour lines of params/lines, from the content of each file by its name without ending."""
    found: dict[str, TumourLine] = {}
    for file, raw in files.items():
        content = parse(LineFile, raw, f"lines/{file}.yaml")
        for name, line, where in _new(content.lines, found, f"lines/{file}.yaml, lines"):
            block = read_entries(line.parameters, name, f"{where}, parameters", content.source, UNITS)
            found[name] = TumourLine(name, line.about, Frozen(block))
    return found


def read_slot_drugs(files: Mapping[str, Any], systems: Mapping[str, System]) -> dict[str, Drug]:
    """Drugs of params/drugs, which fill slots of the model."""
    found: dict[str, Drug] = {}
    for file, raw in files.items():
        content = parse(DrugFile, raw, f"drugs/{file}.yaml")
        for name, drug, where in _new(content.drugs, found, f"drugs/{file}.yaml, drugs"):
            found[name] = _drug(name, drug, where, content.source, systems)
    return found


def read_conditions(files: Mapping[str, Any]) -> dict[str, Condition]:
    """Diets, operations, genotypes and treatments of params/conditions."""
    found: dict[str, Condition] = {}
    for file, raw in files.items():
        content = parse(ConditionFile, raw, f"conditions/{file}.yaml")
        for name, one, where in _new(content.conditions, found, f"conditions/{file}.yaml, conditions"):
            block = read_entries(one.inputs, name, f"{where}, inputs", content.source, _INPUT_UNITS)
            found[name] = Condition(name, one.kind, one.about, Frozen(block))
    return found


def read_factors(files: Mapping[str, Any]) -> dict[str, dict[str, Parameter]]:
    """Of params/coupling what levels are multiplied by: by drug, and by input of the model."""
    found: dict[str, dict[str, Parameter]] = {}
    for file, raw in files.items():
        content = parse(CouplingFile, raw, f"coupling/{file}.yaml")
        for name, way, where in _new(content.drugs, found, f"coupling/{file}.yaml, drugs"):
            found[name] = {
                one: coupling_factor(name, one, entry, f"{where}, inputs, {one}", content.source)
                for one, entry in way.inputs.items()
            }
    return found


def _new(entries: Mapping[str, E], found: Mapping[str, object], where: str) -> Iterator[tuple[str, E, str]]:
    """Name, entry and place, of names that no other file gives."""
    for name, entry in entries.items():
        if name in found:
            raise NicheError(f"{where}: {name} stands in another file of params/{where.partition('/')[0]} already")
        yield name, entry, f"{where}, {name}"


def read_model(files: Mapping[str, Any]) -> dict[str, Parameter]:
    """The numbers of params/model, every one of which has to be there."""
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


def read_systems(files: Mapping[str, Any]) -> dict[str, System]:
    """The species of params/systems, heirs with what they inherit."""
    parsed = {name: parse(SystemFile, content, f"systems/{name}.yaml") for name, content in files.items()}
    systems = {name: _system(name, content) for name, content in parsed.items()}
    for name, parent in [(name, content.inherits) for name, content in parsed.items() if content.inherits]:
        where = f"systems/{name}.yaml, inherits"
        if parent not in parsed:
            raise NicheError(f"{where}: {unknown('system', parent, parsed)}")
        if parsed[parent].inherits or systems[parent].pace:
            raise NicheError(f"{where}: {parent} inherits or is rescaled itself; name a system that stands alone")
        merged = Frozen({**systems[parent].parameters, **systems[name].parameters})
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
        strains[strain] = Strain(strain, entry.about, Frozen(given))
    pace, paced = None, tuple[str, ...]()
    if content.rescale is not None:
        place = f"{where}, rescale"
        pace = read_entries({"pace": content.rescale.pace}, name, place, source, {"pace": "1"})["pace"]
        paced = _known_names(content.rescale.applies_to, "parameter", UNITS, f"{place}, applies_to")
    return System(
        name,
        content.about,
        mass["body_mass"],
        Frozen(strains),
        Frozen(block),
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
    drug = Drug(name, entry.about, slot, species, entry.max_dose, Frozen(dosing), Frozen(block))
    if drug.max_dose:
        unit = "mg/kg/day" if drug.sustained else "mg/kg" if "/" in drug.max_dose else "mg"
        units.quantity(drug.max_dose, unit, f"{where}, max_dose")
    return drug


def _known_names(given: tuple[str, ...], what: str, allowed: Collection[str], where: str) -> tuple[str, ...]:
    for name in given:
        if name not in allowed:
            raise NicheError(f"{where}: {unknown(what, name, allowed)}")
    return given
