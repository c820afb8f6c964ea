"""A page measured in millimetres. Imported late: it loads matplotlib."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from compendium.figures.house_style import DASHES, MM, PALETTE, look
from compendium.figures.sheets import PreviewSheet

# How sure a measurement's error is -> fill of its marker, words in the key.
BASES = {
    "reported": ("full", "measured (90 %), error reported"),
    "from range": ("left", "measured (90 %), error from a range"),
    "assumed": ("none", "measured (90 %), error assumed"),
    "": ("bottom", "measured, no error known"),
}


class Page(PreviewSheet):
    """A sheet measured for the look in force: it is as wide as that wants it."""


def page(width: float, height: float) -> Page:
    """An empty page, in mm."""
    return Page(figsize=(width * MM, height * MM), facecolor="white")


def place_panel(figure: Figure, left: float, top: float, width: float, height: float, **options: Any) -> Axes:
    """Axes at a place on the page, in mm from its left and upper edge."""
    full_width, full_height = (side / MM for side in figure.get_size_inches())
    bottom = 1 - (top + height) / full_height
    return figure.add_axes((left / full_width, bottom, width / full_width, height / full_height), **options)


def basis(row: Any, low: str) -> str:
    """Which of `BASES` a row of a table has; `low` names the column of the interval's lower end."""
    if row[low] != row[low]:
        return ""
    return str(row["sd_basis"]) if row["sd_basis"] in BASES and row["sd_basis"] else "assumed"


def filled(fill: str, colour: str) -> dict[str, Any]:
    """Marker options; a hollow marker covers its own error bar."""
    face = {"fillstyle": "full", "markerfacecolor": "white"} if fill == "none" else {"fillstyle": fill}
    return {"color": colour, "markeredgecolor": colour, "markerfacecoloralt": "white", "markeredgewidth": 0.7, **face}


def draw_line() -> float:
    """mm from one line of text to the next: 2.9 for 7 pt."""
    return 2.9 / 7 * look().text


def text_width(text: str, size: float) -> float:
    """Width of one line of text in mm."""
    return _text_width(text, size, look().fonts) if text.strip() else 0.0


@lru_cache(maxsize=4096)
def _text_width(text: str, size: float, fonts: tuple[str, ...]) -> float:
    width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(family=list(fonts), size=size), False)
    return 1.02 * width / 72 / MM  # hinting may widen it a little


def wrap(text: str, size: float, width: float) -> list[str]:
    """Lines of at most `width` mm; a word that is longer is broken."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if text_width(joined, size) <= width:
            lines[-1] = joined
            continue
        lines += [word] if lines[-1] else []
        lines[-1] = lines[-1] or word
        while text_width(lines[-1], size) > width and len(lines[-1]) > 1:
            cut = max(2, int(len(lines[-1]) * width / text_width(lines[-1], size)))
            cut = min(cut, len(lines[-1]) - 1)
            lines[-1:] = [lines[-1][:cut], lines[-1][cut:]]
    return lines


def key_height(entries: Sequence[tuple[Any, str]], width: float) -> float:
    """Height in mm that `key` will need, from setting it once on a page of its own."""
    trial = page(width, 100)
    key(trial, entries, 0, 0, width)
    return float(trial.legends[0].get_window_extent().height / trial.dpi / MM)


def key(figure: Figure, entries: Sequence[tuple[Any, str]], left: float, top: float, width: float) -> None:
    """A legend in as many columns as fit, at a place on the page in mm."""
    _legend(figure, entries, _columns([text for _, text in entries], width), left, top, width)


_HANDLE, _PAD, _BETWEEN = 2.6, 0.6, 1.8  # of the size of the type: a handle, from it to its text, between columns


def _columns(texts: Sequence[str], width: float) -> int:
    small = look().small
    em = small / 72 / MM
    wide = [text_width(text, small) + (_HANDLE + _PAD) * em for text in texts]
    for columns in range(len(texts), 1, -1):
        rows = -(-len(texts) // columns)
        full = -(-len(texts) // rows) == columns  # else matplotlib would leave a column empty
        parts = [float(max(part)) for part in np.array_split(wide, columns)]
        if full and sum(parts) + (columns - 1) * _BETWEEN * em < width - 1:
            return columns
    return 1


def _legend(
    figure: Figure, entries: Sequence[tuple[Any, str]], columns: int, left: float, top: float, width: float
) -> None:
    small = look().small
    room = width - (_HANDLE + _PAD) * small / 72 / MM - 1 if columns == 1 else math.inf
    full_width, full_height = (side / MM for side in figure.get_size_inches())
    figure.legend(
        [handle for handle, _ in entries],
        ["\n".join(wrap(text, small, room)) for _, text in entries],
        ncols=columns,
        loc="upper left",
        bbox_to_anchor=(left / full_width, 1 - top / full_height),
        borderaxespad=0,
        borderpad=0,
        fontsize=small,
        handlelength=_HANDLE,
        handletextpad=_PAD,
        columnspacing=_BETWEEN,
        labelspacing=0.45,
    )


def scale_axis(axis: Any, low: float, high: float, log: bool, most: int = 6) -> None:
    """Limits and a few plain-number ticks on a matplotlib axis; no mathtext, whose exponents would be too small."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log" if log else "linear", f"{axis.axis_name}lim": (low, high)})
    axis.set_minor_locator(NullLocator())
    axis.set_major_locator(
        FixedLocator(log_ticks(low, high, most)) if log else MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3)
    )
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain_text(value)))


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers inside the limits of a logarithmic axis, at most `most`."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for digits in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        ticks = [round(d * 10.0**e, 12 - e) for e in range(first, last + 1) for d in digits]
        inside = [t for t in ticks if low * (1 - 1e-9) <= t <= high * (1 + 1e-9)]
        if len(inside) <= most and (len(inside) > 2 or digits == (1,)):
            break
    if len(inside) < 3:
        near = MaxNLocator(most - 1, steps=[1, 2, 5, 10]).tick_values(low, high)
        return [float(t) for t in near if low <= t <= high]
    step = -(-len(inside) // most)
    keep = [t for t in inside if round(math.log10(t)) % step == 0] if step > 1 else inside
    return keep or inside[::step]


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain_text(value: float) -> str:
    """A number as it is printed: 0.5, 10, −20; beyond 10⁴ and 10⁻³ with a power of ten."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.6g}".replace("-", "−")
    digits, exponent = f"{value:.2e}".split("e")
    digits = digits.rstrip("0").rstrip(".")
    if not look().raised:  # a second font in the file for one sign would break the rule of a journal
        return f"{digits}e{int(exponent)}".replace("-", "−")
    power = "10" + str(int(exponent)).translate(_RAISED)
    return power if digits == "1" else f"{digits}×{power}".replace("-", "−")


def short(value: float) -> str:
    """A number at two significant digits."""
    return plain_text(float(f"{value:.2g}"))


def arm_styles(arms: Sequence[str], control: str | None) -> dict[str, tuple[str, tuple[float, ...]]]:
    """Colour and dashes of each arm; no two arms share both. The control arm is black and solid."""
    colours = [colour for name, colour in PALETTE.items() if control is None or name != "black"]
    others = [arm for arm in arms if arm != control]
    chosen = {
        arm: (colours[i % len(colours)], DASHES[(i % len(colours) + i // len(colours)) % len(DASHES)])
        for i, arm in enumerate(others)
    }
    return chosen | ({control: (PALETTE["black"], ())} if control is not None else {})
