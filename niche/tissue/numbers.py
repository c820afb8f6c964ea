"""The numbers of params/tissue: what a slice of marrow needs beyond the well-mixed model."""

import math
from functools import lru_cache
from pathlib import Path
from typing import Annotated, NamedTuple

from niche.errors import NicheError, unknown
from niche.frozen import Frozen
from niche.model.state import describe
from niche.params.files import ModelFile
from niche.params.records import Parameter, read_entries, read_folder, root
from niche.params.schema import parse


class Numbers(NamedTuple):
    """Reach of signals, movement of cells and fibres, and the lay-out of bone; sources in params/tissue."""

    diffusivity_tgfb: Annotated[float, "um2/day", "diffusivity of TGF-beta and what resorption frees with it"]
    clearance_tgfb: Annotated[float, "1/day", "loss of the same"]
    diffusivity_opg: Annotated[float, "um2/day", "diffusivity of OPG"]
    clearance_opg: Annotated[float, "1/day", "loss of OPG"]
    diffusivity_pthrp: Annotated[float, "um2/day", "diffusivity of PTHrP"]
    clearance_pthrp: Annotated[float, "1/day", "loss of PTHrP"]
    diffusivity_ngf: Annotated[float, "um2/day", "diffusivity of nerve growth factor"]
    clearance_ngf: Annotated[float, "1/day", "loss of nerve growth factor"]
    diffusivity_noradrenaline: Annotated[float, "um2/day", "diffusivity of noradrenaline"]
    clearance_noradrenaline: Annotated[float, "1/day", "loss of noradrenaline other than into fibres"]
    diffusivity_cgrp: Annotated[float, "um2/day", "diffusivity of CGRP and substance P"]
    clearance_cgrp: Annotated[float, "1/day", "loss of the same"]
    diffusivity_acid: Annotated[float, "um2/day", "diffusivity of acid"]
    clearance_acid: Annotated[float, "1/day", "loss of acid"]
    diffusivity_antibody: Annotated[float, "um2/day", "diffusivity of an antibody or trap"]
    clearance_antibody: Annotated[float, "1/day", "loss of the same"]
    reach_rankl: Annotated[float, "um", "reach of RANKL"]
    reach_netrin: Annotated[float, "um", "reach of netrin-1"]
    drug_exchange: Annotated[float, "1", "loss of antibody against its exchange with resting vessels"]
    mineral_porosity: Annotated[float, "1", "share of mineralised bone through which signals pass"]
    motility: Annotated[float, "um2/day", "random motility of tumour cells"]
    cell_layer: Annotated[float, "um", "depth of the layer of bone cells on the surface"]
    fibre_speed: Annotated[float, "um/day", "advance of a sprout"]
    sprout_length: Annotated[float, "um", "mean final length of a sprout"]
    fibre_persistence: Annotated[float, "um", "length over which a sprout forgets its direction"]
    cue_turn: Annotated[float, "um", "length over which a sprout turns to a strong cue"]
    growth_cone: Annotated[float, "um", "width over which a gradient is sensed"]
    cue_half: Annotated[float, "1", "relative change across the growth cone that turns it half as much as can be"]
    bone_share: Annotated[float, "1", "share of the marrow space that is bone (BV/TV)"]
    trabecular_thickness: Annotated[float, "um", "thickness of trabeculae (Tb.Th)"]
    trabecular_number: Annotated[float, "1/mm", "number of trabeculae along a line (Tb.N)"]
    cortex: Annotated[float, "um", "thickness of the cortex"]
    periosteum: Annotated[float, "um", "thickness of the periosteum"]
    fibre_length: Annotated[float, "1/mm", "length of fibres per area of periosteum"]
    fibre_marrow: Annotated[float, "1", "density of fibres in marrow, against periosteum"]
    fibre_mineral: Annotated[float, "1", "density of fibres in mineralised bone, against periosteum"]

    def reach(self, signal: str) -> float:
        """How far a signal gets before it is lost [um]: sqrt(diffusivity / clearance), or as the table says."""
        if f"reach_{signal}" in self._fields:
            return float(getattr(self, f"reach_{signal}"))
        return math.sqrt(getattr(self, f"diffusivity_{signal}") / getattr(self, f"clearance_{signal}"))

    def with_values(self, **changes: float) -> "Numbers":
        """The same numbers but for some; refuses unknown names, and what is not a finite number of at least 0."""
        for name, value in changes.items():
            if name not in self._fields:
                raise unknown("number of the marrow slice", name, self._fields)
            if not (math.isfinite(value) and value >= 0):
                raise NicheError(f"{name}: expected a finite number of at least 0, got {value!r}")
        return self._replace(**changes)


SIGNALS = ("tgfb", "rankl", "opg", "pthrp", "ngf", "netrin", "noradrenaline", "cgrp", "acid", "antibody")


@lru_cache(maxsize=4)
def read_table(folder: Path | None = None) -> Frozen:
    """Every number with its unit, kind, range and source, by name.

    Raises
    ------
    NicheError
        naming file and key for what is wrong, lacking, or given twice
    """
    expected = {name: unit for name, (unit, _) in describe(Numbers).items()}
    found: dict[str, Parameter] = {}
    for file, raw in read_folder(folder or root() / "tissue").items():
        where = f"tissue/{file}.yaml"
        content = parse(ModelFile, raw, where)
        block = read_entries(content.parameters, "tissue", f"{where}, parameters", content.source, expected)
        for name in block:
            if name in found:
                raise NicheError(f"{where}, {name}: {found[name].file} has it too")
        found |= block
    lacking = [name for name in expected if name not in found]
    if lacking:
        raise NicheError(f"tissue: lacks {', '.join(lacking)}")
    return Frozen(found)


def read_numbers(folder: Path | None = None) -> Numbers:
    """The numbers of params/tissue, in the units that `Numbers` states."""
    table = read_table(folder)
    return Numbers(*(table[name].value for name in Numbers._fields))
