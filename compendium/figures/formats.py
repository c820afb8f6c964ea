"""A drawn figure written in the formats of a journal, the same bytes each time."""

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.figures.house_style import look, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NO_EPS = "no EPS: it cannot hold what is transparent here, and would draw it opaque"


def write_formats(figure: "Figure", folder: Path, name: str) -> tuple[list[str], list[str]]:
    """Write `<folder>/<name>.*` for the journal of the look in force; returns names of files, and notes."""
    asked = look().journal
    assert asked is not None
    files, notes = [], []
    for kind in asked.write:
        if kind == "eps" and see_through(figure):
            notes.append(NO_EPS)
            continue
        with style():
            content = _MAKE[kind](figure, asked.dpi)
        (folder / f"{name}.{kind}").write_bytes(content)
        files.append(f"{name}.{kind}")
    return files, notes


def see_through(figure: "Figure") -> bool:
    """Whether anything that is drawn is partly transparent."""
    from matplotlib.colors import to_rgba_array

    for artist in figure.findobj(lambda a: a.get_visible()):
        alpha = artist.get_alpha()
        if alpha is not None and np.min(alpha) < 1:
            return True
        for get in ("get_facecolor", "get_edgecolor"):
            colours = getattr(artist, get, lambda: ())()
            if isinstance(colours, str) or not len(colours):
                continue
            values = to_rgba_array(colours)[:, 3]
            if ((values > 0) & (values < 1)).any():
                return True
    return False


def _saved(figure: "Figure", kind: str, dpi: int, metadata: dict[str, Any]) -> bytes:
    data = io.BytesIO()
    figure.savefig(data, format=kind, dpi=dpi, metadata=metadata)
    return data.getvalue()


def _maker() -> str:
    from niche import __version__

    return f"niche {__version__}"


def _pdf(figure: "Figure", dpi: int) -> bytes:
    return _saved(figure, "pdf", dpi, {"Creator": _maker(), "CreationDate": None})


def _svg(figure: "Figure", dpi: int) -> bytes:
    return _saved(figure, "svg", dpi, {"Creator": _maker(), "Date": None})


def _eps(figure: "Figure", dpi: int) -> bytes:
    text = _saved(figure, "eps", dpi, {"Creator": _maker()})
    return re.sub(rb"%%(CreationDate|Title):[^\n]*\n", b"", text)


def _png(figure: "Figure", dpi: int) -> bytes:
    return _saved(figure, "png", dpi, {"Software": _maker()})


def _tiff(figure: "Figure", dpi: int) -> bytes:
    from PIL import Image

    return tiff(Image.open(io.BytesIO(_png(figure, dpi))), dpi)


def tiff(picture: Any, dpi: int) -> bytes:
    """A Pillow image as TIFF on white: 8 bits, RGB, no alpha, one layer, LZW."""
    from PIL import Image

    whole = picture.convert("RGBA")
    flat = Image.new("RGB", whole.size, "white")
    flat.paste(whole, mask=whole.getchannel("A"))
    data = io.BytesIO()
    flat.save(data, "TIFF", compression="tiff_lzw", dpi=(dpi, dpi), software=_maker())
    return data.getvalue()


_MAKE = {"pdf": _pdf, "svg": _svg, "eps": _eps, "png": _png, "tiff": _tiff}
