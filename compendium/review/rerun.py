"""The notebooks run once more, in a folder of their own; nothing of the repository is written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compendium.run import crew, inputs, report, source
from compendium.run.plan import Request, Task
from compendium.run.screen import Screen
from niche.errors import NicheError


@dataclass(frozen=True)
class Rerun:
    """What came of one claim: its verdict as `verdict.json` has it, or in one line what went wrong."""

    task: Task
    seconds: float
    record: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


def rerun(request: Request, tasks: Sequence[Task], work: Path, results: Path) -> list[Rerun]:
    """Run the notebooks; figures go to `results`/figures, executed notebooks to `results`/notebooks.

    work : a scratch folder for what a run leaves. A kernel that dies, hangs or fails ends its own claim only.
    """
    figures = results / "figures"
    jobs = [
        crew.Job(task.path.stem, task.notebook, {**task.parameters, "out": str(figures)}, request.timeout)
        for task in tasks
    ]
    by_name = {task.path.stem: task for task in tasks}
    count, width = min(request.jobs or crew.cores(), len(jobs)), max(len(job.name) for job in jobs)
    found: list[Rerun] = []
    screen = Screen(len(jobs))

    def ended(outcome: crew.JobOutcome) -> None:
        found.append(_settled(by_name[outcome.name], outcome, figures, results / "notebooks"))
        one = found[-1]
        said = f"FAILED: {one.error}" if one.error else str(one.record["verdict"])
        screen.ended(f"{outcome.name:{width}}  {outcome.seconds:6.1f} s  {said}")

    screen.line(f"{len(jobs)} notebook{'s' * (len(jobs) > 1)}, {count} at a time")
    try:
        crew.run_jobs(jobs, count, work, ended, screen.waiting)
    finally:
        screen.close()
    return sorted(found, key=lambda one: tasks.index(one.task))


def _settled(task: Task, outcome: crew.JobOutcome, figures: Path, notebooks: Path) -> Rerun:
    if outcome.error:
        return Rerun(task, outcome.seconds, error=_without(outcome.error, figures.parent, outcome.executed.parent))
    try:
        record = report.read_verdict(figures / task.claim.id / "verdict.json", task.claim.id)
        defaults = inputs.read_defaults(task.notebook, task.path.name)
        same = all(value == defaults[name] for name, value in task.parameters.items())
        executed = json.loads(outcome.executed.read_text(encoding="utf-8"))
        text = source.normalise(executed, keep_injected=not same)
    except (NicheError, OSError, ValueError) as error:
        return Rerun(task, outcome.seconds, error=_without(str(error), figures.parent, outcome.executed.parent))
    notebooks.mkdir(parents=True, exist_ok=True)
    text = _without(text, figures.parent, outcome.executed.parent)
    (notebooks / task.path.name).write_text(text, encoding="utf-8", newline="\n")
    return Rerun(task, outcome.seconds, record)


def _without(text: str, *folders: Path) -> str:
    """A text without the scratch folders of this run, whose names are chance."""
    for folder in folders:
        text = text.replace(str(folder), "scratch")
    return text
