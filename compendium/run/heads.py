"""What follows from the answers outside the site: the README's table, the report's heads, the heads of notebooks."""

import json
from collections.abc import Sequence
from pathlib import Path

from niche.answering.claims import answers
from niche.answering.records import ClaimAnswer, PropositionAnswer
from niche.answering.text import markdown, worded
from niche.files import write_together
from niche.params.records import root
from niche.text import between_marks, markdown_table

MARK = "answers"


def readme_with_answers(text: str, claims: Sequence[ClaimAnswer]) -> str:
    """A README with its table of claims renewed. Raises `NicheError` if it has no place for one."""
    return between_marks(text, "claims", markdown(claims), "README.md")


def report_head(claim: ClaimAnswer) -> list[str]:
    """What the report says of a claim before its figures, as Markdown."""
    return _said(claim)


def notebook_head(claim: ClaimAnswer) -> str:
    """What the first cell of a claim's notebook says below the claim and what was measured, as Markdown."""
    return "\n\n".join(_said(claim))


def notebook_with_answers(text: str, claim: ClaimAnswer) -> str:
    """A notebook whose first cell has the answers of today between its marks; all else stays as it is.

    Raises
    ------
    NicheError
        if the first cell has no marks
    """
    content = json.loads(text)
    cell = content["cells"][0]
    where = f"{claim.number:02d}_{claim.id}.ipynb, first cell"
    first = between_marks("".join(cell["source"]), MARK, f"\n{notebook_head(claim)}\n", where)
    cell["source"] = first.splitlines(keepends=True)
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


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


def _said(claim: ClaimAnswer) -> list[str]:
    """Its answer, how all statements fare, and these in a table."""
    parts = [f"**{claim.sentence}**", claim.summary, _table(claim.propositions) if claim.propositions else ""]
    return [part for part in parts if part]


def _table(some: Sequence[PropositionAnswer]) -> str:
    return markdown_table(("papers", "mechanism", "model", "in a sentence"), [worded(one) for one in some])
