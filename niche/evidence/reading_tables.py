"""Tables of text as spreadsheets save them: which encoding, which separator, which cells are empty."""

import csv
import io
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from niche.errors import NicheError

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SIGNATURES = (
    (b"PK\x03\x04", "a spreadsheet (.xlsx, .ods or .numbers)"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (.xls)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file (.gz)"),
)
_ENCODINGS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?(?:\d*,\d{1,2}|\d*,\d{4,}|0,\d+|\d{4,},\d+)")
_DECIMAL_POINT = re.compile(r"[+-]?(?:\d*\.\d{1,2}|\d*\.\d{4,}|0\.\d+|\d{4,}\.\d+)")


class Cells(NamedTuple):
    """A table: its columns, its records with their number in the file (the header is 1), and how it is written.

    Attributes
    ----------
    separator
        "commas", "semicolons" or "tabs"
    decimal
        ".", ",", or "?" where both might be meant
    """

    columns: tuple[str, ...]
    records: tuple[tuple[int, dict[str, str]], ...]
    separator: str
    decimal: str


def read_cells(file: Path, known: Collection[str], needed: Collection[str]) -> Cells:
    """The cells of a table, stripped; rows and columns that are empty are left out.

    Parameters
    ----------
    known, needed
        the columns that a table may and must have: by them header and separator are found

    Raises
    ------
    NicheError
        naming the file, and the record where it cannot be read
    """
    text = _text(file)
    mark, rows = _split(text, file.name, known)
    _not_of_a_digitiser(rows, file.name, known)
    start = next((i for i, row in enumerate(rows) if any(row)), len(rows))
    header = rows[start] if start < len(rows) else []
    _header_is_first(rows, start, file.name, needed)
    used = [i for i, name in enumerate(header) if name]
    twice = sorted({header[i] for i in used if header.count(header[i]) > 1})
    if twice:
        raise NicheError(f"{file.name}: the column {', '.join(twice)} stands there twice; a column is given once")
    records = []
    for place, row in enumerate(rows[start + 1 :], start + 2):
        if not any(row):
            continue
        where = f"{file.name}, {_named(row, header)} (record {place})"
        if len(row) < len(header) or any(row[len(header) :]):
            raise NicheError(
                f"{where}: not one cell for each column, {len(row)} for {len(header)}; put text that holds a comma "
                'in "quotes"'
            )
        for i, cell in enumerate(row):
            if cell and i not in used:
                raise NicheError(f"{where}: {cell[:40]!r} stands in column {i + 1}, which has no name in the header")
            if _CONTROL.search(cell):
                raise NicheError(f"{where}, {header[i]}: holds a character that cannot be printed ({cell[:40]!r})")
        records.append((place, {header[i]: row[i] for i in used}))
    decimal = "." if mark == "," else _decimal(records) or ("." if mark == "\t" else "?")
    return Cells(tuple(header[i] for i in used), tuple(records), _SEPARATORS[mark], decimal)


def _named(row: Sequence[str], header: Sequence[str]) -> str:
    place = header.index("id") if "id" in header else len(row)
    return f"row {row[place]!r}" if place < len(row) else "row without an id"


def _text(file: Path) -> str:
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise NicheError(f"{file.name}: there is no such file ({file})") from None
    except OSError as error:
        raise NicheError(f"{file.name}: cannot be read ({error.strerror or error})") from None
    for sign, what in _SIGNATURES:
        if raw.startswith(sign):
            raise NicheError(f"{file.name} is {what}, not a table of text; open it and save the sheet as CSV (UTF-8)")
    if re.match(rb"\s*<(!doctype|html|table|\?xml)", raw[:200], re.IGNORECASE):
        raise NicheError(f"{file.name} is a web page or XML, not a table of text; save the sheet as CSV (UTF-8)")
    encoding = next((name for sign, name in _ENCODINGS if raw.startswith(sign)), "utf-8")
    if encoding == "utf-8" and raw[1:2] == b"\0" and raw[3:4] == b"\0":
        encoding = "utf-16-le"  # without a mark: every second byte of plain letters is 0
    elif encoding == "utf-8" and raw[:1] == b"\0" and raw[2:3] == b"\0":
        encoding = "utf-16-be"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        record = raw[: error.start].count(b"\n") + 1
        raise NicheError(
            f"{file.name}, line {record}: not a table in UTF-8, comma-separated ({error.reason}, byte {error.start}); "
            "save it as 'CSV UTF-8'"
        ) from None


def _split(text: str, name: str, known: Collection[str]) -> tuple[str, list[list[str]]]:
    """The separator, and the cells of every record."""
    if said := re.match(r"sep=([,;\t|])\r?\n", text):  # Excel's own first line
        return said[1], [[], *_rows(text[said.end() :], said[1], name)]
    first = next((line for line in text.splitlines() if line.strip(',;\t| "')), "")

    def names(mark: str) -> int:
        return sum(cell.strip(' "') in known for cell in first.split(mark))

    mark = max(_SEPARATORS, key=lambda one: (names(one), first.count(one)))  # the first of equals: commas
    if mark == "|":
        raise NicheError(f"{name}: separated by {_SEPARATORS[mark]}; save it as CSV with commas")
    return mark, _rows(text, mark, name)


def _rows(text: str, mark: str, name: str) -> list[list[str]]:
    reader, rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True), list[list[str]]()
    try:
        for row in reader:
            rows.append([cell.replace("\u00a0", " ").strip().removeprefix("\ufeff") for cell in row])
    except csv.Error as error:
        quoted = "end of data" in str(error) or "expected after" in str(error)
        why = "a quotation mark is not closed, or stands inside a cell" if quoted else str(error)
        raise NicheError(f"{name}, record {len(rows) + 1}: cannot be read as a table ({why})") from None
    return rows


