"""Numbers and names as they are said in a sentence."""

import re
from collections.abc import Sequence

_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_PLAIN = re.compile(r"(A|[A-Z][a-z][a-z0-9-]*)(?=\s|$)")  # of "PTHrP", "IL-6" and "M3" the capital stays


def counted(n: int) -> str:
    """A number as a word, up to twelve."""
    return _NUMBERS[n] if n < len(_NUMBERS) else str(n)


def lowered(statement: str) -> str:
    """A statement as it goes on within a sentence: without its full stop, and its first word small if it may be."""
    said = " ".join(statement.split()).rstrip(".")
    return said[:1].lower() + said[1:] if _PLAIN.match(said) else said


def worth_word(word: str, asserts: str) -> str:
    """The word of a mechanism as it is shown: of a statement that there is no effect, no effect is what is supported.

    Parameters
    ----------
    asserts
        what the head does if the statement is true
    """
    return f"{word}: no effect" if word == "supported" and asserts.startswith("none") else word


def capital(said: str) -> str:
    """A sentence with its first letter large."""
    return said[:1].upper() + said[1:]


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Parts as a list in words: "a", "a and b", "a, b and c"."""
    return f" {last} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
