"""`niche reproduce --changed`: what is the same is not run again, whatever else changes is named and run."""

import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from test_compendium import PARAMETERS, RESULT, Registry, committed, no_kernel, notebook, repository  # noqa: F401

import niche
from compendium.run import Request, changed, job_runner, publish, reproduce
from compendium.run import trace_inputs as reached
from compendium.run.inventory import Inventory
from niche.errors import NicheError
from niche.evidence.plans import read_experiments
from niche.params.records import read_yaml
from niche.provenance import parameters_hash

ROOT = Path(niche.__file__).resolve().parents[1]


@pytest.fixture
def stored(repository, no_kernel, monkeypatch):  # noqa: F811
    """A repository with two claims, both run: "alpha" looked up a line, a row and a plan; "beta" read a file."""
    root, run = repository(alpha=[], beta=[]), job_runner.run_jobs
    for folder in ("model", "lines", "evidence", "experiments", "trials"):
        shutil.copytree(ROOT / "params" / folder, root / "params" / folder)
    (root / "requirements.lock").write_text("numpy==2\n")
    params = root / "params"
    opened = [["", params / "model/bone.yaml"], ["lines", params / "lines/breast.yaml"], ["", root / "figures/x.csv"]]
    looked_up = [["lines", "*"], ["lines", "MDA-231-luc"], ["evidence", "VC27"], ["experiments", "VC27"]]
    traces = {
        "01_alpha": {"opened": opened, "entries": looked_up, "started": []},
        "02_beta": {"opened": [["", params / "trials/hazards.yaml"], ["", params / "gone.csv"]]},
    }

    def traced(jobs, count, folder, ended, waiting):
        def leave_trace(outcome):
            content = {"listed": [str(params / "model")], "started": [], "entries": []} | traces[outcome.name]
            outcome.executed.with_name(reached.FILE).write_text(json.dumps(content, default=str))
            ended(outcome)

        run(jobs, count, folder, leave_trace, waiting)

    monkeypatch.setattr(job_runner, "run_jobs", traced)
    assert reproduce(Request(), root, Registry("alpha", "beta")) == 0
    no_kernel.clear()
    return root


def ran(root: Path, no_kernel: list) -> list[str]:  # noqa: F811
    no_kernel.clear()
    assert reproduce(Request(changed=True), root, Registry("alpha", "beta")) == 0
    return [job.name[3:] for job in no_kernel]


def test_nothing_changed(stored, no_kernel):  # noqa: F811
    before = committed(stored)
    assert ran(stored, no_kernel) == []
    assert committed(stored) == before
    text = (stored / "figures/made-of.json").read_text()
    assert set(json.loads(text)["notebooks"]) == {"alpha", "beta"}
    assert not (stored / "figures/alpha/inputs.json").exists()
    assert str(stored) not in text
    assert str(ROOT) not in text
    assert reproduce(Request(), stored, Registry("alpha", "beta")) == 0
    assert committed(stored) == before  # two runs, the same bytes


def edit(name: str, old: str, new: str):
    return lambda root: (root / name).write_text((root / name).read_text().replace(old, new))


