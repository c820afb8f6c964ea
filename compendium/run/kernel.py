"""A kernel of the Python that runs now, whatever kernels are installed under whatever name."""

import contextlib
import os
import signal
import sys
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Float

_STARTED: "list[Kernel]" = []


class Kernel(AsyncKernelManager):
    """Starts `sys.executable`. A kernel spec is looked up by name, and "python3" may be anything."""

    shutdown_wait_time = Float(2.0)

    @property
    def kernel_spec(self) -> KernelSpec:
        """The one kernel there is."""
        extension = "--InteractiveShellApp.extra_extensions=compendium.run.trace_inputs"
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", extension]
        return KernelSpec(argv=command, display_name="Python 3 (ipykernel)", language="python")

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
        """Start it, and remember it for `kill_all`."""
        _STARTED.append(self)
        await super().start_kernel(**options)


def kill_all() -> None:
    """End every kernel of this process at once, and what it started. Safe to call in a signal handler."""
    for kernel in _STARTED:
        pid = getattr(kernel.provisioner, "pid", None)
        if pid and hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)  # a kernel leads its own group
        elif pid:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGTERM)
