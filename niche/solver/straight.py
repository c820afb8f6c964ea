"""A model's rates as straight-line code with little work in it, for `niche.solver.lanes` to compile.

The equations are run once on the symbols of `niche.solver.tape`, which note each operation, the same one only once.
Here the notes are done again with less: what only inputs and parameters decide is set apart, products share one
exponential, and powers of one thing share its logarithm. Only the last digits change.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any, NamedTuple

from niche.solver.tape import Node, Place, Tape, inner_nodes, needed, operand

_UNARY = {"exp", "log", "size", "sqrt"}


class Code(NamedTuple):
    """Bodies of two functions: prepare(u, p, c) fills `kept` numbers that do not move; slopes(y, c, out) the rates."""

    prepare: list[str]
    slopes: list[str]
    kept: int


class _Product(NamedTuple):
    """still * moving * exp(sum of exponents); `signs` are bases and exponents of powers among the latter."""

    still: tuple[Any, ...] = ()
    moving: tuple[Any, ...] = ()
    exponents: tuple[Any, ...] = ()
    signs: tuple[tuple[Any, Any], ...] = ()


def trace_rates(model: ModuleType) -> tuple[Tape, list[Any]]:
    """Notes of a model's rates, and what each state's rate is on them. Nothing may depend on the time itself."""
    tape = Tape()
    y, u, p = (
        table(*tape.leaves(kind, len(table._fields)))
        for kind, table in (("y", model.State), ("u", model.Inputs), ("p", model.Parameters))
    )
    return tape, [operand(x) for x in model.rates(object(), y, u, p)]  # an object that no arithmetic takes


def straight_code(model: ModuleType) -> Code:
    """Straight-line code of a model's rates."""
    return _written(*lean(*trace_rates(model)))


def lean(old: Tape, outputs: list[Any]) -> tuple[Tape, list[Any]]:
    """The same notes with less work in them, and where the outputs stand on the new tape."""
    again = _Lean(old, outputs)
    return again.new, [again.place(x) for x in outputs]


