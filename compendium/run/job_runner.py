"""Several notebooks at a time, each in a process of its own that can fail, hang or die without harm to the others."""

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from compendium.run import execute, limit, source, worker
from compendium.run.stop import held_back
from niche.processes import ProcessPool, environ

LOG = "log.txt"
PRELOADED = "compendium.run.preloaded"
_POLL = 0.05  # seconds
_GRACE = 5.0  # seconds to end in, once asked


@dataclass(frozen=True)
class Job:
    """A notebook to run: its name, what it is (`source.read`), the parameters to set, seconds that a cell may take.

    Attributes
    ----------
    kernel
        papermill runs it in a kernel that starts from nothing, as a reader's does, and notes what it read. Else
        its cells are executed in a process forked from one that has imported everything, where the system can
    drafts
        its figures are drafts
    """

    name: str
    notebook: dict[str, Any]
    parameters: dict[str, Any]
    timeout: float
    kernel: bool = True
    drafts: bool = False


@dataclass(frozen=True)
class JobOutcome:
    """How a job ended. `executed` is the notebook as far as it came; `error` says in one line what went wrong."""

    name: str
    seconds: float
    executed: Path
    error: str | None


@dataclass
class _Running:
    """A job that has begun."""

    job: Job
    place: Path
    pool: ProcessPool
    future: Future
    began: float = field(default_factory=time.monotonic)
    cell: str = ""
    cell_began: float = field(default_factory=time.monotonic)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_jobs(
    jobs: Sequence[Job], count: int, folder: Path, ended: Callable[[JobOutcome], None], waiting: Callable[[], None]
) -> list[JobOutcome]:
    """Run all jobs, `count` at a time, in `folder`; call `ended` as each ends and `waiting` in between.

    Whatever ends this call early ends the processes that it started, too.
    """
    queue, outcomes = list(jobs), list[JobOutcome]()
    running: list[_Running] = []
    # For fewer, the process to fork from costs what it saves.
    fork = can_fork() and sum(not job.kernel for job in jobs) > count
    try:
        while queue or running:
            while queue and len(running) < count:
                running.append(_start(queue.pop(0), folder, fork))
            waiting()
            wait([one.future for one in running], _POLL, FIRST_COMPLETED)
            for one in list(running):
                error = None if one.future.done() else _overdue(one)
                if one.future.done() or error:
                    _end([one])
                    running.remove(one)
                    outcomes.append(_outcome(one, error or _error(one)))
                    ended(outcomes[-1])
    finally:
        with held_back():
            _end(running)
    return outcomes


def can_fork() -> bool:
    """Whether this system can fork."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def get_ready() -> None:
    """Begin to import what short jobs need, while this process goes on: it takes as long as three of them."""
    if can_fork():
        from multiprocessing import forkserver  # not on Windows

        multiprocessing.get_context("forkserver").set_forkserver_preload([PRELOADED])
        wanted = _environment(Path(), kernel=False)
        with environ({name: wanted.get(name) for name in {*os.environ, *wanted}}):
            forkserver.ensure_running()


def _start(job: Job, folder: Path, fork: bool) -> _Running:
    place = folder / job.name
    place.mkdir(parents=True)
    (place / LOG).touch()
    environment = _environment(place, job.kernel) | ({"NICHE_FIGURE_DRAFT": "1"} if job.drafts else {})
    fork = fork and not job.kernel
    if fork:
        get_ready()
    wanted = {name: environment.get(name) for name in {*os.environ, *environment}}
    pool = ProcessPool(1, "forkserver" if fork else "spawn", wanted, worker.end_all)
    task = {name: getattr(job, name) for name in ("notebook", "parameters", "timeout", "kernel")}
    return _Running(job, place, pool, pool.submit(worker.run_notebook, str(place), str(place / LOG), environment, task))


def _environment(place: Path, kernel: bool) -> dict[str, str]:
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
    return environment if kernel else environment | {"MPLBACKEND": "Agg"}  # a kernel has a back end of its own


def _overdue(one: _Running) -> str | None:
    """Why a job has to be ended, if it has to."""
    if limit.exceeded(one.place / LOG):
        return limit.said(limit.TooMuch())
    if one.job.kernel:  # papermill looks at the time
        return None
    cell = _cell(one.place)
    if cell != one.cell:
        one.cell, one.cell_began = cell, time.monotonic()
    if time.monotonic() - one.cell_began > one.job.timeout:
        return f"took longer than {one.job.timeout:g} s and was ended (--timeout allows more)"
    return None


def _error(one: _Running) -> str | None:
    """What went wrong in a job that has ended, if something did."""
    try:
        error: str | None = one.future.result()
    except BrokenExecutor:
        with suppress(OSError, ValueError, KeyError):
            return str(json.loads((one.place / worker.RESULT).read_text(encoding="utf-8"))["error"])
        return "the process that ran it died; the machine may have run out of memory (--jobs 1 needs less)"
    except Exception as failed:  # of the worker itself
        return f"{type(failed).__name__}: {failed}; see {one.place / LOG}"
    return error


def _cell(place: Path) -> str:
    with suppress(OSError):
        return (place / execute.CELL).read_text(encoding="utf-8")
    return ""


def _outcome(one: _Running, error: str | None) -> JobOutcome:
    executed = one.place / "executed.ipynb"
    if limit.exceeded(one.place / LOG):
        error = limit.said(limit.TooMuch())
        limit.cut(one.place / LOG)
    if error:
        cell = _cell(one.place)
        with suppress(OSError, ValueError):
            cell = cell or str(source.last_cell(json.loads(executed.read_text(encoding="utf-8"))) or "")
        error = f"cell {cell}: {error}" if cell else error
    return JobOutcome(one.job.name, time.monotonic() - one.began, executed, error)


def _end(some: Sequence[_Running]) -> None:
    """End processes, with what the notebooks in them started."""
    deadline = time.monotonic() + _GRACE
    for one in some:
        asked = one.job.kernel and not one.future.done()  # it has a kernel to end
        one.pool.end(max(0.1, deadline - time.monotonic()) if asked else 0.0)
        for process in one.pool.processes:
            if process.pid and hasattr(os, "killpg"):
                with suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)  # it led a group of its own
