"""Numbers and tables as text."""

import pytest

from niche.errors import NicheError
from niche.text import aligned, between_marks, long_number, markdown_table, number


@pytest.mark.parametrize(
    ("value", "said"), [(0.123456, "0.1235"), (12345.6, "1.235e+04"), (3, "3"), (None, "–"), ("", "–"), (True, "True")]
)
def test_a_number_has_four_digits(value, said):
    assert number(value) == said


def test_a_long_number_has_no_power_of_ten():
    assert [long_number(x) for x in (1234.5, 999.94, 0.000012345)] == ["1230", "1e+03", "1.23e-05"]
    assert long_number(1234567.0, comma=",", most=1e7) == "1,230,000"
    assert long_number(12345678.0, comma=",", most=1e7) == "1.23e+07"


def test_columns_stand_below_each_other():
    lines = [["read", "hosts"], ["BV/TV", "7"]]
    assert aligned(lines, right=[1]) == "read   hosts\nBV/TV      7"
    assert aligned(lines, rule=True) == "read   hosts\n-----  -----\nBV/TV  7"


def test_a_stroke_does_not_end_a_cell_of_markdown():
    assert markdown_table(["a", "b"], [(1, "x|y")]) == "| a | b |\n|---|---|\n| 1 | x/y |"


def test_what_stands_between_marks_is_renewed():
    page = "before\n<!-- a -->\nold\n<!-- /a -->\nafter"
    assert between_marks(page, "a", "new\n", "x.md") == page.replace("old", "new")
    assert between_marks(page, "a", r"\1", "x.md") == page.replace("old", r"\1")
    with pytest.raises(NicheError, match=r"x\.md has no place for the table of b"):
        between_marks(page, "b", "new", "x.md")