@pytest.mark.parametrize(
    ("change", "who", "said"),
    [
        (edit("params/lines/breast.yaml", "value: 0.41,", "value: 0.42,"), "alpha", "params/lines: MDA-231-luc"),
        (edit("params/lines/breast.yaml", "value: 0.19,", "value: 0.18,"), "", ""),  # MDA-231-RANK
        (edit("params/lines/breast.yaml", "# One entry", "# An entry"), "", ""),
        (edit("params/lines/breast.yaml", "  MDA-231-RANK:", "  other:"), "alpha", "params/lines: the list of names"),
        (edit("params/model/bone.yaml", "0.1", "0.2"), "alpha", "params/model/bone.yaml"),
        (edit("params/trials/hazards.yaml", "0.1", "0.2"), "beta", "params/trials/hazards.yaml"),
        (edit("params/trials/cohorts.yaml", "0.1", "0.2"), "", ""),
        (lambda root: (root / "params/model/new.yaml").write_text("a: 1\n"), "alpha beta", "files in params/model"),
        (lambda root: (root / "params/trials/new.yaml").write_text("a: 1\n"), "beta", "files in params/trials"),
        (lambda root: (root / "params/trials/hazards.yaml").unlink(), "beta", "params/trials/hazards.yaml (gone)"),
        (lambda root: (root / "params/gone.csv").write_text("a\n"), "beta", "params/gone.csv"),
        (lambda root: (root / "figures/alpha/result.csv").write_text("a"), "alpha", "result result.csv"),
        (lambda root: (root / "figures/made-of.json").write_text("[]"), "alpha beta", "made-of.json is not readable"),
        (lambda root: (root / "figures/made-of.json").unlink(), "alpha beta", "not in figures/made-of.json"),
        (edit("figures/made-of.json", '"beta": {', '"gamma": {'), "beta", "not in figures/made-of.json"),
        (edit("params/model/bone.yaml", "source:", "# a comment\nsource:"), "", ""),
        (edit("requirements.lock", "2", "3"), "alpha beta", "version of lock"),
        (edit("notebooks/02_beta.ipynb", "Result of", "Name of"), "beta", "its code"),
        (edit("notebooks/02_beta.ipynb", '"outputs": []', '"outputs": [{"output_type": "x"}]'), "beta", "outputs of"),
    ],
)
def test_what_changed_runs_again(stored, no_kernel, capsys, change, who, said):  # noqa: F811
    capsys.readouterr()
    change(stored)
    assert ran(stored, no_kernel) == who.split()
    assert said in capsys.readouterr().out
    named = json.loads((stored / "figures/made-of.json").read_text())["parameters_sha256"]
    assert named == parameters_hash(stored)


def test_a_row_depends_on_its_experiment_and_on_the_other_rows_read_in_it(stored):
    """The days that one row reads are days on which every arm is read out; another experiment does not matter."""
    folder = stored / "params/experiments"
    before = Inventory(stored, ROOT)
    plans = read_experiments()
    mates = [row for row, plan in plans.items() if plan.experiment == plans["VC27"].experiment and row != "VC27"]
    assert mates
    (file,) = (f for f in folder.glob("*.yaml") if mates[0] in (read_yaml(f).get("rows") or {}))
    content = read_yaml(file)
    content["rows"][mates[0]]["label"] = "another"
    file.write_text(yaml.safe_dump(content))
    after = Inventory(stored, ROOT)
    assert after.entry("experiments", mates[0]) != before.entry("experiments", mates[0])
    assert after.entry("experiments", "VC27") != before.entry("experiments", "VC27")
    assert after.entry("experiments", "SB02") == before.entry("experiments", "SB02") != "gone"


def test_nothing_is_known_of_another_process(stored):
    """Then everything counts."""
    stock = Inventory(stored, ROOT)
    trace = {"listed": [], "opened": [], "entries": [], "started": ["os.fork"]}
    from compendium.run.plan import plan_run

    _, tasks = plan_run(Request(), stored, Registry("alpha", "beta"))
    found = changed.notebook_key(tasks[0], trace, stock, {})
    assert {"params/trials/cohorts.yaml", "params/lines/lung.yaml"} <= set(found["files"])
    assert "compendium.claims.synergy" in found["code"]


def test_it_compares_with_the_committed_results_only(stored):
    with pytest.raises(NicheError, match="goes without --fast"):
        reproduce(Request(changed=True, fast=True), stored, Registry("alpha", "beta"))
    with pytest.raises(NicheError, match="did you mean 'alpha'"):
        reproduce(Request(["alpah"], changed=True), stored, Registry("alpha", "beta"))


