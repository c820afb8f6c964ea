"""What a scanner sees of a lesion: against closed forms, phantoms that people looked at, and noisy pictures."""

from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from scipy.special import erf

from niche.imaging import Lesion, drawn, drawn_lesions, lesion, modality, picture, profile_of, read_imaging, seen
from niche.imaging.blur import blurred, blurred_ball, frequencies, recovery, sigma_of
from niche.imaging.detect import chance, needed_fold, smallest_diameter
from niche.imaging.forward import excess, field_of, noise, normal_of
from niche.imaging.lead import Course, first_seen, lead
from niche.imaging.lesions import Shells, from_profile, grid
from niche.imaging.modalities import Modality, marrow_over_heart
from niche.imaging.observer import (
    channelised,
    criterion,
    hotelling,
    matched,
    noise_density,
    positions,
    power_of,
    roc_area,
    sensitivity,
    texture_density,
    white_disc,
)

CLEAN = Modality("clean", "tumour", 1.0, 1.0, 5.0, 0.1, np.nan, 0.0, 8.0, 0.0)  # PET without unevenness, contrast 2


def ball(radius, height=1.0):
    return Lesion(radius, {"tumour": Shells(np.array([radius]), np.array([height]))})


# --- blur


@pytest.mark.parametrize("shape", [(81, 81), (61, 61, 61)])
def test_a_point_keeps_its_sum_and_has_the_width_of_the_scanner(shape):
    point, middle = np.zeros(shape), tuple(n // 2 for n in shape)
    point[middle] = 3.0
    seen_as = blurred(point, 0.5, 5.0, edge="wrap")
    assert seen_as.sum() == pytest.approx(3.0, rel=1e-12)
    line = seen_as[(*middle[:-1], slice(None))]
    # Half of the height at half of the width: 2.5 mm are five pixels.
    assert line[middle[-1] + 5] / line[middle[-1]] == pytest.approx(0.5, rel=0.01)


def test_blur_adds_in_quadrature():
    map_ = np.zeros((80, 80))
    map_[30:50, 35:45] = 1.0
    twice = blurred(blurred(map_, 0.5, 3.0), 0.5, 4.0)
    assert twice == pytest.approx(blurred(map_, 0.5, 5.0), abs=2e-3)


def test_an_edge_is_the_error_function():
    step = np.zeros((9, 200))
    step[:, 100:] = 1.0
    x = (np.arange(200) - 99.5) * 0.2
    expected = (1 + erf(x / np.sqrt(2) / sigma_of(4.0))) / 2
    assert blurred(step, 0.2, 4.0)[4] == pytest.approx(expected, abs=2e-4)


def test_a_ball_in_closed_form_is_the_ball_on_a_grid():
    """The closed form against scipy's filter in three dimensions."""
    n, pixel = 65, 0.5
    one = (np.arange(n) - n // 2) * pixel
    r = np.sqrt(one[:, None, None] ** 2 + one[None, :, None] ** 2 + one[None, None, :] ** 2)
    on_grid = blurred(np.clip((6.0 - r) / pixel + 0.5, 0, 1), pixel, 4.0)[n // 2, n // 2, n // 2 :]
    assert on_grid == pytest.approx(blurred_ball(one[n // 2 :], 6.0, sigma_of(4.0)), abs=3e-3)


def test_recovery_of_a_ball_as_published_curves_have_it():
    """Kessler et al. 1984: nearly whole from three widths on, three tenths at one."""
    assert recovery(15.0, 5.0) > 0.99
    x = np.sqrt(np.log(2))  # radius over sqrt(2) sigma where the diameter is the width
    assert recovery(5.0, 5.0) == pytest.approx(erf(x) - 2 / np.sqrt(np.pi) * x * np.exp(-(x**2)), rel=1e-12)
    assert recovery(5.0, 5.0) == pytest.approx(0.2910, abs=5e-4)  # by hand: erf 0.76096, less 0.46972
    small = recovery(0.1, 5.0)  # a point: volume over (2 pi)^(3/2) sigma^3
    assert small == pytest.approx(np.pi / 6 * 1e-3 / ((2 * np.pi) ** 1.5 * sigma_of(5.0) ** 3), rel=1e-3)


def test_a_ball_never_shows_more_than_it_is():
    rng = np.random.default_rng(2)
    radius, fwhm, distance = rng.uniform(0.05, 30, 500), rng.uniform(0.3, 20, 500), rng.uniform(0, 60, 500)
    value = blurred_ball(distance, radius, sigma_of(fwhm))
    assert (value >= -1e-9).all()
    assert (value <= 1 + 1e-9).all()
    assert (value <= blurred_ball(0.0, radius, sigma_of(fwhm)) + 1e-9).all()


def test_a_tomograph_and_a_projection_of_the_same_ball_agree_in_volume():
    flat = excess(ball(6.0), CLEAN._replace(depth=60.0), 0.8)
    assert flat.sum() * 0.8**2 * 60.0 == pytest.approx(4 / 3 * np.pi * 6.0**3, rel=1e-9)


# --- noise and observers


def test_counts_are_those_of_poisson():
    expected = np.full((300, 300), 2.0)
    made = noise(expected, 1.5, CLEAN, seed=3) * CLEAN.counts * 1.5**2  # counts of a pixel
    assert made == pytest.approx(np.round(made))
    mean = 2.0 * 0.1 * 1.5**2
    assert made.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / made.size))
    assert made.var() == pytest.approx(mean, rel=0.03)
    assert (made == 0).mean() == pytest.approx(np.exp(-mean), abs=0.01)
    field = noise(expected, 1.5, CLEAN._replace(counts=np.nan, density=9.0), seed=3)
    assert field.std() == pytest.approx(3.0 / 1.5, rel=0.02)


def test_a_sharp_disc_in_white_noise_is_what_rose_said():
    pixel, n = 0.25, 128
    disc = 0.3 * (np.hypot(*grid(pixel, n)) <= 6.0)
    for power in (0.5, np.full((n, n), 0.5)):
        assert np.sqrt(hotelling(disc, pixel, power)) == pytest.approx(white_disc(0.3, 6.0, 0.5), rel=0.01)
    assert matched(disc, pixel, 0.5) == pytest.approx(hotelling(disc, pixel, 0.5), rel=1e-12)


def test_a_gaussian_in_texture_alone_has_a_closed_form():
    """Signal and lumps Gaussian: d'^2 = int |S|^2 / W, S and W Gaussians in frequency; solved by hand."""
    pixel, n, s, grain, height, white = 0.5, 256, 3.0, 1.2, 0.7, 0.9
    bump = np.exp(-(np.hypot(*grid(pixel, n)) ** 2) / 2 / s**2)
    squared = frequencies(n, pixel)
    # The variance of the matched filter: int |S|^2 W df = A^2 height^2 grain^2 / (2 s^2 + grain^2)
    energy, area = np.pi * s**2, 2 * np.pi * s**2
    spread = white * energy + area**2 * height**2 * grain**2 / (2 * s**2 + grain**2)
    power = white + texture_density(squared, height, grain)
    assert matched(bump, pixel, power) == pytest.approx(energy**2 / spread, rel=1e-6)
    # In lumps alone, narrower than the signal: int A^2 exp(-4 pi^2 s^2 f^2) / (2 pi h^2 g^2 exp(-2 pi^2 g^2 f^2)) df
    lumps = area**2 / (2 * np.pi * height**2 * grain**2) / (2 * np.pi * (2 * s**2 - grain**2))
    assert hotelling(bump, pixel, texture_density(squared, height, grain) + 1e-12) == pytest.approx(lumps, rel=1e-3)


def test_the_best_linear_observer_is_never_beaten_and_channels_come_near_it():
    pixel, n = 0.8, 64
    bump = np.exp(-(np.hypot(*grid(pixel, n)) ** 2) / 2 / 3.0**2)
    power = power_of(n, pixel, 0.4, 0.3, 4.0, 1.5)
    best = hotelling(bump, pixel, power)
    through = [channelised(bump, pixel, power, 8.0, k) for k in (1, 2, 4, 10)]
    assert all(a <= b * (1 + 1e-9) for a, b in pairwise(through))
    assert through[-1] == pytest.approx(best, rel=0.02)
    assert through[-1] <= best * (1 + 1e-9)
    assert matched(bump, pixel, power) <= best * (1 + 1e-12)


@pytest.mark.parametrize("height", [4.0, 0.0])
def test_pictures_with_counts_give_the_detectability_that_is_calculated(height):
    """The template applied to Poisson pictures of a hot lesion, which is noise as well; 0.5 where there is none."""
    one = ball(5.0, height)
    pixel = field_of(5.0, 0.0, 5.0)
    signal = excess(one, CLEAN, pixel)
    template = excess(ball(5.0), CLEAN, pixel)
    rng, per = np.random.default_rng(7), CLEAN.counts * pixel**2
    answers = [
        (rng.poisson((1.0 + on * signal) * per, (500, 64, 64)) / per * template).sum(axis=(1, 2)) for on in (0, 1)
    ]
    apart = np.mean(answers[1]) - np.mean(answers[0])
    found = apart / np.sqrt((answers[0].var() + answers[1].var()) / 2)
    density = noise_density(signal, 1.0, CLEAN.counts)
    expected = np.sqrt(hotelling(signal, pixel, density))
    assert found == pytest.approx(expected, abs=0.5)  # four standard errors of a d' of 500 pictures
    area = (answers[1][:, None] > answers[0][None, :]).mean()
    assert area == pytest.approx(roc_area(expected), abs=0.05)
    if not height:
        assert roc_area(expected) == 0.5


def test_the_stated_share_of_empty_sites_is_called():
    rng = np.random.default_rng(5)
    for places in (1, 4, 25):
        highest = rng.normal(size=(20000, places)).max(axis=1)
        assert (highest > criterion(0.05, places)).mean() == pytest.approx(0.05, abs=0.007)
    assert sensitivity(0.0, 0.05) == pytest.approx(0.05)
    assert criterion(0.05) == pytest.approx(NormalDist().inv_cdf(0.95))
    assert positions(30.0, 10.0) == 9.0
    assert positions(30.0, 50.0) == 1.0


# --- what people saw


def test_the_smallest_spheres_of_a_phantom():
    """Adler et al. 2017: one contrast was fitted; the other is a prediction, within the blur that scanners have."""
    table = read_imaging()
    pet = modality("FDG PET", table)._replace(texture=0.0, floor=1.0)

    def smallest(contrast, **changed):
        return smallest_diameter(ball, pet._replace(gain=contrast - 1, **changed))

    for sphere in table.phantoms.values():
        low, high = sphere.diameter
        if sphere.used:
            assert low < smallest(sphere.contrast) < high
        else:
            assert smallest(sphere.contrast) == pytest.approx((low + high) / 2, rel=0.25)
            assert low < smallest(sphere.contrast, fwhm=7.8) < high


def test_ct_discs_as_readers_saw_them():
    """AJR 197:437: ROC areas 0.93 at a noise of 17 to 21 and 0.77 at 23 to 27, 20 units deep; fitted between."""
    number = read_imaging().scanners["CT"].numbers["area"].value
    disc = -20.0 * (np.hypot(*grid(0.25, 128)) <= 4.0)
    areas = [float(roc_area(np.sqrt(hotelling(disc, 0.25, s**2 * number)))) for s in (19.0, 25.0)]
    assert areas[0] == pytest.approx(0.93, abs=0.08)
    assert areas[1] == pytest.approx(0.77, abs=0.08)


def test_what_marrow_holds_is_that_of_the_papers():
    """6-hydroxydopamine leaves 1130 of 2807 pg/g: fibres hold 1677 of them, over 0.55 ug/g of the heart."""
    nerves = {name: number.value for name, number in read_imaging().nerves.items()}
    assert marrow_over_heart(nerves) == pytest.approx((2.807 - 1.130) / 550, rel=0.02)


# --- lesions


def test_a_slice_and_its_balls_are_the_same_lesion():
    one = lesion(8.0, rim=2.0, rim_fibres=6.0, core_fibres=0.2)
    nerve = modality("HED PET")
    pixel, n = 0.5, 97
    grown = one.slice("sympathetic", pixel, n)
    assert grown[n // 2, n // 2] == 0.2
    assert grown[n // 2, n // 2 + 18] == 6.0
    assert grown[0, 0] == 1.0
    cube = np.hypot(np.hypot(*grid(pixel, n))[None], ((np.arange(n) - n // 2) * pixel)[:, None, None])
    inside = np.append([0.2, 6.0], 1.0)[np.searchsorted([8.0, 10.0], cube)]
    shown = nerve.floor + nerve.gain * blurred(inside, pixel, nerve.fwhm)
    closed = normal_of(nerve) + excess(one, nerve, pixel, n)
    assert shown[n // 2] == pytest.approx(closed, abs=nerve.gain * 0.12)


def test_a_profile_from_a_slice_makes_the_lesion_it_came_from():
    """The way from the tissue model: arrays in, a lesion of any size out."""
    made = lesion(0.6, rim=0.2, rim_fibres=4.0, core_fibres=0.5)
    pixel, n = 0.01, 200
    edges = np.array([-0.7, -0.01, 0.01, 0.19, 0.21, 0.4])
    density = 7.0 * made.slice("sympathetic", pixel, n)
    profile = profile_of(density, made.slice("tumour", pixel, n), pixel, edges, normal=7.0)
    assert profile[[0, 2, 4]] == pytest.approx([0.5, 4.0, 1.0], rel=0.02)
    large = from_profile(9.0, np.array([-0.7, 0.0, 0.2, 0.4]), {"sympathetic": profile[[0, 2, 4]]})
    assert large.maps["sympathetic"].radii == pytest.approx([9.0, 9.2, 9.4])
    assert large.slice("sympathetic", 0.1, 200)[100, 191] == pytest.approx(profile[2])


def test_looks_are_told_by_resolution():
    """A ring far wider than the blur is a rim, far narrower a spot; an emptied core is a hole; nothing is nothing."""
    sharp = CLEAN._replace(reads="sympathetic", fwhm=1.0, counts=50.0)
    ring = lesion(5.0, rim=2.0, rim_fibres=4.0, core_fibres=1.0)
    assert seen(ring, sharp).look == "rim"
    assert seen(ring, sharp._replace(fwhm=12.0, counts=0.5)).look == "spot"
    assert seen(lesion(5.0, core_fibres=0.0), sharp).look == "hole"
    same = seen(lesion(5.0), sharp)
    assert (same.look, same.detectability, same.contrast) == ("nothing", 0.0, 0.0)


def test_seen_and_its_short_form_agree():
    for name in read_imaging().tracers:
        one = drawn_lesions(1, 3).at(0)
        assert seen(one, modality(name)).sensitivity == chance(one, modality(name))


def test_more_fibres_counts_and_sharpness_show_more():
    nerve = modality("HED PET")

    def needed(**changed):
        made = nerve._replace(**changed)
        return needed_fold(lambda fold: lesion(10.0, rim=0.3, rim_fibres=fold, core_fibres=1.0), made)

    assert needed(counts=nerve.counts * 10) < needed() < needed(counts=nerve.counts / 10)
    assert needed(fwhm=2.0) < needed() < needed(fwhm=12.0)
    assert needed(gain=nerve.gain * 5) == pytest.approx(needed() / 5, rel=0.15)  # what a fibre takes up, times fibres


# --- time


def test_days_of_first_sight_and_leads():
    lesions = drawn_lesions(2, 1)
    fast, slow = (Course(np.linspace(0, 1500, 31), [ball(r) for r in np.geomspace(0.5, b, 31)]) for b in (40.0, 10.0))
    pet = CLEAN._replace(gain=4.0)
    a, b = first_seen(fast, pet), first_seen(slow, pet)
    assert 0 < a < b < 1500
    assert first_seen(fast, pet._replace(gain=0.0)) == np.inf
    assert lead([a, np.inf, 5.0, np.inf], [b, 5.0, np.inf, np.inf]) == pytest.approx(
        [b - a, -np.inf, np.inf, np.nan], nan_ok=True
    )
    # The way by size and that by days meet: the lesion grows by one rate.
    size = smallest_diameter(lambda r: lesions.at(0, r), modality("FDG PET"))
    day = float(lesions.days(0, size))
    near = float(3 / lesions.growth[0] * 0.03)  # days in which the diameter grows by 3 %
    course = lesions.course(0, np.linspace(max(day - 5 * near, 1), day + 5 * near, 21))
    assert first_seen(course, modality("FDG PET")) == pytest.approx(day, abs=near)


def test_a_picture_of_a_slice():
    map_ = np.ones((120, 120))
    map_[40:80, 40:80] = 30.0
    nerve = modality("HED PET of a mouse")
    shown = picture(map_, 0.05, nerve, seed=4)
    assert shown.expected.max() < nerve.floor + 30 * nerve.gain
    assert shown.noisy is not None
    assert np.array_equal(shown.noisy, picture(map_, 0.05, nerve, seed=4).noisy)
    assert picture(map_, 0.05, nerve).noisy is None


def test_draws_hang_on_their_own_name_and_the_seed():
    one, again, other = drawn("NaF PET", 5, 1), drawn("NaF PET", 5, 1), drawn("NaF PET", 5, 2)
    assert one == again
    assert one != other
    fdg = drawn("FDG PET", 5, 1)
    assert [m.fwhm for m in one] == [m.fwhm for m in fdg]  # one scanner
    assert [m.floor for m in one] != [m.floor for m in fdg]
