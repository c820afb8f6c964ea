"""A mechanism taken away by weights of the whole model's draws, where all is Gaussian and known in closed form."""

import numpy as np
import pytest
from test_chains import PAPERS, Toy, like

from niche.inference.left_out import by_weights
from niche.inference.scores import weights_without
from niche.inference.switched import leave_out_switched, raised_by

WEAK, OFF = Toy(0.25), Toy(0.0)  # papers hardly ask for the mechanism: without it the rest moves little
SHAPE = like(*WEAK.posterior())


@pytest.fixture(scope="module")
def draws():
    return np.random.default_rng(2).multivariate_normal(*WEAK.posterior(), 40_000)


def told(toy, draws):
    return toy.parts(draws, PAPERS)[0]


def test_the_posterior_without_the_mechanism_comes_back(draws):
    weights, k = weights_without(raised_by(draws, told(WEAK, draws), told(OFF, draws), [0], SHAPE))
    mean, covariance = OFF.posterior()
    assert k < 0.5
    rest = draws[:, 1:]
    np.testing.assert_allclose(weights @ rest, mean[1:], atol=0.02)
    np.testing.assert_allclose(np.cov(rest.T, aweights=weights), covariance[1:, 1:], atol=0.02)


def test_papers_are_left_out_of_it(draws):
    off = told(OFF, draws)
    above = raised_by(draws, told(WEAK, draws), off, [0], SHAPE)
    found = leave_out_switched(off, above, [str(i) for i in PAPERS], 1.0)
    assert sum(one.fine for one in found.values()) >= 5
    for i in PAPERS:
        one = found[str(i)]
        if one.fine:
            assert one.log_density == pytest.approx(OFF.left_out(i), abs=max(0.03, 4 * one.error)), i
    # all of them at once, too: the weights do not mix them up
    alone = by_weights(off[:, 3], False, 1.0, above)
    assert found["3"].log_density == alone.log_density


def test_gains_that_papers_tell_do_not_make_the_weights_vary():
    """With the prior in place of what is known of the gain, weights would vary as much as papers tell of it."""
    draws = np.random.default_rng(3).multivariate_normal(*WEAK.posterior(), 4000)
    on, off = told(WEAK, draws), told(OFF, draws)
    best = raised_by(draws, on, off, [0], SHAPE)
    assert best.std() < (on - off).sum(axis=1).std()


def test_where_papers_need_the_mechanism_the_bars_say_so():
    draws = np.random.default_rng(4).multivariate_normal(*Toy(1.0).posterior(), 1000)
    off = told(OFF, draws)
    above = raised_by(draws, told(Toy(1.0), draws), off, [0], like(*Toy(1.0).posterior()))
    assert not all(one.fine for one in leave_out_switched(off, above, [str(i) for i in PAPERS], 1.0).values())
