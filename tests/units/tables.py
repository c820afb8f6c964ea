"""Tables of evidence for tests: the example row with some cells changed, written as somebody might save it."""

import csv
import io
from pathlib import Path

from niche.evidence.rows import Evidence, read_rows
from niche.params.records import root

EXAMPLE = root().parent / "docs" / "examples" / "row.csv"


def example(**change: str | None) -> dict[str, str]:
    """The example row as text by column; None leaves a column out."""
    (record,) = csv.DictReader(io.StringIO(EXAMPLE.read_text(encoding="utf-8")))
    return {name: text for name, text in {**record, **change}.items() if text is not None}


def table(*records: dict[str, str], mark: str = ",", end: str = "\n") -> str:
    """Records as the text of a table."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(records[0]), delimiter=mark, lineterminator=end)
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def write(folder: Path, content: str | bytes, name: str = "mine.csv") -> Path:
    """A file with this content."""
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def read(folder: Path, **change: str | None) -> Evidence:
    """The example row, changed, as it is read from a file of somebody's own."""
    (row,) = read_rows(write(folder, table(example(**change))), outside=True).values()
    return row
