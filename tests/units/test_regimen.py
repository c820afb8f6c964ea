"""Regimens as people write them, and what is refused."""

import pytest

from niche.errors import NicheError
from niche.kinetics import regimen
from niche.kinetics.regimens import check_together


@pytest.mark.parametrize(
    ("text", "amount", "per_kg", "route", "times", "over"),
    [
        ("120 mg sc every 4 weeks from day 28 for 12 weeks", 120, False, "sc", (28, 56, 84), 0),
        ("60 mg subcutaneous every 6 months x 3", 60, False, "sc", (0, 182.625, 365.25), 0),
        ("1.5 mg/kg po every 12 h for 1 day", 1.5, True, "po", (0, 0.5), 0),
        ("0.5 g oral daily x 2", 500, False, "po", (0, 1), 0),
        ("40 mg po twice daily from 2 weeks x 3", 40, False, "po", (14, 14.5, 15), 0),
        ("100 ug/kg ip weekly for 2 weeks", 0.1, True, "ip", (0, 7), 0),
        ("4 mg iv over 15 min every 4 weeks x 2", 4, False, "iv", (0, 28), 15 / 1440),
        ("125 mg po on day 7", 125, False, "po", (7,), 0),
        ("10 mg IV", 10, False, "iv", (0,), 0),
        ("10 mg iv every week 3 doses", 10, False, "iv", (0, 7, 14), 0),
    ],
)
def test_what_people_write(text, amount, per_kg, route, times, over):
    found = regimen(text)
    assert found.amount == pytest.approx(amount)
    assert (found.per_kg, found.route) == (per_kg, route)
    assert found.times == pytest.approx(times)
    assert found.over == pytest.approx(over)


def test_an_open_end_is_that_of_the_simulation():
    assert regimen("1 mg iv every 10 days from day 5", until=40).times == (5, 15, 25, 35)
    assert regimen("1 mg iv every 10 days", until=40).times == (0, 10, 20, 30)  # the end itself treats nobody
    with pytest.raises(NicheError, match="repeats without an end"):
        regimen("1 mg iv every 10 days")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("120 sc every 4 weeks", "begin with a dose that has a unit and a route"),
        ("120 mg every 4 weeks", "unknown route 'every'"),
        ("120 mg", "begin with a dose that has a unit and a route"),
        ("120 mg subcutanous x 2", "did you mean 'subcutaneous'"),
        ("120 mL sc", "unit 'mL'"),
        ("-5 mg iv", "a dose cannot be negative"),
        ("5 mg iv every 0 days x 2", "interval between doses must be above 0"),
        ("5 mg iv every -1 days x 2", "cannot read 'every -1 days x 2'"),
        ("5 mg iv daily every 4 weeks x 2", "says twice when it is given"),
        ("5 mg iv for 2 weeks", "needs to know how often"),
        ("5 mg iv daily x 2 for 2 weeks", "both for how long and how many times"),
        ("5 mg iv daily x 2 x 3", "says 'times' twice"),
        ("5 mg po over 15 min", "only an intravenous dose runs in over a time"),
        ("5 mg iv over 2 days daily x 2", "runs in over 2 days is given every 1 days"),
        ("5 mg iv every fortnight x 2", "unit symbol"),
        ("5 mg iv daily x 0", "0 doses"),
        ("5 mg iv daily, please", "cannot read 'daily, please'"),
        (5, "a regimen is text"),
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
