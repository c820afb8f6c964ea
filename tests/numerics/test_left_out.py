"""Left-out densities and differences where they are known in closed form: normal data, a normal prior, one gain."""

import numpy as np
import pytest
from scipy import stats

from niche.inference.left_out import by_weights, difference

RNG = np.random.default_rng(11)
Y, S = RNG.normal(0.8, 0.5, 8), np.full(8, 0.5)  # eight papers of one number each
PRIOR = 0.7


def posterior(skip=None, free=True):
    """Mean and variance of the gain given all papers but one; 0 and 0 where the mechanism is off."""
    if not free:
        return 0.0, 0.0
    use = [i for i in range(8) if i != skip]
    precision = 1 / PRIOR**2 + sum(1 / S[i] ** 2 for i in use)
    return sum(Y[i] / S[i] ** 2 for i in use) / precision, 1 / precision


def exact(i, free=True):
    mean, variance = posterior(i, free)
    return stats.norm.logpdf(Y[i], mean, np.sqrt(variance + S[i] ** 2))


@pytest.fixture(scope="module")
def draws():
    mean, variance = posterior()
    return np.random.default_rng(1).normal(mean, np.sqrt(variance), 4000)


@pytest.mark.parametrize("i", range(8))
def test_weights_give_the_closed_form(draws, i):
    found = by_weights(stats.norm.logpdf(Y[i], draws, S[i]), bounded=False)
    assert found.fine
    assert found.log_density == pytest.approx(exact(i), abs=max(0.02, 4 * found.error))


def test_the_difference_is_that_of_the_closed_forms(draws):
    whole = {str(i): by_weights(stats.norm.logpdf(Y[i], draws, S[i]), bounded=False) for i in range(8)}
    without = {str(i): by_weights(stats.norm.logpdf(Y[i], np.zeros(4000), S[i]), bounded=False) for i in range(8)}
    found = difference(whole, without, [str(i) for i in range(8)])
    parts = np.array([exact(i) - exact(i, free=False) for i in range(8)])
    assert parts.sum() == pytest.approx(found.D, abs=0.1)
    assert found.fine
    # the Bayesian bootstrap of a sum of n: sd sqrt(n / (n + 1)) times that of the values times sqrt(n)
    assert found.se == pytest.approx(np.sqrt(8) * parts.std() * np.sqrt(8 / 9), rel=0.05)


def test_draws_that_know_too_little_of_a_paper_are_refused():
    draws = np.random.default_rng(3).normal(0, 1, 400)
    found = by_weights(stats.norm.logpdf(6.0, draws, 0.1), bounded=False)
    assert not found.fine


def test_bounded_weights_are_judged_by_their_worth_alone():
    draws = np.random.default_rng(4).normal(0.2, 0.3, 4000)
    log = np.log(0.95 * stats.norm.cdf(draws / 0.1) + 0.025)
    assert by_weights(log, bounded=True).fine
