"""The arms that atoms ask for: each kind of host under each protocol once, whatever papers call it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from niche.atoms.predicted import days_needed
from niche.atoms.records import Atom
from niche.evidence.laboratory import Laboratory
from niche.evidence.row_plan import Experiment
from niche.experiment.protocol import Protocol
from niche.experiment.schedule import Schedule, schedule
from niche.inference.entries import marks_of


class AskedArm(NamedTuple):
    """One arm, whichever experiments have it.

    Attributes
    ----------
    hosts
        an experiment with these hosts; of its arms only `protocol` counts here
    days
        of its read-outs
    seen
        observables that are read
    rests
        whether nothing is done to it: then it stays as it is, and one look is enough
    marks, event, read
        days on which something happens or is read, the interval that begins on each, and its read-out (`marks_of`)
    intervals
        how many there are; inputs are constant in each
    """

    hosts: Experiment
    protocol: Protocol
    days: np.ndarray
    seen: tuple[str, ...]
    rests: bool
    marks: np.ndarray
    event: np.ndarray
    read: np.ndarray
    intervals: int

    def schedule(self, lab: Laboratory) -> Schedule:
        """What is done to its hosts in a laboratory, and when."""
        return schedule(lab.hosts(self.hosts), self.protocol)


class Asked(NamedTuple):
    """The arms of some atoms, and where each atom finds its own.

    Attributes
    ----------
    arms
        each once
    places
        of each atom, by the name of an arm, the place of that arm in `arms`
    parts
        the part that each atom belongs to, (atoms,); two parts share no arm and no paper
    """

    arms: list[AskedArm]
    places: list[dict[str, int]]
    parts: np.ndarray


def ask(atoms: Sequence[Atom]) -> Asked:
    """Every arm that these atoms need, once for each paper, with all that they need of it.

    Two experiments of a paper have an arm in common if hosts and steps are the same, however long they go on. Arms of
    different papers are kept apart: the likelihood is then a sum over papers, which the sampler makes use of.
    """
    keys: dict[str, int] = {}
    hosts, protocols = list[Experiment](), list[Protocol]()
    days, seen = list[set[float]](), list[set[str]]()
    places = []
    for atom in atoms:
        experiment, reading = atom.experiment, atom.reading
        assert experiment is not None
        assert reading is not None
        own = {}
        for arm in reading.arms:
            protocol = experiment.arms[arm]
            host = sorted(experiment.host.items()), sorted(experiment.changes.items())
            key = repr((atom.animals, host, protocol.steps))
            place = own[arm] = keys.setdefault(key, len(keys))
            if place == len(hosts):
                hosts.append(experiment)
                protocols.append(protocol)
                days.append(set())
                seen.append(set())
            if protocol.days > protocols[place].days:
                protocols[place] = replace(protocols[place], days=protocol.days)
            days[place] |= days_needed(reading)
            seen[place] |= reading.observes(arm)
        places.append(own)
    lab, arms = Laboratory(1, 0, "prior"), []
    for one, protocol, when, what in zip(hosts, protocols, days, seen, strict=True):
        starts, at = schedule(lab.hosts(one), protocol).starts, np.array(sorted(when))
        rests = not protocol.steps
        marks = marks_of(starts, np.zeros(1) if rests else at)
        arms.append(AskedArm(one, protocol, at, tuple(sorted(what)), rests, *marks, len(starts)))
    return Asked(arms, places, _parts(atoms, places))


def _parts(atoms: Sequence[Atom], places: Sequence[dict[str, int]]) -> np.ndarray:
    """Connected components of papers' animals and arms: the likelihood is a sum over them."""
    parent: dict[object, object] = {}

    def find(x: object) -> object:
        while parent.setdefault(x, x) != x:
            parent[x] = x = parent[parent[x]]
        return x

    for atom, own in zip(atoms, places, strict=True):
        for place in own.values():
            parent[find(place)] = find(("animals", atom.animals))
    roots = [find(("animals", atom.animals)) for atom in atoms]
    distinct = list(dict.fromkeys(roots))
    return np.array([distinct.index(root) for root in roots], dtype=int)
