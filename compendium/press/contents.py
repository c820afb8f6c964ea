"""What a saved figure has in it, whatever kind of file it is."""

import math
from dataclasses import dataclass, field

# Modes of pictures, as Pillow calls them, and what they are to a journal.
MODES = {
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


@dataclass
class FigureContents:
    """What was found in the file of a figure.

    Empty where there is none of it.

    Attributes
    ----------
    width, height
        mm
    pages
        how many
    texts
        (pt, signs) of each piece of text
    fonts
        name -> (type, whether it is in the file)
    outlined
        whether there is no text at all
    dpi
        of the file or of each picture in it
    colours
        colour modes
    alpha
        whether anything is transparent
    lines
        pt, width of each line drawn
    bits
        per channel
    compression
        of a raster file
    size
        bytes
    blind
        what cannot be seen in this kind of file, or was not understood in this one
    """

    kind: str
    width: float = math.nan
    height: float = math.nan
    pages: int = 1
    texts: list[tuple[float, int]] = field(default_factory=list)
    fonts: dict[str, tuple[str, bool]] = field(default_factory=dict)
    outlined: bool = False
    dpi: list[float] = field(default_factory=list)
    colours: set[str] = field(default_factory=set)
    alpha: bool = False
    lines: list[float] = field(default_factory=list)
    bits: int = 8
    compression: str = ""
    size: int = 0
    blind: tuple[str, ...] = ()
