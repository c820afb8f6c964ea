"""Rerunning notebooks: parameters are checked first, results are whole or not there, and the same twice."""

import base64
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from compendium.run import Interrupted, Request, inputs, job_runner, publish, report, reproduce, source
from compendium.run.screen import Screen
from compendium.run.stop import stoppable
from niche.answering.records import ClaimAnswer
from niche.errors import NicheError, unknown
from niche.provenance import parameters_hash

PARAMETERS = """draws = 20  # parameter sets
seed = 1
out = ""
rate = 1.5  # 1/day
label = "a"
doses = [1.0, 2.0]
quick = False"""
RESULT = """from pathlib import Path
folder = Path(out) / "{id}"
folder.mkdir(parents=True, exist_ok=True)
written = (folder / "result.csv").write_text("name,value\\nResult of {id},{value}\\n")"""
# What a fresh interpreter runs, to be killed.
DRIVER = """import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_compendium import Registry
from compendium.run import Interrupted, Request, reproduce
try:
    sys.exit(reproduce(Request(jobs={jobs}, fast={fast}), Path({root!r}), Registry("alpha", "beta")))
except Interrupted as stop:
    print(stop, file=sys.stderr)
    sys.exit(stop.exit_code)
"""


class Registry:
    """Stands in for niche.answering.claim."""

    def __init__(self, *ids: str, statement: str = "It is so.", sentence: str = "One paper says so.") -> None:
        self.sentence = sentence
        self.claims = {
            name: SimpleNamespace(
                id=name,
                number=n,
                title=f"Claim {n}",
                statement=statement,
                source="Doe 2020, doi:10.1000/xyz",
                notebook=f"{n:02}_{name}.ipynb",
            )
            for n, name in enumerate(ids, 1)
        }

    def claim_ids(self) -> tuple[str, ...]:
        return tuple(self.claims)

    def claim(self, name: str) -> SimpleNamespace:
        if name not in self.claims:
            raise unknown("claim", name, self.claims)
        return self.claims[name]

    def answers(self, names: Sequence[str] = ()) -> tuple[ClaimAnswer, ...]:
        chosen = [self.claims[name] for name in self.claims if not names or name in names]
        return tuple(ClaimAnswer(one.id, one.number, one.title, self.sentence, ()) for one in chosen)


def cell(text: str, *tags: str) -> dict:
    metadata = {"tags": list(tags)} if tags else {}
    lines = text.splitlines(keepends=True)
    return {"cell_type": "code", "metadata": metadata, "source": lines, "outputs": [], "execution_count": None}


def notebook(*codes: str, parameters: str = PARAMETERS) -> dict:
    cells = [cell(parameters, "parameters"), *(cell(code) for code in codes)]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


@pytest.fixture
def repository(tmp_path):
    """A repository with the notebooks asked for: `make(alpha=[cells before the last one])`."""
    root = tmp_path / "a repository"

    def make(parameters: str = PARAMETERS, value: float = 1.5, **codes: list[str]) -> Path:
        for folder in ("notebooks", "figures", "params/runs"):
            (root / folder).mkdir(parents=True)
        (root / "params/runs/full.yaml").write_text("draws: 20\nseed: 1\n")
        (root / "params/runs/fast.yaml").write_text("draws: 4\n")
        (root / "README.md").write_text("# Fake\n\n<!-- claims -->\nold\n<!-- /claims -->\n\nEnd.\n")
        for number, (name, cells) in enumerate(codes.items(), 1):
            content = notebook(*cells, RESULT.format(id=name, value=value), parameters=parameters)
            (root / f"notebooks/{number:02}_{name}.ipynb").write_text(json.dumps(content))
        return root

    return make


def committed(root: Path) -> dict:
    """Content and time of change of every file outside the scratch folder."""
    files = [path for path in root.rglob("*") if path.is_file() and path.relative_to(root).parts[0] != "scratch"]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def printed(path: Path) -> str:
    """What the cells of an executed notebook printed."""
    outputs = [out for cell in json.loads(path.read_text())["cells"] for out in cell.get("outputs", [])]
    return "".join("".join(out.get("text", [])) for out in outputs)


