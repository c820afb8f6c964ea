"""How Sphinx sets some pages: those of single papers have a template of their own, without the margin of the others."""

from typing import Any

PAPERS = "papers/"
_LISTS = ("papers/index", "papers/risk-of-bias")  # they are read like any other page


def template_of(page: str) -> str | None:
    """The template of a page, by its name without ending; None is that of the theme."""
    return "paper.html" if page.startswith(PAPERS) and page not in _LISTS else None


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx which template a page has."""

    def chosen(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> str | None:
        return template_of(pagename)

    app.connect("html-page-context", chosen)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
