"""Measurements beside their predictions, in millimetres: a panel for each axis. Imported late: it loads matplotlib."""

import math
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from compendium.figures import page as _page
from compendium.figures.house_style import GREY, PALETTE, look, typeset

_EDGE, _GAP, _FOOT = 1.5, 3.0, 9.5  # mm: margin, between columns, ticks and label below a panel
_LEFT, _RIGHT = 0.40, 0.14  # shares of the width: labels, and what is said at the right
_SEEN = {
    "up": ("^", "rise"),
    "down": ("v", "fall"),
    "none": ("_", "no effect"),
    "above": (">", "above bound"),
    "below": ("<", "below bound"),
}
_RARE = 10.0  # %: what was seen lies outside where it had less
_DOTTED = (0, (2, 2))


class _Line(NamedTuple):
    row: Any
    label: list[str]
    height: float


def draw_left_out(data: Any, width: float) -> _page.Page:
    """A panel for each axis of a table, in its order.

    Parameters
    ----------
    data
        columns axis (its label), scale ("log", "linear", "word"), label, measured and its ends, predicted ends, seen,
        chance_percent, inside ("yes", "no"); perhaps a statement, the title
    width
        mm
    """
    left, right = _LEFT * width, _RIGHT * width
    middle = width - 2 * _EDGE - left - right - 2 * _GAP
    parts = {str(name): part for name, part in data.groupby("axis", sort=False)}
    panels = [(name, [_line(row, left) for _, row in part.iterrows()]) for name, part in parts.items()]
    said = str(data["statement"].iloc[0]) if "statement" in data else ""
    title = _page.wrap(typeset(said), look().text, width - 2 * _EDGE) if said else []
    head = len(title) * _page.draw_line() + 1.5
    limits = {name: _limits(part) for name, part in parts.items()}
    keys = _entries(data, limits)
    key = _page.key_height(keys, width - 2 * _EDGE)
    high = sum(line.height for _, lines in panels for line in lines)
    figure = _page.page(width, 2 * _EDGE + head + high + _FOOT * len(panels) + key)
    figure.text(
        _EDGE / width, 1 - _EDGE / _height(figure), "\n".join(title), va="top", weight="bold", fontsize=look().text
    )
    top = _EDGE + head
    for name, lines in panels:
        tall = sum(line.height for line in lines)
        axes = _page.place_panel(figure, _EDGE + left + _GAP, top, middle, tall)
        scale = str(lines[0].row["scale"])
        _frame_panel(axes, name, scale, tall, limits[name], middle)
        y = 0.0
        for line in lines:
            _say(axes, line, y, left, middle, right)
            draw = _draw_word if scale == "word" else _draw_number
            draw(axes, line.row, y + line.height / 2, limits[name])
            y += line.height
        top += tall + _FOOT
    _page.key(figure, keys, _EDGE, top, width - 2 * _EDGE)
    return figure


def _height(figure: Any) -> float:
    """mm of a page."""
    return float(figure.get_size_inches()[1] * 25.4)


def _line(row: Any, left: float) -> _Line:
    label = _page.wrap(typeset(str(row["label"])), look().text, left)[:3]
    return _Line(row, label, max(len(label) * _page.draw_line() + 1.2, 4.6))


def _frame_panel(axes: Axes, name: str, scale: str, tall: float, limits: tuple[float, float], middle: float) -> None:
    axes.set(ylim=(tall, 0), yticks=[], xlabel=typeset(name))
    axes.spines[["left", "right", "top"]].set_visible(False)
    thin: dict[str, Any] = {"color": GREY, "linewidth": 0.6, "zorder": 0}
    if scale == "word":
        axes.set(xlim=limits, xticks=[0, _RARE, 50, 100])
        axes.axvline(_RARE, linestyle=_DOTTED, **thin)
        return
    log = scale == "log"
    _page.scale_axis(axes.xaxis, *limits, log, most=max(4, min(7, int(middle / 10))))
    none = 1.0 if log else 0.0
    if limits[0] < none < limits[1]:
        axes.axvline(none, **thin)


def _say(axes: Axes, line: _Line, y: float, left: float, middle: float, right: float) -> None:
    """Label at the left, whether it lies inside at the right."""
    centre, row = y + line.height / 2, line.row
    across = axes.get_yaxis_transform()
    plain: dict[str, Any] = {"transform": across, "va": "center", "clip_on": False, "linespacing": 1.1}
    axes.text(-(left + _GAP) / middle, centre, "\n".join(line.label), ha="left", fontsize=look().text, **plain)
    said = "as predicted" if row["inside"] == "yes" else "missed"
    if row["seen"] in _SEEN:
        said = f"{_SEEN[row['seen']][1]}, {said}"
    axes.text(
        1 + _GAP / middle,
        centre,
        "\n".join(_page.wrap(said, look().small, 0.88 * right)),
        ha="left",
        fontsize=look().small,
        weight="normal" if row["inside"] == "yes" else "bold",
        **plain,
    )
    if y:
        axes.plot([-(left + _GAP) / middle, 1], [y, y], transform=across, color="0.9", linewidth=0.5, clip_on=False)


