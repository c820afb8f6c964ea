"""A regimen as a step of a protocol: read, checked, and held against what else is given."""

import math
from collections.abc import Sequence

from niche import units
from niche.errors import NicheError
from niche.experiment.steps import Given, Step
from niche.kinetics.coupling import Coupling, coupling_of
from niche.kinetics.held import Sustained
from niche.kinetics.regimens import Regimen, check_together, regimen
from niche.lookups import plain
from niche.params.layers import read_registry


def steps_of(
    name: str, texts: Sequence[str], averaged: bool, every: float | str | None, length: float
) -> list[Step | Given]:
    """The steps that regimens of one drug come to, in a protocol of `length` days.

    raises : NicheError for a drug that is not known or has no way into the model, a regimen that cannot be read, a
        route without numbers, a dose after the end, or a dose at which a sustained level is not known
    """
    coupling = coupling_of(name)
    if not texts:
        raise NicheError(f"{name}: say how it is given, like '120 mg sc every 4 weeks from day 28'")
    gap = None if every is None else units.days(every, "every")
    if gap is not None and not gap > 0:
        raise NicheError(f"{name}: the level is read every so many days, above 0; got {every!r}")
    steps = []
    for text in texts:
        plan = regimen(text, length)
        if max(plan.times) > length:
            raise NicheError(
                f"{name}: {text!r} has its last dose on day {max(plan.times):g}, after the end of the protocol"
            )
        _check(name, coupling, plan)
        if coupling.doses:
            if averaged or every is not None:
                raise NicheError(
                    f"{name}: bone keeps each dose, so there is no level to average or to read every so often"
                )
            amount = f"{plan.amount!r} mg/kg" if plan.per_kg else f"{plan.amount!r} mg"
            steps.append(Step("dose", coupling.doses, amount, plan.times[0], None, plan.times))
        else:
            steps.append(Given("regimen", name, text, plan.times[0], None, (), bool(averaged), gap))
    return steps


def _check(name: str, coupling: Coupling, plan: Regimen) -> None:
    drug = coupling.drug
    if not isinstance(drug, Sustained):
        if plan.route not in drug.routes:
            raise NicheError(f"{name}: no numbers for the route {plan.route!r}, only {', '.join(drug.routes)}")
        return
    known = coupling.dose
    assert known is not None
    same = plan.gap is not None and known.gap is not None and (plan.route, plan.per_kg) == (known.route, known.per_kg)
    if not same or not math.isclose(plan.amount / (plan.gap or 1), known.amount / (known.gap or 1), rel_tol=0.01):
        raise NicheError(
            f"{name}: its level is known for {known.text!r} only, not for {plan.text!r}; its kinetics were not found"
        )


def clash(one: Step, two: Step) -> None:
    """Raises `NicheError` if two steps, at least one of them a regimen, cannot both be meant."""
    if one.name == two.name:
        if not (isinstance(one, Given) and isinstance(two, Given)):
            raise NicheError(f"{one.name} is given as a regimen and as {_other(one, two)}: say all of it in one way")
        if (one.averaged, one.every) != (two.averaged, two.every):
            raise NicheError(f"{one.name}: all its regimens must be averaged, or none, and be read equally often")
        check_together([regimen(str(step.amount), 1e5) for step in (one, two)], one.name)
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
    coupling = coupling_of(step.name)
    if coupling.slot:
        return drugs[coupling.slot].slot, coupling.slot
    return ("agonist", "") if any(way.input.startswith("agonist_") for way in coupling.ways) else ("", "")
