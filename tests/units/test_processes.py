"""The pool of processes: answers belong to their tasks, and nothing outlives the process that started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from compendium.sweep.executors import as_they_come
from niche.errors import NicheError
from niche.processes import ProcessPool

# What a fresh interpreter runs, to be killed: two workers that note who they are, and work on and on.
# A shell that starts tests in the background lets them ignore SIGINT, and so would whoever they start.
DRIVER = """import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {tests!r})
from test_processes import works_on
from niche.processes import ProcessPool
with ProcessPool(2, {start!r}) as pool:
    list(pool.as_completed(works_on, [({folder!r},)] * 4))
"""
STARTS = [s for s in ("spawn", "forkserver") if s == "spawn" or os.name == "posix"]


def named(name, number, pause=0.0):
    time.sleep(pause)
    return name, number


def fails(number):
    if number == 1:
        raise ValueError("task 1 fails")
    return number


def dies(number):
    os._exit(number)


def works_on(folder):
    Path(folder, str(os.getpid())).touch()
    while True:
        sum(range(10_000))


def variables():
    return os.environ["OMP_NUM_THREADS"], os.environ.get("NICHE_TEST")


@pytest.mark.parametrize("start", STARTS)
def test_each_answer_stands_with_its_task(start):
    with ProcessPool(2, start) as pool:
        found = list(pool.as_completed(named, [("a", i, 0.1 * (i == 0)) for i in range(5)]))
    assert sorted(found) == [(i, ("a", i)) for i in range(5)]


def test_a_call_that_is_left_early_leaves_nothing_to_the_next_one():
    """B10: the answers of the call before came to the next one as its own."""
    with ProcessPool(2) as pool:
        first = pool.as_completed(named, [("first", i, 0.05) for i in range(6)])
        assert next(first)[1][0] == "first"
        first.close()
        assert sorted(pool.as_completed(named, [("second", i) for i in range(3)])) == [
            (i, ("second", i)) for i in range(3)
        ]


def test_after_a_time_nothing_is_begun_and_nothing_is_waited_for():
    began = time.monotonic()
    with ProcessPool(1) as pool:
        assert list(pool.as_completed(named, [("slow", i, 60.0) for i in range(3)], until=began + 0.2)) == []
    assert time.monotonic() - began < 50


def test_what_a_task_raises_is_raised_and_the_pool_goes_on():
    with ProcessPool(1) as pool:
        with pytest.raises(ValueError, match="task 1 fails"):
            list(pool.as_completed(fails, [(0,), (1,), (2,)]))
        assert list(pool.as_completed(fails, [(5,)])) == [(0, 5)]


def test_a_worker_that_is_killed_is_an_error_and_no_answer():
    with ProcessPool(2) as pool, pytest.raises(NicheError, match="ended from outside"):
        list(pool.as_completed(dies, [(3,), (3,)]))
    outcomes = list(as_they_come(dies, [(3,), (3,)], workers=2))
    assert {type(answer) for _, answer in outcomes} == {NicheError}


def test_workers_have_one_thread_and_this_process_keeps_its_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NICHE_TEST", raising=False)
    with ProcessPool(1) as pool:
        assert pool.submit(variables).result() == ("1", None)
    with ProcessPool(1, environment={"NICHE_TEST": "x"}) as pool:
        assert pool.submit(variables).result() == ("7", "x")
    assert (os.environ["OMP_NUM_THREADS"], os.environ.get("NICHE_TEST")) == ("7", None)


@pytest.mark.parametrize("start", STARTS)
def test_the_end_of_the_context_ends_what_is_running(start, tmp_path):
    began = time.monotonic()
    with ProcessPool(2, start) as pool:
        pool.submit(works_on, str(tmp_path))
        pids = started(tmp_path, 1)
    assert time.monotonic() - began < 30
    assert not any(map(alive, pids))


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_outlives_its_parent(tmp_path, number, start):
    script = DRIVER.format(tests=str(Path(__file__).parent), folder=str(tmp_path), start=start)
    parent = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    pids = started(tmp_path, 2)
    parent.send_signal(number)
    try:
        parent.wait(timeout=30)
    finally:
        parent.kill()
    deadline = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, pids))


def started(folder: Path, count: int) -> list[int]:
    """The workers that are at work."""
    deadline = time.monotonic() + 60
    while len(found := list(folder.iterdir())) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(found) == count
    return [int(path.name) for path in found]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")
