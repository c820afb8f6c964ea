"""Straight-line code for several hosts at once: each number of the text becomes a row of lanes, one for each host.

A processor adds four or eight numbers in the time of one, but a compiler seldom sees that hundreds of lines may be done
side by side. So the text that `niche.solver.straight` writes (assignments, `+ - * /`, and the functions below) is
translated here to LLVM's vector instructions. No lane sees another: a host's numbers do not depend on its neighbours.
log is that of fdlibm (https://netlib.org/fdlibm); exp is a power of two times a polynomial through twelve Chebyshev
points. Both are within two units of the last digit.
"""

import ast
import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

_FUSED = ("contract",)  # a product and a sum in one instruction where the processor has it
_DOUBLE, _LONG = ir.DoubleType(), ir.IntType(64)
_MAGIC = 1.5 * 2.0**52  # added to a number, its bits end in that number as an integer
_OFF = 0x3FE6A09E00000000  # bits of the root of a half: a mantissa is taken from there to the root of two
_LOG = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
_EXP = (
    1.0,
    1.0,
    0.5000000000000019,
    0.1666666666666668,
    0.04166666666648781,
    0.008333333333319579,
    1.388888895239097e-03,
    1.9841269890105706e-04,
    2.4801485400781884e-05,
    2.755724085587135e-06,
    2.7632669807530295e-07,
    2.5110060804838346e-08,
)
_LN2, _LN2_REST = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_TINY, _NOTHING = 2.3e-308, -1e300


# What the text may call; as NumPy has it where the text runs as it stands.
exp, log, size, sqrt, larger, smaller = np.exp, np.log, np.abs, np.sqrt, np.maximum, np.minimum


def choose(yes: Any, a: Any, b: Any) -> Any:
    """a where `yes` is above 0, else b."""
    return np.where(yes > 0, a, b)


def signed(value: Any, x: Any, exponent: Any) -> Any:
    """A power of size(x) turned into that of x: minus where x is negative and its power odd, none if not whole."""
    turned = np.where(exponent % 2 == 0, value, -value)
    return np.where(x < 0, np.where(exponent % 1 == 0, turned, np.nan), value)


def straight(lanes: int) -> Callable[[Callable[..., None]], Any]:
    """Turn straight-line code over arrays (rows, lanes) into one function for compiled code; `.text` is the original.

    The original works on NumPy arrays as it stands, a row at a time.
    """

    def turn(function: Callable[..., None]) -> Any:
        def typed(typing: Any, arrays: Any) -> Any:
            if any(array.layout != "C" or array.dtype != types.float64 for array in arrays):
                raise TypingError(f"{function.__name__} takes arrays of floats that lie side by side, got {arrays}")
            return types.void(arrays), lambda context, builder, signature, given: _Emitter(
                function, lanes, builder
            ).run(context, signature.args[0], given[0])

        compiled: Any = intrinsic(typed)
        compiled.text = function
        return compiled

    return turn


