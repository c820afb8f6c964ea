"""Sampling: that a known posterior comes back, and that a stop or a core more changes no number.

The objectives here are toys: rows linear in the scores, of which the posterior is known.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import gamma
from scipy.stats import truncnorm

from compendium.cli import main as cli
from niche.errors import NicheError
from niche.inference import (
    diagnostics as _diagnose,
)
from niche.inference import (
    fit as _fit,
)
from niche.inference import (
    fitting,
    shipping,
)
from niche.inference import (
    sampler as _sampler,
)
from niche.inference.checkpoint import Store
from niche.inference.diagnostics import ESS, RHAT, NotConverged, diagnose, failing
from niche.inference.fit import sample_until
from niche.inference.sampler import Trajectories, steep
from niche.processes import ProcessPool

SETTINGS = {"walkers": 16, "steps": 3000, "minutes": 5.0, "seed": 4, "workers": 2}


class Parts:
    """A density that is the sum of these, each from points to values and slopes."""

    def __init__(self, *densities):
        self.densities, self.names = densities, tuple(map(str, range(len(densities))))

    def parts(self, x, wanted=None):
        found = [self.densities[i](x) for i in (range(len(self.names)) if wanted is None else wanted)]
        return np.stack([value for value, _ in found], axis=1), np.stack([slope for _, slope in found], axis=1)


class Toy:
    """Rows that are linear in the scores: the posterior is a known Gaussian. `columns` by key, each (rows,)."""

    measured = np.array([1.0, -2.0, 0.5])

    def __init__(self, columns):
        self.columns = dict(columns)
        self.keys, self.rows = tuple(self.columns), ("R1", "R2", "R3")
        self.matrix = np.array(list(self.columns.values())).T

    def rows_scores(self, scores):
        # element by element: the same point gives the same bits in any crowd
        return (np.atleast_2d(scores)[:, None, :] * self.matrix).sum(axis=2) - self.measured

    def slopes(self):
        return Parts(*(self._row(i) for i in range(len(self.rows))), lambda x: (-0.5 * (x**2).sum(axis=1), -x))

    def _row(self, i):
        def density(x):
            score = self.rows_scores(x)[:, i]
            return -0.5 * score**2, -score[:, None] * self.matrix[i]

        return density

    def truth(self):
        covariance = np.linalg.inv(self.matrix.T @ self.matrix + np.eye(len(self.keys)))
        return covariance @ self.matrix.T @ self.measured, covariance


class Slow(Toy):
    """Long enough to be stopped in the middle."""

    def rows_scores(self, scores):
        time.sleep(0.002)
        return super().rows_scores(scores)


SLOPES = {"a": (3.0, 0.0, 1.0), "b": (0.0, 2.0, 0.0), "c": (1.0, 1.0, 0.0)}


def fit(objective, store, *, walkers, steps, minutes, seed, workers):
    """Chains of a toy, begun about its summit: what `fit_jointly` does once it has climbed."""
    mean, covariance = objective.truth()
    given = {"walkers": walkers, "steps": steps, "seed": seed, "minutes": minutes}
    end = time.monotonic() + 60 * minutes
    with ProcessPool(workers) as pool:
        found = sample_until(pool, objective, objective.keys, store, [mean], [covariance], **given, end=end)
    return SimpleNamespace(objective=objective, **found._asdict())


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("work"), {"toy": 1})
    return fit(Toy(SLOPES), store, **SETTINGS), store


def test_a_known_posterior_comes_back(done):
    found, _ = done
    flat = found.chains.reshape(-1, 3)
    mean, covariance = found.objective.truth()
    # trajectories overshoot, so means are known better than widths: the tails say how well those are
    effective = min(min(r["ess_bulk"], r["ess_tail"]) for r in found.table.values())
    sd = np.sqrt(np.diag(covariance))
    assert (np.abs(flat.mean(axis=0) - mean) < 4 * sd / np.sqrt(effective)).all()
    np.testing.assert_allclose(flat.std(axis=0), sd, rtol=4 / np.sqrt(effective))
    np.testing.assert_allclose(np.corrcoef(flat.T), covariance / np.outer(sd, sd), atol=4 / np.sqrt(effective))
    assert failing(found.table) == []


def test_the_numbers_do_not_depend_on_the_workers(done, tmp_path):
    again = fit(Toy(SLOPES), Store(tmp_path, {"toy": 1}), **SETTINGS | {"workers": 1})
    np.testing.assert_array_equal(again.chains, done[0].chains)
    other = fit(Toy(SLOPES), Store(tmp_path, {"toy": 2}), **SETTINGS | {"seed": 5})
    assert not np.array_equal(other.chains[:, :, -1], done[0].chains[:, :, -1])


def test_ensembles_differ(done):
    assert not np.array_equal(done[0].chains[0], done[0].chains[1])


def test_resumed_is_uninterrupted(tmp_path, monkeypatch):
    """Stopped early and late, between a block of one ensemble and that of the other, and while the shape is learnt."""
    monkeypatch.setattr(_fit, "_REFINED", (1, 2))
    once = fit(Toy(SLOPES), Store(tmp_path / "once", {"toy": 1}), **SETTINGS)
    store, save, stops = Store(tmp_path / "stopped", {"toy": 1}), Store.save, [2, 8, 17, 12, 1, 1, 1]
    count = {"left": 0}

    def stop(self, name, arrays):
        save(self, name, arrays)
        count["left"] -= 1
        if count["left"] == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(Store, "save", stop)
    for stop_after in stops:
        count["left"] = stop_after
        with pytest.raises(KeyboardInterrupt):
            fit(Toy(SLOPES), store, **SETTINGS)
    found = fit(Toy(SLOPES), store, **SETTINGS)
    np.testing.assert_array_equal(found.chains, once.chains)
    assert found.steps == once.steps


def test_a_checkpoint_that_is_not_readable_is_made_again(done, tmp_path, capsys):
    fit(Toy(SLOPES), Store(tmp_path, {"toy": 1}), **SETTINGS)
    (folder,) = tmp_path.iterdir()
    next(folder.glob("block-1-*")).write_bytes(b"half")
    found = fit(Toy(SLOPES), Store(tmp_path, {"toy": 1}), **SETTINGS)
    assert "block of ensemble 2 is not readable" in capsys.readouterr().err
    np.testing.assert_array_equal(found.chains, done[0].chains)


def test_restart_discards(tmp_path):
    Store(tmp_path, {"a": 1}).save("x", {"one": np.ones(2)})
    assert Store(tmp_path, {"a": 1}).load("x") is not None
    assert Store(tmp_path, {"a": 2}).load("x") is None
    assert Store(tmp_path, {"a": 1}, restart=True).load("x") is None


def test_sampling_stops_when_time_is_over_and_goes_on_from_there(done, tmp_path):
    store = Store(tmp_path, {"toy": 1})
    with pytest.raises(NotConverged, match="were over before the first step"):
        fit(Toy(SLOPES), store, **SETTINGS | {"minutes": 1e-6})
    np.testing.assert_array_equal(fit(Toy(SLOPES), store, **SETTINGS).chains, done[0].chains)


def jointly(objective, store, *, starts, **settings):
    """In the place of `niche.inference.joint_fit.fit_jointly`, for a toy."""
    found = fit(objective, store, **settings)
    return SimpleNamespace(sampler=None, acceptance=found.accepted, **vars(found))


def put(kind, folder, patch=setattr):
    """Let `niche fit` fit a toy of this kind, and keep what has not converged below a folder."""
    patch(fitting, "informing", lambda: ())
    patch(fitting, "JointObjective", lambda atoms: kind(SLOPES))
    patch(fitting, "made_of", lambda objective: {"code": {}, "numbers": {}})
    patch(fitting, "fit_jointly", jointly)
    patch(fitting, "root", lambda: Path(folder))


def test_what_has_not_converged_is_not_shipped(tmp_path, capsys, monkeypatch):
    shipped = []
    put(Toy, tmp_path, monkeypatch.setattr)
    monkeypatch.setattr(shipping, "ship", lambda objective, chains, parts, sampler, made: shipped.append(made))
    monkeypatch.setattr(_diagnose, "ESS", 10**6)
    command = ["fit", "--work", str(tmp_path / "work"), "--walkers", "16", "--starts", "3"]
    assert cli.main([*command, "--steps", "100"]) == 1
    said = capsys.readouterr().err
    assert "parameters fail" in said
    assert ": R-hat" in said
    assert "Run the same command again" in said
    assert "any machine goes on from there" in said
    assert (tmp_path / "posterior" / "unfinished.npz").is_file()
    assert not shipped
    monkeypatch.setattr(_diagnose, "ESS", ESS)
    assert cli.main(command) == 0
    assert "3 parameters have converged" in capsys.readouterr().out
    (made,) = shipped
    assert made["rhat_max"] <= RHAT
    assert min(made["ess_bulk_min"], made["ess_tail_min"]) >= ESS
    assert set(made["convergence"]) == {"a", "b", "c"}


_STOPPED = """
import sys; sys.path.insert(0, {here!r})
import test_sampling as t
from compendium.cli import main as cli
if __name__ == "__main__":
    t.put(t.Slow, ".")
    t.shipping.ship = lambda *given: t.Path("out").touch()
    sys.exit(cli.main(["fit", "--work", "work", "--walkers", "16", "--starts", "3"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no control-C to send")
def test_control_c_leaves_what_can_be_taken_up(tmp_path):
    (tmp_path / "run.py").write_text(_STOPPED.format(here=str(Path(__file__).parent)))
    process = subprocess.Popen(
        [sys.executable, "run.py"], cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("work/*/state-1*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130, said
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()
    (folder,) = (tmp_path / "work").iterdir()
    assert list(folder.glob("state-1*"))
    assert not list(folder.glob(".*.npz"))


# --- moves


@pytest.mark.parametrize("wrong", [1.0, 0.6])
def test_trajectories_keep_the_posterior_whatever_their_slope_is(wrong):
    """Detailed balance: a slope that is off costs acceptance and nothing else."""
    import emcee

    spread = np.array([1.0, 0.5, 2.0])

    def slopes(x):
        return -0.5 * ((x / spread) ** 2).sum(axis=1), -wrong * x / spread**2

    along = Trajectories(Parts(slopes), (np.zeros(3), np.eye(3)), 0.35)
    sampler = emcee.EnsembleSampler(200, 3, along.density, moves=emcee.moves.MHMove(along), vectorize=True)
    start = emcee.State(np.zeros((200, 3)), random_state=np.random.RandomState(3).get_state())
    sampler.run_mcmc(start, 300, skip_initial_state_check=True)
    flat = sampler.get_chain(discard=50, flat=True) / spread
    assert np.abs(flat.mean(axis=0)).max() < 0.05
    np.testing.assert_allclose(flat.std(axis=0), 1, atol=0.03)
    assert sampler.acceptance_fraction.mean() > 0.3


def quartic(spread):
    """exp(-(x / spread)^4 / 4), each coordinate a part."""

    def part(i):
        def density(x):
            slope = np.zeros_like(x)
            slope[:, i] = -((x[:, i] / spread[i]) ** 3) / spread[i]
            return -0.25 * (x[:, i] / spread[i]) ** 4, slope

        return density

    return Parts(*map(part, range(len(spread))))


def test_finer_steps_where_it_is_steep_keep_the_posterior_and_accept_more():
    import emcee

    spread, accepted = np.array([1.0, 0.1, 1.5]), []
    for known in (np.zeros(3), np.array([0.05, 1.0, 0.05])):
        along = Trajectories(quartic(spread), (np.zeros(3), np.eye(3)), 0.2, known)
        sampler = emcee.EnsembleSampler(300, 3, along.density, moves=emcee.moves.MHMove(along), vectorize=True)
        start = emcee.State(np.zeros((300, 3)), random_state=np.random.RandomState(3).get_state())
        sampler.run_mcmc(start, 300, skip_initial_state_check=True)
        accepted.append(sampler.acceptance_fraction.mean())
        assert along.error.argmax() == 1
    flat = sampler.get_chain(discard=50, flat=True) / spread
    assert np.abs(flat.mean(axis=0)).max() < 0.05
    np.testing.assert_allclose(flat.var(axis=0), 2 * gamma(3 / 4) / gamma(1 / 4), rtol=0.06)
    assert accepted[1] > 1.1 * accepted[0]


def test_a_gaussian_that_is_known_costs_nothing_and_is_forgotten_after_a_quarter_of_a_turn(monkeypatch):
    """The flow between two calls is exact (Shahbaba et al. 2014): whatever the step, all are accepted."""
    monkeypatch.setattr(_sampler, "_JITTER", (1.0, 1.0))
    monkeypatch.setattr(_sampler, "_TURN", (np.pi / 2, np.pi / 2))
    mean, root = np.array([3.0, -1.0]), np.array([[2.0, 0.0], [0.9, 0.1]])
    precision = np.linalg.inv(root @ root.T)

    def slopes(x):
        pull = -(x - mean) @ precision
        return 0.5 * ((x - mean) * pull).sum(axis=1), pull

    along = Trajectories(Parts(slopes), (mean, root), np.pi / 4)
    points = mean + np.random.default_rng(0).standard_normal((4000, 2)) @ root.T
    there, factor = along(points, np.random.RandomState(1))
    np.testing.assert_allclose(along.density(there) - along.density(points) + factor, 0, atol=1e-9)
    assert np.abs(np.corrcoef(points.T, there.T)[:2, 2:]).max() < 0.05
    np.testing.assert_allclose(np.cov(there.T), root @ root.T, rtol=0.1)


def test_the_error_of_a_part_is_what_is_not_gaussian_of_it():
    """A parabola has none, however far its width is from what was learnt; a quartic has more, the narrower it is."""

    def parabola(x):
        slope = np.zeros_like(x)
        slope[:, 0] = -x[:, 0] / 0.3**2
        return -0.5 * (x[:, 0] / 0.3) ** 2, slope

    narrow = quartic(np.array([1.0, 0.3, 0.6]))
    points = 0.2 * np.random.default_rng(0).standard_normal((50, 3))
    parts = Parts(parabola, *narrow.densities[1:])
    along = Trajectories(parts, (np.zeros(3), np.eye(3)), 0.1)
    along(points, np.random.RandomState(1))
    assert along.error[0] < 1e-9
    assert along.error[1] > 3 * along.error[2] > 0


def test_most_parts_cannot_be_steep():
    assert steep(np.array([1.0, 0.0, 0.01, 0.0])) == [0]
    assert steep(np.array([1.0, 1.0, 1.0, 0.0])) == []
    assert steep(np.empty(0)) == []


def test_steep_parts_are_looked_at_four_times_as_often():
    looks = np.zeros(3, int)

    class Counted(Parts):
        def parts(self, x, wanted=None):
            looks[list(range(3)) if wanted is None else wanted] += 1
            return super().parts(x, wanted)

    density = Counted(*quartic(np.array([1.0, 0.1, 4.0])).densities)
    along, points = Trajectories(density, (np.zeros(3), np.eye(3)), 0.25, np.array([0.05, 1.0, 0.0])), np.zeros((9, 3))
    for _ in range(20):
        along(points, np.random.RandomState(3))
    assert 3.5 < looks[1] / looks[0] < 4.0
    assert looks[0] == looks[2]


def test_trajectories_stay_where_nothing_can_be_solved():
    """Beyond 1 the model cannot be solved: a bounded posterior, never left and never stuck."""

    def slopes(x):
        inside = (x < 1).all(axis=1)
        return np.where(inside, -0.5 * (x**2).sum(axis=1), -np.inf), np.where(inside[:, None], -x, 0.0)

    import emcee

    along = Trajectories(Parts(slopes), (np.zeros(2), np.eye(2)), 0.15)
    sampler = emcee.EnsembleSampler(400, 2, along.density, moves=emcee.moves.MHMove(along), vectorize=True)
    start = emcee.State(np.full((400, 2), 0.5), random_state=np.random.RandomState(3).get_state())
    sampler.run_mcmc(start, 400, skip_initial_state_check=True)
    flat = sampler.get_chain(discard=100, flat=True)
    assert flat.max() < 1
    cut = truncnorm(-np.inf, 1)
    np.testing.assert_allclose(flat.mean(axis=0), cut.mean(), atol=0.03)
    np.testing.assert_allclose(flat.std(axis=0), cut.std(), atol=0.03)


def test_what_was_computed_on_the_way_is_not_computed_again():
    calls = []

    def slopes(x):
        calls.append(len(x))
        return -0.5 * (x**2).sum(axis=1), -x

    along, points = (
        Trajectories(Parts(slopes), (np.ones(2), np.eye(2)), 0.1),
        np.random.default_rng(0).standard_normal((10, 2)),
    )
    along.density(points)
    there, _ = along(points, np.random.RandomState(0))
    leaps = len(calls) - 1
    assert 5 <= leaps <= 30
    np.testing.assert_allclose(along.density(there), -0.5 * (there**2).sum(axis=1))
    along(np.where(np.arange(10)[:, None] < 5, points, there), np.random.RandomState(0))  # half were accepted
    assert sum(calls[: leaps + 1]) + 10 * leaps == sum(calls)


# --- convergence


def test_chains_that_are_apart_fail_with_their_numbers():
    generator = np.random.default_rng(0)
    chains = generator.standard_normal((2, 4, 400, 2))
    assert failing(diagnose(chains, ("well", "ill"), 2)) == []
    chains[1, :, :, 1] += 0.5  # each ensemble by itself is fine
    (line,) = failing(diagnose(chains, ("well", "ill"), 2))
    assert line.startswith("ill: R-hat 1.0")
    assert "between ensembles" in line
    chains[..., 1] = np.nan
    assert failing(diagnose(chains, ("well", "ill"), 2))[0].startswith("ill: R-hat nan")


def slow(chains, steps, seed):
    """Chains (m, steps) of a stationary process with an autocorrelation time of 19 steps."""
    generator = np.random.default_rng(seed)
    found = np.zeros((chains, steps))
    found[:, 0] = generator.standard_normal(chains)
    for t in range(1, steps):
        found[:, t] = 0.9 * found[:, t - 1] + np.sqrt(1 - 0.81) * generator.standard_normal(chains)
    return found


def test_walkers_that_remember_where_they_began_fail():
    """Many short chains: fine when all forget their start, and not when those of one start stay together."""
    chains = slow(128, 400, 1).reshape(2, 64, 400, 1)
    (well,) = diagnose(chains, ("x",), 8).values()
    assert well["rhat"] < 1.01 < well["rhat_walkers"]  # a walker has seen little, those of one start together enough
    apart = 0.4 * np.random.default_rng(2).standard_normal(16).reshape(2, 8)
    kept = chains + np.tile(apart, 8)[:, :, None, None]
    assert diagnose(kept, ("x",), 8)["x"]["rhat"] > 1.03


def test_autocorrelation_of_a_known_process():
    chains = slow(50, 500, 0)
    from niche.inference.diagnostics import autocorrelation

    assert autocorrelation(chains) == pytest.approx(19, rel=0.15)


# --- the rest


@pytest.mark.parametrize("walkers", [18, 2])
def test_settings_that_cannot_work(walkers):
    with pytest.raises(NicheError, match=f"walkers must be a multiple of 4, .* got {walkers}"):
        fitting.fit_all(walkers=walkers)
