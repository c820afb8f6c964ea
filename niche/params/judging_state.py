"""Whether the claims are judged at present: `not_judged` in params/claims.yaml says why they are not.

A model of another structure than the one that was fitted can be simulated, and nothing may be concluded from it. The
sentence is there exactly as long as the shipped posterior is of another model (`niche.inference.depends`).
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from niche.errors import NicheError
from niche.lookups import ANY, whole
from niche.params.records import read_yaml, root
from niche.params.schema import parse

KEY = "not_judged"
Reason = Annotated[str, Meta(pattern=r"\S", description="a sentence: why not, since when, and what will replace it")]


def not_judged() -> str:
    """Why no claim is judged, since when, and what will replace it, in one sentence; "" if they are judged."""
    return _read(root() / "claims.yaml")


def refuse_unjudged(what: str) -> None:
    """Raise `NicheError` if no claim is judged: `what` is kept with the project, and is made with the shipped draws."""
    if why := not_judged():
        raise NicheError(f"no claim is judged. {why} Until then {what} stays as it is")


@lru_cache(maxsize=4)
def _read(file: Path) -> str:
    if not file.is_file():
        return ""
    with whole(ANY):  # it says what may be concluded from numbers, and is no part of any
        content = read_yaml(file)
    return one_line(parse(Reason, content[KEY], f"{file.name}, {KEY}")) if KEY in content else ""


def one_line(reason: str) -> str:
    """A sentence of a YAML file, however it is broken there."""
    return " ".join(reason.split())
