"""The error of an effect is that which the paper's own numbers give, by sums made here in another way."""

import math

import numpy as np
import pytest
from scipy import stats
from tables import read

from niche.errors import NicheError
from niche.evidence.effect_units import spelling
from niche.evidence.errors_of_effects import contradiction, every_error
from niche.evidence.printed_effect import Effect
from niche.evidence.printed_numbers import PrintedValue
from niche.evidence.printed_uncertainty import arm_sizes, probability, uncertainty
from niche.evidence.reading_tables import read_cells
from niche.evidence.rows import WORDS, read_evidence
from niche.evidence.table_row import NEEDED, ROW_COLUMNS
from niche.params.records import root

Z = stats.norm.ppf(0.975)
FOLD = {"effect_type": "fold_change", "unit": "fold", "value": "2.4", "scale": "log"}
HAZARD = {"effect_type": "hazard_ratio", "unit": "HR", "value": "0.83", "scale": "log", "sd": ""}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"uncertainty_type": "SE"}, 12),
        ({"sd": "", "low": "20", "high": "71", "uncertainty_type": "95% CI"}, 51 / 2 / Z),
        ({"sd": "", "low": "20", "high": "71", "uncertainty_type": "90CI"}, 51 / 2 / stats.norm.ppf(0.95)),
        (
            {"sd": "", "low": "20", "high": "71", "uncertainty_type": "CI", "n": "8 vs 8"},
            51 / 2 / stats.t.ppf(0.975, 14),
        ),
        ({"sd": "", "low": "20", "high": "71", "uncertainty_type": "CI", "n": "80 vs 80"}, 51 / 2 / Z),
        ({"sd": "", "low": "33.5", "high": "57.5", "uncertainty_type": "SEM"}, 12),
        ({"uncertainty_type": "SD", "n": "8"}, 12 / math.sqrt(8)),
        ({"uncertainty_type": "SD", "n": "8 vs 9"}, 12 * math.sqrt(1 / 8 + 1 / 9)),
        ({"sd": "", "value": "45.5 ± 12 (n=8)", "uncertainty_type": "SD"}, 12 / math.sqrt(8)),
        ({"sd": "", "value": "45.5 ± 12 (n=8)", "uncertainty_type": "SE"}, 12),
        ({"sd": "", "value": "45.5 (95% CI 20 to 71)"}, 51 / 2 / Z),
        (
            {"sd": "", "low": "40", "high": "50", "uncertainty_type": "IQR", "n": "100"},
            10 / 1.349 * math.sqrt(math.pi / 2 / 100),
        ),
        ({"sd": "", "p": "0.004", "n": "8 vs 8"}, 45.5 / stats.t.ppf(0.998, 14)),
        ({"sd": "", "p": "P = 0.004"}, 45.5 / stats.norm.ppf(0.998)),
        ({"sd": "", "p": "< 0.05", "n": "8 per group"}, 45.5 / stats.t.ppf(0.975, 14)),
        (FOLD | {"sd": "", "value": "2.4 ± 0.3", "uncertainty_type": "SE"}, 0.3 / 2.4),
        (FOLD | {"sd": "", "low": "1.8", "high": "3.2", "uncertainty_type": "95CI"}, math.log(3.2 / 1.8) / 2 / Z),
        (FOLD | {"sd": "", "p": "0.01", "n": "8 vs 8"}, math.log(2.4) / stats.t.ppf(0.995, 14)),
        (
            FOLD | {"sd": "", "value": "0.167", "low": "-0.05", "high": "0.39", "uncertainty_type": "95CI"},
            0.44 / 2 / Z / 0.167,
        ),
        (
            FOLD | {"value": "0.53", "unit": "log2 fold", "scale": "linear", "sd": "", "p": "0.01"},
            0.53 / stats.norm.ppf(0.995),
        ),
        (
            HAZARD | {"low": "0.76", "high": "0.90", "uncertainty_type": "95CI", "n": "8 vs 8"},
            math.log(0.90 / 0.76) / 2 / Z,
        ),
        (
            HAZARD | {"scale": "linear", "low": "0.76", "high": "0.90", "uncertainty_type": "95CI"},
            math.log(0.90 / 0.76) / 2 / Z,
        ),
        (HAZARD | {"p": "0.004"}, -math.log(0.83) / stats.norm.ppf(0.998)),
        (
            {"scale": "log", "value": "-50", "sd": "", "low": "-75", "high": "0", "uncertainty_type": "95CI"},
            math.log(1 / 0.25) / 2 / Z,
        ),
        (
            {"effect_type": "absolute", "value": "74", "sd": "", "n": "157 of 211"},
            100 * stats.binom.std(211, 157 / 211) / 211,
        ),
    ],
)
def test_an_error_is_what_the_printed_numbers_give(tmp_path, change, error):
    row = read(tmp_path, **change)
    assert row.sd == pytest.approx(error, rel=1e-4)
    assert row.error_sum
    assert row.sd_basis == ("assumed" if row.sd == 12 and change.get("sd") != "" else f"derived: {row.error_sum}")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"uncertainty_type": "SD", "n": "8"},
            "12 / sqrt(8) = 4.24 (of one arm alone; for both write n like '8 vs 8')",
        ),
        ({"uncertainty_type": "SD", "n": "8 vs 8"}, "12 x sqrt(1/8 + 1/8) = 6"),
        ({"sd": "", "low": "20", "high": "71", "uncertainty_type": "95CI"}, "(71 - 20) / (2 x 1.96) = 13"),
        (
            {"sd": "", "p": "<0.05", "n": "8 vs 8"},
            "|45.5| / 2.14 = 21.2 for P < 0.05 (Student's t, 14 degrees of freedom); an upper bound",
        ),
        ({}, "12 as given"),
    ],
)
def test_the_sum_is_shown(tmp_path, change, said):
    assert read(tmp_path, **change).error_sum == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"low": "44", "high": "47", "uncertainty_type": "95CI"},
            "the error in sd is 12 (12 as given), but from the 95 % interval it is 0.765",
        ),
        (
            {"sd": "24", "uncertainty_type": "SE", "low": "33.5", "high": "57.5"},
            "is 24 (24 as given), but from the SE it is 12",
        ),
        ({"sd": "30", "p": "0.004", "n": "8 vs 8"}, "but from P it is 13.2"),
        ({"sd": "40", "p": "<0.05", "n": "8 vs 8"}, "but from P it is at most 21.2"),
        (
            {"uncertainty_type": "SD"},
            "n: '' does not say how many are in an arm. The spread of animals (SD) is not the error of their mean",
        ),
        ({"uncertainty_type": "SD", "n": "1"}, "n: '1' does not say how many"),
        ({"uncertainty_type": "SD", "n": "up to 9"}, "n: 'up to 9' does not say how many"),
        (
            {"value": "45.5 ± 12 (n=8)", "sd": ""},
            "write SE or SD into uncertainty_type (as SE, the error is 12; as SD, 12 / sqrt(8) = 4.24)",
        ),
        ({"scale": "log"}, "sd: an error of 12 on a log scale is a factor of 1.63e+05 either way"),
        (FOLD | {"sd": "3.5"}, "write 'sd' into a column `meant`"),
        (
            {"sd": "", "low": "20", "high": "71"},
            "low and high are given with nothing in uncertainty_type: no error follows",
        ),
        (
            {"sd": "", "low": "20", "high": "71", "uncertainty_type": "range"},
            "low and high are given with range: no error follows",
        ),
        (
            {"sd": "", "low": "20", "high": "71", "uncertainty_type": "SEMM"},
            "uncertainty_type: unknown kind of uncertainty 'SEMM'; did you mean 'SEM'?",
        ),
        ({"sd": "", "low": "20", "high": "71", "uncertainty_type": "10CI"}, "an interval of 10 %"),
        (
            {"sd": "", "low": "50", "high": "71", "uncertainty_type": "95CI"},
            "interval [50, 71] excludes the value 45.5",
        ),
        ({"sd": "", "p": "5"}, "p: '5' is no probability between 0 and 1"),
        ({"sd": "", "p": "small"}, "p: 'small' is not a number"),
        ({"sd": "", "p": "> 0.05"}, "a number is judged against its error"),
        ({"sd": "", "p": "n.s."}, "a number is judged against its error"),
        ({"sd": "", "effect_type": "absolute", "p": "0.01"}, "a number is judged against its error"),  # P of what?
        ({"sd": "", "arms": "145 ± 10 vs 100 ± 9"}, "arms: say in uncertainty_type whether the errors"),
        ({"sd": "", "arms": "145 ± 10 vs 100 ± 9", "uncertainty_type": "SD"}, "without how many they are"),
        ({"sd": "", "arms": "100 ± 9 vs 145 ± 10", "uncertainty_type": "SE"}, "give -31.03, but value is 45.5"),
        ({"sd": "", "arms": "145", "uncertainty_type": "SE"}, "is not two arms"),
        ({"sd": "", "arms": "145 vs 100", "uncertainty_type": "SE"}, "needs an error above 0 in both arms"),
    ],
)
def test_what_contradicts_itself_or_is_not_enough_is_refused(tmp_path, change, said):
    with pytest.raises(NicheError) as error:
        read(tmp_path, **change)
    assert said in str(error.value)
    assert str(error.value).startswith("mine.csv, row 'EX01' (record 2)")


