"""Data drawn from the likelihood, and whether the fit finds back what they were drawn from.

The short form of `benchmarks/sbc.py`, on the same small models. What is asserted are identities that hold for any
likelihood from which data are drawn, and that the posterior is right as often as it says.
"""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from sbc import calibrated, drawn, log_evidence, pits, sample, uniform
from scipy import integrate, stats
from scipy.interpolate import CubicSpline
from toys import TOYS, _atom, _dose, _up

from niche.errors import NicheError
from niche.inference.blocks import CLASSES, SCALES, Blocks, spreads
from niche.inference.left_out import by_weights
from niche.inference.shared import covariance
from niche.inference.simulated import log_no_effects, simulate, thinned

HEALTHY = CLASSES.index("healthy rodent")
TAU = np.where(np.arange(len(CLASSES)) == HEALTHY, 0.3, 0.0)
# A paper and family with every kind of row that can stand together: numbers that share a control, a rate, a direction,
# a row without effect, a bound.
PAPER = (
    _dose("P", "5", 0.15, 0.3),
    _dose("P", "50", 0.25, 0.5),
    _atom("P", "number", 0.02, 0.06, linear=True, costs=("species",)),
    _up("P", 0.3),
    _atom("P", "no effect", 0.25),
    _atom("P", "above", 0.3, 0.4),
)
TRUE = np.array([0.2, 0.6, 0.07, 0.3, 0.15, 0.5])
OTHER = TRUE + np.array([0.05, 0.05, 0.005, -0.1, 0.1, 0.1])
KIND = np.array([atom.kind for atom in PAPER])


# --- data sets


def copies(n):
    """So many papers alike."""
    return [replace(atom, paper=f"{i}", animals=f"{i}") for i in range(n) for atom in PAPER]


@pytest.fixture(scope="module")
def many():
    """600 papers that are alike, done again at `TRUE`, and their likelihood there and at `OTHER`."""
    n = 600
    blocks = Blocks(simulate(copies(n), np.tile(TRUE, n), TAU, (1,)))
    here, there = (blocks(np.tile(f, n)[None], TAU[None]) for f in (TRUE, OTHER))
    return blocks, here, there


def within(values, expected, errors=4.5):
    """The mean of values (n, ...) is what it should be, as far as chance allows."""
    error = values.std(axis=0) / math.sqrt(len(values))
    np.testing.assert_array_less(np.abs(values.mean(axis=0) - expected), errors * error + 1e-12)


def test_the_score_of_data_drawn_from_the_likelihood_is_0_on_average(many):
    """E[d log p / d theta] = 0; where rows "no effect" are part of the design, the slope of the log of their chance."""
    blocks, here, _ = many
    silent = Blocks([PAPER[4]])(TRUE[None, 4:5], TAU[None])
    expected = np.where(KIND == "no effect", silent.by_f[0, 0], 0.0)
    within(here.by_f.reshape(-1, len(PAPER)), expected)
    within(here.by_tau[0], silent.by_tau[0, 0])
    assert len(blocks.names) == 600


def test_a_ratio_of_likelihoods_is_1_on_average(many):
    """E[p(y | other) / p(y | true)] = 1; with rows "no effect" the ratio of their chances."""
    _, here, there = many
    chance = log_no_effects(PAPER, np.stack([TRUE, OTHER]), np.stack([TAU, TAU]))
    within(np.exp(there.value - here.value)[0], math.exp(chance[1] - chance[0]))


@pytest.mark.parametrize("tau", [0.01, 0.3, 1.0])
def test_the_outcomes_of_directions_and_bounds_add_up_to_1(tau):
    atoms = [_up("P", 0.3), _up("P", 0.1), _atom("P", "above", 0.3, 0.4)]
    total = 0.0
    for one, other, kind in product((1, -1), (1, -1), ("above", "below")):
        told = [replace(atoms[0], sign=one), replace(atoms[1], sign=other), replace(atoms[2], kind=kind)]
        total += math.exp(Blocks(told)(np.array([[0.3, -0.2, 0.5]]), np.where(TAU > 0, tau, 0.0)[None]).value[0, 0])
    assert total == pytest.approx(1, abs=1e-9)


