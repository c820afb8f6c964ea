"""Reading a marrow slice by distance from the tumour: on made-up maps whose answer is known."""

import numpy as np
import pytest

from compendium.claims.nerve_tumour_interface import by_region, curve, edge_distance
from niche.errors import NicheError
from niche.tissue import Course

SPACING = 10.0
PLACE = (np.arange(120) + 0.5) * SPACING - 600.0
AWAY = np.hypot(PLACE[:, None], PLACE) - 300.0  # from the edge of a disc of 300 um


def _course(sensory):
    tumour, none = np.where(AWAY < 0, 1.0, 0.0), np.zeros(AWAY.shape)
    maps = {
        "tumour": np.stack([none, tumour]),
        "sensory": np.stack([np.ones(AWAY.shape), sensory]),
        "mineral": np.stack([none, none]),
    }
    return Course([{"day": 0.0}, {"day": 7.0}], maps, None)


def test_distance_from_the_edge_of_a_disc():
    found = edge_distance(np.where(AWAY < 0, 1.0, 0.0), SPACING)
    assert np.abs(found - AWAY).max() < SPACING


def test_a_rim_of_sprouts_about_an_empty_core():
    sensory = np.where(AWAY < 0, 0.2, np.where(AWAY < 100, 3.0, 1.0))
    found = curve(_course(sensory), "sensory", SPACING, bands=(-300.0, -100.0, -20.0, 20.0, 80.0, 120.0, 250.0))
    assert found.fold[[0, 1]] == pytest.approx([0.2, 0.2])
    assert found.fold[3] == pytest.approx(3.0)
    assert found.fold[5] == pytest.approx(1.0)
    assert found.area[0] == pytest.approx(np.pi * 0.2**2, rel=0.05)  # mm2: a disc of 200 um, to half a cell of the grid


def test_bone_is_no_marrow_and_an_empty_band_is_nothing():
    course = _course(np.ones(AWAY.shape))
    course.maps["mineral"][:, :, :60] = 1.0
    found = curve(course, "sensory", SPACING, bands=(-300.0, 0.0, 2000.0, 3000.0))
    assert found.area[0] == pytest.approx(np.pi * 0.3**2 / 2, rel=0.02)
    assert np.isnan(found.fold[2])


def test_a_tumour_without_an_edge_is_refused():
    for density in (0.0, 1.0):
        with pytest.raises(NicheError, match="it has no edge; take another day"):
            edge_distance(np.full(AWAY.shape, density), SPACING)


def test_a_region_beside_the_rest():
    course = _course(np.ones(AWAY.shape))
    course.maps["mineral"] = np.zeros((2, *AWAY.shape))
    course.maps["mineral"][0, :10], course.maps["mineral"][1, :5] = 1.0, 1.0
    left = np.zeros(AWAY.shape, bool)
    left[:, :60] = True
    found = by_region(course, left)
    assert found.tumour[0] == pytest.approx(found.tumour[1])
    assert found.mineral == pytest.approx((0.5, 0.5))
