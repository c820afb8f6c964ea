"""A page measured in millimetres. Imported late: it loads matplotlib."""

import io
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from niche.figures.style import DASHES, MM, PALETTE, look, style

# How sure a measurement's error is -> fill of its marker, words in the key.
BASES = {
    "reported": ("full", "measured (90 %), error reported"),
    "from range": ("left", "measured (90 %), error from a range"),
    "assumed": ("none", "measured (90 %), error assumed"),
    "": ("bottom", "measured, no error known"),
}


class Page(Figure):
    """A figure that does not depend on pyplot: nothing to close, and shown where it is the last line of a cell.

    drawn : how to draw it again from its table, {"by": a function of this package, "options": {...}}, or None
    """

    drawn: dict[str, Any] | None = None

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        data = io.BytesIO()
        with style():
            self.savefig(data, format="png", dpi=200, metadata={"Software": None})
        return data.getvalue(), {"width": round(self.get_size_inches()[0] * 115)}


def page(width: float, height: float) -> Page:
    """An empty page, in mm."""
    return Page(figsize=(width * MM, height * MM), facecolor="white")


def panel(figure: Figure, left: float, top: float, width: float, height: float, **options: Any) -> Axes:
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


def line() -> float:
    """mm from one line of text to the next: 2.9 for 7 pt."""
    return 2.9 / 7 * look().text


def text_width(text: str, size: float) -> float:
    """Width of one line of text in mm."""
    return _text_width(text, size, look().fonts) if text.strip() else 0.0


@lru_cache(maxsize=4096)
def _text_width(text: str, size: float, fonts: tuple[str, ...]) -> float:
    path = TextPath((0, 0), text, size=size, prop=FontProperties(family=list(fonts)), usetex=False)
    # The curves of letters have points at their ends, so no curve need be solved; hinting may widen it a little.
    return 1.02 * float(path.vertices[:, 0].max()) / 72 / MM


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
    """Height in mm that `key` will need."""
    return _key_size(entries, _columns(entries, width), width)[1]


def key(figure: Figure, entries: Sequence[tuple[Any, str]], left: float, top: float, width: float) -> None:
    """A legend in as many columns as fit, at a place on the page in mm."""
    _legend(figure, entries, _columns(entries, width), left, top, width)


def _columns(entries: Sequence[tuple[Any, str]], width: float) -> int:
    for columns in range(len(entries), 1, -1):
        rows = -(-len(entries) // columns)
        full = -(-len(entries) // rows) == columns  # else matplotlib would leave a column empty
        if full and _key_size(entries, columns, width)[0] < width - 1:
            return columns
    return 1


def _key_size(entries: Sequence[tuple[Any, str]], columns: int, width: float) -> tuple[float, float]:
    """Width and height in mm, from setting it once on a page of its own."""
    trial = page(width, 100)
    _legend(trial, entries, columns, 0, 0, width)
    trial.draw_without_rendering()
    box = trial.legends[0].get_window_extent()
    return float(box.width / trial.dpi / MM), float(box.height / trial.dpi / MM)


def _legend(
    figure: Figure, entries: Sequence[tuple[Any, str]], columns: int, left: float, top: float, width: float
) -> None:
    small = look().small
    room = width - 3.2 * small / 72 / MM - 1 if columns == 1 else math.inf
    full_width, full_height = (side / MM for side in figure.get_size_inches())
    figure.legend(
        [handle for handle, _ in entries], ["\n".join(wrap(text, small, room)) for _, text in entries], ncols=columns,
        loc="upper left", bbox_to_anchor=(left / full_width, 1 - top / full_height), borderaxespad=0, borderpad=0,
        fontsize=small, handlelength=2.6, handletextpad=0.6, columnspacing=1.8, labelspacing=0.45,
    )  # fmt: skip


def scale_axis(axis: Any, low: float, high: float, log: bool, most: int = 6) -> None:
    """Limits and a few plain-number ticks on a matplotlib axis; no mathtext, whose exponents would be too small."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log" if log else "linear", f"{axis.axis_name}lim": (low, high)})
    axis.set_minor_locator(NullLocator())
    axis.set_major_locator(
        FixedLocator(log_ticks(low, high, most)) if log else MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3)
    )
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))


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


def plain(value: float) -> str:
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
    return plain(float(f"{value:.2g}"))


def arm_styles(arms: Sequence[str], control: str | None) -> dict[str, tuple[str, tuple[float, ...]]]:
    """Colour and dashes of each arm; no two arms share both. The control arm is black and solid."""
    colours = [colour for name, colour in PALETTE.items() if control is None or name != "black"]
    others = [arm for arm in arms if arm != control]
    chosen = {arm: (colours[i % len(colours)], DASHES[(i % len(colours) + i // len(colours)) % len(DASHES)])
              for i, arm in enumerate(others)}  # fmt: skip
    return chosen | ({control: (PALETTE["black"], ())} if control is not None else {})
