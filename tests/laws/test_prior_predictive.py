"""What prior draws may do: rest, answer to a tone within bounds, and stay below the ceiling of each mechanism."""

import numpy as np
import pytest

import niche
from niche.analysis.mend_table import MENDS
from niche.analysis.mends import before, off, shown
from niche.analysis.prior_predictive import (
    FORCED,
    Direction,
    absurd,
    course,
    courses,
    direction,
    directions,
    fold_of,
    made,
)
from niche.analysis.prior_scenarios import Kind, kinds
from niche.experiment.schedule import schedule
from niche.model import bone, tumour
from niche.model.niche import rates
from niche.model.state import AT_REST, Inputs, Parameters, State
from niche.params.layers import read_registry

DRAWS = 60
KINDS = {one.name: one for one in kinds()}
HEALTHY = [one for one in KINDS.values() if not one.route]
LINES = [one for one in KINDS.values() if one.route]
ALLOWED = 0.01  # share of draws that half the tone may move tenfold; so seen, no draw of 200 in any kind of host


def kind(name: str) -> Kind:
    return KINDS[name]


def test_every_species_site_and_line_is_looked_at():
    registry = read_registry()
    sites = {name for name, one in registry.conditions.items() if one.kind == "site"}
    assert {one.host["system"] for one in KINDS.values()} == set(registry.systems)
    assert {one.host.get("bone") for one in KINDS.values()} - {None} == sites - {"metaphysis"}
    assert {one.host.get("tumour") for one in KINDS.values()} - {None} == set(registry.lines)


# --- rest


@pytest.mark.parametrize("one", HEALTHY, ids=lambda one: one.name)
def test_a_healthy_host_rests_to_the_last_digits(one):
    """With everything on: no rate at rest, and nothing moves in ten years."""
    who = made(one, 200)
    inputs = Inputs(*np.moveaxis(schedule(who, one.untreated()).inputs[:, 0], -1, 0))
    rest = State(*(np.full(len(who), value) for value in AT_REST))
    for name, rate in rates(0.0, rest, inputs, who.parameters)._asdict().items():
        assert np.abs(rate).max() < 1e-13, name
    found = course(made(one, DRAWS), one.untreated(3650), [3650], ("BV/TV", "Oc.N/BS", "BFR/BS", "P1NP", "sensory"))
    assert all(np.abs(values - 1).max() < 1e-4 for values in found.values())


@pytest.mark.parametrize("one", HEALTHY, ids=lambda one: one.name)
def test_a_healthy_host_forgets_a_small_push(one):
    push = niche.Protocol(3650).infuse("RANKL", "10 pM/day", stop=7)
    found = course(made(one, 200), push, [3650], ("BV/TV", "Oc.N/BS", "N.Ob/BS", "sensory"))
    assert all(np.abs(values - 1).max() < 0.01 for values in found.values())


# --- nothing absurd, nothing decided beforehand


@pytest.mark.parametrize("one", KINDS.values(), ids=lambda one: one.name)
def test_no_untreated_host_leaves_what_is_plausible(one):
    assert not [(bad.read, bad.quantiles) for bad in absurd(courses(one, [""], DRAWS, points=5))]


@pytest.mark.parametrize("one", KINDS.values(), ids=lambda one: one.name)
def test_half_the_tone_moves_nothing_tenfold(one):
    """So a verdict on nerves cannot rest on tumours that a little tone makes or breaks."""
    who, arms = made(one, DRAWS), one.arms()
    seen = {arm: course(who, arms[arm], [one.days], one.reads) for arm in ("", "half the tone")}
    for read in one.reads:
        fold = fold_of(read, seen["half the tone"][read], seen[""][read])
        assert direction(one, "half the tone", read, fold).tenfold <= ALLOWED, read


@pytest.mark.parametrize("name", ["mouse", "human", "MDA-231-luc", "breast cancer patient"])
def test_where_prior_draws_agree_physics_is_named(name):
    found = directions(200, names=[name])
    assert [one[:3] for one in found if one.forced and not one.why] == []
    assert sum(not one.forced for one in found) > 0.6 * len(found)


def test_nerves_decide_nothing_beforehand():
    """No treatment of nerves has a direction on bone or tumour under the prior."""
    nerves = ("isoprenaline", "propranolol", "stress, three-fold", "sympathectomy", "6-OHDA", "CGRP antagonist")
    nerves += ("NK1 antagonist", "no beta1 receptors", "no beta2 receptors", "no M3 receptors", "no cholinergic fibres")
    found = directions(200, names=["mouse", "mouse, mandible", "MDA-231-luc", "4T1"])
    assert not [one[:3] for one in found if one.forced and one.treatment in nerves]
    assert not set(nerves) & {treatment for treatment, _ in FORCED}


