"""What was fixed before the fit is still what it was: atoms, errors, indirectness, gains, heads, rules and folds."""

import pytest

from niche.errors import NicheError
from niche.inference import freeze


def test_nothing_moved_since_the_freeze():
    """A table that moves on purpose is frozen anew with its reason (`niche freeze --why`), and fitted anew."""
    assert freeze.moved() == []
    assert all(entry["why"].strip() for entry in freeze.read_lock()["history"])


def test_a_table_that_moves_is_told_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(freeze, "frozen_tables", lambda: {"rules.csv": "rule,value\na,1\n", "folds.csv": "x\n"})
    freeze.freeze("a first time", tmp_path / "frozen")
    first = freeze.freeze_hash(tmp_path / "frozen")
    monkeypatch.setattr(freeze, "frozen_tables", lambda: {"rules.csv": "rule,value\na,2\n", "folds.csv": "x\n"})
    assert freeze.moved(tmp_path / "frozen") == ["rules.csv"]
    with pytest.raises(NicheError, match=r"rules\.csv moved after the freeze"):
        freeze.freeze_hash(tmp_path / "frozen")
    freeze.freeze("a rule was wrong, and why", tmp_path / "frozen")
    assert freeze.freeze_hash(tmp_path / "frozen") != first
    assert [entry["why"] for entry in freeze.read_lock(tmp_path / "frozen")["history"]] == [
        "a first time",
        "a rule was wrong, and why",
    ]


def test_a_freeze_has_a_reason(tmp_path):
    with pytest.raises(NicheError, match="reason"):
        freeze.freeze(" ", tmp_path)
