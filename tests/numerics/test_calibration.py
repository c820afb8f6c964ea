"""Calibration: what is left out, that a known posterior comes back, and that a stop or a core more changes no number.

The objectives here are toys with the interface of `niche.inference.calibration.Objective`.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
from scipy.special import gamma
from scipy.stats import truncnorm

from compendium.cli import main as cli
from niche.errors import NicheError
from niche.evidence.plans import read_experiments
from niche.inference import (
    calibration,
)
from niche.inference import (
    diagnostics as _diagnose,
)
from niche.inference import (
    fit as _fit,
)
from niche.inference import (
    sampler as _sampler,
)
from niche.inference.checkpoint import Store
from niche.inference.depends import changed_parts, density_parts
from niche.inference.diagnostics import ESS, RHAT, NotConverged, diagnose, failing
from niche.inference.fit import fit
from niche.inference.manifest import APART, identifiability, manifest
from niche.inference.sampler import Trajectories, steep
from niche.inference.search import Optimum, good, responsive
from niche.params.posterior import Posterior, read_posterior

SETTINGS = {"starts": 3, "walkers": 16, "steps": 3000, "minutes": 5.0, "seed": 4, "workers": 2}


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

    def only(self, keys):
        return type(self)({key: self.columns[key] for key in keys})

    def rows_scores(self, scores):
        # element by element: the same point gives the same bits in any crowd
        return (np.atleast_2d(scores)[:, None, :] * self.matrix).sum(axis=2) - self.measured

    def log_posterior(self, scores):
        return -0.5 * ((self.rows_scores(scores) ** 2).sum(axis=1) + (np.atleast_2d(scores) ** 2).sum(axis=1))

    def slopes(self):
        return Parts(*(self._row(i) for i in range(len(self.rows))), lambda x: (-0.5 * (x**2).sum(axis=1), -x))

    def _row(self, i):
        def density(x):
            score = self.rows_scores(x)[:, i]
            return -0.5 * score**2, -score[:, None] * self.matrix[i]

        return density

    def posterior(self, scores):
        return Posterior(MappingProxyType(dict(zip(self.keys, scores.T, strict=True))))

    def residuals(self, x):
        return np.concatenate([self.rows_scores(x)[0], x])

    def jacobian(self, x):
        return np.concatenate([self.matrix, np.eye(len(self.keys))])

    def truth(self):
        covariance = np.linalg.inv(self.matrix.T @ self.matrix + np.eye(len(self.keys)))
        return covariance @ self.matrix.T @ self.measured, covariance


class Slow(Toy):
    """Long enough to be stopped in the middle."""

    def rows_scores(self, scores):
        time.sleep(0.002)
        return super().rows_scores(scores)


SLOPES = {"a": (3.0, 0.0, 1.0), "b": (0.0, 2.0, 0.0), "c": (1.0, 1.0, 0.0), "deaf": (0.0, 0.03, 0.0)}


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


def test_what_no_row_responds_to_is_not_sampled(done):
    found, _ = done
    assert found.prior_only == ("deaf",)
    assert found.objective.keys == ("a", "b", "c")
    assert found.optima[0].scores.shape == (4,)


def test_a_response_at_any_good_optimum_is_enough():
    one = np.concatenate([np.array([[0.09, 0.5, 0.0]]), np.eye(3)])
    two = np.concatenate([np.array([[0.11, 0.5, 0.0]]), np.eye(3)])
    assert responsive(np.stack([one])).tolist() == [False, True, False]
    assert responsive(np.stack([one, two])).tolist() == [True, True, False]


def test_good_optima_are_near_the_best_and_apart():
    at = [Optimum(np.array([x]), cost, 0.0) for x, cost in ((0.0, 20.0), (0.01, 20.1), (3.0, 29.0), (5.0, 31.0))]
    assert [o.cost for o in good(at[::-1])] == [20.0, 29.0]


def test_the_numbers_do_not_depend_on_the_workers(done, tmp_path):
    again = fit(Toy(SLOPES), Store(tmp_path, {"toy": 1}), **SETTINGS | {"workers": 1})
    np.testing.assert_array_equal(again.chains, done[0].chains)
    assert [o.cost for o in again.optima] == [o.cost for o in done[0].optima]
    other = fit(Toy(SLOPES), Store(tmp_path, {"toy": 2}), **SETTINGS | {"seed": 5})
    assert not np.array_equal(other.chains[:, :, -1], done[0].chains[:, :, -1])


def test_ensembles_differ(done):
    assert not np.array_equal(done[0].chains[0], done[0].chains[1])


def test_resumed_is_uninterrupted(tmp_path, monkeypatch):
    """Stopped early and late, between a block of one ensemble and that of the other, and while the shape is learnt."""
    monkeypatch.setattr(_fit, "_REFINED", (1, 2))
    once = fit(Toy(SLOPES), Store(tmp_path / "once", {"toy": 1}), **SETTINGS)
    store, save, stops = Store(tmp_path / "stopped", {"toy": 1}), Store.save, [5, 8, 17, 12, 1, 1, 1]
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
    assert store.load("optimum-002") is not None
    np.testing.assert_array_equal(fit(Toy(SLOPES), store, **SETTINGS).chains, done[0].chains)


@pytest.fixture
def toy_calibration(monkeypatch):
    """`niche calibrate` of a toy, in this process' place of the real objective."""

    def put(kind):
        monkeypatch.setattr(calibration, "Objective", lambda keys, rows, threads: kind(SLOPES))
        monkeypatch.setattr(calibration, "density_parts", lambda *a: {})

    return put


