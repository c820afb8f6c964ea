"""The drug table: three tiers of drugs as data, read from params/kinetics and checked.

A drug is `Kinetics` (tier full: its level is computed from doses), `Sustained` (a level held at a stated dose) or
`Lesion` (no drug stays; something is removed, and returns or not).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from niche import units
from niche.errors import NicheError, known, unknown
from niche.kinetics.checks import Check, read_checks
from niche.kinetics.held import Lesion, Sustained, read_lesion, read_sustained
from niche.kinetics.regimens import ROUTES
from niche.params.records import Parameter, read_entries, read_folder, root

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
_KEYS = {"tier", "about", "system", "note", "routes", "entries", "targets", "effective", "studied", "checks"}
TIERS = ("full", "sustained", "lesion")


@dataclass(frozen=True)
class Kinetics:
    """One drug in one species, with numbers from dose to level.

    entries : numbers of the compartments, in the units of this module; `weight` is the body mass that they hold for,
        `..._exponent` how they grow with it, `..._sd` the spread between people (sd of the logarithm)
    routes : by "sc", "po", ...: bioavailability, and ka or the duration of an absorption at a constant rate; a lag;
        `dose_exponent` where bioavailability grows as (dose / dose_reference) ** dose_exponent
    targets : affinity [nM, unbound drug] by the name of the target, in vitro where the note says nothing else
    effective : unbound level of half the effect in the body [nM], where that was measured and is another number
    studied : (least, most) dose of the sources, as text; checks : what it was compared with
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
    base, found = folder or root() / "kinetics", dict[str, Drug]()
    for file, content in read_folder(base).items():
        where = f"kinetics/{file}.yaml"
        known(content, ("source", "drugs"), where)
        for name, entry in content.get("drugs", {}).items():
            if name in found:
                raise NicheError(f"{where}: {name} stands in another file of params/kinetics already")
            found[name] = _drug(name, entry, f"{where}, {name}", str(content.get("source") or ""))
    return MappingProxyType(found)


def drug_of(name: str) -> Kinetics:
    """A drug of tier full.

    raises : NicheError with the nearest name for one that is not in the table, and for one of another tier, with what
        the table holds for it instead
    """
    table = read_drugs()
    if not isinstance(name, str) or name not in table:
        raise unknown("drug", name, table)
    found = table[name]
    if not isinstance(found, Kinetics):
        raise NicheError(f"{name} has no level after a dose: it is tier {found.tier}. {found.instead}")
    return found


def _drug(name: str, content: Any, where: str, source: str) -> Drug:
    if not isinstance(content, dict):
        raise NicheError(f"{where}: expected a mapping, got {content!r}")
    tier = content.get("tier")
    if tier not in TIERS:
        raise NicheError(f"{where}: {unknown('tier', tier, TIERS)}")
    if tier == "full":
        return _full(name, content, where, source)
    return (read_sustained if tier == "sustained" else read_lesion)(name, content, where, source)


def _full(name: str, content: dict, where: str, source: str) -> Kinetics:
    known(content, _KEYS, where)
    entries = read_entries(content.get("entries") or {}, name, where, source, _UNITS)
    lacking = [key for key in _NEEDED if key not in entries]
    if lacking:
        raise NicheError(f"{where}: tier full needs {', '.join(lacking)} in entries")
    for group in _TOGETHER:
        given = [key for key in group if key in entries]
        if given and len(given) < len(group):
            raise NicheError(f"{where}: {', '.join(group)} belong together; only {', '.join(given)} given")
    routes = {
        route: _route(route, numbers or {}, name, f"{where}, {route}", source)
        for route, numbers in (content.get("routes") or {}).items()
    }
    if not routes:
        raise NicheError(f"{where}: tier full needs at least one route")
    affinities = []
    for block in ("targets", "effective"):
        levels = content.get(block) or {}
        read = read_entries(levels, name, f"{where}, {block}", source, dict.fromkeys(levels, "nM"))
        affinities.append(MappingProxyType(read))
    for target in affinities[1]:
        if target not in affinities[0]:
            raise NicheError(f"{where}, effective: {unknown('target', target, affinities[0])}")
    return Kinetics(
        name,
        str(content.get("about") or ""),
        str(content.get("system") or "human"),
        " ".join(str(content.get("note") or "").split()),
        MappingProxyType(entries),
        MappingProxyType(routes),
        affinities[0],
        affinities[1],
        _studied(content.get("studied"), where),
        read_checks(content.get("checks") or [], f"{where}, checks"),
    )


def _route(route: str, numbers: dict, name: str, where: str, source: str) -> Mapping[str, Parameter]:
    if route not in set(ROUTES.values()):
        raise NicheError(f"{where}: {unknown('route', route, sorted(set(ROUTES.values())))}")
    found = read_entries(numbers, name, where, source, _ROUTE_UNITS)
    if route == "iv":
        if found:
            raise NicheError(f"{where}: a dose into a vein is there at once; leave {', '.join(found)} out")
    elif "bioavailability" not in found or ("ka" in found) == ("duration" in found):
        raise NicheError(f"{where}: give bioavailability, and either ka or duration")
    if ("dose_reference" in found) != ("dose_exponent" in found):
        raise NicheError(f"{where}: dose_reference, dose_exponent belong together")
    return MappingProxyType(found)


def _studied(given: Any, where: str) -> tuple[str, str]:
    if not (isinstance(given, list) and len(given) == 2 and all(isinstance(one, str) for one in given)):
        raise NicheError(f"{where}: expected studied: [least dose, most dose] such as ['30 mg', '120 mg']")
    for one in given:
        units.quantity(one, "mg/kg" if "/" in one else "mg", f"{where}, studied")
    return given[0], given[1]
