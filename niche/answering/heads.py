"""The head of a proposition in words: what is read there, in whom, against whom."""

from niche.evidence.papers import read_papers
from niche.propositions.heads import measured_in
from niche.propositions.records import Proposition


def head_in_words(one: Proposition) -> str:
    """The contrast of the model that stands for a proposition, as its paper put it; "" without one."""
    head = one.head
    if head is None:
        return ""
    if head.atom is None:
        treated, control = head.arms
        return f"{head.observable}, {treated} against {control}, on day {head.day:g}"
    said = _measured(head.atom)
    return said if head.over is None else f"{said}; over {_measured(head.over)}"


def _measured(atom: str) -> str:
    """An atom as its paper printed it; of an order of doses, atoms "X.1", "X.2", their measurement "X"."""
    name = atom if atom in measured_in() else atom.rpartition(".")[0]
    paper = read_papers()[measured_in()[name]]
    one = next(measurement for measurement in paper.measurements if measurement.id == name)
    arms = [paper.arms[arm].done for arm in one.contrast]
    return f"{one.readout}: {' against '.join(arms[:2])}"
