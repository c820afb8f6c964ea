"""How one paper is drawn: by colour and fill where it stands to a statement, by its shape what it saw."""

from collections.abc import Collection
from typing import Any

from compendium.figures.house_style import GREY, PALETTE

STANDS = {  # colour, fill and words; the arrow itself says how the read-out moves
    "for": (PALETTE["blue"], "full", "for the statement"),
    "no effect": (GREY, "full", "saw no effect"),
    "mixed": (GREY, "none", "saw both"),
    "against": (PALETTE["vermilion"], "none", "against it"),
}
_ARROWS = {"up": "^", "down": "v", "none": "_", "mixed": "D"}


def mark(arrow: str, stand: str, scale: float = 1.0) -> dict[str, Any]:
    """Options of `plot` for the mark of a paper.

    Parameters
    ----------
    arrow
        how the read-out moves there: "up", "down", "none" or "mixed"
    stand
        one of `STANDS`
    scale
        of the mark and its edge; 1 is 5 pt for an arrow
    """
    colour, fill, _ = STANDS[stand]
    size = 5.0 if arrow in ("up", "down") else 4.0
    wide = 1.3 if arrow == "none" else 0.8
    return {
        "marker": _ARROWS[arrow],
        "linestyle": "none",
        "color": colour,
        "markerfacecolor": "white" if fill == "none" else colour,
        "markeredgecolor": colour,
        "markeredgewidth": wide * scale,
        "markersize": size * scale,
    }


def entries(stands: Collection[str], arrows: Collection[str], shapes: bool = True) -> list[tuple[Any, str]]:
    """The key: what colours and shapes mean, only of those that are drawn.

    Parameters
    ----------
    shapes
        whether it says what arrows mean, too
    """
    from matplotlib.lines import Line2D

    found: list[tuple[Any, str]] = []
    for stand, (_, _, words) in STANDS.items():
        if stand in stands:
            shape = {"no effect": "none", "mixed": "mixed"}.get(stand, "up")
            found.append((Line2D([], [], **mark(shape, stand)), words))
    if shapes and {"up", "down"} & set(arrows):
        black = PALETTE["black"]
        plain = {**mark("up", "for"), "color": black, "markeredgecolor": black, "markerfacecolor": black}
        found.append((Line2D([], [], **plain), "read-out up"))
        found.append((Line2D([], [], **{**plain, "marker": "v"}), "read-out down"))
    return found
