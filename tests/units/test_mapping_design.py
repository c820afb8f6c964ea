"""How many animals a mapping needs: published tables of power, and bands whose chance is known."""

import numpy as np
import pytest

from compendium.claims.interface_runs import UNTREATED, Slices
from compendium.claims.mapping_design import animals_needed, band, chance_sd, needs, power
from niche.errors import NicheError
from niche.tissue import Course, Geometry

COUNT, SPACING = 120, 10.0
PLACE = (np.arange(COUNT) + 0.5) * SPACING - 600.0
AWAY = np.hypot(PLACE[:, None], PLACE) - 300.0


@pytest.mark.parametrize(("d", "animals"), [(0.2, 394), (0.5, 64), (0.8, 26), (1.0, 17), (1.4, 10)])
def test_animals_are_those_of_cohens_tables(d, animals):
    """Cohen 1988, table 2.4.1: two-sided 0.05, power 0.80, n in each group (393 to 394, 64, 26, 17, 9 to 10)."""
    assert animals_needed(np.array([d]), 1.0) == pytest.approx(animals, abs=1)


def test_power_without_an_effect_is_the_rate_of_false_calls():
    assert float(power(np.array(0.0), 1.0, 12)) == pytest.approx(0.05)


def test_an_effect_that_a_third_of_draws_lack_is_never_found():
    """Power averages over draws: where a third has no effect it ends below 0.8 whatever the number of animals."""
    assert animals_needed(np.array([0.0, 1.0, 1.0]), 0.5) is None
    assert animals_needed(np.array([0.9, 1.0, 1.1]), 0.5) < 10


def _slices(draws, length=4.0, rim=1.0):
    """Fibre that falls on the grid by a Poisson process, `length` in each cell on average."""
    random, courses = np.random.default_rng(3), []
    tumour, flat = np.where(AWAY < 0, 1.0, 0.0), np.ones(AWAY.shape)
    for _ in range(draws):
        now = random.poisson(np.where((AWAY >= 0) & (AWAY < 100), rim, 1.0) * length) / length
        maps = {"tumour": np.stack([0 * tumour, tumour]), "sensory": np.stack([flat, now])}
        courses.append(Course([{"day": 0.0}, {"day": 20.0}], maps, None))
    geometry = Geometry(SPACING, flat < 0, flat < 0, "all marrow")
    return Slices([geometry] * draws, {UNTREATED: courses, "other": courses[::-1]}, {})


def test_chance_of_a_band_is_that_of_poisson():
    found = band(_slices(100, length=0.05), UNTREATED, "sensory", 0.0, 100.0)
    cells = ((AWAY >= 0) & (AWAY < 100)).sum()
    assert chance_sd(found) == pytest.approx(1 / np.sqrt(0.05 * cells), rel=0.25)
    assert found.length[0] == pytest.approx(cells * SPACING**2 / 1000, rel=0.05)  # the edge, to half a cell of the grid


def test_a_wide_band_dilutes_the_rim():
    slices = _slices(4, length=200.0, rim=5.0)
    plain = _slices(4, length=200.0)
    both = Slices(slices.geometry, {"sprouts": slices.courses[UNTREATED], "none": plain.courses[UNTREATED]}, {})
    found = {need.width: need for need in needs(both, "sprouts", "none", widths=(50.0, 200.0), sections=(1,))}
    assert found[50.0].fold[1] == pytest.approx(5.0, rel=0.05)
    area = np.pi * np.array([0.3, 0.4, 0.5]) ** 2
    expected = (5 * (area[1] - area[0]) + area[2] - area[1]) / (area[2] - area[0])
    assert found[200.0].fold[1] == pytest.approx(expected, rel=0.05)
    assert found[200.0].seen == pytest.approx(np.log(expected) / np.log(5), rel=0.05)
    assert found[50.0].animals <= found[200.0].animals


def test_bad_bands_and_effects_are_refused():
    with pytest.raises(NicheError, match="the second must be the larger"):
        band(_slices(1), UNTREATED, "sensory", 100.0, 0.0)
    with pytest.raises(NicheError, match="effects of at least one draw"):
        animals_needed(np.array([np.nan]), 1.0)
