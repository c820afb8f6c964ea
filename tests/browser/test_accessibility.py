"""What a program finds that hinders people who see, hear or move otherwise: axe, on pages of each kind.

axe.min.js is no dependency: $AXE is the path of that file (of the package axe-core, or of axe-playwright-python).
"""

import os
from pathlib import Path

import pytest

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
AXE = os.environ.get("AXE", "")


@pytest.mark.skipif(not AXE, reason="needs AXE=path of axe.min.js")
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("tab", [(1280, 900), (390, 844)], indirect=True, ids=["desk", "phone"])
def test_axe_finds_no_fault(tab, address, name):
    tab.goto(address + name)
    tab.wait_for_timeout(500)
    tab.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = tab.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    told = {one["id"]: [node["html"][:120] for node in one["nodes"]][:3] for one in found["violations"]}
    assert told == {}
