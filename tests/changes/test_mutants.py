"""Mutants are what they say, act only where they can, and what no claim notices has a reason in docs/mutants.md."""

import json

import numpy as np
import pytest

import niche
from compendium.claims import hangs_on as told
from niche.analysis import campaign, stored
from niche.analysis.arms import arms_of_model
from niche.analysis.mutants import BY, COUPLINGS, Mutant, Mutated, all_mutants, chosen, couplings, try_out
from niche.analysis.robustness import same_draws, values_of
from niche.errors import NicheError
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import plan_of
from niche.inference.checkpoint import Store
from niche.params.posterior import read_posterior
from niche.params.records import root


@pytest.fixture(scope="module")
def lab():
    return Laboratory(20, 1, same_draws(20, 1))


def test_every_gain_that_an_arm_or_a_control_removes_is_a_coupling():
    removed = {name for changes in arms_of_model().values() for name in changes}
    removed |= {
        name for one in niche.verdicts.claims.read_claims().values() for c in one.controls for name in c.changes
    }
    others = {"t_cells", "tone", "rankl_trap_affinity"}  # cells of a strain, tone of a species, a drug
    assert removed - others <= set(couplings())


def test_a_coupling_is_turned_round_only_where_its_range_has_both_signs():
    flipped = {one.place for one in all_mutants(["flipped"])}
    assert {"b1_rankl", "trophic_oc", "osteoblast_kill"} <= flipped
    assert not {"kill", "pthrp_max", "sprout"} & flipped


def test_off_is_the_control_of_the_claims(lab):
    found = Mutated(Mutant("off", "b2_rankl"), lab).effect("SB02")
    np.testing.assert_array_equal(found, lab.without({"b2_rankl": 0.0}).effect("SB02"))
    assert np.abs(found - lab.effect("SB02")).max() > 0.1


@pytest.mark.parametrize(("kind", "factor"), [("flipped", -1.0), ("doubled", 2.0)])
def test_gains_are_multiplied_and_a_control_removes_the_mutant_too(lab, kind, factor):
    mutated, experiment = Mutated(Mutant(kind, "b1_rankl"), lab), plan_of("SB02").experiment
    before, after = (one.hosts(experiment).parameters.b1_rankl for one in (lab, mutated))
    np.testing.assert_allclose(after, np.clip(factor * before, -6, 6))
    off = {"b1_rankl": 0.0}
    np.testing.assert_array_equal(mutated.without(off).effect("SB02"), lab.without(off).effect("SB02"))


@pytest.mark.parametrize(("kind", "sign"), [("up", 1), ("down", -1)])
def test_a_fitted_parameter_moves_by_two_deviations_of_the_posterior(lab, kind, sign):
    for key, scale in (("model:EC50_CGRP", np.log), ("model:b2_rankl", lambda x: x)):
        moved = Mutated(Mutant(kind, key), lab).posterior.draws[key]
        shift = scale(moved) - scale(values_of(lab.posterior, key, 1))
        np.testing.assert_allclose(shift, sign * BY * np.std(scale(read_posterior().draws[key])), rtol=1e-9)


def test_what_a_mutant_cannot_change_is_not_run_again(lab):
    mutated = Mutated(Mutant("up", "MDA-231-luc:growth"), lab)
    lab.effect("SB02")
    assert mutated.effect("SB02") is not None
    assert not mutated.touched
    assert len(mutated.arms) == 0
    assert np.all(mutated.effect("VC27") > lab.effect("VC27"))
    assert mutated.touched
    drug = Mutated(Mutant("up", "isoprenaline:kd_dose_b2"), lab)  # no parameter of hosts: it acts when it is given
    assert not np.array_equal(drug.effect("SB02"), lab.effect("SB02"))


def test_a_claim_notices_what_it_is_about_and_a_change_that_is_none_is_not_noticed():
    claims = ["beta-adrenergic-osteoclastogenesis"]
    found = try_out(Mutant("flipped", "b2_rankl"), 20, 1, claims)
    assert found.touched
    assert any(change.startswith(("SB08", "SB20", "SB29")) for change in found.by[claims[0]])
    still = try_out(Mutant("doubled", "tgfb_link"), 20, 1, claims)  # a share that is all already
    assert not still.touched
    assert not still.by


