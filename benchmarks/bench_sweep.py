"""What a sweep costs: time and memory against the number of hosts, and two Dask workers against one.

    python benchmarks/bench_sweep.py [--quick] [--most N]

Each size runs in a process of its own on one core, so that its peak of memory is its own; kernels are compiled before.
Processor time says what a free core would take, wall time what this machine took beside all else that it ran.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SPEC: dict[str, Any] = {
    "hosts": {"system": "mouse", "strain": "athymic nude", "tumour": "MDA-231-luc", "draws": "fresh"},
    "days": 28,
    "arms": {"one": [{"seed": ["intracardiac"]}]},
    "vary": {"design": "sobol", "points": 100, "factors": {"b2_rankl": {"range": [0, 2]}, "stress": {"range": [1, 4]}}},
    "read": {"burden": {"observable": "tumour burden", "day": 28}, "bone": {"observable": "BV/TV", "day": 28}},
}
DOSES: dict[str, Any] = {
    "arms": {"one": [{"seed": ["intracardiac"]}, {"dose": ["zoledronate", "$dose mg/kg"], "every": 7}]},
    "vary": {"design": "sobol", "points": 100, "factors": {"dose": {"range": [0.01, 1], "scale": "log"}}},
}
_START = "from distributed.cli.dask_{0} import main; main()"


def one(text: str) -> None:
    """Run the sweep of this text in a fresh folder, and print what it took."""
    from compendium.sweep import sweep

    spec = json.loads(text)
    with tempfile.TemporaryDirectory() as folder:
        wall, processor = time.perf_counter(), time.process_time()
        found = sweep(spec, folder, workers=1)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        written = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    spent = {"hosts": found.hosts, "wall": wall, "processor": processor, "failed": found.failed}
    print(json.dumps(spent | {"peak": peak, "written": written / 2**20}))


def measured(spec: dict[str, Any]) -> dict[str, float]:
    """What `one` prints, from a process of its own."""
    command = [sys.executable, __file__, "--one", json.dumps(spec)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(told.stdout.splitlines()[-1]))


def sized(points: int, **changes: Any) -> dict[str, Any]:
    """The sweep of so many hosts."""
    spec = json.loads(json.dumps(SPEC | changes))
    spec["vary"]["points"] = points
    return dict(spec)


def sizes(most: int) -> None:
    """Time and memory against the number of hosts."""
    heads = ("hosts", "wall, s", "processor, s", "ms a host", "peak, MB", "written, MB", "failed")
    print("".join(f"{head:>14}" for head in heads))
    for points in [10**k for k in range(2, 7) if 10**k <= most]:
        line(measured(sized(points)))
    print("the same with a dose of its own for each host")
    for points in [10**k for k in range(3, 5) if 10**k <= most]:
        line(measured(sized(points, **DOSES)))


def line(found: dict[str, float]) -> None:
    each = 1e3 * found["processor"] / found["hosts"]
    print(
        f"{found['hosts']:>14,}{found['wall']:>14.1f}{found['processor']:>14.1f}{each:>14.2f}"
        f"{found['peak']:>14.0f}{found['written']:>14.2f}{found['failed']:>14}",
        flush=True,
    )


def dask(points: int, repeats: int) -> None:
    """Two Dask workers against one, in turns on one cluster: median ratio of wall times, and its spread."""
    from compendium.sweep import connected, sweep

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        started = [
            _started("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        ]
        try:
            for name in ("a", "b"):
                started.append(
                    _started(
                        "worker",
                        "--scheduler-file",
                        str(file),
                        "--nthreads",
                        "1",
                        "--no-nanny",
                        "--no-dashboard",
                        "--name",
                        name,
                    )
                )
            while not (file.exists() and file.read_text().rstrip().endswith("}")):
                time.sleep(0.1)
            with connected(json.loads(file.read_text())["address"]) as client:
                client.wait_for_workers(2, timeout=60)
                spec = sized(points, chunk=250)
                _spent(client, sweep, sized(500, chunk=250), ["a", "b"])  # imports and kernels
                turns = [[_spent(client, sweep, spec, only) for only in (["a"], ["a", "b"])] for _ in range(repeats)]
        finally:
            for process in started:
                process.kill()
                process.wait()
    print(f"{points:,} hosts in chunks of 250, {repeats} turns")
    for name, k in (("wall", 0), ("processor, busiest worker", 1)):
        ratios = sorted(single[k] / both[k] for single, both in turns)
        single, both = (statistics.median(turn[i][k] for turn in turns) for i in (0, 1))
        print(
            f"{name}: one worker {single:.1f} s, two {both:.1f} s; one over two: median "
            f"{statistics.median(ratios):.2f}, {ratios[0]:.2f} to {ratios[-1]:.2f}"
        )
    print(f"load of the machine over the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


class _Only:
    """A Dask client that gives its work to some of the workers."""

    def __init__(self, client: Any, names: list[str]) -> None:
        self.client, self.names = client, names
        self.scheduler_info = client.scheduler_info

    def submit(self, function: Any, *arguments: Any, **options: Any) -> Any:
        return self.client.submit(function, *arguments, workers=self.names, allow_other_workers=False, **options)

    def nthreads(self) -> dict[str, int]:
        return dict.fromkeys(self.names, 1)


def _spent(client: Any, sweep: Any, spec: dict[str, Any], names: list[str]) -> tuple[float, float]:
    """Wall time, and the processor time of the worker that spent most [s]: the wall time that free cores would need."""
    with tempfile.TemporaryDirectory() as folder:
        began, before = time.perf_counter(), client.run(time.process_time)
        sweep(spec, folder, executor=_Only(client, names))
        wall, after = time.perf_counter() - began, client.run(time.process_time)
        return wall, max(after[worker] - before[worker] for worker in after)


def _started(what: str, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _START.format(what), *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="to 1,000 hosts, two turns")
    parser.add_argument("--most", type=int, default=100_000, help="hosts of the largest sweep")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.one)
        return
    measured(sized(100))  # compiled, and read from disk from now on
    sizes(1000 if given.quick else given.most)
    dask(1000 if given.quick else 40_000, 2 if given.quick else 7)


if __name__ == "__main__":
    main()
