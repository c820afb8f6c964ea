"""Virtual patients: hazards against closed forms and laws, anchors, and published rows as data."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from compendium.cli import main as cli
from niche.analysis.row_result import row_result
from niche.errors import NicheError
from niche.evidence.laboratory import Laboratory
from niche.evidence.rows import evidence
from niche.monte_carlo import ENDS, quantile_errors
from niche.params.layers import read_registry
from niche.params.posterior import posterior_rows, read_posterior
from niche.params.records import root
from niche.trials import (
    Cohort,
    Design,
    VirtualPatients,
    event_times,
    population,
    predict_row,
    prediction_table,
    read_causes,
    read_trials,
)
from niche.trials.anchors import GRID, anchored
from niche.trials.courses import _KERNEL, _smooth
from niche.trials.hazards import read_causes as read
from niche.trials.patients import FOUNDING, PATIENTS
from niche.trials.predicted import TrialPrediction
from niche.trials.row_effects import arm_of_draws, row_effect, trial_effect, without_chance
from niche.trials.rows import trial_row
from niche.trials.virtual_patients import patients_of_line

BREAST = {"breast cancer patient": 1.0}
LATE, EARLY = Cohort(BREAST, True, 28.0), Cohort(BREAST, False)
DENOSUMAB = (("denosumab", "120 mg sc every 4 weeks"),)
YEAR = 336  # days: twelve steps of the grid


@pytest.fixture(scope="module")
def late():
    arms = {"nothing": (), "none of it": (("denosumab", "0 mg sc every 4 weeks"),), "denosumab": DENOSUMAB}
    return population(LATE, arms, YEAR, ["SRE", "death", "pain"], n=30, draws=6, seed=3)


# --- laws


def test_a_hazard_is_never_negative_and_always_finite(late):
    for causes in late.arms.values():
        for hazard in causes.values():
            assert np.isfinite(hazard).all()
            assert (hazard > 0).all()
    draw = np.random.default_rng(1)
    wild = {name: draw.lognormal(0, 2, (50, 9)) for name in ("CTX", "BV/TV", "pain", "waking rate")}
    wild |= {name: draw.uniform(size=(50, 9)) for name in ("tumour burden", "metastasis")}
    for cause in read_causes().values():
        for values in (wild, {name: 0 * x for name, x in wild.items()}):
            found = cause.relative(values)
            assert (found > 0).all()


def test_no_drug_no_change(late):
    for cause, hazard in late.arms["none of it"].items():
        np.testing.assert_allclose(hazard, late.arms["nothing"][cause], rtol=5e-3)  # steps restart at each dose


def test_less_resorption_fewer_events(late):
    treated, control = (late.arms[arm]["SRE"] for arm in ("denosumab", "nothing"))
    assert (treated[:, 2:].mean(axis=1) < control[:, 2:].mean(axis=1)).all()


def test_more_drug_fewer_events():
    arms = {mg: (("denosumab", f"{mg} mg sc every 4 weeks"),) for mg in ("5", "20", "120")}
    found = population(LATE, arms, 168, ["SRE"], n=12, draws=4, seed=2)
    few, some, many = (found.arms[mg]["SRE"][:, 1:].mean() for mg in arms)
    assert few > some > many


def test_terms_that_say_nothing_leave_the_baseline():
    """All coefficients 0: a constant hazard, whose events have the closed form 1 - exp(-h t)."""
    cause = read_causes()["pain"]
    flat = replace(cause, terms=tuple(replace(t, coefficient=replace(t.coefficient, value=0.0)) for t in cause.terms))
    relative = flat.relative({"pain": np.random.default_rng(1).lognormal(size=(4000, 14))})
    np.testing.assert_array_equal(relative, 1)
    times, level = np.arange(14) * 28.0, 1 / 300
    days, _ = event_times(times, {"pain": level * relative}, np.random.default_rng(2))
    assert (days <= 280).mean() == pytest.approx(1 - np.exp(-280 / 300), abs=0.02)


def test_the_forms_are_what_they_say():
    sre = read_causes()["SRE"]
    at_rest = {"CTX": np.ones((1, 1)), "BV/TV": np.ones((1, 1)), "tumour burden": np.zeros((1, 1))}
    assert sre.relative(at_rest).item() == 1
    assert sre.relative(at_rest | {"CTX": np.full((1, 1), 4.0)}).item() == pytest.approx(2)  # to the power 0.5
    assert sre.relative(at_rest | {"CTX": np.full((1, 1), 0.01)}).item() == 1  # no gradient below the lowest stratum
    assert sre.relative(at_rest | {"BV/TV": np.full((1, 1), 0.88)}).item() == pytest.approx(1.5, rel=0.01)
    assert sre.relative(at_rest | {"BV/TV": np.full((1, 1), 1.3)}).item() == 1


def test_the_mean_about_a_day_keeps_a_straight_line():
    weekly = np.tile(np.arange(0, 85, 7.0), (2, 1))
    np.testing.assert_allclose(_smooth(weekly)[:, 1:-1], np.tile([28.0, 56.0], (2, 1)))
    assert _KERNEL.sum() == 1
    np.testing.assert_allclose(_smooth(np.ones((3, 57))), np.ones((3, 57 * 7 // GRID + 1)))


# --- who they are


def test_the_same_seed_gives_the_same_patients_with_any_number_of_workers():
    one, two = (
        population(LATE, {"denosumab": DENOSUMAB}, 84, ["SRE"], n=70, draws=7, seed=5, workers=w) for w in (1, 2)
    )
    np.testing.assert_array_equal(one.arms["denosumab"]["SRE"], two.arms["denosumab"]["SRE"])
    np.testing.assert_array_equal(one.frailty["SRE"], two.frailty["SRE"])
    other = population(LATE, {"denosumab": DENOSUMAB}, 84, ["SRE"], n=70, draws=7, seed=6)
    assert not np.allclose(other.arms["denosumab"]["SRE"], one.arms["denosumab"]["SRE"])


def test_a_course_stands_for_patients_that_differ_in_frailty():
    found = population(EARLY, {"nothing": ()}, 56, ["bone recurrence"], n=10, draws=2, size=17)
    assert (len(found), found.draws) == (34, 2)
    assert len(set(found.frailty["bone recurrence"])) == 34
    for draw in range(2):
        own = found.of_draw(draw)
        assert sorted(set(found.course[own])) == list(range(5 * draw, 5 * draw + 5))


def test_patients_of_a_draw_share_what_is_not_known_and_differ_in_their_tumour():
    people = patients_of_line("breast cancer patient", draws=4, patients=6, seed=2)
    values = {name: np.asarray(getattr(people.parameters, name)).reshape(4, 6) for name in ("zol_kill", "growth")}
    assert (np.ptp(values["zol_kill"], axis=1) == 0).all()
    assert len(set(values["zol_kill"][:, 0])) == 4
    whole = patients_of_line("breast cancer patient", draws=400, patients=6, seed=2)
    growth = np.asarray(whole.parameters.growth).reshape(400, 6)
    cuts = np.quantile(growth, [1 / 3, 2 / 3])
    for half in (growth[:, :3], growth[:, 3:]):  # each half of each draw has slow, middling and fast tumours
        thirds = np.sort(np.searchsorted(cuts, half), axis=1)
        assert (thirds == [0, 1, 2]).mean() > 0.97
    assert len(set(growth.ravel())) > 2000
    assert (np.diff(np.sort(people.bodies.reshape(4, 6), axis=1)) > 0).all()  # no two of a draw have one body
    affinity = people.values(read_registry().drugs["denosumab"].parameters["rankl_trap_affinity"]).reshape(4, 6)
    assert (np.ptp(affinity, axis=1) == 0).all()
    assert patients_of_line("lung cancer patient", 4, 6, seed=2).seed != people.seed


def test_shares_of_lines():
    mixed = Cohort({"breast cancer patient": 0.5, "lung cancer patient": 0.5}, False)
    found = population(mixed, {"nothing": ()}, 28, ["death"], n=5, draws=1, size=9)
    level = found.arms["nothing"]["death"][found.course, 0]  # no metastasis: the baseline, times 3.4 in lung cancer
    assert level.max() / level.min() == pytest.approx(3.4, rel=0.01)
    assert sorted((level > 2 * level.min()).tolist()).count(True) in (4, 5)
    with pytest.raises(NicheError, match="must add up to 1"):
        Cohort({"breast cancer patient": 0.5})


def test_what_cannot_be_simulated_is_refused():
    with pytest.raises(NicheError, match="did you mean 'death'"):
        population(EARLY, {"nothing": ()}, 28, ["deaths"], n=2)
    with pytest.raises(NicheError, match="at least 1 course"):
        population(EARLY, {"nothing": ()}, 28, ["death"], n=0)
    with pytest.raises(NicheError, match="did you mean 'breast cancer patient'"):
        Cohort({"breast cancer patients": 1.0})


# --- anchors


@pytest.mark.parametrize("variance", [0.0, 1.5])
def test_an_anchor_is_met_in_closed_form(variance):
    """Constant hazards: without death the share is 1 - (1 + v h t)^(-1/v), with it that of competing exponentials."""
    flat = np.ones((3, 14))
    found = anchored(flat, 0 * flat, 0.5, 364.0, variance)
    expected = np.log(2) / 364 if variance == 0 else (2**variance - 1) / variance / 364
    assert found == pytest.approx(expected, rel=1e-4)
    if variance == 0:
        found = anchored(flat, flat / 500, 0.4, 364.0, 0.0)
        whole = found + 1 / 500
        assert found / whole * (1 - np.exp(-whole * 364)) == pytest.approx(0.4, rel=1e-4)


def test_untreated_patients_meet_the_row_that_set_the_baseline():
    """In every draw for itself; a tenth of the patients a year are lost, so that a little less is seen."""
    ward = VirtualPatients(3, 10)
    seen = trial_effect(trial_row("CL089"), ward)
    np.testing.assert_allclose(seen, 49.6, atol=3)
    assert (seen < 49.6).all()
    found = predict_row("CL089", ward=ward, trials=60)
    assert found.role == "calibration"
    assert found.low < found.published < found.high


def test_no_row_that_is_predicted_sets_a_number():
    for cause in read_causes().values():
        if cause.anchor is not None:
            assert evidence(cause.anchor.row).role in ("calibrate", "parameter", "context")
        numbers = [cause.frailty, *cause.lines.values(), *(t.coefficient for t in cause.terms)]
        for number in numbers:
            cited = [
                word.strip(",:;.") for word in number.source.split() if word.startswith("CL") and word[2:5].isdigit()
            ]
            assert all(evidence(row).role != "predict" for row in cited), number


# --- rows


def test_every_row_of_the_claims_has_a_plan_or_a_reason():
    antiresorptives = "CL001 CL007 CL012 CL014 CL088 CL089 CL090 CL183 FZ01 SD01 RS01 DC01"
    blockers = "CL032 CL033 CL036 CL037 CL038 CL039 CL041 CL185 CL188 CL214"
    trials, rows = read_trials()
    assert set(f"{antiresorptives} {blockers}".split()) <= set(rows)
    for row in rows.values():
        assert bool(row.cannot) != bool(row.trial)
        if row.trial:
            assert set(row.of) <= set(trials[row.trial].arms)


def test_a_row_beside_its_prediction():
    """Chance alone gives most of the interval: it is as wide as the published one to a factor of two."""
    found = predict_row("CL185", ward=VirtualPatients(5, 4), trials=40)
    assert found.low < found.median < found.high
    assert found.role == "validation"
    assert found.inside == (found.low <= 0.98 <= found.high)
    assert 0.5 < np.log(found.high / found.low) / (2 * 1.645 * evidence("CL185").sd) < 2
    with pytest.raises(NicheError, match="unknown row of params/trials"):
        predict_row("SB06")
    assert predict_row("CL041").note == "the model has no myeloma"


def test_calibration_and_validation_stand_apart_and_coverage_counts_what_was_simulated():
    one = TrialPrediction("CL001", "validation", "", "HR", 0.83, 0.8, 0.7, 0.9, True, 0.5, 0, "")
    rows = [one, replace(one, row="CL007", inside=False), replace(one, row="CL089", role="calibration")]
    none = (None, None, None, None, None)
    text = prediction_table([*rows, TrialPrediction("CL041", "validation", "", "HR", 0.5, *none, 0, "no myeloma")])
    assert "calibration: 1 of 1" in text
    assert "validation: 1 of 2" in text
    assert "no myeloma" in text


def test_the_command_says_so(capsys):
    assert cli.main(["trials", "CL041", "CL037"]) == 0
    assert "the model has no myeloma" in capsys.readouterr().out
    assert cli.main(["trials", "CL999"]) == 2
    assert cli.main(["trials", "CL041", "--draws", "0"]) == 2


@pytest.mark.parametrize(
    ("key", "change", "says"),
    [
        ("trials", {"Kohno": {"arms": {"zoledronate": 0, "nothing": 114}}}, "'zoledronate' has 0"),
        ("trials", {"Kohno": {"causes": ["SREs", "death"]}}, "did you mean 'SRE'"),
        ("trials", {"Kohno": {"arms": {"zoledronat": 114}}}, "did you mean 'zoledronate'"),
        ("rows", {"CL088": {"of": ["zoledronate"]}}, "rate_ratio needs 2 arms"),
        ("rows", {"CL088": {"sign": "up"}}, "sign is one of increase"),
        ("rows", {"CL088": {"endpoints": ["fracture"]}}, "must be among SRE, death"),
    ],
)
def test_trials_that_are_wrong_are_refused(tmp_path, key, change, says):
    content = yaml.safe_load((root() / "trials" / "rows.yaml").read_text())
    for name, entry in change.items():
        content[key][name] |= entry
    file = Path(tmp_path) / "rows.yaml"
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(NicheError, match=says):
        read_trials(file)


RATE = {"value": 1, "unit": "1", "kind": "assumed", "range": [0, 2]}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"anchor": {"row": "CL001"}}, "only calibrate, parameter or context may set a baseline"),
        ({"baseline": RATE}, "give a baseline, or an anchor"),
        ({"frailty": None}, "frailty: expected a mapping with value, unit, kind, range, got nothing"),
        ({"terms": {"x": {"reads": "CTXX", "form": "level", "coefficient": RATE}}}, "did you mean 'CTX'"),
        ({"terms": {"x": {"reads": "CTX", "form": "logs", "coefficient": RATE}}}, "did you mean 'log'"),
        ({"terms": {"x": {"reads": "CTX", "form": "level"}}}, "lacks 'coefficient'"),
        ({"terms": {"x": {"reads": "CTX", "form": "log", "coefficient": RATE}}}, "the form log needs a floor"),
    ],
)
def test_hazards_that_are_wrong_are_refused(tmp_path, change, says):
    content = yaml.safe_load((root() / "trials" / "hazards.yaml").read_text())
    content["causes"] = {"SRE": content["causes"]["SRE"] | change}
    file = Path(tmp_path) / "hazards.yaml"
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(NicheError, match=says):
        read(file)


# --- all draws, and few patients in each


def test_a_row_of_the_posterior_has_the_same_patients_among_few_and_many():
    few, many = (patients_of_line("breast cancer patient", n, 4, seed=1) for n in (30, 300))
    there = {row: i for i, row in enumerate(posterior_rows(300, 1, len(read_posterior())))}
    mine = posterior_rows(30, 1, len(read_posterior()))
    shared = [(i, there[row]) for i, row in enumerate(mine) if row in there]
    assert len(shared) > 5
    for i, j in shared:
        one, other = few.some(slice(4 * i, 4 * i + 4)), many.some(slice(4 * j, 4 * j + 4))
        assert np.array_equal(one.bodies, other.bodies)
        for a, b in zip(one.parameters, other.parameters, strict=True):
            assert np.array_equal(a, b)


def test_the_chance_of_few_patients_is_taken_from_the_spread_and_nothing_else():
    """Draws of a normal number, seen through the mean of few patients: the spread of the number comes back."""
    random = np.random.default_rng(3)
    truth = random.normal(-0.3, 0.2, 20_000)
    one, two = (truth + random.normal(0, 0.3, truth.shape) for _ in range(2))
    seen = (one + two) / 2
    found, chance = without_chance(np.exp(seen), np.exp(one), np.exp(two), "log")
    assert chance == pytest.approx(0.045 / 0.085, rel=0.03)
    assert np.log(found).std() == pytest.approx(0.2, rel=0.03)
    assert np.std(seen) > 0.28
    assert np.median(found) == pytest.approx(np.median(np.exp(seen)))
    np.testing.assert_allclose(np.quantile(np.log(found), [0.05, 0.95]), np.quantile(truth, [0.05, 0.95]), atol=0.015)
    shuffled = random.permutation(len(truth))
    again, _ = without_chance(*(np.exp(x)[shuffled] for x in (seen, one, two)), "log")
    assert np.array_equal(again, found[shuffled])


def test_few_patients_of_many_draws_say_what_many_say():
    """Of the same draws: an eighth of the patients give the same median and ends, within a few Monte Carlo errors."""
    few, many = (row_effect(trial_row("CL001"), VirtualPatients(60, n)) for n in (4, 32))
    error = quantile_errors(many.values)
    for share, one in zip(ENDS, error, strict=True):
        assert abs(np.quantile(few.values, share) - np.quantile(many.values, share)) < 2 * one
    assert many.chance < few.chance / 3


def test_what_moves_a_trial_of_first_metastases_is_seen_over_the_chance_of_its_patients():
    """With four patients a draw all of its spread between draws passes for chance, and every draw gives one ratio."""
    row = trial_row("CL021")
    few, enough = (row_effect(row, VirtualPatients(24, n)) for n in (PATIENTS, FOUNDING))
    lab = Laboratory(24, 1, workers=1)
    assert enough.chance < 0.5 < few.chance
    assert np.array_equal(lab.plan("CL021").effect(lab), enough.values)
    assert np.ptp(np.log(enough.values)) > 0.1


def test_a_share_of_patients_is_a_weight():
    """Half of six tenths and a bit: what the whole cohort has lies where the share says, to the digit."""
    early = {"breast cancer patient": 1.0}
    steps = (("surgery", "ovariectomy"),)
    ward, design = VirtualPatients(2, 2), Design({"a": 1}, (300, 300), ("death",))
    parts = [Cohort(early, False, 0.0, steps, 1.0), Cohort(early, False, 0.0)]
    all_, none = (arm_of_draws(ward, one, (), design, ["death"]) for one in parts)
    for share in (0.627, 0.63, 0.9):
        mixed = arm_of_draws(ward, Cohort(early, False, 0.0, steps, share), (), design, ["death"])
        np.testing.assert_allclose(mixed.events, share * all_.events + (1 - share) * none.events, rtol=1e-12)
    assert not np.allclose(all_.events, none.events, rtol=1e-9) or all_.events.sum() > 0


def test_the_order_of_the_draws_changes_no_number():
    """The patients of each draw go with it: shuffled draws give the same numbers in another order, the same row."""
    lab = Laboratory(draws=12, seed=1)
    drawn = lab.effect("CL088")
    found = row_result(evidence("CL088"), lab.plan("CL088"), drawn)
    turned = row_result(evidence("CL088"), lab.plan("CL088"), np.random.default_rng(0).permutation(drawn))
    assert turned._replace(z=None) == found._replace(z=None)
    assert turned.z == pytest.approx(found.z, rel=1e-12)
    assert len(found.error) == 3
    assert len(drawn) == 12
