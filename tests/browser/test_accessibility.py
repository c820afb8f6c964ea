"""What a program finds that hinders people who see, hear or move otherwise: axe, on pages of each kind.

axe is no dependency. It is found where npm puts it: `npm install --prefix build axe-core`, with `-g` for all projects,
or where $NODE_PATH points; in the Python package axe-playwright-python; or as the file axe.min.js that $AXE names.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from niche.params.records import root

FILE = "axe.min.js"
HINT = "needs axe-core: npm install --prefix build axe-core"
PAGES = (
    "index.html",
    "claims.html",
    "evidence.html",
    "evidence-answers.html",
    "model/index.html",
    "model/bone.html",
    "notebooks/05_beta-adrenergic-osteoclastogenesis.html",
    "papers/index.html",
    "papers/kondo-2011-isoprenaline.html",
    "gallery.html",
    "names.html",
    "first-question.html",
    "ask.html",
    "search.html",
)


def places() -> Iterator[Path]:
    """Where axe may lie, the surest first."""
    home = root().parent
    modules = [home / "build/node_modules", home / "node_modules"]
    modules += map(Path, filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)))
    yield from (folder / "axe-core" / FILE for folder in modules)
    package = find_spec("axe_playwright_python")
    if package is not None and package.origin is not None:
        yield Path(package.origin).with_name(FILE)
    if npm := shutil.which("npm"):
        asked = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False)
        yield Path(asked.stdout.strip()) / "axe-core" / FILE


@pytest.fixture(scope="session")
def axe() -> str:
    """The script; without it these tests are skipped, but a name in $AXE that is no file is an error."""
    named = os.environ.get("AXE")
    found = Path(named) if named else next((file for file in places() if file.is_file()), None)
    if found is None:
        pytest.skip(HINT)
    return found.read_text(encoding="utf-8")


def faults(tab, script: str, options: str) -> dict[str, list[str]]:
    """What axe finds on the page that is open: by rule, the first places."""
    tab.evaluate(script)
    found = tab.evaluate(f"axe.run(document, {options})")
    return {one["id"]: [node["html"][:120] for node in one["nodes"]][:3] for one in found["violations"]}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("tab", [(1280, 900), (390, 844)], indirect=True, ids=["desk", "phone"])
def test_axe_finds_no_fault(axe, tab, address, name):
    tab.goto(address + name)
    tab.wait_for_timeout(500)
    assert faults(tab, axe, "{ resultTypes: ['violations'] }") == {}


@pytest.mark.parametrize("name", PAGES)
def test_words_are_read_in_the_dark(axe, tab, address, name):
    tab.emulate_media(color_scheme="dark")
    tab.goto(address + name)
    tab.wait_for_timeout(500)
    assert faults(tab, axe, "{ runOnly: ['color-contrast'], resultTypes: ['violations'] }") == {}
