"""What to run: which claims with which parameters, checked as far as that can be done before a kernel starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import niche
from compendium.run import inputs, publish, report, source
from niche.errors import NicheError

CELL_TIMEOUT = 900.0  # seconds


@dataclass(frozen=True)
class Request:
    """What `niche reproduce` was asked for.

    Attributes
    ----------
    claims
        ids; none means all
    fast
        few draws; results kept apart
    settings, files
        parameters as `name=value` and YAML files of them; results kept apart
    output
        a folder for the results instead of the committed ones
    jobs
        notebooks at a time; None takes one per core
    timeout
        seconds that one cell may take
    changed
        only those whose inputs are not what their stored results were made of
    listed
        name those that would run on standard output, and run none
    journal
        figures are drawn for a journal; of the notebooks nothing is kept
    """

    claims: Sequence[str] = ()
    fast: bool = False
    settings: Sequence[str] = ()
    files: Sequence[Path] = ()
    output: Path | None = None
    jobs: int | None = None
    timeout: float = CELL_TIMEOUT
    changed: bool = False
    listed: bool = False
    journal: bool = False

    @property
    def full(self) -> bool:
        """Whether it is run with the parameters of a full run: only such results are kept."""
        return not (self.fast or self.settings or self.files)

    @property
    def kernel(self) -> bool:
        """Whether papermill and a kernel run the notebooks: as a reader's would, where the results are kept."""
        return self.full and not self.journal

    @property
    def committed(self) -> bool:
        """Whether the results go to notebooks/, figures/ and the README."""
        return self.full and self.output is None


@dataclass(frozen=True)
class Task:
    """A claim, its notebook as it stood before the run, and the parameters to set in it."""

    claim: Any
    path: Path
    before: bytes
    notebook: dict[str, Any]
    parameters: dict[str, Any]


def repository() -> Path:
    """The folder that holds notebooks/ and params/ beside the package. Raises `NicheError` if there is none."""
    root = Path(niche.__file__).resolve().parent.parent
    if not (root / "notebooks").is_dir() or not (root / "params").is_dir():
        raise NicheError("this niche came without its notebooks; clone the repository and run ./reproduce there")
    here = Path.cwd().resolve()
    if (here / "compendium" / "run").is_dir() and here != root:
        raise NicheError(f"this Python uses the niche of {root}, not the one here; ./reproduce gives {here} its own")
    return root


def plan_run(request: Request, root: Path, registry: Any) -> tuple[dict[str, Any], list[Task]]:
    """What to run, with everything checked that can be checked before a kernel starts."""
    if request.jobs is not None and request.jobs < 1:
        raise NicheError(f"jobs must be at least 1, got {request.jobs}")
    if not request.timeout > 0:
        raise NicheError(f"timeout must be above 0 seconds, got {request.timeout:g}")
    if request.changed and not request.committed:
        raise NicheError("--changed compares with the committed results; it goes without --fast, -p, -f and --output")
    if request.listed and not request.committed:
        raise NicheError("--list names notebooks with committed results; it goes without --fast, -p, -f and --output")
    if request.output is not None:
        publish.refuse_folder(request.output, root)
    if request.committed:
        report.readme_with((root / "README.md").read_text(encoding="utf-8"), "")
    values = inputs.read_run(root, "fast" if request.fast else "full", request.files, request.settings)
    asked = [registry.claim(name) for name in request.claims or registry.claim_ids()]
    chosen = list({claim.id: claim for claim in asked}.values())
    tasks = []
    for claim in chosen:
        own = inputs.of_claim(values, claim.id, registry.claim_ids())
        tasks.append(_task(claim, root / "notebooks" / claim.notebook, own, request.committed))
    return values, tasks


def _task(claim: Any, path: Path, values: Mapping[str, Any], committed: bool) -> Task:
    notebook = source.read_notebook(path)
    defaults = inputs.read_defaults(notebook, path.name)
    parameters = inputs.check_parameters(values, defaults, path.name)
    for name, value in parameters.items():
        if committed and value != defaults[name]:
            raise NicheError(
                f"{path.name}: its parameters cell says {name} = {defaults[name]!r} and params/runs/full.yaml "
                f"says {value!r}; a committed notebook shows what it was run with, so make them the same"
            )
    return Task(claim, path, path.read_bytes(), notebook, parameters)