def _header_is_first(rows: Sequence[Sequence[str]], start: int, name: str, needed: Collection[str]) -> None:
    if start < len(rows) and not set(rows[start]) & set(needed):
        for place, row in enumerate(rows[start + 1 : start + 20], start + 2):
            if len(set(row) & set(needed)) > len(needed) / 2:
                raise NicheError(
                    f"{name}: the names of the columns stand in record {place}; remove what stands above them"
                )


def _not_of_a_digitiser(rows: Sequence[Sequence[str]], name: str, known: Collection[str]) -> None:
    """Points clicked on a figure are no measurements yet: say what they are and what to make of them."""
    head = [row for row in rows[:4] if any(row)]
    if not head or any(cell in known for row in head for cell in row):
        return
    axes = next((row for row in head if {cell.lower() for cell in row if cell} in ({"x", "y"}, {"x", "y", "x1"})), None)
    filled = [cell for row in rows for cell in row if cell]
    bare = len(filled) >= 4 and all(_NUMBER.fullmatch(cell) for cell in filled)
    if axes is None and not bare:
        return
    sets = [cell for cell in head[0] if cell and axes is not None and head[0] is not axes]
    raise NicheError(
        f"{name} is the export of a plot digitiser: points (X, Y)"
        + (f" of the data sets {', '.join(sets)}" if sets else "")
        + ", no table of evidence. Write one row for each effect: take Y of both arms on one day, put their ratio or "
        "change into `value` and its error into `sd` (docs/howto/add-evidence.md has the columns)"
    )


def _decimal(records: Sequence[tuple[int, dict[str, str]]]) -> str:
    """How a table that is not separated by commas writes decimals: as its sure cells do; "" if it has none."""
    cells = [cell.replace("\u2212", "-") for _, record in records for cell in record.values()]
    comma, point = (any(form.fullmatch(cell) for cell in cells) for form in (_DECIMAL_COMMA, _DECIMAL_POINT))
    return "?" if comma and point else "," if comma else "." if point else ""
