"""The claims as a picture of the field: what holds, what does not, and how sure that is."""

import json
import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from compendium.site.html import escaped
from niche.params.judging_state import not_judged
from niche.verdicts.claims import Claim, claim, claim_ids
from niche.verdicts.rules import GOOD, NOT_JUDGED

# Colours that people with colour blindness tell apart, and a sign for those who see none.
_CLASSES = {
    "holds": ("✓", "holds"),
    "partly": ("◐", "partly, or not to be told"),
    "fails": ("✗", "does not hold"),
    "untested": ("–", "not tested"),
}
_OF_CLAIM = {
    "reproduced": "holds",
    "direction only": "holds",
    "partly": "partly",
    "contested": "partly",
    "not identifiable": "partly",
    "not reproduced": "fails",
    "fitted, untested": "untested",
}
_FAILS = ("not reproduced", "wrong")
_FAR = 6.0  # standard errors; what lies beyond is drawn at the edge


def read_field(folder: Path) -> dict[str, dict[str, Any]]:
    """What each claim's notebook found, by claim; a claim whose notebook has not run yet is missing.

    While no claim is judged all are: what is stored was found by a former model.
    """
    if not_judged():
        return {}
    files = {name: folder / name / "verdict.json" for name in claim_ids()}
    return {name: json.loads(file.read_text(encoding="utf-8")) for name, file in files.items() if file.is_file()}


def picture(found: Mapping[str, Mapping[str, Any]], notebooks: Collection[str]) -> str:
    """The claims, one card each, and above them what the signs mean (HTML). `notebooks` : files that are there."""
    cards = "\n".join(_card(claim(name), found.get(name), claim(name).notebook in notebooks) for name in claim_ids())
    legend = "" if not found and not_judged() else _legend()
    return f'{legend}\n<div class="field">\n{cards}\n</div>\n'


def counts(found: Mapping[str, Mapping[str, Any]]) -> str:
    """How many claims and rows hold, in words."""
    if not found and not_judged():
        return f"{len(claim_ids())} claims, none of them judged."
    rows = [row for one in found.values() for row in one["rows"] if row.get("counts")]
    good = sum(row["verdict"] in GOOD for row in rows)
    of = [_OF_CLAIM.get(one["verdict"], "untested") for one in found.values()]
    return (
        f"{len(of)} claims: {of.count('holds')} hold, {of.count('partly')} hold in part or cannot be told, "
        f"{of.count('fails')} do not hold as stated, {of.count('untested')} is left without an independent test. "
        f"Of {len(rows)} rows that count, {good} hold."
    )


def untold(one: Claim) -> str:
    """The word for a claim of which nothing is shown."""
    return NOT_JUDGED if one.not_judged else "not run yet"


def _card(one: Claim, found: Mapping[str, Any] | None, there: bool) -> str:
    href = f' href="notebooks/{escaped(Path(one.notebook).stem)}.html"' if there else ""
    verdict = str(found["verdict"]) if found else untold(one)
    style = _OF_CLAIM.get(verdict, "untested")
    sign, _ = _CLASSES[style]
    strips = _strips(found) if found else "" if one.not_judged else "<p>no stored result</p>"
    return (
        f'<a class="card {style}"{href}><span class="name"><b>{one.number:02d}</b> {escaped(one.title)}</span>'
        f'<span class="verdict"><i aria-hidden="true">{sign}</i> {escaped(verdict)}</span>{strips}</a>'
    )


def _strips(found: Mapping[str, Any]) -> str:
    counted = [row for row in found["rows"] if row.get("counts")]
    numbers = [row for row in counted if row.get("share") is None and row.get("z") is not None]
    signs = [row for row in counted if row.get("share") is not None]
    good = sum(row["verdict"] in GOOD for row in counted)
    fitted = sum(row["role"] == "calibrate" and row.get("z") is not None for row in found["rows"])
    rows = f"{good} of {len(counted)} rows hold" + (f"; {fitted} fitted" if fitted else "")
    first = _strip([(min(abs(row["z"]) / _FAR, 1.0), row) for row in numbers], (0, 1.64 / _FAR), "numbers")
    second = _strip([(row["share"], row) for row in signs], (0.95, 1), "directions")
    return f'<span class="strips">{first}{second}</span><span class="facts">{rows}{_control(found)}</span>'


def _strip(rows: list[tuple[float, Mapping[str, Any]]], band: tuple[float, float], what: str) -> str:
    """Dots along a line, those at one place above each other; the band is where a row holds."""
    left, right = 6, 154
    scale = lambda share: left + share * (right - left)  # noqa: E731
    piled: dict[int, int] = {}
    dots = ""
    for share, row in sorted(rows, key=lambda pair: pair[0]):
        x = round(scale(share) / 5) * 5
        piled[x] = piled.get(x, 0) + 1
        y = 29 - 5.2 * min(piled[x] - 1, 4)
        good, bad = row["verdict"] in GOOD, row["verdict"] in _FAILS
        style = "holds" if good else "fails" if bad else "partly"
        about = f"{row['id']} {row.get('label') or ''}: {row['verdict']}"
        dots += f'<circle class="{style}" cx="{x}" cy="{y:.1f}" r="2.6"><title>{escaped(about)}</title></circle>'
    x, width = scale(band[0]), scale(band[1]) - scale(band[0])
    label = f"{what}: {len(rows)}" if rows else f"no {what}"
    return (
        f'<svg viewBox="0 0 160 44" role="img" aria-label="{escaped(label)}"><rect class="band" x="{x:.0f}" y="4" '
        f'width="{max(width, 8):.0f}" height="29"/><line x1="{left}" y1="33" x2="{right}" y2="33"/>{dots}'
        f'<text x="{left}" y="42">{escaped(label)}</text></svg>'
    )


def _control(found: Mapping[str, Any]) -> str:
    """What is left of the effect without the mechanism: above 20 % it does not explain the claim."""
    control = found.get("control") or {}
    share = control.get("share")
    if share is None or not math.isfinite(share):
        return ""
    verb = "explains the claim" if share <= 20 else "does not explain the claim"
    return f". Without the mechanism {0.0 if abs(share) < 0.5 else share:.0f} % of the effect is left: it {verb}."


def _legend() -> str:
    items = "".join(
        f'<span class="key {style}"><i aria-hidden="true">{sign}</i> {escaped(about)}</span>'
        for style, (sign, about) in _CLASSES.items()
    )
    return (
        f'<p class="legend">{items}</p><p class="legend">Each dot is a published measurement that was never fitted. '
        "<b>Numbers</b>: standard errors between model and measurement, 0 at the left, 6 and more at the right. "
        "<b>Directions</b>: share of the model's draws that go the measured way, none at the left, all at the right. "
        "A dot on the shaded part holds, unless the model is too unsure to say anything or has the wrong sign.</p>"
    )
