"""Units: known conversions hold, dimensions are kept apart, and what cannot be read is refused with the reason."""

import contextlib
import math
from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from niche import units
from niche.errors import NicheError

# text, unit asked for, and the number that it is by definition of the SI or of the calendar
KNOWN = [
    ("1 ug/g/day", "mg/kg/day", 1),
    ("1 mg/g", "mg/kg", 1000),
    ("5 mg/kg/d", "mg/kg/day", 5),
    ("250 ng/g/h", "mg/kg/day", 6),
    ("1 kg/(mg day)", "g/(ug day)", 1),
    ("2 weeks", "day", 14),
    ("36 h", "day", 1.5),
    ("90 min", "h", 1.5),
    ("1 year", "day", 365.25),
    ("12 months", "year", 1),
    ("1 nM", "pM", 1000),
    ("1 nmol/L", "nM", 1),
    ("1 mol/m3", "mM", 1),
    ("1 pM", "fmol/mL", 1),
    ("150 kDa", "g/mol", 150_000),
    ("1 uM/min", "uM/day", 1440),
    ("4 mL/min", "L/day", 5.76),
    ("1 /h", "1/day", 24),
    ("1 s^-1", "1/day", 86_400),
    ("0.0131 1/h", "1/day", 0.3144),
    ("1 L/kg", "mL/kg", 1000),
    ("1 mg/mL", "g/L", 1),
    ("1 mm2", "um2", 1e6),
    ("1 cm^3", "mL", 1),
    ("50 %", "1", 0.5),
    ("3 fold", "1", 3),
    ("1 %/(pM day)", "%/(nM day)", 1000),
    ("-2.5e-1 day", "h", -6),
    ("15 minutes", "min", 15),
    ("90 mins", "h", 1.5),
    ("24 hrs", "day", 1),
    ("1 hr", "min", 60),
    ("24 HOURS", "day", 1),
    ("3 wk", "day", 21),
    ("3 wks", "week", 3),
    ("1 fortnight", "day", 14),
    ("6 mo", "month", 6),
    ("2 yrs", "year", 2),
    ("30 sec", "min", 0.5),
    ("40 mcg", "mg", 0.04),
    ("40 MCG", "ug", 40),
    ("40 micrograms", "mg", 0.04),
    ("40 MG", "mg", 40),
    ("2 mcL", "uL", 2),
    ("5 ml", "L", 0.005),
    ("5 litres", "L", 5),
    ("75 mg/m\u00b2", "mg/m2", 75),
    ("1 mm\u00b3", "uL", 1),
    ("\u22125 mg", "mg", -5),
    ("3 mg\u22c5kg\u207b\u00b9", "mg/kg", 3),
]


@pytest.mark.parametrize(("text", "unit", "number"), KNOWN)
def test_known_conversions(text, unit, number):
    assert units.quantity(text, unit) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "1 mg/kg/day",
        "1 mg/(kg day)",
        "1 mg/(kg*day)",
        "1 mg/(kg·day)",
        "1 mg kg^-1 day^-1",
        "1 mg·kg-1·d-1",
        " 1mg / kg / day ",
        "1 mg kg\u207b\u00b9 day\u207b\u00b9",
        "1 mg kg\u22121 d\u22121",
        "1 mg per kg per day",
        "1 MG/KG/DAY",
        "1 Mg/Kg/d",
        "1 mg/kg PER Day",
    ],
)
def test_one_unit_in_many_spellings(text):
    assert units.quantity(text, "mg/kg/day") == 1


def test_both_letters_that_look_like_mu_are_micro():
    assert units.quantity("7 \u00b5g/kg", "ug/kg") == units.quantity("7 \u03bcg/kg", "ug/kg") == 7


def test_a_bracket_is_one_term():
    assert units.read_unit("1/(pM/day)") == units.read_unit("day/pM")
    assert units.read_unit("(mg/kg)/day") == units.read_unit("mg/kg/day")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("mg/day", "mg/kg/day"),  # per host is not per body mass
        ("mg/kg", "mg/kg/day"),
        ("kg/(mg day)", "mg/(kg day)"),  # upside down
        ("mg/kg·day", "mg/kg/day"),  # reads mg/kg times day
        ("mg/mL", "mg/kg"),
        ("nm", "nM"),
        ("pM", "pM/day"),
        ("g", "mol"),
        ("m", "min"),
        ("mL", "mg"),
        ("%", "day"),
        ("1", "mg/kg"),
    ],
)
def test_wrong_dimension_is_refused_both_ways(given, expected):
    assert not units.fits(given, expected)
    for a, b in ((given, expected), (expected, given)):
        with pytest.raises(NicheError) as error:
            units.quantity(f"1 {a}", b, "the dose")
        assert "the dose" in str(error.value)
        assert repr(a) in str(error.value)
        assert repr(b) in str(error.value)


@pytest.mark.parametrize(
    "unit",
    [
        "",
        "  ",
        "mg//kg",
        "mg/",
        "mg/kg/day)",
        "(mg/kg",
        "mg/()",
        "mg^",
        "mg10",
        "mg^0",
        "10",
        "11",
        "12",
        "1 10 mg",
        "000 mg",
        "mg,kg",
        "mg+kg",
        "^2",
        "²",
    ],
)
def test_what_is_not_a_unit_is_refused(unit):
    with pytest.raises(NicheError, match="unit"):
        units.read_unit(unit)


@pytest.mark.parametrize(("symbol", "near"), [("dayz", "day"), ("wek", "week"), ("forthnight", "fortnight")])
def test_an_unknown_symbol_names_the_nearest(symbol, near):
    with pytest.raises(NicheError, match=f"the dose: unknown unit symbol .*{symbol!r}; did you mean '{near}"):
        units.quantity(f"3 {symbol}", "day", "the dose")


