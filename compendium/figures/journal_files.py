"""What a file of params/journals holds, key by key."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from niche.errors import NicheError
from niche.params.schema import Positive, Record, Text

Names = Annotated[tuple[Text, ...], Meta(min_length=1, description="a list")]
Lengths = Annotated[tuple[Positive, ...], Meta(min_length=1, description="a list of numbers above 0")]


class RuleEntry(Record):
    """Who asks it (a key of `sources`), or kind: assumed; its unit, where it has one."""

    unit: str = ""
    source: Text | None = None
    kind: Literal["assumed"] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.source is None and self.kind is None:
            raise NicheError("it needs a source, or kind: assumed")


class NumberRule(RuleEntry, kw_only=True):
    """A rule that is a number above 0."""

    value: Positive


class LengthsRule(RuleEntry, kw_only=True):
    """A rule that is a list of numbers above 0."""

    value: Lengths


class NamesRule(RuleEntry, kw_only=True):
    """A rule that is a list of names."""

    value: Names


class SwitchRule(RuleEntry, kw_only=True):
    """A rule that is kept or not."""

    value: bool


AnyRule = NumberRule | LengthsRule | NamesRule | SwitchRule


class Rules(Record):
    """Every rule that there is; a journal gives those that it has."""

    max_height: NumberRule
    text_min: NumberRule
    text_max: NumberRule
    fonts: NamesRule
    formats: NamesRule
    dpi_min: NumberRule
    colours: NamesRule
    widths: LengthsRule | UnsetType = UNSET
    width_min: NumberRule | UnsetType = UNSET
    width_max: NumberRule | UnsetType = UNSET
    stand_ins: NamesRule | UnsetType = UNSET
    font_types: NamesRule | UnsetType = UNSET
    outlines: SwitchRule | UnsetType = UNSET
    dpi_max: NumberRule | UnsetType = UNSET
    bits: NumberRule | UnsetType = UNSET
    alpha: SwitchRule | UnsetType = UNSET
    compression: NamesRule | UnsetType = UNSET
    max_bytes: NumberRule | UnsetType = UNSET
    line_min: NumberRule | UnsetType = UNSET


class LettersEntry(Record):
    """How panels are lettered."""

    case: Literal["lower", "upper"]
    weight: Literal["bold", "normal"]
    size: NumberRule


class WidthsEntry(Record):
    """Widths [mm] in which figures are drawn."""

    single: Positive
    middle: Positive
    double: Positive


class LayoutEntry(Record):
    """What is drawn within the rules: choices, not rules."""

    widths: WidthsEntry
    text: Positive
    small: Positive
    dpi: Positive
    write: tuple[Literal["pdf", "svg", "tiff", "png"], ...] = ()


class JournalFile(Record):
    """params/journals/*.yaml: what a journal asks of a figure, each rule with its source."""

    title: Text
    sources: Annotated[dict[Text, Text], Meta(min_length=1, description="a mapping of names to pages")]
    rules: Rules
    letters: LettersEntry
    layout: LayoutEntry
