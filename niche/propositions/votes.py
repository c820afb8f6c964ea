"""One arrow for each paper: what its measurements saw of a proposition, by majority, one vote for the same animals."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from niche.atoms.assays import variations
from niche.evidence.paper_records import Measurement, Paper
from niche.evidence.papers import read_papers
from niche.propositions.heads import measured_in
from niche.propositions.observed import Observed, observed
from niche.propositions.records import WAYS, Proposition

ARROWS = ("up", "down", "none", "mixed")
_OTHER = {"up": "down", "down": "up"}
SPECIES = ("mouse", "rat", "human", "gerbil", "rabbit")
_TRIALS = 2  # of a pooled report: from so many on they vote themselves, and the report is silent


class Spoken(NamedTuple):
    """A measurement, and what it saw as an arrow of the head."""

    id: str
    paper: str
    family: str
    arrow: str
    seen: Observed
    y: float | None


class Vote(NamedTuple):
    """The arrow of a paper, or of several papers on the same animals.

    Attributes
    ----------
    papers
        keys of params/papers
    arrow
        "up", "down", "none" or "mixed", as the head would move
    """

    papers: tuple[str, ...]
    arrow: str
    spoken: tuple[Spoken, ...]


class Votes(NamedTuple):
    """All votes, what could not be read with the reason, and reports that are silent since their trials speak."""

    votes: tuple[Vote, ...]
    unread: Mapping[str, str]
    silent: tuple[str, ...]


def votes(one: Proposition) -> Votes:
    """What papers say of a proposition: of each the arrow that more than half of its measurements have, else mixed."""
    papers, known = read_papers(), variations()
    unread: dict[str, str] = {}
    by: dict[str, list[Spoken]] = {}
    for row, wanted in one.evidence.items():
        key = measured_in()[row]
        measurement = next(m for m in papers[key].measurements if m.id == row)
        seen = observed(papers[key], measurement, known)
        if seen.way:
            by.setdefault(key, []).append(_spoken(measurement, key, one.asserts, wanted, seen))
        else:
            unread[row] = seen.why
    groups, silent = together(list(by), papers)
    cast = []
    for group in groups:
        spoken = tuple(spoken for key in group for spoken in by[key])
        cast.append(Vote(tuple(group), majority([said.arrow for said in spoken]), spoken))
    return Votes(tuple(cast), unread, silent)


def majority(arrows: Sequence[str]) -> str:
    """What more than half say; "mixed" where nothing is said by more than half."""
    arrow, count = Counter(arrows).most_common(1)[0]
    return arrow if 2 * count > len(arrows) else "mixed"


def arrow(asserts: str, wanted: str, seen: str) -> str:
    """What a measurement saw, as the head would move: what speaks for the statement points where the head does.

    Parameters
    ----------
    asserts
        of the head
    wanted
        the way of this measurement that speaks for the statement
    seen
        what it saw
    """
    if asserts not in WAYS:
        return seen
    if wanted in WAYS:
        return seen if seen not in WAYS or wanted == asserts else _OTHER[seen]
    return asserts if speaks_for(wanted, seen) else _OTHER[asserts]


def speaks_for(wanted: str, seen: str) -> bool:
    """Whether a way is among those that speak for a statement ("none or down")."""
    return seen in wanted.split(" or ")


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


def _spoken(one: Measurement, key: str, asserts: str, wanted: str, seen: Observed) -> Spoken:
    """A number counts upwards where the head does; what is to stay as it is has no such direction."""
    y = seen.y
    if asserts in WAYS:
        y = None if y is None or wanted not in WAYS else y if wanted == asserts else -y
    return Spoken(one.id, key, one.family, arrow(asserts, wanted, seen.way), seen, y)
