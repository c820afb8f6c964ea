"""One version, wherever it stands, and on everything that is made."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

import niche
from compendium.run import report

ROOT = Path(niche.__file__).resolve().parents[1]
_ENTRY = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", re.MULTILINE)


@pytest.fixture(scope="module")
def changelog() -> str:
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_version_is_the_same_everywhere(changelog):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    newest, released = _ENTRY.findall(changelog)[0]
    assert niche.__version__ == project["version"] == str(citation["version"]) == newest
    assert str(citation["date-released"]) == released


def test_the_changelog_is_kept(changelog):
    """Newest first, and each entry says which results changed; the form is https://keepachangelog.com."""
    versions = [tuple(map(int, version.split("."))) for version, _ in _ENTRY.findall(changelog)]
    assert versions == sorted(versions, reverse=True)
    parts = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    assert parts[0].startswith("[Unreleased]")
    allowed = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Results that changed"}
    for part in parts:
        headings = re.findall(r"^### (.+)$", part, re.MULTILINE)
        assert set(headings) <= allowed
        assert headings[-1] == "Results that changed"


def test_figures_and_reports_carry_the_version(tmp_path):
    import matplotlib.pyplot as plt
    from PIL import Image

    from compendium.figures import rounded, save, style

    data = rounded({"x": [0.0, 1.0], "y": [1.0, 2.0]})
    with style():
        figure, axes = plt.subplots()
        axes.plot(data["x"], data["y"])
        axes.set(xlabel="day", ylabel="cells")
        folder = save(figure, "a-claim", "one", data, caption="Cells.", alt="A line.", out=tmp_path)
        plt.close(figure)
    made_by = f"niche {niche.__version__}"
    assert Image.open(folder / "one.png").text["Software"] == made_by
    assert made_by in (folder / "one.svg").read_text()
    assert json.loads((folder / "manifest.json").read_text())["figures"]["one"]["niche"] == niche.__version__
    assert json.loads(report.as_json([], {}, {}))["environment"]["niche"] == niche.__version__
    assert f"- {made_by}\n" in report.as_markdown([], {}, {})
