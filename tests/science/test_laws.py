"""Laws that hold whatever the parameters are: amounts, switches, dose responses, and parts with a known solution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import niche
from niche.model import nerves
from niche.model.niche import rates, signals
from niche.model.state import AT_REST, RESTING, Inputs, Parameters, State

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
    "zoledronate": lambda p, r: p.dose("zoledronate", f"{r.uniform(0, 1)} mg/kg", day=r.uniform(0, 20), every=7),
    "agonist": lambda p, r: p.infuse("isoprenaline", f"{r.uniform(0, 100)} mg/kg/day", start=r.uniform(0, 9), stop=20),
    "blocker": lambda p, r: p.infuse("propranolol", f"{r.uniform(0, 50)} mg/kg/day", start=r.uniform(0, 9)),
    "stress": lambda p, r: p.stress(r.uniform(0, 10), start=r.uniform(0, 20)),
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
    high = Inputs(1e3, 1e3, 1e5, 1e-3, 10, 1, 1, 50, 50, 1, 50, 50, 1, 1)
    return y, Inputs(*(random.uniform(0, top, 200) for top in high)), p


NERVES = ("stress", "sympathetic", "agonist_b1", "agonist_b2", "agonist_efficacy", "blocker_b1", "blocker_b2",
          "b1_present", "b2_present")  # fmt: skip
ALL = State._fields
BONE = ("OBp", "OBa", "OCa", "BV")
SWITCHES = {
    "beta receptors": (dict.fromkeys(("b1_rankl", "b2_rankl", "b1_supply", "b2_supply"), 0.0), NERVES, ALL),
    "beta1": ({"b1_rankl": 0.0, "b1_supply": 0.0}, ("agonist_b1", "blocker_b1", "b1_present"), ALL),
    "beta2": ({"b2_rankl": 0.0, "b2_supply": 0.0}, ("agonist_b2", "blocker_b2", "b2_present"), ALL),
    "oestrogen": ({"oestrogen_rankl": 0.0}, ("oestrogen",), ALL),
    "PTH receptor": ({"pth_response": 0.0}, ("PTH_added", "PTHrP", "pthrp_trap"), (*BONE, "tumour")),
    "RANKL trap": ({"rankl_trap_affinity": 0.0}, ("rankl_trap", "rankl_trap_depot"), BONE),
    "zoledronate": ({"zol_kill": 0.0}, ("zol_bone",), BONE),
    "share of growth": ({"tgfb_share": 0.0}, (*BONE, *NERVES, "tgfb_trap", "PTHrP"), ("tumour",)),
    "what a tumour sees": ({"tgfb_link": 0.0}, (*BONE, *NERVES, "tgfb_trap"), ("tumour", "PTHrP")),
    "PTHrP": ({"pthrp_tgfb": 0.0}, (*BONE, *NERVES, "tgfb_trap"), ("PTHrP",)),
    "effects on bone": ({"supply_loss": 0.0, "osteoblast_kill": 0.0}, ("tumour",), BONE),
    "load and surface": ({"load_feedback": 0.0, "surface_order": 0.0}, ("BV",), BONE),
    "TGF-beta background": ({"tgfb_background": 1.0}, ("OCa",), ("OBp", "OBa", "tumour", "PTHrP")),
}


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_removes_its_mechanism(name):
    gains, causes, effects = SWITCHES[name]
    changed = 0
    for seed in range(3):
        for setting in (gains, {}):
            y, u, p = instants(seed, **setting)
            other_y, other_u, _ = instants(seed + 100)
            moved_y = y._replace(**{c: getattr(other_y, c) for c in causes if c in State._fields})
            moved_u = u._replace(**{c: getattr(other_u, c) for c in causes if c in Inputs._fields})
            before, after = rates(0.0, y, u, p), rates(0.0, moved_y, moved_u, p)
            same = [np.array_equal(getattr(before, effect), getattr(after, effect)) for effect in effects]
            if setting:
                assert all(same)
            changed += not setting and not all(same)
    assert changed == 3  # with the gain as drawn, the same change does act


def test_gains_that_are_off_by_default_do_not_move_the_resting_point():
    hosts = mouse(50, 1, b1_rankl=0, b2_rankl=0, b1_supply=0, b2_supply=0, oestrogen_rankl=0)
    protocol = niche.Protocol(days=60).stress(5).infuse("isoprenaline", "50 mg/kg/day", start=9).surgery("ovariectomy")
    run = niche.simulate(hosts, protocol, rtol=1e-9)
    for name, value in zip(State._fields, AT_REST, strict=True):
        assert np.abs(run[name].values - value).max() < 1e-6


def test_no_amount_of_a_drug_is_no_drug():
    hosts = mouse(30, 2)
    seeded = niche.Protocol(days=28).seed("intracardiac")
    nothing = (
        seeded.dose("OPG-Fc", "0 mg/kg").dose("zoledronate", "0 mg/kg").dose("1D11", "0 mg/kg")
        .dose("anti-PTHrP", "0 mg/kg").infuse("isoprenaline", "0 mg/kg/day").infuse("propranolol", "0 mg/kg/day")
        .infuse("PTH", "0 pM/day").stress(1)
    )  # fmt: skip
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
        s1, s2 = nerves.beta_signals(u, p)
        found, other = (s1, s2) if receptor == "b1" else (s2, s1)
        assert np.allclose(found, reserve / (1 + reserve) / 2, rtol=1e-6)
        assert np.abs(other).max() < 1e-6
    gone = nerves.beta_signals(RESTING._replace(b1_present=0.0, b2_present=0.0, agonist_b1=9.0, agonist_b2=9.0), p)
    assert np.abs(gone).max() == 0


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
    hosts = mouse(50, 7, tgfb_share=0)
    days = np.linspace(2, 60, 117)
    run = niche.simulate(hosts, niche.Protocol(days=60).seed("intracardiac", day=2), at=days, rtol=1e-9)
    growth, start = np.asarray(hosts.parameters.growth)[:, None], np.asarray(hosts.parameters.inoculum)[:, None]
    expected = 1 / (1 + (1 / start - 1) * np.exp(-growth * (days - 2)))
    assert np.allclose(run["tumour"].values, expected, rtol=1e-6, atol=0)


def test_bone_and_tumour_see_the_same_free_tgf_beta():
    """An antibody takes the same share from both, so the tumour's occupancy is that of what bone sees."""
    y, u, p = instants(9, tgfb_link=1)
    now = signals(y, u, p)
    seen = now.bone.TGFb / (now.bone.TGFb + p.K1) / (p.TGFb0 / (p.TGFb0 + p.K1))
    assert np.allclose(now.tgfb_seen, seen, rtol=1e-14)
