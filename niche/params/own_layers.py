"""A tumour line or a strain of one's own beside those of params/, checked as they are; nothing is written."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from niche.errors import unknown
from niche.frozen import Frozen
from niche.lookups import Noted, plain
from niche.params.files import LineFile, StrainEntry
from niche.params.layers import UNITS
from niche.params.own_sections import read_sections
from niche.params.records import read_entries
from niche.params.registry import Registry, Strain, TumourLine
from niche.params.schema import Record, Text, parse
from niche.params.yaml_files import Spot


class OwnStrainFile(Record):
    """Strains of one species, as `strains` of params/systems has them."""

    system: Text
    strains: dict[Text, StrainEntry]
    source: str = ""


def with_lines(registry: Registry, file: Path) -> Registry:
    """The registry with the tumour lines of a file that is written like those of params/lines.

    Raises
    ------
    NicheError
        naming file, line and key for what is wrong, or a name that is taken
    """
    spot = Spot(str(file), file)
    content = parse(LineFile, read_sections(file, LineFile.__struct_fields__), spot)
    _check_new(content.lines, registry, spot.at("lines"))
    found = dict(plain(registry.lines))
    for name, line in content.lines.items():
        where = spot.at("lines", name, "parameters")
        found[name] = TumourLine(
            name, line.about, Frozen(read_entries(line.parameters, name, str(where), content.source, UNITS))
        )
    return replace(registry, lines=Noted("lines", found))


def with_strains(registry: Registry, file: Path) -> Registry:
    """The registry with the strains of a file: `system`, `strains` as in params/systems, and `source`.

    Raises
    ------
    NicheError
        naming file, line and key for what is wrong, or a name that is taken
    """
    spot = Spot(str(file), file)
    content = parse(OwnStrainFile, read_sections(file, OwnStrainFile.__struct_fields__), spot)
    if content.system not in registry.systems:
        raise spot.at("system", said="").error(unknown("system", content.system, registry.systems))
    _check_new(content.strains, registry, spot.at("strains"))
    system, added = registry.systems[content.system], {}
    for name, strain in content.strains.items():
        where = spot.at("strains", name, "parameters")
        block = read_entries(strain.parameters, name, str(where), content.source, UNITS)
        added[name] = Strain(name, strain.about, Frozen(block))
    changed = replace(system, strains=Frozen({**system.strains, **added}))
    return replace(registry, systems=Frozen({**registry.systems, content.system: changed}))


def _check_new(given: Mapping[str, object], registry: Registry, spot: Spot) -> None:
    """A name says which number of a posterior is meant, so it is given once."""
    if not given:
        raise spot.error("names nothing")
    for name in given:
        if name in _names(registry):
            raise spot.at(name).error("the name is taken in params/; give your own another")


def _names(registry: Registry) -> Collection[str]:
    strains = [strain for system in registry.systems.values() for strain in system.strains]
    tables = (registry.lines, registry.drugs, registry.conditions)
    return {"model", *registry.systems, *strains, *(name for table in tables for name in plain(table))}
