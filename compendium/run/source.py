"""A notebook as it is stored: read, made ready to run, and after the run made the same bytes for the same results."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from niche.errors import NicheError

INJECTED = "injected-parameters"
_MARKER = "papermill-error-cell-tag"
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
_VARIES = ("execution", "papermill", "ExecuteTime", "collapsed", "scrolled", "trusted")
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}$")
_BAR = re.compile(r"\r|\d+%\|")  # tqdm and its like
_ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{6,}")
_CELL_FILE = re.compile(r"\S*[/\\]ipykernel_\d+[/\\]\d+\.py")
_LINES = ("application/javascript", "image/svg+xml")
_WIDGET = "application/vnd.jupyter.widget-view+json"


def read_notebook(path: Path) -> dict[str, Any]:
    """A notebook as plain JSON, with ids and without what a run has left. Raises `NicheError` if it is not one."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NicheError(f"notebook {path} is missing") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise NicheError(f"{path} is not a notebook ({error})") from None
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4 or "cells" not in notebook:
        raise NicheError(f"{path} is not a notebook of format 4")
    notebook["nbformat_minor"] = 5
    notebook["cells"] = [cell for cell in notebook["cells"] if INJECTED not in _tags(cell)]
    seen: set[str] = set()
    for number, cell in enumerate(notebook["cells"], 1):
        if not _ID.match(str(cell.get("id", ""))) or cell["id"] in seen:
            cell["id"] = f"cell-{number:02}"
        seen.add(cell["id"])
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def injected(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The cell that sets parameters, as papermill writes it behind the parameters cell."""
    text = "\n".join(["# Parameters", *(f"{name} = {_literal(value)}" for name, value in parameters.items())])
    return {
        "cell_type": "code",
        "id": INJECTED,
        "metadata": {"tags": [INJECTED]},
        "source": text + "\n",
        "outputs": [],
        "execution_count": None,
    }


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def write_notebook(notebook: Mapping[str, Any]) -> str:
    """The text of a notebook as nbformat writes it (whose import takes 1.7 s), with a newline at the end."""
    cells = []
    for cell in notebook["cells"]:
        cell = {**cell, "source": _text(cell["source"]).splitlines(keepends=True)}
        if cell["cell_type"] == "code":
            cell["outputs"] = [_split(output) for output in cell["outputs"]]
        cells.append(cell)
    content = {**notebook, "cells": cells}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _split(output: dict[str, Any]) -> dict[str, Any]:
    if output["output_type"] == "stream":
        return {**output, "text": _text(output["text"]).splitlines(keepends=True)}
    data = {
        kind: _text(value).splitlines(keepends=True) if kind.startswith("text/") or kind in _LINES else value
        for kind, value in output.get("data", {}).items()
    }
    return {**output, "data": data} if data else output


def normalise(notebook: dict[str, Any], *, keep_injected: bool) -> str:
    """The text of an executed notebook without what varies between two runs that gave the same results.

    Parameters
    ----------
    keep_injected
        keep the cell in which papermill set the parameters; without it a notebook is its source with outputs,
        which is right only if the values set were the ones that stand in its parameters cell
    """
    notebook["metadata"] = {
        key: value for key, value in notebook["metadata"].items() if key not in ("papermill", "widgets", "toc")
    } | {"kernelspec": _KERNEL, "language_info": _LANGUAGE}
    notebook["nbformat_minor"] = 5
    if not keep_injected:
        notebook["cells"] = [cell for cell in notebook["cells"] if INJECTED not in _tags(cell)]
    count = 0
    for cell in notebook["cells"]:
        cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key not in _VARIES}
        if not cell["metadata"].get("tags", True):
            del cell["metadata"]["tags"]
        if INJECTED in _tags(cell):
            cell["id"] = INJECTED
        if cell["cell_type"] == "code":
            count += 1
            cell["execution_count"] = count
            cell["outputs"] = list(_outputs(cell["outputs"], count))
    return write_notebook(notebook)


def last_cell(notebook: dict[str, Any]) -> int | None:
    """The number of the last cell that was begun, counted from 1 as a reader of the source counts them."""
    cells = [cell for cell in notebook["cells"] if not {INJECTED, _MARKER} & set(_tags(cell))]
    begun = [
        number
        for number, cell in enumerate(cells, 1)
        if cell["metadata"].get("papermill", {}).get("start_time") and cell["cell_type"] == "code"
    ]
    return begun[-1] if begun else None


def _tags(cell: dict[str, Any]) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def _outputs(outputs: list[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    """Outputs with streams joined (how a stream is cut into pieces is chance), progress bars and addresses gone."""
    streams: dict[str, str] = {}
    for output in outputs:
        if output["output_type"] == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + _text(output["text"])
            continue
        yield from _joined(streams)
        streams = {}
        output.pop("transient", None)
        if "execution_count" in output:
            output["execution_count"] = count
        data = output.get("data", {})
        if _WIDGET in data:
            continue
        for kind in data:
            if kind.startswith("text/"):
                data[kind] = _clean(_text(data[kind]))
        yield output
    yield from _joined(streams)


def _joined(streams: dict[str, str]) -> Iterator[dict[str, Any]]:
    for name in ("stdout", "stderr"):
        lines = _clean(streams.get(name, "")).splitlines(keepends=True)
        text = "".join(line for line in lines if not (name == "stderr" and _BAR.search(line)))
        if text.strip() or (text and name == "stdout"):
            yield {"output_type": "stream", "name": name, "text": text}


def _clean(text: str) -> str:
    return _CELL_FILE.sub("<cell>", _ADDRESS.sub("0x0", text))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "".join(value)
