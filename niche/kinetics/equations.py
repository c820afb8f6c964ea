"""A depot, a central compartment and two behind it, linear and saturable loss, and a target that takes the drug along.

Compartments behind the central one are counted as the concentration that they would be in the central volume, so
flows between them need rate constants alone. Time in days, concentrations in nM. Without peripheral compartments,
saturable loss and target this is one compartment with first-order absorption, exactly.
"""

from typing import Annotated, Any, NamedTuple


class State(NamedTuple):
    """What changes in time."""

    depot: Annotated[Any, "nM", "drug at the injection site or in the gut, as if it were in the central volume"]
    central: Annotated[Any, "nM", "drug in the central volume, free and bound to the target"]
    near: Annotated[Any, "nM", "drug in the first compartment behind, as if it were in the central volume"]
    far: Annotated[Any, "nM", "drug in the second compartment behind, as if it were in the central volume"]
    target: Annotated[Any, "nM", "target in the central volume, free and bound"]
    lost: Annotated[Any, "nM", "drug that has left by linear clearance, as if it were in the central volume"]
    away: Annotated[Any, "nM", "drug that has left in any other way"]


class Inputs(NamedTuple):
    """What is given, constant between two events."""

    infused: Annotated[Any, "nM/day", "drug that runs into the central volume"]
    slowed: Annotated[Any, "1", "linear clearance over that of the first dose"]


class Parameters(NamedTuple):
    """Every number of a drug in one body."""

    ka: Annotated[Any, "1/day", "absorption from the depot"]
    ke: Annotated[Any, "1/day", "linear clearance over central volume"]
    out_near: Annotated[Any, "1/day", "from the central compartment to the first behind"]
    back_near: Annotated[Any, "1/day", "and back"]
    out_far: Annotated[Any, "1/day", "from the central compartment to the second behind"]
    back_far: Annotated[Any, "1/day", "and back"]
    v_max: Annotated[Any, "nM/day", "largest saturable loss"]
    k_m: Annotated[Any, "nM", "free level of half of it"]
    target0: Annotated[Any, "nM", "target without drug; 0 for a drug that its target does not remove"]
    k_deg: Annotated[Any, "1/day", "loss of free target"]
    k_int: Annotated[Any, "1/day", "loss of target with drug on it"]
    k_ss: Annotated[Any, "nM", "level at which half of the target is bound, in quasi-steady state"]


RESTING = Inputs(infused=0.0, slowed=1.0)


def bound_level(central: Any, target: Any, k_ss: Any) -> Any:
    """Drug [nM] on the target, of the drug and the target that there are (quasi-steady binding, Gibiansky et al. 2008,
    doi:10.1007/s10928-008-9102-8), written so that rounding never makes any where drug or target is none."""
    apart = central - target
    root = (apart * apart + k_ss * (2.0 * (central + target) + k_ss)) ** 0.5
    return 2.0 * central * target / (central + target + k_ss + root)


def rates(t: Any, y: State, u: Inputs, p: Parameters) -> State:
    """d state / dt."""
    bound = bound_level(y.central, y.target, p.k_ss)
    free = y.central - bound
    absorbed = p.ka * y.depot
    to_near = p.out_near * free - p.back_near * y.near
    to_far = p.out_far * free - p.back_far * y.far
    cleared = p.ke * u.slowed * free
    elsewhere = p.v_max * free / (p.k_m + free) + p.k_int * bound
    return State(
        depot=-absorbed,
        central=u.infused + absorbed - cleared - elsewhere - to_near - to_far,
        near=to_near,
        far=to_far,
        target=p.k_deg * (p.target0 - (y.target - bound)) - p.k_int * bound,
        lost=cleared,
        away=elsewhere,
    )
