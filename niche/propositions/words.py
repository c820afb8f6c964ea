"""The word of the first answer: consistent, conflicting, single paper or none."""

from collections.abc import Sequence

from niche.propositions.records import Proposition
from niche.propositions.votes import speaks_for

WORDS = ("consistent", "conflicting", "single paper", "none")
Sides = tuple[int, int, int]  # papers for a statement, against it, and of no effect where one is asserted


def sides_of(one: Proposition, arrows: Sequence[str]) -> tuple[int, int, int]:
    """Papers for a statement, against it, and neither since they saw no effect. To see none is for a statement of none
    and against no other: what is not significant need not be absent."""
    pro = sum(speaks_for(one.asserts, arrow) for arrow in arrows)
    nothing = arrows.count("none") if one.directed else 0
    return pro, len(arrows) - pro - nothing - arrows.count("mixed"), nothing


def word(sides: tuple[int, int, int], papers: int) -> str:
    """The word of an answer.

    "none" and "single paper" count papers; "conflicting" are papers on both sides, or so many that saw no effect or
    both that no side has more than half; all else is "consistent", which may be for the statement, against it, or no
    effect.
    """
    if papers < 2:
        return ("none", "single paper")[papers]
    if (sides[0] and sides[1]) or not side(sides, papers):
        return "conflicting"
    return "consistent"


def side(sides: tuple[int, int, int], papers: int) -> str:
    """The side of more than half of the papers, or ""."""
    named = zip(("for", "against", "no effect"), sides, strict=True)
    return next((name for name, count in named if 2 * count > papers), "")
