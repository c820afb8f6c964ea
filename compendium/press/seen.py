"""What stands in a saved figure: its page, texts, fonts, pictures, colours. Read from the file, whoever wrote it."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from compendium.press.contents import FigureContents
from niche.errors import NicheError

KINDS = {".pdf": "pdf", ".svg": "svg", ".eps": "eps", ".tif": "tiff", ".tiff": "tiff", ".png": "png"}
_MODES = {
    "RGB": "RGB",
    "RGBA": "RGB",
    "P": "indexed",
    "L": "greyscale",
    "LA": "greyscale",
    "1": "greyscale",
    "I;16": "greyscale",
    "CMYK": "CMYK",
    "LAB": "Lab",
}
_TO_MM = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6, "px": 25.4 / 96, "": 25.4 / 96}


def look_at(file: Path) -> FigureContents:
    """What a file has. Raises `NicheError` for one that is missing, of a kind that is not read here, or broken."""
    kind = KINDS.get(file.suffix.lower())
    if kind is None:
        raise NicheError(f"{file}: figures are read as {', '.join(sorted(KINDS))}")
    readers: dict[str, Callable[[Path], FigureContents]] = {
        "pdf": _pdf,
        "svg": _svg,
        "eps": _eps,
        "tiff": _raster,
        "png": _raster,
    }
    try:
        found = readers[kind](file)
        found.size = file.stat().st_size
    except NicheError:
        raise
    except FileNotFoundError:
        raise NicheError(f"there is no file {file}") from None
    except Exception as error:  # whatever a damaged file makes of a reader
        raise NicheError(f"{file} cannot be read as {kind}: {error}") from None
    return found


def _pdf(file: Path) -> FigureContents:
    from compendium.press.seen_pdf import read_pdf

    return read_pdf(file)


def _raster(file: Path) -> FigureContents:
    from PIL import Image

    with Image.open(file) as picture:
        kind = str(picture.format or "").lower()
        if kind != KINDS[file.suffix.lower()]:
            raise NicheError(f"{file} is called {file.suffix} and is {kind or 'no picture'}")
        across, down = (float(v) for v in picture.info.get("dpi", (math.nan, math.nan)))
        if across < 2 or down < 2:  # how Pillow reads a TIFF that gives no unit
            across = down = math.nan
        seen = FigureContents(
            kind, 25.4 * picture.width / across, 25.4 * picture.height / down, getattr(picture, "n_frames", 1)
        )
        seen.dpi = [across] if math.isnan(across) else [min(across, down)]
        seen.colours = {_MODES.get(picture.mode, picture.mode)}
        seen.alpha = "A" in picture.getbands() or "transparency" in picture.info
        seen.bits = 16 if "16" in picture.mode else 1 if picture.mode == "1" else 32 if picture.mode in "IF" else 8
        seen.compression = str(picture.info.get("compression", "")) if kind == "tiff" else ""
    seen.blind = ("size of the text", "fonts", "width of the lines")
    return seen


def _svg(file: Path) -> FigureContents:
    page = ElementTree.parse(file).getroot()
    if not page.tag.endswith("svg"):
        raise NicheError(f"{file} is not SVG")
    seen = FigureContents("svg", _length(page.get("width", "")), _length(page.get("height", "")), colours={"RGB"})
    box = [float(v) for v in re.split(r"[\s,]+", page.get("viewBox", "").strip()) if v]
    scale = seen.width / box[2] if len(box) == 4 else _TO_MM["px"]
    _walk(page, scale * 72 / 25.4, "", seen)
    seen.outlined = not seen.texts and any(e.tag.endswith(("path", "use")) for e in page.iter())
    seen.blind = ("whether the fonts are in the file: an SVG names them only",)
    return seen


def _walk(node: ElementTree.Element, scale: float, style: str, seen: FigureContents) -> None:
    """scale : pt for one unit; style : what the parents say."""
    name = node.tag.rpartition("}")[2]
    if name in ("defs", "metadata", "style"):
        for child in node if name == "defs" else ():
            _walk(child, scale, style, seen)
        return
    own = f"{style};{node.get('style', '')};" + "".join(
        f"{key}:{node.get(key)};"
        for key in ("font-size", "font-family", "opacity", "fill-opacity", "stroke-width")
        if node.get(key)
    )
    scale *= _grown(node.get("transform", ""))
    for value in re.findall(r"(?:^|[;\s])(?:fill-|stroke-)?opacity:\s*([\d.]+)", node.get("style", "") + ";" + own):
        seen.alpha |= 0 < float(value) < 1
    if name in ("text", "tspan") and "".join([node.text or ""]).strip():
        sizes = re.findall(r"(?:font:[^;]*?|font-size:\s*)([\d.]+)px", own)
        if sizes:
            seen.texts.append((float(sizes[-1]) * scale, len((node.text or "").strip())))
        families = re.findall(r"(?:font:[^;]*?px|font-family:)\s*([^;]+)", own)
        if families:
            first = families[-1].split(",")[0].strip().strip("'\"")
            seen.fonts.setdefault(first, ("named", False))
    if name in ("path", "line", "polyline", "use") and "stroke:" in own and "stroke: none" not in own:
        widths = re.findall(r"stroke-width:\s*([\d.]+)", own)
        if widths:
            seen.lines.append(float(widths[-1]) * scale)
    for child in node:
        _walk(child, scale, own, seen)


def _grown(transform: str) -> float:
    """By how much a transform enlarges."""
    factor = 1.0
    for what, inside in re.findall(r"(\w+)\(([^)]*)\)", transform):
        values = [float(v) for v in re.split(r"[\s,]+", inside.strip()) if v]
        if what == "scale":
            factor *= math.sqrt(abs(values[0] * values[-1]))
        elif what == "matrix":
            factor *= math.sqrt(abs(values[0] * values[3] - values[1] * values[2]))
    return factor


def _length(text: str) -> float:
    found = re.fullmatch(r"([\d.]+)\s*([a-z]*)", text.strip())
    return float(found[1]) * _TO_MM[found[2]] if found and found[2] in _TO_MM else math.nan


def _eps(file: Path) -> FigureContents:
    text = file.read_bytes().decode("latin-1")
    box = re.search(r"%%HiResBoundingBox:\s*([-\d.\s]+)\n", text) or re.search(r"%%BoundingBox:\s*([-\d\s]+)\n", text)
    if not text.startswith("%!PS") or box is None:
        raise NicheError(f"{file} is not encapsulated PostScript: it lacks %!PS or %%BoundingBox")
    left, bottom, right, top = (float(v) for v in box[1].split()[:4])
    seen = FigureContents("eps", (right - left) * 25.4 / 72, (top - bottom) * 25.4 / 72)
    for name, body in re.findall(r"/FontName\s*/(\S+)\s+def(.*?)(?=/FontName|%%EndProlog|\Z)", text, re.DOTALL):
        number = re.search(r"/FontType\s+(\d+)", body) or re.search(r"/FontType\s+(\d+)", text)
        kinds = {"42": "TrueType", "3": "Type 3", "1": "Type 1"}
        seen.fonts[name] = (kinds.get(number[1] if number else "", "of unknown type"), True)
    for name, size in re.findall(r"/(\S+)\s+([\d.]+)\s+(?:selectfont|scalefont)", text):
        seen.fonts.setdefault(name, ("named", False))
        seen.texts.append((float(size), 2))
    seen.lines = [float(w) for w in re.findall(r"(?:^|\s)([\d.]+) setlinewidth", text) if float(w) > 0]
    modes = {"setrgbcolor": "RGB", "setgray": "greyscale", "setcmykcolor": "CMYK"}
    seen.colours = {mode for word, mode in modes.items() if re.search(rf"[\d.]\s+{word}", text)}
    seen.outlined = not seen.texts
    seen.blind = ("sizes under a scale that the file sets itself", "resolution of pictures")
    return seen
