"""What was never measured: doses, times and hosts that no paper had."""

from collections.abc import Iterable
from typing import NamedTuple

from niche import units
from niche.supporting.questions import Asked, Given, Question, asked
from niche.text import long_number

_NEAR = 1.0001  # amounts that differ by rounding, as mg per host over a mass do
_MANY = {"mouse": "mice", "rat": "rats", "human": "people"}


class Range(NamedTuple):
    """The least and the most of an amount that papers gave."""

    least: float
    most: float


def plural(system: str) -> str:
    """A species as one speaks of some of them."""
    return _MANY.get(system, system)


def never_measured(question: Question) -> tuple[str, ...]:
    """Sentences on what in a question lies beyond all measurements of such hosts: doses, treatments, times."""
    own = [one for one in asked() if one.question.system == question.system]
    if not own:
        return (f"No paper measured {plural(question.system)}.",)
    found = [said for given in question.done if (said := _dose(given, question.system, own))]
    late = _late(question, own)
    return (*found, *([late] if late else []))


def doses(name: str, unit: str, among: Iterable[Asked]) -> Range | None:
    """The least and the most of a drug that was given in some measurements; None where it was not."""
    given = (one for each in among for one in (*each.question.done, *each.question.around))
    amounts = [one.amount for one in given if one.name == name and one.unit == unit and one.amount]
    return Range(min(amounts), max(amounts)) if amounts else None


def _dose(given: Given, system: str, own: list[Asked]) -> str:
    who = plural(system)
    names = {one.name for each in own for one in (*each.question.done, *each.question.around)}
    if given.name not in names:
        return f"No paper measured {given.name} in {who}."
    if not given.amount:
        return ""
    known = doses(given.name, given.unit, own)
    if known is None:
        return f"No paper gave {who} {given.name} in {given.unit}."
    if given.amount > known.most * _NEAR:
        times = long_number(given.amount / known.most, 2)
        far = "a little more than" if times == "1" else f"{times} times"
        return f"{given} is {far} the most that a paper gave {who}."
    if given.amount < known.least / _NEAR:
        times = long_number(known.least / given.amount, 2)
        far = "a little" if times == "1" else f"{times} times"
        return f"{given} is {far} less than the least that a paper gave {who}."
    return ""


def _late(question: Question, own: list[Asked]) -> str:
    alike = [one.question.lasting for one in own if bool(one.question.tumour) == bool(question.tumour)]
    who = f"{plural(question.system)} with {'a tumour' if question.tumour else 'no tumour'}"
    if not alike:
        return f"No paper measured {who}."
    if question.lasting <= max(alike):
        return ""
    return (
        f"{units.digits(question.lasting)} days are longer than any measurement of {who} lasted "
        f"({units.digits(max(alike))} days)."
    )
