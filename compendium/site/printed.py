"""Equations in print: LaTeX of the trace, its names told apart by how they are set."""

from functools import cache
from typing import Any

from compendium.site.trace import Equation, marked, readouts, symbol, trace
from niche.model.state import Inputs, Parameters, State


def printed_latex(equation: Equation) -> str:
    """One equation: bold, what changes in time; in brackets, what is done to a host; in words, what follows."""
    import sympy

    left = {"rate": rf"\frac{{d\,{printed_names().get(symbol(equation.name))}}}{{dt}}"}.get(
        equation.kind, _words(equation.label)
    )
    right = sympy.latex(equation.value, symbol_names=printed_names(), mul_symbol=r" \,", fold_short_frac=False)
    return f"{left} = {right}"


@cache
def printed_names() -> dict[Any, str]:
    """LaTeX of every symbol of the trace."""
    from compendium.equations import printed_name

    found = {symbol(name): printed_name(name) for name in Parameters._fields}
    found |= {symbol(one.name): _words(one.label) for one in (*trace(), *readouts()) if one.kind != "rate"}
    found |= {symbol(marked(name)): rf"[{_words(name)}]" for name in Inputs._fields}
    return found | {symbol(name): _bold(name) for name in State._fields}


def _bold(name: str) -> str:
    head, _, tail = name.partition("_")
    return rf"\mathbf{{{head}}}" + (rf"_{{\mathrm{{{tail.replace('_', ' ')}}}}}" if tail else "")


def _words(label: str) -> str:
    """A quantity in words: "precursor_supply" is set as text with a space."""
    return rf"\text{{{label.replace(' now', '').replace('_', ' ')}}}"
