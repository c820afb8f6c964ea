"""What an experiment is worth: the linear and Gaussian case in closed form, and limits that need no formula."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from compendium.claims.combinations import in_pairs, membership, rank_pairs
from compendium.claims.decide import compare_choices, linear, worth
from niche.errors import NicheError

DRAWS = 1500


def toy(draws=DRAWS, seed=0):
    """A target of variance 4 + 1, and two readings: y = the first part of it, z = nothing to do with it."""
    first, second, other = np.random.default_rng(seed).standard_normal((3, draws))
    return 2 * first + second, first, other


@pytest.mark.parametrize("error", [0.5, 1.0, 3.0])
def test_a_linear_gaussian_experiment_removes_what_the_closed_form_says(error):
    """T = 2 x + e, y = x, data y + error: cov(T, y)^2 / (var T (var y + error^2)) = 4 / (5 (1 + error^2))."""
    target, y, _ = toy()
    found = worth(y, error, target)
    closed = 4 / (5 * (1 + error**2))
    assert found.linear == pytest.approx(closed, abs=0.04)
    assert found.removed == pytest.approx(closed, abs=0.04)
    assert abs(found.removed - found.linear) < 4 * found.removed_se + 0.01
    assert not found.sparse


def test_two_readings_at_once_remove_more_as_the_closed_form_says():
    """The second part of the target, read apart with error 1, halves the variance that the first leaves open."""
    rng = np.random.default_rng(5)
    first, second = rng.standard_normal((2, DRAWS))
    target = 2 * first + second
    both = worth(np.column_stack([first, second]), [1.0, 1.0], target)
    assert both.linear == pytest.approx((4 / 2 + 1 / 2) / 5, abs=0.04)
    assert both.removed == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("error", [0.5, 2.0])
def test_information_about_a_choice_is_that_of_the_closed_form(error):
    """Two choices, the first best where T > 0: the data leave a probability of Phi(m), m normal, by quadrature."""
    target, y, _ = toy()
    best = np.stack([target > 0, target <= 0]).astype(float)
    found = worth(y, error, target, best)
    rho = 2 / np.sqrt(5 * (1 + error**2))
    entropy = quad(lambda x: norm.pdf(x) * _bits(norm.cdf(x * rho / np.sqrt(1 - rho**2))), -9, 9)[0]
    right = quad(lambda x: norm.pdf(x) * norm.cdf(abs(x) * rho / np.sqrt(1 - rho**2)), -9, 9)[0]
    assert found.entropy == pytest.approx(1, abs=0.01)
    assert found.bits == pytest.approx(1 - entropy, abs=0.04)
    assert found.after == pytest.approx(right, abs=0.02)
    assert found.before == pytest.approx(0.5, abs=0.04)


def _bits(p):
    return -sum(q * np.log2(q) for q in (p, 1 - p) if q > 0)


def test_an_experiment_that_has_nothing_to_do_with_it_removes_nothing():
    target, _, other = toy()
    best = np.stack([target > 0, target <= 0]).astype(float)
    found = worth(other, 0.5, target, best)
    assert abs(found.removed) < 0.02
    assert abs(found.bits) < 0.02


def test_few_draws_do_not_recognise_themselves():
    """A precise reading of something unrelated: each draw would know itself by it, and nothing is known."""
    target, _, other = toy(draws=60)
    found = worth(other, 0.001, target)
    assert found.removed < 0.1
    assert found.sparse


def test_what_is_not_linear_is_seen_by_weights_only():
    _, y, _ = toy()
    found = worth(y, 0.1, y**2)
    assert found.linear < 0.02
    assert found.removed > 0.9


def test_experiments_come_in_the_order_of_what_they_remove():
    target, y, other = toy(draws=400)
    assert list(compare_choices({"poor": (other, 1.0), "rough": (y, 2.0), "good": (y, 0.3)}, target)) == [
        "good",
        "rough",
        "poor",
    ]
    assert linear(y, 0.3, target) > linear(y, 2.0, target)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"error": 0.0}, "above 0"),
        ({"predicted": np.ones(30)}, "same draws"),
        ({"target": np.ones(40)}, "nothing to decide"),
        ({"predicted": np.full(40, np.nan)}, "without a value"),
        ({"best": np.ones((2, 40))}, "sums to 1"),
    ],
)
def test_bad_experiments_are_refused(change, says):
    given = {"predicted": np.arange(40.0), "error": 1.0, "target": np.arange(40.0)} | change
    with pytest.raises(NicheError, match=says):
        worth(**given)
    with pytest.raises(NicheError, match="at least 20"):
        worth(np.arange(5.0), 1.0, np.arange(5.0))


def test_ranks_are_counted_over_draws_and_ties_are_shared():
    effects = np.log([[0.5, 0.5, 0.2, 0.9], [0.5, 0.6, 0.3, 0.8], [0.9, 0.9, 0.9, np.nan]])
    found = rank_pairs(("a", "b", "c"), effects)  # the last draw has no value for c and is left out
    assert found.best == pytest.approx([2.5 / 3, 0.5 / 3, 0])
    assert found.median.tolist() == [1, 2, 3]
    assert membership(-effects[:, :3], higher=True) == pytest.approx(membership(effects[:, :3]))
    with pytest.raises(NicheError, match="nothing can be ranked"):
        rank_pairs(("a", "b"), np.array([[np.nan], [1.0]]))


def test_pairs_of_drugs_in_a_nude_host():
    """A checkpoint inhibitor has nothing to act on without T cells: with another drug it is that drug, to the bit."""
    import niche

    hosts = niche.hosts("mouse", strain="athymic nude", tumour="MDA-MB-231", draws=4, seed=1)
    drugs = {
        "OPG-Fc": lambda p: p.dose("OPG-Fc", "3 mg/kg", day=7, every="56 h"),
        "anti-PD-1": lambda p: p.regimen("checkpoint inhibitor (mouse)", "0.2 mg ip every 3.5 days from day 7"),
    }
    reads = ("tumour burden", "BV/TV")
    found = in_pairs(hosts, niche.Protocol(21).seed("intracardiac"), drugs, reads)
    assert found.arms == ("OPG-Fc", "anti-PD-1", "OPG-Fc + anti-PD-1")
    for read in reads:
        one, idle, both = found.of(read, found.arms)
        assert np.abs(idle).max() < 1e-6
        assert both == pytest.approx(one, abs=1e-6)
        assert found.beyond_bliss(read, found.pairs[0]) == pytest.approx(np.zeros(4), abs=1e-6)
    assert "not solved from its doses" in found.warnings["anti-PD-1"]
    with pytest.raises(NicheError, match="did you mean 'BV/TV'"):
        found.of("BV/TW", found.arms)
    with pytest.raises(NicheError, match="at least two drugs"):
        in_pairs(hosts, niche.Protocol(21), {"OPG-Fc": drugs["OPG-Fc"]})
