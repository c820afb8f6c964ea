"""Levels of drugs in hosts: what enters, in whom, when, and what cannot."""

from itertools import pairwise

import numpy as np
import pytest
import yaml

import niche
from niche import Protocol
from niche.errors import NicheError
from niche.experiment.schedule import schedule
from niche.experiment.solution import observe, perform
from niche.experiment.steps import Given, Step
from niche.kinetics import Kinetics, Sustained, levels, read_drugs
from niche.kinetics.coupling import Coupling, read_couplings
from niche.model.state import RESTING, Inputs
from niche.params.layers import read_registry

BOOK = read_registry()
PEOPLE = niche.hosts("human", draws=24)
MICE = niche.hosts("mouse", draws=4)
DENOSUMAB = {"120 mg": "120 mg sc every 4 weeks", "60 mg": "60 mg sc every 6 months"}


def course(protocol, name, hosts=PEOPLE):
    """Days on which an input changes, and its values (hosts, days)."""
    plan = schedule(hosts, protocol)
    return plan.starts, plan.inputs[:, :, Inputs._fields.index(name)]


def ctx(protocol, at, hosts=PEOPLE):
    run = perform(hosts, protocol, np.asarray(at, dtype=float))
    assert not run.status.any()
    return observe(run, ["CTX"])["CTX"]


# --- what enters


def test_every_drug_has_a_way_into_the_model_or_a_reason_why_not():
    couplings = read_couplings()
    drugs = {name for name, drug in read_drugs().items() if isinstance(drug, Kinetics | Sustained)}
    assert drugs == set(couplings)
    for name, coupling in couplings.items():
        assert isinstance(coupling, Coupling) or len(coupling) > 20, name


def test_every_drug_with_a_way_moves_what_it_should_and_nothing_else():
    for name, coupling in read_couplings().items():
        if isinstance(coupling, str) or coupling.doses:
            continue
        drug = coupling.drug
        hosts = niche.hosts(drug.system, draws=3)
        if isinstance(drug, Kinetics):
            text = f"{drug.studied[0]} {'sc' if 'sc' in drug.routes else next(iter(drug.routes))} every week x 2"
        else:
            text = coupling.dose
        plan = schedule(hosts, Protocol(28).regimen(name, text))
        moved = {f for i, f in enumerate(Inputs._fields) if (plan.inputs[:, :, i] != RESTING[i]).any()}
        ways = {way.input for way in coupling.ways}
        assert ways <= moved <= ways | {"agonist_efficacy"}, name
        assert np.isfinite(plan.inputs).all(), name
        changed = {k for k, v in plan.parameters._asdict().items() if v is not getattr(hosts.parameters, k)}
        assert all(k.startswith(BOOK.drugs[coupling.slot].slot) for k in changed) if coupling.slot else not changed


def test_the_mean_of_an_input_is_that_of_the_level_of_the_same_person():
    """No drug is lost between the marks: the integral of the input is that of the level, doses and all."""
    starts, values = course(Protocol(84).regimen("denosumab", "120 mg sc every 4 weeks from day 7"), "rankl_trap_added")
    at = np.linspace(0, 84, 8401)
    fine = levels("denosumab", "120 mg sc every 4 weeks from day 7", 84, at=at, weight=70, people=PEOPLE.rows, seed=1)
    whole = values @ np.diff(np.append(starts, 84.0))
    np.testing.assert_allclose(whole, np.trapezoid(fine.free, at, axis=1), rtol=1e-4)
    assert (values[:, starts < 7] == 0).all()
    spread = np.log(whole).std()
    assert 0.1 < spread < 0.4  # sd of 0.26 in clearance, which has not told in full after 11 weeks


def test_a_person_is_the_same_among_many_and_among_few():
    protocol = Protocol(28).regimen("denosumab", "60 mg sc")
    few, many = niche.hosts("human", draws=10), niche.hosts("human", draws=200)
    _, a = course(protocol, "rankl_trap_added", few)
    _, b = course(protocol, "rankl_trap_added", many)
    np.testing.assert_allclose(a, b[np.searchsorted(many.rows, few.rows)], rtol=1e-9)
    _, other = course(protocol, "rankl_trap_added", niche.hosts("human", draws=200, seed=2))
    assert not np.allclose(other[:5], b[:5])