class _Emitter:
    """Writes the instructions of one function."""

    def __init__(self, function: Callable[..., None], lanes: int, builder: Any) -> None:
        self.tree: Any = ast.parse(inspect.getsource(function)).body[0]
        self.lanes, self.b = lanes, builder
        self.real, self.whole = ir.VectorType(_DOUBLE, lanes), ir.VectorType(_LONG, lanes)
        self.names: dict[str, Any] = {}

    def run(self, context: Any, kinds: Any, given: Any) -> Any:
        self.b.function.attributes.add("noinline")  # one copy is enough, and compiles in a third of the time
        for i, argument in enumerate(self.tree.args.args):
            array = self.b.extract_value(given, i)
            self.names[argument.arg] = context.make_array(kinds[i])(context, self.b, array).data
        for line in self.tree.body:
            if not isinstance(line, ast.Assign):
                continue  # the docstring
            value, (target,) = self.value(line.value), line.targets
            if isinstance(target, ast.Name):
                self.names[target.id] = value
            else:
                self.b.store(value, self._place(target), align=8)
        return context.get_dummy_value()

    def _place(self, node: Any) -> Any:
        first = self.b.gep(self.names[node.value.id], [_LONG(node.slice.value * self.lanes)])
        return self.b.bitcast(first, self.real.as_pointer())

    def value(self, node: Any) -> Any:
        if isinstance(node, ast.Constant):
            return self.number(float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            return self.names[node.id]
        if isinstance(node, ast.Subscript):
            return self.b.load(self._place(node), align=8)
        if isinstance(node, ast.UnaryOp):
            return self.number(ast.literal_eval(node))  # a negative number
        if isinstance(node, ast.BinOp):
            do = {ast.Add: self.plus, ast.Sub: self.minus, ast.Mult: self.times, ast.Div: self.over}[type(node.op)]
            return do(self.value(node.left), self.value(node.right))
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        return getattr(self, name)(*map(self.value, node.args))

    def number(self, x: float) -> Any:
        return ir.Constant(self.real, [float(x)] * self.lanes)

    def bits(self, x: int) -> Any:
        return ir.Constant(self.whole, [x] * self.lanes)

    def plus(self, a: Any, b: Any) -> Any:
        return self.b.fadd(a, b, flags=_FUSED)

    def minus(self, a: Any, b: Any) -> Any:
        return self.b.fsub(a, b, flags=_FUSED)

    def times(self, a: Any, b: Any) -> Any:
        return self.b.fmul(a, b, flags=_FUSED)

    def over(self, a: Any, b: Any) -> Any:
        return self.b.fdiv(a, b)

    def series(self, x: Any, terms: Any) -> Any:
        """terms[0] + x * (terms[1] + ...), by Horner."""
        total = self.number(terms[-1])
        for term in reversed(terms[:-1]):
            total = self.plus(self.times(total, x), self.number(term))
        return total

    def _library(self, name: str, *given: Any) -> Any:
        kind = f"llvm.{name}.v{self.lanes}f64"
        return self.b.call(
            self.b.module.declare_intrinsic(kind, (), ir.FunctionType(self.real, [self.real] * len(given))), given
        )

    def sqrt(self, x: Any) -> Any:
        return self._library("sqrt", x)

    def size(self, x: Any) -> Any:
        return self._library("fabs", x)

    def larger(self, a: Any, b: Any) -> Any:
        return self.b.select(self.b.fcmp_ordered(">", b, a), b, a)

    def smaller(self, a: Any, b: Any) -> Any:
        return self.b.select(self.b.fcmp_ordered("<", b, a), b, a)

    def choose(self, yes: Any, a: Any, b: Any) -> Any:
        return self.b.select(self.b.fcmp_ordered(">", yes, self.number(0.0)), a, b)

    def exp(self, x: Any) -> Any:
        """At most that of 709 and at least that of -708, so that the exponent of the number holds it."""
        x = self.larger(self.smaller(x, self.number(709.0)), self.number(-708.0))
        shifted = self.plus(self.times(x, self.number(1 / math.log(2))), self.number(_MAGIC))
        n = self.minus(shifted, self.number(_MAGIC))
        r = self.minus(x, self.times(n, self.number(_LN2)))
        r = self.minus(r, self.times(n, self.number(_LN2_REST)))
        exponent = self.b.shl(self.b.bitcast(shifted, self.whole), self.bits(52))
        return self.b.bitcast(self.b.add(self.b.bitcast(self.series(r, _EXP), self.whole), exponent), self.real)

    def log(self, x: Any) -> Any:
        """Of a number that is not negative; of 0 one so low that a power of it is 0, or 1 where the power is 0."""
        raw = self.b.bitcast(x, self.whole)
        above = self.b.lshr(self.b.add(raw, self.bits((1023 << 52) - _OFF)), self.bits(52))
        biased = self.b.bitcast(self.b.or_(above, self.bits(0x4330000000000000)), self.real)
        k = self.minus(biased, self.number(2.0**52 + 1023))
        mantissa = self.b.sub(raw, self.b.shl(self.b.sub(above, self.bits(1023)), self.bits(52)))
        f = self.minus(self.b.bitcast(mantissa, self.real), self.number(1.0))
        s = self.over(f, self.plus(f, self.number(2.0)))
        z, half = self.times(s, s), self.times(self.times(f, f), self.number(0.5))
        rest = self.times(z, self.series(z, _LOG))
        low = self.plus(self.times(s, self.plus(half, rest)), self.times(k, self.number(_LN2_REST)))
        value = self.minus(self.times(k, self.number(_LN2)), self.minus(self.minus(half, low), f))
        value = self.b.select(self.b.fcmp_ordered("<", x, self.number(_TINY)), self.number(_NOTHING), value)
        return self.b.select(self.b.fcmp_ordered("<", x, self.number(math.inf)), value, x)

    def signed(self, value: Any, x: Any, exponent: Any) -> Any:
        zero, half = self.number(0.0), self.times(exponent, self.number(0.5))
        negative = self.b.fcmp_ordered("<", x, zero)
        whole = self.b.fcmp_ordered("==", self._library("floor", exponent), exponent)
        even = self.b.fcmp_ordered("==", self._library("floor", half), half)
        turned = self.b.select(even, value, self.minus(zero, value))
        turned = self.b.select(whole, turned, self.number(math.nan))
        return self.b.select(negative, turned, value)
