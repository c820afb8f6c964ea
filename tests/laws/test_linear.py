"""The model made linear, and two ends: against differences, simulation, and an equation solved by hand."""

import numpy as np
import pytest

import niche
from compendium.claims.bistability import ends, spread_of_ends
from niche.analysis import linear, loop
from niche.errors import NicheError
from niche.model.niche import rates
from niche.model.state import Inputs, State

LINE = "MDA-MB-231"


@pytest.fixture(scope="module")
def nude():
    return niche.hosts("mouse", strain="athymic nude", tumour=LINE, draws=6, seed=2)


@pytest.fixture(scope="module")
def competent():
    return niche.hosts("mouse", strain="BALB/c", tumour=LINE, draws=6, seed=2)


def test_slopes_are_those_of_differences(competent):
    rng, n = np.random.default_rng(4), len(competent)
    y = rng.uniform(0.2, 2, (n, len(State._fields)))
    y[:, State._fields.index("tumour")] = rng.uniform(0.01, 0.9, n)
    u, p = rng.uniform(0.2, 2, (n, len(Inputs._fields))), competent.parameters

    def slopes(states):
        found = rates(0.0, State(*states.T), Inputs(*u.T), p)
        return np.stack([np.broadcast_to(column, n) for column in found], axis=1)

    found = linear.jacobian(y, u, p)
    for j in range(y.shape[1]):
        step = 1e-5 * y[:, j : j + 1] * np.eye(y.shape[1])[j]
        difference = (slopes(y + step) - slopes(y - step)) / (2 * step[:, j : j + 1])
        floor = 1e-7 * np.abs(difference).max()
        assert np.allclose(found[:, :, j], difference, rtol=1e-6, atol=floor), State._fields[j]


def simulated_growth(hosts):
    """1/day, of a focus so small that its niche stays as it is."""
    tiny = hosts.with_parameters(inoculum=1e-9)
    data = niche.simulate(tiny, niche.Protocol(6).seed("established"), at=[1, 6], rtol=1e-9)
    return np.log(data["tumour"].values[:, 1] / data["tumour"].values[:, 0]) / 5


def test_a_few_cells_grow_as_the_linear_model_says(competent):
    found = linear.invasion(competent, niche.Protocol(5))
    assert found.rate == pytest.approx(simulated_growth(competent), abs=1e-6)
    bare = simulated_growth(competent.with_parameters(t_cells=0.0))
    assert found.without_T_cells == pytest.approx(bare, abs=1e-6)
    assert (found.without_T_cells > found.rate).all()
    assert (found.niche < 0).all()


def test_gain_by_slopes_is_the_gain_by_differences(nude):
    """Two ways that share no code but the model: eigen-slopes after settling, and PTHrP clamped 2 % up and down."""
    burdens = [0.1, 0.5]
    by_slopes, by_differences = linear.loop_gain(nude, burdens), loop.loop_strength(nude, burdens).inner_gain
    assert by_slopes.gain == pytest.approx(by_differences, rel=0.02, abs=2e-4)
    # whichever way the loop turns, what comes with time adds to what is there at once
    assert (np.abs(by_slopes.at_once) < np.abs(by_slopes.gain)).all()


def test_an_open_loop_has_no_gain(nude):
    for cut in ({"pthrp_tgfb": 0.0}, {"tgfb_link": 0.0}):
        found = linear.loop_gain(nude.with_parameters(**cut), [0.3])
        assert np.abs(found.gain).max() < 1e-12
        assert np.abs(found.lost).max() < 1e-12
    deaf = linear.loop_gain(nude.with_parameters(pth_response=0.0), [0.3])
    assert np.abs(deaf.gain).max() < 1e-12


def test_where_a_focus_is_lost_or_takes_is_the_root_of_its_equation(competent):
    """With all else off, dT/dt = T (g (1 - T) - k h / (T + h)): the smaller root of a quadratic parts the two ends."""
    g, k, h = 0.2, np.array([0.1, 0.25, 0.3, 0.4, 0.25, 5.0]), np.array([0.1, 0.1, 0.05, 0.02, 0.01, 0.1])
    off = dict.fromkeys(
        ("tgfb_share", "vessel_growth", "tumour_beta", "tumour_cgrp", "tumour_sp", "cd8_mdsc", "cd8_cgrp", "cd8_beta"),
        0.0,
    )
    found = ends(competent.with_parameters(**off, growth=g, kill=k, kill_half=h), niche.Protocol(1500), large=0.8)
    with np.errstate(invalid="ignore"):
        root = ((1 - h) - np.sqrt((1 - h) ** 2 - 4 * h * (k / g - 1))) / 2
    assert np.isnan(found.separatrix[[0, 5]]).all()  # k below g: every focus takes; k far above: none does
    assert found.small[0] > 0.1
    assert found.large[5] < 1e-6
    assert found.separatrix[1:5] == pytest.approx(root[1:5], rel=5e-3)


def test_without_T_cells_one_end(nude):
    found = ends(nude, niche.Protocol(730))
    assert np.isnan(found.separatrix).all()
    assert (found.small > 0.01).all()


def test_a_niche_beside_a_held_burden_ends_where_it_ends(nude):
    assert spread_of_ends(nude, 0.1, starts=2, days=1500).max() < 1.02


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda h: linear.invasion(niche.hosts("mouse", draws=1), niche.Protocol(1)), "line"),
        (lambda h: linear.invasion(h, niche.Protocol(1).seed("established")), "seed"),
        (lambda h: linear.loop_gain(h, [0.0]), "between"),
        (lambda h: linear.loop_gain(h, [0.5], {"bone": ("OCb",)}), "OCa"),
        (lambda h: ends(h, niche.Protocol(9).seed("established")), "seed"),
        (lambda h: ends(h, niche.Protocol(9), small=0.5), "increase"),
        (lambda h: spread_of_ends(h, 1.0), "between"),
        (lambda h: spread_of_ends(h, 0.1, starts=1), "starts"),
    ],
)
def test_what_cannot_be_asked_is_refused(nude, call, said):
    with pytest.raises(NicheError, match=said):
        call(nude)
