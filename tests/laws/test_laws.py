"""Laws that hold whatever the parameters are: amounts, switches, dose responses, and parts with a known solution."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import niche
from niche.experiment.solution import MODEL
from niche.model import helpers, nerves
from niche.model.niche import rates, signals
from niche.model.observables import OBSERVABLES
from niche.model.state import AT_REST, RESTING, Inputs, Parameters, State
from niche.params.layers import read_registry
from niche.params.mechanisms import BETA as RECEPTORS
from niche.params.mechanisms import BONE_TURNOVER, gains, switched_off
from niche.solver import kernel as _kernel

few = settings(max_examples=40, deadline=None, derandomize=True, database=None)
seeds = some.integers(0, 10**6)


def mouse(draws: int, seed: int, **changes: float) -> niche.Hosts:
    hosts = niche.hosts("mouse", tumour="MDA-231-luc", draws=draws, seed=seed, posterior="prior")
    return hosts.with_parameters(**changes) if changes else hosts


# --- amounts

STEPS = {
    "seed": lambda p, r: p.seed("intracardiac", day=r.uniform(0, 5)),
    "trap": lambda p, r: p.dose("OPG-Fc", f"{r.uniform(0, 10)} mg/kg", day=r.uniform(0, 20), every=r.uniform(1, 9)),
    "antibody": lambda p, r: p.dose("1D11", f"{r.uniform(0, 20)} mg/kg", day=r.uniform(0, 20)),
    "anti-PTHrP": lambda p, r: p.dose("anti-PTHrP", f"{r.uniform(0, 20)} mg/kg", day=r.uniform(0, 20), every=5),
    "anti-NGF": lambda p, r: p.dose("anti-NGF", f"{r.uniform(0, 10)} mg/kg", day=r.uniform(0, 20), every=6),
    "zoledronate": lambda p, r: p.dose("zoledronate", f"{r.uniform(0, 1)} mg/kg", day=r.uniform(0, 20), every=7),
    "agonist": lambda p, r: p.infuse("isoprenaline", f"{r.uniform(0, 100)} mg/kg/day", start=r.uniform(0, 9), stop=20),
    "blocker": lambda p, r: p.infuse("propranolol", f"{r.uniform(0, 50)} mg/kg/day", start=r.uniform(0, 9)),
    "stress": lambda p, r: p.stress(r.uniform(0, 10), start=r.uniform(0, 20)),
    "sessions": lambda p, r: p.stress(r.uniform(0, 10), stop=20, lasting=f"{r.uniform(1, 20)} h"),
    "peptides": lambda p, r: p.infuse("CGRP", f"{r.uniform(0, 50)} nM").infuse("substance P", f"{r.uniform(0, 50)} nM"),
    "capsaicin": lambda p, r: p.surgery("capsaicin", day=r.uniform(0, 20)),
    "Trk block": lambda p, r: p.treat("ARRY-470", start=r.uniform(0, 20)),
    "no T cells": lambda p, r: p.genotype("no T cells", "CGRP-/-", "Chrm3-/-"),
    "PTH": lambda p, r: p.infuse("PTH", f"{r.uniform(0, 5000)} pM/day", start=r.uniform(0, 20)),
    "OPG": lambda p, r: p.infuse("OPG", f"{r.uniform(0, 2e5)} pM/day", start=r.uniform(0, 20)),
    "RANKL": lambda p, r: p.infuse("RANKL", f"{r.uniform(0, 2000)} pM/day", start=r.uniform(0, 20)),
    "ovariectomy": lambda p, r: p.surgery("ovariectomy", day=r.uniform(0, 20)),
    "denervation": lambda p, r: p.surgery("sympathectomy", day=r.uniform(0, 20)),
    "knock-out": lambda p, r: p.genotype("Adrb1-/-", "Adrb2-/-"),
}


@few
@given(seeds, some.sets(some.sampled_from(sorted(STEPS)), min_size=1))
def test_no_amount_becomes_negative(seed, names):
    random = np.random.default_rng(seed)
    protocol = niche.Protocol(days=45)
    for name in sorted(names):
        protocol = STEPS[name](protocol, random)
    run = niche.simulate(mouse(10, seed), protocol, every=0.37)
    assert (run.status == "ok").all()
    for name in State._fields:
        assert (run[name].values >= 0).all(), name
    assert (run["tumour"].values <= 1 + 1e-6).all()


# --- switches: each gain at 0 leaves the rates as if the mechanism were not there, to the last bit


def instants(seed: int, **changes: float) -> tuple[State, Inputs, Parameters]:
    """Two hundred random hosts, each at a random state under random inputs."""
    p, random = mouse(200, seed, **changes).parameters, np.random.default_rng(seed)
    y = State(*(random.uniform(0.05, 3, 200) for _ in State._fields))._replace(tumour=random.uniform(0, 0.99, 200))
    ligands = dict(zip(Inputs._fields, (1e3, 1e3, 1e5, 1e-3, 1e4, 1e3, 10, 10), strict=False))
    high = {**dict.fromkeys(Inputs._fields, 1.0), **ligands, "stress": 10, "cgrp_block": 50, "nk1_block": 50}
    high |= dict.fromkeys(("agonist_b1", "agonist_b2", "blocker_b1", "blocker_b2"), 50.0)
    return y, Inputs(**{name: random.uniform(0, high[name], 200) for name in Inputs._fields}), p


CATECHOLAMINES = (
    "NA_added",
    "A_added",
    "stress",
    "release",
    "adrenal",
    "m3",
    "agonist_b1",
    "agonist_b2",
    "agonist_efficacy",
    "blocker_b1",
    "blocker_b2",
    "b1_present",
    "b2_present",
)
BETA = tuple(gain for gain in gains(of=RECEPTORS) if gain in gains(of=BONE_TURNOVER))
PEPTIDES = ("CGRP_added", "SP_added", "cgrp_block", "nk1_block", "cgrp_present")
ALL = State._fields
BONE = ("OBp", "OBa", "OCa", "BV")
CELLS = ("dormant", "tumour", "distant")
NGF = ("NGF", "ngf_trap", "trk_block")
ELSEWHERE = gains(of=RECEPTORS, but=BONE_TURNOVER)
ALONE = {"tgfb_share": 0.0, "migration_rankl": 0.0, "waking_contact": 0.0}
APART = {"supply_loss": 0.0, "osteoblast_kill": 0.0, "il6_tumour": 0.0}
# Gains that are off, what then does not matter, to what; and gains that are on, where they are not so by their prior.
SWITCHES = {
    "beta receptors of bone": (dict.fromkeys(BETA, 0.0), CATECHOLAMINES, BONE),
    "beta receptors elsewhere": (
        dict.fromkeys((*ELSEWHERE, "migration_rankl", "tgfb_share"), 0.0),
        CATECHOLAMINES,
        (*CELLS, "VEGF", "vessels", "MDSC", "M2", "CD8"),
    ),
    "beta1": (dict.fromkeys(gains("beta1"), 0.0), ("agonist_b1", "blocker_b1", "b1_present"), ALL),
    "beta2": (
        dict.fromkeys((*(gain for gain in BETA if gain in gains("beta2")), *ELSEWHERE), 0.0),
        ("agonist_b2", "blocker_b2", "b2_present"),
        ALL,
    ),
    "endothelium": ({"vessels_beta": 0.0, "adhesion_beta": 0.0}, ("b2_vessels",), ALL),
    "oestrogen": ({"oestrogen_rankl": 0.0}, ("oestrogen",), ALL),
    "CGRP": (
        dict.fromkeys(("cgrp_opg", "cgrp_oc", "cgrp_supply", "cd8_cgrp", "vegf_cgrp", "tumour_cgrp"), 0.0),
        ("CGRP_added", "cgrp_block", "cgrp_present"),
        ALL,
    ),
    "substance P": (
        dict.fromkeys(("sp_supply", "sp_mature", "sp_rankl", "tumour_sp"), 0.0),
        ("SP_added", "nk1_block"),
        ALL,
    ),
    "trophic and reuptake": (
        {**dict.fromkeys(gains("trophic signal"), 0.0), "noradrenaline": 1e-300, "CGRP": 1e-300, "SP": 1e-300},
        ("sympathetic", "core"),
        BONE,
    ),
    "IL-6": ({"il6_rankl": 0.0, "il6_cholinergic": 0.0, "supply_loss": 0.0, "osteoblast_kill": 0.0}, ("tumour",), BONE),
    "cholinergic": ({"ach_supply": 0.0}, ("cholinergic",), ALL),
    "M3": ({"m3_brake": 0.0}, ("m3",), ALL),
    "semaphorin 4D": ({"sema4d": 0.0}, ("sema4d_present",), ALL),
    "netrin-1": ({"netrin": 0.0}, ("OCa", "netrin_present"), ("sensory",)),
    "sprouting": ({"sprout": 0.0, "netrin": 0.0}, (*NGF, "tumour", "OCa"), ("sensory", "sympathetic")),
    "NGF of stroma": ({"ngf_tumour": 0.0}, ("tumour",), ("NGF",)),
    "injury of fibres": ({"fibre_injury": 0.0}, ("tumour", "OCa"), ("core",)),
    "T cells": ({"t_cells": 0.0}, ("CD8", "MDSC", "T_cells"), ("tumour", "distant", "dormant")),
    "suppressors": ({"cd8_mdsc": 0.0}, ("MDSC",), ("CD8",)),
    "macrophages": ({"vegf_m2": 0.0, "shed_m2": 0.0}, ("M2",), ("VEGF", "distant")),
    "vessels": ({"vessel_growth": 0.0}, ("vessels",), ("tumour", "distant")),
    "dormancy": ({"dormant_share": 0.0}, ("circulating",), ("dormant",)),
    "migration": (
        {"migration_rankl": 0.0, "tgfb_share": 0.0, "tumour_beta": 0.0},
        ("RANKL_added", "OBp"),
        ("circulating", "tumour"),
    ),
    "PTH receptor": (
        {"pth_response": 0.0, "migration_rankl": 0.0},
        ("PTH_added", "PTHrP", "pthrp_trap"),
        (*BONE, "tumour"),
    ),
    "RANKL trap": ({"rankl_trap_affinity": 0.0}, ("rankl_trap", "rankl_trap_depot"), BONE),
    "zoledronate": ({"zol_kill": 0.0}, ("zol_bone",), BONE),
    "share of growth": (
        {"tgfb_share": 0.0, "migration_rankl": 0.0, "waking_contact": 0.0},
        (*BONE, "tgfb_trap", "PTHrP"),
        ("tumour",),
    ),
    "what a tumour sees": (
        {"tgfb_link": 0.0, "migration_rankl": 0.0, "waking_contact": 0.0},
        (*BONE, "tgfb_trap"),
        ("tumour", "PTHrP"),
    ),
    "PTHrP": ({"pthrp_tgfb": 0.0}, (*BONE, *CATECHOLAMINES, "tgfb_trap"), ("PTHrP",)),
    "effects on bone": ({"supply_loss": 0.0, "osteoblast_kill": 0.0, "il6_tumour": 0.0}, ("tumour",), BONE),
    "load and surface": ({"load_feedback": 0.0, "surface_order": 0.0}, ("BV", "load"), BONE),
    "TGF-beta background": (
        {"tgfb_background": 1.0, "matrix_share": 0.0, "sema4d": 0.0, "migration_rankl": 0.0},
        ("OCa",),
        ("OBp", "OBa", "tumour", "PTHrP"),
    ),
    "TGF-beta on osteoclasts": (
        {**dict.fromkeys(("tgfb_oc", "tgfb_rankl", "tgfb_work"), 0.0), "matrix_share": 1.0},
        ("tgfb_trap",),
        ("OCa", "BV"),
    ),
    "energy": ({"energy_work": 0.0}, ("energy",), ALL),
    "membranous bone": ({"trophic_site": 0.0}, ("membranous",), ALL),
    "adaptation": ({"trophic_adapt": 0.0}, ("adapted",), BONE),
    "precursors that gather": ({"pool_excess": 0.0}, ("gathered",), BONE),
    "load felt late": ({"load_delay": 0.0}, ("load",), BONE),
    "sensory reflex": ({"sensory_reflex": 0.0, "CGRP": 1e-300, "SP": 1e-300}, ("sensory",), BONE),
    "two kinds of fibre": ({"myelin_share": 0.0}, ("tumour", "OCa"), ("myelinated",)),
    "RANK of a tumour": ({**ALONE, "rank_growth": 0.0}, BONE, ("tumour",), {**ALONE, "rank_growth": 0.3}),
    "front of a lesion": ({**APART, "front": 0.0}, ("tumour",), BONE, {**APART, "front": 1.0}),
    "OPG of a tumour": ({**APART, "opg_tumour": 0.0}, ("tumour",), BONE, {**APART, "opg_tumour": 1.0}),
}


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_removes_its_mechanism(name):
    gains, causes, effects, *on = SWITCHES[name]
    changed = 0
    for seed in range(3):
        for setting in (gains, *(on or [{}])):
            y, u, p = instants(seed, **setting)
            other_y, other_u, _ = instants(seed + 100)
            moved_y = y._replace(**{c: getattr(other_y, c) for c in causes if c in State._fields})
            moved_u = u._replace(**{c: getattr(other_u, c) for c in causes if c in Inputs._fields})
            before, after = rates(0.0, y, u, p), rates(0.0, moved_y, moved_u, p)
            same = [np.array_equal(getattr(before, effect), getattr(after, effect)) for effect in effects]
            if setting is gains:
                assert all(same)
            changed += setting is not gains and not all(same)
    assert changed == 3  # with the gain as drawn, the same change does act


STRUCTURE = {
    **switched_off(
        name
        for name, entry in read_registry().model.items()
        if entry.file == "model/structure.yaml" and entry.off is not None
    ),
    "trophic_adapt": 0.0,
}


def test_with_every_switch_off_the_equations_are_those_before_them():
    """Rates and read-outs of random instants, computed before the switches of docs/structure-mends.md were there."""
    before = json.loads((Path(__file__).parent / "rates_before.json").read_text(encoding="utf-8"))
    assert set(STRUCTURE) >= {"matrix_share", "load_delay", "pool_excess", "rank_growth", "front", "vessel_gate"}
    hosts = niche.hosts("mouse", tumour="MDA-231-luc", draws=4, posterior="prior")
    hosts = hosts.with_parameters(**STRUCTURE, **{name: np.array(v) for name, v in before["parameters"].items()})
    y = State(**{name: np.array(before["states"].get(name, [0.4] * 4)) for name in State._fields})
    u = Inputs(**{name: np.array(before["inputs"].get(name, [getattr(RESTING, name)] * 4)) for name in Inputs._fields})
    found, now = rates(0.0, y, u, hosts.parameters), signals(y, u, hosts.parameters)
    for name, expected in before["rates"].items():
        np.testing.assert_allclose(getattr(found, name), expected, rtol=1e-11, atol=1e-12, err_msg=name)
    for name, expected in before["observables"].items():
        read = OBSERVABLES[name].read(y, now, u, hosts.parameters)
        np.testing.assert_allclose(np.broadcast_to(read, 4), expected, rtol=1e-11, atol=1e-12, err_msg=name)
    for name in set(State._fields) - set(before["states"]):  # a state without a part to play does not move
        assert np.abs(getattr(found, name)).max() == 0, name


def test_gains_that_are_off_by_default_do_not_move_the_resting_point():
    hosts = mouse(50, 1, **dict.fromkeys((*BETA, *ELSEWHERE, "oestrogen_rankl"), 0))
    protocol = niche.Protocol(days=60).stress(5).infuse("isoprenaline", "50 mg/kg/day", start=9).surgery("ovariectomy")
    run = niche.simulate(hosts, protocol, rtol=1e-9)
    for name, value in zip(State._fields, AT_REST, strict=True):
        assert np.abs(run[name].values - value).max() < 1e-6


def test_no_amount_of_a_drug_is_no_drug():
    hosts = mouse(30, 2)
    seeded = niche.Protocol(days=28).seed("intracardiac")
    nothing = (
        seeded.dose("OPG-Fc", "0 mg/kg")
        .dose("zoledronate", "0 mg/kg")
        .dose("1D11", "0 mg/kg")
        .dose("anti-PTHrP", "0 mg/kg")
        .infuse("isoprenaline", "0 mg/kg/day")
        .infuse("propranolol", "0 mg/kg/day")
        .infuse("PTH", "0 pM/day")
        .stress(1)
    )
    plain, zero = niche.simulate(hosts, seeded), niche.simulate(hosts, nothing)
    repeated = niche.simulate(hosts, seeded.dose("OPG-Fc", "0 mg/kg", day=1.3, every=2.2), rtol=1e-9)
    exact = niche.simulate(hosts, seeded, rtol=1e-9)
    for name in State._fields:
        assert np.array_equal(plain[name].values, zero[name].values), name
        assert np.allclose(repeated[name].values, exact[name].values, rtol=1e-6, atol=1e-9), name


# --- dose responses


def test_more_rankl_trap_less_resorption():
    """In every draw. Osteoclast *number* need not fall with dose: resorption frees the TGF-beta that kills them."""
    hosts = niche.hosts("mouse", draws=200, seed=3, posterior="prior")
    found = []
    for dose in (0, 0.1, 0.3, 1, 3, 10):
        protocol = niche.Protocol(days=28).dose("OPG-Fc", f"{dose} mg/kg", every=3.5)
        found.append(niche.simulate(hosts, protocol, at=[3, 7, 28], rtol=1e-8)["ES/BS"].values)
    assert (np.diff(found, axis=0) < 0).all()


def test_more_rankl_trap_fewer_osteoclasts_where_activity_is_constant():
    hosts = niche.hosts("mouse", draws=200, seed=3, posterior="prior").with_parameters(activity_half=0)
    found = []
    for dose in (0, 0.1, 0.3, 1, 3, 10):
        protocol = niche.Protocol(days=28).dose("OPG-Fc", f"{dose} mg/kg", every=3.5)
        found.append(niche.simulate(hosts, protocol, at=[3, 7, 28], rtol=1e-8)["OCa"].values)
    assert (np.diff(found, axis=0) < 0).all()


@pytest.mark.parametrize("drug", ["propranolol", "atenolol"])
def test_more_blocker_less_signal(drug):
    hosts = niche.hosts("human", draws=200, seed=4, posterior="prior")
    found = []
    for dose in (0, 0.1, 1, 10):
        run = niche.simulate(hosts, niche.Protocol(days=1).infuse(drug, f"{dose} mg/kg/day").stress(3), at=[1])
        found.append([run[f"beta{i} signal"].values for i in (1, 2)])
    assert (np.diff(found, axis=0) < 0).all()
    assert (np.array(found) > 0).all()


# --- receptors


@few
@given(some.floats(0.01, 1e4), some.floats(1e-3, 1e3), some.floats(0, 1e3))
def test_reserve_lowers_the_ec50_and_a_blocker_shifts_it(reserve, concentration, blocker):
    """Full agonist: EC50 is Kd / (1 + reserve), top is reserve / (1 + reserve); a blocker shifts by 1 + its level."""

    def response(x, block=0.0):
        return nerves.operational(reserve, nerves.stimulus(x, x, block))

    top = reserve / (1 + reserve)
    assert response(1e12) == pytest.approx(top, rel=1e-6)
    assert response(1 / (1 + reserve)) == pytest.approx(top / 2, rel=1e-12)
    assert response(concentration * (1 + blocker), blocker) == pytest.approx(response(concentration), rel=1e-12)


def test_signals_from_inputs_follow_the_same_law():
    p = niche.hosts("human", draws=100, posterior="prior").with_parameters(noradrenaline=1e-9).parameters
    for receptor, reserve in (("b1", p.reserve_b1), ("b2", p.reserve_b2)):
        u = RESTING._replace(**{f"agonist_{receptor}": 1 / (1 + reserve)})
        s1, s2, _ = nerves.beta_signals(1e-9, 1e-9, u, p)
        found, other = (s1, s2) if receptor == "b1" else (s2, s1)
        assert np.allclose(found, reserve / (1 + reserve) / 2, rtol=1e-6)
        assert np.abs(other).max() < 1e-6
    rest = State(*(np.full(100, v) for v in AT_REST))
    without = RESTING._replace(b1_present=0.0, b2_present=0.0, agonist_b1=9.0, agonist_b2=9.0)
    gone = nerves.nerve_signals(rest, without, p)
    assert np.abs([gone.s1, gone.s2, gone.s2_host, gone.s2_vessels]).max() == 0
    assert gone.s2_tumour.min() > 0  # a tumour keeps its own receptors


# --- parts with a known solution


def test_depot_and_central_follow_bateman():
    """Three doses of OPG-Fc: sums of ka/(ka-ke) (exp(-ke t) - exp(-ka t)); nothing is lost but by elimination."""
    hosts = mouse(20, 5)
    days = np.linspace(0, 20, 101)
    protocol = niche.Protocol(days=20).dose("OPG-Fc", "3 mg/kg", day=1.1, every=6, until=14)
    run = niche.simulate(hosts, protocol, at=days, rtol=1e-10)
    ka, ke = 0.314, 0.35  # of the drug, per day
    given = 3 * 0.5 / 90 / 40 * 1e6  # nM: dose, bioavailability, kDa, mL/kg
    since = days[:, None] - np.array([1.1, 7.1, 13.1])
    since, on = np.maximum(since, 0), since >= 0
    depot = (given * np.exp(-ka * since) * on).sum(axis=1)
    central = (given * ka / (ka - ke) * (np.exp(-ke * since) - np.exp(-ka * since)) * on).sum(axis=1)
    assert np.allclose(run["rankl_trap_depot"].values, depot, rtol=1e-7, atol=1e-8)
    assert np.allclose(run["rankl_trap"].values, central, rtol=1e-7, atol=1e-8)
    area = np.trapezoid(run["rankl_trap"].values, days, axis=1)
    gone = on[-1].sum() * given - depot[-1] - central[-1]
    assert np.allclose(ke * area, gone, rtol=2e-3)


def test_zoledronate_is_on_bone_or_freed_by_resorption():
    hosts = mouse(20, 6)
    run = niche.simulate(hosts, niche.Protocol(days=30).dose("zoledronate", "0.5 mg/kg"), every=0.01, rtol=1e-9)
    p, bound = hosts.parameters, run["zol_bone"].values
    freed = np.asarray(p.zol_release * p.turnover)[:, None] * run["ES/BS"].values * bound
    assert np.allclose(bound[:, 0], 0.5 * 0.62, rtol=1e-12)
    assert np.allclose(bound[:, -1] + np.trapezoid(freed, run.time.values, axis=1), bound[:, 0], rtol=1e-5)


def test_growth_without_bone_is_logistic():
    hosts = mouse(50, 7, tgfb_share=0, t_cells=0, vessel_growth=0, tumour_beta=0, tumour_cgrp=0, tumour_sp=0)
    days = np.linspace(2, 60, 117)
    run = niche.simulate(hosts, niche.Protocol(days=60).seed("intratibial", day=2), at=days, rtol=1e-9)
    growth, start = np.asarray(hosts.parameters.growth)[:, None], np.asarray(hosts.parameters.inoculum)[:, None]
    expected = 1 / (1 + (1 / start - 1) * np.exp(-growth * (days - 2)))
    assert np.allclose(run["tumour"].values, expected, rtol=1e-6, atol=0)


def test_bone_and_tumour_see_the_same_free_tgf_beta():
    """An antibody takes the same share from both, so the tumour's occupancy is that of what bone sees."""
    y, u, p = instants(9, tgfb_link=1)
    now = signals(y, u, p)
    seen = now.bone.TGFb / (now.bone.TGFb + p.K1) / (p.TGFb0 / (p.TGFb0 + p.K1))
    assert np.allclose(now.tgfb_seen, seen, rtol=1e-14)