@pytest.fixture
def no_kernel(monkeypatch):
    """Notebooks "run" at once, without a kernel: their cells are executed here."""
    started = []

    def run(jobs, count, folder, ended, waiting):
        for job in jobs:
            started.append(job)
            values: dict = {}
            for entry in job.notebook["cells"]:
                exec(entry["source"], values)
                values |= job.parameters if "parameters" in entry["metadata"].get("tags", []) else {}
            executed = folder / job.name / "executed.ipynb"
            executed.parent.mkdir(parents=True)
            executed.write_text(source.write_notebook(job.notebook))
            ended(job_runner.JobOutcome(job.name, 0.1, executed, None))

    monkeypatch.setattr(job_runner, "run_jobs", run)
    return started


# Parameters


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("half = draws / 2", r"line 8: only 'name = literal' .*'half = draws / 2'"),
        ("import os", "line 8: only 'name = literal'"),
        ("draws += 1", "line 8: only 'name = literal'"),
        ("a = b = 1", "line 8: only 'name = literal'"),
        ('text = f"{draws}"', "line 8: only 'name = literal'"),
        ("draws = 3", "line 8: 'draws' is given twice"),
        ("rate = ", "line 8: invalid syntax"),
    ],
)
def test_only_literals_in_the_parameters_cell(line, said):
    """A value computed from a parameter would keep the default's value when papermill sets another."""
    with pytest.raises(NicheError, match=f"^01_x.ipynb, parameters cell, {said}"):
        inputs.read_defaults(notebook(parameters=f"{PARAMETERS}\n{line}"), "01_x.ipynb")


@pytest.mark.parametrize(
    "parameters", ["seed = 1\nout = ''", "draws = 2.0\nseed = 1\nout = ''", "draws = 2\nseed = True\nout = ''"]
)
def test_required_parameters(parameters):
    with pytest.raises(NicheError, match=r"x: the parameters cell has to assign '(draws|seed)', a whole number"):
        inputs.read_defaults(notebook(parameters=parameters), "x")


@pytest.mark.parametrize("count", [0, 2])
def test_one_parameters_cell(count):
    content = notebook()
    content["cells"] = content["cells"] * count
    with pytest.raises(NicheError, match=f"one cell tagged 'parameters', found {count}"):
        inputs.read_defaults(content, "x")


def test_negative_numbers_and_annotations_are_literals():
    found = inputs.read_defaults(notebook(parameters=PARAMETERS + "\nlow: float = -1e-3  # below"), "x")
    assert found["low"] == -1e-3
    assert found["doses"] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("drws=40", "unknown parameter 'drws'; did you mean 'draws'"),
        ("draws=many", "'draws' has to be a whole number .such as 20., got 'many', which is text"),
        ("draws=40.0", "got 40.0, which is a number with a fraction"),
        ("draws=true", "got True, which is true or false"),
        ("draws=", "got None, which is nothing"),
        ("rate=fast", "'rate' has to be a number"),
        ("rate=.nan", "'rate' has to be a number"),
        ("rate=false", "'rate' has to be a number"),
        ("label=3", "'label' has to be text"),
        ("quick=1", "'quick' has to be true or false"),
        ("doses=3", "'doses' has to be a list"),
        ("doses=[1, b]", "'doses', entry 2 has to be a number"),
        ("out=there", "set with --output"),
        ("draws", "expected -p name=value"),
        ("draws: 3", "expected -p name=value"),
        ("draws=[", "not readable"),
        ("draws={a: 1, a: 2}", "given twice"),
    ],
)
def test_wrong_parameters_fail_before_a_kernel_starts(repository, no_kernel, setting, said):
    root = repository(alpha=[])
    with pytest.raises(NicheError, match=said):
        reproduce(Request(settings=[setting]), root, Registry("alpha"))
    assert not no_kernel
    assert not (root / "scratch").exists()


