"""What stands below the columns of a claim card, and what its tints mean. Imported late: it loads matplotlib."""

from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from compendium.figures.house_style import GREY, PALETTE
from compendium.figures.paper_marks import entries as paper_entries

BLUE_TINT, GREY_TINT = "#DCEBF5", "#E4E4E4"
DOTS = (0, (1.5, 1.5))
_SHORT = {
    "for the statement": "for it",
    "saw no effect": "no effect",
    "saw both": "both",
    "read-out up": "it rises",
    "read-out down": "it falls",
}


def papers_of(row: Any) -> list[tuple[str, str]]:
    """Stand and arrow of each paper, in the order in which they are drawn."""
    parts = [one.partition(": ") for one in str(row["papers"]).split("; ")]
    return [(stand, arrow) for stand, colon, arrow in parts if colon]


def _small(data: Any) -> str:
    """How small is too small, where that is the same for all statements."""
    least = data["least"].unique()
    return f"too small to matter (< {least[0]:.2g}-fold)" if len(least) == 1 else "too small to matter"


def keys_of(data: Any, limits: tuple[float, float] | None) -> list[list[tuple[Any, str]]]:
    """What stands below each column: only what is drawn there."""
    papers = [one for _, row in data.iterrows() for one in papers_of(row)]
    blue, vermilion = PALETTE["blue"], PALETTE["vermilion"]
    whole = Line2D([], [], marker="o", markersize=4.2, linewidth=2, color=blue)
    removed = Line2D([], [], marker="D", markersize=3.4, linewidth=1, color=vermilion, markerfacecolor="white")
    effects: list[tuple[Any, str]] = []
    if limits:
        refitted = data["removed_median"].notna().any()
        effects = [
            (whole, "effect, 90 % interval"),
            *([(removed, "without the mechanism")] if refitted else []),
            (Patch(color=BLUE_TINT, linewidth=0), "what is asserted"),
            (Patch(color=GREY_TINT, linewidth=0), _small(data)),
        ]
    if data["effect_median"].isna().any():
        effects.append((Patch(fill=False, edgecolor=GREY, linestyle=DOTS, linewidth=0.6), "not computed"))
    model: list[tuple[Any, str]] = []
    if (data["measurements"] > 0).any():
        stroke = Line2D([], [], marker="|", markersize=7, markeredgewidth=1.0, linestyle="none", color="black")
        model = [
            (Patch(color=blue, linewidth=0), "as predicted"),
            (Patch(facecolor="white", edgecolor=vermilion, hatch="//////", linewidth=0.7), "missed"),
            (stroke, "chance alone"),
        ]
    said = paper_entries({stand for stand, _ in papers}, {arrow for _, arrow in papers})
    return [[(handle, _SHORT.get(words, words)) for handle, words in said], effects, model]
