"""Tables as spreadsheets save them are read where it is sure what is meant, and named where it is not."""

import zipfile

import pytest
from tables import example, table, write

from niche.errors import NicheError
from niche.evidence.printed_numbers import PrintedValue, half_unit, printed_number, printed_value
from niche.evidence.rows import read_rows

ROW = example()
PLAIN = table(ROW)
POINTS = "control,,treated,\nX,Y,X,Y\n0.02,1.01,0.01,1.00\n"
SPREADSHEET = {
    "as it is": PLAIN,
    "mark of UTF-8": b"\xef\xbb\xbf" + PLAIN.encode(),
    "Windows line ends": table(ROW, end="\r\n"),
    "old Macintosh line ends": table(ROW, end="\r"),
    "tabs": table(ROW, mark="\t"),
    "semicolons": table(ROW, mark=";"),
    "Excel's first line": "sep=;\r\n" + table(ROW, mark=";", end="\r\n"),
    "UTF-16 with tabs": table(ROW, mark="\t").encode("utf-16"),
    "UTF-16, other order": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "UTF-16 without a mark": PLAIN.encode("utf-16-le"),
    "UTF-32": PLAIN.encode("utf-32"),
    "empty rows": PLAIN + "\n,,,,,,,,,,,,,\n" * 3,
    "empty rows before": "\n\n" + PLAIN,
    "empty columns": "\n".join(line + ",,," for line in PLAIN.splitlines()),
    "an empty column before": "\n".join("," + line for line in PLAIN.splitlines()),
    "blanks round cells": table({name: f"  {text}\u00a0" for name, text in ROW.items()}),
}


@pytest.mark.parametrize("how", SPREADSHEET)
def test_a_table_is_read_however_it_was_saved(tmp_path, how):
    content = SPREADSHEET[how]
    (row,) = read_rows(write(tmp_path, content), outside=True).values()
    assert (row.id, row.value, row.sd, row.unit) == ("EX01", 45.5, 12.0, "%")
    assert row.statement == ROW["statement"]


def test_the_record_is_the_row_of_the_spreadsheet(tmp_path):
    content = table(ROW, {**ROW, "id": "EX02", "sd": "x"}).replace("\nEX02", "\n,,,,,,,,,,,,,\nEX02")
    with pytest.raises(NicheError, match=r"^mine.csv, row 'EX02' \(record 4\), sd: 'x' is not a number"):
        read_rows(write(tmp_path, content), outside=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"\xd0\xcf\x11\xe0 and so on",
            "an old spreadsheet (.xls), not a table of text; open it and save the sheet as CSV",
        ),
        (b"%PDF-1.7", "a PDF"),
        (b"<html><table>", "a web page or XML"),
        (POINTS, "of a plot digitiser: points (X, Y) of the data sets control, treated"),
        ("x,y\n1,2\n3,4\n", "export of a plot digitiser"),
        ("1.0;2.5\n1.1;2.7\n", "export of a plot digitiser"),
        (PLAIN.replace("notes", "note", 1), "unknown column 'note'; did you mean 'notes'"),
        (PLAIN.replace("notes", "sd", 1), "the column sd stands there twice"),
        (PLAIN.replace("notes", "", 1), "stands in column 14, which has no name in the header"),
        ("Table S1\n\n" + PLAIN, "the names of the columns stand in record 3; remove what stands above them"),
        (PLAIN.replace("rats (mandible)", "rats, mandible"), "record 2): not one cell for each column, 15 for 14"),
        (
            PLAIN.replace("EX01", '"EX01', 1),
            "(a quotation mark is not closed, or stands inside a cell)",
        ),
        (PLAIN.replace("rats", "rats\x00"), "holds a character that cannot be printed"),
        (PLAIN.encode() + b"\xe9,", "line 3: not a table in UTF-8"),
        (table(ROW, mark="|"), "separated by vertical bars; save it as CSV with commas"),
    ],
)
def test_what_is_no_table_is_named_with_what_to_do(tmp_path, content, said):
    with pytest.raises(NicheError) as error:
        read_rows(write(tmp_path, content), outside=True)
    assert str(error.value).startswith("mine.csv")
    assert said in str(error.value)


def test_a_spreadsheet_is_known_by_its_signature_whatever_its_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "mine.csv", "w") as made:
        made.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    with pytest.raises(
        NicheError, match=r"mine.csv is a spreadsheet \(.xlsx, .ods or .numbers\).*save the sheet as CSV"
    ):
        read_rows(tmp_path / "mine.csv", outside=True)


