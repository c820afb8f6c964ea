"""Are the shipped draws still those of today's model? Their density says so, and nothing else does."""

import json

import numpy as np
import pytest

from compendium.cli import main as cli
from niche.errors import NicheError
from niche.inference import current
from niche.inference.current import CONFIRMED, changes_at_a_glance, confirm, lists, moved_parts, moved_values
from niche.params.posterior import FILE, posterior_digest
from niche.params.records import root

BEFORE = {"code": {"niche.old_name": "0"}, "numbers": {"params/model: b2_rankl": "0", "the list of parameters": "1"}}
NOW = {"code": {"niche.new_name": "0"}, "numbers": {"params/model: b2_rankl": "0", "the list of parameters": "1"}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The shipped file, which says that it depends on little; today's model depends on something else."""
    (tmp_path / FILE).write_bytes((root() / "posterior" / FILE).read_bytes())
    monkeypatch.setattr(current, "read_manifest", lambda folder: {"depends": BEFORE})
    monkeypatch.setattr(current, "made_of", lambda objective: NOW)
    monkeypatch.setattr(current, "JointObjective", lambda atoms: None)
    monkeypatch.setattr(current, "informing", lambda: ())
    return tmp_path


def test_moved_code_is_confirmed_and_kept_beside_the_fit(folder, monkeypatch):
    monkeypatch.setattr(current, "differences", lambda folder: [])
    assert confirm(folder) == ["niche/new_name.py", "niche/old_name.py"]
    told = json.loads((folder / CONFIRMED).read_text())
    assert told["posterior"] == posterior_digest(folder)
    before = (folder / CONFIRMED).read_bytes()
    assert confirm(folder) == []
    assert (folder / CONFIRMED).read_bytes() == before


def test_what_was_confirmed_of_another_fit_says_nothing(folder):
    (folder / CONFIRMED).write_text(json.dumps({"posterior": "0", "depends": NOW}))
    assert current.posterior_changes(folder) == ["niche/new_name.py", "niche/old_name.py"]
    (folder / CONFIRMED).write_text("{")
    with pytest.raises(NicheError, match=f"{CONFIRMED} is not readable"):
        current.posterior_changes(folder)


def test_another_density_is_refused_and_said_by_how_much(folder, monkeypatch):
    monkeypatch.setattr(current, "differences", lambda folder: ["the rows of sloan-2010: one", *map(str, range(9))])
    with pytest.raises(NicheError, match="not draws of the posterior of today") as error:
        confirm(folder)
    assert "the rows of sloan-2010: one" in str(error.value)
    assert "and 5 more" in str(error.value)
    assert not (folder / CONFIRMED).exists()


def test_papers_whose_density_moved_are_named_the_farthest_first():
    before = np.array([[-10.0, -500.0, 2.0], [-11.0, -501.0, 2.0]])
    assert moved_parts(("a", "b", "c"), before, before * (1 + 1e-4)) == []  # the file keeps four digits
    now = before + np.array([[0.0, 0.0, 0.1], [1.0, 0.0, 0.0]])
    assert moved_parts(("a", "b", "c"), before, now) == [
        "the rows of a: log density -11 before, -10 now",
        "the rows of c: log density 2 before, 2.1 now",
    ]
    now[0, 1] = np.nan  # today it cannot be solved
    assert moved_parts(("a", "b", "c"), before, now)[0] == "the rows of b: log density -500 before, nan now"


def test_another_prior_moves_values_and_is_named():
    values = {"model:a": np.array([1.0, 2.0]), "model:b": np.array([0.0, 3.0])}
    assert moved_values(values, values) == []
    now = values | {"model:b": np.array([0.0, 3.1])}
    assert moved_values(values, now) == ["the draws of model:b: another prior or range"]


def test_lists_say_what_is_new_and_what_is_gone():
    assert lists("papers", ["a", "b"], ["b", "c"]) == ["papers that are new: c", "papers that are gone: a"]
    assert lists("papers", ["b", "a"], ["a", "b"]) == []


def test_a_command_says_that_the_posterior_is_older_than_its_numbers(monkeypatch, capsys):
    now = current.reached_code(*current.DENSITY, without=current.NOT_FITTED)
    names = current.numbers_again(["params/model: b2_rankl", "params/model: b1_rankl"])
    made = {"code": now, "numbers": names | {"the list of parameters": "1"}}
    monkeypatch.setattr(current, "_confirmed", lambda folder: made)
    assert changes_at_a_glance() == []
    monkeypatch.setattr(current, "_confirmed", lambda folder: made | {"numbers": {"params/model: b2_rankl": "0"}})
    assert cli.main(["predict", "SB02", "--draws", "5"]) == 0
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "the posterior is older than params/model: b2_rankl, so what follows" in said.err
    assert "'niche fit --confirm'" in said.err
    assert "SB02" in said.out
    assert cli.main(["cite", "crosstalk"]) == 0  # it has nothing to do with draws
    assert capsys.readouterr().err == ""
