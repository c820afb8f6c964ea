"""The drug table: three tiers of drugs as data, read from params/kinetics and checked.

A drug is `Kinetics` (tier full: its level is computed from doses), `Sustained` (a level held at a stated dose) or
`Lesion` (no drug stays; something is removed, and returns or not).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from niche import units
from niche.errors import NicheError, unknown
from niche.frozen import Frozen
from niche.kinetics.checks import Check, read_checks
from niche.kinetics.files import FullEntry, KineticsFile, LesionEntry, SustainedEntry
from niche.kinetics.held import Lesion, Sustained, read_lesion, read_sustained
from niche.params.files import Entry
from niche.params.records import Parameter, read_entries, read_folder, root
from niche.params.schema import parse

VARIES = (
    "clearance",
    "volume",
    "near_flow",
    "near_volume",
    "far_volume",
    "ka",
    "v_max",
    "target0",
    "k_syn",
    "k_int",
    "k_ss",
)
_UNITS = {
    "molar_mass": "kg/mol",
    "weight": "kg",
    "clearance": "L/day",
    "volume": "L",
    "near_flow": "L/day",
    "near_volume": "L",
    "far_flow": "L/day",
    "far_volume": "L",
    "v_max": "mg/day",
    "k_m": "mg/L",
    "target0": "nM",
    "k_syn": "nM/day",
    "k_int": "1/day",
    "k_ss": "nM",
    "clearance_exponent": "1",
    "volume_exponent": "1",
    "flow_exponent": "1",
    "behind_exponent": "1",
    "late_clearance": "1",
    "late_time": "day",
    "late_hill": "1",
    "unbound": "1",
    "efficacy": "1",
    "clearance_volume_correlation": "1",
} | {f"{name}_sd": "1" for name in VARIES}
_NEEDED = ("molar_mass", "weight", "clearance", "volume", "clearance_exponent", "volume_exponent")
_TOGETHER = (
    ("near_flow", "near_volume"),
    ("far_flow", "far_volume"),
    ("v_max", "k_m"),
    ("target0", "k_syn", "k_int", "k_ss"),
    ("late_clearance", "late_time", "late_hill"),
)
_ROUTE_UNITS = {
    "bioavailability": "1",
    "ka": "1/day",
    "duration": "day",
    "lag": "day",
    "dose_reference": "mg",
    "dose_exponent": "1",
}


@dataclass(frozen=True)
class Kinetics:
    """One drug in one species, with numbers from dose to level.

    Attributes
    ----------
    entries
        numbers of the compartments, in the units of this module; `weight` is the body mass that they hold for,
        `..._exponent` how they grow with it, `..._sd` the spread between people (sd of the logarithm)
    routes
        by "sc", "po", ...: bioavailability, and ka or the duration of an absorption at a constant rate; a lag;
        `dose_exponent` where bioavailability grows as (dose / dose_reference) ** dose_exponent
    targets
        affinity [nM, unbound drug] by the name of the target, in vitro where the note says nothing else
    effective
        unbound level of half the effect in the body [nM], where that was measured and is another number
    studied
        (least, most) dose of the sources, as text
    checks
        what it was compared with
    """

    tier: ClassVar[str] = "full"
    name: str
    about: str
    system: str
    note: str
    entries: Mapping[str, Parameter]
    routes: Mapping[str, Mapping[str, Parameter]]
    targets: Mapping[str, Parameter]
    effective: Mapping[str, Parameter]
    studied: tuple[str, str]
    checks: tuple[Check, ...]

    def parameters(self) -> list[Parameter]:
        """Every number."""
        absorbed = [entry for route in self.routes.values() for entry in route.values()]
        return [*self.entries.values(), *self.targets.values(), *self.effective.values(), *absorbed]


Drug = Kinetics | Sustained | Lesion


@lru_cache(maxsize=4)
def read_drugs(folder: Path | None = None) -> Mapping[str, Drug]:
    """Every drug and lesion of params/kinetics by name. Raises `NicheError` naming file and key for what is wrong."""
    return Frozen(read_tiers(read_folder(folder or root() / "kinetics")))


def read_tiers(files: Mapping[str, Any]) -> dict[str, Drug]:
    """Drugs and lesions of params/kinetics, from the content of each file by its name without ending."""
    found = dict[str, Drug]()
    for file, raw in files.items():
        where = f"kinetics/{file}.yaml"
        content = parse(KineticsFile, raw, where)
        for name, entry in content.drugs.items():
            if name in found:
                raise NicheError(f"{where}: {name} stands in another file of params/kinetics already")
            found[name] = _drug(name, entry, f"{where}, drugs, {name}", content.source)
    return found


def drug_of(name: str) -> Kinetics:
    """A drug of tier full.

    Raises
    ------
    NicheError
        with the nearest name for one that is not in the table, and for one of another tier, with what the table
        holds for it instead
    """
    table = read_drugs()
    if not isinstance(name, str) or name not in table:
        raise unknown("drug", name, table)
    found = table[name]
    if not isinstance(found, Kinetics):
        raise NicheError(f"{name} has no level after a dose: it is tier {found.tier}. {found.instead}")
    return found


def _drug(name: str, entry: FullEntry | SustainedEntry | LesionEntry, where: str, source: str) -> Drug:
    if isinstance(entry, SustainedEntry):
        return read_sustained(name, entry, where, source)
    if isinstance(entry, LesionEntry):
        return read_lesion(name, entry, where, source)
    return _full(name, entry, where, source)


def _full(name: str, given: FullEntry, where: str, source: str) -> Kinetics:
    entries = read_entries(given.entries, name, f"{where}, entries", source, _UNITS)
    lacking = [key for key in _NEEDED if key not in entries]
    if lacking:
        raise NicheError(f"{where}, entries: tier full needs {', '.join(lacking)}")
    for group in _TOGETHER:
        there = [key for key in group if key in entries]
        if there and len(there) < len(group):
            raise NicheError(f"{where}, entries: {', '.join(group)} belong together; only {', '.join(there)} given")
    routes: dict[str, Mapping[str, Parameter]] = {
        route: _route(route, numbers, name, f"{where}, routes, {route}", source)
        for route, numbers in given.routes.items()
    }
    targets, effective = (
        read_entries(levels, name, f"{where}, {block}", source, dict.fromkeys(levels, "nM"))
        for block, levels in (("targets", given.targets), ("effective", given.effective))
    )
    for target in effective:
        if target not in targets:
            raise NicheError(f"{where}, effective: {unknown('target', target, targets)}")
    for dose in given.studied:
        units.quantity(dose, "mg/kg" if "/" in dose else "mg", f"{where}, studied")
    return Kinetics(
        name,
        given.about,
        given.system,
        " ".join(given.note.split()),
        Frozen(entries),
        Frozen(routes),
        Frozen(targets),
        Frozen(effective),
        given.studied,
        read_checks(given.checks, f"{where}, checks"),
    )


def _route(route: str, numbers: Mapping[str, Entry], name: str, where: str, source: str) -> Mapping[str, Parameter]:
    found = read_entries(numbers, name, where, source, _ROUTE_UNITS)
    if route == "iv":
        if found:
            raise NicheError(f"{where}: a dose into a vein is there at once; leave {', '.join(found)} out")
    elif "bioavailability" not in found or ("ka" in found) == ("duration" in found):
        raise NicheError(f"{where}: give bioavailability, and either ka or duration")
    if ("dose_reference" in found) != ("dose_exponent" in found):
        raise NicheError(f"{where}: dose_reference, dose_exponent belong together")
    return Frozen(found)
