"""Derivatives of the model's equations, as straight-line code: what an output's change asks of every input.

The notes of `niche.solver.straight` are gone over from the last to the first (reverse mode; Griewank & Walther 2008,
doi:10.1137/1.9780898717761). What only inputs and parameters decide is set apart, there and back: it is computed once
in a run between two events.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from niche.solver.straight import lean, line, read_rates
from niche.solver.tape import Place, Tape, inner_nodes, needed


class Function(NamedTuple):
    """A function of straight-line code: how many hosts it takes at once is for whoever compiles it to say."""

    head: str
    body: list[str]


def write_reverse(
    tape: Tape, groups: Mapping[str, Sequence[Any]], asked: Collection[tuple[str, int]] | None = None
) -> tuple[int, list[Function]]:
    """How many numbers do not move, and functions over arrays:

    prepare(u, p, c) fills the numbers that do not move; NAME(y, c, out) the outputs of a group;
    NAME_back(y, c, weight, gy, gc) adds the derivatives of sum(weight * out) to gy and gc; NAME_turn(y, c, weight, gy)
    to gy alone; prepare_back(u, p, c, gc, gu, gp) adds what gc asks of inputs and parameters to gu and gp

    Parameters
    ----------
    asked
        inputs ("u", i) and parameters ("p", i) whose derivatives are wanted; None is all, states are always
    """
    new, found = lean(tape, [x for outputs in groups.values() for x in outputs])
    rest, outputs = iter(found), dict[str, list[Any]]()
    for name, group in groups.items():
        outputs[name] = [next(rest) for _ in group]
    wanted = {name: needed(new, group) for name, group in outputs.items()}
    every = sorted(set().union(*wanted.values()))
    still = [i for i in every if not new.moves[i]]
    ends = {int(x) for group in outputs.values() for x in group if isinstance(x, Place)}
    ends |= {x for i in every if new.moves[i] for x in inner_nodes(new.nodes[i])}
    kept = {i: n for n, i in enumerate(i for i in still if i in ends)}
    counts, states = _answering(new, asked), _answering(new, ())
    ahead = [line(new, i, {}) for i in still]
    back = _back(new, still, {i: [f"gc[{n}]"] for i, n in kept.items()}, {}, counts)
    functions = [
        Function("prepare(u, p, c)", [*ahead, *(f"c[{n}] = v{i}" for i, n in kept.items())]),
        Function("prepare_back(u, p, c, gc, gu, gp)", [*ahead, *back]),
    ]
    for name, group in outputs.items():
        moving = [i for i in wanted[name] if new.moves[i]]
        own = [line(new, i, kept) for i in moving]
        weights: dict[int, list[str]] = {}
        for n, x in enumerate(group):
            if isinstance(x, Place):
                weights.setdefault(int(x), []).append(f"weight[{n}]")
        says = [f"out[{n}] = {read_rates(x, kept)}" for n, x in enumerate(group)]
        functions += [
            Function(f"{name}(y, c, out)", [*own, *says]),
            Function(f"{name}_back(y, c, weight, gy, gc)", [*own, *_back(new, moving, weights, kept, counts)]),
            Function(f"{name}_turn(y, c, weight, gy)", [*own, *_back(new, moving, weights, kept, states)]),
        ]
    return len(kept), functions


def _answering(tape: Tape, asked: Collection[tuple[str, int]] | None) -> list[bool]:
    """Which operations depend on something whose derivative is wanted."""
    found: list[bool] = []
    for node in tape.nodes:
        if node.op in ("u", "p"):
            found.append(asked is None or (node.op, node.a) in asked)
        else:
            found.append(node.op == "y" or any(found[i] for i in inner_nodes(node)))
    return found


def _back(
    tape: Tape, which: Sequence[int], start: Mapping[int, list[str]], kept: Mapping[int, int], counts: Sequence[bool]
) -> list[str]:
    """Derivatives, from the last operation to the first; d<i> is that of the sum by v<i>."""
    lines: list[str] = []
    asks = set[int]()

    def add(i: int, term: str) -> None:
        if counts[i]:
            lines.append(f"d{i} = d{i} + {term}" if i in asks else f"d{i} = {term}")
            asks.add(i)

    for i, terms in start.items():
        for term in terms:
            add(i, term)
    for i in reversed(which):
        if i not in asks:
            continue
        op, a, _ = tape.nodes[i]
        if op in ("y", "u", "p"):
            lines.append(f"g{op}[{a}] = g{op}[{a}] + d{i}")
            continue
        for x, term in _terms(tape, i, kept):
            if isinstance(x, Place):
                add(int(x), term)
    lines += [f"gc[{n}] = gc[{n}] + d{i}" for i, n in kept.items() if i in asks]
    return lines


def _terms(tape: Tape, i: int, kept: Mapping[int, int]) -> list[tuple[Any, str]]:
    """Each operand of an operation, and what the operation's derivative d asks of it."""
    op, a, b = tape.nodes[i]
    d, v, one = f"d{i}", f"v{i}", read_rates(a, kept)
    if op == "exp":
        return [(a, f"{d} * {v}")]
    if op == "log":  # of an empty niche no power has a slope
        return [(a, f"choose({one}, {d} / {one}, 0.0)")]
    if op == "sqrt":
        return [(a, f"choose({v}, 0.5 * {d} / {v}, 0.0)")]
    if op == "size":
        return [(a, f"choose({one}, {d}, 0.0)"), (a, f"choose(0.0 - {one}, 0.0 - {d}, 0.0)")]
    if op == "signed":
        return [(a, f"signed({d}, {read_rates(b[0], kept)}, {read_rates(b[1], kept)})")]
    two = read_rates(b, kept)
    if op == "+":
        return [(a, d), (b, d)]
    if op == "-":
        return [(a, d), (b, f"(0.0 - {d})")]
    if op == "*":
        return [(a, f"{d} * {two}"), (b, f"{d} * {one}")]
    return [(a, f"{d} / {two}"), (b, f"(0.0 - {d} / {two} * {v})")]
