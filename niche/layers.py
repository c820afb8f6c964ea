"""The layers of `params/`: the model, the species, the tumour lines, the drugs and the conditions, read and checked."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from niche.errors import NicheError, unknown
from niche.model.state import DERIVED, Inputs, Parameters, describe
from niche.parameters import Parameter, read_entries, read_folder, root

SLOTS = ("rankl_trap", "tgfb_trap", "pthrp_trap", "zol", "agonist", "blocker")
UNITS = {name: unit for name, (unit, _) in describe(Parameters).items() if name not in DERIVED}
_INPUT_UNITS = {name: unit for name, (unit, _) in describe(Inputs).items()}
_DOSING_UNITS = {
    "bioavailability": "1", "molar_mass": "kDa", "volume": "mL/kg",
    "kd_dose_b1": "mg/kg/day", "kd_dose_b2": "mg/kg/day", "efficacy": "1",
}  # fmt: skip
_NEEDED = {
    "zol": {"bioavailability"},
    "agonist": {"kd_dose_b1", "kd_dose_b2", "efficacy"},
    "blocker": {"kd_dose_b1", "kd_dose_b2"},
}


@dataclass(frozen=True)
class System:
    """A species: what differs from the model's defaults, its strains, its body mass, and its rescale."""

    name: str
    about: str
    body_mass: Parameter
    strains: MappingProxyType
    parameters: MappingProxyType
    pace: Parameter | None
    paced: tuple[str, ...]


@dataclass(frozen=True)
class Drug:
    """A drug as data: the slot of the model that it fills, how a dose becomes a level, and the slot's numbers."""

    name: str
    about: str
    slot: str
    systems: tuple[str, ...]
    max_dose: str
    dosing: MappingProxyType
    parameters: MappingProxyType

    @property
    def sustained(self) -> bool:
        """Whether it is given as a level that lasts (an infusion) rather than as doses with kinetics."""
        return self.slot in ("agonist", "blocker")


@dataclass(frozen=True)
class Condition:
    """A diet, an operation or a genotype: the inputs that it sets."""

    name: str
    kind: str
    about: str
    inputs: MappingProxyType


@dataclass(frozen=True)
class Book:
    """Everything in `params/` that a host or a protocol can be made of."""

    model: MappingProxyType
    systems: MappingProxyType
    lines: MappingProxyType
    drugs: MappingProxyType
    conditions: MappingProxyType

    def get(self, what: str, name: object) -> Any:
        """One entry of a table ("systems", "lines", "drugs", "conditions"), or an error with the nearest name."""
        table = getattr(self, what)
        if name not in table:
            raise unknown({"lines": "tumour line"}.get(what, what.rstrip("s")), name, table)
        return table[name]

    def uncertain(self) -> dict[str, Parameter]:
        """Every parameter that varies between draws, by its name in the posterior."""
        blocks: list[dict[str, Parameter]] = [dict(self.model)]
        for system in self.systems.values():
            blocks += [dict(system.parameters), {"pace": system.pace} if system.pace else {}]
        blocks += [dict(line.parameters) for line in self.lines.values()]
        blocks += [{**drug.dosing, **drug.parameters} for drug in self.drugs.values()]
        blocks += [dict(condition.inputs) for condition in self.conditions.values()]
        entries = [entry for block in blocks for entry in block.values()]
        return {entry.key: entry for entry in entries if entry.prior is not None}


@dataclass(frozen=True)
class Line:
    """A tumour line as one study used it."""

    name: str
    about: str
    parameters: MappingProxyType


