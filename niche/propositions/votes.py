"""One vote for each paper: where its measurements stand to a proposition, by majority, one for the same animals."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from niche.atoms.assays import variations
from niche.evidence.paper_records import Paper
from niche.evidence.papers import read_papers
from niche.propositions.heads import measured_in
from niche.propositions.observed import Observed, observed
from niche.propositions.records import WAYS, Proposition

STANDS = ("for", "against", "no effect", "mixed")
ARROWS = ("up", "down", "none", "mixed")
_OTHER = {"up": "down", "down": "up"}
SPECIES = ("mouse", "rat", "human", "gerbil", "rabbit")
_TRIALS = 2  # of a pooled report: from so many on they vote themselves, and the report is silent


class Spoken(NamedTuple):
    """A measurement, where it stands, what it saw, and its effect counted upwards where the head goes up."""

    id: str
    paper: str
    family: str
    stand: str
    seen: Observed
    y: float | None


class Vote(NamedTuple):
    """Where a paper stands, or several papers on the same animals.

    Attributes
    ----------
    papers
        keys of params/papers
    stand
        "for", "against", "no effect" or "mixed"
    arrow
        "up", "down", "none" or "mixed": how the head would move
    """

    papers: tuple[str, ...]
    stand: str
    arrow: str
    spoken: tuple[Spoken, ...]


class Votes(NamedTuple):
    """All votes, what could not be read with the reason, and reports that are silent since their trials speak."""

    votes: tuple[Vote, ...]
    unread: Mapping[str, str]
    silent: tuple[str, ...]


def votes(one: Proposition) -> Votes:
    """Where papers stand to a proposition: each where more than half of its measurements do, else "mixed"."""
    papers, known = read_papers(), variations()
    unread: dict[str, str] = {}
    by: dict[str, list[Spoken]] = {}
    for row, wanted in one.evidence.items():
        key = measured_in()[row]
        measurement = next(m for m in papers[key].measurements if m.id == row)
        seen = observed(papers[key], measurement, known)
        if seen.way:
            y = upwards(one.asserts, wanted, seen.y)
            by.setdefault(key, []).append(Spoken(row, key, measurement.family, stand(wanted, seen.way), seen, y))
        else:
            unread[row] = seen.why
    groups, silent = together(list(by), papers)
    cast = []
    for group in groups:
        spoken = tuple(spoken for key in group for spoken in by[key])
        stands = majority([said.stand for said in spoken])
        cast.append(Vote(tuple(group), stands, arrow(one.asserts, stands, [s.seen.way for s in spoken]), spoken))
    return Votes(tuple(cast), unread, silent)


def majority(said: Sequence[str]) -> str:
    """What more than half say; "mixed" where nothing is said by more than half."""
    word, count = Counter(said).most_common(1)[0]
    return word if 2 * count > len(said) else "mixed"


def stand(wanted: str, seen: str) -> str:
    """Where a measurement stands that saw a way, where another (or "none or down") speaks for the statement.

    To see no effect is not to stand against one: what is not significant need not be absent.
    """
    if seen in wanted.split(" or "):
        return "for"
    return "no effect" if seen == "none" else "against"


def arrow(asserts: str, stands: str, seen: Sequence[str]) -> str:
    """How the head would move by a paper: as asserted, otherwise, or not; of one that is to stay, as was seen."""
    if asserts not in WAYS:
        return majority(seen)
    return {"for": asserts, "against": _OTHER[asserts], "no effect": "none", "mixed": "mixed"}[stands]


def upwards(asserts: str, wanted: str, y: float | None) -> float | None:
    """A number with the sign that the head would have; of a head that is to stay, as printed."""
    if y is None or asserts not in WAYS:
        return y if wanted == asserts else None
    return y if wanted == asserts else -y if wanted in WAYS else None


def together(keys: Sequence[str], papers: Mapping[str, Paper]) -> tuple[list[list[str]], tuple[str, ...]]:
    """Papers in groups of one vote each, and those that are silent.

    Papers on the same animals or people vote as one. A review that pools trials is another matter: where two of its
    trials or more speak, they vote apart and the review, which counts their patients again, is silent.
    """
    by_animals: dict[str, list[str]] = {}
    for key in keys:
        by_animals.setdefault(papers[key].same_animals or key, []).append(key)
    groups: list[list[str]] = []
    silent: list[str] = []
    for root, group in by_animals.items():
        own = [key for key in group if papers[key].kind != "review"]
        if papers[root].kind == "review" and len(own) >= _TRIALS:
            groups += [[key] for key in own]
            silent += [key for key in group if key not in own]
        else:
            groups.append(group)
    return groups, tuple(silent)


def species(keys: Sequence[str]) -> tuple[str, ...]:
    """The species of papers, the common ones first."""
    said = {word for key in keys for word in re.findall(r"\w+", read_papers()[key].host.species.lower())}
    return tuple(name for name in SPECIES if name in said)