def test_parameters_from_files_and_settings(repository, no_kernel, tmp_path):
    """1e-3 is a number (YAML 1.1 reads text), a whole number may stand for a number, and the last one wins."""
    file = tmp_path / "mine.yaml"
    file.write_text("rate: 1e-3\ndraws: 7\n")
    root = repository(alpha=[])
    assert reproduce(Request(files=[file], settings=["draws=8", "doses=[1, 2e0]"]), root, Registry("alpha")) == 0
    given = dict(no_kernel[0].parameters)
    assert given.pop("out").startswith(str(root / "scratch"))
    assert given == {"draws": 8, "seed": 1, "rate": 1e-3, "doses": [1.0, 2.0]}


def test_a_parameter_has_to_be_known_to_every_notebook(repository, no_kernel):
    root = repository(alpha=[], beta=[])
    path = root / "notebooks/02_beta.ipynb"
    path.write_text(path.read_text().replace("rate = 1.5", "pace = 1.5"))
    with pytest.raises(NicheError, match=r"02_beta.ipynb: unknown parameter 'rate'"):
        reproduce(Request(settings=["rate=2"]), root, Registry("alpha", "beta"))
    assert reproduce(Request(claims=["alpha"], settings=["rate=2"]), root, Registry("alpha", "beta")) == 0


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Request(claims=["alpa"]), "unknown claim 'alpa'; did you mean 'alpha'"),
        (Request(jobs=0), "jobs must be at least 1"),
        (Request(timeout=0), "timeout must be above 0"),
        (Request(files=[Path("nowhere.yaml")]), "nowhere.yaml is missing"),
        (Request(claims=["gone"]), "02_gone.ipynb is missing"),
    ],
)
def test_other_wrong_requests(repository, no_kernel, request_, said):
    root = repository(alpha=[])
    with pytest.raises(NicheError, match=said):
        reproduce(request_, root, Registry("alpha", "gone"))
    assert not no_kernel


def test_committed_notebooks_say_what_they_were_run_with(repository, no_kernel):
    root = repository(alpha=[])
    (root / "params/runs/full.yaml").write_text("draws: 30\n")
    with pytest.raises(NicheError, match=r"says draws = 20 and params/runs/full.yaml says 30"):
        reproduce(Request(), root, Registry("alpha"))
    (root / "params/runs/full.yaml").write_text("draws: 20\n")
    (root / "README.md").write_text("# No markers\n")
    with pytest.raises(NicheError, match=r"README.md has no place for the table of claims"):
        reproduce(Request(), root, Registry("alpha"))
    assert not no_kernel


# Results, without kernels


@pytest.mark.parametrize("request_", [Request(fast=True), Request(settings=["seed=2"])])
def test_results_of_other_parameters_are_kept_apart(repository, no_kernel, capsys, request_):
    root = repository(alpha=[])
    before = committed(root)
    assert reproduce(request_, root, Registry("alpha")) == 0
    assert committed(root) == before
    assert "01 Claim 1\n   One paper says so." in capsys.readouterr().out
    (made,) = (root / "scratch").iterdir()
    assert sorted(path.name for path in made.rglob("*.*")) == [
        "01_alpha.ipynb",
        "report.json",
        "report.md",
        "result.csv",
    ]


def test_output_leaves_the_repository(repository, no_kernel, tmp_path):
    root = repository(alpha=[])
    before = committed(root)
    there = tmp_path / "there"
    assert reproduce(Request(output=there), root, Registry("alpha")) == 0
    assert committed(root) == before
    assert [path.name for path in sorted(there.iterdir())] == ["figures", "notebooks"]
    for place in (root, root / "figures", root / "notebooks/mine"):
        with pytest.raises(NicheError, match="name another folder"):
            reproduce(Request(output=place), root, Registry("alpha"))


