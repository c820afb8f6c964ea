"""Amounts are read once, at the door, and travel as what they are: no text is read again while a host is simulated."""

import pickle
import sys
from collections import Counter
from contextlib import contextmanager

import numpy as np
import pytest

import niche
from niche import Protocol, units
from niche.amounts import Amount, read_amount
from niche.errors import NicheError
from niche.kinetics import clauses, levels, regimen
from niche.kinetics.body import mosteller
from niche.kinetics.coupling import coupling_of
from niche.trials.cohort import Cohort

PEOPLE = niche.hosts("human", draws=2, posterior="prior")


@contextmanager
def readings():
    """Counts how often text is taken to pieces: `units.split_quantity` does it to amounts, `clauses` to regimens."""
    counted: Counter[str] = Counter()
    codes = {units.split_quantity.__code__: "amount", clauses.clauses.__code__: "regimen"}

    def look(frame, event, _):
        if event == "call" and frame.f_code in codes:
            counted[codes[frame.f_code]] += 1
            counted[str(frame.f_locals["text"])] += 1

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield counted
    finally:
        sys.setprofile(before)


def test_nine_doses_are_read_once():
    """It was eleven times."""
    with readings() as counted:
        protocol = Protocol(27).dose("OPG-Fc", "3 mg/kg", every=3, until=24)
        niche.simulate(niche.hosts("mouse", draws=2, posterior="prior"), protocol)
    assert len(protocol.steps[0].times) == 9
    assert counted["3 mg/kg"] == 1


def test_a_regimen_is_read_once():
    """It was eight times."""
    coupling_of("denosumab")  # the table of couplings has regimens of its own
    with readings() as counted:
        niche.simulate(PEOPLE, Protocol(27).regimen("denosumab", "61 mg sc every 3 days x 9"))
    assert counted["regimen"] == 1
    assert counted["61 mg"] == 1


def test_an_amount_says_per_what():
    for text, amount in [
        ("5 mg", Amount(5.0, "mg")),
        ("5 mg/kg", Amount(5.0, "mg/kg")),
        ("5 mg/m2", Amount(5.0, "mg/m2")),
    ]:
        assert read_amount(text, ("mg/kg", "mg", "mg/m2"), "dose") == amount
        assert str(amount) == text
        assert pickle.loads(pickle.dumps(amount)) == amount
    assert Amount(5.0, "mg").milligrams(70) == 5
    assert Amount(5.0, "mg/kg").milligrams(70) == 350
    assert Amount(5.0, "mg/m2").milligrams(70, 1.8) == 9
    assert Amount(5.0, "mg").per_kg(20) == 0.25
    with pytest.raises(NicheError, match="dose per body surface: say the surface"):
        Amount(5.0, "mg/m2").milligrams(70)
    with pytest.raises(NicheError, match="not one dose"):
        Amount(5.0, "mg/kg/day").milligrams(70)


def test_what_has_been_read_passes_the_door_as_it_is():
    step = Protocol(28).dose("OPG-Fc", "3 mg/kg", every=7).steps[0]
    assert Protocol(28).dose("OPG-Fc", step.amount, every=7).steps[0] == step
    with pytest.raises(NicheError, match="no amount in mg/kg/day"):
        Protocol(28).infuse("isoprenaline", step.amount)
    plan = regimen("60 mg sc every 4 weeks")
    assert Protocol(28).regimen("denosumab", plan) == Protocol(28).regimen("denosumab", "60 mg sc every 4 weeks")
    assert pickle.loads(pickle.dumps(Protocol(28).regimen("denosumab", plan))) == Protocol(28).regimen(
        "denosumab", plan
    )


def test_a_longer_protocol_goes_on_with_a_regimen_that_says_no_end():
    short = Protocol(28).regimen("denosumab", "60 mg sc every 4 weeks")
    assert Protocol(280, short.steps) == Protocol(280).regimen("denosumab", "60 mg sc every 4 weeks")


# --- per body surface


