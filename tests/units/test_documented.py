"""Every command and every piece of Python that README.md and docs/ print is typed here, as a stranger would type it.

Commands run in a copy of the repository, in the order in which a page prints them. What would take long runs with
smaller settings, by the table `SHORT`; what cannot run here stands in `NOT_HERE` with the reason. A command that is in
neither runs as it is printed, so a new one cannot be forgotten, and a line of the tables that no page prints any more
is an error.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", *sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "docs").rglob("*.md")))
BASH = shutil.which("bash")
FIRST = ("niche", "./reproduce", "./check", "papermill", "python", "pip", "pytest", "dask", "source", "tar", "export")
CLAIM = "remodelling-balance"  # the quickest one
LAB = "--no-browser"  # it is ended when it says where it is

# What is printed -> what is typed instead. Smaller sizes, or one claim of all; never another option of the same kind.
SHORT = {
    "./reproduce": f"./reproduce --fast {CLAIM}",
    "./reproduce --fast": f"./reproduce --fast {CLAIM}",
    "./reproduce vicious-cycle": f"./reproduce {CLAIM}",
    "./check": "./check --help",
    "niche": "niche --help",
    "niche review": f"niche review --fast {CLAIM} || test $? = 1",
    "niche review --fast": f"niche review --fast {CLAIM} || test $? = 1",
    "niche review vicious-cycle -o report": "niche review vicious-cycle -o report || test $? = 1",
    "niche review --codecheck people.yaml": f"niche review --fast {CLAIM} --codecheck people.yaml || test $? = 1",
    "niche reproduce": f"niche reproduce --fast {CLAIM}",
    "niche reproduce CLAIM": f"niche reproduce --fast {CLAIM}",
    "niche reproduce --changed": f"niche reproduce --changed {CLAIM} || test $? = 1",
    "niche reproduce --changed vicious-cycle": "niche reproduce --changed vicious-cycle || test $? = 1",
    "niche reproduce name -o scratch/new": f"niche reproduce {CLAIM} -p draws=5 -o scratch/new",
    "niche reproduce vicious-cycle -p draws=50": "niche reproduce vicious-cycle -p draws=5",
    "niche reproduce vicious-cycle -p draws=50 -o scratch/quick": (
        "niche reproduce vicious-cycle -p draws=5 -o scratch/quick"
    ),
    "niche lab vicious-cycle": f"niche lab vicious-cycle {LAB}",
    "niche lab vicious-cycle --copy": f"niche lab vicious-cycle --copy {LAB}",
    "niche lab playground": f"niche lab playground {LAB}",
    "niche predict": "niche predict --help",
    "niche sensitivity": "niche sensitivity --help",
    "niche trials": "niche trials --help",
    "niche left-out": "niche left-out --help",  # hours
    "niche answer": "niche answer --help",  # minutes
    "niche predict ROW": "niche predict SB06 --draws 20",
    "niche predict ID": "niche predict SB06 --draws 20",
    "niche trials CL001": "niche trials CL001 --draws 4 --patients 3 --trials 20",
    # stopped by control-C, as a person would: what is done is kept
    "niche fit": "timeout -s INT 8 niche fit --workers 1 --work joint || test $? = 124 -o $? = 130",
    "niche predictions score ID VALUE [SE]": "niche predictions score ID 0.8 0.2 || test $? = 2",
    "niche predictions again ID": "niche predictions again ID || test $? = 2",
    "niche predictions --choose": "niche predictions --choose --draws 100 --count 2",
    "niche predictions --write": "niche predictions --write --draws 100",
    "niche atoms PAPER": "niche atoms kondo-2011-isoprenaline",
    "niche fit --confirm": "niche fit --confirm || test $? = 1",  # tables of sensitivity may be of an earlier fit
    "niche reproduce --press --output FOLDER": f"niche reproduce {CLAIM} --press --output scratch/press",
    "niche sensitivity 02a": "niche sensitivity 02a --method morris --samples 4",
    "niche levels": "niche levels --help",
    "niche mutate": "niche mutate b2_rankl --draws 10",
    "niche prior-check mouse": "niche prior-check mouse --draws 10",
    "niche prior-check --mends": "niche prior-check --mends --draws 10",
    "niche prior-check --write": "niche prior-check --write --draws 4",
    "niche mutate b2_rankl model:kill": "niche mutate b2_rankl model:kill --draws 10",
    "niche sweep": "niche sweep docs/examples/sweep.yaml",
    "niche figures --profile nature": f"niche figures {CLAIM} --profile nature",
    "niche figures --profile plos -o ~/figures": f"niche figures {CLAIM} --profile plos -o ~/figures",
    "niche figures vicious-cycle antiresorptives --profile plos": f"niche figures {CLAIM} --profile plos",
    "niche figures --lint my-figure.pdf other.tiff --profile plos": (
        f"niche figures --lint figures/{CLAIM}/push.svg --profile plos || test $? = 1"
    ),
    "papermill notebooks/02_vicious-cycle.ipynb scratch/02.ipynb -p draws 50 -p out scratch": (
        "papermill notebooks/02_vicious-cycle.ipynb scratch/02.ipynb -p draws 5 -p out scratch"
    ),
}
# Of commands that begin so, without that option: it is added.
ADDED = {"niche predict ": "--draws 20"}
# Commands that take more than ten seconds; one of each kind is not here.
SLOW = {
    "./reproduce",
    "./reproduce vicious-cycle",
    "niche figures --profile nature",
    "niche figures --profile plos -o ~/figures",
    "niche figures stress-dissemination/hours --profile nature --width 89",
    "niche figures vicious-cycle antiresorptives --profile plos",
    "niche lab vicious-cycle",
    "niche lab vicious-cycle --copy",
    "niche reproduce",
    "niche reproduce --press --output FOLDER",
    "niche reproduce --changed",
    "niche reproduce --changed vicious-cycle",
    "niche reproduce CLAIM",
    "niche reproduce vicious-cycle -p draws=50 -o scratch/quick",
    "niche predictions --choose",
    "niche predictions --write",
    "niche prior-check --write",
    "niche reproduce vicious-cycle -p draws=50",
    "niche review",
    "niche site",  # a step of its own of each check
    "niche review --codecheck people.yaml",
    "niche review vicious-cycle -o report",
    "niche sweep docs/examples/sweep.yaml",
    "niche sweep docs/examples/sweep.yaml --output scratch/doses --workers 4",
}
# What cannot run here, by how it begins.
NOT_HERE = {
    "python3 -m pip download": "fetches every package from a network",
    "tar -czf niche-offline.tar.gz": "packs what was fetched",
    "export PIP_NO_INDEX=1": "for a machine without a network",
    "pip install": "changes the environment",
    "python benchmarks/": "half an hour, or nights; tests/numerics/test_sbc.py has the short form",
    "dask": "a cluster; tests/numerics/test_dask.py starts one",
    "niche sweep docs/examples/sweep.yaml --scheduler": "a cluster",
    "niche sweep spec.yaml": "a cluster",
    "#!/bin/bash #SBATCH": "a cluster",
    "from dask.distributed import Client": "a cluster",
}


class Typed(NamedTuple):
    """A command or a piece of Python as a page prints it."""

    page: str
    kind: str  # "bash" or "python"
    text: str


def documented() -> tuple[list[Typed], dict[str, str]]:
    """What the pages print, each once and in order, and the files that they show by name."""
    found, files = dict[Typed, None](), dict[str, str]()
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for fence, rest in re.findall(r"^[ \t]*```(.*?)^[ \t]*```|`([^`\n]+)`", text, flags=re.S | re.M):
            language, _, body = fence.partition("\n")
            if language.strip() == "yaml" and (name := re.match(r"# ([\w.-]+\.yaml)\b", body)):
                files[name[1]] = body
            if language.strip() == "python":
                found[Typed(page, "python", body)] = None
            lines = commands(body) if language.strip() in ("bash", "sh", "console", "") else []
            spans = [rest] if rest else re.findall(r"`([^`\n]+)`", body) if lines else []
            lines += [span for span in spans if (span.split() or [""])[0] in FIRST]
            for line in lines:
                found[Typed(page, "bash", line)] = None
    once = {(typed.kind, typed.text): typed for typed in reversed(found)}
    return [typed for typed in found if once[typed.kind, typed.text] is typed], files


def commands(body: str) -> list[str]:
    """The commands of a block: continued lines joined, comments gone; a script is one."""
    if body.startswith("#!"):
        return [" ".join(body.split())]
    joined = re.sub(r"\s*\\\n\s*", " ", body)
    lines = (re.sub(r"(^|\s+)#\s.*", "", line).strip() for line in joined.splitlines())
    return [" ".join(line.split(" ")) for line in lines if line]


def reason(text: str) -> str | None:
    return next((why for begin, why in NOT_HERE.items() if " ".join(text.split()).startswith(begin)), None)


TYPED, FILES = documented()
RUN = [typed for typed in TYPED if typed.kind == "bash" and not reason(typed.text)]
BLOCKS = {page: [t.text for t in TYPED if t.page == page and t.kind == "python"] for page in PAGES}

pytestmark = pytest.mark.skipif(BASH is None, reason="these commands need bash")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of the repository with an environment that counts as made: that of the Python that runs now."""
    root = tmp_path_factory.mktemp("a clone") / "niche"
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc", ".git", "scratch", "build")
    root.mkdir()
    for name in ("niche", "compendium", "params", "notebooks", "docs", "figures", "scripts"):
        shutil.copytree(ROOT / name, root / name, ignore=ignore)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, root / path.name)
    programs = root / ".venv/bin"
    programs.mkdir(parents=True)
    for name, arguments in {"niche": "-m compendium", "papermill": "-m papermill", "python": ""}.items():
        script = programs / name
        script.write_text(f'#!{BASH}\nexec {sys.executable} {arguments} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    (programs / "activate").write_text(f'export PATH="{programs}:$PATH"\n', encoding="utf-8")
    (root / "scripts/environment.sh").write_text("ensure_environment() { :; }\n", encoding="utf-8")
    for name, text in FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    (root / "scratch").mkdir()
    return root


def environment(root: Path) -> dict[str, str]:
    given = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "NICHE_FIGURE", "MPL"))}
    cache = os.environ.get("NICHE_CACHE") or str(kernel_cache())
    (root / "home").mkdir(exist_ok=True)
    return given | {
        "PATH": f"{root / '.venv/bin'}:{given['PATH']}",
        "PYTHONPATH": str(root),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(root / "home"),
        "NICHE_CACHE": cache,
    }


