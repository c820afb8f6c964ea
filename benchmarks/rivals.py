"""What the other solvers are given: the model as SBML, the right-hand side of one host, and the bone part alone."""

import importlib.util
import sys
import tempfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numba import njit

from niche.model import nerves
from niche.model import niche as model
from niche.model.state import AT_REST, RESTING, Inputs, Parameters, State
from niche.solver.straight import straight_code

_ONE = """
from niche.solver.lanes import exp, log, signed, size, sqrt, straight

@straight(1)
def prepare(u, p, c):
{prepare}

@straight(1)
def slopes(y, c, out):
{slopes}
"""


def right_hand_side() -> tuple[Callable, Callable]:
    """The same straight-line code as niche's for one host at a time: prepare(u, p) -> c, and slope(y, c) -> rates.

    What inputs and parameters decide is computed once, as in niche: the others lose nothing by the equations.
    """
    found = straight_code(model)
    prepare, slopes = ("\n".join(f"    {line}" for line in lines) for lines in (found.prepare, found.slopes))
    file = Path(tempfile.mkdtemp()) / "one_host.py"
    file.write_text(_ONE.format(prepare=prepare, slopes=slopes))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    first, second, kept, n = module.prepare, module.slopes, found.kept, len(State._fields)

    @njit(error_model="numpy")
    def held(u, p):
        c = np.empty(kept)
        first((u, p, c))
        return c

    @njit(error_model="numpy")
    def slope(y, c):
        out = np.empty(n)
        second((y, c, out))
        return out

    return held, slope


def sbml(inputs: Inputs, p: Parameters) -> str:
    """The model of one host as SBML, by way of SymPy and Antimony; states are named as in `State`, marked y_.

    Inputs and parameters are numbers in it and common parts are written once: of four ways to write it (symbols or
    numbers, with or without common parts) this one is the fastest in libRoadRunner, by a factor of two to five.
    """
    import antimony
    import sympy

    size = sympy.Function("abs")
    states = State(*(sympy.Symbol(f"y_{name}", real=True) for name in State._fields))
    plain = nerves.positive
    nerves.positive = lambda x: (x + size(x)) / 2  # SymPy would look for the sign of a square, for a minute
    try:
        rates = [sympy.sympify(rate) for rate in model.rates(0.0, states, inputs, p)]
    finally:
        nerves.positive = plain
    common, rates = sympy.cse(rates, symbols=(sympy.Symbol(f"x_{i}") for i in range(10**6)), order="none")
    lines = ["model niche()", *(f"  x_{i} := {_text(what)};" for i, (_, what) in enumerate(common))]
    lines += [f"  {name} = 0.0;\n  {name}' = {_text(rate)};" for name, rate in zip(states, rates, strict=True)]
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString("\n".join([*lines, "end"])) < 0:
        raise RuntimeError(antimony.getLastError())
    return str(antimony.getSBMLString("niche"))


def _text(what: Any) -> str:
    return str(what).replace("**", "^")


def bone_core(p: Parameters) -> ModuleType:
    """The bone part alone as a model of three states: the full model's rates with all else at rest, as numbers.

    p : of one host, with everything off that goes beyond Pivonka 2008; its core stays parameters
    """
    core = Parameters._fields[: Parameters._fields.index("k_form")]
    module = ModuleType("bone_core")
    module.State, module.Inputs, module.Parameters = (
        namedtuple("State", "OBp OBa OCa"),
        namedtuple("Inputs", "PTH_added"),
        namedtuple("Parameters", core),
    )

    def rates(t: Any, y: Any, inputs: Any, own: Any) -> Any:
        states = AT_REST._replace(**y._asdict())
        every = model.rates(t, states, RESTING._replace(**inputs._asdict()), p._replace(**own._asdict()))
        return module.State(*(getattr(every, name) for name in module.State._fields))

    module.rates = rates
    sys.modules["bone_core"] = module
    return module
