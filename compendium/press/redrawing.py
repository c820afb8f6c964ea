"""Committed figures drawn again for a journal, at its width and in its type, from their tables.

A figure of `course`, `trials` or `votes` is its table: it is drawn from the CSV, after the same call in the house
style has given the committed SVG again, byte for byte. Any other figure, or one that its notebook touched up, comes
from the notebook (`compendium.press.rerun`).
"""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.figures.all_claims import overview_of
from compendium.figures.claim_card import claim_card_of
from compendium.figures.fitting import fit_to_page
from compendium.figures.formats import write_formats
from compendium.figures.house_style import HOUSE, WIDTHS, drawn_for, journal_look, style
from compendium.figures.left_out import left_out_of
from compendium.figures.left_out_coverage import coverage_of
from compendium.figures.left_out_scores import log_scores_of
from compendium.figures.neuro_bone import neuro_bone_of
from compendium.figures.papers_add import added_of
from compendium.figures.pictures import plain_svg
from compendium.figures.saving import drawn_svg
from compendium.figures.timecourse import course_of
from compendium.figures.trial_results import trials_of
from compendium.figures.votes import votes_of
from compendium.press.committed import Committed, table_of
from compendium.run.agree import disagreement
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_BY: dict[str, Callable[..., "Figure"]] = {
    "course": course_of,
    "trials": trials_of,
    "votes": votes_of,
    "claim card": claim_card_of,
    "left out": left_out_of,
    "added": added_of,
    "coverage": coverage_of,
    "log scores": log_scores_of,
    "overview": overview_of,
    "neuro_bone": neuro_bone_of,
}

# Columns without which a table cannot be drawn by these, and by which the first knows a table whose manifest does not
# say. A notebook may have called the time of a course something else, a dose say: then it touched the axes up too.
_NEEDED = {
    "trials": {"panel", "published", "inside"},
    "votes": {"statement", "paper", "stand", "arrow"},
    "claim card": {"statement", "papers", "effect_median", "removed_median", "missed", "model_word"},
    "left out": {"statement", "axis", "scale", "label", "measured", "predicted_low", "chance_percent", "inside"},
    "added": {"statement", "label", "gain", "error", "sum", "sum_se", "word"},
    "coverage": {"part", "study", "level_percent", "percent", "chance_low", "from_percent"},
    "overview": {"claim", "statement", "papers", "mechanism", "model"},
    "log scores": {"model", "papers", "gain", "se"},
    "neuro_bone": {"panel", "source", "target", "sense", "word", "direct", "effect"},
    "course": {"observable", "arm", "kind", "time", "value", "low50", "high50", "low90", "high90", "draws"},
}


@dataclass(frozen=True)
class Redrawn:
    """A figure as written: files by name in `folder`, from "table" or "notebook", faults of its layout, and notes."""

    figure: Committed
    folder: Path
    files: tuple[str, ...]
    way: str
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotDrawn:
    """A figure that could not be drawn, and why."""

    figure: Committed
    why: str


@dataclass(frozen=True)
class TableFigure:
    """A committed figure that is its table: who draws it, of what, and how."""

    figure: Committed
    by: str
    table: "pd.DataFrame"
    options: Mapping[str, Any]

    def drawn(self) -> "Figure":
        """The figure in the look in force."""
        return _BY[self.by](self.table, **self.options)


def table_figure(one: Committed) -> TableFigure | None:
    """A figure as its CSV gives it; None if that would not be the committed figure."""
    table = table_of(one.folder / f"{one.name}.csv")
    columns = set(table.columns)
    guessed = "trials" if _NEEDED["trials"] <= columns else None
    how: dict[str, Any] = one.entry.get("drawn") or {"by": guessed, "options": {}}
    if how["by"] not in _BY or not _NEEDED[how["by"]] <= columns:
        return None
    before = one.folder / f"{one.name}.svg"
    for wide in [how["options"]["width"]] if "width" in how["options"] else list(WIDTHS)[::-1]:
        found = TableFigure(one, how["by"], table, {**how["options"], "width": wide})
        with drawn_for(HOUSE), style():
            again = drawn_svg(found.drawn(), one.name, one.entry)
        if before.is_file() and not disagreement(before.name, plain_svg(before.read_bytes(), one.name), again):
            return found
    return None


def from_table(given: TableFigure, look_name: str, width: float | None, folder: Path) -> Redrawn:
    """Draw a figure from its table into a folder, in the look of a journal."""
    one = given.figure
    folder.mkdir(parents=True, exist_ok=True)
    with drawn_for(journal_look(look_name, width)):
        figure = given.drawn()
        faults = fit_to_page(figure)
        files = write_formats(figure, folder, one.name)
    return Redrawn(one, folder, tuple(files), "table", tuple(faults))


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
