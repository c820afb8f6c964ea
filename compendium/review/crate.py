"""The review as an RO-Crate: what ran on which inputs with which outputs, for programs.

Workflow Run Crate 0.5 (https://w3id.org/ro/wfrun/workflow/0.5) on RO-Crate 1.1, written and read back with `rocrate`.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from niche.errors import NicheError

METADATA = "ro-crate-metadata.json"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
_SHA256 = "https://w3id.org/ro/terms/workflow-run#sha256"
_FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
_TYPES: Mapping[type, str] = {bool: "Boolean", int: "Integer", float: "Float", str: "Text"}


def available() -> bool:
    """Whether `rocrate` is installed."""
    return find_spec("rocrate") is not None


def write_crate(
    folder: Path,
    content: Mapping[str, Any],
    *,
    main: str,
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    pages: Sequence[str],
) -> None:
    """Write ro-crate-metadata.json into a folder that holds everything else already, and read it back.

    Parameters
    ----------
    main
        the file that starts the run
    inputs, outputs
        SHA-256 by path
    pages
        files about the run

    Raises
    ------
    NicheError
        if what is read back is not what was written
    """
    from rocrate.model.computerlanguage import ComputerLanguage
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms["sha256"] = _SHA256
    times = content["times"]

    def entity(address: str, kind: str, **properties: Any) -> Any:
        return crate.add(ContextEntity(crate, address, properties={"@type": kind, **properties}))

    for address, (name, version) in PROFILES.items():
        crate.root_dataset.append_to("conformsTo", entity(address, "CreativeWork", name=name, version=version))
    root = crate.root_dataset
    root["name"], root["description"] = f"Review of {content['title']}", content["summary"]
    root["datePublished"] = times["ended"]
    licences = [entity(f"https://spdx.org/licenses/{name}", "CreativeWork", name=name) for name in content["license"]]
    root["license"] = licences if len(licences) != 1 else licences[0]
    author = entity("#authors", "Organization", name=content["authors"])
    root["author"] = author

    language = crate.add(ComputerLanguage(crate, "#language", properties=_language(main)))
    workflow = crate.add_workflow(
        folder / main,
        main,
        main=True,
        lang=language,
        properties={
            **_file(main, inputs[main]),
            "name": "Rerun of every notebook and figure",
            "author": author,
            "version": content["version"] or "unknown",
        },
    )
    workflow["conformsTo"] = entity(
        "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE",
        "CreativeWork",
        name="Bioschemas ComputationalWorkflow",
        version="1.0-RELEASE",
    )
    action = entity(
        "#run",
        "CreateAction",
        name="niche review",
        description=content["summary"],
        startTime=times["started"],
        endTime=times["ended"],
        actionStatus="http://schema.org/" + ("Failed" if _errors(content) else "Completed") + "ActionStatus",
    )
    if _errors(content):
        action["error"] = "; ".join(_errors(content))
    action["instrument"], root["mentions"] = workflow, action
    for path, digest in inputs.items():
        if path != main:
            action.append_to("object", crate.add_file(folder / path, path, properties=_file(path, digest)))
    for name, value in content["run"]["parameters"].items():
        kind = _TYPES.get(type(value), "Text")
        slot = entity(f"#parameter-{name}", "FormalParameter", name=name, additionalType=kind)
        set_to = entity(f"#value-{name}", "PropertyValue", name=name, value=str(value), exampleOfWork=slot)
        slot["workExample"] = set_to
        workflow.append_to("input", slot)
        action.append_to("object", set_to)
    for path, digest in outputs.items():
        action.append_to("result", crate.add_file(folder / path, path, properties=_file(path, digest)))
    for path in pages:
        crate.add_file(folder / path, path, properties={**_file(path), "about": action})
    crate.metadata.write(folder)  # everything is in its place, so nothing has to be copied
    _read_back(folder, {*inputs, *outputs, *pages})


def _language(main: str) -> dict[str, Any]:
    if main.endswith(".ipynb"):
        return {"name": "Jupyter Notebook", "url": {"@id": "https://jupyter.org/"}}
    return {"name": "Bash", "url": {"@id": "https://www.gnu.org/software/bash/"}}


def _file(path: str, digest: str = "") -> dict[str, Any]:
    kind = _FORMATS.get(Path(path).suffix, "text/plain")
    return {"name": path, "encodingFormat": kind} | ({"sha256": digest} if digest else {})


def _errors(content: Mapping[str, Any]) -> list[str]:
    return [f"{one['id']}: {one['error']}" for one in content["claims"] if one["error"]]


def _read_back(folder: Path, files: set[str]) -> None:
    from rocrate.rocrate import ROCrate

    crate = ROCrate(folder)
    lacking = sorted(path for path in files if crate.dereference(path) is None or not (folder / path).is_file())
    if crate.mainEntity is None or lacking:
        raise NicheError(f"the RO-Crate was written, but lacks {', '.join(lacking) or 'its workflow'}")
