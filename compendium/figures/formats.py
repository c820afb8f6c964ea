"""A drawn figure written in the formats of a journal, the same bytes each time."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.figures.house_style import look, style
from compendium.figures.pictures import plain_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_formats(figure: "Figure", folder: Path, name: str) -> list[str]:
    """Write `<folder>/<name>.*` for the journal of the look in force; returns the names of the files."""
    asked = look().journal
    assert asked is not None
    files = []
    for kind in asked.write:
        with style():
            content = _MAKE[kind](figure, asked.dpi)
        content = plain_svg(content, name) if kind == "svg" else content
        (folder / f"{name}.{kind}").write_bytes(content)
        files.append(f"{name}.{kind}")
    return files


def svg(figure: "Figure", name: str, dpi: int = 300) -> bytes:
    """A figure as a drawing whose ids begin with its name."""
    with style():
        return plain_svg(_svg(figure, dpi), name)


def _saved(figure: "Figure", kind: str, dpi: int, metadata: dict[str, Any]) -> bytes:
    data = io.BytesIO()
    figure.savefig(data, format=kind, dpi=dpi, metadata=metadata)
    return data.getvalue()


def maker() -> str:
    """Who made a file, as every format says it."""
    from niche import __version__

    return f"niche {__version__}"


def _pdf(figure: "Figure", dpi: int) -> bytes:
    return _saved(figure, "pdf", dpi, {"Creator": maker(), "CreationDate": None})


def _svg(figure: "Figure", dpi: int) -> bytes:
    return _saved(figure, "svg", dpi, {"Creator": maker(), "Date": None})


def _png(figure: "Figure", dpi: int) -> bytes:
    return _saved(figure, "png", dpi, {"Software": maker()})


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
    flat.save(data, "TIFF", compression="tiff_lzw", dpi=(dpi, dpi), software=maker())
    return data.getvalue()


_MAKE = {"pdf": _pdf, "svg": _svg, "png": _png, "tiff": _tiff}
