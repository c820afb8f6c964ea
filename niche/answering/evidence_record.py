"""The record of the first answer: what the papers say of a proposition."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from niche.params.schema import Share, Text

Count = Annotated[int, Meta(ge=0, description="a whole number of at least 0")]
AtLeastNone = Annotated[float, Meta(ge=0, le=1e200, description="a number of at least 0")]


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of an answer: nobody changes it, and a key that it does not list is a mistake."""


class Stands(Said, frozen=True):
    """How many papers stand where; those on the same animals count once."""

    pro: Count = msgspec.field(name="for")
    against: Count
    no_effect: Count
    mixed: Count

    @property
    def all(self) -> int:
        """Every paper that speaks."""
        return self.pro + self.against + self.no_effect + self.mixed


class PoolAnswer(Said, frozen=True):
    """Numbers of several papers together, as ratios with the sign of the statement.

    Attributes
    ----------
    ratio_of_risks
        whether they are ratios of risks, hazards or odds rather than of amounts
    low, high
        95 % interval of the mean
    least, most
        95 % prediction interval: where a paper to come would lie
    tau2
        variance between papers, of logarithms
    """

    family: Text
    ratio_of_risks: bool
    papers: Count
    ratio: AtLeastNone
    low: AtLeastNone
    high: AtLeastNone
    least: AtLeastNone
    most: float
    tau2: AtLeastNone
    i2: Share


class VoteAnswer(Said, frozen=True):
    """A paper, or papers on the same animals: where they stand, how the head would move, and what each row saw."""

    papers: tuple[Text, ...]
    laboratory: str
    species: str
    stand: Text
    arrow: Text
    saw: dict[Text, Text]


class StepAnswer(Said, frozen=True):
    """One of GRADE's five domains: how many levels it costs, and why."""

    domain: Text
    cost: Count
    reason: Text


class CertaintyAnswer(Said, frozen=True):
    """A level of certainty ("" where no paper speaks), where it began and why, and the steps down."""

    level: str
    start: str
    because: str
    steps: tuple[StepAnswer, ...]


class EvidenceAnswer(Said, frozen=True):
    """What the papers say, without any model.

    Attributes
    ----------
    side
        of most papers: "for", "against", "no effect", or ""
    papers, labs
        that speak; papers on the same animals are counted apart here
    up, down
        papers by which the head would rise, and fall
    sign_test
        exact two-sided P; None where no effect is asserted or no paper has a side
    pool, other_pools
        that of the most papers, None without one, and the rest
    """

    word: Literal["consistent", "conflicting", "single paper", "none"]
    side: Literal["for", "against", "no effect", ""]
    papers: Count
    labs: Count
    species: tuple[Text, ...]
    up: Count
    down: Count
    stands: Stands
    sign_test: Share | None
    pool: PoolAnswer | None
    certainty: CertaintyAnswer
    votes: tuple[VoteAnswer, ...] = ()
    other_pools: tuple[PoolAnswer, ...] = ()
