"""Run the notebooks of the claims, and take over their results only if everything went well."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import niche
from niche.compendium import crew, inputs, progress, publish, report, source
from niche.errors import NicheError, unknown

CELL_TIMEOUT = 900.0  # seconds


@dataclass(frozen=True)
class Request:
    """What `niche reproduce` was asked for.

    claims : ids; none means all
    fast : few draws, results kept apart and not judged
    settings, files : parameters as `name=value` and YAML files of them; results kept apart and not judged
    output : a folder for the results instead of the committed ones
    jobs : notebooks at a time; None takes one per core
    timeout : seconds that one cell may take
    """

    claims: Sequence[str] = ()
    fast: bool = False
    settings: Sequence[str] = ()
    files: Sequence[Path] = ()
    output: Path | None = None
    jobs: int | None = None
    timeout: float = CELL_TIMEOUT

    @property
    def judged(self) -> bool:
        """Whether verdicts have to be the expected ones: they are for the parameters of a full run."""
        return not (self.fast or self.settings or self.files)

    @property
    def committed(self) -> bool:
        """Whether the results go to notebooks/, figures/ and the README."""
        return self.judged and self.output is None


@dataclass(frozen=True)
class Task:
    """A claim and the notebook to run for it."""

    claim: Any
    path: Path
    before: bytes
    job: crew.Job


def repository() -> Path:
    """The folder that holds notebooks/ and params/ beside the package. Raises `NicheError` if there is none."""
    root = Path(niche.__file__).resolve().parent.parent
    if not (root / "notebooks").is_dir() or not (root / "params").is_dir():
        raise NicheError("this niche is installed without its notebooks; clone the repository and run ./reproduce there")
    here = Path.cwd().resolve()
    if (here / "niche" / "compendium").is_dir() and here != root:
        raise NicheError(f"this Python uses the niche of {root}; run ./reproduce to give {here} its own")
    return root


def reproduce(request: Request, root: Path | None = None, registry: Any = None) -> int:
    """Run, report and, if it was asked for and all went well, take over. Returns the exit code: 0, or 1.

    root : the repository; registry : what `niche.claims` offers. Both can be replaced in tests.
    raises : NicheError for input that cannot be used, before any kernel starts; `Interrupted` if stopped
    """
    root = root or repository()
    if registry is None:
        from niche import claims as registry  # late: slow
    values = inputs.read_run(root, "fast" if request.fast else "full", request.files, request.settings)
    base = root / "scratch" if request.output is None else request.output
    if request.output is not None:
        publish.refuse_folder(request.output, root)
    if request.committed:
        report.readme_with((root / "README.md").read_text(encoding="utf-8"), "")
    chosen = _choose(request.claims, registry)
    prepared = [_prepare(claim, root, values, request) for claim in chosen]
    base.mkdir(parents=True, exist_ok=True)
    kind = "full" if request.judged else "fast" if request.fast else "other"
    work = Path(tempfile.mkdtemp(prefix=f"{kind}-" if request.output is None else ".reproduce-", dir=base)).resolve()
    keep = False
    try:
        tasks = [_task(claim, path, set_, work, request.timeout) for claim, path, set_ in prepared]
        run = _Run(request, root, registry, values, work, tasks)
        keep = run.go()
        return run.code
    finally:
        if not keep:
            publish.tidy(work)
