"""Experiments that nobody has published, as params/candidates.yaml has them: hosts, arms, what is read, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from niche.atoms.assays import variations
from niche.atoms.errors import assay_error
from niche.atoms.records import Atom
from niche.errors import unknown
from niche.evidence.paper_records import AssayGroup, Count
from niche.evidence.plan_files import ExperimentEntry, HostEntry, Length, Step
from niche.evidence.plans import experiment_of
from niche.evidence.readings import Reading, ReadingEntry, read_reading
from niche.evidence.row_plan import Experiment
from niche.frozen import Frozen
from niche.inference.blocks import SCALES
from niche.inference.unmeasured import unmeasured
from niche.params.records import read_yaml, root
from niche.params.schema import Record, Text, parse
from niche.params.yaml_files import Spot
from niche.propositions.reading import read_propositions

FILE = "candidates.yaml"
# The typical spread between papers of a class: the median of its half-normal prior, 0.6745 of the scale.
TYPICAL = 0.6745


class CandidateEntry(Record):
    """An experiment that nobody has published.

    Attributes
    ----------
    question
        one sentence that a biologist would ask
    read
        the observable, treated and control arm, day; `against` for a ratio of ratios
    n, assay, study
        hosts in each arm, how it is measured, and class of study: from these follows its error
    separates
        propositions whose heads the outcome is to tell about
    decides
        between which mechanisms, and why the outcome differs
    refuted
        the outcome that would refute what most draws say
    feasible
        with what it would be done
    searched
        searches of the file: an experiment that was not looked for is not put on record
    """

    question: Text
    host: HostEntry
    days: Length
    arms: dict[Text, list[Step]]
    read: ReadingEntry
    n: Count
    assay: AssayGroup
    study: Literal["culture", "healthy rodent", "rodent with tumour", "randomised trial"]
    separates: tuple[Text, ...]
    decides: Text
    refuted: Text
    feasible: Text
    searched: tuple[Text, ...] = ()


class CandidateFile(Record):
    """params/candidates.yaml: searches of the literature (when, where, for what, what was found), and experiments."""

    searches: dict[Text, Text]
    candidates: dict[Text, CandidateEntry]


@dataclass(frozen=True)
class Candidate:
    """An experiment that can be simulated.

    Attributes
    ----------
    error
        standard error of the logarithm of its ratio, from n and how much the assay varies between hosts
    spread
        what such a study has of its own, on the same scale
    """

    name: str
    entry: CandidateEntry
    experiment: Experiment
    reading: Reading
    error: float
    spread: float

    @property
    def noise(self) -> float:
        """Error and spread together."""
        return float((self.error**2 + self.spread**2) ** 0.5)

    @property
    def atom(self) -> Atom:
        """As a measurement that has not been made: no effect, and the error that it would have."""
        return unmeasured(self.name, self.experiment, self.reading, self.error, self.entry.study)


@lru_cache(maxsize=4)
def read_candidates(file: Path | None = None) -> Mapping[str, Candidate]:
    """Every candidate by its name.

    Raises
    ------
    NicheError
        with file and key: an unknown arm, read-out, assay or proposition with the nearest name, a comparison that is no
        ratio, arms that cannot be simulated
    """
    path = file or root() / FILE
    spot = Spot(path.name, path)
    raw = read_yaml(path)
    found = parse(CandidateFile, raw, spot)
    for name, entry in found.candidates.items():
        for i, one in enumerate(entry.searched, 1):
            if one not in found.searches:
                place = spot.at("candidates", name, "searched", f"item {i}")
                raise place.error(unknown("search", one, found.searches))
    return Frozen(
        {name: candidate(name, entry, spot.at("candidates", name)) for name, entry in found.candidates.items()}
    )


def candidate(name: str, entry: CandidateEntry, spot: Spot) -> Candidate:
    """A candidate from its entry. Raises `NicheError` with the place."""
    for i, one in enumerate(entry.separates, 1):
        if one not in read_propositions():
            raise spot.at("separates", f"item {i}").error(unknown("proposition", one, read_propositions()))
    experiment = experiment_of(name, ExperimentEntry(entry.host, entry.days, entry.arms), spot)
    reading = read_reading(plain_reading(entry.read), experiment.arms, spot.at("read"))
    if not reading.compare.two_arms or reading.compare.no_effect != 1.0:
        raise spot.at("read", "compare").error(f"a prediction is a ratio of arms ('fold'), got {entry.read.compare!r}")
    if reading.sign is not None or reading.within is not None:
        raise spot.at("read").error("a prediction is a number; its file says neither sign nor within")
    means = (entry.n,) * (4 if reading.against else 2)
    known = variations()
    hosts = "people" if entry.host.system == "human" else "animals"
    learnt = known.get((entry.assay, hosts)) or known["", hosts]
    return Candidate(name, entry, experiment, reading, assay_error(learnt.cv, means), TYPICAL * SCALES[entry.study])


def plain_reading(entry: ReadingEntry) -> dict[str, Any]:
    """A reading as a file has it, without what is not said."""
    said = {key: getattr(entry, key) for key in entry.__struct_fields__}
    return {key: list(one) if isinstance(one, tuple) else one for key, one in said.items() if one is not None}
