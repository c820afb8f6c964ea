"""What effects hang on, drawn: shares of variance by head and parameter, their course, where heads keep their side."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.figures.house_style import DASHES, GREY, PALETTE, millimetres, style, typeset
from compendium.figures.panels import heat
from compendium.figures.parameter_words import in_words, shortened
from compendium.figures.saving import rounded
from niche.analysis.sensitivity import OTHERS
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_CELL, _LETTERS = 3.6, 58  # mm, the height of a row; letters of a name beside it
_WRITTEN = 0.05  # smallest share whose number stands in its cell
# What became of an effect where a parameter is held: marker, colour, words.
_FATES = {
    "same": ("o", PALETTE["blue"], "on its side, and large enough to matter"),
    "small": ("o", "white", "on its side, too small to matter"),
    "sign": ("X", PALETTE["vermilion"], "on the other side"),
}


def shares(rows: Sequence[Any], titles: dict[str, str], least: float = 0.15) -> tuple["Figure", "pd.DataFrame"]:
    """Total shares of variance, parameters by heads; of the table "shares" of `niche.analysis.stored`.

    Parameters
    ----------
    titles
        proposition -> how it is written, in order
    least
        parameters that reach this share in none of these heads are left out
    """
    data = rounded(
        [
            {
                "statement": r["proposition"],
                "parameter": r["parameter"] if r["parameter"] == OTHERS else in_words(r["parameter"]),
                "first": r["first"],
                "total": r["total"],
                "error": r["total_error"],
            }
            for r in rows
        ]
    )
    heads = [name for name in titles if name in set(data["statement"])]
    large = (
        data[(data["total"] >= least) & data["statement"].isin(heads)]
        .groupby("parameter", sort=False)["total"]
        .agg(["count", "max"])
    )
    names = [n for n in large.sort_values(["count", "max"], ascending=False).index if n != OTHERS] + [OTHERS]
    if not heads:
        raise NicheError("no head has shares of variance: there is nothing to draw")
    grid = data.groupby(["parameter", "statement"])["total"].last().unstack().reindex(index=names, columns=heads)
    grid = grid.rename(
        index=lambda name: shortened(name, _LETTERS), columns={n: shortened(t, 38) for n, t in titles.items()}
    )
    text = grid.map(lambda value: f"{value:.2f}" if value >= _WRITTEN else "")
    with style():
        from compendium.figures import page as _page

        width, left, top = millimetres("double"), 68, 50
        figure = _page.page(width, top + _CELL * len(names) + 10)
        axes = _page.place_panel(figure, left, top, width - left - 20, _CELL * len(names))
        picture = heat(axes, grid, cmap="Blues", ends=(0, 1), text=text, width=0, turned=True)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.axhline(len(names) - 1, color="black", linewidth=0.5)
        bar = figure.colorbar(picture, cax=_page.place_panel(figure, width - 16, top, 3, min(40, _CELL * len(names))))
        bar.set_label("total share of variance")
    return figure, data


def course(rows: Sequence[Any], titles: dict[str, str], most: int = 3) -> tuple["Figure", "pd.DataFrame"]:
    """Total shares as the sample grows, the largest of each head; of the table "course"."""
    heads = [name for name in titles if any(r["proposition"] == name for r in rows)]
    kept = {name: _first([r["parameter"] for r in rows if r["proposition"] == name], most) for name in heads}
    chosen = [r for r in rows if r["parameter"] in kept.get(r["proposition"], ())]
    data = rounded(
        [
            {**{k: r[k] for k in ("proposition", "parameter", "first", "total")}, "samples": int(r["samples"])}
            for r in chosen
        ]
    )
    looks = list(zip("os^", list(PALETTE.values())[:3], DASHES, strict=False))
    with style():
        from compendium.figures import page as _page

        columns = 3
        width, each, high = millimetres("double"), (millimetres("double") - 10) / columns, 38
        lines = -(-len(heads) // columns)
        figure = _page.page(width, high * lines + 8)
        for n, name in enumerate(heads):
            axes = _page.place_panel(figure, 11 + (n % columns) * each, 8 + (n // columns) * high, each - 9, high - 17)
            for (marker, colour, dashes), parameter in zip(looks, kept[name], strict=False):
                part = data[(data["proposition"] == name) & (data["parameter"] == parameter)]
                (line,) = axes.plot(part["samples"], part["total"], marker, color=colour, linestyle="-", markersize=2.5)
                line.set(label=shortened(in_words(parameter), 28), dashes=dashes or (None, None))
            axes.set_xscale("log", base=2)
            sizes = sorted(set(data["samples"]))
            axes.set_xticks(sizes[::2], [f"{size}" for size in sizes[::2]])
            axes.minorticks_off()
            axes.set(ylim=(0, max(0.5, 1.9 * float(data[data["proposition"] == name]["total"].max()))))
            axes.set_title("\n".join(textwrap.wrap(titles[name], 30)[:2]), fontsize=6)
            axes.legend(loc="upper left", fontsize=6, handlelength=1.5, borderaxespad=0.1, labelspacing=0.15)
            axes.spines[["top", "right"]].set_visible(False)
            if n % columns == 0:
                axes.set_ylabel("total share")
            if n >= len(heads) - columns:
                axes.set_xlabel("base samples")
    return figure, data


def ranges_figure(rows: Sequence[Any], titles: dict[str, str], most: int = 3) -> tuple["Figure", "pd.DataFrame"]:
    """What becomes of each head as one parameter is held at quantiles of its prior; of the table "sweeps".

    Parameters
    ----------
    most
        parameters of each head, the first of the table
    """
    lines, records = list[tuple[str, str, list]](), []
    held = {name: len(_first([r["parameter"] for r in rows if r["proposition"] == name], most)) for name in titles}
    for name in titles:
        some = [r for r in rows if r["proposition"] == name]
        for parameter in _first([r["parameter"] for r in some], most):
            points = [r for r in some if r["parameter"] == parameter]
            first = parameter == some[0]["parameter"]  # the title takes the room of its parameters
            said = textwrap.wrap(titles[name], 34)[: held[name]]
            lines.append(("\n".join(said) if first else "", shortened(in_words(parameter), 38), points))
            about = {"proposition": name, "parameter": parameter, "unit": points[0]["unit"]}
            records += [{**about, **{k: r[k] for k in ("value", "head", "side")}, "fate": _fate(r)} for r in points]
    if not lines:
        raise NicheError("no parameter was held: there is nothing to draw")
    data, step = rounded(records), 3.1
    with style():
        from compendium.figures import page as _page

        width, left, top = millimetres("double"), 88, 4
        edge = (3 - left) / (width - left - 36)  # of the page, as a share of the panel
        figure = _page.page(width, top + step * len(lines) + 20)
        axes = _page.place_panel(figure, left, top, width - left - 36, step * len(lines))
        for i, (title, _, points) in enumerate(lines):
            for j, point in enumerate(points):
                marker, colour, _ = _FATES[_fate(point)]
                axes.plot(
                    [j],
                    [i],
                    marker,
                    markersize=3.5,
                    markerfacecolor=colour,
                    markeredgewidth=0.6,
                    markeredgecolor=PALETTE["blue"] if colour == "white" else colour,
                )
            unit = "" if points[0]["unit"] == "1" else f" {points[0]['unit']}"
            ends = f"{points[0]['value']:.3g} to {points[-1]['value']:.3g}{unit}"
            axes.text(1.02, i, ends, transform=axes.get_yaxis_transform(), va="center", fontsize=6)
            if title:
                axes.text(edge, i - 0.4, title, transform=axes.get_yaxis_transform(), va="top", fontsize=6)
                axes.axhline(
                    i - 0.5, color=GREY, linewidth=0.3, xmin=edge, xmax=1 + 33 / (width - left - 36), clip_on=False
                )
        axes.set(ylim=(len(lines) - 0.5, -0.5), xlim=(-0.5, len(lines[0][2]) - 0.5))
        axes.set_yticks(range(len(lines)), [typeset(line[1]) for line in lines])
        quantiles = np.linspace(0.5, 99.5, len(lines[0][2]))
        axes.set_xticks(range(len(quantiles)), [f"{q:g}" for q in quantiles])
        axes.set_xlabel("held at this percentile of its prior")
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
        entries = [(_handle(marker, colour), said) for marker, colour, said in _FATES.values()]
        _page.key(figure, entries, 4, top + step * len(lines) + 12, width - 8)
    return figure, data


def _fate(row: Any) -> str:
    if row["side"] < 0.5:
        return "sign"
    return "small" if abs(row["head"]) < row["least"] else "same"


def _first(names: Sequence[str], most: int) -> list[str]:
    return [name for name in dict.fromkeys(names) if name != OTHERS][:most]


def _handle(marker: str, colour: str) -> Any:
    from matplotlib.lines import Line2D

    edge = PALETTE["blue"] if colour == "white" else colour
    return Line2D([], [], linestyle="", marker=marker, markerfacecolor=colour, markeredgecolor=edge, markersize=3.5)
