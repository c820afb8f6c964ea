"""Numbers: nothing without unit, source, kind and range loads, and a prior is the distribution that it says."""

import math
import re

import numpy as np
import pytest
from scipy import stats

from niche import units
from niche.errors import NicheError
from niche.params.files import Entry
from niche.params.layers import read_registry
from niche.params.records import KINDS, Parameter, read_entries, read_folder, read_yaml
from niche.params.schema import parse

GOOD = {"value": 2, "unit": "1/day", "kind": "measured", "range": [1, 4], "source": "doi:10.1/x"}
EXPECTED = {"growth": "1/day", "mass": "kg", "kill": "kg/(mg day)"}


def read(entry, name="growth", source=""):
    block = parse(dict[str, Entry], {name: entry}, "model/tumour.yaml")
    return read_entries(block, "model", "model/tumour.yaml", source, EXPECTED)[name]


def entry(**changes):
    made = {**GOOD, **changes}
    return {key: value for key, value in made.items() if value is not ...}


def test_a_good_entry_is_read_and_converted():
    found = read(entry(unit="1/h", prior="normal(2, 0.5)"))
    assert (found.value, found.range, found.prior) == (48, (24, 96), ("normal", 48, 12))
    assert (found.unit, found.kind, found.source, found.key) == ("1/day", "measured", "doi:10.1/x", "model:growth")
    assert read(entry(unit="1/h", prior="lognormal(2, 0.5)")).prior == ("lognormal", 48, 0.5)  # sd of log: no unit
    assert read(entry(unit="1/h", prior="uniform(1, 3)")).prior == ("uniform", 24, 72)
    assert read(entry(value=25, unit="g", range=[15, 45]), "mass").value == pytest.approx(0.025)


def test_a_half_normal_prior_is_a_normal_one_cut_at_0():
    found = read(entry(unit="1/h", range=[0, 40], prior="halfnormal(2)"))
    assert found.prior == ("normal", 0, 48)
    assert found.sample(np.array([0.0, 0.5])) == pytest.approx([0, 48 * stats.halfnorm.ppf(0.5)])


