"""Fibres of the marrow slice against the rates put in, NumPy's own random numbers, and the published densities."""

import numpy as np
import pytest

from niche.model.state import RESTING, Parameters
from niche.tissue.fibres import SENSORY, SYMPATHETIC, grown, sprout_rate
from niche.tissue.generator import generate
from niche.tissue.keyed import blocks, uniforms
from niche.tissue.moment import Moment
from niche.tissue.nerve import Around, fibre_density, without_sprouts
from niche.tissue.numbers import read_numbers
from niche.tissue.paths import STEP, Resting, cell_of, resting_paths

NUMBERS = read_numbers()
SHAPE, SPACING, DAYS = (100, 100), 20.0, 0.125


def _parameters(**some):
    """Parameters of which fibres read only a few."""
    base = {"sprout": 0.5, "sprout_sympathetic": 0.5, "fibre_most": 1e9, "netrin": 0.0}
    base |= {"fibre_loss": 0.0, "fibre_injury": 0.0} | some
    return Parameters(*(base.get(name, np.nan) for name in Parameters._fields))


def _around(trka=0.5, injury=0.0, **some):
    one = np.ones(SHAPE)
    return Around(one * trka, one, one, one, one, one * injury, one > 0)._replace(**some)


def _many(count=20_000):
    """Resting points spread over the slice."""
    random = np.random.default_rng(4)
    return Resting(*(random.uniform(200, 1800, (2, count))), np.ones(count, bool))


def _after(days, around, p, nerve=None, first=0, kind=SENSORY, seed=1):
    """The nerve after some days; `first` is the number of its first step, so that a later call draws anew."""
    nerve = nerve or without_sprouts(_many())
    for step in range(first, first + round(days / DAYS)):
        nerve = grown(nerve, around, kind, Moment(RESTING, p, NUMBERS, SPACING, DAYS, seed, step))
    return nerve


def test_random_numbers_are_numpys():
    for seed, fibre, step, purpose in ((0, 0, 1, 0), (7, 123, 41, 3), (2**63, 2**64 - 1, 10**12, 2)):
        key, counter = (np.array(x, np.uint64) for x in ([seed, fibre], [step - 1, purpose, 0, 0]))
        truth = np.random.Philox(key=key, counter=counter).random_raw(4)
        assert np.array_equal(blocks(seed, np.array([fibre], np.uint64), step, purpose)[0], truth)


def test_random_numbers_do_not_hang_on_order_or_company():
    names = np.arange(50, dtype=np.uint64) * np.uint64(977)
    whole = uniforms(3, names, 5, 1)
    order = np.random.default_rng(0).permutation(50)
    assert np.array_equal(uniforms(3, names[order], 5, 1), whole[order])
    assert np.array_equal(uniforms(3, names[7:8], 5, 1), whole[7:8])


def test_resting_densities_are_100_to_2_to_a_tenth():
    """Castaneda-Corral et al. 2011 [NS01], doi:10.1016/j.neuroscience.2011.01.039."""
    geometry = generate(NUMBERS, size=4000.0, spacing=20.0)
    paths = resting_paths(geometry, NUMBERS.with_values(fibre_length=500.0), 1, SENSORY)
    at = cell_of(paths.x, paths.y, geometry.mineral.shape, 20.0)
    regions = (geometry.periosteum, geometry.marrow, geometry.mineral)
    density = [region.ravel()[at].sum() / region.sum() for region in regions]
    assert density[1] / density[0] == pytest.approx(0.02, rel=0.02)
    assert density[2] / density[0] == pytest.approx(0.001, rel=0.1)


def test_new_length_is_what_the_rate_says():
    """Sprouts begin at rate sprout x TrkA x resting length / mean length l and grow at speed v until an exponential
    end: after t days their length is that rate times resting length times t - (l/v)(1 - exp(-v t/l)). A sprout has all
    its length only some days after it began."""
    nerve, p, days = without_sprouts(_many()), _parameters(sprout=2.0), 6.0
    end = _after(days, _around(), p, nerve=nerve).sprouts
    rest = STEP * len(nerve.resting.x)
    lag = NUMBERS.sprout_length / NUMBERS.fibre_speed
    expected = 2.0 * 0.5 * rest * (days - lag * (1 - np.exp(-days / lag)))
    assert end.piece_length.sum() == pytest.approx(expected, rel=0.08)
    assert len(end.name) == pytest.approx(2.0 * 0.5 * rest / NUMBERS.sprout_length * days, rel=0.06)
    assert len(set(end.name.tolist())) == len(end.name)


