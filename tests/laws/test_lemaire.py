"""Lemaire 2004 (doi:10.1016/j.jtbi.2004.03.023) against runs of it by others, to every printed digit.

Reference: the published SBML (BioModels BIOMD0000000278) in libroadrunner 2.10.0 (CVODE, tolerances 1e-10), started
at the exact resting point and restarted on days 20 and 80.
"""

import numpy as np
import pytest
from printed import assert_as_printed

import niche.rivals
from niche import NicheError
from niche.rivals import lemaire2004 as model

DAYS = (25, 40, 60, 79.9, 90, 140)
# load case: R, B, C [pM] on those days, as printed
TRAJECTORIES = {
    "B added": """8.040514e-4 1.043530e-3 1.014192e-3  9.782294e-4 1.293806e-3 1.128048e-3
                  1.019016e-3 1.358684e-3 1.138063e-3  1.023830e-3 1.366314e-3 1.139371e-3
                  9.363320e-4 9.272431e-4 9.890227e-4  7.755138e-4 7.309961e-4 9.137573e-4""",
    "PTH": """1.706690e-3 6.243359e-4 3.559634e-3  3.111426e-3 1.170342e-3 3.438558e-3
              3.804556e-3 1.515861e-3 3.632836e-3  4.027556e-3 1.629993e-3 3.684464e-3
              2.007974e-3 2.011783e-3 1.024822e-3  7.846052e-4 7.426738e-4 9.181286e-4""",
    "C added": """8.821233e-4 7.070193e-4 1.173829e-3  1.083415e-3 8.186300e-4 1.217757e-3
                  1.125357e-3 8.717577e-4 1.231485e-3  1.132167e-3 8.801090e-4 1.233682e-3
                  8.987106e-4 8.833160e-4 9.420367e-4  7.749667e-4 7.302955e-4 9.134928e-4""",
    "R added": """1.083365e-3 8.592027e-4 8.623363e-4  1.278806e-3 1.172992e-3 8.988961e-4
                  1.338890e-3 1.248358e-3 9.190852e-4  1.347875e-3 1.260194e-3 9.219711e-4
                  9.289503e-4 9.699069e-4 9.859851e-4  7.756740e-4 7.312013e-4 9.138347e-4""",
}
RESTING = model.rest()


def test_resting_point():
    assert_as_printed(RESTING, "7.73437744e-4 7.28339593e-4 9.12752839e-4")
    slopes = model.rates(0.0, RESTING, model.RESTING, model.PUBLISHED)
    assert np.abs(slopes).max() < 1e-17


def test_published_start_is_the_resting_point_rounded():
    assert np.allclose(RESTING, (7.734e-4, 7.282e-4, 9.127e-4), rtol=2e-4)


@pytest.mark.parametrize("method", ["explicit", "stiff"])
@pytest.mark.parametrize("case", TRAJECTORIES)
def test_load_case(case, method):
    run = niche.rivals.simulate_rival("lemaire2004", case, DAYS, method=method, rtol=1e-10)
    assert run.status == "ok"
    assert_as_printed(np.stack([run.R, run.B, run.C], axis=1), TRAJECTORIES[case])


@pytest.mark.parametrize("case", sorted(set(model.CASES) - {"R removed"}))
def test_every_other_load_case_returns_to_rest(case):
    run = niche.rivals.simulate_rival("lemaire2004", case, [0, 20, 50, 400])
    assert run.status == "ok"
    path = np.stack([run.R, run.B, run.C], axis=1)
    assert np.allclose(path[[0, 1, 3]], RESTING, rtol=1e-6)
    assert np.abs(path[2] / RESTING - 1).max() > 3e-3


@pytest.mark.parametrize("method", ["auto", "explicit", "stiff"])
def test_removing_more_responding_cells_than_are_made_ends_visibly(method):
    """Load case 8 as published: R leaves the positive numbers within a day. SciPy's LSODA alone never returns."""
    run = niche.rivals.simulate_rival("lemaire2004", "R removed", [10, 25, 60, 140], method=method)
    assert run.status == "negative state"
    assert np.isfinite(run.R[0])
    for state in (run.R, run.B, run.C):
        assert np.isnan(state[1:]).all()


@pytest.mark.parametrize(
    ("change", "folds"),
    [
        (model.RESTING._replace(PTH_added=10.0), "1.0440 1.0218 1.0347"),
        (model.RESTING._replace(PTH_added=100.0), "1.4459 1.2024 1.3377"),
        (model.RESTING._replace(PTH_added=1000.0), "5.3407 2.3110 4.0613"),
        (model.PUBLISHED._replace(KOP=2 * model.PUBLISHED.KOP), ".6867 .8287 .7393"),
        (model.PUBLISHED._replace(kB=0.5 * model.PUBLISHED.kB), "1.4884 2.4400 1.3687"),
        (model.PUBLISHED._replace(DR=2 * model.PUBLISHED.DR), "2.0322 2.0160 1.0127"),
    ],
)
def test_fold_change_of_the_resting_point(change, folds):
    moved = model.rest(inputs=change) if isinstance(change, model.Inputs) else model.rest(change)
    assert_as_printed(np.array(moved) / RESTING, folds)


@pytest.mark.parametrize("number", range(1, 10))
def test_right_hand_side_is_that_of_bone_models(number):
    """In each of its load cases, which are in our order."""
    from bone_models.load_cases import lemaire_load_cases as cases
    from bone_models.models.lemaire_model import Lemaire_Model as theirs

    other = theirs(getattr(cases, f"Lemaire_Load_Case_{number}")())
    inputs = list(model.CASES.values())[number - 1]
    random = np.random.default_rng(number)
    for _ in range(20):
        cell = np.array(RESTING) * random.uniform(0.1, 4, 3)
        ours = model.rates(0.0, model.State(*cell), inputs, model.PUBLISHED)
        assert np.allclose(ours, other.bone_cell_population_model(cell, t=50), rtol=1e-11, atol=1e-18)


def test_long_input_ends_at_the_resting_point_under_that_input(monkeypatch):
    monkeypatch.setattr(model, "STOP", 2000.0)
    inputs = model.Inputs(2e-5, 3e-5, 1e-5, 50.0, 1e3, 5.0)
    run = niche.rivals.simulate_rival("lemaire2004", inputs, [2000])
    assert np.allclose([run.R[0], run.B[0], run.C[0]], model.rest(inputs=inputs), rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "case", "days", "said"),
    [
        ("lemaire", "PTH", [1], "did you mean 'lemaire2004'"),
        ("lemaire2004", "pth", [1], "did you mean 'PTH'"),
        ("lemaire2004", 3, [1], "a load case is a name"),
        ("lemaire2004", "PTH", [], "read-out days"),
        ("lemaire2004", "PTH", [-1, 3], "read-out days"),
        ("lemaire2004", "PTH", [float("nan")], "read-out days"),
    ],
)
def test_bad_input_is_refused(name, case, days, said):
    with pytest.raises(NicheError, match=said):
        niche.rivals.simulate_rival(name, case, days)