# --- nerves, growth of fibres, arrival and killing


def at_rest(count: int, **changes: object) -> State:
    return State(*(np.full(count, v) for v in AT_REST))._replace(**changes)


def test_more_blocker_less_beta2_signal_elsewhere():
    p, levels = mouse(200, 11).parameters, (0.0, 0.1, 1.0, 10.0, 1e3)
    signal = [nerves.nerve_signals(at_rest(200), RESTING._replace(stress=3.0, blocker_b2=x), p) for x in levels]
    for name in ("s2_host", "s2_vessels", "s2_tumour"):
        assert (np.diff([getattr(each, name) for each in signal], axis=0) < 0).all(), name


def test_more_antibody_against_ngf_never_more_fibres():
    """Without netrin-1, in every draw; the antibody acts on bone through fibres alone, and a tumour is held at rest."""
    hosts = mouse(100, 12, netrin=0, tumour_cgrp=0, tumour_sp=0, tumour_beta=0, vessel_growth=0, tgfb_share=0, kill=0)
    found = []
    for dose in (0, 0.01, 0.1, 1, 10):
        protocol = niche.Protocol(days=28).seed("intratibial").dose("anti-NGF", f"{dose} mg/kg", every=7)
        run = niche.simulate(hosts, protocol, at=[3, 14, 28], rtol=1e-8)
        found.append([run[name].values for name in ("sensory", "sympathetic")])
    assert (np.diff(found, axis=0) < 1e-6).all()
    assert (found[-1][0] < found[0][0] - 1e-3).any()


