"""What stands in a saved figure: its page, texts, fonts, pictures, colours. Read from the file, whoever wrote it."""

import math
from collections.abc import Callable
from pathlib import Path

from compendium.press.contents import MODES, FigureContents
from compendium.press.seen_pdf import read_pdf
from compendium.press.seen_svg import read_svg
from niche.errors import NicheError

KINDS = {".pdf": "pdf", ".svg": "svg", ".tif": "tiff", ".tiff": "tiff", ".png": "png"}


def look_at(file: Path) -> FigureContents:
    """What a file has. Raises `NicheError` for one that is missing, of a kind that is not read here, or broken."""
    kind = KINDS.get(file.suffix.lower())
    if kind is None:
        raise NicheError(f"{file}: figures are read as {', '.join(sorted(KINDS))}; export it as one of these")
    try:
        found = _READERS[kind](file)
        found.size = file.stat().st_size
    except NicheError:
        raise
    except FileNotFoundError:
        raise NicheError(f"there is no file {file}") from None
    except IsADirectoryError:
        raise NicheError(f"{file} is a folder; name the figures in it") from None
    except Exception as error:  # whatever a damaged file makes of a reader
        raise NicheError(f"{file} cannot be read as {kind}: {error or type(error).__name__}") from None
    return found


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
        seen.colours = {MODES.get(picture.mode, picture.mode)}
        seen.alpha = "A" in picture.getbands() or "transparency" in picture.info
        seen.bits = 16 if "16" in picture.mode else 1 if picture.mode == "1" else 32 if picture.mode in "IF" else 8
        seen.compression = str(picture.info.get("compression", "")) if kind == "tiff" else ""
    seen.blind = ("size of the text", "fonts", "width of the lines")
    return seen


_READERS: dict[str, Callable[[Path], FigureContents]] = {
    "pdf": read_pdf,
    "svg": read_svg,
    "tiff": _raster,
    "png": _raster,
}
