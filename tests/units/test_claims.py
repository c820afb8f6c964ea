"""The registry, the experiments and the effect between two arms: bad input is named, roles are respected."""

import numpy as np
import pytest
import yaml

import niche
from niche.answering.claim import claim, claim_ids
from niche.answering.registry import read_entries
from niche.errors import NicheError
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import read_experiments
from niche.evidence.rows import read_evidence
from niche.params.records import root
from niche.propositions.reading import read_propositions


def test_rows_of_this_project_are_never_for_fitting():
    ours = [r for r in read_evidence().values() if r.file in ("added.csv", "published_models.csv")]
    assert len(ours) > 10
    assert {r.role for r in ours} <= {"predict", "context"}


def test_every_claim_has_a_notebook_and_statements_or_says_why_it_has_none():
    for name in claim_ids():
        found = claim(name)
        pieces = [one for one in read_propositions().values() if one.claim == name]
        assert bool(pieces) != bool(found.kind)
        assert found.notebook.startswith(f"{found.number:02d}_")
        assert claim(f"{found.number}") == claim(f"notebooks/{found.notebook}") == found


def test_an_unknown_claim_gets_the_nearest_name():
    with pytest.raises(NicheError, match="did you mean 'vicious-cycle'"):
        niche.claim("vicious-cylce")


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
        ({"titel": "x"}, "did you mean 'title'"),
        ({"statement": None}, "statement: expected text that is not empty, got nothing"),
        ({"number": 0}, "a whole number above 0"),
        ({"number": 3}, "number: 3 is that of"),
        ({"expected": "partly"}, "unknown key 'expected'"),
    ],
)
def test_a_registry_that_is_wrong_is_refused_by_name(tmp_path, change, message):
    content = yaml.safe_load((root() / "claims.yaml").read_text())
    content["claims"]["vicious-cycle"] |= change
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(NicheError, match=r"claims\.yaml, claims, (vicious-cycle|bone-destruction)") as error:
        read_entries(tmp_path / "claims.yaml")
    assert message in str(error.value)


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
