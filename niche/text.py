"""Numbers and tables as a reader sees them: the one place in which they become text."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from niche.errors import NicheError


def number(value: Any, digits: int = 4, missing: str = "–") -> str:
    """A value as a reader sees it; a number with so many significant digits, nothing as `missing`."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:.{digits}g}"
    return missing if value is None or value == "" else str(value)


def long_number(value: float, digits: int = 3, comma: str = "", most: float = float("inf")) -> str:
    """A number with so many significant digits, and without a power of ten from 1000 up to `most`.

    Parameters
    ----------
    comma
        between thousands
    """
    short = f"{value:.{digits}g}"
    return f"{float(short):{comma}.0f}" if 1000 <= abs(value) < most else short


def aligned(lines: Sequence[Sequence[str]], right: Collection[int] = (), rule: bool = False) -> str:
    """A table for a terminal: columns below each other, the first line being its head.

    Parameters
    ----------
    right
        columns that are set to the right
    rule
        whether a line stands below the head
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    shown = [
        "  ".join(
            cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    if rule:
        shown.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(line.rstrip() for line in shown)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table of Markdown. What would end a cell is written as a stroke."""
    lines = [_cells(head), "|" + "---|" * len(head), *map(_cells, rows)]
    return "\n".join(lines)


def _cells(line: Sequence[Any]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in line) + " |"


def between_marks(text: str, name: str, made: str, where: str) -> str:
    """A page with what stands between `<!-- name -->` and `<!-- /name -->` renewed.

    Raises
    ------
    NicheError
        if the page, called `where`, has no such lines
    """
    marks = re.compile(rf"(<!-- {name} -->).*?(<!-- /{name} -->)", re.DOTALL)
    if not marks.search(text):
        raise NicheError(
            f"{where} has no place for the table of {name}: a line <!-- {name} --> and a line <!-- /{name} -->"
        )
    return marks.sub(lambda match: f"{match[1]}\n{made.strip()}\n{match[2]}", text, count=1)
