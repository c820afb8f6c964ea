"""`niche.support`: which measurements test a question, and where none does, which are nearest and how they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.supporting.beyond import never_measured
from niche.supporting.distance import TESTS, Difference, differences, total
from niche.supporting.groups import read_groups
from niche.supporting.questions import Question, asked, question_of
from niche.supporting.words import cited, listed, sentence, spoken
from niche.supporting.words import found as told

TESTED, NEAR = 8, 3  # papers that an answer names, of those that test a question or, where none does, are near it


class Near(NamedTuple):
    """A measurement near a question.

    Attributes
    ----------
    atom, paper
        the name of the measurement in `params/papers`, and the file that it stands in
    found
        what it found, in words
    distance
        the sum of the costs of what differs (`niche.supporting.distance`); below 1 it tests the question
    """

    atom: str
    paper: str
    found: str
    distance: float
    differs: tuple[Difference, ...]

    @property
    def tests(self) -> bool:
        """Whether it is of the question as it was asked."""
        return self.distance < TESTS


@dataclass(frozen=True, repr=False)
class Support:
    """What measurements have to say to a question. Shown as sentences; `to_dict` gives plain values.

    Attributes
    ----------
    near
        measurements from the nearest on, all of them
    beyond
        sentences on doses, treatments and times that no paper had
    """

    question: Question
    near: tuple[Near, ...]
    beyond: tuple[str, ...]

    @property
    def tests(self) -> tuple[Near, ...]:
        """The measurements that test the question as it was asked; empty where none does."""
        return tuple(one for one in self.near if one.tests)

    @property
    def papers(self) -> tuple[str, ...]:
        """The papers of the measurements that test it."""
        return tuple(dict.fromkeys(one.paper for one in self.tests))

    def __bool__(self) -> bool:
        return bool(self.tests)

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        first, *rest = self.lines()
        items = "".join(f"<li>{escape(line.strip())}</li>" for line in rest)
        return f"<p><strong>{escape(first)}</strong></p>" + (f"<ul>{items}</ul>" if items else "")

    def lines(self) -> list[str]:
        """The answer first, then the measurements that it rests on, then what no paper had."""
        return [sentence(self.question, self.near), *self._named(), *self.beyond]

    def _named(self) -> list[str]:
        """A line for each paper, of its nearest measurement."""
        first: dict[str, Near] = {}
        for one in self.tests or self.near:
            first.setdefault(one.paper, one)
        shown = list(first.values())[: TESTED if self.tests else NEAR]
        nearest = "" if self.tests else "near: "
        return [f"  {nearest}{cited(one.paper)} found {one.found}; {_how(one)}" for one in shown]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        near = [
            {
                "measurement": one.atom,
                "paper": one.paper,
                "found": one.found,
                "distance": round(one.distance, 3),
                "differs": [each.words for each in one.differs],
            }
            for one in (self.tests or self.near[:NEAR])
        ]
        return {
            "question": spoken(self.question),
            "tested": bool(self),
            "measurements": len(self.tests),
            "papers": list(self.papers),
            "nearest": near,
            "beyond": list(self.beyond),
        }


def _how(one: Near) -> str:
    return f"differs: {listed(one.differs)}" if one.differs else "as asked"


def support(
    hosts: Hosts,
    protocol: Protocol,
    observable: str,
    day: float | str | None = None,
    control: Protocol | None = None,
) -> Support:
    """Which measurements test a question, and which are nearest where none does.

    Nothing is simulated. A question asks what a protocol does to a read-out of hosts; a measurement is near it that
    reads the same or the like in arms that differ in the same or the like. How far it is, and what each difference
    costs, is in `niche.supporting.distance`; what counts as alike in `params/support.yaml`; docs/support.md tells both.
    Whether a measurement *agrees* with the model is another question (`niche evidence`, `niche predict`).

    Parameters
    ----------
    hosts, protocol
        as `niche.simulate` takes them
    observable
        a read-out such as "Oc.N/BS"
    day
        on which it is read; None is the last day of the protocol
    control
        what is done to those that the hosts are compared with; None asks of all that is done

    Returns
    -------
    Support
        its `tests`, `near`, `beyond`; true where some measurement tests the question, and shown as sentences

    Raises
    ------
    NicheError
        for what are no hosts or no protocol, an unknown read-out, and a day outside the protocol

    Examples
    --------
    >>> import niche
    >>> mice = niche.hosts("mouse", draws=1)
    >>> niche.support(mice, niche.Protocol(days=14).infuse("isoprenaline", "5 mg/kg/day"), "Oc.N/BS").papers
    """
    return answer(question_of(hosts, protocol, observable, day, control))


def answer(question: Question) -> Support:
    """The answer to a question that has been put together already."""
    return Support(question, nearest(question), never_measured(question))


def nearest(question: Question) -> tuple[Near, ...]:
    """Every measurement that has something to say to a question, from the nearest on."""
    groups, found = read_groups(), list[Near]()
    for one in asked():
        differs = differences(question, one.question, groups)
        if differs is not None:
            found.append(Near(one.atom.name, one.atom.paper, told(one.atom), total(differs), differs))
    return tuple(sorted(found, key=lambda near: near.distance))


def tested_read_outs(question: Question, read_outs: Sequence[str]) -> dict[str, int]:
    """How many papers measured each read-out itself, of those that test a question; read-outs of none are left out."""
    found = {}
    for name in read_outs:
        near = nearest(question._replace(read_out=name))
        papers = {one.paper for one in near if one.tests and not any(each.what == "assay" for each in one.differs)}
        if papers:
            found[name] = len(papers)
    return found
