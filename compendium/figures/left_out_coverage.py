"""Whether intervals for papers left out hold what they promise, by class of study."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compendium.figures.house_style import GREY, PALETTE, look, millimetres, style
from compendium.figures.measured import measured
from compendium.figures.saving import rounded
from niche.answering.coverage_record import CoverageAnswer
from niche.answering.records import ClaimAnswer
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LEVELS = (0.5, 0.9)
CHANCE = 0.95  # of the bands: what chance allows where the intervals are right
BINS = 10
ALL = "all measurements"
_EDGE, _ROW, _FOOT, _LEFT = 2.0, 4.6, 9.5, 0.36  # mm: margin, a class, ticks and label; share of the width: names
_TALL = 38.0  # mm: the histogram


class Place(NamedTuple):
    """Where a measurement lies in its prediction without its paper: probability of less, and its class of study."""

    name: str
    paper: str
    study: str
    pit: float


def places(claims: Sequence[ClaimAnswer]) -> tuple[Place, ...]:
    """The numbers among the direct measurements of all statements, each once; directions have no place."""
    found: dict[str, Place] = {}
    for claim in claims:
        for one in claim.propositions:
            for row in one.model.predictions:
                if row.pit is not None:
                    found.setdefault(row.name, Place(row.name, row.paper, measured(row.name).study, row.pit))
    return tuple(found[name] for name in sorted(found))


def coverage(
    given: Sequence[Place], told: CoverageAnswer | None = None, *, width: str | float = "double"
) -> tuple["Figure", "pd.DataFrame"]:
    """Shares of left-out measurements inside their 50 and 90 % intervals, by class of study, and a histogram of places.

    Grey: what chance allows (binomial, 95 %) if the intervals are right and measurements independent. Rows of one paper
    are not, so the true bands are wider.

    Parameters
    ----------
    given
        each measurement once, of `places`, for the histogram
    told
        shares by class over all papers, of params/answers.json; without it they are those of `given`
    width
        "single", "middle", "double", or mm

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: shares by class and level, then the bins of the histogram

    Raises
    ------
    NicheError
        for no measurement, one that stands there twice, or a place that is no probability
    """
    names = [one.name for one in given]
    if not names:
        raise NicheError("no number was predicted without its paper: there is nothing to draw")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise NicheError(f"measurements that stand there twice: {', '.join(twice)}")
    if wrong := [one.name for one in given if not 0 <= one.pit <= 1]:
        raise NicheError(f"{wrong[0]}: its place in the prediction is no probability")
    data = rounded([*(_shares(given) if told is None else _told(told)), *_bins(given)])
    return coverage_of(data, width=width), data


def coverage_of(data: "pd.DataFrame", *, width: str | float = "double") -> "Figure":
    """The figure of a table that `coverage` gave, as its CSV keeps it."""
    with style():
        from compendium.figures import page as _page  # late: loads matplotlib

        wide = millimetres(width)
        narrow = wide < 120  # then the histogram stands below
        half = wide if narrow else (wide - 6) / 2
        shares, bins = data[data["part"] == "share"], data[data["part"] == "bin"]
        tall = _ROW * shares["study"].nunique()
        keys = _entries()
        key = _page.key_height(keys, half - _EDGE)
        second = 6 + tall + _FOOT + key + 8 if narrow else 6.0
        lower = max(tall, _TALL) if not narrow else _TALL
        figure = _page.page(
            wide, (second + lower + _FOOT if narrow else 6 + max(lower, tall + key + 1) + _FOOT) + 2 * _EDGE
        )
        name = _LEFT * half
        axes = _page.place_panel(figure, _EDGE + name, _EDGE + 6, half - name - 2 * _EDGE, tall)
        _draw_shares(axes, shares)
        _page.key(figure, keys, _EDGE, _EDGE + 6 + tall + _FOOT, half - _EDGE)
        left = _EDGE + 10 if narrow else half + 6 + 10
        other = _page.place_panel(figure, left, _EDGE + second, half - 10 - 2 * _EDGE, lower)
        _draw_bins(other, bins)
        for letter, x, y in (("a", _EDGE, _EDGE), ("b", left - 10, _EDGE + second - 6)):
            high = figure.get_size_inches()[1] * 25.4
            figure.text(x / wide, 1 - y / high, letter, weight="bold", va="top", fontsize=look().text + 1)
    figure.drawn = {"by": "coverage", "options": {"width": width}}
    return figure


def chance_of(n: int, p: float) -> tuple[float, float]:
    """What chance allows about a share p of n: the central binomial interval of 95 %."""
    from scipy.stats import binom

    low, high = binom.ppf([(1 - CHANCE) / 2, (1 + CHANCE) / 2], n, p) / n
    return float(low), float(high)


def _shares(given: Sequence[Place]) -> list[dict[str, Any]]:
    counts = {study: sum(one.study == study for one in given) for study in sorted({one.study for one in given})}
    groups = [(ALL, list(given))] + [
        (study, [one for one in given if one.study == study]) for study in sorted(counts, key=lambda s: -counts[s])
    ]
    return [
        {
            "part": "share",
            "study": study,
            "measurements": len(rows),
            "papers": len({one.paper for one in rows}),
            "level_percent": 100 * level,
            "percent": 100 * float(np.mean([abs(one.pit - 0.5) <= level / 2 + 1e-12 for one in rows])),
            "chance_low": 100 * chance_of(len(rows), level)[0],
            "chance_high": 100 * chance_of(len(rows), level)[1],
        }
        for study, rows in groups
        for level in LEVELS
    ]


def _told(told: CoverageAnswer) -> list[dict[str, Any]]:
    """Shares as the answers keep them."""
    return [
        {
            "part": "share",
            "study": ALL if one.study == "all" else one.study,
            "measurements": level.rows,
            "papers": one.papers,
            "level_percent": 100 * level.level,
            "percent": 100 * level.held / level.rows,
            "chance_low": 100 * level.low / level.rows,
            "chance_high": 100 * level.high / level.rows,
        }
        for one in told.classes
        for level in one.levels
    ]


def _bins(given: Sequence[Place]) -> list[dict[str, Any]]:
    counts, edges = np.histogram([one.pit for one in given], bins=BINS, range=(0, 1))
    low, high = chance_of(len(given), 1 / BINS)
    return [
        {
            "part": "bin",
            "study": ALL,
            "measurements": len(given),
            "from_percent": 100 * float(start),
            "percent": 100 * int(count) / len(given),
            "chance_low": 100 * low,
            "chance_high": 100 * high,
        }
        for count, start in zip(counts, edges[:-1], strict=True)
    ]


_MARKS = {90.0: ("o", PALETTE["blue"]), 50.0: ("D", PALETTE["vermilion"])}


def _draw_shares(axes: Any, shares: "pd.DataFrame") -> None:
    """A line for each class, with two shares and the bands that chance allows about them."""
    names = list(dict.fromkeys(shares["study"]))
    for y, study in enumerate(names):
        for _, row in shares[shares["study"] == study].iterrows():
            marker, colour = _MARKS[row["level_percent"]]
            axes.plot([row["chance_low"], row["chance_high"]], [y, y], color="0.82", linewidth=6, solid_capstyle="butt")
            axes.plot([row["level_percent"]] * 2, [y - 0.32, y + 0.32], color=GREY, linewidth=0.8)
            outside = not row["chance_low"] <= row["percent"] <= row["chance_high"]
            face = "white" if outside else colour
            axes.plot(row["percent"], y, marker, markersize=4.5, color=colour, markerfacecolor=face)
    said = [f"{study} ({shares[shares['study'] == study]['measurements'].iloc[0]:.0f})" for study in names]
    axes.set_yticks(range(len(names)), said)
    axes.tick_params(axis="y", length=0, labelsize=look().small)
    axes.set(xlim=(0, 101), ylim=(len(names) - 0.5, -0.5), xlabel="measurements inside the interval [%]")
    axes.set_xticks([0, 25, 50, 75, 90])
    axes.spines[["left", "right", "top"]].set_visible(False)


def _draw_bins(axes: Any, bins: "pd.DataFrame") -> None:
    """How often measurements lie where in their predictions; even if the predictions are right."""
    step = 100 / BINS
    axes.bar(bins["from_percent"] + step / 2, bins["percent"], width=0.86 * step, color=PALETTE["blue"], linewidth=0)
    axes.axhspan(
        bins["chance_low"].iloc[0], bins["chance_high"].iloc[0], color="0.6", alpha=0.35, linewidth=0, zorder=3
    )
    axes.axhline(step, color=PALETTE["black"], linewidth=0.7, linestyle=(0, (3, 2)), zorder=4)
    axes.set(xlim=(0, 100), ylabel="measurements [%]", xlabel="predicted probability of less than was measured [%]")
    axes.set_ylim(0, 1.1 * max(bins["percent"].max(), bins["chance_high"].max()))
    axes.spines[["right", "top"]].set_visible(False)


def _entries() -> list[tuple[Any, str]]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    def shape(level: float, face: str = "") -> Any:
        marker, colour = _MARKS[level]
        return Line2D(
            [], [], marker=marker, linestyle="none", markersize=4.5, color=colour, markerfacecolor=face or colour
        )

    return [
        (shape(90.0), "inside the 90 % interval"),
        (shape(50.0), "inside the 50 % interval"),
        (shape(90.0, "white"), "hollow: more or fewer than chance allows"),
        (Patch(color="0.82", linewidth=0), "what chance allows (95 %)"),
    ]