def test_the_surface_of_mosteller():
    """The root of height [cm] times weight [kg] over 3600 (doi:10.1056/NEJM198710223171717)."""
    assert mosteller(180, 80) == 2
    assert mosteller(160, 90) == 2
    assert mosteller(90, 10) == 0.5
    assert mosteller(170, 70) == pytest.approx(1.8181, abs=1e-4)


def test_a_dose_per_surface_is_that_of_the_stated_surface():
    plain = levels("docetaxel", "96 mg iv over 1 h", 2, at=[0.1, 1.0])
    stated = levels("docetaxel", "60 mg/m2 iv over 1 h", 2, at=[0.1, 1.0], surface=1.6)
    np.testing.assert_array_equal(stated.mass, plain.mass)
    tall = levels("docetaxel", "60 mg/m2 iv over 1 h", 2, at=[0.1, 1.0], height=170, weight=70)
    np.testing.assert_allclose(tall.mass / plain.mass, 1.8181 * 60 / 96, rtol=1e-4)
    people = levels("docetaxel", "60 mg/m2 iv", 2, at=[0.0], people=2, surface=np.array([1.5, 3.0]))
    same = levels("docetaxel", "90 mg iv", 2, at=[0.0], people=2)
    np.testing.assert_allclose(people.mass / same.mass, [[1.0], [2.0]])


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, r"say the surface \[m2\], or height \[cm\] and weight \[kg\], or write the dose in mg"),
        ({"height": 170}, "its source does not say how heavy its people were; give the weight too"),
        ({"height": 170, "weight": 70, "surface": 1.8}, "not both"),
        ({"height": 1.7, "weight": 70}, "a height must be above 20 cm"),
        ({"surface": 0}, "a body surface must be above 0 m2"),
        ({"surface": -1.8}, "a body surface must be above 0 m2"),
        ({"surface": 18_000}, "at most 5"),
        ({"surface": "1.8"}, r"a body surface is a number \[m2\]"),
        ({"surface": [1.8, 1.7]}, "one for each of 1 people"),
    ],
)
def test_a_dose_per_surface_without_one_says_what_to_give(more, says):
    with pytest.raises(NicheError, match=says):
        levels("docetaxel", "75 mg/m2 iv", 2, **more)


def test_no_formula_is_guessed_for_animals():
    with pytest.raises(NicheError, match="of people only; for a mouse say it"):
        levels("mouse IgG1", "1 mg/m2 iv", 2, height=50, weight=0.025)
    said = levels("mouse IgG1", "1 mg/m2 iv", 2, surface=0.007, weight=0.02, at=[0.0])
    np.testing.assert_allclose(said.mass, levels("mouse IgG1", "7 ug iv", 2, weight=0.02, at=[0.0]).mass)


def test_a_host_has_a_surface_if_it_is_stated():
    given = Protocol(21).regimen("docetaxel", "60 mg/m2 iv over 1 h", surface=1.6)
    assert given == Protocol(21).regimen("docetaxel", "96 mg iv over 1 h")
    with pytest.raises(NicheError, match=r"say the surface \[m2\], as in surface=1.8"):
        Protocol(21).regimen("docetaxel", "60 mg/m2 iv over 1 h")
    with pytest.raises(NicheError, match="at most 5 m2"):
        Protocol(21).regimen("docetaxel", "60 mg/m2 iv over 1 h", surface=16)


# --- beyond the sources, after the end, none, too many


def test_far_beyond_the_source_is_refused_unless_it_is_meant():
    assert levels("propranolol", "16 g po", 1).warnings  # a hundred times 160 mg
    with pytest.raises(
        NicheError, match="16001 mg is 100 times 160 mg, the most that its source used; nothing is known"
    ):
        levels("propranolol", "16001 mg po", 1)
    assert "outside the doses" in levels("propranolol", "16001 mg po", 1, beyond_sources=True).warnings[0]
    with pytest.raises(NicheError, match="Is the unit right"):
        niche.simulate(PEOPLE, Protocol(2).regimen("propranolol", "40 g po"))
    niche.simulate(PEOPLE, Protocol(2).regimen("propranolol", "40 g po", beyond_sources=True))
    mice = niche.hosts("mouse", draws=1, posterior="prior")
    for far in (
        lambda sure: Protocol(2).dose("zoledronate", "101 mg/kg", beyond_sources=sure),
        lambda sure: Protocol(2).infuse("propranolol", "10001 mg/kg/day", beyond_sources=sure),
    ):
        with pytest.raises(NicheError, match=r"the most that its source used: 10\d times as much"):
            niche.simulate(mice, far(False))
        assert "the most that its source used" in niche.simulate(mice, far(True)).attrs["warnings"]


