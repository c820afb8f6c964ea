"""The reviewer's report: it holds where nothing was changed, names what was, and says how a kernel ended."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from test_compendium import Registry

from compendium.review import codecheck, compare, environment, inputs, page
from compendium.review.run import review
from compendium.run import job_runner, made_of, source
from niche.errors import NicheError
from niche.provenance import digest_bytes

ROOT = Path(__file__).resolve().parents[2]
EVIL = "<script>alert(1)</script>|<img src=http://x.invalid/a.png>"
# A notebook that reads a parameter and an evidence row, and leaves what the real ones leave.
MAKE = """import csv, hashlib, json
from pathlib import Path
from PIL import Image
folder = Path(out) / "{id}"
folder.mkdir(parents=True, exist_ok=True)
params = Path("{root}") / "params"
with open(params / "evidence" / "rows.csv") as file:
    row = next(csv.DictReader(file))
gain = float((params / "model" / "gains.yaml").read_text().split("value: ")[1].split(",")[0])
data = f"day,cells\\n0,1\\n7,{{gain}}\\n".encode()
entry = {{"caption": "Cells.", "csv_sha256": hashlib.sha256(data).hexdigest()}}
manifest = json.dumps({{"claim": "{id}", "figures": {{"cells": entry}}}})
done = (folder / "cells.csv").write_bytes(data)
done = (folder / "manifest.json").write_text(manifest), Image.new("RGB", (8, 4)).save(folder / "cells.png")"""


def notebook(code: str) -> str:
    def cell(text: str, *tags: str) -> dict:
        metadata = {"tags": list(tags)} if tags else {}
        return {"cell_type": "code", "metadata": metadata, "source": text, "outputs": [], "execution_count": None}

    cells = [cell('draws = 20\nseed = 1\nout = ""', "parameters"), cell(code)]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def repository(tmp_path):
    """A small repository whose results were committed together with their inputs."""
    root = tmp_path / "a repository"

    def make(*names: str, note: str = "a note", code: str = "") -> Path:
        for folder in ("notebooks", "figures", "params/runs", "params/evidence", "params/model", "niche"):
            (root / folder).mkdir(parents=True)
        (root / "params/runs/full.yaml").write_text("draws: 20\nseed: 1\n")
        (root / "params/runs/fast.yaml").write_text("draws: 4\n")
        (root / "params/evidence/rows.csv").write_text(f"id,value,notes\nR1,2.0,{note}\nR2,5.0,other\n")
        (root / "params/model/gains.yaml").write_text(
            "parameters:\n  gain: {value: 2.5, unit: fold}\n  rest: {value: 1}\n"
        )
        (root / "niche/model.py").write_text("x = 1\n")
        (root / "reproduce").write_text("#!/bin/sh\n")
        (root / "requirements.lock").write_text("numpy==0.0.1 \\\n    --hash=sha256:0\n")
        (root / "LICENSE").write_text("MIT\n")
        cff = {"title": "A compendium", "version": "1.0", "license": "MIT", "authors": [{"name": "The authors"}]}
        (root / "CITATION.cff").write_text(yaml.safe_dump(cff))
        for number, name in enumerate(names, 1):
            path = root / f"notebooks/{number:02}_{name}.ipynb"
            path.write_text(notebook(code or MAKE.format(id=name, root=root)))
            if not code:
                execute(json.loads(path.read_text()), {"out": str(root / "figures")})
        (root / "figures/made-of.json").write_text(made_of.made_of_text(root))
        return root

    return make


def execute(content: dict, parameters: dict) -> None:
    values: dict = {}
    for entry in content["cells"]:
        exec(entry["source"], values)
        values |= parameters if "parameters" in entry["metadata"].get("tags", []) else {}


@pytest.fixture
def no_kernel(monkeypatch):
    """Notebooks run here, without a kernel."""

    def ran(jobs, count, folder, ended, waiting):
        for job in jobs:
            execute(job.notebook, job.parameters)
            executed = folder / job.name / "executed.ipynb"
            executed.parent.mkdir(parents=True)
            executed.write_text(source.write_notebook(job.notebook))
            ended(job_runner.JobOutcome(job.name, 0.1, executed, None))

    monkeypatch.setattr(job_runner, "run_jobs", ran)
    monkeypatch.setattr(environment, "installed_versions", lambda: {"numpy": "2.0"})  # it reads a file of each package


def committed(root: Path) -> dict:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def read(folder: Path) -> dict:
    return json.loads((folder / "review.json").read_text(encoding="utf-8"))


@pytest.mark.usefixtures("no_kernel")
def test_a_clean_clone_holds_and_is_not_touched(repository, tmp_path, capsys):
    root = repository("alpha", "beta")
    before = committed(root)
    assert review((), tmp_path / "out", root=root, registry=Registry("alpha", "beta")) == 0
    assert committed(root) == before
    found = read(tmp_path / "out")
    assert found["holds"]
    assert not [one for one in found["findings"] if one["counts"]]
    assert [one["id"] for one in found["claims"]] == ["alpha", "beta"]
    numpy = [one for one in found["findings"] if one["where"] == "numpy"]
    assert numpy[0]["committed"] == "0.0.1"  # the lock asks for it, another is installed; told, but it does not count
    assert "✓ It holds" in (tmp_path / "out/review.html").read_text(encoding="utf-8")
    assert "It holds" in capsys.readouterr().out


@pytest.mark.usefixtures("no_kernel")
@pytest.mark.parametrize("fast", [False, True])
def test_names_an_evidence_value_a_parameter_and_a_figure(repository, tmp_path, fast):
    """Each was altered by hand by one number; a fast run compares no numbers and still names all three."""
    root = repository("alpha", "beta")
    for path, old, new in (
        ("params/evidence/rows.csv", "R2,5.0", "R2,6.5"),  # a row that no notebook reads
        ("params/model/gains.yaml", "rest: {value: 1}", "rest: {value: 3}"),  # nor this
        ("figures/beta/cells.csv", "7,2.5", "7,2.6"),
    ):
        text = (root / path).read_text()
        assert text.count(old) == 1
        (root / path).write_text(text.replace(old, new))
    assert review((), tmp_path / "out", fast=fast, root=root, registry=Registry("alpha", "beta")) == 1
    counted = [one for one in read(tmp_path / "out")["findings"] if one["counts"]]
    named = {(one["where"], one["what"].partition(":")[0], one["committed"], one["now"]) for one in counted}
    stored = ("figures/beta/cells.csv", "not what was saved with the figure", "", "")
    wanted = {("params/evidence/rows.csv", "R2", "5.0", "6.5"), ("params/model/gains.yaml", "rest", "1", "3"), stored}
    if not fast:
        wanted.add(("figures/beta/cells.csv", "row 2, column cells", "2.6", "2.5"))
    assert named == wanted
    for name in ("review.html", "review.md"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8").replace("\\", "")
        assert all(name in text for name in ("R2", "6.5", "gains.yaml", "rest", "figures/beta/cells.csv"))


@pytest.mark.usefixtures("no_kernel")
def test_a_parameter_that_matters_moves_numbers_beyond_tolerance(repository, tmp_path):
    root = repository("alpha")
    path = root / "params/model/gains.yaml"
    path.write_text(path.read_text().replace("2.5", "2.6"))
    assert review((), tmp_path / "out", root=root, registry=Registry("alpha")) == 1
    found = {(one["kind"], one["where"]) for one in read(tmp_path / "out")["findings"] if one["counts"]}
    assert found == {("input", "params/model/gains.yaml"), ("figure", "figures/alpha/cells.csv")}


@pytest.mark.usefixtures("no_kernel")
def test_two_runs_differ_in_times_only(repository, tmp_path):
    root = repository("alpha")
    (root / "params/model/gains.yaml").write_text("parameters:\n  gain: {value: 2.6, unit: fold}\n")
    for name in ("one", "two"):
        review((), tmp_path / name, root=root, registry=Registry("alpha"))
    one, two = (
        {p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()}
        for f in (tmp_path / "one", tmp_path / "two")
    )
    assert one.keys() == two.keys()
    marked = {
        "review.html": rb'<section id="times">.*?</section>',
        "review.md": rb"\n## Times\n.*",
        "review.json": rb'"times": \{.*',
        "codecheck.yml": rb"check_time: .*\n$",
        "ro-crate-metadata.json": rb'"(startTime|endTime|datePublished)": "[^"]*"',
    }
    for path, data in one.items():
        pattern = marked.get(path.as_posix())
        pair = [re.sub(pattern, b"", each, flags=re.DOTALL) if pattern else each for each in (data, two[path])]
        assert pair[0] == pair[1], path
        assert pattern is None or pair[0] != data, f"{path} has no times"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.usefixtures("no_kernel")
def test_escapes_whatever_the_inputs_contain(repository, tmp_path):
    root = repository("alpha", note=EVIL)
    with (root / "params/evidence/rows.csv").open("a") as file:
        file.write(f"{EVIL},1,\n")
    review((), tmp_path / "out", root=root, registry=Registry("alpha", statement=EVIL, sentence=EVIL))
    parser = _Tags()
    written = (tmp_path / "out/review.html").read_text(encoding="utf-8")
    parser.feed(written)
    assert written.count("alert(1)") >= 3
    assert not {"script", "link", "iframe"} & {tag for tag, _ in parser.tags}
    for tag, attributes in parser.tags:
        assert attributes.get("src", "data:").startswith("data:")
        assert re.match(r"https://doi\.org/|#|$", attributes.get("href") or ""), (tag, attributes)
    plain = (tmp_path / "out/review.md").read_text(encoding="utf-8")
    assert "<script" not in plain
    assert "<img" not in plain


def test_a_folder_that_is_not_empty_is_refused(repository, tmp_path):
    root = repository("alpha")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    with pytest.raises(NicheError, match="not empty"):
        review((), tmp_path / "out", root=root, registry=Registry("alpha"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
    with pytest.raises(NicheError, match="committed results"):
        review((), root / "figures/new", root=root, registry=Registry("alpha"))
    with pytest.raises(NicheError, match="did you mean 'alpha'"):
        review(("alfa",), tmp_path / "new", root=root, registry=Registry("alpha"))
    assert not (tmp_path / "new").exists()


# CODECHECK: what the specification gives as its minimal example, and one break for each rule

MINIMAL = """---
version: https://codecheck.org.uk/spec/config/2.0/

