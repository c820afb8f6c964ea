"""The example of docs/first-question.md, run: its picture, and what it prints.

`python -m compendium.site.first_question` renews both.
"""

import contextlib
import io
import re
import sys
from pathlib import Path
from typing import Any

from compendium.figures.house_style import laid_out
from niche.errors import NicheError
from niche.files import write_whole
from niche.params.records import root
from niche.text import between_marks

_CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def make(page: Path | None = None) -> list[Path]:
    """Run the page's first block of Python as it stands; renew what it prints on the page, and its picture.

    Raises
    ------
    NicheError
        if the page has no such block, or the block leaves no `figure`
    """
    file = page or root().parent / "docs" / "first-question.md"
    text = file.read_text(encoding="utf-8")
    block = _CODE.search(text)
    if block is None:
        raise NicheError(f"{file.name} has no block that begins with ```python")
    names: dict[str, Any] = {}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(block[1], file.name, "exec"), names)  # our own page
    if "figure" not in names:
        raise NicheError(f"{file.name}: its block of Python makes no `figure`")
    picture = file.parent / "_static" / "first-question.svg"
    drawn = io.StringIO()
    with laid_out(names["figure"]):
        names["figure"].savefig(drawn, format="svg", metadata={"Date": None})
    write_whole(picture, drawn.getvalue())
    printed = "```text\n" + said.getvalue().rstrip() + "\n```"
    write_whole(file, between_marks(text, "printed", printed, file.name))
    return [file, picture]


if __name__ == "__main__":
    sys.stdout.write("".join(f"{file} renewed\n" for file in make()))
