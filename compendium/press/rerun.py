"""Figures drawn by their notebooks, run in a scratch folder with a journal in force."""

import json
import os
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compendium.press.committed import Committed, table_difference, table_of
from compendium.press.redrawing import NotDrawn, Redrawn


def from_notebooks(
    wanted: Sequence[Committed],
    look_name: str,
    width: float | None,
    work: Path,
    jobs: int | None,
) -> list[Redrawn | NotDrawn]:
    """Run the notebooks of these figures with the journal in force.

    Parameters
    ----------
    work
        a scratch folder

    Returns
    -------
    list[Redrawn | NotDrawn]
        each figure as written, or why not: its notebook failed before it, or gives other data than the
        committed
    """
    from compendium.run import Request
    from compendium.run.job_runner import JobOutcome
    from compendium.run.loop import run_tasks
    from compendium.run.plan import Task, plan_run, repository
    from compendium.run.stop import stoppable
    from niche.answering import claim as registry  # late: slow

    failed: dict[str, str] = {}  # by claim

    def ended(task: Task, outcome: JobOutcome) -> str:
        if outcome.error:
            failed[task.claim.id] = outcome.error
            return f"FAILED: {outcome.error}"
        return "drawn"

    ids = tuple(dict.fromkeys(one.claim for one in wanted))
    with stoppable(), _told(look_name, width):
        request = Request(ids, output=work, jobs=jobs, journal=True)
        _, tasks = plan_run(request, repository(), registry)
        run_tasks(request, tasks, work / "figures", work / "run", ended)
    return [_taken(one, work / "figures" / one.claim, failed.get(one.claim, "")) for one in wanted]


@contextmanager
def _told(look_name: str, width: float | None) -> Any:
    """The notebooks run in processes of their own, which know the journal from their environment."""
    before = os.environ.get("NICHE_JOURNAL")
    os.environ["NICHE_JOURNAL"] = look_name if width is None else f"{look_name}:{width:g}"
    try:
        yield
    finally:
        if before is None:
            del os.environ["NICHE_JOURNAL"]
        else:
            os.environ["NICHE_JOURNAL"] = before


def _taken(one: Committed, folder: Path, error: str) -> Redrawn | NotDrawn:
    """A figure as its notebook wrote it.

    Parameters
    ----------
    error
        why the notebook did not come to its end, "" if it did
    """
    told = folder / f"{one.name}.redrawn.json"
    if not told.is_file():
        ended = f"its notebook failed: {error}" if error else "its notebook draws no such figure today"
        return NotDrawn(one, f"{ended}; run: niche reproduce {one.claim}")
    said = json.loads(told.read_text(encoding="utf-8"))
    where = table_difference(table_of(one.folder / f"{one.name}.csv"), table_of(folder / f"{one.name}.csv"))
    if where:
        return NotDrawn(
            one, f"it would show other data than the committed figure ({where}); run: niche reproduce {one.claim}"
        )
    return Redrawn(one, folder, tuple(said["files"]), "notebook", tuple(said["faults"]))