manifest:
  - file: fig1.pdf

paper:
  title: "A good paper"
  authors:
    - name: Josiah Carberry
      ORCID: 0000-0002-1825-0097
  reference: https://doi.org/preprint.1

codechecker:
  - name: S. Eglen
    ORCID: 0000-0001-8607-8025

report: https://doi.org/abcde.12345
summary: |
  All material was provided and the figures could be reproduced.
certificate: 2026-001
"""


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("", "", None),
        ("---\n", "", "CC-CFG-002"),
        ("manifest:", "list:", "CC-CFG-004"),
        ("- file: fig1", "- path: fig1", "CC-CFG-005"),
        ("fig1.pdf", "/fig1.pdf", "CC-CFG-006"),
        ("fig1.pdf", "../fig1.pdf", "CC-CFG-006"),
        ("fig1.pdf", "fig2.pdf", "CC-BUN-001"),
        ("codechecker:", "checker:", "CC-CFG-008"),
        ("name: S. Eglen", "called: x", "CC-CFG-009"),
        ("report:", "certified:", "CC-CFG-011"),
        ("config/2.0/", "config/9/", "CC-CFG-015"),
        ("paper:", "article:", "CC-CFG-016"),
        ("title:", "heading:", "CC-CFG-017"),
        ("authors:", "by:", "CC-CFG-018"),
        ("0000-0002-1825-0097", "0000-0002-1825-0098", "CC-CFG-020"),
        ("reference:", "where:", "CC-CFG-021"),
        ("abcde.12345", "zenodo.FIXME", "CC-CFG-023"),
        ("summary:", "said:", "CC-CFG-024"),
        ("certificate:", "number:", "CC-CFG-025"),
        ("2026-001", "26-1", "CC-CFG-026"),
        ("0000-0001-8607-8025", "0000-0001-8607-8026", "CC-MET-001"),
    ],
)
def test_codecheck_rules(tmp_path, old, new, rule):
    (tmp_path / "codecheck").mkdir()
    for name in ("fig1.pdf", "LICENSE"):
        (tmp_path / name).touch()
    (tmp_path / "codecheck.yml").write_text(MINIMAL.replace(old, new, 1) if old else MINIMAL)
    unmet = [one.rule for one in codecheck.unmet(tmp_path / "codecheck.yml")]
    assert unmet == [] if rule is None else rule in unmet


def test_one_codechecker_needs_no_list(tmp_path):
    file = tmp_path / "people.yaml"
    file.write_text("codechecker: {name: Josiah Carberry, ORCID: 0000-0002-1825-0097}\n")
    assert codecheck.given(file) == {
        "codechecker": [{"name": "Josiah Carberry", "ORCID": "0000-0002-1825-0097"}],
    }


@pytest.mark.usefixtures("no_kernel")
def test_codecheck_yml_leaves_open_what_only_people_can_say(repository, tmp_path):
    root = repository("alpha")
    review((), tmp_path / "one", root=root, registry=Registry("alpha"))
    errors = {one["rule"] for one in read(tmp_path / "one")["open"] if one["severity"] == "error"}
    assert errors == {"CC-CFG-008", "CC-CFG-011", "CC-CFG-020", "CC-CFG-025"}
    said = yaml.safe_load(MINIMAL)
    keep = {key: said[key] for key in ("paper", "codechecker", "report", "certificate")}
    (tmp_path / "said.yaml").write_text(yaml.safe_dump(keep))
    review((), tmp_path / "two", said=tmp_path / "said.yaml", root=root, registry=Registry("alpha"))
    assert read(tmp_path / "two")["open"] == []
    (tmp_path / "said.yaml").write_text("certifcate: 2026-001\n")
    with pytest.raises(NicheError, match="did you mean 'certificate'"):
        review((), tmp_path / "three", said=tmp_path / "said.yaml", root=root, registry=Registry("alpha"))


# RO-Crate: read with rocrate, judged by roc-validator


def validate(folder: Path, monkeypatch) -> list[str]:
    """The MUST requirements of Workflow Run Crate 0.5 that a crate does not meet, without a network."""
    import rocrate
    from rocrate_validator import models, services
    from rocrate_validator.utils.http import HttpRequester

    # The context comes with rocrate, for RO-Crate 1.3; these terms were others in 1.1.
    context = json.loads((Path(rocrate.__file__).parent / "data/ro-crate.jsonld").read_text(encoding="utf-8"))
    address = "https://bioschemas.org/"
    context["@context"] |= {name: address + name for name in ("ComputationalWorkflow", "FormalParameter")}
    context["@context"] |= {name: f"{address}properties/{name}" for name in ("input", "output")}
    answer = SimpleNamespace(
        status_code=200,
        ok=True,
        headers={"Content-Type": "application/ld+json"},
        json=lambda: context,
        text=json.dumps(context),
        content=json.dumps(context).encode(),
        raise_for_status=lambda: None,
        history=(),
    )
    for name in ("get", "head"):
        monkeypatch.setattr(HttpRequester, name, lambda self, url, **more: answer, raising=False)
    settings = services.ValidationSettings(
        rocrate_uri=str(folder), profile_identifier="workflow-run-crate", requirement_severity=models.Severity.REQUIRED
    )
    return [str(issue.message) for issue in services.validate(settings).get_issues()]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("no_kernel")
def test_the_crate_is_a_workflow_run_crate(repository, tmp_path, monkeypatch):
    out = tmp_path / "out"
    review((), out, root=repository("alpha"), registry=Registry("alpha"))
    assert validate(out, monkeypatch) == []
    graph = {one["@id"]: one for one in json.loads((out / "ro-crate-metadata.json").read_text())["@graph"]}
    assert graph["#run"]["instrument"] == graph["./"]["mainEntity"] == {"@id": "inputs/reproduce"}
    assert {"@id": "codecheck/figures/alpha/cells.csv"} in graph["#run"]["result"]
    assert graph["inputs/params/model/gains.yaml"]["sha256"] == read(out)["inputs"]["params/model/gains.yaml"]
    text = (out / "ro-crate-metadata.json").read_text().replace('"additionalType"', '"otherType"')
    (out / "ro-crate-metadata.json").write_text(text)
    assert any("additionalType" in one for one in validate(out, monkeypatch))


# Comparing


def test_a_picture_that_was_painted_over(tmp_path):
    from PIL import Image

    for name, colour in (("old", "white"), ("new", "white")):
        folder = tmp_path / name
        folder.mkdir()
        picture = Image.new("RGB", (10, 10), colour)
        if name == "old":
            picture.putpixel((3, 3), (0, 0, 0))
        picture.save(folder / "f.png")
        (folder / "f.csv").write_text("a\n1\n")
    (found,) = compare.figures("c", tmp_path / "old", tmp_path / "new", True)
    assert (found.where, found.now, found.counts) == ("figures/c/f.png", "1 % of the pixels", True)


def test_a_lock_with_markers(tmp_path):
    lines = [
        "Aa.b==1.0 \\",
        "win==2 ; sys_platform == 'nowhere' \\",
        "    --hash=x",
        "yes==3 ; python_version > '3' \\",
    ]
    (tmp_path / "requirements.lock").write_text("\n".join(lines))
    assert environment.locked_versions(tmp_path / "requirements.lock") == {"aa-b": "1.0", "yes": "3"}


def test_other_wording_of_inputs_does_not_count(repository):
    root = repository("alpha")
    before = made_of.read_inputs(root)
    path = root / "params/model/gains.yaml"
    path.write_text("# a comment\n" + path.read_text())
    (root / "niche/model.py").write_text("x = 2\n")
    found = list(inputs.input_differences(before, made_of.read_inputs(root), set()))
    assert [(one.where, one.counts) for one in found] == [("niche/model.py", False), ("params/model/gains.yaml", False)]
    assert digest_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # FIPS 180-4


# Kernels that end badly, and the real thing


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os._exit(1)", "kernel died"),
        ("while True: pass", "longer than 3 s"),
        ("for _ in range(1000): print('x' * 1_000_000)", "printed more than"),
    ],
)
def test_a_kernel_that_ends_badly(repository, tmp_path, code, said):
    root = repository("alpha", code=code)
    before = committed(root)
    assert (
        review((), tmp_path / "out", timeout=3 if "while" in code else 60, root=root, registry=Registry("alpha")) == 1
    )
    found = read(tmp_path / "out")
    assert said in found["claims"][0]["error"]
    assert found["findings"][0]["kind"] == "failed"
    assert "Did not run" in (tmp_path / "out/review.html").read_text(encoding="utf-8")
    assert committed(root) == before
    assert not list(tmp_path.glob(".review-*"))


@pytest.mark.slow
def test_one_real_claim_from_a_copy(tmp_path):
    """A copy of the repository, its record made anew; then three things altered by hand."""
    copy = tmp_path / "copy"
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("niche", "compendium", "params"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignore)
    (copy / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks/01_remodelling-balance.ipynb", copy / "notebooks")
    for name in ("requirements.lock", "CITATION.cff", "LICENSE", "reproduce", "README.md"):
        shutil.copy(ROOT / name, copy / name)
    environs = {**os.environ, "PYTHONPATH": str(copy)}

    def niche(*arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "compendium", *arguments]
        return subprocess.run(command, cwd=copy, env=environs, capture_output=True, text=True, check=False)

    made = niche("reproduce", "remodelling-balance", "-o", str(tmp_path / "made"))
    assert made.returncode == 0, made.stderr
    shutil.copytree(tmp_path / "made/figures", copy / "figures")
    (copy / "figures/made-of.json").write_text(made_of.made_of_text(copy))
    clean = niche("review", "remodelling-balance", "-o", str(tmp_path / "clean"))
    assert clean.returncode == 0, clean.stdout + clean.stderr
    for path, old, new in (
        ("params/evidence/published_models.csv", "1.45294", "1.55294"),
        ("params/model/assays.yaml", "value: 1.3,", "value: 1.4,"),
        ("figures/remodelling-balance/push.csv", "2008,model,1,1,", "2008,model,1,1.2,"),
    ):
        text = (copy / path).read_text(encoding="utf-8")
        assert old in text
        (copy / path).write_text(text.replace(old, new, 1), encoding="utf-8")
    altered = niche("review", "remodelling-balance", "-o", str(tmp_path / "altered"))
    assert altered.returncode == 1
    assert all(one in altered.stdout for one in ("PM01", "pthrp_plasma", "figures/remodelling-balance/push.csv"))


def marked(name):
    """A text that would be markup if it were not escaped, and says what it stands for."""
    return f"<i onclick=x>{name}</i>|`*_[&\"'"


def a_document():
    """A report in which every text is marked; every branch of the templates is taken."""

    def texts(of, *names):
        return {name: marked(f"{of} {name.replace('_', ' ')}") for name in names}

    names = ("id", "title", "statement", "source", "notebook", "sentence")
    pieces = [texts(of, "papers", "mechanism", "model", "sentence") for of in ("piece", "other")]
    claim = texts("claim", *names) | {"number": 1, "error": "", "differs": 2, "statements": pieces}
    check = texts("check", *names) | {"number": 2, "error": "", "differs": 0, "statements": []}
    failed = texts("failed", *names, "error") | {"number": 12, "differs": 0, "statements": []}
    finding = texts("finding", "where", "what", "committed", "now") | {"kind": "figure", "counts": True}
    environs = {"python": "3.11", "packages": {marked("package"): {"locked": "1", "installed": ""}}}
    return {
        **texts("report", "title", "version", "summary", "tolerances"),
        "holds": False,
        "run": {"kind": "full", "parameters": {"draws": 1000, "seed": 1}},
        "findings": [finding, finding | {"counts": False, "committed": ""}],
        "claims": [claim, check, failed],
        "open": [texts("open", "rule", "severity", "what")],
        "environment": environs | texts("environment", "platform"),
        "inputs": {marked("input"): marked("input hash")},
        "outputs": {marked("output"): marked("output hash")},
        "times": texts("times", "started", "ended") | {"seconds": 60.5, "claims": {marked("times claim"): 30.25}},
    }


# What a page has no place for: of a claim that did not run.
UNSAID = {"failed notebook", "failed sentence"}
ONLY_HTML = {"claim id", "check id", "failed id", "claim notebook", "check notebook"}


def test_what_notebooks_print_is_compared_within_the_tolerance():
    def shown(text, source="print(x)", count=1):
        cell = {"cell_type": "code", "source": [source], "execution_count": count, "metadata": {}}
        output = {"output_type": "stream", "name": "stdout", "text": [text]}
        return json.dumps({"cells": [cell | {"outputs": [output]}]}).encode()

    assert list(compare.notebook("a.ipynb", shown("x = 1.23456"), shown("x = 1.23457", count=7))) == []
    (found,) = compare.notebook("a.ipynb", shown("x = 1.23456"), shown("x = 1.33456"))
    assert (found.kind, found.where) == ("number", "notebooks/a.ipynb")
    assert "1.23456 -> 1.33456" in found.what
    assert list(compare.notebook("a.ipynb", shown("supported"), shown("contradicted")))
    assert list(compare.notebook("a.ipynb", shown("x"), shown("x", "print(y)")))


def test_both_pages_say_all_and_nothing_of_it_is_markup():
    document = a_document()
    shown = {document["findings"][0]["where"]: ("data:image/png;base64,AA", "")}
    found, plain = page.write_page(document, shown), page.write_plain(document)
    parser = _Tags()
    parser.feed(found)
    assert "i" not in {tag for tag, _ in parser.tags}
    assert not any(name.startswith("on") for _, names in parser.tags for name in names)
    assert sum(tag == "img" for tag, _ in parser.tags) == 1
    assert "<i" not in plain
    # The cells of a row of a table are as many as its head has.
    tables = re.findall(r"(?:^\|.*\|\n)+", plain, re.MULTILINE)
    assert len(tables) == 8
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1

    def said(text):
        return set(re.findall(r"<i onclick=x>([a-z ]+)</i>", text))

    every = said(json.dumps(document))
    assert every - said(html.unescape(found)) <= UNSAID
    assert every - said(html.unescape(plain.replace("\\", ""))) <= UNSAID | ONLY_HTML
