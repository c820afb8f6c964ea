"""Sweeps: each number is that of niche.experiment.simulation, whoever does the work, however often it was stopped."""

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from pathlib import Path

import numpy as np
import pytest

import niche
from compendium.sweep import Folder, check_spec, quantiles, read_spec, sweep
from compendium.sweep.chunks import chunk_count, part_of, run_chunk
from compendium.sweep.design import design_points
from niche.experiment import solution as solution_module
from niche.model.state import Parameters

ROOT = Path(__file__).resolve().parents[2]
BASE = {
    "hosts": {"system": "mouse", "strain": "C57BL/6J", "draws": 5, "seed": 3},
    "days": 7,
    "arms": {"control": [], "treated": [{"infuse": ["isoprenaline", "$dose mg/kg/day"], "start": "$begin"}]},
    "vary": {
        "factors": {
            "dose": {"range": [1, 10], "count": 3, "scale": "log"},
            "begin": {"values": [0, 1.5]},
            "b2_rankl": {"values": [0.5, 2], "relative": True},
            "sympathetic": {"values": [0, 1]},
        }
    },
    "read": {
        "Oc": {"observable": "Oc.N/BS", "treated": "treated", "control": "control", "day": 7},
        "CTX": {"observable": "CTX", "treated": "treated", "days": [2, 7]},
    },
    "chunk": 12,
}


def spec(**changes):
    """BASE with some of it changed; a dotted key is inside a mapping, and None takes it away."""
    made = json.loads(json.dumps(BASE))
    for key, value in changes.items():
        *path, last = key.split("__")
        place = made
        for name in path:
            place = place[name]
        place.pop(last, None)
        if value is not None:
            place[last] = value
    return made


def small(**changes):
    """One dose at random, 30 hosts in 8 chunks."""
    vary = {"design": "random", "points": 30, "factors": {"dose": {"range": [1, 10]}}}
    treated = [{"infuse": ["isoprenaline", "$dose mg/kg/day"]}]
    read = {"Oc": {"observable": "Oc.N/BS", "day": 7}}
    return spec(**{"arms": {"one": treated}, "vary": vary, "read": read, "hosts__draws": 1, "chunk": 4} | changes)


def table(file):
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def shards(folder):
    return {file.name: file.read_bytes() for file in sorted((folder / "shards").iterdir())}


# --- the numbers


def test_each_host_is_what_simulate_gives(tmp_path):
    """Every factor at every level: dose, day, parameter and input, in both arms, to the last bit."""
    made = check_spec(BASE)
    sweep(made, tmp_path, workers=1)
    found = np.concatenate([shard.values for shard in Folder(tmp_path, made).shards()])
    rows = table(tmp_path / "points.csv")
    assert len(rows) == 3 * 2 * 2 * 2
    assert len(found) == 24 * 5
    doses = sorted({float(row["dose"]) for row in rows})
    assert doses == pytest.approx([1, 10**0.5, 10])
    hosts = niche.hosts("mouse", strain="C57BL/6J", draws=5, seed=3)
    for k, row in enumerate(rows):
        at = {name: float(row[name]) for name in ("dose", "begin", "b2_rankl", "sympathetic")}
        own = hosts.with_parameters(b2_rankl=hosts.parameters.b2_rankl * at["b2_rankl"])
        dose = niche.Protocol(7).infuse("isoprenaline", f"{at['dose']!r} mg/kg/day", start=at["begin"])
        arms = dose, niche.Protocol(7)
        if at["sympathetic"] == 0:  # the condition of params/ that takes every fibre away does the same
            taken = hosts.registry.conditions["sympathectomy"].inputs
            assert set(taken) >= {"sympathetic"}
            if not (set(taken) == {"sympathetic"} and taken["sympathetic"].value == 0):
                continue
            arms = tuple(arm.surgery("sympathectomy") for arm in arms)
        treated, control = (niche.simulate(own, arm, at=[2, 7]) for arm in arms)
        expected = (treated["Oc.N/BS"] / control["Oc.N/BS"]).sel(time=7).values
        here = found[5 * k : 5 * k + 5]
        np.testing.assert_array_equal(here[:, 0], expected)
        np.testing.assert_array_equal(here[:, 1:], treated["CTX"].values)
        assert float(row["Oc: 0.5"]) == pytest.approx(np.median(expected), rel=1e-12)


