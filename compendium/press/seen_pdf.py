"""What stands in a PDF: its first page read by pdfplumber's interpreter, each thing with the scale it is drawn at.

pdfplumber's own objects give the height of a box for the size of its text, which is wrong for text that stands upright,
and widths of lines before the scale; so the sizes are taken where the interpreter draws.
"""

import io
import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.pdfdevice import PDFDevice
from pdfminer.pdffont import PDFCIDFont, PDFFont, PDFTrueTypeFont, PDFType3Font
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdftypes import dict_value, list_value, resolve1, stream_value
from pdfminer.psparser import literal_name

from compendium.press.contents import FigureContents
from compendium.press.matrices import Matrix, least, tall, times
from niche.errors import NicheError

_MODES = {
    "DeviceRGB": "RGB",
    "CalRGB": "RGB",
    "RGB": "RGB",
    "DeviceGray": "greyscale",
    "CalGray": "greyscale",
    "G": "greyscale",
    "DeviceCMYK": "CMYK",
    "CMYK": "CMYK",
    "Separation": "a spot colour",
    "DeviceN": "spot colours",
}
_BY_COMPONENTS = {1: "greyscale", 3: "RGB", 4: "CMYK"}
_INVISIBLE = (3, 7)  # modes of text that is not painted: searchable text below a scan, clipping
_STROKED = (1, 2, 5, 6)


def read_pdf(file: Path) -> FigureContents:
    """Page, texts, fonts, pictures, colours, transparency and lines of the first page."""
    with _stumbles() as stumbled, pdfplumber.open(io.BytesIO(file.read_bytes())) as document:
        if not document.pages:
            raise NicheError(f"{file} has no page")
        page = document.pages[0].page_obj
        unit = float(resolve1(page.attrs.get("UserUnit", 1)))
        left, bottom, right, top = page.cropbox
        wide, high = (right - left, top - bottom) if page.rotate % 180 == 0 else (top - bottom, right - left)
        mm = unit * 25.4 / 72
        seen = FigureContents("pdf", wide * mm, high * mm, len(document.pages))
        drawn = _Drawn(seen, unit)
        _Interpreter(PDFResourceManager(), drawn).process_page(page)
    seen.outlined = not drawn.texts and drawn.curved > _LETTERS
    unread = drawn.unread
    if not drawn.texts and not seen.outlined and drawn.shapes:
        unread.add("whether text is drawn as outlines: there is no text in the file")
    if stumbled:
        more = f", and {len(stumbled) - 1} more" if len(stumbled) > 1 else ""
        unread.add(f"what is damaged in the file ({stumbled[0]}{more})")
    seen.blind = tuple(sorted(unread))
    return seen


@contextmanager
def _stumbles() -> Iterator[list[str]]:
    """What pdfminer warns of while it reads goes into this list, for it reads on with a guess."""
    found: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: found.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("pdfminer")
    logger.addHandler(handler)
    before, logger.propagate = logger.propagate, False
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


_LETTERS = 10  # filled shapes with curves: so many in a file without text are letters as outlines


class _Drawn(PDFDevice):
    """What the interpreter draws, noted in `seen`; `unit` is of the page, in pt."""

    def __init__(self, seen: FigureContents, unit: float) -> None:
        super().__init__(PDFResourceManager())
        self.seen, self.unit = seen, unit
        self.texts, self.shapes, self.curved = 0, 0, 0
        self.unread: set[str] = set()
        self.named: Any = {}  # colour spaces that the resources at hand give names to

    def _matrix(self) -> Matrix:
        a, b, c, d = (float(v) for v in (self.ctm or (1, 0, 0, 1))[:4])
        return (a * self.unit, b * self.unit, c * self.unit, d * self.unit)

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        font, mode = textstate.font, int(textstate.render)
        signs = _signs(font, seq)
        if not signs or mode in _INVISIBLE:
            return
        self.texts += 1
        size = abs(textstate.fontsize) * tall(times(tuple(textstate.matrix[:4]), self._matrix()))
        if isinstance(font, PDFType3Font):
            em = abs(float(font.matrix[3]))
            if not (math.isclose(em, 0.001) or math.isclose(em, 1.0)):
                self.unread.add("size of text in fonts of Type 3 with a measure of their own")
                size = math.nan
        if not math.isnan(size):
            self.seen.texts.append((size, signs))
        name, kind, there = _font(font)
        self.seen.fonts[name] = (kind, there)
        self._painted(graphicstate, fill=mode not in (1, 5), stroke=mode in _STROKED)

    def paint_path(self, graphicstate: Any, stroke: bool, fill: bool, evenodd: bool, path: Sequence[Any]) -> None:
        self.shapes += 1
        self.curved += fill and any(part[0] in ("c", "v", "y") for part in path)
        self._painted(graphicstate, fill, stroke)
        if stroke:  # a width of 0 is the thinnest line of the printer
            self.seen.lines.append(graphicstate.linewidth * least(self._matrix()))

    def _painted(self, graphicstate: Any, fill: bool, stroke: bool) -> None:
        for painted, space in ((fill, graphicstate.ncs), (stroke, graphicstate.scs)):
            if painted and space.name == "Pattern":
                self.unread.add("what patterns hold")
            elif painted:
                mode = _BY_COMPONENTS.get(space.ncomponents) if space.name == "ICCBased" else _MODES.get(space.name)
                self.seen.colours.add(mode or space.name)

    def render_image(self, name: str, stream: Any) -> None:
        wide, high = (
            float(resolve1(stream.get_any((long, short), 0))) for long, short in (("Width", "W"), ("Height", "H"))
        )
        a, b, c, d = self._matrix()
        across, down = math.hypot(a, b), math.hypot(c, d)
        if across and down and wide and high:
            self.seen.dpi.append(72 * min(wide / across, high / down))
        space = stream.get_any(("ColorSpace", "CS"))
        if space is not None:
            self.seen.colours |= _space(space, self.named)
        elif not resolve1(stream.get_any(("ImageMask", "IM"), False)):
            self.unread.add("colours of a picture that says them in its own data")
        self.seen.alpha |= "SMask" in stream.attrs


