"""Values of CSS as they are written in an SVG: lengths, words for sizes, names of fonts."""

import math
import re

# Words for sizes, in px of a browser that was not told otherwise.
SIZES = {
    "xx-small": 9.0,
    "x-small": 10.0,
    "small": 13.0,
    "medium": 16.0,
    "large": 18.0,
    "x-large": 24.0,
    "xx-large": 32.0,
}


def families(value: str) -> list[str]:
    """The names in a list of font families."""
    return [name.strip().strip("'\"").strip() for name in value.split(",")] or [""]


# Units of a length in px.
_PX = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 960 / 25.4, "in": 96.0, "q": 24 / 25.4}
_LENGTH = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([a-zA-Z]*|%)$")


def length(text: str, em: float = math.nan, whole: float = math.nan, root: float = 16.0) -> float:
    """A length in px, NaN for what is none.

    Parameters
    ----------
    em, root
        px of the type here and at the root
    whole
        px that 100 % is
    """
    found = _LENGTH.match(text.strip())
    if found is None:
        return math.nan
    number, unit = float(found[1]), found[2].lower()
    relative = {"em": em, "ex": em / 2, "ch": em / 2, "rem": root, "%": whole / 100}
    return number * (relative[unit] if unit in relative else _PX.get(unit, math.nan))
