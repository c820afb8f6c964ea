"""What params/claims.yaml and params/expected_rows.yaml hold, key by key."""

from typing import Annotated

from msgspec import Meta

from niche.params.judging_state import Reason
from niche.params.schema import Number, Record, Text
from niche.verdicts.rules import CLAIM_VERDICTS


class ControlEntry(Record):
    """A mechanism to remove: parameters of the model and what they are set to."""

    name: Text
    row: Text
    set: Annotated[dict[Text, Number], Meta(min_length=1, description="a mapping of parameters to numbers")]


class ClaimEntry(Record):
    """What is claimed, on which rows, with which controls, and the verdict that is expected today."""

    number: Annotated[int, Meta(ge=1, description="a whole number above 0")]
    title: Text
    statement: Text
    source: Text
    rows: Annotated[tuple[Text, ...], Meta(min_length=1, description="a list of evidence rows")]
    controls: tuple[ControlEntry, ...]
    expected: Annotated[Text, Meta(description="a verdict", extra_json_schema={"enum": list(CLAIM_VERDICTS)})]
    kind: str = ""
    conflict_map: str = ""


class ClaimFile(Record):
    """params/claims.yaml. While `not_judged` is there no claim is judged, and `expected` is the word before."""

    claims: dict[Text, ClaimEntry]
    not_judged: Reason | None = None


class ExpectedFile(Record):
    """params/expected_rows.yaml: the verdict of each row and control of each claim today."""

    claims: dict[Text, dict[Text, Text]]
