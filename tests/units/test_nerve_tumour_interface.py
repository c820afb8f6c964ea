"""Reading a marrow slice by distance from the tumour: on made-up maps whose answer is known."""

import numpy as np
import pytest

from compendium.claims.interface_measured import SARCOMA, Row, asked, chance_of, papers_of_places
from compendium.claims.interface_runs import CUT, UNTREATED, Slices
from compendium.claims.nerve_tumour_interface import (
    by_region,
    compartment,
    curve,
    cut_over_whole,
    edge_distance,
    fibre_curves,
    interval,
)
from niche.errors import NicheError
from niche.tissue import Course, Geometry

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


EDGE_OF_BONE = np.zeros(AWAY.shape, bool)
EDGE_OF_BONE[:, :4] = True
GEOMETRY = Geometry(SPACING, np.zeros(AWAY.shape, bool), EDGE_OF_BONE, "marrow beside periosteum")


def test_periosteum_does_not_count_as_marrow():
    """Its fibres are fifty times as dense: in a band that it touches they would drown all others."""
    sensory = np.where(EDGE_OF_BONE, 100.0, 1.0)
    course = _course(sensory)
    course.maps["sensory"][0] = sensory
    found = fibre_curves(
        Slices([GEOMETRY], {UNTREATED: [course]}, {}), UNTREATED, "sensory", bands=(200.0, 260.0, 300.0)
    )
    assert found == pytest.approx(np.ones((1, 2)))


def test_compartments_are_read_apart():
    sensory = np.where(EDGE_OF_BONE, 4.0, np.where(AWAY < 0, 0.2, 1.0))
    course = _course(sensory)
    assert compartment(course, GEOMETRY, "sensory", "periosteum") == pytest.approx(4.0)
    assert compartment(course, GEOMETRY, "sensory", "tumour") == pytest.approx(0.2)
    marrow = GEOMETRY.marrow
    assert compartment(course, GEOMETRY, "sensory", "marrow") == pytest.approx(sensory[marrow].mean())


def test_a_cut_half_is_set_against_the_same_half():
    bone = np.zeros(AWAY.shape, bool)
    bone[:, 60:64] = True
    geometry = Geometry(SPACING, bone, np.zeros(AWAY.shape, bool), "a bar")

    def course(tumour, left, resorbed):
        upper = (np.arange(len(AWAY)) < 60)[:, None] & np.ones(AWAY.shape, bool)
        maps = {
            "tumour": np.stack([0 * AWAY, np.where(upper, tumour, 0.5)]),
            "mineral": np.stack([bone * 1.0, bone * np.where(upper, left, 0.9)]),
            "release": np.stack([0 * AWAY + 1, np.where(upper, resorbed, 1.0)]),
        }
        return Course([{"day": 0.0}, {"day": 20.0}], maps, None)

    slices = Slices([geometry], {CUT: [course(0.4, 0.6, 3.0)], UNTREATED: [course(0.5, 0.9, 2.0)]}, {})
    found = cut_over_whole(slices, CUT, UNTREATED)
    assert found["tumour, cut half"] == pytest.approx([0.8])
    assert found["bone, cut half"] == pytest.approx([0.6 / 0.9])
    assert found["resorption, cut half"] == pytest.approx([1.5])
    assert [found[f"{read}, other half"][0] for read in ("tumour", "bone", "resorption")] == pytest.approx([1, 1, 1])


def test_the_chance_of_what_was_seen_is_that_of_the_likelihood():
    """docs/likelihood.md: a direction that was significant, no effect that was not, each misread once in twenty."""
    from statistics import NormalDist

    phi = NormalDist().cdf
    u = np.log(2.0) / 0.3
    up = phi(u - 1.96) / (phi(u - 1.96) + phi(-u - 1.96))
    assert chance_of("direction", "up", 0.3, np.array([2.0])) == pytest.approx(0.95 * up + 0.025)
    assert chance_of("direction", "down", 0.3, np.array([2.0, np.nan])) == pytest.approx(0.95 * (1 - up) + 0.025)
    none = phi(1.96 - u) - phi(-1.96 - u)
    assert chance_of("no effect", "", 0.3, np.array([2.0])) == pytest.approx(0.95 * none + 0.025)
    with pytest.raises(NicheError, match="no draw has a value"):
        chance_of("no effect", "", 0.3, np.array([np.nan]))
    with pytest.raises(NicheError, match="a direction or no effect"):
        chance_of("number", "", 0.3, np.array([1.0]))


def test_rows_stand_beside_the_slice_with_their_own_sign_and_error():
    """Two rows of one paper (FJ01, FJ03) with ratios given: one fits, one does not."""
    some = (
        Row("FJ01", lambda slices: np.full(3, 3.0), "periosteum", True),
        Row("FJ03", lambda slices: np.full(3, 5.0), "marrow", True),
    )
    up, none = asked(Slices([], {}, {}), some)
    assert (up.said, up.word, none.said, none.word) == ("up", "inside", "no effect", "outside")
    assert papers_of_places(SARCOMA) == {"fuller-jackson-2025-3d"}


def test_an_interval_counts_draws_without_a_value():
    assert interval(np.array([1.0, 2.0, 3.0])) == "2 (1.1 to 2.9)"
    assert interval(np.array([2.0, 2.0, np.nan])) == "2 (2 to 2), none in 1 of 3 draws"
    assert interval(np.array([1234.5])) == "1,200 (1,200 to 1,200)"
    assert interval(np.array([np.nan])) == "no value in any draw"