def test_a_trap_brings_its_affinity_and_a_control_keeps_its_own():
    plan = schedule(PEOPLE, Protocol(28).regimen("denosumab", "60 mg sc"))
    expected = PEOPLE.values(BOOK.drugs["denosumab"].parameters["rankl_trap_affinity"])
    np.testing.assert_array_equal(plan.parameters.rankl_trap_affinity, expected)
    control = PEOPLE.with_parameters(rankl_trap_affinity=0.0)
    protocol = Protocol(60).regimen("denosumab", "60 mg sc")
    np.testing.assert_allclose(ctx(protocol, [59.5], control), ctx(Protocol(60), [59.5], control), rtol=1e-5)


def test_an_agonist_brings_its_efficacy_and_a_blocker_is_over_its_affinity():
    starts, efficacy = course(
        Protocol(10).regimen("clenbuterol", "0.04 mg po twice daily from day 2"), "agonist_efficacy"
    )
    assert (efficacy[:, starts < 2] == 1).all()
    assert (efficacy[:, starts >= 2] < 1).all()
    _, b1 = course(Protocol(10).regimen("propranolol", "40 mg po twice daily"), "blocker_b1")
    _, b2 = course(Protocol(10).regimen("propranolol", "40 mg po twice daily"), "blocker_b2")
    np.testing.assert_allclose(b2 / b1, 6.3 / 2.5, rtol=1e-6)


def test_a_steady_state_is_one_interval():
    starts, _ = course(Protocol(365).regimen("propranolol", "40 mg po twice daily"), "blocker_b2")
    assert len(starts) < 8


def test_of_a_sustained_drug_the_level_holds_from_the_first_dose_to_an_interval_after_the_last():
    starts, held = course(
        Protocol(30).regimen("larotrectinib", "100 mg po twice daily from day 5 for 10 days"), "trk_block"
    )
    assert starts.tolist() == [0, 5, 15]
    np.testing.assert_allclose(held, np.tile([0, 8 / 9, 0], (len(PEOPLE), 1)))


def test_zoledronate_keeps_the_bone_pool_of_the_model():
    written = Protocol(365).regimen("zoledronate", "4 mg iv over 15 min every 4 weeks from day 28 x 3")
    assert written == Protocol(365).dose("zoledronate", "4.0 mg", day=28, every=28, until=84)


def test_two_drugs_add_up_at_one_receptor():
    one, two = (Protocol(20).regimen(d, f"{m} mg po daily") for d, m in (("atenolol", 50), ("propranolol", 80)))
    both = one.regimen("propranolol", "80 mg po daily")
    total = sum(course(p, "blocker_b1")[1][:, -1] for p in (one, two))
    np.testing.assert_allclose(course(both, "blocker_b1")[1][:, -1], total, rtol=0.05)


# --- time


@pytest.mark.parametrize(("dose", "days"), [("120 mg", 140), ("60 mg", 300)])
def test_daily_means_do_what_exact_doses_do(dose, days):
    """CTX of people under the rule, under daily means, and under marks two hours apart; read half-way between days."""
    at = np.append(np.arange(3.5, days, 7), days - 0.5)
    exact = ctx(Protocol(days).regimen("denosumab", DENOSUMAB[dose], every="2 h"), at)
    for every in (None, "1 day"):
        found = ctx(Protocol(days).regimen("denosumab", DENOSUMAB[dose], every=every), at)
        assert np.abs(np.log(found / exact)).max() < 0.1, every
        assert np.abs(np.log(found / exact)).mean() < 0.01, every
        np.testing.assert_allclose(found.mean(axis=1), exact.mean(axis=1), rtol=0.02)


