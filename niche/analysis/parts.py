"""What a claim comes out as, part by part: each row and each control, without the numbers beside them.

Only rows that hosts are simulated for: a row that needs virtual trials takes a crowd of patients for every draw, too
many to repeat for each of hundreds of changes. A claim that has such rows is judged here on its others.
"""

from collections.abc import Mapping
from typing import NamedTuple

from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import read_experiments
from niche.evidence.row_plan import RowPlan
from niche.evidence.rows import evidence
from niche.verdicts import rules as verdicts
from niche.verdicts.claims import Claim
from niche.verdicts.controls import explains, what_is_left
from niche.verdicts.judging import asks, contested, judge_row


class ClaimParts(NamedTuple):
    """A claim's verdict, and by name the verdict of each row that hosts are simulated for, and of each control.

    Attributes
    ----------
    head
        median effect with which the first control compares, in the row's unit; NaN without controls
    """

    verdict: str
    parts: Mapping[str, str]
    head: float

    def against(self, other: "ClaimParts") -> tuple[str, ...]:
        """What differs from another outcome of the same claim: "row: before -> now"."""
        names = [name for name in self.parts if self.parts[name] != other.parts[name]]
        return tuple(f"{name}: {other.parts[name]} -> {self.parts[name]}" for name in names)


def hosted(row: str) -> RowPlan | None:
    """How hosts are simulated for a row; None if they are not."""
    found = read_experiments().get(row)
    return None if found is None or found.cannot or found.experiment is None else found


def parts_of(claim: Claim, lab: Laboratory) -> ClaimParts:
    """Judge a claim as `Claim.judge` does, leaving out what is shown and decides nothing."""
    chosen = [row for row in claim.rows if hosted(row)]
    groups = {row: evidence(row).conflict_group for row in chosen}
    judged = [judge_row(evidence(row), lab) for row in chosen]
    rows = contested(judged, groups, {row: asks(evidence(row), lab.plans[row]) for row in chosen})
    controls = [what_is_left(control, lab) for control in claim.controls if hosted(control.row)]
    found = {row.id: row.verdict for row in rows}
    found |= {control.name: explains(control) for control in controls}
    return ClaimParts(verdicts.claim_verdict(rows), found, controls[0].full if controls else float("nan"))
