"""The tasks after a fit ask each way only for the papers that it is for."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from niche.inference import leaving_tasks
from niche.inference.leaving_tasks import _ways, raise_whole

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


def test_a_chain_is_raised_for_what_nothing_else_leaves_out(fit, tmp_path, monkeypatch):
    class Asked(Exception):
        pass

    def chain(objective, near, out, *more):
        raise Asked(list(out))

    monkeypatch.setattr(leaving_tasks, "raised_chain", chain)
    with pytest.raises(Asked) as asked:
        raise_whole(tmp_path, tmp_path / "scratch")
    assert asked.value.args[0] == ["hard", "own too little"]


def test_without_a_mechanism_papers_are_left_out_as_of_the_whole_model(fit, tmp_path):
    assert _ways(tmp_path, fit) == ({"own": [1]}, [])
    (tmp_path / "left_out" / "raised.json").write_text(json.dumps({"papers": {"hard": {}, "own too little": {}}}))
    assert _ways(tmp_path, fit) == ({"own": [1]}, ["hard", "own too little"])
