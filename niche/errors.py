"""One error type for bad input, and the sentence that helps: what was given, what is allowed, the nearest name."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any


class NicheError(ValueError):
    """Input that `niche` cannot use. The message names what was given and what is allowed."""


def shown(value: object, most: int = 120) -> str:
    """What was given, as an error prints it: never too long, and never an error of its own."""
    try:
        text = repr(value)
    except Exception:
        return f"something of type {type(value).__name__}"
    return text if len(text) <= most else f"{text[:most]}..."


def unknown(what: str, given: object, allowed: Iterable[str]) -> NicheError:
    """An error for a name that is not among `allowed`; names the nearest one and lists the rest."""
    names = sorted(allowed)
    lowered = {name.lower(): name for name in names}
    # a name that differs in its leading zeros alone is meant before any that is as near by letters
    padded = [low for low in lowered if low.lstrip("0") == str(given).lower().lstrip("0")]
    near = padded[:1] or get_close_matches(str(given).lower(), list(lowered), n=1, cutoff=0.5)
    hint = f"; did you mean {lowered[near[0]]!r}?" if near else ""
    listed = ", ".join(names[:40]) + (f", ... ({len(names)} in all)" if len(names) > 40 else "")
    return NicheError(
        f"unknown {what} {given!r}{hint} Allowed: {listed}."
        if hint
        else f"unknown {what} {given!r}. Allowed: {listed}."
    )


def known(entry: Any, allowed: Collection[str], where: str) -> None:
    """Refuse what is not a mapping, or a key that is not among the allowed ones, with the nearest."""
    if not isinstance(entry, dict):
        raise NicheError(f"{where}: expected a mapping, got {entry!r}")
    for key in entry:
        if key not in allowed:
            raise NicheError(f"{where}: {unknown('key', key, allowed)}")
