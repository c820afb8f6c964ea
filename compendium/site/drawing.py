"""The network as a drawing (SVG) and as a list, from its couplings."""

from collections.abc import Sequence
from html import escape

from compendium.site.network import COLUMNS, Arrow

WIDTH, TOP, BOX, TALL = 1120, 46, (136, 30), 640
_NAMES = {"+": ("up", "raises"), "-": ("down", "lowers"), "?": ("either", "may raise or lower")}


def drawing(arrows: Sequence[Arrow]) -> str:
    """The network as SVG; each arrow carries the names of its ends, so that a page can single out one box."""
    place = _places()
    shown = [one for one in arrows if one.sign in _NAMES]
    lines = [_arrow(one, place, i) for i, one in enumerate(shown)]
    heads = "".join(
        f'<marker id="head-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" '
        f'orient="auto-start-reverse"><path class="head {kind}" d="{shape}"/></marker>'
        for kind, shape in (("up", "M0 0 8 4 0 8z"), ("down", "M5 0H8V8H5z"), ("either", "M0 0 8 4 0 8z"))
    )
    titles = "".join(
        f'<text class="lane" x="{_column(i) + BOX[0] / 2:.0f}" y="22">{escape(name)}</text>'
        for i, (name, _) in enumerate(COLUMNS)
    )
    boxes = "".join(
        f'<g class="box" tabindex="0" role="button" data-box="{escape(name)}" aria-label="{escape(name)}">'
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX[0]}" height="{BOX[1]}" rx="6"/>'
        f'<text x="{x + BOX[0] / 2:.0f}" y="{y + 20:.0f}">{escape(name)}</text></g>'
        for name, (x, y) in place.items()
    )
    about = f"The network of the model: {len(place)} quantities and {len(shown)} arrows; the list below says the same."
    return (
        f'<svg class="network" viewBox="0 0 {WIDTH} {TALL}" role="group" aria-label="{escape(about)}" '
        f'xmlns="http://www.w3.org/2000/svg"><defs>{heads}</defs>{titles}{"".join(lines)}{boxes}</svg>'
    )


def arrow_list(arrows: Sequence[Arrow]) -> str:
    """The same as a table (HTML): what acts on each box, and in which direction."""
    rows = []
    for _, column in COLUMNS:
        for box in column:
            given = [one for one in arrows if one.target == box]
            cells = [", ".join(_cause(one) for one in given if one.sign == sign) or "–" for sign in ("+", "-", "?")]
            rows.append(f"<tr><th scope=row>{escape(box)}</th>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>")
    head = "<tr><th>quantity</th><th>raised by</th><th>lowered by</th><th>draws disagree</th></tr>"
    return f'<div class="wide"><table class="arrows"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table></div>'


def _cause(one: Arrow) -> str:
    share = f" (raises in {100 * one.raises:.0f} %)" if one.sign == "?" else ""
    return escape(one.source) + share


def _column(i: int) -> float:
    return 8 + i * (WIDTH - 16 - BOX[0]) / (len(COLUMNS) - 1)


def _places() -> dict[str, tuple[float, float]]:
    """Left upper corner of each box."""
    found = {}
    for i, (_, column) in enumerate(COLUMNS):
        gap = (TALL - TOP - 10) / len(column)
        for j, name in enumerate(column):
            found[name] = (_column(i), TOP + gap * (j + 0.5) - BOX[1] / 2)
    return found


def _arrow(one: Arrow, place: dict[str, tuple[float, float]], index: int) -> str:
    """A curve from side to side; within a column it bows out to the right (from the last one, to the left)."""
    (x1, y1), (x2, y2) = place[one.source], place[one.target]
    kind, verb = _NAMES[one.sign]
    shift = (index % 5 - 2) * 3.5  # ends of arrows at one box side by side
    y1, y2 = y1 + BOX[1] / 2 + shift, y2 + BOX[1] / 2 + shift
    if x1 == x2:
        last = x1 + BOX[0] > WIDTH - 20
        start = end = x1 if last else x1 + BOX[0]
        bow = (26 + abs(y2 - y1) / 9) * (-1 if last else 1)
        curve = f"M{start:.0f} {y1:.0f}C{start + bow:.0f} {y1:.0f} {end + bow:.0f} {y2:.0f} {end:.0f} {y2:.0f}"
    else:
        start, end = (x1 + BOX[0], x2) if x2 > x1 else (x1, x2 + BOX[0])
        middle = (start + end) / 2
        curve = f"M{start:.0f} {y1:.0f}C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {end:.0f} {y2:.0f}"
    ends = f'data-from="{escape(one.source)}" data-to="{escape(one.target)}"'
    title = f"<title>{escape(one.source)} {verb} {escape(one.target)}</title>"
    return f'<path class="arrow {kind}" {ends} d="{curve}" marker-end="url(#head-{kind})">{title}</path>'
