"""How well papers that were left out are predicted: the part of params/answers.json that is of no one claim."""

from niche.answering.evidence_record import AtLeastNone, Count, Said
from niche.params.schema import Number, Share, Text


class Level(Said, frozen=True):
    """Measurements inside their interval of this probability; low, high: how many may be by chance (binomial, 95 %)."""

    level: Share
    rows: Count
    held: Count
    low: Count
    high: Count


class Coverage(Said, frozen=True):
    """Numbers that were predicted with their paper left out, of one class of study or of "all"."""

    study: Text
    papers: Count
    levels: tuple[Level, ...]


class Gain(Said, frozen=True):
    """What the whole model is worth beside a poorer one.

    Attributes
    ----------
    against
        "no nerves", "no feedback", or "before any paper"
    papers, not_well
        papers that both predict well enough, and those that one of them does not
    gain, se, error
        sum of differences of left-out log densities [nats], its standard error over papers, its Monte Carlo error
    """

    against: Text
    papers: Count
    not_well: Count
    gain: Number
    se: AtLeastNone | None
    error: AtLeastNone


class CoverageAnswer(Said, frozen=True):
    """How well papers that were left out are predicted.

    Attributes
    ----------
    not_well
        numbers whose paper could not be left out well enough, which are not counted
    """

    classes: tuple[Coverage, ...]
    not_well: Count
    gains: tuple[Gain, ...]