def test_the_source_of_the_file_stands_for_entries_without_one():
    assert read(entry(source=...), source="Pivonka 2008").source == "Pivonka 2008"
    assert read(entry(), source="Pivonka 2008").source == "doi:10.1/x"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": ...}, "growth: lacks 'unit'"),
        ({"unit": 1}, "unit: expected text that is not empty, got 1"),
        ({"unit": "kg"}, r"unit 'kg' is mass, expected something like '1/day' \(time\^-1\)"),
        ({"unit": "dayz"}, "unknown unit symbol .* did you mean 'day"),
        ({"unit": ""}, "unit: expected text that is not empty, got ''"),
        ({"source": ...}, "needs a source"),
        ({"source": ""}, "needs a source"),
        ({"source": "  "}, "needs a source"),
        ({"kind": ...}, "lacks 'kind': one of measured, derived, fitted, assumed"),
        ({"kind": "guessed"}, "unknown kind 'guessed'.* Allowed: assumed, derived, fitted, measured"),
        ({"kind": "mesured"}, "did you mean 'measured'"),
        ({"sorce": "me"}, "unknown key 'sorce'; did you mean 'source'"),
        ({"value": ...}, "lacks 'value': a finite number"),
        ({"value": "2"}, "value: expected a finite number, got '2'; write it without quotes"),
        ({"value": math.nan}, "value: expected a finite number, got nan"),
        ({"value": math.inf}, "value: expected a finite number, got inf"),
        ({"value": 10**400}, "value: expected a finite number"),
        ({"value": True}, "value: expected a finite number, got True"),
        ({"value": [2]}, "value: expected a finite number"),
        ({"value": 5}, r"range: \[1, 4\] excludes the value 5 1/day"),
        ({"value": 0.5}, "excludes the value"),
        ({"range": ...}, "lacks 'range'"),
        ({"range": [1]}, r"range: expected a list of 2: .*, got \[1\]"),
        ({"range": [4, 1]}, "excludes the value"),
        ({"range": [1, "4"]}, "range, item 2: expected a finite number, got '4'"),
        ({"range": [1, math.inf]}, "range, item 2: expected a finite number"),
        ({"range": [1, math.nan]}, "range, item 2: expected a finite number"),
        ({"prior": "gamma(2, 1)"}, "prior: expected normal"),
        ({"prior": "normal(2)"}, "prior: expected normal"),
        ({"prior": "normal(2, 1) or so"}, "prior: expected normal"),
        ({"prior": "normal(2..1, 1)"}, r"prior: expected two numbers, as in normal\(1, 0.5\)"),
        ({"prior": "normal(e, 1)"}, "prior: expected two numbers"),
        ({"prior": "normal(2, 1e999)"}, "prior: expected two numbers"),
        ({"prior": "normal(nan, 1)"}, "prior: expected normal"),
        ({"prior": 2}, "prior: expected normal"),
        ({"prior": "normal(2, 0)"}, "is not a distribution"),
        ({"prior": "normal(2, -1)"}, "is not a distribution"),
        ({"prior": "lognormal(0, 1)"}, "is not a distribution"),
        ({"prior": "lognormal(-2, 1)"}, "is not a distribution"),
        ({"prior": "uniform(3, 1)"}, "is not a distribution"),
        ({"prior": "halfnormal(1, 2)"}, "prior: expected normal"),
        ({"prior": "halfnormal(0)"}, "is not a distribution"),
        ({"prior": "halfnormal(2)"}, "begins at 0, so the range does too; got 1 1/day"),
        ({"prior": "uniform(5, 6)"}, r"lies outside the range \[1, 4\]"),
        ({"prior": "normal(50, 1)"}, "lies outside the range"),
        ({"prior": "lognormal(1000, 0.5)"}, "lies outside the range"),
    ],
)
def test_a_bad_entry_names_file_key_and_what_was_expected(changes, said):
    with pytest.raises(NicheError) as error:
        read(entry(**changes))
    assert "model/tumour.yaml" in str(error.value)
    assert "growth" in str(error.value)
    assert re.search(said, str(error.value)), str(error.value)


@pytest.mark.parametrize("what", [None, 2, "2 1/day", [2]])
def test_a_number_alone_is_no_entry(what):
    with pytest.raises(
        NicheError, match=r"model/tumour.yaml, growth: expected a mapping with value, unit, kind, range, got"
    ):
        read(what)


def test_an_unknown_parameter_names_the_nearest():
    with pytest.raises(NicheError, match=r"model/tumour\.yaml: unknown parameter 'grwoth'; did you mean 'growth'"):
        read(entry(), "grwoth")


def test_a_rate_per_dose_is_not_a_dose_rate():
    assert read(entry(unit="kg/(mg day)"), "kill").value == 2
    with pytest.raises(NicheError, match="expected something like"):
        read(entry(unit="mg/(kg day)"), "kill")


def yaml_of(tmp_path, text):
    path = tmp_path / "some.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("1.0e-3", 1e-3),
        ("1E5", 1e5),
        ("-2", -2),
        ("+3", 3),
        ("0", 0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1.5", 1.5),
        ("010", "010"),
        ("0x10", "0x10"),
        ("0b11", "0b11"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("1e", "1e"),
        ("'7'", "7"),
    ],
)
def test_yaml_reads_decimal_numbers_and_nothing_else_as_a_number(tmp_path, text, value):
    """YAML 1.1 would read 010 as 8, 1:30 as 90 and 1e-3 as text."""
    found = read_yaml(yaml_of(tmp_path, f"value: {text}"))["value"]
    assert found == value
    assert type(found) is type(value)