def test_a_dose_after_the_end_is_refused_wherever_it_is_given():
    for text in ("60 mg sc on day 400", "60 mg sc every 6 months x 4", "60 mg sc then 60 mg on day 400"):
        with pytest.raises(NicheError, match="after the end"):
            levels("denosumab", text, 365)
        with pytest.raises(NicheError, match="after the end"):
            Protocol(365).regimen("denosumab", text)
    assert levels("denosumab", "60 mg sc on day 365", 365).mass[0, -1] == 0  # the last day itself belongs to it


def test_a_placebo_is_no_dose_and_no_warning():
    found = levels("rimegepant", "0 mg po daily", 5, people=3)  # absorbed the more the larger the dose
    assert (found.mass == 0).all()
    assert (found.occupancy("CGRP receptor") == 0).all()
    assert found.warnings == ()


def test_people_are_counted_from_one_and_fit_into_memory():
    for people in (0, -1, 2.5, True, "5", [1, 2], np.array([[1]]), np.array([])):
        with pytest.raises(NicheError, match="people must be a whole number of at least 1"):
            levels("atenolol", "50 mg po", 2, people=people)
    with pytest.raises(NicheError, match="GB of memory"):
        levels("atenolol", "50 mg po", 2, people=10**12)
    assert len(levels("atenolol", "50 mg po", 2, people=np.array([3, 5])).mass) == 2


def test_people_solved_in_parts_are_those_solved_at_once_and_progress_is_told(monkeypatch):
    from niche.kinetics import profiles

    at, told = [0.5, 1.0, 2.0], []
    whole = levels("denosumab", "60 mg sc then 30 mg every day", 2, at=at, people=10)
    monkeypatch.setattr(profiles, "_AT_A_TIME", 4000.0)
    parts = levels(
        "denosumab", "60 mg sc then 30 mg every day", 2, at=at, people=10, progress=lambda *n: told.append(n)
    )
    np.testing.assert_array_equal(parts.mass, whole.mass)
    assert len(told) > 1
    assert told[-1] == (10, 10)


def test_drug_runs_in_until_the_next_dose_of_a_cycle_where_it_is_averaged():
    """Areas are those of the doses; days 4 to 14 share one dose out."""
    text, at = "50 mg po on days 0, 2, 4 of every 14 days x 2", np.linspace(0, 60, 24001)
    doses, steady = (levels("atenolol", text, 60, at=at, averaged=averaged).mass[0] for averaged in (False, True))
    assert np.trapezoid(steady, at) == pytest.approx(np.trapezoid(doses, at), rel=1e-3)
    late, early = (steady[np.searchsorted(at, day)] for day in (13.9, 3.9))
    assert late / early == pytest.approx(2 / 10, rel=1e-2)


# --- cohorts with a run-in


def test_a_cohort_with_a_run_in_can_have_a_single_dose():
    late = Cohort({"breast cancer patient": 1.0}, True, 28.0)

    def times(text):
        (step,) = [s for s in late.protocol((("zoledronate", text),), 200).steps if s.verb == "dose"]
        return step.times

    assert times("4 mg iv") == (28,)
    assert times("4 mg iv every 4 weeks x 2") == (28, 56)
    assert times("4 mg iv every 4 weeks from day 0 x 2") == (0, 28)  # taken at its word
    assert times("4 mg iv on day 30") == (30,)
    early = Cohort({"breast cancer patient": 1.0}, False)
    assert early.protocol((("zoledronate", "4 mg iv"),), 200).steps[-1].times == (0,)
