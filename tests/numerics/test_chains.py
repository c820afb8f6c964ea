"""Papers left out and mechanisms taken away by chains, where all is Gaussian and known in closed form."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from niche.inference import again
from niche.inference.again import AGAIN, leave_out_again
from niche.inference.chains import Near, plain_chain
from niche.inference.checkpoint import Store
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

    def values(self, x, wanted):
        return self.parts(x, wanted)[0]

    def posterior(self, skip=None):
        use = [i for i in PAPERS if i != skip]
        covariance = np.linalg.inv(np.eye(3) + (self.seen[use] / S[use, None] ** 2).T @ self.seen[use])
        return covariance @ (self.seen[use] / S[use, None] ** 2).T @ Y[use], covariance

    def left_out(self, i):
        mean, covariance = self.posterior(i)
        return stats.norm.logpdf(
            Y[i], self.seen[i] @ mean, np.sqrt(self.seen[i] @ covariance @ self.seen[i] + S[i] ** 2)
        )


class Fewer(Toy):
    """The same without one paper."""

    def __init__(self, whole, part):
        self.whole, self.left = whole, [i for i in range(8) if i != part]
        self.names = tuple(whole.names[i] for i in self.left)

    def parts(self, x, wanted=None):
        return self.whole.parts(x, self.left if wanted is None else [self.left[i] for i in wanted])


def like(mean, covariance, parts=0):
    return Shape(mean, covariance, 0.25, np.zeros(parts))


def chain(objective, start, fixed=(), blocks=60, tmp=None):
    mean, covariance = start.posterior()
    draws = np.random.default_rng(0).multivariate_normal(mean, covariance, 2000)
    state = begin_warm(draws, like(mean, covariance), list(fixed), np.zeros(len(fixed)), 24, (5,))
    state, _ = sample(objective, state, 4, Store(tmp, {"learn": 1}), "learn")
    return sample(objective, state, blocks, Store(tmp, {"keep": 1}), "keep")[1]


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
def test_a_paper_that_differs_is_left_out_by_sampling_again(tmp_path, monkeypatch, gain):
    """However much it differs, with the gain and without; a call that follows takes up what is there."""
    monkeypatch.setattr(again, "KEPT", 40)
    toy = Toy(gain)
    mean, covariance = toy.posterior()
    draws = np.random.default_rng(0).multivariate_normal(mean, covariance, (40, 24))
    told = toy.parts(draws.reshape(-1, 3))[0][:, 0].reshape(40, 24)
    monkeypatch.setattr(again, "without_part", lambda objective, part: Fewer(objective, part))
    asked = (toy, "0", draws, told, like(mean, covariance, 8), Store(tmp_path, {}), (3,))
    found = leave_out_again(*asked)
    one = found.left_out
    assert (one.how, one.fine) == (AGAIN, True)
    assert one.log_density == pytest.approx(toy.left_out(0), abs=max(0.04, 4 * one.error))
    flat = np.concatenate([draws.reshape(-1, 3), found.scores])
    exact, spread = toy.posterior(0)
    np.testing.assert_allclose(one.weights @ flat, exact, atol=0.15 * np.sqrt(np.diag(spread)).max())
    np.testing.assert_array_equal(leave_out_again(*asked).scores, found.scores)


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
