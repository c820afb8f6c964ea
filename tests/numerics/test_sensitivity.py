"""Shares of variance and elementary effects against formulas, and against hosts set up by hand."""

import json

import numpy as np
import pytest

import niche
from compendium.cli.main import main
from niche.analysis.indices import kept_settings, morris, sobol
from niche.analysis.robustness import stands, sweep_parameter
from niche.analysis.sensitivity import (
    INSIDE,
    OTHERS,
    HeadEffect,
    analysed,
    matter,
    sensitivity,
    uncertain_of,
)
from niche.analysis.stored import SENSITIVITY, read_stored
from niche.errors import NicheError
from niche.evidence.comparisons import COMPARE
from niche.evidence.laboratory import Laboratory
from niche.frozen import Frozen
from niche.params.layers import read_registry
from niche.params.posterior import Posterior
from niche.params.records import root
from niche.predictions.outcomes import head_atoms
from niche.propositions.reading import proposition

A, B = 7.0, 0.1  # of the Ishigami function


def ishigami(quantiles):
    x = np.pi * (2 * quantiles - 1)
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_shares():
    """First and total order by Ishigami and Homma 1990 (doi:10.1109/ISUMA.1990.151285)."""
    pi4 = np.pi**4
    first = np.array([0.5 * (1 + B * pi4 / 5) ** 2, A**2 / 8, 0.0])
    together = 8 * B**2 * pi4**2 / 225
    whole = first.sum() + together
    return first / whole, (first + np.array([together, 0, together])) / whole, whole


def test_sobol_gives_the_shares_of_the_ishigami_function():
    found = sobol(["a", "b", "c"], ishigami, samples=2048, seed=5)
    first, total, variance = ishigami_shares()
    np.testing.assert_allclose(found.first, first, atol=0.02)
    np.testing.assert_allclose(found.total, total, atol=0.02)
    assert found.variance == pytest.approx(variance, rel=0.02)
    assert np.all(np.abs(found.first - first) <= 1.5 * found.first_error)
    assert np.all(np.abs(found.total - total) <= 1.5 * found.total_error)


def test_shares_come_nearer_to_the_truth_as_the_sample_grows():
    first, total, _ = ishigami_shares()
    misses = []
    for seed in range(1, 7):
        found = sobol(["a", "b", "c"], ishigami, samples=1024, seed=seed)
        misses.append(np.abs(found.course - np.stack([first, total], axis=1)).mean(axis=(1, 2)))
    assert list(found.sizes) == [64, 128, 256, 512, 1024]
    size = np.mean(misses, axis=0)
    assert size[-1] < size[0] / 3  # by chance alone a sixteenth of the sample gives four times the error


def test_a_group_takes_what_its_members_take_together():
    def weighted(q):
        return q @ np.array([1.0, 2.0, 3.0])

    found = sobol(["a", "b", "c"], weighted, samples=2048, groups=["a", "rest", "rest"])
    assert found.names == ("a", "rest")
    np.testing.assert_allclose(found.total, [1 / 14, 13 / 14], atol=0.01)


def test_morris_gives_the_slopes_of_a_straight_function():
    found = morris(["a", "b", "c"], lambda q: 3 * q[:, 0] - 2 * q[:, 1], trajectories=10, inside=(0.1, 0.9))
    np.testing.assert_allclose(found.mean, [2.4, -1.6, 0], atol=1e-9)
    np.testing.assert_allclose(found.mean_absolute, [2.4, 1.6, 0], atol=1e-9)
    np.testing.assert_allclose(found.spread, 0, atol=1e-9)
    assert matter(found) == ("a", "b")


def test_runs_that_fail_are_counted_and_left_out():
    def sometimes(q):
        return np.where(q[:, 2] > 0.98, np.nan, 3 * q[:, 0] + q[:, 1])

    found = sobol(["a", "b", "c"], sometimes, samples=2048)
    assert found.failed > 20
    assert found.samples + found.failed == 2048
    np.testing.assert_allclose(found.total, [0.9, 0.1, 0], atol=0.02)
    with pytest.raises(NicheError, match="hold a run without a number: too many"):
        sobol(["a", "b", "c"], lambda q: np.where(q[:, 2] > 0.3, np.nan, q[:, 0]), samples=256)


def test_an_effect_that_does_not_vary_has_no_shares():
    found = sobol(["a", "b"], lambda q: np.ones(len(q)), samples=64)
    assert np.isnan(found.total).all()
    assert np.isnan(kept_settings(np.random.default_rng(1).random((100, 2)), np.ones(100))).all()