def test_what_agrees_within_rounding_is_no_contradiction(tmp_path):
    assert read(tmp_path, sd="13", low="20", high="71", uncertainty_type="95CI").sd == 13
    assert read(tmp_path, sd="12", low="20", high="71", uncertainty_type="95CI", n="8 vs 8").sd == 12
    assert read(tmp_path, sd="15", p="0.004", n="8 vs 8").sd == 15  # P may come from another test
    assert read(tmp_path, sd="2", p="<0.05", n="8 vs 8").sd == 2  # "P <" is a bound from above
    wide = read(tmp_path, **FOLD, sd="3.5", meant="sd")
    assert wide.sd == 3.5


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (FOLD | {"value": "1.287", "arms": "1618 ± 334 vs 1257 ± 414", "uncertainty_type": "SE"}, 0.389),  # row JO10
        (FOLD | {"value": "0.54", "arms": "679 ± 273 vs 1257 ± 414", "uncertainty_type": "SE"}, 0.519),  # row JO11
        (FOLD | {"value": "0.463", "arms": "748 ± 147 vs 1618 ± 334", "uncertainty_type": "SE"}, 0.285),  # row JO12
        (FOLD | {"value": "0.655", "arms": "1.652 ± 0.430 vs 2.521 ± 0.271", "uncertainty_type": "SE"}, 0.281),  # CN03
    ],
)
def test_both_arms_give_the_errors_that_this_review_had_by_hand(tmp_path, change, error):
    assert read(tmp_path, **change | {"sd": ""}).sd == pytest.approx(error, abs=1e-3)


