"""Pages and files of the site: folded code, numbered figures, tables to take away, names that can be asked."""

import csv
import json

import pytest

import niche
from compendium.site import api, downloads, notebook_page
from compendium.site.sphinx_pages import template_of
from niche.errors import NicheError
from niche.evidence.rows import read_evidence
from niche.experiment.hosts import hosts
from niche.model.observables import OBSERVABLES

SAVE = 'figures.save(\n    plot, claim.id, "course", data, out=out,\n    caption="a",\n)\nplot'
HOSTILE = '"><script>alert(1)</script>'
SAVED = {"course": {"caption": f"Bone & time. {HOSTILE}", "alt": HOSTILE}}


def notebook(*cells):
    return json.dumps({"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "text"]}, *cells]})


def code(source, *outputs):
    found = [{"output_type": "execute_result", "data": dict(data), "metadata": {}} for data in outputs]
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": found}


def test_code_is_folded_and_a_saved_figure_has_number_caption_and_files():
    svg = {"image/svg+xml": "<svg/>", "text/plain": "Figure"}
    page = json.loads(notebook_page.page_of(notebook(code("x = 1"), code(SAVE, svg)), "BOX\n", SAVED, "vicious-cycle"))
    title, first, second = page["cells"]
    assert title["source"] == "# Title\n\nBOX\ntext"
    assert first["metadata"]["tags"] == second["metadata"]["tags"] == ["hide-input"]
    (output,) = second["outputs"]
    shown = output["data"]["text/html"]
    assert set(output["data"]) == {"text/html"}
    assert "<b>Figure 1.</b> Bone &amp; time." in shown
    assert 'src="../_static/figures/vicious-cycle/course.svg"' in shown
    assert 'href="../_static/figures/vicious-cycle/course.csv" download' in shown
    assert "<script>" not in shown


def test_a_picture_that_nobody_saved_stays_as_it_is():
    svg = {"image/svg+xml": "<svg/>"}
    page = json.loads(notebook_page.page_of(notebook(code("plot", svg), code(SAVE)), "", SAVED, "vicious-cycle"))
    assert page["cells"][1]["outputs"][0]["data"] == svg
    assert page["cells"][2]["outputs"] == []


def test_a_table_has_no_head_without_words():
    table = {"text/html": ["<tr><th></th>", "<th>a</th></tr>"]}
    page = json.loads(notebook_page.page_of(notebook(code("table", table))))
    assert page["cells"][1]["outputs"][0]["data"]["text/html"] == "<tr><td></td><th>a</th></tr>"


def test_sliders_are_said_to_be_sliders():
    widget = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "VBox"}
    page = json.loads(notebook_page.page_of(notebook(code("panel", widget))))
    assert "sliders" in page["cells"][1]["outputs"][0]["data"]["text/markdown"]


def test_every_figure_of_the_repository_is_in_the_gallery(tmp_path):
    folder = tmp_path / "some"
    folder.mkdir()
    entries = {"figures": {"one": {"caption": f"First. Second {HOSTILE}", "alt": HOSTILE}}}
    (folder / "manifest.json").write_text(json.dumps(entries), encoding="utf-8")
    page = notebook_page.gallery_page(tmp_path, [("some", "01 Some", "notebooks/01_some.html"), ("none", "02", "x")])
    assert 'href="notebooks/01_some.html"' in page
    assert "First." in page
    assert "Second" not in page
    assert "<script>" not in page
    assert "## 02" not in page


def test_the_evidence_is_written_as_a_spreadsheet_reads_it(tmp_path):
    files = downloads.write_data(tmp_path)
    evidence = next(file for file in files if file.name == "evidence.csv")
    assert evidence.read_bytes().startswith(b"\xef\xbb\xbf")
    with evidence.open(encoding="utf-8-sig", newline="") as lines:
        rows = {row["id"]: row for row in csv.DictReader(lines)}
    assert set(rows) == set(read_evidence())
    assert rows["SB02"]["statement"] == read_evidence()["SB02"].statement
    assert all(f'href="data/{file.name}"' in downloads.links("data") for file in files)


def test_a_workbook_holds_numbers_as_numbers_and_no_formulas(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    rows = [["id", "value"], ["a", "1.5"], ["b", "=1+1"]]
    file = downloads._workbook(tmp_path / "a.xlsx", {"evidence": rows})
    sheet = openpyxl.load_workbook(file)["evidence"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["id", "value"], ["a", 1.5], ["b", "'=1+1"]]


def test_single_papers_have_a_page_of_their_own_kind():
    assert template_of("papers/kondo-2011-isoprenaline") == "paper.html"
    assert template_of("papers/index") is template_of("papers/risk-of-bias") is template_of("claims") is None


def test_names_are_those_that_are_taken():
    assert set(niche.observables()) == set(OBSERVABLES)
    assert niche.observables()["CTX"].endswith("]")
    assert set(niche.strains("mouse")) < set(niche.strains())
    for strain in niche.strains("rat"):
        assert hosts("rat", strain=strain, draws=1).strain == strain
    for site in niche.sites():
        assert hosts("mouse", bone=site, draws=1).bone == site
    assert {"propranolol", "denosumab", "zoledronate"} <= set(niche.drugs())
    assert "ovariectomy" in niche.conditions()
    assert not set(niche.sites()) & set(niche.conditions())
    with pytest.raises(NicheError, match="did you mean 'mouse'"):
        niche.strains("mause")


def test_the_page_of_names_has_every_list():
    page = api.names_page()
    for name in api.LISTS:
        assert f"`niche.{name}()`" in page
        assert all(f"<code>{one}</code>" in page for one in getattr(niche, name)() if "&" not in one and "<" not in one)
