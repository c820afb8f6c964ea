"""From a slice to a lesion that a scanner looks at: on made-up maps whose profile is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from compendium.claims.imaging_slices import densest, from_slices, short_of
from compendium.claims.interface_runs import UNTREATED, Slices
from niche.errors import NicheError
from niche.imaging import lesion, modality
from niche.imaging.forward import excess
from niche.tissue import Course, Geometry
from niche.tissue.lesion import Profile, SliceLesions, tumour_profile

SPACING, COUNT = 20.0, 100
PLACE = (np.arange(COUNT) + 0.5) * SPACING - 1000.0
AWAY = np.hypot(PLACE[:, None], PLACE) - 500.0  # um from the edge of a disc of 500 um
BONE = (np.arange(COUNT) % 10 < 2)[:, None] & np.ones(COUNT, bool)  # bars, a fifth of the slice, away from the rim
BONE[:, :1] = BONE[:, -1:] = False


def _course(rim=6.0, core=0.25, left=0.4, formed=3.0):
    """A disc of tumour: a rim of 100 um of fibres, a core with few, bone lost inside and formed outside."""
    tumour, ones = np.where(AWAY < 0, 0.8, 0.0), np.ones(AWAY.shape)
    maps = {
        "tumour": np.stack([0 * tumour, tumour]),
        "sympathetic": np.stack([ones, np.where(AWAY < 0, core, np.where(AWAY < 100, rim, 1.0))]),
        "mineral": np.stack([BONE * 1.0, BONE * np.where(AWAY < 0, left, 1.0)]),
        "formation": np.stack([0.01 * ones, 0.01 * np.where(np.abs(AWAY - 50) < 50, formed, 1.0)]),
    }
    return Course([{"day": 0.0}, {"day": 20.0}], maps, None)


GEOMETRY = Geometry(SPACING, BONE, np.zeros(AWAY.shape, bool), "bars")


def test_a_profile_is_what_was_drawn():
    found = tumour_profile(_course(), GEOMETRY)
    assert found.edges == pytest.approx([-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4])
    assert found.maps["sympathetic"] == pytest.approx([0.25] * 3 + [6.0] + [1.0] * 3, rel=0.07)
    assert found.maps["mineral"] == pytest.approx([0.4] * 3 + [1.0] * 4, rel=0.05)
    assert found.maps["formation"] == pytest.approx([1.0] * 3 + [3.0] + [1.0] * 3, rel=0.1)
    assert found.maps["tumour"] == pytest.approx([0.8] * 3 + [0.0] * 4, abs=0.05)


def test_a_lesion_of_it_looks_as_the_one_made_by_hand():
    """The same rim and core given as numbers: the picture of a tracer differs by less than a hundredth of its peak."""
    profile = Profile(
        np.array([-0.1, 0.0, 0.1]), {"sympathetic": np.array([0.25, 6.0]), "tumour": np.array([1.0, 0.0])}
    )
    made = SliceLesions([profile], np.array([0.007])).at(0, 3.0)
    by_hand = lesion(3.0, rim=0.1, rim_fibres=6.0, core_fibres=0.25)
    nerve = modality("HED PET of a mouse")
    a, b = (excess(one, nerve, 0.2) for one in (made, by_hand))
    assert a == pytest.approx(b, abs=0.01 * np.abs(b).max())


def test_a_fold_scales_the_densest_band():
    of = SliceLesions([tumour_profile(_course(), GEOMETRY)], np.array([0.007]))
    assert densest(of) == pytest.approx([6.0], rel=0.07)
    assert of.at(0, 5.0, 60.0).maps["sympathetic"].values.max() == pytest.approx(60.0)
    assert of.days(0, 10.0) == pytest.approx(3 / 0.007 * np.log(10))


def test_a_small_tumour_has_no_deep_inside_and_a_gap_is_filled():
    course = _course()
    course.maps["tumour"][1] = np.where(AWAY < -340, 0.8, 0.0)  # a disc of 160 um
    found = tumour_profile(course, GEOMETRY)
    assert found.edges[0] == pytest.approx(-0.2)
    assert all(np.isfinite(values).all() for values in found.maps.values())


def test_what_has_no_edge_or_another_shape_is_refused():
    course = _course()
    course.maps["tumour"][1] = 0.0
    with pytest.raises(NicheError, match="needs tumour and tissue without it"):
        tumour_profile(course, GEOMETRY)
    slices = Slices([GEOMETRY], {UNTREATED: [course]}, {})
    with pytest.raises(NicheError, match="take another day"):
        from_slices(slices)
    other = SimpleNamespace(maps={"tumour": np.zeros((2, 5, 5))})
    with pytest.raises(NicheError, match="a course of shape"):
        tumour_profile(other, GEOMETRY)


def test_draws_without_a_tumour_are_counted():
    gone = _course()
    gone.maps["tumour"][1] = 0.0
    found = from_slices(Slices([GEOMETRY] * 2, {UNTREATED: [_course(), gone]}, {}))
    assert (len(found.lesions.profiles), found.without) == (1, 1)


def test_more_fibres_are_needed_than_a_fivefold_rim_has():
    """As docs/imaging.md finds for assumed rims: the best tracer needs hundreds of times normal marrow's."""
    of = from_slices(Slices([GEOMETRY], {UNTREATED: [_course()]}, {})).lesions
    found = short_of(of, 10.0, names=("HED PET",))["HED PET"]
    assert found.times[0] > 10
    assert found.times == pytest.approx(found.needed / found.has)