def test_one_number_is_drawn_from_its_own_distribution():
    """d + e, d normal and e Student's t: its distribution function by an adaptive rule."""
    n, s, half = 2000, 0.15, 0.3 / math.sqrt(2)
    atoms = [replace(_dose("P", "5", s, 0.0), paper=f"{i}", animals=f"{i}") for i in range(n)]
    seen = np.array([atom.y for atom in simulate(atoms, np.full(n, 0.2), TAU, (2,))])

    def below(y):
        scale = math.hypot(s, half)
        found = integrate.quad(
            lambda d: stats.norm.pdf(d, 0, half) * stats.t.cdf((y - 0.2 - d) / scale, 4), -8 * half, 8 * half
        )
        return found[0]

    grid = np.linspace(-4, 4.4, 60)
    spline = CubicSpline(grid, [below(y) for y in grid])
    assert stats.kstest(seen, lambda y: np.clip(spline(np.clip(y, -4, 4.4)), 0, 1)).pvalue > 1e-3


def test_numbers_that_share_a_control_vary_together():
    """Rank correlation, since t with four degrees of freedom has no fourth moment: that of many t pairs by SciPy."""
    n = 2000
    atoms = [replace(_dose(f"{i}", arm, 0.2, 0.0), animals=f"{i}") for i in range(n) for arm in ("5", "50")]
    nothing = np.zeros(len(CLASSES))
    seen = np.array([atom.y for atom in simulate(atoms, np.zeros(2 * n), nothing, (3,))]).reshape(n, 2)
    shape = covariance(atoms[:2])
    true = stats.multivariate_t(np.zeros(2), shape, df=4, seed=4).rvs(40_000)
    expected = stats.kendalltau(*true.T).statistic
    assert stats.kendalltau(*seen.T).statistic == pytest.approx(expected, abs=0.04)


def test_papers_have_streams_of_their_own():
    """One row more changes no other paper's, and the same seed gives the same data."""
    some = copies(5)
    f = np.tile(TRUE, 5)
    once, again = simulate(some, f, TAU, (7,)), simulate(some[6:], f[6:], TAU, (7,))
    assert once[6:] == again
    assert once != simulate(some, f, TAU, (8,))


def test_what_is_simulated_keeps_its_kind_and_its_error():
    for seed in range(20):
        for before, after in zip(PAPER, simulate(PAPER, TRUE, TAU, (seed,)), strict=True):
            assert after.scale == pytest.approx(before.scale)
            if before.kind in ("number", "direction", "no effect"):
                assert after.kind == before.kind
            else:
                assert after.kind in ("above", "below")
                assert after.y == before.y


def test_papers_with_many_rows_keep_as_many_as_count_whole():
    atoms = [_up("P", 0.1 * i) for i in range(1, 7)] + [_dose("P", "5", 0.2, 0.3)] + [_up("Q", 0.1)]
    kept = thinned(atoms, (1,))
    assert len(kept) == 5
    assert {6, 7} < set(kept)
    assert all(share == 1 for share in Blocks([atoms[i] for i in kept])._exponent)


@pytest.mark.parametrize(
    ("f", "tau", "said"),
    [
        (TRUE[:3], TAU, "one true effect for each of 6 atoms"),
        (np.where(KIND == "direction", np.nan, TRUE), TAU, "the true effect of P direction is nan"),
        (TRUE, TAU[:2], "one spread for each of culture, healthy rodent"),
        (TRUE, -TAU, "none below 0"),
    ],
)
def test_truths_that_are_none_are_refused(f, tau, said):
    with pytest.raises(NicheError, match=said):
        simulate(PAPER, f, tau, (1,))


# --- calibration, by quadrature: one gain and two spreads


def grid():
    """Points (n, 6) of the first toy's scores and log weights of their prior: gains alike apart, spreads by Gauss."""
    z = np.linspace(-4.2, 4.2, 43)
    nodes, weights = np.polynomial.hermite_e.hermegauss(7)
    log = np.log(weights / weights.sum())
    points = np.zeros((len(z), 7, 7, 6))
    points[..., 0] = z[:, None, None]
    points[..., 1], points[..., 2] = nodes[:, None], nodes
    prior = stats.norm.logpdf(z) + math.log(z[1] - z[0])
    return z, points.reshape(-1, 6), (prior[:, None, None] + log[:, None] + log).ravel()


