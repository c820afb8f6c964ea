"""What the files of params/propositions hold, key by key."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from niche.evidence.readings import Days
from niche.params.schema import Name, Number, Record, Text

# What a read-out does; "none" is no effect that was seen.
Way = Literal["up", "down", "none", "none or up", "none or down"]
WAYS: tuple[str, ...] = ("up", "down")
LEAST = 1.2  # the least relevant effect, where a proposition names none of its own
Ratio = Annotated[float, Meta(gt=1, le=100, description="a ratio above 1, such as 1.2; for 0.9 its inverse, 1.111")]


class Head(Record):
    """The one contrast that stands for a proposition: an atom, an atom over another of the same scale, or, where no
    paper measured it, two arms of an experiment.

    Attributes
    ----------
    experiment
        of params/experiments, or "paper: name" of a paper's own
    observable, arms, day
        what is read there, of which two arms and when
    """

    atom: Text | None = None
    over: Text | None = None
    experiment: Text | None = None
    observable: Text | None = None
    arms: tuple[Name, ...] = ()
    day: Days | None = None

    def __post_init__(self) -> None:
        """An atom, or an experiment with all that is read of it."""
        own = (self.experiment, self.observable, self.arms or None, self.day)
        if self.atom is not None:
            if any(part is not None for part in own):
                raise ValueError("an atom has its experiment already: no experiment, observable, arms or day beside it")
            return
        if self.over is not None:
            raise ValueError("lacks 'atom', which stands over another")
        if any(part is None for part in own):
            raise ValueError("lacks 'atom', or all of experiment, observable, arms and day")
        if len(self.arms) != 2:
            raise ValueError(f"arms: a contrast has two arms, [treated, control], got {len(self.arms)}")


class Proposition(Record):
    """One piece of what a claim asserts.

    Attributes
    ----------
    claim
        its key in params/claims.yaml
    asserts
        what the head does if the statement is true
    head_because
        why the head is not the one that was named first, written before any fit
    least
        the least relevant effect, as a ratio
    gains
        the couplings whose `off` switches the mechanism off
    set_to
        other parameters that go with them, and their value without the mechanism: of a drug's slot, a loss
    no_gain_because
        why there are none though the model can be asked: a sum is tested, and no mechanism
    untested_because
        why the model cannot tell it yet
    evidence
        measurements of params/papers that speak to the statement, each with the way that speaks for it
    """

    claim: Text
    statement: Text
    asserts: Way
    head: Head | None = None
    head_because: str = ""
    least: Ratio = LEAST
    gains: tuple[Text, ...] = ()
    set_to: dict[Text, Number] = msgspec.field(default_factory=dict)
    no_gain_because: str = ""
    untested_because: str = ""
    evidence: dict[Text, Way] = msgspec.field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        """What the model is not asked says why."""
        if self.head is None and not self.untested_because:
            raise ValueError("lacks 'head': an atom, or untested_because that says why there is none")
        if not (self.gains or self.set_to or self.no_gain_because or self.untested_because):
            raise ValueError("lacks 'gains': parameters to switch off, or no_gain_because or untested_because")
        twice = {gain for gain in self.gains if self.gains.count(gain) > 1}
        if twice:
            raise ValueError(f"gains: {', '.join(sorted(twice))} stand there twice")

    @property
    def directed(self) -> bool:
        """Whether an effect is asserted, rather than none."""
        return self.asserts in WAYS


class PropositionFile(Record):
    """params/propositions/*.yaml."""

    propositions: Annotated[
        dict[Text, Proposition], Meta(min_length=1, description="a mapping of propositions, such as 05a")
    ]
