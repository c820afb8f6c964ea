"""The straight-line code of a model as JavaScript: the very lines that are compiled, in another language's clothes.

Nothing of a model is written here. `niche.solver.straight` traces the equations and `niche.solver.tableau` writes the
steps of Dormand and Prince; both are assignments of `+ - * /` and of the few functions of `niche.solver.lanes`, which
JavaScript reads almost as they stand. The functions are given below by the same rules at the ends of the range: a power
of nothing is nothing, and an exponential stays within what a number holds. Only the last digits differ, because a
browser's exponential and logarithm are not those of `niche.solver.lanes` and it adds and multiplies in two steps.
"""

import ast
from types import ModuleType, SimpleNamespace
from typing import Any

from niche.errors import NicheError
from niche.solver.straight import Code, straight_code
from niche.solver.tableau import _D, stages

# What the lines may call. `exp` is cut as in `niche.solver.lanes`; `log` of nothing is so low that its power is 0.
FUNCTIONS = """\
const exp = (x) => Math.exp(x > 709 ? 709 : x < -708 ? -708 : x);
const log = (x) => (x < 2.3e-308 ? -1e300 : Math.log(x));
const size = Math.abs, sqrt = Math.sqrt;
const larger = (a, b) => (b > a ? b : a);
const smaller = (a, b) => (b < a ? b : a);
const choose = (yes, a, b) => (yes > 0 ? a : b);
const signed = (value, x, exponent) =>
  x < 0 ? (exponent % 1 === 0 ? (exponent % 2 === 0 ? value : -value) : NaN) : value;
"""
_CALLED = {"exp", "log", "size", "sqrt", "larger", "smaller", "choose", "signed"}
_OTHERWISE = {"new": "next"}  # a word that JavaScript keeps for itself
_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def javascript_function(head: str, lines: list[str]) -> str:
    """One function of straight-line code.

    Parameters
    ----------
    head
        its name and arguments, such as "slopes(y, c, out)"; the arguments are arrays of numbers
    lines
        assignments in Python, to a name or to an element of an argument

    Raises
    ------
    NicheError
        for a line that is not straight-line code; it names the line
    """
    tree: Any = ast.parse(f"def {head}: pass").body[0]
    return _function(tree.name, [one.arg for one in tree.args.args], ast.parse("\n".join(lines)).body)


def javascript_code(name: str, code: Code) -> str:
    """Both functions of a model's code and the number that they share: `prepareNAME`, `NAME` and `keptNAME`."""
    return "\n".join(
        [
            f"const kept{name} = {code.kept};",
            javascript_function(f"prepare{name}(u, p, c)", code.prepare),
            javascript_function(f"{name}(y, c, out)", code.slopes),
        ]
    )


def javascript_model(model: ModuleType) -> str:
    """A model's rates, the stages of a step over its states, and the weights of the read-out inside a step."""
    parts = [FUNCTIONS, javascript_code("slopes", straight_code(model))]
    for one in ast.parse(stages(len(model.State._fields))).body:
        assert isinstance(one, ast.FunctionDef)
        if one.name == "accept":  # of lanes that go side by side; a host alone is accepted whole
            continue
        parts.append(_function(one.name, [given.arg for given in one.args.args], one.body))
    return "\n".join([*parts, f"const dense = {[float(x) for x in _D]!r};"]) + "\n"


def javascript_readouts(model: ModuleType, name: str, read: Any) -> str:
    """Functions of state, inputs and parameters, as `prepareNAME`, `NAME` and `keptNAME`.

    Parameters
    ----------
    read
        read(y, u, p) gives the values, one for each element of `out`; it is called once, on symbols
    """
    fields = {part: getattr(model, part) for part in ("State", "Inputs", "Parameters")}
    traced: Any = SimpleNamespace(**fields, rates=lambda t, y, u, p: read(y, u, p))
    return javascript_code(name, straight_code(traced)) + "\n"


def _function(name: str, arguments: list[str], body: list[ast.stmt]) -> str:
    met: set[str] = set()
    written = "".join(f"  {_line(one, met)}\n" for one in body)
    return f"function {name}({', '.join(_OTHERWISE.get(one, one) for one in arguments)}) {{\n{written}}}"


def _line(node: ast.stmt, met: set[str]) -> str:
    """An assignment; a name that is met for the first time is declared."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        raise NicheError(f"not straight-line code: {ast.unparse(node)!r} is no assignment to one name")
    target, value = node.targets[0], _value(node.value)
    if not isinstance(target, ast.Name):
        return f"{_value(target)} = {value};"
    first = target.id not in met
    met.add(target.id)
    return f"{'let ' if first else ''}{_value(target)} = {value};"


def _value(node: ast.expr) -> str:
    """An expression with a bracket round each operation, so that nothing hangs on a rule of precedence."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return repr(float(node.value))
    if isinstance(node, ast.Name):
        return _OTHERWISE.get(node.id, node.id)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return f"{_value(node.value)}[{node.slice.value!r}]"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"(-{_value(node.operand)})"
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        return f"({_value(node.left)} {_SIGNS[type(node.op)]} {_value(node.right)})"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLED:
        return f"{node.func.id}({', '.join(map(_value, node.args))})"
    raise NicheError(f"not straight-line code: {ast.unparse(node)!r}")