def test_it_is_quick(stored):
    """With nothing to run nothing is imported that only runs need; processor time, as other programs may run."""
    script = (
        f"import sys, time\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom pathlib import Path\n"
        "from types import SimpleNamespace\nfrom niche.answering import claim as claims\n"
        "from compendium.run import Request, reproduce\n"
        "class Two:\n    ids = ('alpha', 'beta')\n    claim_ids = lambda self: self.ids if claims.claim_ids() else ()\n"
        "    def claim(self, name):\n        number = self.ids.index(name) + 1\n"
        "        return SimpleNamespace(id=name, notebook=f'{number:02}_{name}.ipynb')\n"
        f"assert reproduce(Request(changed=True), Path({str(stored)!r}), Two()) == 0\n"
        "slow = {'numba', 'xarray', 'scipy', 'pandas', 'matplotlib', 'papermill', 'nbformat', 'ipykernel'}\n"
        "assert not slow & set(sys.modules), slow & set(sys.modules)\nassert time.process_time() < 3\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 notebooks with the inputs of the stored results" in done.stdout


def test_what_changed_is_named_and_not_run(stored, no_kernel, capsys):  # noqa: F811
    """For `./check`: names alone on standard output, reasons on the other one."""
    registry = Registry("alpha", "beta")
    assert reproduce(Request(changed=True, listed=True), stored, registry) == 0
    assert capsys.readouterr().out.split() == []
    path = stored / "notebooks/02_beta.ipynb"
    path.write_text(path.read_text().replace("Result of", "Name of"))
    assert reproduce(Request(changed=True, listed=True), stored, registry) == 0
    said = capsys.readouterr()
    assert said.out.split() == ["notebooks/02_beta.ipynb"]
    assert "its code" in said.err
    assert not no_kernel
    assert reproduce(Request(listed=True), stored, registry) == 0
    assert capsys.readouterr().out.split() == ["notebooks/01_alpha.ipynb", "notebooks/02_beta.ipynb"]
    assert not no_kernel
    with pytest.raises(NicheError, match="--list names notebooks with committed results"):
        reproduce(Request(listed=True, fast=True), stored, registry)


def test_long_notebooks_begin_first_and_the_report_keeps_its_order(stored, no_kernel, monkeypatch):  # noqa: F811
    loop = importlib.import_module("compendium.run.loop")

    assert set(loop.LONG) <= set(niche.claim_ids())
    monkeypatch.setattr(loop, "LONG", ("beta",))
    assert reproduce(Request(), stored, Registry("alpha", "beta")) == 0
    assert [job.name for job in no_kernel] == ["02_beta", "01_alpha"]
    claims = json.loads((stored / "figures/report.json").read_text())["claims"]
    assert [one["id"] for one in claims] == ["alpha", "beta"]


# What cannot be done ends clearly, and touches nothing


def test_a_parameters_cell_that_computes(stored, no_kernel):  # noqa: F811
    path = stored / "notebooks/01_alpha.ipynb"
    content = notebook(RESULT.format(id="alpha", value=2), parameters=PARAMETERS + "\nhalf = draws / 2")
    path.write_text(json.dumps(content))
    before = committed(stored)
    for request in (Request(), Request(changed=True), Request(fast=True)):
        with pytest.raises(NicheError, match=r"01_alpha.ipynb, parameters cell, line 8: only 'name = literal'"):
            reproduce(request, stored, Registry("alpha", "beta"))
    assert committed(stored) == before
    assert not no_kernel


def test_a_figure_folder_without_write_permission(stored, no_kernel, monkeypatch):  # noqa: F811
    """Said before anything is computed."""
    access, closed = os.access, stored / "figures/beta"
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed and access(path, mode))
    before = committed(stored)
    with pytest.raises(NicheError, match="figures/beta cannot be written to"):
        reproduce(Request(), stored, Registry("alpha", "beta"))
    assert not no_kernel
    assert committed(stored) == before


