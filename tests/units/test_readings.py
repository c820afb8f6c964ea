"""What is read of an experiment and what is asked of it, against numbers taken by hand."""

import numpy as np
import pytest

import niche
from niche.errors import NicheError
from niche.evidence.comparisons import COMPARE
from niche.evidence.laboratory import Laboratory
from niche.evidence.readings import Reading, read_reading
from niche.evidence.row_plan import Experiment
from niche.experiment.protocol import Protocol

ARMS = {
    "control": Protocol(14),
    "agonist": Protocol(14).infuse("isoprenaline", "25 mg/kg/day"),
    "knock-out": Protocol(14).genotype("Adrb2-/-"),
    "both": Protocol(14).genotype("Adrb2-/-").infuse("isoprenaline", "25 mg/kg/day"),
}
PLAIN = {"observable": "Oc.N/BS", "treated": "agonist", "control": "control", "day": 14}


def reading(**change) -> Reading:
    return read_reading({**PLAIN, **change}, ARMS, "row X")


@pytest.fixture(scope="module")
def measured():
    """A laboratory whose rows are read here, and the same arms simulated by hand."""
    hosts = niche.hosts("mouse", draws=5, seed=4, posterior="prior")
    by_hand = {name: niche.simulate(hosts, protocol)["Oc.N/BS"].values for name, protocol in ARMS.items()}
    from niche.evidence.row_plan import RowPlan

    experiment = Experiment("X", {"system": "mouse"}, {}, ARMS, "")
    asked = (
        reading(),
        reading(compare="percent from day 3"),
        reading(treated="knock-out", against=["both", "control"]),
    )
    plans = {"X": RowPlan("X", "", experiment, asked, None, "", "")}
    lab = Laboratory(5, 4, "prior", plans=plans)
    return (lambda **change: lab.read(experiment, reading(**change))), by_hand


def test_a_ratio_of_ratios_is_that_of_the_four_arms(measured):
    look, arm = measured
    inside = (arm["both"] / arm["knock-out"])[:, -1]
    outside = (arm["agonist"] / arm["control"])[:, -1]
    found = look(treated="both", control="knock-out", against=["agonist", "control"])
    assert np.allclose(found, inside / outside, rtol=1e-6)
    percent = look(treated="both", control="knock-out", against=["agonist", "control"], compare="percent")
    assert np.allclose(percent, 100 * (inside / outside - 1), atol=1e-4)
    assert np.allclose(look(against=["agonist", "control"]), 1.0)  # an effect against itself: no interaction


def test_a_change_since_a_day_is_read_in_one_arm(measured):
    look, arm = measured
    found = look(compare="percent from day 3", control=None)
    assert np.allclose(found, 100 * (arm["agonist"][:, 14] / arm["agonist"][:, 3] - 1), atol=1e-4)
    assert np.allclose(look(compare="fold of day 3"), arm["agonist"][:, 14] / arm["agonist"][:, 3], rtol=1e-6)
    assert np.allclose(look(compare="percent from day 0"), look(compare="percent of start") - 100)


@pytest.mark.parametrize(
    ("change", "effects", "expected"),
    [
        ({"sign": "increase"}, [0.9, 1.1], [0, 1]),
        ({"sign": "decrease"}, [0.9, 1.1], [1, 0]),
        ({"sign": "none"}, [0.89, 0.91, 1.09, 1.11], [0, 1, 1, 0]),
        ({"sign": "increase", "compare": "percent"}, [-0.5, 0.5], [0, 1]),
        ({"sign": "none", "compare": "percent"}, [-11, -9, 9, 11], [0, 1, 1, 0]),
        ({"sign": "decrease", "compare": "percent of start"}, [99, 101], [1, 0]),
        ({"sign": "none", "compare": "percent of start"}, [89, 91], [0, 1]),
        ({"sign": "increase", "compare": "percent from day 3"}, [-1, 1], [0, 1]),
        ({"sign": "increase", "compare": "fold of day 3"}, [0.5, 2], [0, 1]),
        ({"sign": "increase", "compare": "value"}, [0.5, 2], [0, 1]),
        ({"sign": "decrease", "compare": "slope", "day": [1, 9]}, [-0.1, 0.1], [1, 0]),
        ({"sign": "decrease", "against": ["both", "control"]}, [0.9, 1.1], [1, 0]),
        ({"within": [2, 10]}, [1.9, 2, 10, 10.1], [0, 1, 1, 0]),
        ({"within": [None, 3]}, [-5, 3, 4], [1, 1, 0]),
        ({"within": [0.2, None], "compare": "value"}, [0.1, 9], [0, 1]),
    ],
)
def test_what_holds(change, effects, expected):
    found = reading(**change).holds(np.array([*effects, np.nan]))
    assert list(found[:-1]) == expected
    assert np.isnan(found[-1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"observable": "Oc.N/B"}, "did you mean 'Oc.N/BS'"),
        ({"against": ["both", "controls"]}, "did you mean 'control'"),
        ({"against": "both"}, r"against: expected two arms, \[treated, control\], got 'both'"),
        ({"against": ["both", "control"], "compare": "fold of start"}, "divides one percent or fold by another"),
        ({"within": [3, 2]}, "holds nothing"),
        ({"within": [None, None]}, "one may be null"),
        ({"within": [1, "2"]}, "within, item 2: expected a finite number, got '2'"),
        ({"within": [1, 2], "sign": "increase"}, "not for both"),
        ({"sign": "rise"}, "Allowed: decrease, increase, none"),
        ({"sign": "increase", "compare": "value", "observable": "RANKL"}, "a value in pM has no sign"),
        ({"sign": "none", "compare": "slope"}, "a slope has no 'none'"),
        ({"compare": "fold of day 15"}, "day 15 is outside the experiment"),
        ({"compare": "percent from day"}, "did you mean 'percent from day N'"),
        ({"day": [9, 3]}, r"day is one day, or \[first, last\]"),
        ({"withn": [1, 2]}, "did you mean 'within'"),
        ({"treated": None}, "treated: expected a name, got nothing"),
    ],
)
def test_a_reading_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(NicheError, match=message) as error:
        reading(**change)
    assert str(error.value).startswith("row X")


@pytest.mark.parametrize("name", list(COMPARE))
def test_a_comparison_and_its_inverse(name):
    """What comes out of no effect, of twice the control, and back from an effect to the ratio."""
    compare, control = COMPARE[name], np.array([2.0, 8.0])
    if not compare.relative:
        assert np.array_equal(compare.of(control), control)
        assert compare.no_effect is compare.no_effect_on("log") is None
        assert np.array_equal(compare.log_ratio(control), control)
        return
    assert np.array_equal(compare.of(control, control), np.full(2, compare.no_effect))
    assert np.array_equal(compare.of(2 * control, control) - compare.no_effect, np.full(2, compare.scale))
    effect = compare.of(np.array([1.0, 6.0]), control)
    assert np.allclose(compare.ratio(effect), [0.5, 0.75])
    assert np.allclose(np.exp(compare.log_ratio(effect)), [0.5, 0.75])
    assert np.isinf(compare.log_ratio(compare.of(np.zeros(2), control))).all()
    assert compare.no_effect_on("log") == (None if compare.no_effect == 0 else np.log(compare.no_effect))
