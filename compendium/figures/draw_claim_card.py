"""How `claim_card` is drawn, in millimetres. Imported late: it loads matplotlib."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from compendium.figures import page as _page
from compendium.figures.answer_words import (
    mechanism_tone,
    model_tone,
    papers_tone,
    papers_word,
    tone_mark,
)
from compendium.figures.claim_card_key import BLUE_TINT, DOTS, GREY_TINT, keys_of, papers_of
from compendium.figures.house_style import GREY, PALETTE, look, typeset
from compendium.figures.paper_marks import mark
from niche.answering.words import worth_word

_EDGE, _GAP = 1.5, 3.0  # mm: margin of the page, between columns
_STEP, _MARK = 2.55, 0.72  # mm from one paper to the next, and how large its mark is
_BODY, _FOOT = 7.0, 9.0  # mm: least height of what is drawn under a statement; ticks and label below the last one
_SHARES = (0.27, 0.42, 0.31)  # of the width: papers, mechanism, model
_TITLES = (("Papers", "one mark each"), ("Mechanism", "effect in the fitted model"), ("Model", "each paper left out"))
_FAR = math.log(40)  # an effect beyond 40 times, or its inverse, ends in an arrow


class _Row(NamedTuple):
    """A statement with its texts wrapped, and heights in mm."""

    row: Any
    statement: list[str]
    words: list[tuple[str, list[str]]]
    body: float
    height: float


def draw_claim_card(data: Any, width: float) -> _page.Page:
    """A card of a table of statements (`compendium.figures.claim_card`).

    Parameters
    ----------
    width
        mm
    """
    room = width - 2 * _EDGE - 2 * _GAP
    columns = [share * room for share in _SHARES]
    lefts = [0.0, columns[0] + _GAP, columns[0] + columns[1] + 2 * _GAP]
    rows = [_row(row, width - 2 * _EDGE, columns) for _, row in data.iterrows()]
    limits = _limits(data)
    head = 2 * _page.draw_line() + 1.5
    high = head + sum(row.height for row in rows)
    foot = _FOOT if limits else 1.5
    keys = [(part, left, wide) for part, left, wide in zip(keys_of(data, limits), lefts, columns, strict=True) if part]
    key = max((_page.key_height(part, wide) for part, _, wide in keys), default=0.0)
    figure = _page.page(width, 2 * _EDGE + high + foot + key)
    sheet = _page.place_panel(figure, _EDGE, _EDGE, width - 2 * _EDGE, high)
    sheet.set(xlim=(0, width - 2 * _EDGE), ylim=(high, 0), xticks=[], yticks=[])
    sheet.spines[:].set_visible(False)
    _titles(sheet, lefts)
    effects = _effect_axes(figure, lefts[1], columns[1], head, high, limits) if limits else None
    top = head
    for row in rows:
        _draw_row(sheet, effects, row, top, lefts, columns, limits)
        top += row.height
    for part, left, wide in keys:
        _page.key(figure, part, _EDGE + left, _EDGE + high + foot, wide)
    return figure


def _row(row: Any, width: float, columns: Sequence[float]) -> _Row:
    """What a statement needs of room."""
    text, small, line = look().text, look().small, _page.draw_line()
    statement = _page.wrap(typeset(str(row["statement"])), text, width)
    said = [
        (papers_tone(row["papers_word"], row["papers_side"]), papers_word(row["papers_word"], row["papers_side"])),
        (mechanism_tone(row["mechanism_word"], row["asserts"]), worth_word(row["mechanism_word"], row["asserts"])),
        (model_tone(row["model_word"]), row["model_word"]),
    ]
    words = [(tone, _page.wrap(word, small, wide - 3.2)) for (tone, word), wide in zip(said, columns, strict=True)]
    marks = len(papers_of(row))
    body = max(_BODY, _STEP * -(-marks // _each(columns[0])) + 1.0)
    height = len(statement) * line + body + max(len(lines) for _, lines in words) * 0.9 * line + 3.2
    return _Row(row, statement, words, body, height)


def _each(wide: float) -> int:
    """Marks in a line."""
    return max(1, int(wide / _STEP))


def _titles(sheet: Axes, lefts: Sequence[float]) -> None:
    line = _page.draw_line()
    for left, (title, about) in zip(lefts, _TITLES, strict=True):
        sheet.text(left, 0, title, va="top", ha="left", fontsize=look().text, weight="bold")
        sheet.text(left, line, about, va="top", ha="left", fontsize=look().small, color="0.3")


def _effect_axes(figure: Any, left: float, wide: float, top: float, high: float, limits: tuple[float, float]) -> Axes:
    """One axis of ratios for all statements, in mm downwards like the sheet."""
    axes = _page.place_panel(figure, _EDGE + left, _EDGE + top, wide, high - top)
    axes.set(ylim=(high, top), yticks=[])
    axes.patch.set_visible(False)
    axes.spines[["left", "right", "top"]].set_visible(False)
    _page.scale_axis(axes.xaxis, math.exp(limits[0]), math.exp(limits[1]), True, most=5)
    axes.set_xlabel("times the control")
    return axes


def _draw_row(
    sheet: Axes,
    effects: Axes | None,
    row: _Row,
    top: float,
    lefts: Sequence[float],
    columns: Sequence[float],
    limits: tuple[float, float] | None,
) -> None:
    line = _page.draw_line()
    sheet.axhline(top - 0.6, color="0.8", linewidth=0.5, zorder=0)
    sheet.text(0, top + 0.3, "\n".join(row.statement), va="top", ha="left", fontsize=look().text, linespacing=1.15)
    begin = top + len(row.statement) * line + 1.0
    _draw_papers(sheet, papers_of(row.row), lefts[0], columns[0], begin)
    known = not math.isnan(row.row["effect_median"])
    if known and effects is not None and limits is not None:
        _draw_effect(effects, row.row, begin, row.body, limits)
    else:
        _frame(sheet, lefts[1], columns[1], begin, row.body)
    if math.isnan(row.row["measurements"]) or not row.row["measurements"]:
        _frame(sheet, lefts[2], columns[2], begin, row.body)
    else:
        _draw_missed(sheet, row.row, lefts[2], columns[2], begin)
    under = begin + row.body + 0.45 * line
    for left, (tone, lines) in zip(lefts, row.words, strict=True):
        sheet.plot([left + 1.1], [under], **tone_mark(tone), clip_on=False)
        for i, said in enumerate(lines):
            sheet.text(left + 3.0, under + i * 0.9 * line, said, va="center", ha="left", fontsize=look().small)


def _draw_papers(sheet: Axes, papers: Sequence[tuple[str, str]], left: float, wide: float, top: float) -> None:
    for i, (stand, arrow) in enumerate(papers):
        down, right = divmod(i, _each(wide))
        x, y = left + (right + 0.5) * _STEP, top + (down + 0.5) * _STEP
        sheet.plot([x], [y], **mark(arrow, stand, _MARK), clip_on=False)


def _frame(sheet: Axes, left: float, wide: float, top: float, high: float) -> None:
    """An empty frame: nothing was computed that could stand here."""
    box = Rectangle((left, top), wide - 0.5, high - 1.0, fill=False, edgecolor=GREY, linewidth=0.6, linestyle=DOTS)
    sheet.add_patch(box)


def _draw_effect(axes: Axes, row: Any, top: float, high: float, limits: tuple[float, float]) -> None:
    """The effect in the fitted model, below it that without the mechanism; behind them what is asserted."""
    end = top + high - 1.0
    low, most = (math.exp(limit) for limit in limits)
    least, asserts = float(row["least"]), str(row["asserts"])
    spans = {
        "up": (least, most),
        "down": (low, 1 / least),
        "none or up": (1 / least, most),
        "none or down": (low, least),
    }
    asserted = spans.get(asserts, (1 / least, least))
    for (start, stop), colour in (((1 / least, least), GREY_TINT), (asserted, BLUE_TINT)):
        axes.fill_between([max(start, low), min(stop, most)], top, end, color=colour, linewidth=0, zorder=0)
    axes.plot([1, 1], [top, end], color=GREY, linewidth=0.6, zorder=1)
    for what, share, colour in (("effect", 0.32, PALETTE["blue"]), ("removed", 0.72, PALETTE["vermilion"])):
        if not math.isnan(row[f"{what}_median"]):
            _interval(axes, row, what, top + share * (end - top), (low, most), colour)


def _interval(axes: Axes, row: Any, what: str, y: float, ends: tuple[float, float], colour: str) -> None:
    """Median and interval; what lies beyond the axis ends in an arrow at its edge."""
    low, most = ends
    seen = [min(max(row[f"{what}_{name}"], low), most) for name in ("low", "median", "high")]
    whole = what == "effect"
    axes.plot([seen[0], seen[2]], [y, y], color=colour, linewidth=2.0 if whole else 1.0, solid_capstyle="butt")
    face = colour if whole else "white"
    if low <= row[f"{what}_median"] <= most:
        axes.plot(
            seen[1], y, "o" if whole else "D", markersize=4.2 if whole else 3.4, color=colour, markerfacecolor=face
        )
    for beyond, edge, arrow in ((row[f"{what}_low"] < low, low, "<"), (row[f"{what}_high"] > most, most, ">")):
        if beyond:
            axes.plot(edge, y, arrow, markersize=4, color=colour, clip_on=False)


def _draw_missed(sheet: Axes, row: Any, left: float, wide: float, top: float) -> None:
    """All measurements as a bar: those that were missed hatched from the right, a stroke where chance would end."""
    n, missed, chance = (float(row[name]) for name in ("measurements", "missed", "missed_by_chance"))
    y, thick, wide = top + 0.32 * (_BODY - 1.0), 2.2, wide - 0.5
    part = wide * missed / n
    sheet.add_patch(Rectangle((left, y - thick / 2), wide - part, thick, color=PALETTE["blue"], linewidth=0))
    if missed:
        sheet.add_patch(
            Rectangle(
                (left + wide - part, y - thick / 2),
                part,
                thick,
                facecolor="white",
                edgecolor=PALETTE["vermilion"],
                hatch="//////",
                linewidth=0.7,
            )
        )
    place = left + wide * (1 - min(chance / n, 1.0))
    sheet.plot([place, place], [y - thick / 2 - 0.8, y + thick / 2 + 0.8], color=PALETTE["black"], linewidth=1.0)
    said = f"missed {missed:.0f} of {n:.0f}"
    sheet.text(left, y + 2.1, said, va="top", ha="left", fontsize=look().small)


def _limits(data: Any) -> tuple[float, float] | None:
    """Ends of the axis of effects, as logarithms; None where there is no effect to draw.

    Every median is on it unless it lies further than `_FAR`, and as much of the intervals as there is room for.
    """
    columns = [f"{what}_{name}" for what in ("effect", "removed") for name in ("low", "median", "high")]
    values = {name: [math.log(max(v, 1e-300)) for v in data[name] if not math.isnan(v)] for name in columns}
    medians = [v for name in columns if name.endswith("median") for v in values[name]]
    if not medians:
        return None
    least = max(math.log(v) for v in data["least"])
    low, high = min(*medians, -1.6 * least), max(*medians, 1.6 * least)
    reach = 0.5 * (high - low)
    low = max(min(low, *values["effect_low"], *values["removed_low"]), low - reach, -_FAR)
    high = min(max(high, *values["effect_high"], *values["removed_high"]), high + reach, _FAR)
    pad = 0.04 * (high - low)
    return low - pad, high + pad
