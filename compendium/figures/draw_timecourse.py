"""How `course` is drawn. Imported late: it loads matplotlib."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator
from matplotlib.transforms import ScaledTranslation

from compendium.figures import page as _page
from compendium.figures.house_style import GREY, MM, PALETTE, look, typeset
from niche.errors import NicheError

EDGE = 1.5  # mm: margin of the page
BANDS = {"90": 0.15, "50": 0.28}  # share of draws -> opacity
MOST_BANDS = 2  # arms: bands of more lie over one another, and none is seen; where they end stands at the right instead
_BARS = {"90": 0.8, "50": 2.2}  # share of draws -> width of a bar at the right, pt
_BESIDE = 3.2  # pt from a measurement to the draws beside it
_FIRST, _NEXT = 1.03, 0.03  # of the width of the axes: the first bar, and from one to the next


def draw_timecourse(
    data: Any,
    labels: Mapping[str, str],
    whole: Mapping[str, int],
    control: str | None,
    logs: set[str],
    columns: int | None,
    width: float,
) -> _page.Page:
    """One panel per observable under one key."""
    styles = _page.arm_styles(list(whole), control)
    columns = min(columns or max(1, int(width // 58)), len(labels))
    rows = -(-len(labels) // columns)
    entries = _entries(data, styles, whole)
    key = _page.key_height(entries, width - 2 * EDGE)
    high = min(52.0, max(32.0, 0.62 * width / columns))
    tall = EDGE + key + 1.0 + rows * high + 4
    figure = _page.page(width, tall)
    _page.key(figure, entries, EDGE, EDGE, width - 2 * EDGE)
    below = (0.0, 0.0, 1.0, (rows * high + 4) / tall)
    layout = ConstrainedLayoutEngine(rect=below, w_pad=EDGE * MM, h_pad=EDGE * MM, wspace=0.02, hspace=0.02)
    figure.set_layout_engine(layout)
    grid = figure.subplots(rows, columns, sharex=True, squeeze=False)
    for axes in grid.flat[len(labels) :]:
        axes.remove()
    for i, (name, label) in enumerate(labels.items()):
        axes, part = grid.flat[i], data[data["observable"] == name]
        _panel(axes, part, styles, name in logs)
        axes.set_ylabel(_two_lines(label, high - 8))
        last = i + columns >= len(labels)
        axes.set_xlabel("Time (days)" if last else "")
        axes.tick_params(labelbottom=last)
        axes.xaxis.label.set_visible(last)
    _time_axis(grid.flat[0], data)
    figure.align_ylabels()
    layout.execute(figure)
    figure.set_layout_engine("none")  # as it stands, in every format
    return figure


def _two_lines(label: str, room: float) -> str:
    """An axis label as one line if it fits, else its name above what stands in brackets."""
    size, (name, bracket, unit) = look().text, label.partition(" (")
    if bracket and _page.text_width(label, size) > room:
        return "\n".join([*_page.wrap(name, size, room), *_page.wrap(f"({unit}", size, room)])
    return "\n".join(_page.wrap(label, size, room))


def _bars(axes: Axes, one: Any, place: int, colour: str, low: float, log: bool) -> None:
    """Where the draws of an arm end, right of the axes: thin 90 %, thick 50 %."""
    last, arm = one.iloc[-1], one["arm"].iloc[0]
    if log and last["high90"] <= 0:
        return
    for share, width in _BARS.items():
        ends = _above([last[f"low{share}"], last[f"high{share}"]], low, log)
        axes.plot(
            [_FIRST + place * _NEXT] * 2,
            ends,
            transform=axes.get_yaxis_transform(),
            color=colour,
            linewidth=width,
            solid_capstyle="butt",
            clip_on=False,
            gid=f"{arm}:end{share}",
        )


def _shown(part: Any) -> Any:
    """A panel's rows without the ends of bands that are not drawn: those of neither the last time nor a measurement."""
    model = part["kind"] == "model"
    last = part["time"] == part[model].groupby("arm")["time"].transform("max").reindex(part.index)
    beside = part["time"].isin(part.loc[~model, "time"])
    hidden = model & ~last & ~beside
    return part.assign(**{name: part[name].mask(hidden) for name in ("low50", "high50", "low90", "high90")})


def _panel(axes: Axes, part: Any, styles: Mapping[str, Any], log: bool) -> None:
    model = part[part["kind"] == "model"]
    many = len(styles) > MOST_BANDS
    low, high = _limits(_shown(part) if many else part, log)
    _page.scale_axis(axes.yaxis, low, high, log)
    for place, (arm, (colour, dashes)) in enumerate(styles.items()):
        one = model[model["arm"] == arm]
        if many and len(one):
            _bars(axes, one, place, colour, low, log)
        for share, opacity in () if many else BANDS.items():
            lower, upper = (_above(one[f"{end}{share}"], low, log) for end in ("low", "high"))
            shown = (one[f"high{share}"] > 0) | (not log)
            axes.fill_between(
                one["time"],
                lower,
                upper,
                where=shown,
                color=colour,
                alpha=opacity,
                linewidth=0,
                gid=f"{arm}:band{share}",
            )
        line = one[one["value"] > 0] if log else one
        if len(line):
            axes.plot(
                line["time"], line["value"], color=colour, linestyle=(0, dashes) if dashes else "-", gid=f"{arm}:median"
            )
        measured = part[(part["kind"] == "measured") & (part["arm"] == arm)]
        if many:
            _beside(axes, one, measured, arm, colour, low, log)
        _points(axes, measured, arm, colour, low, log)
    sns.despine(ax=axes)


