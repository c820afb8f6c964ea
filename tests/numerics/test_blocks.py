"""The likelihood of atoms against SciPy: each kind of row, blocks by an adaptive rule, shared errors, every slope."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

from niche.atoms.records import Atom
from niche.evidence.comparisons import COMPARE
from niche.evidence.readings import Reading
from niche.evidence.row_plan import Experiment
from niche.inference import terms
from niche.inference.blocks import CLASSES, SCALES, Blocks, spreads
from niche.inference.shared import correlation, covariance

PHI = stats.norm.cdf


def atom(kind="number", y=0.3, sign=0, error=0.2, **more):
    given = {"paper": "a paper", "group": "healthy rodent", "family": "bone cells", "costs": (), "linear": False}
    given |= {"name": "X", "laboratory": "L", "assay": "", "basis": "sd", "experiment": None, "reading": None}
    given |= {"conflict": "", "animals": more.get("paper", "a paper")} | more
    return Atom(kind=kind, y=y, sign=sign, error=error, **given)


def by_scipy(one: Atom, x: float, s: float) -> float:
    """Density or probability of one atom, written apart from the code."""
    u = x / s
    if one.kind == "number":
        return stats.t.pdf(one.y, 4, loc=x, scale=s)
    if one.kind == "direction":
        v = u * one.sign
        p = PHI(v - 1.96) / (PHI(v - 1.96) + PHI(-v - 1.96))
    elif one.kind == "no effect":
        p = PHI(1.96 - u) - PHI(-1.96 - u)
    else:
        p = PHI((x - one.y) / s) if one.kind == "above" else PHI((one.y - x) / s)
    return 0.95 * p + 0.025


EVERY = [
    atom("number", y=0.4),
    atom("direction", y=math.nan, sign=-1, error=0.3),
    atom("no effect", y=math.nan, error=0.25),
    atom("above", y=0.7),
    atom("below", y=-0.9, error=0.5),
]


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.kind)
@pytest.mark.parametrize("x", [-2.0, -0.3, 0.0, 0.2, 1.5])
def test_a_term_is_what_scipy_says(one, x):
    value, by_x, by_s = terms.KINDS[one.kind](np.array([x]), np.array(float(one.sign or one.y)), np.array([one.error]))
    assert value[0] == pytest.approx(math.log(by_scipy(one, x, one.error)), abs=1e-10)
    h = 1e-6
    steps = [math.log(by_scipy(one, x + d, one.error)) for d in (h, -h)]
    assert by_x[0] == pytest.approx((steps[0] - steps[1]) / (2 * h), abs=1e-6)
    steps = [math.log(by_scipy(one, x, one.error + d)) for d in (h, -h)]
    assert by_s[0] == pytest.approx((steps[0] - steps[1]) / (2 * h), abs=1e-6)


def test_a_significant_direction_is_a_truncated_normal_seen_from_afar():
    """Of many studies with a true effect the share of "up" among the significant ones is what the term says."""
    rng, x, s = np.random.default_rng(3), 0.15, 0.2
    seen = rng.normal(x, s, 400_000) / s
    share = np.mean(seen[np.abs(seen) > 1.96] > 0)
    value, _, _ = terms.direction(np.array([x]), np.array(1.0), np.array([s]))
    assert math.exp(value[0]) == pytest.approx(0.95 * share + 0.025, abs=0.005)


def quadrature(block: Blocks, here: list[int], f: np.ndarray, tau: float) -> float:
    """A block by an adaptive rule over what the paper has of its own."""

    def density(d: float) -> float:
        found = stats.norm.pdf(d, 0, tau / math.sqrt(2))
        for i in here:
            one = block.atoms[i]
            own = 0.0 if one.linear else 1.0
            s = math.sqrt(one.error**2 + one.indirectness**2 + own * tau**2 / 2)
            plain = sum(a.kind != "number" for a in (block.atoms[j] for j in here))
            power = 1.0 if one.kind == "number" else min(1.0, 3 / max(plain, 1))
            found *= by_scipy(one, f[i] + own * d, s) ** power
        return found

    return math.log(integrate.quad(density, -9 * tau, 9 * tau, limit=600, points=[0.0], epsabs=0, epsrel=1e-9)[0])


@pytest.mark.parametrize("group", CLASSES)
@pytest.mark.parametrize("tau", [0.02, 0.2, 1.2])
def test_a_block_is_the_integral_over_what_a_paper_has_of_its_own(group, tau):
    atoms = [replace(one, group=group) for one in EVERY]
    atoms += [replace(EVERY[0], group=group, costs=("species",), y=-0.2, error=0.03)]
    atoms += [replace(EVERY[1], group=group, sign=1), replace(EVERY[2], group=group)]
    atoms += [replace(EVERY[0], group=group, linear=True, y=0.35, error=0.02)]
    block = Blocks(atoms)
    f = np.random.default_rng(1).normal(0, 0.4, len(atoms))
    taus = np.full((1, len(CLASSES)), 0.5)
    taus[0, CLASSES.index(group)] = tau
    found = block(f[None], taus).value
    assert found.shape == (1, 1)
    assert found[0, 0] == pytest.approx(quadrature(block, list(range(len(atoms))), f, tau), abs=2e-4)


def test_papers_and_families_are_blocks_of_their_own():
    atoms = [atom(), atom(family="tumour"), atom(paper="another"), atom(paper="a third", animals="a paper")]
    block = Blocks(atoms)
    assert block.names == (("a paper", "bone cells"), ("a paper", "tumour"), ("another", "bone cells"))
    assert block.of.tolist() == [0, 1, 2, 0]


def many(n=300):
    rng, kinds = np.random.default_rng(0), list(terms.KINDS)
    return [
        atom(
            kinds[rng.choice(5, p=[0.4, 0.42, 0.12, 0.03, 0.03])],
            y=float(rng.normal(0, 0.5)),
            sign=int(rng.choice([-1, 1])),
            error=float(rng.uniform(0.03, 0.5)),
            paper=f"paper {i // 3}",
            group=CLASSES[(i // 3) % 5],
            linear=i % 17 == 0,
        )
        for i in range(n)
    ]


def test_every_slope_is_that_of_differences():
    block, rng, h = Blocks(many()), np.random.default_rng(2), 1e-6
    f, z = rng.normal(0, 0.5, (3, 300)), rng.normal(size=(3, 5))
    tau, by_z = spreads(z)
    told = block(f, tau)
    for j in range(0, 300, 13):
        e = np.zeros(300)
        e[j] = h
        slope = (block(f + e, tau).value.sum(axis=1) - block(f - e, tau).value.sum(axis=1)) / (2 * h)
        np.testing.assert_allclose(told.by_f[:, j], slope, atol=2e-6)
    for c in range(5):
        e = np.zeros(5)
        e[c] = h
        slope = (block(f, tau + e).value.sum(axis=1) - block(f, tau - e).value.sum(axis=1)) / (2 * h)
        np.testing.assert_allclose(told.by_tau[:, block.tau_of == c].sum(axis=1), slope, atol=1e-5, rtol=1e-6)
    np.testing.assert_allclose(by_z, (spreads(z + h)[0] - spreads(z - h)[0]) / (2 * h), atol=1e-8)


def test_spreads_are_half_normal():
    z = np.random.default_rng(5).standard_normal((100_000, 5))
    tau, _ = spreads(z)
    for c, name in enumerate(CLASSES):
        assert stats.kstest(tau[:, c], stats.halfnorm(scale=SCALES[name]).cdf).pvalue > 1e-3


def two_arms(name, treated, control, day=14.0, observable="BV/TV"):
    reading = Reading(observable, COMPARE["fold"], treated, control, (day,), {}, None)
    return atom(name=name, experiment=Experiment("one", {"system": "mouse"}, {}, {}, ""), reading=reading)


def test_arms_that_share_a_control_share_half_of_their_variance():
    low, high = two_arms("a", "5", "vehicle"), two_arms("b", "50", "vehicle")
    assert correlation(low, high) == pytest.approx(0.5)
    assert correlation(low, two_arms("c", "50", "5")) == pytest.approx(-0.5)
    assert correlation(low, two_arms("d", "5", "vehicle", day=28)) == pytest.approx(0.5)
    assert correlation(low, two_arms("f", "5", "vehicle")) == pytest.approx(0.5)  # by another assay
    assert correlation(low, two_arms("g", "50", "vehicle", day=28)) == pytest.approx(0.25)
    assert correlation(low, two_arms("e", "5", "vehicle", observable="CTX")) == 0


def test_the_covariance_of_shared_controls_is_that_of_simulated_animals():
    """log ratios of means of ten animals whose logs are normal: two doses against one vehicle."""
    rng = np.random.default_rng(4)
    means = rng.normal(0, 0.5, (200_000, 3, 10)).mean(axis=2)
    seen = np.cov(np.stack([means[:, 1] - means[:, 0], means[:, 2] - means[:, 0]]))
    error = 0.5 * math.sqrt(2 / 10)
    atoms = [replace(two_arms(n, n, "vehicle"), error=error) for n in ("5", "50")]
    np.testing.assert_allclose(covariance(atoms), seen, rtol=0.02)


@pytest.mark.parametrize("tau", [0.05, 0.4])
def test_numbers_that_share_a_control_are_one_multivariate_t(tau):
    atoms = [replace(two_arms(n, n, "vehicle"), y=y) for n, y in (("5", 0.3), ("25", 0.5), ("50", 0.45))]
    block, f = Blocks(atoms), np.array([0.1, 0.2, 0.6])
    taus = np.full((1, len(CLASSES)), tau)
    shape = covariance(atoms) + np.eye(3) * tau**2 / 2

    def density(d):
        return stats.norm.pdf(d, 0, tau / math.sqrt(2)) * stats.multivariate_t.pdf([0.3, 0.5, 0.45], f + d, shape, df=4)

    whole = integrate.quad(density, -8 * tau, 8 * tau, epsrel=1e-10, limit=400)[0]
    told = block(f[None], taus)
    assert told.value[0, 0] == pytest.approx(math.log(whole), abs=1e-5)
    h = 1e-6
    for j in range(3):
        e = np.zeros(3)
        e[j] = h
        slope = (block((f + e)[None], taus).value - block((f - e)[None], taus).value)[0, 0] / (2 * h)
        assert told.by_f[0, j] == pytest.approx(slope, abs=1e-6)
    slope = (block(f[None], taus + h).value - block(f[None], taus - h).value)[0, 0] / (2 * h)
    assert told.by_tau[0, 0] == pytest.approx(slope, abs=1e-5)
