"""What the specification of a sweep holds, key by key."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType, field

from niche.evidence.readings import ArmPair, Days, Surround
from niche.params.schema import Name, Number, Record, Share, Text

DesignName = Literal["grid", "random", "sobol"]
ScaleName = Literal["linear", "log"]
MOST_LEVELS, MOST_POINTS = 100_000, 2**30
Whole = Annotated[int, Meta(ge=1, description="a whole number of at least 1")]
Seed = Annotated[int, Meta(ge=0, description="a whole number of at least 0")]
Ends = Annotated[tuple[Number, Number], Meta(description="[low, high]")]
Levels = Annotated[
    int, Meta(ge=2, le=MOST_LEVELS, description=f"a whole number of at least 2 and at most {MOST_LEVELS}")
]
Points = Annotated[
    int, Meta(ge=1, le=MOST_POINTS, description=f"a whole number of at least 1 and at most {MOST_POINTS}")
]


class SweepHosts(Record):
    """Hosts, as keywords of `niche.hosts`, and parameters set for each of them; "fresh" draws are of one point each."""

    system: Text
    strain: Text | None = None
    sex: Text | None = None
    tumour: Text | None = None
    posterior: Text = "calibrated"
    parameters: dict[Text, Number] = field(default_factory=dict)
    draws: Whole | Literal["fresh"] = 200
    seed: Seed = 1


class FactorEntry(Record):
    """One thing that is varied: a range, or in a grid values."""

    range: Ends | None = None
    values: Annotated[tuple[Number, ...], Meta(description="a list of numbers")] | None = None
    count: Levels | None = None
    scale: ScaleName = "linear"
    relative: bool = False


class VaryEntry(Record):
    """What is varied, and where the points of it lie."""

    design: DesignName = "grid"
    points: Points | None = None
    factors: dict[Text, FactorEntry] = field(default_factory=dict)


class SweepReading(Record):
    """What is read: as in params/experiments, and on several days, of one arm without its name."""

    observable: Text
    compare: Text | UnsetType = UNSET
    treated: Name | UnsetType = UNSET
    control: Name | UnsetType = UNSET
    day: Days | UnsetType = UNSET
    days: Annotated[tuple[Days, ...], Meta(min_length=1, description="a list of days")] | UnsetType = UNSET
    surround: Surround | UnsetType = UNSET
    against: ArmPair | UnsetType = UNSET


class SweepFile(Record):
    """The specification of a sweep: hosts, arms, what is varied, what is read."""

    hosts: SweepHosts
    days: Number | Text
    arms: Annotated[dict[Text, tuple[dict[Text, Any], ...]], Meta(min_length=1, description="{name: [steps]}")]
    read: Annotated[
        dict[Text, SweepReading],
        Meta(min_length=1, description="{name: {observable: ..., day: ...}}"),
    ]
    vary: VaryEntry | None = None
    quantiles: Annotated[tuple[Share, ...], Meta(min_length=1, description="numbers from 0 to 1")] = (0.05, 0.5, 0.95)
    chunk: Whole = 1000  # hosts: about a second of work on one core
    rtol: Annotated[float, Meta(ge=1e-13, le=1e-2, description="a number from 1e-13 to 1e-2")] = 1e-6
