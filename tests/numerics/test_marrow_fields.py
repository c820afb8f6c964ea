"""Diffusion in the marrow slice against closed solutions: order in space, a point source, totals, fronts."""

import numpy as np
import pytest
from scipy.special import k0

from niche.errors import NicheError
from niche.tissue.faces import faces
from niche.tissue.steady import operator, steady
from niche.tissue.transport import spread


def _middle(count, length):
    return (np.arange(count) + 0.5) * length / count


def _manufactured(count):
    """Greatest error of u = 2 + cos(pi x) cos(pi y) where the open share varies too, with no flux at the rim."""
    x, y = np.meshgrid(_middle(count, 1.0), _middle(count, 1.0))
    squared, w, v = 0.01, np.pi, 2 * np.pi
    share = 1 + 0.5 * np.cos(v * x)
    wave = np.cos(w * x) * np.cos(w * y)
    slope = -w * np.sin(w * x) * np.cos(w * y) * -0.5 * v * np.sin(v * x)  # grad u . grad share
    source = share * (2 + wave) - squared * (share * -2 * w**2 * wave + slope)
    of = operator(share, faces(share, squared, 1 / count))
    return np.abs(steady(source, of, np.ones_like(x), tolerance=1e-12) - 2 - wave).max()


def test_manufactured_solution_converges_with_order_two():
    errors = [_manufactured(count) for count in (16, 32, 64)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.all(np.abs(orders - 2) < 0.1), orders


def test_a_point_source_gives_the_bessel_function():
    """u - L^2 lap u = S delta in the plane is S K0(r/L) / (2 pi L^2) (Abramowitz & Stegun 9.6)."""
    count, spacing, reach = 201, 10.0, 100.0
    share = np.ones((count, count))
    source = np.zeros_like(share)
    source[100, 100] = 1 / spacing**2
    u = steady(source, operator(share, faces(share, reach**2, spacing)), source)
    for steps in (5, 10, 20, 30):
        for found in (u[100, 100 + steps], u[100 - steps, 100]):
            assert found == pytest.approx(k0(steps * spacing / reach) / (2 * np.pi * reach**2), rel=0.01)


@pytest.mark.parametrize("reach", [5.0, 100.0, 3000.0])
def test_totals_balance_and_nothing_is_negative(reach):
    random = np.random.default_rng(2)
    share = np.where(random.random((45, 70)) < 0.2, 0.05, 1.0)
    source = np.where(random.random(share.shape) < 0.02, 1.0, 0.0)
    u = steady(source, operator(share, faces(share, reach**2, 10.0)), source)
    assert (share * u).sum() == pytest.approx(source.sum(), rel=1e-10)
    assert u.min() >= 0


def test_a_step_with_stiff_decay_stays_between_0_and_its_end():
    """Backward Euler at decay times step of a million: the end s/k is reached at once, from above and never below."""
    share, decay, days = np.ones((32, 32)), 1e8, 0.01
    through = faces(share, 500.0 * days, 10.0)
    u = np.zeros_like(share)
    u[16, 16] = 50.0
    for _ in range(3):
        u = steady(u + days * 7.0, operator(share * (1 + days * decay), through), u)
        assert u.min() >= 0
    assert u == pytest.approx(np.full_like(u, 7.0 / decay), rel=1e-5)


def test_a_source_that_is_not_finite_is_refused():
    share = np.ones((16, 16))
    with pytest.raises(NicheError, match="shorter step"):
        steady(share * np.nan, operator(share, faces(share, 1.0, 1.0)), share)
    with pytest.raises(NicheError, match="not finite"):
        operator(share, faces(share, np.nan, 1.0))


def test_cells_spread_as_a_gaussian_and_none_is_lost():
    """In the open plane the mean square distance grows by 4 D t, exactly so for the scheme; bone lets nothing in."""
    room = np.ones((81, 81))
    content = np.zeros_like(room)
    content[40, 40] = 1.0
    after = spread(content, room, faces(room, 300.0, 10.0), 2.0)
    place = (np.arange(81) - 40) * 10.0
    squared = (after * (place[:, None] ** 2 + place**2)).sum()
    assert squared == pytest.approx(4 * 300.0 * 2.0, rel=1e-6)
    assert after.sum() == pytest.approx(1.0, rel=1e-12)
    assert after.min() >= 0
    room[:, 45:] = 0.0
    walled = spread(content, room, faces(room, 300.0, 10.0), 2.0)
    assert walled[:, 45:].max() == 0
    assert walled.sum() == pytest.approx(1.0, rel=1e-12)


def test_a_front_advances_at_twice_the_root_of_growth_times_motility():
    """Fisher 1937; from a step it is late by 3/(4 r t) (Bramson 1983), below 1 % from r t = 75 on."""
    spacing, days, growth = 0.25, 0.05, 1.0
    room = np.ones((1, 1400))
    through, u = faces(room, 1.0, spacing), np.zeros((1, 1400))
    u[0, :8] = 1.0

    def grown(v):
        return v * np.exp(growth * days) / (1 + v * np.expm1(growth * days))

    def place(v):
        last = int(np.nonzero(v[0] > 0.5)[0][-1])
        return spacing * (last + (v[0, last] - 0.5) / (v[0, last] - v[0, last + 1]))

    at = {}
    for step in range(1, 3001):
        u = spread(grown(spread(u, room, through, days / 2)), room, through, days / 2)
        if step in (2000, 3000):
            at[step] = place(u)
    speed = (at[3000] - at[2000]) / (1000 * days)
    assert speed == pytest.approx(2.0, rel=0.01)
