"""The parts of `niche left-out` that rows of the likelihood do not hold: trials, and heads that nobody measured.

For the whole model they are simulated at some of its draws and kept (params/left_out/trials.json). For a model without
a mechanism they are simulated at draws of its own chain, and what they say of each trial is kept with the other papers
of that mechanism.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from niche.atoms.records import Atom
from niche.inference.again import WALKERS
from niche.inference.blocks import CLASSES, spreads
from niche.inference.chains import summary
from niche.inference.joint import JointObjective
from niche.inference.laboratories import left_out_together, shared
from niche.inference.left_out import LeftOut
from niche.inference.mechanisms_off import Task
from niche.inference.trials_predicted import (
    evenly,
    log_likelihood,
    moved,
    predicted,
    predicted_rows,
    simulate,
    together,
    towards,
)
from niche.inference.unmeasured import outcomes, unmeasured
from niche.params.yaml_files import Spot
from niche.propositions.heads import reading_of
from niche.propositions.reading import read_propositions

TRIALS = "trials"  # the task, and its file
DRAWS, OFF = 400, 128  # at which trials are simulated, of the whole model and of one without a mechanism
LOOKED = 12  # at which they are asked whether a mechanism moves them
_NO_MATTER = 1.0  # the error of what is only predicted, never compared


def trials_of(objective: JointObjective, scores: np.ndarray, most: int = DRAWS) -> dict[str, Any]:
    """What trials give at some of these draws (n, k) of the whole model, in the form in which it is kept.

    Returns
    -------
    dict[str, Any]
        draws (their places), rows (effects by name, a logarithm; None where patients could not be simulated), chance
        (by row), papers (each predicted from the likelihood), heads (by proposition, at every draw)
    """
    places = np.unique(np.linspace(0, len(scores) - 1, min(most, len(scores))).round().astype(int))
    found, rows = simulate(objective, scores[places]), predicted_rows()
    told = log_likelihood(rows, found.effects, _tau(scores[places]))
    heads = {name: unmeasured_head(name, objective, scores) for name in unmeasured_heads()}
    return {
        "draws": places.tolist(),
        "rows": {atom.name: _kept(found.effects[:, j]) for j, atom in enumerate(rows)},
        "chance": {atom.name: _kept(found.chance[j : j + 1])[0] for j, atom in enumerate(rows)},
        "papers": summary({name: predicted(one) for name, one in told.items()}),
        "heads": {name: _kept(one) for name, one in heads.items()},
    }


def trials_moved(objective: JointObjective, changes: Mapping[str, float], scores: np.ndarray) -> dict[str, list[str]]:
    """By paper, the rows of trials that a mechanism moves, at a few of these draws (n, k)."""
    some = scores[np.linspace(0, len(scores) - 1, min(LOOKED, len(scores))).round().astype(int)]
    whole, without = simulate(objective, some), simulate(objective, some, changes)
    return moved(whole.effects, without.effects, predicted_rows())


def beside_rows(
    off: JointObjective, task: Task, found: Mapping[str, Any], direct: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """What a mechanism's task keeps beside the likelihood's papers.

    Parameters
    ----------
    off, found
        the model without the mechanism, and draws towards it: those of its chain, as `mechanisms_off.without` gives
        them, or any others with their weights (n,) towards it under "weights". Laboratories need "parts" and "raised"
    direct
        by paper, the rows that the mechanism moves, those of trials among them

    Returns
    -------
    dict[str, Any]
        papers (all direct ones, as they are kept); laboratories (those of several papers of the likelihood, left out
        whole) and "trial laboratories" (trials alone), with the papers that were scored; heads (5, 50 and 95 % of those
        that are no row of the likelihood)
    """
    weights = found["weights"] if "weights" in found else towards(found["raised"])
    places = evenly(weights, OFF)
    scores, worth = found["scores"][places], float(len(np.unique(places)))
    heads = {_trial_head(name) for name in task.propositions}
    rows = [atom for atom in predicted_rows() if atom.animals in direct or atom.name in heads]
    effects = simulate(off, scores, rows=rows).effects if rows else np.zeros((len(scores), 0))
    mine = [j for j, atom in enumerate(rows) if atom.animals in direct]  # all rows of a paper that is direct
    told = log_likelihood([rows[j] for j in mine], effects[:, mine], _tau(scores)) if mine else {}
    papers = dict(found["papers"])
    for name, one in told.items():
        papers[name] = together(papers.get(name), predicted(one, worth))
    return {
        "papers": summary(papers),
        "laboratories": _laboratories(off, found, sorted(set(direct) & {atom.animals for atom in off.atoms})),
        "trial laboratories": _trial_laboratories([rows[j] for j in mine], told, worth),
        "heads": _heads_off(off, task, dict(zip([atom.name for atom in rows], effects.T, strict=True)), scores),
    }


def unmeasured_heads() -> tuple[str, ...]:
    """The propositions whose head is two arms of an experiment that nobody compared."""
    known = read_propositions().items()
    return tuple(name for name, one in known if one.head is not None and one.head.atom is None)


def unmeasured_head(name: str, objective: JointObjective, scores: np.ndarray) -> np.ndarray:
    """The logarithm (n,) of such a head at scores (n, k), in typical hosts, as rows of the likelihood are read."""
    head = read_propositions()[name].head
    assert head is not None
    atom = unmeasured(name, *reading_of(head, Spot(f"proposition {name}")), _NO_MATTER, "healthy rodent")
    return outcomes([atom], objective.complete(scores), objective.changes)[:, 0]


def _trial_head(name: str) -> str:
    """The row of trials that is the head of a proposition; "" where it is none."""
    head = read_propositions()[name].head
    known = {atom.name for atom in predicted_rows()}
    return head.atom if head is not None and head.atom is not None and head.atom in known else ""


def _heads_off(
    off: JointObjective, task: Task, effects: Mapping[str, np.ndarray], scores: np.ndarray
) -> dict[str, list[float]]:
    found: dict[str, np.ndarray] = {}
    for name in task.propositions:
        if name in unmeasured_heads():
            found[name] = unmeasured_head(name, off, scores)
        elif row := _trial_head(name):
            found[name] = effects[row]
    return {
        name: np.nanquantile(one, [0.05, 0.5, 0.95]).round(4).tolist()
        for name, one in found.items()
        if np.isfinite(one).any()
    }


def _laboratories(off: JointObjective, found: Mapping[str, Any], direct: Sequence[str]) -> dict[str, Any]:
    if not {"parts", "raised"} <= set(found):
        return {}
    slopes = off.slopes()
    names = slopes.names[:-1]
    told = {name: found["parts"][:, i] for i, name in enumerate(names)}
    bounded = {n: all(slopes.atoms[j].kind != "number" for j in slopes.rows_of(i)) for i, n in enumerate(names)}
    walkers, how = 1 if "weights" in found else WALKERS, {one.how for one in found["papers"].values()}
    made = {}
    for name, (scored, out) in shared(direct, laboratories(off.atoms)).items():
        flat = all(bounded[paper] for paper in out)
        one = left_out_together(told, scored, out, flat, found["raised"], walkers)
        one = one._replace(how=next(iter(how))) if len(how) == 1 else one  # in the way of its papers
        made[name] = {"scored": scored, "out": out, **summary({name: one})[name]}
    return made


def _trial_laboratories(rows: Sequence[Atom], told: Mapping[str, np.ndarray], worth: float) -> dict[str, Any]:
    """Laboratories with papers of trials: what the rows of all say together, a mean over the same draws."""
    of = laboratories(rows)
    found = {}
    for name in sorted(set(of.values())):
        scored = sorted(paper for paper in told if of[paper] == name)
        one: LeftOut = predicted(np.sum([told[paper] for paper in scored], axis=0), worth)
        found[name] = {"scored": scored, **summary({name: one})[name]}
    return found


def laboratories(rows: Sequence[Atom]) -> dict[str, str]:
    """The laboratory of each paper."""
    return {atom.animals: atom.laboratory for atom in rows}


def _tau(scores: np.ndarray) -> np.ndarray:
    return spreads(scores[:, -len(CLASSES) :])[0]


def _kept(values: np.ndarray) -> list[float | None]:
    return [round(one, 4) if np.isfinite(one) else None for one in values.tolist()]
