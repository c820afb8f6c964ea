"""Mutants are what they say, act only where they can, and what nothing notices has a reason in docs/mutants.md."""

import json
import math

import numpy as np
import pytest

from compendium.claims import hangs_on as told
from niche.analysis import campaign, mutants, stored
from niche.analysis.arms import arms_of_model
from niche.analysis.mutants import BY, COUPLINGS, Mutant, Watched, all_mutants, chosen, mutated, try_out
from niche.analysis.robustness import same_draws, values_of
from niche.atoms.build import atoms
from niche.errors import NicheError
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import plan_of
from niche.inference.blocks import CLASSES
from niche.inference.checkpoint import Store
from niche.inference.unmeasured import outcomes_in
from niche.params.mechanisms import couplings
from niche.params.posterior import read_posterior
from niche.params.records import root
from niche.predictions.outcomes import head_atoms
from niche.propositions.reading import read_propositions

SPREADS = np.full(len(CLASSES), 0.2)


@pytest.fixture(scope="module")
def lab():
    return Laboratory(20, 1, same_draws(20, 1), plans={})


def test_every_gain_that_an_arm_or_a_proposition_removes_is_a_coupling():
    removed = {name for changes in arms_of_model().values() for name in changes}
    removed |= {gain for one in read_propositions().values() for gain in one.gains}
    assert removed - {"t_cells"} <= set(couplings())  # cells of a strain


def test_a_coupling_is_turned_round_only_where_its_range_has_both_signs():
    flipped = {one.place for one in all_mutants(["flipped"])}
    assert {"b1_rankl", "trophic_oc", "osteoblast_kill"} <= flipped
    assert not {"kill", "pthrp_max", "sprout"} & flipped


def test_off_is_the_mechanism_removed(lab):
    found = outcomes_in(mutated(Mutant("off", "b2_rankl"), lab), head_atoms("05a"))
    np.testing.assert_array_equal(found, outcomes_in(lab.without({"b2_rankl": 0.0}), head_atoms("05a")))
    assert np.abs(found - outcomes_in(lab, head_atoms("05a"))).max() > 0.1


@pytest.mark.parametrize(("kind", "factor"), [("flipped", -1.0), ("doubled", 2.0)])
def test_gains_are_multiplied(lab, kind, factor):
    experiment = plan_of("SB02").experiment
    broken = mutated(Mutant(kind, "b1_rankl"), lab)
    before, after = (one.hosts(experiment).parameters.b1_rankl for one in (lab, broken))
    np.testing.assert_allclose(after, np.clip(factor * before, -6, 6))


@pytest.mark.parametrize(("kind", "sign"), [("up", 1), ("down", -1)])
def test_a_fitted_parameter_moves_by_two_deviations_of_the_posterior(lab, kind, sign):
    for key, scale in (("model:EC50_CGRP", np.log), ("model:b2_rankl", lambda x: x)):
        moved = mutated(Mutant(kind, key), lab).posterior.draws[key]
        shift = scale(moved) - scale(values_of(lab.posterior, key, 1))
        np.testing.assert_allclose(shift, sign * BY * np.std(scale(read_posterior().draws[key])), rtol=1e-9)


def watch(name: str, *direct: str) -> Watched:
    by_name = {atom.name: atom for atom in atoms()}
    return Watched(name, head_atoms(name), tuple(by_name[one] for one in direct))


def test_a_statement_notices_what_it_is_about_and_a_change_that_is_none_is_not_noticed():
    some = (watch("05a", "SB02"),)
    found = try_out(Mutant("off", "b2_rankl"), 20, 1, some, SPREADS)
    assert found.touched
    still = try_out(Mutant("doubled", "tgfb_link"), 20, 1, some, SPREADS)  # a share that is all already
    assert not still.touched
    assert not still.by


def test_a_head_that_turns_and_a_measurement_that_leaves_are_noticed(monkeypatch):
    """Effects by hand: the head goes from log 2 to -log 2, and so does what was measured as a doubling or more."""
    one = watch("05a", "SB02")
    asked = tuple({atom.name: atom for atom in (*one.head, *one.direct)}.values())
    before = np.tile([atom.y for atom in asked], (40, 1)) + 0.01 * np.linspace(-1, 1, 40)[:, None]
    said = mutants._notices(one, asked, before, before - 2 * before.mean(axis=0) - 1, tuple(SPREADS))
    assert said == ("the head: the other side", "SB02: leaves its interval")
    assert mutants._notices(one, asked, before, before + 1e-6, tuple(SPREADS)) == ()
    assert mutants._notices(one, asked, before, np.zeros_like(before), (0.0,) * len(SPREADS))[0] == "the head: gone"


