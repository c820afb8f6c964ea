"""Drug levels against closed forms, conservation, and the numbers of published models run elsewhere."""

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from niche.errors import NicheError
from niche.kinetics import levels, read_kinetics
from niche.kinetics.table import drug_of


def drug(tmp_path, **entries):
    """A made-up drug: 1 mg is 1 umol."""
    numbers = {"molar_mass": (1000, "g/mol"), "weight": (70, "kg"), "clearance": (2, "L/day"), "volume": (4, "L")}
    numbers |= entries
    content = {
        "about": "made up", "studied": ["1 mg", "100 mg"],
        "routes": {"iv": {}, "sc": {"bioavailability": one(0.5, "1"), "ka": one(0.7, "1/day")}},
        "entries": {name: one(*pair) for name, pair in numbers.items()},
        "targets": {"R": one(10, "nM")},
    }  # fmt: skip
    folder = tmp_path / "kinetics"
    folder.mkdir(exist_ok=True)
    (folder / "it.yaml").write_text(yaml.safe_dump({"source": "made up", "drugs": {"it": content}}))
    read_kinetics.cache_clear()
    return read_kinetics(folder)["it"]


def one(value, unit):
    return {"value": value, "unit": unit, "kind": "assumed", "range": [0, 1e6]}


# --- published models, solved elsewhere (reference numbers of their own software, four digits and more)


def test_denosumab_is_choi_2025():
    """Total level [nM] after 60 mg, from the published quasi-steady model run by its own equations."""
    found = levels("denosumab", "60 mg sc", 183, at=[3, 14, 28, 84, 140, 182])
    np.testing.assert_allclose(found.total[0], [28.0575, 37.6146, 30.8667, 9.6446, 2.0549, 0.0915], rtol=1e-3)
    assert found.status == ("ok",)


def test_tanezumab_is_jonsson_2016():
    """ug/mL after the first and the third of 10 mg every eight weeks."""
    found = levels("tanezumab", "10 mg iv every 8 weeks x 3", 170, at=[7, 28, 55.9999, 119, 140, 167.9999])
    expected = [1.6805, 0.8384, 0.3651, 2.0535, 1.0505, 0.4647]
    np.testing.assert_allclose(found.mass[0] / 1000, expected, rtol=2e-4)


def test_propranolol_is_del_frari_2018():
    """ng/mL in infants at steady state: trough, two hours after a dose, and the area over 12 h [ng h/mL]."""
    times = np.linspace(19, 19.5 - 1e-9, 2001)
    found = levels("propranolol in infants", "1.5 mg/kg po every 12 h", 20, at=times)
    assert found.mass[0, 0] == pytest.approx(16.235, rel=1e-4)
    assert np.interp(19 + 2 / 24, times, found.mass[0]) == pytest.approx(66.334, rel=1e-4)
    assert np.trapezoid(found.mass[0], times * 24) == pytest.approx(489.64, rel=1e-3)


# --- closed forms and laws


def test_one_compartment_is_bateman(tmp_path):
    t = np.linspace(0, 20, 41)
    found = levels(drug(tmp_path), "10 mg sc", 20, at=t)
    ka, ke, start = 0.7, 0.5, 10 * 0.5 / 4 * 1000
    exact = start * ka / (ka - ke) * (np.exp(-ke * t) - np.exp(-ka * t))
    np.testing.assert_allclose(found.free[0], exact, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.occupancy("R")[0], exact / (10 + exact), rtol=1e-5, atol=1e-6)


def test_three_compartments_are_the_matrix_exponential(tmp_path):
    from scipy.linalg import expm

    behind = {"near_flow": (3, "L/day"), "near_volume": (6, "L"), "far_flow": (0.5, "L/day"), "far_volume": (40, "L")}
    found = levels(drug(tmp_path, **behind), "10 mg iv", 30, at=[0.1, 1, 10, 30])
    a = np.array([[-(2 + 3 + 0.5) / 4, 3 / 6, 0.5 / 40], [3 / 4, -3 / 6, 0], [0.5 / 4, 0, -0.5 / 40]])
    exact = [(expm(a * t) @ [2500, 0, 0])[0] for t in (0.1, 1, 10, 30)]
    np.testing.assert_allclose(found.free[0], exact, rtol=1e-5)


def test_an_infusion_reaches_rate_over_clearance(tmp_path):
    found = levels(drug(tmp_path), "10 mg iv over 1 day daily", 60, at=[59.5])
    assert found.free[0, 0] == pytest.approx(10 / 2 * 1000, rel=1e-6)


def test_averaged_input_has_the_mean_level_of_exact_doses(tmp_path):
    one_week = np.linspace(70, 77 - 1e-9, 4001)
    exact = levels(drug(tmp_path), "10 mg sc weekly", 90, at=one_week)
    smooth = levels(drug(tmp_path), "10 mg sc weekly", 90, at=[77.0], averaged=True)
    assert np.trapezoid(exact.free[0], one_week) / 7 == pytest.approx(smooth.free[0, 0], rel=1e-4)