def test_final_lengths_are_exponential():
    nerve = _after(1.0, _around(), _parameters(sprout=2.0))
    end = _after(25.0, _around(trka=0.0), _parameters(), nerve, first=8).sprouts
    assert not end.growing.any()
    length = np.bincount(end.piece_owner, end.piece_length, len(end.name))
    mean = NUMBERS.sprout_length
    error = mean / np.sqrt(len(length))
    assert length.mean() == pytest.approx(mean, abs=4 * error + 1)
    assert (length > mean).mean() == pytest.approx(np.exp(-1), abs=0.07)


def test_fibres_die_and_come_back_at_the_rates_put_in():
    p = _parameters(sprout=0.0)
    dead = _after(4.0, _around(injury=0.3), p)
    assert dead.resting.alive.mean() == pytest.approx(np.exp(-0.3 * 4), abs=0.015)
    back = _after(10.0, _around(), _parameters(sprout=0.0, fibre_loss=0.1), dead, first=32)
    assert 1 - back.resting.alive.mean() == pytest.approx((1 - np.exp(-1.2)) * np.exp(-1.0), abs=0.015)


def test_injured_tips_stop_at_the_rate_put_in_whatever_the_step():
    """Of tips that all grow, exp(-injury t) still do after t days but for those that have ended by chance; pieces that
    shorter steps make more of do not stop them the sooner."""
    nerve, p = _after(0.125, _around(), _parameters(sprout=20.0)), _parameters()
    count, days, injury = int(nerve.sprouts.growing.sum()), 1.0, 0.7
    for part in (0.125, 0.03125):
        after = nerve
        for step in range(round(days / part)):
            now = Moment(RESTING, p, NUMBERS, SPACING, part, 1, 10 + step)
            after = grown(after, _around(trka=0.0, injury=injury), SENSORY, now)
        ended = (1 - NUMBERS.fibre_speed * part / NUMBERS.sprout_length) ** round(days / part)
        left = np.exp(-injury * days) * ended
        assert after.sprouts.growing.sum() / count == pytest.approx(left, abs=4 * np.sqrt(left * (1 - left) / count))


def test_the_model_switches_do_what_they_say():
    around = _around(trka=0.4)
    full = around._replace(density=np.full(SHAPE, 70.0))
    p = _parameters(sprout=0.5, fibre_most=70.0)
    assert sprout_rate(around, SENSORY, RESTING, p) == pytest.approx(np.full(SHAPE, 0.5 * 0.4 * (1 - 1 / 70)))
    assert sprout_rate(around, SYMPATHETIC, RESTING, p) == pytest.approx(np.full(SHAPE, 0.25 * 0.4 * (1 - 1 / 70)))
    assert not sprout_rate(full, SENSORY, RESTING, p).any()
    assert not sprout_rate(around, SENSORY, RESTING, _parameters(sprout=0.0)).any()  # TrkA gain 0
    assert not sprout_rate(_around(trka=-0.2), SENSORY, RESTING, p).any()  # a block stops growth, and no more


def test_sprouts_turn_up_a_gradient_and_stay_out_of_bone():
    slope = np.ones(SHAPE) * (1 + np.linspace(0, 8, SHAPE[1]))
    walls = np.ones(SHAPE, bool)
    walls[:, 95:] = False
    end = _after(4.0, _around(occupied=slope, open=walls), _parameters(sprout=1.0)).sprouts
    start = _after(4.0, _around(open=walls), _parameters(sprout=1.0)).sprouts
    free = end.growing & (end.x < 1500)
    heading = np.cos(end.angle[free]).mean()
    assert heading > 0.4
    assert abs(np.cos(start.angle[start.growing]).mean()) < 0.1
    assert walls.ravel()[cell_of(end.x, end.y, SHAPE, SPACING)].all()


def test_length_is_kept_on_the_grid():
    nerve = _after(2.0, _around(), _parameters(sprout=0.5))
    total = fibre_density(nerve, SHAPE, SPACING).sum() * SPACING**2
    living = STEP * nerve.resting.alive.sum() + nerve.sprouts.piece_length[nerve.sprouts.piece_alive].sum()
    assert total == pytest.approx(living, rel=1e-12)
