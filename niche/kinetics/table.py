"""The drug table: kinetics as data, read from params/kinetics and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from niche import units
from niche.errors import NicheError, unknown
from niche.kinetics.regimen import ROUTES
from niche.parameters import Parameter, read_entries, read_folder, root

_UNITS = {
    "molar_mass": "kg/mol", "weight": "kg", "clearance": "L/day", "volume": "L", "clearance_exponent": "1",
    "volume_exponent": "1", "near_flow": "L/day", "near_volume": "L", "far_flow": "L/day", "far_volume": "L",
    "v_max": "mg/day", "k_m": "mg/L", "target0": "nM", "k_deg": "1/day", "k_int": "1/day", "k_ss": "nM",
    "unbound": "1", "clearance_sd": "1", "volume_sd": "1", "ka_sd": "1",
}  # fmt: skip
_NEEDED = {"molar_mass", "weight", "clearance", "volume"}
_TOGETHER = (("near_flow", "near_volume"), ("far_flow", "far_volume"), ("v_max", "k_m"), ("target0", "k_int", "k_ss"))
_ROUTE_UNITS = {"bioavailability": "1", "ka": "1/day"}
_KEYS = {"about", "system", "routes", "entries", "targets", "studied", "from"}


@dataclass(frozen=True)
class Kinetics:
    """One drug in one species.

    entries : numbers of the compartments, in the units of this module; routes : by "sc", "po", ...: bioavailability
        and ka; targets : Kd [nM] by the name of the target; studied : (least, most) dose of the sources, as text
    """

    name: str
    about: str
    system: str
    entries: Mapping[str, Parameter]
    routes: Mapping[str, Mapping[str, Parameter]]
    targets: Mapping[str, Parameter]
    studied: tuple[str, str]

    def parameters(self) -> list[Parameter]:
        """Every number."""
        return [*self.entries.values(), *self.targets.values(), *(e for r in self.routes.values() for e in r.values())]


@lru_cache(maxsize=4)
def read_kinetics(folder: Path | None = None) -> Mapping[str, Kinetics]:
    """Every drug of params/kinetics by its name. Raises `NicheError` naming file and key for what is wrong."""
    base, found = folder or root() / "kinetics", dict[str, Kinetics]()
    for file, content in read_folder(base).items():
        where = f"kinetics/{file}.yaml"
        for key in content:
            if key not in ("source", "drugs"):
                raise NicheError(f"{where}: {unknown('key', key, ('source', 'drugs'))}")
        for name, entry in content.get("drugs", {}).items():
            if name in found:
                raise NicheError(f"{where}: {name} stands in another file of params/kinetics already")
            found[name] = _drug(name, entry, f"{where}, {name}", str(content.get("source") or ""))
    return MappingProxyType(found)


def drug_of(name: str) -> Kinetics:
    """One drug. Raises `NicheError` with the nearest name for one that is not in the table."""
    table = read_kinetics()
    if not isinstance(name, str) or name not in table:
        raise unknown("drug with kinetics", name, table)
    return table[name]


def _drug(name: str, content: Any, where: str, source: str) -> Kinetics:
    if not isinstance(content, dict):
        raise NicheError(f"{where}: expected a mapping, got {content!r}")
    for key in content:
        if key not in _KEYS:
            raise NicheError(f"{where}: {unknown('key', key, _KEYS)}")
    entries = read_entries(content.get("entries") or {}, name, where, source, _UNITS)
    lacking = _NEEDED - set(entries)
    if lacking:
        raise NicheError(f"{where}: entries lacks {', '.join(sorted(lacking))}")
    for group in _TOGETHER:
        given = [key for key in group if key in entries]
        if given and len(given) < len(group):
            raise NicheError(f"{where}: {', '.join(group)} belong together; only {', '.join(given)} given")
    routes = {}
    for route, numbers in (content.get("routes") or {}).items():
        if route not in set(ROUTES.values()):
            raise NicheError(f"{where}: {unknown('route', route, sorted(set(ROUTES.values())))}")
        routes[route] = MappingProxyType(read_entries(numbers or {}, name, f"{where}, {route}", source, _ROUTE_UNITS))
        if route != "iv" and set(routes[route]) != set(_ROUTE_UNITS):
            raise NicheError(f"{where}, {route}: give bioavailability and ka")
    if not routes:
        raise NicheError(f"{where}: give at least one route")
    targets = content.get("targets") or {}
    kds = read_entries(targets, name, f"{where}, targets", source, dict.fromkeys(targets, "nM"))
    return Kinetics(
        name, str(content.get("about") or ""), str(content.get("system") or "human"), MappingProxyType(entries),
        MappingProxyType(routes), MappingProxyType(kds), _studied(content.get("studied"), where),
    )  # fmt: skip


def _studied(given: Any, where: str) -> tuple[str, str]:
    if not (isinstance(given, list) and len(given) == 2 and all(isinstance(one, str) for one in given)):
        raise NicheError(f"{where}: expected studied: [least dose, most dose] such as ['30 mg', '120 mg']")
    for one in given:
        units.quantity(one, "mg/kg" if "/" in one else "mg", f"{where}, studied")
    return given[0], given[1]
