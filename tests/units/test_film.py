"""Animations and stills of a slice, and figures of the interface: what they hold is read back from them."""

import io

import numpy as np
import pytest

from compendium.figures.film import BONE, MOST, SENSORY, Film, Points, animation, frame, strip
from compendium.figures.fit_to_print import problems
from compendium.figures.interface import by_distance, ratios
from niche.errors import NicheError
from niche.tissue import Course

pytest.importorskip("PIL.Image")
COUNT, SPACING, DAYS = 30, 20.0, 21
NAMES = ("burden", "bone", "sensory fibres", "sympathetic fibres")


def _film():
    """A disc of tumour that grows by half a cell of the grid each day, a bar of bone, and one sensory fibre."""
    place = np.arange(COUNT) - COUNT / 2 + 0.5
    away = np.hypot(place[:, None], place)
    tumour = np.stack([np.where(away < day / 2, 1.0, 0.0) for day in range(DAYS)])
    mineral = np.zeros(tumour.shape)
    mineral[:, :, :4] = 1.0
    rows = [{"day": float(day), **dict.fromkeys(NAMES, day + 1.0)} for day in range(DAYS)]
    along = np.stack([np.linspace(100, 590, 200), np.full(200, 45.0)], axis=1)
    course = Course(rows, {"mineral": mineral, "tumour": tumour}, None)
    return Film(course, [Points(along, np.zeros((0, 2)))] * DAYS, SPACING, "no treatment")


def test_a_frame_shows_bone_tumour_and_fibres_where_they_are():
    shown = np.asarray(frame(_film(), -1, pixels=300))  # half a pixel for a micrometre
    assert tuple(shown[250, 10]) == BONE
    assert tuple(shown[22, 200]) == SENSORY
    red, green, blue = (int(x) for x in shown[150, 150])
    assert green < 120 < red  # tumour: purple, over white
    assert green < blue < red
    assert tuple(shown[290, 290]) == (255, 255, 255)


def test_an_animation_plays_once_in_under_five_seconds():
    """A loop without an end, or motion of more than five seconds, would need a button (WCAG 2.2.2)."""
    from PIL import Image

    data = animation(_film())
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "GIF"
        assert picture.n_frames == DAYS
        assert "loop" not in picture.info
        lasting = []
        for at in range(DAYS - 1):
            picture.seek(at)
            lasting.append(picture.info["duration"])
    assert sum(lasting) < 5000
    assert len(data) < MOST


def test_bars_and_days_that_do_not_fit_are_refused():
    with pytest.raises(NicheError, match="below the 600 um of the slice"):
        animation(_film(), bar=700.0)
    with pytest.raises(NicheError, match=r"day 3\.5 was not kept"):
        strip(_film(), (0, 3.5))


def test_a_strip_gives_the_numbers_of_its_days():
    figure, table = strip(_film(), (0, 10, 20))
    assert list(table["day"]) == [0, 10, 20]
    assert list(table["bone"]) == [1, 11, 21]
    assert not problems(figure)


def test_fibres_by_distance_are_medians_and_quantiles_of_draws():
    bands = (-100.0, 0.0, 100.0)
    values = np.stack([np.linspace(0.1, 0.3, 21), np.linspace(2.0, 4.0, 21)], axis=1)
    values[0, 0] = np.nan
    figure, table = by_distance({"sensory": values}, bands, quantity="fibres (times rest)")
    assert list(table["50 %"]) == pytest.approx([np.nanmedian(values[:, 0]), 3.0], rel=1e-3)
    assert list(table["95 %"])[1] == pytest.approx(3.9)
    assert list(table["draws"]) == [20, 21]
    assert not problems(figure)
    with pytest.raises(NicheError, match="2 bands, got an array of shape"):
        by_distance({"sensory": values[:, :1]}, bands, quantity="x")


def test_ratios_stand_under_their_headings():
    groups = {"Tumour": {"cut half": np.full(5, 0.5), "other half": np.ones(5)}, "Bone": {"cut half": np.full(5, 2.0)}}
    figure, table = ratios(groups, quantity="cut over uncut")
    assert list(zip(table["group"], table["arm"], table["50 %"], strict=True)) == [
        ("Tumour", "cut half", 0.5),
        ("Tumour", "other half", 1.0),
        ("Bone", "cut half", 2.0),
    ]
    assert not problems(figure)
