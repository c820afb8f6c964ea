"""What is not recorded of the works that are cited: how many of each part are complete, and what the others lack."""

from collections.abc import Iterable, Sequence

from compendium.citing.agreement import disagreements
from compendium.citing.bibliography import PARTS, entries
from compendium.citing.entry import BibEntry
from compendium.citing.library import read_references
from niche.evidence.papers import read_papers


def gaps(names: Sequence[str] = ()) -> str:
    """How many works of these claims (all, if none is named) have full references, and what each other one lacks.

    Raises
    ------
    NicheError
        for an unknown claim, with the nearest name
    """
    parts = entries(names)
    every = [one for found in parts.values() for one in found]
    lines = [f"{_count(every)} works have a full reference."]
    lines += [f"  {_count(found)}: {PARTS[part]}" for part, found in parts.items()]
    for part, found in parts.items():
        lacking = [one for one in found if one.missing]
        lines += ["", f"Not complete among {PARTS[part]}:"] if lacking else []
        lines += [f"  {one.key}{_named(one)}: {', '.join(one.missing)}. {one.not_found}".rstrip() for one in lacking]
    if wrong := list(disagreements(read_references(), read_papers())):
        lines += ["", "References that differ from the paper files which they complete:", *wrong]
    return "\n".join(lines) + "\n"


def _count(found: Iterable[BibEntry]) -> str:
    every = tuple(found)
    return f"{sum(not one.missing for one in every)} of {len(every)}"


def _named(one: BibEntry) -> str:
    return f" (params/papers/{one.paper}.yaml)" if one.paper else ""
