"""What is done to a host: each step lands on its days in its unit, and what cannot be meant is refused."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from niche import Protocol
from niche.amounts import Amount
from niche.errors import NicheError
from niche.params.layers import read_registry

law = settings(deadline=None, derandomize=True)
FOUR_WEEKS = Protocol(28)


def refused(build, *said):
    with pytest.raises(NicheError) as error:
        build()
    for words in said:
        assert words in str(error.value)


@pytest.mark.parametrize(("days", "length"), [(14, 14), (0.5, 0.5), ("2 weeks", 14), ("36 h", 1.5), (np.int64(3), 3)])
def test_length(days, length):
    assert Protocol(days).days == length


@pytest.mark.parametrize("days", [0, -1, "0 h", "-3 days", math.nan, math.inf, "14", "14 mg", None, True, [14], ""])
def test_a_protocol_needs_a_length(days):
    with pytest.raises(NicheError):
        Protocol(days)


def test_steps_are_kept_as_said_and_the_protocol_itself_never_changes():
    step = FOUR_WEEKS.infuse("isoprenaline", "5 ug/g/day", start="1 week", stop=21).steps[0]
    assert (step.verb, step.name, step.start, step.stop) == ("infuse", "isoprenaline", 7, 21)
    assert step.amount == Amount(5.0, "mg/kg/day")
    assert FOUR_WEEKS.infuse("PTH", "1 nM/day").steps[0].value == pytest.approx(1000)  # pM/day
    assert FOUR_WEEKS.stress("300 %").steps[0].amount == FOUR_WEEKS.stress(3).steps[0].amount == Amount(3.0, "1")
    assert FOUR_WEEKS.seed("intratibial", day="2 days").steps[0].times == (2,)
    assert [s.name for s in FOUR_WEEKS.genotype("Adrb1-/-", "Adrb2-/-").steps] == ["Adrb1-/-", "Adrb2-/-"]
    assert FOUR_WEEKS.steps == ()


UNKNOWN = {
    "drug, infused": (lambda: FOUR_WEEKS.infuse("isoproterenol", "5 mg/kg/day"), "drug", "isoprenaline"),
    "drug, dosed": (lambda: FOUR_WEEKS.dose("zoledronat", "1 mg/kg"), "drug", "zoledronate"),
    "ligand": (lambda: FOUR_WEEKS.infuse("TGFbeta", "1 pM"), "drug", "TGF-beta"),
    "route": (lambda: FOUR_WEEKS.seed("intracardial"), "route", "intracardiac"),
    "diet": (lambda: FOUR_WEEKS.diet("low-calcium"), "diet", "low calcium"),
    "surgery": (lambda: FOUR_WEEKS.surgery("ovariectomie"), "surgery", "ovariectomy"),
    "genotype": (lambda: FOUR_WEEKS.genotype("Adrb2-/-", "Adrb4-/-"), "genotype", "Adrb"),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_an_unknown_name_gets_the_nearest(what):
    build, kind, near = UNKNOWN[what]
    refused(build, f"unknown {kind}", f"did you mean '{near}")


@pytest.mark.parametrize("name", [None, 3, "", ["isoprenaline"]])
def test_a_name_that_is_no_text_is_unknown(name):
    refused(lambda: FOUR_WEEKS.infuse(name, "5 mg/kg/day"), "unknown drug")
    refused(lambda: FOUR_WEEKS.dose(name, "5 mg/kg"), "unknown drug")
    refused(lambda: FOUR_WEEKS.seed(name), "unknown route")
    refused(lambda: FOUR_WEEKS.diet(name), "unknown diet")
    refused(lambda: FOUR_WEEKS.genotype(name), "unknown genotype")


def test_a_condition_is_asked_for_by_its_own_verb():
    refused(lambda: FOUR_WEEKS.diet("ovariectomy"), "unknown diet")
    refused(lambda: FOUR_WEEKS.surgery("Adrb2-/-"), "unknown surgery")
    refused(lambda: FOUR_WEEKS.genotype(), "name at least one")


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("-5 mg/kg/day", "cannot be negative"),
        ("5", "has no unit; write it like '1 mg/kg/day'"),
        (5, "has no unit"),
        (None, "has no unit"),
        ("5 mg/kg", "expected something like 'mg/kg/day'"),
        ("5 mg/day", "expected something like 'mg/kg/day'"),
        ("5 kg/mg/day", "expected something like 'mg/kg/day'"),
        ("5 pM/day", "expected something like 'mg/kg/day'"),
        ("1e400 mg/kg/day", "must be finite"),
        ("nan mg/kg/day", "has no unit"),
    ],
)
def test_an_infusion_is_an_amount_with_its_unit(amount, said):
    refused(lambda: FOUR_WEEKS.infuse("isoprenaline", amount), "isoprenaline", said)


@pytest.mark.parametrize(
    ("name", "unit"), [("PTH", "pM"), ("RANKL", "mg/kg/day"), ("OPG", "nM"), ("TGF-beta", "pM/day")]
)
def test_a_ligand_is_infused_in_its_own_unit(name, unit):
    refused(lambda: FOUR_WEEKS.infuse(name, f"5 {unit}"), name, "expected something like")
    refused(lambda: FOUR_WEEKS.dose(name, "5 mg/kg"), name, "use .infuse")


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("-3 mg/kg", "cannot be negative"),
        ("-3 mg", "cannot be negative"),
        ("3", "has no unit"),
        (3, "has no unit"),
        (None, "has no unit"),
        ("3 mg/kg/day", "expected something like 'mg/kg'"),
        ("3 kg/mg", "expected something like 'mg/kg'"),
        ("3 mL", "expected something like 'mg/kg' or 'mg'"),
        ("3 nM", "expected something like 'mg/kg' or 'mg'"),
        ("3 mg/mouse", "unknown unit symbol"),
        ("1e400 mg/kg", "must be finite"),
    ],
)
def test_a_dose_is_an_amount_with_its_unit(amount, said):
    refused(lambda: FOUR_WEEKS.dose("OPG-Fc", amount), "OPG-Fc", said)


@pytest.mark.parametrize("level", [-1, "-2 fold", math.nan, math.inf, "3", "3 mg", None, True, [3]])
def test_a_stress_is_a_level_of_at_least_0(level):
    refused(lambda: FOUR_WEEKS.stress(level), "stress")


def test_a_lasting_drug_is_infused_and_another_dosed():
    refused(lambda: FOUR_WEEKS.dose("propranolol", "2 mg/kg"), "given as a lasting level: use .infuse('propranolol'")
    refused(lambda: FOUR_WEEKS.infuse("zoledronate", "1 mg/kg/day"), "given in doses: use .dose('zoledronate'")


VERBS = {
    "infuse start": lambda t: FOUR_WEEKS.infuse("isoprenaline", "5 mg/kg/day", start=t),
    "infuse stop": lambda t: FOUR_WEEKS.infuse("isoprenaline", "5 mg/kg/day", stop=t),
    "dose day": lambda t: FOUR_WEEKS.dose("zoledronate", "1 mg/kg", day=t),
    "dose until": lambda t: FOUR_WEEKS.dose("zoledronate", "1 mg/kg", every=1, until=t),
    "seed": lambda t: FOUR_WEEKS.seed(day=t),
    "stress": lambda t: FOUR_WEEKS.stress(2, start=t),
    "diet": lambda t: FOUR_WEEKS.diet("low calcium", start=t),
    "surgery": lambda t: FOUR_WEEKS.surgery("ovariectomy", day=t),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("day", [28.001, 29, "5 weeks", -0.001, "-1 h"])
def test_a_day_outside_the_protocol_is_refused(verb, day):
    refused(lambda: VERBS[verb](day), "outside the protocol, which runs from day 0 to day 28")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("day", ["7", "7 mg", "", math.nan, math.inf, True, [7]])
def test_a_day_that_is_no_time_is_refused(verb, day):
    refused(lambda: VERBS[verb](day))


@pytest.mark.parametrize("verb", [v for v in VERBS if v != "infuse stop"])
@pytest.mark.parametrize("day", [0, 28, "4 weeks"])
def test_the_first_and_the_last_day_belong_to_the_protocol(verb, day):
    VERBS[verb](day)


@pytest.mark.parametrize(("start", "stop"), [(7, 7), (7, 6), (0, 0), ("1 week", "7 days")])
def test_what_stops_before_it_starts_is_refused(start, stop):
    refused(lambda: FOUR_WEEKS.infuse("PTH", "5 pM/day", start, stop), "PTH stops on day", "not after its start")


def test_a_protocol_cannot_be_cut_shorter_than_its_steps():
    protocol = FOUR_WEEKS.dose("zoledronate", "1 mg/kg", every=7)
    refused(lambda: replace(protocol, days=20), "dose zoledronate goes beyond the end of the protocol on day 20")


def times(protocol=FOUR_WEEKS, **options):
    return protocol.dose("OPG-Fc", "3 mg/kg", **options).steps[0].times


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (0,)),
        ({"day": 28}, (28,)),
        ({"every": 7}, (0, 7, 14, 21, 28)),
        ({"every": "1 week", "until": 20}, (0, 7, 14)),
        ({"every": 7, "until": "3 weeks"}, (0, 7, 14, 21)),
        ({"day": 1, "every": "9 days"}, (1, 10, 19, 28)),
        ({"day": 3, "every": 7, "until": 3}, (3,)),
        ({"every": 100}, (0,)),
        ({"day": 28, "every": 1}, (28,)),
    ],
)
def test_repeated_doses_by_hand(options, expected):
    assert times(**options) == expected


@pytest.mark.parametrize(
    ("every", "count"), [(0.1, 281), (0.7, 41), ("1 h", 673), ("7 h", 97), ("56 h", 13), (1 / 3, 85), ("5 min", 8065)]
)
def test_repeated_doses_are_counted_exactly(every, count):
    found = times(every=every)
    assert len(found) == count
    assert found[-1] == 28
    assert found[0] == 0


@law
@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 50), st.integers(1, 24))
def test_the_count_of_doses_is_that_of_exact_fractions(length, gap, first, unit):
    """Lengths, gaps and starts in n-ths of a day, counted with fractions."""
    first = min(first, length)
    found = times(Protocol(length / unit), day=first / unit, every=gap / unit)
    assert len(found) == (length - first) // gap + 1
    assert found[-1] <= length / unit
    for i, t in enumerate(found):
        assert t == pytest.approx(float(Fraction(first + i * gap, unit)), abs=1e-9)


@pytest.mark.parametrize("every", [0, -1, "0 h", "-1 week", math.nan, "7", True, [7]])
def test_an_interval_between_doses_is_above_0(every):
    refused(lambda: times(every=every))


def test_repeats_that_cannot_be_meant_are_refused():
    refused(lambda: times(every="1 s"), "more than 10000 doses")
    refused(lambda: times(until=14), "say every=... too")
    refused(lambda: times(day=14, every=1, until=7), "doses until day 7 end before the first on day 14")


TRAPS = [d.name for d in read_registry().drugs.values() if d.slot == "rankl_trap"]


def test_two_traps_in_one_slot_are_refused_whenever_they_are_given():
    """They share states and numbers: the second's kinetics would be the first's too."""
    a, b = TRAPS[:2]
    refused(lambda: FOUR_WEEKS.dose(a, "1 mg/kg").dose(b, "1 mg/kg", day=20), a, b, "share the slot 'rankl_trap'")
    FOUR_WEEKS.dose(a, "1 mg/kg").dose(a, "2 mg/kg", day=20).dose("1D11", "1 mg/kg").dose("zoledronate", "1 mg/kg")


def test_two_agonists_are_given_one_after_the_other():
    """The model has one efficacy for all agonist there is."""
    first = FOUR_WEEKS.infuse("isoprenaline", "5 mg/kg/day", stop=14)
    refused(lambda: first.infuse("clenbuterol", "1 mg/kg/day", start=13), "both agonists: give one of them at a time")
    assert len(first.infuse("clenbuterol", "1 mg/kg/day", start=14).steps) == 2
    first.infuse("isoprenaline", "5 mg/kg/day").infuse("propranolol", "5 mg/kg/day").infuse("atenolol", "1 mg/kg/day")


def test_a_condition_is_not_in_force_twice():
    diet = FOUR_WEEKS.diet("low calcium", 0, 14)
    refused(lambda: diet.diet("low calcium", 7), "low calcium is in force already, from day 0")
    refused(lambda: FOUR_WEEKS.genotype("Adrb2-/-", "Adrb2-/-"), "Adrb2-/- is in force already")
    refused(lambda: FOUR_WEEKS.surgery("ovariectomy").surgery("ovariectomy", 5), "ovariectomy is in force already")
    assert len(diet.diet("low calcium", 14).diet("vitamin D-free").steps) == 3
