"""The style of a journal figure: widths, type, colours."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from niche.errors import NicheError, unknown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from compendium.figures.journals import Journal

WIDTHS = {"single": 89.0, "middle": 120.0, "double": 183.0}  # mm: one column, one and a half, two
MM = 1 / 25.4  # inches
NINETY = 1.64  # standard errors on either side of a number: its central 90 %
# Okabe and Ito 2008, in an order whose every pair stays apart for deuteranopes and protanopes (a test measures it).
PALETTE = {"blue": "#0072B2", "vermilion": "#D55E00", "green": "#009E73", "sky": "#56B4E9", "black": "#000000"}
GREY = "#8C8C8C"
# How far apart two colours of the palette have to look at the least: CAM02-UCS under full protanopia, deuteranopia and
# none (Petroff, github.com/mpetroff/color-sets: sets of six colours); CIEDE2000 under tritanopia, which is rare and the
# palette's weak side (10: a rule of thumb of the R packages autograph and countryatlas, there of the larger CIE76).
# Where colours stand for arms, dashes or markers differ too.
APART = {"normal": 20.0, "protanopia": 20.0, "deuteranopia": 20.0, "tritanopia": 10.0}
DASHES: tuple[tuple[float, ...], ...] = ((), (4, 1.5), (1, 1), (6, 1.2, 1, 1.2))


@dataclass(frozen=True)
class Look:
    """What a figure is laid out for: the house style, or a journal's.

    Attributes
    ----------
    widths
        mm by name
    only
        the one width in mm that every figure takes, or None
    text, small
        pt of labels, and of ticks, keys and remarks
    least
        pt below which nothing may be
    fonts
        families in order, the later ones for signs that the first has not
    raised
        whether the first font has raised digits, 10⁻⁵
    """

    widths: Mapping[str, float] = field(default_factory=lambda: WIDTHS)
    text: float = 7.0
    small: float = 6.0
    least: float = 6.0
    fonts: tuple[str, ...] = ("DejaVu Sans",)
    raised: bool = True
    journal: "Journal | None" = None
    only: float | None = None


HOUSE = Look()
_LOOK: ContextVar[Look | None] = ContextVar("look", default=None)


def look() -> Look:
    """The look in force: the house's, that of `drawn_for`, or the one that $NICHE_JOURNAL names ("plos", "plos:120").

    The variable is how a run of a notebook, which is another process, is told.
    """
    if (found := _LOOK.get()) is not None:
        return found
    if named := os.environ.get("NICHE_JOURNAL"):
        name, _, width = named.partition(":")
        return journal_look(name, float(width) if width else None)
    return HOUSE


@contextmanager
def drawn_for(what: Look) -> Iterator[None]:
    """Everything that is drawn inside has this look."""
    token = _LOOK.set(what)
    try:
        yield
    finally:
        _LOOK.reset(token)


@lru_cache(maxsize=64)
def journal_look(name: str, only: float | None = None) -> Look:
    """How a journal wants it; `only`: mm, the width of every figure. Raises `NicheError` for what it does not know."""
    from compendium.figures.journals import journal

    asked = journal(name)
    fonts, raised = _fonts((*asked.value("fonts"), *asked.value("stand_ins", ())))
    return Look(asked.widths, asked.text, asked.small, asked.value("text_min"), fonts, raised, asked, only)


def _fonts(wanted: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """The first of these families that is installed, then matplotlib's own; whether the first has raised digits."""
    from matplotlib.font_manager import findfont, findSystemFonts, fontManager, get_font

    def installed() -> list[str]:
        names = {font.name for font in fontManager.ttflist}
        return [name for name in wanted if name in names]

    if not installed():  # matplotlib keeps a list of fonts, which may be older than the font
        starts = tuple(name.replace(" ", "").lower() for name in wanted)
        for file in sorted(findSystemFonts()):
            if Path(file).name.lower().startswith(starts):
                fontManager.addfont(file)
    found = installed()[:1]
    signs = get_font(findfont(found[0])).get_charmap() if found else dict.fromkeys(map(ord, "⁻⁰⁴⁵⁶⁷⁸⁹"))
    return (*found, "DejaVu Sans"), all(ord(sign) in signs for sign in "⁻⁰⁴⁵⁶⁷⁸⁹")


def _rc() -> dict[str, Any]:
    import seaborn as sns
    from cycler import cycler

    now = look()

    lines = {f"{axis}tick.major.{part}": size for axis in "xy" for part, size in (("width", 0.5), ("size", 2.5))}
    lines |= {f"{axis}tick.minor.{part}": size for axis in "xy" for part, size in (("width", 0.4), ("size", 1.5))}
    return {
        **sns.axes_style("ticks"),
        **lines,
        "font.family": list(now.fonts),
        "mathtext.fontset": "dejavusans",
        "text.parse_math": False,
        "font.size": now.text,
        "axes.labelsize": now.text,
        "axes.titlesize": now.text,
        "figure.titlesize": now.text,
        "xtick.labelsize": now.small,
        "ytick.labelsize": now.small,
        "legend.fontsize": now.small,
        "xtick.major.pad": 2,
        "ytick.major.pad": 2,
        "axes.labelpad": 2.5,
        "axes.linewidth": 0.5,
        "lines.linewidth": 1.0,
        "lines.markersize": 4,
        "patch.linewidth": 0.5,
        "axes.edgecolor": "black",
        "axes.labelcolor": "black",
        "text.color": "black",
        "xtick.color": "black",
        "ytick.color": "black",
        "axes.formatter.useoffset": False,
        "axes.prop_cycle": cycler(color=list(PALETTE.values())),
        "legend.frameon": False,
        "figure.facecolor": "white",
        "figure.dpi": 150,
        "savefig.dpi": 300,
        "savefig.facecolor": "white",
        "savefig.bbox": None,
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
        "svg.fonttype": "none",
        "svg.hashsalt": "niche",
    }


@contextmanager
def style() -> Iterator[None]:
    """The journal style, whatever the reader's own settings: 7 pt DejaVu Sans, thin axes, safe colours."""
    import matplotlib.style

    with matplotlib.style.context(["default", _rc()]):
        yield


def millimetres(width: str | float) -> float:
    """A width by name ("single", "middle", "double") or in mm (60 mm to two columns), of the look in force."""
    now = look()
    if isinstance(width, str) and width not in now.widths:
        raise unknown("width", width, now.widths)
    wide = now.widths[width] if isinstance(width, str) else float(width)
    if now.only is not None:
        return now.only
    if not 60 <= wide <= now.widths["double"]:
        raise NicheError(f"a figure is 60 to {now.widths['double']:g} mm wide, got {width!r}")
    return wide


def typeset(text: str) -> str:
    """Names as they are printed: "TGF-beta" is TGF-β, "beta2 signal" is β2 signal."""
    for name, letter in (("alpha", "α"), ("beta", "β")):
        text = re.sub(rf"\b{name}(?=\d|\b)", letter, text)
    return text


@contextmanager
def laid_out(figure: "Figure") -> Iterator[None]:
    """The style, with the figure laid out once: whatever is looked at or written inside has everything in one place."""
    with style():
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure)
        figure.set_layout_engine("none")
        try:
            yield
        finally:
            figure.set_layout_engine(engine)
