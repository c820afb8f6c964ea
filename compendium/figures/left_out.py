"""Each measurement of a statement beside what the model predicts for it when its paper is left out."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import millimetres, style
from compendium.figures.measured import Measured, measured
from compendium.figures.saving import rounded
from niche.answering.records import Prediction, PropositionAnswer
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MOST, PAGE = 10, 34  # rows of the main figure, and of a page of the supplement
Z90 = 1.6449  # standard errors to each end of a 90 % interval
CHOSEN = (
    "Of each paper the measurement with the smallest error, numbers before directions; of these the ten with the "
    "smallest. Errors are those of the measurement and of its indirectness, fixed before the fit."
)
AXES = {
    "log": "times the control",
    "linear": "growth [per day]",
    "word": "predicted probability of what was seen [%]",
}
_FAR = 300.0  # of a natural logarithm: larger ones cannot be told from infinity


def left_out_forest(
    one: PropositionAnswer, *, part: int = 0, width: str | float = "double"
) -> tuple["Figure", "pd.DataFrame"]:
    """Measurements of a statement: measured (with the 90 % interval of its error) beside its 90 % prediction.

    What is no number is the predicted probability of what was seen. Those outside are drawn otherwise in form and
    colour. The main figure has at most `MOST` rows, chosen as `CHOSEN` says; nothing of that depends on the fit.

    Parameters
    ----------
    part
        0 for the main figure, then pages of all the others; `pages` says how many there are
    width
        "single", "middle", "double", or mm

    Returns
    -------
    tuple['Figure', 'pd.DataFrame']
        figure, and the table drawn: one line per measurement

    Raises
    ------
    NicheError
        if nothing was predicted, or there is no such part
    """
    groups = _parts(one)
    if not 0 <= part < len(groups):
        raise NicheError(f"{one.id}: figure {part} of its measurements; there are 0 to {len(groups) - 1}")
    data = rounded([_record(one, prediction, about) for prediction, about in groups[part]])
    return left_out_of(data, width=width), data


def left_out_of(data: "pd.DataFrame", *, width: str | float = "double") -> "Figure":
    """The figure of a table that `left_out_forest` gave, as its CSV keeps it."""
    with style():
        from compendium.figures.draw_left_out import draw_left_out  # late: loads matplotlib

        figure = draw_left_out(data, millimetres(width))
    figure.drawn = {"by": "left out", "options": {"width": width}}
    return figure


def pages(one: PropositionAnswer) -> int:
    """How many figures `left_out_forest` has of a statement: the main one and its supplement."""
    return len(_parts(one))


_Known = tuple[Prediction, Measured]


def _parts(one: PropositionAnswer) -> list[list[_Known]]:
    """Measurements by figure, in each numbers before words, by year."""
    known = [(prediction, measured(prediction.name)) for prediction in one.model.predictions]
    if not known:
        raise NicheError(f"{one.id}: nothing was predicted ({one.model.word}): there is nothing to draw")
    main = chosen(known)
    rest = sorted((pair for pair in known if pair not in main), key=_place)
    return [sorted(main, key=_place), *(rest[i : i + PAGE] for i in range(0, len(rest), PAGE))]


def chosen(known: Sequence[_Known], most: int = MOST) -> list[_Known]:
    """Those of the main figure; see `CHOSEN`."""
    ranked = sorted(known, key=lambda pair: (pair[1].kind != "number", pair[1].scale, pair[0].name))
    first = {pair[0].paper: pair for pair in reversed(ranked)}  # the first of each paper comes last, and stays
    return [pair for pair in ranked if first[pair[0].paper] is pair][:most]


def _place(pair: _Known) -> tuple[Any, ...]:
    prediction, about = pair
    return bool(prediction.seen), prediction.linear, about.year, about.paper, prediction.name


def _record(one: PropositionAnswer, prediction: Prediction, about: Measured) -> dict[str, Any]:
    value, error = prediction.observed, about.error
    scale = "word" if prediction.seen else "linear" if prediction.linear else "log"
    printed: dict[str, float | None] = {"measured": None, "measured_low": None, "measured_high": None}
    if value is not None and not prediction.seen:
        ends = (value, value - Z90 * error, value + Z90 * error)
        printed = dict(zip(printed, (_scaled(end, prediction.linear) for end in ends), strict=True))
    return {
        "statement": one.statement.rstrip("."),
        "axis": AXES[scale],
        "scale": scale,
        "id": prediction.name,
        "label": f"{about.paper}: {about.read_out}",
        "contrast": about.contrast,
        "study": about.study,
        **printed,
        "predicted_low": _scaled(prediction.low, prediction.linear),
        "predicted_high": _scaled(prediction.high, prediction.linear),
        "seen": prediction.seen,
        "chance_percent": None if prediction.chance is None else 100 * prediction.chance,
        "inside": "yes" if prediction.inside else "no",
    }


def _scaled(value: float | None, linear: bool) -> float | None:
    """A logarithm as its ratio; a rate as it is."""
    if value is None or linear:
        return value
    return math.exp(max(-_FAR, min(_FAR, value)))
