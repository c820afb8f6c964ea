"""The layers of `params/`: the model, the species, the tumour lines, the drugs and the conditions, read and checked."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from niche import units
from niche.errors import NicheError, known, unknown
from niche.lookups import Noted, whole
from niche.model.state import DERIVED, Inputs, Parameters, describe
from niche.params.records import Parameter, read_entries, read_folder, root
from niche.params.registry import Condition, Drug, Registry, Strain, System, TumourLine

SLOTS = ("rankl_trap", "tgfb_trap", "pthrp_trap", "ngf_trap", "zol", "agonist", "blocker")
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
CONDITIONS = ("diet", "surgery", "genotype", "culture", "treatment")


@lru_cache(maxsize=4)
def read_registry(folder: Path | None = None) -> Registry:
    """Read and check all layers. Raises `NicheError` naming file and key for the first thing that is wrong."""
    base = folder or root()
    model: dict[str, Parameter] = {}
    for file, content in read_folder(base / "model").items():
        where = f"model/{file}.yaml"
        known(content, {"source", "parameters"}, where)
        entries = read_entries(_part(content, "parameters", where), "model", where, content.get("source", ""), UNITS)
        twice = set(entries) & set(model)
        if twice:
            raise NicheError(f"{where}: {', '.join(sorted(twice))} stands in another file of params/model already")
        model |= entries
    missing = set(UNITS) - set(model)
    if missing:
        raise NicheError(f"params/model gives no value for {', '.join(sorted(missing))}")
    systems = _systems(read_folder(base / "systems"))
    lines, drugs, conditions = {}, {}, {}
    for name, entry, where, source in _each(base, "lines"):
        known(entry, {"about", "parameters"}, where)
        block = read_entries(_part(entry, "parameters", where), name, where, source, UNITS)
        lines[name] = TumourLine(name, entry.get("about", ""), MappingProxyType(block))
    for name, entry, where, source in _each(base, "drugs"):
        drugs[name] = _drug(name, entry, where, source, systems)
    for name, entry, where, source in _each(base, "conditions"):
        known(entry, {"kind", "about", "inputs"}, where)
        if entry.get("kind") not in CONDITIONS:
            raise NicheError(f"{where}: {unknown('kind of condition', entry.get('kind'), CONDITIONS)}")
        block = read_entries(_part(entry, "inputs", where), name, where, source, _INPUT_UNITS)
        conditions[name] = Condition(name, entry["kind"], entry.get("about", ""), MappingProxyType(block))
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
    )


def _each(base: Path, table: str) -> Iterator[tuple[str, dict, str, str]]:
    """Name, entry, place and source of every line, drug or condition."""
    found: set[str] = set()
    with whole(table):
        files = read_folder(base / table)
    for file, content in files.items():
        where = f"{table}/{file}.yaml"
        known(content, {"source", table}, where)
        for name, entry in _part(content, table, where).items():
            if name in found:
                raise NicheError(f"{where}: {name} stands in another file of params/{table} already")
            found.add(name)
            yield name, entry, f"{where}: {name}", content.get("source", "")


def _part(content: dict, key: str, where: str) -> dict:
    if not isinstance(content, dict) or not isinstance(content.get(key), dict):
        raise NicheError(f"{where}: expected a mapping under {key!r}")
    return dict(content[key])


def _names(entry: dict, key: str, what: str, allowed: Collection[str], where: str) -> list[str]:
    """A list of known names."""
    found = entry.get(key)
    if not isinstance(found, list) or not found:
        raise NicheError(f"{where}: expected {key}: [names], got {found!r}")
    for name in found:
        if not isinstance(name, str) or name not in allowed:
            raise NicheError(f"{where}: {unknown(what, name, allowed)}")
    return found


def _systems(files: dict[str, dict]) -> dict[str, System]:
    systems = {name: _system(name, content) for name, content in files.items()}
    for name, parent in [(name, content["inherits"]) for name, content in files.items() if "inherits" in content]:
        where = f"systems/{name}.yaml, inherits"
        if not isinstance(parent, str) or parent not in files:
            raise NicheError(f"{where}: {unknown('system', parent, files)}")
        if "inherits" in files[parent] or systems[parent].pace:
            raise NicheError(f"{where}: {parent} inherits or is rescaled itself; name a system that stands alone")
        merged = MappingProxyType({**systems[parent].parameters, **systems[name].parameters})
        systems[name] = replace(systems[name], parameters=merged)
    return systems


def _system(name: str, content: dict) -> System:
    where = f"systems/{name}.yaml"
    known(content, {"about", "inherits", "body_mass", "strains", "source", "rescale", "parameters"}, where)
    source = content.get("source", "")
    mass = read_entries({"body_mass": content.get("body_mass")}, name, where, source, {"body_mass": "kg"})
    block = read_entries(_part(content, "parameters", where), name, where, source, UNITS)
    strains = {}
    for strain, entry in _part(content, "strains", where).items():
        known(entry, {"about", "parameters"}, f"{where}, {strain}")
        given = read_entries(entry.get("parameters") or {}, strain, f"{where}, {strain}", source, UNITS)
        strains[strain] = Strain(strain, entry.get("about", ""), MappingProxyType(given))
    if not strains:
        raise NicheError(f"{where}: strains is empty; the first one is taken where none is named")
    pace, paced = None, list[str]()
    if "rescale" in content:
        rescale = _part(content, "rescale", where)
        known(rescale, {"pace", "applies_to"}, f"{where}, rescale")
        pace = read_entries({"pace": rescale.get("pace")}, name, where, source, {"pace": "1"})["pace"]
        paced = _names(rescale, "applies_to", "parameter", UNITS, f"{where}, rescale")
    about = content.get("about", "")
    return System(
        name, about, mass["body_mass"], MappingProxyType(strains), MappingProxyType(block), pace, tuple(paced)
    )


def _drug(name: str, entry: Any, where: str, source: str, systems: dict[str, System]) -> Drug:
    known(entry, {"slot", "about", "systems", "max_dose", "dosing", "parameters"}, where)
    slot = entry.get("slot")
    if slot not in SLOTS:
        raise NicheError(f"{where}: {unknown('slot', slot, SLOTS)}")
    dosing = read_entries(_part(entry, "dosing", where), name, where, source, _DOSING_UNITS)
    needed = _NEEDED.get(slot, {"bioavailability", "molar_mass", "volume"})
    if needed - set(dosing):
        raise NicheError(f"{where}: dosing lacks {', '.join(sorted(needed - set(dosing)))}")
    given = _part(entry, "parameters", where) if entry.get("parameters") else {}
    own = {one: unit for one, unit in UNITS.items() if one.startswith(f"{slot}_")}
    block = read_entries(given, name, where, source, own)  # a drug acts through its slot and nothing else
    lacking = set(own if slot.endswith("_trap") else ()) - set(block)
    if lacking:
        raise NicheError(f"{where}: parameters lacks {', '.join(sorted(lacking))}")
    species = _names(entry, "systems", "system", systems, where)
    drug = Drug(
        name,
        entry.get("about", ""),
        slot,
        tuple(species),
        str(entry.get("max_dose", "")),
        MappingProxyType(dosing),
        MappingProxyType(block),
    )
    if drug.max_dose:
        unit = "mg/kg/day" if drug.sustained else "mg/kg" if "/" in drug.max_dose else "mg"
        units.quantity(drug.max_dose, unit, f"{where}, max_dose")
    return drug
