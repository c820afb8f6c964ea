"""`niche left-out`: from the shipped fit to what each mechanism adds to the prediction of papers that were not used.

One file of params/left_out for each mechanism, written as soon as it is done, with what it rests on: hours of sampling
outlast a machine.
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError, unknown
from niche.files import write_whole
from niche.inference.alone import PriorDraws, head_draws, prior_draws, scores_before
from niche.inference.blocks import CLASSES
from niche.inference.checkpoint import Store
from niche.inference.freeze import freeze_hash
from niche.inference.joint import JointObjective, informing
from niche.inference.mechanisms_off import Task, direct_parts, raised_chain, summary, tasks, without
from niche.inference.shipped import FILE, Drawn, Shape, drawn_of, read_fit, shape_of
from niche.inference.shipping import LEFT_OUT, write_draws
from niche.inference.trials_alone import sides_of, with_trials
from niche.inference.trials_left_out import TRIALS, beside_rows, trials_moved, trials_of
from niche.inference.trials_predicted import evenly, towards
from niche.params.records import root
from niche.processes import ProcessPool
from niche.propositions.reading import read_propositions
from niche.provenance import digest_bytes

SEED = 1
HEADS, RAISED = 96, 600  # draws at which heads are read without the mechanism, and that are kept of the raised chain
LONG = 10  # blocks of the raised chain of the whole model, on which every D rests
WHOLE = "raised"  # the whole model's own task
ALONE = "alone"
SAYS, WORTH = 0.05, 20.0  # a paper alone says something if it moves the probability so far, by so many draws
ABOVE = "raised"  # beside the papers in raised.nc: the logarithm by which the density is higher


def leave_out(
    propositions: Sequence[str] = (),
    *,
    workers: int = 2,
    minutes: float = 230.0,
    work: Path | None = None,
    folder: Path | None = None,
) -> list[str]:
    """Do whatever is not done yet; returns the mechanisms that are still missing, by their propositions.

    Parameters
    ----------
    propositions
        whose mechanisms; none means all
    minutes
        after which this ends; what is under way goes on next time
    work, folder
        where chains are kept (scratch/left_out), and where the fit and the results stand (params)

    Raises
    ------
    NicheError
        for an unknown proposition, a fit that is missing or rests on tables that moved
    """
    for name in propositions:
        if name not in read_propositions():
            raise unknown("proposition", name, read_propositions())
    end, base = time.monotonic() + 60 * minutes, folder or root()
    fit = base / "posterior" / FILE
    if not fit.is_file():
        raise NicheError(f"{fit} is missing: run 'niche fit'")
    rests = {"freeze": freeze_hash(), "posterior": digest_bytes(fit.read_bytes())}
    every = [Task(WHOLE, {}, ()), Task(ALONE, {}, ()), Task(TRIALS, {}, ()), *tasks()]
    chosen = [task for task in every if not propositions or set(propositions) & set(task.propositions)]
    missing = [task for task in chosen if not _is_done(base / LEFT_OUT / f"{task.name}.json", rests)]
    scratch = work or root().parent / "scratch" / "left_out"
    given = [(base, task, Store(scratch, {"task": task.name, **rests}).folder) for task in missing]
    with ProcessPool(workers) as pool:
        for i, found in pool.as_completed(any_task, given):
            text = json.dumps({**rests, **found}, indent=1, ensure_ascii=False)
            write_whole(base / LEFT_OUT / f"{missing[i].name}.json", text + "\n")
            print(f"niche: {missing[i].name}: done", flush=True)
            if time.monotonic() > end:  # blocks of those under way are kept
                break
    return [task.name for task in chosen if not _is_done(base / LEFT_OUT / f"{task.name}.json", rests)]


def any_task(base: Path, task: Task, scratch: Path) -> dict[str, Any]:
    """The whole model's own task, what papers say alone, trials, or the task of a mechanism."""
    if task.name == ALONE:
        return say_alone(base, scratch)
    if task.name == TRIALS:
        fit = _fit(base)
        return {"changes": {}, "propositions": [], **trials_of(fit.objective, fit.draws)}
    return raise_whole(base, scratch) if task.name == WHOLE else one_task(base, task, scratch)


def one_task(base: Path, task: Task, scratch: Path) -> dict[str, Any]:
    """One mechanism off: who speaks to it directly, and each of these papers left out."""
    fit = _fit(base)
    random = np.random.default_rng(SEED)
    direct = direct_parts(fit.objective, task, fit.draws[random.permutation(len(fit.draws))])
    for paper, rows in trials_moved(fit.objective, task.changes, fit.draws).items():
        direct[paper] = [*direct.get(paper, ()), *rows]
    out = sorted(set(direct) & {atom.animals for atom in fit.objective.atoms})  # trials are in no likelihood
    found = without(fit.objective, task, fit.draws, fit.shape, out, Store(scratch, {}), SEED)
    off = JointObjective(fit.objective.atoms, fit.objective.keys, dict(task.changes))
    some = found["scores"][evenly(towards(found["raised"]), HEADS)]  # draws of the model without it, not raised
    heads = _heads(task, fit.objective, off.slopes().effects(some))
    beside = beside_rows(off, task, found, direct)
    return {
        "changes": dict(task.changes),
        "propositions": list(task.propositions),
        "direct": direct,
        **_told(found),
        **beside,
        "heads": heads | beside["heads"],
    }


def raise_whole(base: Path, scratch: Path) -> dict[str, Any]:
    """Each paper left out of the whole model, in the way in which it is left out of those without a mechanism; with
    draws for predictions of those that weights of the whole model's draws cannot leave out.
    """
    fit = _fit(base)
    out = fit.objective.slopes().names[:-1]
    nothing: tuple[list[int], np.ndarray] = [], np.zeros(0)
    found = raised_chain(fit.objective, fit.draws, nothing, fit.shape, out, Store(scratch, {}), (SEED, 11), LONG)
    chosen = np.random.default_rng(SEED).choice(len(found["scores"]), min(RAISED, len(found["scores"])), replace=False)
    scores = found["scores"][chosen]
    names = (*fit.objective.slopes().names[:-1], ABOVE)
    parts = np.concatenate([found["parts"][chosen][:, : len(names) - 1], found["raised"][chosen, None]], axis=1)
    prior = found["parts"][chosen][:, len(names) - 1 : len(names)]
    drawn = Drawn(scores[None], np.concatenate([parts, prior], axis=1)[None], fit.objective.keys, CLASSES, names)
    effects = fit.objective.slopes().effects(scores)
    write_draws(base / LEFT_OUT / "raised.nc", fit.objective, drawn, effects, fit.shape, {"freeze": freeze_hash()})
    trials = trials_of(fit.objective, scores, RAISED // 2)  # for what is left of a trial's head without one paper
    return {"changes": {}, "propositions": [], **_told(found), "trials": trials}


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
    draws: np.ndarray
    shape: Shape


def _fit(base: Path) -> _Fit:
    tree = read_fit(base / "posterior" / FILE, freeze_hash())
    return _Fit(JointObjective(informing()), drawn_of(tree).flat()[0], shape_of(tree))


def _told(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "papers": summary(found["papers"]),
        "draws": len(found["scores"]),
        "accepted": round(found["accepted"], 3),
        "raised": found["raising"],
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


def _is_done(file: Path, rests: dict[str, str]) -> bool:
    try:
        made = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return all(made.get(name) == one for name, one in rests.items())
