"""Who acts on whom: read off the dependencies of the equations, with the sign that the calibrated draws give."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from compendium.site.trace import Equation, marked, symbol, trace
from niche.experiment.hosts import hosts
from niche.experiment.protocol import Protocol
from niche.experiment.simulation import simulate
from niche.model.state import RESTING, Inputs, Parameters, State

# What is drawn, by column; several quantities may be one box. What is not named here is passed through.
COLUMNS: tuple[tuple[str, dict[str, tuple[str, ...]]], ...] = (
    (
        "fibres",
        {
            "NGF": ("NGF",),
            "TrkA": ("trka_excess",),
            "sympathetic fibres": ("sympathetic",),
            "sensory fibres": ("sensory",),
            "fibres of the marrow": ("core",),
        },
    ),
    (
        "nerve signals",
        {
            "noradrenaline": ("noradrenaline now",),
            "adrenaline": ("adrenaline",),
            "β1 in bone": ("s1",),
            "β2 in bone": ("s2",),
            "β2 elsewhere": ("s2_host", "s2_vessels", "s2_tumour"),
            "CGRP": ("cgrp",),
            "substance P": ("sp_low", "sp_high"),
            "acetylcholine": ("cholinergic now",),
            "IL-6": ("interleukin6",),
        },
    ),
    (
        "signals in bone",
        {
            "PTH receptor": ("pth",),
            "OPG": ("rank_occupancy:OPG",),
            "RANKL": ("rank_occupancy:RANKL",),
            "resorption": ("resorption",),
            "TGF-β": ("ligands:TGFb",),
        },
    ),
    (
        "bone",
        {
            "precursors": ("OBp",),
            "osteoblasts": ("OBa",),
            "osteoclasts": ("OCa",),
            "bone volume": ("BV",),
        },
    ),
    (
        "tumour",
        {
            "cells in blood": ("circulating",),
            "dormant cells": ("dormant",),
            "tumour": ("tumour",),
            "PTHrP": ("PTHrP",),
            "VEGF": ("VEGF",),
            "vessels": ("vessels",),
            "tumour elsewhere": ("distant",),
        },
    ),
    ("immune cells", {"MDSC": ("MDSC",), "M2 macrophages": ("M2",), "CD8 T cells": ("CD8",)}),
)
SURE = 0.95  # share of draws that must agree on a sign, as for a direction row of the evidence


@dataclass(frozen=True)
class Arrow:
    """One arrow. `raises` and `lowers` are shares of the draws; both 0: written down, but of no effect here."""

    source: str
    target: str
    raises: float
    lowers: float

    @property
    def sign(self) -> str:
        """One of "+", "-", "0" (no effect in any draw) and "?" (draws disagree)."""
        if max(self.raises, self.lowers) == 0:
            return "0"
        return "+" if self.raises >= SURE else "-" if self.lowers >= SURE else "?"


def boxes() -> dict[str, tuple[str, ...]]:
    """Every box of the drawing and the names that it stands for."""
    return {box: names for _, column in COLUMNS for box, names in column.items()}


@cache
def arrows(draws: int = 200) -> tuple[Arrow, ...]:
    """Every arrow between two boxes: mice with a tumour on day 21, one per draw of the posterior.

    There is an arrow where an equation, with everything that is not drawn put into it, names the other box. Its sign is
    that of the slope, everything else that is drawn held where it is.
    """
    equations = {one.name: one for one in trace()}
    home = {name: box for box, names in boxes().items() for name in names}
    drawn = {name for name in home if name in equations}
    base = values(draws)
    found = []
    for box, names in boxes().items():
        causes = {c for name in names for c in _reached(name, equations, set(home))}
        for cause in sorted({home[c] for c in causes} - {box}):
            moved = _moved(base, boxes()[cause], names, equations, drawn)
            if np.any(moved):  # a coupling that is off in every draw has no arrow
                found.append(Arrow(cause, box, float(np.mean(moved > 0)), float(np.mean(moved < 0))))
    return tuple(found)


def values(draws: int) -> dict[str, np.ndarray]:
    """The value of every name of the trace, per draw; that of a state is the state itself, not its rate."""
    some = hosts("mouse", tumour="MDA-231-luc", draws=draws)
    run = simulate(some, Protocol(days=21).seed("intratibial"), at=[21])
    known = {name: run[name].values[:, 0] for name in State._fields}
    # A few cells on their way and asleep, so that what acts on them shows.
    known |= {name: np.maximum(known[name], 0.01) for name in ("circulating", "dormant")}
    known |= {marked(name): np.full(draws, value) for name, value in zip(Inputs._fields, RESTING, strict=True)}
    known |= dict(zip(Parameters._fields, map(np.asarray, some.parameters), strict=True))
    for one in trace():
        if one.kind != "rate":
            known[one.name] = evaluate_arrow(one, known)
    return known


def evaluate_arrow(equation: Equation, known: dict[str, Any]) -> Any:
    """What an equation gives where its names have these values."""
    return _compiled(equation)(*(known[name] for name in equation.depends_on))


def _compiled(equation: Equation) -> Any:
    return _functions()[equation.name, equation.kind]


@cache
def _functions() -> dict[tuple[str, str], Any]:
    return {(one.name, one.kind): _function(one) for one in trace()}


def _function(equation: Equation) -> Any:
    import sympy

    return sympy.lambdify([symbol(name) for name in equation.depends_on], equation.value, "numpy")


def _reached(name: str, equations: dict[str, Equation], stop: set[str]) -> set[str]:
    """The drawn names that an equation comes to, through those that are not drawn."""
    found, passed, waiting = set[str](), set[str](), list(equations[name].depends_on)
    while waiting:
        one = waiting.pop()
        if one in stop:
            found.add(one)
        elif one in equations and equations[one].kind != "rate" and one not in passed:
            passed.add(one)
            waiting.extend(equations[one].depends_on)
    return found


def _moved(
    base: dict[str, Any],
    causes: tuple[str, ...],
    names: tuple[str, ...],
    equations: dict[str, Equation],
    drawn: set[str],
) -> np.ndarray:
    """How each draw's value of `names` (a rate, for a state) moves when `causes` rise by a thousandth."""
    ends = []
    for factor in (1.0, 1.001):
        known = base | {cause: base[cause] * factor for cause in causes}
        for one in equations.values():
            if one.kind != "rate" and one.name not in drawn:
                known[one.name] = evaluate_arrow(one, known)
        ends.append(sum(np.asarray(evaluate_arrow(equations[name], known)) for name in names))
    change = np.broadcast_to(ends[1] - ends[0], np.shape(base["tumour"]))
    return np.where(np.abs(change) > 1e-12 * np.abs(ends[0]), change, 0.0)
