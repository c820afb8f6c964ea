"""One source for every use: the equations that are compiled also run on SymPy symbols, unchanged."""

from functools import cache

import numpy as np
import pytest
import sympy

import niche
from compendium.equations import latex
from niche.model import bone, nerves
from niche.model import niche as model
from niche.model.helpers import exponential
from niche.model.state import Inputs, State
from niche.rivals import lemaire2004
from niche.solver import kernel as _kernel


def symbols(table: type, mark: str = "") -> tuple:
    """One symbol per field; a mark tells apart a state, an input and a parameter of one name (sensory)."""
    return table(*(sympy.Symbol(name + mark) for name in table._fields))


@cache
def equations(module) -> tuple:
    """Symbols of states, inputs and parameters, and the rates as expressions of them and of signals.

    What is quasi-steady has a symbol of its own, in the order in which it follows: written out at every place where it
    acts, it would be a hundred thousand terms. `defined` says what each such symbol stands for.
    """
    y, u, p = symbols(module.State), symbols(module.Inputs, "^u"), symbols(module.Parameters, "^p")
    defined: dict = {}
    with pytest.MonkeyPatch.context() as patch:
        if module is model:
            for room, name in ((nerves, "nerve_signals"), (bone, "ligands"), (model, "signals")):
                patch.setattr(room, name, named(getattr(room, name), name, defined))
        return y, u, p, module.rates(sympy.Symbol("t"), y, u, p), defined


def named(function, name: str, defined: dict):
    """The function with a symbol for each thing that it gives, and what it gives kept in `defined`."""

    def symbolic(*arguments):
        found = function(*arguments)
        marked = symbols(type(found), f"^{name}")
        own = {m: x for m, x in zip(marked, found, strict=True) if not isinstance(x, tuple)}
        defined.update(own)
        return type(found)(*(x if isinstance(x, tuple) else m for m, x in zip(marked, found, strict=True)))

    return symbolic


def said(slope, defined: dict) -> set:
    """Every state, input and parameter that an expression rests on, through what is quasi-steady too."""
    found, waiting = set(), [slope]
    while waiting:
        for symbol in sympy.sympify(waiting.pop()).free_symbols - found:
            found.add(symbol)
            waiting += [defined[symbol]] if symbol in defined else []
    return found - set(defined)


def column(module, i: int, y, u, p) -> np.ndarray:
    """One column of the Jacobian: the rates with one state a symbol and all else numbers, differentiated."""
    symbol = sympy.Symbol("x")  # no assumption: SymPy would look for signs, for minutes
    state = module.State(*map(float, y))._replace(**{module.State._fields[i]: symbol})
    slopes = module.rates(0.0, state, module.Inputs(*map(float, u)), module.Parameters(*map(float, p)))
    slope = sympy.lambdify(symbol, [sympy.diff(each, symbol) for each in slopes])
    return np.array(slope(float(y[i])), dtype=float)


def instants(module, count: int = 3) -> list[tuple]:
    """Random states, inputs and parameters."""
    random = np.random.default_rng(11)
    if module is lemaire2004:
        rest = np.array(module.rest())
        return [
            (rest * random.uniform(0.2, 3, 3), random.uniform(0, 1e-4, 6), np.array(module.PUBLISHED))
            for _ in range(count)
        ]
    hosts = niche.hosts("mouse", tumour="MDA-231-luc", draws=count, posterior="prior").parameters
    found = []
    for j in range(count):
        y = State(*random.uniform(0.2, 2, len(State._fields)))._replace(tumour=random.uniform(0.01, 0.9))
        u = Inputs(*random.uniform(0.2, 2, len(Inputs._fields)))
        found.append((np.array(y), np.array(u), np.stack(hosts)[:, j]))
    return found


MODULES = [pytest.param(module, id=module.__name__) for module in (model, lemaire2004)]


@pytest.mark.parametrize("module", MODULES)
def test_symbols_give_the_compiled_numbers(module):
    y, u, p, slopes, defined = equations(module)
    names, marks = [*y, *u, *p], list(defined)
    steps = [sympy.lambdify([[*names, *marks[:i]]], defined[mark]) for i, mark in enumerate(marks)]
    symbolic = sympy.lambdify([[*names, *defined]], list(slopes), cse=True)
    rhs = _kernel.load_kernel(module.__name__).rhs
    for y, u, p in instants(module):
        compiled, known = np.empty_like(y), [*y, *u, *p]
        rhs(0.0, y, u, p, compiled)
        for step in steps:
            known.append(step(known))
        assert np.allclose(symbolic(known), compiled, rtol=1e-10, atol=1e-13 * np.abs(compiled).max())


