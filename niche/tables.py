"""Verdicts as tables for reading: the rows of a claim, and the claims beside each other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from niche.verdicts import RowVerdict

if TYPE_CHECKING:
    from niche.claims import Verdict


def frame(rows: Sequence[RowVerdict]) -> Any:
    """The rows of a claim as a pandas table: measured beside predicted, rounded."""
    import pandas as pd

    table = [
        {
            "row": r.id, "what": r.label, "measured": _measured(r), "predicted": _predicted(r),
            "z": "" if r.z is None else f"{r.z:+.1f}",
            "verdict": r.verdict if r.counts or r.verdict == "not simulated" else f"{_aside(r)} ({r.verdict})",
        }
        for r in rows
    ]  # fmt: skip
    return pd.DataFrame(table).set_index("row")


def controls(found: "Verdict") -> Any:
    """What is left of an effect without the mechanism, per control, as a pandas table."""
    import pandas as pd

    table = [
        {
            "control": c.name, "row": c.row, "with the mechanism": f"{c.full:.3g}", "without": f"{c.without:.3g}",
            "effect left": f"{_percent(c.share)} ({_percent(c.low)} to {_percent(c.high)})",
        }
        for c in found.controls
    ]  # fmt: skip
    return pd.DataFrame(table).set_index("control")


def summary(verdict: "Verdict") -> dict[str, str]:
    """One line of the claim table."""
    counted = [r for r in verdict.rows if r.counts]
    good = sum(r.verdict in ("reproduced", "right") for r in counted)
    control = verdict.controls[0] if verdict.controls else None
    return {
        "claim": f"{verdict.number:02d} {verdict.title}",
        "verdict": verdict.verdict,
        "expected": verdict.expected,
        "rows that hold": f"{good} of {len(counted)}",
        "fitted rows": str(sum(r.role == "calibrate" and r.z is not None for r in verdict.rows)),
        "left without mechanism": "-" if control is None else f"{_percent(control.share)} ({control.name})",
    }


def table(found: "Sequence[Verdict]") -> str:
    """The claim table as plain text."""
    lines = [summary(v) for v in found]
    heads = list(lines[0])
    widths = {h: max(len(h), *(len(line[h]) for line in lines)) for h in heads}
    rule = "  ".join("-" * widths[h] for h in heads)
    rows = ["  ".join(line[h].ljust(widths[h]) for h in heads).rstrip() for line in lines]
    return "\n".join(["  ".join(h.ljust(widths[h]) for h in heads).rstrip(), rule, *rows])


def markdown(found: "Sequence[Verdict]") -> str:
    """The claim table for the README."""
    lines = [{k: v for k, v in summary(v).items() if k != "expected"} for v in found]
    heads = list(lines[0])
    rows = ["| " + " | ".join(line.values()) + " |" for line in lines]
    return "\n".join(["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *rows])


def _measured(r: RowVerdict) -> str:
    if r.value is None:
        return "direction" if r.share is not None or r.verdict == "not simulated" else "-"
    error = f"x/÷ {np.exp(r.sd or 0):.2f}" if r.scale == "log" else f"± {r.sd:.3g}"
    return f"{r.value:.4g} {error} {r.unit}"


def _aside(r: RowVerdict) -> str:
    """Why a row does not count."""
    if r.role == "calibrate":
        return "fitted" if r.z is not None else "not fitted"
    return "built in" if r.built_in else r.role


def _predicted(r: RowVerdict) -> str:
    if r.share is not None:
        return f"{100 * r.share:.0f} % of draws agree"
    return "-" if r.median is None else f"{r.median:.3g} ({r.low:.3g} to {r.high:.3g})"


def _percent(share: float) -> str:
    """A share in percent, without the sign of a zero."""
    return f"{0.0 if abs(share) < 0.5 else share:.0f} %"
