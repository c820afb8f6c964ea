"""What stands in a PDF: its drawing instructions walked one by one, with the scale that holds at each. Needs pypdf."""

import math
from pathlib import Path
from typing import Any

from compendium.press.contents import FigureContents
from niche.errors import NicheError

_IDENTITY = (1.0, 0.0, 0.0, 1.0)
_MODES = {"DeviceRGB": "RGB", "CalRGB": "RGB", "DeviceGray": "greyscale", "CalGray": "greyscale", "DeviceCMYK": "CMYK"}
_SETS = {"rg": "RGB", "RG": "RGB", "g": "greyscale", "G": "greyscale", "k": "CMYK", "K": "CMYK"}
_STROKES = {"S", "s", "B", "B*", "b", "b*"}
_DEEPEST = 12  # forms within forms; a file that goes deeper calls itself


def read_pdf(file: Path) -> FigureContents:
    """Page, texts, fonts, pictures, colours, transparency and lines of the first page."""
    try:
        from pypdf import PdfReader
    except ModuleNotFoundError:
        raise NicheError("reading a PDF needs pypdf: pip install 'niche[notebooks]'") from None
    reader = PdfReader(file)
    page = reader.pages[0]
    unit = float(page.get("/UserUnit", 1)) * 25.4 / 72
    seen = FigureContents(
        "pdf", float(page.mediabox.width) * unit, float(page.mediabox.height) * unit, len(reader.pages)
    )
    _walk(page.get_contents(), page.get("/Resources", {}), reader, _IDENTITY, seen, 0)
    seen.outlined = not seen.texts
    return seen


def _times(inner: Any, outer: tuple[float, ...]) -> tuple[float, ...]:
    a, b, c, d = (float(v) for v in inner[:4])
    e, f, g, h = outer
    return a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h


def _size(matrix: tuple[float, ...]) -> float:
    return math.sqrt(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]))


def _walk(
    content: Any, resources: Any, reader: Any, outer: tuple[float, ...], seen: FigureContents, depth: int
) -> None:
    """Follow the operators; only the linear part of a matrix matters here."""
    from pypdf.generic import ContentStream

    if content is None or depth > _DEEPEST:
        return
    resources = resources.get_object()
    fonts = _fonts(resources, seen)
    matrix, size, wide, width = outer, 0.0, 1, 1.0
    text: tuple[float, ...] = _IDENTITY
    stack: list[tuple[tuple[float, ...], float]] = []
    for operands, operator in ContentStream(content, reader).operations:
        name = operator.decode("latin-1")
        if name == "q":
            stack.append((matrix, width))
        elif name == "Q" and stack:
            matrix, width = stack.pop()
        elif name == "cm":
            matrix = _times(operands, matrix)
        elif name == "BT":
            text = _IDENTITY
        elif name == "Tf":
            size, wide = float(operands[1]), fonts.get(str(operands[0]), 1)
        elif name == "Tm":
            text = tuple(float(v) for v in operands[:4])
        elif name in ("Tj", "TJ", "'", '"'):
            _text(operands[-1], size * _size(_times(text, matrix)), wide, seen)
        elif name == "w":
            width = float(operands[0])
        elif name in _STROKES:
            seen.lines.append(width * _size(matrix))
        elif name in _SETS:
            seen.colours.add(_SETS[name])
        elif name in ("cs", "CS"):
            seen.colours |= _mode(operands[0], resources)
        elif name == "gs":
            _transparent(resources, str(operands[0]), seen)
        elif name == "Do":
            _object(resources, str(operands[0]), reader, matrix, seen, depth)


def _text(given: Any, size: float, wide: int, seen: FigureContents) -> None:
    pieces = [part for part in given if isinstance(part, str | bytes)] if isinstance(given, list) else [given]
    raw = b"".join(
        p if isinstance(p, bytes) else getattr(p, "original_bytes", p.encode("latin-1", "replace")) for p in pieces
    )
    if raw.strip():
        seen.texts.append((size, len(raw) // wide or 1))


def _fonts(resources: Any, seen: FigureContents) -> dict[str, int]:
    """Note the fonts; bytes of a sign by the font's name here."""
    wide: dict[str, int] = {}
    for key, reference in _of(resources, "/Font").items():
        font = reference.get_object()
        kind = str(font.get("/Subtype", ""))[1:]
        inner = font
        if kind == "Type0":
            inner = font["/DescendantFonts"][0].get_object()
            kind = {"CIDFontType2": "TrueType", "CIDFontType0": "Type 1"}.get(str(inner["/Subtype"])[1:], "unknown")
        about = inner.get("/FontDescriptor", {}).get_object() if "/FontDescriptor" in inner else {}
        there = kind == "Type3" or any(part in about for part in ("/FontFile", "/FontFile2", "/FontFile3"))
        name = str(font.get("/BaseFont", font.get("/Name", "/unnamed")))[1:]
        name = name[7:] if len(name) > 7 and name[6] == "+" else name
        shown = {"Type1": "Type 1", "MMType1": "Type 1", "Type3": "Type 3"}.get(kind, kind)
        seen.fonts[name] = (shown, bool(there))
        wide[str(key)] = 2 if font.get("/Subtype") == "/Type0" else 1
    return wide


def _of(resources: Any, key: str) -> dict[Any, Any]:
    found = resources.get(key, {}) if resources else {}
    return dict(found.get_object()) if hasattr(found, "get_object") else dict(found)


def _mode(space: Any, resources: Any) -> set[str]:
    named = space if isinstance(space, list) else _of(resources, "/ColorSpace").get(space, space)
    found = named.get_object() if hasattr(named, "get_object") else named
    if isinstance(found, list):
        first = str(found[0])[1:]
        if first == "Indexed":
            return _mode(found[1], resources)
        if first == "ICCBased":
            count = int(found[1].get_object().get("/N", 3))
            return {{1: "greyscale", 3: "RGB", 4: "CMYK"}.get(count, "unknown")}
        return {_MODES.get(first, first)}
    return set() if str(found) == "/Pattern" else {_MODES.get(str(found)[1:], str(found)[1:])}


def _transparent(resources: Any, name: str, seen: FigureContents) -> None:
    state = _of(resources, "/ExtGState").get(name)
    if state is None:
        return
    state = state.get_object()
    # An opacity of 0 is how some programs draw nothing at all.
    seen.alpha |= (
        any(0 < float(state.get(key, 1)) < 1 for key in ("/ca", "/CA")) or state.get("/SMask", "/None") != "/None"
    )


def _object(
    resources: Any, name: str, reader: Any, matrix: tuple[float, ...], seen: FigureContents, depth: int
) -> None:
    thing = _of(resources, "/XObject").get(name)
    if thing is None:
        return
    thing = thing.get_object()
    if thing.get("/Subtype") == "/Image":
        across, down = math.hypot(matrix[0], matrix[1]), math.hypot(matrix[2], matrix[3])
        if across and down:
            seen.dpi.append(72 * min(float(thing["/Width"]) / across, float(thing["/Height"]) / down))
        if "/ColorSpace" in thing:
            seen.colours |= _mode(thing["/ColorSpace"], resources)
        seen.alpha |= "/SMask" in thing
    elif thing.get("/Subtype") == "/Form":
        inside = _times(thing.get("/Matrix", (1, 0, 0, 1)), matrix)
        _walk(thing, thing.get("/Resources", resources), reader, inside, seen, depth + 1)
