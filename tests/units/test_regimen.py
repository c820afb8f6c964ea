"""Regimens as people write them, what they come to, and what is refused."""

import pytest

from niche.amounts import Amount
from niche.errors import NicheError
from niche.kinetics import regimen
from niche.kinetics.doses import Doses, check_together

DAYS = {"day": 1, "daily": 1, "every day": 1, "once daily": 1, "once a day": 1, "qd": 1, "q.d.": 1, "q24h": 1}
DAYS |= {"twice daily": 0.5, "twice a day": 0.5, "two times a day": 0.5, "2x daily": 0.5, "bid": 0.5, "b.i.d.": 0.5}
DAYS |= {"BID": 0.5, "bd": 0.5, "every 12 h": 0.5, "every 12 hours": 0.5, "q12h": 0.5, "q 12 hrs": 0.5}
DAYS |= {"three times a day": 1 / 3, "three times daily": 1 / 3, "tid": 1 / 3, "tds": 1 / 3, "q8h": 1 / 3}
DAYS |= {"qid": 0.25, "four times a day": 0.25, "every six hours": 0.25, "q6h": 0.25}
DAYS |= {"qod": 2, "every other day": 2, "every second day": 2, "every 2 days": 2, "q2d": 2, "every 48 hrs": 2}
DAYS |= {"weekly": 7, "every week": 7, "once a week": 7, "once weekly": 7, "qw": 7, "q1w": 7, "q7d": 7, "each week": 7}
DAYS |= {"twice a week": 3.5, "twice weekly": 3.5, "2 times per week": 3.5, "2x/week": 3.5}
DAYS |= {"three times a week": 7 / 3, "thrice weekly": 7 / 3, "3 times a week": 7 / 3, "five times a week": 1.4}
DAYS |= {"every other week": 14, "every fortnight": 14, "fortnightly": 14, "q2w": 14, "Q2W": 14, "every 2 wks": 14}
DAYS |= {"q4w": 28, "q4wk": 28, "q28d": 28, "every four weeks": 28, "once every 4 weeks": 28}
DAYS |= {"monthly": 30.4375, "every month": 30.4375, "every 6 months": 182.625, "q6mo": 182.625, "yearly": 365.25}
DAYS |= {"every 90 min": 0.0625, "every 90 minutes": 0.0625, "every 0.5 days": 0.5, "every 1e1 days": 10}
del DAYS["day"]


@pytest.mark.parametrize("often", DAYS)
def test_how_often(often):
    found = regimen(f"5 mg po {often} x 3")
    assert found.times == pytest.approx([0, DAYS[often], 2 * DAYS[often]], rel=1e-14)
    assert regimen(f"5 mg {often} by mouth for 3 doses") == found


