"""What the reading site is written from: the equations are those that are simulated, and nothing slips in unescaped."""

import dataclasses
import json
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from compendium import lab, playground
from compendium.site import api, html, network, tables
from compendium.site.printed import printed_latex
from compendium.site.trace import marked, readouts, trace
from niche.answering.claim import claim
from niche.errors import NicheError
from niche.evidence.rows import evidence
from niche.experiment.hosts import hosts
from niche.model.state import RESTING, Inputs, Parameters, State
from niche.params.records import root
from niche.solver import kernel as _kernel

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Tags(HTMLParser):
    """The tags of a piece of HTML, with the attributes that could run something."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.dangerous: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)
        self.dangerous += [f"{tag} {k}" for k, v in attrs if k.startswith("on") or (v or "").startswith("javascript:")]


# --- equations


def test_the_printed_equations_give_the_compiled_rates():
    draws = 5
    known = network.values(draws)
    known = {name: np.array(value, copy=True) for name, value in known.items()}
    random = np.random.default_rng(4)
    pushed = {
        "stress": 2.0,
        "blocker_b2": 0.5,
        "sensory": 0.6,
        "channel_block": 0.3,
        "cytotoxic": 0.01,
        "NA_added": 3.0,
    }
    known |= {marked(name): np.full(draws, value) for name, value in pushed.items()}
    known |= {name: known[name] * random.uniform(0.7, 1.3, draws) for name in State._fields}
    rates = {}
    for one in trace():
        (rates if one.kind == "rate" else known)[one.name] = network.evaluate_arrow(one, known)
    rhs = _kernel.load_kernel("niche.model.niche").rhs
    mice = hosts("mouse", tumour="MDA-231-luc", draws=draws).parameters
    for j in range(draws):
        compiled = np.empty(len(State._fields))
        y, u = np.array([known[name][j] for name in State._fields]), np.array(RESTING._replace(**pushed))
        rhs(0.0, y, u, np.array([float(column[j]) for column in mice]), compiled)
        printed = np.array([np.broadcast_to(rates[name], (draws,))[j] for name in State._fields])
        assert np.isfinite(compiled).all()
        assert np.allclose(printed, compiled, rtol=1e-9, atol=1e-12)


def test_each_name_in_an_equation_is_a_number_an_input_a_state_or_has_an_equation():
    known = {*State._fields, *Parameters._fields, *map(marked, Inputs._fields)}
    for one in trace():
        assert set(one.depends_on) <= known, one.name
        known.add(one.name)
    for one in readouts():
        assert set(one.depends_on) <= known, one.name
        known.add(one.name)
    used = {name for one in (*trace(), *readouts()) for name in one.depends_on}
    assert set(Parameters._fields) - used <= {"inoculum"}  # the one number that only a protocol reads


def test_each_equation_becomes_well_formed_mathml():
    from compendium.site.mathml import as_mathml

    for one in (*trace(), *readouts()):
        tree = ElementTree.fromstring(as_mathml(printed_latex(one), block=True))
        assert tree.tag.endswith("math")
    with pytest.raises(ValueError, match="nonsense"):
        as_mathml(r"\nonsense{x}", block=False)


def test_couplings_have_the_signs_that_biology_gives():
    signs = {(one.source, one.target): one.sign for one in network.arrows(60)}
    assert signs["RANKL", "osteoclasts"] == signs["osteoclasts", "resorption"] == signs["osteoclasts", "TGF-β"] == "+"
    assert signs["PTHrP", "PTH receptor"] == signs["PTH receptor", "RANKL"] == "+"
    assert signs["OPG", "RANKL"] == signs["CD8 T cells", "tumour"] == signs["MDSC", "CD8 T cells"] == "-"
    assert signs["CGRP", "OPG"] == "?"  # the literature disagrees on it, and no row settles it
    assert ("tumour", "noradrenaline") not in signs
    assert "0" not in signs.values()


# --- what comes from files


def test_what_the_evidence_contains_is_escaped():
    row = evidence("SB02")
    words = {one.name: HOSTILE for one in dataclasses.fields(row) if isinstance(getattr(row, one.name), str)}
    bad = dataclasses.replace(row, **(words | {"scale": "log"}))
    by, cells = tables._evidence(bad, [])
    markup = html.filtered("evidence", ["c"] * len(cells), [(by, cells)], dict.fromkeys(by, HOSTILE))
    tags = Tags(markup)
    assert not tags.found & {"script", "img"}
    assert tags.dangerous == []
    assert "<a" not in html.html_source("javascript:alert(1)", "javascript:alert(1)")


def test_docstrings_keep_their_signs():
    found = api.as_rst(
        ["Power x**2 and value_.", "", "Parameters", "----------", "*names", "    which | ones", "", "end"]
    )
    assert found[0] == r"Power x\*\*2 and value\_."
    assert found[4:6] == ["*names", r"    which \| ones"]


# --- JupyterLab and the playground


def test_lab_opens_the_notebook_that_is_named_and_offers_the_nearest_name():
    assert lab.file_of("vicious-cycle") == claim("vicious-cycle").notebook
    assert lab.file_of("playground") == "playground.ipynb"
    with pytest.raises(NicheError, match="did you mean 'vicious-cycle'"):
        lab.file_of("viscious-cycle")


def test_a_copy_is_made_once_and_then_kept(tmp_path):
    folder, target = tmp_path / "from", tmp_path / "to"
    folder.mkdir()
    (folder / "a.ipynb").write_text("1")
    lab.copied(folder, target)
    (target / "a.ipynb").write_text("changed")
    lab.copied(folder, target)
    assert (target / "a.ipynb").read_text() == "changed"


def test_the_only_kernel_is_this_python():
    specs = lab.ThisPython()
    assert specs.get_kernel_spec("python3").argv[0] == sys.executable
    assert list(specs.get_all_specs()) == ["python3"]


def test_what_a_notebook_writes_in_the_lab_is_not_beside_the_notebooks(tmp_path, monkeypatch):
    """`out = "scratch"` was notebooks/scratch/, which git does not ignore."""
    monkeypatch.setenv(lab.FOLDER, str(tmp_path))
    start = lab.ThisPython().get_kernel_spec("python3").argv
    code = start[start.index("-c") + 1].replace("launch_new_instance()", "print(os.getcwd())")
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == tmp_path
    assert "compendium/lab_extension" in " ".join(lab.command_line(tmp_path, "", None, browser=False))


def test_the_panel_says_what_it_is_where_no_browser_shows_it():
    assert repr(playground.widget_panel(draws=2)) == playground.WITHOUT_SLIDERS
    stored = json.loads((root().parent / "notebooks/playground.ipynb").read_text(encoding="utf-8"))
    texts = [o["data"]["text/plain"] for c in stored["cells"] for o in c.get("outputs", [])]
    assert texts[0] == [playground.WITHOUT_SLIDERS]


def test_a_move_of_a_slider_takes_under_a_tenth_of_a_second():
    playground.network_picture(playground.Setting())  # the compiled equations and the mice are there when sliders are
    took = []
    for i in range(12):
        began = time.process_time()
        playground.network_picture(playground.Setting(stress=1.2 + i / 10, zoledronate=0.1, opg=3.0, propranolol=2.0))
        took.append(time.process_time() - began)
    assert np.median(took) < 0.1


def test_sliders_do_what_the_model_does():
    alone, treated = (
        playground.courses_figure(playground.Setting()),
        playground.courses_figure(playground.Setting(opg=5.0)),
    )
    assert np.allclose(alone["Oc.N/BS"][:, :8], treated["Oc.N/BS"][:, :8], rtol=1e-4)  # drugs start on day 7
    assert (treated["Oc.N/BS"][:, -1] < alone["Oc.N/BS"][:, -1]).all()  # OPG takes RANKL away
    assert playground.courses_figure(playground.Setting(tumour="none"))["tumour burden"].max() == 0
    with pytest.raises(NicheError, match="did you mean"):
        playground.network_picture(playground.Setting(tumour="breast, lytic"))
