"""Hosts: a misspelt name gets the nearest, and a seed and a row mean the same numbers in every experiment."""

import math
from types import MappingProxyType

import numpy as np
import pytest

import niche
from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.model.state import DERIVED
from niche.params.layers import UNITS, read_registry
from niche.params.posterior import Posterior


def made(system="mouse", **options):
    return niche.hosts(system, **{"draws": 4, "posterior": "prior", **options})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"system": "mose"}, "unknown system 'mose'; did you mean 'mouse'"),
        ({"system": "Mouse"}, "did you mean 'mouse'"),
        ({"system": ""}, "unknown system ''. Allowed: human, mouse, rat"),
        ({"system": None}, "unknown system None"),
        ({"system": ["mouse"]}, "unknown system"),
        ({"strain": "C57BL6"}, "unknown strain of mouse 'C57BL6'; did you mean 'C57BL/6J'"),
        ({"strain": "Wistar"}, "unknown strain of mouse 'Wistar'"),
        ({"strain": ""}, "unknown strain of mouse ''"),
        ({"strain": ["C3H"]}, "unknown strain of mouse"),
        ({"tumour": "MDA-231-lcu"}, "unknown tumour line 'MDA-231-lcu'; did you mean 'MDA-231-luc'"),
        ({"tumour": "4T2"}, "unknown tumour line '4T2'"),
        ({"tumour": ""}, "unknown tumour line ''"),
        ({"tumour": 231}, "unknown tumour line 231"),
        ({"bone": "vertebre"}, "unknown bone 'vertebre'; did you mean 'vertebra'"),
        ({"bone": "ovariectomy"}, "unknown bone 'ovariectomy'"),
        ({"bone": ["vertebra"]}, "unknown bone"),
        ({"sex": "mail"}, "unknown sex 'mail'; did you mean 'male'"),
        ({"sex": "X"}, "unknown sex 'X'. Allowed: female, male"),
        ({"sex": ["male"]}, "unknown sex"),
        ({"posterior": "calibratd"}, "unknown posterior 'calibratd'; did you mean 'calibrated'"),
        ({"posterior": None}, "posterior must be 'calibrated', 'prior' or a Posterior"),
        ({"posterior": {}}, "posterior must be"),
    ],
)
def test_an_unknown_name_gets_the_nearest(options, said):
    with pytest.raises(NicheError) as error:
        made(**options)
    assert said in str(error.value)


@pytest.mark.parametrize("draws", [0, -1, 1.5, 3.0, True, "3", None, math.nan, [3]])
def test_draws_are_a_whole_number_of_at_least_one(draws):
    with pytest.raises(NicheError, match="draws must be a whole number of at least 1"):
        made(draws=draws)


@pytest.mark.parametrize("seed", [1.5, 1.0, "a", "1", -1, True, None, math.nan, [1]])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(NicheError, match="seed must be a whole number of at least 0"):
        made(seed=seed)


@pytest.mark.parametrize("seed", [0, np.int64(3), 2**63, 10**30])
def test_any_whole_number_is_a_seed(seed):
    assert len(made(seed=seed, draws=np.int64(2))) == 2


def test_a_strain_and_a_sex_may_be_named_by_their_beginning():
    found = made(strain="C57BL/6", sex="F")
    assert (found.strain, found.sex) == ("C57BL/6J", "female")
    assert made(strain="balb").strain == "BALB/c"
    with pytest.raises(niche.NicheError, match="unknown strain"):
        made(strain="a")  # too short to be sure


def test_the_first_strain_is_taken_where_none_is_named():
    assert made().strain == next(iter(read_registry().systems["mouse"].strains))


def same(a: Hosts, b: Hosts, rows=slice(None), names=UNITS):
    return all(np.array_equal(getattr(a.parameters, n)[rows], getattr(b.parameters, n)[rows]) for n in names)


def test_same_seed_same_numbers_and_another_seed_others():
    assert same(made(seed=5), made(seed=5))
    assert not np.isin(made(seed=5).parameters.turnover, made(seed=6).parameters.turnover).any()


def test_numbers_do_not_depend_on_how_many_draws_are_asked_for():
    few, many = made(draws=3), made(draws=300)
    assert same(few, Hosts(**{**vars(many), "parameters": many.parameters._make(c[:3] for c in many.parameters)}))


def test_a_layer_more_leaves_every_other_number_alone():
    """Each parameter has a stream of its own, so a tumour line does not shift the draws of the bone."""
    line = read_registry().lines["MDA-231-luc"].parameters
    assert same(made(), made(tumour="MDA-231-luc"), names=set(UNITS) - set(line))
    mouse, human = made(), made("human")
    systems = read_registry().systems
    assert same(mouse, human, names=set(UNITS) - {*systems["mouse"].parameters, *systems["human"].parameters})
    assert same(mouse, made(strain="ob/ob", sex="male"))


def test_the_global_generator_is_left_alone():
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    made()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_two_parameters_with_one_prior_are_drawn_apart():
    found = made(draws=200).parameters
    assert abs(np.corrcoef(found.b1_rankl, found.b2_rankl)[0, 1]) < 0.25


