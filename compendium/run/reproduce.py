"""Run the notebooks of the claims, and take over their results only if everything went well."""

import json
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import niche
from compendium.run import changed, job_runner, publish, source
from compendium.run import trace_inputs as reached
from compendium.run.inventory import Inventory
from compendium.run.loop import run_tasks
from compendium.run.plan import Request, Task, plan_run, repository
from compendium.run.publish_results import NotebookResult, publish_results, refresh
from compendium.run.stop import stoppable
from niche.errors import NicheError


def reproduce(request: Request, root: Path | None = None, registry: Any = None) -> int:
    """Run, report, and if it was asked for and all went well, take over. Returns the exit code: 0, or 1.

    Parameters
    ----------
    root
        the repository
    registry
        what `niche.answering.claim` offers; both stand in for the real ones in tests

    Raises
    ------
    NicheError
        for input that cannot be used, before any kernel starts
    Interrupted
        if stopped
    """
    root = (root or repository()).resolve()
    if not request.full and not request.claims:
        job_runner.get_ready()
    if registry is None:
        from niche.answering import claim as registry  # late: slow
    with stoppable():
        values, tasks = plan_run(request, root, registry)
        stock = Inventory(root, Path(niche.__file__).resolve().parent.parent) if request.full else None
        if request.changed and stock is not None:
            tasks = _changed(tasks, root, stock, sys.stderr if request.listed else sys.stdout)
            if not tasks and not request.listed:
                refresh(root, registry, values)
                return 0
        if request.listed:
            print(*(task.path.relative_to(root).as_posix() for task in tasks), sep="\n")
            return 0
        if request.committed:
            publish.refuse_unwritable(_places(tasks, root))
        base = root / "scratch" if request.output is None else request.output.resolve()
        base.mkdir(parents=True, exist_ok=True)
        prefix = ".reproduce-" if request.output else "full-" if request.full else "fast-" if request.fast else "run-"
        work = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        keep = False
        try:
            results = _execute(request, tasks, work, stock)
            keep = publish_results(request, root, registry, values, work, results)
        finally:
            if not keep:
                publish.tidy_folder(work)
    return int(any(result.error for result in results))


def _changed(tasks: Sequence[Task], root: Path, stock: Inventory, log: TextIO) -> list[Task]:
    """The tasks whose inputs are not what their stored results were made of; says why."""
    found = {task.path: changed.what_changed(task, root / "figures" / task.claim.id, stock) for task in tasks}
    chosen = [task for task in tasks if found[task.path]]
    width = max((len(task.path.stem) for task in chosen), default=0)
    for task in chosen:
        print(f"{task.path.stem:{width}}  changed: {changed.in_words(found[task.path])}", file=log, flush=True)
    same = len(tasks) - len(chosen)
    print(f"{same or 'no'} notebook{'s' * (same != 1)} with the inputs of the stored results", file=log, flush=True)
    return chosen


def _places(tasks: Sequence[Task], root: Path) -> list[Path]:
    """The folders in which the results of tasks are put."""
    return [root, root / "notebooks", root / "figures", *(root / "figures" / task.claim.id for task in tasks)]


def _execute(request: Request, tasks: Sequence[Task], work: Path, stock: Inventory | None) -> list[NotebookResult]:
    results: list[NotebookResult] = []

    def ended(task: Task, outcome: job_runner.JobOutcome) -> str:
        results.append(_result(task, outcome, work, request.committed, stock))
        return f"FAILED: {results[-1].error}" if results[-1].error else ""

    run_tasks(request, tasks, work / "figures", work / "run", ended)
    return sorted(results, key=lambda result: tasks.index(result.task))


def _result(
    task: Task, outcome: job_runner.JobOutcome, work: Path, committed: bool, stock: Inventory | None
) -> NotebookResult:
    if outcome.error:
        return NotebookResult(task, error=outcome.error)
    figures = work / "figures" / task.claim.id
    try:
        text = source.normalise(json.loads(outcome.executed.read_text(encoding="utf-8")), keep_injected=not committed)
        if stock is not None:
            _keep_key(task, outcome, text, figures, stock)
        if committed:
            contents = {task.path: text.encode(), **publish.files(figures)}
            code = Path(niche.__file__).resolve().parent
            publish.refuse_paths(contents, {work, code, Path(sysconfig.get_path("purelib"))})
    except NicheError as error:
        return NotebookResult(task, error=str(error))
    return NotebookResult(task, text)


def _keep_key(task: Task, outcome: job_runner.JobOutcome, text: str, figures: Path, stock: Inventory) -> None:
    """Put the key beside the figures. Without a trace there is none, and the notebook always counts as changed."""
    trace = outcome.executed.with_name(reached.FILE)
    if trace.is_file():
        results = changed.results_key(text.encode(), publish.files(figures))
        found = changed.notebook_key(task, json.loads(trace.read_text(encoding="utf-8")), stock, results)
        figures.mkdir(parents=True, exist_ok=True)  # a notebook may have no figure yet
        (figures / changed.FILE).write_bytes(changed.key_text(found))
