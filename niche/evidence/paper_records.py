"""Papers as they were read: what was done to whom, every number that bears on a claim, and how the model is asked.

One file of params/papers for each paper. Nothing in it is a sentence of the paper: figures and facts only.
"""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from niche.errors import unknown
from niche.evidence.plan_files import HostEntry, Length, Step
from niche.evidence.readings import Days, Surround
from niche.params.schema import Name, Number, Positive, Record, Share, Text

Class = Literal["culture", "healthy rodent", "rodent with tumour", "randomised trial", "cohort", "people", "review"]
Family = Literal["bone cells", "bone mass", "tumour", "fibres and pain", "immune", "events", "molecules", "drug level"]
Read = Literal["full text", "abstract", "other page"]
Judgement = Literal["low", "high", "unclear"]
Cost = Literal["nothing", "species", "kind of bone", "tumour site", "culture"]
AssayGroup = Literal[
    "",
    "bone volume",
    "cell counts",
    "dynamic formation",
    "serum marker",
    "imaging of burden",
    "tumour size",
    "counts of metastases",
    "fibre staining",
    "pain behaviour",
    "flow cytometry",
    "expression",
    "culture count",
    "density (DXA)",
]

# What people write where they know no name: it would make all such papers one laboratory, or each one its own.
_NO_NAME = re.compile(
    r"\W*(unknown|unclear|unnamed|anonymous|various|none|nobody|tb[ad]|n/?a|to be \w+|(not|never|no) [a-z]+|$)(\W|$)",
    re.IGNORECASE,
)
Count = Annotated[int, Meta(ge=1, description="a whole number from 1")]


# Domains of risk of bias: SYRCLE's tool for animals (also used for cells), RoB 2 for trials, ROBINS-I for cohorts.
SYRCLE = (
    "sequence generation",
    "baseline",
    "allocation",
    "housing",
    "blinded care",
    "random outcome assessment",
    "blinded outcome assessment",
    "incomplete data",
    "selective reporting",
    "other",
)
ROB2 = ("randomisation", "deviations", "missing data", "measurement", "selection of the result")
ROBINS = ("confounding", "selection", "classification", "deviations", "missing data", "measurement", "reporting")


def domains(kind: str) -> tuple[tuple[str, ...], ...]:
    """The sets of domains of which a paper of a kind is judged by one; a review by that of the studies it pools."""
    if kind == "review":
        return SYRCLE, ROB2, ROBINS
    return ({"randomised trial": ROB2, "cohort": ROBINS, "people": ROBINS}.get(kind, SYRCLE),)


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
    n: Count | None = None


class Differs(Record):
    """What the experiment of the model does otherwise than the paper, and which indirectness that costs."""

    what: Text
    costs: Cost


class Simulated(Record):
    """An experiment of the paper as the model does it: hosts, length, and steps of arms that are named as the paper's.

    Attributes
    ----------
    differs
        all that was done otherwise in the paper
    """

    host: HostEntry
    days: Length
    arms: Annotated[dict[Text, list[Step]], Meta(min_length=1, description="a mapping of arms to lists of steps")]
    differs: tuple[Differs, ...] = ()
    note: str = ""


class Ask(Record):
    """How the model is asked for a measurement.

    Attributes
    ----------
    within
        `in` of a file: which of `simulated`, or an experiment of params/experiments
    day, arms
        where they are not those of the measurement
    because
        why this read-out stands for what was measured
    log_ratio, error, how
        the effect as a natural logarithm where the printed unit is none that the program knows, and how it follows
    """

    observable: Text
    within: Text | None = msgspec.field(default=None, name="in")
    day: Days | None = None
    compare: Text | None = None
    arms: tuple[Name, ...] | None = None
    surround: Surround | None = None
    because: str = ""
    log_ratio: Number | None = None
    error: Positive | None = None
    how: str = ""

    def __post_init__(self) -> None:
        """A number that was worked out says how."""
        if self.log_ratio is not None and not self.how:
            raise ValueError("a log_ratio says how it follows from what was printed")
        if self.error is not None and self.log_ratio is None:
            raise ValueError("an error stands beside a log_ratio; a printed one stands with the measurement")


class Measurement(Record):
    """One contrast of arms, one read-out, one time.

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
    se, sd, low, high, level, p, p_below
        what was printed, and nothing else: `sd` is between animals, `low` and `high` are the ends of an interval of
        `level`
    n
        how many were in each arm, as printed
    control_se, control_sd
        errors of `control_value`, as printed
    counts
        [events, n] of each arm, as printed
    assay_group
        assays that share an error where none was printed
    bone
        the site of params/conditions/sites.yaml that it was measured at, where a paper looked at several
    asked, not_asked
        how the model is asked, or why it cannot be
    conflict
        a name that it shares with what contradicts it
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
    n: tuple[Count, ...] = ()
    control_se: Positive | None = None
    control_sd: Positive | None = None
    counts: tuple[tuple[int, ...], ...] = ()
    assay_group: AssayGroup = ""
    bone: str = ""
    asked: Text | Ask | None = None
    not_asked: str = ""
    conflict: str = ""
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
        if self.asked is not None and self.not_asked:
            raise ValueError(f"{self.id}: it is asked, and says why it is not")
        if self.asked is not None and self.kind == "order" and not self.direction:
            raise ValueError(f"{self.id}: an order says how the read-out runs along its arms, up or down")
        if any(len(pair) != 2 or not 0 <= pair[0] <= pair[1] for pair in self.counts):
            raise ValueError(f"{self.id}: counts are [events, n] of each arm of the contrast")


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
    simulated: dict[Text, Simulated] = msgspec.field(default_factory=dict)
    same_animals: str = ""
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
        if _NO_NAME.match(self.laboratory):
            raise ValueError(
                f"the laboratory {self.laboratory!r} is none: find who made the paper, or leave the paper out"
            )
        if self.risk_of_bias and set(self.risk_of_bias) not in map(set, domains(self.kind)):
            allowed = "; or ".join(", ".join(names) for names in domains(self.kind))
            raise ValueError(
                f"risk_of_bias of a {self.kind} has the domains {allowed}; got {', '.join(self.risk_of_bias)}"
            )
        if not (self.doi or self.pmid or self.seen_at):
            raise ValueError("a paper has a DOI, a PMID, or the page where it was seen")
