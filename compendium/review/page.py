"""The report as one page of HTML that needs nothing else, no script and no request, and as Markdown.

The words stand in `templates/`. Whatever is set into them is escaped: what comes from `compendium.site.html` is HTML
already, and says so.
"""

import base64
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

from compendium.review.findings import KINDS
from compendium.site.html import cited, html_table
from niche.errors import NicheError
from niche.text import markdown_table

_WIDTH = 700  # pixels of a picture on the page; the file itself is in the folder
_MARKS = str.maketrans({one: "\\" + one for one in "\\`*_[]#"} | {"|": "&#124;"})  # a stroke would end a cell


def write_page(document: Mapping[str, Any], shown: Mapping[str, tuple[str, str]]) -> str:
    """The whole page.

    Parameters
    ----------
    shown
        pictures as `pictures` makes them
    """
    from markupsafe import Markup
    from markupsafe import escape as safe

    def table(rows: Iterable[Sequence[Any]], head: Sequence[str], css: str = "") -> Markup:
        return Markup(html_table(head, [[safe(cell) for cell in row] for row in rows], css))

    return _rendered("page.html", document, table, shown=shown)


def write_plain(document: Mapping[str, Any]) -> str:
    """The same in Markdown."""
    from markupsafe import Markup

    def table(rows: Iterable[Sequence[Any]], head: Sequence[str]) -> Markup:
        return Markup(markdown_table(head, ([tidy_page(cell) for cell in row] for row in rows)))

    def set_in(value: Any) -> Markup:
        return value if isinstance(value, Markup) else Markup(tidy_page(value))

    return _rendered("page.md", document, table, set_in)


def tidy_page(value: object) -> str:
    """Anything as text of a Markdown page, on one line: no markup, no HTML."""
    return escape(" ".join(str(value).split()), quote=False).translate(_MARKS)


def _rendered(
    template: str,
    document: Mapping[str, Any],
    table: Callable[..., Any],
    finalize: Callable[[Any], Any] | None = None,
    **more: Any,
) -> str:
    """A template with a document set into it.

    Parameters
    ----------
    table
        sets rows of cells under a head
    finalize
        what becomes of each value, for other escapes than HTML's
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup
    except ModuleNotFoundError:
        raise NicheError("a review is set by Jinja; install it: pip install 'niche[review]'") from None
    place = FileSystemLoader(Path(__file__).parent / "templates")
    jinja = Environment(
        loader=place,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {
        "table": table,
        "cited": lambda text: Markup(cited(text)),
    }
    return jinja.get_template(template).render(document, kinds=KINDS, **more).rstrip("\n") + "\n"


def pictures(document: Mapping[str, Any], root: Path, folder: Path) -> dict[str, tuple[str, str]]:
    """By file, the committed and the new picture of each figure that differs, small, as data addresses."""
    found = {}
    for one in document["findings"]:
        path = PurePosixPath(one["where"])
        if path.parts[:1] == ("figures",) and len(path.parts) == 3:
            pair = [_small(base / path.with_suffix(".png")) for base in (root, folder / "codecheck")]
            if any(pair):
                found[one["where"]] = (pair[0], pair[1])
    return found


def _small(path: Path) -> str:
    """A picture at the width of the page, or nothing if there is none."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            height = max(1, round(picture.height * _WIDTH / picture.width))
            small = picture.convert("RGB").resize((_WIDTH, height)).quantize(64)
        data = io.BytesIO()
        small.save(data, "PNG", optimize=True)
    except (OSError, SyntaxError, ValueError):
        return ""
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()
