"""The head of a proposition: the one contrast of the model that stands for it, checked to be one."""

from collections.abc import Mapping
from functools import lru_cache

from niche.atoms.build import atoms, atoms_of, experiments_of
from niche.atoms.records import Atom
from niche.errors import unknown
from niche.evidence.papers import read_papers
from niche.evidence.plans import shared_experiments
from niche.evidence.readings import Reading, read_reading
from niche.evidence.row_plan import Experiment
from niche.frozen import Frozen
from niche.params.yaml_files import Spot
from niche.propositions.records import Head


@lru_cache(maxsize=1)
def measured_in() -> Mapping[str, str]:
    """The paper of each measurement of params/papers."""
    return Frozen({one.id: key for key, paper in read_papers().items() for one in paper.measurements})


def check_head(head: Head | None, spot: Spot) -> None:
    """Refuse a head that is no contrast.

    Raises
    ------
    NicheError
        with file and key: an unknown atom, experiment, arm or observable, an atom of one arm, two of unlike scales
    """
    if head is None:
        return
    if head.atom is None:
        reading_of(head, spot)
        return
    top = _atom(head.atom, spot.at("atom"))
    if head.over is None:
        if _one_arm(top):
            raise spot.at("atom").error(f"{top.name} is of one arm, which is no contrast: name another with 'over'")
        return
    bottom = _atom(head.over, spot.at("over"))
    if top.name == bottom.name:
        raise spot.at("over").error(f"{top.name} over itself")
    if top.linear != bottom.linear or _one_arm(top) != _one_arm(bottom):
        raise spot.at("over").error(f"{top.name} and {bottom.name} are not on one scale")


def reading_of(head: Head, spot: Spot) -> tuple[Experiment, Reading]:
    """What is simulated and read for a head that is no atom. Raises `NicheError` with the place."""
    assert head.experiment is not None
    key, _, name = head.experiment.partition(": ")
    own = experiments_of(key) if name and key in read_papers() else {}
    experiment = own.get(name) or shared_experiments().get(head.experiment)
    if experiment is None:
        allowed = [f"{key}: {one}" for one in own] or [*shared_experiments(), *(f"{one}: ..." for one in read_papers())]
        raise spot.at("experiment").error(unknown("experiment", head.experiment, allowed))
    treated, control = map(str, head.arms)
    entry = {"observable": head.observable, "treated": treated, "control": control, "day": head.day, "compare": "fold"}
    return experiment, read_reading(entry, experiment.arms, spot)


def _atom(name: str, spot: Spot) -> Atom:
    """An atom by its name: that of its measurement, with ".1" behind it where an order has several."""
    paper = measured_in().get(name) or measured_in().get(name.rpartition(".")[0])
    for atom in atoms_of(paper) if paper is not None else ():
        if atom.name == name:
            return atom
    why = f" {name} is measured in papers/{paper}.yaml, but the model is not asked for it." if paper else ""
    raise spot.error(f"{unknown('atom', name, [atom.name for atom in atoms()])}{why}")


def _one_arm(atom: Atom) -> bool:
    """Whether nothing is compared but one arm with itself; what trials predict is a ratio of arms."""
    return atom.reading is not None and atom.reading.control is None
