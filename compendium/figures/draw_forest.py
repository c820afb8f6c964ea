"""How `evidence` is drawn: panels of rows, in millimetres. Imported late: it loads matplotlib."""

import math
from typing import Any, NamedTuple

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from compendium.figures import page as _page
from compendium.figures.forest_axes import DIRECTION, RELATIVE
from compendium.figures.house_style import GREY, PALETTE, look, typeset
from niche.verdicts.rules import SHARE_RIGHT, SHARE_WRONG

EDGE, GAP, FOOT = 1.5, 3.0, 9.5  # mm: margin of the page, between columns, ticks and label below a panel
TAGS = {"calibrate": "fitted", "context": "context, not judged"}
MODEL, FITTED = "model, median and 5–95 % of draws", "model, fitted to this row"
SHARE, REMOVED, NONE, BEYOND = "model, share of draws", "mechanism removed", "no effect", "lies beyond the axis"
BOUNDS = f"wrong up to {100 * SHARE_WRONG:g} %, right from {100 * SHARE_RIGHT:g} %"
DOTTED = (0, (2, 2))


class ForestLine(NamedTuple):
    """A row with its texts wrapped, and its height in mm."""

    row: Any
    label: list[str]
    verdict: list[str]
    remark: list[str]
    height: float


def draw_forest(panels: list[Any], width: float) -> _page.Page:
    """One panel per axis, each row with its label at the left and its verdict at the right."""
    texts = {i: _texts(row) for panel in panels for i, row in panel.iterrows()}
    large, small = look().text, look().small
    left = min(0.40 * width, max(_page.text_width(label, large) for label, _, _ in texts.values()) + 0.5)
    right = max(max(_page.text_width(v, large), _page.text_width(r, small)) for _, v, r in texts.values()) + 0.5
    right = min(0.21 * width, right)
    lines = [[_line(row, texts[i], left, right) for i, row in panel.iterrows()] for panel in panels]
    middle = width - 2 * EDGE - left - right - 2 * GAP
    limits = [_limits(panel) for panel in panels]
    entries = _entries(panels, any(map(_beyond, panels, limits)))
    key = _page.key_height(entries, width - 2 * EDGE)
    heights = [sum(line.height for line in group) for group in lines]
    figure = _page.page(width, EDGE + sum(heights) + FOOT * len(panels) + key + 1.0 + EDGE)
    top = EDGE
    for panel, group, height, (low, high) in zip(panels, lines, heights, limits, strict=True):
        axes = _page.place_panel(figure, EDGE + left + GAP, top, middle, height)
        axes.set(ylim=(height, 0), yticks=[])
        sns.despine(ax=axes, left=True)
        axes.set_xlabel(typeset(panel["axis"].iloc[0]))
        axis, log = panel["axis"].iloc[0], panel["scale"].iloc[0] == "log"
        _page.scale_axis(axes.xaxis, low, high, log, most=max(4, min(7, int(middle / 9))))
        _reference(axes, axis, _null(panel))
        y = 0.0
        for line in group:
            _mark(axes, line, y, low, high)
            _write(axes, line, y, left, right, middle)
            y += line.height
        top += height + FOOT
    _page.key(figure, entries, EDGE, top + 1.0, width - 2 * EDGE)
    return figure


def _texts(row: Any) -> tuple[str, str, str]:
    tag = TAGS.get(row["role"], row["role"] if row["role"] != "predict" else "")
    # A direction is never fitted, nor what is not simulated, even where the row might be: it shows how it came out.
    unsimulated = row["verdict"] == "not simulated"
    unfitted = row["role"] == "calibrate" and (unsimulated or not math.isnan(row["share_percent"]))
    verdict = tag if tag and row["role"] != "predict" and not unfitted else row["verdict"]
    remarks = ["built in"] if row["built_in"] else ["not counted"] if unfitted else []
    remarks += [f"z = {_page.plain_text(round(row['z'], 2))}"] if not math.isnan(row["z"]) else []
    remarks += [f"{row['share_percent']:.0f} % of draws"] if not math.isnan(row["share_percent"]) else []
    remarks += [f"{row['failed_draws']} without a value"] if row["failed_draws"] else []
    remarks += [row["remark"]] if row.get("remark") else []
    return f"{typeset(row['label'])} ({row['id']})", verdict, ", ".join(remarks)


