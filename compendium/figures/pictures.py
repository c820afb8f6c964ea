"""Pictures as git can hold them: few colours, and drawings whose bytes do not depend on the processor."""

import io
import re
from collections.abc import Mapping

COLOURS = (32, 64, 128, 256)
ENOUGH = 0.7  # of 255, on average over a picture: fewer colours than would change it by more are not taken
_WHITE = 252
_DIGITS = 2  # of a coordinate in points: a hundredth is a fiftieth of a pixel of a screen
_HASHED = re.compile(r'\bid="([a-z][0-9a-f]{10})"')
_PLACES = re.compile(r'(?<= )(?:d|x|y|x1|x2|y1|y2|width|height|points)="[^"]*"')
_LONG = re.compile(rf"-?\d+\.\d{{{_DIGITS + 1},}}(?![\d.eE])")


def plain_svg(drawing: bytes, name: str) -> bytes:
    """A drawing of matplotlib with coordinates to a hundredth of a point, and ids by number.

    matplotlib names a clip path by a hash of its unrounded corners, so the last bit of a sum, which depends on the
    processor, would change the name.

    Parameters
    ----------
    name
        begins every id, so that two drawings on one page do not share any
    """
    text = drawing.decode("utf-8")
    text = _PLACES.sub(lambda found: _LONG.sub(lambda number: _rounded(number[0]), found[0]), text)
    for number, old in enumerate(dict.fromkeys(_HASHED.findall(text)), 1):
        text = text.replace(f'"{old}"', f'"{name}-{number}"').replace(f"#{old}", f"#{name}-{number}")
    return text.encode()


def _rounded(number: str) -> str:
    short = f"{float(number):.{_DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def few_colours(png: bytes, most: int = COLOURS[-1], about: Mapping[str, str | None] | None = None) -> bytes:
    """A picture with as few colours as show it, at most `most`: a tenth of the bytes, and nothing that an eye sees.

    Parameters
    ----------
    about
        what the file says of itself
    """
    import numpy as np
    from PIL import Image, PngImagePlugin

    whole = Image.open(io.BytesIO(png))
    dpi, full = whole.info.get("dpi"), whole.convert("RGB")
    seen = np.asarray(full, dtype=np.int16)
    for count in [one for one in COLOURS if one <= most]:
        few = full.quantize(count, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        palette = [255 if level >= _WHITE else level for level in few.getpalette() or []]
        few.putpalette(palette)  # paper stays white
        if np.abs(np.asarray(few.convert("RGB"), dtype=np.int16) - seen).mean() <= ENOUGH:
            break
    told = PngImagePlugin.PngInfo()
    for key, value in (about or {}).items():
        if value is not None:
            told.add_itxt(key, value) if not value.isascii() else told.add_text(key, value)
    data = io.BytesIO()
    few.save(data, "PNG", optimize=True, pnginfo=told, **({"dpi": dpi} if dpi else {}))
    return data.getvalue()
