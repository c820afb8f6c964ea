"""`niche left-out`: from the shipped fit to what each mechanism adds to the prediction of papers that were not used.

One file of params/left_out for each mechanism, written as soon as it is done, with what it rests on: hours of sampling
outlast a machine.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from niche.errors import NicheError, unknown
from niche.files import write_whole
from niche.inference.again_file import PREFIX
from niche.inference.alone import head_draws
from niche.inference.checkpoint import Store
from niche.inference.freeze import freeze_hash
from niche.inference.joint import informing
from niche.inference.leaving_tasks import ALONE, OWN, PENDING, again_papers, any_task, looked
from niche.inference.mechanism_words import WEAK_PI
from niche.inference.mechanisms_off import Task, tasks
from niche.inference.shipped import FILE, read_fit
from niche.inference.shipping import LEFT_OUT
from niche.inference.trials_left_out import TRIALS
from niche.params.records import root
from niche.processes import ProcessPool
from niche.propositions.reading import read_propositions
from niche.provenance import digest_bytes

# What does a task, whether it has to be done still, and the tasks.
_Step = tuple[Callable[..., dict[str, Any]], Callable[..., bool], list[Task]]


def leave_out(
    propositions: Sequence[str] = (),
    *,
    workers: int = 2,
    minutes: float = 230.0,
    work: Path | None = None,
    folder: Path | None = None,
    chains: bool = True,
) -> list[str]:
    """Do whatever is not done yet; returns the tasks that are still missing.

    First come what papers say alone, and trials, since words rest on them. Then every mechanism is looked at: which
    papers speak to it, and whether weights of the fit's draws can take it away. That takes minutes. Then come short
    chains without a paper, for each that nothing else can leave out (half an hour of a core each, and more), since
    nearly all answers wait for them; then chains without a mechanism, of an hour and more.

    Parameters
    ----------
    propositions
        whose mechanisms; none means all
    minutes
        after which this ends; what is under way goes on next time
    work, folder
        where chains are kept (scratch/left_out), and where the fit and the results stand (params)
    chains
        False: no chain is begun; mechanisms are looked at, trials simulated, and papers asked by themselves

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
    own = (OWN, ALONE, TRIALS)  # on which every word rests
    every = [*(Task(name, {}, ()) for name in own), *_decisive_first(tasks(), fit)]
    chosen = [
        task for task in every if not propositions or task.name in own or set(propositions) & set(task.propositions)
    ]
    scratch, left = work or root().parent / "scratch" / "left_out", base / LEFT_OUT
    mechanisms = [task for task in chosen if task.name not in own]
    begun: list[_Step] = []
    with ProcessPool(workers) as pool:
        for function, ready, asked in _steps([t for t in chosen if t.name in own], mechanisms, chains, base):
            begun.append((function, ready, asked))
            missing = [task for task in asked if not ready(left / f"{task.name}.json", task, rests)]
            given = [(base, task, Store(scratch, {"task": task.name, **rests}).folder) for task in missing]
            for i, found in pool.as_completed(function, given, end):  # blocks of those under way are kept
                text = json.dumps({**rests, **found}, indent=1, ensure_ascii=False)
                write_whole(left / f"{missing[i].name}.json", text + "\n")
                print(f"niche: {missing[i].name}: {'looked at' if found.get(PENDING) else 'done'}", flush=True)
    lacking = [t.name for _, ready, asked in begun for t in asked if not ready(left / f"{t.name}.json", t, rests)]
    return list(dict.fromkeys(lacking))


def _steps(own: list[Task], mechanisms: list[Task], chains: bool, base: Path) -> Iterator[_Step]:
    """What is to be done one after another; which papers are sampled without is known once the first step is done."""
    yield any_task, _is_done, own
    yield looked, _is_looked, mechanisms
    if chains:
        direct = set[str]()
        for task in mechanisms:
            file = base / LEFT_OUT / f"{task.name}.json"
            direct |= set(json.loads(file.read_text(encoding="utf-8"))["direct"]) if file.is_file() else set()
        yield any_task, _is_done, [Task(PREFIX + paper, {}, ()) for paper in again_papers(base) if paper in direct]
        yield any_task, _is_done, mechanisms


def _decisive_first(chosen: Sequence[Task], fit: Path) -> list[Task]:
    """Mechanisms whose head lies clearly on one side first: elsewhere D cannot change the word for the better."""
    effects: Any = read_fit(fit, freeze_hash())["predictions"]["effect"].values
    draws, rows = effects.reshape(-1, effects.shape[-1]), {atom.name: j for j, atom in enumerate(informing())}

    def clear(task: Task) -> bool:
        heads = [head_draws(read_propositions()[name].head, draws, rows) for name in task.propositions]
        shares = [float(np.mean(head > 0)) for head in heads if head is not None]
        return not shares or max(max(p, 1 - p) for p in shares) >= WEAK_PI

    return sorted(chosen, key=lambda task: not clear(task))


def _is_looked(file: Path, task: Task, rests: dict[str, str]) -> bool:
    return not task.changes or _made(file, rests) is not None


def _is_done(file: Path, _: Task, rests: dict[str, str]) -> bool:
    made = _made(file, rests)
    return made is not None and not made.get(PENDING)


def _made(file: Path, rests: dict[str, str]) -> dict[str, Any] | None:
    try:
        made = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return dict(made) if all(made.get(name) == one for name, one in rests.items()) else None
