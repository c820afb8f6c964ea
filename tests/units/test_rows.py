"""`niche predict`: rows of params/ and of one's own files, and what is refused in such files."""

import csv
import io
import json
import shutil
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml

from compendium.schemas import schemas
from niche.analysis import predictions as rows
from niche.analysis.predictive import predictive_of
from niche.analysis.row_result import row_result
from niche.errors import NicheError
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import plans, read_experiments, read_plans
from niche.evidence.rows import NEEDED, read_evidence, read_rows
from niche.evidence.table_row import row_schema
from niche.params.records import root

EXAMPLES = root().parent / "docs" / "examples"
ROW, PLAN = EXAMPLES / "row.csv", EXAMPLES / "experiment.yaml"


def changed_row(folder: Path, **change: str | None) -> Path:
    """The example row with some cells changed; None leaves the column out."""
    (record,) = csv.DictReader(io.StringIO(ROW.read_text(encoding="utf-8")))
    record = {k: v for k, v in {**record, **change}.items() if v is not None}
    file = folder / "mine.csv"
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(record))
        writer.writeheader()
        writer.writerow(record)
    return file


def changed_plan(folder: Path, part: str, **change: object) -> Path:
    """The example experiment or row plan with some keys changed."""
    content = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    name = next(iter(content[part]))
    content[part][name] |= change
    file = folder / "mine.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def test_the_example_is_predicted_and_leaves_params_alone():
    before = {file: file.stat().st_mtime_ns for file in root().rglob("*") if file.is_file()}
    (found,) = rows.predict_rows(evidence=ROW, experiment=PLAN, draws=12)
    assert found.result.value == read_evidence()["SB34"].value == 45.5
    assert found.evidence.doi == read_evidence()["SB34"].doi
    text = rows.predictions_text(found)
    assert "EX01  osteoclast surface, sympathectomy, rat" in text
    assert "45.5 ± 12 %" in text
    assert text.index("measured") < text.index("predicted") < text.index("statement")
    assert f"so          the measurement lies {'within' if found.inside else 'OUTSIDE'}" in text
    assert "reads       Oc.N/BS, percent: sympathectomy against intact, day 49" in text
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["inside"] == found.inside
    assert {file: file.stat().st_mtime_ns for file in root().rglob("*") if file.is_file()} == before


def test_a_known_row_says_whether_the_fit_has_seen_it():
    found = {one.evidence.id: one for one in rows.predict_rows(["SB06", "SA01", "SB17"], draws=10)}
    drawn = Laboratory(10, 1).effect("SB06")
    assert found["SB06"].result.median == pytest.approx(np.median(drawn))
    assert found["SB06"].fitted
    assert "the fit has seen this measurement" in rows.predictions_text(found["SB06"])
    assert found["SA01"].result.share == pytest.approx(Laboratory(10, 1).agrees("SA01").mean())
    assert "of draws agree" in rows.predictions_text(found["SA01"])
    assert "asked: none" in rows.predictions_text(found["SA01"])
    assert "femoral mechanics are set by cortical bone" in rows.predictions_text(found["SB17"])


@pytest.mark.parametrize(("middle", "inside"), [(45.5, True), (45.5 + 3 * 12, False)])
def test_the_measurement_lies_within_or_outside_its_interval(middle, inside):
    """One draw: the prediction is a normal curve, of which the central 90 % end 1.645 errors away."""
    row, how = read_evidence()["SB34"], plans()["SB34"]
    drawn = np.full(3, middle)
    result = row_result(row, how, drawn)
    found = rows.RowPrediction(row, how, result, (), (), "", predictive_of(result, drawn))
    assert found.inside is inside


