"""The words of the three answers as marks: form and colour say the same, so that either is enough."""

from typing import Any

from compendium.figures.house_style import GREY, PALETTE

# What a word means for the statement (for it, leaning to it, open, against it, not told) -> marker, fill, colour.
TONES = {
    "for": ("o", "full", PALETTE["blue"]),
    "leans": ("o", "left", PALETTE["blue"]),
    "open": ("D", "none", PALETTE["black"]),
    "against": ("X", "full", PALETTE["vermilion"]),
    "untold": ("_", "full", GREY),
}
_MECHANISM = {
    "supported": "for",
    "weakly supported": "leans",
    "contested": "open",
    "undetermined": "open",
    "contradicted": "against",
    "no relevant effect": "against",
}
_MODEL = {"adequate": "for", "misfits": "against"}
_SIDES = {"for": "for", "against": "against", "no effect": "against", "": "open"}


def papers_tone(word: str, side: str) -> str:
    """What the papers' word means for a statement: one of `TONES`.

    Parameters
    ----------
    side
        of most papers, "" where there is none
    """
    if word == "none":
        return "untold"
    if word == "conflicting":
        return "open"
    found = _SIDES[side]
    return "leans" if (word, found) == ("single paper", "for") else found


def mechanism_tone(word: str, asserts: str) -> str:
    """What the mechanism's word means for a statement that asserts "up", "down", "none", ...

    Of a statement that there is no effect, "no relevant effect" is the support.
    """
    if word == "no relevant effect" and asserts.startswith("none"):
        return "for"
    return _MECHANISM.get(word, "untold")


def model_tone(word: str) -> str:
    """What the model's word means."""
    return _MODEL.get(word, "untold")


def papers_word(word: str, side: str) -> str:
    """The papers' word, with the side where it is not the statement's."""
    said = {"against": ", but against it", "no effect": ", but no effect", "": ", both seen"}
    return word + (said.get(side, "") if word in ("consistent", "single paper") else "")


def tone_mark(tone: str, size: float = 4.0) -> dict[str, Any]:
    """Options of `plot` for the mark of a tone.

    Parameters
    ----------
    size
        pt
    """
    marker, fill, colour = TONES[tone]
    return {
        "marker": marker,
        "linestyle": "none",
        "markersize": size,
        "fillstyle": "full" if fill == "none" else fill,
        "color": colour,
        "markerfacecolor": "white" if fill == "none" else colour,
        "markerfacecoloralt": "white",
        "markeredgecolor": colour,
        "markeredgewidth": 1.3 if marker == "_" else 0.7,
    }
