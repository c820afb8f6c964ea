"""params/claims.yaml: what is claimed, by whom, under which number and name. What is said of it stands elsewhere."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from niche.errors import NicheError, unknown
from niche.lookups import Noted, plain, whole
from niche.params.records import read_yaml, root
from niche.params.schema import Record, Text, parse

FILE = "claims.yaml"


class ClaimEntry(Record):
    """A claim of the literature, in the words of its source.

    Attributes
    ----------
    kind
        what it is where no paper could speak to it: a verification of the code, of the fit
    leads
        the propositions that say what the title says, at most two; the first if none is named
    """

    number: Annotated[int, Meta(ge=1, description="a whole number above 0")]
    title: Text
    statement: Text
    source: Text
    kind: str = ""
    leads: Annotated[tuple[Text, ...], Meta(max_length=2)] = ()

    def notebook(self, name: str) -> str:
        """File name of the notebook of the claim with this name."""
        return f"{self.number:02d}_{name}.ipynb"


class ClaimFile(Record):
    """params/claims.yaml."""

    claims: dict[Text, ClaimEntry]


@lru_cache(maxsize=4)
def read_entries(file: Path | None = None) -> Mapping[str, ClaimEntry]:
    """The registry of claims, in order of number. Raises `NicheError` for unknown keys, or a number that two have."""
    path = file or root() / FILE
    with whole("claims"):
        found = parse(ClaimFile, read_yaml(path), path.name).claims
    by_number: dict[int, str] = {}
    for name, one in found.items():
        if one.number in by_number:
            other = by_number[one.number]
            raise NicheError(f"{path.name}, claims, {name}, number: {one.number} is that of {other!r} too")
        by_number[one.number] = name
    return Noted("claims", {name: found[name] for _, name in sorted(by_number.items())})


def claim_ids() -> tuple[str, ...]:
    """Names of all claims, in order of number."""
    return tuple(read_entries())


def id_of(name: str) -> str | None:
    """The id of the claim that a name means; None if it means none.

    Parameters
    ----------
    name
        its id, its number ("2", "02"), or its notebook ("02_vicious-cycle", with or without folder and ending)
    """
    entries = plain(read_entries())  # whose names are asked for is not on what a result depends
    stem = Path(name).name.removesuffix(".ipynb")
    for one, entry in entries.items():
        if stem in (one, entry.notebook(one).removesuffix(".ipynb")) or (stem.isdigit() and int(stem) == entry.number):
            return one
    return None


def known_id(name: str) -> str:
    """As `id_of`, or `NicheError` with the nearest id."""
    found = id_of(name)
    if found is None:
        stem = Path(name).name.removesuffix(".ipynb")
        raise unknown("claim", re.sub(r"^\d+[_-]", "", stem) or name, claim_ids())
    return found