@pytest.mark.parametrize("kind", ["percent_change", "fold_change", "absolute", "direction"])
def test_a_row_without_a_plan_gets_a_template_that_can_be_read_as_it_stands(tmp_path, kind):
    change = {
        "direction": {"value": "no effect", "sd": ""},
        "fold_change": {"value": "1.455", "unit": "fold", "sd": "0.1"},
    }
    own = changed_row(tmp_path, effect_type=kind, **change.get(kind, {}))
    (found,) = rows.predict_rows(evidence=own)
    assert found.result is None
    assert "nothing says how it is simulated" in rows.predictions_text(found)
    assert found.to_dict()["planned"] is False
    file = tmp_path / "mine.yaml"
    file.write_text(found.template, encoding="utf-8")
    (plan,) = read_plans(file, read_rows(own)).values()
    assert plan.row == "EX01"
    assert plan.direction is (kind == "direction")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit": ""}, "a measured value needs a unit"),
        ({"low": "50", "high": "60"}, r"interval \[50, 60\] excludes the value 45.5"),
        ({"id": "SB34"}, "row SB34 stands in preclinical.csv already"),
        ({"role": "predicts"}, "did you mean 'predict'"),
        ({"role": "calibrate"}, "role 'calibrate' is for rows of params/evidence.*predict or context"),
        ({"scale": "logs"}, "unknown scale 'logs'; did you mean 'log'"),
        ({"scale": ""}, "unknown scale ''. Allowed: linear, log"),
        ({"effect_type": "percent change"}, "did you mean 'percent_change'"),
        ({"value": "45,5"}, "'45,5' is not a number: a decimal is written with a point; write 45.5"),
        ({"value": "up", "sd": ""}, "for a direction write effect type 'direction'"),
        ({"sd": ""}, "judged against its error: give sd"),
        ({"sd": "0"}, "sd must be above 0, got 0"),
        ({"sd": None}, "mine.csv lacks the column sd. Needed: id, role"),
        ({"sdd": "3"}, "unknown column 'sdd'; did you mean 'sd'"),
    ],
)
def test_a_row_of_ones_own_that_is_wrong_is_refused_by_name(tmp_path, change, message):
    with pytest.raises(NicheError, match=message) as error:
        rows.predict_rows(evidence=changed_row(tmp_path, **change), experiment=PLAN)
    assert str(error.value).startswith("mine.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (";".join(NEEDED), "separated by semicolons, holds no rows"),
        ("|".join(NEEDED), "separated by vertical bars; save it as CSV with commas"),
        (",".join(NEEDED), "holds no rows"),
        (",".join(NEEDED) + "\nEX02,predict", "not one cell for each column"),
        ("", "lacks the column id, role"),
    ],
)
def test_a_file_that_is_no_table_of_evidence_is_refused(tmp_path, content, message):
    file = tmp_path / "mine.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(NicheError, match=message):
        rows.predict_rows(evidence=file)
    file.write_bytes(",".join(NEEDED).encode() + b"\n\xe9")
    with pytest.raises(NicheError, match="UTF-8"):
        rows.predict_rows(evidence=file)


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("rows", {"observable": "Oc.N"}, "rows, EX01: unknown observable 'Oc.N'; did you mean 'Oc.N/BS'"),
        ("rows", {"treated": "intakt"}, "unknown arm 'intakt'; did you mean 'intact'"),
        ("rows", {"experiment": "sympathectomy in the cat"}, "did you mean 'sympathectomy in the rat'"),
        ("rows", {"day": 50}, "day 50 is outside the experiment, which ends on day 49"),
        ("experiments", {"host": {"system": "rabbit"}}, "host: unknown system 'rabbit'; did you mean 'rat'"),
        ("experiments", {"host": {"sytem": "rat"}}, "unknown key 'sytem'; did you mean 'system'"),
        ("experiments", {"host": None}, "host: expected a mapping with system, got nothing"),
        (
            "experiments",
            {"arms": {"intact": [], "sympathectomy": [{"surgery": "sympathektomy"}]}},
            "arms, sympathectomy: unknown surgery 'sympathektomy'; did you mean 'sympathectomy'",
        ),
        ("experiments", {"arms": {"intact": [], "sympathectomy": [{"operate": ["x"]}]}}, "unknown step 'operate'"),
        (
            "experiments",
            {"arms": {"intact": [], "sympathectomy": [{"surgery": ["sympathectomy"], "dya": 3}]}},
            "unknown option of surgery 'dya'; did you mean 'day'",
        ),
        ("experiments", {"arms": {"intact": [], "sympathectomy": [{"infuse": ["isoprenaline", "5 mg"]}]}}, "mg/kg/day"),
        (
            "experiments",
            {"arms": {"intact": [], "sympathectomy": [{"seed": ["intratibial"]}]}},
            "arms, sympathectomy: the protocol seeds a tumour but the hosts have no line",
        ),
        ("experiments", {"arms": {"intact": [], "sympathectomy": ["surgery"]}}, "expected a step like"),
    ],
)
def test_an_experiment_of_ones_own_that_is_wrong_is_refused_by_name(tmp_path, part, change, message):
    with pytest.raises(NicheError, match=message) as error:
        rows.predict_rows(evidence=ROW, experiment=changed_plan(tmp_path, part, **change))
    assert "mine.yaml" in str(error.value)


def test_a_row_that_has_a_plan_is_not_planned_again(tmp_path):
    content = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    content["rows"] = {"SB06": content["rows"]["EX01"]}
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(NicheError, match="row SB06 has a plan already"):
        rows.predict_rows(experiment=file)