@pytest.mark.parametrize(("dose", "gap", "days", "apart"), [("120 mg", 28, 140, 0.1), ("60 mg", 182.625, 170, 0.25)])
def test_the_models_own_compartment_says_much_the_same(dose, gap, days, apart):
    """One compartment (params/drugs) against the levels of Choi 2025, whose target takes the last of the drug along:
    the less drug there is, the more the two differ."""
    at, people = np.arange(7.5, days, 7), niche.hosts("human", draws=200)  # a median of 24 is too coarse
    solved = np.median(ctx(Protocol(days).regimen("denosumab", DENOSUMAB[dose]), at, people), axis=0)
    own = np.median(ctx(Protocol(days).dose("denosumab", dose, every=gap), at, people), axis=0)
    # Of resting CTX. At the end of a dose both return, one weeks before the other, so that there the difference hangs
    # on the affinity that was fitted: 0.21 with the fit of all papers, 0.67 with draws of the prior.
    assert np.abs(solved - own).max() < apart
    assert np.abs(solved - own)[at < 0.75 * days].max() < 0.06
    assert (solved[-4:] > own[-4:]).all()


def test_a_steady_inflow_does_what_doses_do_where_they_come_often():
    at = np.arange(60.5, 168, 7)
    exact = ctx(Protocol(168).regimen("denosumab", DENOSUMAB["120 mg"], every="2 h"), at)
    steady = ctx(Protocol(168).regimen("denosumab", DENOSUMAB["120 mg"], averaged=True), at)
    np.testing.assert_allclose(np.median(steady, axis=0), np.median(exact, axis=0), rtol=0.25)
    linear = [
        course(Protocol(60).regimen("propranolol", "40 mg po twice daily", averaged=a), "blocker_b2")[1][:, -1]
        for a in (False, True)
    ]
    np.testing.assert_allclose(*linear, rtol=0.01)


# --- properties


def test_no_drug_no_change():
    at = [14.5, 27.5]
    np.testing.assert_allclose(ctx(Protocol(28).regimen("denosumab", "0 mg sc"), at), ctx(Protocol(28), at), rtol=1e-6)


def test_more_drug_does_more():
    found = [ctx(Protocol(12).regimen("denosumab", f"{mg} mg sc"), [5.5, 11.5]) for mg in (0, 5, 15, 60, 120)]
    for less, more in pairwise(found):
        assert (more < less * (1 + 1e-6)).all()


def test_steps_are_written_as_they_were():
    """The hash of what a posterior was fitted to holds the text of steps."""
    assert repr(Protocol(14).infuse("PTH", "5 pM/day").steps[0]) == (
        "Step(verb='infuse', name='PTH', amount=Amount(value=5.0, unit='pM/day'), start=0.0, stop=None, times=(), "
        "beyond_sources=False)"
    )
    step = Protocol(90).regimen("denosumab", "60 mg sc", averaged=True).steps[0]
    assert isinstance(step, Given)
    assert isinstance(step, Step)
    assert "averaged=True" in repr(step)


def test_a_dose_beyond_the_sources_is_said_with_the_result():
    result = niche.simulate(niche.hosts("human", draws=2), Protocol(28).regimen("denosumab", "120 mg sc"), every=7)
    assert "outside the doses that its numbers come from" in result.attrs["warnings"]
    assert result.attrs["steps"] == "regimen denosumab 120 mg sc"
    result = niche.simulate(niche.hosts("human", draws=2), Protocol(28).regimen("denosumab", "60 mg sc"), every=7)
    assert result.attrs["warnings"] == "none"


