"""The tasks after a fit: each mechanism that a proposition asserts switched off, and the model fitted again without it.

The posterior without a mechanism is that of the whole model, given that the gains are at their `off`. So its chain
begins at the whole model's draws, moved there. Each task is one set of gains, which several propositions may share.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.inference.checkpoint import Arrays, Store
from niche.inference.direct import direct_atoms
from niche.inference.flattened import FlattenedObjective
from niche.inference.joint import JointObjective
from niche.inference.left_out import LeftOut, by_weights
from niche.inference.runs import PRIOR
from niche.inference.shipped import Shape
from niche.inference.warm import LEARNING, begin_warm, sample, score_of
from niche.params.layers import read_registry
from niche.params.mechanisms import NERVES, gains, switched_off
from niche.propositions.reading import read_propositions, switches

WALKERS = 24
KEPT, MOST = 6, 14  # blocks of trajectories that are kept, at least and at most
BURNED = 2  # blocks in which the density is raised better and better, and which are not
SHIFTED = 0.3  # sd of what a paper's rows say of the draws, from which the chain is raised for it
MOST_RAISED = 40  # papers; each takes its share of the chain
LOOKED = 48  # draws at which rows are asked whether a mechanism moves them


class Task(NamedTuple):
    """A mechanism that is switched off.

    Attributes
    ----------
    name
        of the task and its file
    changes
        parameters set for every host, by name
    propositions
        that assert the mechanism; none for a variant of the whole model
    """

    name: str
    changes: Mapping[str, float]
    propositions: tuple[str, ...]


def tasks() -> list[Task]:
    """Every mechanism off by turns, once for all propositions that share it; then all nerves, and all feedback."""
    found: dict[tuple[tuple[str, float], ...], list[str]] = {}
    for name, one in read_propositions().items():
        if changes := switches(one):
            found.setdefault(tuple(sorted(changes.items())), []).append(name)
    each = [Task("-".join(names), dict(changes), tuple(names)) for changes, names in found.items()]
    # fibres still grow, and hurt; a tumour and bone no longer drive one another
    variants = {"no-nerves": gains(of=NERVES), "no-feedback": gains("vicious cycle")}
    return [*each, *(Task(name, switched_off(off), ()) for name, off in variants.items())]


def off_of(objective: Any, task: Task) -> JointObjective:
    """The objective with the mechanism off."""
    return JointObjective(objective.atoms, objective.keys, {**objective.changes, **task.changes})


def direct_parts(objective: Any, task: Task, scores: np.ndarray) -> dict[str, list[str]]:
    """By paper, the rows that change when the mechanism is switched off, at these draws (n, k)."""
    slopes = objective.slopes()
    found = direct_atoms(slopes, off_of(objective, task).slopes(), scores[:LOOKED])
    part = {atom.name: slopes.names[p] for atom, p in zip(slopes.atoms, slopes.asked.parts.tolist(), strict=True)}
    papers: dict[str, list[str]] = {}
    for atom in found:
        papers.setdefault(part[atom.name], []).append(atom.name)
    return papers


def fixed_scores(objective: Any, changes: Mapping[str, float]) -> tuple[list[int], np.ndarray]:
    """Which scores a change leaves without meaning, and the score that each would need to have."""
    uncertain = read_registry().uncertain()
    keys = {key: i for i, key in enumerate(objective.keys)}
    own = [(keys[f"model:{name}"], name) for name in changes if f"model:{name}" in keys]
    at = [score_of(uncertain[f"model:{name}"], changes[name]) for _, name in own]
    return [i for i, _ in own], np.array(at)


def without(
    objective: Any, task: Task, draws: np.ndarray, like: Shape, out: Sequence[str], store: Store, seed: int
) -> dict[str, Any]:
    """Fit again without the mechanism, and leave out each of these papers.

    Parameters
    ----------
    draws
        of the whole model, (n, k)
    like
        what the sampler learnt of the whole model
    out
        papers, by the name of their part of the density

    Returns
    -------
    dict[str, Any]
        as `raised_chain`
    """
    off = off_of(objective, task)
    fixed, at = fixed_scores(objective, task.changes)
    return raised_chain(off, draws, (fixed, at), like, out, store, (seed, 7))


def raised_chain(
    objective: Any,
    draws: np.ndarray,
    given: tuple[Sequence[int], np.ndarray],
    like: Shape,
    out: Sequence[str],
    store: Store,
    seed: Sequence[int],
    least: int | None = None,
) -> dict[str, Any]:
    """A chain near these draws (n, k) that is raised where some of these papers say little, and each of them left out.

    Parameters
    ----------
    given
        places of the scores that are fixed, and their values (fixed,)
    like
        what the sampler learnt of the posterior of these draws
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
    state = begin_warm(draws, like, given[0], given[1], WALKERS, seed)
    state, begun = sample(objective, state, LEARNING, store, "learning")
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
    bounded = {name: all(slopes.atoms[j].kind != "number" for j in slopes.rows_of(i)) for name, i in places.items()}
    blocks = KEPT if least is None else least
    while True:
        _, kept = sample(target, state, blocks, store, "kept")
        parts = kept.parts.reshape(-1, kept.parts.shape[2])
        found = {
            name: by_weights(
                parts[:, places[name]], bounded[name], lag_of(kept.parts[:, :, places[name]]), parts[:, -1]
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
