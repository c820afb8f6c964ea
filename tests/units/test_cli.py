"""The command line: what it passes on, what it prints, and how it ends."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import niche
from compendium import run as compendium
from compendium.cli import main as cli
from compendium.cli.plain import escape_character
from compendium.run import Interrupted, Request
from niche.answering.claim import claim, claim_ids
from niche.errors import NicheError
from niche.inference import current, fitting, shipping


@pytest.fixture
def stand_in(monkeypatch):
    """Put something in the place of a module of niche that a command imports when it runs."""

    def put(name: str, **content):
        module = SimpleNamespace(**content)
        monkeypatch.setitem(sys.modules, name, module)
        package, _, last = name.rpartition(".")
        monkeypatch.setattr(importlib.import_module(package), last, module, raising=False)

    return put


def test_claims_as_a_table(capsys):
    assert cli.main(["claims"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("      papers          mechanism")
    assert all(f"{claim(name).number:02d}  {claim(name).title}" in said for name in claim_ids())


def test_claims_as_json(capsys):
    assert cli.main(["claims", "05c", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["id"] == "beta-adrenergic-osteoclastogenesis"
    assert [one["id"] for one in found["propositions"]] == ["05c"]


def test_an_error_is_one_line(capsys):
    assert cli.main(["claims", "crostalk"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("niche: unknown claim or proposition 'crostalk'; did you mean 'crosstalk'?")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NicheError("no such thing"), 2, "niche: no such thing\n"),
        (OSError(28, "No space left on device"), 2, "niche: [Errno 28] No space left on device\n"),
        (Interrupted(2), 130, "niche: stopped by SIGINT; nothing was changed\n"),
        (Interrupted(15, late=True), 143, "niche: stopped by SIGTERM; the results are in place\n"),
        (KeyboardInterrupt(), 130, "niche: stopped\n"),
    ],
)
def test_how_it_ends(monkeypatch, capsys, error, code, said):
    def fail(request):
        raise error

    monkeypatch.setattr(compendium, "reproduce", fail)
    monkeypatch.setattr(current, "posterior_warning", lambda: "")
    assert cli.main(["reproduce"]) == code
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("arguments", "request_"),
    [
        ([], Request()),
        (["a", "b", "--fast", "-j", "3"], Request(["a", "b"], fast=True, jobs=3)),
        (["-p", "x=1", "-p", "y=2", "-f", "m.yaml"], Request(settings=["x=1", "y=2"], files=[Path("m.yaml")])),
        (["--output", "o", "--timeout", "9.5"], Request(output=Path("o"), timeout=9.5)),
    ],
)
def test_what_reproduce_is_asked_for(monkeypatch, arguments, request_):
    asked = []
    monkeypatch.setattr(compendium, "reproduce", lambda request: asked.append(request) or 1)
    assert cli.main(["reproduce", *arguments]) == 1
    (found,) = asked
    assert {name: value or None for name, value in vars(found).items()} == {
        name: value or None for name, value in vars(request_).items()
    }


def test_what_fit_is_asked_for(monkeypatch, capsys):
    asked, row = [], {"rhat": 1.0049, "rhat_ensembles": 1.002, "ess_bulk": 500, "ess_tail": 400}
    found = SimpleNamespace(
        objective=SimpleNamespace(keys="abc"), chains=0, parts=0, sampler=0, table={"a": row}, acceptance=0.6, steps=65
    )
    monkeypatch.setattr(fitting, "fit_all", lambda **given: asked.append(given) or (found, {"code": {}}))
    monkeypatch.setattr(shipping, "ship", lambda *given: asked.append(given[4]))
    arguments = ["--starts", "3", "--seed", "0", "--minutes", "9.5", "--workers", "1", "--work", "w", "--restart"]
    assert cli.main(["fit", *arguments]) == 0
    assert cli.main(["fit"]) == 0
    first, made, second, _ = asked
    assert first == {"starts": 3, "seed": 0, "minutes": 9.5, "workers": 1, "work": Path("w"), "restart": True}
    assert second == {"work": None, "restart": False}
    assert (made["depends"], made["steps"], made["ess_tail_min"]) == ({"code": {}}, 65, 400)
    assert "3 parameters have converged after 65 steps" in capsys.readouterr().out


@pytest.mark.parametrize("failing", [True, False])
def test_confirm_says_what_still_holds(monkeypatch, capsys, failing):
    def confirm():
        if failing:
            raise NicheError("the shipped draws are not draws of the posterior of today")
        return ["niche/a.py", "niche/b.py", "niche/c.py", "niche/d.py"]

    monkeypatch.setattr(current, "confirm", confirm)
    monkeypatch.setattr("niche.analysis.vouch.confirm_stored", lambda kind: [])
    monkeypatch.setattr("niche.analysis.stored.is_made", lambda kind: kind == "sensitivity")
    monkeypatch.setattr(fitting, "fit_all", None)  # nothing is fitted
    assert cli.main(["fit", "--confirm"]) == int(failing)
    said = capsys.readouterr()
    if failing:
        assert "niche: the posterior: the shipped draws are not draws" in said.err
        assert said.out == ""  # what is made with them is not looked at
    else:
        assert "the posterior still holds, though niche/a.py, niche/b.py, niche/c.py and 1 more changed" in said.out
        assert "the table of sensitivity is current" in said.out
        assert "the table of mutants was not made yet" in said.out


def test_what_predict_is_asked_for(stand_in, capsys):
    """Files may be named with their option or by their ending; a row without a plan ends with 2."""
    asked = []

    def predict(rows, **given):
        asked.append((rows, given))
        return [SimpleNamespace(result=row if row != "A2" else None, to_dict=dict, warnings=()) for row in rows]

    stand_in("niche.analysis.predictions", predict_rows=predict, predictions_text=lambda one: f"text of {one.result}")
    assert cli.main(["predict", "A1", "mine.csv", "mine.yaml", "--draws", "7"]) == 0
    assert cli.main(["predict", "A1", "A2", "--json"]) == 2
    said = capsys.readouterr()
    assert said.out.startswith("text of A1\n[")
    plain = {"without": [], "prior": False, "line": None, "strain": None}
    files = {"evidence": Path("mine.csv"), "experiment": Path("mine.yaml")}
    assert asked[0] == (["A1"], {**files, **plain, "draws": 7, "seed": 1})
    assert asked[1][1]["evidence"] is None
    assert cli.main(["predict", "a.csv", "--evidence", "b.csv"]) == 2
    assert "give one file with --evidence" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["unheard-of"], ["reproduce", "--draws", "3"], ["predict", "--seed", "x"]])
def test_wrong_arguments(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2
    assert "usage: niche" in capsys.readouterr().err


def test_help_is_quick():
    """It imports nothing that only a command needs."""
    script = (
        "import sys, runpy\nsys.argv = ['niche', '--help']\n"
        "try:\n    runpy.run_module('compendium', run_name='__main__')\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "slow = {'numba', 'xarray', 'scipy', 'pandas', 'matplotlib', 'papermill', 'nbformat', 'compendium.run'}\n"
        "assert not slow & set(sys.modules), slow & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for command in ("reproduce", "claims", "predict", "fit"):
        assert command in done.stdout


@pytest.mark.parametrize("name", ["05", "5", "05_beta-adrenergic-osteoclastogenesis", "notebooks/05_{}.ipynb"])
def test_a_claim_may_be_named_by_its_number_or_its_notebook(name):
    wanted = "beta-adrenergic-osteoclastogenesis"
    assert niche.claim(name.format(wanted)).id == wanted


def test_a_number_or_notebook_that_is_none_is_told_the_nearest():
    with pytest.raises(NicheError, match="unknown claim 'viscious-cycle'; did you mean 'vicious-cycle'"):
        niche.claim("02_viscious-cycle.ipynb")
    with pytest.raises(NicheError, match=r"unknown claim '99'\. Allowed"):
        niche.claim("99")


def run_niche(*arguments, **environment):
    """The command as it is typed, in a process of its own."""
    command = [sys.executable, "-m", "compendium", *arguments]
    return subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_nobody_reads_any_more():
    """As in `niche drugs | head -1`: it ends without a word."""
    with run_niche("drugs") as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_a_terminal_that_knows_ascii_alone_gets_plain_characters():
    out, err = run_niche("predict", "SB06", "--draws", "5", PYTHONIOENCODING="ascii").communicate()
    assert "Traceback" not in err
    assert "+/-" in out
    found = escape_character(UnicodeEncodeError("ascii", "2 µm ± é", 2, 8, "no"))
    assert found == ("um +/- e", 8)
    assert escape_character(UnicodeEncodeError("ascii", "水", 0, 1, "no")) == ("?", 1)


def test_output_of_a_sweep_has_its_short_option(tmp_path, capsys):
    spec = Path(__file__).parents[2] / "docs/examples/none.yaml"
    assert cli.main(["sweep", str(spec), "-o", str(tmp_path)]) == 2
    assert "none.yaml" in capsys.readouterr().err