@pytest.mark.parametrize(
    "text",
    [
        5,
        5.0,
        None,
        True,
        "5",
        "5.0 ",
        "",
        "mg/kg",
        "nan mg/kg",
        "inf mg/kg",
        "1e400 mg/kg",
        "-1e400 mg/kg",
        "1,000 mg/kg",
        "1 000 mg/kg",
        "5 mg per",
        "five mg/kg",
        "--5 mg/kg",
        "\u2013 5 mg/kg",
        "0x10 mg/kg",
        "5 mg/kg q7d",
        ["5 mg/kg"],
        b"5 mg/kg",
    ],
)
def test_what_is_not_a_quantity_is_refused(text):
    with pytest.raises(NicheError):
        units.quantity(text, "mg/kg")


def test_a_bare_number_is_told_how_to_write_it():
    with pytest.raises(NicheError, match=r"infusion: '5' has no unit; write it like '1 mg/kg/day'"):
        units.quantity("5", "mg/kg/day", "infusion")


@pytest.mark.parametrize(
    ("value", "days"),
    [
        (3, 3.0),
        (0, 0.0),
        (-1, -1.0),
        (2.5, 2.5),
        (np.int64(3), 3.0),
        (np.float32(0.5), 0.5),
        (Fraction(1, 2), 0.5),
        ("36 h", 1.5),
        ("1 week", 7.0),
    ],
)
def test_days(value, days):
    assert units.days(value) == days


@pytest.mark.parametrize(
    "value",
    [True, np.bool_(True), None, "3", "3 mg", "", math.nan, math.inf, -math.inf, "1e400 h", [3], 3j, np.array([3.0])],
)
def test_what_is_not_a_time_is_refused(value):
    with pytest.raises(NicheError):
        units.days(value)


law = settings(deadline=None, derandomize=True)
SYMBOLS = st.sampled_from(sorted(units.known_symbols() - {"1"}))
UNITS = st.lists(st.tuples(SYMBOLS, st.integers(-3, 3).filter(bool)), min_size=1, max_size=4).map(
    lambda terms: " ".join(f"{symbol}^{power}" for symbol, power in terms)
)
NUMBERS = st.floats(1e-9, 1e9) | st.floats(-1e9, -1e-9) | st.just(0.0)


@pytest.mark.parametrize(
    ("value", "days"),
    [
        (timedelta(hours=36), 1.5),
        (timedelta(days=-2), -2.0),
        (np.timedelta64(36, "h"), 1.5),
        (np.timedelta64(90, "m"), 0.0625),
        (np.timedelta64(2, "W"), 14.0),
        (np.timedelta64(86_400, "s"), 1.0),
    ],
)
def test_a_difference_of_times_is_days(value, days):
    assert units.days(value) == days


@pytest.mark.parametrize(
    "value", [np.timedelta64("NaT"), np.timedelta64(3), np.timedelta64(3, "M"), np.timedelta64(1, "Y")]
)
def test_a_difference_without_a_length_is_refused(value):
    with pytest.raises(NicheError):
        units.days(value)


@pytest.mark.parametrize("unit", ["NM", "MM", "Pm/day", "nMs", "uM/PM"])
def test_capitals_that_change_the_meaning_are_not_let_pass(unit):
    """nM is a concentration and nm a length: NM may be either."""
    with pytest.raises(NicheError, match="unknown unit symbol"):
        units.read_unit(unit)


def test_days_are_written_so_that_they_are_read_again():
    for number, text in [(28, "28 days"), (1, "1 day"), (0.5, "12 h"), (1 / 3, "8 h"), (182.625, "6 months")]:
        assert units.time_text(number) == text
        assert units.days(text) == number
    for number in (1e-7, 1 / 7, 7 / 3, 0.1 + 0.2, 1234.5678, 15 / 1440):
        assert units.days(units.time_text(number)) == number


@law
@given(NUMBERS, UNITS)
def test_a_quantity_in_its_own_unit_is_its_number_exactly(number, unit):
    assert units.quantity(f"{number!r} {unit}", unit) == number


@law
@given(UNITS, UNITS)
def test_conversion_there_and_back_is_one_and_needs_the_same_dimensions(a, b):
    if units.fits(a, b):
        assert units.factor(a, b) * units.factor(b, a) == pytest.approx(1, rel=1e-12)
    else:
        with pytest.raises(NicheError):
            units.factor(a, b)


@law
@given(st.lists(st.tuples(SYMBOLS, st.sampled_from("*/")), min_size=1, max_size=4))
def test_factors_multiply(terms):
    """Whatever the order of terms: the factor is the product, and turning every sign gives the inverse."""
    forward = "1" + "".join(f"{sign}{symbol}" for symbol, sign in terms)
    inverse = "1" + "".join(f"{'/' if sign == '*' else '*'}{symbol}" for symbol, sign in terms)
    product = math.prod(units.read_unit(symbol).factor ** (1 if sign == "*" else -1) for symbol, sign in terms)
    assert units.read_unit(forward).factor == pytest.approx(product, rel=1e-12)
    assert units.read_unit(forward).factor * units.read_unit(inverse).factor == pytest.approx(1, rel=1e-12)
    assert units.read_unit(f"1/({forward})").powers == units.read_unit(inverse).powers


@law
@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_with_an_error_of_ours(text):
    for read in (units.read_unit, lambda t: units.quantity(t, "mg/kg"), units.days):
        with contextlib.suppress(NicheError):
            read(text)