@pytest.mark.parametrize("together", [-0.5, 0.0, 0.8])
def test_inputs_that_go_together_share_what_they_explain(together):
    # Y = X1 + X2 of unit normals with correlation r: Var E(Y|X1) / Var Y = (1 + r) / 2
    x = np.random.default_rng(3).multivariate_normal([0, 0], [[1, together], [together, 1]], 40_000)
    x = np.column_stack([x, np.random.default_rng(4).random(len(x))])
    np.testing.assert_allclose(kept_settings(x, x[:, 0] + x[:, 1], 50), [(1 + together) / 2] * 2 + [0], atol=0.01)


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"samples": 1000}, "power of 2"), ({"samples": 32}, "at least 64"), ({"groups": ["x"]}, "group for each")],
)
def test_sizes_that_cannot_work_are_refused(asked, said):
    with pytest.raises(NicheError, match=said):
        sobol(["a", "b"], lambda q: q[:, 0], **asked)


def test_a_quantile_reaches_the_hosts_as_the_value_that_the_prior_gives_it():
    """The same effect by hand: one host at a time, each parameter set by name."""
    name = "10a"  # no drug: every uncertain number is a parameter of the hosts
    effect, (atom,) = HeadEffect(name, "prior"), head_atoms(name)
    where, reading = atom.experiment, atom.reading
    quantiles = np.random.default_rng(2).uniform(*INSIDE, (3, len(effect.names)))
    registry, by_hand = read_registry().uncertain(), []
    assert {"model:cgrp_opg", "mouse:tone"} <= set(effect.names)
    for point in quantiles:
        values = {}
        for layer in ("model", where.host["system"]):  # the species replaces what the model says
            chosen = [(i, key) for i, key in enumerate(effect.names) if key.startswith(f"{layer}:")]
            values |= {key.split(":")[1]: float(registry[key].sample(point[i])) for i, key in chosen}
        one = niche.hosts(**where.host, draws=1, posterior="prior").with_parameters(**values, **where.changes)
        arms = [niche.simulate(one, where.arms[arm]) for arm in (reading.treated, reading.control)]
        by_hand.append(float(np.log(niche.effect(*arms, reading.observable, day=reading.day[0])).values[0]))
    np.testing.assert_allclose(effect(quantiles), by_hand, rtol=1e-3, atol=1e-5)
    assert np.ptp(by_hand) > 1e-3


def test_marginals_of_the_posterior_are_the_marginals_of_its_draws():
    effect = HeadEffect("05a")
    draws = niche.hosts("mouse", draws=1000).posterior.draws["model:b2_rankl"]
    found = effect.values("model:b2_rankl", np.linspace(0, 1, 5001))
    assert np.mean(found) == pytest.approx(draws.mean(), abs=0.01)
    assert np.std(found) == pytest.approx(draws.std(), rel=0.01)


def test_effects_are_ranked_as_logarithms_of_the_ratio_that_is_compared():
    ratio = np.array([0.25, 1.0, 4.0])
    for compare, said in {"fold": ratio, "percent": 100 * (ratio - 1), "percent of start": 100 * ratio}.items():
        np.testing.assert_allclose(COMPARE[compare].log_ratio(said), np.log(ratio), atol=1e-12)
    np.testing.assert_array_equal(COMPARE["slope"].log_ratio(ratio), ratio)
    assert not np.isfinite(COMPARE["percent"].log_ratio(np.array([-100.0]))).any()


def test_only_what_the_hosts_of_a_row_have_is_varied():
    names = uncertain_of("02a")
    assert {"MDA-231-luc:growth", "OPG-Fc:rankl_trap_affinity", "mouse:turnover", "model:tgfb_share"} <= set(names)
    assert not {"PC-3:growth", "isoprenaline:kd_dose_b2", "rat:pace"} & set(names)


def test_what_switching_the_mechanism_off_removes_leads_the_ranking():
    """Isoprenaline makes osteoclasts through beta gains on bone: one of them has to lead, and the rest is little."""
    found = sensitivity("05a", samples=256, trajectories=10)
    order = np.argsort(-found.shares.total)
    assert found.shares.names[order[0]].removeprefix("model:") in proposition("05a").gains
    assert found.shares.total[found.shares.names.index(OTHERS)] < 0.25
    assert found.runs == 10 * (len(found.effects.names) + 1) + 256 * (len(found.shares.names) + 2) + 1000


