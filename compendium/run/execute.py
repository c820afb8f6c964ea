"""The code cells of a notebook run by `exec` in this process: what a short run needs of a kernel, and no more.

Its results are looked at and not kept. Those that are kept come from papermill and a kernel (`compendium.run.worker`).
"""

import ast
import base64
import contextlib
import linecache
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compendium.run import limit, source
from niche.files import write_whole

CELL = "cell.txt"  # the number of the cell that runs now, for whoever waits


def run_cells(folder: str, notebook: dict[str, Any], parameters: Mapping[str, Any]) -> str | None:
    """Run a notebook in a folder and leave it there as executed.ipynb; returns what went wrong, or None."""
    os.chdir(folder)
    warnings.filterwarnings("ignore", message=".*non-interactive")  # plt.show(): figures are taken after each cell
    space: dict[str, Any] = {"__name__": "__main__"}
    error = None
    cells = notebook["cells"]
    for number, cell in enumerate(list(cells), 1):
        if cell["cell_type"] != "code":
            continue
        write_whole(Path(CELL), str(number))
        error = _run(cell, f"<cell {number}>", space)
        if error is None and "parameters" in cell["metadata"].get("tags", []):
            space.update(parameters)
            cells.insert(cells.index(cell) + 1, source.injected(parameters))
        if error is not None:
            break
    write_whole(Path("executed.ipynb"), source.write_notebook(notebook))
    return error


def _run(cell: dict[str, Any], name: str, space: dict[str, Any]) -> str | None:
    """Run a cell and keep its outputs in it."""
    printed = limit.Printed()
    outputs: list[dict[str, Any]] = cell["outputs"]
    linecache.cache[name] = (len(cell["source"]), None, cell["source"].splitlines(keepends=True), name)
    shown: list[dict[str, Any]] = []
    error = None
    try:
        with contextlib.redirect_stdout(printed.stream("stdout")), contextlib.redirect_stderr(printed.stream("stderr")):
            value = _value(cell["source"], name, space)
            shown = [*_figures(), *_result(value)]
        printed.check(shown)
    except (Exception, SystemExit, KeyboardInterrupt) as raised:
        lines = str(raised).strip().splitlines() or [""]
        error = f"{type(raised).__name__}: {lines[0]}" + (" ..." if len(lines) > 1 else "")
        told = traceback.format_exc().splitlines()
        shown = [{"output_type": "error", "ename": type(raised).__name__, "evalue": str(raised), "traceback": told}]
    outputs += [{"output_type": "stream", "name": kind, "text": text} for kind, text in printed.texts() if text]
    outputs += shown
    return error


def _value(text: str, name: str, space: dict[str, Any]) -> Any:
    """Execute a cell; the value of its last line if that is an expression without a semicolon."""
    body = ast.parse(text, name)
    last = body.body[-1] if body.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(body, name, "exec"), space)
        return None
    body.body.pop()
    exec(compile(body, name, "exec"), space)
    value = eval(compile(ast.Expression(last.value), name, "eval"), space)
    return None if text.rstrip().endswith(";") else value


def _figures() -> Iterator[dict[str, Any]]:
    """The figures that pyplot holds, which are then closed, as a notebook shows them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    from IPython.core.pylabtools import print_figure

    for number in pyplot.get_fignums():
        figure = pyplot.figure(number)
        if figure.axes:
            yield _display({"image/png": print_figure(figure, bbox_inches="tight"), "text/plain": repr(figure)}, {})
    pyplot.close("all")


def _result(value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    from IPython.core.formatters import DisplayFormatter

    return [_display(*DisplayFormatter().format(value)) | {"output_type": "execute_result", "execution_count": 1}]


def _display(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    texts = {
        kind: base64.b64encode(value).decode() + "\n" if isinstance(value, bytes) else value
        for kind, value in data.items()
    }
    return {"output_type": "display_data", "data": texts, "metadata": dict(metadata)}
