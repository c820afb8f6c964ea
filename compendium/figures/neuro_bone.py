"""The neuro-bone axis as the evidence has it: one drawing of who acts on whom, and how sure that is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import GREY, PALETTE, look, millimetres, style
from compendium.figures.neuro_bone_layout import PLAIN, THIN, Piece, line_width, way
from compendium.figures.neuro_bone_table import SENSES, UNASKED, Drawing, Line, axis_table, ordered_words, read_drawing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from niche.answering.records import ClaimAnswer

# Colour of each word: blue for the statement, black where it is open, vermilion against it, grey where nothing is told.
TONES = {
    "supported": PALETTE["blue"],
    "weakly supported": PALETTE["sky"],
    "contested": PALETTE["black"],
    "undetermined": "#B08A00",
    "contradicted": PALETTE["vermilion"],
    "no relevant effect": "#8F3F77",
    "untested": "#A0A0A0",
    "not computed well enough": "#A0A0A0",
    "not yet computed": "#A0A0A0",
    "papers agree": PALETTE["blue"],
    "one paper": PALETTE["sky"],
    "papers disagree": PALETTE["black"],
    "papers say otherwise": PALETTE["vermilion"],
    "no paper": "#A0A0A0",
    "": GREY,
}
# What a box is, by the colour of its ground.
GROUNDS = {
    "nerve": "#FFF3D6",
    "signal": "#FFFFFF",
    "bone": "#E9EEF2",
    "tumour": "#F9E0D9",
    "immune": "#E3F1E6",
    "drug": "#EAE3F3",
    "outcome": "#F2F2F2",
}
DASHED, DOTTED = (1.3, 0.7), (0.3, 0.75)  # mm
_GAP = 5.0  # mm between panels
_MARKERS = {"raises": ">", "lowers": "|", "changes": "D", "spares": "o"}


def neuro_bone(
    width: str | float = "single", told: "Sequence[ClaimAnswer] | None" = None
) -> tuple["Figure", "pd.DataFrame"]:
    """The network of nerves, bone, tumour and drugs; each line is a statement, coloured by the answer to it.

    A line is as wide as its effect by the fit, broken where no paper tests it directly, and dotted where it is part of
    the model and nothing that is asserted is about it alone. While no mechanism has a word, the colours are those of
    what the papers say.

    Parameters
    ----------
    width
        "single": one panel above the other; "double": side by side; or mm
    told
        answers of all claims; None: those of today

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: `compendium.figures.neuro_bone_table.axis_table`
    """
    data = axis_table(told)
    return neuro_bone_of(data, width=width), data


def neuro_bone_of(data: "pd.DataFrame", *, width: str | float = "single") -> "Figure":
    """The figure of a table that `neuro_bone` gave, as its CSV keeps it."""
    with style():
        from compendium.figures import page as _page  # late: loads matplotlib

        laid, wide = read_drawing(), millimetres(width)
        sizes = [panel.size for panel in laid.panels.values()]
        beside = wide >= sum(across for across, _ in sizes) + _GAP
        across = sum(one for one, _ in sizes) + _GAP if beside else max(one for one, _ in sizes)
        scale = min(1.0, wide / across)
        entries = _entries(data)
        key = _page.key_height(entries, wide - 4)
        high = max(tall for _, tall in sizes) if beside else sum(tall for _, tall in sizes) + _GAP * (len(sizes) - 1)
        top, margin = 3.0, (wide - across * scale) / 2
        figure = _page.page(wide, top + high * scale + 4 + key + 1)
        x = y = 0.0
        for name, panel in laid.panels.items():
            w, h = panel.size
            axes = _page.place_panel(figure, margin + x * scale, top + y * scale, w * scale, h * scale)
            axes.set(xlim=(0, w), ylim=(h, 0), xticks=[], yticks=[])
            axes.set_axis_off()
            letter = "ab"[list(laid.panels).index(name)]
            axes.text(0.2, 0.4, letter, ha="left", va="top", fontsize=look().text + 1, fontweight="bold")
            _panel(axes, laid, name, data, scale)
            x, y = (x + w + _GAP, y) if beside else (x, y + h + _GAP)
        _page.key(figure, entries, 2, top + high * scale + 4, wide - 4)
    figure.drawn = {"by": "neuro_bone", "options": {"width": width}}
    return figure


def _panel(axes: Any, laid: Drawing, name: str, data: "pd.DataFrame", scale: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    panel = laid.panels[name]
    rows = {(row["source"], row["target"], row["statement"]): row for _, row in data.iterrows() if row["panel"] == name}
    known = [(line, rows[key]) for line in panel.lines if (key := (line.source, line.target, line.statement)) in rows]
    for line, row in sorted(known, key=lambda pair: bool(pair[0].statement)):  # what is asserted lies above the rest
        _line(axes, laid, name, line, row, scale)
    for box in panel.boxes.values():
        (x, y), (w, h) = box.at, box.size
        ground = GROUNDS.get(box.kind, "white")
        shape = "round,pad=0,rounding_size=1.2"
        edge: dict[str, Any] = {"facecolor": ground, "edgecolor": "0.35", "linewidth": 0.5, "zorder": 3}
        axes.add_patch(FancyBboxPatch((x - w / 2, y - h / 2), w, h, boxstyle=shape, **edge))
        heavy = "bold" if box.kind == "tumour" and w > 30 and name == "axis" else "normal"
        axes.text(
            x,
            y,
            box.words,
            ha="center",
            va="center",
            fontsize=look().text,
            zorder=4,
            fontweight=heavy,
            linespacing=1.05,
        )


def _line(axes: Any, laid: Drawing, name: str, line: Line, row: Any, scale: float) -> None:
    from matplotlib.patches import Circle, PathPatch, Polygon

    colour = TONES[str(row["word"])]
    wide = line_width(float(row["effect"])) if line.statement else THIN
    found = way(laid.panels[name], line, wide)
    points = wide * scale / 25.4 * 72
    pattern = dashes(str(row["direct"]), bool(line.statement))
    told: dict[str, Any] = {
        "facecolor": "none",
        "edgecolor": colour,
        "linewidth": points,
        "capstyle": "butt",
        "zorder": 1,
    }
    if pattern:
        told["linestyle"] = (0, tuple(one * scale / 25.4 * 72 for one in pattern))
    axes.add_patch(PathPatch(path_of(found.pieces), **told))
    if found.head:
        axes.add_patch(Polygon(found.head, closed=True, facecolor=colour, edgecolor="none", zorder=2))
    if found.ring:
        middle, radius = found.ring
        axes.add_patch(Circle(middle, radius, facecolor="white", edgecolor=colour, linewidth=points, zorder=2))


def dashes(direct: str, asserted: bool) -> tuple[float, ...]:
    """Lengths (mm) of dashes and gaps of a line; () of one that is solid."""
    if not asserted:
        return DOTTED
    return () if direct == "yes" else DASHED


def path_of(pieces: Sequence[Piece]) -> Any:
    """A way as a path of matplotlib."""
    from matplotlib.path import Path

    codes = {"M": [Path.MOVETO], "L": [Path.LINETO], "Q": [Path.CURVE3] * 2, "C": [Path.CURVE4] * 3}
    points = [point for _, some in pieces for point in some]
    return Path(points, [code for name, _ in pieces for code in codes[name]])


def _entries(data: "pd.DataFrame") -> list[tuple[Any, str]]:
    """The key: words, ends and widths, only those that are drawn."""
    from matplotlib.lines import Line2D

    pt = PLAIN / 25.4 * 72
    found = [(Line2D([], [], color=TONES[word], linewidth=1.6), word) for word in ordered_words(data["word"])]
    asserted = data[data["statement"] != ""]
    if (asserted["direct"] == "no").any():
        found.append((Line2D([], [], color="0.3", linewidth=pt, linestyle=(0, (3.8, 2))), "no paper tests it directly"))
    if len(asserted) < len(data):
        found.append((Line2D([], [], color=GREY, linewidth=0.8, linestyle=(0, (0.9, 1.6))), UNASKED))
    for sense, said in SENSES.items():
        if (data["sense"] == sense).any():
            more = {"markersize": 6, "markeredgewidth": 1.4} if sense == "lowers" else {"markersize": 3.6}
            face = "white" if sense == "spares" else "0.3"
            mark: dict[str, Any] = {
                "marker": _MARKERS[sense],
                "markerfacecolor": face,
                "markeredgecolor": "0.3",
                **more,
            }
            found.append((Line2D([0.0, 1.0], [0.0, 0.0], color="0.3", linewidth=0.9, markevery=[-1], **mark), said))
    if asserted["effect"].notna().any():
        for ratio in (1.2, 2.0, 10.0):
            wide = line_width(ratio) / 25.4 * 72
            found.append(
                (Line2D([], [], color="0.3", linewidth=wide), f"{ratio:g}-fold" + (" and more" if ratio == 10 else ""))
            )
    return found
