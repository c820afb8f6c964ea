"""One notebook in one process: `python -m compendium.run.worker FOLDER` runs FOLDER/source.ipynb through papermill.

Reads FOLDER/job.json (parameters, timeout, whether it is saved after each cell); leaves executed.ipynb and result.json,
whose `error` is null if all went well. Ends, with its kernel, when it is told to or when the process that started it is
gone.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.run import stop

if TYPE_CHECKING:
    from compendium.run.kernel import Kernel

START_TIMEOUT = 120


def main(folder: str, kernel: "type[Kernel] | None" = None) -> None:
    """Run the job in a folder, by a manager of kernels; None starts a kernel from nothing."""
    for number in stop.SIGNALS:
        signal.signal(number, lambda received, frame: _leave(128 + received))
    threading.Thread(target=_watch_parent, daemon=True).start()
    os.chdir(folder)
    job = json.loads(Path("job.json").read_text(encoding="utf-8"))
    _tell(_run(job, kernel))


def _tell(error: str | None) -> None:
    Path("result.json").write_text(json.dumps({"error": error}), encoding="utf-8")


def _give_up(error: str) -> None:
    """End at once, whatever the kernel is doing."""
    _tell(error)
    _leave(1)


def _run(job: dict[str, Any], kernel: "type[Kernel] | None") -> str | None:
    leave_out()
    import papermill.engines
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from compendium.run import limit
    from compendium.run.kernel import Kernel

    limit.messages(_give_up)
    papermill.engines.papermill_engines.register("saving", _engine())

    try:
        papermill.execute_notebook(
            "source.ipynb",
            "executed.ipynb",
            parameters=job["parameters"],
            kernel_name="python3",
            language="python",
            engine_name="saving",
            kernel_manager_class=kernel or Kernel,
            progress_bar=False,
            request_save_on_cell_execute=job["saved"],
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


def _engine() -> Any:
    """papermill's own, which by itself leaves nothing of a notebook that ends badly unless it saves at each cell."""
    from papermill.engines import NBClientEngine
    from papermill.iorw import write_ipynb

    class Saving(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
            try:
                super().execute_managed_notebook(nb_man, kernel_name, **options)
            except BaseException:
                write_ipynb(nb_man.nb, "executed.ipynb")
                raise

    return Saving


def leave_out() -> None:
    """Before papermill is imported: jsonschema would import this to check the format of links, for 1.5 s."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def _watch_parent() -> None:
    """The other end of standard input closes when the parent ends, however it ends."""
    while os.read(0, 1):  # not sys.stdin, whose lock would be in the way when this process ends
        pass
    _leave(1)


def _leave(code: int) -> None:
    module = sys.modules.get("compendium.run.kernel")
    if module is not None:
        module.kill_all()
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
