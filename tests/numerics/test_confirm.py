"""Is the posterior still that of today's model? Its density at stored draws says so, and nothing else does."""

import json
import shutil

import numpy as np
import pytest

from compendium.cli import main as cli
from niche.errors import NicheError
from niche.inference import depends
from niche.inference.accept import accept
from niche.inference.checkpoint import Store
from niche.inference.confirm import confirm, differences
from niche.params import judging_state
from niche.params.posterior import read_manifest, read_posterior, write_manifest
from niche.params.records import root


@pytest.fixture
def folder(tmp_path):
    for name in ("draws.csv", "manifest.json"):
        shutil.copy(root() / "posterior" / name, tmp_path / name)
    return tmp_path


def altered(folder, change):
    """The manifest of a copy with something in it changed."""
    content = json.loads(json.dumps(read_manifest(folder)))
    change(content)
    write_manifest(content, folder)


@pytest.mark.needs_judged
def test_moved_code_is_confirmed_and_keyed_anew(folder):
    altered(folder, lambda m: m["depends"].update(code={"niche.old_name": "0"}))
    assert "niche/old_name.py" in depends.posterior_changes(folder)
    changed = confirm(folder)
    assert "niche/old_name.py" in changed
    assert depends.posterior_changes(folder) == []
    before = (folder / "manifest.json").read_bytes()
    assert confirm(folder) == []
    assert (folder / "manifest.json").read_bytes() == before


@pytest.mark.needs_judged
def test_the_stored_density_is_that_of_the_commit_that_the_chains_were_sampled_with(folder):
    """Rows and priors as 07e626e gives them, before the house was rebuilt, within the tolerance of --confirm."""
    content = read_manifest(folder)
    assert len(content["probe"]["draws"]) == 40
    assert differences(content, folder) == []


@pytest.mark.needs_judged
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p["rows"].update(SB02=[v + 0.01 for v in p["rows"]["SB02"]]), "row SB02: "),
        (lambda p: p.update(prior=[1.01 * v for v in p["prior"]]), "priors of the fitted parameters: "),
        (lambda p: p["rows"].pop("SB02"), "fitted rows that are new: SB02"),
        (lambda p: p["rows"].update(XX01=[0.0] * 40), "fitted rows that are gone: XX01"),
    ],
    ids=["a row", "a prior", "a row more", "a row less"],
)
def test_another_density_is_refused_and_said_by_how_much(folder, change, said):
    altered(folder, lambda m: (m["depends"].update(code={}), change(m["probe"])))
    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(NicheError, match="not draws of the posterior of today") as error:
        confirm(folder)
    assert said in str(error.value)
    assert (folder / "manifest.json").read_bytes() == before


def test_a_manifest_that_keeps_no_density_cannot_be_confirmed(folder):
    altered(folder, lambda m: (m.pop("probe"), m.pop("depends")))
    with pytest.raises(NicheError, match="keeps no density"):
        confirm(folder)


def test_a_command_says_that_the_posterior_is_older_than_its_priors(monkeypatch, capsys):
    monkeypatch.setattr(judging_state, "_read", lambda file: "")  # nobody has said so before
    monkeypatch.setattr(depends, "present_parts", lambda: _one_more(read_manifest()["depends"]))
    assert cli.main(["predict", "SB02", "--draws", "5"]) == 0
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "the posterior is older than params/model: b2_rankl, so what follows" in said.err
    assert "'niche calibrate --confirm'" in said.err
    assert "SB02" in said.out
    assert cli.main(["cite", "crosstalk"]) == 0  # it has nothing to do with draws
    assert capsys.readouterr().err == ""


def _one_more(parts):
    return {"code": parts["code"], "numbers": parts["numbers"] | {"params/model: b2_rankl": "0"}}


def test_chains_are_accepted_with_a_reason_and_of_todays_model_only(tmp_path):
    with pytest.raises(NicheError, match="needs the reason"):
        accept(" ", work=tmp_path)
    with pytest.raises(NicheError, match=r"nothing in .* was sampled with the model"):
        accept("because", work=tmp_path)
    Store(tmp_path, {"chain": "another"})
    with pytest.raises(NicheError, match=r"nothing in .* was sampled with the model"):
        accept("because", work=tmp_path)
    Store(tmp_path, {"chain": depends.chain_key(depends.present_parts())})
    with pytest.raises(NicheError, match="holds no chains of both ensembles"):
        accept("because", work=tmp_path, folder=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_draws_of_the_density_are_draws_of_the_posterior():
    assert np.max(read_manifest()["probe"]["draws"]) < len(read_posterior())