# --- what is refused


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([("denosumap", "60 mg sc")], "did you mean 'denosumab'"),
        ([("romosozumab", "210 mg sc")], "no known way into the host model: the model has no sclerostin"),
        ([("6-OHDA", "1 mg iv")], "is a lesion, not a drug with a level"),
        ([("denosumab", "60 sc")], "begin with a dose that has a unit and a route"),
        ([("denosumab", "60 mg")], "begin with a dose that has a unit and a route"),
        ([("denosumab", "60 mg po")], "no numbers for the route 'po'"),
        ([("denosumab",)], "say how it is given"),
        ([("denosumab", "60 mg sc on day 400")], "after the end of the protocol"),
        ([("denosumab", "60 mg sc every 4 weeks", "120 mg sc every 4 weeks from day 28")], "still runs on day 28"),
        ([("larotrectinib", "50 mg po twice daily")], "known for '100 mg po twice daily' only"),
        ([("larotrectinib", "100 mg po")], "known for '100 mg po twice daily' only"),
        ([("salbutamol", "4 mg po daily"), ("clenbuterol", "0.04 mg po daily")], "both agonists"),
        ([("denosumab", "60 mg sc"), ("OPG-Fc", "3 mg/kg sc")], "share the slot 'rankl_trap'"),
    ],
)
def test_what_cannot_be_meant(steps, says):
    protocol, (name, *texts) = Protocol(365), steps[-1]
    for first, *others in steps[:-1]:
        protocol = protocol.regimen(first, *others)
    with pytest.raises(NicheError, match=says):
        protocol.regimen(name, *texts)


def test_more_that_cannot_be_meant():
    year = Protocol(365)
    with pytest.raises(NicheError, match="say all of it in one way"):
        year.dose("denosumab", "60 mg").regimen("denosumab", "60 mg sc")
    with pytest.raises(NicheError, match="say all of it in one way"):
        year.regimen("aprepitant", "80 mg po daily").treat("aprepitant")
    with pytest.raises(NicheError, match="share the slot"):
        year.regimen("denosumab", "60 mg sc").dose("OPG-Fc", "1 mg/kg")
    with pytest.raises(NicheError, match="all its regimens must be averaged, or none"):
        year.regimen("denosumab", "60 mg sc").regimen("denosumab", "60 mg sc on day 200", averaged=True)
    with pytest.raises(NicheError, match="bone keeps each dose"):
        year.regimen("zoledronate", "4 mg iv", averaged=True)
    with pytest.raises(NicheError, match="above 0"):
        year.regimen("denosumab", "60 mg sc", every=0)
    with pytest.raises(NicheError, match="more than 20000 intervals"):
        schedule(PEOPLE, Protocol(1000).regimen("denosumab", "60 mg sc", every="1 h"))
    with pytest.raises(NicheError, match="a level in the mouse is not known"):
        schedule(MICE, year.regimen("denosumab", "60 mg sc"))


ONE = {"value": 1, "unit": "1", "kind": "assumed", "range": [0, 1]}


def way(**change):
    return {"slot": "denosumab", "inputs": {"rankl_trap_added": {"reads": "level", "factor": ONE} | change}}


@pytest.mark.parametrize(
    ("name", "entry", "says"),
    [
        ("denosumab", way(reads="levels"), "did you mean 'level'"),
        ("denosumab", way(target="RANKL"), "a level alone has none"),
        ("denosumab", way(factor={"value": 1}), "factor: lacks 'unit'"),
        ("denosumab", {**way(), "slot": "anti-NGF"}, "a trap needs slot"),
        ("denosumab", {"inputs": way()["inputs"]}, "a trap needs slot"),
        ("denosumab", {**way(), "dose": "60 mg sc daily"}, "belongs to tier sustained"),
        ("denosumab", {"none": ""}, "none: expected text that is not empty"),
        ("denosumab", {**way(), "none": "why"}, "says why there is no way"),
        ("denosumab", {"slot": "denosumab"}, "give inputs, or doses"),
        ("denosumab", way(factor={**ONE, "value": 1000, "range": [0, 1000]}), "lies between 0 and 1 1, got"),
        ("denosumap", way(), "did you mean 'denosumab'"),
        ("6-OHDA", way(), "a lesion has no level"),
    ],
)
def test_a_map_that_is_wrong_is_refused(tmp_path, name, entry, says):
    (tmp_path / "one.yaml").write_text(yaml.safe_dump({"source": "assumed", "drugs": {name: entry}}))
    with pytest.raises(NicheError, match=says):
        read_couplings(tmp_path)