def test_the_share_noticed_leaves_out_what_changes_nothing():
    row = {"kind": "off", "place": "x", "touched": True, "claims": 2, "parts": 3, "by": "a b", "first": "r: x -> y"}
    unseen = row | {"claims": 0}
    rows = [row | {"mutant": "x off"}, unseen | {"mutant": "y off"}, unseen | {"mutant": "z off", "touched": False}]
    said = told.mutant_table(rows, short=True)
    assert "couplings: 1 of 2 noticed (50%); 1 more change no host" in said
    assert "noticed by no claim: y off" in said


def test_tables_that_were_edited_or_belong_to_other_inputs_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "folder", lambda: tmp_path)
    with pytest.raises(NicheError, match="missing; make it again with 'niche mutate'"):
        stored.read_stored(stored.MUTANTS)
    settings = {"draws": 60}
    stamps = {name: stored.claim_stamp(name, stored.MUTANTS, settings) for name in niche.verdicts.claims.claim_ids()}
    rows = [{"mutant": "x off", "touched": True, "unit": "1"}, {"mutant": "y off", "touched": False, "unit": "nM"}]
    stored.write_stored(stored.MUTANTS, {"mutants": rows}, {"settings": settings, "claims": stamps})
    assert stored.read_stored(stored.MUTANTS)[0] == {"mutants": rows}
    file = tmp_path / "mutants.json"
    manifest = json.loads(file.read_text())
    file.write_text(json.dumps(manifest | {"claims": stamps | {"colonisation": "0"}}))
    with pytest.raises(NicheError, match="stale: inputs of colonisation changed"):
        stored.read_stored(stored.MUTANTS)
    file.write_text(json.dumps(manifest))
    table = tmp_path / "mutants.csv"
    table.write_text(table.read_text().replace("yes", "no"))
    with pytest.raises(NicheError, match=r"mutants\.csv is not the file"):
        stored.read_stored(stored.MUTANTS)


def test_a_stamp_goes_with_the_sizes_and_with_the_rows_of_its_claim():
    one = stored.claim_stamp("crosstalk", stored.MUTANTS, {"draws": 60})
    assert one == stored.claim_stamp("crosstalk", stored.MUTANTS, {"draws": 60})
    assert one != stored.claim_stamp("crosstalk", stored.MUTANTS, {"draws": 61})
    assert one != stored.claim_stamp("colonisation", stored.MUTANTS, {"draws": 60})


def test_a_long_run_goes_on_from_the_pieces_that_are_there(tmp_path):
    piece = {"mutants": [{"mutant": "x off", "claims": 1}]}
    Store(tmp_path, {"task": "x", "stamp": "1"}).save("tables", {"json": np.array(json.dumps(piece))})
    tasks, bad = {"x": ("no JSON",)}, json.loads
    assert campaign._perform(bad, tasks, {"x": "1"}, tmp_path, "mutant", 1, False) == {"x": piece}
    with pytest.raises(json.JSONDecodeError):  # of other inputs: it has to be done again
        campaign._perform(bad, tasks, {"x": "2"}, tmp_path, "mutant", 1, False)


def test_unknown_places_get_the_nearest():
    with pytest.raises(NicheError, match="did you mean 'b2_rankl'"):
        chosen(["b2_rank"])


@pytest.mark.needs_judged
def test_every_coupling_mutant_that_no_claim_notices_has_a_reason():
    """Fails when the stored table is of another model or posterior: `niche mutate` makes it anew."""
    rows = stored.read_stored(stored.MUTANTS)[0]["mutants"]
    assert {row["mutant"] for row in rows} == {str(one) for one in all_mutants()}
    page = (root().parent / "docs" / "mutants.md").read_text(encoding="utf-8")
    assert told.mutants_page(rows) in page
    reasons = page.split("<!-- /mutants -->")[1]
    missed = {row["place"] for row in rows if row["kind"] in COUPLINGS and row["touched"] and not row["claims"]}
    assert [name for name in sorted(missed) if f"`{name}`" not in reasons] == []
