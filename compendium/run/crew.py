"""Several notebooks at a time, each in a process of its own that can fail, hang or die without harm to the others."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from compendium.run import limit, source
from compendium.run.stop import held_back

LOG = "log.txt"
_POLL = 0.05  # seconds
_GRACE = 5.0  # seconds to end in, once asked


@dataclass(frozen=True)
class Job:
    """A notebook to run: its name, what it is (`source.read`), the parameters to set, seconds that a cell may take.

    short : its figures are drafts, and it runs in processes forked from one that has imported everything
        (`compendium.run.warm`) where the system can
    """

    name: str
    notebook: dict[str, Any]
    parameters: dict[str, Any]
    timeout: float
    short: bool = False


@dataclass(frozen=True)
class JobOutcome:
    """How a job ended. `executed` is the notebook as far as it came; `error` says in one line what went wrong."""

    name: str
    seconds: float
    executed: Path
    error: str | None


class Process(Protocol):
    """What is used of `subprocess.Popen`."""

    @property
    def stdin(self) -> Any: ...
    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int | None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_jobs(
    jobs: Sequence[Job], count: int, folder: Path, ended: Callable[[JobOutcome], None], waiting: Callable[[], None]
) -> list[JobOutcome]:
    """Run all jobs, `count` at a time, in `folder`; call `ended` as each ends and `waiting` in between.

    Whatever ends this call early ends the processes that it started, too.
    """
    queue, outcomes = list(jobs), []
    running: dict[str, tuple[Process, Path, float]] = {}
    try:
        while queue or running:
            while queue and len(running) < count:
                job = queue.pop(0)
                running[job.name] = (*_start(job, folder), time.monotonic())
            waiting()
            time.sleep(_POLL)
            for name, (process, place, began) in list(running.items()):
                if limit.exceeded(place / LOG):
                    _end([process])
                if process.poll() is not None:
                    outcomes.append(_outcome(name, process, place, time.monotonic() - began))
                    del running[name]
                    ended(outcomes[-1])
    finally:
        with held_back():
            _end([process for process, _, _ in running.values()])
    return outcomes


def get_ready() -> None:
    """Begin to import what short jobs need, while this process goes on: it takes as long as three of them."""
    from compendium.run import warm  # late: slow

    if warm.can_fork():
        warm.fork_job(_environment(Path()))


def _start(job: Job, folder: Path) -> tuple[Process, Path]:
    place = folder / job.name
    place.mkdir(parents=True)
    (place / "source.ipynb").write_text(source.write_notebook(job.notebook), encoding="utf-8")
    # Of a short run little is lost that is not saved at each cell, and to do it takes a fifth of its time.
    task = {"parameters": job.parameters, "timeout": job.timeout, "saved": not job.short}
    (place / "job.json").write_text(json.dumps(task), encoding="utf-8")
    environment = _environment(place) | ({"NICHE_FIGURE_DRAFT": "1"} if job.short else {})
    if job.short:
        from compendium.run import warm  # late: slow

        if warm.can_fork():
            (place / LOG).touch()
            return warm.Forked(place, place / LOG, environment), place
    with (place / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "compendium.run.worker", str(place)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,  # control-C in a terminal is for us alone; we tell them
        )
    return process, place


def _environment(place: Path) -> dict[str, str]:
    """This process's environment without what could make the results differ from one machine or run to the next."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("MPLBACKEND", "COLUMNS", "LINES", "PYTHONSTARTUP")
    }
    environment |= {
        "PYTHONHASHSEED": "0",
        "IPYTHONDIR": str(place / "ipython"),  # no start-up files or settings of the user
        "JUPYTER_RUNTIME_DIR": str(place / "runtime"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",  # sums in one order
    }
    spec = find_spec("matplotlib")
    if spec is not None and spec.origin:
        environment["MATPLOTLIBRC"] = str(Path(spec.origin).parent / "mpl-data" / "matplotlibrc")
    return environment


def _outcome(name: str, process: Process, place: Path, seconds: float) -> JobOutcome:
    assert process.stdin is not None
    process.stdin.close()
    executed = place / "executed.ipynb"
    try:
        error = json.loads((place / "result.json").read_text(encoding="utf-8"))["error"]
    except (OSError, ValueError, KeyError):
        error = f"the process that ran it ended with code {process.returncode}; see {place / LOG}"
    if limit.exceeded(place / LOG):
        error = limit.said(limit.TooMuch())
        limit.cut(place / LOG)
    if error:
        with suppress(OSError, ValueError):
            number = source.last_cell(json.loads(executed.read_text(encoding="utf-8")))
            error = f"cell {number}: {error}" if number else error
    return JobOutcome(name, seconds, executed, error)


def _end(processes: list[Process]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + _GRACE
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()