def test_one_claim_of_two(repository, no_kernel):
    """The other claim keeps its files and its line in the table."""
    root, registry = repository(alpha=[], beta=[]), Registry("alpha", "beta")
    assert reproduce(Request(), root, registry) == 0
    assert not list((root / "scratch").iterdir())
    path = root / "notebooks/02_beta.ipynb"
    path.write_text(path.read_text().replace("Result of", "Name of"))
    (root / "figures/beta/old.png").write_text("")
    before = committed(root)
    assert reproduce(Request(claims=["beta"]), root, registry) == 0
    changed = {path.name for path, state in committed(root).items() if before[path] != state}
    assert changed == {"result.csv", "report.json", "report.md"}
    assert not (root / "figures/beta/old.png").exists()
    told = (root / "README.md").read_text()
    assert "**01 Claim 1**" in told
    assert "One paper says so. |\n<!-- /claims -->\n\nEnd." in told
    assert [record["id"] for record in json.loads((root / "figures/report.json").read_text())["claims"]] == [
        "alpha",
        "beta",
    ]


def test_a_notebook_edited_meanwhile_is_not_overwritten(repository, no_kernel, monkeypatch):
    root = repository(alpha=[])
    path, run = root / "notebooks/01_alpha.ipynb", job_runner.run_jobs

    def edit(*given):
        run(*given)
        path.write_text(path.read_text().replace("Result of", "Name of"))

    monkeypatch.setattr(job_runner, "run_jobs", edit)
    with pytest.raises(NicheError, match=r"01_alpha.ipynb was edited while it ran"):
        reproduce(Request(), root, Registry("alpha"))
    assert not (root / "figures/alpha").exists()
    assert not list((root / "scratch").iterdir())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import niche, pathlib\nnote = niche.__file__", "report.txt names a folder of this machine"),
        ("note = out", "report.txt names a folder of this machine"),
    ],
)
def test_no_path_of_this_machine_is_committed(repository, no_kernel, capsys, code, said):
    place = "\nfrom pathlib import Path\nplace = Path(out) / 'alpha'\nplace.mkdir(parents=True)\n"
    root = repository(alpha=[code + place + "place.joinpath('report.txt').write_text(note)"])
    assert reproduce(Request(), root, Registry("alpha")) == 1
    assert said in capsys.readouterr().err
    assert not (root / "figures/alpha").exists()


# Pieces


def executed(pid: int, cut: bool) -> dict:
    """A notebook as one of two runs leaves it that gave the same results."""
    text = ["one\n", "two\n"]
    streams = [text] if not cut else [text[:1], text[1:]]
    content = notebook("draws")
    content["cells"].insert(1, cell(f"out = 'run {pid}'", "injected-parameters"))
    content["cells"][2] |= {
        "id": "kept",
        "execution_count": pid,
        "metadata": {"tags": [], "papermill": {"duration": pid}, "execution": {"iopub": pid}},
        "outputs": [
            {"output_type": "stream", "name": "stderr", "text": [f"\r 10%|#  | {pid}it/s", "\r100%|##| done\n"]},
            *({"output_type": "stream", "name": "stdout", "text": text} for text in streams),
            {"output_type": "stream", "name": "stderr", "text": f"/tmp/ipykernel_{pid}/{pid}.py:3: Warning\n"},
            {"output_type": "display_data", "metadata": {}, "data": {source._WIDGET: {"model_id": pid}}},
            {
                "output_type": "execute_result",
                "execution_count": pid,
                "metadata": {},
                "data": {"text/plain": [f"<object at 0x7f000000{pid}>"], "image/png": "iVBO\n"},
            },
        ],
    }
    content["metadata"] = {"papermill": {"start": pid}, "widgets": {"state": pid}, "language_info": {"version": pid}}
    return content


def test_what_varies_between_runs_is_taken_out():
    first = source.normalise(executed(1111, cut=False), keep_injected=False)
    assert first == source.normalise(executed(2222, cut=True), keep_injected=False)
    assert first == source.normalise(json.loads(first), keep_injected=False)
    parameters, code = json.loads(first)["cells"]
    assert [parameters["execution_count"], code["execution_count"]] == [1, 2]
    assert [out.get("text") for out in code["outputs"]] == [["one\n", "two\n"], ["<cell>:3: Warning\n"], None]
    assert code["outputs"][2]["data"] == {"text/plain": ["<object at 0x0>"], "image/png": "iVBO\n"}
    assert code["metadata"] == {}


