"""Geometry of the marrow slice: published bone, one's own picture, what is refused; its surface, its numbers."""

import numpy as np
import pytest

from niche.errors import NicheError
from niche.tissue.generator import generate
from niche.tissue.geometry import Geometry, checked, perimeter, thickness, trabecular
from niche.tissue.numbers import SIGNALS, read_numbers, read_table
from niche.tissue.picture import read_picture
from niche.tissue.surface import mineral_share, moved

NUMBERS = read_numbers()


def test_generated_bone_is_the_published_one():
    """BV/TV 0.115 and Tb.Th 50 um of C57BL/6 (doi:10.1007/s00223-013-9744-4, table 5), over ten slices."""
    slices = [generate(NUMBERS, spacing=20.0, seed=seed) for seed in range(10)]
    share = [trabecular(g).sum() / (g.mineral.size - g.mineral.shape[0] * 11) for g in slices]
    assert np.mean(share) == pytest.approx(0.115, rel=0.15)
    assert np.mean([thickness(g) for g in slices]) == pytest.approx(50.0, rel=0.1)


def test_a_finer_grid_shows_the_same_bone():
    coarse, fine = (generate(NUMBERS, spacing=spacing, seed=3).mineral for spacing in (20.0, 10.0))
    blocks = fine.reshape(100, 2, 100, 2).mean(axis=(1, 3))
    assert (blocks.round() == coarse).mean() > 0.98


def test_the_edge_of_a_disc():
    place = np.arange(200) - 99.5
    disc = place[:, None] ** 2 + place**2 < 60.0**2
    assert perimeter(disc, 10.0) == pytest.approx(2 * np.pi * 600, rel=0.03)


@pytest.mark.parametrize(("speed", "end"), [(5.0, 200.0), (-5.0, 400.0)])
def test_a_disc_of_bone_shrinks_and_grows_at_the_speed_of_its_surface(speed, end):
    place = (np.arange(100) + 0.5) * 10.0 - 500.0
    level = np.hypot(place[:, None], place) - 300.0
    for _ in range(20):
        level = moved(level, np.full_like(level, speed), 10.0, 1.0)
    radius = np.sqrt(mineral_share(level, 10.0).sum() * 100.0 / np.pi)
    assert radius == pytest.approx(end, rel=0.01)


def _slice(mineral):
    return Geometry(10.0, mineral, np.zeros_like(mineral), "a slice")


def test_what_is_refused_says_what_to_change():
    bone = np.zeros((40, 40), bool)
    with pytest.raises(NicheError, match="no bone"):
        checked(_slice(bone))
    with pytest.raises(NicheError, match=r"only 0% of the slice is marrow.*lower the share of bone"):
        checked(_slice(~bone))
    bone[:, 18:22] = True
    with pytest.raises(NicheError, match="in 2 pieces"):
        checked(_slice(bone))
    thin = np.zeros((40, 40), bool)
    thin[5:35, 20] = True
    with pytest.raises(NicheError, match="grid must be"):
        checked(_slice(thin))
    with pytest.raises(NicheError, match="make it larger"):
        generate(NUMBERS, size=300.0, spacing=10.0)


@pytest.mark.parametrize("ending", ["png", "tiff"])
def test_a_picture_gives_the_bone_that_was_drawn(tmp_path, ending):
    image = pytest.importorskip("PIL.Image")
    grey = np.zeros((60, 80), np.uint8)
    grey[20:40, 30:50] = 255
    grey[:, :4] = 128
    image.fromarray(grey).save(tmp_path / f"bone.{ending}")
    found = read_picture(tmp_path / f"bone.{ending}", spacing=12.0, bone_from=0.9, periosteum=0.5)
    assert np.array_equal(found.mineral, grey == 255)
    assert np.array_equal(found.periosteum, grey == 128)
    assert found.size == (720.0, 960.0)


def test_pictures_that_cannot_be_used(tmp_path):
    pytest.importorskip("PIL.Image")
    (tmp_path / "no.png").write_text("not a picture")
    with pytest.raises(NicheError, match="PNG or TIFF"):
        read_picture(tmp_path / "no.png", spacing=10.0)
    with pytest.raises(NicheError, match="'light' or 'dark'"):
        read_picture(tmp_path / "no.png", spacing=10.0, bone_is="white")
    with pytest.raises(NicheError, match="bone_from"):
        read_picture(tmp_path / "no.png", spacing=10.0, bone_from=200)
    image = pytest.importorskip("PIL.Image")
    holes = np.zeros((20, 20), np.float32)
    holes[3, 4:6] = np.nan
    image.fromarray(holes).save(tmp_path / "holes.tiff")
    with pytest.raises(NicheError, match="2 pixels are no numbers; fill them first"):
        read_picture(tmp_path / "holes.tiff", spacing=10.0)


def test_every_number_has_unit_source_kind_and_range():
    for entry in read_table().values():
        assert entry.source
        assert entry.range[0] <= entry.value <= entry.range[1]
    assert {"measured", "derived", "assumed"} == {entry.kind for entry in read_table().values()}


def test_ngf_diffuses_as_was_measured():
    """2.75e-7 cm2/s (doi:10.1016/S0006-3495(03)74502-0), 27.5 um2/s, over a day."""
    assert NUMBERS.diffusivity_ngf == pytest.approx(27.5 * 86400)
    assert NUMBERS.reach("ngf") == pytest.approx(np.sqrt(27.5 * 3600 / 0.7))
    assert all(5 < NUMBERS.reach(signal) < 1000 for signal in SIGNALS)


def test_a_number_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(NicheError, match="did you mean 'motility'"):
        NUMBERS.with_values(motilty=1.0)
    with pytest.raises(NicheError, match="at least 0"):
        NUMBERS.with_values(motility=-1.0)


def test_files_of_the_table_that_are_wrong(tmp_path):
    (tmp_path / "one.yaml").write_text("parameters: {motility: {value: 1, unit: um, kind: assumed, range: [0, 2]}}")
    with pytest.raises(NicheError, match="motility, unit"):
        read_table(tmp_path)
