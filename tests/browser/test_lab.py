"""JupyterLab in a real browser: a claim is opened, a parameter changed, all run, and the new answers are there."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

from compendium import lab
from niche.answering.claim import claim
from niche.params.records import root

TOKEN = "only-for-this-test"
CLAIM = "nerve-sprouting"
SHOWN = "published numbers come out as printed" if CLAIM == "remodelling-balance" else "papers"
MINUTES = 60_000  # in the milliseconds of playwright


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """JupyterLab on copies of the notebooks, as `niche lab --copy --no-browser` starts it."""
    folder = tmp_path_factory.mktemp("lab")
    notebooks = lab.copied(root().parent / "notebooks", folder / "notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    given = os.environ | home | {"JUPYTER_TOKEN": TOKEN, "NICHE_FIGURES": str(folder / "figures"), "HOME": str(folder)}
    given[lab.FOLDER] = str(folder)
    given |= {"NICHE_CACHE": os.environ.get("NICHE_CACHE") or str(lab_cache())}
    command = lab.command_line(notebooks, "", port, browser=False)
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(command, env=given, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for(f"{address}api/status?token={TOKEN}", running, folder / "log")
        yield address, folder
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(30)


def lab_cache():
    from niche.solver.kernel import cache_root

    return cache_root()


def wait_for(address, running, log):
    for _ in range(240):
        assert running.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(log.read_text())


def opened(tab, address, file):
    """A notebook, opened and with its kernel running."""
    tab.goto(f"{address}lab/tree/{file}?token={TOKEN}&reset", timeout=2 * MINUTES)
    tab.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=2 * MINUTES)
    # The status line: "No Kernel | Initializing" comes first, and to run then brings up a dialogue.
    tab.get_by_text("niche | Idle").first.wait_for(timeout=2 * MINUTES)


def run_all(tab):
    tab.get_by_role("menuitem", name="Run", exact=True).click()
    tab.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def finished(tab, file):
    """Save, until the file says that every cell has run; the cells and what they printed."""
    for _ in range(300):
        tab.keyboard.press("Control+s")
        time.sleep(1)
        cells = [c for c in json.loads(file.read_text())["cells"] if c["cell_type"] == "code"]
        errors = [o for c in cells for o in c["outputs"] if o["output_type"] == "error"]
        assert not errors, errors[0]["evalue"]
        if all(c["execution_count"] for c in cells) and SHOWN in text_of(cells):
            return cells
    return pytest.fail("the notebook did not end")


def text_of(cells):
    return json.dumps([o for c in cells for o in c["outputs"]])


def tagged(cells, tag):
    return next(c for c in cells if tag in c["metadata"].get("tags", []))


def test_a_claim_is_run_with_another_parameter(tab, server):
    address, folder = server
    stored = root().parent / "notebooks" / claim(CLAIM).notebook
    before = stored.read_bytes()
    file = folder / "notebooks" / claim(CLAIM).notebook
    content = json.loads(before)
    for cell in content["cells"]:  # so that what is there afterwards was made there
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    file.write_text(json.dumps(content))

    opened(tab, address, file.name)
    cell = tab.locator(".jp-CodeCell .cm-content", has_text=re.compile(r"^draws = ")).first
    cell.click()
    tab.keyboard.press("Control+Home")
    tab.keyboard.press("Shift+End")
    tab.keyboard.type("draws = 12")
    run_all(tab)
    cells = finished(tab, file)

    assert "".join(tagged(cells, "parameters")["source"]).startswith("draws = 12\n")
    new = tagged(cells, "nbval-check-output")
    assert SHOWN in json.dumps(new["outputs"])
    manifest = json.loads((folder / "figures" / CLAIM / "manifest.json").read_text())
    given = [one.get("inputs", {}) for one in manifest["figures"].values()]  # a card is of the answers, of no draws
    assert {one["draws"] for one in given if "draws" in one} == {12}
    shown = tab.locator(".jp-OutputArea-output", has_text=SHOWN).first
    shown.scroll_into_view_if_needed()
    assert shown.is_visible()
    assert stored.read_bytes() == before


def test_the_playground_runs_when_it_is_opened_and_its_sliders_move_the_picture(tab, server):
    address, _ = server
    opened(tab, address, "playground.ipynb")
    picture = tab.locator(".jupyter-widgets svg[viewBox='0 0 640 420']")
    picture.wait_for(timeout=3 * MINUTES)  # nobody ran anything
    tab.locator(".jupyter-widgets .noUi-handle").first.wait_for(timeout=MINUTES)
    assert "VBox(" not in tab.content()
    before = picture.inner_html()
    tab.locator(".jupyter-widgets .noUi-handle").first.focus()
    for _ in range(10):
        tab.keyboard.press("ArrowRight")
    tab.wait_for_function(
        "old => document.querySelector('.jupyter-widgets svg[viewBox=\\'0 0 640 420\\']').innerHTML !== old",
        arg=before,
        timeout=MINUTES,
    )
