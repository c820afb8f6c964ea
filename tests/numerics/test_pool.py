"""Pools of published data sets, beside the numbers that others printed for them, and beside statsmodels."""

import math

import numpy as np
import pytest

from niche.propositions.pool import between, heterogeneity, mean_of, pool, prediction, quantile, sign_test

# 13 trials of BCG against tuberculosis (Colditz 1994): cases and others with vaccine, cases and others without.
BCG = """
4 119 11 128; 6 300 29 274; 3 228 11 209; 62 13536 248 12619; 33 5036 47 5761; 180 1361 372 1079; 8 2537 10 619;
505 87886 499 87892; 29 7470 45 7232; 17 1699 65 1600; 186 50448 141 27197; 5 2493 3 2338; 27 16886 29 17825
"""
# 8 trials of P2Y12 inhibitors against aspirin (Chiarito 2020): strokes and patients of either arm.
STROKE = """
162 1529 201 1540; 438 9599 462 9586; 4 734 3 736; 106 902 86 907; 11 499 17 502; 385 6589 441 6610; 2 166 4 166;
29 931 21 928
"""
# 6 trials of aspirin in pregnancy (CLASP; DerSimonian and Kacker 2007, doi:10.1016/j.cct.2006.04.004).
CLASP = "5 156 8 74; 5 303 17 303; 12 565 9 477; 69 1570 94 1565; 9 103 11 105; 313 4659 352 4650"
# 9 laboratories (Kacker 2004, Metrologia 41, as statsmodels has them): means and variances.
KACKER = (
    np.array([61, 61.4, 62.21, 62.3, 62.34, 62.6, 62.7, 62.84, 65.9]),
    np.sqrt([0.2025, 1.21, 0.09, 0.2025, 0.3844, 0.5625, 0.0676, 0.0225, 1.8225]),
)
# 10 trials of a drug against hypertension, made up by Riley 2011, doi:10.1136/bmj.d549.
RILEY = (
    np.array([0.0, 0.1, -0.4, -0.8, -0.63, 0.22, -0.34, -0.51, 0.03, -0.81]),
    np.array(
        [
            *(0.42347717, 0.21939179, 0.02551067, 0.19898325, 0.30102594),
            *(0.30102594, 0.07142988, 0.10204269, 0.12245123, 0.30102594),
        ]
    ),
)


def read(table):
    return np.array([line.split() for line in table.split(";")], float).T


def risk_ratios():
    a, b, c, d = read(BCG)
    return np.log(a / (a + b)) - np.log(c / (c + d)), np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def odds_ratios(table):
    a, n, c, m = read(table)
    return np.log(a / (n - a)) - np.log(c / (m - c)), np.sqrt(1 / a + 1 / (n - a) + 1 / c + 1 / (m - c))


def dersimonian(y, s):
    """tau2 of DerSimonian and Laird, which published prediction intervals use."""
    w = s**-2.0
    return (heterogeneity(y, s, 0.0) - y.size + 1) / (w.sum() - (w**2).sum() / w.sum())


def test_vaccine_trials_as_metafor_has_them():
    """metafor: Paule and Mandel's tau2, and Q on 12 degrees of freedom; I2 of DerSimonian and Laird 92.12 %."""
    found = pool(*risk_ratios())
    assert found.tau2 == pytest.approx(0.3181, abs=5e-5)
    assert found.q == pytest.approx(152.2330, abs=5e-5)
    assert found.i2 == pytest.approx(0.9212, abs=5e-5)
    assert found.k == 13


def test_strokes_as_metafor_and_meta_have_them():
    """Paule and Mandel with Hartung and Knapp's interval: metadat, dat.chiarito2020; I2 of Q as meta prints it.

    R's root finder stops within 1.2e-4 of tau2; ours is the root.
    """
    y, s = odds_ratios(STROKE)
    found = pool(y, s)
    assert found.tau2 == pytest.approx(0.0144, abs=1.2e-4)
    assert heterogeneity(y, s, found.tau2) == pytest.approx(7, rel=1e-9)
    assert found.q == pytest.approx(10.6797, abs=5e-5)
    assert found.i2 == pytest.approx(0.345, abs=5e-4)
    assert (found.mean, found.low, found.high) == pytest.approx((-0.0666, -0.2398, 0.1066), abs=5e-5)
    ratios = (math.exp(found.mean), math.exp(found.low), math.exp(found.high))
    assert ratios == pytest.approx((0.9356, 0.7868, 1.1125), abs=1e-4)


