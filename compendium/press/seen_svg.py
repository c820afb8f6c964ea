"""What stands in an SVG: each element that is drawn, with the scale, the style and the transparency that hold there."""

import base64
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from compendium.press.contents import MODES, FigureContents
from compendium.press.matrices import IDENTITY, Matrix, least, tall, times
from compendium.press.svg_geometry import fitted, read_transform, view_box
from compendium.press.svg_selectors import local
from compendium.press.svg_styles import Sheet, Style, computed, opacity, style_sheet
from compendium.press.svg_values import families, length
from niche.errors import NicheError

_PT = 0.75  # of a px
_SHAPES = ("path", "line", "polyline", "polygon", "rect", "circle", "ellipse")
_UNDRAWN = ("defs", "clipPath", "mask", "pattern", "marker", "linearGradient", "radialGradient", "filter", "symbol")
_SILENT = ("metadata", "style", "title", "desc", "font", "font-face", "cursor", "view", "namedview")
_BLIND = {
    "foreignObject": "HTML in the file",
    "script": "what scripts change",
    "animate": "what moves",
    "set": "what moves",
}
_DEEPEST = 40  # elements within elements that `use` brings in; a file that goes deeper calls itself


@dataclass
class _Reading:
    """A file on its way: what was found, its styles, elements by name, and whether it has signs drawn as shapes."""

    seen: FigureContents
    sheet: Sheet
    named: dict[str, Element]
    diagonal: float
    sized: bool
    texts: int = 0
    shapes: int = 0
    signs: int = 0
    unread: set[str] = field(default_factory=set)


def read_svg(file: Path) -> FigureContents:
    """Page, texts, fonts, pictures, colours, transparency and lines; what was not understood is in `blind`."""
    text = file.read_bytes()
    page = ElementTree.fromstring(text)
    if local(page) != "svg":
        raise NicheError(f"{file} is not SVG")
    box = view_box(page)
    wide, high = (length(page.get(side, "")) for side in ("width", "height"))
    if box and math.isnan(wide) != math.isnan(high):  # the other side follows from the picture
        wide, high = (high * box[2] / box[3], high) if math.isnan(wide) else (wide, wide * box[3] / box[2])
    mm = 25.4 / 96
    seen = FigureContents("svg", wide * mm, high * mm, colours={"RGB"})
    inner = box[2:] if box else (wide, high)
    sheet = style_sheet(page)
    named = {name: node for node in page.iter() if (name := node.get("id"))}
    sized = not (math.isnan(wide) or math.isnan(high))
    reading = _Reading(seen, sheet, named, math.hypot(*inner) / math.sqrt(2), sized)
    if re.search(rb"<\?xml-stylesheet", text):
        reading.unread.add("a style sheet outside the file")
    matrix = fitted(page, box, wide, high) if sized else IDENTITY
    _walk(page, [], matrix, Style(), reading, 0)
    _told(reading)
    return seen


def _told(reading: _Reading) -> None:
    """The sum: fonts, outlines, and what was not seen."""
    seen, unread = reading.seen, reading.unread | reading.sheet.unread
    for name in seen.fonts:
        seen.fonts[name] = ("named", name in reading.sheet.embedded)
    if not all(there for _, there in seen.fonts.values()):
        unread.add("whether the fonts are in the file: an SVG names them only")
    if not reading.sized:
        unread.add("sizes of text and lines: the file does not say how large its page is")
    seen.outlined = not reading.texts and reading.signs > 0
    if not reading.texts and not seen.outlined and reading.shapes:
        unread.add("whether text is drawn as outlines: there is no text in the file")
    seen.blind = tuple(sorted(unread))


def _walk(node: Element, path: list[Element], outer: Matrix, above: Style, reading: _Reading, depth: int) -> None:
    """Note what an element and all in it draw.

    Parameters
    ----------
    path
        from the root to what this stands in
    outer
        to px of the page
    """
    name = local(node)
    if name in _BLIND:
        reading.unread.add(_BLIND[name])
        return
    if not name or name in _UNDRAWN or name in _SILENT:
        return
    path = [*path, node]
    style = computed(node, path, reading.sheet, above, reading.diagonal)
    if style.hidden:
        return
    matrix = times(read_transform(style.said("transform"), reading.unread), outer)
    for what in ("filter", "mask"):
        if style.said(what, "none") != "none":
            reading.unread.add(f"what a {what} does")
    if name == "svg" and len(path) > 1:
        matrix = times(_nested(node, style, reading), matrix)
    if style.said("visibility") not in ("hidden", "collapse"):
        _draw(node, name, path, matrix, style, reading)
    if name == "use":
        _use(node, path, matrix, style, reading, depth)
        return
    chosen = _first_choice(node) if name == "switch" else node
    for child in chosen:
        _walk(child, path, matrix, style, reading, depth)
        if name in ("text", "tspan", "textPath", "a") and (child.tail or "").strip():
            _text(child.tail or "", path, matrix, style, reading)


def _draw(node: Element, name: str, path: list[Element], matrix: Matrix, style: Style, reading: _Reading) -> None:
    if name in ("text", "tspan", "textPath", "a"):
        _text(node.text or "", path, matrix, style, reading)
    elif name in _SHAPES:
        _shape(matrix, style, reading)
    elif name == "image":
        _image(node, matrix, style, reading)


def _first_choice(node: Element) -> Iterator[Element]:
    """Of a `switch`, the first child that every program shows."""
    return (child for child in [c for c in node if local(c) and not c.get("requiredExtensions")][:1])


