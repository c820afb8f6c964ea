"""What the files of params/trials hold, key by key."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from niche.params.files import Entry
from niche.params.schema import Number, Record, Share, Text

Form = Literal["log", "loss", "level", "log1p"]
Time = Number | Text
Named = Annotated[tuple[Text, ...], Meta(min_length=1, description="a list of names")]
Steps = Annotated[tuple[Text, Text], Meta(description="a step: [verb, name]")]


class AnchorEntry(Record):
    """A row to which the untreated are set: a median, or a share `by` a day."""

    row: Text
    by: Time | None = None


class TermEntry(Record):
    """One thing that a hazard depends on: an observable, in a form, times a coefficient."""

    reads: Text
    form: Form
    coefficient: Entry
    floor: Entry | None = None


class CauseEntry(Record):
    """A cause of events."""

    frailty: Entry
    about: str = ""
    baseline: Entry | None = None
    anchor: AnchorEntry | None = None
    terms: dict[Text, TermEntry] = field(default_factory=dict)
    lines: dict[Text, Entry] = field(default_factory=dict)
    foci: bool = False


class HazardFile(Record):
    """params/trials/hazards.yaml."""

    causes: dict[Text, CauseEntry]
    source: str = ""


class CohortEntry(Record):
    """Who is treated."""

    lines: Annotated[dict[Text, Share], Meta(min_length=1, description="a mapping of tumour lines to shares")]
    seeded: bool = True
    run_in: Number = 0.0
    steps: tuple[Steps, ...] = ()
    share: Share = 1.0
    note: str = ""


class RegimenOptions(Record):
    """How the level of a regimen enters, as options of `Protocol.regimen`."""

    averaged: bool | UnsetType = UNSET
    every: Time | UnsetType = UNSET


class TrialEntry(Record):
    """A population and a design."""

    cohort: Text
    arms: Annotated[dict[Text, int], Meta(min_length=1, description="a mapping of regimens to numbers of patients")]
    causes: Named
    follow_up: Annotated[tuple[Time, Time], Meta(description="[shortest, longest] time that a patient is watched")]
    dropout: Number = 0.0
    visits: Time | None = None


class TrialRowEntry(Record):
    """How one row is simulated, or why it `cannot` be."""

    cannot: Text | None = None
    trial: str = ""
    endpoints: tuple[Text, ...] = ()
    statistic: str = ""
    of: tuple[Text, ...] = ()
    note: str = ""
    label: str = ""
    sign: str = ""
    built_in: str = ""


DrugGiven = Annotated[
    tuple[Text | RegimenOptions, ...],
    Meta(min_length=2, max_length=3, description="[drug, regimen] or [drug, regimen, {averaged: true}]"),
]


class TrialFile(Record):
    """params/trials/rows.yaml."""

    cohorts: dict[Text, CohortEntry]
    regimens: dict[Text, tuple[DrugGiven, ...]]
    trials: dict[Text, TrialEntry]
    rows: dict[Text, TrialRowEntry]


class RecurrenceFile(Record):
    """params/trials/recurrence.yaml."""

    numbers: dict[Text, Entry]
    source: str = ""


class TakersFile(Record):
    """params/trials/cohorts.yaml: a cohort in which a drug does nothing."""

    cohort: dict[Text, Entry]
    source: str = ""


class TranslationFile(Record):
    """params/trials/translation.yaml: how a blocker is given in mouse and patient."""

    given: dict[Text, Entry]
    source: str = ""
