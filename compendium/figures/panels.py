"""Figures of a notebook's own: panels on a sheet, and tables as colours."""

from typing import TYPE_CHECKING, Any

import numpy as np

from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh

    from compendium.figures.sheets import PreviewSheet

_LIGHT = 0.408  # relative luminance above which a dark text reads better (as seaborn has it)


def subplots(
    rows: int = 1, columns: int = 1, *, figsize: tuple[float, float], layout: Any = None, **options: Any
) -> "tuple[PreviewSheet, Any]":
    """A sheet and its axes, as `matplotlib.pyplot.subplots` gives them; figsize in inches."""
    from compendium.figures.sheets import PreviewSheet

    sheet = PreviewSheet(figsize=figsize, layout=layout, facecolor="white")
    return sheet, sheet.subplots(rows, columns, **options)


def heat(
    axes: "Axes",
    table: "pd.DataFrame",
    *,
    cmap: str,
    norm: Any = None,
    ends: tuple[float, float] | None = None,
    text: "pd.DataFrame | np.ndarray | None" = None,
    edge: str = "white",
    width: float = 0.3,
    square: bool = False,
    turned: bool = False,
) -> "QuadMesh":
    """Draw each number of a table as a colour, the first row on top, with the names of rows and columns.

    seaborn's heat map draws the whole figure anew for every panel, to see whether the names fit; a page of nine took
    eight seconds.

    Parameters
    ----------
    norm
        of matplotlib, or `ends` of a linear scale
    text
        same shape as the table, "" for none; NaN has neither colour nor edge
    edge, width
        of the lines between cells, width in pt
    square
        cells are squares
    turned
        names of columns stand upright

    Returns
    -------
    QuadMesh
        the mesh, for a colour bar

    Raises
    ------
    NicheError
        for texts of another shape
    """
    values = table.to_numpy(dtype=float)
    low, high = ends or (None, None)
    blank = np.isnan(values)
    edges = np.where(blank, "none", edge).ravel().tolist() if blank.any() else edge
    mesh = axes.pcolormesh(
        np.ma.masked_invalid(values), cmap=cmap, norm=norm, vmin=low, vmax=high, edgecolors=edges, linewidth=width
    )
    rows, columns = values.shape
    axes.set(xlim=(0, columns), ylim=(rows, 0), aspect="equal" if square else "auto")
    axes.set_xticks(np.arange(columns) + 0.5, [str(name) for name in table.columns], rotation=90 if turned else 0)
    axes.set_yticks(np.arange(rows) + 0.5, [str(name) for name in table.index])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if text is not None:
        _write(axes, mesh, np.asarray(text, dtype=object), values.shape)
    return mesh


def _write(axes: "Axes", mesh: "QuadMesh", text: np.ndarray, shape: tuple[int, ...]) -> None:
    if text.shape != shape:
        raise NicheError(f"the texts of a heat map have the shape {text.shape}, its numbers {shape}")
    mesh.update_scalarmappable()
    colours = np.asarray(mesh.get_facecolor())[:, :3].reshape(*shape, 3)
    linear = np.where(colours <= 0.03928, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    light = linear @ [0.2126, 0.7152, 0.0722] > _LIGHT  # WCAG 2: relative luminance
    for (i, j), said in np.ndenumerate(text):
        if said:
            axes.text(
                j + 0.5,
                i + 0.5,
                said,
                ha="center",
                va="center",
                fontsize=6,
                linespacing=0.95,
                color="0.15" if light[i, j] else "white",
            )
