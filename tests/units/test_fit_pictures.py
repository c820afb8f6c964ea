"""Pictures of the fit: rows left out, coverage, what papers add, and results that draw themselves."""

import csv
import math
from itertools import product
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from made_answers import NO_FIT, fitted

from compendium.cli.main import main
from compendium.figures.all_claims import overview
from compendium.figures.fitting import faults
from compendium.figures.hangs_on import hangs_on
from compendium.figures.left_out import MOST, chosen, left_out_forest, pages
from compendium.figures.left_out_coverage import Place, chance_of, coverage, places
from compendium.figures.left_out_scores import gains_by_name, log_scores, se_of_sum
from compendium.figures.measured import measured
from compendium.figures.papers_add import added
from compendium.figures.parameter_words import in_words
from compendium.figures.predicted_rows import predicted
from compendium.figures.results import draw
from compendium.figures.swept import can_draw, swept
from niche import NicheError
from niche.answering.claims import answers, answers_of
from niche.answering.coverage_record import Coverage, CoverageAnswer, Gain, Level
from niche.answering.records import Prediction
from niche.params.records import root
from niche.propositions.reading import proposition

GRID = list(product((0.1, 1, 10), (0.5, 2)))  # dose and gain


def rows():
    with (root() / "atoms.csv").open(encoding="utf-8", newline="") as content:
        return list(csv.DictReader(content))


