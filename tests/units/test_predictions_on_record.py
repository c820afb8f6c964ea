"""Predictions on record: information against closed forms, scores against SciPy, and a record that is never changed."""

import json
import math
from datetime import date

import msgspec
import numpy as np
import pytest
from scipy import stats

from compendium.cli import main as cli
from niche import NicheError
from niche.atoms.records import Atom
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import rehearse
from niche.inference.unmeasured import outcomes_in
from niche.params.records import root
from niche.params.yaml_files import Spot
from niche.predictions import table
from niche.predictions.candidates import read_candidates
from niche.predictions.information import about, about_all, choose, entropy, jointly
from niche.predictions.making import Chosen, _prediction, again, choice
from niche.predictions.outcomes import head_atoms, heads
from niche.predictions.scores import quantiles, score

RNG = np.random.default_rng(7)
DRAWS = 3000


def normal(*sds):
    """Independent normal columns, whitened so that sample moments are those of the law."""
    z = RNG.normal(size=(DRAWS, len(sds)))
    z -= z.mean(axis=0)
    z = z @ np.linalg.inv(np.linalg.cholesky(np.cov(z.T).reshape(len(sds), -1))).T
    return (z * np.array(sds)).T


# ---- information, where everything is normal: half the logarithm of a ratio of variances


@pytest.mark.parametrize(("sd", "s"), [(1.0, 1.0), (0.5, 1.0), (2.0, 0.5)])
def test_information_about_all_that_differs(sd, s):
    (f,) = normal(sd)
    assert about_all(f, s) == pytest.approx(0.5 * math.log(1 + sd**2 / s**2), abs=0.02)


@pytest.mark.parametrize(("a", "b", "s"), [(1.0, 0.0, 1.0), (1.0, 1.0, 0.5), (0.5, 1.0, 0.5), (0.0, 1.0, 0.5)])
def test_information_about_one_quantity(a, b, s):
    """Of f = a q + b u the outcome tells log((a2 + b2 + s2) / (b2 + s2)) / 2 about q; ten groups lose a little."""
    q, u = normal(1.0, 1.0)
    exact = 0.5 * math.log((a * a + b * b + s * s) / (b * b + s * s))
    found = about(a * q + b * u, s, q)
    assert exact - 0.06 * (exact > 0.01) - 0.005 < found < exact + 0.02


def test_what_has_nothing_to_do_with_it_tells_nothing_however_few_the_draws():
    found = [about(RNG.normal(size=200), 0.3, RNG.normal(size=200)) for _ in range(40)]
    assert np.mean(found) < 0.02  # without what chance gives taken off it is 0.05


def test_information_of_several_outcomes_together():
    """Twice the same outcome tells what one with half the noise variance does."""
    q, u = normal(1.0, 0.3)
    f, s = q + u, 0.5
    both = jointly(np.column_stack([f, f]), np.array([s, s]), q[:, None])
    better = jointly(f[:, None], np.array([s / math.sqrt(2)]), q[:, None])
    exact = 0.5 * math.log((1 + 0.09 + s * s / 2) / (0.09 + s * s / 2))
    assert both == pytest.approx(better, rel=1e-6)
    assert both == pytest.approx(exact, abs=0.01)


def test_the_choice_takes_what_adds():
    """The second best alone tells the same as the best; the third tells of something else."""
    q, r, u = normal(1.0, 0.8, 0.1)
    outcomes_ = np.column_stack([q + u, q, r, u])
    chosen = choose(outcomes_, np.full(4, 0.3), np.column_stack([q, r]), 3)
    assert [i for i, _ in chosen][:2] == [1, 2]
    gains = [gain for _, gain in chosen]
    assert gains == sorted(gains, reverse=True)
    assert math.fsum(gains) == pytest.approx(
        jointly(outcomes_[:, [i for i, _ in chosen]], np.full(3, 0.3), np.column_stack([q, r]))
    )


def test_entropy_of_two_far_normals_is_that_of_one_and_a_coin():
    assert entropy(np.array([-50.0, 50.0]), 1.0) == pytest.approx(float(stats.norm().entropy()) + math.log(2), abs=1e-4)


