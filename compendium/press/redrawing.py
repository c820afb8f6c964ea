"""Committed figures drawn again for a journal, at its width and in its type: from their data where these say it all,
else by their notebook.

A figure of `evidence`, `course` or `trials` is its table: it is drawn from the CSV, after the same call in the house
style has given the committed SVG again, byte for byte. Any other figure, or one that its notebook touched up, comes
from the notebook, run in a scratch folder with the journal in force; its data then have to be the committed ones.
"""

import io
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.figures.fitting import fit_to_page
from compendium.figures.forest import axes_of, evidence_of
from compendium.figures.formats import write_formats
from compendium.figures.house_style import HOUSE, MM, WIDTHS, drawn_for, journal_look, look, style
from compendium.figures.saving import metadata
from compendium.figures.timecourse import course_of
from compendium.figures.trial_results import trials_of
from compendium.press.committed import Committed, table_of
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_BY: dict[str, Callable[..., "Figure"]] = {"evidence": evidence_of, "course": course_of, "trials": trials_of}

# Columns by which the table of a manifest that does not say is known.
_SIGNS = {"evidence": {"axis", "predicted", "control", "verdict"}, "trials": {"panel", "published", "inside"}}


@dataclass(frozen=True)
class Redrawn:
    """A figure as written: files by name in `folder`, from "table" or "notebook", faults of its layout, and notes."""

    figure: Committed
    folder: Path
    files: tuple[str, ...]
    way: str
    faults: tuple[str, ...]
    notes: tuple[str, ...]


def from_table(one: Committed, look_name: str, width: float | None, folder: Path) -> Redrawn | None:
    """Draw a figure from its CSV; None if that would not be the committed figure."""
    table = table_of(one.folder / f"{one.name}.csv")
    guessed = next(({"by": by, "options": {}} for by, names in _SIGNS.items() if names <= set(table.columns)), {})
    how: dict[str, Any] = one.entry.get("drawn") or guessed
    if how.get("by") not in _BY:
        return None
    before = one.folder / f"{one.name}.svg"
    widths = [how["options"]["width"]] if "width" in how["options"] else list(WIDTHS)[::-1]
    for wide in widths:
        options = {**how["options"], "width": wide}
        with drawn_for(HOUSE):
            again = _svg(_BY[how["by"]](table, **options), one.entry)
        if before.is_file() and again == before.read_bytes():
            break
    else:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    files, faults, notes = list[str](), list[str](), list[str]()
    with drawn_for(journal_look(look_name, width)):
        figures = in_parts(table, options) if how["by"] == "evidence" else [_BY[how["by"]](table, **options)]
        for number, figure in enumerate(figures, 1):
            faults += fit_to_page(figure)
            new, said = write_formats(figure, folder, one.name if len(figures) == 1 else f"{one.name}-{number}")
            files, notes = files + new, notes + said
    if len(figures) > 1:
        notes.append(f"in {len(figures)} parts: one would be higher than the journal's page")
    return Redrawn(one, folder, tuple(files), "table", tuple(faults), tuple(dict.fromkeys(notes)))


def in_parts(table: "pd.DataFrame", options: dict[str, Any]) -> "list[Figure]":
    """Rows of evidence on as many pages as the height of the journal in force asks for, in the order of one page."""
    now = look()
    limit = now.journal.value("max_height") if now.journal else 1e9
    whole = evidence_of(table, **options)
    count = ceil(whole.get_size_inches()[1] / MM / limit)
    ordered = table.iloc[[i for name in axes_of(table) for i in table.index[table["axis"] == name]]]
    figures = [whole]
    while count > 1:
        sizes = [len(table) // count + (n < len(table) % count) for n in range(count)]
        ends = [sum(sizes[: n + 1]) for n in range(count)]
        parts = [ordered.iloc[end - size : end].reset_index(drop=True) for size, end in zip(sizes, ends, strict=True)]
        figures = [evidence_of(part, **options) for part in parts]
        if count >= len(table) or all(figure.get_size_inches()[1] / MM <= limit for figure in figures):
            break
        count += 1
    return figures


def _svg(figure: "Figure", entry: dict[str, Any]) -> bytes:
    data = io.BytesIO()
    with style():
        figure.savefig(data, format="svg", dpi=300, metadata=metadata(entry)["svg"])
    return data.getvalue()


@contextmanager
def scratch(out: Path) -> Any:
    """A folder inside `out` that is gone afterwards; `out` too, if it was made here and nothing came of it.
    Raises `NicheError` if nothing can be written there."""
    made = [place for place in (out, *out.parents) if not place.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=out) as work:
            yield Path(work)
    except BrokenPipeError:  # of whoever reads what is printed
        raise
    except OSError as error:
        raise NicheError(f"figures cannot be written to {out}: {error.strerror or error}") from error
    finally:
        for place in made:
            try:
                place.rmdir()
            except OSError:
                break
