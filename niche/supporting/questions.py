"""A question as measurements are asked it: who, what is done, what is read, when; of a person's, and of an atom."""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from niche import units
from niche.amounts import Amount
from niche.atoms.build import SITE, atoms
from niche.atoms.records import Atom
from niche.errors import NicheError, unknown
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import THROUGH_BLOOD, Protocol
from niche.experiment.steps import Step
from niche.kinetics.doses import Regimen
from niche.model.observables import OBSERVABLES
from niche.model.state import State
from niche.params.layers import read_registry

SEED, CULTURE = "seed", "culture"
IN_BONE = (*THROUGH_BLOOD, "intratibial", "intrafemoral", "established")  # where cells of these routes may be read


class Given(NamedTuple):
    """One thing that is done.

    Attributes
    ----------
    kind
        how a protocol gives it: "infuse", "dose", "diet", "surgery", ...
    name
        of the drug, ligand, diet, operation, genotype
    amount
        of each dose, or of a lasting level; None where there is none to say
    unit
        of the amount: doses of mg per host are mg/kg here, of a body of the species' mass
    said
        the amount as it was given
    """

    kind: str
    name: str
    amount: float | None = None
    unit: str = ""
    said: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.said}".rstrip()


class Question(NamedTuple):
    """Who is asked about, what is done, what is read.

    Attributes
    ----------
    system, strain, tumour, bone
        as `niche.experiment.hosts` takes them; tumour "" where no cells were seeded
    place
        where an unknown line was seeded: "bone" or "soft tissue"; "" without a tumour
    read_out, day
        an observable or a state, and the day on which it is read
    lasting
        days from the first thing that is done, or from seeding where nothing is, to that day
    onset
        days from seeding to the first thing that is done, below 0 before it, infinite for a tumour that is there from
        the start; None without either
    ended
        days from the end of what is done to that day, 0 where it goes on; of a single dose none is known
    done
        what is done, or in what the arms differ where there are two
    around
        what is done in both arms
    against_none
        whether the arms differ in the tumour itself
    """

    system: str
    strain: str
    tumour: str
    bone: str
    place: str
    read_out: str
    day: float
    lasting: float
    onset: float | None
    ended: float
    done: tuple[Given, ...]
    around: tuple[Given, ...] = ()
    against_none: bool = False


def question_of(
    hosts: Hosts,
    protocol: Protocol,
    observable: str,
    day: float | str | None = None,
    control: Protocol | None = None,
) -> Question:
    """A person's question, of the last day unless one is named, and against a control where there is one.

    Raises
    ------
    NicheError
        for what are no hosts or no protocol, an unknown read-out, and a day outside the protocol
    """
    if not (isinstance(hosts, Hosts) and isinstance(protocol, Protocol) and isinstance(control, Protocol | None)):
        given = f"{type(hosts).__name__} and {type(protocol).__name__}"
        given += "" if control is None else f", and {type(control).__name__} as control"
        raise NicheError(f"support takes hosts and a Protocol, got {given}")
    if observable not in OBSERVABLES and observable not in State._fields:
        raise unknown("observable", observable, [*OBSERVABLES, *State._fields])
    when = protocol.days if day is None else units.days(day, "day")
    if not 0 <= when <= protocol.days:
        raise NicheError(f"day {when:g} is outside the protocol, which runs from day 0 to day {protocol.days:g}")
    mass = hosts.registry.systems[hosts.system].body_mass.value
    treated, other = ([s for s in one.steps if s.start <= when] if one else [] for one in (protocol, control))
    tumour, bone, pair = hosts.tumour or "", hosts.bone or SITE, control is not None
    return question_of_steps(hosts.system, hosts.strain, tumour, bone, observable, when, treated, other, mass, pair)


class Asked(NamedTuple):
    """An atom, and the question that it answers."""

    atom: Atom
    question: Question


