"""A row is judged in the unit in which its plan reads the model, or refused with all three that disagree."""

import math

import pytest
from tables import read

from niche.analysis import predictions as own_rows
from niche.errors import NicheError
from niche.evidence.compared import compared
from niche.evidence.conversions import converted
from niche.evidence.plans import plans
from niche.evidence.rows import read_evidence
from niche.model.observables import OBSERVABLES

FOLD = {"effect_type": "fold_change", "unit": "fold", "value": "2.4", "scale": "log", "sd": "0.15"}
AMOUNT = {"effect_type": "absolute", "scale": "linear"}


@pytest.mark.parametrize(
    ("change", "compare", "value", "error", "scale", "said"),
    [
        ({}, "percent", 45.5, 12, "linear", ""),
        (
            {"value": "0.455", "unit": "fraction", "sd": "0.12"},
            "percent",
            45.5,
            12,
            "linear",
            "0.455 fraction is 45.5 %",
        ),
        ({"value": "145.5", "unit": "% of control"}, "percent", 45.5, 12, "linear", "145.5 % of control is 45.5 %"),
        ({"value": "35.7", "unit": "% decrease"}, "percent", -35.7, 12, "linear", "35.7 % decrease is -35.7 %"),
        ({"unit": "% (up to)"}, "percent", 45.5, 12, "linear", ""),
        (
            {"scale": "log", "sd": "0.1"},
            "percent",
            45.5,
            14.55,
            "linear",
            "0.1 on the log scale of 1.455-fold is 14.6 points",
        ),
        (FOLD, "fold", 2.4, 0.15, "log", ""),
        (FOLD | {"unit": "x"}, "fold of start", 2.4, 0.15, "log", ""),
        (
            FOLD | {"value": "45.5", "unit": "% of control", "sd": "0.1"},
            "fold",
            0.455,
            0.1,
            "log",
            "45.5 % of control is 0.455 fold",
        ),
        (
            FOLD | {"value": "45.5", "unit": "% of vehicle", "sd": "12", "scale": "linear"},
            "fold",
            0.455,
            0.12,
            "linear",
            "its error 12 is 0.12 fold",
        ),
        (
            FOLD | {"value": "0.53", "unit": "log2 fold", "sd": "0.1", "scale": "linear"},
            "fold",
            2**0.53,
            0.1 * math.log(2),
            "log",
            "0.53 log2 fold is 1.444 fold; its error 0.1 is 0.0693 on the log scale",
        ),
        (
            FOLD | {"value": "-1", "unit": "log2FC", "sd": "0.1", "scale": "linear"},
            "fold",
            0.5,
            0.1 * math.log(2),
            "log",
            "0.5 fold",
        ),
        (FOLD | {"value": "0.5", "unit": "ln(fold)", "sd": "0.1"}, "fold", math.exp(0.5), 0.1, "log", "1.649 fold"),
        (
            FOLD | {"value": "1", "unit": "log10 ratio", "sd": "0.1", "scale": "linear"},
            "fold",
            10,
            0.1 * math.log(10),
            "log",
            "10 fold",
        ),
        (
            AMOUNT | {"unit": "% of day 0", "value": "126.5", "sd": "15.1"},
            "percent of start",
            126.5,
            15.1,
            "linear",
            "",
        ),
        (
            AMOUNT | {"unit": "fraction of baseline", "value": "1.265", "sd": "0.15"},
            "percent of start",
            126.5,
            15,
            "linear",
            "126.5 %",
        ),
        (AMOUNT | {"unit": "per day", "value": "0.355", "sd": "0.03"}, "slope", 0.355, 0.03, "linear", ""),
        (
            AMOUNT | {"unit": "% per day", "value": "35.5", "sd": "3"},
            "slope",
            0.355,
            0.03,
            "linear",
            "35.5 % per day is 0.355 1/day",
        ),
        (AMOUNT | {"unit": "1/week", "value": "7", "sd": "0.7"}, "slope", 1, 0.1, "linear", "7 1/week is 1 1/day"),
        (AMOUNT | {"unit": "nM", "value": "1", "sd": "0.2"}, "value pM", 1000, 200, "linear", "1 nM is 1000 pM"),
        (AMOUNT | {"unit": "lesions/mouse", "value": "6.9", "sd": "1.7"}, "value lesions", 6.9, 1.7, "linear", ""),
        (FOLD, "value 1", 2.4, 0.15, "log", ""),
        (
            {"effect_type": "hazard_ratio", "unit": "HR", "value": "0.5", "sd": "0.1", "scale": "linear"},
            "events fold",
            0.5,
            0.2,
            "log",
            "0.1 / 0.5 = 0.2",
        ),
        (
            {"effect_type": "hazard_ratio", "unit": "log HR", "value": "-0.5", "sd": "0.1", "scale": "linear"},
            "events fold",
            math.exp(-0.5),
            0.1,
            "log",
            "is 0.6065 HR",
        ),
    ],
)
def test_sure_conversions_are_made_and_said(tmp_path, change, compare, value, error, scale, said):
    how, _, unit = compare.partition(" ") if compare.startswith("value") else (compare, "", "")
    events = how.startswith("events ")
    found = converted(read(tmp_path, **change), how.removeprefix("events "), unit=unit, events=events)
    assert (found.value, found.error, found.scale) == (pytest.approx(value), pytest.approx(error), scale)
    assert said in found.done
    assert bool(said) == bool(found.done)