@pytest.mark.parametrize("module", [pytest.param(model, id=model.__name__, marks=pytest.mark.slow), MODULES[1]])
def test_symbolic_jacobian_is_the_slope_of_the_compiled_rates(module):
    rhs, (y, u, p) = _kernel.load_kernel(module.__name__).rhs, instants(module)[0]
    for i in range(len(y)):
        step, above, below = 1e-5 * y[i] * np.eye(len(y))[i], np.empty_like(y), np.empty_like(y)
        rhs(0.0, y + step, u, p, above)
        rhs(0.0, y - step, u, p, below)
        floor = 1e-8 * np.abs(above).max() / y[i]
        assert np.allclose((above - below) / (2 * step[i]), column(module, i, y, u, p), rtol=1e-6, atol=floor)


@pytest.mark.parametrize("module", MODULES)
def test_each_rate_is_plain_algebra(module):
    """Sums, products, powers and sizes of symbols and numbers: no branch, no function that another language lacks."""
    y, u, p, slopes, defined = equations(module)
    allowed = set(y) | set(u) | set(p) | set(defined)
    for slope in map(sympy.sympify, [*slopes, *defined.values()]):
        assert slope.free_symbols <= allowed
        kinds = {type(node) for node in sympy.preorder_traversal(slope) if not node.is_Atom}
        assert kinds <= {sympy.Add, sympy.Mul, sympy.Pow, sympy.Abs}


@pytest.mark.parametrize("module", MODULES)
def test_each_rate_prints_to_latex(module):
    y, _, _, slopes, defined = equations(module)
    for name, slope in zip(y._fields, slopes, strict=True):
        text = sympy.latex(slope)
        assert text.count("{") == text.count("}")
        assert sympy.latex(sympy.Symbol(name)) in text  # every state has a say in its own rate
    for meaning in defined.values():
        assert sympy.latex(meaning).count("{") == sympy.latex(meaning).count("}")


def test_a_positive_part_and_what_a_lesion_leaves_are_printed():
    text = latex(nerves.sensory_rate)
    assert r"\max" in text
    assert "|" not in text
    assert r"\mathrm{trka}" in text
    pain = latex(nerves.pain)
    assert r"\mathrm{sensory}_{\mathrm{left}}" in pain
    assert r"\mathrm{sensory} " in pain
    assert latex(exponential, "") == "e^{x}"


def test_which_state_acts_on_which():
    """The wiring at a glance: the Jacobian's pattern for the tumour and the drugs."""
    y, _, _, slopes, defined = equations(model)
    wiring = {
        name: {cause for cause, symbol in zip(y._fields, y, strict=True) if symbol in said(slope, defined)}
        for name, slope in zip(y._fields, slopes, strict=True)
    }
    traps = {"rankl_trap", "tgfb_trap", "pthrp_trap", "ngf_trap"}
    fibres = {"sympathetic", "sensory", "core"}
    # what bone cells read: fibres act on them through RANKL, the tumour through IL-6, and TGF-beta on RANKL
    activity = {"OBp", "OBa", "OCa", "PTHrP", "tumour", "rankl_trap", "pthrp_trap", "tgfb_trap"} | fibres
    assert wiring["BV"] == {"BV", "load"} | activity
    assert wiring["load"] == {"BV", "load", "tumour"}
    assert wiring["zol_bone"] == {"zol_bone"} | activity
    assert wiring["OCa"] == {"zol_bone", "adapted", "gathered"} | activity
    arriving = {"circulating", "dormant"}
    assert wiring["tumour"] == {"vessels", "CD8"} | arriving | activity
    assert wiring["circulating"] == {"circulating"}
    assert wiring["dormant"] == arriving | activity
    assert wiring["sensory"] == {"NGF", "ngf_trap"} | activity
    assert wiring["sympathetic"] == {"sympathetic", "NGF", "ngf_trap"}
    assert wiring["core"] == activity
    assert wiring["NGF"] == {"NGF", "tumour"}
    assert wiring["CD8"] == {"CD8", "MDSC"} | fibres
    for trap in traps:
        assert wiring[trap] == {trap, f"{trap}_depot"}
        assert wiring[f"{trap}_depot"] == {f"{trap}_depot"}
