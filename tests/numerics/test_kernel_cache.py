"""Compiled code is never stale: whatever its numbers depend on is part of its key, and nothing else recompiles it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import niche.model.niche
from niche.model.state import Parameters
from niche.rivals import lemaire2004
from niche.solver import kernel as _kernel

STATE = """
from typing import Any, NamedTuple
State = NamedTuple("State", [("x", Any)])
Inputs = NamedTuple("Inputs", [("added", Any)])
Parameters = NamedTuple("Parameters", [("made", Any), ("lost", Any)])
"""
MODEL = """
from toy import losses
from toy.state import State, Inputs, Parameters
def rates(t, y, inputs, p):
    return State(p.made + inputs.added - losses.loss(y.x, p))
"""
LOSSES = """
from toy.numbers import FACTOR
def loss(x, p):
    return FACTOR * p.lost * x
"""
NUMBERS = "FACTOR = 1.0\n"
SLOPE = """
import json
import numpy as np
from niche.solver import kernel as _kernel
from toy.model import Parameters
rhs, slope = _kernel.load_kernel("toy.model").rhs, np.zeros(1)
rhs(0.0, np.ones(1), np.zeros(1), np.array(Parameters(made=3.0, lost=0.5)), slope)
print(json.dumps([slope[0], sum(rhs.stats.cache_misses.values())]))
"""
RUN = """
import json
import numpy as np
from niche.solver import kernel as _kernel
from niche.solver.solving import Problem, solve
from toy.model import Parameters
p, zero, none, end = np.array([Parameters(made=3.0, lost=0.5)]), np.zeros(1), np.zeros((1, 1, 1)), np.array([50.0])
states, _, _ = solve("toy.model", Problem(zero[None], p, zero, 50.0, none, none, end), "explicit", 1e-9, zero + 1e-12)
print(json.dumps([states[0, 0, 0], sum(_kernel.load_kernel("toy.model").solve.stats.cache_misses.values())]))
"""


class Toy:
    """A model of one state in a package of its own, run in fresh interpreters with a cache of its own."""

    def __init__(self, folder: Path):
        self.folder, self.cache = folder, folder / "cache"
        for new in (folder / "toy", self.cache):
            new.mkdir()
        # Bytecode is looked up by time and size, too coarse for two versions of a file within a second.
        settings = {"NICHE_CACHE": str(self.cache), "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        self.environment = {**os.environ, **settings}

    def run(self, code: str, **changed: str) -> tuple[float, bool]:
        """What the code prints with these files of the model changed: a number, and whether it was compiled."""
        files = {"__init__": "", "state": STATE, "model": MODEL, "losses": LOSSES, "numbers": NUMBERS, **changed}
        for name, text in files.items():
            (self.folder / "toy" / f"{name}.py").write_text(text)
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        value, misses = json.loads(done.stdout)
        return value, misses > 0


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """The toy with the code of its first version compiled."""
    toy = Toy(tmp_path_factory.mktemp("toy"))
    assert toy.run(SLOPE) == (2.5, True)
    return toy


def test_a_second_start_compiles_nothing(toy):
    began = time.perf_counter()
    assert toy.run(RUN) == (pytest.approx(6.0, rel=1e-6), True)
    first = time.perf_counter() - began
    compiled = {file: file.stat().st_mtime_ns for file in toy.cache.rglob("*.nb*")}
    assert len(compiled) > 4
    began = time.perf_counter()
    assert toy.run(RUN) == (pytest.approx(6.0, rel=1e-6), False)
    assert time.perf_counter() - began < first / 2
    assert {file: file.stat().st_mtime_ns for file in toy.cache.rglob("*.nb*")} == compiled


@pytest.mark.parametrize(
    ("change", "slope"),
    [
        ({"model": MODEL.replace("p.made + inputs", "2 * p.made + inputs")}, 5.5),
        ({"losses": LOSSES.replace("FACTOR * p.lost", "2 * FACTOR * p.lost")}, 2.0),
        ({"numbers": "FACTOR = 4.0\n"}, 1.0),
        ({"state": STATE.replace('("made", Any), ("lost", Any)', '("lost", Any), ("made", Any)')}, 2.5),
    ],
    ids=["equation", "callee in another file", "constant in a third file", "order of the fields"],
)
def test_a_change_gives_new_numbers(toy, change, slope):
    assert toy.run(SLOPE, **change) == (slope, True)


def test_a_change_taken_back_finds_its_old_code(toy):
    assert toy.run(SLOPE) == (2.5, False)


def test_what_no_rate_depends_on_is_not_in_the_code():
    """A new read-out compiles nothing; a model that asks for the time or takes a branch is refused, not frozen."""
    text = _kernel.kernel_source(niche.model.niche)
    assert text == _kernel.kernel_source(niche.model.niche)
    assert f"p[{Parameters._fields.index('foci')}]" not in text  # read by an observable alone
    assert f"p[{Parameters._fields.index('growth')}]" in text

    def asks(t, y, inputs, p):
        return lemaire2004.State(t * y.R, y.B, y.C)

    def branches(t, y, inputs, p):
        return lemaire2004.State(y.R if y.R > 1 else y.B, y.B, y.C)

    for rates in (asks, branches):
        model = SimpleNamespace(**{**vars(lemaire2004), "rates": rates})
        with pytest.raises(TypeError):
            _kernel.kernel_source(model)


def test_copies_that_nobody_used_for_a_month_are_removed(tmp_path):
    current, old, recent, other = (tmp_path / name for name in ("a" * 20, "b" * 20, "c" * 20, "notes"))
    for folder in (current, old, recent, other):
        folder.mkdir()
    month_ago = time.time() - 31 * 86400
    for folder in (current, old, other):
        os.utime(folder, (month_ago, month_ago))
    _kernel._forget_old(current)
    assert sorted(tmp_path.iterdir()) == sorted([current, recent, other])


def test_cache_folder_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("NICHE_CACHE", str(tmp_path / "here"))
    assert _kernel.cache_root() == tmp_path / "here"
    monkeypatch.delenv("NICHE_CACHE")
    monkeypatch.setattr(_kernel.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "niche")
    assert _kernel.cache_root() == tmp_path / "niche"
    assert list((tmp_path / "niche").iterdir()) == []


def test_a_cache_in_the_temporary_folder_belongs_to_one_user(tmp_path, monkeypatch):
    """What is kept there is run: a folder that another user made, or can write to, is not used."""
    monkeypatch.delenv("NICHE_CACHE", raising=False)
    (tmp_path / "file").touch()
    monkeypatch.setattr(_kernel.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "file" / "niche")
    monkeypatch.setattr(_kernel.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(_kernel.tempfile, "tempdir", str(tmp_path))
    own = _kernel.cache_root()
    assert own == tmp_path / f"niche-cache-{os.getuid()}"
    assert own.stat().st_mode & 0o077 == 0
    assert _kernel.cache_root() == own
    own.chmod(0o777)
    other = _kernel.cache_root()
    assert other not in (own, tmp_path / "niche-cache")
    assert other.parent == tmp_path
    assert other.stat().st_mode & 0o077 == 0
    assert _kernel.cache_root() == other  # once in a process: what one thread compiled the next one finds
    own.chmod(0o700)
    monkeypatch.setattr(_kernel.os, "getuid", lambda: 12345)
    (tmp_path / "niche-cache-12345").mkdir(mode=0o700)  # by somebody else
    assert _kernel.cache_root() == other