@pytest.mark.parametrize(("away", "inside"), [(0.0, True), (1.5, True), (3.0, False)])
def test_a_number_lies_inside_as_student_s_t_has_it(away, inside):
    """Without spread between papers the 90 % interval of t with 4 degrees of freedom ends 2.13 errors away."""
    atom = next(one for one in atoms() if one.kind == "number" and one.experiment is not None and not one.linear)
    effect = np.full(400, atom.y + away * math.hypot(atom.error, atom.indirectness))
    assert mutants._inside(atom, effect, (0.0,) * len(CLASSES)) is inside


def test_the_share_noticed_leaves_out_what_changes_nothing():
    row = {
        "kind": "off",
        "place": "x",
        "touched": True,
        "propositions": 2,
        "parts": 3,
        "by": "a b",
        "first": "r: x -> y",
    }
    unseen = row | {"propositions": 0}
    rows = [row | {"mutant": "x off"}, unseen | {"mutant": "y off"}, unseen | {"mutant": "z off", "touched": False}]
    said = told.mutant_table(rows, short=True)
    assert "couplings: 1 of 2 noticed (50%); 1 more change nothing that is asked" in said
    assert "noticed by no proposition: y off" in said


def test_tables_that_were_edited_or_belong_to_other_inputs_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "folder", lambda: tmp_path)
    with pytest.raises(NicheError, match="missing; make it again with 'niche mutate'"):
        stored.read_stored(stored.MUTANTS)
    settings = {"draws": 60}
    monkeypatch.setattr(stored, "watched", lambda: (watch("05a", "SB02"), watch("02a")))
    stamps = {name: stored.stamp_of(name, stored.MUTANTS, settings) for name in ("05a", "02a")}
    rows = [{"mutant": "x off", "touched": True, "unit": "1"}, {"mutant": "y off", "touched": False, "unit": "nM"}]
    stored.write_stored(stored.MUTANTS, {"mutants": rows}, {"settings": settings, "propositions": stamps})
    assert stored.read_stored(stored.MUTANTS)[0] == {"mutants": rows}
    file = tmp_path / "mutants.json"
    manifest = json.loads(file.read_text())
    file.write_text(json.dumps(manifest | {"propositions": stamps | {"02a": "0"}}))
    with pytest.raises(NicheError, match="stale: inputs of 02a changed"):
        stored.read_stored(stored.MUTANTS)
    file.write_text(json.dumps(manifest))
    table = tmp_path / "mutants.csv"
    table.write_text(table.read_text().replace("yes", "no"))
    with pytest.raises(NicheError, match=r"mutants\.csv is not the file"):
        stored.read_stored(stored.MUTANTS)


def test_a_stamp_goes_with_the_sizes_and_with_what_is_asked():
    one = stored.stamp_of("12a", stored.SENSITIVITY, {"draws": 60})
    assert one == stored.stamp_of("12a", stored.SENSITIVITY, {"draws": 60})
    assert one != stored.stamp_of("12a", stored.SENSITIVITY, {"draws": 61})
    assert one != stored.stamp_of("04a", stored.SENSITIVITY, {"draws": 60})


def test_a_long_run_goes_on_from_the_pieces_that_are_there(tmp_path):
    piece = {"mutants": [{"mutant": "x off", "propositions": 1}]}
    Store(tmp_path, {"task": "x", "stamp": "1"}).save("tables", {"json": np.array(json.dumps(piece))})
    tasks, bad = {"x": ("no JSON",)}, json.loads
    assert campaign._perform(bad, tasks, {"x": "1"}, tmp_path, "mutant", 1, False) == {"x": piece}
    with pytest.raises(json.JSONDecodeError):  # of other inputs: it has to be done again
        campaign._perform(bad, tasks, {"x": "2"}, tmp_path, "mutant", 1, False)


def test_unknown_places_get_the_nearest():
    with pytest.raises(NicheError, match="did you mean 'b2_rankl'"):
        chosen(["b2_rank"])


@pytest.mark.skipif(not (root() / "sensitivity" / "mutants.json").is_file(), reason="niche mutate has not run yet")
def test_every_coupling_mutant_that_nothing_notices_has_a_reason():
    """Fails when the stored table is of another model or posterior: `niche mutate` makes it anew."""
    rows = stored.read_stored(stored.MUTANTS)[0]["mutants"]
    assert {row["mutant"] for row in rows} == {str(one) for one in all_mutants()}
    page = (root().parent / "docs" / "mutants.md").read_text(encoding="utf-8")
    assert told.mutants_page(rows) in page
    reasons = page.split("<!-- /mutants -->")[1]
    missed = {row["place"] for row in rows if row["kind"] in COUPLINGS and row["touched"] and not row["propositions"]}
    assert [name for name in sorted(missed) if f"`{name}`" not in reasons] == []
