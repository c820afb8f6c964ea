"""A sweep on a real Dask cluster on this machine: a scheduler and two worker processes, one of which is killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import niche
from compendium.cli import main as cli
from compendium.sweep import check_spec, connected, sweep

ROOT = Path(__file__).resolve().parents[2]
# Dask warns of what does not matter here: sockets of a worker that was killed, its versions, slow event loops.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
SPEC = {
    "hosts": {"system": "mouse", "strain": "athymic nude", "tumour": "MDA-231-luc", "draws": 4},
    "days": 28,
    "arms": {"one": [{"seed": ["intracardiac"]}, {"infuse": ["isoprenaline", "$dose mg/kg/day"]}]},
    "vary": {
        "design": "sobol",
        "points": 64,
        "factors": {"dose": {"range": [0.1, 10], "scale": "log"}, "growth": {"range": [0.5, 1.5], "relative": True}},
    },
    "read": {"burden": {"observable": "tumour burden", "days": [14, 28]}},
    "chunk": 8,
}
_WORKER = "from distributed.cli.dask_worker import main; main()"


class Cluster:
    """A scheduler, and workers that are started one by one."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []

    def begin(self):
        file = self.folder / "scheduler.json"
        code = "from distributed.cli.dask_scheduler import main; main()"
        self.scheduler = self.start(
            code, "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)
        )
        wait_for(lambda: file.exists() and file.read_text(encoding="utf-8").rstrip().endswith("}"))
        self.address = json.loads(file.read_text(encoding="utf-8"))["address"]

    def start(self, code, *arguments):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "20s"}
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", code, *arguments], cwd=self.folder, env=environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def worker(self, before=""):
        """A worker process; `before` is run in it first."""
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--death-timeout", "60")
        return self.start(f"{before}\n{_WORKER}", self.address, *options)


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    try:
        made.begin()
        yield made
    finally:
        for process in made.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The shards that one core gives."""
    folder = tmp_path_factory.mktemp("alone")
    sweep(check_spec(SPEC), folder, workers=1)
    return shards(folder)


def shards(folder):
    return {file.name: file.read_bytes() for file in sorted((folder / "shards").iterdir())}


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_workers_one_killed_in_the_middle_give_the_bits_of_one_core(cluster, alone, tmp_path):
    workers = [cluster.worker(), cluster.worker()]
    seen = []

    def tell(state):
        seen.append(state.done)
        if state.done == 5:
            assert workers[0].poll() is None
            workers[0].send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    with connected(cluster.address) as client:
        client.wait_for_workers(2, timeout=60)
        found = sweep(check_spec(SPEC), tmp_path / "out", executor=client, tell=tell)
    assert workers[0].wait(timeout=10) != 0
    assert seen == list(range(33))
    assert found.hosts == 256
    assert shards(tmp_path / "out") == alone


def test_the_command_takes_an_address_and_goes_on_without_it(cluster, alone, tmp_path, capsys):
    cluster.worker()
    (tmp_path / "spec.yaml").write_text(json.dumps(SPEC), encoding="utf-8")
    command = ["sweep", str(tmp_path / "spec.yaml"), "--output", str(tmp_path / "out")]
    # The scheduler goes in the middle: an error soon, with what is finished kept.
    watch = threading.Thread(
        target=lambda: (
            wait_for(lambda: len(list((tmp_path / "out/shards").glob("[0-9]*.npz"))) > 2),
            cluster.scheduler.kill(),
        )
    )
    watch.start()
    began = time.monotonic()
    code = cli.main([*command, "--scheduler", str(tmp_path / "scheduler.json")])
    watch.join()
    said = capsys.readouterr().err
    assert code == 2
    assert "the same command goes on" in said
    assert time.monotonic() - began < 120
    assert 2 < len(shards(tmp_path / "out")) < 32
    assert cli.main([*command, "--workers", "1"]) == 0
    assert shards(tmp_path / "out") == alone


def test_a_worker_without_niche_or_with_another_is_refused(cluster, tmp_path):
    cluster.worker("import sys; sys.modules['niche'] = None")
    with pytest.raises(niche.NicheError, match=r"worker tcp://.* cannot use niche"), connected(cluster.address):
        pass
    cluster.processes[-1].kill()
    cluster.worker("import niche; niche.__version__ = '0.0.1'")
    with pytest.raises(niche.NicheError, match=r"another niche than this process: niche 0.0.1 against"):
        wait_for(lambda: looked(cluster.address), 60)


def looked(address):
    """Whether the killed worker is not listed any more; raises what `connected` says of the other."""
    try:
        with connected(address):
            return True
    except niche.NicheError as error:
        if "cannot use niche" in str(error):
            return False
        raise


def test_a_worker_without_niche_that_comes_late_is_named_and_costs_nothing(cluster, alone, tmp_path):
    cluster.worker()

    def tell(state):
        if state.done == 3:
            cluster.worker("import sys; sys.modules['niche'] = None")

    with connected(cluster.address) as client:
        said = ""
        try:  # it may come too late to be given anything
            sweep(check_spec(SPEC), tmp_path / "out", executor=client, tell=tell)
        except niche.NicheError as error:
            said = str(error)
    kept = shards(tmp_path / "out")
    assert len(kept) == 32 or ("No module named" in said and "goes on from there" in said), said
    assert kept == {name: alone[name] for name in kept}
    assert len(kept) >= 3


def test_no_scheduler_and_no_worker_are_said_soon(cluster):
    began = time.monotonic()
    with pytest.raises(niche.NicheError, match="no Dask scheduler answers"), connected("tcp://127.0.0.1:1", timeout=2):
        pass
    with pytest.raises(niche.NicheError, match="no Dask scheduler answers at 'nowhere"), connected("nowhere:8786", 2):
        pass
    with pytest.raises(niche.NicheError, match="has written none"), connected("none.json", timeout=1):
        pass
    with pytest.raises(niche.NicheError, match="has no workers"), connected(cluster.address, wait=1):
        pass
    assert time.monotonic() - began < 30