def test_saturable_loss_is_linear_far_below_and_capped_far_above(tmp_path):
    t = np.array([0.0, 1.0])
    saturable = drug(tmp_path, clearance=(0, "L/day"), v_max=(1, "mg/day"), k_m=(50, "mg/L"))
    low = levels(saturable, "1 mg iv", 1, at=t).free[0]
    assert low[1] / low[0] == pytest.approx(np.exp(-1 / 50 / 4), rel=1e-4)
    high = levels(saturable, "1000000 mg iv", 1, at=t)
    assert high.free[0, 0] - high.free[0, 1] == pytest.approx(1 / 4 * 1000, rel=1e-3)
    assert "outside the doses" in high.warnings[0]


@settings(max_examples=25, deadline=None)
@given(
    dose=some.floats(0.1, 500), flow=some.floats(0, 20), size=some.floats(0.5, 50), loss=some.floats(0, 10),
    target=some.floats(0, 50), weight=some.floats(30, 150),
)  # fmt: skip
def test_no_drug_is_made_or_lost_and_no_level_is_negative(tmp_path_factory, dose, flow, size, loss, target, weight):
    made = drug(
        tmp_path_factory.mktemp("it"), near_flow=(flow, "L/day"), near_volume=(size, "L"), v_max=(loss, "mg/day"),
        k_m=(1, "mg/L"), target0=(target, "nM"), k_deg=(0.5, "1/day"), k_int=(1.5, "1/day"), k_ss=(2, "nM"),
    )  # fmt: skip
    found = levels(made, f"{dose} mg iv weekly x 3", 40, weight=weight)
    assert found.status == ("ok",)
    assert (found.free > -1e-6).all()
    assert (found.free <= found.total * (1 + 1e-9) + 1e-6).all()
    more = levels(made, f"{2 * dose} mg iv weekly x 3", 40, weight=weight)
    assert (more.free >= found.free - 1e-6).all()
    assert ((found.lost >= 0) & (found.lost <= 1 + 1e-9)).all()


def test_what_is_lost_and_what_remains_is_what_was_given(tmp_path):
    found = levels(drug(tmp_path, v_max=(1, "mg/day"), k_m=(1, "mg/L")), "10 mg iv", 400, at=[400])
    assert found.free[0, 0] == pytest.approx(0, abs=1e-3)
    concentration = 10 / 4  # mg/L
    # of dC/dt = -C/2 - (1/4) C/(1 + C), the linear part from C to 0: integral of (1/2) / (1/2 + 1/4/(1 + C)) dC
    c = np.linspace(0, concentration, 20001)
    share = np.trapezoid(0.5 / (0.5 + 0.25 / (1 + c)), c) / concentration
    assert found.lost[0, 0] == pytest.approx(share, rel=1e-4)


# --- people


def test_people_differ_as_the_source_says_and_the_typical_one_is_in_their_middle(tmp_path):
    made = drug(tmp_path, clearance_sd=(0.3, "1"), clearance_exponent=(0.75, "1"))
    people = levels(made, "10 mg iv over 1 day daily", 60, at=[59.5], people=4000, seed=3)
    typical = levels(made, "10 mg iv over 1 day daily", 60, at=[59.5])
    assert np.log(people.free[:, 0]).std() == pytest.approx(0.3, rel=0.05)
    assert np.median(people.free[:, 0]) == pytest.approx(typical.free[0, 0], rel=0.02)
    again = levels(made, "10 mg iv over 1 day daily", 60, at=[59.5], people=4000, seed=3)
    np.testing.assert_array_equal(people.free, again.free)
    heavy = levels(made, "10 mg iv over 1 day daily", 60, at=[59.5], weight=140.0)
    assert heavy.free[0, 0] == pytest.approx(typical.free[0, 0] / 2**0.75, rel=1e-5)


# --- bad input


def test_bad_input_says_what_is_allowed(tmp_path):
    with pytest.raises(NicheError, match="did you mean 'denosumab'"):
        levels("denosumb", "60 mg sc", 10)
    with pytest.raises(NicheError, match="no numbers for the route 'po'"):
        levels("denosumab", "60 mg po", 10)
    with pytest.raises(NicheError, match="body mass must be above 0"):
        levels("denosumab", "60 mg sc", 10, weight=0)
    with pytest.raises(NicheError, match="still runs"):
        levels("denosumab", ["60 mg sc every 4 weeks", "120 mg sc every 4 weeks from day 28"], 100)
    with pytest.raises(NicheError, match="not one of its targets"):
        levels(drug(tmp_path), "10 mg iv", 1).occupancy("beta1")
    assert "outside the doses" in levels("denosumab", "600 mg sc", 10).warnings[0]
    assert levels("denosumab", "60 mg sc", 10).warnings == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"near_flow": (1, "L/day")}, "near_flow, near_volume belong together"),
        ({"clearence": (1, "L/day")}, "did you mean 'clearance'"),
        ({"clearance": (1, "mg")}, "expected something like 'L/day'"),
        ({"target0": (1, "nM")}, "belong together"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path, change, says):
    with pytest.raises(NicheError, match=says):
        drug(tmp_path, **change)


def test_every_number_of_the_table_says_where_it_comes_from():
    for name in read_kinetics():
        for entry in drug_of(name).parameters():
            assert entry.kind == "assumed" or "assumed" not in entry.source, (name, entry.name)