@few
@given(seeds, some.floats(0, 20))
def test_noradrenaline_goes_with_fibres_where_none_is_taken_up(seed, fibre):
    p = mouse(5, seed % 1000, reuptake=0).parameters
    full, part = nerves.noradrenaline(1.0, RESTING, p), nerves.noradrenaline(fibre, RESTING, p)
    assert np.allclose(part, fibre * full, rtol=1e-14)


def test_uptake_makes_up_for_part_of_the_loss_and_not_for_all():
    p, fibre = mouse(100, 13).parameters, np.linspace(0, 1, 11)[:, None]
    share = nerves.noradrenaline(fibre, RESTING, p) / nerves.noradrenaline(1.0, RESTING, p)
    assert (share[1:-1] >= fibre[1:-1]).all()
    assert (share[0] == 0).all()
    assert np.allclose(share[-1], 1)


def test_sympathectomy_leaves_adrenaline_and_culture_leaves_nothing():
    hosts = mouse(50, 14)
    run = niche.simulate(hosts, niche.Protocol(days=2).surgery("sympathectomy").stress(3), at=[1])
    assert (run["noradrenaline"].values == 0).all()
    assert (run["beta2 signal"].values > 0).all()
    cells = niche.simulate(hosts, niche.Protocol(days=2).culture().stress(3), at=[1])
    for name in ("noradrenaline", "beta1 signal", "beta2 signal", "beta2 signal elsewhere", "CGRP response"):
        assert (cells[name].values == 0).all(), name
    assert (nerves.adrenaline(RESTING._replace(sympathetic=0.0), hosts.parameters) > 0).all()