def _line(row: Any, texts: tuple[str, str, str], left: float, right: float) -> ForestLine:
    sizes = look().text, look().text, look().small
    label, verdict, remark = (
        _page.wrap(text, size, room) if text else []
        for text, size, room in zip(texts, sizes, (left, right, right), strict=True)
    )
    marks = 1 if row["axis"] == DIRECTION else 2 + (not math.isnan(row["control"]))
    lines = max(len(label), len(verdict) + 0.9 * len(remark), 0.62 * marks)
    return ForestLine(row, label, verdict, remark, lines * _page.draw_line() + 1.8)


def _limits(panel: Any) -> tuple[float, float]:
    """The axis holds every measurement, medians unless they are far away, and intervals as far as there is room."""
    axis, log = panel["axis"].iloc[0], (panel["scale"] == "log").all()
    if axis == DIRECTION:
        return 0.0, 100.0
    to, back = (math.log, math.exp) if log else (float, float)

    def values(*columns: str) -> list[float]:
        found = [v for c in columns for v in panel[c] if not math.isnan(v)]
        return [to(v) for v in found if v > 0 or not log]

    base = values("measured", "measured_low", "measured_high")
    null = _null(panel)
    if null is not None:
        base.append(to(null))
    span = max(base) - min(base) or (1.0 if log else abs(base[0]) or 1.0)
    far = (min(base) - 2.5 * span, max(base) + 2.5 * span)
    base += [v for v in values("predicted", "control") if far[0] <= v <= far[1]]
    low, high = min(base), max(base)
    reach = 0.35 * (high - low)
    low = min([low, *(max(v, low - reach) for v in values("predicted_low"))])
    high = max([high, *(min(v, high + reach) for v in values("predicted_high"))])
    pad = 0.05 * (high - low) or 0.5 * span
    return back(low - pad), back(high + pad)


def _null(panel: Any) -> float | None:
    """The value of no effect, where the kind of effect has one."""
    first = panel.iloc[0]
    if first["axis"] == DIRECTION:
        return None
    if first["effect_type"] == "percent_change":
        return None if first["scale"] == "log" else 0.0  # a logarithm has no 0
    return 1.0 if first["effect_type"] in RELATIVE else None


def _mark(axes: Axes, line: ForestLine, y: float, low: float, high: float) -> None:
    row, centre = line.row, y + line.height / 2
    colour = GREY if row["role"] == "calibrate" else PALETTE["blue"]
    if row["axis"] == DIRECTION:
        _point(axes, row, "share_percent", centre, low, high, "s", colour)
        return
    step = 1.75
    first = centre - step * (0.5 if math.isnan(row["control"]) else 1)
    fill = _page.BASES[_page.basis(row, "measured_low")][0]
    black = PALETTE["black"]
    _bar(axes, row, "measured", first, low, high, color=black, linewidth=0.7, caps=True)
    _point(axes, row, "measured", first, low, high, "o", black, fill=fill)
    _bar(axes, row, "predicted", first + step, low, high, color=colour, linewidth=1.6)
    _point(axes, row, "predicted", first + step, low, high, "s", colour)
    _point(axes, row, "control", first + 2 * step, low, high, "D", PALETTE["vermilion"], size=3.4)


def _reference(axes: Axes, axis: str, null: float | None) -> None:
    thin: dict[str, Any] = {"color": GREY, "linewidth": 0.6, "zorder": 0}
    if axis == DIRECTION:
        axes.set_xticks([0, 100 * SHARE_WRONG, 100 * SHARE_RIGHT])
        for share in (SHARE_WRONG, SHARE_RIGHT):
            axes.axvline(100 * share, linestyle=DOTTED, **thin)
    elif null is not None:
        axes.axvline(null, **thin)


def _beyond(panel: Any, limits: tuple[float, float]) -> bool:
    """Whether something of a panel lies beyond its axis."""
    columns = ["predicted", "predicted_low", "predicted_high", "control"]
    values = panel[columns].to_numpy(dtype=float)
    return bool(((values < limits[0]) | (values > limits[1])).any())


def _bar(axes: Axes, row: Any, what: str, y: float, low: float, high: float, caps: bool = False, **line: Any) -> None:
    ends = [row[f"{what}_low"], row[f"{what}_high"]]
    if any(math.isnan(end) for end in ends) or ends[1] < low or ends[0] > high:
        return
    seen = [max(ends[0], low), min(ends[1], high)]
    axes.plot(seen, [y, y], solid_capstyle="butt", gid=f"{row['id']}:{what}:interval", **line)
    for end, inside, arrow in ((ends[0], low, "<"), (ends[1], high, ">")):
        if end != (seen[0] if arrow == "<" else seen[1]):
            axes.plot(
                [inside],
                [y],
                arrow,
                color=line["color"],
                markersize=3.5,
                clip_on=False,
                gid=f"{row['id']}:{what}:beyond",
            )
        elif caps:
            axes.plot([end], [y], "|", color=line["color"], markersize=3.5, markeredgewidth=line["linewidth"])


