"""What a report says, as one mapping that the pages only set: the same facts in HTML, Markdown and JSON."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compendium.review.compare import TOLERANCES
from compendium.review.findings import Finding
from compendium.review.rerun import Rerun
from niche.verdicts.rules import GOOD

_ROW = (
    "id",
    "label",
    "role",
    "counts",
    "value",
    "sd",
    "scale",
    "unit",
    "median",
    "low",
    "high",
    "z",
    "share",
    "verdict",
    "note",
)
_CONTROL = ("name", "row", "full", "without", "share", "low", "high")
_EVIDENCE = ("statement", "system", "time", "n", "doi", "source_url", "verified", "sd_basis", "notes")


def claim_section(one: Rerun, findings: Sequence[Finding], evidence: Callable[[str], Any]) -> dict[str, Any]:
    """All that the page says of one claim.

    Parameters
    ----------
    evidence
        the published row of an id, or None
    """
    about, record = one.task.claim, one.record
    return {
        "id": about.id,
        "number": getattr(about, "number", 0),
        "title": getattr(about, "title", about.id),
        "statement": getattr(about, "statement", ""),
        "source": getattr(about, "source", ""),
        "kind": getattr(about, "kind", ""),
        "notebook": one.task.path.name,
        "expected": about.expected,
        "verdict": record.get("verdict", ""),
        "error": one.error,
        "differs": sum(finding.counts for finding in findings),
        "rows": [_row(row, evidence(row["id"])) for row in record.get("rows", ())],
        "controls": [{key: c.get(key) for key in _CONTROL} for c in record.get("controls") or ()],
        "conflict_map": record.get("conflict_map", ""),
    }


def _row(row: Mapping[str, Any], published: Any) -> dict[str, Any]:
    source = {key: str(getattr(published, key, "") or "") for key in _EVIDENCE}
    return {key: row.get(key) for key in _ROW} | {"evidence": source}


def review_summary(
    claims: Sequence[Mapping[str, Any]], findings: Sequence[Finding], judged: bool, recorded: bool
) -> str:
    """The outcome in two or three sentences.

    Parameters
    ----------
    judged
        numbers were compared
    recorded
        it was written down what the committed results are made of
    """
    failed = [one for one in claims if one["error"]]
    counted = [finding for finding in findings if finding.counts]
    rows = [row for one in claims for row in one["rows"] if row["counts"]]
    good = sum(row["verdict"] in GOOD for row in rows)
    ran = f"{len(claims) - len(failed)} of {len(claims)} notebooks ran again to their end."
    if counted:
        said = f"It does not hold: {len(counted)} difference{'s' * (len(counted) > 1)} from what was committed."
    elif judged:
        said = f"It holds: {'inputs, ' * recorded}numbers and figures are those that were committed."
    else:
        same = "inputs and stored figures are" if recorded else "data of stored figures are"
        said = f"As far as a fast run tells, it holds: {same} those that were committed."
    said += "" if recorded else " What the committed results are made of is not recorded, so inputs were not compared."
    draws = "" if judged else " Few draws were run, so numbers were not compared."
    return f"{said} {ran}{draws} {good} of {len(rows)} evidence rows that count hold for the model."


def document(**parts: Any) -> dict[str, Any]:
    """The whole report; `times` is the one place with what differs from run to run."""
    findings: Sequence[Finding] = parts.pop("findings")
    times = parts.pop("times")
    return {
        "format": 1,
        "holds": not any(finding.counts for finding in findings),
        "tolerances": TOLERANCES,
        "findings": [finding._asdict() for finding in findings],
        **parts,
        "times": times,
    }
