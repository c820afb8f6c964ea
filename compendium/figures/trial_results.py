"""Published results of trials beside what virtual trials of the same design give, for reading without help."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import GREY, NINETY, PALETTE, look, millimetres, style, typeset
from compendium.figures.saving import rounded
from niche.errors import NicheError
from niche.evidence.rows import evidence
from niche.trials.rows import STATISTICS, trial_row

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from niche.trials.predicted import TrialPrediction

_HEADS = {
    "calibration": "set a number of the model (no test)",
    "validation": "never fitted (a test)",
    "context": "for comparison only",
}
_ROW, _LEAST, _FOOT, _EDGE = 6.8, 6.3, 9.5, 2.0  # mm: a row, the least of one, ticks and label of a panel, margin


def trials(outcomes: "Sequence[TrialPrediction]", width: str | float = "double") -> tuple["Figure", "pd.DataFrame"]:
    """Each published number (90 % interval of its error) beside the median and 90 % interval of virtual trials.

    Ratios, shares and times have a panel each; within it, rows that set a number stand apart from rows that test.

    Parameters
    ----------
    outcomes
        of `niche.trials.predict_row`; those that were not simulated are left out

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: one line per row

    Raises
    ------
    NicheError
        if nothing was simulated
    """
    done = [one for one in outcomes if one.median is not None and one.published is not None]
    if not done:
        raise NicheError("none of these rows was simulated: there is nothing to draw")
    data = rounded([_record(one) for one in done])
    order = {"calibration": 0, "validation": 1, "context": 2}
    data = data.sort_values("role", key=lambda s: s.map(order), kind="stable").reset_index(drop=True)
    return trials_of(data, width=width), data


def trials_of(data: "pd.DataFrame", *, width: str | float = "double") -> "Figure":
    """The figure of a table that `trials` gave, as its CSV keeps it."""
    panels = [data[data["panel"] == name] for name in _PANELS if (data["panel"] == name).any()]
    with style():
        from compendium.figures import page as _page  # late: loads matplotlib

        wide = millimetres(width)
        left, right = 0.43 * wide, 0.25 * wide
        lines = [len(part) + part["role"].nunique() for part in panels]
        rest = 2 * _EDGE + 13 + _FOOT * len(lines)
        journal = look().journal
        limit = float(journal.value("max_height")) if journal else math.inf
        # A page that is a little too high for a journal has its rows closer, down to two lines of text.
        each = max(_LEAST * look().text / 7, min(_ROW * look().text / 7, (limit - rest) / sum(lines)))
        figure = _page.page(wide, rest + each * sum(lines))
        top = _EDGE + 5
        for part, count in zip(panels, lines, strict=True):
            axes = _page.place_panel(figure, left, top, wide - left - right - 2, count * each)
            if part is panels[0]:
                _say(axes, "published | virtual trials (90 %)", -0.85, 1 + 2 / (wide - left - right - 2), "bold")
            _panel(axes, part, count, left, wide - left - right - 2, right)
            top += count * each + _FOOT
        _page.key(figure, _entries(), _EDGE, top, wide - 2 * _EDGE)
    figure.drawn = {"by": "trials", "options": {"width": width}}
    return figure


_PANELS = {
    "ratio": "ratio of rates, log axis (below 1: fewer under the drug named first)",
    "share": "patients with an event [%]",
    "time": "time to the first event [months]",
}


def _record(one: "TrialPrediction") -> dict[str, Any]:
    plan, row = trial_row(one.row), evidence(one.row)
    unit = STATISTICS[plan.statistic].unit
    value, sd, log = float(one.published or 0.0), row.sd or 0.0, row.scale == "log"
    low, high = (value * math.exp(s) if log else value + s for s in (-NINETY * sd, NINETY * sd))
    return {
        "panel": {"": "ratio", "1": "share", "day": "time"}[unit],
        "id": one.row,
        "label": plan.label,
        "role": one.role,
        "unit": row.unit,
        "published": value,
        "published_low": low,
        "published_high": high,
        "error": row.sd_basis,
        "predicted": _reached(one.median),
        "predicted_low": _reached(one.low),
        "predicted_high": _reached(one.high),
        "inside": "yes" if one.inside else "no",
    }


def _reached(value: float | None) -> float | None:
    """A number as it is drawn: none where most never reach a median."""
    return value if value is not None and math.isfinite(value) else None


def _panel(axes: Any, part: Any, count: int, left: float, middle: float, right: float) -> None:
    from compendium.figures import page as _page

    log = part["panel"].iloc[0] == "ratio"
    columns = ["published_low", "published_high", "predicted_low", "predicted_high", "predicted"]
    low, high = float(part[columns].min().min()), float(part[columns].max().max())
    pad = 0.05 * (math.log(high / low) if log else high - low)
    low, high = (low * math.exp(-pad), high * math.exp(pad)) if log else (max(low - pad, 0.0), high + pad)
    axes.set(ylim=(count, 0), yticks=[])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel(_PANELS[part["panel"].iloc[0]])
    _page.scale_axis(axes.xaxis, low, high, log, most=6)
    if log:
        axes.axvline(1, color=GREY, linewidth=0.6, zorder=0)
    y = 0.0
    for role, group in part.groupby("role", sort=False):
        hits = f": {(group['inside'] == 'yes').sum()} of {len(group)} inside the interval"
        _say(axes, _HEADS[str(role)] + hits, y, -(left - _EDGE) / middle, weight="bold")
        y += 1
        for _, row in group.iterrows():
            _row(axes, row, y, (low, high), left, middle, right)
            y += 1


def _row(axes: Any, row: Any, y: float, limits: tuple[float, float], left: float, middle: float, right: float) -> None:
    from compendium.figures import page as _page

    label = _page.wrap(typeset(row["label"]), look().text, left - _EDGE - 3)
    _say(axes, "\n".join(label), y, -(left - _EDGE) / middle)
    fill, black = _page.filled("full" if row["error"] == "reported" else "none", PALETTE["black"]), PALETTE["black"]
    axes.plot([row["published_low"], row["published_high"]], [y + 0.3] * 2, color=black, linewidth=0.7)
    axes.plot(row["published"], y + 0.3, "o", markersize=4, **fill)
    colour = PALETTE["blue"] if row["role"] == "validation" else GREY
    names = ("predicted_low", "predicted_high")
    ends = [limit if math.isnan(row[name]) else row[name] for name, limit in zip(names, limits, strict=True)]
    axes.plot(ends, [y + 0.68] * 2, color=colour, linewidth=2.2, solid_capstyle="butt")
    axes.plot(row["predicted"], y + 0.68, "s", markersize=4, color=colour)
    low, high = ("not reached" if math.isnan(row[name]) else f"{row[name]:.2g}" for name in names)
    predicted = "not reached" if math.isnan(row["predicted"]) else f"{row['predicted']:.2g} ({low}–{high})"
    number = f"{row['published']:.3g} | {predicted}"
    _say(axes, f"{number}\n{'inside' if row['inside'] == 'yes' else 'outside'}", y, 1 + 2 / middle)


def _say(axes: Any, text: str, y: float, x: float, weight: str = "normal") -> None:
    axes.text(
        x,
        y + 0.5,
        text,
        transform=axes.get_yaxis_transform(),
        va="center",
        ha="left",
        fontsize=look().text,
        weight=weight,
        clip_on=False,
        linespacing=1.1,
    )


def _entries() -> list[tuple[Any, str]]:
    from matplotlib.lines import Line2D

    from compendium.figures import page as _page

    def mark(shape: str, colour: str, fill: str, line: float) -> Any:
        return Line2D([], [], marker=shape, markersize=4, linewidth=line, **_page.filled(fill, colour))

    black = PALETTE["black"]
    return [
        (mark("o", black, "full", 0.7), "published, 90 % interval as reported"),
        (mark("o", black, "none", 0.7), "published, error assumed or from a range"),
        (mark("s", PALETTE["blue"], "full", 2.2), "virtual trials, median and 90 %"),
        (mark("s", GREY, "full", 2.2), "the same, where it tests nothing"),
    ]
