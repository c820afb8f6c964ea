"""`niche left-out`: from the shipped fit to what each mechanism adds to the prediction of papers that were not used.

One file of params/left_out for each mechanism, written as soon as it is done, with what it rests on: hours of sampling
outlast a machine.
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from niche.errors import unknown
from niche.files import write_whole
from niche.inference.checkpoint import Store
from niche.inference.freeze import freeze_hash
from niche.inference.joint import JointObjective, informing
from niche.inference.mechanisms_off import Task, direct_parts, summary, tasks, without
from niche.inference.shipped import FILE, drawn_of, read_fit, shape_of
from niche.inference.shipping import LEFT_OUT
from niche.params.records import root
from niche.processes import ProcessPool
from niche.propositions.reading import read_propositions
from niche.provenance import digest_bytes

SEED = 1


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
    rests = {"freeze": freeze_hash(), "posterior": digest_bytes((base / "posterior" / FILE).read_bytes())}
    chosen = [task for task in tasks() if not propositions or set(propositions) & set(task.propositions)]
    missing = [task for task in chosen if not _is_done(base / LEFT_OUT / f"{task.name}.json", rests)]
    scratch = work or root().parent / "scratch" / "left_out"
    given = [(base, task, Store(scratch, {"task": task.name, **rests}).folder) for task in missing]
    with ProcessPool(workers) as pool:
        for i, found in pool.as_completed(one_task, given):
            text = json.dumps({**rests, **found}, indent=1, ensure_ascii=False)
            write_whole(base / LEFT_OUT / f"{missing[i].name}.json", text + "\n")
            print(f"niche: without the mechanism of {', '.join(missing[i].propositions)}: done", flush=True)
            if time.monotonic() > end:  # blocks of those under way are kept
                break
    return [task.name for task in chosen if not _is_done(base / LEFT_OUT / f"{task.name}.json", rests)]


def one_task(base: Path, task: Task, scratch: Path) -> dict[str, Any]:
    """One mechanism off: who speaks to it directly, and each of these papers left out."""
    tree = read_fit(base / "posterior" / FILE, freeze_hash())
    drawn, shape = drawn_of(tree), shape_of(tree)
    objective = JointObjective(informing())
    draws, _ = drawn.flat()
    random = np.random.default_rng(SEED)
    direct = direct_parts(objective, task, draws[random.permutation(len(draws))])
    found = without(objective, task, draws, shape, sorted(direct), Store(scratch, {}), SEED)
    heads = head_rows(task)
    off = JointObjective(objective.atoms, objective.keys, dict(task.changes))
    some = found["scores"][random.choice(len(found["scores"]), min(96, len(found["scores"])), replace=False)]
    effects = off.slopes().effects(some)
    place = {atom.name: j for j, atom in enumerate(objective.atoms)}
    return {
        "changes": dict(task.changes),
        "propositions": list(task.propositions),
        "direct": direct,
        "papers": summary(found["papers"]),
        "draws": len(found["scores"]),
        "accepted": round(found["accepted"], 3),
        "raised": found["raising"],
        "heads": {
            row: np.quantile(effects[:, place[row]], [0.05, 0.5, 0.95]).round(4).tolist()
            for row in heads
            if row in place
        },
    }


def head_rows(task: Task) -> list[str]:
    """The rows that stand for the propositions of a task, and those that they stand over."""
    heads = [read_propositions()[name].head for name in task.propositions]
    return [row for head in heads if head is not None for row in (head.atom, head.over) if row is not None]


def _is_done(file: Path, rests: dict[str, str]) -> bool:
    try:
        made = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return all(made.get(name) == one for name, one in rests.items())
