"""The compiled equations of arms: hosts without a tumour leave out the states that they can spare."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from niche.experiment.schedule import Schedule
from niche.inference.asked import AskedArm
from niche.inference.entries import Moved, P, U, entries_of
from niche.inference.inert import Given, spared
from niche.model.niche import rates, signals
from niche.model.observables import OBSERVABLES
from niche.model.resting import responses
from niche.model.state import AT_REST, Inputs, Parameters, State
from niche.solver import adjoint

_BONE = frozenset(
    ("BV/TV", "BMD", "Oc.N/BS", "N.Ob/BS", "BFR/BS", "ES/BS", "CTX", "P1NP", "OBp", "RANKL", "RANKL output", "OPG")
)


class Kernel(NamedTuple):
    """Compiled equations of some arms.

    Attributes
    ----------
    compiled
        the equations, the integrator and its way back
    column
        by observable, its column in what is seen
    """

    compiled: Any
    column: dict[str, int]


def kernels_for(
    arms: Sequence[AskedArm], plans: Sequence[Schedule], moved: Sequence[Moved]
) -> tuple[list[int], list[Kernel]]:
    """For each arm, which of the kernels it takes; and the kernels.

    Parameters
    ----------
    plans
        schedule of each arm, for a few hosts
    moved
        of each arm, what parameters move in it
    """
    kinds = [_kind(arm) for arm in arms]
    places, kernels = list(dict.fromkeys(kinds)), list[Kernel]()
    for kind in places:
        own = [i for i, one in enumerate(kinds) if one == kind]
        given = [Given(entries_of(plans[i])[:, :P], plans[i].inputs, plans[i].jumps) for i in own]
        seen = sorted(set().union(*(arms[i].seen for i in own)))
        still = frozenset() if kind == "tumour" else spared(given, seen)
        wanted = _wanted([(arms[i], moved[i]) for i in own])
        compiled = adjoint.load_adjoint(adjoint.adjoint_source(equations(seen, still), wanted))
        kernels.append(Kernel(compiled, {name: column for column, name in enumerate(seen)}))
    return [places.index(kind) for kind in kinds], kernels


def equations(observables: Sequence[str], still: frozenset[int] = frozenset()) -> adjoint.Equations:
    """The model's rates and these observables, as the adjoint takes them; `still` states stay at rest."""

    def read(y: Sequence[Any], u: Sequence[Any], p: Sequence[Any]) -> dict[str, Sequence[Any]]:
        moving = [rest if i in still else one for i, (one, rest) in enumerate(zip(y, AT_REST, strict=True))]
        states, inputs, parameters = State(*moving), Inputs(*u), responses(Parameters(*p))
        now = signals(states, inputs, parameters)
        seen = [
            getattr(states, name) if name in State._fields else OBSERVABLES[name].read(states, now, inputs, parameters)
            for name in observables
        ]
        found = rates(0.0, states, inputs, parameters)
        return {"slopes": [0.0 if i in still else one for i, one in enumerate(found)], "seen": seen}

    return adjoint.Equations(len(State._fields), U, P, read)


def _kind(arm: AskedArm) -> str:
    """Hosts whose equations are compiled together."""
    if any(step.verb == "seed" for step in arm.protocol.steps):
        return "tumour"
    kind = "people" if arm.hosts.host["system"] == "human" else "animals"
    return kind if _BONE.issuperset(arm.seen) else f"{kind}, more than bone"


def _wanted(arms: Sequence[tuple[AskedArm, Moved]]) -> frozenset[tuple[str, int]]:
    """Fields of parameters and inputs that fitted parameters move in some of these arms."""
    asked = set()
    for arm, (varies, _) in arms:
        for i in varies.tolist():
            if i < P:
                asked.add(("p", i))
            elif i < P + arm.intervals * U:
                asked.add(("u", (i - P) % U))
    return frozenset(asked)