def _signs(font: PDFFont, seq: Any) -> int:
    """How many signs of a string can be seen; those whose meaning is not told count."""
    count = 0
    for part in seq:
        for sign in font.decode(part) if isinstance(part, bytes) else ():
            try:
                count += bool(font.to_unichr(sign).strip())
            except Exception:  # a font that does not say what its signs mean
                count += 1
    return count


def _font(font: PDFFont) -> tuple[str, str, bool]:
    """Name without the mark of a subset, kind, whether it is in the file."""
    name = str(getattr(font, "basefont", "") or font.fontname)
    name = name[7:] if len(name) > 7 and name[6] == "+" else name
    if isinstance(font, PDFType3Font):
        return name, "Type 3", True
    there = any(part in font.descriptor for part in ("FontFile", "FontFile2", "FontFile3"))
    true = isinstance(font, PDFTrueTypeFont) or (isinstance(font, PDFCIDFont) and "FontFile2" in font.descriptor)
    if isinstance(font, PDFCIDFont) and not there:
        return name, "a composite font", False
    return name, "TrueType" if true else "Type 1", there


def _space(given: Any, named: Any) -> set[str]:
    """The colour modes of a colour space.

    Parameters
    ----------
    named
        those that the resources give names to
    """
    space = resolve1(given)
    if not isinstance(space, list):
        name = str(literal_name(space))
        return _space(named[name], {}) if name in named else set() if name == "Pattern" else {_MODES.get(name, name)}
    first = str(literal_name(resolve1(space[0])))
    if first in ("Indexed", "I"):
        return _space(space[1], named)
    if first == "ICCBased":
        return {_BY_COMPONENTS.get(int(resolve1(stream_value(space[1])["N"])), "unknown")}
    return {_MODES.get(first, first)}


class _Interpreter(PDFPageInterpreter):
    """pdfminer's interpreter, with what it leaves out: states by name, what a form takes over from where it is drawn,
    and the width of a line as it was set, for the scale that counts is that of the moment when it is drawn."""

    device: _Drawn

    def init_state(self, ctm: Any) -> None:
        super().init_state(ctm)
        self.graphicstate.linewidth = 1.0

    def subinterp(self) -> "_Interpreter":
        inner = _Form(self)
        inner.parent_stream_ids |= self.parent_stream_ids | self.stream_ids
        return inner

    def do_w(self, linewidth: Any) -> None:
        self.graphicstate.linewidth = float(resolve1(linewidth))

    def do_gs(self, name: Any) -> None:
        state = dict_value(dict_value(self.resources.get("ExtGState", {})).get(literal_name(name), {}))
        if "LW" in state:
            self.do_w(state["LW"])
        if "Font" in state:
            font, size = list_value(state["Font"])
            self.textstate.font = self.rsrcmgr.get_font(getattr(font, "objid", None), dict_value(font))
            self.textstate.fontsize = float(resolve1(size))
        # An opacity of 0 is how some programs draw nothing at all.
        clear = any(0 < float(resolve1(state.get(key, 1))) < 1 for key in ("ca", "CA"))
        mask = "SMask" in state and isinstance(resolve1(state["SMask"]), dict)
        blend = resolve1(state.get("BM", "Normal"))
        modes = blend if isinstance(blend, list) else [blend]
        plain = all(getattr(m, "name", m) in ("Normal", "Compatible") for m in modes)
        self.device.seen.alpha |= clear or mask or not plain

    def do_sh(self, name: Any) -> None:
        shading = resolve1(dict_value(self.resources.get("Shading", {})).get(literal_name(name)))
        about = getattr(shading, "attrs", shading) or {}
        if "ColorSpace" in about:
            self.device.seen.colours |= _space(about["ColorSpace"], dict_value(self.resources.get("ColorSpace", {})))

    def do_Do(self, xobjid_arg: Any) -> None:
        self.device.named = dict_value(self.resources.get("ColorSpace", {}))
        super().do_Do(xobjid_arg)
        self.device.set_ctm(self.ctm)  # a form leaves its own

    def do_EI(self, obj: Any) -> None:
        self.device.named = dict_value(self.resources.get("ColorSpace", {}))
        super().do_EI(obj)


class _Form(_Interpreter):
    """The interpreter of a form within a page: it begins with the state of the place where it is drawn."""

    def __init__(self, outer: _Interpreter) -> None:
        super().__init__(outer.rsrcmgr, outer.device)
        self.outer = outer

    def init_state(self, ctm: Any) -> None:
        super().init_state(ctm)
        self.textstate, self.graphicstate = self.outer.textstate.copy(), self.outer.graphicstate.copy()
