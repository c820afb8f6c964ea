"""What a report says, as one mapping that the pages only set: the same facts in HTML, Markdown and JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from compendium.review.compare import TOLERANCES
from compendium.review.findings import Finding
from compendium.review.rerun import Rerun


def claim_section(one: Rerun, findings: Sequence[Finding], answered: Any) -> dict[str, Any]:
    """All that the page says of one claim.

    Parameters
    ----------
    answered
        the answers to the claim (`niche.answering.records.ClaimAnswer`)
    """
    about = one.task.claim
    return {
        "id": about.id,
        "number": about.number,
        "title": about.title,
        "statement": about.statement,
        "source": about.source,
        "notebook": one.task.path.name,
        "error": one.error,
        "differs": sum(finding.counts for finding in findings),
        "sentence": answered.sentence,
        "statements": [
            {
                "papers": piece.evidence.word,
                "mechanism": piece.mechanism.word,
                "model": piece.model.word,
                "sentence": piece.sentence,
            }
            for piece in answered.propositions
        ],
    }


def review_summary(
    claims: Sequence[Mapping[str, Any]], findings: Sequence[Finding], compared: bool, recorded: bool
) -> str:
    """The outcome in two or three sentences.

    Parameters
    ----------
    compared
        numbers were compared
    recorded
        it was written down what the committed results are made of
    """
    failed = [one for one in claims if one["error"]]
    counted = [finding for finding in findings if finding.counts]
    ran = f"{len(claims) - len(failed)} of {len(claims)} notebooks ran again to their end."
    if counted:
        said = f"It does not hold: {len(counted)} difference{'s' * (len(counted) > 1)} from what was committed."
    elif compared:
        said = f"It holds: {'inputs, ' * recorded}numbers and figures are those that were committed."
    else:
        same = "inputs and stored figures are" if recorded else "data of stored figures are"
        said = f"As far as a fast run tells, it holds: {same} those that were committed."
    said += "" if recorded else " What the committed results are made of is not recorded, so inputs were not compared."
    draws = "" if compared else " Few draws were run, so numbers were not compared."
    return f"{said} {ran}{draws}"


def document(**parts: Any) -> dict[str, Any]:
    """The whole report; `times` is the one place with what differs from run to run."""
    findings: Sequence[Finding] = parts.pop("findings")
    times = parts.pop("times")
    return {
        "format": 2,
        "holds": not any(finding.counts for finding in findings),
        "tolerances": TOLERANCES,
        "findings": [finding._asdict() for finding in findings],
        **parts,
        "times": times,
    }
