"""A chain of a model without a mechanism, from which papers are left out.

Most are left out by weights of its draws; papers that alone tell some parameters with these integrated over
(`niche.inference.own`); and what neither can leave out by sampling again without it (`niche.inference.again`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.inference.again import WALKERS, leave_out_again
from niche.inference.checkpoint import Store
from niche.inference.diagnostics import lag_of
from niche.inference.left_out import LeftOut, by_weights
from niche.inference.mechanisms_off import Task, fixed_scores, off_of
from niche.inference.own import integrate
from niche.inference.shipped import Shape
from niche.inference.warm import LEARNING, begin_warm, conditional, sample

KEPT, MOST = 6, 14  # blocks of trajectories that are kept, at least and at most
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
    again
        papers that are left out by sampling again without them
    """

    own: Mapping[str, Sequence[int]]
    again: Sequence[str]


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
        accepted
    """
    off, near = off_of(objective, task), Near(draws, like, *fixed_scores(objective, task.changes))
    again, own = [p for p in out if p in ways.again], {p: o for p, o in ways.own.items() if p in out}
    plain = [p for p in out if p not in again and p not in own]
    found = plain_chain(off, near, plain, store, (seed, 7))
    told, slopes = {}, off.slopes()
    if own:
        steps = np.unique(np.linspace(0, len(found["chain"]) - 1, _INTEGRATED // WALKERS).round().astype(int))
        some = found["chain"][steps]
        for name, scores in own.items():
            one = integrate(slopes, slopes.names.index(name), some.reshape(-1, some.shape[2]), scores, (seed, 31))
            told[name] = one.left_out(lag_of(one.told.reshape(some.shape[:2])))
    if again:
        _, mean, covariance = conditional(near.draws, like.mean, like.covariance, near.fixed, near.at)
        here = like._replace(mean=mean, covariance=covariance)
        parts = found["parts"].reshape(*found["chain"].shape[:2], -1)
        for name in again:
            own_part = parts[:, :, slopes.names.index(name)]
            told[name] = leave_out_again(off, name, found["chain"], own_part, here, store, (seed, 13)).left_out
    return {**found, "papers": {**found["papers"], **told}}


def plain_chain(objective: Any, near: Near, out: Sequence[str], store: Store, seed: Sequence[int]) -> dict[str, Any]:
    """A chain of this objective, and each of these papers left out by weights of its draws."""
    slopes = objective.slopes()
    places = {name: i for i, name in enumerate(slopes.names)}
    state = begin_warm(near.draws, near.like, near.fixed, near.at, WALKERS, seed)
    state, _ = sample(objective, state, LEARNING, store, "learning")
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


def bounded_part(slopes: Any, part: int) -> bool:
    """Whether no row of a part is a number: then the weights towards the others are bounded."""
    return all(slopes.atoms[j].kind != "number" for j in slopes.rows_of(part))


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
