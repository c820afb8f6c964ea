"""Verdicts as tables for reading: the rows of a claim, and the claims beside each other."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from niche.text import aligned, markdown_table
from niche.verdicts.controls import NOTHING
from niche.verdicts.rules import GOOD, HOLDS_ALREADY, NOT_JUDGED, RowVerdict


class Judged(Protocol):
    """A verdict as it was judged, or as it was stored."""

    @property
    def number(self) -> Any:
        """Its number."""

    @property
    def title(self) -> Any:
        """What the claim is called."""

    @property
    def verdict(self) -> Any:
        """In a word."""

    @property
    def expected(self) -> Any:
        """What is expected today."""

    @property
    def rows(self) -> Sequence[RowVerdict]:
        """Its rows."""

    @property
    def controls(self) -> Any:
        """Its controls."""

    @property
    def why(self) -> Any:
        """Why it was not judged, "" if it was."""


def frame(rows: Sequence[RowVerdict]) -> Any:
    """The rows of a claim as a pandas table: measured beside predicted, rounded."""
    import pandas as pd

    table = [
        {
            "row": r.id,
            "what": r.label,
            "measured": measured(r),
            "predicted": predicted(r),
            "± of that": monte_carlo(r),
            "z": "" if r.z is None else f"{r.z:+.1f}",
            "verdict": r.verdict if r.counts or r.verdict == "not simulated" else f"{_aside(r)} ({r.verdict})",
            "remark": remark(r),
            "under the prior": _under_prior(r),
        }
        for r in rows
    ]
    found = pd.DataFrame(table).set_index("row")
    empty = [column for column in ("± of that", "remark", "under the prior") if not found[column].any()]
    return found.drop(columns=empty)


def controls(found: Judged) -> Any:
    """What is left of an effect without the mechanism, per control, as a pandas table."""
    import pandas as pd

    table = [
        {
            "control": c.name,
            "row": c.row,
            "with the mechanism": f"{c.full:.3g}",
            "without": f"{c.without:.3g}",
            "effect left": f"{_percent(c.share)} ({_percent(c.low)} to {_percent(c.high)})"
            if np.isfinite(c.share)
            else NOTHING,
        }
        for c in found.controls
    ]
    return pd.DataFrame(table).set_index("control")


def summary(verdict: Judged) -> dict[str, str]:
    """One line of the claim table."""
    if verdict.verdict == NOT_JUDGED:
        return {"claim": f"{verdict.number:02d} {verdict.title}", "verdict": NOT_JUDGED}
    counted = [r for r in verdict.rows if r.counts]
    good = sum(r.verdict in GOOD for r in counted)
    control = verdict.controls[0] if verdict.controls else None
    gains = sorted({gain for r in counted for gain in r.hangs_on})
    named = verdict.verdict == "not identifiable" and gains
    line = {
        "claim": f"{verdict.number:02d} {verdict.title}",
        "verdict": f"{verdict.verdict} (hangs on {', '.join(gains)})" if named else verdict.verdict,
        "expected": verdict.expected,
        "rows that hold": f"{good} of {len(counted)}",
        "fitted rows": str(sum(r.role == "calibrate" and r.z is not None for r in verdict.rows)),
        "left without mechanism": "-" if control is None else f"{_percent(control.share)} ({control.name})",
    }
    if any(r.prior_verdict for r in counted):
        before = sum(r.prior_verdict in GOOD for r in counted)
        line["rows that hold under the prior"] = f"{before} of {len(counted)}"
    return line


def table(found: Sequence[Judged]) -> str:
    """The claim table as plain text; above it why claims are not judged, if they are not."""
    lines = [summary(v) for v in found]
    heads = list(dict.fromkeys(head for line in lines for head in line))
    made = aligned([heads, *([line.get(head, "-") for head in heads] for line in lines)], rule=True)
    return "\n\n".join([*_reasons(found), made])


def markdown(found: Sequence[Judged]) -> str:
    """The claim table for the README: what was held before the fit is left to the notebooks."""
    apart = ("expected", "rows that hold under the prior")
    lines = [{k: v for k, v in summary(v).items() if k not in apart} for v in found]
    heads = list(dict.fromkeys(head for line in lines for head in line))
    made = markdown_table(heads, ([line.get(head, "-") for head in heads] for line in lines))
    return "\n\n".join([*(f"**Not judged.** {why}" for why in _reasons(found)), made])


def _reasons(found: Sequence[Judged]) -> list[str]:
    return list(dict.fromkeys(v.why for v in found if v.verdict == NOT_JUDGED and v.why))


def excuse(r: RowVerdict) -> str:
    """Why a row that fails may not speak against its claim; "" for any other."""
    if r.hangs_on:
        return f"hangs on {', '.join(r.hangs_on)}"
    return f"contested by {', '.join(r.contested_by)}" if r.contested_by else ""


def remark(r: RowVerdict) -> str:
    """`excuse`, and what a row that holds, or fails though built in, is worth."""
    return "; ".join(filter(None, [excuse(r), *(flag for flag in r.flags if flag != HOLDS_ALREADY)]))


def measured(r: RowVerdict) -> str:
    """What was measured, with its error."""
    if r.value is None:
        return "direction" if r.share is not None or r.verdict == "not simulated" else "-"
    error = f"x/÷ {np.exp(r.sd or 0):.2f}" if r.scale == "log" else f"± {r.sd:.3g}"
    return f"{r.value:.4g} {error} {r.unit}"


def _aside(r: RowVerdict) -> str:
    """Why a row does not count."""
    if r.role == "calibrate":
        return "fitted" if r.z is not None else "not fitted"
    return "built in" if r.built_in else r.role


def predicted(r: RowVerdict) -> str:
    """What the model gives: the median and 5-95 % of draws, or how many agree."""
    if r.share is not None:
        return f"{100 * r.share:.0f} % of draws agree"
    return "-" if r.median is None else f"{r.median:.3g} ({r.low:.3g} to {r.high:.3g})"


def monte_carlo(r: RowVerdict) -> str:
    """How far other draws would move the median and the ends of what is predicted; "" where that is not known."""
    error = getattr(r, "error", ()) or ()
    if len(error) != 3 or r.median is None or not np.isfinite(error).all():
        return ""
    low, middle, high = (f"{one:.1g}" for one in error)
    return f"{middle} ({low}, {high})"


def _under_prior(r: RowVerdict) -> str:
    return f"{r.prior_verdict}: {HOLDS_ALREADY}" if HOLDS_ALREADY in r.flags else r.prior_verdict


def _percent(share: float) -> str:
    """A share in percent, without the sign of a zero."""
    if np.isnan(share):
        return NOTHING
    share = float(f"{share:.4g}")  # as verdict.json has it: a number is rounded in the same way wherever it is read
    return f"{0.0 if abs(share) < 0.5 else share:.0f} %"