@few
@given(seeds, some.floats(0, 1e6), some.floats(0, 1e6), some.floats(0, 1))
def test_trka_occupancy_is_between_none_and_all(seed, ngf, trap, block):
    p = mouse(5, seed % 1000).parameters
    excess = nerves.trka_excess(at_rest(5, NGF=ngf, ngf_trap=trap), RESTING._replace(trk_block=block), p)
    held = p.trka_rest + (1 - p.trka_rest) * excess
    assert (held >= -1e-12).all()
    assert (held <= 1 + 1e-12).all()


@few
@given(some.floats(1e-3, 1e3), some.floats(1e-3, 1e3), some.floats(0, 1e3))
def test_a_peptide_antagonist_is_competitive(level, half, block):
    """Gaddum 1937 (J Physiol 89:7P): 1 + its level shifts the curve and leaves the top."""
    expected = (level / half) / (1 + level / half + block)
    assert nerves.peptide(level, half, block) == pytest.approx(expected, rel=1e-12)
    assert nerves.peptide(level * (1 + block), half, block) == pytest.approx(nerves.peptide(level, half, 0), rel=1e-12)


def test_sessions_of_stress_are_their_starts_and_stops():
    hosts, sessions = mouse(5, 15), niche.Protocol(days=24).stress(4, lasting="6 h")
    steps = niche.Protocol(days=24)
    for day in range(24):
        steps = steps.stress(4, start=day, stop=day + 0.25)
    days = np.linspace(0.1, 24, 50)
    found, expected = (niche.simulate(hosts, protocol, at=days) for protocol in (sessions, steps))
    for name in (*State._fields, "noradrenaline"):
        assert np.array_equal(found[name].values, expected[name].values), name
    stressed = niche.simulate(hosts, sessions, at=[5.1, 5.3])["noradrenaline"].values
    assert (stressed[:, 0] > 3 * stressed[:, 1]).all()


