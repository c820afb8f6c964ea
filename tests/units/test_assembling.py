"""From draws and left-out papers to answers: what goes in is made up, what comes out is reckoned by hand."""

import numpy as np
import pytest

from niche.answering import assembling
from niche.answering.assembling import Sources, fitted_answer, survives
from niche.inference.blocks import CLASSES
from niche.inference.joint import informing
from niche.inference.left_out import LeftOut
from niche.propositions.reading import proposition

N = 400
R = np.random.default_rng(0)


def left_out(value, fine=True):
    return LeftOut(value, 0.02, 0.2, 900.0, "raised", fine, np.empty(0))


def stored(value):
    return {"log_density": value, "error": 0.02, "k": 0.2, "worth": 900.0, "how": "raised", "fine": True}


@pytest.fixture(scope="module")
def given():
    """Everything that papers of 05a printed is what the model says, and without the mechanism it says nothing."""
    atoms, one = informing(), proposition("05a")
    mine = [atom for atom in atoms if atom.name.split(".")[0] in one.evidence]
    direct = {}
    for atom in mine:
        direct.setdefault(atom.animals, []).append(atom.name)
    papers = sorted({atom.animals for atom in atoms})
    effects = np.empty((N, len(atoms)))
    for j, atom in enumerate(atoms):
        middle = atom.y if atom.kind == "number" else 0.8 * atom.sign
        effects[:, j] = middle + 0.05 * R.standard_normal(N)
    keys = tuple(f"model:{gain}" for gain in one.gains)
    told = {
        "propositions": ["05a"],
        "direct": direct,
        "papers": {paper: stored(-3.0) for paper in direct},
        "heads": {"05a": [-0.05, 0.01, 0.06]},
    }
    return Sources(
        atoms=atoms,
        keys=keys,
        effects=effects,
        spreads=np.full((N, len(CLASSES)), 0.1),
        scores=2 + 0.5 * R.standard_normal((N, len(keys) + len(CLASSES))),
        whole=N,
        weights={paper: np.full(N, 1 / N) for paper in papers},
        left_out={paper: left_out(-1.5) for paper in papers},
        alone={"05a": dict.fromkeys(direct, (0.96, 300.0))},
        without={"05a": told},
        converged=True,
        fit="abc",
    )


def head_row(given):
    return [atom.name for atom in given.atoms].index(proposition("05a").head.atom)


def test_a_mechanism_that_every_paper_needs(given):
    one = proposition("05a")
    said = fitted_answer("05a", one, given)
    n = len(given.without["05a"]["direct"])
    assert said.mechanism.word == "supported"
    assert pytest.approx(1.5 * n) == said.mechanism.D
    assert said.mechanism.papers == n
    assert said.mechanism.error == pytest.approx(0.02 * np.sqrt(2 * n), rel=1e-6)
    assert said.mechanism.savage_dickey.full < -3
    assert {one.side for one in said.mechanism.influence} == {0.96}
    assert said.model.control.left == pytest.approx(1.0 / np.median(given.effects[:, head_row(given)]), rel=0.2)
    numbers = [one for one in said.model.predictions if one.observed is not None]
    assert all(one.inside for one in numbers)
    assert len(said.model.predictions) == sum(map(len, given.without["05a"]["direct"].values()))


def test_fits_that_did_not_converge_give_no_word(given):
    said = fitted_answer("05a", proposition("05a"), given._replace(converged=False))
    assert said.mechanism.word == "not computed well enough"


def test_two_ways_to_leave_papers_out_are_never_mixed(given):
    other = {paper: one._replace(how="weights") for paper, one in given.left_out.items()}
    said = fitted_answer("05a", proposition("05a"), given._replace(left_out=other))
    assert said.mechanism.word == "not computed well enough"


def test_papers_on_both_sides_contest(given):
    papers = list(given.without["05a"]["direct"])
    alone = {paper: (0.97 if i % 2 else 0.02, 300.0) for i, paper in enumerate(papers)}
    assert fitted_answer("05a", proposition("05a"), given._replace(alone={"05a": alone})).mechanism.word == "contested"
    few = {paper: (p, 5.0) for paper, (p, _) in alone.items()}  # too few draws to say anything
    assert fitted_answer("05a", proposition("05a"), given._replace(alone={"05a": few})).mechanism.word == "supported"


def test_what_is_missing_is_not_yet_computed(given):
    assert fitted_answer("05a", proposition("05a"), given._replace(without={})).mechanism.word == "not yet computed"
    assert fitted_answer("19a", proposition("19a"), given).mechanism.word == "untested"
    assert fitted_answer("13a", proposition("13a"), given).mechanism.word == "not yet computed"


def test_of_none_or_down_an_effect_downwards_is_as_good_as_none(given):
    one = proposition("05e")
    assert one.asserts == "none or down"
    rows = [atom.name for atom in given.atoms]
    effects = given.effects.copy()
    effects[:, rows.index(one.head.atom)] = -0.9
    told = given.without["05a"] | {"propositions": ["05e"]}
    said = fitted_answer("05e", one, given._replace(effects=effects, without={"05e": told}, alone={}))
    assert said.mechanism.nu == 1.0
    assert said.mechanism.word == "supported"


@pytest.mark.parametrize(
    ("parts", "shift", "expected"),
    [
        ((1.5, 1.5, 1.5, 1.5), 0.0, True),
        ((6.0, 0.3, 0.3, 0.3), 0.0, False),  # all of D is one paper's
        ((1.5, 1.5, 1.5, 1.5), -0.9, False),  # without one paper the side is open
    ],
)
def test_a_word_survives_any_one_paper_or_not(parts, shift, expected):
    head = np.concatenate([np.full(300, 0.5), np.full(100, 0.5 + shift)])
    names = ("a", "b", "c", "d")
    plain = np.concatenate([np.full(300, 1 / 300), np.zeros(100)])
    weights = dict.fromkeys(names, plain) | {"a": np.full(400, 1 / 400)}
    assert survives(head, 1, 0.18, weights, dict(zip(names, parts, strict=True))) is expected
    assert survives(-head, 1, 0.18, weights, dict(zip(names, parts, strict=True))) is expected  # its contrary


def test_a_fit_that_is_not_there_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(assembling, "freeze_hash", lambda: "abc")
    with pytest.raises(Exception, match="run 'niche fit'"):
        assembling.assemble(tmp_path)