def test_a_row_that_the_project_cannot_simulate_may_be_planned_by_others(tmp_path):
    content = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    content["rows"] = {"SB17": content["rows"]["EX01"]}
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(content))
    assert read_experiments()["SB17"].cannot
    assert rows.predict_rows(experiment=file, draws=3)[0].result.z is not None


def test_nothing_asked_and_unknown_rows_are_said():
    with pytest.raises(NicheError, match="name at least one row"):
        rows.predict_rows()
    with pytest.raises(NicheError, match="did you mean 'SB06'"):
        rows.predict_rows(["SB06x"])


READS = {"observable": "Oc.N/BS", "treated": "sympathectomy", "control": "intact", "day": 49, "sign": "increase"}
OBSERVED = {"value": 45.5, "sd": 12, "scale": "linear", "unit": "%", "reason": "x"}


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("rows", {"observed": OBSERVED | {"scale": "Log"}}, "observed, scale: unknown scale 'Log'; did you mean 'log'"),
        ("rows", {"observed": OBSERVED | {"sd": -12}}, "observed, sd: expected a number above 0, got -12"),
        ("rows", {"observed": OBSERVED | {"sd": 0}}, "observed, sd: expected a number above 0, got 0"),
        ("rows", {"observed": OBSERVED | {"sd": "twelve"}}, "observed, sd: expected a number above 0, got 'twelve'"),
        ("rows", {"observed": OBSERVED | {"value": "45.5"}}, "observed, value: expected a finite number, got '45.5'"),
        (
            "rows",
            {"observed": OBSERVED | {"value": float("nan")}},
            "observed, value: expected a finite number, got nan",
        ),
        ("rows", {"observed": OBSERVED | {"value": -1, "scale": "log"}}, "observed, value: -1 has no logarithm"),
        ("rows", {"observed": OBSERVED | {"unit": "fold"}}, "observed, unit: expected '%', which its reading"),
        ("rows", {"observed": OBSERVED | {"unit": "bananas"}}, "observed, unit: expected '%'.* got 'bananas'"),
        ("rows", {"observed": {"value": 1}}, "observed: lacks 'sd'"),
        ("rows", {"expect": [READS]}, "give compare, control, day, observable, treated in each reading under expect"),
        ("rows", {"surround": "intact"}, "surround: expected a mapping of an arm to its control, got 'intact'"),
        ("rows", {"treated": ["x"]}, r"treated: expected a name, got \['x'\]"),
        ("rows", {"experiment": ["x"]}, r"experiment: expected text that is not empty, got \['x'\]"),
        ("rows", {"label": ["x"]}, r"label: expected text, got \['x'\]"),
        (
            "experiments",
            {"host": {"system": "rat", "set": ["a"]}},
            r"set: expected text that is not empty, got \['a'\]",
        ),
        ("experiments", {"host": {"system": "rat", "set": "a"}}, "host, set: unknown set of parameters 'a'"),
        ("experiments", {"arms": []}, r"arms: expected a mapping of arms to lists of steps, got \[\]"),
        ("experiments", {"arms": {}}, "arms: expected a mapping of arms to lists of steps, got {}"),
        ("experiments", {"days": ["x"]}, r"days: expected a time, like 14 or '6 weeks', got \['x'\]"),
    ],
)
def test_a_plan_of_another_kind_is_refused_by_name_and_line(tmp_path, part, change, message):
    file = changed_plan(tmp_path, part, **change)
    with pytest.raises(NicheError, match=rf"mine\.yaml, line \d+, {part}, .*{message}"):
        rows.predict_rows(evidence=ROW, experiment=file)


@pytest.mark.parametrize(
    ("part", "given", "message"),
    [
        ("rows", ["EX01"], "rows: expected a mapping of names, each to a mapping, got ['EX01']"),
        ("rows", "EX01", "rows: expected a mapping of names, each to a mapping, got 'EX01'"),
        ("experiments", ["a"], "experiments: expected a mapping of names"),
        ("sets", ["a"], "sets: expected a mapping of names"),
        ("sets", {"a": ["b"]}, "sets, a: expected a mapping of names, each to a finite number, got ['b']"),
        ("sets", {"a": {"b2_rankl": "0"}}, "sets, a, b2_rankl: expected a finite number, got '0'"),
        ("sets", {"a": {"b2_rankls": 0}}, "sets, a: unknown parameter 'b2_rankls'; did you mean 'b2_rankl'"),
        ("sets", {"pivonka": {}}, "sets, pivonka: a set of this name is there already"),
        ("experiments", {"isoprenaline": {}}, "experiments, isoprenaline: lacks 'host'"),
        ("row", {}, "unknown key 'row'; did you mean 'rows'"),
    ],
)
def test_a_section_of_another_kind_is_refused_by_name(tmp_path, part, given, message):
    content = yaml.safe_load(PLAN.read_text(encoding="utf-8")) | {part: given}
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(NicheError) as error:
        rows.predict_rows(evidence=ROW, experiment=file)
    assert str(error.value).startswith(str(file))
    assert message in str(error.value)


