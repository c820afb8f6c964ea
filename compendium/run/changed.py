"""Which notebooks have to run again: each is keyed on its source and parameters and on what it reached when it ran.

The key stands in `figures/made-of.json` under the name of the claim, and names every input with a digest: the code
that the cells reach (`niche.provenance`), files that were read, folders that they are in, entries of tables, the lock
and the versions. So a change can be told by name. A claim without a key, or whose results were altered, runs again.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from compendium.run import made_of, publish
from compendium.run.inventory import CODE, TABLES, Inventory
from compendium.run.plan import Task
from niche.errors import NicheError
from niche.provenance import GONE, digest, digest_bytes

FILE = "inputs.json"  # beside the figures of a run; `compendium.run.publish_results` takes it from there
_OURS = ("scratch", "notebooks", "figures", "build", "dist")  # folders of results: what a notebook writes, it may read
_TOLD = 3
_PACKAGES = tuple(f"{package}/" for package in CODE)


def source_key(notebook: Mapping[str, Any]) -> str:
    """Digest of the code cells, in order; text between them changes no result."""
    return digest(["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"])


def results_key(notebook: bytes, files: Mapping[Path, bytes]) -> dict[str, str]:
    """Digests of what was made: the outputs of the notebook, and each file beside the key by name."""
    cells = json.loads(notebook)["cells"]
    outputs = [cell.get("outputs", []) for cell in cells if cell["cell_type"] == "code"]
    made = {path.as_posix(): digest_bytes(data)[:16] for path, data in files.items() if path.as_posix() != FILE}
    return {"outputs of the notebook": digest(outputs), **made}


def notebook_key(task: Task, trace: Mapping[str, Any], stock: Inventory, results: Mapping[str, str]) -> dict[str, Any]:
    """The key of a notebook that ran.

    Parameters
    ----------
    trace
        what `compendium.run.trace_inputs` wrote
    stock
        the repository before the run
    """
    files, folders = set[str](), {_inside(path, stock) for path in trace["listed"]}
    if trace["started"]:  # what another process reads is not known
        files |= {*stock.everything()}
        folders |= {Path(name).parent.as_posix() for name in files}
    for table, path in trace["opened"]:
        name = _inside(path, stock)
        if name and not name.startswith(_PACKAGES) and not _of_table(table, name):
            files.add(name)
            folders.add(Path(name).parent.as_posix())  # a file that is new beside it might have been read, too
    entries: dict[str, dict[str, str]] = {}
    for table, name in trace["entries"]:
        entries.setdefault(table, {})[name] = stock.entry(table, name)
    return {
        "notebook": source_key(task.notebook),
        "parameters": {name: value for name, value in task.parameters.items() if name != "out"},
        "environment": stock.environment,
        "all code": bool(trace["started"]),
        "code": stock.all_code() if trace["started"] else stock.reached(task.notebook),
        "files": {name: stock.file(name) for name in sorted(files)},
        "folders": {n: stock.folder(n) for n in sorted(filter(None, folders)) if not _own(n) and n not in CODE},
        "entries": entries,
        "results": dict(results),
    }


def key_text(content: Mapping[str, Any]) -> bytes:
    """A key as it is stored."""
    return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def what_changed(task: Task, folder: Path, stock: Inventory) -> list[str]:
    """What is not as it was when the stored results of a task were made, by name; empty if all is.

    Parameters
    ----------
    folder
        the figures of the claim
    """
    try:
        keys = (made_of.stored(stock.root) or {"notebooks": {}})["notebooks"]
        if folder.name not in keys:
            return [f"not in figures/{made_of.FILE}: not known what it depends on"]
        stored = keys[folder.name]
        now = {
            "notebook": source_key(task.notebook),
            "parameters": {name: value for name, value in task.parameters.items() if name != "out"},
            "environment": stock.environment,
            "code": stock.all_code() if stored["all code"] else stock.reached(task.notebook),
            "files": {name: stock.file(name) for name in stored["files"]},
            "folders": {name: stock.folder(name) for name in stored["folders"]},
            "entries": {t: {name: stock.entry(t, name) for name in found} for t, found in stored["entries"].items()},
            "results": results_key(task.before, publish.files(folder)),
        }
        return [said for part, value in now.items() for said in _unlike(part, stored[part], value)]
    except (NicheError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return [f"figures/{made_of.FILE} is not readable"]


def in_words(found: list[str]) -> str:
    """The first few differences, for a person."""
    more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
    return ", ".join(found[:_TOLD]) + more


def _unlike(part: str, before: Any, now: Any) -> Iterable[str]:
    if part == "notebook":
        return [] if before == now else ["its code"]
    if part == "entries":
        return [
            f"params/{table}: {'the list of names' if name == '*' else name}"
            for table, found in before.items()
            for name in sorted(found)
            if found[name] != now[table][name]
        ]
    label = {"parameters": "parameter ", "environment": "version of ", "folders": "files in ", "results": "result "}
    return [
        f"{label.get(part, '')}{_file(name) if part == 'code' else name}{' (gone)' if now.get(name) == GONE else ''}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]


def _file(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _inside(path: str, stock: Inventory) -> str:
    """A path from the root; "" for one outside the repository, hidden, compiled, or in a folder of results."""
    for base, only in ((stock.code, CODE), (stock.root, ())):
        place = Path(path)
        if place.is_relative_to(base):
            name = place.relative_to(base)
            if only and (not name.parts or name.parts[0] not in only):
                continue
            hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
            return "" if hidden or not name.parts or _own(name.as_posix()) else name.as_posix()
    return ""


def _own(name: str) -> bool:
    return name.partition("/")[0] in _OURS or name == "."


def _of_table(table: str, name: str) -> bool:
    """Whether a file was opened to read all of a table, whose entries are noted by themselves."""
    return table in TABLES and name.startswith(TABLES[table])
