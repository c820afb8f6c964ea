"""The model as a list of equations, found by running its own functions once, on symbols.

Each function that the rates call, and each intermediate value that it gives a name, becomes one quantity with one
equation. A function called again with other arguments (the sprouting of sensory and of sympathetic fibres) becomes
another quantity.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

from compendium.site.noting import noting
from niche.model import bone, drugs, immune, nerves, observables, tumour
from niche.model import niche as whole
from niche.model.helpers import positive
from niche.model.state import Inputs, Parameters, State, describe

TISSUES = {"nerves": nerves, "bone": bone, "tumour": tumour, "immune": immune, "drugs": drugs}
# Printed where they are used, because by themselves they say little: shapes, and functions that only join others.
_INLINE = {
    "stimulus",
    "operational",
    "peptide",
    "absorbed",
    "central_rate",
    "ligands",
    "fibres",
    "nerve_signals",
    "signals",
    "here",
    "tgfb_pool",
    "tgfb_ratio",
    "coupled",
    "switched",
}
_WITHIN = {module.__name__: tissue for tissue, module in TISSUES.items()} | {
    whole.__name__: "niche",
    observables.__name__: "observables",
}


@dataclass(frozen=True)
class Equation:
    """One quantity of the model and what it is computed from.

    Attributes
    ----------
    name
        a name of its own; for a rate, that of the state; for a read-out, as `niche.experiment.simulation` calls
        it
    kind
        "quantity", "part" (an intermediate value of a function), "rate" or "read-out"
    tissue, function
        the file and the function of `niche.model` that compute it
    value
        SymPy expression of symbols named as states, inputs, parameters and other quantities are
    """

    name: str
    kind: str
    tissue: str
    function: str
    about: str
    unit: str
    value: Any

    @property
    def label(self) -> str:
        """What stands in print: the name without the function that it is a part of."""
        return self.name.rpartition(":")[2]

    @cached_property
    def depends_on(self) -> tuple[str, ...]:
        """Names of what it is computed from, in alphabetical order."""
        return tuple(sorted(one.name for one in self.value.free_symbols))


@cache
def trace() -> tuple[Equation, ...]:
    """Every equation that `niche.model.niche.rates` comes to, each after those that it needs."""
    tracer = _Tracer()
    y, u, p = (_symbols(table) for table in (State, Inputs, Parameters))
    slopes = tracer.rebuilt(whole.rates)(symbol("t"), y, u, p)._asdict()
    found, meanings, homes = list(tracer.found), describe(State), _homes()
    for name, slope in slopes.items():
        unit, about = meanings[name]
        per_day = "1/day" if unit == "1" else f"{unit}/day"
        found.append(Equation(name, "rate", *homes[name], about, per_day, _tidy(slope)))
    return tuple(found)


@cache
def readouts() -> tuple[Equation, ...]:
    """What an assay reads off a state; before them, the quantities that nothing but read-outs uses."""
    tracer = _Tracer()
    y, u, p = (_symbols(table) for table in (State, Inputs, Parameters))
    now = tracer.rebuilt(whole.signals)(y, u, p)
    read = []
    for name, one in observables.OBSERVABLES.items():
        value = _tidy(tracer.rebuilt(one.read)(y, now, u, p))
        read.append(Equation(name, "read-out", "observables", "", one.about, one.unit, value))
    known = {equation.name for equation in trace()}
    return (*(equation for equation in tracer.found if equation.name not in known), *read)


def symbol(name: str) -> Any:
    """The symbol of a name."""
    import sympy

    return sympy.Symbol(name, positive=True)


def marked(name: str) -> str:
    """The name of an input: what is left of fibres after a lesion shares its name with what has sprouted."""
    return f"{name}_left" if name in State._fields else name


def _symbols(table: Any) -> Any:
    return table(*(symbol(marked(name) if table is Inputs else name) for name in table._fields))


_TAKEN = {*State._fields, *Parameters._fields, *map(marked, Inputs._fields)}


class _Tracer:
    """Runs functions of the model with their callees, and what they name, replaced by symbols and written down."""

    def __init__(self) -> None:
        self.found: list[Equation] = []
        self._known: dict[tuple[str, tuple[Any, ...]], Any] = {}
        self._names: set[str] = set()
        self._rebuilt: dict[FunctionType, Callable[..., Any]] = {}

    def rebuilt(self, function: Any) -> Callable[..., Any]:
        """The same function, which notes each value that it gives a name and each function that it calls."""
        if function not in self._rebuilt:
            code = function.__code__ if function.__name__ == "<lambda>" else noting(function)
            seen = {name: self._seen(value) for name, value in function.__globals__.items()}
            seen["_note"] = lambda name, value: self._note(function, name, value)
            plain = FunctionType(code, seen, function.__name__, function.__defaults__)
            self._rebuilt[function] = lambda *given: self._named(function, plain(*given))
        return self._rebuilt[function]

    def _seen(self, value: Any) -> Any:
        if value is positive:
            return _larger
        if isinstance(value, ModuleType) and value.__name__ in _WITHIN:
            return SimpleNamespace(**{name: self._seen(inner) for name, inner in vars(value).items()})
        if isinstance(value, FunctionType) and value.__module__ in _WITHIN:
            return lambda *given: self._call(value, given)
        return value

    def _call(self, function: FunctionType, given: tuple[Any, ...]) -> Any:
        about = _first_line(function)
        if function.__name__ in _INLINE or about.startswith("d ") or function.__module__ == observables.__name__:
            return self.rebuilt(function)(*given)
        plain = tuple(one for one in given if not isinstance(one, tuple))  # tables are the same in every call
        key = function.__name__, plain
        if key not in self._known:
            value = self.rebuilt(function)(*given)
            if not isinstance(value, tuple):
                of = "" if function.__name__ not in self._names else f" of {' and '.join(map(str, plain))}"
                value = self._write(function.__name__ + of, value, function, "quantity", about)
            self._known[key] = value
        return self._known[key]

    def _note(self, function: FunctionType, name: str, value: Any) -> Any:
        if isinstance(value, tuple) or not getattr(value, "args", ()):
            return value  # a table, a number, or a symbol that has its equation already
        return self._write(f"{function.__name__}:{name}", value, function, "part", "")

    def _named(self, function: FunctionType, value: Any) -> Any:
        """A table that a function returns, each of its entries a quantity; anything else as it is."""
        if function.__name__ == "rates" or not hasattr(value, "_fields"):
            return value
        pairs = zip(value._fields, value, strict=True)
        return type(value)(*(self._field(function, name, one) for name, one in pairs))

    def _field(self, function: FunctionType, name: str, value: Any) -> Any:
        """An entry of a table: a quantity, unless it is a table itself or has the equation of a quantity already."""
        if isinstance(value, tuple) or str(value) in _TAKEN:
            return value
        if value.is_Symbol and (":" not in value.name or value.name.endswith(f":{name}")):
            return value
        return self._write(name, value, function, "quantity", "")

    def _write(self, name: str, value: Any, function: FunctionType, kind: str, about: str) -> Any:
        name = f"{name} now" if name in _TAKEN else name
        if name not in self._names:
            self._names.add(name)
            tissue = _WITHIN[function.__module__]
            found = Equation(name, kind, tissue, function.__name__, about, _unit(about), _tidy(value))
            self.found.append(found)
        return symbol(name)


def _larger(value: Any) -> Any:
    """The positive part as a reader writes it. As the code writes it SymPy would look for signs, for minutes."""
    import sympy

    return sympy.Max(0, value, evaluate=False)


def _tidy(value: Any) -> Any:
    """Whole numbers and thirds without decimals."""
    import sympy

    from compendium.equations import tidied as tidier

    value = tidier(sympy.sympify(value))
    thirds = {x: sympy.Rational(round(3 * x), 3) for x in value.atoms(sympy.Float) if abs(3 * x - round(3 * x)) < 1e-12}
    return value.xreplace(thirds)


def _first_line(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ").strip()


def _unit(about: str) -> str:
    return about[about.rfind("[") + 1 : about.rfind("]")] if "[" in about and "]" in about else ""


@cache
def _homes() -> dict[str, tuple[str, str]]:
    """In which tissue's file, and by which function, the rate of each state is written: read off `rates`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(whole.rates)))
    end = next(node.value for node in ast.walk(tree) if isinstance(node, ast.Return))
    assert isinstance(end, ast.Call)
    homes = {}
    for field in end.keywords:
        calls = [node.func for node in ast.walk(field.value) if isinstance(node, ast.Call)]
        named = [(f.value.id, f.attr) for f in calls if isinstance(f, ast.Attribute) and isinstance(f.value, ast.Name)]
        homes[str(field.arg)] = named[0] if named else ("tumour", "rates")
    return homes