def _nested(node: Element, style: Style, reading: _Reading) -> Matrix:
    box = view_box(node)
    wide, high = (length(style.said(side, ""), style.size) for side in ("width", "height"))
    if box and (math.isnan(wide) or math.isnan(high)):
        reading.unread.add("the scale of an SVG inside the file that gives no size")
    return fitted(node, box, wide, high)


def _use(node: Element, path: list[Element], matrix: Matrix, style: Style, reading: _Reading, depth: int) -> None:
    """What is drawn where `use` stands: as a child of it."""
    target = next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == "href"), "")
    found = reading.named.get(target[1:]) if target.startswith("#") else None
    if found is None:
        reading.unread.add(f"{target or 'something'}, which is used and not in the file")
        return
    if depth >= _DEEPEST or found in path:
        reading.unread.add(f"{target}, which uses itself")
        return
    reading.signs += bool(re.search("glyph|-[0-9a-f]{2,5}$", target))  # how programs call the letters that they outline
    if local(found) == "symbol":
        wide, high = (length(node.get(side, "")) for side in ("width", "height"))
        matrix = times(fitted(found, view_box(found), wide, high), matrix)
        style = computed(found, [*path, found], reading.sheet, style, reading.diagonal)
        for child in found:
            _walk(child, [*path, found], matrix, style, reading, depth + 1)
    else:
        _walk(found, path, matrix, style, reading, depth + 1)


def _paint(what: str, style: Style, reading: _Reading) -> bool:
    """Whether the fill or stroke of something is painted; notes what is transparent, and where a colour comes from."""
    opaque = opacity(style, what, reading.sheet)
    colour = style.said(what)
    if opaque > 0:
        reading.seen.alpha |= opaque < 1 or style.see_through
        if "icc-color" in colour or "device-cmyk" in colour:
            reading.seen.colours.add("CMYK" if "device-cmyk" in colour else "a colour profile")
        if colour.startswith("url(") and (found := re.match(r"url\(['\"]?#([^'\")]+)", colour)):
            server = reading.named.get(found[1])
            if server is None or local(server) == "pattern":
                reading.unread.add("what patterns hold")
            above = [server] if server is not None else []
            for stop in above[0].iter() if above else ():
                clear = computed(stop, [*above, stop], reading.sheet, Style(), 1.0).said("stop-opacity", "1")
                reading.seen.alpha |= length(clear, whole=1.0) < 1
    return opaque > 0


def _text(text: str, path: list[Element], matrix: Matrix, style: Style, reading: _Reading) -> None:
    signs = len("".join(text.split()))
    if not signs or (local(path[-1]) == "a" and not any(local(one) == "text" for one in path)):
        return
    if not (_paint("fill", style, reading) | _paint("stroke", style, reading)) or style.size == 0:
        return
    reading.texts += 1
    if reading.sized and not math.isnan(style.size):
        reading.seen.texts.append((style.size * tall(matrix) * _PT, signs))
    elif reading.sized:
        reading.unread.add("text of a size that could not be read")
    said = style.said("font-family")
    if said and not said.startswith("var("):
        reading.seen.fonts.setdefault(families(said)[0], ("named", False))
    else:
        reading.unread.add(f"the font of text that names {said or 'none'}")


def _shape(matrix: Matrix, style: Style, reading: _Reading) -> None:
    reading.shapes += 1
    _paint("fill", style, reading)
    if any(style.said(f"marker-{end}") for end in ("start", "mid", "end")):
        reading.unread.add("what markers hold")
    if _paint("stroke", style, reading) and style.stroke > 0 and reading.sized:
        fixed = style.said("vector-effect") == "non-scaling-stroke"
        reading.seen.lines.append(style.stroke * (1.0 if fixed else least(matrix)) * _PT)


def _image(node: Element, matrix: Matrix, style: Style, reading: _Reading) -> None:
    from PIL import Image

    address = next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == "href"), "")
    wide, high = (length(style.said(side, ""), style.size) for side in ("width", "height"))
    if style.see_through:
        reading.seen.alpha = True
    if not address.startswith("data:"):
        reading.unread.add(f"the picture {Path(address).name or 'of an image'}, which is not in the file")
        return
    head, _, body = address.partition(",")
    data = base64.b64decode("".join(body.split())) if head.endswith(";base64") else unquote_to_bytes(body)
    try:
        with Image.open(io.BytesIO(data)) as picture:
            dots, mode = picture.size, picture.mode
            clear = "A" in picture.getbands() and picture.getchannel("A").getextrema()[0] != 255
    except (OSError, SyntaxError, ValueError):
        reading.unread.add(f"a picture of the kind {head[5:].partition(';')[0] or 'unknown'}")
        return
    reading.seen.colours.add(MODES.get(mode, mode))
    reading.seen.alpha |= bool(clear) or "transparency" in picture.info
    wide = dots[0] if math.isnan(wide) and math.isnan(high) else wide
    if math.isnan(wide) or math.isnan(high):  # the other side keeps the shape
        wide, high = (high * dots[0] / dots[1], high) if math.isnan(wide) else (wide, wide * dots[1] / dots[0])
    x, y = wide / dots[0], high / dots[1]  # px of the drawing for one dot
    said = node.get("preserveAspectRatio", "")
    if "none" not in said:
        x = y = max(x, y) if "slice" in said else min(x, y)
    across, down = math.hypot(matrix[0], matrix[1]) * x, math.hypot(matrix[2], matrix[3]) * y
    if reading.sized and across > 0 and down > 0:
        reading.seen.dpi.append(96 / max(across, down))
    else:
        reading.unread.add("the resolution of a picture without a size")
