"""A protocol, as mice and people get it, for a marrow slice: inputs over time, levels of antibodies, zoledronate.

Levels come from the well-mixed model, whose schedule reads doses and conditions; in the slice they then spread.
"""

from typing import NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.schedule import schedule
from niche.experiment.simulation import simulate
from niche.model.state import RESTING, Inputs, Parameters, State
from niche.tissue.scenario import Change, Zoledronate, one_host

TRAPS = ("rankl_trap", "tgfb_trap", "pthrp_trap", "ngf_trap")
_EVERY = 0.5  # days for which the level of an antibody stands still: its half-life is a week or two


class Treatment(NamedTuple):
    """What a `Scenario` needs of a protocol.

    Attributes
    ----------
    parameters
        of one host, with the numbers of the drugs that it gets
    changes, doses
        as in `Scenario`
    """

    parameters: Parameters
    changes: tuple[Change, ...]
    doses: tuple[Zoledronate, ...]


def treatment(hosts: Hosts, protocol: Protocol, draw: int = 0) -> Treatment:
    """What a protocol does to one draw of some hosts, as a slice takes it.

    Parameters
    ----------
    protocol
        without tumour cells: where they are in a slice its foci say
    draw
        which of the hosts

    Raises
    ------
    NicheError
        for a draw that there is not, and for steps that a slice has no place for
    """
    one_host(hosts, draw)
    one = hosts.some(slice(draw, draw + 1))
    plan = schedule(one, protocol)
    own = Parameters(*(float(np.asarray(column).ravel()[0]) for column in plan.parameters))
    jumps = plan.jumps[0]
    _refuse(jumps)
    starts = plan.starts[plan.starts < protocol.days]
    trapped = [name for name in TRAPS if jumps[:, State._fields.index(f"{name}_depot")].any()]
    days = np.union1d(starts, np.arange(0, protocol.days, _EVERY)) if trapped else starts
    inputs = plan.inputs[0][np.searchsorted(plan.starts, days + 1e-9) - 1].copy()
    if trapped:
        middles = np.minimum((days + np.append(days[1:], protocol.days)) / 2, protocol.days)
        course = simulate(one, protocol, at=middles.tolist())
        for name in trapped:
            inputs[:, Inputs._fields.index(f"{name}_added")] += course[name].values[0]
    column = jumps[:, State._fields.index("zol_bone")]
    doses = tuple(Zoledronate(float(d), float(x)) for d, x in zip(plan.starts, column, strict=True) if x)
    return Treatment(own._replace(front=0.0, outgrow=0.0), _changes(days, inputs), doses)


def _refuse(jumps: np.ndarray) -> None:
    """Refuse what enters a state that a slice does not have."""
    known = {"zol_bone", *(f"{name}_depot" for name in TRAPS)}
    for name, column in zip(State._fields, jumps.T, strict=True):
        if name not in known and column.any():
            cells = name in ("tumour", "circulating", "dormant")
            how = "; leave 'seed' out of the protocol and give the scenario foci" if cells else ""
            raise NicheError(f"a marrow slice has no place for what enters {name!r}{how}")


def _changes(days: np.ndarray, inputs: np.ndarray) -> tuple[Change, ...]:
    """Inputs that ever differ from rest, on each day on which one of them changes."""
    rest = np.asarray(RESTING, dtype=float)
    moved = [i for i in range(len(rest)) if (inputs[:, i] != rest[i]).any()]
    found, before = [], rest[moved]
    for day, row in zip(days, inputs[:, moved], strict=True):
        if (row != before).any():
            found.append(
                Change(float(day), tuple((Inputs._fields[i], float(x)) for i, x in zip(moved, row, strict=True)))
            )
        before = row
    return tuple(found)
