"""A word that the numbers beside it do not carry is refused: nobody writes one by hand, and no old one stays."""

import math
from collections.abc import Mapping

from niche.answering.model import model_word
from niche.answering.records import NOT_WELL, NOT_YET, FittedAnswer, MechanismAnswer, ModelAnswer
from niche.inference import mechanism_words as bars
from niche.params.yaml_files import Spot
from niche.propositions.records import WAYS

_SLACK = 1e-4  # of a number: it is kept with five digits, and its word was found with all


def check_answer(answer: FittedAnswer, asserts: str, spot: Spot) -> None:
    """Refuse words that their numbers do not carry.

    What a word needs is checked, not that no earlier word fits as well: draws of the head and of each paper are not
    stored.

    Parameters
    ----------
    asserts
        what the head does if the statement is true: "up", "down", "none", "none or down", ...

    Raises
    ------
    NicheError
        with the place, the word and what it lacks
    """
    if lacking := _lacks(answer.mechanism, asserts):
        here = spot.at("mechanism", "word")
        raise here.error(f"{answer.mechanism.word!r} needs {', '.join(lacking)}")
    if answer.mechanism.D is not None:
        parts = sum(one.difference for one in answer.mechanism.influence)
        if abs(parts - answer.mechanism.D) > 0.01 + 1e-3 * abs(parts):
            told = f"{answer.mechanism.D:g}, but the parts of its papers add up to {parts:g}"
            raise spot.at("mechanism", "D").error(told)
    if wrong := _miscounted(answer.model):
        raise spot.at("model", "word").error(f"{answer.model.word!r}, but {wrong}")


def _lacks(one: MechanismAnswer, asserts: str) -> list[str]:
    """What the word needs and does not have."""
    if one.word == NOT_YET:
        return []
    if one.word == "untested":
        few = one.papers is None or one.papers < bars.DIRECT_PAPERS
        return [] if few else [f"fewer than {bars.DIRECT_PAPERS} papers with a direct atom, got {one.papers}"]
    numbers = {name: getattr(one, name) for name in ("papers", "labs", "pi", "rho", "nu", "D", "error")}
    if one.D is None and one.can_be == (one.word,):
        return _before_gain(one.word, asserts, {name: v for name, v in numbers.items() if v is not None})
    if absent := [name for name, value in numbers.items() if value is None]:
        return absent
    lacking = _at_least("papers", numbers["papers"], bars.DIRECT_PAPERS)
    if one.word == NOT_WELL:
        return lacking
    if numbers["error"] >= bars.MONTE_CARLO * (1 + _SLACK):
        lacking.append(f"a Monte Carlo error below {bars.MONTE_CARLO}, got {one.error:g}")
    return lacking + _of_word(one.word, asserts, numbers, one.se)


def _before_gain(word: str, asserts: str, numbers: Mapping[str, float]) -> list[str]:
    """What a word lacks that was given before D was there: it has to be the word whatever D is."""
    if absent := [name for name in ("papers", "labs", "pi", "rho", "nu") if name not in numbers]:
        return absent
    anything = {**numbers, "D": math.inf}
    if word == "undetermined":  # open, if even the largest D makes no other word of it
        others = ("supported", "contradicted", "weakly supported")[: 3 if asserts in WAYS else 2]
        return [f"D, which may make it {other!r}" for other in others if not _of_word(other, asserts, anything, 0.0)]
    if word == "supported" and asserts not in WAYS:  # of "no effect" nu decides, whatever is asserted beside it
        return _of_word(word, "none", anything, 0.0)
    if word in ("contested", "no relevant effect"):
        return _of_word(word, asserts, anything, 0.0)
    return ["D"]


def _of_word(word: str, asserts: str, numbers: Mapping[str, float], se: float | None) -> list[str]:
    pi, rho, nu, gain = (numbers[name] for name in ("pi", "rho", "nu", "D"))
    none = _at_least("papers", numbers["papers"], bars.PAPERS) + _at_least("nu", nu, bars.NU)
    if word == "no relevant effect":
        return none
    if word == "weakly supported":
        return _at_least("pi", pi, bars.WEAK_PI) + ([] if gain > 0 else [f"D above 0, got {gain:g}"])
    if word not in ("supported", "contradicted"):
        return []
    effect = _at_least("papers", numbers["papers"], bars.PAPERS) + _at_least("labs", numbers["labs"], bars.LABORATORIES)
    least = max(bars.GAIN, bars.GAIN_IN_ERRORS * (se or 0.0))
    effect += [] if se is not None and gain > least * (1 - _SLACK) else [f"D above {least:g}, got {gain:g}"]
    side = _at_least("pi", pi, bars.PI) + _at_least("rho", rho, bars.RHO)
    if word == "contradicted":  # the other side; where none is asserted either side will do
        other = _at_least("1 - pi", 1 - pi, bars.PI) + _at_least("1 - rho - nu", 1 - rho - nu, bars.RHO)
        return effect + (other if asserts in WAYS else min(side, other, key=len))
    effect += side
    if asserts in WAYS:
        return effect
    return none if asserts == "none" else min(none, effect, key=len)  # "none or down" is borne out by either


def _at_least(name: str, value: float, bar: float) -> list[str]:
    return [] if value >= bar - _SLACK else [f"{name} of at least {bar:g}, got {value:g}"]


def _miscounted(one: ModelAnswer) -> str:
    """What in the counts of a model's answer does not agree with its atoms or its word."""
    if one.word in (NOT_YET, "untested"):
        return "there are predictions" if one.predictions or one.atoms else ""
    outside = tuple(sorted(atom.name for atom in one.predictions if not atom.inside))
    if one.atoms != len(one.predictions):
        return f"atoms is {one.atoms} and there are {len(one.predictions)} predictions"
    if (one.outside, tuple(sorted(one.which))) != (len(outside), outside):
        return f"{len(outside)} predictions lie outside: {', '.join(outside) or 'none'}"
    if one.p is None:
        return "there is no p"
    near = abs(one.p - 0.01) < _SLACK * 0.01  # rounded onto the bar
    return "" if near or one.word == NOT_WELL or one.word == model_word(one.p) else f"p is {one.p:g}"
