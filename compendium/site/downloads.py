"""The evidence as files: what a reader takes away to a spreadsheet or a program."""

import csv
import shutil
from importlib.util import find_spec
from pathlib import Path

from compendium.site.html import escaped
from compendium.site.slim_svg import slim_svg
from niche.params.records import root

FOLDER = "data"
_TABLES = ("atoms.csv",)  # what the model is asked


def write_data(folder: Path) -> list[Path]:
    """Every table of measurements as CSV and, where openpyxl is installed, as one workbook; returns the files.

    The CSV begin with the mark by which Excel knows UTF-8.
    """
    there = folder / FOLDER
    there.mkdir(parents=True, exist_ok=True)
    base, made = root(), list[Path]()
    rows = _evidence(base / "evidence")
    made.append(_written(there / "evidence.csv", rows))
    for name in _TABLES:
        with (base / name).open(encoding="utf-8", newline="") as file:
            made.append(_written(there / name, list(csv.reader(file))))
    if find_spec("openpyxl"):
        made.append(_workbook(there / "evidence.xlsx", {file.stem: _read(file) for file in made}))
    return made


def links(folder: str) -> str:
    """Where they are, as HTML.

    Parameters
    ----------
    folder
        that of `write_data`, as a page sees it
    """
    files = ["evidence.csv", *_TABLES, *(["evidence.xlsx"] if find_spec("openpyxl") else [])]
    return " · ".join(f'<a href="{escaped(folder)}/{file}" download>{file}</a>' for file in files)


def _evidence(folder: Path) -> list[list[str]]:
    """All files of params/evidence as one table; of columns that not all have, the others are empty."""
    tables = []
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            tables.append(list(csv.DictReader(lines)))
    head = list(dict.fromkeys(name for table in tables for row in table for name in row))
    return [head, *([row.get(name) or "" for name in head] for table in tables for row in table)]


def _written(file: Path, rows: list[list[str]]) -> Path:
    with file.open("w", encoding="utf-8-sig", newline="") as lines:
        csv.writer(lines, lineterminator="\r\n").writerows(rows)
    return file


def _read(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def _workbook(file: Path, tables: dict[str, list[list[str]]]) -> Path:
    from openpyxl import Workbook  # type: ignore[import-untyped]

    book = Workbook(write_only=True)
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        for number, row in enumerate(rows):
            sheet.append(row if number == 0 else [_number(cell) for cell in row])
    book.save(file)
    return file


def _number(cell: str) -> str | float:
    """A number as one; text stays text, and none of it is taken for a formula."""
    try:
        return float(cell)
    except ValueError:
        return f"'{cell}" if cell[:1] in "=+@" else cell


def copy_figures(files: list[Path], figures: Path, folder: Path) -> None:
    """Saved figures, drawings in half of their bytes, and their tables into a folder, as they lie below figures/."""
    for file in files:
        target = folder / "figures" / file.relative_to(figures)
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_picture(file, target)


def copy_picture(file: Path, target: Path) -> None:
    """A file of a page; a drawing of matplotlib in half of its bytes."""
    if file.suffix == ".svg":
        target.write_bytes(slim_svg(file.read_bytes()))
    else:
        shutil.copy(file, target)
