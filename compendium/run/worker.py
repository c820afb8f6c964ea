"""One notebook in one process of a pool: through papermill and a kernel, or by `exec` (`compendium.run.execute`).

Leaves executed.ipynb in its folder. Ends, with its kernel, when it is told to or when the process that started it is
gone.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from compendium.run import source, stop
from compendium.run.execute import run_cells

RESULT = "result.json"
START_TIMEOUT = 120


def run_notebook(folder: str, log: str, environment: dict[str, str], job: dict[str, Any]) -> str | None:
    """In a worker process: take the place of a program that was started for this job alone, and do it.

    Parameters
    ----------
    job
        the notebook, its parameters, whether a kernel runs it, and the seconds that a cell may take

    Returns
    -------
    str | None
        what went wrong, or None
    """
    _alone(log, environment)
    if not job["kernel"]:
        return run_cells(folder, job["notebook"], job["parameters"])
    if threading.current_thread() is threading.main_thread():
        for number in stop.SIGNALS:
            signal.signal(number, lambda received, frame: end_all())
    os.chdir(folder)
    Path("source.ipynb").write_text(source.write_notebook(job["notebook"]), encoding="utf-8")
    return _run(job)


def end_all() -> None:
    """End this worker, its kernel, and every program that they started. Never returns."""
    module = sys.modules.get("compendium.run.kernel")
    if module is not None:
        module.kill_all()
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _alone(log: str, environment: dict[str, str]) -> None:
    if hasattr(os, "setsid"):
        os.setsid()  # control-C in a terminal is for the first process alone, which ends this one
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for standard in (1, 2):
        os.dup2(written, standard)
    os.environ.clear()
    os.environ.update(environment)


def _give_up(error: str) -> None:
    """End at once, whatever the kernel is doing."""
    Path(RESULT).write_text(json.dumps({"error": error}), encoding="utf-8")
    end_all()


def _run(job: dict[str, Any]) -> str | None:
    leave_out()
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from compendium.run import limit
    from compendium.run.kernel import Kernel

    limit.messages(_give_up)
    try:
        papermill.execute_notebook(
            "source.ipynb",
            "executed.ipynb",
            parameters=job["parameters"],
            kernel_name="python3",
            language="python",
            kernel_manager_class=Kernel,
            progress_bar=False,
            request_save_on_cell_execute=True,
            start_timeout=START_TIMEOUT,
            execution_timeout=job["timeout"],
        )
    except papermill.PapermillExecutionError as error:
        lines = str(error.evalue).strip().splitlines() or [""]
        return f"{error.ename}: {lines[0]}" + (" ..." if len(lines) > 1 else "")
    except CellTimeoutError:
        return f"took longer than {job['timeout']:g} s and was ended (--timeout allows more)"
    except DeadKernelError:
        return "the kernel died; the machine may have run out of memory (--jobs 1 needs less)"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def leave_out() -> None:
    """Before papermill is imported: jsonschema would import this to check the format of links, for 1.5 s."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
