"""A short run executes cells without a kernel: what they show is kept, and what goes wrong is named by its cell."""

import json
import threading

import pytest

from compendium.run import execute, limit


def cell(text, kind="code", *tags):
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"id": "c", "cell_type": kind, "source": text, "metadata": {"tags": list(tags)}, **code}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run cells: what went wrong, and the cells as they were left."""
    monkeypatch.chdir(tmp_path)

    def run(*cells, parameters=None):
        given = [one if isinstance(one, dict) else cell(one) for one in cells]
        content = {"cells": given, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        error = execute.run_cells(str(tmp_path), content, parameters or {})
        return error, json.loads((tmp_path / "executed.ipynb").read_text())["cells"]

    return run


def outputs(cells):
    return [out for one in cells for out in one.get("outputs", [])]


def test_streams_and_the_value_of_the_last_line_are_kept(run):
    error, cells = run("import sys\nprint('a')\nprint('b', file=sys.stderr)\n1 + 1", "x = 3\nx;", "x")
    assert error is None
    out, err, two, three = outputs(cells)
    assert (out["name"], out["text"], err["name"], err["text"]) == ("stdout", ["a\n"], "stderr", ["b\n"])
    assert [one["data"]["text/plain"] for one in (two, three)] == [["2"], ["3"]]


def test_parameters_are_set_behind_their_cell(run):
    error, cells = run(
        cell("draws = 1\nname = 'a'", "code", "parameters"), "print(draws, name)", parameters={"draws": 2}
    )
    assert error is None
    assert cells[1]["source"] == ["# Parameters\n", "draws = 2\n"]
    assert outputs(cells)[0]["text"] == ["2 a\n"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("%time x = 1", "SyntaxError: invalid syntax"),
        ("raise ValueError('first\\nsecond')", "ValueError: first ..."),
        ("import sys\nsys.exit('the end')", "SystemExit: the end"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt:"),
        ("while True:\n    print('x' * 1000)", "TooMuch: printed more than"),
        ("import niche\nniche.claim('bone')", "NicheError: unknown claim 'bone'"),
    ],
)
def test_an_error_stops_the_notebook_and_names_its_cell(run, monkeypatch, code, said):
    monkeypatch.setattr(limit, "MOST", 10_000)
    error, cells = run("print('before')", cell("text", "markdown"), code, "print('the next cell')")
    assert (execute.Path(execute.CELL).read_text(), error.startswith(said)) == ("3", True)
    assert outputs(cells)[0]["text"] == ["before\n"]
    assert outputs(cells)[-1]["output_type"] == "error"
    assert not any("the next cell" in str(out) for out in outputs(cells))


def test_the_traceback_shows_the_line_of_the_cell(run):
    _, cells = run("def half(x):\n    return x / 0  # nobody can\n", "half(1)")
    told = "\n".join(outputs(cells)[-1]["traceback"])
    assert "<cell 1>" in told
    assert "return x / 0  # nobody can" in told


def test_another_thread_that_prints_too_much_fails_the_cell(run, monkeypatch):
    monkeypatch.setattr(limit, "MOST", 10_000)
    monkeypatch.setattr(threading, "excepthook", lambda *_: None)
    code = "import threading\nt = threading.Thread(target=lambda: print('x' * 20_000))\nt.start()\nt.join()"
    error, _ = run(code)
    assert "printed more than" in error


def test_figures_of_pyplot_are_kept_and_closed(run):
    code = "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    error, cells = run(code, "len(plt.get_fignums())")
    assert error is None
    picture, number = outputs(cells)
    assert picture["data"]["image/png"].startswith("iVBOR")
    assert number["data"]["text/plain"] == ["0"]