def test_an_input_is_in_force_all_the_time(tmp_path):
    """A varied level of PTH is an infusion from the first day to the last, and a varied share is a lesion."""
    changes = {"arms": {"one": []}, "read": {"CTX": {"observable": "CTX", "day": 7}}, "chunk": 100}
    made = check_spec(spec(vary={"factors": {"PTH_added": {"values": [0, 500]}}}, **changes))
    sweep(made, tmp_path, workers=1)
    (shard,) = Folder(tmp_path, made).shards()
    hosts = niche.hosts("mouse", strain="C57BL/6J", draws=5, seed=3)
    infused = niche.simulate(hosts, niche.Protocol(7).infuse("PTH", "500 pM/day"), at=[7])["CTX"].values[:, 0]
    at_rest = niche.simulate(hosts, niche.Protocol(7), at=[7])["CTX"].values[:, 0]
    np.testing.assert_array_equal(shard.values[:, 0], [*at_rest, *infused])
    assert (infused > at_rest).all()


@pytest.mark.parametrize("draws", [5, 12, 30, "fresh"])
def test_chunks_hold_every_host_once(draws):
    vary = {"design": "sobol", "points": 17, "factors": {"growth": {"range": [0, 1]}}}
    read = {"CTX": {"observable": "CTX", "day": 7}}
    made = check_spec(spec(hosts__draws=draws, vary=vary, arms={"one": []}, read=read))
    parts = [part_of(made, chunk) for chunk in range(chunk_count(made))]
    sizes = [held.points if held.fresh else held.points * held.draws for held in parts]
    assert [held.host for held in parts] == [0, *np.cumsum(sizes)[:-1]]
    assert sum(sizes) == made.size == 17 * (1 if draws == "fresh" else draws)
    assert max(sizes) <= made.chunk
    seeds = [held.seed for held in parts if held.first == parts[0].first or held.fresh]
    assert len(set(seeds)) == len(seeds)  # no two chunks of fresh hosts or of one point have the same hosts


def test_a_sobol_design_in_parts_is_scipys_sequence_in_one():
    from scipy.stats import qmc

    factors = {"growth": {"range": [0.1, 10], "scale": "log"}, "kill": {"range": [0, 2]}}
    made = check_spec(
        spec(
            arms={"one": []},
            vary={"design": "sobol", "points": 64, "factors": factors},
            chunk=12,
            read={"CTX": {"observable": "CTX", "day": 7}},
        )
    )
    parts = [part_of(made, chunk) for chunk in range(chunk_count(made))]
    found = np.concatenate([design_points(made, held.first, held.points, i) for i, held in enumerate(parts)])
    share = np.stack([np.log(found[:, 0] / 0.1) / np.log(100), found[:, 1] / 2], axis=1)
    # 64 points of a Sobol' sequence in two dimensions: one in each of 8 x 8 boxes, and 8 in each eighth of an axis
    assert len({tuple(box) for box in (share * 8).astype(int)}) == 64
    seed = np.random.SeedSequence(3, spawn_key=(0, 0))
    once = qmc.Sobol(2, scramble=True, rng=np.random.default_rng(seed)).random_base2(6)
    np.testing.assert_allclose(share, once, atol=1e-12)


