"""The tasks after a fit, one process each.

They are: papers left out that weights cannot leave out, what papers say alone, trials, and each mechanism that a
proposition asserts taken away.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from niche.inference.again import leave_out_again
from niche.inference.again_file import PREFIX, Without, thinned, write_without
from niche.inference.alone import PriorDraws, head_draws, prior_draws, scores_before
from niche.inference.blocks import spreads
from niche.inference.chains import Ways, summary, without
from niche.inference.checkpoint import Store
from niche.inference.diagnostics import lag_of
from niche.inference.freeze import freeze_hash
from niche.inference.joint import JointObjective, informing
from niche.inference.mechanisms_off import Task, direct_parts, fixed_scores, off_of
from niche.inference.own import integrate, owned
from niche.inference.shipped import FILE, Drawn, Shape, drawn_of, read_fit, shape_of
from niche.inference.shipping import LEFT_OUT
from niche.inference.switched import leave_out_switched, raised_by
from niche.inference.trials_alone import sides_of, with_trials
from niche.inference.trials_left_out import TRIALS, beside_rows, trials_moved, trials_of
from niche.inference.trials_predicted import evenly, towards
from niche.propositions.reading import read_propositions

SEED = 1
HEADS = 96  # draws at which heads are read without the mechanism
KEPT, TRIED = 120, 40  # draws without a paper that are kept, and at which trials are simulated
WHOLE = "whole"  # the whole model, papers left out by weights, as `niche fit` wrote it
ALONE = "alone"
OWN = "own"  # papers of the whole model that weights cannot leave out, their own parameters integrated over
PENDING = "pending"  # a mechanism that was looked at, and whose chain is to come
SAYS, WORTH = 0.05, 20.0  # a paper alone says something if it moves the probability so far, by so many draws


def any_task(base: Path, task: Task, scratch: Path) -> dict[str, Any]:
    """A paper left out by sampling again, what papers say alone, trials, or the task of a mechanism."""
    if task.name == ALONE:
        return say_alone(base, scratch)
    if task.name == OWN:
        return integrate_own(base)
    if task.name == TRIALS:
        fit = _fit(base)
        return {"changes": {}, "propositions": [], **trials_of(fit.objective, fit.draws)}
    if task.name.startswith(PREFIX):
        return sample_again(base, task.name.removeprefix(PREFIX), scratch)
    return one_task(base, task, scratch)


def looked(base: Path, task: Task, _: Path) -> dict[str, Any]:
    """One mechanism off: which papers speak to it directly, and each of them left out; pending if weights do not do."""
    fit = _fit(base)
    shuffled = fit.draws[np.random.default_rng(SEED).permutation(len(fit.draws))]
    direct = direct_parts(fit.objective, task, shuffled)
    for paper, rows in trials_moved(fit.objective, task.changes, fit.draws).items():
        direct[paper] = [*direct.get(paper, ()), *rows]
    found = _switched(fit, task, _of_likelihood(direct, fit.objective))
    if all(one.fine for one in found["papers"].values()):
        return _finished(fit, task, direct, found)
    return {"changes": dict(task.changes), "propositions": list(task.propositions), "direct": direct, PENDING: True}


def one_task(base: Path, task: Task, scratch: Path) -> dict[str, Any]:
    """One mechanism off: the model fitted again without it, and each paper that speaks to it left out, in the way in
    which it is left out of the whole model.
    """
    fit = _fit(base)
    direct = _kept(base, task.name)["direct"]
    out, store = _of_likelihood(direct, fit.objective), Store(scratch, {})
    return _finished(
        fit, task, direct, without(fit.objective, task, fit.draws, fit.shape, out, _ways(base, fit), store, SEED)
    )


def integrate_own(base: Path) -> dict[str, Any]:
    """Papers that weights of the fit's draws cannot leave out, where they alone tell some parameters."""
    fit = _fit(base)
    slopes, shape, found, told, effects = fit.objective.slopes(), fit.drawn.scores.shape[:2], {}, {}, {}
    for name, own in _own(base, fit).items():
        part = slopes.names.index(name)
        one = integrate(slopes, part, fit.draws, own, (SEED, 31))
        found[name] = one.left_out(lag_of(one.told.reshape(shape).T))
        told[name] = [round(float(value), 4) for value in one.told]
        rows = [slopes.atoms[j].name for j in slopes.rows_of(part)]
        effects[name] = {row: _rounded(column) for row, column in zip(rows, one.effects.T, strict=True)}
    return {"changes": {}, "propositions": [], "papers": summary(found), "told": told, "effects": effects}


def _rounded(values: np.ndarray) -> list[float | None]:
    return [round(float(one), 4) if np.isfinite(one) else None for one in values]


def _own(base: Path, fit: "_Fit") -> dict[str, list[int]]:
    """Of the papers that weights cannot leave out, those that alone tell some scores, with these."""
    slopes, hard = fit.objective.slopes(), _hard(base)
    own = owned(slopes.moved())
    return {slopes.names[part]: scores for part, scores in own.items() if slopes.names[part] in hard}


def _hard(base: Path) -> set[str]:
    """Papers that weights of the fit's draws cannot leave out."""
    return {name for name, one in _kept(base, WHOLE)["papers"].items() if not one["fine"]}


def again_papers(base: Path) -> list[str]:
    """Papers that neither weights nor own parameters integrated over can leave out; these are tried first."""
    fine = {name for name, one in _kept(base, OWN).get("papers", {}).items() if one["fine"]}
    return sorted(_hard(base) - fine)