def only_the_font_is_missing(printed: str) -> bool:
    """Whether all faults of figures are that this machine has no font that the journal allows; they are drawn then."""
    from matplotlib.font_manager import fontManager

    from compendium.figures.journals import journal, journal_names

    asked = [journal(name) for name in journal_names()]
    allowed = {name for one in asked for key in ("fonts", "stand_ins") for name in one.value(key, ())}
    faults = [line for line in printed.splitlines() if ": breaks " in line]
    here = allowed & {font.name for font in fontManager.ttflist}
    return not here and bool(faults) and all(": breaks fonts: " in line for line in faults)


def kernel_cache() -> Path:
    from niche.solver.kernel import cache_root

    return cache_root()


def case(typed: Typed):
    marks = [pytest.mark.slow] if typed.text in SLOW else []
    return pytest.param(typed, id=f"{Path(typed.page).stem}: {typed.text[:60]}", marks=marks)


@pytest.mark.parametrize("typed", [case(typed) for typed in RUN])
def test_a_printed_command_runs(clone, typed):
    command = SHORT.get(typed.text, typed.text)
    for begin, option in ADDED.items():
        command += f" {option}" if command.startswith(begin) and option.split()[0] not in command else ""
    if LAB in command:
        until_it_says_where(clone, command)
        return
    done = subprocess.run(
        [BASH, "-e", "-c", command],
        cwd=clone,
        env=environment(clone),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=1200,
    )
    fine = done.returncode == 0 or (done.returncode == 1 and only_the_font_is_missing(done.stdout + done.stderr))
    assert fine, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    assert "Traceback" not in done.stderr, done.stderr[-3000:]


