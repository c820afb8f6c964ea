"""What plan files hold, key by key: params/experiments/*.yaml, and a file of one's own."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from niche.evidence.readings import ArmPair, Bounds, Days, ReadingEntry, Surround
from niche.params.schema import Name, Number, Positive, Record, Text

Length = Annotated[Number | str, Meta(description="a time, like 14 or '6 weeks'")]
Step = Annotated[dict[str, Any], Meta(min_length=1, description="a step like {infuse: [isoprenaline, 5 mg/kg/day]}")]


class HostEntry(Record):
    """Keywords of `niche.hosts`, and a set of parameters by its name."""

    system: Text
    strain: Text | None = None
    sex: Text | None = None
    tumour: Text | None = None
    bone: Text | None = None
    set: Text | None = None


class ExperimentEntry(Record):
    """Which hosts, for how long, and what is done to each arm of them."""

    host: HostEntry
    days: Length
    arms: Annotated[dict[Text, list[Step]], Meta(min_length=1, description="a mapping of arms to lists of steps")]
    note: str = ""


class ObservedEntry(Record):
    """A row that is no number, restated as one, and why."""

    value: Number
    sd: Positive
    scale: Literal["linear", "log"]
    unit: Text
    reason: Text


class RowEntry(Record):
    """How one row is simulated and read: one number, directions (`expect`), or why it `cannot` be."""

    label: str = ""
    experiment: Text | None = None
    observable: Text | None = None
    treated: Name | None = None
    day: Days | None = None
    compare: str | None = None
    control: Name | None = None
    surround: Surround | None = None
    sign: str | None = None
    against: ArmPair | None = None
    within: Bounds | None = None
    expect: Annotated[list[ReadingEntry], Meta(min_length=1, description="a list of readings")] | None = None
    observed: ObservedEntry | None = None
    built_in: str = ""
    cannot: Text | None = None


Sets = dict[Text, dict[Text, Number]]


class PlanFile(Record):
    """Sets of parameters, experiments, and rows."""

    sets: Sets | None = None
    experiments: dict[Text, ExperimentEntry] | None = None
    rows: dict[Text, RowEntry] | None = None
