"""Derivatives of the model's equations, as generated code: what an output's change asks of every input.

The equations work on any number-like thing (`niche.model.helpers`), so here they are run once on symbols that note each
operation. From the notes two straight-line functions are written: the values, and, going back over them, the
derivatives of a weighted sum of the outputs (reverse mode; Griewank & Walther 2008, doi:10.1137/1.9780898717761). What
only inputs and parameters decide is set apart: it is computed once in a run between two events.
"""

from collections.abc import Collection, Sequence
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
        self._known: dict[Node, int] = {}

    def leaves(self, kind: str, count: int) -> "list[Symbol]":
        """Symbols for all fields of the states "y", the inputs "u" or the parameters "p"."""
        return [Symbol(self, self.note(Node(kind, i, None))) for i in range(count)]

    def note(self, node: Node) -> int:
        """The place of an operation."""
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.nodes.append(node)
            inner = [x for x in (node.a, node.b) if isinstance(x, Place)]
            self.moves.append(node.op == "y" or any(self.moves[i] for i in inner))
        return self._known[node]


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
        return Symbol(self.tape, self.tape.note(Node(op, _operand(a), _operand(b))))


def _is(x: Any, number: float) -> bool:
    return not isinstance(x, Symbol) and x == number


def _operand(x: Any) -> Any:
    return x.place if isinstance(x, Symbol) else x if x is None else float(x)


def write(tape: Tape, groups: dict[str, Sequence[Any]], asked: Collection[tuple[str, int]] | None = None) -> str:
    """Source of `prepare`, `prepare_back`, and for each group of outputs of `name` and `name_back`.

    asked : inputs ("u", i) and parameters ("p", i) whose derivatives are wanted; None is all, states are always

    prepare(u, p, c) fills the numbers that do not move; name(y, c, out) the outputs;
    name_back(y, c, weight, gy, gc) adds the derivatives of sum(weight * out) to gy and gc;
    prepare_back(u, p, c, gc, gu, gp) adds what gc asks of inputs and parameters to gu and gp
    """
    outputs = {name: [_operand(x) for x in found] for name, found in groups.items()}
    needed = {name: _needed(tape, found) for name, found in outputs.items()}
    every = sorted(set().union(*needed.values()))
    still = [i for i in every if not tape.moves[i]]
    # Numbers that moving operations or outputs use, or leaves that stand still.
    ends = {int(x) for found in outputs.values() for x in found if isinstance(x, Place)}
    for i in every:
        if tape.moves[i]:
            ends |= set(_inner(tape.nodes[i]))
    kept = {i: n for n, i in enumerate(sorted(i for i in ends if not tape.moves[i]))}
    counts = _answering(tape, asked)
    lines = [f"KEPT = {len(kept)}", ""]
    lines += _function("prepare(u, p, c)", [*_values(tape, still, {}), *(f"c[{n}] = v{i}" for i, n in kept.items())])
    start = {i: f"gc[{n}]" for i, n in kept.items()}
    back = _back(tape, [i for i in still if counts[i]], start, {}, counts)
    lines += _function("prepare_back(u, p, c, gc, gu, gp)", [*_values(tape, still, {}), *back])
    for name, found in outputs.items():
        moving = [i for i in needed[name] if tape.moves[i]]
        own = _values(tape, moving, kept)
        says = [f"out[{n}] = {_read(x, kept)}" for n, x in enumerate(found)]
        lines += _function(f"{name}(y, c, out)", [*own, *says])
        weights: dict[int, str] = {}
        extra = []
        for n, x in enumerate(found):
            if isinstance(x, Place) and tape.moves[x]:
                weights[x] = f"{weights[x]} + weight[{n}]" if x in weights else f"weight[{n}]"
            elif isinstance(x, Place):
                extra.append(f"gc[{kept[x]}] += weight[{n}]")
        back = _back(tape, moving, weights, kept, counts)
        lines += _function(f"{name}_back(y, c, weight, gy, gc)", [*own, *extra, *back])
    return "\n".join(lines)