def predictions(n=40, miss=lambda i: i % 4 == 0):
    """Made predictions of atoms of many papers: numbers and directions in turn, every fourth missed."""
    numbers = [row for row in rows() if row["kind"] == "number" and row["compare"] == "ratio"]
    words = [row for row in rows() if row["kind"] == "direction"]
    found = []
    for i in range(n // 2):
        row, word, inside = numbers[3 * i], words[5 * i], not miss(i)
        y = float(row["effect"])
        low, high = (y - 0.5, y + 0.4) if inside else (y + 0.2, y + 0.9)
        found.append(Prediction(row["atom"], row["paper"], inside, observed=y, low=low, high=high, pit=(i + 0.5) / n))
        chance = 0.8 if inside else 0.03
        found.append(Prediction(word["atom"], word["paper"], inside, seen=word["sign"], chance=chance))
    return tuple(found)


def answered(name="05a", given=None, **made):
    one = answers([name])[0].propositions[0]
    found = answers_of(proposition(name), name, one.evidence, fitted(**made))
    told = predictions() if given is None else given
    return msgspec.structs.replace(found, model=msgspec.structs.replace(found.model, predictions=told))


def test_a_measurement_is_drawn_with_its_own_error_beside_its_prediction():
    one = answered()
    _, data = left_out_forest(one)
    by_name = {row["atom"]: row for row in rows()}
    predicted = {row.name: row for row in one.model.predictions}
    numbers = data[data["scale"] == "log"]
    assert len(numbers)
    for row in numbers.itertuples():
        error = float(by_name[row.id]["error"])
        assert row.measured_low == pytest.approx(row.measured * math.exp(-1.6449 * error), rel=1e-3)
        assert row.measured == pytest.approx(math.exp(predicted[row.id].observed), rel=1e-3)
        assert row.predicted_high == pytest.approx(math.exp(predicted[row.id].high), rel=1e-3)


def test_the_rows_of_the_main_figure_are_the_heaviest_of_each_paper_whatever_the_fit_says():
    one = answered()
    known = [(row, measured(row.name)) for row in one.model.predictions]
    main = chosen(known)
    assert len(main) <= MOST
    papers = [row.paper for row, _ in main]
    assert len(set(papers)) == len(papers)
    for row, about in main:
        same = [other for other in known if other[0].paper == row.paper and other[1].kind == about.kind]
        assert about.scale <= min(other[1].scale for other in same)
    worst = msgspec.structs.replace
    missed = [(worst(row, inside=False, low=-9.0, high=-8.0), about) for row, about in reversed(known)]
    assert {row.name for row, _ in chosen(missed)} == {row.name for row, _ in main}


def test_every_measurement_is_in_the_main_figure_or_in_the_supplement_once():
    one = answered()
    names = [name for part in range(pages(one)) for name in left_out_forest(one, part=part)[1]["id"]]
    assert sorted(names) == sorted(row.name for row in one.model.predictions)
    with pytest.raises(NicheError, match="there are 0 to"):
        left_out_forest(one, part=pages(one))


def test_what_was_missed_is_told_apart_by_form():
    figure, data = left_out_forest(answered(), part=1)
    hatched = [patch for axes in figure.axes for patch in axes.patches if patch.get_hatch()]
    assert len(hatched) == (data["inside"] == "no").sum() > 0
    said = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert sum("missed" in one for one in said) == len(hatched)


@pytest.mark.parametrize("width", ["single", "double"])
def test_forests_are_legible(width):
    figure, _ = left_out_forest(answered(), width=width)
    assert faults(figure) == []


def test_absurd_predictions_end_in_an_arrow_and_say_so():
    wild = tuple(
        msgspec.structs.replace(row, low=-40.0, high=900.0) if row.observed is not None else row
        for row in predictions(8)
    )
    figure, data = left_out_forest(answered(given=wild))
    assert np.isfinite(data["predicted_high"].dropna()).all()
    assert any(line.get_marker() == ">" for axes in figure.axes for line in axes.lines)
    assert "beyond the axis" in " ".join(text.get_text() for text in figure.legends[0].get_texts())


def test_nothing_predicted_is_nothing_to_draw():
    with pytest.raises(NicheError, match="nothing was predicted"):
        left_out_forest(answers(["05a"], folder=NO_FIT)[0].propositions[0])


def test_the_band_is_the_central_binomial_interval():
    # Tables of the binomial: of 20 at 0.9, P(X <= 14) = 0.0113 and P(X <= 15) = 0.0432
    assert chance_of(20, 0.9) == (15 / 20, 1.0)


def test_even_places_cover_what_intervals_promise():
    given = [Place(f"N{i}", f"p{i % 9}", ("culture", "cohort")[i % 2], (i + 0.5) / 200) for i in range(200)]
    figure, data = coverage(given)
    whole = data[(data["part"] == "share") & (data["study"] == "all measurements")].set_index("level_percent")
    assert list(whole.loc[[50.0, 90.0], "percent"]) == [50.0, 90.0]
    assert list(data[data["part"] == "bin"]["percent"]) == [10.0] * 10
    assert faults(figure) == []
    assert faults(coverage(given, width="single")[0]) == []


def test_places_that_are_none_are_refused():
    one = Place("N1", "p", "culture", 0.5)
    for wrong, said in (([], "nothing to draw"), ([one, one], "twice"), ([one._replace(pit=1.2)], "no probability")):
        with pytest.raises(NicheError, match=said):
            coverage(wrong)


def test_each_measurement_has_one_place_however_many_statements_it_speaks_to():
    claim = answers(["05"])[0]
    twice = msgspec.structs.replace(claim, propositions=(answered("05a"), answered("05b")))
    found = places([twice])
    assert [one.name for one in found] == sorted({row.name for row in predictions() if row.pit is not None})


def test_the_error_of_a_sum_is_that_of_the_bayesian_bootstrap():
    values = np.random.default_rng(3).normal(0.4, 1.0, 12)
    weights = np.random.default_rng(4).dirichlet(np.ones(12), 200_000)
    assert se_of_sum(dict(enumerate(values))) == pytest.approx((12 * weights @ values).std(), rel=0.01)


def test_a_model_that_was_not_compared_yet_says_so():
    figure, data = log_scores({"without nerves": {"a": 1.0, "b": 2.5, "c": -0.5}, "prior": None})
    assert data["gain"][0] == pytest.approx(3.0)
    assert any("not yet computed" in text.get_text() for text in figure.axes[0].texts)
    assert faults(figure) == []
    with pytest.raises(NicheError, match="needs two"):
        log_scores({"without nerves": {"a": 1.0}})


def test_what_the_answers_keep_of_coverage_and_gains_is_drawn():
    levels = (Level(0.5, 40, 22, 14, 26), Level(0.9, 40, 30, 32, 39))
    told = CoverageAnswer((Coverage("all", 12, levels),), 3, (Gain("no nerves", 50, 4, 6.5, 2.0, 0.1),))
    figure, data = coverage([Place(f"N{i}", "p", "culture", (i + 0.5) / 40) for i in range(40)], told)
    shares = data[data["part"] == "share"]
    assert list(shares["percent"]) == [55.0, 75.0]
    assert list(shares["chance_low"]) == [35.0, 80.0]
    hollow = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [line.get_markerfacecolor() for line in hollow] == ["white"]  # 75 % lies outside what chance allows
    _, scores = log_scores(gains_by_name(told))
    assert list(scores["said"]) == ["", "not yet computed", "not yet computed"]
    assert scores["se"][0] == 2.0


def test_papers_are_sorted_by_what_they_add_and_the_largest_is_named():
    claim = answers(["05"])[0]
    claim = msgspec.structs.replace(claim, propositions=(answered("05a", gains=(0.4, -2.0, 1.2)),))
    figure, data = added(claim)
    assert list(data["gain"]) == pytest.approx([1.2, 0.4, -2.0])
    said = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert data["label"][2] in said
    assert data["label"][0] not in said
    assert "in all −0.4" in said
    assert faults(figure) == []
    with pytest.raises(NicheError, match="nothing to draw"):
        added(answers(["05"], folder=NO_FIT)[0])


def test_results_draw_themselves():
    claim = answers(["13"])[0]
    assert claim.plot(width="middle").get_size_inches()[0] * 25.4 == pytest.approx(120)
    assert answered().plot().axes
    with pytest.raises(NicheError, match="ClaimAnswer"):
        draw(3.0)


def test_the_page_of_all_claims_has_a_mark_for_each_answer_of_each_statement():
    claims = answers(["05", "13", "22"], folder=NO_FIT)
    figure, data = overview(claims)
    statements = sum(len(claim.propositions) for claim in claims)
    marks = [line for axes in figure.axes for line in axes.lines if line.get_marker() not in ("None", "", None)]
    assert len(data) == statements
    assert len(marks) == 3 * statements
    assert set(data["model_word"]) == {"not yet computed"}
    assert faults(figure) == []
    with pytest.raises(NicheError, match="assert nothing"):
        overview(answers(["22"]))


@pytest.mark.parametrize("command", [["claims", "13"], ["claims", "13", "05"]])
def test_claims_are_drawn_by_the_command_with_their_table(tmp_path, command, capsys):
    file = tmp_path / "card.svg"
    assert main([*command, "--plot", str(file)]) == 0
    assert b"<svg" in file.read_bytes()
    lines = file.with_suffix(".csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + (3 if len(command) == 2 else 8)  # a head, and the statements


def test_a_plot_that_could_not_be_written_is_refused_first(tmp_path, capsys):
    for file, said in (
        (tmp_path / "card.gif", "should end in"),
        (tmp_path / "none" / "card.svg", "there is no folder"),
    ):
        assert main(["claims", "05", "--plot", str(file)]) == 2
        captured = capsys.readouterr()
        assert said in captured.err
        assert captured.out == ""


def test_a_sweep_is_drawn_over_the_factor_with_the_most_values(tmp_path):
    lines = ["point,dose,gain,hosts,failed,burden: hosts,burden: 0.05,burden: 0.5,burden: 0.95"]
    lines += [f"{i},{d},{g},9,0,9,{d * g},{2 * d * g},{3 * d * g}" for i, (d, g) in enumerate(GRID)]
    (tmp_path / "points.csv").write_text("\n".join(lines), encoding="utf-8")
    figure, data = swept(tmp_path / "points.csv", ["gain", "dose"], ["burden"])
    assert sorted(data["at"].unique()) == [0.1, 1, 10]
    assert list(data["value"]) == pytest.approx([2 * d * g for d, g in GRID])
    assert faults(figure) == []
    with pytest.raises(NicheError, match="one or two factors"):
        can_draw(["a", "b", "c"])


def test_rows_are_drawn_in_their_own_unit_with_what_was_missed():
    numbers = {"effect_type": "percent_change", "unit": "%", "scale": "linear", "share": None}
    near = SimpleNamespace(id="R1", label="BV/TV", value=-30.0, sd=5.0, low=-45.0, high=-20.0, **numbers)
    far = SimpleNamespace(**{**vars(near), "id": "R2", "value": 60.0})
    seen = SimpleNamespace(**{**vars(near), "id": "R3", "value": None, "low": None, "high": None, "share": 0.97})
    figure, data = predicted([seen, near, far])
    assert list(data["id"]) == ["R1", "R2", "R3"]
    assert list(data["inside"]) == ["yes", "no", "yes"]
    assert data["measured_low"][0] == pytest.approx(-30 - 1.6449 * 5, abs=1e-3)
    assert list(predicted([near], inside={"R1": False})[1]["inside"]) == ["no"]
    assert faults(figure) == []


def test_parameters_are_said_in_words():
    assert in_words("model:b2_rankl") == "log-fold RANKL production from none to full β2 signal"
    assert in_words("b2_rankl") == in_words("model:b2_rankl")
    assert in_words("MDA-MB-231:growth") == "growth of the tumour line"
    assert "_" not in in_words("anti-NGF:some_new_name")


def test_what_an_effect_hangs_on_is_ranked():
    rows = [
        {"parameter": name, "total": share, "total_error": 0.02}
        for name, share in (("model:b1_rankl", 0.2), ("model:b2_rankl", 0.5), ("all others", 0.1))
    ]
    figure, data = hangs_on({"shares": rows})
    assert list(data["value"]) == [50.0, 20.0, 10.0]
    assert faults(figure) == []
    with pytest.raises(NicheError, match="nothing uncertain"):
        hangs_on({"shares": []})
