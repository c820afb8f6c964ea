"""Print an equation from the code that computes it: the same function, called on symbols."""

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from niche.model import bone, nerves
from niche.model.state import Inputs, Parameters, State

_TABLES = (State, Inputs, Parameters, bone.Ligands, nerves.NerveSignals)


def latex(function: Callable[..., Any], left: str | None = None) -> str:
    """LaTeX of what `function` of `niche.model` returns, its arguments as symbols.

    >>> latex(nerves.operational, "s")

    Parameters
    ----------
    left
        what stands left of the equals sign; None takes the function's name, "" leaves it out

    Raises
    ------
    TypeError
        if the function returns a tuple of quantities (ask for one of them)
    """
    import sympy

    hints = get_type_hints(function)
    arguments = [_symbols(name, hints.get(name)) for name in inspect.signature(function).parameters]
    found = function(*arguments)
    if isinstance(found, tuple):
        raise TypeError(f"{function.__name__} returns {len(found)} quantities: print one of them")
    text: str = sympy.latex(tidied(found), mul_symbol="dot", fold_short_frac=False)
    name = function.__name__.replace("_", r"\_")
    head = rf"\text{{{name}}}" if left is None else left
    return f"{head} = {text}" if head else text


def show(*pairs: tuple[str, Callable[..., Any]]) -> Any:
    """Equations for a notebook: each pair is what stands on the left, and the function."""
    from IPython.display import Math

    lines = [latex(function, left).replace(" = ", " &= ", 1) for left, function in pairs]
    return Math(r"\begin{aligned}" + r"\\[4pt] ".join(lines) + r"\end{aligned}")


def _symbols(name: str, kind: Any) -> Any:
    """A table of symbols for a state, inputs or parameters; a symbol for anything else."""
    import sympy

    if kind in _TABLES:
        # What is left of fibres after a lesion, and what has sprouted, share a name: the former is marked.
        shared = set(State._fields) if kind is Inputs else set()
        names = (f"{field}_left" if field in shared else field for field in kind._fields)
        return kind(*(sympy.Symbol(printed_name(each), positive=True) for each in names))
    return sympy.Symbol(printed_name(name), real=True)


def printed_name(field: str) -> str:
    """A field as SymPy prints it best: subscripts after the first underscore, words upright."""
    head, _, tail = field.partition("_")
    head = rf"\mathrm{{{head}}}" if len(head) > 1 else head
    return head + (rf"_{{\mathrm{{{tail.replace('_', ' ')}}}}}" if tail else "")


def tidied(expression: Any) -> Any:
    """Numbers as a reader writes them: e for its decimals, 1 for 1.0."""
    import sympy

    def nicer(number: Any) -> Any:
        if abs(float(number) - 2.718281828459045) < 1e-15:
            return sympy.E
        return sympy.Integer(round(float(number))) if float(number) == round(float(number)) else number

    expression = sympy.sympify(expression)
    expression = expression.xreplace({number: nicer(number) for number in expression.atoms(sympy.Float)})
    # A positive part is (x + |x|)/2 in code; it prints as max(0, x).
    parts = {size: 2 * sympy.Max(0, size.args[0]) - size.args[0] for size in expression.atoms(sympy.Abs)}
    return expression.xreplace(parts)