@pytest.mark.parametrize(
    ("change", "compare", "said"),
    [
        ({"value": "2.2"}, "fold", ("'percent_change'", "'%'", "'fold'", "2.2 % is 1.022 fold", "compare: percent")),
        (FOLD, "percent", ("'fold_change'", "'fold'", "'percent'", "2.4 fold is 140 %", "compare: fold")),
        (FOLD | {"value": "0.53", "unit": "log2 fold", "scale": "linear"}, "percent", ("is 44.39 %",)),
        (FOLD, "percent of start", ("2.4 fold is 240 % of start",)),
        (FOLD, "slope", ("nothing is sure enough to convert 2.4 fold",)),
        (FOLD, "value pM", ("'value'", "nothing is sure enough")),
        (
            {"effect_type": "hazard_ratio", "unit": "HR", "value": "0.83", "scale": "log", "sd": "0.1"},
            "percent",
            ("0.83 HR is -17 %", "Only rows of trials"),
        ),
        (
            {"effect_type": "hazard_ratio", "unit": "HR", "value": "0.83", "scale": "log", "sd": "0.1"},
            "fold",
            ("'hazard_ratio'", "'HR'", "how often events happen"),
        ),
        (FOLD | {"unit": "OR"}, "fold", ("'OR'", "how often events happen")),
        (AMOUNT | {"unit": "% of day 0"}, "percent", ("45.5 % of day 0 is -54.5 %", "compare: percent of start")),
        (AMOUNT | {"unit": "%"}, "percent of start", ("'absolute'", "'%'", "'percent of start'")),
        (AMOUNT | {"unit": "ng/mL"}, "value pM", ("'absolute'", "'ng/mL'", "compare: value", "pM")),
        (AMOUNT | {"unit": "bananas"}, "value 1", ("'bananas'", "relative to rest")),
        (AMOUNT | {"unit": "nM"}, "slope", ("'nM'", "compare: slope", "1/day")),
    ],
)
def test_effect_unit_and_comparison_that_disagree_are_refused_with_the_other_number(tmp_path, change, compare, said):
    compare, _, unit = compare.partition(" ") if compare.startswith("value") else (compare, "", "")
    with pytest.raises(NicheError) as error:
        converted(read(tmp_path, **change), compare, unit=unit)
    assert str(error.value).startswith("mine.csv, row 'EX01'")
    for part in said:
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unit": "bananas"}, "unknown unit of effect type 'percent_change' 'bananas'. Allowed: %"),
        ({"unit": "percnt"}, "did you mean 'percent'"),
        ({"unit": "% (log2)"}, "unknown unit"),
        (
            {"unit": "fold", "value": "1.455"},
            "1.455 fold is +45.5 %; write effect_type 'fold_change', value 1.455, unit 'fold'",
        ),
        (
            {"effect_type": "fold_change"},
            "If 45.5 % is a change (1.455-fold), write effect_type 'percent_change', value 45.5",
        ),
        (
            {"effect_type": "fold_change"},
            "if it is a share of the control (0.455-fold), write effect_type 'fold_change'",
        ),
        ({"effect_type": "hazard_ratio"}, "effect_type 'hazard_ratio' and unit '%' do not agree"),
        (FOLD | {"unit": "HR"}, "write effect_type 'hazard_ratio', value 2.4, unit 'HR'"),
        (FOLD | {"unit": "log fold"}, "'log fold' does not say which logarithm"),
        (FOLD | {"unit": "log2 fold"}, "write scale 'linear' for an error in the same unit"),
        (FOLD | {"unit": "fold lower than control"}, "2.4 'fold lower than control' is 0.4167-fold"),
        (FOLD | {"value": "-2.5"}, "a ratio of two amounts is not below 0; a fall to 1/2.5 is 0.4"),
        (FOLD | {"value": "0"}, "0 fold has no logarithm"),
        (FOLD | {"value": "5000", "unit": "log2 fold", "scale": "linear"}, "is beyond all numbers"),
        ({"value": "-150"}, "value: -150 % is a fall of more than 100 %"),
        ({"value": "-20", "unit": "% of control"}, "a fall of more than 100 %"),
        ({"value": "-35", "unit": "% decrease"}, "says twice that it is less"),
        ({"value": "-100", "scale": "log", "sd": "0.1"}, "-100 % has no logarithm"),
    ],
)
def test_units_that_are_nonsense_or_of_another_effect_are_refused_at_the_door(tmp_path, change, said):
    with pytest.raises(NicheError) as error:
        read(tmp_path, **change)
    assert said in str(error.value)
    assert str(error.value).startswith("mine.csv, row 'EX01' (record 2)")


