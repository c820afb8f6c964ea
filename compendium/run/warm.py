"""Notebooks in processes forked from one that has imported everything: half of the time of a short run is imports.

Not for results that are kept: their kernels start from nothing, as a reader's does, and note what they read.
"""

import asyncio
import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from compendium.run import limit, worker
from compendium.run.kernel import Kernel

_PRELOADED = "compendium.run.preloaded"
_INLINE = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}  # what a kernel sets before its first import


def can_fork() -> bool:
    """Whether this system can fork."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def fork_job(environment: Mapping[str, str]) -> None:
    """Start the process to fork from, which imports by itself; nothing if it runs already."""
    from multiprocessing import forkserver  # not on Windows

    multiprocessing.get_context("forkserver").set_forkserver_preload([_PRELOADED])
    with _environ(dict(environment) | _INLINE):
        forkserver.ensure_running()


class Forked:
    """A worker on one folder, with what `compendium.run.crew` uses of `subprocess.Popen`.

    It ends, with its kernel, when `stdin` is closed, on purpose or because this process is gone.
    """

    def __init__(self, place: Path, log: Path, environment: Mapping[str, str]) -> None:
        fork_job(environment)
        context = multiprocessing.get_context("forkserver")
        theirs, self.stdin = context.Pipe(duplex=False)
        given = dict(environment) | _INLINE
        self._process = context.Process(target=_work, args=(str(place), str(log), given, theirs))
        self._process.start()
        theirs.close()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        """Exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        """Exit code. Raises `subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("worker", timeout or 0)
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()


class Seed:
    """A kernel to be, forked before this process has threads or a running loop; with what a provisioner uses of Popen.

    One that is never woken ends when this process does.
    """

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        theirs, self._tell = os.pipe()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._tell)
            _sprout(theirs)
        os.close(theirs)

    def wake(self, arguments: list[str], environment: Mapping[str, str], folder: str | None) -> None:
        """Let it be the kernel with these arguments."""
        with os.fdopen(self._tell, "w", encoding="utf-8") as pipe:
            json.dump([arguments, dict(environment), folder], pipe)

    def poll(self) -> int | None:
        """Exit code, or None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self) -> int | None:
        """Exit code, when it has ended."""
        while self.poll() is None:
            time.sleep(0.01)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """As `os.kill`, and nothing if it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class _Provisioner(LocalProvisioner):
    """Wakes a seed instead of starting a program."""

    seed: Seed

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 : cmd.index("-f") + 2]
        self.seed.wake(arguments, kwargs.get("env") or os.environ, kwargs.get("cwd"))
        self.process = self.seed  # type: ignore[assignment]
        self.pid = self.pgid = self.seed.pid
        return self.connection_info


def kernel(seed: Seed) -> type[Kernel]:
    """A manager whose kernel is that seed."""

    class Warm(Kernel):
        async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
            provisioner = _Provisioner(kernel_id=str(uuid4()), kernel_spec=self.kernel_spec, parent=self)
            provisioner.seed = seed
            self.provisioner = provisioner
            await super().start_kernel(**options)

    return Warm


def _work(place: str, log: str, environment: dict[str, str], stays: Any) -> None:
    """In the worker: take the place of a program that was started for this job."""
    os.setsid()  # control-C in a terminal is for the first process alone, which tells us
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    for standard, file in enumerate((stays.fileno(), written, written)):
        os.dup2(file, standard)
    os.environ.clear()
    os.environ.update(environment)
    worker.main(place, kernel(Seed()))


def _sprout(told: int) -> None:
    """In the kernel: wait to be woken, be a kernel, and end. Never returns."""
    code = 1
    try:
        os.setsid()
        with os.fdopen(told, encoding="utf-8") as pipe:
            text = pipe.read()
        if text:
            arguments, environment, folder = json.loads(text)
            os.environ.clear()
            os.environ.update(environment, JPY_PARENT_PID=str(os.getppid()))
            os.chdir(folder or ".")
            limit.streams()
            asyncio.set_event_loop(None)
            from ipykernel.kernelapp import IPKernelApp

            IPKernelApp.launch_instance(argv=arguments)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


@contextlib.contextmanager
def _environ(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
