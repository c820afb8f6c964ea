"""A marrow slice in motion: fibres as they run, day by day, as a strip of stills for print and as a short animation."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compendium.figures.house_style import MM, millimetres, style
from compendium.figures.saving import rounded
from niche.errors import NicheError
from niche.tissue import Course, Scenario, run
from niche.tissue.nerve import Nerve
from niche.tissue.slice import Slice

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from PIL.Image import Image

BONE, TUMOUR, MARROW = (217, 208, 193), (122, 31, 92), (255, 255, 255)
SENSORY, SYMPATHETIC = (213, 94, 0), (0, 114, 178)
MOST = 1_000_000  # bytes of an animation on a page


class Points(NamedTuple):
    """Where living fibres lie on one day [um], shape (pieces, 2) each."""

    sensory: np.ndarray
    sympathetic: np.ndarray


class Film(NamedTuple):
    """A course with its fibres on each day that was kept."""

    course: Course
    fibres: Sequence[Points]
    spacing: float
    what: str


def living(nerve: Nerve) -> np.ndarray:
    """Pieces of living fibre, x and y [um], shape (pieces, 2)."""
    r, s = nerve.resting, nerve.sprouts
    x = np.concatenate([r.x[r.alive], s.piece_x[s.piece_alive]])
    y = np.concatenate([r.y[r.alive], s.piece_y[s.piece_alive]])
    return np.stack([x, y], axis=1).astype(np.float32)


def filmed(scenario: Scenario, what: str, *, every: float = 1.0, threads: int = 1) -> Film:
    """Run a scenario and keep where its fibres lie. `what` says in words what is done to it."""
    kept: list[Points] = []

    def watch(state: Slice) -> None:
        kept.append(Points(living(state.sensory), living(state.sympathetic)))

    course = run(scenario, every=every, threads=threads, watch=watch)
    return Film(course, kept, scenario.geometry.spacing, what)


def frame(film: Film, at: int, pixels: int = 360) -> "Image":
    """One day as a picture of `pixels` a side: bone sand, tumour purple, sensory fibres orange, sympathetic blue.

    Resting fibres are lines and sprouts are dotted: each dot is what grew in one step.
    """
    from PIL import Image, ImageDraw

    mineral, tumour = film.course.maps["mineral"][at], _behind_bone(film, at)
    colour = np.full((*mineral.shape, 3), MARROW, dtype=float)
    colour += 0.75 * np.clip(tumour, 0, 1)[..., None] * (np.array(TUMOUR) - colour)
    ground = Image.fromarray(np.clip(colour, 0, 255).astype(np.uint8)).resize(
        (pixels, pixels), Image.Resampling.BICUBIC
    )
    # The share of bone crosses one half at its surface: enlarged smoothly and cut there, its edge is sharp.
    share = Image.fromarray((mineral * 255).astype(np.uint8)).resize((pixels, pixels), Image.Resampling.BICUBIC)
    ground.paste(BONE, mask=share.point(lambda grey: 255 if grey >= 128 else 0))
    draw, scale = ImageDraw.Draw(ground), pixels / (mineral.shape[1] * film.spacing)
    for points, shade in ((film.fibres[at].sensory, SENSORY), (film.fibres[at].sympathetic, SYMPATHETIC)):
        for x, y in (points * scale).tolist():
            draw.ellipse((x - 0.9, y - 0.9, x + 0.9, y + 0.9), fill=shade)
    return ground


def _behind_bone(film: Film, at: int) -> np.ndarray:
    """Tumour with its value at the nearest marrow where bone is, or an enlarged picture has a halo about bone."""
    from scipy.ndimage import distance_transform_edt

    bone = film.course.maps["mineral"][at] > 0.5
    nearest = distance_transform_edt(bone, return_distances=False, return_indices=True)
    return np.asarray(film.course.maps["tumour"][at][tuple(nearest)])


def animation(film: Film, *, pixels: int = 360, bar: float = 200.0, seconds: float = 0.16) -> bytes:
    """A GIF that plays once and stops on its last day, with a scale bar, the day, and what is done.

    It is over in under five seconds, so that nobody needs a button to stop it (WCAG 2.2.2).

    Parameters
    ----------
    pixels
        of a side
    bar
        length of the scale bar [um]
    seconds
        of a day

    Raises
    ------
    NicheError
        for a bar longer than the slice, or a file above a megabyte
    """
    from matplotlib.font_manager import findfont
    from PIL import Image, ImageDraw, ImageFont

    size = film.course.maps["mineral"].shape[2] * film.spacing
    _checked_bar(bar, size)
    font, strip = ImageFont.truetype(findfont("DejaVu Sans"), 14), 26  # matplotlib brings it; Pillow's own has no µ
    palette = _palette()
    frames: list[Image.Image] = []
    for at, row in enumerate(film.course.rows):
        sheet = Image.new("RGB", (pixels, pixels + strip), "white")
        sheet.paste(frame(film, at, pixels), (0, strip))
        draw = ImageDraw.Draw(sheet)
        draw.text((4, 4), f"day {row['day']:.0f}", fill="black", font=font)
        draw.text((64, 4), film.what, fill="black", font=font)
        left, low, long = 8, pixels + strip - 10, bar * pixels / size
        draw.rectangle((left - 4, low - 22, left + max(long, 60) + 6, low + 7), fill="white")
        draw.line((left, low, left + long, low), fill="black", width=3)
        draw.text((left, low - 20), f"{bar:g} µm", fill="black", font=font)
        frames.append(sheet.quantize(palette=palette, dither=Image.Dither.NONE))
    last = [round(1000 * seconds)] * (len(frames) - 1) + [2000]
    data = io.BytesIO()
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:], duration=last, optimize=True)
    if data.tell() > MOST:
        raise NicheError(
            f"the animation has {data.tell():,} bytes, at most {MOST:,} belong on a page: fewer pixels or days"
        )
    return data.getvalue()


def _palette() -> "Image":
    """64 colours: bone, fibres, ink, and shades from marrow to tumour; one for all days, so that nothing flickers."""
    from PIL import Image

    shades = np.linspace(0, 1, 56)[:, None]
    ramp = np.array(MARROW) + 0.75 * shades * (np.array(TUMOUR) - np.array(MARROW))
    fixed = np.array([BONE, SENSORY, SYMPATHETIC, (0, 0, 0), (90, 90, 90), (150, 150, 150), (200, 200, 200), MARROW])
    found = Image.new("P", (1, 1))
    found.putpalette(np.vstack([fixed, ramp]).round().astype(np.uint8).ravel().tolist())
    return found


def strip(
    film: Film, days: Sequence[float], *, bar: float = 200.0, width: str | float = "double", pixels: int = 420
) -> tuple["Figure", "pd.DataFrame"]:
    """Some days of a film side by side, with one scale bar.

    Returns
    -------
    figure, table
        the table gives for each day tumour burden, bone, and both kinds of fibre against rest

    Raises
    ------
    NicheError
        for a day that was not kept, or a bar longer than the slice
    """
    from compendium.figures.sheets import PreviewSheet

    kept = [row["day"] for row in film.course.rows]
    places = []
    for day in days:
        if day not in kept:
            raise NicheError(f"day {day:g} was not kept: {', '.join(f'{one:g}' for one in kept)}")
        places.append(kept.index(day))
    size = film.course.maps["mineral"].shape[2] * film.spacing
    _checked_bar(bar, size)
    wide = millimetres(width) * MM
    with style():
        sheet = PreviewSheet(figsize=(wide, wide / len(days) * 1.12), layout="constrained", facecolor="white")
        axes = np.atleast_1d(sheet.subplots(1, len(days)))
        for i, (axis, at) in enumerate(zip(axes, places, strict=True)):
            axis.imshow(np.asarray(frame(film, at, pixels)), extent=(0, size, size, 0), interpolation="nearest")
            axis.set(xticks=[], yticks=[], title=f"day {kept[at]:g}")
            if not i:
                left, low = 0.05 * size, 0.95 * size
                axis.fill_between(
                    [left - 30, left + bar + 90], low - 150, low + 35, color="white", alpha=0.85, zorder=3
                )
                axis.plot([left, left + bar], [low, low], color="black", linewidth=2.5, solid_capstyle="butt", zorder=4)
                axis.text(left, low - 25, f"{bar:g} µm", va="bottom", zorder=4)
    names = ("day", "burden", "bone", "sensory fibres", "sympathetic fibres")
    return sheet, rounded({name: [film.course.rows[at][name] for at in places] for name in names})


def _checked_bar(bar: float, size: float) -> None:
    if not 0 < bar < size:
        raise NicheError(f"bar: above 0 and below the {size:g} um of the slice, got {bar!r}")
