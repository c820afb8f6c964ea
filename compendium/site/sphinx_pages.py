"""How Sphinx sets some pages: those of single papers have a template of their own, without the margin of the others."""

from typing import Any

PAPERS = "papers/"
_LISTS = ("papers/index", "papers/risk-of-bias")  # they are read like any other page


def template_of(page: str) -> str | None:
    """The template of a page, by its name without ending; None is that of the theme."""
    return "paper.html" if page.startswith(PAPERS) and page not in _LISTS else None


def with_levels(tree: str) -> str:
    """The margin of the theme, its headings with the level that a program which reads aloud asks for."""
    return tree.replace('role="heading">', 'role="heading" aria-level="2">')


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx which template a page has."""

    def chosen(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> str | None:
        if tree := context.get("furo_navigation_tree"):
            context["furo_navigation_tree"] = with_levels(tree)
        return template_of(pagename)

    app.connect("html-page-context", chosen, priority=900)  # after the theme, whose margin is mended
    return {"parallel_read_safe": True, "parallel_write_safe": True}