@pytest.mark.parametrize("kind", ["log", "percent", "fold", "log2", "difference"])
def test_the_delta_method_of_two_arms_agrees_with_a_simulation(tmp_path, kind):
    rng = np.random.default_rng(3)
    a, b, sa, sb, na, nb = 150.0, 100.0, 20.0, 15.0, 12, 9
    tops = rng.normal(a, sa, (200_000, na)).mean(axis=1)
    bottoms = rng.normal(b, sb, (200_000, nb)).mean(axis=1)
    arms = {"arms": "150 ± 20 (n=12) vs 100 ± 15 (n=9)", "uncertainty_type": "SD", "sd": ""}
    change, drawn = {
        "log": (FOLD | {"value": "1.5"}, np.log(tops / bottoms)),
        "percent": ({"value": "50"}, 100 * (tops / bottoms - 1)),
        "fold": (FOLD | {"value": "1.5", "scale": "linear"}, tops / bottoms),
        "log2": (FOLD | {"value": "0.585", "unit": "log2 fold", "scale": "linear"}, np.log2(tops / bottoms)),
        "difference": ({"effect_type": "absolute", "value": "50", "unit": "pM"}, tops - bottoms),
    }[kind]
    assert read(tmp_path, **change | arms).sd == pytest.approx(drawn.std(), rel=0.015)


