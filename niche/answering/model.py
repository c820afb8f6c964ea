"""The third answer: whether the model can account for the measurements that speak to a proposition."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from niche.answering.records import NOT_WELL, NOT_YET, Control, ModelAnswer, Prediction, Spread
from niche.errors import NicheError, unknown

ADEQUATE = 0.01  # p above which the model is adequate (frozen as "adequate: p, above")
TAIL = 0.1  # chance of lying outside a 90 % interval
_NOTHING = 0.01  # a head whose median logarithm is smaller has no effect to explain


def model_answer(
    predictions: Sequence[Prediction],
    p: float | None,
    *,
    control: Control | None = None,
    cause: str = "",
    computed: bool = True,
) -> ModelAnswer:
    """The word for the model, with what it rests on.

    Parameters
    ----------
    predictions
        of every direct atom, each with its paper left out
    p
        of the Mahalanobis chi-square of all of them
    computed
        whether the predictions meet the bars that left-out densities have to meet; they say nothing if not

    Raises
    ------
    NicheError
        for an atom that stands there twice, or predictions without p

    Notes
    -----
    A model that was asked nothing is neither adequate nor not: without atoms the word is "untested".
    """
    names = [one.name for one in predictions]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise NicheError(f"predictions of atoms that stand there twice: {', '.join(twice)}")
    outside = tuple(one.name for one in predictions if not one.inside)
    if not predictions:
        return ModelAnswer("untested", 0, 0, 0.0, None, control=control)
    if p is None:
        raise NicheError(f"{len(names)} predictions ({names[0]}, ...) without the p of all of them")
    return ModelAnswer(
        word=model_word(p, computed),  # type: ignore[arg-type]  # one of ModelWord
        atoms=len(predictions),
        outside=len(outside),
        expected=math.fsum(one.expected for one in predictions),
        p=p,
        which=outside,
        cause=cause,
        control=control,
        predictions=tuple(predictions),
    )


def model_word(p: float | None, computed: bool = True) -> str:
    """*adequate* above the bar, else *misfits*."""
    if p is None:
        return NOT_YET
    if not computed:
        return NOT_WELL
    return "adequate" if p > ADEQUATE else "misfits"


def predicted_direction(name: str, paper: str, seen: str, chances: Mapping[str, float]) -> Prediction:
    """An atom that is no number beside its prediction.

    It lies outside where what was seen had less than one chance in ten. What is expected by chance is then not one in
    ten, but the chance of all outcomes that would have lain outside: none, where each has more than that.

    Parameters
    ----------
    seen
        what was seen, one of the names of `chances`
    chances
        predicted probability of each outcome that could have been printed; they add up to 1
    """
    if seen not in chances:
        raise unknown(f"outcome of {name}", seen, chances)
    if abs(math.fsum(chances.values()) - 1) > 1e-6:
        raise NicheError(f"{name}: chances of {', '.join(chances)} add up to {math.fsum(chances.values()):.4g}, not 1")
    rare = math.fsum(chance for chance in chances.values() if chance < TAIL)
    return Prediction(
        name=name,
        paper=paper,
        inside=chances[seen] >= TAIL,
        seen=seen,
        chance=min(1.0, chances[seen]),
        expected=min(1.0, rare),
    )


def control_of(whole: np.ndarray, without: np.ndarray) -> Control:
    """What is left of the head in the model without the mechanism, fitted again.

    Parameters
    ----------
    whole, without
        draws (n,) and (m,) of the head's logarithm in either model; those that are not finite are left out
    """
    return control_between(spread(whole), spread(without))


def control_between(whole: Spread, without: Spread) -> Control:
    """The same where medians and intervals are all that is kept of the draws, as in params/left_out."""
    left = None if abs(whole.median) < _NOTHING else 100 * without.median / whole.median
    return Control(whole, without, left)


def spread(draws: np.ndarray) -> Spread:
    """Median and 90 % interval. Raises `NicheError` if no draw is finite."""
    finite = np.asarray(draws, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        raise NicheError("a head without a finite draw")
    low, median, high = np.quantile(finite, [0.05, 0.5, 0.95]).tolist()
    return Spread(low, median, high)