def _point(
    axes: Axes,
    row: Any,
    what: str,
    y: float,
    low: float,
    high: float,
    shape: str,
    colour: str,
    size: float = 4,
    fill: str = "full",
) -> None:
    value = row[what]
    if math.isnan(value):
        return
    if low <= value <= high:
        face = _page.filled(fill, colour)
        axes.plot(
            [value], [y], shape, markersize=size, linestyle="none", clip_on=False, gid=f"{row['id']}:{what}", **face
        )
        return
    below = value < low
    edge = low if below else high
    axes.plot(
        [edge],
        [y],
        "<" if below else ">",
        color=colour,
        markersize=3.5,
        clip_on=False,
        gid=f"{row['id']}:{what}:beyond",
    )
    axes.annotate(
        _page.short(value),
        (edge, y),
        (4 if below else -4, 0),
        textcoords="offset points",
        ha="left" if below else "right",
        va="center",
        fontsize=look().small,
        color=colour,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
    )


def _write(axes: Axes, line: ForestLine, y: float, left: float, right: float, middle: float) -> None:
    """Label, verdict and the hair line below them; x in mm from the axes."""
    height, step = axes.get_ylim()[0], _page.draw_line()

    def put(x: float, at: float, text: str, size: float, colour: str) -> None:
        axes.text(x / middle, 1 - at / height, text, transform=axes.transAxes, fontsize=size, color=colour, va="center")

    centre = y + line.height / 2
    colour = "#595959" if line.row["role"] != "predict" else "black"
    for i, text in enumerate(line.label):
        put(-GAP - left, centre + (i - (len(line.label) - 1) / 2) * step, text, look().text, colour)
    total = len(line.verdict) + 0.9 * len(line.remark)
    at = centre - total * step / 2
    for text, size, ink, share in [
        *((t, look().text, colour, 1.0) for t in line.verdict),
        *((t, look().small, "#595959", 0.9) for t in line.remark),
    ]:
        put(middle + GAP, at + share * step / 2, text, size, ink)
        at += share * step
    if y > 0:
        rule = Line2D(
            [-(GAP + left) / middle, 1 + (GAP + right) / middle],
            [1 - y / height] * 2,
            color="#DDDDDD",
            linewidth=0.4,
            transform=axes.transAxes,
            clip_on=False,
            zorder=0,
        )
        axes.add_line(rule)


def _entries(panels: list[Any], beyond: bool) -> list[tuple[Line2D, str]]:
    """The key: only what is drawn."""
    rows = [row for panel in panels for _, row in panel.iterrows()]
    numbers = [row for row in rows if row["axis"] != DIRECTION]

    def handle(marker: str, colour: str, width: float, size: float = 4, fill: str = "full") -> Line2D:
        return Line2D([], [], marker=marker, linewidth=width, markersize=size, **_page.filled(fill, colour))

    found = []
    for basis, (fill, text) in _page.BASES.items():
        if any(_page.basis(row, "measured_low") == basis for row in numbers):
            found.append((handle("o", PALETTE["black"], 0.7 if basis else 0, fill=fill), text))
    predicted = [row for row in numbers if not math.isnan(row["predicted"])]
    if any(row["role"] != "calibrate" for row in predicted):
        found.append((handle("s", PALETTE["blue"], 1.6), MODEL))
    if any(row["axis"] == DIRECTION and not math.isnan(row["share_percent"]) for row in rows):
        found.append((handle("s", PALETTE["blue"], 0), SHARE))
    if any(row["role"] == "calibrate" for row in rows):
        found.append((handle("s", GREY, 1.6), FITTED))
    if any(not math.isnan(row["control"]) for row in numbers):
        found.append((handle("D", PALETTE["vermilion"], 0, size=3.4), REMOVED))
    if any(_null(panel) is not None for panel in panels):
        found.append((Line2D([], [], color=GREY, linewidth=0.6), NONE))
    if len(numbers) < len(rows):
        found.append((Line2D([], [], color=GREY, linewidth=0.6, linestyle=DOTTED), BOUNDS))
    if beyond:
        found.append((handle(">", PALETTE["black"], 0, size=3.5), BEYOND))
    return found
