"""A chain of a model without a mechanism, or of the whole one, from which papers are left out.

Most are left out by weights of a plain chain's draws; papers that alone tell some parameters with these integrated over
(`niche.inference.own`); and what neither can leave out from a chain that is raised where such papers say little.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.inference.checkpoint import Arrays, Store
from niche.inference.flattened import FlattenedObjective
from niche.inference.left_out import LeftOut, by_weights
from niche.inference.mechanisms_off import Task, fixed_scores, off_of
from niche.inference.own import integrate
from niche.inference.runs import PRIOR
from niche.inference.shipped import Shape
from niche.inference.warm import LEARNING, Chain, begin_warm, sample

WALKERS = 24
KEPT, MOST = 6, 14  # blocks of trajectories that are kept, at least and at most
BURNED = 2  # blocks in which the density is raised better and better, and which are not
SHIFTED = 0.3  # sd of what a paper's rows say of the draws, from which the chain is raised for it
MOST_RAISED = 40  # papers; each takes its share of the chain
_INTEGRATED = 600  # draws at which own parameters are integrated over


class Near(NamedTuple):
    """A posterior that the one to be sampled is near, and where it is to be held.

    Attributes
    ----------
    draws, like
        of that posterior (n, k), and what the sampler learnt of it
    fixed, at
        places of the scores that are held, and their values (fixed,)
    """

    draws: np.ndarray
    like: Shape
    fixed: Sequence[int] = ()
    at: np.ndarray = np.zeros(0)


class Ways(NamedTuple):
    """How papers are left out of the whole model, so that they are left out in the same way without a mechanism.

    Attributes
    ----------
    own
        by paper, the scores that it alone tells, where these are integrated over (`niche.inference.own`)
    raised
        papers for which a chain is raised
    """

    own: Mapping[str, Sequence[int]]
    raised: Sequence[str]


def without(
    objective: Any, task: Task, draws: np.ndarray, like: Shape, out: Sequence[str], ways: Ways, store: Store, seed: int
) -> dict[str, Any]:
    """Fit again without the mechanism, and leave out each of these papers.

    Parameters
    ----------
    draws, like
        of the whole model (n, k), and what the sampler learnt of it
    out
        papers, by the name of their part of the density

    Returns
    -------
    dict[str, Any]
        papers (by name, `LeftOut`), scores (draws, k), parts (draws, parts), raised (draws,) which is 0, the share
        accepted, and for which papers a second chain was raised
    """
    off, near = off_of(objective, task), Near(draws, like, *fixed_scores(objective, task.changes))
    raised, own = [p for p in out if p in ways.raised], {p: o for p, o in ways.own.items() if p in out}
    plain = [p for p in out if p not in raised and p not in own]
    found = plain_chain(off, near, plain, store, (seed, 7))
    told = {}
    if own:
        steps = np.unique(np.linspace(0, len(found["chain"]) - 1, _INTEGRATED // WALKERS).round().astype(int))
        some, slopes = found["chain"][steps], off.slopes()
        for name, scores in own.items():
            one = integrate(slopes, slopes.names.index(name), some.reshape(-1, some.shape[2]), scores, (seed, 31))
            told[name] = one.left_out(lag_of(one.told.reshape(some.shape[:2])))
    if raised:  # from what the plain chain learnt, which the store holds
        told |= raised_chain(off, near, raised, store, (seed, 7))["papers"]
    return {**found, "papers": {**found["papers"], **told}, "raising": raised}


def plain_chain(objective: Any, near: Near, out: Sequence[str], store: Store, seed: Sequence[int]) -> dict[str, Any]:
    """A chain of this objective, and each of these papers left out by weights of its draws."""
    slopes = objective.slopes()
    places = {name: i for i, name in enumerate(slopes.names)}
    state, _ = _begun(objective, near, store, seed)
    blocks = KEPT
    while True:
        _, kept = sample(objective, state, blocks, store, "plain")
        parts = kept.parts.reshape(-1, kept.parts.shape[2])
        found = {
            name: by_weights(parts[:, i], bounded_part(slopes, i), lag_of(kept.parts[:, :, i]))
            for name, i in places.items()
            if name in out
        }
        if blocks >= MOST or all(one.fine for one in found.values()):
            break
        blocks += 2
    return {
        "papers": found,
        "chain": kept.scores,
        "scores": kept.scores.reshape(-1, kept.scores.shape[2]),
        "parts": parts,
        "raised": np.zeros(len(parts)),
        "accepted": kept.accepted,
        "how": "chain",
    }


def _begun(objective: Any, near: Near, store: Store, seed: Sequence[int]) -> tuple[Arrays, Chain]:
    """Walkers that have learnt their step and shape."""
    state = begin_warm(near.draws, near.like, near.fixed, near.at, WALKERS, seed)
    return sample(objective, state, LEARNING, store, "learning")


def bounded_part(slopes: Any, part: int) -> bool:
    """Whether no row of a part is a number: then the weights towards the others are bounded."""
    return all(slopes.atoms[j].kind != "number" for j in slopes.rows_of(part))


def raised_chain(
    objective: Any, near: Near, out: Sequence[str], store: Store, seed: Sequence[int], least: int | None = None
) -> dict[str, Any]:
    """A chain of this objective that is raised where some of these papers say little, and each of them left out.

    Parameters
    ----------
    out
        papers, by the name of their part of the density
    least
        blocks that are kept, at least; None: `KEPT`

    Returns
    -------
    dict[str, Any]
        "papers" (a `LeftOut` for each, by name), "scores" (draws, k), "parts" of the log density there (draws, parts),
        "raised" (draws,), "accepted" (share), and "raising" (papers for which the chain was raised)
    """
    slopes = objective.slopes()
    places = {name: i for i, name in enumerate(slopes.names)}
    state, begun = _begun(objective, near, store, seed)
    told = begun.parts[len(begun.parts) // 2 :].reshape(-1, begun.parts.shape[2])
    moved = {places[name]: float(told[:, places[name]].std()) for name in out}
    raising = sorted((i for i in moved if moved[i] > SHIFTED), key=lambda i: -moved[i])[:MOST_RAISED]
    logs, above, target = told[:, raising], np.zeros(len(told)), objective
    for n in range(BURNED):
        # as large a share for each as the whole has, as far as the draws tell; better with each block
        shares = _log_mean(-above) - np.array([_log_mean(-logs[:, i] - above) for i in range(len(raising))])
        target = FlattenedObjective(objective, raising, shares)
        state = _moved_to(state, 0.0)
        state, burned = sample(target, state, 1, store, f"burned-{n}")
        parts = burned.parts.reshape(-1, burned.parts.shape[2])
        logs, above = parts[:, raising], parts[:, -1]
    blocks = KEPT if least is None else least
    while True:
        _, kept = sample(target, state, blocks, store, "kept")
        parts = kept.parts.reshape(-1, kept.parts.shape[2])
        found = {
            name: by_weights(
                parts[:, places[name]],
                bounded_part(slopes, places[name]),
                lag_of(kept.parts[:, :, places[name]]),
                parts[:, -1],
            )
            for name in out
            if name != PRIOR
        }
        if blocks >= MOST or all(one.fine for one in found.values()):
            break
        blocks += 2
    return {
        "papers": found,
        "scores": kept.scores.reshape(-1, kept.scores.shape[2]),
        "parts": parts[:, :-1],
        "raised": parts[:, -1],
        "accepted": kept.accepted,
        "raising": [slopes.names[i] for i in raising],
    }


def _moved_to(state: Arrays, error: float) -> Arrays:
    """The state of a chain, made ready for a density with one part more, or with other shares."""
    kept = {name: one for name, one in state.items() if name not in ("log_prob", "parts")}
    errors = state["error"] if "raised" in state else np.append(state["error"], error)
    return kept | {"error": errors, "raised": np.array(1)}


def summary(found: Mapping[str, LeftOut]) -> dict[str, dict[str, Any]]:
    """What is written down of left-out papers: all but the weights."""
    return {
        name: {
            "log_density": round(one.log_density, 4),
            "error": round(one.error, 4),
            "k": round(one.k, 3) if np.isfinite(one.k) else None,
            "worth": round(one.worth, 1),
            "how": one.how,
            "fine": one.fine,
        }
        for name, one in sorted(found.items())
    }


def _log_mean(logs: np.ndarray) -> float:
    top = float(logs.max())
    return top + float(np.log(np.exp(logs - top).mean()))


def lag_of(chain: np.ndarray) -> float:
    """Autocorrelation time of chains (steps, walkers), in steps, at least 1."""
    from niche.inference.diagnostics import autocorrelation

    found = autocorrelation(np.ascontiguousarray(chain.T)) if np.ptp(chain) else 1.0
    return max(1.0, found) if np.isfinite(found) else 1.0