def test_a_head_is_the_contrast_that_the_likelihood_reads():
    """The same hosts by hand: the logarithm of a ratio of two arms."""
    effect = HeadEffect("05a", "prior")
    quantiles = np.full((2, len(effect.names)), 0.5)
    quantiles[1, effect.names.index("model:b2_rankl")] = 0.9
    (atom,) = head_atoms("05a")
    values = {key: effect.values(key, quantiles[:, i]) for i, key in enumerate(effect.names)}
    lab = Laboratory(2, 0, Posterior(Frozen({**_still(2), **values})), plans={})
    seen = []
    for arm in (atom.reading.treated, atom.reading.control):
        run = niche.simulate(lab.hosts(atom.experiment), atom.experiment.arms[arm], at=[atom.reading.day[-1]])
        seen.append(run[atom.reading.observable].values[:, -1])
    np.testing.assert_allclose(effect(quantiles), np.log(seen[0] / seen[1]), rtol=1e-3)


def _still(n):
    return {key: np.full(n, one.sample(np.array(0.5))) for key, one in read_registry().uncertain().items()}


def test_something_stands_from_the_middle_outwards_until_it_first_falls():
    values, fine = [1.0, 2.0, 3.0, 4.0, 5.0], [True, False, True, True, False]
    assert stands(values, fine, 3.2) == (3.0, 4.0, False, False)
    assert stands(values, fine, 0.5) == (1.0, 1.0, True, False)
    assert stands(values, fine, 2.1) is None
    assert stands(values, [True] * 5, 9.0) == (1.0, 5.0, True, True)


def test_a_gain_held_at_rising_values_raises_the_effect_that_it_makes():
    (found,) = sweep_parameter("05a", ["model:b2_rankl"], draws=20, points=3)
    effects = [point.head for point in found.points]
    low, high = read_registry().entries()["model:b2_rankl"].sample(np.array(INSIDE))
    assert [point.value for point in found.points] == pytest.approx([low, 0, high], abs=1e-9)
    assert effects[0] < effects[1] < effects[2]
    assert found.least == pytest.approx(np.log(proposition("05a").least))
    assert 0 <= found.points[0].side <= found.points[2].side <= 1


def test_names_that_are_unknown_get_the_nearest():
    with pytest.raises(NicheError, match="did you mean 'model:b2_rankl'"):
        list(sweep_parameter("05a", ["model:b2_rank"]))
    with pytest.raises(NicheError, match="did you mean 'sobol'"):
        sensitivity("05a", method="sobel")
    with pytest.raises(NicheError, match="its head is of a trial"):
        HeadEffect("13a")


def test_an_effect_that_differs_from_person_to_person_is_not_ranked():
    """The same parameters have to give the same effect: else chance would be shared out among them."""
    assert not {"13a", "19a"} & set(analysed())
    with pytest.raises(NicheError, match="differs from person to person"):
        HeadEffect("19a")  # docetaxel, by its kinetics
    for name in ("05a", "02a", "12a"):
        effect = HeadEffect(name)
        once = effect(np.full((3, len(effect.names)), 0.5))
        np.testing.assert_allclose(once, once[0], rtol=1e-9)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["5a"], "did you mean '05a'"),
        ([], "name one proposition, or give --all"),
        (["02a", "--all"], "name one proposition, or give --all"),
        (
            ["02a", "--method", "morris", "--samples", "2"],
            "trajectories must be a whole number of at least 4",
        ),
        (["02a", "--range", "growth"], "unknown uncertain parameter 'growth'"),
    ],
)
def test_the_command_refuses_what_it_cannot_use(asked, said, capsys):
    assert main(["sensitivity", *asked]) == 2
    assert said in capsys.readouterr().err


def test_the_command_prints_a_ranking(capsys):
    assert main(["sensitivity", "12a", "--method", "morris", "--samples", "4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    moved = {line["parameter"] for line in found["effects"] if line["mean_absolute"] > 0}
    assert "model:m3_brake" in moved  # what this statement is about
    assert found["shares"] == []


@pytest.mark.skipif(
    not (root() / "sensitivity" / "sensitivity.json").is_file(), reason="niche sensitivity --all has not run"
)
def test_the_stored_tables_belong_to_this_model_and_posterior():
    """Fails when a parameter, head or the posterior changed since: `niche sensitivity --all` makes them anew."""
    tables, manifest = read_stored(SENSITIVITY)
    assert {line["proposition"] for line in tables["heads"]} == set(analysed()) == set(manifest["propositions"])
    for line in tables["shares"]:
        assert line["total"] >= line["first"] - 2 * (line["first_error"] + line["total_error"])