def test_the_text_is_the_one_that_nbformat_writes():
    import nbformat

    content = executed(1, cut=True)
    content["cells"][0]["id"] = "first"
    text = source.normalise(content, keep_injected=True)
    assert text == nbformat.writes(nbformat.reads(text, as_version=4)) + "\n"


def test_a_source_has_ids_and_no_traces_of_a_run(tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(executed(1, cut=False)))
    found = source.read_notebook(path)
    assert [cell["id"] for cell in found["cells"]] == ["cell-01", "kept"]
    assert [cell["outputs"] for cell in found["cells"]] == [[], []]
    path.write_text("{")
    with pytest.raises(NicheError, match=r"x.ipynb is not a notebook"):
        source.read_notebook(path)


def test_put_touches_only_what_changed(tmp_path):
    same, other, old = tmp_path / "same", tmp_path / "a/other", tmp_path / "old"
    same.write_bytes(b"1")
    old.write_bytes(b"3")
    before = same.stat()
    changed = publish.put_in_place({same: b"1", other: b"2"}, tmp_path / "near", [old])
    assert changed == [other, old]
    assert (same.stat().st_ino, same.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert other.read_bytes() == b"2"
    assert not old.exists()
    assert not list((tmp_path / "near").iterdir())


def test_put_changes_nothing_if_one_file_cannot_be_prepared(tmp_path, monkeypatch):
    write, first, second = Path.write_bytes, tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"old")

    def full(path, data):
        if data == b"too much":
            raise OSError("No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        publish.put_in_place({first: b"new", second: b"too much"}, tmp_path)
    assert first.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["first"]


def test_put_is_finished_before_a_signal_stops_it(tmp_path, monkeypatch):
    move = Path.replace

    def interrupted(path, target):
        os.kill(os.getpid(), signal.SIGINT)
        return move(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    contents = {tmp_path / str(i): b"new" for i in range(3)}
    with pytest.raises(Interrupted, match="results are in place"), stoppable():
        publish.put_in_place(contents, tmp_path / "near")
    assert publish.files(tmp_path) == {Path(str(i)): b"new" for i in range(3)}


def test_the_report_has_the_answers_the_figures_and_what_made_it():
    claims = Registry("a", sentence="Two of three papers say so|not.").answers()
    figures = {"a": {"card": {"alt": "A card", "caption": "What is said."}}}
    text = report.as_markdown(claims, figures, {"draws": 20})
    assert "| **01 Claim 1** |  |  | Two of three papers say so/not. |" in text
    assert "## Claim 1\n\n**Two of three papers say so|not.**\n\n![A card](a/card.png)\n\n*What is said.*" in text
    assert "draws = 20" in text
    found = json.loads(report.as_json(claims, figures, {"draws": 20}))
    assert [(one["id"], one["figures"]) for one in found["claims"]] == [("a", ["card"])]


def test_parameters_hash(tmp_path):
    (tmp_path / "params").mkdir()
    found = set()
    for name, text in (("a.yaml", "x"), ("a.yaml", "y"), ("b.yaml", "y")):
        (tmp_path / "params" / name).write_text(text)
        found.add(parameters_hash(tmp_path))
    assert len(found) == 3


def test_a_bar_only_on_a_terminal(monkeypatch, capsys):
    plain = Screen(2)
    plain.ended("first")
    plain.waiting()
    plain.close()
    assert tuple(capsys.readouterr()) == ("first\n", "")
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    screen = Screen(2)
    screen.ended("first")
    screen.waiting()
    screen.close()
    assert capsys.readouterr().out == "first\n"
    assert "1/2" in terminal.getvalue()


# With kernels

PLOT = """import warnings
import matplotlib.pyplot as plt
from tqdm import tqdm
for i in tqdm(range(2)):
    print(draws, rate)
figure, axes = plt.subplots()
axes.plot([3, 1, 2])
plt.show()
object()"""


def test_two_runs_give_the_same_bytes(repository, tmp_path, monkeypatch):
    """And are neither led astray by another kernel named python3 nor by a back end set for matplotlib."""
    kernel = tmp_path / "jupyter/kernels/python3/kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": ["false"], "display_name": "Wrong", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    root, registry = repository(alpha=[PLOT], beta=[]), Registry("alpha", "beta")
    sources = [source.read_notebook(path) for path in sorted((root / "notebooks").iterdir())]
    assert reproduce(Request(jobs=2), root, registry) == 0
    after = committed(root)
    first = json.loads((root / "notebooks/01_alpha.ipynb").read_text())
    assert [out["output_type"] for out in first["cells"][1]["outputs"]] == ["stream", "display_data", "execute_result"]
    assert "image/png" in first["cells"][1]["outputs"][1]["data"]
    assert [source.read_notebook(path)["cells"] for path in sorted((root / "notebooks").iterdir())] == [
        s["cells"] for s in sources
    ]
    assert reproduce(Request(), root, registry) == 0
    assert committed(root) == after


def test_a_run_may_say_more_to_one_claim(repository, no_kernel):
    root = repository(alpha=[], beta=[])
    (root / "params/runs/fast.yaml").write_text("draws: 4\nbeta: {rate: 3, draws: 6}\n")
    assert reproduce(Request(fast=True), root, Registry("alpha", "beta")) == 0
    assert [(job.parameters["draws"], job.parameters.get("rate")) for job in no_kernel] == [(4, None), (6, 3.0)]
    assert reproduce(Request(fast=True, settings=["rate=5"]), root, Registry("alpha", "beta")) == 0
    assert [job.parameters["rate"] for job in no_kernel[2:]] == [5.0, 5.0]
    (root / "params/runs/fast.yaml").write_text("draws: 4\nbeta: 3\n")
    with pytest.raises(NicheError, match="under the name of a claim stand its own parameters; 'beta' has 3"):
        reproduce(Request(fast=True), root, Registry("alpha", "beta"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_short_run_gives_what_a_kernel_gives(repository, tmp_path, jobs):
    """Outputs, pictures and all; and no notebook knows what another one did. With one at a time they are forked."""
    tell = "import niche\nprint(getattr(niche, 'told', 'nothing'), draws)\nniche.told = 'something'"
    table = "import pandas as pd\npd.DataFrame({'a': [1.5]})"
    maths = "from IPython.display import Math\nMath('x')"
    quiet = "x = 1\nx;"
    root, registry = repository(alpha=[PLOT, tell, table, maths, quiet], beta=[tell]), Registry("alpha", "beta")
    assert reproduce(Request(fast=True, jobs=jobs, output=tmp_path / "short"), root, registry) == 0
    (root / "params/runs/full.yaml").write_text("draws: 4\n")
    assert reproduce(Request(jobs=2, output=tmp_path / "full"), root, registry) == 0
    for name in ("01_alpha.ipynb", "02_beta.ipynb"):
        both = [json.loads((tmp_path / f"{run}/notebooks/{name}").read_text())["cells"] for run in ("short", "full")]
        short, full = ([without_picture(cell) for cell in cells] for cells in both)
        assert short == full
        assert "nothing 4\n" in printed(tmp_path / f"short/notebooks/{name}")


def without_picture(cell: dict) -> dict:
    """A cell with its pictures' bytes told by their kind: a kernel draws figures of pyplot on its own paper."""
    for out in cell.get("outputs", []):
        if "image/png" in out.get("data", {}):
            assert base64.b64decode(out["data"]["image/png"]).startswith(b"\x89PNG")
            out["data"]["image/png"] = "a picture"
    lines = [line for line in cell["source"] if not line.startswith("out = ")]  # a scratch folder of each run
    return {**cell, "source": lines, "metadata": {}}


def test_a_parameter_set_by_the_user_reaches_the_notebook(repository, tmp_path):
    root = repository(alpha=["print(draws, rate, label)"])
    assert reproduce(Request(settings=["rate=2e-3", "label=b"], output=tmp_path / "o"), root, Registry("alpha")) == 0
    path = tmp_path / "o/notebooks/01_alpha.ipynb"
    assert printed(path) == "20 0.002 b\n"
    assert [cell["id"] for cell in json.loads(path.read_text())["cells"]][1] == "injected-parameters"


@pytest.mark.parametrize("fast", [False, True])
def test_a_notebook_that_fails_does_not_stop_the_others(repository, capsys, fast):
    root = repository(
        fails=["x = 1", "import os\nopen(os.path.join('nowhere', 'file'))"],
        dies=["import os\nos._exit(3)"],
        hangs=["import time\ntime.sleep(100)"],
        fine=["print('fine')"],
    )
    before = committed(root)
    request_ = Request(jobs=3, timeout=3, fast=fast)
    assert reproduce(request_, root, Registry("fails", "dies", "hangs", "fine")) == 1
    assert committed(root) == before
    said = capsys.readouterr()
    assert "01_fails.ipynb failed: cell 3: FileNotFoundError:" in said.err
    assert f"02_dies.ipynb failed: cell 2: the {'process that ran it' if fast else 'kernel'} died" in said.err
    assert "03_hangs.ipynb failed: cell 2: took longer than 3 s" in said.err
    assert "04 Claim 4\n   One paper says so.\n" in said.out
    (left,) = (root / "scratch").iterdir()
    assert str(left / "run") in said.err
    assert printed(left / "notebooks/04_fine.ipynb") == "fine\n"
    assert (left / "run/01_fails/executed.ipynb").is_file()


@pytest.mark.parametrize(
    ("number", "jobs", "fast"),
    [
        (signal.SIGINT, 2, False),
        (signal.SIGTERM, 2, False),
        (signal.SIGKILL, 2, False),
        (signal.SIGINT, 1, True),
        (signal.SIGKILL, 1, True),  # forked
    ],
)
def test_stopped_in_the_middle(repository, tmp_path, number, jobs, fast):
    """Everything is as before, and nothing goes on running."""
    marker = tmp_path / "pid"
    # The pid is the one of a program that the kernel starts: ending the kernel alone would leave it.
    start = (
        "import subprocess, sys, time\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'])"
    )
    wait = f"{start}\nopen({str(marker)!r} + str(child.pid), 'w').close()\ntime.sleep(100)"
    root = repository(alpha=[], beta=[wait])
    before = committed(root)
    script = DRIVER.format(tests=str(Path(__file__).parent), root=str(root), jobs=jobs, fast=fast)
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("pid*")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(number)
    _, error = process.communicate(timeout=30)
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    if number != signal.SIGKILL:
        assert f"stopped by {number.name}; nothing was changed" in error
        assert not list((root / "scratch").iterdir())
    assert committed(root) == before
    (pid,) = (int(path.name[3:]) for path in tmp_path.glob("pid*"))
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(pid)


@pytest.mark.parametrize("kernel", [True, False])
def test_no_process_outlives_the_call_that_started_it(tmp_path, monkeypatch, kernel):
    started, start = [], job_runner._start

    def remember(*given):
        started.append(start(*given))
        return started[-1]

    def stop():
        raise Interrupted(signal.SIGINT)

    monkeypatch.setattr(job_runner, "_start", remember)
    content = source.normalise(notebook("import time\ntime.sleep(100)"), keep_injected=False)
    jobs = [job_runner.Job(name, json.loads(content), {}, 900, kernel=kernel) for name in ("a", "b")]
    with pytest.raises(Interrupted):
        job_runner.run_jobs(jobs, 2, tmp_path, print, stop)
    assert [process.is_alive() for one in started for process in one.pool.processes] == [False, False]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")