def test_yaml_keeps_what_is_not_a_number_to_be_refused_later(tmp_path):
    found = read_yaml(yaml_of(tmp_path, "a: .nan\nb: .inf\nc: -.inf"))
    assert math.isnan(found["a"])
    assert (found["b"], found["c"]) == (math.inf, -math.inf)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", r"line 3: a is given twice"),
        ("p:\n  x: {value: 1, unit: kg, value: 2}", r"line 2: value is given twice"),
        ("a: [1, 2", "some.yaml"),
        ("", "expected a mapping"),
        ("- 1\n- 2", "expected a mapping"),
        ("just text", "expected a mapping"),
        (b"a: \xff\xfe", "some.yaml"),
        ("a: !!python/object:os.system {}", "some.yaml"),
        ("a: *nothing", "some.yaml"),
    ],
)
def test_unreadable_yaml_names_the_file(tmp_path, text, said):
    with pytest.raises(NicheError, match=said) as error:
        read_yaml(yaml_of(tmp_path, text))
    assert "some.yaml" in str(error.value)


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path):
    with pytest.raises(NicheError, match=r"none.yaml is missing"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(NicheError, match="holds no YAML files"):
        read_folder(tmp_path)


SHIPPED = read_registry().entries()


@pytest.mark.parametrize("key", sorted(SHIPPED))
def test_every_shipped_number_has_unit_source_kind_and_a_range_that_fits(key):
    found = SHIPPED[key]
    units.read_unit(found.unit)
    assert found.kind in KINDS
    assert found.source.strip()
    assert found.range[0] <= found.value <= found.range[1]
    if found.prior:
        draws = found.sample((np.arange(1000) + 0.5) / 1000)
        assert (found.range[0] <= draws).all()
        assert (draws <= found.range[1]).all()


def parameter(prior, low, high):
    return Parameter("model", "x", (low + high) / 2, "1", "assumed", "here", (low, high), prior, "", "a.yaml")


PRIORS = {
    "normal": (("normal", 1.0, 2.0), -10, 10, stats.truncnorm((-10 - 1) / 2, (10 - 1) / 2, 1, 2)),
    "normal, cut": (("normal", 1.0, 2.0), 0, 2, stats.truncnorm(-0.5, 0.5, 1, 2)),
    "normal, cut on one side": (("normal", 0.0, 1.0), 1, 10, stats.truncnorm(1, 10)),
    "lognormal": (("lognormal", 3.0, 0.5), 0, 1e6, stats.lognorm(0.5, scale=3)),
    "uniform": (("uniform", 0.2, 1.0), 0, 2, stats.uniform(0.2, 0.8)),
    "uniform, cut": (("uniform", 0.2, 1.0), 0.5, 2, stats.uniform(0.5, 0.5)),
}


@pytest.mark.parametrize("name", PRIORS)
def test_samples_follow_the_stated_distribution_and_stay_inside(name):
    prior, low, high, truth = PRIORS[name]
    found = parameter(prior, low, high).sample(np.random.default_rng(1).random(20_000))
    assert low <= found.min()
    assert found.max() <= high
    assert stats.kstest(found, truth.cdf).pvalue > 0.01


def test_samples_of_a_cut_lognormal_are_the_cut_normal_of_the_log():
    found = parameter(("lognormal", 3.0, 0.5), 2, 4).sample(np.random.default_rng(2).random(20_000))
    log = stats.truncnorm(np.log(2 / 3) / 0.5, np.log(4 / 3) / 0.5, np.log(3), 0.5)
    assert stats.kstest(np.log(found), log.cdf).pvalue > 0.01


@pytest.mark.parametrize("prior", [("normal", 0.0, 1.0), ("lognormal", 3.0, 0.01)])
def test_quantiles_0_and_1_are_finite_however_far_the_bounds(prior):
    found = parameter(prior, -1000 if prior[0] == "normal" else 0, 1000).sample(np.array([0.0, 1.0]))
    assert np.isfinite(found).all()
    assert found[0] < found[1] <= 1000


def test_a_fixed_number_stays_what_it_is():
    np.testing.assert_array_equal(parameter(None, 0, 2).sample(np.linspace(0, 1, 5)), np.ones(5))
