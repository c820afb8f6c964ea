"""How far a measurement is from a question: a sum of what differs, each difference with its cost and in words.

One unit is a difference after which a measurement is of another question (another species, bone, read-out or drug).
Differences that leave it the same question cost less, and two or three of them together stay below one: another strain,
another line of the same kind, the same thing read by another assay, a few times the dose or the time. So a measurement
*tests* a question where all that differs costs less than one. The costs are judgements, fixed before any answer was
looked at; the order of species, bone and culture is that of the errors of indirectness (`niche.atoms.records.COSTS`).
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from niche.frozen import Frozen
from niche.supporting.groups import OWN, Groups
from niche.supporting.questions import CULTURE, Given, Question

TESTS = 1.0  # below it a measurement is of the same question
COST: Mapping[str, float] = Frozen(
    {
        "strain": 0.2,
        "assay": 0.2,
        "line": 0.2,  # of the same kind, in the same place; or of any kind there, where either side says "any"
        "read-out": 1.0,
        "bone": 1.0,
        "rodent": 1.0,  # a mouse for a rat
        "species": 2.0,  # a rodent for a person
        "kind of tumour": 1.0,
        "place of tumour": 2.0,
        "tumour or none": 2.0,
        "another of its class": 1.0,
        "in both arms": 1.0,  # what is asked about was there, and nothing says what it did
        "not given": 2.0,
        "also varied": 1.0,
        "also given": 1.0,  # to both arms: what a blocker does under stress is not what it does at rest
        "background": 1.0,  # what is asked about was not given to both arms
        "given otherwise": 0.2,  # doses for a lasting level: no ratio can be said
        "culture": 2.0,
        "timing": 1.0,  # begun with the cells or long after them; gone on with or ended long before
    }
)
# The cost of a ratio of doses, or of times, up to each bound.
DOSE = ((3.0, 0.0), (10.0, 0.3), (100.0, 1.0), (math.inf, 2.0))
TIME = ((2.0, 0.0), (4.0, 0.3), (10.0, 1.0), (math.inf, 2.0))
LATE = 3.0  # days after the cells: what begins later finds them settled
OVER = 14.0  # days after its end: what ended earlier is a withdrawal
SOON = 0.1  # days: times are not told apart below it
RODENTS = ("mouse", "rat")


class Difference(NamedTuple):
    """One thing in which a measurement is not as asked: what, its cost, and in words."""

    what: str
    cost: float
    words: str


def differences(question: Question, measured: Question, groups: Groups) -> tuple[Difference, ...] | None:
    """All in which a measurement differs from a question; None where they have nothing to say to each other.

    That is so for a read-out of another kind, and where nothing that is asked about was varied, or given at all.
    """
    read_out = _read_out(question.read_out, measured.read_out, groups)
    if read_out is None:
        return None
    done = _done(question, measured, groups)
    if done is None:
        return None
    found = [*read_out, *_species(question, measured), *_tumour(question, measured, groups), *done]
    found += _timing(question, measured)
    if question.bone != measured.bone:
        found.append(Difference("bone", COST["bone"], f"{measured.bone}, not {question.bone}"))
    asked, had = question.lasting, measured.lasting
    if cost := _step(max(asked, had, SOON) / max(min(asked, had), SOON), TIME):
        found.append(Difference("time", cost, f"after {had:g} days, not {asked:g}"))
    return tuple(found)


def total(found: tuple[Difference, ...]) -> float:
    """The distance: the sum of the costs."""
    return math.fsum(one.cost for one in found)


def _read_out(asked: str, measured: str, groups: Groups) -> list[Difference] | None:
    if asked == measured:
        return []
    own, other = groups.read_out(asked), groups.read_out(measured)
    if own.kind != other.kind:
        return None
    what = "assay" if measured in own.same else "read-out"
    return [Difference(what, COST[what], f"{measured}, not {asked}")]


def _species(question: Question, measured: Question) -> list[Difference]:
    if question.system == measured.system:
        if question.strain == measured.strain:
            return []
        return [Difference("strain", COST["strain"], f"{measured.strain}, not {question.strain}")]
    rodents = question.system in RODENTS and measured.system in RODENTS
    cost = COST["rodent" if rodents else "species"]
    return [Difference("species", cost, f"{measured.system}, not {question.system}")]


def _tumour(question: Question, measured: Question, groups: Groups) -> list[Difference]:
    asked, had = question.tumour, measured.tumour
    if asked == had:
        return []
    words = f"{tumour_named(had, groups)}, not {tumour_named(asked, groups)}"
    if not asked or not had:
        return [Difference("tumour", COST["tumour or none"], words)]
    own, other = groups.tumour(asked), groups.tumour(had)
    place = own.place or question.place
    if place != (other.place or measured.place):
        return [Difference("place of the tumour", COST["place of tumour"], words)]
    if own.kind == OWN or other.kind == OWN or not _alike(own.kind, other.kind):
        return [Difference("tumour", COST["kind of tumour"], words)]
    return [Difference("line", COST["line"], words)]


def _timing(question: Question, measured: Question) -> list[Difference]:
    """Whether what is done begins before or after the cells have settled, and whether it goes on or has ended."""
    found: list[Difference] = []
    asked, had = question.onset, measured.onset
    if asked is not None and had is not None and (asked > LATE) != (had > LATE):
        words = f"begun {_days(had)} the cells, not {_days(asked)}"
        found.append(Difference("timing", COST["timing"], words))
    if question.done and (question.ended > OVER) != (measured.ended > OVER):
        said = (f"ended {one:g} days before" if one > OVER else "goes on" for one in (measured.ended, question.ended))
        found.append(Difference("timing", COST["timing"], ", not ".join(said)))
    return found


def _days(onset: float) -> str:
    if not math.isfinite(onset):
        return "long after"
    return "with" if onset == 0 else f"{abs(onset):g} days {'after' if onset > 0 else 'before'}"


def _alike(one: str, other: str) -> bool:
    """The same kind, or a kind of carcinoma and any carcinoma."""
    any_one = "any carcinoma" in (one, other) and one.endswith("carcinoma") and other.endswith("carcinoma")
    return one == other or any_one


def tumour_named(tumour: str, groups: Groups) -> str:
    """A tumour line in words: what it is and where it grows."""
    if not tumour:
        return "no tumour"
    place, kind = groups.tumour(tumour)
    what = kind if kind == OWN else f"{kind} in {place}"
    return what if "patient" in tumour else f"{tumour} ({what})"


def _done(question: Question, measured: Question, groups: Groups) -> list[Difference] | None:
    """What differs in what is done; None where nothing of it is asked about."""
    # a dish is no treatment: whether cells were in one is compared for itself
    asked, varied = _without_dish(question.done), list(_without_dish(measured.done))
    around = list(_without_dish(measured.around))
    found: list[Difference] = []
    if _in_dish(question) != _in_dish(measured):
        words = "cells in a dish, not a body" if _in_dish(measured) else "a body, not cells in a dish"
        found.append(Difference("culture", COST["culture"], words))
    backdrop = _without_dish(question.around)
    if not asked:
        # what a treatment does says little of who was not treated; nor does a tumour of who has none
        if varied or (measured.tumour and not question.tumour):
            return None
        return found + _backdrop(backdrop, around, groups)
    spoken = False
    for one in asked:
        match = _nearest(one, varied, groups)
        if match is not None:
            spoken = True
            found += _unlike(one, match)
            varied.remove(match)
        elif (beside := _nearest(one, around, groups)) is not None:
            found.append(Difference("treatment", COST["in both arms"], f"{beside} in both arms"))
            around.remove(beside)
        else:
            found.append(Difference("treatment", COST["not given"], f"without {one.name}"))
    if not spoken:
        return None
    if measured.against_none and not question.against_none:
        found.append(Difference("treatment", COST["also varied"], "the tumour itself differs between its arms"))
    # the same drug at another dose in the other arm is no other treatment
    names = {one.name for one in asked}
    varied = [other for other in varied if other.name not in names]
    return found + _also(varied, "also varied") + _backdrop(backdrop, around, groups)


def _backdrop(asked: list[Given], around: list[Given], groups: Groups) -> list[Difference]:
    """What differs in what is done to both arms."""
    found: list[Difference] = []
    for one in asked:
        match = _nearest(one, around, groups)
        if match is None:
            found.append(Difference("treatment", COST["background"], f"without {one.name} in both arms"))
            continue
        found += _unlike(one, match)
        around = [other for other in around if other is not match]
    return found + _also(around, "also given")


def _also(others: list[Given], what: str) -> list[Difference]:
    told = {"also varied": "also differs between the arms", "also given": "in all arms"}[what]
    return [Difference("treatment", COST[what], f"{other} {told}") for other in others]


def _nearest(one: Given, others: list[Given], groups: Groups) -> Given | None:
    """That of the same name, with the nearest dose; else one of the same class; else None."""
    named = [other for other in others if other.name == one.name]
    if named:
        return min(named, key=lambda other: abs(math.log(_ratio(one, other) or 1.0)))
    kind = groups.treatment(one.name)
    return next((other for other in others if groups.treatment(other.name) == kind), None)


def _unlike(one: Given, match: Given) -> list[Difference]:
    if match.name != one.name:
        return [Difference("treatment", COST["another of its class"], f"{match}, not {one}")]
    if one.amount == match.amount and one.unit == match.unit:
        return []
    ratio = _ratio(one, match)
    if ratio is None:
        return [Difference("dose", COST["given otherwise"], f"{match}, not {one}")]
    cost = _step(max(ratio, 1 / ratio), DOSE)
    return [Difference("dose", cost, f"{match}, not {one}")] if cost else []


def _ratio(one: Given, other: Given) -> float | None:
    """Of two amounts; None where they have none, or are not of one unit."""
    if not one.amount or not other.amount or one.unit != other.unit:
        return None
    # stress is a multiple of rest: 1 is none
    return other.amount / one.amount


def _step(ratio: float, steps: tuple[tuple[float, float], ...]) -> float:
    return next(cost for bound, cost in steps if ratio <= bound + 1e-9)


def _without_dish(done: tuple[Given, ...]) -> list[Given]:
    return [one for one in done if one.kind != CULTURE]


def _in_dish(question: Question) -> bool:
    return any(one.kind == CULTURE for one in (*question.done, *question.around))