def test_one_sd_for_two_arms_is_the_delta_method_of_a_ratio_of_equal_relative_spread(tmp_path):
    rng, spread = np.random.default_rng(4), 0.08
    control = rng.normal(100, 100 * spread, (200_000, 8)).mean(axis=1)
    treated = rng.normal(145.5, 145.5 * spread, (200_000, 9)).mean(axis=1)
    simulated = (100 * (treated / control - 1)).std()
    row = read(tmp_path, sd=f"{145.5 * spread:g}", uncertainty_type="SD", n="9 vs 8")
    assert row.sd == pytest.approx(simulated, rel=0.01)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("8", (8,)),
        ("n = 8", (8,)),
        ("8 vs 9", (8, 9)),
        ("8/9", (8, 9)),
        ("8 sham, 9 sarcoma", (8, 9)),
        ("16 per group", (16, 16)),
        ("8 per group (32 in 4 groups)", (8, 8)),
        ("32 in 4 arms", (8, 8)),
        ("39 total, 3 groups", (13, 13)),
        ("1,026 vs 1,020", (1026, 1020)),
        ("5723 (three trials; n from memory)", (5723,)),
        ("3-5", ()),
        (">=9", ()),
        ("up to 6999", ()),
        ("157 of 211", ()),
        ("16 studies", ()),
        ("1", ()),
        ("32 in 0 arms", ()),
        ("8 " + "a" * 50_000, ()),
    ],
)
def test_how_many_are_in_an_arm_is_read_only_where_it_is_said(text, sizes):
    assert arm_sizes(text) == sizes


def test_kinds_of_uncertainty_and_p_are_read_as_people_write_them():
    for text in ("SE", "sem", "S.E.M.", "standard error of the mean"):
        assert uncertainty(text) == ("SE", None)
    for text in ("95CI", "95% CI", "95 % confidence interval", "CI", "CI (95 %)", "95% CrI"):
        assert uncertainty(text) == ("CI", 95)
    assert uncertainty("99.9% CI") == ("CI", 99.9)
    for text in ("P<0.05", "p < .05", "<0.05", "2p≤0.05", "P-value < 0.05"):
        found = probability(text, ".")
        assert found is not None
        assert (found.sign, found.p) == ("<", 0.05)


def printed_rows():
    """Rows of params/ with a number and an error, and their cells."""
    found = read_evidence()
    for file in sorted((root() / "evidence").glob("*.csv")):
        for _, cells in read_cells(file, ROW_COLUMNS, NEEDED).records:
            row = found[cells["id"]]
            if row.numeric and row.effect_type not in WORDS:
                yield row, cells


def test_a_row_of_params_is_judged_by_the_sd_of_its_cell(tmp_path):
    rows = list(printed_rows())
    assert len(rows) > 250
    for row, cells in rows:
        assert (row.value, row.sd, row.scale) == (float(cells["value"]), float(cells["sd"]), cells["scale"])
        assert row.sd_basis == cells["sd_basis"]


def test_no_row_of_params_is_judged_by_an_error_that_its_own_columns_contradict():
    found = {}
    for row, cells in printed_rows():
        try:
            spelled = spelling(row.effect_type, row.unit, row.value)
        except NicheError:
            continue  # an effect in a unit of its own, which no plan reads
        given, printed = {"value": row.text, "sd": cells["sd"]}, {k: v for k, v in cells.items() if k != "sd"}
        one, other = (Effect(row.value, row.scale, c, spelled, PrintedValue(row.value), ".") for c in (given, printed))
        (judged,) = every_error(one)
        try:
            told = [contradiction(judged, error) for error in every_error(other)]
        except NicheError as error:
            told = [f" but {error}"]
        found |= dict.fromkeys([row.id] * any(told), "; ".join(filter(None, told)))
    assert not found
