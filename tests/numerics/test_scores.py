"""Scores of predictions against their closed forms, and leaving out against an exact posterior."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from niche.inference.left_out import WORST_K
from niche.inference.scores import normal_quantiles, score, weights_without

MEASURED = np.array([0.7, -0.4, 1.1, 0.2])


class Linear:
    """Rows that are linear in the scores, so that a posterior and what it predicts are known exactly."""

    def __init__(self, matrix, measured):
        self.matrix, self.measured, self.keys = matrix, measured, tuple("abc")[: matrix.shape[1]]

    def rows_scores(self, scores):
        return np.atleast_2d(scores) @ self.matrix.T - self.measured

    def truth(self):
        covariance = np.linalg.inv(self.matrix.T @ self.matrix + np.eye(len(self.keys)))
        return covariance @ self.matrix.T @ self.measured, covariance


@pytest.fixture
def linear():
    return np.random.default_rng(3).standard_normal((4, 2)) / 3


@pytest.mark.parametrize("z", [0.0, 1.0, -3.0])
def test_crps_of_a_normal_is_that_of_gneiting_and_raftery(z):
    """z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi), doi:10.1198/016214506000001437, section 4.2."""
    phi = math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    expected = z * math.erf(z / math.sqrt(2)) + 2 * phi - 1 / math.sqrt(math.pi)
    assert score(np.array([z])).crps == pytest.approx(expected, abs=1e-12)


def test_a_mixture_scores_as_its_samples_do():
    draws, generator = np.array([-2.0, 0.3, 1.5]), np.random.default_rng(1)
    weights = np.array([0.2, 0.5, 0.3])
    one, other = (generator.choice(draws, 400_000, p=weights) + generator.standard_normal(400_000) for _ in range(2))
    found = score(draws, weights)
    assert found.crps == pytest.approx(np.abs(one).mean() - np.abs(one - other).mean() / 2, abs=0.005)
    assert found.pit == pytest.approx(np.mean(one < 0), abs=0.003)
    density = weights @ np.exp(-0.5 * draws**2) / np.sqrt(2 * np.pi)
    assert found.log_score == pytest.approx(np.log(density))
    assert normal_quantiles(draws, (0.05, 0.5, 0.95), weights) == pytest.approx(
        np.quantile(one, (0.05, 0.5, 0.95)), abs=0.02
    )


def test_a_calibrated_toy_is_covered_as_it_says():
    generator = np.random.default_rng(5)
    pits = []
    for _ in range(600):
        truth = generator.standard_normal()
        measured = truth + generator.standard_normal()
        draws = measured / 2 + generator.standard_normal(200) / np.sqrt(2)  # the exact posterior of truth
        pits.append(score(draws - (truth + generator.standard_normal())).pit)
    for level in (0.5, 0.9):
        held = int((np.abs(np.array(pits) - 0.5) <= level / 2).sum())
        assert binomtest(held, len(pits), level).pvalue > 0.05
        assert held / len(pits) == pytest.approx(level, abs=0.05)


def test_new_weights_give_the_posterior_without_a_paper(linear):
    mean, covariance = Linear(linear, MEASURED).truth()
    draws = np.random.default_rng(2).multivariate_normal(mean, covariance, 40_000)
    rows = Linear(linear, MEASURED).rows_scores(draws)
    weights, k = weights_without(-0.5 * rows[:, 0] ** 2)
    exact, spread = Linear(linear[1:], MEASURED[1:]).truth()
    assert k < 0.7
    assert weights @ draws == pytest.approx(exact, abs=0.03)
    assert np.cov(draws.T, aweights=weights) == pytest.approx(spread, abs=0.05)
    predicted = linear[0] @ exact - MEASURED[0]
    assert normal_quantiles(rows[:, 0], (0.5,), weights)[0] == pytest.approx(predicted, abs=0.03)


def test_weights_say_when_they_cannot_be_trusted():
    draws = np.random.default_rng(2).standard_normal(1000) * 0.05  # a paper that said nearly all there is
    _, k = weights_without(-0.5 * (20 * draws) ** 2 * 0.999)
    assert k > WORST_K
    assert weights_without(np.zeros(10))[0] == pytest.approx(np.full(10, 0.1))
