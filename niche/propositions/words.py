"""The word of the first answer: consistent, conflicting, single paper or none."""

from collections.abc import Mapping

WORDS = ("consistent", "conflicting", "single paper", "none")
SIDES = ("for", "against", "no effect")


def word(stands: Mapping[str, int]) -> str:
    """The word of so many papers for a statement, against it, of no effect, and mixed.

    "none" and "single paper" count papers; "conflicting" are papers on both sides, or so many that saw no effect or
    both that no side has more than half; all else is "consistent", which may be for the statement, against it, or no
    effect.
    """
    papers = sum(stands.values())
    if papers < 2:
        return ("none", "single paper")[papers]
    if (stands["for"] and stands["against"]) or not side(stands):
        return "conflicting"
    return "consistent"


def side(stands: Mapping[str, int]) -> str:
    """The side of more than half of the papers, or ""."""
    return next((name for name in SIDES if 2 * stands[name] > sum(stands.values())), "")