@pytest.mark.parametrize("bad", [np.array([1.0]), np.array([1.0, np.nan]), np.ones((2, 2))])
def test_what_is_no_outcome_is_refused(bad):
    with pytest.raises(NicheError):
        about_all(bad, 1.0)
    with pytest.raises(NicheError):
        about_all(np.zeros(3), 0.0)


# ---- scores


def on_record(**changes):
    """A prediction of normal(log 0.5, 0.2) by the model, with error and spread 0.15 and 0.2."""
    draws = stats.norm(math.log(0.5), 0.2).ppf((np.arange(table.QUANTILES) + 0.5) / table.QUANTILES)
    s = math.hypot(0.15, 0.2)
    median, low_50, high_50, low_90, high_90 = map(math.exp, quantiles(draws, s, (0.5, 0.25, 0.75, 0.05, 0.95)))
    values = {
        "id": "an-experiment",
        "question": "Does it?",
        "statement": "It halves.",
        "host": '{"system": "mouse"}',
        "days": "14",
        "arms": '{"control": [], "isoprenaline": [{"infuse": ["isoprenaline", "5 mg/kg/day"]}]}',
        "read": '{"observable": "Oc.N/BS", "treated": "isoprenaline", "control": "control", "day": 14}',
        "study": "healthy rodent",
        "n": 10,
        "median": median,
        "low_50": low_50,
        "high_50": high_50,
        "low_90": low_90,
        "high_90": high_90,
        "error": 0.15,
        "spread": 0.2,
        "model": json.dumps(draws.tolist()),
        "information": 0.4,
        "adds": 0.3,
        "about": "05a",
        "refuted_by": "a rise",
        "on": "2026-11-30",
        "freeze": "d48d2cbc2020b233",
        "posterior": "0123456789abcdef",
    }
    return table.Prediction(**(values | changes))


@pytest.mark.parametrize(("value", "se"), [(0.5, 0.1), (0.3, 0.25), (1.2, None), (0.05, 0.1)])
def test_a_score_is_that_of_a_normal_where_the_model_says_one(value, se):
    found = score(on_record(), value, se)
    law = stats.norm(math.log(0.5), math.sqrt(0.2**2 + (se or 0.15) ** 2 + 0.2**2))
    nothing = stats.norm(0, math.hypot(se or 0.15, 0.2))
    assert found.pit == pytest.approx(law.cdf(math.log(value)), abs=0.004)
    if value > 0.1:  # beyond the last of the quantiles the tail is a little thinner
        assert found.log_score == pytest.approx(law.logpdf(math.log(value)), abs=0.06)
        assert found.gain == pytest.approx(law.logpdf(math.log(value)) - nothing.logpdf(math.log(value)), abs=0.06)
    assert found.planned is (se is None)


def test_intervals_and_scores_agree():
    one = on_record()
    for edge, inside in ((one.low_90, True), (one.high_90, True)):
        nearer, farther = (math.exp(math.log(edge) * (1 + d)) for d in (-0.01, 0.01))
        low = edge == one.low_90
        assert score(one, max(nearer, farther) if low else min(nearer, farther)).inside_90 is inside
        assert score(one, min(nearer, farther) if low else max(nearer, farther)).inside_90 is not inside


def test_probabilities_of_smaller_values_are_uniform_where_the_model_is_right():
    one = on_record()
    y = RNG.normal(math.log(0.5), math.sqrt(0.2**2 + 0.15**2 + 0.2**2), 400)
    pits = [score(one, float(np.exp(each))).pit for each in y]
    assert stats.kstest(pits, "uniform").pvalue > 0.001


@pytest.mark.parametrize("bad", [(0.0, None), (-1.0, 0.1), (math.nan, 0.1), (1.0, 0.0), (1.0, math.inf)])
def test_no_ratio_and_no_error_are_refused(bad):
    with pytest.raises(NicheError, match="above 0"):
        score(on_record(), *bad)


# ---- the record