def _ways(base: Path, fit: "_Fit") -> Ways:
    """How papers are left out of the whole model: by weights if nothing else is said."""
    again = again_papers(base)
    return Ways({name: scores for name, scores in _own(base, fit).items() if name not in again}, again)


def _kept(base: Path, name: str) -> dict[str, Any]:
    """A file of params/left_out; empty where there is none."""
    file = base / LEFT_OUT / f"{name}.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def _of_likelihood(direct: Mapping[str, Sequence[str]], objective: JointObjective) -> list[str]:
    """Those of the direct papers that are in the likelihood; trials are in none."""
    return sorted(set(direct) & {atom.animals for atom in objective.atoms})


def _finished(fit: "_Fit", task: Task, direct: dict[str, list[str]], found: dict[str, Any]) -> dict[str, Any]:
    off = off_of(fit.objective, task)
    some = found["scores"][evenly(towards(found["raised"]), HEADS)]  # draws of the model without it, not raised
    beside = beside_rows(off, task, found, direct)
    return {
        "changes": dict(task.changes),
        "propositions": list(task.propositions),
        "direct": direct,
        **_told(found),
        **beside,
        "heads": _heads(task, fit.objective, off.slopes().effects(some)) | beside["heads"],
    }


def _switched(fit: "_Fit", task: Task, papers: Sequence[str]) -> dict[str, Any]:
    """The mechanism off at the draws of the whole model, weighted, and each of these papers left out."""
    scores, parts = fit.drawn.flat()
    places = [fit.drawn.papers.index(paper) for paper in papers]
    own, _ = fixed_scores(fit.objective, task.changes)
    slopes = off_of(fit.objective, task).slopes()
    told = slopes.values(scores, [slopes.names.index(paper) for paper in papers])
    above = raised_by(scores, parts[:, places], told, own, fit.shape)
    lag = lag_of(above.reshape(fit.drawn.scores.shape[:2]).T)
    without_it = parts.copy()  # to the other papers the mechanism says nothing
    without_it[:, places] = told
    return {
        "papers": leave_out_switched(told, above, papers, lag),
        "scores": scores,
        "parts": without_it,
        "raised": above,
        "how": "weights",
        "accepted": 1.0,
    }


def sample_again(base: Path, paper: str, scratch: Path) -> dict[str, Any]:
    """A paper left out of the whole model by sampling again without it. Some draws are kept, for predictions."""
    fit = _fit(base)
    told = fit.drawn.parts[:, :, fit.drawn.papers.index(paper)].T
    steps = fit.drawn.scores.transpose(1, 0, 2)
    found = leave_out_again(fit.objective, paper, steps, told, fit.shape, Store(scratch, {}), (SEED, 13))
    n, by_walker = len(fit.draws), fit.drawn.scores.shape[:2]
    weights = found.left_out.weights
    weights = np.concatenate([weights[:n].reshape(by_walker[::-1]).T.reshape(-1), weights[n:]])  # walker after walker
    some, weights = thinned(weights, n, KEPT)
    scores = found.scores[some]
    slopes = fit.objective.slopes()
    tau, _ = spreads(scores[:, len(fit.objective.keys) :])
    rows = tuple(atom.name for atom in slopes.atoms)
    draws = Without(weights[:n], weights[n:], slopes.effects(scores), tau, rows)
    write_without(base / LEFT_OUT / f"{PREFIX}{paper}.nc", draws)
    trials = trials_of(fit.objective, scores, TRIED)  # for what is left of a trial's head without the paper
    papers = summary({paper: found.left_out})
    return {
        "changes": {},
        "propositions": [],
        "papers": papers,
        "draws": len(found.scores),
        "kept": len(some),
        "trials": trials,
    }


def say_alone(base: Path, scratch: Path) -> dict[str, Any]:
    """What each paper says of each proposition by itself, where it says anything."""
    objective = JointObjective(informing())
    store = Store(scratch, {})
    held = store.load("prior")
    if held is None:
        prior = prior_draws(objective)
        held = {"effects": prior.effects, "told": prior.told}
        store.save("prior", held)
    papers = objective.slopes().names[:-1]
    prior = PriorDraws(held["effects"], held["told"], papers)
    before = scores_before(prior)
    prior, rows = with_trials(objective, prior)
    found = {}
    for name in read_propositions():
        found[name] = {
            paper: [round(p, 4), round(worth, 1)]
            for paper, (p, worth) in sides_of(name, objective, prior, rows).items()
            if abs(p - 0.5) > SAYS and worth >= WORTH
        }
    return {"changes": {}, "propositions": [], "sides": found, "prior": before}


class _Fit(NamedTuple):
    objective: JointObjective
    drawn: Drawn
    shape: Shape

    @property
    def draws(self) -> np.ndarray:
        """Scores of all draws (n, k)."""
        return self.drawn.flat()[0]


def _fit(base: Path) -> _Fit:
    tree = read_fit(base / "posterior" / FILE, freeze_hash())
    return _Fit(JointObjective(informing()), drawn_of(tree), shape_of(tree))


def _told(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "papers": summary(found["papers"]),
        "draws": len(found["scores"]),
        "how": found["how"],
        "accepted": round(found["accepted"], 3),
    }


def _heads(task: Task, objective: JointObjective, effects: np.ndarray) -> dict[str, list[float]]:
    """5, 50 and 95 % of the head of each proposition, where it is a row of the likelihood."""
    rows = {atom.name: j for j, atom in enumerate(objective.atoms)}
    found = {name: head_draws(read_propositions()[name].head, effects, rows) for name in task.propositions}
    return {
        name: np.nanquantile(draws, [0.05, 0.5, 0.95]).round(4).tolist()
        for name, draws in found.items()
        if draws is not None
    }
