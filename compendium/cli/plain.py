"""Output for a terminal, or a file, that knows no more than ASCII."""

import codecs
import sys
import unicodedata

_SIGNS = {"±": "+/-", "×": "x", "÷": "/", "→": "->", "≤": "<=", "≥": ">=", "≈": "~", "·": ".", "…": "..."}
_LETTERS = {"µ": "u", "μ": "u", "α": "alpha", "β": "beta", "γ": "gamma", "κ": "kappa"}
_STROKES = {"–": "-", "—": "-", "−": "-", "’": "'", "“": '"', "”": '"'}
_AS = _SIGNS | _LETTERS | _STROKES


def print_anywhere() -> None:
    """Let characters that standard output cannot show be written in plain ones, instead of ending the program."""
    codecs.register_error("niche", escape_character)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="niche")


def escape_character(error: Exception) -> tuple[str, int]:
    """A handler of errors of an encoding: what stands for the characters that it lacks, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    found = "".join(_AS.get(letter) or unicodedata.normalize("NFKD", letter) for letter in text)
    return found.encode("ascii", "ignore").decode() or "?" * len(text), error.end
