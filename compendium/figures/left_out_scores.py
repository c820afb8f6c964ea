"""How much better the whole model predicts papers left out than lesser models do."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.figures.house_style import GREY, PALETTE, look, millimetres, style
from compendium.figures.saving import rounded
from niche.answering.coverage_record import CoverageAnswer, Gain
from niche.answering.records import NOT_WELL, NOT_YET
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_EDGE, _EACH, _FOOT, _LEFT = 2.0, 6.5, 13.5, 0.34  # mm: margin, a model, ticks and label; share of the width: names


def log_scores(
    differences: Mapping[str, Mapping[str, float] | Gain | None], *, width: str | float = "single"
) -> tuple["Figure", "pd.DataFrame"]:
    """How much better the whole model predicts left-out papers than lesser models, as bars with errors over papers.

    Parameters
    ----------
    differences
        by lesser model ("without nerves", ...): of each paper its left-out log density under the whole model less that
        under the lesser one, in nats, or their sum as params/answers.json keeps it (`gains_by_name`); None where that
        is not yet computed
    width
        "single", "middle", "double", or mm

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: one line per lesser model

    Raises
    ------
    NicheError
        for no model, or one that is compared over fewer than two papers
    """
    if not differences:
        raise NicheError("no model to compare with: there is nothing to draw")
    data = rounded([_score(name, parts) for name, parts in differences.items()])
    return log_scores_of(data, width=width), data


def gains_by_name(told: CoverageAnswer) -> dict[str, Gain | None]:
    """What the whole model is worth beside each lesser one; None beside those that are not yet computed."""
    from niche.answering.coverage import AGAINST, BEFORE  # late: loads the fit's machinery

    found = {one.against: one for one in told.gains}
    return {name: found.get(name) for name in (*AGAINST.values(), BEFORE)}


def _score(name: str, parts: Mapping[str, float] | Gain | None) -> dict[str, Any]:
    if parts is None:
        return {"model": name, "papers": None, "gain": None, "se": None, "said": NOT_YET}
    if isinstance(parts, Gain):
        if not parts.papers:
            return {"model": name, "papers": 0.0, "gain": None, "se": None, "said": NOT_WELL}
        return {"model": name, "papers": float(parts.papers), "gain": parts.gain, "se": parts.se, "said": ""}
    if len(parts) < 2:
        raise NicheError(f"{name}: compared over {len(parts)} papers; an error over papers needs two")
    total, error = math.fsum(parts.values()), se_of_sum(parts)
    return {"model": name, "papers": float(len(parts)), "gain": total, "se": error, "said": ""}


def se_of_sum(parts: Mapping[str, float]) -> float:
    """Standard error of a sum over papers by the Bayesian bootstrap (Rubin 1981, doi:10.1214/aos/1176345338), in closed
    form: of the Dirichlet's weighted mean, times the number of papers."""
    values = np.array(list(parts.values()))
    return float(len(values) / math.sqrt(len(values) + 1) * values.std())


def log_scores_of(data: "pd.DataFrame", *, width: str | float = "single") -> "Figure":
    """The figure of a table that `log_scores` gave, as its CSV keeps it."""
    with style():
        from compendium.figures import page as _page

        wide, each = millimetres(width), _EACH
        name = _LEFT * wide
        figure = _page.page(wide, 2 * _EDGE + each * len(data) + _FOOT)
        axes = _page.place_panel(figure, _EDGE + name, _EDGE, wide - name - 3 * _EDGE, each * len(data))
        for y, (_, row) in enumerate(data.iterrows()):
            if math.isnan(row["gain"]):
                axes.text(0, y, f" {row['said']}", va="center", fontsize=look().small, color="0.3")
                continue
            better = row["gain"] >= 0
            colour = PALETTE["blue"] if better else PALETTE["vermilion"]
            axes.barh(
                y,
                row["gain"],
                height=0.55,
                color=colour if better else "white",
                edgecolor=colour,
                hatch=None if better else "//////",
            )
            if not math.isnan(row["se"]):
                ends = row["gain"] - 1.96 * row["se"], row["gain"] + 1.96 * row["se"]
                axes.plot(ends, [y, y], color=PALETTE["black"], linewidth=1.0)
        axes.axvline(0, color=GREY, linewidth=0.6)
        axes.set_yticks(range(len(data)), list(data["model"]))
        axes.tick_params(axis="y", length=0)
        axes.set(ylim=(len(data) - 0.5, -0.5))
        axes.set_xlabel("gain of the whole model for papers left out\n[log density, nats; line: 95 % over papers]")
        axes.spines[["left", "right", "top"]].set_visible(False)
    figure.drawn = {"by": "log scores", "options": {"width": width}}
    return figure
