"""The one loop in which notebooks are run: for `reproduce`, for a review, and for figures of a journal."""

from collections.abc import Callable, Sequence
from pathlib import Path

from compendium.run import job_runner
from compendium.run.plan import Request, Task
from compendium.run.screen import Screen

# Measured, or with the slices and findings expected, to take longest, the longest first: begun first, so that none is
# left to run alone at the end.
LONG = (
    "what-the-field-did-not-know",
    "nerve-tumour-interface",
    "neuroimaging",
    "before-or-after",
    "beta-blockers",
    "antiresorptives",
    "combinations",
    "colonisation",
    "sensitivity",
    "vicious-cycle",
)


def run_tasks(
    request: Request, tasks: Sequence[Task], out: Path, work: Path, ended: Callable[[Task, job_runner.JobOutcome], str]
) -> None:
    """Run the notebooks of tasks and tell of it, a line for each as it ends.

    Parameters
    ----------
    request
        whose results are kept (`full`) run in a kernel; those of a fast run are drafts
    out
        where their figures go
    work
        a scratch folder for what a run leaves
    ended
        told of each notebook that is through; what it returns is said
    """
    by_name = {task.path.stem: task for task in tasks}
    count, width = min(request.jobs or job_runner.cores(), len(tasks)), max(map(len, by_name))
    ordered = sorted(tasks, key=lambda task: LONG.index(task.claim.id) if task.claim.id in LONG else len(LONG))
    screen = Screen(len(tasks))

    def told(outcome: job_runner.JobOutcome) -> None:
        said = ended(by_name[outcome.name], outcome)
        screen.ended(f"{outcome.name:{width}}  {outcome.seconds:6.1f} s  {said}")

    screen.line(f"{len(tasks)} notebook{'s' * (len(tasks) > 1)}, {count} at a time")
    todo = [
        job_runner.Job(
            task.path.stem,
            task.notebook,
            {**task.parameters, "out": str(out)},
            request.timeout,
            kernel=request.kernel,
            drafts=request.fast,
        )
        for task in ordered
    ]
    try:
        job_runner.run_jobs(todo, count, work, told, screen.waiting)
    finally:
        screen.close()
