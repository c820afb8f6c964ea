"""JupyterLab on the notebooks, with one kernel: the Python that runs now."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from niche.answering.claim import claim, claim_ids
from niche.errors import NicheError, unknown
from niche.params.records import root

PLAYGROUND = "playground"
FOLDER = "NICHE_LAB"  # the folder in which kernels start: `out = "scratch"` in a notebook is below it
_START = (
    f"import os; os.chdir(os.environ.get({FOLDER!r}) or '.'); "
    "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
)


def open_lab(notebook: str | None = None, *, copy: bool = False, port: int | None = None, browser: bool = True) -> int:
    """Start JupyterLab and wait for its end; returns its exit code, or on POSIX never: this process becomes the server.

    Parameters
    ----------
    notebook
        a claim, "playground", or None for the list of files
    copy
        open a copy in scratch/lab, made anew where there is none yet

    Raises
    ------
    NicheError
        for an unknown claim, outside a repository, or without JupyterLab
    """
    home = root().parent
    folder = home / "notebooks"
    if find_spec("jupyterlab") is None:
        raise NicheError("lab needs the notebook packages: pip install 'niche[notebooks]'")
    if not folder.is_dir():
        raise NicheError("there are no notebooks beside this package; lab works in the repository")
    file = file_of(notebook) if notebook else ""
    scratch = home / "scratch" / "lab"
    scratch.mkdir(parents=True, exist_ok=True)
    if copy:
        folder = copied(folder, scratch / "notebooks")
    command = command_line(folder, file, port, browser)
    environment = os.environ | {"NICHE_FIGURES": str(scratch / "figures"), FOLDER: str(scratch)}
    if hasattr(os, "fork"):  # this process becomes the server, so that what ends the one ends the other
        sys.stdout.flush()
        os.execve(sys.executable, command, environment)
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:  # the server has had it too, and ends by itself
        return 130


def file_of(notebook: str) -> str:
    """File name of a claim's notebook, or of the playground. Raises `NicheError` with the nearest name."""
    if notebook.removesuffix(".ipynb") == PLAYGROUND:
        return f"{PLAYGROUND}.ipynb"
    try:
        return claim(notebook).notebook
    except NicheError:
        raise unknown("notebook", notebook, (*claim_ids(), PLAYGROUND)) from None


def copied(folder: Path, target: Path) -> Path:
    """Copies of the notebooks that are not there yet: what somebody changed in a copy stays."""
    target.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.ipynb"):
        if not (target / file.name).exists():
            shutil.copyfile(file, target / file.name)
    return target


def command_line(folder: Path, file: str, port: int | None, browser: bool) -> list[str]:
    """The command that starts JupyterLab: no news, no other kernels, only this machine."""
    options = {
        "ServerApp.root_dir": str(folder),
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.open_browser": str(browser),
        "ServerApp.kernel_spec_manager_class": "compendium.lab.ThisPython",
        "LabApp.extra_labextensions_path": str(Path(__file__).parent / "lab_extension"),
        "LabApp.news_url": "None",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "ServerApp.port": str(port or 0),
        "LabApp.default_url": f"/lab/tree/{file}" if file else "/lab",
    }
    if getattr(os, "geteuid", lambda: 1)() == 0:  # in a container one is root, and the server is for this machine only
        options["ServerApp.allow_root"] = "True"
    return [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]


def __getattr__(name: str) -> Any:
    """`ThisPython`, made when Jupyter asks for it: the package itself does not need Jupyter."""
    if name != "ThisPython":
        raise AttributeError(name)
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel

    class ThisPython(KernelSpecManager):
        """Knows one kernel, whatever else is installed under that name."""

        def find_kernel_specs(self) -> dict[str, str]:
            return {"python3": super().find_kernel_specs().get("python3", "")}

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            if kernel_name != "python3":
                raise NoSuchKernel(kernel_name)
            command = [sys.executable, "-P", "-c", _START, "-f", "{connection_file}"]
            return KernelSpec(argv=command, display_name="niche", language="python")

        def get_all_specs(self) -> dict[str, Any]:
            return {"python3": {"resource_dir": "", "spec": self.get_kernel_spec("python3").to_dict()}}

    return ThisPython