def _beside(axes: Axes, one: Any, measured: Any, arm: str, colour: str, low: float, log: bool) -> None:
    """Where there are no bands, 90 % of draws just left of each measurement that is not of the last time."""
    left = ScaledTranslation(-_BESIDE / 72, 0, axes.figure.dpi_scale_trans)
    for i, time in enumerate(dict.fromkeys(measured["time"])):
        rows = one[one["time"] == time]
        if not len(rows) or time == one["time"].max() or (log and rows["high90"].iloc[0] <= 0):
            continue
        ends = _above([rows["low90"].iloc[0], rows["high90"].iloc[0]], low, log)
        axes.plot(
            [time] * 2,
            ends,
            transform=axes.transData + left,
            color=colour,
            alpha=0.45,
            linewidth=_BARS["50"],
            solid_capstyle="butt",
            gid=f"{arm}:beside:{i}",
        )


def _points(axes: Axes, measured: Any, arm: str, colour: str, low: float, log: bool) -> None:
    for i, (_, point) in enumerate(measured.iterrows()):
        if log and point["value"] <= 0:
            continue
        basis = _page.basis(point, "low90")
        if basis:
            ends = _above(np.array([point["low90"], point["high90"]]), low, log)
            axes.plot(
                [point["time"]] * 2,
                ends,
                color=colour,
                linewidth=0.7,
                marker="_",
                markersize=3.5,
                markeredgewidth=0.7,
                clip_on=False,
                gid=f"{arm}:measured:{i}:interval",
            )
        face = _page.filled(_page.BASES[basis][0], colour)
        axes.plot(
            [point["time"]],
            [point["value"]],
            "o",
            markersize=4,
            linestyle="none",
            clip_on=False,
            zorder=3,
            gid=f"{arm}:measured:{i}",
            **face,
        )


def _limits(part: Any, log: bool) -> tuple[float, float]:
    """Everything that is drawn; on a log axis the lower end of a band may leave at the bottom."""
    values = part[["value", "low50", "high50", "low90", "high90"]].to_numpy(dtype=float)
    seen = values[np.isfinite(values) & ((values > 0) | (not log))]
    if len(seen) == 0:
        name = part["observable"].iloc[0]
        raise NicheError(f"{name!r} is nowhere above 0: it has no logarithmic axis")
    low, high = float(seen.min()), float(seen.max())
    if log:
        medians = part["value"].to_numpy(dtype=float)
        medians = medians[medians > 0]
        low = max(low, float(medians.min()) / 100) if len(medians) else low
        ratio = max(high / low, 1.1)
        return low / ratio**0.04, high * ratio**0.04
    span = high - low or 0.1 * abs(high) or 1.0
    return low - 0.04 * span, high + 0.04 * span


def _above(values: Any, low: float, log: bool) -> np.ndarray:
    """On a log axis, what is not above the axis ends at its bottom."""
    array = np.asarray(values, dtype=float)
    return np.maximum(array, low) if log else array


def _time_axis(axes: Axes, data: Any) -> None:
    first, last = float(data["time"].min()), float(data["time"].max())
    pad = 0.0 if last > first else 0.5
    _page.scale_axis(axes.xaxis, first - pad, last + pad, log=False)
    span = last - first
    if span >= 7 and span % 7 == 0 and first == 0:
        step = next(s for s in (1, 7, 14, 28, 56, *(112 * 2**k for k in range(20))) if span / s <= 8)
        axes.xaxis.set_major_locator(MultipleLocator(step))


def _entries(data: Any, styles: Mapping[str, Any], whole: Mapping[str, int]) -> list[tuple[Any, str]]:
    model = data[data["kind"] == "model"]
    found: list[tuple[Any, str]] = []
    for arm, draws in whole.items():
        colour, dashes = styles[arm]
        left = int(model.loc[model["arm"] == arm, "draws"].min())
        text = typeset(arm) if left == draws else f"{typeset(arm)} ({left} of {draws} draws)"
        found.append((Line2D([], [], color=colour, linewidth=1, linestyle=(0, dashes) if dashes else "-"), text))
    many = len(whole) > MOST_BANDS
    for share, opacity in reversed(BANDS.items()):
        bar = Line2D([], [], color=GREY, linewidth=_BARS[share])
        handle = bar if many else Patch(color=GREY, alpha=2 * opacity, linewidth=0)
        found.append((handle, f"{share} % of draws{', at the right end' if many else ''}"))
    measured = data[data["kind"] == "measured"]
    if many and (measured["time"] < float(model["time"].max())).any():
        pale = Line2D([], [], color=GREY, linewidth=_BARS["50"], alpha=0.45)
        found.append((pale, "90 % of draws, beside a measurement"))
    bases = {_page.basis(point, "low90") for _, point in measured.iterrows()}
    for basis, (fill, text) in _page.BASES.items():
        if basis in bases:
            handle = Line2D(
                [], [], marker="o", linewidth=0.7 if basis else 0, markersize=4, **_page.filled(fill, PALETTE["black"])
            )
            found.append((handle, text))
    return found
