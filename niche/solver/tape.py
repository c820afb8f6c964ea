"""The model's equations as notes: each operation that they are made of, once.

The equations work on any number-like thing (`niche.model.helpers`), so here they are run once on symbols that note each
operation. `niche.solver.straight` makes code of the notes, `niche.solver.reverse` that of their derivatives.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

_E = 2.718281828459045


class Node(NamedTuple):
    """One operation: "y", "u" or "p" and an index, or "+", "-", "*", "**", "exp", "inverse" of earlier ones."""

    op: str
    a: Any
    b: Any


class Tape:
    """Operations in the order in which they were met; the same operation on the same things is noted once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.moves: list[bool] = []  # whether it depends on the states
        self._known: dict[str, int] = {}

    def leaves(self, kind: str, count: int) -> "list[Symbol]":
        """Symbols for all fields of the states "y", the inputs "u" or the parameters "p"."""
        return [Symbol(self, self.note(Node(kind, i, None))) for i in range(count)]

    def note(self, node: Node) -> int:
        """The place of an operation."""
        key = repr(node)  # as numbers, a place and the constant of its value are the same
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(node)
            inner = [x for x in (node.a, node.b) if isinstance(x, Place)]
            self.moves.append(node.op == "y" or any(self.moves[i] for i in inner))
        return self._known[key]


class Place(int):
    """Where an operation stands on the tape, against a plain number."""


class Symbol:
    """A number to be: arithmetic with it is noted."""

    def __init__(self, tape: Tape, place: int) -> None:
        self.tape, self.place = tape, Place(place)

    def __add__(self, other: Any) -> Any:
        return self if _is(other, 0) else self._do("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return self if _is(other, 0) else self._do("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return self if _is(other, 0) else self._do("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._do("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return 0.0 if _is(other, 0) else self if _is(other, 1) else self._do("*", self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self * (other._inverse() if isinstance(other, Symbol) else 1 / other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._inverse() * other

    def _inverse(self) -> "Symbol":
        return self._do("inverse", self, None)  # a division is slow, and going back it is needed again

    def __neg__(self) -> Any:
        return self._do("-", 0.0, self)

    def __pow__(self, other: Any) -> Any:
        return 1.0 if _is(other, 0) else self if _is(other, 1) else self._do("**", self, other)

    def __rpow__(self, other: Any) -> Any:
        return self._do("exp", self, None) if other == _E else self._do("**", other, self)

    def _do(self, op: str, a: Any, b: Any) -> "Symbol":
        return Symbol(self.tape, self.tape.note(Node(op, operand(a), operand(b))))


def _is(x: Any, number: float) -> bool:
    return not isinstance(x, Symbol) and x == number


def operand(x: Any) -> Any:
    return x.place if isinstance(x, Symbol) else x if x is None else float(x)


def inner_nodes(node: Node) -> list[int]:
    """What an operation reads; the sign of a power reads three."""
    inner = [node.a, *(node.b if isinstance(node.b, tuple) else (node.b,))]
    return [int(x) for x in inner if isinstance(x, Place)]


def needed(tape: Tape, outputs: Sequence[Any]) -> list[int]:
    """Where the operations stand that the outputs are made of, in the order of the tape."""
    found, todo = set[int](), [int(x) for x in outputs if isinstance(x, Place)]
    while todo:
        i = todo.pop()
        if i not in found:
            found.add(i)
            todo += inner_nodes(tape.nodes[i])
    return sorted(found)
