"""The notebooks run once more, in a folder of their own; nothing of the repository is written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compendium.run import inputs, job_runner, source
from compendium.run.loop import run_tasks
from compendium.run.plan import Request, Task
from niche.errors import NicheError


@dataclass(frozen=True)
class Rerun:
    """What came of one claim: its notebook as it ran, or in one line what went wrong."""

    task: Task
    seconds: float
    notebook: bytes = b""
    error: str = ""


def rerun(request: Request, tasks: Sequence[Task], work: Path, results: Path) -> list[Rerun]:
    """Run the notebooks; figures go to `results`/figures, executed notebooks to `results`/notebooks.

    A kernel that dies, hangs or fails ends its own claim only.

    Parameters
    ----------
    work
        a scratch folder for what a run leaves
    """
    found: list[Rerun] = []

    def ended(task: Task, outcome: job_runner.JobOutcome) -> str:
        found.append(_settled(task, outcome, results / "figures", results / "notebooks"))
        return f"FAILED: {found[-1].error}" if found[-1].error else ""

    run_tasks(request, tasks, results / "figures", work, ended)
    return sorted(found, key=lambda one: tasks.index(one.task))


def _settled(task: Task, outcome: job_runner.JobOutcome, figures: Path, notebooks: Path) -> Rerun:
    if outcome.error:
        return Rerun(task, outcome.seconds, error=_without(outcome.error, figures.parent, outcome.executed.parent))
    try:
        defaults = inputs.read_defaults(task.notebook, task.path.name)
        same = all(value == defaults[name] for name, value in task.parameters.items())
        executed = json.loads(outcome.executed.read_text(encoding="utf-8"))
        text = source.normalise(executed, keep_injected=not same)
    except (NicheError, OSError, ValueError) as error:
        return Rerun(task, outcome.seconds, error=_without(str(error), figures.parent, outcome.executed.parent))
    notebooks.mkdir(parents=True, exist_ok=True)
    text = _without(text, figures.parent, outcome.executed.parent)
    (notebooks / task.path.name).write_text(text, encoding="utf-8", newline="\n")
    return Rerun(task, outcome.seconds, text.encode())


def _without(text: str, *folders: Path) -> str:
    """A text without the scratch folders of this run, whose names are chance."""
    for folder in folders:
        text = text.replace(str(folder), "scratch")
    return text