def test_what_is_written_is_read(tmp_path):
    file = tmp_path / "predictions.csv"
    assert table.read_predictions(file) == {}
    table.write_predictions([on_record()], file)
    table.write_predictions([on_record(id="another")], file)
    assert table.read_predictions(file) == {"an-experiment": on_record(), "another": on_record(id="another")}


def test_what_is_on_record_is_not_changed(tmp_path):
    file = tmp_path / "predictions.csv"
    table.write_predictions([on_record()], file)
    before = file.read_bytes()
    with pytest.raises(NicheError, match="an-experiment: on record already"):
        table.write_predictions([on_record(id="new"), on_record(median=0.51)], file)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("healthy rodent,10,", "healthy rodent,ten,", "row 2, n"),
        ("2026-11-30", "30.11.2026", "row 2, on"),
        ("d48d2cbc2020b233", "not a hash", "row 2, freeze"),
        ('{""system"": ""mouse""}', "mouse", "host is not JSON"),
        ("statement", "statment", "its columns are"),
        ("an-experiment", "", "row 2, id"),
    ],
)
def test_a_wrong_record_is_refused_by_row_and_column(tmp_path, old, new, said):
    file = tmp_path / "predictions.csv"
    table.write_predictions([on_record()], file)
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(NicheError, match=r"predictions\.csv") as error:
        table.read_predictions(file)
    assert said in str(error.value)


@pytest.mark.parametrize("changes", [{"low_50": 0.9}, {"model": "[]"}, {"model": '["x"]'}, {"median": -1.0}])
def test_a_prediction_that_is_none_is_refused(changes):
    with pytest.raises((ValueError, msgspec.ValidationError)):
        msgspec.convert(msgspec.to_builtins(on_record()) | changes, table.Prediction)


# ---- candidates


CANDIDATES = read_candidates()


def test_there_are_candidates_enough():
    assert len(CANDIDATES) >= 40
    assert sum(bool(one.entry.searched) for one in CANDIDATES.values()) >= 39


