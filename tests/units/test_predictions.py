"""`niche predict` for anything: levels, trials, lines and strains of one's own, variants of the model, and scores."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy import integrate, optimize, stats

from compendium.cli import main as cli
from compendium.schemas import schemas
from niche.analysis.predictions import gains_off, predict_rows
from niche.analysis.predictive import predictive_of
from niche.analysis.row_result import RowResult
from niche.errors import NicheError
from niche.evidence.laboratory import Laboratory
from niche.evidence.rows import evidence
from niche.experiment.hosts import hosts
from niche.kinetics.profiles import levels
from niche.params.layers import read_registry
from niche.params.own_layers import with_lines, with_strains
from niche.params.records import read_yaml, root

DOCS = root().parent / "docs"
EXAMPLES = DOCS / "examples"
HOWTO = (DOCS / "howto" / "predict-your-own.md").read_text(encoding="utf-8")
GROWTH = {"value": 0.2, "unit": "1/day", "kind": "assumed", "range": [0.1, 0.4]}
COMMANDS = re.findall(r"^niche (predict .+)$", HOWTO, re.MULTILINE)


def row(value, sd, scale="linear", share=None):
    return RowResult("X", "x", "context", "", "", scale, value, sd, "", share=share)


def example(name, **given):
    return predict_rows(evidence=EXAMPLES / f"{name}.csv", experiment=EXAMPLES / f"{name}.yaml", **given)


def edited(folder: Path, name: str, change) -> Path:
    """An example with something changed in its content."""
    content = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
    change(content)
    file = folder / "mine.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return file


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_howto_runs(command, capsys, monkeypatch):
    monkeypatch.chdir(DOCS.parent)
    assert cli.main([*shlex.split(command), "--draws", "3"]) == 0
    said = capsys.readouterr().out
    assert "not simulated" not in said
    if "--json" in command:
        (found,) = json.loads(said)
        assert set(found["predictive"]) == {"median", "interval_50", "interval_90", "pit", "crps", "log_score"}
        assert found["ended"] == {
            "draws": 3,
            "without_value": 0,
            "arms": {f"sympathectomy in the rat, {arm}": {"ok": 3} for arm in ("sympathectomy", "intact")},
        }
        assert (found["value"], found["sd"], found["scale"]) == (45.5, 12, "linear")


def test_the_howto_names_every_option_and_example():
    for option in ("--without", "--prior", "--line", "--strain", "--json"):
        assert any(option in command for command in COMMANDS)
    used = {Path(word).name for command in COMMANDS for word in command.split() if word.startswith("docs/")}
    assert used >= {file.name for file in EXAMPLES.iterdir() if file.stem not in ("sweep",)}


def test_one_draw_is_scored_as_a_normal_curve():
    """CRPS of a normal: Gneiting & Raftery 2007, doi:10.1198/016214506000001437, equation 21."""
    mean, sd, y = 3.0, 2.0, 4.5
    found = predictive_of(row(y, sd), np.array([mean]))
    z = (y - mean) / sd
    closed = sd * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert found.crps == pytest.approx(closed, rel=1e-12)
    assert found.log_score == pytest.approx(stats.norm.logpdf(y, mean, sd), rel=1e-12)
    assert found.pit == pytest.approx(stats.norm.cdf(y, mean, sd), rel=1e-12)
    assert found.median == pytest.approx(mean)
    assert found.half == pytest.approx(stats.norm.interval(0.5, mean, sd))
    assert found.ninety == pytest.approx(stats.norm.interval(0.9, mean, sd))


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_many_draws_are_scored_as_their_mixture(scale):
    drawn, y, sd = np.array([0.7, 1.1, 2.0, 3.5]), 1.4, 0.3
    found = predictive_of(row(y, sd, scale), np.append(drawn, np.nan))
    centres, at = (np.log(drawn), np.log(y)) if scale == "log" else (drawn, y)

    def cdf(x):
        return float(np.mean(stats.norm.cdf(x, centres, sd)))

    crps = integrate.quad(lambda x: (cdf(x) - (x >= at)) ** 2, -6, 8, points=[at], limit=400)[0]
    assert found.crps == pytest.approx(crps, rel=1e-6)
    assert found.pit == pytest.approx(cdf(at), rel=1e-12)
    assert found.log_score == pytest.approx(np.log(np.mean(stats.norm.pdf(at, centres, sd))), rel=1e-12)
    ends = [optimize.brentq(lambda x, p=p: cdf(x) - p, -6, 8) for p in (0.05, 0.25, 0.5, 0.75, 0.95)]
    ends = np.exp(ends) if scale == "log" else ends
    assert [found.ninety[0], found.half[0], found.median, found.half[1], found.ninety[1]] == pytest.approx(list(ends))


def test_what_has_no_error_or_no_number_has_no_scores():
    alone = predictive_of(row(None, None), np.arange(101.0))
    assert (alone.median, alone.half, alone.ninety) == (50, (25, 75), (5, 95))
    assert alone.pit is alone.crps is alone.log_score is None
    assert predictive_of(row(1.0, 1.0, share=0.5), np.ones(3)) is None
    assert predictive_of(row(1.0, 1.0, "log"), np.array([np.nan, -1.0, np.inf])) is None


def test_a_level_is_that_of_as_many_people_as_draws():
    (found,) = example("levels", draws=15, seed=4)
    grid = np.linspace(0, 1 - 1e-9, 2001)
    by_hand = levels("carvedilol", "50 mg po", 1.0, at=grid, people=15, seed=4).mass.max(axis=1)
    assert found.result.median == pytest.approx(np.median(by_hand), rel=1e-6)
    assert found.ended["draws"] == 15
    assert "between people" in found.result.note


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"drug": "carvedilole"}, "rows, EX02: .*did you mean 'carvedilol'"),
        ({"given": "50 mg through the nose"}, "rows, EX02: "),
        ({"given": "50 mg iv"}, "no numbers for the route"),
        ({"read": "peak"}, "unknown read 'peak'"),
        ({"read": "half_life"}, "unit of row EX02"),
        ({"read": "level"}, "level is read at times: at"),
        ({"window": [1, 0]}, "is empty"),
        ({"read": "level", "window": None, "at": [1, 2]}, "a row is one number: give one time"),
        ({"windw": [0, 1]}, "unknown key 'windw'; did you mean 'window'"),
    ],
)
def test_a_level_that_cannot_be_read_is_refused_by_name(tmp_path, change, message):
    file = edited(tmp_path, "levels.yaml", lambda content: content["rows"]["EX02"].update(change))
    with pytest.raises(NicheError, match=rf"mine\.yaml, line \d+, {message if message[0] == 'r' else '.*' + message}"):
        predict_rows(evidence=EXAMPLES / "levels.csv", experiment=file, draws=3)


def test_an_occupancy_is_read_at_a_time(tmp_path):
    def change(content):
        entry = content["rows"]["EX02"]
        del entry["window"]
        entry |= {"read": "occupancy", "target": "beta1", "at": "2 h"}

    text = (EXAMPLES / "levels.csv").read_text(encoding="utf-8").replace("66,ng/mL", "0.9,1")
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    plan = edited(tmp_path, "levels.yaml", change)
    (found,) = predict_rows(evidence=tmp_path / "mine.csv", experiment=plan, draws=9)
    people = levels("carvedilol", "50 mg po", 1.0, at=[2 / 24], people=9, seed=1)
    assert found.result.median == pytest.approx(np.median(people.occupancy("beta1")), rel=1e-5)


def test_a_trial_of_ones_own_is_the_same_as_the_one_that_it_copies(tmp_path):
    """The trial behind CL089 under another name, in a cohort and with a regimen of other names."""
    there = yaml.safe_load((root() / "trials" / "rows.yaml").read_text(encoding="utf-8"))
    own = {
        "cohorts": {"mine": there["cohorts"]["breast"]},
        "regimens": {"placebo": []},
        "trials": {"again": {**there["trials"]["Kohno"], "cohort": "mine", "arms": {"placebo": 114}}},
        "rows": {"EX03": {"trial": "again", "endpoints": ["SRE"], "statistic": "proportion", "of": ["placebo"]}},
    }
    row = evidence("CL089")
    text = (EXAMPLES / "trial.csv").read_text(encoding="utf-8")
    text = text.replace("hazard_ratio,0.82,HR,log,0.07", f"absolute,{row.value},{row.unit},{row.scale},{row.sd}")
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    (found,) = predict_rows(evidence=tmp_path / "mine.csv", experiment=tmp_path / "mine.yaml", draws=4)
    effect = Laboratory(4, 1).effect("CL089")
    assert found.result.median == np.median(effect)


@pytest.mark.parametrize(
    ("part", "name", "change", "message"),
    [
        ("trials", "two years, breast", {"cohort": "brest"}, "unknown cohort 'brest'; did you mean 'breast'"),
        ("trials", "two years, breast", {"arms": {"denosumb": 9}}, "unknown regimen 'denosumb'"),
        ("trials", "two years, breast", {"causes": ["SER"]}, "unknown cause of an event 'SER'"),
        ("trials", "two years, breast", {"follow_up": 3}, "follow_up: expected"),
        ("trials", "two years, breast", {"arms": {"denosumab": 9, "zoledronate": -1}}, ""),
        ("rows", "EX03", {"statistic": "hazard"}, "did you mean 'hazard_ratio'"),
        ("rows", "EX03", {"of": ["denosumab"]}, "hazard_ratio needs 2 arms"),
        ("rows", "EX03", {"trial": "two years, brast"}, "did you mean 'two years, breast'"),
        ("rows", "EX03", {"endpoint": ["SRE"]}, "did you mean 'endpoints'"),
    ],
)
def test_a_trial_that_is_wrong_is_refused_by_name(tmp_path, part, name, change, message):
    file = edited(tmp_path, "trial.yaml", lambda content: content[part][name].update(change))
    with pytest.raises(NicheError, match=rf"mine\.yaml, line \d+, {part}, {name}.*{message}"):
        predict_rows(evidence=EXAMPLES / "trial.csv", experiment=file, draws=3)


@pytest.mark.parametrize(
    ("cohort", "message"),
    [
        (
            {"steps": [["surgery", "ovarectomy"]]},
            "trials, two years, breast: unknown surgery 'ovarectomy'",
        ),
        ({"steps": [["surgeri", "ovariectomy"]]}, "cohorts, mine: unknown step 'surgeri'; did you mean 'surgery'"),
        ({"run_in": 1e30}, "cohorts, mine: run_in is from 0 to 36525 days"),
        ({"lines": {"slow line": 1}}, "cohorts, mine: unknown .*'slow line'"),
    ],
)
def test_a_cohort_to_whom_that_cannot_be_done_is_refused_by_name(tmp_path, cohort, message):
    def change(content):
        content["cohorts"] = {"mine": {"lines": {"breast cancer patient": 1}, **cohort}}
        content["trials"]["two years, breast"]["cohort"] = "mine"

    with pytest.raises(NicheError, match=rf"mine\.yaml, line \d+, {message}"):
        predict_rows(evidence=EXAMPLES / "trial.csv", experiment=edited(tmp_path, "trial.yaml", change))


def test_a_trial_of_a_name_that_params_has_is_refused(tmp_path):
    def change(content):
        content["trials"]["Kohno"] = content["trials"]["two years, breast"]

    with pytest.raises(NicheError, match="trials, Kohno: the name is taken"):
        predict_rows(evidence=EXAMPLES / "trial.csv", experiment=edited(tmp_path, "trial.yaml", change))


def test_without_a_mechanism_the_gains_that_carry_it_are_off():
    found = {one.model: one for one in predict_rows(["SB06"], draws=6, without=["beta2"])}
    off = gains_off(["beta2"])
    assert off["b2_rankl"] == 0
    effect = Laboratory(6, 1).without(off).effect("SB06")
    assert found["without beta2"].result.median == np.median(effect)
    assert gains_off(["beta2"]).items() <= gains_off(["beta1", "beta2"]).items()
    (none,) = predict_rows(["SB06"], draws=6, without=["beta1", "beta2"])
    assert none.result.median == 0.0
    with pytest.raises(NicheError, match="did you mean 'beta2'"):
        predict_rows(["SB06"], without=["beta-2"])


def test_before_any_fit_the_prior_is_asked():
    (found,) = predict_rows(["SB06"], draws=6, prior=True)
    assert found.result.median == pytest.approx(np.median(Laboratory(6, 1, "prior").effect("SB06")), rel=1e-12)
    assert found.model == "before any fit"


def test_a_line_and_a_strain_of_ones_own_are_used_and_params_knows_nothing_of_them():
    registry = with_strains(with_lines(read_registry(), EXAMPLES / "line.yaml"), EXAMPLES / "strain.yaml")
    made = hosts(
        "mouse",
        strain="nude mouse in the warm",
        tumour="slow line",
        draws=200,
        registry=registry,
    )
    assert np.all(made.parameters.t_cells == 0)
    assert np.median(np.log(made.parameters.growth)) == pytest.approx(np.log(0.2), abs=0.05)
    assert np.median(made.parameters.tone) == pytest.approx(1, abs=0.1)
    same = hosts("mouse", draws=200)
    assert np.array_equal(made.parameters.b2_rankl, same.parameters.b2_rankl)  # no other number is drawn anew
    assert "slow line" not in read_registry().lines
    with pytest.raises(NicheError, match="'slow line'"):
        hosts("mouse", tumour="slow line", draws=1)
    (found,) = example("own-host", draws=3, line=EXAMPLES / "line.yaml", strain=EXAMPLES / "strain.yaml")
    assert np.isfinite(found.result.median)
    with pytest.raises(NicheError, match=r"host: unknown .*'nude mouse in the warm'"):
        example("own-host", draws=3, line=EXAMPLES / "line.yaml")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("line.yaml", lambda c: c["lines"].update({"PC-3": c["lines"]["slow line"]}), "lines, PC-3: the name is taken"),
        ("line.yaml", lambda c: c.update(lines={}), "lines: names nothing"),
        ("line.yaml", lambda c: c.update(lines=[]), "lines: expected a mapping of names"),
        (
            "line.yaml",
            lambda c: c["lines"]["slow line"]["parameters"].update(grwth=GROWTH),
            "unknown parameter 'grwth'; did you mean 'growth'",
        ),
        (
            "line.yaml",
            lambda c: c["lines"]["slow line"]["parameters"]["growth"].update(value="fast"),
            "growth, value: expected a finite number, got 'fast'",
        ),
        (
            "line.yaml",
            lambda c: c["lines"]["slow line"]["parameters"]["growth"].update(range=[1, 2]),
            "excludes the value 0.2",
        ),
        ("strain.yaml", lambda c: c.update(system="mous"), "unknown system 'mous'; did you mean 'mouse'"),
        ("strain.yaml", lambda c: c["strains"].update(SCID={}), "strains, SCID: the name is taken"),
        ("strain.yaml", lambda c: c.pop("system"), "lacks 'system'"),
    ],
)
def test_a_line_or_strain_that_is_wrong_is_refused_by_name(tmp_path, name, change, message):
    file = edited(tmp_path, name, change)
    read = with_lines if name == "line.yaml" else with_strains
    with pytest.raises(NicheError) as error:
        read(read_registry(), file)
    assert str(error.value).startswith(str(file))
    assert message in str(error.value)


def test_one_more_line_changes_no_other_number():
    registry = with_lines(read_registry(), EXAMPLES / "line.yaml")
    plain = hosts("mouse", tumour="MDA-231-luc", draws=20)
    more = hosts("mouse", tumour="MDA-231-luc", draws=20, registry=registry)
    assert all(np.array_equal(a, b) for a, b in zip(plain.parameters, more.parameters, strict=True))
    assert replace(more, registry=plain.registry).changed == plain.changed


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("experiment", "own_plan"),
        ("levels", "own_plan"),
        ("trial", "own_plan"),
        ("own-host", "own_plan"),
        ("line", "lines"),
        ("strain", "own_strains"),
    ],
)
def test_an_example_is_what_its_schema_says(name, schema):
    """By a validator that is not ours; and a misspelt key is seen by it, too."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(json.loads(schemas()[f"{schema}.json"]))
    content = json.loads(json.dumps(read_yaml(EXAMPLES / f"{name}.yaml")))
    assert [error.message for error in validator.iter_errors(content)] == []
    for entries in content.values():
        for entry in entries.values() if isinstance(entries, dict) else ():
            entry["xyzzy"] = 1
    assert not validator.is_valid(content)
