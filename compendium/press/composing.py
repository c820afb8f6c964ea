"""Panels put on one page, each redrawn at the width it has there, with letters: nothing is scaled, text stays text."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.figures.formats import tiff
from compendium.figures.house_style import MM, look, style
from compendium.figures.journals import Journal
from niche.errors import NicheError, known
from niche.params.records import read_yaml

GAP = 4.0  # mm between panels
KINDS = ("pdf", "svg", "tiff", "png")
_PT = 72 / 25.4


@dataclass(frozen=True)
class ComposedSheet:
    """What stands where: rows of letters from the top, the figure of each letter, mm of the page and of each panel."""

    rows: tuple[tuple[str, ...], ...]
    panels: Mapping[str, str]
    width: float
    widths: Mapping[str, float]


@dataclass(frozen=True)
class Placed:
    """A panel's files without their ending, its left and upper edge and its size, all in mm."""

    letter: str
    stem: Path
    left: float
    top: float
    width: float
    height: float


def sheet(given: Sequence[str], rows: str | None, asked: Journal) -> ComposedSheet:
    """What `--compose` was given: letter=claim/figure, several, and rows as "ab/c"; or one YAML file of them.

    A file has `panels` (letter: claim/figure) and may have `rows` ([[a, b], [c]]), `width` (a name or mm) and `widths`
    (letter: mm). Panels that share a row share its width evenly unless told. Without rows each has one of its own.
    raises : NicheError for anything else
    """
    plan: dict[str, Any]
    if len(given) == 1 and "=" not in given[0]:
        try:
            plan = read_yaml(Path(given[0]))
        except NicheError as error:
            raise NicheError(f"--compose takes letter=claim/figure or a YAML file, got {given[0]!r}: {error}") from None
        known(plan, ("panels", "rows", "width", "widths"), given[0])
    else:
        pairs = [item.partition("=") for item in given]
        for item, (letter, equal, figure) in zip(given, pairs, strict=True):
            if not (letter and equal and figure):
                raise NicheError(f"--compose: letter=claim/figure, got {item!r}")
        if len({letter for letter, _, _ in pairs}) < len(pairs):
            raise NicheError("--compose: a letter stands there twice")
        plan = {"panels": {letter: figure for letter, _, figure in pairs}}
    panels = plan.get("panels")
    if not isinstance(panels, dict) or not panels or not all(isinstance(v, str) for v in panels.values()):
        raise NicheError("--compose needs panels: letter and claim/figure")
    for letter in panels:
        if not re.fullmatch("[A-Za-z]", str(letter)):
            raise NicheError(f"--compose: a panel is called by one letter, got {letter!r}")
    lines = rows.split("/") if rows is not None else plan.get("rows") or [[letter] for letter in panels]
    placed = tuple(tuple(str(letter) for letter in line) for line in lines)
    if sorted(letter for line in placed for letter in line) != sorted(map(str, panels)) or not all(placed):
        raise NicheError(f"rows hold each of the panels {', '.join(map(str, panels))} once, got {lines}")
    wide = plan.get("width", "double")
    page = asked.widths.get(wide) if isinstance(wide, str) else float(wide)
    if page is None or not 0 < page <= asked.widths["double"]:
        raise NicheError(f"width: {', '.join(asked.widths)} or up to {asked.widths['double']:g} mm, got {wide!r}")
    return ComposedSheet(
        placed, {str(k): v for k, v in panels.items()}, page, _widths(placed, page, plan.get("widths") or {})
    )


def _widths(rows: Sequence[Sequence[str]], page: float, given: Mapping[Any, Any]) -> dict[str, float]:
    known(given, [letter for line in rows for letter in line], "widths")
    found: dict[str, float] = {}
    for line in rows:
        left = page - GAP * (len(line) - 1) - sum(float(given[x]) for x in line if x in given)
        free = [x for x in line if x not in given]
        found |= {x: float(given[x]) if x in given else left / len(free) for x in line}
        if min(found[x] for x in line) < 40 or left < -0.01:
            raise NicheError(f"panels {', '.join(line)} do not fit beside one another in {page:g} mm")
    return found


def place_panels(
    rows: Sequence[Sequence[str]], stems: Mapping[str, Path], sizes: Mapping[str, tuple[float, float]], asked: Journal
) -> tuple[list[Placed], float]:
    """Where each panel comes, under its letter, and the height of the page in mm."""
    room = asked.letters.size / _PT + 0.5
    found, top = [], 0.0
    for line in rows:
        left = 0.0
        for letter in line:
            wide, high = sizes[letter]
            found.append(Placed(letter, stems[letter], left, top + room, wide, high))
            left += wide + GAP
        top += room + max(sizes[letter][1] for letter in line) + GAP
    return found, top - GAP


