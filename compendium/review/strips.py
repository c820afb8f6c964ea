"""Small pictures of the report, drawn as SVG: the verdicts at a glance, and each prediction beside its measurement."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from compendium.site.html import escaped
from niche.verdicts.rules import GOOD

# Colours that people with colour blindness tell apart, and a sign for those who see none.
_SIGNS = {
    "reproduced": ("holds", "✓"),
    "direction only": ("holds", "✓"),
    "partly": ("partly", "◐"),
    "contested": ("partly", "◐"),
    "not identifiable": ("partly", "◐"),
    "fitted, untested": ("open", "–"),
}
CSS = """
:root{--holds:#0072b2;--fails:#d55e00;--partly:#b8860b;--open:#6b6b6b}
body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1a1a1a;background:#fff}
main{max-width:72rem;margin:0 auto;padding:1rem}
header{border-left:.5rem solid var(--holds);padding:.2rem 1rem;background:#eef5fa}
header.fails{border-color:var(--fails);background:#fdf1ea}
h1{margin:.3rem 0;font-size:1.8rem}h2{margin-top:2.2rem;border-bottom:1px solid #ccc}h3{margin-bottom:.2rem}
nav a{margin-right:1rem;white-space:nowrap}
a{color:#004f7c}.small,small{font-size:.85rem;color:#444}code{overflow-wrap:anywhere;font-size:.88em}
table{border-collapse:collapse;width:100%;margin:.6rem 0}th,td{border-bottom:1px solid #ddd;padding:.3rem .5rem;
text-align:left;vertical-align:top}th{background:#f4f4f4}.wide{overflow-x:auto}
.hashes td{font-size:.75rem}.bad{color:#8f3b00}
.pair{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;flex:1 1 20rem}
img{max-width:100%;height:auto;border:1px solid #ccc}
.field{display:grid;gap:.25rem;margin:1rem 0;padding:0;list-style:none}
.field a{display:grid;grid-template-columns:1.6rem minmax(8rem,1fr) 9rem 12rem;gap:.5rem;align-items:center;
text-decoration:none;color:inherit;padding:.1rem .3rem;border-left:.4rem solid var(--open)}
.field a:hover{background:#f4f4f4}.field .holds{border-color:var(--holds)}.field .fails{border-color:var(--fails)}
.field .partly{border-color:var(--partly)}.field b{color:#8f3b00}
svg{display:block;max-width:12rem}.m{stroke:#1a1a1a}.p{stroke:var(--holds)}.n{stroke:#bbb}
.dot{fill:#1a1a1a}.box{fill:var(--holds)}.good{fill:var(--holds)}.rest{fill:#d0d0d0}
@media(max-width:45rem){.field a{grid-template-columns:1.6rem 1fr}.field span:nth-child(n+3){grid-column:2}
.cards thead{display:none}.cards tr{display:block;border-bottom:2px solid #999;padding:.4rem 0}
.cards td{display:block;border:0;padding:.1rem 0}.cards td[data-name]:not([data-name=""])::before{
content:attr(data-name) ": ";font-weight:600}.hashes td{display:block;border:0}}
"""
_LEFT, _RIGHT, _HEIGHT = 6.0, 154.0, 24
_ROOM = 0.6  # of the measured span, beyond it on each side


def field(claims: Sequence[Mapping[str, Any]]) -> str:
    """One line per claim: its verdict, how many rows hold, and whether anything differs."""
    return f'<ul class="field">{"".join(map(_line, claims))}</ul>'


def _line(one: Mapping[str, Any]) -> str:
    style, sign = _SIGNS.get(one["verdict"], ("fails", "✗"))
    rows = [row for row in one["rows"] if row["counts"]]
    good = sum(row["verdict"] in GOOD for row in rows)
    width = 150 * good / len(rows) if rows else 0
    bar = (
        f'<svg viewBox="0 0 190 14" role="img" aria-label="{good} of {len(rows)} rows hold">'
        f'<rect class="rest" y="2" width="{150 if rows else 0}" height="10"/>'
        f'<rect class="good" y="2" width="{width:.1f}" height="10"/>'
        f'<text x="154" y="12" font-size="12">{good}/{len(rows)}</text></svg>'
    )
    differs = (
        " <b>did not run</b>" if one["error"] else f" <b>{one['differs']} to look at</b>" if one["differs"] else ""
    )
    said = "–" if one["error"] else one["verdict"]
    return (
        f'<li><a class="{style}" href="#{escaped(one["id"])}"><span aria-hidden="true">{sign}</span>'
        f"<span>{one['number']:02d} {escaped(one['title'])}</span><span>{escaped(said)}{differs}</span>"
        f"<span>{bar}</span></a></li>"
    )


def strip(row: Mapping[str, Any]) -> str:
    """A row's measurement (dot, 90 % of its error) above the prediction (square, 5 to 95 % of draws)."""
    ends = _ends(row)
    if ends is None:
        return ""
    observed, draws = ends
    low, high = min(observed[0], draws[1]), max(observed[2], draws[1])
    span = (high - low) or abs(high) or 1.0
    low, high = low - _ROOM * span, high + _ROOM * span

    def at(value: float) -> float:
        inside = min(max(value, low), high)
        return _LEFT + (_RIGHT - _LEFT) * (inside - low) / (high - low)

    o, p = [at(value) for value in observed], [at(value) for value in draws]
    return (
        f'<svg viewBox="0 0 160 {_HEIGHT}" width="160" role="img" aria-label="measured and predicted">'
        f'<line class="m" x1="{o[0]:.1f}" x2="{o[2]:.1f}" y1="7" y2="7"/>'
        f'<circle class="dot" cx="{o[1]:.1f}" cy="7" r="3"/>'
        f'<line class="p" stroke-width="3" x1="{p[0]:.1f}" x2="{p[2]:.1f}" y1="17" y2="17"/>'
        f'<rect class="box" x="{p[1] - 3:.1f}" y="14" width="6" height="6"/></svg>'
    )


def _ends(row: Mapping[str, Any]) -> tuple[list[float], list[float]] | None:
    """Low, middle and high of measurement and prediction, logarithms on a log scale; None if there is no pair."""
    needed = [row[key] for key in ("value", "sd", "median", "low", "high")]
    if any(one is None for one in needed):
        return None
    value, sd, median, low, high = map(float, needed)
    if row["scale"] == "log":
        if min(value, median, low, high) <= 0:
            return None
        value, median, low, high = map(math.log, (value, median, low, high))
    return [value - 1.64 * sd, value, value + 1.64 * sd], [low, median, high]
