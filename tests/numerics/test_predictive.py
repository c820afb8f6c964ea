"""Predicted outcomes against SciPy's curves, and a p that is uniform where the model is right."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from niche.inference.blocks import CLASSES
from niche.inference.predictive import outcomes, together
from niche.inference.savage_dickey import savage_dickey

CLASS = "healthy rodent"
TAU = np.tile([0.0 if name != CLASS else 0.3 for name in CLASSES], (4000, 1))


def atom(kind="number", y=0.2, sign=0, scale=0.25, name="A", animals="p", linear=False, family="core"):
    parts = {"experiment": SimpleNamespace(name="e"), "reading": None, "error": scale, "costs": ()}
    return SimpleNamespace(
        kind=kind, y=y, sign=sign, scale=scale, name=name, animals=animals, paper=animals, linear=linear,
        family=family, group=CLASS, **parts,
    )  # fmt: skip


def curve(mean, scale, tau=0.3):
    """Of f + d + e by brute force: half of tau^2 in d, half beside s^2."""
    d = np.linspace(-5, 5, 2001) * tau / np.sqrt(2)
    weight = stats.norm.pdf(d, 0, tau / np.sqrt(2))
    weight /= weight.sum()
    s = np.sqrt(scale**2 + tau**2 / 2)
    return lambda y: float(weight @ stats.t.cdf((y - mean - d) / s, 4))


def test_a_number_is_predicted_with_deviation_and_error():
    found = outcomes([atom()], np.full((4000, 1), 0.1), TAU, {})
    cdf = curve(0.1, 0.25)
    low, high, pit = found.interval(0)
    assert pit == pytest.approx(cdf(0.2), abs=0.01)
    assert cdf(low) == pytest.approx(0.05, abs=0.006)
    assert cdf(high) == pytest.approx(0.95, abs=0.006)


def test_a_rate_of_one_arm_has_no_deviation_of_its_own():
    found = outcomes([atom(linear=True)], np.full((4000, 1), 0.1), TAU, {})
    assert found.interval(0)[2] == pytest.approx(stats.t.cdf(0.1 / 0.25, 4), abs=0.01)


@pytest.mark.parametrize("mean", [-0.5, 0.0, 0.8])
def test_words_have_the_probabilities_of_the_likelihood(mean):
    rows = [
        atom("direction", np.nan, 1, name="A"),
        atom("no effect", np.nan, name="B", family="bone"),
        atom("above", 0.4, name="C", family="tumour"),
        atom("below", -0.1, name="D", family="pain"),
    ]
    found = outcomes(rows, np.full((4000, 4), mean), TAU, {})
    d = np.linspace(-5, 5, 2001) * 0.3 / np.sqrt(2)
    w = stats.norm.pdf(d / (0.3 / np.sqrt(2)))
    w /= w.sum()
    s = np.sqrt(0.25**2 + 0.3**2 / 2)
    u, phi = (mean + d) / s, stats.norm.cdf
    up = phi(u - 1.96) / (phi(u - 1.96) + phi(-u - 1.96))
    expected = [
        ("up", up),
        ("none", phi(1.96 - u) - phi(-1.96 - u)),
        ("above", phi(u - 0.4 / s)),
        ("below", phi(-0.1 / s - u)),
    ]
    for row, (word, chance) in enumerate(expected):
        assert found.chances(row)[word] == pytest.approx(0.95 * float(w @ chance) + 0.025, abs=0.01), word
        assert sum(found.chances(row).values()) == pytest.approx(1)


def test_rows_of_one_paper_and_family_share_half_of_their_deviation():
    rows = [atom(scale=1e-3, name="A"), atom(scale=1e-3, name="B"), atom(scale=1e-3, name="C", animals="q")]
    found = outcomes(rows, np.zeros((4000, 3)), TAU, {})
    r = stats.spearmanr(found.draws).statistic
    assert 0.35 < r[0, 1] < 0.5  # of t's with a normal half
    assert abs(r[0, 2]) < 0.03


def test_numbers_that_share_a_control_share_half_of_their_variance():
    """Two treated arms over one control: errors correlate by a half, and each is still Student's t."""

    def over_control(name):
        reading = SimpleNamespace(
            treated=name, control="C", observable="x", surround=None, against=None, day=1, reference_day=None
        )
        made = atom(scale=0.25, name=name)
        return SimpleNamespace(**(vars(made) | {"reading": reading, "indirectness": 0.0}))

    found = outcomes([over_control("A"), over_control("B")], np.zeros((4000, 2)), 1e-6 * TAU, {})
    assert stats.spearmanr(found.draws).statistic == pytest.approx(0.48, abs=0.03)  # of a t with correlation 0.5
    assert stats.kstest(found.draws[:, 0] / 0.25, stats.t(4).cdf).pvalue > 1e-3
    alone = outcomes([over_control("A")], np.zeros((4000, 1)), 1e-6 * TAU, {})
    assert np.quantile(found.draws[:, 0], 0.95) == pytest.approx(np.quantile(alone.draws[:, 0], 0.95), rel=0.05)


def test_a_prediction_without_a_paper_takes_the_weights_of_that_paper():
    effects = np.repeat([[0.0], [2.0]], 2000, axis=0)
    weights = np.repeat([0.0, 1 / 2000], 2000)
    found = outcomes([atom(y=2.0)], effects, TAU, {"p": weights})
    assert found.interval(0)[2] == pytest.approx(0.5, abs=0.02)


def test_numbers_alone_give_the_chi_square():
    effects = np.zeros((4000, 3))
    rows = [atom(name=str(i), animals=str(i), y=y) for i, y in enumerate((0.9, -0.7, 0.5))]
    found = outcomes(rows, effects, TAU, {})
    z = [stats.norm.ppf(curve(0.0, 0.25)(row.y)) for row in rows]
    assert together(found) == pytest.approx(stats.chi2.sf(sum(x * x for x in z), 3), abs=0.02)


def test_p_is_uniform_where_the_model_is_right():
    """200 sets of data from the model itself, rows that share parameters, papers and families."""
    random = np.random.default_rng(5)
    kinds = ("number", "number", "direction", "no effect", "number", "above")
    rows = [atom(kind, 0.3, 1 if kind == "direction" else 0, name=str(i), animals="pq"[i % 2], family="ab"[i // 3])
            for i, kind in enumerate(kinds)]  # fmt: skip
    effects = 0.4 * random.standard_normal((500, 1)) + 0.1 * random.standard_normal((500, 6)) + 0.2
    found = outcomes(rows, effects, TAU[:500], {})
    which = random.integers(0, len(found.draws), 200)
    p = [together(found._replace(seen=found.draws[i])) for i in which]
    assert stats.kstest(p, "uniform").pvalue > 0.01
    assert together(found._replace(seen=np.array([6.0, -6, 0, 1, 0, 0]))) < 1e-3


@pytest.mark.parametrize("data", [(0.0,), (1.2, 0.4, 0.9), (3.0,) * 5])
def test_savage_dickey_of_a_gaussian_is_exact_for_each_width(data):
    """y ~ normal(gain, 1): the density at 0 in closed form, by the width of the prior."""
    precision = 1 + len(data)
    scores = np.random.default_rng(1).normal(sum(data) / precision, precision**-0.5, (400_000, 1))
    found = savage_dickey(scores)
    for name, width in (("half", 0.5), ("full", 1.0), ("double", 2.0)):
        p = 1 / width**2 + len(data)
        exact = stats.norm.logpdf(0, sum(data) / p, p**-0.5) - stats.norm.logpdf(0, 0, width)
        assert found[name] == pytest.approx(exact, abs=0.02, rel=0.01), name