def _draw_number(axes: Axes, row: Any, y: float, limits: tuple[float, float]) -> None:
    """The prediction as a bar, above it what was measured."""
    low, high = limits
    inside, black = row["inside"] == "yes", PALETTE["black"]
    ends = row["predicted_low"], row["predicted_high"]
    seen = min(max(ends[0], low), high), max(min(ends[1], high), low)
    axes.add_patch(Rectangle((seen[0], y + 0.1), seen[1] - seen[0], 1.2, **_bar(inside)))
    colour = PALETTE["blue"] if inside else PALETTE["vermilion"]
    for beyond, edge, arrow in ((ends[0] < low, low, "<"), (ends[1] > high, high, ">")):
        if beyond:
            axes.plot(edge, y + 0.7, arrow, markersize=4, color=colour, clip_on=False)
    if not math.isnan(row["measured_low"]):
        ends = max(row["measured_low"], low), min(row["measured_high"], high)
        axes.plot(ends, [y - 0.8] * 2, color=black, linewidth=0.7)
    axes.plot(row["measured"], y - 0.8, "o" if inside else "X", markersize=4 if inside else 5, color=black)


def _draw_word(axes: Axes, row: Any, y: float, limits: tuple[float, float]) -> None:
    """The probability of what was seen as a bar, and its direction as a mark at the end."""
    inside = row["inside"] == "yes"
    axes.add_patch(Rectangle((0, y - 0.6), row["chance_percent"], 1.2, **_bar(inside)))
    marker, _ = _SEEN.get(row["seen"], ("o", ""))
    edge = PALETTE["black"]
    axes.plot(row["chance_percent"], y, marker, markersize=5, color=edge, markeredgewidth=1.2, clip_on=False)


def _bar(inside: bool) -> dict[str, Any]:
    """Filled where the measurement lies inside; hatched where it was missed."""
    if inside:
        return {"facecolor": PALETTE["blue"], "edgecolor": PALETTE["blue"], "linewidth": 0}
    return {"facecolor": "white", "edgecolor": PALETTE["vermilion"], "hatch": "//////", "linewidth": 0.7}


def _limits(part: Any) -> tuple[float, float]:
    """Every measurement lies on the axis, and of predictions as much as there is room for."""
    scale = part["scale"].iloc[0]
    if scale == "word":
        return 0.0, 100.0
    log = scale == "log"
    to, back = (math.log, math.exp) if log else (float, float)
    base = [to(v) for v in part["measured"]] + [to(1.0)] * log
    ends = [to(v) for c in ("measured_low", "measured_high") for v in part[c] if v == v]
    span = max(base) - min(base) or (0.5 if log else abs(base[0]) or 1.0)
    reach = 0.6 * span
    low = min(base + [max(v, min(base) - reach) for v in [*ends, *map(to, part["predicted_low"])]])
    high = max(base + [min(v, max(base) + reach) for v in [*ends, *map(to, part["predicted_high"])]])
    pad = 0.04 * (high - low)
    return back(low - pad), back(high + pad)


def _entries(data: Any, limits: Any) -> list[tuple[Any, str]]:
    """The key: only what is drawn."""
    black = PALETTE["black"]
    numbers, words = data[data["scale"] != "word"], data[data["scale"] == "word"]
    found: list[tuple[Any, str]] = []
    if (numbers["inside"] == "yes").any():
        found.append((Line2D([], [], marker="o", markersize=4, color=black, linewidth=0.7), "measured, 90 % interval"))
    if (numbers["inside"] == "no").any():
        found.append((Line2D([], [], marker="X", markersize=5, color=black, linewidth=0.7), "measured, missed"))
    if (data["inside"] == "yes").any():
        found.append((Patch(**_bar(True)), "predicted without its paper"))
    if (data["inside"] == "no").any():
        found.append((Patch(**_bar(False)), "predicted without its paper: missed"))
    if len(words):
        found.append((Line2D([], [], color=GREY, linestyle=_DOTTED, linewidth=0.6), "below: missed (10 %)"))
        found += [
            (
                Line2D([], [], marker=marker, color=black, linestyle="none", markersize=5, markeredgewidth=1.2),
                f"{said} seen",
            )
            for seen, (marker, said) in _SEEN.items()
            if (words["seen"] == seen).any()
        ]
    if any(
        (part["predicted_low"] < limits[name][0]).any() or (part["predicted_high"] > limits[name][1]).any()
        for name, part in numbers.groupby("axis")
    ):
        beyond = Line2D([], [], marker=">", color=PALETTE["blue"], linestyle="none", markersize=4)
        found.append((beyond, "reaches beyond the axis"))
    return found
