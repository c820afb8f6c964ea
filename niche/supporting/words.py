"""A question, and the answer of the measurements, as a person says them."""

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from niche import units
from niche.atoms.build import SITE
from niche.atoms.records import Atom
from niche.evidence.papers import read_papers
from niche.supporting.beyond import plural
from niche.supporting.distance import Difference, tumour_named
from niche.supporting.groups import read_groups
from niche.supporting.questions import Given, Question

if TYPE_CHECKING:
    from niche.supporting.answer import Near

_SHOWN = 4  # papers that a sentence names


@cache
def cited(key: str) -> str:
    """A paper as a text cites it: first author and year."""
    paper = read_papers()[key]
    first = paper.authors[0].split()[-1] if paper.authors else paper.laboratory
    return f"{first}{' et al.' if len(paper.authors) > 1 else ''} {paper.year}"


def spoken(question: Question) -> str:
    """A question in words: what is done, to whom, what is read when."""
    done = _and(question.done) or ("a tumour and nothing else" if question.tumour else "nothing")
    who = plural(question.system)
    who += f" ({question.strain})" if question.system != "human" else ""
    who += f" with {tumour_named(question.tumour, read_groups())}" if question.tumour else ""
    both = f", both arms with {_and(question.around)}" if question.around else ""
    bone = f" at the {question.bone}" if question.bone != SITE else ""
    return f"{done} in {who}{both}, read as {question.read_out}{bone} on day {units.digits(question.day)}"


def _and(done: Sequence[Given]) -> str:
    return " and ".join(map(str, done))


def found(atom: Atom) -> str:
    """What a measurement found, in words: a multiple of its control, a rate, a direction."""
    if atom.kind == "no effect":
        return "no effect"
    if atom.kind == "direction":
        return "up" if atom.sign > 0 else "down"
    size = f"{atom.y:.2g} a day" if atom.linear else f"{math.exp(atom.y):.3g}-fold"
    return size if atom.kind == "number" else f"{atom.kind} {size}"


def listed(differs: Sequence[Difference]) -> str:
    """What differs, the costliest first."""
    return "; ".join(one.words for one in sorted(differs, key=lambda one: -one.cost))


def sentence(question: Question, near: "Sequence[Near]") -> str:
    """The answer: how many measurements test it, or that none does and what the nearest is."""
    told = spoken(question)
    tests = [one for one in near if one.tests]
    if tests:
        papers = list(dict.fromkeys(one.paper for one in tests))
        count = _many(len(tests), "measurement") + f" of {_many(len(papers), 'paper')}"
        return f"{count} test{'s' * (len(tests) == 1)} this ({_names(papers)}): {told}."
    if not near:
        return f"No measurement tests this, and none comes near it: {told}."
    return f"No measurement tests this: {told}."


def _names(papers: Sequence[str]) -> str:
    names = list(dict.fromkeys(map(cited, papers)))
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