def test_results_that_cannot_all_be_moved_are_moved_back(tmp_path, monkeypatch):
    old, gone, new = tmp_path / "old", tmp_path / "gone", tmp_path / "new"
    old.write_bytes(b"1")
    gone.write_bytes(b"2")
    move = Path.replace

    def refuse(path, target):
        if target == new:
            raise PermissionError("not here")
        return move(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        publish.put_in_place({old: b"changed", new: b"3"}, tmp_path / "near", [gone])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == {
        "old": b"1",
        "gone": b"2",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "while True:\n    print('x' * 1000)",
        "import subprocess\nsubprocess.run(['yes', 'x' * 1000])",
        "from IPython.display import display, HTML\nwhile True:\n    display(HTML('x' * 100_000))",
    ],
)
def test_a_kernel_that_prints_a_gigabyte(repository, capsys, code):  # noqa: F811
    root = repository(alpha=[code])
    before, began = committed(root), time.monotonic()
    assert reproduce(Request(timeout=500), root, Registry("alpha")) == 1
    assert time.monotonic() - began < 300
    assert committed(root) == before
    assert "printed more than 20,000,000 characters" in capsys.readouterr().err
    (left,) = (root / "scratch").iterdir()
    assert sum(path.stat().st_size for path in left.rglob("*") if path.is_file()) < 200e6


# With kernels, the model and its parameters: a copy of niche whose params/ may be changed

ROWS = {"beta-adrenergic-osteoclastogenesis": "SB02", "tumour-types": "VC27"}


@pytest.fixture
def copy(tmp_path):
    for name in ("niche", "compendium", "params"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "README.md").write_text("<!-- claims -->\n<!-- /claims -->\n")
    (tmp_path / "params/runs/full.yaml").write_text("draws: 3\nseed: 1\n")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "figures").mkdir()
    for claim, row in ROWS.items():
        one = niche.claim(claim)
        imports = "import niche\nfrom niche.evidence.laboratory import Laboratory"
        code = f'{imports}\nprint(Laboratory(draws, seed, "prior").effect("{row}"))'
        content = notebook(code, RESULT.format(id=claim, value=1), parameters='draws = 3\nseed = 1\nout = ""')
        (tmp_path / "notebooks" / one.notebook).write_text(json.dumps(content))
    return tmp_path


def again(root: Path) -> dict[str, str]:
    """Claims that ran again and why, from what `niche reproduce --changed` prints."""
    command = [sys.executable, "-P", "-m", "compendium", "reproduce", "--changed", *ROWS]
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line.partition("  changed: ") for line in done.stdout.splitlines()]
    return {name.strip()[3:]: why for name, found, why in lines if found}


@pytest.mark.slow
def test_only_what_depends_on_a_parameter_runs_again(copy):
    """And what is not run again would not have come out otherwise: all numbers that it did not look up are changed."""
    first, second = ROWS
    assert set(again(copy)) == {first, second}
    assert again(copy) == {}
    shown = {claim: (copy / "notebooks" / niche.claim(claim).notebook).read_text() for claim in ROWS}
    edit("params/drugs/beta.yaml", "isoprenaline:", "isoprenaline: # as it is")(copy)
    assert again(copy) == {}
    edit("params/lines/breast.yaml", "value: 0.41,", "value: 0.42,")(copy)
    assert again(copy) == {second: "params/lines: MDA-231-luc"}
    # Every number of every line, drug and condition that the first claim did not look up, ten per cent higher.
    used = json.loads((copy / "figures/made-of.json").read_text())["notebooks"][first]["entries"]
    script = (
        "import sys, yaml\nfrom pathlib import Path\nfrom niche.params.records import read_yaml\n"
        f"used, root = {used!r}, Path({str(copy)!r})\n"
        "for table in ('lines', 'drugs', 'conditions'):\n"
        "    for file in (root / 'params' / table).glob('*.yaml'):\n"
        "        content = read_yaml(file)\n"
        "        for name, entry in content[table].items():\n"
        "            for block in ('parameters', 'dosing', 'inputs'):\n"
        "                for number in (entry.get(block) or {}).values() if name not in used[table] else ():\n"
        "                    number['value'] = min(number['value'] * 1.1, number['range'][1])\n"
        "                    number.pop('prior', None)\n"
        "        file.write_text(yaml.safe_dump(content, sort_keys=False))\n"
    )
    subprocess.run([sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": str(copy)}, check=True)
    assert first not in again(copy)
    (copy / "figures/made-of.json").unlink()
    assert set(again(copy)) == {first}
    assert (copy / "notebooks" / niche.claim(first).notebook).read_text() == shown[first]
