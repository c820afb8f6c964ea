"""How well a fit went, drawn: whether it converged, and what each parameter learnt."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import GREY, PALETTE, millimetres, style
from compendium.figures.parameter_words import in_words, shortened
from compendium.figures.saving import rounded
from niche.errors import NicheError
from niche.inference.learning import Learnt

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

RHAT, ESS = 1.01, 400  # bars that a parameter has to meet (`niche.inference.diagnostics`)
MOST = 10  # parameters that are drawn; all are in the data
_MARKED = {"informed": "learnt", "weak": "learnt a little"}
MARKS = {"informed": ("o", PALETTE["blue"]), "weak": ("s", PALETTE["vermilion"])}


def contraction(found: Sequence[Learnt]) -> tuple["Figure", "pd.DataFrame"]:
    """What the fit taught of each parameter; the `MOST` best known are drawn, all are in the data.

    Parameters
    ----------
    found
        of `niche.inference.learning.learnt`, the best informed first
    """
    data = rounded([{"what": in_words(one.parameter, each_line=True), **one._asdict()} for one in found])
    shown = data[data["mark"] != "prior"].head(MOST)
    if not len(shown):
        raise NicheError("no parameter was informed: there is nothing to draw")
    width = millimetres("double")
    with style():
        from compendium.figures import page as _page  # late: loads matplotlib

        figure = _page.page(width, 24 + 3.1 * len(shown))
        left = 0.62 * width
        axes = _page.place_panel(figure, left, 10, width - left - 4, 3.1 * len(shown))
        for place, (_, line) in enumerate(shown.iterrows()):
            marker, colour = MARKS[line["mark"]]
            axes.plot([line["contraction"], 1], [place, place], color=colour, linewidth=0.6)
            axes.plot([line["contraction"]], [place], marker, color=colour, markersize=3)
        axes.set(xlim=(0, 1.05), ylim=(len(shown) - 0.5, -0.5))
        axes.set_xlabel("width after the fit over width before")
        axes.set_yticks(range(len(shown)), [shortened(name, 84) for name in shown["what"]])
        axes.spines[["top", "right"]].set_visible(False)
        counts = data["mark"].value_counts()
        entries = [(_handle(*MARKS[mark]), f"{said} ({counts.get(mark, 0)})") for mark, said in _MARKED.items()]
        entries.append((_handle("", "white"), f"as before, not shown ({counts.get('prior', 0)})"))
        _page.key(figure, entries, 4, 2, width - 8)
    return figure, data


def convergence_figure(found: Sequence[tuple[str, float, int, int]]) -> tuple["Figure", "pd.DataFrame"]:
    """Effective draws of each parameter against its R-hat, with the bars that each has to meet.

    Parameters
    ----------
    found
        of `niche.inference.learning.convergence`
    """
    names = ("parameter", "rhat", "bulk", "tails")
    data = rounded([dict(zip(names, one, strict=True)) | {"what": in_words(one[0], each_line=True)} for one in found])
    least = data[["bulk", "tails"]].min(axis=1)
    with style():
        from compendium.figures import page as _page

        width = millimetres("single")
        figure = _page.page(width, 62)
        axes = _page.place_panel(figure, 16, 4, width - 20, 46)
        fine = (data["rhat"] <= RHAT) & (least >= ESS)
        for some, (marker, colour) in ((fine, MARKS["informed"]), (~fine, MARKS["weak"])):
            axes.plot(least[some], data["rhat"][some], marker, color=colour, markersize=2.5, alpha=0.7)
        axes.axhline(RHAT, color=GREY, linewidth=0.7, dashes=(3, 2))
        axes.axvline(ESS, color=GREY, linewidth=0.7, dashes=(3, 2))
        axes.set(
            xlabel="effective draws, bulk or tails, the fewer", ylabel="R-hat", xlim=(0, 1.05 * float(least.max()))
        )
        axes.spines[["top", "right"]].set_visible(False)
    return figure, data


def _handle(marker: str, colour: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], marker=marker, color=colour, markersize=3, linewidth=0.8)
