"""Scores against their closed forms, leaving out against an exact posterior, and a stale validation refused."""

import json
import math

import numpy as np
import pytest
from scipy.special import ndtr

from niche.errors import NicheError
from niche.inference import validation
from niche.inference.refit import best, evaluate_refit, laplace, scores_of
from niche.inference.scores import coverage, difference, normal_quantiles, score, weights_without
from niche.params.layers import read_registry
from niche.params.posterior import write_posterior

MEASURED = np.array([0.7, -0.4, 1.1, 0.2])


class Linear:
    """Rows that are linear in the scores, so that a posterior and what it predicts are known exactly."""

    def __init__(self, matrix, measured):
        self.matrix, self.measured, self.keys = matrix, measured, tuple("abc")[: matrix.shape[1]]

    def rows_scores(self, scores):
        return np.atleast_2d(scores) @ self.matrix.T - self.measured

    def residuals(self, x):
        return np.concatenate([self.rows_scores(x)[0], x])

    def jacobian(self, x):
        return np.concatenate([self.matrix, np.eye(len(x))])

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
        found = coverage(pits, level)
        assert found.low <= level <= found.high
        assert found.share == pytest.approx(level, abs=0.05)


def test_the_binomial_interval_is_that_of_clopper_and_pearson():
    found = coverage([0.5] * 8 + [0.99] * 2, 0.9)
    assert (found.held, found.rows) == (8, 10)
    assert (found.low, found.high) == pytest.approx((0.4439, 0.9748), abs=1e-4)
    assert coverage([0.99] * 5, 0.5).low == 0
    assert coverage([0.5] * 5, 0.5).high == 1


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
    assert k > validation.WORST_K
    assert weights_without(np.zeros(10))[0] == pytest.approx(np.full(10, 0.1))


def test_a_refit_without_a_paper_is_exact_where_rows_are_linear(linear):
    normal = np.random.default_rng(7).standard_normal((20_000, 2))
    rest, asked = Linear(linear[1:], MEASURED[1:]), Linear(linear[:1], MEASURED[:1])
    found = laplace(rest, asked, np.zeros(2), normal)[:, 0]
    mean, covariance = rest.truth()
    assert found.mean() == pytest.approx(linear[0] @ mean - MEASURED[0], abs=0.02)
    assert found.var() == pytest.approx(linear[0] @ covariance @ linear[0], rel=0.05)
    held, _ = best(rest, np.array([0.4, 0.0]), held=0)
    assert held.scores[0] == 0.4
    assert held.cost >= best(rest, np.zeros(2))[0].cost


def test_far_rows_are_told_as_they_are():
    assert evaluate_refit(Linear(np.array([[1.0]]), np.zeros(1)), np.array([[-3.0]])) == pytest.approx(-3.0)
    slow = np.sign(-20.0) * (8 + np.log1p(12.0))  # as an objective says minus 20
    assert evaluate_refit(Linear(np.array([[1.0]]), np.zeros(1)), np.array([[slow]])) == pytest.approx(-20.0)


def test_parameter_values_go_back_to_their_scores():
    scores = np.array([-2.5, -0.3, 0.0, 1.7])
    for entry in read_registry().uncertain().values():
        assert scores_of(entry, entry.sample(ndtr(scores))) == pytest.approx(scores, abs=1e-5), entry.key


def test_a_difference_has_the_error_of_its_papers():
    assert difference([1, 2, 3], [1, 2, 3]) == (0, 0)
    total, error = difference([2.0, 0.0, 1.0], [0.0, 0.0, 0.0])
    assert (total, error) == pytest.approx((3.0, np.sqrt(3)))


def test_every_fitted_row_belongs_to_one_paper():
    rows = validation.fitted_rows()
    assert sorted(row for group in validation.papers(rows).values() for row in group) == sorted(rows)
    assert not set(rows) & set(validation.unfitted_rows())
    names = {key.split(":")[1] for key in read_registry().entries()}
    assert {name for changes in validation.variants().values() for name in changes} <= names


def test_a_stale_or_missing_validation_is_refused(tmp_path):
    with pytest.raises(NicheError, match="missing"):
        validation.read_validation(tmp_path)
    write_posterior({"model:b2_rankl": np.ones(3)}, {}, tmp_path)
    content = {"stamp": validation.validation_stamp(tmp_path), "seed": 1}
    (tmp_path / validation.FILE).write_text(json.dumps(content), encoding="utf-8")
    assert validation.read_validation(tmp_path)["seed"] == 1
    write_posterior({"model:b2_rankl": np.zeros(3)}, {}, tmp_path)
    with pytest.raises(NicheError, match="is stale: draws changed"):
        validation.read_validation(tmp_path)
    (tmp_path / validation.FILE).write_text("{", encoding="utf-8")
    with pytest.raises(NicheError, match="not readable"):
        validation.read_validation(tmp_path)