WRITTEN = [
    # text, amount, unit, route, days, over
    ("120 mg sc every 4 weeks from day 28 for 12 weeks", 120, "mg", "sc", (28, 56, 84), 0),
    ("60 mg subcutaneous every 6 months x 3", 60, "mg", "sc", (0, 182.625, 365.25), 0),
    ("1.5 mg/kg po every 12 h for 1 day", 1.5, "mg/kg", "po", (0, 0.5), 0),
    ("0.5 g oral daily x 2", 500, "mg", "po", (0, 1), 0),
    ("40 mg po twice daily from 2 weeks x 3", 40, "mg", "po", (14, 14.5, 15), 0),
    ("100 ug/kg ip weekly for 2 weeks", 0.1, "mg/kg", "ip", (0, 7), 0),
    ("4 mg iv over 15 min every 4 weeks x 2", 4, "mg", "iv", (0, 28), 15 / 1440),
    ("4 mg IV over 15 minutes q4w x 2", 4, "mg", "iv", (0, 28), 15 / 1440),
    ("125 mg po on day 7", 125, "mg", "po", (7,), 0),
    ("10 mg IV", 10, "mg", "iv", (0,), 0),
    ("10 mg iv once", 10, "mg", "iv", (0,), 0),
    ("10 mg iv every week 3 doses", 10, "mg", "iv", (0, 7, 14), 0),
    ("40 mcg p.o. daily x 2", 0.04, "mg", "po", (0, 1), 0),
    ("40 \u00b5g/kg i.p. daily \u00d7 2", 0.04, "mg/kg", "ip", (0, 1), 0),
    ("60 mg s.c. every 6 months x 2", 60, "mg", "sc", (0, 182.625), 0),
    ("75 mg/m2 iv over 1 h every 3 weeks x 2", 75, "mg/m2", "iv", (0, 21), 1 / 24),
    ("75 mg per m\u00b2 iv over 60 min every 3 wk x 2", 75, "mg/m2", "iv", (0, 21), 1 / 24),
    ("3 mg kg\u207b\u00b9 ip weekly x 2", 3, "mg/kg", "ip", (0, 7), 0),
    ("5 mg po daily x 3 days", 5, "mg", "po", (0, 1, 2), 0),
    ("5 mg po daily for a week", 5, "mg", "po", tuple(range(7)), 0),
    ("5 mg po daily from day 3 until day 6", 5, "mg", "po", (3, 4, 5, 6), 0),
    ("5 mg po daily starting on day 3 to day 6", 5, "mg", "po", (3, 4, 5, 6), 0),
    ("5 mg po weekly until 3 weeks", 5, "mg", "po", (0, 7, 14, 21), 0),
    # days of a list are those of the simulation, whose first is day 0
    ("120 mg sc on day 1, 8, 15", 120, "mg", "sc", (1, 8, 15), 0),
    ("120 mg sc on days 1, 8 and 15", 120, "mg", "sc", (1, 8, 15), 0),
    ("120 mg sc days 1 8 15", 120, "mg", "sc", (1, 8, 15), 0),
    ("120 mg sc d1,8,15", 120, "mg", "sc", (1, 8, 15), 0),
    ("120 mg sc d1, d8, d15", 120, "mg", "sc", (1, 8, 15), 0),
    ("120 mg sc on days 15, 1, 8", 120, "mg", "sc", (1, 8, 15), 0),
    ("120 mg sc at weeks 0, 4 and 8", 120, "mg", "sc", (0, 28, 56), 0),
    ("5 mg po on days 1-5", 5, "mg", "po", (1, 2, 3, 4, 5), 0),
    ("5 mg po on days 1 to 3, 8 to 10", 5, "mg", "po", (1, 2, 3, 8, 9, 10), 0),
    ("5 mg po twice daily on days 1-2", 5, "mg", "po", (1, 1.5, 2, 2.5), 0),
    # cycles
    ("75 mg iv on days 1, 8, 15 of every 28 days x 2", 75, "mg", "iv", (1, 8, 15, 29, 36, 43), 0),
    ("75 mg iv days 1 8 15 of every 28 days for 2 cycles", 75, "mg", "iv", (1, 8, 15, 29, 36, 43), 0),
    ("75 mg iv d1,8,15 q28d for 4 doses", 75, "mg", "iv", (1, 8, 15, 29), 0),
    ("75 mg iv d1,8,15 q4w from day 100 for 5 weeks", 75, "mg", "iv", (101, 108, 115, 129), 0),
    ("75 mg iv on days 1-3 of a 21 day cycle for 2 cycles", 75, "mg", "iv", (1, 2, 3, 22, 23, 24), 0),
    ("5 mg iv on day 7 every 4 weeks x 2", 5, "mg", "iv", (7, 35), 0),
]


@pytest.mark.parametrize(("text", "value", "unit", "route", "times", "over"), WRITTEN)
def test_what_people_write(text, value, unit, route, times, over):
    (found,) = regimen(text).parts
    assert found.amount.value == pytest.approx(value, rel=1e-14)
    assert (found.amount.unit, found.route) == (unit, route)
    assert found.times == pytest.approx(times, rel=1e-14)
    assert found.over == pytest.approx(over, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "doses"),
    [
        ("8 mg/kg iv then 6 mg/kg every 3 weeks x 2", [(0, 8), (21, 6), (42, 6)]),
        ("8 mg/kg then 6 mg/kg iv every 3 weeks x 2", [(0, 8), (21, 6), (42, 6)]),
        ("8 mg/kg iv, then 6 mg/kg every 3 weeks x 2", [(0, 8), (21, 6), (42, 6)]),
        ("8 mg/kg iv followed by 6 mg/kg iv q3w x 2", [(0, 8), (21, 6), (42, 6)]),
        ("8 mg/kg iv on day 7 then 6 mg/kg every 3 weeks x 2", [(7, 8), (28, 6), (49, 6)]),
        ("8 mg/kg iv then 6 mg/kg every 3 weeks from day 10 x 2", [(0, 8), (10, 6), (31, 6)]),
        # secukinumab, ustekinumab: the interval of the later doses counts from the last of the first
        ("3 mg sc every week x 3 then every 4 weeks x 2", [(0, 3), (7, 3), (14, 3), (42, 3), (70, 3)]),
        ("3 mg sc at weeks 0, 4 then every 12 weeks x 2", [(0, 3), (28, 3), (112, 3), (196, 3)]),
        # a stretch of which the end is said ends there
        ("3 mg po daily for 2 days then 6 mg weekly x 2", [(0, 3), (1, 3), (2, 6), (9, 6)]),
        ("3 mg po every 4 weeks for 8 weeks then 6 mg every 12 weeks x 2", [(0, 3), (28, 3), (56, 6), (140, 6)]),
        ("3 mg po daily then 6 mg po weekly from day 2 x 1", [(0, 3), (1, 3), (2, 6)]),
        ("160 mg sc then 80 mg on day 14 then 40 mg every 2 weeks x 2", [(0, 160), (14, 80), (28, 40), (42, 40)]),
    ],
)
def test_a_dose_then_another(text, doses):
    found = regimen(text)
    assert [(t, part.amount.value) for part in found.parts for t in part.times] == doses
    assert regimen(str(found)) == found