class _Lean:
    """Does the notes of one tape again on another, with fewer exponentials and logarithms."""

    def __init__(self, old: Tape, outputs: list[Any]) -> None:
        self.old, self.new = old, Tape()
        self.done: dict[int, _Product] = {}
        wanted = needed(old, outputs)
        uses, users = [0] * len(old.nodes), dict[int, list[Node]]()
        for x in outputs:
            if isinstance(x, Place):
                uses[x] += 1
        for node in (old.nodes[i] for i in wanted):
            for i in inner_nodes(node):
                uses[i] += 1
                users.setdefault(i, []).append(node)
        self.once = [count == 1 for count in uses]
        for i in wanted:
            product = self._again(i)
            # What is used twice is computed once; but powers take the logarithm of their base, so that it may wait.
            bases = all(node.op == "**" and node.a == i and isinstance(node.b, Place) for node in users.get(i, ()))
            whole = old.moves[i] and uses[i] > 1 and not (bases and uses[i] == len(users.get(i, ())))
            self.done[i] = _Product(moving=(self._value(product),)) if whole else product

    def place(self, x: Any) -> Any:
        """An operand of the old tape, as one of the new."""
        return self._value(self.done[int(x)]) if isinstance(x, Place) else x

    def _product(self, x: Any) -> _Product:
        return self.done[int(x)] if isinstance(x, Place) else _Product(still=(x,))

    def _note(self, op: str, a: Any, b: Any = None) -> Place:
        return Place(self.new.note(Node(op, a, b)))

    def _again(self, i: int) -> _Product:
        op, a, b = self.old.nodes[i]
        if op in ("y", "u", "p"):
            return self._single(self._note(op, a))
        if op == "*":
            # A quotient stays one, rather than all of them in one division: x / x is 1 to the last digit, so that no
            # amount of a drug is no drug.
            for x, other in ((b, a), (a, b)):
                if isinstance(x, Place) and self.old.nodes[x].op == "inverse" and self.once[x] and self.old.moves[x]:
                    return self._single(self._note("/", self.place(other), self.place(self.old.nodes[x].a)))
            return _Product(*(x + y for x, y in zip(self._product(a), self._product(b), strict=True)))
        if op == "inverse":
            return self._single(self._note("/", 1.0, self.place(a)))
        if op == "exp":
            return self._power_of_e(self.place(a))
        if op == "**":
            return self._power(a, b)
        return self._single(self._note(op, self.place(a), self.place(b)))

    def _single(self, x: Place) -> _Product:
        return _Product(moving=(x,)) if self.new.moves[x] else _Product(still=(x,))

    def _power_of_e(self, exponent: Any) -> _Product:
        if isinstance(exponent, Place) and self.new.moves[exponent]:
            return _Product(exponents=(exponent,))
        return _Product(still=(self._note("exp", exponent),))

    def _power(self, a: Any, b: Any) -> _Product:
        base = self._product(a)
        if isinstance(b, float) and b in (0.5, 2.0):
            x = self._value(base)
            node = self.new.nodes[x]
            if b == 2.0:
                return self._single(self._note("*", x, x))
            return self._single(
                self._note("size", node.a) if node.op == "*" and node.a == node.b else self._note("sqrt", x)
            )
        exponent, rest = self.place(b), base._replace(exponents=(), signs=())
        if base.signs:
            base, rest = _Product(moving=(self._value(base),)), _Product(moving=(self._value(base),))
        x = self._value(rest)
        log = self._sum((*base.exponents, self._note("log", self._note("size", x))))
        raised = self._note("*", exponent, log)
        if not self.new.moves[raised]:
            return _Product(still=(self._note("signed", self._note("exp", raised), (x, exponent)),))
        return _Product(exponents=(raised,), signs=((x, exponent),))

    def _sum(self, terms: tuple[Any, ...]) -> Any:
        total = terms[0]
        for term in terms[1:]:
            total = self._note("+", total, term)
        return total

    def _all(self, factors: tuple[Any, ...]) -> Any:
        total = factors[0] if factors else 1.0
        for factor in factors[1:]:
            total = self._note("*", total, factor)
        return total

    def _value(self, of: _Product) -> Any:
        factors = of.moving
        if of.exponents:
            raised: Any = self._note("exp", self._sum(of.exponents))
            for x, exponent in of.signs:
                raised = self._note("signed", raised, (x, exponent))
            factors = (*factors, raised)
        still = self._all(of.still)
        if factors and still != 1.0:
            factors = (still, *factors)
        return self._all(factors) if factors else still


def _written(tape: Tape, outputs: list[Any]) -> Code:
    wanted = needed(tape, outputs)
    moving = [i for i in wanted if tape.moves[i]]
    still = [i for i in wanted if not tape.moves[i]]
    ends = {x for i in moving for x in inner_nodes(tape.nodes[i])} | {int(x) for x in outputs if isinstance(x, Place)}
    kept = {i: n for n, i in enumerate(i for i in still if i in ends)}
    prepare = [line(tape, i, {}) for i in still] + [f"c[{n}] = v{i}" for i, n in kept.items()]
    slopes = [line(tape, i, kept) for i in moving] + [
        f"out[{n}] = {read_rates(x, kept)}" for n, x in enumerate(outputs)
    ]
    return Code(prepare, slopes, len(kept))


def read_rates(x: Any, kept: Mapping[int, int]) -> str:
    """How an operand is written."""
    if not isinstance(x, Place):
        return repr(x)
    return f"c[{kept[x]}]" if x in kept else f"v{int(x)}"


def line(tape: Tape, i: int, kept: Mapping[int, int]) -> str:
    """How an operation is written."""
    op, a, b = tape.nodes[i]
    if op in ("y", "u", "p"):
        return f"v{i} = {op}[{a}]"
    if op == "signed":
        return f"v{i} = signed({read_rates(a, kept)}, {read_rates(b[0], kept)}, {read_rates(b[1], kept)})"
    if op in _UNARY:
        return f"v{i} = {op}({read_rates(a, kept)})"
    return f"v{i} = {read_rates(a, kept)} {op} {read_rates(b, kept)}"
