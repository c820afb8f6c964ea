"""The registry, the experiments and the effect between two arms: bad input is named, roles are respected."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import yaml

import niche
from niche.errors import NicheError
from niche.evidence.comparisons import COMPARE
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import read_experiments
from niche.evidence.rows import evidence, read_evidence
from niche.params.records import root
from niche.verdicts.claims import claim, claim_ids, expected_part, read_claims
from niche.verdicts.controls import Control, explains, what_is_left
from niche.verdicts.judging import judge_row
from niche.verdicts.rules import FAILS_ALL_THE_SAME, HOLDS_ALREADY, NEEDS_NONE


def test_no_row_of_another_role_is_ever_fitted():
    from niche.inference.calibration import fitted_rows

    rows = read_evidence()
    assert {rows[r].role for r in fitted_rows()} == {"calibrate"}
    assert len(fitted_rows()) >= 20


def test_rows_of_this_project_are_never_for_fitting():
    ours = [r for r in read_evidence().values() if r.file in ("added.csv", "published_models.csv")]
    assert len(ours) > 10
    assert {r.role for r in ours} <= {"predict", "context"}


def test_every_claim_names_rows_that_can_be_judged_and_a_control():
    for name in claim_ids():
        found = claim(name)
        tested = any(read_evidence()[row].role == "predict" for row in found.rows)
        assert tested or found.kind.startswith(("verification of the fit", "verification of the verdicts"))
        assert found.controls
        assert found.notebook.startswith(f"{found.number:02d}_")


def test_an_unknown_claim_gets_the_nearest_name():
    with pytest.raises(NicheError, match="did you mean 'vicious-cycle'"):
        niche.claim("vicious-cylce")


def test_an_effect_for_a_row_of_another_claim_is_refused():
    with pytest.raises(NicheError, match="unknown row of the claim"):
        claim("vicious-cycle").judge({"SB01": np.ones(3)}, draws=3, posterior="prior")


def test_effect_is_the_ratio_draw_by_draw():
    hosts = niche.hosts("mouse", draws=5, seed=3, posterior="prior").with_parameters(b2_rankl=1.0)
    a = niche.simulate(hosts, niche.Protocol(7).infuse("isoprenaline", "5 mg/kg/day"))
    b = niche.simulate(hosts, niche.Protocol(7))
    found = niche.effect(a, b, "Oc.N/BS")
    assert np.allclose(found, a["OCa"][:, -1] / b["OCa"][:, -1], rtol=1e-12)
    assert niche.effect(a, b, "BV/TV", day=3).attrs["day"] == 3
    with pytest.raises(NicheError, match="day 9 was not read out"):
        niche.effect(a, b, "BV/TV", day=9)
    with pytest.raises(NicheError, match="did you mean 'Oc\\.N/BS'"):
        niche.effect(a, b, "OcN/BS")
    other = niche.simulate(niche.hosts("mouse", draws=4, seed=3, posterior="prior"), niche.Protocol(7))
    with pytest.raises(NicheError, match="different draws"):
        niche.effect(a, other, "BV/TV")


def test_a_given_effect_replaces_the_simulated_one():
    one = replace(claim("beta-adrenergic-osteoclastogenesis"), not_judged="")
    verdict = one.judge({"SB06": np.full(8, -42.85)}, draws=8, posterior="prior")
    found = next(r for r in verdict.rows if r.id == "SB06")
    assert found.verdict == "reproduced"
    assert found.z == pytest.approx(0, abs=1e-9)


def test_rows_are_read_as_their_experiment_says():
    """Percent, fold, start and slope, against the same numbers taken from `simulate` by hand."""
    lab = Laboratory(draws=6, seed=2, posterior="prior")
    hosts = niche.hosts("mouse", strain="athymic nude", tumour="MDA-231-luc", draws=6, seed=2, posterior="prior")
    data = niche.simulate(hosts, niche.Protocol(25).seed("intracardiac"))
    days = np.arange(5, 26)
    log_burden = np.log(data["tumour"].sel(time=days)).values
    slope = [np.polyfit(days, one, 1)[0] for one in log_burden]
    assert np.allclose(lab.effect("VC27"), slope, rtol=1e-9)
    mouse = niche.hosts("mouse", strain="C57BL/6J", sex="male", draws=6, seed=2, posterior="prior")
    iso = niche.simulate(mouse, niche.Protocol(14).infuse("isoprenaline", "25 mg/kg/day"))
    assert np.allclose(lab.effect("SB01"), 100 * (iso["BV/TV"][:, -1].values - 1), atol=1e-6)
    assert np.allclose(lab.effect("SB02"), iso["Oc.N/BS"][:, -1].values, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"observable": "Oc.N"}, "did you mean 'Oc.N/BS'"),
        ({"treated": "26"}, "unknown arm '26'"),
        ({"day": 15}, "outside the experiment"),
        ({"compare": "percents"}, "did you mean 'percent'"),
        ({"experiment": "isoprenalin"}, "did you mean 'isoprenaline'"),
        ({"obervable": "x"}, "did you mean 'observable'"),
        ({"control": None}, "needs a control arm"),
    ],
)
def test_a_row_that_cannot_be_performed_is_refused_by_name(tmp_path, change, message):
    content = yaml.safe_load((root() / "experiments" / "bone.yaml").read_text())
    content["rows"] = {"SB01": {**content["rows"]["SB01"], **change}}
    (tmp_path / "bone.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(NicheError, match="SB01") as error:
        read_experiments(tmp_path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("role", "calibrated", "did you mean 'calibrate'"),
        ("scale", "lin", "did you mean 'linear'"),
        ("sd", "-7", "sd must be above 0"),
        ("unit", "", "needs a unit"),
        ("low", "-10", "excludes the value"),
        ("id", "SB02", "stands in"),
        ("id", "", "without an id"),
        ("effect_type", "percent", "did you mean 'percent_change'"),
        ("sd", "about 7", "'about 7' is not a number"),
    ],
)
def test_an_evidence_row_that_is_wrong_is_refused_by_name(tmp_path, column, value, message):
    import csv

    lines = list(csv.DictReader((root() / "evidence" / "preclinical.csv").read_text(encoding="utf-8").splitlines()))[:2]
    lines[0][column] = value
    with (tmp_path / "rows.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    with pytest.raises(NicheError) as error:
        read_evidence(tmp_path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expceted": "partly"}, "did you mean 'expected'"),
        ({"statement": None}, "statement: expected text that is not empty, got nothing"),
        ({"rows": ["SB2"]}, "unknown evidence row 'SB2'"),
        ({"controls": [{"name": "off", "row": "SB02", "sets": {}}]}, "did you mean 'set'"),
        ({"controls": [{"name": "off", "row": "SB02", "set": {"b2_rankls": 0}}]}, "did you mean 'b2_rankl'"),
        ({"controls": [{"name": "off", "row": "SB17", "set": {"b2_rankl": 0}}]}, "SB17 is not simulated"),
    ],
)
def test_a_registry_that_is_wrong_is_refused_by_name(tmp_path, change, message):
    content = yaml.safe_load((root() / "claims.yaml").read_text())
    content["claims"]["vicious-cycle"] |= change
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(NicheError, match=r"claims\.yaml, claims, vicious-cycle") as error:
        read_claims(tmp_path / "claims.yaml")
    assert message in str(error.value)


def test_a_claim_may_say_how_its_evidence_conflicts(tmp_path):
    content = yaml.safe_load((root() / "claims.yaml").read_text())
    content["claims"]["vicious-cycle"]["conflict_map"] = "one study\n  against another"
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump(content))
    assert read_claims(tmp_path / "claims.yaml")["vicious-cycle"].conflict_map == "one study against another"


class Bench:
    """Stands for a laboratory: effects given by hand, with and without a mechanism."""

    def __init__(self, compare, full, without=None):
        reading = SimpleNamespace(compare=COMPARE[compare])
        self.plan = lambda row: SimpleNamespace(readings=(reading,))
        self.effect = lambda row: np.array(full, dtype=float)
        self.without = lambda changes: Bench(compare, without)


@pytest.mark.parametrize(
    ("compare", "full", "without", "share", "said"),
    [
        ("fold", [2.3] * 5, [1.4] * 5, 100 * np.log(1.4) / np.log(2.3), "does not explain"),
        ("fold of start", [4.0] * 5, [1.1] * 5, 100 * np.log(1.1) / np.log(4), "explains"),
        ("percent", [-40.0] * 5, [-4.0] * 5, 10, "explains"),
        ("percent from day", [-40.0] * 5, [-20.0] * 5, 50, "does not explain"),
        ("percent of start", [60.0] * 5, [80.0] * 5, 50, "does not explain"),
        ("slope", [0.4] * 5, [0.04] * 5, 10, "explains"),
        ("fold", [1.0] * 5, [1.4] * 5, np.nan, "no effect to explain"),
        ("fold", [1.001] * 5, [1.4] * 5, np.nan, "no effect to explain"),
        ("percent", [0.5] * 5, [30.0] * 5, np.nan, "no effect to explain"),
        ("slope", [0.0] * 5, [0.2] * 5, np.nan, "no effect to explain"),
        ("fold", [np.nan] * 5, [1.4] * 5, np.nan, "no effect to explain"),
    ],
)
def test_what_a_control_leaves(compare, full, without, share, said):
    found = what_is_left(Control("off", "X", {}), Bench(compare, full, without))
    assert found.share == pytest.approx(share, nan_ok=True)
    assert explains(found) == said


def test_a_control_of_a_direction_takes_the_first_thing_that_the_row_reads():
    lab = Laboratory(6, 2, "prior")
    found = what_is_left(Control("beta2 off", "SB20", {"b2_rankl": 0.0, "b2_supply": 0.0}), lab)
    first = lab.plan("SB20").readings[0]
    assert (first.observable, first.treated, first.control) == ("BV/TV", "agonist", "wild type")
    full = np.median(lab.read(lab.plan("SB20").experiment, first))
    without = np.median(lab.without({"b2_rankl": 0.0, "b2_supply": 0.0}).effect("SB20"))
    assert found.share == pytest.approx(100 * np.log(without) / np.log(full))


def test_the_verdict_under_the_prior_stands_beside_each_row():
    lab = Laboratory(8, 1, "prior")
    given = {"SB06": np.full(8, -42.85)}
    one = replace(claim("beta-adrenergic-osteoclastogenesis"), not_judged="")
    verdict = one.judge(given, prior=True, lab=lab)
    rows = {r.id: r for r in verdict.rows}
    # Nothing was fitted here: what is simulated comes out the same, what was given need not.
    same = [r for r in verdict.rows if r.verdict != "not simulated" and r.id != "SB06"]
    assert all(r.prior_verdict == r.verdict for r in same)
    assert rows["SB06"].verdict == "reproduced"
    noted = {r.id for r in verdict.rows if HOLDS_ALREADY in r.flags}
    assert noted == {r.id for r in verdict.rows if r.z is not None and r.verdict == r.prior_verdict == "reproduced"}
    assert "under the prior" in verdict.to_frame()
    assert verdict.to_dict()["rows"][0]["prior_verdict"] == verdict.rows[0].prior_verdict
    assert "under the prior" not in one.judge(given, lab=lab).to_frame()


def test_an_arm_that_two_rows_share_is_simulated_once_and_warns(monkeypatch):
    from niche.evidence import laboratory as predict

    done = []
    performed = predict.perform
    monkeypatch.setattr(predict, "perform", lambda *a, **k: done.append(1) or performed(*a, **k))
    lab = Laboratory(3, 1, "prior")
    for row in ("VC45", "VC46", "VC48", "VC49", "VC50"):
        lab.effect(row)
    assert len(done) == 2  # control and zoledronate
    (place,) = lab.warnings
    assert place == "zoledronate tibia, zoledronate"
    assert "above 1 mg/kg, the most that its source used" in lab.warnings[place]
    assert "above 1 mg/kg" in judge_row(evidence("VC49"), lab).note
    assert judge_row(evidence("VC48"), lab).note == ""


def test_what_a_good_or_bad_row_is_worth_stands_beside_it():
    lab = Laboratory(40, 1, "prior")
    near, far = np.full(40, 1.35), np.full(40, 3.0)
    some = np.array([np.nan] * 3 + [1.35] * 37)
    assert judge_row(evidence("BE04"), lab, given=near).note == NEEDS_NONE  # measured 1.365, error 1.28-fold
    assert judge_row(evidence("BE04"), lab, given=near).flags == (NEEDS_NONE,)
    assert judge_row(evidence("BE04"), lab, given=far).flags == ()
    assert judge_row(evidence("BE04"), lab, given=some).note == "3 of 40 draws have no value"
    assert judge_row(evidence("VC50"), lab, given=np.full(40, 0.4)).flags == ()  # 0.42, error 1.6-fold
    assert judge_row(evidence("VC54"), lab, given=np.zeros(40)).note.endswith(FAILS_ALL_THE_SAME)
    assert judge_row(evidence("VC54"), lab, given=np.zeros(40)).flags == (FAILS_ALL_THE_SAME,)
    assert judge_row(evidence("VC54"), lab, given=np.ones(40)).flags == ()
    assert [expected_part(judge_row(evidence(row), lab, given=near)) for row in ("BE04", "VC54")] == [
        "reproduced",
        "right, not counted",
    ]


def test_an_expected_verdict_outside_the_rules_is_refused(tmp_path):
    content = yaml.safe_load((root() / "claims.yaml").read_text())
    content["claims"]["vicious-cycle"]["expected"] = "true"
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(NicheError, match="vicious-cycle, expected: unknown expected verdict"):
        read_claims(tmp_path / "claims.yaml")
