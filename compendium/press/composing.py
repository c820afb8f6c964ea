"""Panels put on one page from the files that each was drawn to, with letters: text stays text.

A panel is drawn at the width that it has on the page. Where it was drawn wider, because somebody asked for that, it is
shrunk into its place, and its text with it.
"""

import hashlib
import io
import re
from collections.abc import Sequence
from pathlib import Path

from compendium.figures.formats import maker, tiff
from compendium.figures.house_style import MM, look, style
from compendium.figures.journals import Journal
from compendium.press.layout import Placed, strip
from niche.errors import NicheError

KINDS = ("pdf", "svg", "tiff", "png")
_PT = 72 / 25.4


def compose_panels(panels: Sequence[Placed], width: float, height: float, asked: Journal, kind: str) -> bytes:
    """One page of a format in `KINDS`, from the panels' files of that format. The look of the journal is in force."""
    return {"pdf": _pdf, "svg": _svg, "tiff": _picture, "png": _picture}[kind](panels, width, height, asked, kind)


def _letters(panels: Sequence[Placed], width: float, height: float, asked: Journal, kind: str) -> bytes:
    """The letters alone, on a page without a ground."""
    from compendium.figures.page import page

    data = io.BytesIO()
    with style():
        figure = page(width, height)
        figure.patch.set_visible(False)
        for one in panels:
            text = one.letter.upper() if asked.letters.case == "upper" else one.letter.lower()
            up = asked.letters.size / _PT * 0.76 + 0.3  # from the top of the strip to the line that a letter stands on
            base = one.top - strip(asked) + up
            figure.text(
                (one.left + 0.3) / width,
                1 - base / height,
                text,
                fontsize=asked.letters.size,
                weight=asked.letters.weight,
                fontfamily=list(look().fonts),
                va="baseline",
            )
        dates = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}[kind]
        figure.savefig(data, format=kind, dpi=asked.dpi, metadata=dates, transparent=True)
    return data.getvalue()


def _pdf(panels: Sequence[Placed], width: float, height: float, asked: Journal, kind: str) -> bytes:
    import pypdfium2

    whole = pypdfium2.PdfDocument.new()
    page = whole.new_page(width * _PT, height * _PT)
    letters = pypdfium2.PdfDocument(_letters(panels, width, height, asked, "pdf"))
    parts = [(pypdfium2.PdfDocument(f"{one.stem}.pdf"), one) for one in panels]
    for document, left, bottom, wide in [
        *((drawn, one.left * _PT, (height - one.top - one.height) * _PT, one.width * _PT) for drawn, one in parts),
        (letters, 0.0, 0.0, width * _PT),
    ]:
        size = wide / document.get_page_size(0)[0]
        placed = document.page_as_xobject(0, whole).as_pageobject()
        placed.transform(pypdfium2.PdfMatrix().scale(size, size).translate(left, bottom))
        page.insert_obj(placed)
    page.gen_content()
    data = io.BytesIO()
    whole.save(data)
    return _timeless(data.getvalue())


def _timeless(content: bytes) -> bytes:
    """A PDF as PDFium wrote it, with our name, without the date, and with an identity that follows from the rest."""
    said = b"<</Creator(" + maker().encode() + b")"
    content = re.sub(rb"<</CreationDate\([^)]*\)/Creator\([^)]*\)", lambda found: said.ljust(len(found[0])), content)
    found = re.search(rb"/ID\[<([0-9A-F]{32})><([0-9A-F]{32})>\]", content)
    if found is None:
        return content
    rest = content[: found.start()] + content[found.end() :]
    name = hashlib.sha256(rest).hexdigest()[:32].upper().encode()
    return content[: found.start()] + b"/ID[<" + name + b"><" + name + b">]" + content[found.end() :]


def _svg(panels: Sequence[Placed], width: float, height: float, asked: Journal, kind: str) -> bytes:
    parts = []
    for one in panels:
        parts.append(
            _inner(
                Path(f"{one.stem}.svg").read_text(encoding="utf-8"),
                f"panel-{one.letter}",
                one.left * _PT,
                one.top * _PT,
                one.width * _PT,
                one.height * _PT,
            )
        )
    letters = _letters(panels, width, height, asked, "svg").decode("utf-8")
    parts.append(_inner(letters, "letters", 0, 0, width * _PT, height * _PT))
    w, h = width * _PT, height * _PT
    return (
        '<?xml version="1.0" encoding="utf-8" standalone="no"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" '
        f'width="{w:.4f}pt" height="{h:.4f}pt" viewBox="0 0 {w:.4f} {h:.4f}">\n{"".join(parts)}</svg>\n'
    ).encode()


def _inner(text: str, name: str, left: float, top: float, width: float, height: float) -> str:
    """An SVG as a part of another: its names are made its own, for two panels have the same."""
    found = re.search(r"<svg[^>]*viewBox=\"([^\"]*)\"[^>]*>(.*)</svg>", text, re.DOTALL)
    if found is None:
        raise NicheError(f"{name} is not an SVG that can be placed")
    body = re.sub(r"<metadata>.*?</metadata>", "", found[2], flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body)
    return (
        f'<svg x="{left:.4f}" y="{top:.4f}" width="{width:.4f}" height="{height:.4f}" '
        f'viewBox="{found[1]}" id="{name}">{body}</svg>\n'
    )


def _picture(panels: Sequence[Placed], width: float, height: float, asked: Journal, kind: str) -> bytes:
    from PIL import Image

    dots = asked.dpi * MM
    whole = Image.new("RGB", (round(width * dots), round(height * dots)), "white")
    for one in panels:
        with Image.open(f"{one.stem}.{kind}") as drawn:
            picture, wide = drawn.convert("RGB"), round(one.width * dots)
            if abs(picture.width - wide) > 1:  # it was drawn wider than its place
                picture = picture.resize((wide, round(one.height * dots)), Image.Resampling.LANCZOS)
            whole.paste(picture, (round(one.left * dots), round(one.top * dots)))
    letters = Image.open(io.BytesIO(_letters(panels, width, height, asked, "png")))
    whole.paste(letters, mask=letters.getchannel("A"))
    if kind == "tiff":
        return tiff(whole, asked.dpi)
    data = io.BytesIO()
    whole.save(data, "PNG", dpi=(asked.dpi, asked.dpi))
    return data.getvalue()
