"""What a paper says by itself, where that is known: a normal prior, a normal number, a direction."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from niche.inference.alone import PriorDraws, head_draws, side_of, sides

GAIN = np.random.default_rng(0).normal(0, 0.7, 40_000)


@pytest.mark.parametrize(("y", "s"), [(0.5, 0.3), (-0.2, 0.4), (0.0, 1.0)])
def test_a_number_alone(y, s):
    """Posterior of the gain: normal, by precision weights."""
    precision = 1 / 0.7**2 + 1 / s**2
    exact = stats.norm.sf(0, y / s**2 / precision, precision**-0.5)
    p, worth = side_of(GAIN, stats.norm.logpdf(y, GAIN, s), 1)
    assert p == pytest.approx(exact, abs=0.01)
    assert worth > 1000
    assert side_of(GAIN, stats.norm.logpdf(y, GAIN, s), -1)[0] == pytest.approx(1 - exact, abs=0.01)


def test_a_direction_alone_that_may_be_misread_never_says_more_than_it_can():
    told = np.log(np.where(GAIN > 0, 0.975, 0.025))
    assert side_of(GAIN, told, 1)[0] == pytest.approx(0.975, abs=0.005)


def test_draws_that_were_lost_count_on_neither_side():
    told = np.zeros(len(GAIN))
    told[GAIN > 0.5] = np.nan
    head = GAIN.copy()
    head[GAIN < -0.5] = np.nan
    assert side_of(head, told, 1)[0] == pytest.approx(0.5, abs=0.01)


def test_heads_are_rows_or_a_row_over_another():
    effects = np.stack([GAIN, 2 * GAIN, 0.1 + 0 * GAIN], axis=1)
    rows = {"A": 0, "B": 1, "C": 2}

    def head(atom, over=None):
        return SimpleNamespace(atom=atom, over=over)

    np.testing.assert_array_equal(head_draws(head("B", "A"), effects, rows), GAIN)
    assert head_draws(head("T"), effects, rows) is None  # a trial: it is not simulated here
    assert head_draws(head(None), effects, rows) is None
    assert head_draws(None, effects, rows) is None
    prior = PriorDraws(effects, np.stack([stats.norm.logpdf(1, GAIN, 0.2), 0 * GAIN], axis=1), ("one", "two"))
    found = sides(prior, rows, head("A"), 1, ["one", "two"])
    assert found["one"][0] > 0.99
    assert found["two"][0] == pytest.approx(0.5, abs=0.01)
