"""Rows of trials in claims: judged by the rule of all others, with the mechanism removed from the virtual patients."""

import numpy as np
import pytest

from niche.errors import NicheError
from niche.evidence.laboratory import Laboratory
from niche.evidence.rows import evidence
from niche.trials import VirtualPatients
from niche.trials.judged import ward_of
from niche.trials.row_effects import trial_effect
from niche.trials.rows import trial_row, used
from niche.verdicts import claims
from niche.verdicts.judging import judge_row

NO_ZOLEDRONATE = {"zol_kill": 0.0}


@pytest.fixture(scope="module")
def lab():
    return Laboratory(draws=4, seed=3)


def test_a_row_has_one_effect_for_each_draw_and_is_judged_like_any_other(lab):
    found = judge_row(evidence("CL088"), lab, without=lab.without(NO_ZOLEDRONATE))
    drawn = lab.effect("CL088")
    assert drawn.shape == (4,)
    assert found.median == pytest.approx(np.median(drawn))
    assert found.z == pytest.approx(
        (np.median(np.log(drawn)) - np.log(0.61)) / np.hypot(evidence("CL088").sd, np.log(drawn).std())
    )
    assert found.counts
    assert found.verdict == "vague" or (abs(found.z) <= 1.64) == (found.verdict == "reproduced")


def test_without_the_drugs_action_both_arms_are_alike_and_baselines_stay(lab):
    bare = lab.without(NO_ZOLEDRONATE)
    np.testing.assert_allclose(bare.effect("CL088"), 1, atol=2e-3)  # steps restart at each dose
    np.testing.assert_allclose(bare.effect("CL089"), lab.effect("CL089"), rtol=1e-6)
    assert (lab.effect("CL088") < 1).all()
    tumour = {"supply_loss": 0.0}  # patients change, the hazard of a bone at rest does not
    np.testing.assert_array_equal(
        ward_of(lab.without(tumour)).baseline("SRE", 100.0), ward_of(lab).baseline("SRE", 100.0)
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
    assert judge_row(evidence("CL089"), lab).role == "calibrate"
    other = judge_row(evidence("CL090"), lab)
    assert (other.role, other.counts) == ("context", False)
    assert "was not used" in other.note
    assert all(evidence(row).role != "predict" for row in used())


def test_a_claim_takes_rows_of_trials_among_others(tmp_path, lab):
    entry = """
      trial-claim: {number: 99, title: t, statement: s, source: x, rows: [CL041, %s], expected: partly,
        controls: [{name: off, row: CL183, set: {rankl_trap_affinity: 0}}]}
    """
    file = tmp_path / "claims.yaml"
    file.write_text("claims:" + entry % "CL183")
    found = claims.read_claims(file)["trial-claim"].judge(lab=lab)
    assert found.rows[0].verdict == "not simulated"
    assert found.controls[0].share == pytest.approx(0, abs=20)
    file = tmp_path / "other.yaml"
    file.write_text("claims:" + entry % "CL08")
    with pytest.raises(NicheError, match="unknown evidence row 'CL08'"):
        claims.read_claims(file)


def test_the_gains_on_which_a_row_may_hang_are_those_of_its_draws(lab):
    people, given = lab.subjects("CL088")
    crowd = ward_of(lab).people("breast cancer patient")
    np.testing.assert_array_equal(
        people.parameters.b2_rankl, np.asarray(crowd.parameters.b2_rankl)[:: ward_of(lab).patients]
    )
    assert "zoledronate" in given
