"""Establishment of a focus: against closed forms, an ODE solver, linear algebra and simulation, not against itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from niche.analysis.establishment import (
    establishment_in_time,
    establishment_probability,
    niche_feedback,
    reach_probability,
    stochastic_clones,
    threshold_size,
)
from niche.errors import NicheError

RATE = st.floats(0, 3)


def constant(birth, death, days, cells=1):
    """Probability to be alive after `days` with constant rates (Kendall 1948)."""
    if birth == death:
        extinct = birth * days / (1 + birth * days)
    else:
        grown = np.exp((birth - death) * days)
        extinct = death * (grown - 1) / (birth * grown - death)
    return 1 - extinct**cells


def riccati(times, birth, death, cells):
    """The backward equation -dq/dt = death - (birth + death) q + birth q^2, q(T) = 0; interval by interval (kinks)."""

    def slope(t, q):
        b, d = np.interp(t, times, birth), np.interp(t, times, death)
        return -(d - (b + d) * q + b * q**2)

    extinct = np.zeros(len(times))
    for k in range(len(times) - 2, -1, -1):
        span = (times[k + 1], times[k])
        extinct[k] = solve_ivp(slope, span, extinct[k + 1 : k + 2], "DOP853", rtol=1e-12, atol=1e-14).y[0, -1]
    return 1 - extinct**cells


def within_sampling_error(share, expected, runs):
    """Four binomial standard errors."""
    return abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / runs)


def jumps(birth_n, death_n, start, runs, seed):
    """Share of jump chains that reach N before 0: simulated one event at a time."""
    rng = np.random.default_rng(seed)
    up = birth_n / (birth_n + death_n)
    size, reached = np.full(runs, start), 0
    while size.size:
        size = size + np.where(rng.random(size.size) < up[size], 1, -1)
        reached += np.count_nonzero(size == len(birth_n))
        size = size[(size > 0) & (size < len(birth_n))]
    return reached / runs


def by_linear_system(birth_n, death_n):
    """Reach probabilities from the sizes 1 to N - 1 as the solution of the equations of the chain."""
    b, d = birth_n[1:], death_n[1:]
    generator = np.diag(b + d) - np.diag(b[:-1], 1) - np.diag(d[1:], -1)
    into = np.zeros(len(b))
    into[-1] = b[-1]
    return np.linalg.solve(generator, into)


def test_constant_rates_give_the_closed_form():
    birth, death = np.array([[0.5], [0.2]]), np.array([0.1, 0.2, 0.4])
    expected = [[0.8, 0.6, 0.2], [0.5, 0.0, 0.0]]
    assert np.allclose(establishment_probability(birth, death), expected, rtol=0, atol=1e-15)
    assert np.allclose(establishment_probability(0.5, 0.4, cells=3), 1 - 0.8**3, rtol=1e-14)


def test_a_hair_above_criticality_keeps_its_digits():
    assert establishment_probability(1.0, 1.0 - 2.0**-50) == pytest.approx(2.0**-50, rel=1e-12)


@pytest.mark.parametrize("cells", [1, 4])
@pytest.mark.parametrize(("birth", "death"), [(0.5, 0.2), (0.3, 0.3), (0.2, 0.6), (0.0, 0.1), (0.4, 0.0)])
def test_constant_rates_in_time_give_the_closed_form(birth, death, cells):
    times = np.array([0.0, 0.5, 3.0, 20.0, 45.0])
    found = establishment_in_time(times, birth, death, cells)
    expected = [constant(birth, death, times[-1] - t, cells) for t in times]
    assert np.allclose(found, expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("cells", [1, 5])
def test_changing_rates_agree_with_the_backward_equation(cells):
    times = np.linspace(0, 40, 81)
    birth = np.stack([0.3 + 0.25 * np.sin(times / 3), 0.5 * np.exp(-times / 15), 0.05 + 0.01 * times])
    death = np.stack([0.2 + 0.1 * np.cos(times / 5), 0.1 + 0.005 * times, np.full_like(times, 0.2)])
    found = establishment_in_time(times, birth, death, cells)
    assert found.shape == birth.shape
    for row in range(3):
        assert np.abs(found[row] - riccati(times, birth[row], death[row], cells)).max() < 1e-12


def test_a_coarse_grid_of_linear_rates_needs_no_refining():
    coarse, fine = np.array([0.0, 60.0]), np.linspace(0, 60, 601)
    birth, death = np.array([0.1, 1.5]), np.array([0.9, 0.2])
    fine_birth, fine_death = np.interp(fine, coarse, birth), np.interp(fine, coarse, death)
    low = establishment_in_time(coarse, birth, death)[0]
    assert low == pytest.approx(establishment_in_time(fine, fine_birth, fine_death)[0], rel=1e-10)


def test_very_long_and_very_hostile_stays_finite():
    found = establishment_in_time([0, 1000, 5000], [[0.1], [2.0], [3.0]], [[2.0], [2.0], [0.5]])
    assert np.array_equal(found[0], [0, 0, 1])
    assert found[1, 0] == pytest.approx(1 / 10001, rel=1e-9)
    assert found[2, 0] == pytest.approx(1 - 0.5 / 3, rel=1e-12)


@pytest.mark.parametrize("seed", [1, 2])
def test_simulated_clones_agree_within_sampling_error(seed):
    runs, times = 20_000, np.linspace(0, 30, 16)
    birth, death = 0.35 + 0.3 * np.sin(times / 4), 0.25 + 0.2 * np.cos(times / 6)
    for cells in (1, 3):
        alive = np.mean(stochastic_clones(times, birth, death, runs, seed, cells).cells > 0)
        assert within_sampling_error(alive, establishment_in_time(times, birth, death, cells)[0], runs)


def test_simulated_clones_have_the_mean_size_and_the_extinction_times_of_theory():
    runs, birth, death, days = 20_000, 0.4, 0.3, 10.0
    clones = stochastic_clones([0, 4, days], birth, death, runs, seed=3, established=10_000)
    growth = np.exp((birth - death) * days)
    spread = np.sqrt((birth + death) / (birth - death) * growth * (growth - 1) / runs)
    assert abs(clones.cells.mean() - growth) < 4 * spread
    for day in (1.0, 4.0, 7.0):
        assert within_sampling_error(np.mean(clones.days > day), constant(birth, death, day), runs)
    assert (clones.days[clones.cells > 0] == days).all()


def test_an_established_clone_is_followed_no_further():
    clones = stochastic_clones([0, 1e4], 1.0, 0.5, 2000, seed=4, established=50)
    assert set(clones.cells) == {0, 50}
    assert clones.days.max() < 1000
    assert within_sampling_error(np.mean(clones.cells > 0), 0.5, 2000)


def test_the_same_seed_gives_the_same_clones():
    first, again, other = (stochastic_clones([0, 5, 20], 0.3, 0.2, 500, seed) for seed in (7, 7, 8))
    assert np.array_equal(first.days, again.days)
    assert np.array_equal(first.cells, again.cells)
    assert not np.array_equal(first.days, other.days)


@pytest.mark.parametrize("ratio", [0.2, 0.9, 1.0, 1.1, 2.0])
def test_constant_ratios_give_the_gamblers_ruin(ratio):
    target = 40
    for start in (1, 5, 39):
        expected = start / target if ratio == 1 else (1 - ratio**start) / (1 - ratio**target)
        assert reach_probability(np.ones(target), np.full(target, ratio), start) == pytest.approx(expected, rel=1e-11)
    far = reach_probability(np.full(2000, 0.5), np.full(2000, 0.3), 2)
    assert far == pytest.approx(establishment_probability(0.5, 0.3, cells=2), rel=1e-12)


def test_rates_by_size_agree_with_the_linear_system_and_the_jump_chain():
    n = np.arange(30)
    birth_n = np.stack([0.2 + 0.3 * n / (5 + n), np.full(30, 0.32)])
    death_n = np.stack([np.full(30, 0.3), 0.2 + 0.2 * n / 20])
    for row in range(2):
        exact = by_linear_system(birth_n[row] * n, death_n[row] * n)
        found = np.array([reach_probability(birth_n, death_n, start)[row] for start in range(1, 30)])
        assert np.allclose(found, exact, rtol=1e-11)
        for start in (1, 4, 12):
            seen = jumps(birth_n[row], death_n[row], start, runs=20_000, seed=10 * row + start)
            assert within_sampling_error(seen, exact[start - 1], 20_000)


def test_products_beyond_floating_point_stay_right():
    """A size reached almost surely and left almost never: the odds of the two halves cancel exactly."""
    there, back = np.full(400, 0.1), np.full(400, 10.0)
    assert reach_probability(np.ones(801), np.concatenate([[1], there, back])) == pytest.approx(9 / 20, rel=1e-11)
    longer = np.concatenate([[1], there, np.full(700, 10.0)])
    assert reach_probability(np.ones(1101), longer, 400) == pytest.approx(1e-300, rel=1e-9)


def test_sizes_without_births_or_deaths():
    birth_n, death_n = np.ones(5), np.ones(5)
    birth_n[3] = 0
    assert reach_probability(birth_n, death_n, 2) == 0
    assert reach_probability(birth_n, death_n, 3) == 0
    assert reach_probability(birth_n, death_n, 4) == pytest.approx(0.5)
    assert reach_probability(birth_n, death_n, 5) == 1
    assert reach_probability(np.ones(5), np.zeros(5)) == 1
    assert reach_probability(np.zeros(5), np.zeros(5)) == 0
    assert reach_probability([np.nan, 1, 1], [np.inf, 1, 1]) == pytest.approx(1 / 3)


def test_the_threshold_is_where_the_probability_passes_the_level():
    n = np.arange(200)
    birth_n = np.stack([np.full(200, 0.6), np.where(n < 50, 0.1, 1.0), np.full(200, 0.05)])
    death_n = np.full(200, 0.2)
    sizes = threshold_size(birth_n, death_n)
    assert sizes[0] == 1
    assert 45 < sizes[1] <= 50
    assert sizes[2] == 200
    for row in (1, 2):
        assert reach_probability(birth_n[row], death_n, int(sizes[row])) > 0.5
        assert reach_probability(birth_n[row], death_n, int(sizes[row]) - 1) <= 0.5
    assert (threshold_size(birth_n, death_n, 0.9) >= sizes).all()
    assert threshold_size(np.ones(5), np.ones(5)) == 3  # 1/5, 2/5, 3/5
    assert threshold_size(np.zeros(5), np.ones(5), 0) == 5  # 0 does not exceed 0


def test_feedback_is_linear_between_sizes_and_constant_beyond():
    birth_n, death_n = niche_feedback([2, 6], [[0.2, 0.4], [0.3, 0.3]], [0.5, 0.1], target=9)
    assert np.allclose(birth_n[0], [0.2, 0.2, 0.2, 0.25, 0.3, 0.35, 0.4, 0.4, 0.4])
    assert np.allclose(birth_n[1], 0.3)
    assert np.allclose(death_n, [0.5, 0.5, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1, 0.1])
    assert reach_probability(birth_n, death_n).shape == (2,)


def test_a_focus_that_helps_itself_has_a_threshold_and_one_without_feedback_has_none():
    helped = niche_feedback([1, 100], [0.1, 0.5], [0.2, 0.2], target=300)
    alone = niche_feedback([1, 100], [0.5, 0.5], [0.2, 0.2], target=300)
    assert 1 < threshold_size(*helped) < 100
    assert threshold_size(*alone) == 1


@given(st.lists(st.tuples(RATE, RATE), min_size=4, max_size=4), st.integers(0, 3), RATE, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_more_births_or_fewer_deaths_never_hurt(rates, where, change, cells):
    birth, death = np.array(rates).T
    more, fewer = birth.copy(), death.copy()
    more[where] += change
    fewer[where] = max(0.0, fewer[where] - change)
    times = [0, 1, 4, 9]
    for b, d in ((more, death), (birth, fewer)):
        assert (establishment_probability(b, d, cells) >= establishment_probability(birth, death, cells) - 1e-14).all()
        now, before = establishment_in_time(times, b, d, cells), establishment_in_time(times, birth, death, cells)
        assert (now >= before - 1e-12).all()
        assert reach_probability(b, d, cells) >= reach_probability(birth, death, cells) - 1e-12
        assert threshold_size(b, d) <= threshold_size(birth, death, 0.5 + 1e-9)


@given(RATE, RATE, st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_more_cells_and_less_time_never_hurt_and_all_are_probabilities(birth, death, cells):
    found = establishment_in_time([0, 2, 30], birth, death, cells)
    assert (found >= 0).all()
    assert found[-1] == 1
    assert (np.diff(found) >= -1e-12).all()
    assert (establishment_in_time([0, 2, 30], birth, death, cells + 1) >= found - 1e-14).all()
    assert 0 <= establishment_probability(birth, death, cells) <= found[0] + 1e-12


def test_limits():
    for cells in (1, 10):
        assert np.array_equal(establishment_probability([0.5, 0.0], 0.0, cells), [1, 1])
        assert np.array_equal(establishment_in_time([0, 3, 90], 0.5, 0.0, cells), [1, 1, 1])
        assert np.array_equal(establishment_probability([0.2, 0.5, 0.0], 0.5, cells), [0, 0, 0])
    assert establishment_in_time([0, 2000], 0.2, 0.5)[0] < 1e-250
    critical = [establishment_in_time([0, days], 0.5, 0.5)[0] for days in (1e2, 1e4, 1e6)]
    assert np.allclose(critical, [1 / 51, 1 / 5001, 1 / 500001], rtol=1e-9)
    assert establishment_in_time([0, 500], 0.5, 0.3)[0] == pytest.approx(establishment_probability(0.5, 0.3), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: establishment_probability(-0.1, 0.2), "birth"),
        (lambda: establishment_probability(0.1, np.nan), "death"),
        (lambda: establishment_probability(np.inf, 0.2), "birth"),
        (lambda: establishment_probability("fast", 0.2), "birth"),
        (lambda: establishment_probability([0.1, 0.2], [0.1, 0.2, 0.3]), "shapes"),
        (lambda: establishment_probability(0.1, 0.2, 0), "cells"),
        (lambda: establishment_probability(0.1, 0.2, 1.5), "cells"),
        (lambda: establishment_probability(0.1, 0.2, True), "cells"),
        (lambda: establishment_in_time([0, 1, 1], 0.1, 0.2), "increase"),
        (lambda: establishment_in_time([0, np.inf], 0.1, 0.2), "increase"),
        (lambda: establishment_in_time([0], 0.1, 0.2), "at least two"),
        (lambda: establishment_in_time([0, 1], [0.1, -1], 0.2), "birth"),
        (lambda: establishment_in_time([0, 1], [0.1, 0.1, 0.1], 0.2), "2 times"),
        (lambda: establishment_in_time([0, 1], 0.1, 0.2, 0), "cells"),
        (lambda: establishment_in_time([0, 1e9], 0.1, 1.0), "net rates"),
        (lambda: stochastic_clones([1, 0], 0.1, 0.2, 10, 1), "increase"),
        (lambda: stochastic_clones([0, 1], [[0.1, 0.1]], 0.2, 10, 1), "one set"),
        (lambda: stochastic_clones([0, 1], 0.1, -0.2, 10, 1), "death"),
        (lambda: stochastic_clones([0, 1], 0.1, 0.2, 0, 1), "runs"),
        (lambda: stochastic_clones([0, 1], 0.1, 0.2, 10, -1), "seed"),
        (lambda: stochastic_clones([0, 1], 0.1, 0.2, 10, 1, 0), "cells"),
        (lambda: stochastic_clones([0, 1], 0.1, 0.2, 10, 1, 5, established=5), "established"),
        (lambda: niche_feedback([1, 1], 0.1, 0.2, 10), "sizes"),
        (lambda: niche_feedback([1, 5], 0.1, 0.2, 1), "target"),
        (lambda: reach_probability([1, 1, -1], [1, 1, 1]), "birth"),
        (lambda: reach_probability([1, 1, 1], [[1, 1, np.nan]]), "death"),
        (lambda: reach_probability([[np.nan], [1]], [1, 1, 1]), "birth"),
        (lambda: reach_probability(1, 1), "N at least 2"),
        (lambda: reach_probability([1, 1], [1, 1], 0), "start"),
        (lambda: threshold_size([1, 1], [1, 1], 1.0), "level"),
        (lambda: threshold_size([1, 1], [1, 1], np.nan), "level"),
    ],
)
def test_input_that_cannot_be_used_is_refused_by_name(call, named):
    with pytest.raises(NicheError, match=named):
        call()