def test_random_points_come_from_the_chunks_own_seeds():
    factors = {"growth": {"range": [0.01, 100], "scale": "log"}}
    read = {"CTX": {"observable": "CTX", "day": 7}}
    made = check_spec(
        spec(
            arms={"one": []},
            hosts__draws=1,
            read=read,
            chunk=500,
            vary={"design": "random", "points": 2000, "factors": factors},
        )
    )
    blocks = [design_points(made, 500 * i, 500, i)[:, 0] for i in range(4)]
    spawned = np.random.SeedSequence(3).spawn(1)[0].spawn(4)  # what spawning by the chunk's number means
    expected = [0.01 * 1e4 ** np.random.default_rng(seed).random(500) for seed in spawned]
    np.testing.assert_allclose(blocks, expected)
    from scipy.stats import kstest

    assert kstest(np.log(np.concatenate(blocks)), "uniform", (np.log(0.01), np.log(1e4))).pvalue > 1e-3


@pytest.mark.parametrize("held", [1 << 20, 10])
def test_quantiles_in_parts_are_numpys(held):
    generator = np.random.default_rng(5)
    whole = generator.standard_normal((997, 4)) * 10.0 ** generator.integers(-300, 300, (997, 4))
    whole[::7, 1] = np.nan
    whole[:, 2] = np.round(generator.random(997), 1) - 0.5  # ties, and zeros of both signs
    whole[:, 3] = np.nan
    asked = [0, 0.05, 0.5, 0.731, 0.95, 1]
    found = quantiles(lambda: np.array_split(whole, 13), asked, held=held)
    for i in range(3):
        np.testing.assert_allclose(found[:, i], np.nanquantile(whole[:, i], asked), rtol=1e-12)
    assert np.isnan(found[:, 3]).all()


# --- who does the work, and what is left when it is stopped


class OnlyMap:
    """An executor that has nothing but `map`, and a finite patience: it fails after so many tasks."""

    def __init__(self, tasks=10**9):
        self.left = tasks

    def map(self, function, tasks):
        for task in tasks:
            self.left -= 1
            yield function(task) if self.left >= 0 else RuntimeError("out of patience")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The shards of `small` done by one core in order."""
    folder = tmp_path_factory.mktemp("alone")
    sweep(small(), folder, workers=1)
    return folder


@pytest.mark.parametrize("kind", ["threads", "map", "pool", "processes"])
def test_any_executor_gives_the_same_files(kind, alone, tmp_path):
    if kind == "threads":
        with ThreadPoolExecutor(3) as executor:
            sweep(small(), tmp_path, executor=executor)
    elif kind == "pool":
        with ThreadPool(2) as executor:
            sweep(small(), tmp_path, executor=executor)
    else:
        sweep(small(), tmp_path, executor=OnlyMap() if kind == "map" else None, workers=2)
    assert shards(tmp_path) == shards(alone)
    for name in ("summary.json", "points.csv", "failed.csv", "sweep.json"):
        assert (tmp_path / name).read_bytes() == (alone / name).read_bytes()


def test_what_is_no_executor_is_refused(tmp_path):
    with pytest.raises(niche.NicheError, match="submit"):
        sweep(small(), tmp_path, executor=3)


def test_an_error_keeps_what_is_finished_and_the_rest_is_done_later(alone, tmp_path):
    with pytest.raises(niche.NicheError, match=r"out of patience.*chunks are finished and kept"):
        sweep(small(), tmp_path, executor=OnlyMap(3), workers=1)
    kept = shards(tmp_path)
    assert len(kept) == 3
    assert not (tmp_path / "summary.json").exists()
    states = []
    sweep(small(), tmp_path, workers=1, tell=states.append)
    assert [state.done for state in states] == [3, 4, 5, 6, 7, 8]
    assert shards(tmp_path) == shards(alone)


def test_a_killed_sweep_goes_on(alone, tmp_path):
    (tmp_path / "small.yaml").write_text(json.dumps(small()), encoding="utf-8")
    # The third chunk never ends, so that the process is killed in the middle of it.
    code = """if True:
        import sys, time
        from compendium.cli import main as cli
        from compendium.sweep import chunks, sweep
        whole = sweep.__globals__["run_chunk"]
        sweep.__globals__["run_chunk"] = lambda text, chunk: time.sleep(600) if chunk == 2 else whole(text, chunk)
        sys.exit(cli.main(["sweep", "small.yaml", "--output", "out", "--workers", "1"]))"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (tmp_path / "out/shards/00000001.npz").exists() and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()
    assert set(shards(tmp_path / "out")) == {"00000000.npz", "00000001.npz"}
    sweep(small(), tmp_path / "out", workers=1)
    assert shards(tmp_path / "out") == shards(alone)


