"""A paper whose own parameter nobody else tells is left out by weights in closed form, where plain weights fail."""

import numpy as np
import pytest
from scipy import stats

from niche.inference.left_out import by_weights
from niche.inference.own import OWN, integrate, owned

S, Y, OTHERS = 0.05, 2.2, (0.4, 0.5, 0.2)  # the paper's error is small, and its own parameter far from the prior


class Shared:
    """Rows: y = shared + own + e of one paper, and z = shared + e of others; both scores have a prior N(0, 1)."""

    names = ("paper", "others", "prior")

    def values(self, scores, wanted):
        paper = stats.norm.logpdf(Y, scores[:, 0] + scores[:, 1], S)
        others = stats.norm.logpdf(np.array(OTHERS)[:, None], scores[:, 0], 0.3).sum(axis=0)
        return np.stack([paper, others], axis=1)[:, list(wanted)]

    def effects(self, scores, wanted):
        assert list(wanted) == [0]
        return np.stack([scores[:, 0] + scores[:, 1], np.full(len(scores), np.nan)], axis=1)

    def rows_of(self, part):
        return [part]


def posterior():
    """Of both scores, mean and covariance."""
    rows = np.array([[1.0, 1.0], *[[1.0, 0.0]] * 3])
    errors = np.array([S, 0.3, 0.3, 0.3])
    covariance = np.linalg.inv(np.eye(2) + rows.T @ (rows / errors[:, None] ** 2))
    return covariance @ rows.T @ (np.array([Y, *OTHERS]) / errors**2), covariance


def exact():
    """Log density of the paper given the others, and the mean of its row then."""
    precision = 1 + 3 / 0.3**2
    mean = sum(OTHERS) / 0.3**2 / precision
    return stats.norm.logpdf(Y, mean, np.sqrt(1 / precision + 1 + S**2)), mean


@pytest.fixture(scope="module")
def draws():
    return np.random.default_rng(1).multivariate_normal(*posterior(), 1000)


def test_the_density_is_that_of_the_closed_form_where_plain_weights_fail(draws):
    found = integrate(Shared(), 0, draws, [1], (1,))
    one = found.left_out()
    assert one.fine
    assert one.how == OWN
    density, mean = exact()
    assert one.log_density == pytest.approx(density, abs=4 * one.error + 0.05)
    assert not by_weights(Shared().values(draws, [0])[:, 0], False).fine
    assert one.weights @ found.effects[:, 0] == pytest.approx(mean, abs=0.1)
    spread = np.sqrt(one.weights @ (found.effects[:, 0] - mean) ** 2)
    assert spread == pytest.approx(np.sqrt(1 + 1 / (1 + 3 / 0.3**2)), rel=0.1)


def test_only_what_moves_a_single_part_is_its_own():
    moves = np.array([[1, 1, 0, 0], [1, 0, 0, 1]], dtype=bool)
    assert owned(moves) == {0: [1], 1: [3]}
    assert owned(moves[:, :1]) == {}


def test_the_same_seed_gives_the_same_numbers(draws):
    one, two = (integrate(Shared(), 0, draws[:50], [1], (1,)) for _ in range(2))
    np.testing.assert_array_equal(one.told, two.told)
    np.testing.assert_array_equal(one.effects, two.effects)