# --- ceilings


def test_a_rankl_block_leaves_the_share_that_needs_no_rankl():
    who = made(kind("mouse"), 200)
    run = niche.simulate(who, niche.Protocol(28).dose("OPG-Fc", "10 mg/kg", every=1), at=[14, 28])
    p = who.parameters
    least = bone.resorption_per_cell(p.rankl_free, p)[:, None]
    per_cell = run["ES/BS"].values / run["Oc.N/BS"].values
    assert (per_cell >= least * (1 - 1e-9)).all()
    assert (per_cell[:, -1] < 1.5 * least[:, 0]).mean() > 0.5  # and it comes near


def test_an_antibody_against_tgfb_slows_growth_by_no_more_than_its_share():
    p = made(kind("MDA-231-luc"), 200).parameters
    none, rest = (tumour.birth_rate(tumour.tgfb_seen(level, p), p.RANKL0, 1.0, p) for level in (0.0, p.TGFb0))
    assert np.allclose(none / rest, 1 - p.tgfb_share, rtol=1e-12)
    assert (none <= p.growth * (1 + np.abs(p.tgfb_share)) * (1 + 1e-12)).all()


@pytest.mark.parametrize("name", ["mouse", "MDA-231-luc", "4T1"])
def test_a_beta_blocker_does_no_more_than_the_loss_of_all_receptors(name):
    """Its signals lie between rest and none, and at an endless dose it is their loss, those of the tumour included."""
    one, reads = kind(name), ("beta1 signal", "beta2 signal", "beta2 signal elsewhere")
    who, plain = made(one, DRAWS), kind(name).untreated()
    resting = course(who, plain, [0], reads)
    blocked = course(who, plain.infuse("propranolol", "10 mg/kg/day"), [0], reads)
    for read in reads:
        assert (blocked[read] >= 0).all()
        assert (blocked[read] <= resting[read]).all()
    endless = plain.infuse("propranolol", "1e9 mg/kg/day", beyond_sources=True)
    own = dict.fromkeys(("tumour_beta", "waking_beta"), 0.0)
    lost = course(_shifted(who, own), plain.genotype("Adrb1-/-", "Adrb2-/-"), [one.days], one.reads)
    for read, values in course(who, endless, [one.days], one.reads).items():
        assert np.allclose(values, lost[read], rtol=2e-3, atol=1e-9), read


def _shifted(who: niche.Hosts, own: dict[str, float]) -> niche.Hosts:
    """Tumour cells without receptors grow and wake as under no signal: what they heard at rest is taken off."""
    p: Parameters = who.parameters
    growth = p.growth * np.exp(-p.tumour_beta * p.s2_other_0)
    waking = p.waking * np.exp(-p.waking_beta * p.s2_other_0)
    return who.with_parameters(growth=growth, waking=waking, **own)


# --- the mends


def test_every_switch_belongs_to_a_mend_and_is_off_before_it():
    named = " ".join(one.switch for one in MENDS)
    apart = {"zol_saturation", "opg_tumour"}
    assert {name for name in off() if name not in named} <= apart | {"tgfb_rankl", "outgrow"}
    for one in (kind("mouse"), kind("human"), kind("prostate cancer patient")):
        p = before(made(one, 3)).parameters
        for name, value in off().items():
            assert (np.asarray(getattr(p, name)) == value).all(), name


@pytest.mark.parametrize("one", MENDS, ids=lambda one: f"{one.name}, {one.shows}")
def test_a_mend_moves_the_number_that_shows_its_fault(one):
    (found,) = shown((one,), draws=20)
    assert np.isfinite((*found.before, *found.after)).all()
    assert found.before != found.after
    assert one.known
    assert one.switch


def test_a_direction_counts_draws_that_move():
    one = direction(kind("mouse"), "OPG-Fc", "CTX", np.array([0.5, 0.9, 1.0, 1.0, 20.0, np.nan]))
    assert one == Direction("mouse", "OPG-Fc", "CTX", 1 / 3, 0.4, one.fold, 0.2)
    assert not one.forced
    still = direction(kind("mouse"), "OPG-Fc", "CTX", np.ones(5))
    assert (still.up, still.still, still.forced) == (0.5, 1.0, False)
    assert fold_of("CTX", np.array([0.0, 1.0]), np.array([0.0, 2.0])).tolist() == [1.0, 0.5]