def test_what_has_not_converged_is_not_shipped(toy_calibration, tmp_path, capsys, monkeypatch):
    toy_calibration(Toy)
    monkeypatch.setattr(_diagnose, "ESS", 10**6)
    command = ["calibrate", "--output", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--walkers", "16"]
    assert cli.main([*command, "--steps", "100", "--starts", "3"]) == 1
    said = capsys.readouterr().err
    assert "parameters fail" in said
    assert ": R-hat" in said
    assert "Run the same command again" in said
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(_diagnose, "ESS", ESS)
    assert cli.main([*command, "--starts", "3", "--draws", "300"]) == 0
    out, err = capsys.readouterr()
    assert "going on from what was done" in err
    assert "3 parameters (1 more left to their priors)" in out
    made = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert made["prior_only"] == ["deaf"]
    assert made["rhat_max"] <= RHAT
    assert min(made["ess_bulk_min"], made["ess_tail_min"]) >= ESS
    assert made["identical_draws"] < 100
    assert made["versions"]["arviz_stats"]
    assert set(made["convergence"]) == {"a", "b", "c"} == set(read_posterior(tmp_path / "out").draws)
    assert made["draws"] == 300


_STOPPED = """
import sys; sys.path.insert(0, {here!r})
import test_calibration as t
from niche.inference import calibration
from compendium.cli import main as cli
if __name__ == "__main__":
    calibration.Objective = lambda keys, rows, threads: t.Slow(t.SLOPES)
    calibration.density_parts = lambda *a: dict()
    sys.exit(cli.main(["calibrate", "--output", "out", "--work", "work", "--walkers", "16", "--starts", "3"]))
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


def test_identifiability():
    made = {"contraction": {"x": 0.95, "y": 0.64, "z": 0.65}, "prior_only": ["w"]}
    assert [(r["parameter"], r["mark"]) for r in identifiability(made)] == [
        ("y", "informed"),
        ("z", "weak"),
        ("x", "prior"),
        ("w", "prior"),
    ]
    assert identifiability({"contraction": {"x": 0.9}})[0]["mark"] == "prior"


def test_the_profile_of_a_gaussian_is_its_parabola():
    toy = Toy({key: SLOPES[key] for key in "abc"})
    mean, covariance = toy.truth()
    points = np.linspace(-1, 1, 5)
    found = calibration.profile(toy, "b", points)
    costs = np.array([o.cost for o in found])
    best = float((toy.residuals(mean) ** 2).sum())
    np.testing.assert_allclose(costs - best, (points - mean[1]) ** 2 / covariance[1, 1], atol=1e-6)
    assert [o.scores[1] for o in found] == points.tolist()
    with pytest.raises(NicheError, match="unknown fitted parameter 'd'"):
        calibration.profile(toy, "d", points)


def test_the_manifest_keeps_the_order_of_the_scores():
    """Row scores at the best optimum are of the sampled parameters, whichever were left out."""
    toy = Toy(SLOPES)
    best = Optimum(np.array([1.0, 2.0, 3.0, 9.0]), 1.0, 1.0)
    part = toy.only(["a", "b", "c"])
    chains = np.random.default_rng(0).standard_normal((2, 4, 50, 3))
    found = SimpleNamespace(
        objective=part,
        prior_only=("deaf",),
        optima=[best],
        chains=chains,
        table=diagnose(chains, part.keys, 2),
        acceptance=0.5,
        steps=50,
    )
    made = manifest(found, np.repeat(chains.reshape(-1, 3)[:10], 2, axis=0), {}, 60.0)
    assert made["rows"]["R1"]["best"] == pytest.approx(3 * 1 + 3 - 1)
    assert made["identical_draws"] == 10


def test_an_objective_of_a_variant_of_the_model():
    plans = read_experiments()
    rows = [r for r in calibration.fitted_rows() if "isoprenaline" in plans[r].experiment.name][:2]
    keys = calibration.fitted_keys(rows)
    scores = 0.5 * np.sign(np.arange(len(keys)))[None]  # at 0 a coupling of either sign does nothing
    plain = calibration.Objective(keys, rows)
    other = calibration.Objective(keys, rows, {"turnover": 0.001})
    assert not np.allclose(plain.rows_scores(scores), other.rows_scores(scores))
    fewer = other.only(keys[1:])
    np.testing.assert_allclose(fewer.rows_scores(scores[:, 1:]), other.rows_scores(scores))
    many = np.random.default_rng(0).standard_normal((20, len(keys))) * 0.1
    one = calibration.Objective(keys, rows, threads=1)
    np.testing.assert_array_equal(one.rows_scores(many), plain.rows_scores(many))


def test_a_posterior_depends_on_what_is_fitted_to_what():
    rows = calibration.fitted_rows()
    keys = calibration.fitted_keys(rows)
    base = density_parts(rows, keys, APART)
    assert base == density_parts(rows, keys, APART)
    assert changed_parts(base, density_parts(rows[1:], keys, APART))
    assert changed_parts(base, density_parts(rows, keys[1:], APART)) == ["the list of fitted parameters"]


@pytest.mark.parametrize("setting", [{"starts": 1}, {"workers": 0}, {"minutes": 0}, {"walkers": True}, {"draws": 2.5}])
def test_settings_that_cannot_work(setting, tmp_path):
    with pytest.raises(NicheError, match=next(iter(setting))):
        calibration.calibrate(**setting, folder=tmp_path, work=tmp_path)


def test_nothing_to_sample(tmp_path):
    with pytest.raises(NotConverged, match="no row responds"):
        fit(Toy({"deaf": SLOPES["deaf"]}), Store(tmp_path, {}), **SETTINGS)
    assert _fit.ENSEMBLES == 2