@lru_cache(maxsize=1)
def asked() -> tuple[Asked, ...]:
    """Every atom that hosts are simulated for, with its question. What trials are simulated for is left out: their
    events are no read-out of a host."""
    return tuple(Asked(atom, _of_atom(atom)) for atom in atoms() if atom.experiment is not None)


def _of_atom(atom: Atom) -> Question:
    experiment, reading = atom.experiment, atom.reading
    assert experiment is not None
    assert reading is not None
    host = experiment.host
    when = reading.day[-1]
    treated = [step for step in experiment.arms[reading.treated].steps if step.start <= when]
    control: list[Step] = []
    if reading.control is not None:
        control = [step for step in experiment.arms[reading.control].steps if step.start <= when]
    registry = read_registry()
    system = str(host["system"])
    return question_of_steps(
        system,
        str(host.get("strain") or next(iter(registry.systems[system].strains))),
        str(host.get("tumour") or ""),
        str(host.get("bone") or SITE),
        "lytic area" if reading.surround else reading.observable,
        when,
        treated,
        control,
        registry.systems[system].body_mass.value,
        reading.control is not None,
    )


def question_of_steps(
    system: str,
    strain: str,
    tumour: str,
    bone: str,
    read_out: str,
    day: float,
    treated: Sequence[Step],
    control: Sequence[Step],
    mass: float,
    compared: bool,
) -> Question:
    """The question of hosts of whom some were treated and some were controls; none where nothing is `compared`.

    Parameters
    ----------
    mass
        of a body [kg]
    """
    differ = [s for s in treated if s not in control] + [s for s in control if s not in treated]
    both = [step for step in treated if step in control]
    seeds = [step.start for step in (*treated, *control) if step.verb == SEED]
    acts = [step for step in differ if step.verb not in (SEED, CULTURE)]
    routes = [step.name for step in (*treated, *control) if step.verb == SEED]
    return Question(
        system=system,
        strain=strain,
        tumour=tumour if routes else "",
        bone=bone,
        place="" if not routes else "bone" if routes[0] in IN_BONE else "soft tissue",
        read_out=read_out,
        day=day,
        lasting=day - _begin(differ),
        onset=None if not (acts and seeds) else math.inf if "established" in routes else _begin(acts) - min(seeds),
        ended=max(0.0, day - max((_end(step, day) for step in acts), default=day)),
        done=_given(differ, mass),
        around=_given(both, mass),
        against_none=compared and any(step.verb == SEED for step in differ),
    )


def _begin(steps: Sequence[Step]) -> float:
    """The day of the first step that is neither seeding nor the dish, else of the first seeding, else 0."""
    treated = [min(step.times, default=step.start) for step in steps if step.verb not in (SEED, CULTURE)]
    seeded = [step.start for step in steps if step.verb == SEED]
    return min(treated or seeded, default=0.0)


def _end(step: Step, day: float) -> float:
    """The day on which a step ends: its stop, or one interval after the last of its doses; else the day of reading."""
    if isinstance(step.amount, Regimen):
        return step.amount.last if any(part.every for part in step.amount.parts) else day
    if step.stop is not None:
        return step.stop
    return step.times[-1] + step.times[1] - step.times[0] if len(step.times) > 1 else day


def _given(steps: Iterable[Step], mass: float) -> tuple[Given, ...]:
    found = [_one(step, mass) for step in steps if step.verb != SEED]
    return tuple(dict.fromkeys(found))


def _one(step: Step, mass: float) -> Given:
    amount: Amount | Regimen | None = step.amount
    if isinstance(amount, Regimen):
        amount = amount.parts[0].amount
    if amount is None:
        return Given(step.verb, step.name)
    if amount.unit in ("mg", "mg/kg"):
        return Given(step.verb, step.name, amount.per_kg(mass), "mg/kg", str(amount))
    return Given(step.verb, step.name, amount.value, amount.unit, str(amount))
