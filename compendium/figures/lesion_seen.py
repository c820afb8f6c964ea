"""When imaging would see a lesion: pictures of its nerves, fibres needed, and sizes at which each modality sees it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.figures.house_style import GREY, MM, PALETTE, millimetres, style
from compendium.figures.page import scale_axis
from compendium.figures.saving import rounded

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ENDS = (0.05, 0.5, 0.95)
_COLOURS = tuple(PALETTE.values())


def lesion_seen(
    pictures: Mapping[str, np.ndarray],
    pixel: float,
    diameters: Sequence[float],
    folds: Mapping[str, np.ndarray],
    heart: float,
    sizes: Mapping[str, np.ndarray],
    most: float,
    width: str | float = "double",
) -> tuple["Figure", "pd.DataFrame"]:
    """What scanners make of a rim of fibres, how dense it would have to be, and who sees the lesion first.

    Parameters
    ----------
    pictures
        heading -> picture over normal marrow, shape (n, n), all of one pixel [mm]
    diameters
        mm, of the lesions of `folds`
    folds
        modality -> fibres needed, fold of normal marrow, shape (draws, diameters)
    heart
        fold at which tissue has the fibres of heart muscle
    sizes
        modality -> diameter [mm] at first sight, shape (draws,), infinite where there is none up to `most`

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: panel, modality, x (diameter), 5, 50 and 95 %, share never seen
    """
    from compendium.figures.sheets import PreviewSheet

    wide = millimetres(width) * MM
    with style():
        figure = PreviewSheet(figsize=(wide, wide * 0.62), layout="constrained", facecolor="white")
        halves: Any = figure.subfigures(2, 1, height_ratios=(0.8, 1), hspace=0.04)
        upper, lower = halves
        _pictures(upper.subplots(1, len(pictures)), pictures, pixel)
        left, right = lower.subplots(1, 2, width_ratios=(1, 1.25))
        rows = _folds(left, diameters, folds, heart) + _sizes(right, sizes, most)
    return figure, rounded({name: [row[name] for row in rows] for name in rows[0]})


def _pictures(axes: "Sequence[Axes]", pictures: Mapping[str, np.ndarray], pixel: float) -> None:
    """Each on its own grey scale, from its least to its most: what can be seen at the best."""
    for i, (ax, (heading, shown)) in enumerate(zip(axes, pictures.items(), strict=True)):
        half = shown.shape[0] * pixel / 2
        ax.imshow(shown, cmap="gray", extent=(-half, half, -half, half), interpolation="nearest")
        ax.set_title(heading)
        ax.set_xlabel(f"{shown.min():.3g} to {shown.max():.3g}")
        ax.set(xticks=[], yticks=[])
        if not i:
            ax.plot([-0.9 * half, -0.9 * half + 5], [-0.88 * half] * 2, color="white", linewidth=2)
            ax.text(-0.9 * half + 2.5, -0.84 * half, "5 mm", color="white", ha="center", va="bottom", fontsize=6)


def _folds(ax: "Axes", diameters: Sequence[float], folds: Mapping[str, np.ndarray], heart: float) -> list[dict]:
    rows: list[dict] = []
    shown = [heart]
    for colour, (name, values) in zip(_COLOURS, folds.items(), strict=False):
        ends = np.quantile(values, _ENDS, axis=0, method="nearest")
        ends = np.where(np.isinf(ends), np.nan, ends)
        low, middle, high = ends
        ax.fill_between(diameters, low, high, color=colour, alpha=0.15, linewidth=0)
        ax.plot(diameters, middle, color=colour, marker="o", markersize=3, label=name)
        shown += list(ends.ravel())
        rows += [_row("fibres needed", name, d, ends[:, i]) for i, d in enumerate(diameters)]
    ax.axhline(heart, color="black", dashes=(4, 1.5), linewidth=0.7)
    ax.text(diameters[0], heart * 0.88, "as in heart muscle", va="top", fontsize=6)
    low, high = np.nanmin(shown), np.nanmax(shown)
    ax.set(xscale="log", yscale="log", ylim=(low / 1.5, high * 1.5), xlabel="diameter of the tumour (mm)")
    scale_axis(ax.yaxis, low / 1.5, high * 1.5, True)
    ax.set_ylabel("sympathetic fibres needed in the rim\n(times normal marrow)")
    ax.set_xticks(list(diameters), [f"{d:g}" for d in diameters])
    ax.set_xticks([], minor=True)
    ax.legend(loc="upper right")
    return rows


def _sizes(ax: "Axes", sizes: Mapping[str, np.ndarray], most: float) -> list[dict]:
    rows = []
    for i, (name, values) in enumerate(sizes.items()):
        never = float(np.isinf(values).mean())
        ends = np.quantile(np.minimum(values, most), _ENDS, method="nearest")
        low, middle, high = ends
        if never < 1:
            ax.plot([low, high], [i, i], color=PALETTE["blue"], linewidth=2, solid_capstyle="butt")
        if never < 0.5:
            ax.plot(middle, i, "o", color="black", markersize=4)
        if never:
            ax.text(most * 0.93, i - 0.12, f"never in {never:.0%}", ha="right", va="bottom", fontsize=6, color="black")
        rows.append(_row("first seen", name, float("nan"), ends, never))
    ax.axvline(most, color=GREY, linewidth=0.5)
    ax.set(
        xscale="log", xlim=(0.2, most * 1.2), ylim=(len(sizes) - 0.5, -0.7), xlabel="diameter when half are seen (mm)"
    )
    ax.set_yticks(range(len(sizes)), list(sizes))
    ax.set_xticks([0.3, 1, 3, 10, 30, 100], ["0.3", "1", "3", "10", "30", "100"])
    ax.set_xticks([], minor=True)
    return rows


def _row(panel: str, name: str, at: float, ends: np.ndarray, never: float = float("nan")) -> dict:
    low, middle, high = (float(x) for x in ends)
    return {"panel": panel, "modality": name, "diameter": at, "5 %": low, "50 %": middle, "95 %": high, "never": never}
