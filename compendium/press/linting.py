"""Saved figures held against a journal's rules: which file breaks which rule, by what was found."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.figures.journals import Journal
from compendium.press.contents import FigureContents
from compendium.press.seen import look_at

_CLOSE = {"mm": 0.5, "pt": 0.05, "line": 0.01, "dpi": 1.0}  # as near as programs round
_RASTER = ("tiff", "png")


@dataclass(frozen=True)
class Fault:
    """A rule that a file breaks, what was found, what is asked and who asks; `breaks` False: only worth a note."""

    file: str
    rule: str
    found: str
    asked: str
    source: str
    breaks: bool = True

    def __str__(self) -> str:
        said = "breaks" if self.breaks else "note on"
        return f"{self.file}: {said} {self.rule}: {self.found}; asked: {self.asked}"


def lint(file: Path, asked: Journal) -> tuple[list[Fault], FigureContents]:
    """What a file breaks, and all that was seen in it. Raises `NicheError` for a file that cannot be read."""
    seen = look_at(file)
    faults = []
    for rule, found, wanted, *breaks in _checks(seen, asked):
        source = asked.rules[rule].source
        faults.append(Fault(str(file), rule, found, wanted, source, breaks[0] if breaks else True))
    return faults, seen


def _checks(seen: FigureContents, asked: Journal) -> Iterator[tuple[Any, ...]]:
    if seen.kind not in asked.value("formats"):
        yield "formats", seen.kind, " or ".join(asked.value("formats"))
    yield from _page(seen, asked)
    yield from _texts(seen, asked)
    yield from _fonts(seen, asked)
    if seen.outlined and asked.value("outlines") is False and seen.kind not in _RASTER:
        yield "outlines", "no text in the file: it is drawn as outlines", "text that stays text"
    yield from _pictures(seen, asked)
    thin = min(seen.lines, default=math.inf)
    if thin < asked.value("line_min", 0) - _CLOSE["line"]:
        yield "line_min", f"a line of {thin:.2g} pt", f"at least {asked.value('line_min'):g} pt"


def _page(seen: FigureContents, asked: Journal) -> Iterator[tuple[Any, ...]]:
    if math.isnan(seen.width):
        rule = "width_max" if "width_max" in asked.rules else "widths"
        yield rule, "the file does not say how large it is in mm", "a size in mm, or dpi of a raster file"
        return
    widths = asked.value("widths", ())
    if widths and not any(abs(seen.width - wide) <= _CLOSE["mm"] for wide in widths):
        within = seen.width <= max(widths) + _CLOSE["mm"]
        yield "widths", f"{seen.width:.1f} mm wide", f"{' or '.join(f'{w:g}' for w in widths)} mm", not within
    for rule, sign, what in (
        ("width_min", -1, seen.width),
        ("width_max", 1, seen.width),
        ("max_height", 1, seen.height),
    ):
        limit = asked.value(rule)
        if limit is not None and sign * (what - limit) > _CLOSE["mm"]:
            side = "high" if rule == "max_height" else "wide"
            yield rule, f"{what:.1f} mm {side}", f"at {'most' if sign > 0 else 'least'} {limit:g} mm"
    if seen.pages != 1:
        yield "max_height", f"{seen.pages} pages", "one"


def _texts(seen: FigureContents, asked: Journal) -> Iterator[tuple[Any, ...]]:
    if not seen.texts:
        return
    small = min(size for size, _ in seen.texts)
    if small < asked.value("text_min") - _CLOSE["pt"]:
        yield "text_min", f"text of {small:.2f} pt", f"at least {asked.value('text_min'):g} pt"
    # A panel letter is one sign, and may be as large as panel letters are.
    large = max(
        (size for size, signs in seen.texts if signs > 1 or size > asked.letters.size + _CLOSE["pt"]), default=0
    )
    if large > asked.value("text_max") + _CLOSE["pt"]:
        yield "text_max", f"text of {large:.2f} pt", f"at most {asked.value('text_max'):g} pt"


def _fonts(seen: FigureContents, asked: Journal) -> Iterator[tuple[Any, ...]]:
    allowed, stand_ins = asked.value("fonts"), asked.value("stand_ins", ())
    for name, (kind, there) in sorted(seen.fonts.items()):
        if not _is_one_of(name, allowed):
            yield "fonts", name, " or ".join(allowed), not _is_one_of(name, stand_ins)
        if seen.kind == "svg":
            continue
        if "font_types" in asked.rules:
            if not there:
                yield "font_types", f"{name} is not in the file", "embedded fonts"
            elif kind not in asked.value("font_types"):
                yield "font_types", f"{name} is {kind}", " or ".join(asked.value("font_types"))


def _is_one_of(name: str, families: tuple[str, ...]) -> bool:
    """ArialMT, Arial-BoldMT and 'Arial' are Arial; ArialNarrow is not."""
    bare = re.sub(r"(PS)?(MT)?$", "", re.split(r"[-,]", name)[0]).replace(" ", "").lower()
    return bare in {re.sub(r"(PS)?(MT)?$", "", family.replace(" ", "")).lower() for family in families}


def _pictures(seen: FigureContents, asked: Journal) -> Iterator[tuple[Any, ...]]:
    if seen.dpi:
        low, high = min(seen.dpi), max(seen.dpi)
        if math.isnan(low):
            yield "dpi_min", "the file does not say its dpi", f"at least {asked.value('dpi_min'):g} dpi"
        elif low < asked.value("dpi_min") - _CLOSE["dpi"]:
            yield "dpi_min", f"{low:.0f} dpi", f"at least {asked.value('dpi_min'):g} dpi"
        if seen.kind in _RASTER and high > asked.value("dpi_max", math.inf) + _CLOSE["dpi"]:
            yield "dpi_max", f"{high:.0f} dpi", f"at most {asked.value('dpi_max'):g} dpi"
    for mode in sorted(seen.colours - set(asked.value("colours"))):
        yield "colours", mode, " or ".join(asked.value("colours"))
    if seen.alpha and asked.value("alpha") is False:
        yield "alpha", "something is transparent" if seen.kind not in _RASTER else "an alpha channel", "none"
    if seen.kind in _RASTER and seen.bits != asked.value("bits", seen.bits):
        yield "bits", f"{seen.bits} bits per channel", f"{asked.value('bits'):g}"
    if seen.kind == "tiff" and seen.compression not in asked.value("compression", (seen.compression,)):
        yield "compression", seen.compression or "none", " or ".join(asked.value("compression"))
    if seen.size > asked.value("max_bytes", math.inf):
        yield "max_bytes", f"{seen.size / 1e6:.1f} MB", f"at most {asked.value('max_bytes') / 1e6:g} MB"