def planned():
    """Each row of params/ that is judged as a number, with its plan."""
    for name, how in plans().items():
        row = read_evidence()[name]
        if how.readings and row.numeric and not (how.cannot or how.direction or how.observed):
            yield row, how


def test_every_planned_row_of_params_agrees_with_its_plan_and_is_judged_as_it_stands():
    rows = list(planned())
    assert len(rows) > 120
    for row, how in rows:
        read = how.readings[0]
        unit = OBSERVABLES[read.observable].unit if read.observable in OBSERVABLES else ""
        found = converted(row, read.compare.name, unit=unit, events=how.experiment is None)
        assert found == (row.value, row.sd, row.scale, row.unit, ""), row.id
        assert compared(row, how)[:4] == (row.value, row.sd, row.scale, row.unit)


def test_two_percent_is_not_judged_as_two_fold(tmp_path):
    plan = tmp_path / "mine.yaml"
    plan.write_text(
        """
experiments:
  isoprenaline in the mouse:
    host: {system: mouse, strain: C57BL/6J}
    days: 14
    arms: {control: [], treated: [{infuse: [isoprenaline, 5 mg/kg/day]}]}
rows:
  EX01: {experiment: isoprenaline in the mouse, observable: Oc.N/BS, compare: fold,
         treated: treated, control: control, day: 14}
"""
    )
    row = read(tmp_path, value="2.2", sd="0.5")
    assert row.value == 2.2
    with pytest.raises(NicheError, match=r"'percent_change', unit '%' and compare 'fold'.*2.2 % is 1.022 fold"):
        own_rows.predict_rows(evidence=tmp_path / "mine.csv", experiment=plan, draws=3)
    read(tmp_path, effect_type="fold_change", value="0.53", unit="log2 fold", sd="0.1")
    (found,) = own_rows.predict_rows(evidence=tmp_path / "mine.csv", experiment=plan, draws=3)
    assert (found.result.value, found.result.scale) == (pytest.approx(2**0.53), "log")
    assert "0.53 log2 fold is 1.444 fold" in own_rows.predictions_text(found)
    read(tmp_path, effect_type="hazard_ratio", value="0.83", unit="HR", scale="log", sd="0.1")
    with pytest.raises(NicheError, match="compares how often events happen; compare: fold of an experiment reads"):
        own_rows.predict_rows(evidence=tmp_path / "mine.csv", experiment=plan, draws=3)
