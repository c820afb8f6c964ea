"""What the pages say of a row, a control or a claim, in words."""

import math
from collections.abc import Mapping
from typing import Any

from niche.text import number


def measured_text(row: Mapping[str, Any]) -> str:
    """A row's measurement with its error and unit."""
    if row["value"] is None:
        return "direction" if row["share"] is not None else "–"
    error = ""
    if row["sd"] is not None:
        error = f" ×/÷ {math.exp(row['sd']):.3g}" if row["scale"] == "log" else f" ± {number(row['sd'])}"
    return f"{number(row['value'])}{error} {row['unit'] or ''}".strip()


def predicted_text(row: Mapping[str, Any]) -> str:
    """A row's prediction: median and 5 to 95 % of draws, or the share of draws that have the direction."""
    if row["share"] is not None:
        return f"{100 * row['share']:.0f} % of draws agree"
    if row["median"] is None:
        return "–"
    return f"{number(row['median'])} [{number(row['low'])}, {number(row['high'])}]"


def left_text(control: Mapping[str, Any]) -> str:
    """What a control leaves of the effect."""
    if control["share"] is None:
        return "nothing to compare"
    between = "" if control["low"] is None else f" [{number(control['low'])}, {number(control['high'])}]"
    return f"{number(control['share'])} %{between} of the effect of {control['row']} is left"


def about_text(evidence: Mapping[str, Any]) -> str:
    """What else is known of a published row."""
    words = {"statement": "", "system": "", "time": "", "n": "n = ", "verified": "read: ", "notes": ""}
    return "; ".join(f"{before}{evidence[key]}" for key, before in words.items() if evidence[key])


def uncounted_text(row: Mapping[str, Any]) -> str:
    """Why a row does not count."""
    return {"calibrate": "fitted", "predict": "not counted"}.get(row["role"], str(row["role"]))


def compared_text(claim: Mapping[str, Any], kind: str) -> tuple[str, str]:
    """How a claim's verdict stands to the expected one, and what differs; kind : of the run."""
    if kind != "full":
        return f"with few draws; in full, {claim['expected']} is expected", "numbers not compared"
    same = "as expected" if claim["verdict"] == claim["expected"] else f"expected: {claim['expected']}"
    return same, f"{claim['differs']} of what differs is here" if claim["differs"] else "nothing differs"