@pytest.mark.parametrize("name", CANDIDATES)
def test_a_candidate_can_be_done(name):
    one = CANDIDATES[name]
    rehearse(one.experiment, Spot(name))
    assert isinstance(one.atom, Atom)
    assert 0.03 < one.error < 1.5
    for proposition in one.entry.separates:
        assert head_atoms(proposition)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("separates: [05a, 05b, 05e]", "separates: [05a, 05b, 5e]", "did you mean '05e'"),
        ("observable: BFR/BS", "observable: BFR/BT", "did you mean 'BFR/BS'"),
        ("control: OPG-Fc, day: 28}", "control: OPG-Fd, day: 28}", "did you mean 'OPG-Fc'"),
        ("[isoprenaline, 50 mg/kg/day]", "[isoprenalin, 50 mg/kg/day]", "did you mean 'isoprenaline'"),
        (
            "searched: [agonist and antiresorptive]",
            "searched: [agonist and antiresorptives]",
            "did you mean 'agonist and antiresorptive'",
        ),
        ("control: OPG-Fc, day: 28}", "control: OPG-Fc, day: 28, compare: percent}", "a prediction is a ratio"),
        ("    n: 10\n", "    n: 0\n", "n"),
    ],
)
def test_a_wrong_candidate_is_refused_by_its_place(tmp_path, old, new, said):
    text = (root() / "candidates.yaml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "candidates.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(NicheError, match=r"candidates\.yaml.*formation-under-agonist") as error:
        read_candidates(file)
    assert said in str(error.value)


# ---- what the model says


LAB = Laboratory(40, 1, "prior")


def test_an_outcome_is_what_simulate_says():
    """Oc.N/BS has no floor, so that the logarithm of the ratio of two simulations is the outcome."""
    import niche

    one = CANDIDATES["agonist-in-the-jaw"]
    hosts = niche.hosts("mouse", strain="C57BL/6J", bone="mandible", draws=40, posterior="prior")
    treated, control = (
        niche.simulate(hosts, protocol, at=[14])
        for protocol in (niche.Protocol(14).infuse("isoprenaline", "5 mg/kg/day"), niche.Protocol(14))
    )
    ratio = niche.effect(treated, control, "Oc.N/BS").values
    np.testing.assert_allclose(outcomes_in(LAB, [one.atom])[:, 0], np.log(ratio), rtol=1e-5, atol=1e-7)


def test_a_head_over_another_is_their_difference():
    """06b: bone under 0.1 mg/kg/day of propranolol over that under 20."""
    pair = head_atoms("06b")
    both = outcomes_in(LAB, pair)
    np.testing.assert_allclose(heads(["06b"], LAB)[:, 0], both[:, 0] - both[:, 1], rtol=1e-12)


def test_a_head_of_a_trial_is_refused():
    with pytest.raises(NicheError, match="of a trial"):
        head_atoms("13a")


def test_a_choice_leaves_out_what_was_measured_or_not_looked_for():
    some = {name: CANDIDATES[name] for name in ("agonist-in-the-jaw", "stress-with-macrophages-gone")}
    done = CANDIDATES["agonist-in-the-jaw"]
    host = {**done.experiment.host}
    host.pop("bone")
    measured = msgspec.structs.replace(done.entry, host=msgspec.structs.replace(done.entry.host, bone=None))
    from dataclasses import replace

    kondo = replace(done, name="kondo", entry=measured, experiment=replace(done.experiment, name="kondo", host=host))
    found = choice({**some, "kondo": kondo}, Laboratory(120, 1, "prior"), 2)
    assert [one.candidate.name for one in found.chosen] == ["agonist-in-the-jaw"]
    assert "kondo-2011-isoprenaline" in found.left_out["kondo"]
    assert "not searched" in found.left_out["stress-with-macrophages-gone"]


def test_what_is_on_record_can_be_simulated_again():
    one = CANDIDATES["agonist-in-the-jaw"]
    outcome = outcomes_in(LAB, [one.atom])[:, 0]
    made = _prediction(Chosen(one, outcome, 0.1, "05a", 0.1), date(2026, 11, 30), "0" * 16, "1" * 16)
    median, low, high = again(made, LAB)
    assert (median, low, high) == pytest.approx((made.median, made.low_90, made.high_90), rel=2e-3)
    assert made.statement.startswith(
        "On day 14, the number of osteoclasts per bone surface (Oc.N/BS) of mice (C57BL/6J)"
    )
    assert made.refuted_by.startswith("a ratio below ")


# ---- the command


def test_the_list_is_empty_until_something_is_on_record(capsys):
    if table.read_predictions():
        pytest.skip("there are predictions on record")
    assert cli.main(["predictions"]) == 0
    assert "No prediction is on record yet" in capsys.readouterr().out


def test_a_score_on_the_command_line(monkeypatch, capsys):
    monkeypatch.setattr(table, "read_predictions", lambda file=None: {"an-experiment": on_record()})
    assert cli.main(["predictions", "score", "an-experiment", "0.5", "0.1"]) == 0
    said = capsys.readouterr().out
    assert "measured 0.5, predicted 0.5" in said
    assert "inside the 50 % interval" in said
    assert cli.main(["predictions", "score", "an-experiment", "2"]) == 0
    assert "outside the 90 % interval, above it" in capsys.readouterr().out
    assert cli.main(["predictions", "score", "an-experiment", "0.5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["inside_90"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score", "an-experimen", "1"], "did you mean 'an-experiment'"),
        (["score", "an-experiment", "half"], "VALUE is a number"),
        (["scor", "an-experiment", "1"], "niche predictions score ID VALUE"),
        (["--choose", "x"], "stand alone"),
        (["--choose", "--count", "0"], "--count"),
        (["--write", "--posterior", "prior"], "only what the fitted model says"),
    ],
)
def test_wrong_words_are_refused(monkeypatch, capsys, arguments, said):
    monkeypatch.setattr(table, "read_predictions", lambda file=None: {"an-experiment": on_record()})
    assert cli.main(["predictions", *arguments]) == 2
    assert said in capsys.readouterr().err