def test_what_is_not_said_of_a_later_stretch_is_that_of_the_one_before():
    first, later = regimen("8 mg/kg iv over 90 min then 6 mg/kg every 3 weeks x 2").parts
    assert (later.route, later.over) == (first.route, first.over) == ("iv", pytest.approx(1.5 / 24))
    _, later = regimen("8 mg/kg iv over 90 min then 6 mg/kg over 30 min every 3 weeks x 2").parts
    assert later.over == pytest.approx(0.5 / 24)
    _, later = regimen("8 mg/kg iv over 90 min then 6 mg/kg iv every 3 weeks x 2").parts
    assert later.over == 0


def test_an_open_end_is_that_of_the_simulation():
    assert regimen("1 mg iv every 10 days from day 5", until=40).times == (5, 15, 25, 35)
    assert regimen("1 mg iv every 10 days", until=40).times == (0, 10, 20, 30)  # the end itself treats nobody
    assert regimen("1 mg iv every 10 days until day 30", until=99).times == (0, 10, 20, 30)  # a day that is named does
    assert regimen("1 mg iv d1,8 q28d", until=40).times == (1, 8, 29, 36)
    assert regimen("2 mg iv then 1 mg every 10 days", until=40).times == (0, 10, 20, 30)
    with pytest.raises(NicheError, match="repeats without an end"):
        _ = regimen("1 mg iv every 10 days").times


def test_one_that_does_not_say_when_it_begins_begins_with_treatment():
    for text, times in [
        ("4 mg iv", (28,)),
        ("4 mg iv every 4 weeks x 2", (28, 56)),
        ("4 mg iv d1,8 q28d for 3 doses", (29, 36, 57)),
        ("8 mg iv then 4 mg every 3 weeks x 2", (28, 49, 70)),
        ("4 mg iv on day 7", (7,)),
        ("4 mg iv on days 1, 8", (1, 8)),
        ("4 mg iv every 4 weeks from day 0 x 2", (0, 28)),
        ("8 mg iv on day 3 then 4 mg every 3 weeks x 2", (3, 24, 45)),
    ]:
        assert regimen(text).starting(28).times == pytest.approx(times), text
        assert regimen(str(regimen(text).starting(28))).times == pytest.approx(times), text