def test_placed_cells_bypass_the_blood_and_sleep():
    run = niche.simulate(mouse(20, 16), niche.Protocol(days=28).seed("intratibial", day=1), every=0.5)
    assert (run["circulating"].values == 0).all()
    assert (run["dormant"].values == 0).all()
    assert (run["tumour"].values[:, 2:] > 0).all()


def test_cells_from_the_blood_are_conserved():
    """At rest, with no growth, no waking and no killing: in the blood, asleep and awake together are the inoculum.

    But for those that find no room: a share of them as small as the burden itself.
    """
    hosts = mouse(50, 17, growth=0, waking=0, kill=0, adhesion_beta=0, migration_rankl=0)
    run = niche.simulate(hosts, niche.Protocol(days=5).seed("intracardiac", day=1), at=[1, 1.1, 1.5, 3, 5], rtol=1e-10)
    cells = sum(run[name].values for name in ("circulating", "dormant", "tumour"))
    inoculum, share = (np.asarray(getattr(hosts.parameters, n))[:, None] for n in ("inoculum", "dormant_share"))
    no_room = 1e-6 + inoculum.max()
    assert np.allclose(cells, inoculum, rtol=no_room, atol=0)
    lodged = inoculum - run["circulating"].values[:, -1:]
    assert np.allclose(run["dormant"].values[:, -1:], share * lodged, rtol=no_room)
    assert (run["circulating"].values[:, -1] < 1e-4 * inoculum[:, 0]).all()


