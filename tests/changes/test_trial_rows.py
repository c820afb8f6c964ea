"""Rows of trials: read as all others are, with the mechanism removed from the virtual patients."""

import numpy as np
import pytest

from niche.analysis.row_result import row_result
from niche.evidence.laboratory import Laboratory
from niche.evidence.rows import evidence
from niche.trials import VirtualPatients
from niche.trials.judged import ward_of
from niche.trials.row_effects import trial_effect
from niche.trials.rows import trial_row, used

NO_ZOLEDRONATE = {"zol_kill": 0.0}


@pytest.fixture(scope="module")
def lab():
    return Laboratory(draws=4, seed=3)


def test_a_row_has_one_effect_for_each_draw_and_is_compared_like_any_other(lab):
    drawn = lab.effect("CL088")
    found = row_result(evidence("CL088"), lab.plan("CL088"), drawn)
    assert drawn.shape == (4,)
    assert found.median == pytest.approx(np.median(drawn))
    apart = np.median(np.log(drawn)) - np.log(0.61)
    assert found.z == pytest.approx(apart / np.hypot(evidence("CL088").sd, np.log(drawn).std()))


def test_without_the_drugs_action_both_arms_are_alike_and_baselines_stay(lab):
    bare = lab.without(NO_ZOLEDRONATE)
    np.testing.assert_allclose(bare.effect("CL088"), 1, atol=2e-3)  # steps restart at each dose
    np.testing.assert_allclose(bare.effect("CL089"), lab.effect("CL089"), rtol=1e-6)
    assert (lab.effect("CL088") < 1).all()
    tumour = {"supply_loss": 0.0}  # patients change, the hazard of a bone at rest does not
    np.testing.assert_array_equal(
        *(ward_of(one, trial_row("CL089")).baseline("SRE", 100.0) for one in (lab.without(tumour), lab))
    )
    assert not np.allclose(lab.without(tumour).effect("CL089"), lab.effect("CL089"), rtol=0.01)


def test_the_numbers_depend_neither_on_workers_nor_on_what_was_asked_before(lab):
    one, two = (VirtualPatients(4, seed=3, workers=w) for w in (1, 2))
    for ward in (one, two):
        np.testing.assert_array_equal(trial_effect(trial_row("CL088"), ward), lab.effect("CL088"))
    trial_effect(trial_row("CL089"), two)
    np.testing.assert_array_equal(trial_effect(trial_row("CL088"), two), lab.effect("CL088"))
    assert not np.array_equal(trial_effect(trial_row("CL088"), VirtualPatients(4, seed=4)), lab.effect("CL088"))


def test_only_rows_from_which_a_number_was_taken_are_called_fitted(lab):
    assert {"CL089", "CL151"} <= used()
    assert row_result(evidence("CL089"), lab.plan("CL089"), lab.effect("CL089")).role == "calibrate"
    other = row_result(evidence("CL090"), lab.plan("CL090"), lab.effect("CL090"))
    assert other.role == "context"
    assert "was not used" in other.note
    assert all(evidence(row).role != "predict" for row in used())
