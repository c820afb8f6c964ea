"""What follows from the answers outside the site: the README's table, the report's heads, the heads of notebooks."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from niche.answering.claims import answers
from niche.answering.records import ClaimAnswer, PropositionAnswer
from niche.answering.text import markdown
from niche.errors import NicheError
from niche.files import write_together
from niche.params.records import root
from niche.text import between_marks, markdown_table

MARK = "answers"
READING = "claim.reading()"  # the cell that shows the papers before any model
_ASKS = re.compile(r"^claim\b.*= niche\.claim\(", re.MULTILINE)
_ABOUT = (
    "## What the papers say\n\nBefore any model is asked: papers and laboratories, an arrow for each paper, the "
    "numbers of several papers pooled, and how certain that is, with the reasons."
)


def readme_with_answers(text: str, claims: Sequence[ClaimAnswer]) -> str:
    """A README with its table of claims renewed. Raises `NicheError` if it has no place for one."""
    return between_marks(text, "claims", markdown(claims), "README.md")


def report_head(claim: ClaimAnswer) -> list[str]:
    """What the report says of a claim before its figures, as Markdown."""
    return [claim.sentence, *([_table(claim.propositions)] if claim.propositions else [])]


def notebook_head(claim: ClaimAnswer) -> str:
    """What the first cell of a claim's notebook says below the claim and what was measured, as Markdown."""
    parts = [f"**Answers.** {claim.sentence}"]
    return "\n\n".join([*parts, *([_table(claim.propositions)] if claim.propositions else [])])


def notebook_with_answers(text: str, claim: ClaimAnswer) -> str:
    """A notebook with the head of today, and the cell that shows what the papers say; all else stays as it is.

    The head stands between marks in the first cell; where there are none yet, it takes the place of the paragraph that
    begins with "**Verdict". The cell of the papers stands after the first one that asks for the claim.

    Raises
    ------
    NicheError
        if the first cell has neither, or no cell asks for the claim
    """
    content = json.loads(text)
    cells = content["cells"]
    first = "".join(cells[0]["source"])
    cells[0]["source"] = _lines(_with_head(first, notebook_head(claim), f"{claim.number:02d}_{claim.id}.ipynb"))
    if claim.propositions and not any(READING in "".join(cell["source"]) for cell in cells):
        place = next((i for i, cell in enumerate(cells) if _ASKS.search("".join(cell["source"]))), None)
        if place is None:
            raise NicheError(f"{claim.number:02d}_{claim.id}.ipynb: no cell says 'claim = niche.claim(...)'")
        cells[place + 1 : place + 1] = _reading_cells(claim.id)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def write_heads(base: Path | None = None, *, notebooks: bool = True) -> list[Path]:
    """Renew the README's table and the heads of notebooks, all or none; returns the files that changed.

    Parameters
    ----------
    base
        the repository
    notebooks
        False leaves them alone: their outputs are those of a run, and go with the cells that were run
    """
    home = base or root().parent
    claims = answers()
    made = {home / "README.md": readme_with_answers((home / "README.md").read_text(encoding="utf-8"), claims)}
    for claim in claims if notebooks else ():
        file = home / "notebooks" / f"{claim.number:02d}_{claim.id}.ipynb"
        if file.is_file():
            made[file] = notebook_with_answers(file.read_text(encoding="utf-8"), claim)
    return write_together(made, home / "scratch")


def _table(some: Sequence[PropositionAnswer]) -> str:
    rows = [(one.evidence.word, one.mechanism.word, one.model.word, one.sentence) for one in some]
    return markdown_table(("papers", "mechanism", "model", "in a sentence"), rows)


def _with_head(cell: str, head: str, where: str) -> str:
    marked = f"<!-- {MARK} -->\n{head}\n<!-- /{MARK} -->"
    if f"<!-- {MARK} -->" in cell:
        return between_marks(cell, MARK, f"\n{head}\n", where)
    parts = cell.split("\n\n")
    place = next((i for i, part in enumerate(parts) if part.startswith("**Verdict")), None)
    if place is None:
        raise NicheError(
            f"{where}, first cell: no place for the answers, a line <!-- {MARK} --> and a line <!-- /{MARK} -->"
        )
    return "\n\n".join([*parts[:place], marked, *parts[place + 1 :]])


def _lines(text: str) -> list[str]:
    """Text as a notebook keeps it."""
    return text.splitlines(keepends=True)


def _reading_cells(claim: str) -> list[dict[str, Any]]:
    """A heading and the cell that shows the papers, which has not run yet."""
    prose = {"cell_type": "markdown", "id": f"papers-{claim}"[:64], "metadata": {}, "source": _lines(_ABOUT)}
    code: dict[str, Any] = {"cell_type": "code", "execution_count": None, "id": f"reading-{claim}"[:64]}
    return [prose, code | {"metadata": {}, "outputs": [], "source": [READING]}]