def test_without_t_cells_nothing_is_killed():
    """A nude mouse is one whose T cells do not kill, whatever the parameters of CD8 are."""
    protocol = niche.Protocol(days=21).seed("intratibial").stress(3)
    runs = []
    for strain, changes in (
        ("athymic nude", {}),
        ("athymic nude", {"kill": 3.0, "kill_half": 1.0, "cd8_beta": 5.0, "cd8_mdsc": 9.0, "cd8_cgrp": 4.0}),
        ("C57BL/6J", {"t_cells": 0.0}),
        ("C57BL/6J", {"kill": 0.0}),
        ("C57BL/6J", {}),
    ):
        hosts = niche.hosts("mouse", strain=strain, tumour="MDA-231-luc", draws=20, seed=18, posterior="prior")
        hosts = hosts.with_parameters(**changes) if changes else hosts
        runs.append(niche.simulate(hosts, protocol, at=[7, 14, 21], rtol=1e-9))
    for name in ("tumour", "distant", "OCa", "BV"):
        for run in runs[1:4]:
            assert np.allclose(run[name].values, runs[0][name].values, rtol=1e-6, atol=1e-15), name
    assert (runs[4]["tumour"].values < runs[0]["tumour"].values).all()


# --- levels solved elsewhere


@pytest.mark.parametrize("trap", ["rankl_trap", "tgfb_trap", "pthrp_trap", "ngf_trap"])
def test_a_trap_acts_by_its_whole_level_wherever_it_was_solved(trap):
    y, u, p = instants(21)
    level, own = getattr(y, trap), State._fields.index(trap)
    inside = np.array(rates(0.0, y, u._replace(**{f"{trap}_added": 0.0}), p))
    outside = np.array(rates(0.0, y._replace(**{trap: 0.0 * level}), u._replace(**{f"{trap}_added": level}), p))
    without = np.array(rates(0.0, y._replace(**{trap: 0.0 * level}), u._replace(**{f"{trap}_added": 0.0}), p))
    others = [i for i in range(len(State._fields)) if i != own]  # its loss is that of the state alone
    assert (inside[others] == outside[others]).all()
    assert (inside[others] != without[others]).any()


