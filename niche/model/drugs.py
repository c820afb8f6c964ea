"""Drug kinetics: a depot and a central compartment for antibodies and traps, bone for zoledronate."""

from typing import Any

from niche.model.state import Inputs, Parameters, State


def absorbed(depot: Any, ka: Any) -> Any:
    """Flow from the injection site [nM/day]; its negative empties the depot."""
    return ka * depot


def central_rate(depot: Any, central: Any, ka: Any, ke: Any) -> Any:
    """d central / dt [nM/day]: absorption minus linear elimination."""
    return absorbed(depot, ka) - ke * central


def zol_bone_rate(y: State, resorption: Any, inputs: Inputs, p: Parameters) -> Any:
    """d zol_bone / dt [mg/kg/day]: freed with resorption (against rest). A dose binds within hours, so at once."""
    return -p.zol_release * p.turnover * inputs.site_turnover * resorption * y.zol_bone
