"""Which mechanism a gain of the model belongs to: said beside each gain in params/model, asked here.

A gain carries the signal that it hears and what it moves ("beta2", "vessels"), so that a set of gains is what carries
certain names, and a new gain takes its place in every such set by itself.
"""

from collections.abc import Collection, Iterable

from niche.errors import unknown
from niche.model.state import Parameters
from niche.params.files import MECHANISMS
from niche.params.layers import read_registry

BETA = ("beta1", "beta2")
# Signals of nerves, on whatever cell they act.
NERVES = (*BETA, "trophic signal", "cholinergic", "CGRP", "substance P")
STRAIN = "strain"
BONE_TURNOVER = ("bone", "IL-6 output")  # bone cells, and the IL-6 that they put out


def couplings() -> tuple[str, ...]:
    """Every parameter of the model by which one thing acts on another, in the model's order: it can be off."""
    model = read_registry().model
    return tuple(
        name
        for name in Parameters._fields
        if name in model and model[name].off is not None and STRAIN not in model[name].mechanism
    )


def gains(*every: str, of: Collection[str] = (), but: Collection[str] = ()) -> tuple[str, ...]:
    """Parameters that can be off and carry certain mechanisms, in the model's order.

    Parameters
    ----------
    every
        all of these
    of
        and one of these, if any are named
    but
        and none of these

    Raises
    ------
    NicheError
        for a mechanism that there is not, with the nearest
    """
    for name in (*every, *of, *but):
        if name not in MECHANISMS:
            raise unknown("mechanism", name, MECHANISMS)
    model = read_registry().model

    def chosen(carried: Collection[str]) -> bool:
        return (
            set(every) <= set(carried) and (not of or not set(of).isdisjoint(carried)) and set(but).isdisjoint(carried)
        )

    return tuple(
        name
        for name in Parameters._fields
        if name in model and model[name].off is not None and chosen(model[name].mechanism)
    )


def switched_off(names: Iterable[str]) -> dict[str, float]:
    """Parameters, each with the value that switches it off. Raises `NicheError` for one that cannot be off."""
    model, found = read_registry().model, dict[str, float]()
    for name in names:
        entry = model.get(name)
        if entry is None or entry.off is None:
            raise unknown("parameter that can be off", name, [n for n, e in model.items() if e.off is not None])
        found[name] = entry.off
    return found