def test_a_cytotoxic_drug_and_a_checkpoint_inhibitor_kill_in_bone_and_elsewhere():
    y, u, p = instants(22)
    plain = State(*rates(0.0, y, u._replace(cytotoxic=0.0, checkpoint=1.0), p))
    drug = State(*rates(0.0, y, u._replace(cytotoxic=0.3, checkpoint=1.0), p))
    freed = State(*rates(0.0, y, u._replace(cytotoxic=0.0, checkpoint=3.0), p))
    for place in ("tumour", "distant"):
        burden, before = getattr(y, place), getattr(plain, place)
        assert np.allclose(before - getattr(drug, place), 0.3 * burden, rtol=1e-9), place
        killed = p.t_cells * p.kill * y.CD8 * p.kill_half / (burden + p.kill_half)
        assert np.allclose(before - getattr(freed, place), 2 * killed * burden, rtol=1e-9, atol=1e-13), place
    for name in set(State._fields) - {"tumour", "distant"}:
        assert (getattr(plain, name) == getattr(drug, name)).all(), name
        assert (getattr(plain, name) == getattr(freed, name)).all(), name


# --- numerics on the full model


def test_explicit_and_stiff_agree_on_the_full_model():
    """Tumour from the blood, sessions of stress, and a drug in every kind of slot."""
    protocol = (
        niche.Protocol(days=21)
        .seed("intracardiac", day=1)
        .stress(3, start=2, stop=16, lasting="2 h")
        .dose("OPG-Fc", "3 mg/kg", day=7, every=7)
        .dose("anti-NGF", "10 mg/kg", day=3, every=5)
        .dose("zoledronate", "0.1 mg/kg", day=9)
        .infuse("propranolol", "2 mg/kg/day", start=4)
        .treat("CGRP antagonist", start=5)
    )
    hosts = mouse(4, 19)
    one, two = (niche.simulate(hosts, protocol, every=3, method=m, rtol=1e-9) for m in ("explicit", "stiff"))
    assert (one.status == "ok").all()
    assert (two.status == "ok").all()
    for name in State._fields:
        size = np.abs(one[name].values).max(axis=1, keepdims=True)
        assert (np.abs(one[name].values - two[name].values) <= 1e-5 * size + 1e-15).all(), name


def test_compiled_numbers_are_those_of_plain_python():
    """`exponential` is compiled as the library's: the numbers are the same."""
    rhs = _kernel.load_kernel(MODEL).rhs
    y, u, p = (np.stack(table, axis=1) for table in instants(20))
    compiled = np.empty(len(State._fields))
    for j in range(20):
        plain = np.array(rates(0.0, State(*y[j]), Inputs(*u[j]), Parameters(*p[j])))
        rhs(0.0, y[j], u[j], p[j], compiled)
        assert np.allclose(compiled, plain, rtol=1e-12, atol=1e-14 * np.abs(plain).max())
    for x in np.linspace(-30, 30, 601):
        assert helpers.exponential(x) == pytest.approx(helpers.exponential.compiled_as(x), rel=1e-14)