# --- what may be wrong on disk


def copied(alone, tmp_path):
    import shutil

    return Path(shutil.copytree(alone, tmp_path / "copy"))


@pytest.mark.parametrize("harm", ["truncated", "altered", "empty"])
def test_a_damaged_shard_is_simulated_again(harm, alone, tmp_path):
    folder = copied(alone, tmp_path)
    file = folder / "shards/00000005.npz"
    content = file.read_bytes()
    where = content.index(run_chunk(check_spec(small()).text, 5).values.tobytes())
    flipped = content[:where] + bytes([content[where] ^ 1]) + content[where + 1 :]
    file.write_bytes({"truncated": content[:300], "altered": flipped, "empty": b""}[harm])
    states = []
    sweep(small(), folder, workers=1, tell=states.append)
    assert states[0].damaged == (5,)
    assert [state.done for state in states] == [7, 8]
    assert shards(folder) == shards(alone)


def test_a_checksum_is_of_the_numbers_themselves(alone, tmp_path):
    """Another number in a shard that zip itself finds whole."""
    folder = copied(alone, tmp_path)
    file = folder / "shards/00000005.npz"
    with np.load(file) as found:
        arrays = dict(found)
    arrays["values"] = arrays["values"] * 1.01
    np.savez(file, **arrays)
    assert Folder(folder, check_spec(small())).found()[1] == [5]


def test_a_shard_of_another_version_is_refused_and_left_alone(alone, tmp_path):
    folder = copied(alone, tmp_path)
    file = folder / "shards/00000005.npz"
    with np.load(file) as found:
        arrays = dict(found)
    header = json.loads(str(arrays["header"]))
    header["made"]["niche"], header["sweep"] = "0.0.1", "of another version"
    arrays["header"] = np.array(json.dumps(header))
    np.savez(file, **arrays)
    before = file.read_bytes()
    with pytest.raises(niche.NicheError, match=r"00000005.npz.*niche 0.0.1 against"):
        sweep(small(), folder, workers=1)
    assert file.read_bytes() == before


