"""What is said of a claim, piece by piece: the records of params/answers.json and of `niche claims --json`."""

from typing import Any, Final, Literal

import msgspec

from niche.answering.coverage_record import CoverageAnswer
from niche.answering.evidence_record import AtLeastNone, Count, EvidenceAnswer, Said
from niche.drawing import drawn
from niche.params.schema import Number, Share, Text

NOT_YET: Final = "not yet computed"
NOT_WELL: Final = "not computed well enough"
MechanismWord = Literal[
    "untested",
    "not computed well enough",
    "contested",
    "supported",
    "contradicted",
    "no relevant effect",
    "weakly supported",
    "undetermined",
    "not yet computed",
]
ModelWord = Literal["adequate", "misfits", "untested", "not computed well enough", "not yet computed"]


class Influence(Said, frozen=True):
    """What one paper adds.

    Attributes
    ----------
    difference, error
        its left-out log density with the mechanism less that without, in nats, and the Monte Carlo error of that
    way
        how it was left out: by "weights" of the draws of all papers, or from a chain that was "raised"
    k, worth
        of the worse of both fits: shape of the tail of its weights (None where weights are all alike), and draws that
        they are worth
    side
        probability, by its own rows alone, of the asserted side; None where it was not asked
    """

    paper: Text
    laboratory: str
    difference: Number
    error: AtLeastNone
    way: Text
    k: Number | None
    worth: AtLeastNone
    side: Share | None = None
    trial: bool = False


class Spread(Said, frozen=True):
    """Median and 90 % interval over draws: of a logarithm, or in 1/day."""

    low: Number
    median: Number
    high: Number


class SavageDickey(Said, frozen=True):
    """Natural logarithm of the posterior over the prior density where the gains are 0, by the width of their prior.

    Below 0 the papers speak against gains of 0. It decides nothing.
    """

    half: Number
    full: Number
    double: Number


class MechanismAnswer(Said, frozen=True):
    """Whether the mechanism improves the prediction of papers that were not used.

    Attributes
    ----------
    papers, labs
        with a direct atom
    pi, rho, nu
        probabilities that the head lies on the asserted side, beyond the least relevant effect there, and within it
    D, se, error
        gain in left-out log density, in nats; its standard error over papers, and its Monte Carlo error
    word_without_labs
        the word where whole laboratories are left out instead of papers; "" where that was not computed
    tells_most
        the experiment that would tell most, where the word is open
    informed_indirectly
        papers that narrow its gains although none of them is direct: a back door, shown and not counted
    back_doors
        "not computed well enough" where the draws do not bear that all direct papers are left out together
    head_draws, head_chance
        draws of the fit on which pi, rho and nu rest, which is their Monte Carlo error; of a trial, the share of the
        spread between draws that was the chance of few virtual patients, and was taken off before
    because
        why there is no other word, where the proposition cannot be asked
    effect
        the head over the draws of the fit of all papers
    can_be
        while D is not yet computed: the words that some D would give; one alone is the word
    """

    word: MechanismWord
    papers: Count | None = None
    labs: Count | None = None
    pi: Share | None = None
    rho: Share | None = None
    nu: Share | None = None
    D: Number | None = None
    se: AtLeastNone | None = None
    error: AtLeastNone | None = None
    influence: tuple[Influence, ...] = ()
    savage_dickey: SavageDickey | None = None
    word_without_labs: MechanismWord | Literal[""] = ""
    tells_most: str = ""
    informed_indirectly: tuple[Text, ...] = ()
    back_doors: Literal["", "not computed well enough"] = ""
    head_draws: Count | None = None
    head_chance: Share | None = None
    because: str = ""
    effect: Spread | None = None
    can_be: tuple[MechanismWord, ...] = ()


class Prediction(Said, frozen=True):
    """A direct atom, predicted with its paper left out.

    Attributes
    ----------
    observed
        what was measured: natural logarithm of a ratio, or 1/day where `linear`; None where no number was printed
    low, high
        90 % interval of the prediction, with the paper's own deviation and error; None beside a direction
    seen, chance
        what was seen ("up", "down", "none", "below", ...), and its predicted probability; of what is no number
    pit
        predicted probability of less than what was measured
    expected
        chance that such an atom lies outside if the model is right: 0.1 of a number; see `niche.answering.model`
    """

    name: Text
    paper: Text
    inside: bool
    observed: Number | None = None
    low: Number | None = None
    high: Number | None = None
    seen: str = ""
    chance: Share | None = None
    pit: Share | None = None
    linear: bool = False
    expected: Share = 0.1


class Control(Said, frozen=True):
    """The head in the whole model, and in the model without the mechanism, fitted again.

    Attributes
    ----------
    left
        median without over median with, in per cent; None where there is hardly an effect to explain
    """

    whole: Spread
    without: Spread
    left: Number | None


class ModelAnswer(Said, frozen=True):
    """Whether the model can account for the measurements.

    Attributes
    ----------
    atoms, outside, expected
        direct atoms; those outside their 90 % interval; how many would be by chance
    p
        of the Mahalanobis chi-square of all
    which
        the atoms outside, by name
    cause
        what is suspected of a misfit
    """

    word: ModelWord
    atoms: Count | None = None
    outside: Count | None = None
    expected: AtLeastNone | None = None
    p: Share | None = None
    which: tuple[Text, ...] = ()
    cause: str = ""
    control: Control | None = None
    predictions: tuple[Prediction, ...] = ()


class PropositionAnswer(Said, frozen=True):
    """A proposition with its three answers and the sentence that they come to.

    Attributes
    ----------
    head, asserts
        the contrast of the model that stands for it, and what that does if the statement is true
    """

    id: Text
    statement: Text
    head: str
    asserts: Text
    sentence: Text
    evidence: EvidenceAnswer
    mechanism: MechanismAnswer
    model: ModelAnswer

    def plot(self, **options: Any) -> Any:
        """Its measurements beside what is predicted for them without their paper (`niche.drawing.drawn`)."""
        return drawn(self, **options)


class ClaimAnswer(Said, frozen=True):
    """A claim with its propositions; a claim about the code or the fit has none.

    Attributes
    ----------
    sentence
        the answer to what its title says
    summary
        how all of its statements fare; "" where there is only one
    """

    id: Text
    number: Count
    title: Text
    sentence: Text
    propositions: tuple[PropositionAnswer, ...]
    summary: str = ""

    def plot(self, **options: Any) -> Any:
        """The three answers of each statement on one card (`niche.drawing.drawn`)."""
        return drawn(self, **options)


class FittedAnswer(Said, frozen=True):
    """What the fit says of one proposition."""

    mechanism: MechanismAnswer
    model: ModelAnswer


class AnswerFile(Said, frozen=True):
    """params/answers.json.

    Attributes
    ----------
    freeze
        hash of what was frozen before the fit (params/frozen/lock.json)
    fit
        hash of the posterior that the answers were made of
    verified
        of a claim that checks code: how many published numbers came out as printed, of how many
    coverage
        of papers that were left out
    """

    freeze: Text
    propositions: dict[Text, FittedAnswer]
    fit: str = ""
    verified: dict[Text, tuple[Count, Count]] = msgspec.field(default_factory=dict)
    coverage: CoverageAnswer | None = None
