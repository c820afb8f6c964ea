"""The propositions of params/propositions, read and checked against claims, papers, atoms and parameters."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from niche.errors import unknown
from niche.frozen import Frozen
from niche.params.layers import read_registry
from niche.params.mechanisms import couplings, switched_off
from niche.params.records import read_yaml, root
from niche.params.registry import Registry
from niche.params.schema import parse
from niche.params.yaml_files import Spot
from niche.propositions.heads import check_head, measured_in
from niche.propositions.records import Proposition, PropositionFile

_NAME = re.compile(r"(\d\d)[a-z]")


@lru_cache(maxsize=4)
def read_propositions(folder: Path | None = None) -> Mapping[str, Proposition]:
    """Every proposition by its name, such as "05a", in order.

    Raises
    ------
    NicheError
        with file and key: an unknown claim, measurement, atom or parameter with the nearest name, a gain that cannot
        be off, a head that is no contrast, a proposition that stands in two files
    """
    base = folder or root() / "propositions"
    claims = _claims()
    found: dict[str, Proposition] = {}
    first: dict[str, str] = {}
    for file in sorted(base.glob("*.yaml")):
        spot = Spot(f"propositions/{file.name}", file)
        for name, one in parse(PropositionFile, read_yaml(file), spot).propositions.items():
            here = spot.at("propositions", name)
            if name in first:
                raise here.error(f"it stands in propositions/{first[name]} already")
            _check(name, one, claims, here)
            first[name], found[name] = file.name, one
    return Frozen(dict(sorted(found.items())))


def proposition(name: str) -> Proposition:
    """One proposition. Raises `NicheError` with the nearest name."""
    known = read_propositions()
    if name not in known:
        raise unknown("proposition", name, known)
    return known[name]


def _claims() -> Mapping[str, int]:
    """The number of each claim; the room that reads all of the registry stands above this one."""
    return {key: int(entry["number"]) for key, entry in read_yaml(root() / "claims.yaml")["claims"].items()}


def _check(name: str, one: Proposition, claims: Mapping[str, int], spot: Spot) -> None:
    if one.claim not in claims:
        raise spot.at("claim").error(unknown("claim", one.claim, claims))
    number = _NAME.fullmatch(name)
    if number is None:
        raise spot.error("a proposition is named by the number of its claim and a letter, such as 05a")
    if int(number[1]) != claims[one.claim]:
        raise spot.at("claim").error(f"{one.claim} is claim {claims[one.claim]:02d}, not {number[1]}")
    for row in one.evidence:
        if row not in measured_in():
            raise spot.at("evidence", row).error(unknown("measurement", row, measured_in()))
    _check_gains(one, read_registry(), spot)
    check_head(one.head, spot.at("head"))


def switches(one: Proposition) -> dict[str, float]:
    """The parameters of the model without the mechanism of a proposition, each with its value then."""
    return switched_off(one.gains) | one.set_to


def _check_gains(one: Proposition, registry: Registry, spot: Spot) -> None:
    able = couplings() if one.gains else ()
    for i, gain in enumerate(one.gains, 1):
        here = spot.at("gains", f"item {i}")
        if gain not in registry.model:
            raise here.error(unknown("parameter", gain, registry.model))
        if gain not in able:
            raise here.error(
                f"{gain} is no coupling: its entry in params/model has no value `off`. What it is without the "
                "mechanism stands under set_to"
            )
    for name, value in one.set_to.items():
        here = spot.at("set_to", name)
        if name not in registry.model:
            raise here.error(unknown("parameter", name, registry.model))
        if name in couplings():
            raise here.error(f"{name} is a coupling, whose entry has its value `off`: it stands under gains")
        low, high = registry.model[name].range
        if not low <= value <= high:
            raise here.error(f"{value:g} lies outside the range [{low:g}, {high:g}] of {name}")