def compose_panels(panels: Sequence[Placed], width: float, height: float, asked: Journal, kind: str) -> bytes:
    """One page of a format in `KINDS`, from the panels' files of that format. The look of the journal is in force."""
    return {"pdf": _pdf, "svg": _svg, "tiff": _picture, "png": _picture}[kind](panels, width, height, asked, kind)


def _letters(panels: Sequence[Placed], width: float, height: float, asked: Journal, kind: str) -> bytes:
    """The letters alone, on a page without a ground."""
    from compendium.figures.page import page

    data = io.BytesIO()
    with style():
        figure = page(width, height)
        figure.patch.set_visible(False)
        for one in panels:
            text = one.letter.upper() if asked.letters.case == "upper" else one.letter.lower()
            up = asked.letters.size / _PT * 0.76 + 0.3  # from the top of the strip to the line that a letter stands on
            base = one.top - (asked.letters.size / _PT + 0.5) + up
            figure.text(
                (one.left + 0.3) / width,
                1 - base / height,
                text,
                fontsize=asked.letters.size,
                weight=asked.letters.weight,
                fontfamily=list(look().fonts),
                va="baseline",
            )
        dates = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}[kind]
        figure.savefig(data, format=kind, dpi=asked.dpi, metadata=dates, transparent=True)
    return data.getvalue()


def _pdf(panels: Sequence[Placed], width: float, height: float, asked: Journal, kind: str) -> bytes:
    from pypdf import PageObject, PdfReader, PdfWriter, Transformation

    from niche import __version__

    sheet = PageObject.create_blank_page(width=width * _PT, height=height * _PT)
    for one in panels:
        drawn = PdfReader(f"{one.stem}.pdf").pages[0]
        move = Transformation().translate(one.left * _PT, (height - one.top - one.height) * _PT)
        sheet.merge_transformed_page(drawn, move)
    sheet.merge_page(PdfReader(io.BytesIO(_letters(panels, width, height, asked, "pdf"))).pages[0])
    writer, data = PdfWriter(), io.BytesIO()
    writer.add_page(sheet)
    writer.compress_identical_objects()
    writer.add_metadata({"/Creator": f"niche {__version__}"})
    writer.write(data)
    return data.getvalue()


def _svg(panels: Sequence[Placed], width: float, height: float, asked: Journal, kind: str) -> bytes:
    parts = []
    for one in panels:
        parts.append(
            _inner(
                Path(f"{one.stem}.svg").read_text(encoding="utf-8"),
                f"panel-{one.letter}",
                one.left * _PT,
                one.top * _PT,
                one.width * _PT,
                one.height * _PT,
            )
        )
    letters = _letters(panels, width, height, asked, "svg").decode("utf-8")
    parts.append(_inner(letters, "letters", 0, 0, width * _PT, height * _PT))
    w, h = width * _PT, height * _PT
    return (
        '<?xml version="1.0" encoding="utf-8" standalone="no"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" '
        f'width="{w:.4f}pt" height="{h:.4f}pt" viewBox="0 0 {w:.4f} {h:.4f}">\n{"".join(parts)}</svg>\n'
    ).encode()


def _inner(text: str, name: str, left: float, top: float, width: float, height: float) -> str:
    """An SVG as a part of another: its names are made its own, for two panels have the same."""
    found = re.search(r"<svg[^>]*viewBox=\"([^\"]*)\"[^>]*>(.*)</svg>", text, re.DOTALL)
    if found is None:
        raise NicheError(f"{name} is not an SVG that can be placed")
    body = re.sub(r"<metadata>.*?</metadata>", "", found[2], flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body)
    return (
        f'<svg x="{left:.4f}" y="{top:.4f}" width="{width:.4f}" height="{height:.4f}" '
        f'viewBox="{found[1]}" id="{name}">{body}</svg>\n'
    )


def _picture(panels: Sequence[Placed], width: float, height: float, asked: Journal, kind: str) -> bytes:
    from PIL import Image

    dots = asked.dpi * MM
    whole = Image.new("RGB", (round(width * dots), round(height * dots)), "white")
    for one in panels:
        with Image.open(f"{one.stem}.{kind}") as drawn:
            whole.paste(drawn.convert("RGB"), (round(one.left * dots), round(one.top * dots)))
    letters = Image.open(io.BytesIO(_letters(panels, width, height, asked, "png")))
    whole.paste(letters, mask=letters.getchannel("A"))
    if kind == "tiff":
        return tiff(whole, asked.dpi)
    data = io.BytesIO()
    whole.save(data, "PNG", dpi=(asked.dpi, asked.dpi))
    return data.getvalue()