def test_aspirin_in_pregnancy_as_printed():
    """Tables 3 and 4 of the paper: tau, mean and standard error."""
    y, s = odds_ratios(CLASP)
    tau2 = between(y, s)
    assert math.sqrt(tau2) == pytest.approx(0.3681, abs=5e-5)
    assert mean_of(y, s, tau2)[:2] == pytest.approx((-0.3811, 0.2060), abs=5e-5)


def test_laboratories_as_printed():
    """Table 1, first row; Hartung and Knapp's error where tau2 is DerSimonian and Laird's, as metafor has it."""
    y, s = KACKER
    assert math.sqrt(between(y, s)) == pytest.approx(0.8399, abs=5e-5)
    assert mean_of(y, s, between(y, s))[:2] == pytest.approx((62.4076199113286, 0.338030602684471), abs=1e-9)
    mean, usual, knapp = mean_of(y, s, 0.288049246973751)
    assert (mean, usual, knapp) == pytest.approx((62.3901386044504, 0.245749668040304, 0.29477605699879), abs=1e-12)
    assert mean - quantile(8) * knapp == pytest.approx(61.710383798052, abs=1e-9)


def test_a_prediction_interval_as_printed():
    """Higgins, Thompson and Spiegelhalter's, with DerSimonian and Laird's tau2, as pimeta has it; I2 70.5 %."""
    y, s = RILEY
    tau2 = dersimonian(y, s)
    assert tau2 == pytest.approx(0.02824971, abs=5e-8)
    mean, usual, _ = mean_of(y, s, tau2)
    wide = prediction(usual, tau2, y.size)
    assert (mean, mean - wide, mean + wide) == pytest.approx((-0.3340597, -0.7597777, 0.09165839), abs=5e-7)
    assert pool(y, s).i2 == pytest.approx(0.705, abs=5e-4)


@pytest.mark.parametrize("seed", range(20))
def test_any_pool_is_that_of_statsmodels(seed):
    from statsmodels.stats.meta_analysis import combine_effects

    rng = np.random.default_rng(seed)
    k = int(rng.integers(3, 15))
    s = rng.uniform(0.05, 0.6, k)
    y = rng.normal(0.2, np.hypot(s, rng.choice([0.1, 0.5, 1.0])))
    ours, theirs = pool(y, s), combine_effects(y, s**2, method_re="iterated", use_t=True, atol=1e-7, maxiter=500)
    assert ours.tau2 == pytest.approx(max(theirs.tau2, 0), abs=1e-6)
    assert ours.mean == pytest.approx(theirs.mean_effect_re, abs=1e-6)
    assert ours.q == pytest.approx(theirs.q, rel=1e-9)
    low, high = theirs.mean_effect_re + quantile(k - 1) * theirs.sd_eff_w_re_hksj * np.array([-1, 1])
    if ours.tau2 > 0:
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-5)
    else:  # plain Hartung and Knapp may be narrower than the usual interval, ours is not
        usual = 1.959963984540054 / math.sqrt(np.sum(s**-2.0))
        assert ours.high - ours.mean == pytest.approx(max(high - theirs.mean_effect_re, usual), rel=1e-9)


def test_effects_that_agree_too_well_keep_the_usual_interval():
    found = pool([-0.2, -0.2, -0.2], [0.1, 0.1, 0.1])
    assert found.tau2 == 0
    assert found.i2 == 0
    assert found.high - found.mean == pytest.approx(1.959964 * 0.1 / math.sqrt(3), rel=1e-6)
    assert found.most - found.mean == pytest.approx(12.7062 * 0.1 / math.sqrt(3), rel=1e-5)


@pytest.mark.parametrize("bad", [([0.1, 0.2], [1, 1]), ([0, 1, 2], [1, 1, 0]), ([0, 1, math.nan], [1, 1, 1])])
def test_what_is_no_pool_is_refused(bad):
    with pytest.raises(ValueError, match=r"pool needs 3|above 0"):
        pool(*bad)


def test_sign_tests_as_tables_have_them():
    """Of 10, two of a kind: P = 2 * (1 + 10 + 45) / 1024."""
    assert sign_test(8, 2) == pytest.approx(2 * 56 / 1024)
    assert sign_test(6, 0) == pytest.approx(2 / 64)
    assert sign_test(3, 3) == 1
    assert sign_test(0, 0) is None