def _function(head: str, body: list[str]) -> list[str]:
    return [
        '@njit(nogil=True, error_model="numpy", cache=True)',
        f"def {head}:",
        *(f"    {x}" for x in body or ["pass"]),
        "",
    ]


def _inner(node: Node) -> list[int]:
    return [int(x) for x in (node.a, node.b) if isinstance(x, Place)]


def _needed(tape: Tape, outputs: Sequence[Any]) -> list[int]:
    found, todo = set(), [int(x) for x in outputs if isinstance(x, Place)]
    while todo:
        i = todo.pop()
        if i not in found:
            found.add(i)
            todo += _inner(tape.nodes[i])
    return sorted(found)


def _read(x: Any, kept: dict[int, int]) -> str:
    """How an operand is written."""
    if not isinstance(x, Place):
        return repr(x)
    return f"c[{kept[x]}]" if x in kept else f"v{int(x)}"


def _values(tape: Tape, which: Sequence[int], kept: dict[int, int]) -> list[str]:
    lines = []
    for i in which:
        op, a, b = tape.nodes[i]
        if op in ("y", "u", "p"):
            lines.append(f"v{i} = {op}[{a}]")
        elif op == "exp":
            lines.append(f"v{i} = math.exp({_read(a, kept)})")
        elif op == "inverse":
            lines.append(f"v{i} = 1.0 / {_read(a, kept)}")
        elif op == "**" and b == 0.5:
            lines.append(f"v{i} = math.sqrt({_read(a, kept)})")
        else:
            lines.append(f"v{i} = {_read(a, kept)} {op} {_read(b, kept)}")
    return lines


def _answering(tape: Tape, asked: Collection[tuple[str, int]] | None) -> list[bool]:
    """Which operations depend on something whose derivative is wanted."""
    found: list[bool] = []
    for node in tape.nodes:
        if node.op in ("u", "p"):
            found.append(asked is None or (node.op, node.a) in asked)
        else:
            found.append(node.op == "y" or any(found[i] for i in _inner(node)))
    return found


def _back(
    tape: Tape, which: Sequence[int], start: dict[int, str], kept: dict[int, int], counts: Sequence[bool]
) -> list[str]:
    """Derivatives, from the last operation to the first; d<i> is that of the sum by v<i>."""
    lines = [f"d{i} = {start.get(i, '0.0')}" for i in which]
    for i in reversed(which):
        op, a, b = tape.nodes[i]
        if op in ("y", "u", "p"):
            lines.append(f"g{op}[{a}] += d{i}")
            continue
        for x, slope in _slopes(op, f"v{i}", a, b, kept):
            if not counts[x]:
                continue
            place = f"gc[{kept[x]}]" if x in kept else f"d{int(x)}"
            lines.append(f"{place} += d{i}{slope}")
    return lines


def _slopes(op: str, value: str, a: Any, b: Any, kept: dict[int, int]) -> list[tuple[Any, str]]:
    """For each operand that is not a plain number: it, and the factor with which its derivative enters."""
    one, two = _read(a, kept), _read(b, kept)
    if op == "+":
        found = [(a, ""), (b, "")]
    elif op == "-":
        found = [(a, ""), (b, " * -1.0")]
    elif op == "*":
        found = [(a, f" * {two}"), (b, f" * {one}")]
    elif op == "inverse":
        found = [(a, f" * -{value} * {value}")]
    elif op == "exp":
        found = [(a, f" * {value}")]
    elif b == 0.5:
        found = [(a, f" * (0.5 / {value} if {value} > 0.0 else 0.0)")]
    else:  # of an empty niche no power has a slope
        found = [
            (a, f" * ({two} * {value} / {one} if {one} > 0.0 else 0.0)"),
            (b, f" * ({value} * math.log({one}) if {one} > 0.0 else 0.0)"),
        ]
    return [(x, slope) for x, slope in found if isinstance(x, Place)]
