"""What the files of params/kinetics hold, key by key."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from niche.errors import NicheError
from niche.params.files import Entry, Kind
from niche.params.schema import Number, Record, Text

RouteName = Literal["po", "sc", "iv", "im", "ip"]
CheckRead = Literal["level", "cmax", "mean", "auc", "tmax", "half_life", "excreted", "occupancy"]
Against = Literal["same model", "used", "independent"]
Time = Number | Text
Window = Annotated[tuple[Time, Time], Meta(description="a window: [from, to]")]
_BOUNDS = ("expected", "between", "below", "above")


class OverEntry(Record):
    """What differs in the reading that divides the first."""

    read: CheckRead | UnsetType = UNSET
    given: Text | tuple[Text, ...] | UnsetType = UNSET
    at: Time | tuple[Time, ...] | UnsetType = UNSET
    window: Window | UnsetType = UNSET
    target: str | UnsetType = UNSET


class CheckEntry(Record):
    """A published number of a drug, and how near its numbers must come: one of expected, between, below, above."""

    what: Text
    read: CheckRead
    given: Text | tuple[Text, ...]
    unit: Text
    because: Text
    against: Against
    source: Text
    at: Time | tuple[Time, ...] = ()
    window: Window | None = None
    target: str = ""
    over: OverEntry | None = None
    expected: Number | tuple[Number, ...] | None = None
    tolerance: Annotated[float, Meta(gt=0, lt=1, description="a share between 0 and 1")] | None = None
    between: Annotated[tuple[Number, Number], Meta(description="[low, high]")] | None = None
    below: Number | None = None
    above: Number | None = None
    missed: str = ""

    def __post_init__(self) -> None:
        given = [name for name in _BOUNDS if getattr(self, name) is not None]
        if len(given) != 1:
            raise NicheError(f"give one of {', '.join(_BOUNDS)}; got {', '.join(given) or 'none'}")
        if (self.expected is None) != (self.tolerance is None):
            raise NicheError("expected needs a tolerance, a share between 0 and 1, and nothing else has one")


class LevelRowEntry(Record):
    """How a measured level of a drug is predicted: which drug, how it is given, what is read."""

    drug: Text
    read: CheckRead
    given: Text | tuple[Text, ...]
    at: Time | tuple[Time, ...] = ()
    window: Window | None = None
    target: str = ""
    label: str = ""
    note: str = ""


class FullEntry(Record, tag_field="tier", tag="full"):
    """A drug whose level is computed from its doses."""

    routes: Annotated[dict[RouteName, dict[Text, Entry]], Meta(min_length=1, description="a mapping of routes")]
    entries: dict[Text, Entry]
    studied: Annotated[tuple[Text, Text], Meta(description="[least dose, most dose] such as ['30 mg', '120 mg']")]
    about: str = ""
    system: Text = "human"
    note: str = ""
    targets: dict[Text, Entry] = field(default_factory=dict)
    effective: dict[Text, Entry] = field(default_factory=dict)
    checks: tuple[CheckEntry, ...] = ()


class LevelEntry(Record):
    """A level at one dose, over the affinity of its target."""

    dose: Text
    over_kd: Entry


class SustainedEntry(Record, tag_field="tier", tag="sustained"):
    """A drug taken as a level that lasts as long as it is given; `why` no more is known."""

    system: Text
    why: Text
    held: Annotated[dict[Text, LevelEntry], Meta(min_length=1, description="a mapping of targets to levels")]
    about: str = ""
    numbers: dict[Text, Entry] = field(default_factory=dict)


class NeverEntry(Record):
    """Why something that was removed does not return."""

    kind: Kind
    source: str = ""
    note: str = ""


class RemovalEntry(Record):
    """What is gone, the share left, and its return: half of the loss is back after half_time, or never."""

    what: Text
    species: Text
    left: Entry
    onset: Entry | None = None
    half_time: Entry | None = None
    never: NeverEntry | None = None

    def __post_init__(self) -> None:
        if (self.half_time is None) == (self.never is None):
            raise NicheError("say when it returns, by half_time or never: {kind, source}")


class LesionEntry(Record, tag_field="tier", tag="lesion"):
    """An operation or a poison: how it is given, and what it removes."""

    given: Text
    removes: Annotated[
        tuple[RemovalEntry, ...],
        Meta(min_length=1, description="a list of what is gone, the share left and its return"),
    ]
    about: str = ""


class KineticsFile(Record):
    """params/kinetics/*.yaml: drugs in three tiers."""

    drugs: dict[Text, FullEntry | SustainedEntry | LesionEntry]
    source: str = ""
