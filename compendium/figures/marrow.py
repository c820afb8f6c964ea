"""Still pictures of a marrow slice with a scale bar: bone, tumour and fibres, and what spreads there."""

from typing import TYPE_CHECKING

import numpy as np

from compendium.figures.house_style import MM, PALETTE, millimetres, style
from niche.errors import NicheError, unknown
from niche.tissue import Course
from niche.tissue.run import MAPS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAID = {
    "NGF": "nerve growth factor, against rest",
    "release": "bone resorption around, against rest",
    "noradrenaline": "noradrenaline of fibres, against rest",
    "pain": "excitation of pain fibres",
}
_BONE, _TUMOUR = "#D9D0C1", "#7A1F5C"


def still(
    course: Course, spacing: float, *, shown: tuple[str, ...] = ("NGF", "release"), at: int = -1, bar: float = 200.0
) -> tuple["Figure", "pd.DataFrame"]:
    """Tissue with fibres, and some fields beside it, on one of the days that were kept.

    Parameters
    ----------
    spacing
        of the grid [um]
    shown
        fields, of `SAID`
    at
        which of the days that were kept
    bar
        length of the scale bar [um]

    Returns
    -------
    figure, table
        the table gives mean and range of each map on that day

    Raises
    ------
    NicheError
        for a field that there is not, and a bar that is longer than the slice
    """
    import matplotlib.pyplot as plt
    import pandas as pd

    for name in shown:
        if name not in SAID:
            raise unknown("field", name, SAID)
    rows, columns = course.maps["mineral"][at].shape
    if not 0 < bar < columns * spacing:
        raise NicheError(f"bar: above 0 and below the {columns * spacing:g} um of the slice, got {bar!r}")
    with style():
        width = millimetres("double") * MM
        size = width, width / (1 + len(shown)) * 1.25
        figure, axes = plt.subplots(1, 1 + len(shown), figsize=size, layout="constrained")
        panels = np.atleast_1d(axes)
        _tissue(panels[0], course, spacing, at)
        for axis, name in zip(panels[1:], shown, strict=True):
            drawn = np.ma.masked_where(course.maps["mineral"][at] > 0.5, course.maps[name][at])
            picture = axis.imshow(drawn, cmap="viridis", extent=(0, columns * spacing, rows * spacing, 0))
            axis.set_facecolor(_BONE)
            axis.set_title(SAID[name])
            figure.colorbar(picture, ax=axis, location="bottom", shrink=0.8)
        for axis in panels:
            axis.set(xticks=[], yticks=[], anchor="N")
            _scale(axis, rows * spacing, bar)
    day = course.rows[at]["day"]
    table = pd.DataFrame(
        [
            {"map": name, "day": day, "mean": float(v.mean()), "least": float(v.min()), "most": float(v.max())}
            for name in MAPS
            for v in (course.maps[name][at],)
        ]
    )
    return figure, table


def _tissue(axis: "Axes", course: Course, spacing: float, at: int) -> None:
    """Bone in sand, tumour in purple, sensory fibres in orange, sympathetic ones in blue."""
    from matplotlib.colors import to_rgb

    mineral, tumour = course.maps["mineral"][at][..., None], course.maps["tumour"][at][..., None]
    colour = np.ones((*mineral.shape[:2], 3))
    colour += np.clip(tumour, 0, 1) * 0.75 * (np.array(to_rgb(_TUMOUR)) - colour)
    colour += mineral * (np.array(to_rgb(_BONE)) - colour)
    rows, columns = mineral.shape[:2]
    axis.imshow(np.clip(colour, 0, 1), extent=(0, columns * spacing, rows * spacing, 0))
    for nerve, shade in ((course.state.sensory, PALETTE["vermilion"]), (course.state.sympathetic, PALETTE["blue"])):
        r, s = nerve.resting, nerve.sprouts
        if at in (-1, len(course.rows) - 1):  # where each fibre runs is known of the last day alone
            axis.plot(r.x[r.alive], r.y[r.alive], ",", color=shade, alpha=0.9)
            axis.plot(s.piece_x[s.piece_alive], s.piece_y[s.piece_alive], ",", color=shade, alpha=0.9)
    axis.set_title("bone, tumour (purple) and fibres")
    axis.set_xlabel("sensory fibres orange, sympathetic blue")


def _scale(axis: "Axes", height: float, bar: float) -> None:
    from matplotlib.patches import Rectangle

    left, low = 0.04 * height, 0.96 * height
    back = Rectangle((left - 0.02 * height, low - 0.12 * height), bar + 0.2 * height, 0.14 * height)
    back.set(facecolor="white", alpha=0.85, edgecolor="none", zorder=3)
    axis.add_patch(back)
    axis.plot([left, left + bar], [low, low], color="black", linewidth=2.5, solid_capstyle="butt", zorder=4)
    axis.text(left, low - 0.02 * height, f"{bar:g} µm", ha="left", va="bottom", zorder=4)
