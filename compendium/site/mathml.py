"""Mathematics as MathML, converted when the site is built: a reader needs no script, no font and no network.

The converter is the one of docutils, which Sphinx brings. Browsers draw MathML themselves (Firefox and Safari long
since, Chromium since version 109), screen readers read it, and nothing moves while a page loads.
"""

import re
from typing import Any

_LETTER = re.compile(r'<mi mathvariant="normal">([^<]*)</mi>')
_LETTERS = re.compile(r'(?:<mi mathvariant="normal">[^<]*</mi>){2,}')


def as_mathml(latex: str, block: bool) -> str:
    """MathML of a formula. Raises `ValueError` with what could not be converted."""
    from docutils.utils.math import MathError
    from docutils.utils.math.latex2mathml import tex2mathml

    text = latex.strip()
    text = re.sub(r"^\\displaystyle\s*", "", text).strip("$").strip()
    text = re.sub(r"\\\\\[\d+pt\]", r"\\\\", text)  # space between rows is for the style sheet
    text = re.sub(r"\\text\{([^{}]*)\}", lambda match: match[0].replace(r"\_", "_"), text)
    try:
        return compact(str(tex2mathml(text, as_block=block)))
    except MathError as error:
        raise ValueError(f"{error}: {text[:200]}") from None


def compact(mathml: str) -> str:
    """The same without indentation, and a word in upright letters as one name, which is read aloud as a word."""
    text = re.sub(r">\s*\n\s*<", "><", mathml).replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
    return _LETTERS.sub(lambda found: f"<mi>{''.join(_LETTER.findall(found[0]))}</mi>", text)


def _visit(block: bool) -> Any:
    def visit(self: Any, node: Any) -> None:
        from docutils import nodes
        from sphinx.util import logging

        try:
            made = as_mathml(node.astext(), block)
        except ValueError as error:
            logging.getLogger(__name__).warning("no MathML: %s", error, location=node)
            made = f"<code>{self.encode(node.astext())}</code>"
        self.body.append(f'<div class="math">{made}</div>' if block else made)
        raise nodes.SkipNode

    return visit


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx of the renderer "mathml"."""
    app.add_html_math_renderer("mathml", (_visit(block=False), None), (_visit(block=True), None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
