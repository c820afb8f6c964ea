"""How the level of a drug enters the host model: the map drug -> inputs, read from params/coupling and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from niche.errors import NicheError, unknown
from niche.kinetics.held import Lesion, Sustained
from niche.kinetics.regimens import Regimen, regimen
from niche.kinetics.table import Drug, Kinetics, read_drugs
from niche.lookups import Noted, plain, whole
from niche.params.files import CouplingEntry, CouplingFile, WayEntry
from niche.params.layers import coupling_factor, read_registry
from niche.params.records import Parameter, read_folder, root
from niche.params.schema import parse


@dataclass(frozen=True)
class Way:
    """One input of the model that a drug moves: what is read of its level, at which target, and times what."""

    input: str
    reads: str
    target: str
    effective: bool
    factor: Parameter


@dataclass(frozen=True)
class Coupling:
    """The ways of one drug into the model.

    Attributes
    ----------
    slot
        the drug of params/drugs whose affinity the model uses for it, or ""
    doses
        the drug of params/drugs as which its doses enter a pool of the model's own, or "" (then `ways` hold)
    dose
        of tier sustained, the regimen at which its level is known
    """

    drug: Kinetics | Sustained
    ways: tuple[Way, ...]
    slot: str
    doses: str
    dose: Regimen | None
    warning: str


@lru_cache(maxsize=4)
def read_couplings(folder: Path | None = None) -> Mapping[str, Coupling | str]:
    """By the name of a drug, how it enters the model, or why it cannot. Raises `NicheError` for what is wrong."""
    table, found = read_drugs(), dict[str, Coupling | str]()
    with whole("coupling"):
        files = read_folder(folder or root() / "coupling")
    for file, raw in files.items():
        where = f"coupling/{file}.yaml"
        content = parse(CouplingFile, raw, where)
        for name, entry in content.drugs.items():
            if name not in table:
                raise NicheError(f"{where}, drugs: {unknown('drug of params/kinetics', name, table)}")
            if name in found:
                raise NicheError(f"{where}: {name} stands in another file of params/coupling already")
            found[name] = _coupling(table[name], entry, f"{where}, drugs, {name}", content.source)
    return Noted("coupling", found)


def coupling_of(name: str) -> Coupling:
    """How a drug enters the model. Raises `NicheError` with the nearest name, or with why it has no way into it."""
    table, couplings = read_drugs(), read_couplings()
    if not isinstance(name, str) or name not in table:
        raise unknown("drug", name, [n for n, drug in table.items() if not isinstance(drug, Lesion)])
    drug, found = table[name], couplings.get(name, "nothing in params/coupling says how")
    if isinstance(drug, Lesion):
        raise NicheError(f"{name} is a lesion, not a drug with a level: use .surgery(...). {drug.instead}")
    if isinstance(found, str):
        raise NicheError(f"{name} has no known way into the host model: {found}")
    return found


def _coupling(drug: Drug, entry: CouplingEntry, where: str, source: str) -> Coupling | str:
    if isinstance(drug, Lesion):
        raise NicheError(f"{where}: a lesion has no level")
    if entry.none is not None:
        if entry != CouplingEntry(none=entry.none):
            raise NicheError(f"{where}: none says why there is no way, and stands alone")
        return " ".join(entry.none.split())
    for key, name in (("slot", entry.slot), ("doses", entry.doses)):
        if name and name not in read_registry().drugs:
            raise NicheError(f"{where}, {key}: {unknown('drug', name, read_registry().drugs)}")
    if bool(entry.doses) == bool(entry.inputs):
        raise NicheError(f"{where}: give inputs, or doses: the drug of params/drugs as which its doses enter")
    ways = tuple(_way(drug, name, way, f"{where}, inputs, {name}", source) for name, way in entry.inputs.items())
    traps = [way.input for way in ways if way.input.endswith("_trap_added")]
    if bool(traps) != bool(entry.slot) or (
        entry.slot and f"{plain(read_registry().drugs)[entry.slot].slot}_added" not in traps
    ):
        raise NicheError(
            f"{where}: a trap needs slot, a drug of params/drugs for the same ligand, and nothing else does"
        )
    if isinstance(drug, Sustained) != (entry.dose is not None):
        raise NicheError(f"{where}: dose, the regimen at which the level is known, belongs to tier sustained")
    dose = None if entry.dose is None else _regimen(entry.dose, f"{where}, dose")
    return Coupling(drug, ways, entry.slot, entry.doses, dose, " ".join(entry.warning.split()))


def _regimen(text: str, where: str) -> Regimen:
    try:
        return regimen(text)
    except NicheError as error:
        raise NicheError(f"{where}: {error}") from None


def _way(drug: Kinetics | Sustained, name: str, entry: WayEntry, where: str, source: str) -> Way:
    reads, target = entry.reads, entry.target
    effective = entry.effective or reads == "over effective"
    held = drug.held if isinstance(drug, Sustained) else drug.effective if effective else drug.targets
    if (reads in ("level", "PTH")) == bool(target) or (target and target not in held):
        raise NicheError(f"{where}, target: {unknown('target', target, held)}; a level alone has none")
    if isinstance(drug, Sustained) and (not target or effective):
        raise NicheError(f"{where}: of tier sustained only the level over one affinity is known")
    factor = coupling_factor(drug.name, name, entry, where, source)
    return Way(name, reads, target, effective, factor)