def test_prior_draws_follow_the_layer_that_rules():
    """The mouse's turnover, not the default human's: median of its own prior."""
    registry = read_registry()
    for system in ("mouse", "human"):
        entry = {**registry.model, **registry.systems[system].parameters}["turnover"]
        middle = float(entry.sample(np.array(0.5)))
        assert np.median(made(system, draws=2000).parameters.turnover) == pytest.approx(middle, rel=0.1)


def test_the_rat_is_the_mouse_slowed_by_its_pace_and_nothing_else():
    rat, mouse, species = made("rat"), made("mouse"), read_registry().systems["rat"]
    pace = rat.values(species.pace)
    for name in species.paced:
        np.testing.assert_allclose(getattr(rat.parameters, name), getattr(mouse.parameters, name) * pace, rtol=1e-14)
    assert same(rat, mouse, names=set(UNITS) - set(species.paced))


TURNOVER = np.linspace(0.01, 0.02, 10)
TEN = Posterior(MappingProxyType({"mouse:turnover": TURNOVER, "model:b2_rankl": np.arange(10) / 10}))


@pytest.mark.parametrize("draws", [1, 4, 10, 11, 500])
def test_a_host_is_its_row_of_the_posterior(draws):
    found = made(posterior=TEN, draws=draws, seed=2)
    assert len(found) == draws
    np.testing.assert_array_equal(found.parameters.turnover, TURNOVER[found.rows])
    np.testing.assert_array_equal(found.parameters.b2_rankl, found.rows / 10)  # joint, not shuffled apart


def test_rows_are_taken_once_each_until_they_run_out():
    assert len(set(made(posterior=TEN, draws=7).rows)) == 7
    np.testing.assert_array_equal(made(posterior=TEN, draws=10).rows, np.arange(10))
    more = made(posterior=TEN, draws=1000).rows  # with replacement
    assert set(more) == set(range(10))


def test_a_row_means_the_same_host_however_many_are_asked_for():
    """Also in what the posterior does not hold, so that draws of two runs can be matched by row."""
    one, other = made(posterior=TEN, draws=4, seed=2), made(posterior=TEN, draws=10, seed=2)
    for name in ("turnover", "tone", "noradrenaline"):
        np.testing.assert_array_equal(getattr(one.parameters, name), getattr(other.parameters, name)[one.rows])
    drug = read_registry().drugs["isoprenaline"].dosing["kd_dose_b2"]
    np.testing.assert_array_equal(one.values(drug), other.values(drug)[one.rows])


def test_with_parameters_sets_every_draw_and_leaves_the_rest():
    before = made()
    after = before.with_parameters(b2_rankl=0, tone=3)
    np.testing.assert_array_equal(after.parameters.b2_rankl, np.zeros(4))
    assert same(before, after, names=set(UNITS) - {"b2_rankl", "tone"})
    assert after.changed == (("b2_rankl", 0.0), ("tone", 3.0))
    assert before.changed == ()
    assert not np.array_equal(before.parameters.s2_0, after.parameters.s2_0)  # what is derived follows
    again = after.with_parameters(tone=before.parameters.tone)
    np.testing.assert_array_equal(again.parameters.s2_0, before.parameters.s2_0)


def test_numbers_are_not_changed_in_place():
    """The resting point would not follow."""
    for column in (made().parameters.growth, made().with_parameters(tone=2.0).parameters.tone, made().rows):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"b2_rnkl": 0}, "unknown parameter 'b2_rnkl'; did you mean 'b2_rankl'"),
        ({"OBp0": 1}, "unknown parameter 'OBp0'"),  # derived
        ({"kd_dose_b2": 1}, "unknown parameter 'kd_dose_b2'"),  # a drug's own
        ({"b2_rankl": math.nan}, "'b2_rankl': nan is not a finite number"),
        ({"b2_rankl": math.inf}, "not a finite number"),
        ({"b2_rankl": "0"}, "'b2_rankl': '0' is not a finite number"),
        ({"b2_rankl": None}, "not a finite number"),
        ({"b2_rankl": True}, "not a finite number"),
        ({"b2_rankl": [1.0, 2.0]}, "one number, or one for each of 4 draws"),
        ({"b2_rankl": np.ones((4, 4))}, "one number, or one for each of 4 draws"),
        ({"b2_rankl": [1.0, 2.0, 3.0, math.nan]}, "not a finite number"),
        ({"growth": -0.1}, "'growth' cannot be negative"),
        ({"K1": -1}, "'K1' cannot be negative"),
    ],
)
def test_with_parameters_refuses_what_is_no_parameter_or_no_value(changes, said):
    with pytest.raises(NicheError) as error:
        made().with_parameters(**changes)
    assert said in str(error.value)


def test_a_core_without_a_resting_point_is_refused():
    with pytest.raises(NicheError, match="no resting point"):
        made().with_parameters(D_OBu=0)


@pytest.mark.parametrize(
    "name",
    sorted(set(UNITS) & {n for n, (lo, hi) in ((k, e.range) for k, e in read_registry().model.items()) if lo < 0}),
)
def test_a_gain_of_either_sign_may_be_turned(name):
    made().with_parameters(**{name: -1.0})


def test_derived_numbers_are_not_given():
    assert not set(UNITS) & set(DERIVED)
