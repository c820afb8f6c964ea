"""Receptor subtypes, and spread taken apart."""

import numpy as np
import pytest

import niche
from compendium.claims import subtypes
from niche.analysis import arms_spread
from niche.analysis.establishment import establishment_probability
from niche.errors import NicheError
from niche.evidence.laboratory import Laboratory


@pytest.fixture(scope="module")
def lab():
    return Laboratory(6, 1, posterior="prior")


@pytest.fixture(scope="module")
def few():
    return niche.hosts("mouse", strain="BALB/c", tumour="MDA-MB-231", draws=6, seed=1, posterior="prior")


def nude(draws=6):
    return niche.hosts("mouse", strain="athymic nude", tumour="MDA-MB-231", draws=draws, seed=1, posterior="prior")


def test_responses_are_those_that_a_simulated_host_reads():
    hosts = niche.hosts("human", draws=4, posterior="prior")
    level = subtypes.resting_level(hosts)
    found = subtypes.receptor_responses(hosts, [float(level[0]), 1e9])
    read = niche.simulate(hosts, niche.Protocol(1), at=[0])
    assert found["beta1"][0, 0] == pytest.approx(float(read["beta1 signal"][0, 0]))
    assert found["beta2"][0, 0] == pytest.approx(float(read["beta2 signal"][0, 0]))
    assert (found["beta1"][:, 1] >= found["beta1"][:, 0]).all()
    with pytest.raises(NicheError, match="negative"):
        subtypes.receptor_responses(hosts, [-1.0])


def test_a_blocker_of_silent_receptors_changes_nothing():
    hosts = niche.hosts("human", draws=3, posterior="prior")
    deaf = hosts.with_parameters(
        **{f"{b}_{on}": 0 for b in ("b1", "b2") for on in ("rankl", "supply", "work")}, il6_beta=0
    )
    change = subtypes.change_by_dose(deaf, niche.Protocol(30).stress(3), "atenolol", [0.3, 3], "CTX")
    assert change.shape == (3, 2)
    assert np.allclose(change, 0, atol=1e-6)


def test_by_sign_splits_all_draws_once(lab):
    split = subtypes.by_sign(lab, ["SB23", "SB25"])
    assert sum(part["draws"] for part in split.values()) == pytest.approx(1)
    shares = [part["SB23"] for part in split.values() if not np.isnan(part["SB23"])]
    assert all(0 <= share <= 1 for share in shares)
    weighed = sum(part["draws"] * np.nan_to_num(part["SB23"]) for part in split.values())
    assert weighed == pytest.approx(np.mean(lab.effect("SB23") < 0))


def test_a_slope_has_no_sign_to_agree_with(lab):
    with pytest.raises(NicheError, match="no sign"):
        subtypes.agreement(lab, "VC27")


def test_variants_leave_out_what_is_not_observed(lab):
    found = subtypes.receptor_variants(lab, ["SB23", "SB11"], {"both": {}, "none": {"b1_rankl": 0.0, "b2_rankl": 0.0}})
    assert set(found) == {"both", "none"}
    assert list(found["both"]) == ["SB23"]


def test_parts_of_an_effect_with_one_arm_are_the_effect_and_none(lab):
    every = {"all": [name for names in arms_spread.arms_of_spread().values() for name in names]}
    found = arms_spread.parts(lab, "SI04", every)
    assert np.allclose(found.without["all"], 1, rtol=1e-4)
    assert np.array_equal(found.alone["all"], found.full)
    table = arms_spread.taken_apart(lab, {"SI04": 0}, every)
    assert list(table["variant"]) == ["everything", "without all", "only all"]
    assert table["median"].iloc[0] == pytest.approx(np.median(found.full))


def test_log_share_of_no_effect_is_none():
    assert np.isnan(arms_spread.log_share(np.array([2.0]), np.array([1.0])))
    assert arms_spread.log_share(np.array([2.0]), np.array([4.0])) == pytest.approx(50)


def test_killing_is_what_a_nude_host_lacks(few):
    times, growth, killing = arms_spread.few_cells(few, niche.Protocol(7))
    _, without, none = arms_spread.few_cells(nude(), niche.Protocol(7))
    assert times[-1] == 7
    assert np.allclose(growth, without, rtol=1e-5)
    assert (none == 0).all()
    assert np.allclose(killing[:, 0], few.parameters.kill)
    with pytest.raises(NicheError, match="tumour line"):
        arms_spread.few_cells(niche.hosts("mouse", draws=1, posterior="prior"), niche.Protocol(1))


def test_births_less_deaths_are_growth_less_killing():
    growth, killing = np.array([0.3, -0.4]), np.array([0.1, 0.0])
    births, deaths = arms_spread.growth_rates(growth, killing, 0.2)
    assert np.allclose(births - deaths, growth - killing)
    assert (births >= 0).all()
    assert (deaths >= 0).all()
    assert np.allclose(establishment_probability(births, deaths), [1 - 0.3 / 0.5, 0])


def test_a_tiny_held_focus_meets_the_niche_of_few_cells(few):
    rates = arms_spread.focus_rates(few, [1e-9, 0.1], niche.Protocol(10).seed("established"))
    _, growth, killing = arms_spread.few_cells(few, niche.Protocol(10))
    assert np.allclose(rates.killing[:, 0], killing[:, -1], rtol=1e-3)
    assert np.allclose(rates.growth[:, 0], growth[:, -1], rtol=1e-3)
    with pytest.raises(NicheError, match="established"):
        arms_spread.focus_rates(few, [0.1], niche.Protocol(10))
    with pytest.raises(NicheError, match="between 0 and 1"):
        arms_spread.focus_rates(few, [1.0], niche.Protocol(10).seed("established"))


def test_a_drug_that_kills_is_not_counted_as_t_cells():
    patients = niche.hosts("human", tumour="breast cancer patient", draws=2, posterior="prior")
    given = niche.Protocol(10).seed("established").regimen("pembrolizumab", "200 mg iv every 3 weeks")
    with pytest.raises(niche.NicheError, match="checkpoint inhibitor is given"):
        arms_spread.focus_rates(patients, [0.1], given)
    with pytest.raises(niche.NicheError, match="checkpoint inhibitor is given"):
        arms_spread.few_cells(patients, given)


def test_a_threshold_is_where_growth_begins():
    burdens = np.array([1e-4, 1e-2, 1.0])
    growth, killing = np.full((3, 3), 0.1), np.array([[0.2, 0.0, 0.0], [0.0, 0.0, 0.0], [0.2, 0.2, 0.2]])
    found = arms_spread.threshold_burden(arms_spread.FocusRates(burdens, growth, killing))
    assert found[0] == pytest.approx(1e-3)
    assert found[1] == 0
    assert np.isnan(found[2])
