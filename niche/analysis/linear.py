"""The model made linear around a state: does a focus of few cells grow, and how much comes back round a loop?

The slopes are those of the model's own equations, by complex steps (Squire & Trapp 1998,
doi:10.1137/S003614459631241X): exact to the last digits, since no difference is taken. A test holds them against
differences. Where a size turns (fibres that start to sprout) the slope is that of the side that grows.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from niche.errors import NicheError, unknown
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.solution import perform
from niche.model.niche import rates
from niche.model.state import Inputs, Parameters, State

_TINY = 1e-30
_AT_ONCE = 1e3  # 1/day, faster than anything that moves
_FEW = ("tumour", "dormant")  # what a few landed cells are
# What answers to a held burden; bone volume with its load, cells that arrive and drugs are held with it.
ANSWERING = (
    "OBp",
    "OBa",
    "OCa",
    "gathered",
    "adapted",
    "PTHrP",
    "VEGF",
    "vessels",
    "NGF",
    "sensory",
    "sympathetic",
    "myelinated",
    "core",
    "MDSC",
    "M2",
    "CD8",
)
ROUTES: Mapping[str, tuple[str, ...]] = {
    "osteoclasts": ("OCa",),
    "precursors": ("OBp",),
    "osteoblasts": ("OBa",),
    "nerves": ("NGF", "sensory", "sympathetic", "myelinated", "core"),
}
_SETTLED = 2000.0  # days after which the niche beside a held burden no longer moves


class Invasion(NamedTuple):
    """Per draw, 1/day, shape (draws,).

    Attributes
    ----------
    rate
        growth of a few cells, the largest real part among the eigenvalues of growing and dormant cells
    without_T_cells
        the same in the same niche if its T cells did not kill
    niche
        the same of bone, fibres, vessels and immune cells: below 0, the niche without tumour is stable by
        itself
    """

    rate: np.ndarray
    without_T_cells: np.ndarray
    niche: np.ndarray


class LoopGain(NamedTuple):
    """What comes back of a change of PTHrP, once round the loop, beside held burdens.

    Attributes
    ----------
    burdens
        shares of capacity, shape (burdens,)
    gain
        with everything, shape (draws, burdens); below 1 the loop cannot sustain itself
    at_once
        the part through resorption per osteoclast alone, every cell and fibre held still, shape (draws, burdens)
    lost
        shape (draws, burdens, routes, routes): on the diagonal the gain that is lost if a route is held still;
        elsewhere what a pair loses beyond the two alone (below 0: either is enough to break the same path)
    routes
        names, in order
    """

    burdens: np.ndarray
    gain: np.ndarray
    at_once: np.ndarray
    lost: np.ndarray
    routes: tuple[str, ...]


def jacobian(states: np.ndarray, inputs: np.ndarray, p: Parameters) -> np.ndarray:
    """Slopes of all rates by all states [1/day, by the states' units], at n instants.

    Parameters
    ----------
    states
        shape (n, S)
    inputs
        shape (n, U)
    p
        fields are numbers or of shape (n,)

    Returns
    -------
    np.ndarray
        (n, S, S), row i and column j: how the rate of state i answers to state j
    """
    y, u = np.asarray(states, dtype=complex), Inputs(*np.asarray(inputs, dtype=float).T)
    found = np.empty((*y.shape, y.shape[1]))
    with np.errstate(all="ignore"):
        for j in range(y.shape[1]):
            moved = y.copy()
            moved[:, j] += 1j * _TINY
            slopes = rates(0.0, State(*moved.T), u, p)
            found[:, :, j] = np.stack([np.broadcast_to(np.imag(slope), len(y)) for slope in slopes], axis=1) / _TINY
    return found


def invasion(hosts: Hosts, protocol: Protocol) -> Invasion:
    """Would a few cells grow in the niche that a protocol has made, on its last day?

    Parameters
    ----------
    protocol
        what is done to the host; no tumour is seeded, for none is there yet

    Raises
    ------
    NicheError
        for hosts without a tumour line, or a protocol that seeds
    """
    if hosts.tumour is None:
        raise NicheError("hosts without a tumour line have no cells that could grow: name one, tumour='MDA-MB-231'")
    if any(step.verb == "seed" for step in protocol.steps):
        raise NicheError("the niche of an invasion holds no tumour: leave .seed() out")
    run = perform(hosts, protocol, np.array([protocol.days]))
    p, y, u = run.plan.parameters, run.states[:, -1], run.inputs[:, -1]
    few = [State._fields.index(name) for name in _FEW]
    rest = [State._fields.index(name) for name in (*ANSWERING, "BV", "load")]
    slopes, free = jacobian(y, u, p), jacobian(y, u, p._replace(t_cells=0.0))
    return Invasion(_fastest(slopes, few), _fastest(free, few), _fastest(slopes, rest))


def loop_gain(hosts: Hosts, burdens: Sequence[float], routes: Mapping[str, Sequence[str]] = ROUTES) -> LoopGain:
    """Open the loop at PTHrP beside held burdens, and see what comes back, with everything and with routes held still.

    With P the PTHrP, L(x, P) the level that is made and x all else that answers: dL/dP + dL/dx (-dx'/dx)^-1 dx'/dP,
    one round, all ways together, after everything has settled. `loop.loop_strength` finds the same by differences.

    Parameters
    ----------
    burdens
        shares of capacity between 0 and 1, at which the niche has settled for 2,000 days
    routes
        name -> states on the way that are held together

    Raises
    ------
    NicheError
        for burdens outside (0, 1), or states that do not answer to a held burden
    """
    held = np.asarray(burdens, dtype=float)
    if held.size == 0 or (held <= 0).any() or (held >= 1).any():
        raise NicheError(f"burdens must lie between 0 and 1, got {list(burdens)!r}")
    for name in (state for states in routes.values() for state in states):
        if name not in ANSWERING:
            raise unknown("state that answers to a burden", name, ANSWERING)
    names, R = tuple(routes), len(routes)
    gain, at_once = np.empty((2, len(hosts), len(held)))
    lost = np.zeros((len(hosts), len(held), R, R))
    for b, burden in enumerate(held):
        slopes = jacobian(*beside_held_burden(hosts, float(burden)))
        loss = hosts.parameters.pthrp_turnover
        gain[:, b], at_once[:, b] = _round(slopes, loss, ()), _round(slopes, loss, ANSWERING)
        for i, name in enumerate(names):
            lost[:, b, i, i] = gain[:, b] - _round(slopes, loss, routes[name])
        for i, j in combinations(range(R), 2):
            both = gain[:, b] - _round(slopes, loss, (*routes[names[i]], *routes[names[j]]))
            lost[:, b, i, j] = lost[:, b, j, i] = both - lost[:, b, i, i] - lost[:, b, j, j]
    return LoopGain(held, gain, at_once, lost, names)


def beside_held_burden(hosts: Hosts, burden: float) -> tuple[np.ndarray, np.ndarray, Parameters]:
    """States (n, S), inputs (n, U) and parameters of a niche that has settled beside a burden that does not grow."""
    still = hosts.with_parameters(growth=0.0, kill=0.0, inoculum=burden, turnover=0.0)
    run = perform(still, Protocol(_SETTLED).seed("established"), np.array([_SETTLED]), rtol=1e-8)
    return run.states[:, -1], run.inputs[:, -1], run.plan.parameters


def _fastest(slopes: np.ndarray, which: Sequence[int]) -> np.ndarray:
    """Largest real part among the eigenvalues of a block, shape (n,); NaN where it has no numbers."""
    block = _moving(slopes[np.ix_(range(len(slopes)), which, which)])
    good = np.isfinite(block).all(axis=(1, 2))
    found = np.full(len(slopes), np.nan)
    found[good] = np.linalg.eigvals(block[good]).real.max(axis=1)
    return found


def _moving(block: np.ndarray) -> np.ndarray:
    """A block (n, k, k) in which a state that is switched off, and so never moves, is as if it were lost at once."""
    off = (block == 0).all(axis=2)
    return block - _AT_ONCE * off[:, :, None] * np.eye(block.shape[1])


def _round(slopes: np.ndarray, loss: np.ndarray, still: Sequence[str]) -> np.ndarray:
    """What comes back of a change of PTHrP, with some states held still, shape (n,); loss of PTHrP in 1/day."""
    one = State._fields.index("PTHrP")
    others = [State._fields.index(name) for name in ANSWERING if name != "PTHrP" and name not in still]
    inner = _moving(slopes[np.ix_(range(len(slopes)), others, others)])
    good = np.isfinite(inner).all(axis=(1, 2))
    moved = np.full((len(slopes), len(others)), np.nan)
    moved[good] = np.linalg.solve(-inner[good], slopes[good][:, others, one][..., None])[..., 0]
    return np.asarray((slopes[:, one, one] + (slopes[:, one, others] * moved).sum(axis=1)) / loss + 1)