def test_a_folder_of_another_sweep_or_version_is_refused(alone, tmp_path):
    folder = copied(alone, tmp_path)
    before = shards(folder)
    with pytest.raises(niche.NicheError, match=r"another specification.*left alone"):
        sweep(small(hosts__seed=4), folder, workers=1)
    about = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
    about["made"]["numba"], about["key"] = "0.1", "x"
    (folder / "sweep.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(niche.NicheError, match=r"another version \(numba 0.1 against"):
        sweep(small(), folder, workers=1)
    assert shards(folder) == before


def test_a_full_disk_keeps_what_is_finished(alone, tmp_path, monkeypatch):
    whole, written = np.savez, []

    def savez(file, **arrays):
        if len(written) == 3:
            file.write(b"half a shard")
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(file)
        whole(file, **arrays)

    monkeypatch.setattr(np, "savez", savez)
    with pytest.raises(niche.NicheError, match="no room is left on the disk"):
        sweep(small(), tmp_path, workers=1)
    assert set(shards(tmp_path)) == {"00000000.npz", "00000001.npz", "00000002.npz"}  # nothing half written
    monkeypatch.undo()
    sweep(small(), tmp_path, workers=1)
    assert shards(tmp_path) == shards(alone)


# --- hosts that fail


def test_hosts_that_fail_are_counted_named_and_in_no_number(tmp_path, monkeypatch):
    real = solution_module.solve_problem
    gains = niche.hosts("mouse", strain="C57BL/6J", draws=4, seed=3).parameters.b2_rankl
    column = Parameters._fields.index("b2_rankl")

    def solve(model, problem, *rest):
        states, status, steps = real(model, problem, *rest)
        ill = problem.parameters[:, column] == gains[1]  # the second draw, wherever it is
        status[ill] = 3  # given up, if only after the day that is read
        return states, status, steps

    made = check_spec(small(hosts__draws=4, vary__points=6, chunk=8))
    sweep(made, tmp_path / "well", workers=1)
    monkeypatch.setattr(solution_module, "solve_problem", solve)
    found = sweep(made, tmp_path / "ill", workers=1)
    well = np.concatenate([shard.values for shard in Folder(tmp_path / "well", made).shards()])
    kept = np.delete(well, [1, 5, 9, 13, 17, 21])
    assert (found.hosts, found.failed, found.lines[0].hosts, found.lines[0].unread) == (24, 6, 18, 0)
    np.testing.assert_allclose(found.lines[0].quantiles, np.quantile(kept, [0.05, 0.5, 0.95]), rtol=1e-12)
    rows = table(tmp_path / "ill/failed.csv")
    assert [int(row["host"]) for row in rows] == [1, 5, 9, 13, 17, 21]
    assert {row["status: one"] for row in rows} == {"step too small"}
    # the row says how to make that host again
    last = rows[-1]
    again = niche.hosts("mouse", strain="C57BL/6J", draws=int(last["draws"]), seed=int(last["seed"]))
    assert again.rows[int(last["draw"])] == int(last["row"])
    dose = niche.Protocol(7).infuse("isoprenaline", f"{last['dose']} mg/kg/day")
    value = niche.simulate(again, dose, at=[7])["Oc.N/BS"].values[int(last["draw"]), 0]
    assert value == well[21, 0]
    assert "host 1 (dose = " in found.named[0]
    points_of = table(tmp_path / "ill/points.csv")
    assert [row["failed"] for row in points_of] == ["1"] * 6
    assert [row["Oc: hosts"] for row in points_of] == ["3"] * 6


def test_nothing_to_read_is_counted_apart(tmp_path):
    """A fold of a burden without a tumour is 0/0: no number, and no failure."""
    read = {"fold": {"observable": "tumour burden", "compare": "fold of start", "day": 7}}
    found = sweep(small(read=read), tmp_path, workers=1)
    assert (found.failed, found.lines[0].hosts, found.lines[0].unread) == (0, 0, 30)
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["readings"]["fold"]["least"] is None


# --- what may be wrong in a specification

GRID = {"range": [1, 2], "count": 2}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hosts__system": "mose"}, "did you mean 'mouse'"),
        ({"hosts__strain": "C57BL6"}, "did you mean 'C57BL/6J'"),
        ({"hosts__draws": 0}, "at least 1"),
        ({"hosts__draw": 3}, "did you mean 'draws'"),
        ({"hosts__parameters": {"b2_rank": 0}}, "did you mean 'b2_rankl'"),
        ({"day": 3}, "did you mean 'days'"),
        ({"days": None}, "lacks 'days'"),
        ({"vary__design": "sobel"}, "did you mean 'sobol'"),
        ({"vary__factors__b2_rank": GRID}, "did you mean 'b2_rankl'"),
        ({"vary__factors__sympathetik": GRID}, "did you mean 'sympathetic'"),
        ({"vary__factors__OBp0": GRID}, "unknown parameter or input 'OBp0'"),
        ({"vary__factors__dose": None}, "unknown factor 'dose'"),
        ({"vary__factors__dose__range": [10, 1]}, r"the range \[10, 1\] is empty"),
        ({"vary__factors__dose__range": [1, 1]}, "is empty"),
        ({"vary__factors__dose__range": [0, 1]}, "must begin above 0"),
        ({"vary__factors__dose__range": [1, "2"]}, "expected a finite number"),
        ({"vary__factors__dose__count": 1}, "at least 2"),
        ({"vary__factors__dose__scale": "lg"}, "did you mean 'log'"),
        ({"vary__factors__begin": {"values": []}}, "values is empty"),
        ({"vary__factors__begin": {"values": [0, 8]}}, r"day 8 is outside the protocol.*begin = 8"),
        ({"vary__factors__growth": {"values": [-1, 1]}}, "parameter cannot be negative"),
        ({"vary__factors__sympathetic": {"values": [-1, 1]}}, "input cannot be negative"),
        ({"vary__points": 5}, "points is for random and sobol"),
        (
            {"vary": {"design": "random", "points": 0, "factors": {"dose": {"range": [1, 2]}}}},
            "points: expected a whole number of at least 1",
        ),
        ({"arms__treated": [{"infus": ["isoprenaline", "$dose mg/kg/day", "$begin"]}]}, "did you mean 'infuse'"),
        ({"arms__treated": [{"infuse": ["isoprenalin", "$dose mg/kg/day", "$begin"]}]}, "did you mean 'isoprenaline'"),
        ({"arms__treated": [{"infuse": ["isoprenaline", "$dose mg", "$begin"]}]}, "mg/kg/day"),
        ({"arms__treated": [{"seed": ["intracardiac"]}, {"infuse": ["PTH", "$dose pM/day", "$begin"]}]}, "no line"),
        ({"read__Oc__observable": "Oc.N"}, "did you mean 'Oc.N/BS'"),
        ({"read__Oc__treated": "treatd"}, "did you mean 'treated'"),
        ({"read__Oc__day": 9}, "day"),
        ({"read": {}}, "expected"),
        ({"quantiles": [0.5, 5]}, "from 0 to 1"),
        ({"chunk": 0}, "at least 1"),
        ({"rtol": 1}, "rtol: expected a number from 1e-13 to 1e-2, got 1"),
        ({"vary__factors__growth": {"range": [1, 2], "count": 10**8}}, "at most 100000"),
        ({"hosts__draws": 10**8}, "has 2,400,000,000 hosts, more than 1,000,000,000"),
    ],
)
def test_a_bad_specification_is_refused_with_what_is_wrong(changes, said):
    with pytest.raises(niche.NicheError, match=said):
        check_spec(spec(**changes))


def test_the_example_is_read_and_errors_name_the_file(tmp_path):
    made = read_spec(ROOT / "docs/examples/sweep.yaml")
    assert made.size == 2500
    file = tmp_path / "bad.yaml"
    file.write_text("hosts: {system: mouse}\ndays: 3\narms: {a: []}\nread: {x: {observable: CTXX, day: 3}}\n")
    with pytest.raises(niche.NicheError, match=r"bad.yaml: .*did you mean 'CTX'"):
        read_spec(file)


def test_the_command_prints_and_goes_on(tmp_path, monkeypatch, capsys):
    from compendium.cli import main as cli

    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(json.dumps(small()), encoding="utf-8")
    assert cli.main(["sweep", "small.yaml", "--workers", "1"]) == 0
    out = capsys.readouterr().out
    (folder,) = Path("sweeps").iterdir()
    assert "30 points x 1 hosts = 30" in out
    assert str(folder / "points.csv") in out
    assert cli.main(["sweep", "small.yaml", "--workers", "1"]) == 0
    assert "8 of 8 chunks are there already" in capsys.readouterr().out
    assert cli.main(["sweep", "none.yaml"]) == 2
    assert "none.yaml is missing" in capsys.readouterr().err
