"""What an editor would send back, found in a figure before it is saved."""

import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import MM, laid_out, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

# Mathtext that nobody set: "$\\mathdefault{10^{-4}}$", "$x^2$". A price, "$5", is none.
MATHTEXT = re.compile(r"\\math|\$[^$]*[\\\\^_{][^$]*\$")
_HAIR = 0.01  # inches: what may stick out
_MOST = 0.5  # of its axes, that a legend may cover
_BESIDE = 0.1  # of a legend, that may lie in the axes beside which it stands
_TOUCH = -0.7  # px by which two labels may touch


def problems(figure: "Figure") -> list[str]:
    """What a journal would send back; empty when there is nothing.

    Text below the least size, signs of mathtext, anything outside the page, labels of an axis that run into one
    another, a legend that leaves its axes or covers more than half of them.
    """
    from matplotlib.text import Text

    least = look().least
    with laid_out(figure):
        # get_tightbbox is in inches from the page's lower left corner, and sets the ticks and their labels.
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        drawn = [t for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible() and t.get_text().strip()]
        sizes = [(t.get_text(), float(t.get_fontsize())) for t in drawn]
        found = [f"{text!r} is set in {size:g} pt, below {least:g} pt" for text, size in sizes if size < least - 1e-6]
        found += [f"{text!r} prints the signs of a formula" for text, _ in sizes if MATHTEXT.search(text)]
        over = {"left": -box.x0, "bottom": -box.y0, "right": box.x1 - width, "top": box.y1 - height}
        found += [f"something is cut off at the {side}, by {by / MM:.1f} mm" for side, by in over.items() if by > _HAIR]
        figure.draw_without_rendering()
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                along = int(axis is axes.yaxis)
                labels = sorted(tick_labels(axes, axis), key=lambda label: label.get_window_extent().bounds[along])
                pairs = itertools.pairwise(labels)
                found += [f"{a.get_text()!r} runs into {b.get_text()!r}" for a, b in pairs if touching(a, b)]
            found += _legend(axes)
    return found


def tick_labels(axes: Any, axis: Any) -> "Iterator[Text]":
    """The labels of an axis that are drawn. The figure is drawn already."""
    if not (axes.get_visible() and axes.axison and axis.get_visible()):
        return
    low, high = sorted(axis.get_view_interval())
    for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
        for label in (tick.label1, tick.label2):
            if low <= tick.get_loc() <= high and label.get_visible() and label.get_text().strip():
                yield label


def touching(one: "Text", two: "Text", pad: float = _TOUCH) -> bool:
    """Whether two texts run into one another. Slanted ones are taken as apart.

    Parameters
    ----------
    pad
        added around each text [px]
    """
    if one.get_rotation() % 90 or two.get_rotation() % 90:
        return False
    return bool(one.get_window_extent().padded(pad).overlaps(two.get_window_extent().padded(pad)))


def _legend(axes: Any) -> list[str]:
    """What is wrong with a legend that stands in its axes; one that stands beside them takes no room of the data."""
    legend = axes.get_legend()
    if legend is None or not legend.get_visible():
        return []
    inside, box = axes.get_window_extent(), legend.get_window_extent()
    across, down = (min(box.x1, inside.x1) - max(box.x0, inside.x0), min(box.y1, inside.y1) - max(box.y0, inside.y0))
    if min(across, down) <= 0 or across * down < _BESIDE * box.width * box.height:
        return []
    found = []
    by = max(inside.x0 - box.x0, box.x1 - inside.x1, inside.y0 - box.y0, box.y1 - inside.y1) / axes.figure.dpi
    if by > _HAIR:
        found.append(f"a legend leaves its axes by {by / MM:.1f} mm")
    if box.width * box.height > _MOST * inside.width * inside.height:
        found.append("a legend covers more than half of its axes")
    return found