def test_the_same_once_read_is_written_the_same_way():
    for text, short in [
        ("120 mg subcutaneous every 28 days FROM day 28 for 2 years", "120 mg sc every 28 days from day 28 x 27"),
        ("40 mcg po bid", "0.04 mg po twice daily"),
        ("5 mg i.v. infusion over 15 minutes on day 0", "5 mg iv over 15 min on day 0"),
        ("75 mg per m2 iv d1,8,15 q28d x 6", "75 mg/m2 iv on days 1, 8, 15 of every 28 days for 18 doses"),
        ("1 mg po on days 1-5", "1 mg po on days 1-5"),
        ("8 mg/kg then 6 mg/kg iv q3w", "8 mg/kg iv then 6 mg/kg iv every 21 days from day 21"),
    ]:
        assert str(regimen(text)) == short
        assert regimen(short) == regimen(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("120 sc every 4 weeks", "begin with a dose that has a unit and a route"),
        ("120 mg every 4 weeks", "begin with a dose that has a unit and a route"),
        ("120 mg", "begin with a dose that has a unit and a route"),
        ("mg sc daily", "begin with a dose that has a unit and a route"),
        ("", "begin with a dose that has a unit and a route"),
        ("120 mg subcutanous x 2", "did you mean 'subcutaneous'"),
        ("120 mL sc", "unit 'mL'"),
        ("120 mg/kg/day po daily", "expected something like 'mg/kg' or 'mg' or 'mg/m2'"),
        ("1,5 mg sc", "begin with a dose that has a unit and a route"),
        ("1e400 mg sc", "must be finite"),
        ("-5 mg iv", "cannot be negative"),
        ("\u22125 mg iv", "cannot be negative"),
        ("5 mg iv every 0 days x 2", "interval between doses must be above 0"),
        ("5 mg iv q0d x 2", "interval between doses must be above 0"),
        ("5 mg iv every -1 days x 2", "cannot read 'every -1 days x 2'"),
        ("5 mg iv daily every 4 weeks x 2", "says twice when it is given"),
        ("5 mg iv bid tid", "says twice when it is given"),
        ("5 mg iv sc", "says 'route' twice"),
        ("5 mg iv for 2 weeks", "needs to know how often"),
        ("5 mg iv on day 7 x 3", "needs to know how often"),
        ("5 mg iv daily x 2 for 2 weeks", "both for how long and how many times"),
        ("5 mg iv daily x 2 x 3", "says 'times' twice"),
        ("5 mg iv daily x 2.5", "no number of doses"),
        ("5 mg iv zero times a day", "cannot read 'zero times a day'"),
        ("5 mg iv 0 times a day", "is never"),
        ("5 mg po over 15 min", "only an intravenous dose runs in over a time"),
        ("5 mg iv over 2 days daily x 2", "runs in over 2 days is given every 1 days"),
        ("5 mg iv over 2 days on days 1, 2", "runs in over 2 days is given every 1 days"),
        ("5 mg iv every fortnigth x 2", "did you mean 'fortnight'"),
        ("5 mg iv every 3 mL x 2", "unit 'mL' is length"),
        ("5 mg iv daily x 0", "0 doses"),
        ("5 mg iv every 1 s for 2 years", "between 1 and 20000 are possible"),
        ("5 mg iv daily from day 9 until day 3", "0 doses"),
        ("5 mg iv daily, please", "cannot read 'please'"),
        ("5 mg iv biweekly", "can be read in two ways"),
        ("5 mg iv q6m", "can be read in two ways"),
        ("5 mg iv prn", "can be read in two ways"),
        ("5 mg iv on days 1, 8, 8", "names a day twice"),
        ("5 mg iv on days 5-1", "no range of days"),
        ("5 mg iv on days 1-999", "400 are possible"),
        ("5 mg iv on days 1, 40 of every 28 days", "do not fit into 28 days"),
        ("5 mg iv then 6 mg", "when is the dose after 'then' given"),
        ("5 mg iv daily then 6 mg weekly", "for how long is the first given before 'then'"),
        ("5 mg iv daily x 9 then 6 mg weekly from day 3", "begins on day 3, before the first has ended"),
        ("5 mg iv then", "nothing follows 'then'"),
        ("5 mg iv " + "daily " * 5000, "longer than"),
        (5, "a regimen is text"),
        (None, "a regimen is text"),
        (["5 mg iv"], "a regimen is text"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, says):
    with pytest.raises(NicheError, match=says):
        regimen(text)


def test_two_regimens_at_once_contradict_each_other():
    first, later = regimen("60 mg sc every 4 weeks x 3"), regimen("120 mg sc every 4 weeks from day 56 x 2")
    with pytest.raises(NicheError, match="still runs on day 56"):
        check_together([first, later], "denosumab")
    check_together([first, regimen("120 mg sc every 4 weeks from day 84 x 2")], "denosumab")
    check_together([first, regimen("120 mg sc on day 56")], "denosumab")  # a loading dose is an addition
    with pytest.raises(NicheError, match="still runs on day 900"):
        check_together([regimen("60 mg sc daily"), regimen("60 mg sc daily from day 900")], "denosumab")  # no end said


def test_what_is_given_by_a_day():
    found = regimen("5 mg iv daily x 9 then 6 mg weekly x 2").given_by(3)
    assert found.times == (0, 1, 2, 3)
    assert regimen("5 mg iv d1,8 q28d x 3").given_by(30).times == (1, 8, 29)
    assert regimen("5 mg iv on days 1, 8, 15").given_by(8).times == (1, 8)
    with pytest.raises(NicheError, match="no dose by day 2"):
        regimen("5 mg iv on day 3").given_by(2)


def test_the_gap_of_a_cycle_is_a_mean_and_the_closest_the_shortest():
    cycle = Doses(Amount(1.0, "mg"), "iv", 0.0, (1.0, 8.0, 15.0), 28.0, 6)
    assert (cycle.gap, cycle.closest) == (pytest.approx(28 / 3), 7.0)
    assert cycle.last == 57.0  # when the next would come
    assert Doses(Amount(1.0, "mg"), "iv").closest is None
