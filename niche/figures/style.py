"""The style of a journal figure: widths, type, colours; and what an editor would send back."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from niche.errors import NicheError, unknown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTHS = {"single": 89.0, "middle": 120.0, "double": 183.0}  # mm: one column, one and a half, two
TEXT, SMALL = 7.0, 6.0  # pt; nothing is smaller than SMALL
MM = 1 / 25.4  # inches
# Okabe and Ito 2008, in an order whose every pair stays apart for deuteranopes and protanopes (a test measures it).
PALETTE = {"blue": "#0072B2", "vermilion": "#D55E00", "green": "#009E73", "sky": "#56B4E9", "black": "#000000"}
GREY = "#8C8C8C"
DASHES: tuple[tuple[float, ...], ...] = ((), (4, 1.5), (1, 1), (6, 1.2, 1, 1.2))


def _rc() -> dict[str, Any]:
    import seaborn as sns
    from cycler import cycler

    lines = {f"{axis}tick.major.{part}": size for axis in "xy" for part, size in (("width", 0.5), ("size", 2.5))}
    lines |= {f"{axis}tick.minor.{part}": size for axis in "xy" for part, size in (("width", 0.4), ("size", 1.5))}
    return {
        **sns.axes_style("ticks"), **lines,
        "font.family": ["DejaVu Sans"], "mathtext.fontset": "dejavusans", "text.parse_math": False,
        "font.size": TEXT, "axes.labelsize": TEXT, "axes.titlesize": TEXT, "figure.titlesize": TEXT,
        "xtick.labelsize": SMALL, "ytick.labelsize": SMALL, "legend.fontsize": SMALL,
        "xtick.major.pad": 2, "ytick.major.pad": 2, "axes.labelpad": 2.5,
        "axes.linewidth": 0.5, "lines.linewidth": 1.0, "lines.markersize": 4, "patch.linewidth": 0.5,
        "axes.edgecolor": "black", "axes.labelcolor": "black", "text.color": "black",
        "xtick.color": "black", "ytick.color": "black", "axes.formatter.useoffset": False,
        "axes.prop_cycle": cycler(color=list(PALETTE.values())), "legend.frameon": False,
        "figure.facecolor": "white", "figure.dpi": 150, "savefig.dpi": 300, "savefig.facecolor": "white",
        "savefig.bbox": None, "pdf.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "niche",
    }  # fmt: skip


@contextmanager
def style() -> Iterator[None]:
    """The journal style, whatever the reader's own settings: 7 pt DejaVu Sans, thin axes, safe colours."""
    import matplotlib.style

    with matplotlib.style.context(["default", _rc()]):
        yield


def millimetres(width: str | float) -> float:
    """A width by name ("single", "middle", "double") or in mm (60 to 183)."""
    if isinstance(width, str):
        if width not in WIDTHS:
            raise unknown("width", width, WIDTHS)
        return WIDTHS[width]
    if not 60 <= width <= WIDTHS["double"]:
        raise NicheError(f"a figure is 60 to 183 mm wide, got {width!r}")
    return float(width)


def typeset(text: str) -> str:
    """Names as they are printed: "TGF-beta" is TGF-β, "beta2 signal" is β2 signal."""
    for name, letter in (("alpha", "α"), ("beta", "β")):
        text = re.sub(rf"\b{name}(?=\d|\b)", letter, text)
    return text


def problems(figure: "Figure") -> list[str]:
    """What a journal would send back: text below 6 pt, and anything outside the page. Empty when there is nothing."""
    from matplotlib.text import Text

    with style():
        figure.draw_without_rendering()
        drawn = [t for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible() and t.get_text().strip()]
        sizes = [(t.get_text(), float(t.get_fontsize())) for t in drawn]
        found = [f"{text!r} is set in {size:g} pt, below {SMALL:g} pt" for text, size in sizes if size < SMALL - 1e-6]
        # get_tightbbox is in inches from the page's lower left corner; a hundredth of an inch is a hair line.
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    over = {"left": -box.x0, "bottom": -box.y0, "right": box.x1 - width, "top": box.y1 - height}
    found += [f"something is cut off at the {side}, by {by / MM:.1f} mm" for side, by in over.items() if by > 0.01]
    return found