def by_quadrature(toy):
    """Log evidence with and without the gain, and the distribution function of its score."""
    z, points, prior = grid()
    log = toy.slopes().likelihood(points) + prior
    without = toy.without((0,))
    off = without.slopes().likelihood(points[:49, 1:]) + prior[:49] - np.logaddexp.reduce(prior[:49])
    marginal = np.exp(log - log.max()).reshape(len(z), -1).sum(axis=1)
    spline = CubicSpline(z, marginal).antiderivative()
    total = spline(z[-1])
    return np.logaddexp.reduce(log), np.logaddexp.reduce(off), lambda x: float(spline(x) / total)


def test_a_mechanism_is_there_as_often_as_it_is_said_to_be():
    """Thirty data sets, half of them without the mechanism; and gains lie anywhere in their posteriors."""
    on, p, places = [], [], []
    for i in range(30):
        one = drawn(TOYS[0](), (2, i))
        whole, without, below = by_quadrature(one.toy.without(()))
        on.append(float(one.on))
        p.append(1 / (1 + math.exp(without - whole)))
        places += [below(one.scores[0])] if one.on else []
    assert abs(calibrated(on, p)) < 3.3
    assert uniform(places).ecdf > 1e-3
    assert np.mean(np.square(np.array(on) - p)) < 0.2  # it is not for saying "even odds" always: that would be 0.25


@pytest.fixture(scope="module")
def sampled():
    """The first toy's data, its draws by the sampler of the fit, and the truth by quadrature."""
    one = drawn(TOYS[0](), (3, 1))
    toy = one.toy.without(())
    return toy, sample(toy, (3, 1), blocks=30), by_quadrature(toy)


def test_the_sampler_draws_from_the_posterior_that_quadrature_gives(sampled):
    toy, found, (evidence, _, below) = sampled
    places = np.array([below(z) for z in found.chain[..., 0].ravel()])
    worth = len(places) / 4
    assert places.mean() == pytest.approx(0.5, abs=4 / math.sqrt(12 * worth))
    assert (np.abs(places - 0.5) < 0.45).mean() == pytest.approx(0.9, abs=4 * math.sqrt(0.09 / worth))
    log, error = log_evidence(toy, found.chain, (1,))
    assert log == pytest.approx(evidence, abs=5 * error + 0.01)


def test_papers_left_out_are_predicted_as_quadrature_does(sampled):
    """log p(paper | the others) = log p(all) - log p(all but it), each by quadrature, against weights of the draws."""
    toy, found, (evidence, _, _) = sampled
    told = toy.slopes().papers(found.chain.reshape(-1, len(toy.names)))
    _, points, prior = grid()
    whole = toy.slopes()
    values = whole.papers(points)
    for paper, log in told.items():
        rest = np.logaddexp.reduce(sum(v for name, v in values.items() if name != paper) + prior)
        got = by_weights(log, all(atom.kind != "number" for atom in toy.atoms if atom.paper == paper), 4.0)
        assert got.log_density == pytest.approx(evidence - rest, abs=5 * got.error + 0.02)


# --- calibration by the sampler: thirty data sets of each model; `benchmarks/sbc.py` has more


@pytest.mark.slow
@pytest.mark.parametrize("make", TOYS, ids=lambda make: make().name)
def test_truths_lie_anywhere_in_their_posterior(make):
    places: dict[str, list[float]] = {}
    for i in range(30):
        one = drawn(make(), (4, i))
        found = sample(one.toy, (4, i), walkers=16, blocks=6)
        for name, place in pits(one, found.ends, (4, i)).items():
            places.setdefault(name, []).append(place)
    for name, values in places.items():
        assert uniform(values).ecdf > 1e-3, name


def test_spreads_of_the_toys_are_those_of_their_classes():
    """Half-normal with the scale of the class: median 0.6745 of it."""
    tau, _ = spreads(np.zeros((1, len(CLASSES))))
    np.testing.assert_allclose(tau[0], [0.674490 * SCALES[name] for name in CLASSES], rtol=1e-5)
