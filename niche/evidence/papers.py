"""Papers as they were read: what was done to whom, and every number of it that bears on a claim, with its place.

One file of params/papers for each paper. Rows of params/evidence are made of them; a paper may hold more than any row
uses yet. Nothing here is a sentence of the paper: figures and facts only.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from niche.errors import NicheError, unknown
from niche.params.records import root
from niche.params.schema import Number, Positive, Record, Share, Text, parse
from niche.params.yaml_files import read_yaml

Class = Literal["culture", "healthy rodent", "rodent with tumour", "randomised trial", "cohort", "people", "review"]
Family = Literal["bone cells", "bone mass", "tumour", "fibres and pain", "immune", "events", "molecules", "drug level"]
Read = Literal["full text", "abstract", "other page"]
Judgement = Literal["low", "high", "unclear"]


class Host(Record):
    """Who was studied: animals, people, or cells. What the paper does not say is left out."""

    species: Text
    strain: str = ""
    sex: Literal["", "female", "male", "both", "not stated"] = ""
    age: str = ""
    tumour: str = ""
    tumour_site: str = ""
    bone: str = ""


class PaperArm(Record):
    """What was done to a group, in words with doses, route and days, and how many were in it."""

    done: Text
    n: int | None = None


class Measurement(Record):
    """One contrast of arms, one read-out, one time.

    se, sd, low and high (of `level`), p, p_below, n : what was printed, and nothing else; sd is between animals

    Attributes
    ----------
    id
        of a row of params/evidence, or a new one
    contrast
        [treated, control], or one arm for a number of its own
    kind
        a number; a direction or "no effect" that was printed without one; a bound; an order of doses
    where
        where in the paper it stands
    """

    id: Text
    readout: Text
    family: Family
    contrast: tuple[Text, ...]
    kind: Literal["number", "direction", "no effect", "bound", "order"]
    where: Text
    assay: str = ""
    # not a pair: msgspec 0.23 dies of a union of a bounded number with a tuple of fixed length
    day: Number | tuple[Number, ...] | None = None
    value: Number | None = None
    control_value: Number | None = None
    unit: str = ""
    direction: Literal["", "up", "down"] = ""
    bound: Literal["", "above", "below"] = ""
    se: Positive | None = None
    sd: Positive | None = None
    low: Number | None = None
    high: Number | None = None
    level: Share = 0.95
    p: Share | None = None
    p_below: Share | None = None
    n: tuple[int, ...] = ()
    digitised: bool = False
    read: Read | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """What a kind needs, it has."""
        if self.kind in ("number", "bound") and self.value is None:
            raise ValueError(f"{self.id}: a {self.kind} needs its value")
        if self.kind == "direction" and not self.direction:
            raise ValueError(f"{self.id}: a direction is up or down")
        if self.kind == "bound" and not self.bound:
            raise ValueError(f"{self.id}: a bound is above or below")
        if isinstance(self.day, tuple) and len(self.day) != 2:
            raise ValueError(f"{self.id}: a day is a number, or [from, to]")
        if not 1 <= len(self.contrast) <= 6:
            raise ValueError(f"{self.id}: a contrast names one arm, or a treated one and its control")


class Paper(Record):
    """A paper, by what it is cited as; who made it; how far it was read; what was measured."""

    title: Text
    authors: tuple[Text, ...]
    year: int
    journal: Text
    laboratory: Text
    read: Read
    kind: Class
    host: Host
    arms: dict[str, PaperArm]
    measurements: tuple[Measurement, ...]
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    volume: str = ""
    pages: str = ""
    seen_at: str = ""
    propositions: tuple[str, ...] = ()
    risk_of_bias: dict[str, Judgement] = msgspec.field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        """Every contrast names arms that are there; no measurement stands there twice."""
        ids = [one.id for one in self.measurements]
        for one in self.measurements:
            for arm in one.contrast:
                if arm not in self.arms:
                    raise ValueError(f"{one.id}: {unknown('arm', arm, self.arms)}")
        twice = {one for one in ids if ids.count(one) > 1}
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))}: a measurement stands there twice")
        if not (self.doi or self.pmid or self.seen_at):
            raise ValueError("a paper has a DOI, a PMID, or the page where it was seen")


@lru_cache(maxsize=4)
def read_papers(folder: Path | None = None) -> Mapping[str, Paper]:
    """Every paper by its key, the name of its file.

    Raises
    ------
    NicheError
        with file and key for what is wrong, a DOI or a measurement that stands in two papers
    """
    base = folder or root() / "papers"
    found: dict[str, Paper] = {}
    dois: dict[str, str] = {}
    ids: dict[str, str] = {}
    for file in sorted(base.glob("*.yaml")):
        where = f"papers/{file.name}"
        paper = parse(Paper, read_yaml(file), where)
        if paper.doi and (first := dois.setdefault(paper.doi.lower(), file.stem)) != file.stem:
            raise NicheError(f"{where}: the DOI {paper.doi} stands in papers/{first}.yaml already")
        for one in paper.measurements:
            if (first := ids.setdefault(one.id, file.stem)) != file.stem:
                raise NicheError(f"{where}: measurement {one.id} stands in papers/{first}.yaml already")
        found[file.stem] = paper
    return found
