"""What the files of params/model, systems, lines, drugs, conditions and coupling hold, key by key."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, field

from niche.params.schema import Number, Record, Text

Kind = Literal["measured", "derived", "fitted", "assumed"]
Slot = Literal["rankl_trap", "tgfb_trap", "pthrp_trap", "ngf_trap", "zol", "agonist", "blocker"]
WayReads = Literal["level", "over Kd", "over effective", "share", "gain", "PTH"]
ConditionKind = Literal["diet", "surgery", "genotype", "culture", "treatment", "site"]
# What a gain hears, then what it moves, then ties of its own.
Mechanism = Literal[
    "beta1",  # noradrenaline and adrenaline at beta1 receptors
    "beta2",  # the same at beta2 receptors
    "CGRP",
    "substance P",
    "trophic signal",  # what is lost with sympathetic fibres and kept under a blocker
    "cholinergic",  # cholinergic fibres
    "muscarinic",  # the brake of M3 receptors on sympathetic tone
    "reuptake",
    "sensory reflex",  # what sensory fibres of the host do to sympathetic tone
    "IL-6",  # what IL-6 does
    "IL-6 output",  # what makes IL-6
    "NGF",
    "netrin-1",
    "semaphorin 4D",
    "oestrogen",
    "load",  # strain of the bone that is left
    "PTH",
    "RANKL",
    "TGF-beta",
    "TGF-beta to tumour",  # that the tumour sees a change of TGF-beta at all
    "PTHrP",
    "zoledronate",
    "bone",  # bone cells and what they put out
    "fibres",  # growth and loss of nerve fibres
    "sprouting",
    "death of fibres",
    "pain",
    "calcium",
    "vessels",
    "endothelium",  # gains of the endothelium's own receptors
    "tumour cells",
    "receptors of tumour cells",
    "lodging",
    "dormancy",
    "sowing",
    "immune cells",
    "myeloid",
    "macrophages",
    "T cells",
    "osteoblasts",  # contact with them
    "osteoblast suppression",  # what a tumour takes from osteoblasts
    "blastic",
    "vicious cycle",  # the links that close it
    "tumour",  # a burden is what is heard
    "strain",  # a property of the host, not a coupling
]
MECHANISMS: tuple[str, ...] = get_args(Mechanism)
Prior = Annotated[
    str,
    Meta(
        pattern=r"^((lognormal|normal|uniform)\(\s*[-+.\deE]+\s*,|halfnormal\()\s*[-+.\deE]+\s*\)$",
        description="normal(mean, sd), lognormal(median, sd of log), uniform(low, high) or halfnormal(sd)",
    ),
]


class Entry(Record):
    """One number.

    Attributes
    ----------
    range
        hard bounds
    prior
        how it varies between draws
    source
        who says so, in place of the file's
    off
        the value that switches it off, if it is a coupling
    mechanism
        what it hears and moves
    informed_by
        rows of params/evidence from which the number, or its sign, was taken
    """

    value: Number
    unit: Text
    kind: Kind
    range: tuple[Number, Number]
    source: str = ""
    prior: Prior | None = None
    note: str = ""
    off: Number | None = None
    mechanism: tuple[Mechanism, ...] = ()
    informed_by: tuple[Text, ...] = ()


class ModelFile(Record):
    """params/model/*.yaml: the numbers of everybody."""

    parameters: dict[Text, Entry]
    source: str = ""


class StrainEntry(Record):
    """A strain of a species: what differs from the species."""

    about: str = ""
    parameters: dict[Text, Entry] = field(default_factory=dict)


class Rescale(Record):
    """A pace that multiplies numbers of the species that is inherited."""

    pace: Entry
    applies_to: Annotated[tuple[Text, ...], Meta(min_length=1, description="a list of parameters")]


class SystemFile(Record):
    """params/systems/*.yaml: one species."""

    body_mass: Entry
    strains: Annotated[
        dict[Text, StrainEntry],
        Meta(min_length=1, description="a mapping of strains, of which the first is taken where none is named"),
    ]
    parameters: dict[Text, Entry]
    about: str = ""
    source: str = ""
    inherits: Text | None = None
    rescale: Rescale | None = None


class LineEntry(Record):
    """A tumour line as one study used it."""

    parameters: dict[Text, Entry]
    about: str = ""


class LineFile(Record):
    """params/lines/*.yaml."""

    lines: dict[Text, LineEntry]
    source: str = ""


class DrugEntry(Record):
    """A drug that fills a slot of the model: how a dose becomes a level, and the numbers of the slot."""

    slot: Slot
    systems: Annotated[tuple[Text, ...], Meta(min_length=1, description="a list of systems")]
    dosing: dict[Text, Entry]
    parameters: dict[Text, Entry] = field(default_factory=dict)
    about: str = ""
    max_dose: str = ""


class DrugFile(Record):
    """params/drugs/*.yaml."""

    drugs: dict[Text, DrugEntry]
    source: str = ""


class ConditionEntry(Record):
    """A diet, an operation, a genotype, a treatment or a site of bone: the inputs that it sets."""

    kind: ConditionKind
    inputs: dict[Text, Entry]
    about: str = ""


class ConditionFile(Record):
    """params/conditions/*.yaml."""

    conditions: dict[Text, ConditionEntry]
    source: str = ""


class WayEntry(Record):
    """What is read of a drug's level, at which target, and times what it enters an input of the model."""

    reads: WayReads
    factor: Entry
    target: str = ""
    effective: bool = False


class CouplingEntry(Record):
    """How the level of a drug enters the model; `none` says why it does not."""

    none: Text | None = None
    slot: str = ""
    doses: str = ""
    dose: Text | None = None
    warning: str = ""
    inputs: dict[Text, WayEntry] = field(default_factory=dict)


class CouplingFile(Record):
    """params/coupling/*.yaml."""

    drugs: dict[Text, CouplingEntry]
    source: str = ""