def test_an_experiment_of_a_name_that_params_has_is_refused(tmp_path):
    content = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    content["experiments"] = {"isoprenaline": content["experiments"]["sympathectomy in the rat"]}
    content["rows"]["EX01"]["experiment"] = "isoprenaline"
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(NicheError, match="experiments, isoprenaline: an experiment of this name is there already"):
        rows.predict_rows(evidence=ROW, experiment=file)


def test_merge_keys_and_words_that_look_like_something_else_are_read(tmp_path):
    text = PLAN.read_text(encoding="utf-8").replace("host: {system: rat}", "host: {<<: *b}")
    text = "base: &b {system: rat}\n" + text
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    expected = rows.predict_rows(evidence=ROW, experiment=PLAN, draws=3)[0].result
    for arm in ("intact", "off", "no", "0", "true", "null"):
        file.write_text(text.replace("intact", arm), encoding="utf-8")
        if arm == "null":  # which is nothing, where an arm is named
            with pytest.raises(NicheError, match="needs a control arm"):
                rows.predict_rows(evidence=ROW, experiment=file, draws=3)
            continue
        (found,) = rows.predict_rows(evidence=ROW, experiment=file, draws=3)
        assert found.result == expected


def test_a_percentage_with_its_error_on_a_log_scale_is_compared(tmp_path):
    """No change is 0 %, which has no logarithm: there is nothing to fall over."""
    observed = OBSERVED | {"scale": "log", "sd": 0.3}
    (found,) = rows.predict_rows(evidence=ROW, experiment=changed_plan(tmp_path, "rows", observed=observed), draws=5)
    assert found.result.scale == "log"
    assert found.result.z is not None


def test_a_fault_in_params_is_not_blamed_on_an_experiment(tmp_path, monkeypatch):
    from niche.params.layers import read_registry

    known = {**read_evidence(), **read_rows(ROW)}
    read_plans(PLAN, known)  # what params/ holds of experiments and trials is read by now
    copy = tmp_path / "params"
    shutil.copytree(root(), copy)
    bone = copy / "model" / "bone.yaml"
    bone.write_text(bone.read_text(encoding="utf-8").replace("value:", "valeu:", 1), encoding="utf-8")
    monkeypatch.setattr("niche.params.layers.root", lambda: copy)
    read_registry.cache_clear()
    try:
        with pytest.raises(NicheError) as error:
            read_plans(PLAN, known)
        assert str(error.value).startswith("model/bone.yaml, parameters, ")
    finally:
        read_registry.cache_clear()


def test_the_schema_of_a_plan_file_is_one_that_editors_read():
    made = json.loads(schemas()["own_plan.json"])
    assert set(made["$defs"]) >= {"ExperimentEntry", "RowEntry", "ObservedEntry", "LevelRowEntry", "TrialRowEntry"}
    (plan,) = (one for one in made["$defs"].values() if "cohorts" in one.get("properties", {}))
    assert set(plan["properties"]) == {"sets", "experiments", "rows", "cohorts", "regimens", "trials"}
    kinds = plan["properties"]["rows"]["additionalProperties"]["anyOf"]
    assert [one["$ref"].rpartition("/")[2] for one in kinds] == ["RowEntry", "LevelRowEntry", "TrialRowEntry"]
    assert made["$defs"]["ObservedEntry"]["required"] == ["value", "sd", "scale", "unit", "reason"]


def test_an_editor_gets_a_schema_of_a_row_that_good_rows_keep_and_bad_ones_break():
    schema = json.loads(row_schema())
    validator = jsonschema.Draft202012Validator(schema)
    (record,) = csv.DictReader(io.StringIO(ROW.read_text(encoding="utf-8")))
    good = {**record, "value": 45.5, "sd": 12.0}
    assert list(validator.iter_errors(good)) == []
    for bad in (
        {"role": "predicts"},
        {"effect_type": "percent"},
        {"scale": "logs"},
        {"sd": "12"},
        {"sdd": 3},
        {"id": ""},
    ):
        assert list(validator.iter_errors({**good, **bad})), bad
    columns = schema["$defs"]["TableRow"]["properties"]
    assert all(column["description"] for column in columns.values())
    assert set(schema["$defs"]["TableRow"]["required"]) == set(NEEDED)