def until_it_says_where(clone: Path, command: str) -> None:
    """JupyterLab runs until it is ended: here when it has said its address. With it ends the server."""
    log = clone / "scratch/lab.txt"
    with log.open("w") as out:
        process = subprocess.Popen(
            command.split(), cwd=clone, env=environment(clone), stdout=out, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 120
        while not (address := re.search(r"http://127\.0\.0\.1:(\d+)/\S*token", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        token = re.search(r"token=(\w+)", log.read_text())[1]
        request = urllib.request.Request(f"http://127.0.0.1:{address[1]}/api/kernels?token={token}", data=b"{}")
        while True:  # it says where it is a moment before it is there
            try:
                assert urllib.request.urlopen(request, timeout=60).status == 201
                break
            except urllib.error.URLError:
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
    finally:
        server = psutil.Process(process.pid)
        started = [server, *server.children(recursive=True)]
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    assert len(started) > 1  # with a kernel
    _, left = psutil.wait_procs(started, timeout=20)
    assert not left


@pytest.mark.parametrize("page", [page for page, blocks in BLOCKS.items() if blocks])
def test_the_python_of_a_page_runs_from_top_to_bottom(clone, page):
    blocks = [text for text in BLOCKS[page] if not reason(text)]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        cwd=clone,
        env=environment(clone),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_the_tables_hold_nothing_that_is_not_printed():
    printed = {typed.text for typed in TYPED}
    assert not set(SHORT) - printed
    assert not SLOW - printed
    assert not [begin for begin in NOT_HERE if not any(" ".join(t.split()).startswith(begin) for t in printed)]


def test_one_of_each_command_runs_in_each_check():
    """Slow tests run on demand alone."""
    words = {typed.text: tuple(typed.text.split()[: 2 if typed.text.startswith("niche ") else 1]) for typed in RUN}
    kinds = dict.fromkeys(words.values(), 0)
    for text, word in words.items():
        kinds[word] += text not in SLOW
    assert [word for word, count in kinds.items() if not count] == [("niche", "site")]
    from compendium.cli.main import _parser

    (commands_,) = (action for action in _parser()._actions if action.choices)
    assert {f"niche {name}" for name in commands_.choices} <= {" ".join(word) for word in words.values()}
