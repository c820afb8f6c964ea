"""What a host or a protocol can be made of: species, strains, tumour lines, drugs and conditions, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from niche.errors import unknown
from niche.frozen import Frozen
from niche.lookups import plain
from niche.params.records import Parameter


@dataclass(frozen=True)
class Strain:
    """A strain of a species: what differs from the species."""

    name: str
    about: str
    parameters: Frozen


@dataclass(frozen=True)
class System:
    """A species: what differs from the model's defaults, its strains, its body mass, and its rescale."""

    name: str
    about: str
    body_mass: Parameter
    strains: Frozen
    parameters: Frozen
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
    dosing: Frozen
    parameters: Frozen

    @property
    def sustained(self) -> bool:
        """Whether it is given as a level that lasts (an infusion) rather than as doses with kinetics."""
        return self.slot in ("agonist", "blocker")


@dataclass(frozen=True)
class Condition:
    """A diet, an operation, a genotype or a site of bone: the inputs that it sets."""

    name: str
    kind: str
    about: str
    inputs: Frozen


@dataclass(frozen=True)
class Registry:
    """Everything in `params/` that a host or a protocol can be made of.

    Attributes
    ----------
    couplings
        by drug of params/kinetics and input of the model, what its level is multiplied by
    """

    model: Mapping[str, Parameter]
    systems: Mapping[str, System]
    lines: "Mapping[str, TumourLine]"
    drugs: Mapping[str, Drug]
    conditions: Mapping[str, Condition]
    couplings: Mapping[str, Mapping[str, Parameter]]

    def get(self, what: str, name: object) -> Any:
        """One entry of a table ("systems", "lines", "drugs", "conditions"), or an error with the nearest name."""
        table = getattr(self, what)
        if not isinstance(name, str) or name not in table:
            raise unknown({"lines": "tumour line"}.get(what, what.rstrip("s")), name, table)
        return table[name]

    def entries(self, *, note: bool = True) -> dict[str, Parameter]:
        """Every number of every layer, by its name in the posterior.

        Parameters
        ----------
        note
            False for who needs the names only, or looks up each layer that is used (`niche.lookups`)
        """
        lines = self.lines if note else plain(self.lines)
        drugs = self.drugs if note else plain(self.drugs)
        conditions = self.conditions if note else plain(self.conditions)
        couplings = self.couplings if note else plain(self.couplings)
        blocks: list[dict[str, Parameter]] = [dict(self.model)]
        for system in self.systems.values():
            blocks += [dict(system.parameters), {"pace": system.pace} if system.pace else {}]
            blocks += [dict(strain.parameters) for strain in system.strains.values()]
        blocks += [dict(line.parameters) for line in lines.values()]
        blocks += [{**drug.dosing, **drug.parameters} for drug in drugs.values()]
        blocks += [dict(condition.inputs) for condition in conditions.values()]
        found = {entry.key: entry for block in blocks for entry in block.values()}
        return found | {entry.key: entry for way in couplings.values() for entry in way.values()}

    @cached_property
    def names(self) -> frozenset[str]:
        """That of every number of every layer in the posterior; to ask is not to use it (`niche.lookups`)."""
        return frozenset(self.entries(note=False))

    def layers_of_drug(self, name: str) -> set[str]:
        """The layers that hold what is not known of a drug: its own, and those of its ways into the model."""
        return {name, *(entry.layer for entry in plain(self.couplings).get(name, {}).values())}

    def uncertain(self) -> dict[str, Parameter]:
        """Every parameter that varies between draws, by its name in the posterior."""
        return {key: entry for key, entry in self.entries().items() if entry.prior is not None}


@dataclass(frozen=True)
class TumourLine:
    """A tumour line as one study used it."""

    name: str
    about: str
    parameters: Frozen