def test_a_file_that_is_not_there_or_is_a_folder_is_named(tmp_path):
    with pytest.raises(NicheError, match="there is no such file"):
        read_rows(tmp_path / "mine.csv", outside=True)
    with pytest.raises(NicheError, match="cannot be read"):
        read_rows(tmp_path, outside=True)


def test_semicolons_with_decimal_commas_are_read_where_no_number_might_be_two(tmp_path):
    comma = {**ROW, "value": "45,5", "sd": "12,25"}
    (row,) = read_rows(write(tmp_path, table(comma, mark=";")), outside=True).values()
    assert (row.value, row.sd) == (45.5, 12.25)
    big = {**ROW, "value": "45,5", "sd": "1.234"}  # beside a decimal comma a point may part thousands
    with pytest.raises(NicheError, match=r"sd: '1.234' is 1234 or 1.234: write it without a separator"):
        read_rows(write(tmp_path, table(big, mark=";")), outside=True)
    (row,) = read_rows(write(tmp_path, table({**ROW, "sd": "1.287"}, mark="\t")), outside=True).values()
    assert row.sd == 1.287  # a spreadsheet writes semicolons where decimals have commas, but tabs anywhere
    unsure = {**ROW, "value": "1,045", "sd": "12"}
    with pytest.raises(NicheError, match=r"value: '1,045' is 1045 or 1.045"):
        read_rows(write(tmp_path, table(unsure, mark=";")), outside=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("45.5", 45.5),
        ("\u221245.5", -45.5),
        ("\u201345.5", -45.5),
        ("+.5", 0.5),
        ("6.24e-6", 6.24e-6),
        ("1,045.5", 1045.5),
        ("1,045,000", 1045000),
        ("1.045,5", 1045.5),
        ("1.045.000", 1045000),
        ("1\u202f045.5", 1045.5),
        ("1'045'000", 1045000),
        ("1.2 \u00d7 10\u207b\u00b3", 0.0012),
        ("1.2 x 10^5", 120000),
    ],
)
def test_numbers_are_read_as_papers_print_them(text, value):
    assert printed_number(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1_045.5", "digits are not grouped by '_'; write 1045.5"),
        ("1,045", "is 1045 or 1.045"),
        ("45,5", "write 45.5"),
        ("10,45.5", "not a number"),
        ("nan", "leave the cell empty"),
        ("inf", "leave the cell empty"),
        ("1e999", "not a number"),
        ("1e" + "9" * 5000, "not a number"),
        ("#DIV/0!", "the spreadsheet wrote an error"),
        ("<5", "that it is a bound"),
        ("~45", "that it is a bound or approximate"),
        ("\u0664\u0665", "not a number"),  # Arabic digits, which Python would take
        ("4 5", "not a number"),
        ("", "not a number"),
    ],
)
def test_what_is_no_number_or_might_be_two_is_refused(text, said):
    with pytest.raises(NicheError) as error:
        printed_number(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("45.5 ± 12 (n=8)", PrintedValue(45.5, 12, "", "8")),
        ("45.5+/-12", PrintedValue(45.5, 12)),
        ("45.5 % ± 12 % SEM (n = 8 vs 9)", PrintedValue(45.5, 12, "SE", "8 vs 9")),
        ("1,045.5 ± 1,002 SD", None),  # 1,002 might be 1.002
        ("-0.78 (95% CI -1.52 to -0.04)", PrintedValue(-0.78, low=-1.52, high=-0.04, level=95)),
        ("0.83 (0.76\u20130.90)", PrintedValue(0.83, low=0.76, high=0.90)),
        ("0.83 [90 % confidence interval: 0.76; 0.90]", PrintedValue(0.83, low=0.76, high=0.90, level=90)),
        ("1618 (334)", None),  # an SD, a standard error, or a number of animals
    ],
)
def test_what_is_printed_beside_a_value_is_read_or_refused(text, found):
    if found is not None:
        assert printed_value(text) == found
        return
    with pytest.raises(NicheError):
        printed_value(text)


@pytest.mark.parametrize(
    ("text", "half"), [("12", 0.5), ("12.0", 0.05), ("1e-05", 5e-6), ("0.0743", 5e-5), ("4.5e2", 5)]
)
def test_rounding_moves_a_number_by_half_a_unit_of_its_last_digit(text, half):
    assert half_unit(text) == pytest.approx(half)
