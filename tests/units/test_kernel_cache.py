"""Compiled code is never stale: whatever its numbers depend on is part of its key, and nothing else recompiles it."""

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import niche.model.niche
from niche import _kernel
from niche.rivals import lemaire2004

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
from niche import _kernel
from toy.model import Parameters
rhs, slope = _kernel.load("toy.model").rhs, np.zeros(1)
rhs(0.0, np.ones(1), np.zeros(1), np.array(Parameters(made=3.0, lost=0.5)), slope)
print(json.dumps([slope[0], sum(rhs.stats.cache_misses.values())]))
"""
RUN = """
import json
import numpy as np
from niche import _kernel
from niche._solve import Problem, solve
from toy.model import Parameters
p, zero, none, end = np.array([Parameters(made=3.0, lost=0.5)]), np.zeros(1), np.zeros((1, 1, 1)), np.array([50.0])
states, _, _ = solve("toy.model", Problem(zero[None], p, zero, 50.0, none, none, end), "explicit", 1e-9, zero + 1e-12)
print(json.dumps([states[0, 0, 0], sum(_kernel.load("toy.model").solve.stats.cache_misses.values())]))
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


STAND_IN = """
import math
from toy.numbers import FACTOR
def power(x):
    return 2.718281828459045**x
power.compiled_as = math.exp
def loss(x, p):
    return power(FACTOR * p.lost * x)
"""


def test_a_library_function_may_stand_in_for_a_plain_one(toy):
    """Compiled, `power` is what `compiled_as` names; another name there is another key."""
    found, compiled = toy.run(SLOPE, losses=STAND_IN)
    assert (found, compiled) == (pytest.approx(3 - math.exp(0.5), rel=1e-14), True)
    assert toy.run(SLOPE, losses=STAND_IN.replace("math.exp", "math.sin")) == (pytest.approx(3 - math.sin(0.5)), True)
    assert toy.run(SLOPE, losses=STAND_IN) == (found, False)


def test_a_change_taken_back_finds_its_old_code(toy):
    assert toy.run(SLOPE) == (2.5, False)


def test_key_holds_only_what_the_equations_reach():
    ours, theirs = _kernel._reach(niche.model.niche), _kernel._reach(lemaire2004)
    assert set(theirs.modules) == {"niche.rivals.lemaire2004"}
    assert {function.__name__ for function in theirs.functions} == {"rates", "rank", "tgfb", "pth"}
    assert all(name.startswith("niche.model.") for name in ours.modules)
    assert {"niche.model.helpers", "niche.model.state", "niche.model.bone"} <= set(ours.modules)
    assert "niche.model.observables" not in ours.modules  # a new read-out compiles nothing
    assert any("_E 2.718281828459045" in constant for constant in ours.constants)


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
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert _kernel.cache_root() == tmp_path / "niche"
    assert list((tmp_path / "niche").iterdir()) == []
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert _kernel.cache_root().name == "niche-cache"
