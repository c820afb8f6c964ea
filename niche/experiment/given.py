"""A regimen as a step of a protocol: read, checked, and held against what else is given."""

import math
from collections.abc import Sequence
from dataclasses import replace

from niche import units
from niche.errors import NicheError, shown
from niche.experiment.steps import Given, Step
from niche.kinetics.coupling import Coupling, coupling_of
from niche.kinetics.doses import Doses, Regimen
from niche.kinetics.held import Sustained
from niche.kinetics.regimens import regimen


def steps_of(
    name: str,
    texts: Sequence[str | Regimen],
    averaged: bool,
    every: float | str | None,
    surface: float | None,
    beyond_sources: bool,
    length: float,
) -> list[Step | Given]:
    """The steps that regimens of one drug come to, in a protocol of `length` days.

    Parameters
    ----------
    surface
        body surface [m2], for doses per surface

    Raises
    ------
    NicheError
        for a drug that is not known or has no way into the model, a regimen that cannot be read, a route
        without numbers, a dose after the end, or a dose at which a sustained level is not known
    """
    coupling = coupling_of(name)
    if not texts:
        raise NicheError(f"{name}: say how it is given, like '120 mg sc every 4 weeks from day 28'")
    gap = None if every is None else units.days(every, "every")
    if gap is not None and not gap > 0:
        raise NicheError(f"{name}: the level is read every so many days, above 0; got {shown(every)}")
    steps: list[Step | Given] = []
    for text in texts:
        plan = _on_surface(name, regimen(text), surface)
        times = plan.ending(length).times
        if max(times) > length:
            raise NicheError(f"{name}: '{plan}' has its last dose on day {max(times):g}, after the end of the protocol")
        for part in plan.parts:
            _check(name, coupling, part)
        if coupling.doses:
            if averaged or every is not None:
                raise NicheError(
                    f"{name}: bone keeps each dose, so there is no level to average or to read every so often"
                )
            steps += [
                Step("dose", coupling.doses, part.amount, part.times[0], None, part.times, beyond_sources)
                for part in plan.ending(length).parts
            ]
        else:
            steps.append(Given("regimen", name, plan, times[0], None, (), beyond_sources, averaged=averaged, every=gap))
    return steps


def _on_surface(name: str, plan: Regimen, surface: float | None) -> Regimen:
    """Doses per body surface in mg. Raises `NicheError` if the surface is not given, or none that a body has."""
    per_surface = [part for part in plan.parts if part.amount.unit == "mg/m2"]
    if surface is None:
        if per_surface:
            raise NicheError(
                f"{name}: {per_surface[0].amount} is a dose per body surface: say the surface [m2], as in surface=1.8, "
                "or write the dose in mg. Of people, niche.kinetics.body.mosteller(height, weight) gives it"
            )
        return plan
    if isinstance(surface, bool) or not isinstance(surface, int | float) or not 0 < surface <= 5:
        raise NicheError(f"{name}: a body surface is a number above 0 and at most 5 m2, got {shown(surface)}")
    return plan.on_surface(float(surface))


def _check(name: str, coupling: Coupling, part: Doses) -> None:
    drug = coupling.drug
    if not isinstance(drug, Sustained):
        if part.route not in drug.routes:
            raise NicheError(f"{name}: no numbers for the route {part.route!r}, only {', '.join(drug.routes)}")
        return
    assert coupling.dose is not None
    known = coupling.dose.parts[0]
    alike = (part.route, part.amount.unit, len(part.offsets)) == (known.route, known.amount.unit, len(known.offsets))
    repeated = part.gap is not None and known.gap is not None
    rates = [one.amount.value / (one.gap or 1) for one in (part, known)]
    if not (alike and repeated and math.isclose(*rates, rel_tol=0.01)):
        raise NicheError(
            f"{name}: its level is known for '{_unending(known)}' only, not for '{_unending(part)}'; "
            "its kinetics were not found"
        )


def _unending(part: Doses) -> Doses:
    return replace(part, count=None)
