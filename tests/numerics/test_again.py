"""A paper left out by sampling again without it, against closed forms of a Gaussian."""

import numpy as np
import pytest
from scipy.stats import norm

from niche.inference.again import AGAIN, bridged

TOLD = norm(2.5, 0.4)  # what the paper measured, of a parameter whose posterior by the others is a standard normal


def both(n_with, n_without, seed=0):
    """What the paper's rows say at independent draws of both posteriors, (steps, 24 walkers)."""
    random = np.random.default_rng(seed)
    precision = 1 + 1 / 0.4**2
    with_it = random.normal(2.5 / 0.4**2 / precision, precision**-0.5, (n_with, 24))
    return TOLD.logpdf(with_it), TOLD.logpdf(random.standard_normal((n_without, 24)))


EXACT = norm(0.0, np.hypot(1.0, 0.4)).logpdf(2.5)


def test_the_density_is_that_of_the_closed_form_where_weights_alone_fail():
    from niche.inference.left_out import by_weights

    with_it, without_it = both(40, 40)
    alone = by_weights(with_it.reshape(-1), bounded=False)
    assert not alone.fine
    found = bridged(with_it, without_it, 1.0)
    assert found.fine
    assert found.how == AGAIN
    assert found.log_density == pytest.approx(EXACT, abs=3 * found.error)
    assert found.error < 0.15


def test_the_error_is_the_spread_of_repeated_runs():
    runs = [bridged(*both(20, 10, seed), 1.0) for seed in range(60)]
    spread = np.std([one.log_density for one in runs])
    assert np.median([one.error for one in runs]) == pytest.approx(spread, rel=0.3)
    assert np.mean([one.log_density for one in runs]) == pytest.approx(EXACT, abs=0.05)


def test_weights_are_those_of_the_posterior_without_the_paper():
    random = np.random.default_rng(5)
    precision = 1 + 1 / 0.4**2
    x = random.normal(2.5 / 0.4**2 / precision, precision**-0.5, (40, 24)), random.standard_normal((40, 24))
    found = bridged(TOLD.logpdf(x[0]), TOLD.logpdf(x[1]), 1.0)
    every = np.concatenate([one.reshape(-1) for one in x])
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.weights @ every == pytest.approx(0.0, abs=0.1)
    assert found.weights @ every**2 == pytest.approx(1.0, abs=0.12)
    assert found.worth > 750  # draws without the paper are worth nearly all, and those with it something


def test_a_draw_that_the_paper_excludes_counts_no_more_than_a_share():
    with_it, without_it = both(20, 20)
    without_it[0, 0] = -1000.0
    found = bridged(with_it, without_it, 1.0)
    assert np.isfinite(found.log_density)
    assert found.weights.max() < 0.01


def test_draws_that_hang_on_one_another_are_worth_less():
    with_it, without_it = both(20, 20)
    found, slow = bridged(with_it, without_it, 1.0), bridged(with_it, np.repeat(without_it[:5], 4, axis=0), 1.0)
    assert slow.worth < 0.6 * found.worth


def test_a_short_chain_counts_no_more_than_long_ones_have_shown():
    """From few steps its autocorrelation cannot be seen: one draw in eight counts, but one of each walker at least."""
    with_it, without_it = both(20, 8)
    found, trusted = bridged(with_it, without_it), bridged(with_it, without_it, 1.0)
    assert found.log_density == pytest.approx(trusted.log_density, abs=3 * found.error)
    assert 0.05 < found.worth / trusted.worth < 0.6
    assert found.error > trusted.error
    alone = bridged(with_it[:, :1], without_it[:2])  # two steps of 24 walkers: 24 draws, whatever they seem
    assert 24 <= alone.worth < 48
