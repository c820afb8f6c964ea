"""Pages of the site without what no reader sees: spans that colour a name in the colour it has anyway, indentation;
and with what the theme leaves out for who listens to a page.

A quarter of the page of a notebook is spans around names, brackets and spaces, which the style of code gives the
colour of all text.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_OF_CODE = re.compile(r"^(.*)\.highlight(?: \.([\w-]+))?$")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LINK_TO_HEADING = re.compile(r'<a class="headerlink"[^>]*>¶</a>')
_ONE_OF_HUNDREDS = '<div class="content paper">'  # as docs/_templates/paper.html has it: short pages, linked by row
_NAMED_OTHERWISE = '<summary aria-label="Toggle hidden content">'  # it says "show the code", and is to be called so
_SEARCH = '<div id="search-results"></div>'
_ARTICLE = re.compile(r"(<article\b.*</article>)", re.DOTALL)
# What HTML lets a page leave out: ends of cells, rows and items, before which nothing else could come (13.1.2.4).
_UNSEEN = re.compile(
    r' class="tex2jax_ignore mathjax_ignore"|\s*</(?:td|th|tr|li)>(?=\s*<)|(?<=\n)[ \t]+(?=<t[dhr][ >])'
)


def slim_pages(html: Path, renamed: Mapping[str, str]) -> None:
    """Rewrite every page of a built site.

    Parameters
    ----------
    html
        its folder, where _static/pygments.css is
    renamed
        files of _static that have another name now
    """
    plain = plain_classes((html / "_static" / "pygments.css").read_text(encoding="utf-8"))
    for file in html.rglob("*.html"):
        words = file.read_text(encoding="utf-8")
        for old, new in renamed.items():
            words = words.replace(f'_static/{old}"', f'_static/{new}"')
        file.write_text(slim_page(words, plain), encoding="utf-8", newline="\n")


def slim_page(page: str, plain: Collection[str] = ()) -> str:
    """A page that looks and reads the same.

    Parameters
    ----------
    plain
        classes of code that need no span
    """
    if plain:
        spans = re.compile(rf'<span class="(?:{"|".join(sorted(map(re.escape, plain)))})">([^<]*)</span>')
        page = spans.sub(r"\1", page)
    page = page.replace(_NAMED_OTHERWISE, "<summary>")
    if _SEARCH in page and "<h1" not in page:
        page = page.replace(_SEARCH, f"<h1>Search</h1>\n{_SEARCH}")
    if _ONE_OF_HUNDREDS in page:
        page = _LINK_TO_HEADING.sub("", page)
    parts = _ARTICLE.split(_UNSEEN.sub("", page))
    around = [re.sub(r"\s*\n\s*", "\n", part) if i % 2 == 0 else part for i, part in enumerate(parts)]
    return "".join(around)


def plain_classes(sheet: str) -> set[str]:
    """Classes of code that have, in light and in dark, nothing but the colour of all code."""
    colours: dict[str, dict[str, str]] = {}
    others: set[str] = set()
    for selectors, said in _RULE.findall(_COMMENT.sub("", sheet)):
        wanted = _declarations(said)
        for selector in selectors.split(","):
            if not (found := _OF_CODE.match(selector.strip())):
                continue
            where, name = found[1], found[2] or ""
            colours.setdefault(where, {})[name] = wanted.get("color", "")
            if name and set(wanted) != {"color"}:
                others.add(name)
    names = {name for by in colours.values() for name in by if name}
    return {name for name in names - others if all(_same(by, name) for by in colours.values())}


def _same(colours: Mapping[str, str], name: str) -> bool:
    return name not in colours or colours[name].casefold() == colours.get("", "").casefold() != ""


def _declarations(said: str) -> dict[str, str]:
    pairs = (one.partition(":") for one in said.split(";") if ":" in one)
    return {name.strip(): value.strip() for name, _, value in pairs}