@lru_cache(maxsize=4)
def read_book(folder: Path | None = None) -> Book:
    """Read and check all layers. Raises `NicheError` naming file and key for the first thing that is wrong."""
    base = folder or root()
    model: dict[str, Parameter] = {}
    for file, content in read_folder(base / "model").items():
        where = f"model/{file}.yaml"
        entries = read_entries(_part(content, "parameters", where), "model", where, content.get("source", ""), UNITS)
        twice = set(entries) & set(model)
        if twice:
            raise NicheError(f"{where}: {', '.join(sorted(twice))} stands in another file of params/model already")
        model |= entries
    missing = set(UNITS) - set(model)
    if missing:
        raise NicheError(f"params/model gives no value for {', '.join(sorted(missing))}")
    systems = {name: _system(name, content) for name, content in read_folder(base / "systems").items()}
    for name, content in read_folder(base / "systems").items():
        if "inherits" in content:
            systems[name] = _inherit(systems[name], systems[content["inherits"]])
    lines, drugs, conditions = {}, {}, {}
    for file, content in read_folder(base / "lines").items():
        for name, entry in _part(content, "lines", f"lines/{file}.yaml").items():
            where = f"lines/{file}.yaml: {name}"
            block = read_entries(_part(entry, "parameters", where), name, where, content.get("source", ""), UNITS)
            lines[name] = Line(name, entry.get("about", ""), MappingProxyType(block))
    for file, content in read_folder(base / "drugs").items():
        for name, entry in _part(content, "drugs", f"drugs/{file}.yaml").items():
            drugs[name] = _drug(name, entry, f"drugs/{file}.yaml: {name}", content.get("source", ""))
    for file, content in read_folder(base / "conditions").items():
        for name, entry in _part(content, "conditions", f"conditions/{file}.yaml").items():
            where = f"conditions/{file}.yaml: {name}"
            block = read_entries(_part(entry, "inputs", where), name, where, content.get("source", ""), _INPUT_UNITS)
            conditions[name] = Condition(name, entry["kind"], entry.get("about", ""), MappingProxyType(block))
    return Book(*(MappingProxyType(table) for table in (model, systems, lines, drugs, conditions)))


def _part(content: dict, key: str, where: str) -> dict:
    if not isinstance(content, dict) or not isinstance(content.get(key), dict):
        raise NicheError(f"{where}: expected a mapping under {key!r}")
    return dict(content[key])


def _system(name: str, content: dict) -> System:
    where = f"systems/{name}.yaml"
    source = content.get("source", "")
    mass = read_entries({"body_mass": content.get("body_mass")}, name, where, source, {"body_mass": "kg"})
    block = read_entries(_part(content, "parameters", where), name, where, source, UNITS)
    rescale = content.get("rescale") or {}
    pace = read_entries({"pace": rescale["pace"]}, name, where, source, {"pace": "1"})["pace"] if rescale else None
    strains = MappingProxyType(_part(content, "strains", where))
    paced = tuple(rescale.get("applies_to", ()))
    return System(name, content.get("about", ""), mass["body_mass"], strains, MappingProxyType(block), pace, paced)


def _inherit(child: System, parent: System) -> System:
    merged = MappingProxyType({**parent.parameters, **child.parameters})
    return System(child.name, child.about, child.body_mass, child.strains, merged, child.pace, child.paced)


def _drug(name: str, entry: dict, where: str, source: str) -> Drug:
    if entry.get("slot") not in SLOTS:
        raise NicheError(f"{where}: {unknown('slot', entry.get('slot'), SLOTS)}")
    dosing = read_entries(_part(entry, "dosing", where), name, where, source, _DOSING_UNITS)
    needed = _NEEDED.get(entry["slot"], {"bioavailability", "molar_mass", "volume"})
    if needed - set(dosing):
        raise NicheError(f"{where}: dosing lacks {', '.join(sorted(needed - set(dosing)))}")
    block = read_entries(
        _part(entry, "parameters", where) if entry.get("parameters") else {}, name, where, source, UNITS
    )
    return Drug(
        name, entry.get("about", ""), entry["slot"], tuple(entry.get("systems", ())), str(entry.get("max_dose", "")),
        MappingProxyType(dosing), MappingProxyType(block),
    )  # fmt: skip
