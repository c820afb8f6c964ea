"""Papers left out and mechanisms taken away by chains, where all is Gaussian and known in closed form."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from niche.inference.chains import Near, plain_chain, raised_chain, summary
from niche.inference.checkpoint import Store
from niche.inference.flattened import Flattened, FlattenedObjective, raised
from niche.inference.left_out import by_weights
from niche.inference.shipped import Shape
from niche.inference.warm import begin_warm, conditional, sample

RNG = np.random.default_rng(4)
SEEN = RNG.normal(size=(7, 3))  # of each paper, what its number is of the three parameters
S = np.array([0.25, 0.5, 0.6, 0.4, 0.7, 0.5, 0.6])
Y = SEEN @ [0.8, -0.3, 0.2] + S * RNG.standard_normal(7)
Y[0] += 1.2  # five of its errors from the others: weights from all papers cannot leave it out
PAPERS = range(7)


class Toy:
    """Scores (n, 3) with standard normal priors; `gain` 0 takes the first of them away from the data."""

    names = (*map(str, PAPERS), "prior")
    atoms = (SimpleNamespace(kind="number"),) * 7

    def __init__(self, gain=1.0):
        self.seen = SEEN * [gain, 1.0, 1.0]

    def slopes(self):
        return self

    def rows_of(self, part):
        return [part] if part < 7 else []

    def parts(self, x, wanted=None):
        off = (x @ self.seen.T - Y) / S
        values = np.concatenate([stats.norm.logpdf(off) - np.log(S), -0.5 * (x**2).sum(axis=1)[:, None]], axis=1)
        slopes = np.concatenate([-(off / S)[:, :, None] * self.seen, -x[:, None]], axis=1)
        places = list(range(8)) if wanted is None else list(wanted)
        return values[:, places], slopes[:, places]

    def posterior(self, skip=None):
        use = [i for i in PAPERS if i != skip]
        covariance = np.linalg.inv(np.eye(3) + (self.seen[use] / S[use, None] ** 2).T @ self.seen[use])
        return covariance @ (self.seen[use] / S[use, None] ** 2).T @ Y[use], covariance

    def left_out(self, i):
        mean, covariance = self.posterior(i)
        return stats.norm.logpdf(
            Y[i], self.seen[i] @ mean, np.sqrt(self.seen[i] @ covariance @ self.seen[i] + S[i] ** 2)
        )


def like(mean, covariance, parts=0):
    return Shape(mean, covariance, 0.25, np.zeros(parts))


def chain(objective, start, fixed=(), blocks=60, tmp=None):
    mean, covariance = start.posterior()
    draws = np.random.default_rng(0).multivariate_normal(mean, covariance, 2000)
    state = begin_warm(draws, like(mean, covariance), list(fixed), np.zeros(len(fixed)), 24, (5,))
    state, _ = sample(objective, state, 4, Store(tmp, {"learn": 1}), "learn")
    return sample(objective, state, blocks, Store(tmp, {"keep": 1}), "keep")[1]


@pytest.mark.parametrize("shift", [0.0, 1.5, -1.5])
def test_one_chain_leaves_out_each_of_many_papers(tmp_path, shift):
    """However far the shares are from the best ones; and the posterior of all papers comes back with it."""
    toy = Toy()
    shares = np.array([toy.left_out(i) for i in (0, 3, 5)]) + shift
    found = chain(FlattenedObjective(toy, (0, 3, 5), shares), toy, tmp=tmp_path)
    parts = found.parts.reshape(-1, 9)
    for i in PAPERS:
        one = by_weights(parts[:, i], bounded=False, raised=parts[:, 8], autocorrelation=2.0)
        assert one.fine, i
        assert one.log_density == pytest.approx(toy.left_out(i), abs=max(0.03, 4 * one.error)), i
    back = np.exp(-parts[:, 8] + parts[:, 8].min())
    mean, covariance = toy.posterior()
    scores = found.scores.reshape(-1, 3)
    np.testing.assert_allclose(back @ scores / back.sum(), mean, atol=0.1 * np.sqrt(np.diag(covariance)).max())


def test_weights_from_all_papers_cannot_leave_out_the_one_that_differs():
    toy = Toy()
    draws = np.random.default_rng(0).multivariate_normal(*toy.posterior(), 4000)
    assert not by_weights(toy.parts(draws)[0][:, 0], bounded=False).fine


def test_without_a_gain_a_warm_chain_is_the_fit_anew(tmp_path):
    without = Toy(0.0)
    found = chain(without, Toy(), fixed=(0,), tmp=tmp_path)
    mean, covariance = without.posterior()
    flat = found.scores.reshape(-1, 3)
    np.testing.assert_allclose(flat.mean(axis=0), mean, atol=0.08)
    np.testing.assert_allclose(np.cov(flat.T), covariance, atol=0.08)
    for i in PAPERS[1:]:
        one = by_weights(found.parts.reshape(-1, 8)[:, i], bounded=False, autocorrelation=2.0)
        assert one.log_density == pytest.approx(without.left_out(i), abs=max(0.03, 4 * one.error)), i


def test_the_slope_of_a_raised_density_is_that_of_its_value():
    density = Flattened(Toy(), (2, 0), np.array([-1.0, -40.0]))
    x = np.random.default_rng(1).standard_normal((5, 3))
    values, slopes = density.parts(x)
    for j in range(3):
        step = np.zeros(3)
        step[j] = 1e-6
        difference = (density.parts(x + step)[0] - density.parts(x - step)[0]) / 2e-6
        np.testing.assert_allclose(slopes[:, :, j], difference, atol=1e-6, rtol=1e-5)
    some, other = density.parts(x, [8, 5])
    np.testing.assert_array_equal(some, values[:, [8, 5]])
    np.testing.assert_array_equal(other, slopes[:, [8, 5]])
    assert density.names[8].startswith("raised")


def test_a_paper_that_rules_a_draw_out_raises_it_by_a_finite_amount():
    value, share = raised(np.array([[-800.0, 0.0], [-np.inf, 0.0]]), np.array([0.0, 0.0]))
    assert value[0] == pytest.approx(800)
    assert share[0] == pytest.approx([1, 0])
    assert np.isfinite(value[1])


def test_given_some_scores_the_others_follow_as_in_a_gaussian():
    covariance = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, 0.3], [0.0, 0.3, 1.0]])
    draws = np.random.default_rng(0).multivariate_normal([1.0, 2.0, 3.0], covariance, 40_000)
    moved, mean, found = conditional(draws, np.array([1.0, 2.0, 3.0]), covariance, [0], np.array([0.0]))
    np.testing.assert_allclose(mean, [0, 2 - 0.6, 3], atol=0.03)
    np.testing.assert_allclose(found, [[1, 0, 0], [0, 1 - 0.36, 0.3], [0, 0.3, 1]], atol=0.03)
    np.testing.assert_allclose(np.cov(moved.T), found, atol=0.03)


def test_a_warm_chain_that_was_stopped_goes_on_with_the_same_numbers(tmp_path):
    toy = Toy()
    mean, covariance = toy.posterior()
    draws = np.random.default_rng(0).multivariate_normal(mean, covariance, 100)
    shape = like(mean, covariance)
    whole = sample(toy, begin_warm(draws, shape, [], np.zeros(0), 8, (5,)), 5, Store(tmp_path / "a", {}), "x")[1]
    store = Store(tmp_path / "b", {})
    sample(toy, begin_warm(draws, shape, [], np.zeros(0), 8, (5,)), 2, store, "x")
    again = sample(toy, begin_warm(draws, shape, [], np.zeros(0), 8, (5,)), 5, store, "x")[1]
    np.testing.assert_array_equal(whole.scores, again.scores)


@pytest.mark.parametrize("gain", [1.0, 0.0])
def test_a_task_from_beginning_to_end(tmp_path, monkeypatch, gain):
    """With its gain and without, the model is fitted and each paper is left out, however much it differs."""
    monkeypatch.setattr("niche.inference.chains.KEPT", 60)
    toy, (mean, covariance) = Toy(gain), Toy().posterior()
    draws = np.random.default_rng(0).multivariate_normal(mean, covariance, 2000)
    shape = like(mean, covariance, 8)
    fixed = ([0], np.zeros(1)) if gain == 0 else ([], np.zeros(0))
    found = raised_chain(toy, Near(draws, shape, *fixed), Toy.names[:7], Store(tmp_path, {}), (3,))
    for i in PAPERS:
        one = found["papers"][str(i)]
        assert one.log_density == pytest.approx(toy.left_out(i), abs=max(0.04, 4 * one.error)), i
        assert one.fine, i
    again = raised_chain(toy, Near(draws, shape, *fixed), Toy.names[:7], Store(tmp_path, {}), (3,))
    assert summary(again["papers"]) == summary(found["papers"])
    assert {one["how"] for one in summary(found["papers"]).values()} == {"raised"}


@pytest.mark.parametrize("gain", [1.0, 0.0])
def test_a_plain_chain_leaves_out_what_its_weights_can(tmp_path, monkeypatch, gain):
    monkeypatch.setattr("niche.inference.chains.KEPT", 40)
    toy, (mean, covariance) = Toy(gain), Toy().posterior()
    draws = np.random.default_rng(0).multivariate_normal(mean, covariance, 2000)
    easy = [Toy.names[i] for i in (1, 2, 3, 4, 6)]  # two differ too much from the others
    fixed = ([0], np.zeros(1)) if gain == 0 else ([], np.zeros(0))
    found = plain_chain(toy, Near(draws, like(mean, covariance, 8), *fixed), easy, Store(tmp_path, {}), (3,))
    assert set(found["papers"]) == set(easy)
    assert found["how"] == "chain"
    assert not found["raised"].any()
    for i in map(int, easy):
        one = found["papers"][str(i)]
        assert one.fine, i
        assert one.how == "weights"
        assert one.log_density == pytest.approx(toy.left_out(i), abs=max(0.04, 4 * one.error)), i
