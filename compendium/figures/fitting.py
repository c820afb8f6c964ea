"""A figure drawn for the house style, laid out anew for a journal: type, width, then as high as it needs."""

import itertools
from typing import TYPE_CHECKING, Any

from compendium.figures.fit_to_print import problems, tick_labels, touching
from compendium.figures.house_style import MM, look, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_ROOM = 1.2  # times the thinnest line that is allowed
_APART = 1.0  # px that texts keep from one another where there is room
_TALLER = (1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.5, 3.0)


def fit_to_page(figure: "Figure") -> list[str]:
    """Give a figure the type and the width of the look in force; nothing is scaled.

    Pages of `compendium.figures` have their width already. Others take the column that they were drawn for, and become
    higher where their texts would run into one another.

    Returns
    -------
    list[str]
        what is still wrong with it, empty when nothing is
    """
    from compendium.figures.page import Page

    with style():
        _type(figure)
        _lines(figure)
        if isinstance(figure, Page):
            return faults(figure)
        wide, high = (side / MM for side in figure.get_size_inches())
        name = "single" if wide < 100 else "middle" if wide < 150 else "double"
        now = look()
        new = now.only or now.widths[name]
        limit = now.journal.value("max_height") if now.journal else 1e9
        tried: list[tuple[int, float]] = []
        for factor in _TALLER:
            height = min(high * new / wide * factor, limit)
            if _count(figure, new, height, tried) == 0 or height == limit:
                break
        _, height = min(tried)
        figure.set_size_inches(new * MM, height * MM)
        return faults(figure)


def _count(figure: "Figure", wide: float, high: float, tried: list[tuple[int, float]]) -> int:
    figure.set_size_inches(wide * MM, high * MM)
    tried.append((len(faults(figure, _APART)), high))
    return tried[-1][0]


def _type(figure: "Figure") -> None:
    from matplotlib.text import Text

    now = look()
    most = now.journal.value("text_max") if now.journal else 1e9
    for text in figure.findobj(Text):
        text.set_fontfamily(list(now.fonts))
        size = float(text.get_fontsize())
        text.set_fontsize(now.small if size < now.small else min(size, most))


def _lines(figure: "Figure") -> None:
    """No line thinner than the journal asks for, with some room for a page that is shrunk."""
    now = look()
    least = _ROOM * float(now.journal.value("line_min", 0)) if now.journal else 0.0
    for artist in figure.findobj(lambda one: hasattr(one, "set_linewidth")):
        line: Any = artist
        old = line.get_linewidth()  # of a collection, one for each of its parts
        single = isinstance(old, int | float)
        new = [least if 0 < width < least else float(width) for width in ([old] if single else old)]
        if new != list([old] if single else old):
            line.set_linewidth(new[0] if single or len(new) == 1 else new)


def faults(figure: "Figure", pad: float = -0.7) -> list[str]:
    """What `compendium.figures.problems` says, and the texts that run into one another.

    Parameters
    ----------
    pad
        added to each text [px]
    """
    found = dict.fromkeys(problems(figure))
    for one, two in itertools.combinations(_drawn(figure), 2):
        if touching(one, two, pad):
            a, b = one.get_text(), two.get_text()
            found |= {} if f"{b!r} runs into {a!r}" in found else {f"{a!r} runs into {b!r}": None}
    return list(found)


def _drawn(figure: "Figure") -> "list[Text]":
    """Every text that is drawn."""
    from matplotlib.text import Text

    figure.draw_without_rendering()
    every, shown = set[Any](), set[Any]()
    for axes in figure.axes:  # ticks outside the limits are not drawn
        for axis in (axes.xaxis, axes.yaxis):
            ticks = (*axis.get_major_ticks(), *axis.get_minor_ticks())
            every |= {label for tick in ticks for label in (tick.label1, tick.label2)}
            shown |= set(tick_labels(axes, axis))
    found = figure.findobj(Text)
    return [t for t in found if t.get_visible() and t.get_text().strip() and (t not in every or t in shown)]
