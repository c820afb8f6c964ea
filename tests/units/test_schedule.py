"""From protocol to inputs, jumps and numbers: worked out by hand for each interval."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import niche
from niche import Protocol
from niche.errors import NicheError
from niche.experiment.schedule import schedule
from niche.model.state import RESTING, Inputs, State
from niche.params.layers import read_registry

law = settings(deadline=None, derandomize=True, max_examples=50)
BOOK = read_registry()
MICE = niche.hosts("mouse", draws=3, posterior="prior", tumour="MDA-231-luc")
WOMEN = niche.hosts("human", draws=3, posterior="prior")
WEEKS = Protocol(28)


def inputs(protocol, name, hosts=MICE):
    return schedule(hosts, protocol).inputs[:, :, Inputs._fields.index(name)]


def jumps(protocol, name, hosts=MICE):
    return schedule(hosts, protocol).jumps[:, :, State._fields.index(name)]


def test_nothing_done_is_one_interval_at_rest():
    plan = schedule(MICE, WEEKS)
    assert plan.starts.tolist() == [0]
    np.testing.assert_array_equal(plan.inputs, np.tile(RESTING, (3, 1, 1)))
    assert not plan.jumps.any()
    assert plan.parameters == MICE.parameters
    assert plan.warnings == ()


def test_a_site_of_bone_holds_in_every_interval():
    jaw = niche.hosts("mouse", bone="mandible", draws=3, posterior="prior")
    protocol = WEEKS.surgery("sympathectomy", 7).infuse("PTH", "5 pM/day", 2, 5)
    assert (inputs(protocol, "membranous", jaw) == 1).all()
    turnover = inputs(protocol, "site_turnover", jaw)
    assert (turnover == turnover[:, :1]).all()
    assert np.ptp(turnover[:, 0]) > 0
    assert (turnover > 0).all()
    same = niche.hosts("mouse", bone="metaphysis", draws=3, posterior="prior")
    np.testing.assert_array_equal(schedule(same, protocol).inputs, schedule(MICE, protocol).inputs)


def test_two_infusions_overlap_and_add():
    protocol = WEEKS.infuse("PTH", "5 pM/day", 2, 5).infuse("PTH", "3 pM/day", 4, 10)
    assert schedule(MICE, protocol).starts.tolist() == [0, 2, 4, 5, 10]
    np.testing.assert_array_equal(inputs(protocol, "PTH_added"), [[0, 5, 8, 3, 0]] * 3)


def test_an_infusion_from_day_0_to_the_end_is_one_interval_and_one_that_starts_at_the_end_is_read_there():
    np.testing.assert_array_equal(inputs(WEEKS.infuse("RANKL", "2 pM/day"), "RANKL_added"), [[2]] * 3)
    np.testing.assert_array_equal(inputs(WEEKS.infuse("OPG", "2 pM/day", start=28), "OPG_added"), [[0, 2]] * 3)
    np.testing.assert_array_equal(inputs(WEEKS.infuse("TGF-beta", "2 pM", stop=28), "TGFb_added"), [[2, 0]] * 3)


@pytest.mark.parametrize(("drug", "slot"), [("isoprenaline", "agonist"), ("propranolol", "blocker")])
def test_a_beta_drug_is_its_dose_over_the_dose_that_holds_kd(drug, slot):
    protocol = WEEKS.infuse(drug, "5 mg/kg/day", 7, 14).infuse(drug, "1 mg/kg/day")
    for receptor in ("b1", "b2"):
        kd = MICE.values(BOOK.drugs[drug].dosing[f"kd_dose_{receptor}"])
        expected = np.array([1, 6, 1]) / kd[:, None]
        np.testing.assert_allclose(inputs(protocol, f"{slot}_{receptor}"), expected, rtol=1e-14)


def test_two_blockers_add_over_their_own_affinities():
    protocol = WEEKS.infuse("propranolol", "2 mg/kg/day").infuse("atenolol", "1 mg/kg/day")
    kd = [WOMEN.values(BOOK.drugs[d].dosing["kd_dose_b1"]) for d in ("propranolol", "atenolol")]
    np.testing.assert_allclose(inputs(protocol, "blocker_b1", WOMEN)[:, 0], 2 / kd[0] + 1 / kd[1], rtol=1e-14)


def test_each_agonist_brings_its_efficacy_for_its_own_time():
    protocol = WEEKS.infuse("isoprenaline", "5 mg/kg/day", 7, 14).infuse("clenbuterol", "1 mg/kg/day", 14, 21)
    efficacy = [MICE.values(BOOK.drugs[d].dosing["efficacy"]) for d in ("isoprenaline", "clenbuterol")]
    expected = np.stack([np.ones(3), efficacy[0], efficacy[1], np.ones(3)], axis=1)
    np.testing.assert_array_equal(inputs(protocol, "agonist_efficacy"), expected)


def test_none_of_a_drug_is_no_drug():
    for hosts in (MICE, WOMEN):
        nothing = schedule(hosts, WEEKS)
        for drug in ("propranolol", "isoprenaline"):
            none = schedule(hosts, WEEKS.infuse(drug, "0 mg/kg/day"))
            np.testing.assert_array_equal(none.inputs, nothing.inputs)
            assert none.warnings == ()
        assert not schedule(hosts, WEEKS.dose("zoledronate", "0 mg/kg")).jumps.any()


def test_stress_multiplies_rest():
    protocol = WEEKS.stress(3, 7, 21).stress("2 fold", 14)
    np.testing.assert_array_equal(inputs(protocol, "stress"), [[1, 3, 6, 2]] * 3)


def test_diets_add_and_end():
    low, vitamin = (MICE.values(BOOK.conditions[d].inputs["PTH_added"]) for d in ("low calcium", "vitamin D-free"))
    protocol = WEEKS.diet("low calcium", 7, 21).diet("vitamin D-free", 14)
    expected = np.stack([0 * low, low, low + vitamin, vitamin], axis=1)
    np.testing.assert_allclose(inputs(protocol, "PTH_added"), expected, rtol=1e-14)


def test_a_genotype_takes_its_receptor_and_only_that():
    plan = schedule(MICE, WEEKS.genotype("Adrb2-/-"))
    expected = np.asarray(RESTING._replace(b2_present=0.0))
    np.testing.assert_array_equal(plan.inputs, np.tile(expected, (3, 1, 1)))


def test_surgery_lasts_from_its_day():
    for name in ("release", "sympathetic"):
        left = MICE.values(BOOK.conditions["6-OHDA"].inputs[name])
        expected = np.stack([np.ones(3), left], axis=1)
        np.testing.assert_array_equal(inputs(WEEKS.surgery("6-OHDA", 7), name), expected)


@pytest.mark.parametrize("order", [("6-OHDA", "sympathectomy"), ("sympathectomy", "6-OHDA")])
def test_a_partial_lesion_never_restores_what_a_full_one_took(order):
    protocol = WEEKS.surgery(order[0]).surgery(order[1])
    np.testing.assert_array_equal(inputs(protocol, "sympathetic"), [[0]] * 3)


STEPS = [
    lambda p: p.infuse("PTH", "5 pM/day", 2, 9),
    lambda p: p.infuse("isoprenaline", "5 mg/kg/day", 3),
    lambda p: p.infuse("propranolol", "2 mg/kg/day", 0, 12),
    lambda p: p.stress(2, 5, 7),
    lambda p: p.diet("low calcium", 4),
    lambda p: p.surgery("6-OHDA", 1),
    lambda p: p.surgery("sympathectomy", 6),
    lambda p: p.genotype("Adrb1-/-"),
    lambda p: p.seed(day=3),
    lambda p: p.dose("OPG-Fc", "3 mg/kg", every=7),
    lambda p: p.dose("zoledronate", "0.1 mg/kg", day=2),
]


@law
@given(st.permutations(range(len(STEPS))), st.integers(1, len(STEPS)))
def test_the_order_in_which_steps_are_said_does_not_matter(order, count):
    chosen = order[:count]
    plans = []
    for some in (chosen, sorted(chosen)):
        protocol = WEEKS
        for i in some:
            protocol = STEPS[i](protocol)
        plans.append(schedule(MICE, protocol))
    for a, b in zip(*(plan[:3] for plan in plans), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)
    for a, b in zip(*(plan.parameters for plan in plans), strict=True):
        np.testing.assert_array_equal(a, b)


def nanomolar(hosts, name, grams_per_kg):
    """mol = g/(g/mol); nM = mol/L * 1e9."""
    dosing = BOOK.drugs[name].dosing
    share, kda, ml = (hosts.values(dosing[k]) for k in ("bioavailability", "molar_mass", "volume"))
    return share * grams_per_kg / (kda * 1000) / (ml / 1000) * 1e9


def test_a_dose_per_body_mass_becomes_a_concentration():
    """1 mg/kg of an antibody of 148 kDa, nine tenths of it in 162 mL/kg, is 37.5 nM."""
    assert nanomolar(MICE, "1D11", 1e-3)[0] == pytest.approx(37.538, rel=1e-4)
    for name in ("OPG-Fc", "1D11", "anti-PTHrP"):
        found = jumps(WEEKS.dose(name, "3 mg/kg", day=7), f"{BOOK.drugs[name].slot}_depot")
        np.testing.assert_allclose(found, np.stack([np.zeros(3), nanomolar(MICE, name, 3e-3)], axis=1), rtol=1e-12)


@pytest.mark.parametrize("name", ["denosumab", "OPG-Fc"])
@pytest.mark.parametrize(("hosts", "kg"), [(MICE, 0.025), (WOMEN, 70)])
def test_a_dose_per_host_is_shared_by_its_body_mass(name, hosts, kg):
    assert BOOK.systems[hosts.system].body_mass.value == kg
    found = jumps(WEEKS.dose(name, "60 mg", beyond_sources=True), "rankl_trap_depot", hosts)
    np.testing.assert_allclose(found[:, 0], nanomolar(hosts, name, 0.060 / kg), rtol=1e-12)
    said = jumps(WEEKS.dose(name, f"{60 / kg!r} mg/kg", beyond_sources=True), "rankl_trap_depot", hosts)
    np.testing.assert_allclose(found, said, rtol=1e-12)


def test_zoledronate_stays_in_mg_per_kg():
    share = MICE.values(BOOK.drugs["zoledronate"].dosing["bioavailability"])
    for amount in ("0.1 mg/kg", "100 ug/kg", "0.1 ug/g", "2.5 ug"):  # the last in 25 g
        np.testing.assert_allclose(jumps(WEEKS.dose("zoledronate", amount), "zol_bone")[:, 0], 0.1 * share, rtol=1e-12)


def test_doses_on_one_day_add_and_every_dose_is_given():
    one = nanomolar(MICE, "OPG-Fc", 1e-3)
    protocol = WEEKS.dose("OPG-Fc", "1 mg/kg", every=7).dose("OPG-Fc", "2 mg/kg", day=14)
    expected = one[:, None] * np.array([1, 1, 3, 1, 1])
    np.testing.assert_allclose(jumps(protocol, "rankl_trap_depot"), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("every", "count"), [(0.1, 281), (0.7, 41), (0.3, 94), ("7 h", 97), ("56 h", 13), ("5 min", 8065)]
)
def test_no_dose_is_lost_to_rounding(every, count):
    found = jumps(WEEKS.dose("zoledronate", "1 ug/kg", every=every), "zol_bone")
    given = np.count_nonzero(found, axis=1)
    assert given.tolist() == [count] * 3
    one = jumps(WEEKS.dose("zoledronate", "1 ug/kg"), "zol_bone")[:, 0]
    np.testing.assert_allclose(found.sum(axis=1), count * one, rtol=1e-9)


def test_days_that_differ_by_rounding_are_one_event():
    """3 * 0.1 is 0.30000000000000004: the two would make an interval of 5e-17 days."""
    protocol = Protocol(1).dose("OPG-Fc", "1 mg/kg", every=0.1).infuse("PTH", "5 pM/day", start=0.3, stop=0.7)
    plan = schedule(MICE, protocol)
    np.testing.assert_allclose(plan.starts, np.arange(11) / 10, atol=1e-12)
    np.testing.assert_array_equal(plan.inputs[0, :, Inputs._fields.index("PTH_added")], [0] * 3 + [5] * 4 + [0] * 4)
    assert np.count_nonzero(plan.jumps[0, :, State._fields.index("rankl_trap_depot")]) == 11


def test_cells_arrive_as_the_inoculum_of_the_line():
    """Into the blood, or at once where they grow."""
    protocol = WEEKS.seed("intravenous", day=0).seed("intratibial", day=28)
    cells = np.asarray(MICE.parameters.inoculum)
    np.testing.assert_array_equal(jumps(protocol, "circulating"), np.stack([cells, 0 * cells], axis=1))
    np.testing.assert_array_equal(jumps(protocol, "tumour"), np.stack([0 * cells, cells], axis=1))


def test_seeding_without_a_line_is_refused():
    with pytest.raises(NicheError, match=r"seeds a tumour but the hosts have no line: niche.hosts\(..., tumour="):
        schedule(WOMEN, WEEKS.seed())
    with pytest.raises(NicheError, match="no line"):
        niche.simulate(niche.hosts("mouse", draws=1, posterior="prior"), Protocol(1).seed())


def test_a_drug_brings_its_own_numbers_unless_they_were_set_by_hand():
    own = BOOK.drugs["OPG-Fc"].parameters
    plan = schedule(MICE, WEEKS.dose("OPG-Fc", "1 mg/kg"))
    for name, entry in own.items():
        np.testing.assert_array_equal(getattr(plan.parameters, name), MICE.values(entry))
    control = schedule(MICE.with_parameters(rankl_trap_affinity=0), WEEKS.dose("OPG-Fc", "1 mg/kg")).parameters
    assert not control.rankl_trap_affinity.any()
    np.testing.assert_array_equal(control.rankl_trap_ke, MICE.values(own["rankl_trap_ke"]))
    assert schedule(MICE, WEEKS).parameters == MICE.parameters  # and leaves the hosts as they were


def warned(protocol, hosts=MICE):
    return "; ".join(schedule(hosts, protocol).warnings)


def test_a_drug_in_a_species_that_its_numbers_are_not_for_warns():
    assert "denosumab: its numbers are for human, not for the mouse" in warned(WEEKS.dose("denosumab", "1 mg/kg"))
    assert warned(WEEKS.dose("denosumab", "1 mg/kg"), WOMEN) == ""
    assert "OPG-Fc: its numbers are for mouse, rat, not for the human" in warned(WEEKS.dose("OPG-Fc", "1 mg/kg"), WOMEN)
    assert "atenolol" in warned(WEEKS.infuse("atenolol", "1 mg/kg/day"))


@pytest.mark.parametrize("name", sorted(BOOK.drugs))
def test_a_dose_above_the_most_of_the_source_warns_and_that_dose_itself_does_not(name):
    drug = BOOK.drugs[name]
    hosts = {"human": WOMEN, "mouse": MICE}[drug.systems[0]]
    number, unit = drug.max_dose.split(" ")
    give = (lambda amount: WEEKS.infuse(name, amount)) if drug.sustained else (lambda amount: WEEKS.dose(name, amount))
    assert warned(give(drug.max_dose), hosts) == ""
    assert f"above {drug.max_dose}" in warned(give(f"{1.01 * float(number)} {unit}"), hosts)


def test_a_human_dose_given_to_a_mouse_per_host_warns():
    given = WEEKS.dose("zoledronate", "4 mg", beyond_sources=True)
    assert "zoledronate: 160 mg/kg within a day is above 1 mg/kg, the most that its source used" in warned(given)
    assert warned(WEEKS.dose("zoledronate", "4 mg"), WOMEN) == ""


def test_an_overdose_in_several_parts_is_one():
    half = WEEKS.infuse("isoprenaline", "60 mg/kg/day", 0, 14)
    assert "isoprenaline: 120 mg/kg/day is above" in warned(half.infuse("isoprenaline", "60 mg/kg/day", 13))
    assert warned(half.infuse("isoprenaline", "60 mg/kg/day", 14)) == ""
    assert "zoledronate: 4 mg/kg within a day" in warned(WEEKS.dose("zoledronate", "1 mg/kg", every="6 h"))
    twice = WEEKS.dose("zoledronate", "1 mg/kg").dose("zoledronate", "1 mg/kg")
    assert "zoledronate: 2 mg/kg within a day" in warned(twice)
    assert warned(WEEKS.dose("zoledronate", "1 mg/kg", every=1)) == ""
    assert warned(WEEKS.dose("zoledronate", "0.1 mg/kg", every=0.1)) == ""


def test_a_warning_is_said_once():
    plan = schedule(MICE, WEEKS.dose("denosumab", "1 mg/kg", every=7).dose("denosumab", "1 mg/kg", day=3))
    assert len(plan.warnings) == 1
