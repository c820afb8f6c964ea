"""The tasks after a fit ask each way only for the papers that it is for."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from niche.errors import NicheError
from niche.inference import leaving_tasks
from niche.inference.again import AGAIN, Again
from niche.inference.again_file import read_without
from niche.inference.leaving_tasks import _ways, again_papers, sample_again
from niche.inference.left_out import LeftOut

NAMES = ("easy", "own", "hard", "own too little", "prior")
MOVES = np.array([[1, 0, 0, 1], [1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0]], dtype=bool)


@pytest.fixture
def fit(tmp_path, monkeypatch):
    """Four papers, of which weights leave out one, and own parameters integrated over another."""
    slopes = SimpleNamespace(names=NAMES, moved=lambda: MOVES)
    found = SimpleNamespace(objective=SimpleNamespace(slopes=lambda: slopes), draws=np.zeros((4, 4)), shape=None)
    (tmp_path / "left_out").mkdir()
    files = {
        "whole": {name: {"fine": name == "easy"} for name in NAMES[:-1]},
        "own": {"own": {"fine": True}, "own too little": {"fine": False}},
    }
    for name, papers in files.items():
        (tmp_path / "left_out" / f"{name}.json").write_text(json.dumps({"papers": papers}))
    monkeypatch.setattr(leaving_tasks, "_fit", lambda base: found)
    return found


def test_sampling_again_is_for_what_nothing_else_leaves_out(fit, tmp_path):
    assert again_papers(tmp_path) == ["hard", "own too little"]


def test_without_a_mechanism_papers_are_left_out_as_of_the_whole_model(fit, tmp_path):
    assert _ways(tmp_path, fit) == ({"own": [1]}, ["hard", "own too little"])


def test_draws_without_a_paper_are_kept_with_their_weights(fit, tmp_path, monkeypatch):
    """The fit's draws are kept walker after walker, a chain has them step after step."""
    random = np.random.default_rng(0)
    chains, each, own = 3, 4, 30
    fit.draws, fit.drawn = (
        np.zeros((12, 4)),
        SimpleNamespace(
            scores=np.zeros((chains, each, 4)), parts=random.normal(size=(chains, each, 5)), papers=NAMES[:-1]
        ),
    )
    weights = np.concatenate([np.arange(12.0), np.full(own, 3.0)])
    weights /= weights.sum()
    one = LeftOut(-1.0, 0.1, np.nan, 250.0, AGAIN, True, weights)

    def made_up(objective, paper, draws, told, *more):
        assert draws.shape == (each, chains, 4)
        np.testing.assert_array_equal(told, fit.drawn.parts[:, :, 2].T)
        return Again(one, random.normal(size=(own, 9)), np.zeros(own))

    slopes = SimpleNamespace(
        names=NAMES,
        atoms=[SimpleNamespace(name="a"), SimpleNamespace(name="b")],
        effects=lambda scores: scores[:, :2],
    )
    fit.objective.slopes, fit.objective.keys = (lambda: slopes), ("x",) * 4
    monkeypatch.setattr(leaving_tasks, "leave_out_again", made_up)
    monkeypatch.setattr(leaving_tasks, "trials_of", lambda *asked: {})
    monkeypatch.setattr(leaving_tasks, "KEPT", 10)
    told = sample_again(tmp_path, "hard", tmp_path / "scratch")
    assert told["papers"]["hard"]["fine"]
    assert told["kept"] == 10
    found = read_without(tmp_path / "left_out" / "again-hard.nc", ["b", "a"])
    assert found.effects.shape == (10, 2)
    assert found.whole.sum() + found.weights.sum() == pytest.approx(1.0)
    assert found.weights.sum() == pytest.approx(weights[12:].sum())
    # draw 1 of walker 0 is step 1 of walker 0: the fourth of a chain of three walkers
    np.testing.assert_allclose(found.whole[:4], weights[[0, 3, 6, 9]])
    (tmp_path / "left_out" / "again-hard.nc").write_bytes(b"no")
    with pytest.raises(NicheError, match=r"again-hard.nc is not readable .*: delete it, and run 'niche left-out'"):
        read_without(tmp_path / "left_out" / "again-hard.nc", ["a"])
