"""Which steps of a protocol cannot be meant beside one another."""

import math
from collections.abc import Sequence

from niche.errors import NicheError
from niche.experiment.steps import Given, Step
from niche.kinetics.doses import check_together
from niche.lookups import plain
from niche.params.layers import read_registry


def beside(there: Sequence[Step], step: Step) -> None:
    """Raises `NicheError` if a step cannot be meant beside those that are there."""
    registry, drugs = read_registry(), plain(read_registry().drugs)
    slots = {s.name: drugs[s.name].slot for s in (*there, step) if s.name in drugs}
    slot = slots.get(step.name, "")
    for other in there:
        if isinstance(other, Given) or isinstance(step, Given):
            _clash(other, step)
        elif other.name == step.name:
            if step.name in registry.conditions and _together(other, step):
                raise NicheError(f"{step.name} is in force already, from day {other.start:g}")
        elif slot.endswith("_trap") and slots.get(other.name) == slot:
            raise NicheError(f"{other.name} and {step.name} share the slot {slot!r}: give one of them in a protocol")
        elif slot == "agonist" and slots.get(other.name) == slot and _together(other, step):
            # One efficacy holds for all agonist there is; blockers only add up.
            raise NicheError(f"{other.name} and {step.name} are both agonists: give one of them at a time")


def _together(a: Step, b: Step) -> bool:
    """Whether two lasting steps are on at the same time."""
    ends = [math.inf if step.stop is None else step.stop for step in (a, b)]
    return a.start < ends[1] and b.start < ends[0]


def _clash(one: Step, two: Step) -> None:
    """Raises `NicheError` if two steps, at least one of them a regimen, cannot both be meant."""
    if one.name == two.name:
        if not (isinstance(one, Given) and isinstance(two, Given)):
            raise NicheError(f"{one.name} is given as a regimen and as {_other(one, two)}: say all of it in one way")
        if (one.averaged, one.every, one.beyond_sources) != (two.averaged, two.every, two.beyond_sources):
            raise NicheError(
                f"{one.name}: all its regimens must be averaged, or none, be read equally often, and be beyond its "
                "sources, or none"
            )
        check_together([one.amount, two.amount], one.name)
        return
    (slot1, affinity1), (slot2, affinity2) = _slot(one), _slot(two)
    if slot1 and slot1 == slot2 and slot1.endswith("_trap") and affinity1 != affinity2:
        raise NicheError(f"{one.name} and {two.name} share the slot {slot1!r}: give one of them in a protocol")
    if slot1 == slot2 == "agonist":
        raise NicheError(f"{one.name} and {two.name} are both agonists: give one of them in a protocol")


def _other(one: Step, two: Step) -> str:
    return (two if isinstance(one, Given) else one).verb


def _slot(step: Step) -> tuple[str, str]:
    """The slot of the model that a drug fills, and the drug of params/drugs whose affinity it brings."""
    drugs = plain(read_registry().drugs)
    if not isinstance(step, Given):
        return (drugs[step.name].slot, step.name) if step.name in drugs else ("", "")
    from niche.kinetics.coupling import coupling_of  # late: most protocols need no kinetics

    coupling = coupling_of(step.name)
    if coupling.slot:
        return drugs[coupling.slot].slot, coupling.slot
    return ("agonist", "") if any(way.input.startswith("agonist_") for way in coupling.ways) else ("", "")
