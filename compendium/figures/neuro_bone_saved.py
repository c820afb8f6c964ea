"""The neuro-bone axis of today's answers, kept in figures/: `python -m compendium.figures.neuro_bone_saved`."""

import sys
from pathlib import Path

from compendium.figures.neuro_bone import neuro_bone
from compendium.figures.neuro_bone_table import UNASKED, ordered_words
from compendium.figures.saving import save
from niche.answering.records import NOT_YET

FOLDER, NAME = "neuro-bone", "axis"
_WITH = (
    "coloured by whether its mechanism helps to predict papers that were left out, and as wide as its effect by the fit"
)
_LATER = "Grey: not yet computed. "
_WITHOUT = (
    "coloured by what the papers say of it, and as wide as its effect by the fit, where that is computed; what most "
    "mechanisms are worth is not yet"
)


def caption(words: list[str]) -> str:
    """What the figure shows.

    Parameters
    ----------
    words
        of its lines
    """
    told = _WITHOUT if any(word.startswith(("paper", "one paper", "no paper")) for word in words) else _WITH
    return (
        "How nerves, bone and tumour act on one another, and what drugs do, as the evidence has it. Each line is a "
        f"statement of the literature, {told}. {_LATER if NOT_YET in words else ''}Broken: no paper tests it directly. "
        f"Dotted: {UNASKED}, but part of the model."
    )


def alt(data: "object") -> str:
    """What somebody who cannot see the figure needs to know: how many lines have which word."""
    import pandas as pd

    assert isinstance(data, pd.DataFrame)
    asserted = data[data["statement"] != ""]
    counts = asserted["word"].value_counts()
    told = ", ".join(f"{word}: {counts[word]}" for word in ordered_words(asserted["word"]))
    return (
        f"A network of {len(set(data['source']) | set(data['target']))} boxes: nerves and their signals at the top, "
        "bone cells in the middle, tumour below, immune cells at the left, drugs beneath. Of "
        f"{len(asserted)} lines that are statements: {told}. The table beside the figure lists every line."
    )


def renew(out: Path | None = None) -> Path:
    """Draw it, save it with its table, and return the folder.

    Parameters
    ----------
    out
        None is figures/ of the repository
    """
    figure, data = neuro_bone()
    words = ordered_words(data["word"])
    return save(figure, FOLDER, NAME, data, caption=caption(words), alt=alt(data), out=out)


if __name__ == "__main__":
    sys.stdout.write(f"{renew()} renewed\n")
