"""What the pages say while no claim is judged: that notebooks and figures are those of a former model and its fit."""

from compendium.site.html import escaped
from niche.params.judging_state import not_judged

_KEPT = "are those of the former model and its fit, kept until the next fit. Nothing may be concluded from them."


def banner(what: str) -> str:
    """A box of Markdown for a page; "" while the claims are judged.

    Parameters
    ----------
    what
        what on the page is not of today's model
    """
    why = not_judged()
    if not why:
        return ""
    return (
        '```{raw} html\n<div class="admonition warning"><p class="admonition-title">The claims are not judged</p>'
        f"<p>{escaped(why)}</p><p>{escaped(what)} {_KEPT}</p></div>\n```\n"
    )


def with_banner(page: str, box: str) -> str:
    """A page with a box below its title."""
    title, line, rest = page.partition("\n")
    return f"{title}{line}\n{box}{rest}" if box else page
