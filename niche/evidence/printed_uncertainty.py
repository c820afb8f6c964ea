"""What papers print of an uncertainty: which kind it is, how many are in an arm, P, and the factors that follow."""

import math
import re
from typing import NamedTuple

from niche.errors import NicheError, unknown
from niche.evidence.printed_numbers import cleaned, printed_number

SMALL = 60  # below so many in a group an interval was made, and P read, by Student's t
_KINDS = ("SE", "SEM", "SD", "95CI", "90CI", "IQR", "range", "printed digits", "none")
_SE = re.compile(r"(ls ?mean )?(s\.?e\.?(m\.?)?|standard errors?( of the mean)?)", re.IGNORECASE)
_SD = re.compile(r"s\.?d\.?|standard deviations?", re.IGNORECASE)
_INTERVAL = re.compile(
    r"(?:(\d\d(?:\.\d+)?)\s*%?\s*)?(?:CI|CrI|(?:confidence|credible) interval)(?:\s*\(?(\d\d(?:\.\d+)?)\s*%?\)?)?",
    re.IGNORECASE,
)
_P = re.compile(r"(?:2?p(?:[- ]?value)?\s*)?([<>=\u2264\u2265]?)\s*(\S.*)", re.IGNORECASE)
_NOT_SIGNIFICANT = re.compile(r"(p\s*=?\s*)?(n\.?\s*s\.?|not significant|non-significant)", re.IGNORECASE)
_WORDS = r"(?: [a-z][a-z -]*?)?"
_ONE = re.compile(r"(?:n ?= ?)?(\d+)(?: (?:animals|mice|rats|patients|people|women|men))?")
_TWO = re.compile(rf"(?:n ?= ?)?(\d+){_WORDS}\s*(?:vs\.?|versus|v|against|and|/|;|,|\+|:)\s*(?:n ?= ?)?(\d+){_WORDS}")
_EACH = re.compile(r"(\d+) ?(?:animals|mice|rats|patients|people)? ?(?:per|each|in each|a|/) ?(?:group|arm)?s?")
_OF_ALL = re.compile(r"(\d+)(?: total| in all)?,? ?(?:in )?(\d+) (?:groups|arms)")


class Probability(NamedTuple):
    """A printed P: its number and "=" or "<"."""

    sign: str
    p: float
    text: str


def uncertainty(text: str) -> tuple[str, float | None]:
    """What sd, low and high are, and the level of an interval in per cent.

    Returns
    -------
    tuple[str, float | None]
        "SE", "SD", "CI", "IQR", "range", "printed digits" or ""
    """
    said = " ".join(text.split())
    if _SE.fullmatch(said):
        return "SE", None
    if _SD.fullmatch(said):
        return "SD", None
    if found := _INTERVAL.fullmatch(said):
        level = float(found[1] or found[2] or 95)
        if not 50 <= level < 100:
            raise NicheError(f"an interval of {level:g} %; allowed are 50 to 99.9 %")
        return "CI", level
    for word in ("IQR", "range", "printed digits"):
        if said.lower() == word.lower():
            return word, None
    if said.lower() not in ("", "none", "not stated"):
        raise unknown("kind of uncertainty", text, _KINDS)
    return "", None


def arm_sizes(text: str) -> tuple[int, ...]:
    """How many are in each arm: "8" is (8,), "8 vs 9" is (8, 9), "8 per group" is (8, 8).

    Returns
    -------
    tuple[int, ...]
        () where it does not say, or where an arm has fewer than two
    """
    said = re.sub(r"(?<=\d),(?=\d{3}\b)", "", " ".join(cleaned(text).lower().split()))
    said = re.sub(r"\s*\([^()]*\)$", "", said)
    sizes: tuple[str, ...] = ()
    if len(said) > 120:
        return ()
    if found := _ONE.fullmatch(said):
        sizes = (found[1],)
    elif found := _OF_ALL.fullmatch(said):
        fine = len(found[1] + found[2]) < 18 and int(found[2]) > 0
        sizes = (str(int(found[1]) // int(found[2])),) * 2 if fine else ()
    elif found := _EACH.fullmatch(said):
        sizes = (found[1], found[1])
    elif found := _TWO.fullmatch(said):
        sizes = (found[1], found[2])
    counted = tuple(int(n) for n in sizes if len(n) < 10)
    return counted if len(counted) == len(sizes) and min(counted, default=0) > 1 else ()


def probability(text: str, decimal: str) -> Probability | None:
    """P as printed, "0.004", "P < 0.05"; None for "not significant" and for "P >", which bound no error from above.

    Raises
    ------
    NicheError
        where it is no probability
    """
    said = cleaned(text)
    if not said or _NOT_SIGNIFICANT.fullmatch(said):
        return None
    found = _P.fullmatch(said)
    if found is None:
        raise NicheError(f"{text!r} is no P, like 0.004 or '< 0.05'")
    p = printed_number(found[2].replace(" ", ""), decimal)
    if not 0 < p < 1:
        raise NicheError(f"{text!r} is no probability between 0 and 1")
    if found[1] in (">", "\u2265"):
        return None
    return Probability("<" if found[1] in ("<", "\u2264") else "=", p, found[2])


def quantile(upper: float, sizes: tuple[int, ...] = ()) -> tuple[float, str]:
    """The standard score with the share `upper` above it; of Student's t where arms are small, and a word on that."""
    from scipy.special import ndtri, stdtrit  # late: much of the import time of scipy

    freedom = sum(sizes) - len(sizes)
    if not sizes or max(sizes) >= SMALL or freedom < 1:
        return float(-ndtri(upper)), ""
    return float(-stdtrit(freedom, upper)), f" (Student's t, {freedom} degrees of freedom)"


def per_arms(sizes: tuple[int, ...]) -> tuple[float, str]:
    """What an SD of animals is multiplied by to be the error of a mean, or of two arms compared; and in text.

    Of two arms the SD is taken for both: of a difference as it is, of a ratio relative to the mean of each arm, for
    which the delta method gives the same sum.
    """
    if len(sizes) == 1:
        return 1 / math.sqrt(sizes[0]), f" / sqrt({sizes[0]})"
    return math.sqrt(1 / sizes[0] + 1 / sizes[1]), f" x sqrt(1/{sizes[0]} + 1/{sizes[1]})"
