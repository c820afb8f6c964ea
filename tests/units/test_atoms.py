"""Atoms: each effect and error is what a hand or a statistics library gets from the same print; else it is refused."""

import copy
import math

import msgspec
import numpy as np
import pytest
from scipy import stats
from scipy.stats.contingency import relative_risk
from statsmodels.stats.contingency_tables import Table2x2

from niche.atoms import build
from niche.atoms.assays import Variation, variation, variations
from niche.atoms.build import atoms, atoms_of, experiments_of
from niche.atoms.check import rehearse_paper
from niche.atoms.predicted import floors, predicted
from niche.atoms.records import BASES, COSTS, PRINTED, READ
from niche.atoms.table import TABLE, as_text, table_text
from niche.errors import NicheError
from niche.evidence.paper_records import ROB2, ROBINS, SYRCLE, AssayGroup, Cost, Paper, domains
from niche.evidence.papers import read_papers
from niche.evidence.plans import rehearse
from niche.params.records import root
from niche.params.schema import parse
from niche.params.yaml_files import Spot

Z = stats.norm.ppf(0.975)
CV = 0.4  # of any assay, in these tests
LEARNT = {
    ("", "animals"): Variation(CV, 5, "any assay"),
    ("bone volume", "animals"): Variation(0.25, 4, "assay"),
    ("family tumour", "animals"): Variation(0.8, 3, "family of assays"),
    ("events", "people"): Variation(0.11, 40, "assay"),
}
ONE = {"id": "XX01", "readout": "BV/TV", "family": "bone mass", "contrast": ["treated", "vehicle"], "kind": "number"}
ONE |= {"value": -30, "unit": "percent change", "day": 14, "where": "Table 1", "asked": "BV/TV"}
PAPER = {
    "title": "A title",
    "authors": ["A. One"],
    "year": 2011,
    "journal": "Bone",
    "laboratory": "One, Town",
    "read": "full text",
    "kind": "healthy rodent",
    "doi": "10.1000/1",
    "host": {"species": "mouse", "bone": "tibia"},
    "arms": {name: {"done": name} for name in ("vehicle", "treated", "ko", "ko treated", "high")},
    "simulated": {
        "main": {
            "host": {"system": "mouse"},
            "days": 28,
            "arms": {
                "vehicle": [],
                "treated": [{"infuse": ["isoprenaline", "5 mg/kg/day"]}],
                "ko": [{"genotype": ["Adrb2-/-"]}],
                "ko treated": [{"genotype": ["Adrb2-/-"]}, {"infuse": ["isoprenaline", "5 mg/kg/day"]}],
                "high": [{"infuse": ["isoprenaline", "50 mg/kg/day"]}],
            },
        }
    },
    "measurements": [ONE],
}


@pytest.fixture
def made(monkeypatch):
    """Atoms of a paper like the one above, with changes to the paper or to its one measurement."""

    def make(measured=(), learnt=LEARNT, **changed):
        one = ONE | dict(measured)
        content = copy.deepcopy(PAPER) | {"measurements": [{k: v for k, v in one.items() if v is not None}]} | changed
        paper = parse(Paper, content, "papers/one.yaml")
        monkeypatch.setattr(build, "read_papers", lambda: {"one": paper})
        monkeypatch.setattr(build, "variations", lambda: learnt)
        experiments_of.cache_clear()
        return atoms_of("one")

    yield make
    experiments_of.cache_clear()


# --- the effect: what was printed, as a logarithm


@pytest.mark.parametrize(
    ("measured", "effect"),
    [
        ({"value": -30, "unit": "percent change"}, math.log(0.7)),
        ({"value": 250, "unit": "percent difference"}, math.log(3.5)),
        ({"value": 40, "unit": "% of control"}, math.log(0.4)),
        ({"value": 81.54, "unit": "% of day 0"}, math.log(0.8154)),
        ({"value": 2.4, "unit": "fold"}, math.log(2.4)),
        ({"value": 0.7, "unit": "hazard ratio"}, math.log(0.7)),
        ({"value": 0.5, "unit": "log10 fold"}, math.log(10**0.5)),
        ({"value": -1, "unit": "log2 fold"}, math.log(0.5)),
        ({"value": 0.3, "unit": "log fold"}, 0.3),
        ({"value": 4.1, "control_value": 2.9, "unit": "per mm"}, math.log(4.1 / 2.9)),
        (
            {"value": 21, "control_value": 30, "unit": "percent change"},
            math.log(1.21 / 1.30),
        ),  # two changes are what is left of each
        (
            {
                "value": 0.3257,
                "control_value": 0.4142,
                "unit": "per day",
                "asked": {"compare": "slope"},
                "day": [7, 14],
            },
            math.log(0.3257 / 0.4142),
        ),
        ({"value": 3, "unit": "points", "asked": {"log_ratio": -0.36, "how": "from 4.1 and 2.9"}}, -0.36),
    ],
)
def test_the_effect_is_the_logarithm_of_what_was_printed(made, measured, effect):
    (atom,) = made(asked(measured))
    assert atom.y == pytest.approx(effect, rel=1e-12)
    assert (atom.kind, atom.linear, atom.sign) == ("number", False, 0)


def asked(measured):
    """Of an `asked` that is a mapping, the read-out of these tests is filled in."""
    one = dict(measured)
    if isinstance(one.get("asked"), dict):
        one["asked"] = {"observable": "BV/TV"} | one["asked"]
    return one


def test_the_slope_of_one_arm_stays_as_it_is(made):
    slope = {"contrast": ["treated"], "value": -0.05, "unit": "per day", "day": [7, 14], "asked": {"compare": "slope"}}
    (atom,) = made(asked(slope | {"se": 0.01}))
    assert (atom.y, atom.error, atom.linear) == (-0.05, 0.01, True)
    (atom,) = made(asked(slope | {"n": [5]}))
    assert atom.error == pytest.approx(CV / math.sqrt(5) * 0.05)  # as large relative to the rate
    with pytest.raises(NicheError, match="XX01: a slope is in 1/day or per day, got 'percent change'"):
        made(asked(slope | {"unit": "percent change"}))


# --- the error: the first that exists


def slope_of(function, x, step=1e-6):
    """How much a function of a printed number moves with it."""
    return (function(x + step) - function(x - step)) / (2 * step)


@pytest.mark.parametrize(
    ("measured", "error", "basis"),
    [
        ({"se": 5}, 5 * slope_of(lambda v: math.log1p(v / 100), -30), "standard error"),
        ({"se": 0.3, "value": 2.4, "unit": "fold"}, 0.3 * slope_of(math.log, 2.4), "standard error"),
        ({"se": 9, "value": 40, "unit": "% of control"}, 9 * slope_of(math.log, 40), "standard error"),
        (
            {"se": 0.2, "value": 0.5, "unit": "log10 fold"},
            0.2 * slope_of(lambda v: math.log(10**v), 0.5),
            "standard error",
        ),
        ({"se": 0.2, "value": 0.5, "unit": "log2 fold"}, 0.2 * math.log(2), "standard error"),
        (
            {"se": 0.4, "value": 4.1, "control_se": 0.2, "control_value": 2.9, "unit": "per mm"},
            math.sqrt((0.4 / 4.1) ** 2 + (0.2 / 2.9) ** 2),
            "standard error",
        ),
        # where that of the control was not printed, it is as large relative to its mean
        ({"se": 0.4, "value": 4.1, "control_value": 2.9, "unit": "per mm"}, math.sqrt(2) * 0.4 / 4.1, "standard error"),
        ({"low": -60, "high": -10}, (math.log(0.9) - math.log(0.4)) / 2 / Z, "interval"),
        (
            {"low": 0.5, "high": 0.9, "level": 0.9, "value": 0.7, "unit": "hazard ratio"},
            math.log(0.9 / 0.5) / (2 * stats.norm.ppf(0.95)),
            "interval",
        ),
        (
            {"low": 3.5, "high": 4.7, "value": 4.1, "control_value": 2.9, "unit": "per mm"},
            math.sqrt(2) * 1.2 / 2 / Z / 4.1,
            "interval",
        ),
        ({"p": 0.004}, -math.log(0.7) / stats.norm.isf(0.002), "P"),
        ({"p": 0.6, "value": 3}, math.log(1.03) / stats.norm.isf(0.3), "P"),
        ({"p_below": 0.05}, -math.log(0.7) / Z, "P below"),
        # an sd of animals is never the error of a mean
        (
            {"sd": 0.9, "n": [9, 8], "control_sd": 0.6, "value": 4.1, "control_value": 2.9, "unit": "per mm"},
            math.sqrt((0.9 / 4.1) ** 2 / 9 + (0.6 / 2.9) ** 2 / 8),
            "sd",
        ),
        (
            {"sd": 0.9, "n": [9, 4], "value": 4.1, "control_value": 2.9, "unit": "per mm"},
            0.9 / 4.1 * math.sqrt(1 / 9 + 1 / 4),
            "sd",
        ),
        ({"sd": 12, "n": [9, 4]}, 12 / 70 * math.sqrt(1 / 9 + 1 / 4), "sd"),
        (
            {"asked": {"log_ratio": -0.36, "error": 0.12, "how": "from the means 4.1 and 2.9 and their SE"}},
            0.12,
            "worked out",
        ),
        (
            {"asked": {"log_ratio": -0.36, "how": "from the means 4.1 and 2.9"}, "p": 0.02},
            0.36 / stats.norm.isf(0.01),
            "P",
        ),
        ({"assay_group": "bone volume", "n": [9, 4]}, 0.25 * math.sqrt(1 / 9 + 1 / 4), "assay"),
        (
            {"family": "tumour", "assay_group": "tumour size", "n": [9, 4]},
            0.8 * math.sqrt(1 / 9 + 1 / 4),
            "family of assays",
        ),
        ({"n": [9, 4]}, CV * math.sqrt(1 / 9 + 1 / 4), "any assay"),
        ({"n": [9]}, CV * math.sqrt(2 / 9), "any assay"),
        ({}, CV * math.sqrt(2 / 8), "any assay"),
    ],
)
def test_the_error_is_that_of_the_logarithm(made, measured, error, basis):
    (atom,) = made(asked(measured))
    assert atom.error == pytest.approx(error, rel=1e-6)
    assert atom.basis == basis
    assert atom.reported == (basis in PRINTED)
    assert atom.assumed == (basis in ("family of assays", "any assay"))


@pytest.mark.parametrize("counts", [((12, 40), (20, 38)), ((1, 9), (6, 8)), ((8, 8), (5, 8))])
def test_the_error_of_counts_is_that_of_two_libraries(made, counts):
    (a, n), (b, m) = counts
    value = (a / n) / (b / m)
    (atom,) = made({"counts": [[a, n], [b, m]], "value": value, "unit": "risk ratio"})
    table = Table2x2(np.array([[a, n - a], [b, m - b]]))
    interval = relative_risk(a, n, b, m).confidence_interval(0.95)
    assert atom.basis == "counts"
    assert atom.y == pytest.approx(math.log(value))
    assert atom.error == pytest.approx(math.log(interval.high / interval.low) / 2 / Z, rel=1e-9)
    if n > a:
        assert atom.error == pytest.approx(table.log_riskratio_se, rel=1e-9)


def test_where_one_arm_has_no_event_half_a_one_is_added(made):
    (atom,) = made({"counts": [[0, 10], [6, 12]], "kind": "number", "value": 0.1, "unit": "fold"})
    assert atom.error == pytest.approx(math.sqrt(1 / 0.5 - 1 / 10.5 + 1 / 6.5 - 1 / 12.5))


def test_the_first_error_that_exists_is_taken(made):
    """Everything was printed at once; what is taken is struck out, one after another."""
    printed = {"se": 5, "low": -60, "high": -10, "counts": [[3, 9], [6, 9]], "p": 0.01, "p_below": 0.05, "sd": 12}
    taken = []
    for gone in (("se",), ("low", "high"), ("counts",), ("p",), ("p_below",), ("sd",), ()):
        (atom,) = made(printed)
        taken.append(atom.basis)
        printed = {key: value for key, value in printed.items() if key not in gone}
    assert taken == ["standard error", "interval", "counts", "P", "P below", "sd", "any assay"]


def test_of_an_arm_its_own_number_counts_where_the_measurement_has_none(made):
    arms = copy.deepcopy(PAPER["arms"])
    arms["treated"]["n"] = 5
    (atom,) = made(arms=arms)
    assert atom.error == pytest.approx(CV * math.sqrt(1 / 5 + 1 / 8))
    assert not atom.counted
    arms["vehicle"]["n"] = 7
    (atom,) = made(arms=arms)
    assert atom.error == pytest.approx(CV * math.sqrt(1 / 5 + 1 / 7))
    assert atom.counted


def test_a_fold_of_the_start_is_a_ratio_of_two_means_and_a_value_is_one(made):
    (fold,) = made({"contrast": ["treated"], "n": [6], "asked": {"observable": "BV/TV", "compare": "fold of start"}})
    assert fold.error == pytest.approx(CV * math.sqrt(2 / 6))
    value = {"observable": "tumour burden", "compare": "value"}
    (value,) = made({"contrast": ["treated"], "n": [6], "value": 7, "unit": "fold", "asked": value})
    assert value.error == pytest.approx(CV * math.sqrt(1 / 6))


def test_a_bound_has_the_error_of_its_assay(made):
    (atom,) = made({"kind": "bound", "bound": "below", "value": -90, "p_below": 0.001})
    assert (atom.kind, atom.basis) == ("below", "any assay")
    assert atom.y == pytest.approx(math.log(0.1))


def test_a_direction_and_no_effect_have_no_size(made):
    (up,) = made({"kind": "direction", "direction": "up", "value": None})
    (none,) = made({"kind": "no effect", "value": None})
    assert (up.kind, up.sign, none.kind, none.sign) == ("direction", 1, "no effect", 0)
    assert math.isnan(up.y)
    assert math.isnan(none.y)
    assert up.error == none.error == pytest.approx(CV * math.sqrt(2 / 8))


def test_an_error_is_learnt_of_the_same_assay_in_such_hosts_and_never_of_a_family_in_others():
    paper = parse(Paper, PAPER, "papers/one.yaml")
    dxa = msgspec.structs.replace(paper.measurements[0], assay_group="density (DXA)")
    ask = build.Ask(observable="BMD")
    known = {("", "animals"): Variation(0.5, 9, "any assay"), ("density (DXA)", ""): Variation(0.04, 2, "assay")}
    assert variation(paper, dxa, ask, known).cv == 0.04  # of people, for want of animals
    known["density (DXA)", "animals"] = Variation(0.07, 1, "assay")
    assert variation(paper, dxa, ask, known).cv == 0.04  # one paper is not enough
    known["density (DXA)", "animals"] = Variation(0.07, 2, "assay")
    assert variation(paper, dxa, ask, known).cv == 0.07
    other = msgspec.structs.replace(dxa, assay_group="bone volume")
    known["family bone mass", ""] = Variation(0.04, 9, "family of assays")
    assert variation(paper, other, ask, known).basis == "any assay"
    with pytest.raises(NicheError, match="XX01: no paper"):
        variation(paper, other, ask, {})


def test_what_is_learnt_is_a_spread_between_hosts():
    """Density of bone differs by hundredths between people, the light of a tumour by as much as it is."""
    known = variations()
    assert 0.02 < known["density (DXA)", "people"].cv < 0.06
    assert 0.5 < known["imaging of burden", "animals"].cv < 1.5
    assert known["slope of imaging of burden", "animals"].cv < known["imaging of burden", "animals"].cv / 3
    assert {one.basis for one in known.values()} == {"assay", "family of assays", "any assay"}


# --- what stands between the measurement and what is simulated


def test_indirectness_is_added_in_quadrature_each_kind_once(made):
    simulated = copy.deepcopy(PAPER["simulated"])
    said = [("a gerbil", "species"), ("a jaw", "kind of bone"), ("its age", "nothing"), ("a skull", "kind of bone")]
    simulated["main"]["differs"] = [{"what": what, "costs": costs} for what, costs in said]
    (atom,) = made({"se": 5}, simulated=simulated, read="abstract")
    assert atom.costs == ("species", "kind of bone", "read in an abstract")
    assert atom.indirectness == pytest.approx(math.sqrt(0.2**2 + 0.3**2 + 0.1**2))
    assert atom.scale == pytest.approx(math.hypot(5 / 70, atom.indirectness))
    slope = {"contrast": ["treated"], "value": -0.05, "unit": "per day", "day": [7, 14], "se": 0.01}
    (atom,) = made(asked(slope | {"asked": {"compare": "slope"}}), simulated=simulated, read="other page")
    assert atom.indirectness == pytest.approx(0.05 * math.sqrt(0.2**2 + 0.3**2 + 0.3**2))


def test_what_varies_less_than_most_costs_less_in_proportion(made):
    """A tenth on the logarithm is little for the light of a tumour, and twice what a drug does to bone density."""
    (atom,) = made({"assay_group": "bone volume"}, read="abstract")
    assert atom.indirectness == pytest.approx(0.1 * 0.25 / CV)
    (atom,) = made({"family": "tumour"}, read="abstract")
    assert atom.indirectness == pytest.approx(0.1)
    (atom,) = made({"family": "events", "contrast": ["treated", "vehicle"]}, kind="randomised trial", read="abstract")
    assert atom.error == pytest.approx(0.11)  # an error of its own, whatever the n
    assert atom.indirectness == pytest.approx(0.1)  # and no spread between hosts


def test_each_cost_and_way_of_reading_has_its_size():
    sizes = {"species": 0.2, "kind of bone": 0.3, "tumour site": 0.3, "culture": 0.4}
    assert dict(COSTS) == sizes | {"read in an abstract": 0.1, "read on a page that is not the paper": 0.3}
    assert {*Cost.__args__} - {"nothing"} == {*sizes}
    assert {*READ.values()} - {""} == {*COSTS} - {*sizes}


# --- arms: pairs of an order, four arms, one arm


def test_an_order_of_doses_is_each_arm_against_the_one_before(made):
    order = {
        "kind": "order",
        "direction": "down",
        "value": None,
        "contrast": ["vehicle", "treated", "high"],
        "n": [4, 5, 9],
    }
    first, second = made(order)
    assert (first.name, second.name) == ("XX01.1", "XX01.2")
    assert first.reading.arms == ("treated", "vehicle")
    assert second.reading.arms == ("high", "treated")
    assert (first.kind, first.sign, second.sign) == ("direction", -1, -1)
    assert first.error == pytest.approx(CV * math.sqrt(1 / 5 + 1 / 4))
    assert second.error == pytest.approx(CV * math.sqrt(1 / 9 + 1 / 5))


def test_of_four_arms_the_errors_of_all_add_up_and_one_ratio_is_divided_by_the_other(made):
    four = {
        "kind": "no effect",
        "value": None,
        "contrast": ["ko treated", "ko", "treated", "vehicle"],
        "n": [4, 5, 9, 3],
    }
    (atom,) = made(four)
    assert atom.error == pytest.approx(CV * math.sqrt(1 / 4 + 1 / 5 + 1 / 9 + 1 / 3))
    series = {"ko treated": 3.0, "ko": 4.0, "treated": 5.0, "vehicle": 7.0}
    assert says(atom, series, "BV/TV") == pytest.approx(math.log((3 / 4) / (5 / 7)))


def course(of, observable):
    """What is seen of each arm. of : by arm, a level or a function of the day"""

    def look(arm, wanted, days):
        assert wanted == observable
        one = of[arm]
        return np.array([[one(day) if callable(one) else one for day in days]])

    return look


def says(atom, of, observable="CTX"):
    """The effect that the model would have where it sees this."""
    return predicted(atom, course(of, observable)).value[0]


def test_what_the_model_says_is_on_the_scale_of_the_atom(made):
    """Against ratios made here by hand; the floor of an assay stands in both arms."""
    (ratio,) = made({"asked": "CTX"})
    assert says(ratio, {"treated": 3.0, "vehicle": 2.0}) == pytest.approx(math.log(1.5))
    (mean,) = made({"asked": "CTX", "day": [10, 14]})
    rising = {"treated": lambda day: 1 + day, "vehicle": 2.0}
    assert says(mean, rising) == pytest.approx(math.log(13 / 2))
    (since,) = made({"contrast": ["treated"], "asked": {"observable": "CTX", "compare": "fold of day 4"}})
    assert says(since, rising) == pytest.approx(math.log(15 / 5))
    (start,) = made({"contrast": ["treated"], "asked": {"observable": "CTX", "compare": "fold of start"}})
    assert says(start, rising) == pytest.approx(math.log(15))
    (value,) = made(
        {"contrast": ["treated"], "value": 7, "unit": "1", "asked": {"observable": "CTX", "compare": "value"}}
    )
    assert says(value, rising) == pytest.approx(math.log(15))
    floor = floors()["tumour burden"]
    (cleared,) = made({"asked": "tumour burden"})
    for treated, vehicle in ((0.0, 0.0), (0.0, 5.0)):
        found = says(cleared, {"treated": treated, "vehicle": vehicle}, "tumour burden")
        assert found == pytest.approx(math.log(floor / (vehicle + floor)))


def test_the_slope_of_an_exponential_is_its_rate(made):
    slope = {"observable": "CTX", "compare": "slope"}
    grown = {"treated": lambda day: 2 * math.exp(0.12 * day), "vehicle": lambda day: math.exp(0.3 * day)}
    one = {"contrast": ["treated"], "value": 0.1, "unit": "per day", "day": [7, 14], "asked": slope}
    (alone,) = made(one)
    assert says(alone, grown) == pytest.approx(0.12, rel=1e-6)
    (ratio,) = made(one | {"contrast": ["treated", "vehicle"], "control_value": 0.2})
    assert says(ratio, grown) == pytest.approx(math.log(0.12 / 0.3), rel=0.01)
    # growth that stops is no growth, and not the logarithm of nothing
    assert -12 < says(ratio, grown | {"treated": 1.0}) < -1


@pytest.mark.parametrize(
    "measured",
    [
        {"asked": "CTX"},
        {"asked": "CTX", "day": [10, 14]},
        {"asked": "CTX", "contrast": ["ko treated", "ko", "treated", "vehicle"], "kind": "no effect", "value": None},
        {"contrast": ["treated"], "asked": {"observable": "CTX", "compare": "fold of day 4"}},
        {"value": 0.1, "control_value": 0.2, "unit": "per day", "day": [7, 14], "asked": {"compare": "slope"}},
    ],
)
def test_the_slopes_of_an_effect_are_those_of_differences(made, measured):
    """By everything that it looks at, one after another."""
    (atom,) = made(asked(measured))
    observable, step = atom.reading.observable, 1e-6
    levels = {"treated": 3.0, "vehicle": 2.0, "ko": 4.0, "ko treated": 5.0}
    grown = {arm: lambda day, level=level: level * math.exp(0.02 * level * day) for arm, level in levels.items()}
    parts = predicted(atom, course(grown, observable)).parts
    assert {part.arm for part in parts} == set(atom.reading.arms)
    looked = {(part.arm, day) for part in parts for day in part.days.tolist()}
    for arm, day in sorted(looked):
        up, down = (says(atom, grown | {arm: nudged(grown[arm], day, by)}, observable) for by in (step, -step))
        # an arm that is looked at twice has a part for each
        found = [part.by[0, part.days == day].sum() for part in parts if part.arm == arm]
        assert sum(found) == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-9), (arm, day)


def nudged(course_of, at, by):
    """A course that is moved on one day."""
    return lambda day: course_of(day) + by * (day == at)


# --- what is refused, by name


def simulated(**changed):
    """The experiment of these tests, changed."""
    one = copy.deepcopy(PAPER["simulated"]["main"])
    return {"simulated": {"main": one | changed}}


@pytest.mark.parametrize(
    ("measured", "changed", "message"),
    [
        # what the experiment does not have
        ({"contrast": ["treated", "vehicel"]}, {}, "unknown arm 'vehicel'; did you mean 'vehicle'?"),
        ({"asked": {"arms": ["treated", "vehicel"]}}, {}, "unknown arm 'vehicel'; did you mean 'vehicle'?"),
        ({}, simulated(arms={"treated": []}), "unknown arm 'vehicle'"),
        ({}, simulated(arms={"vehicle": [], "treated": [], "other": []}), "unknown arm of the paper 'other'"),
        ({"day": 29}, {}, "day 29 is outside the experiment, which ends on day 28"),
        ({"asked": {"compare": "fold of day 40"}, "contrast": ["treated"]}, {}, "day 40 is outside the experiment"),
        ({"day": None}, {}, "XX01: neither the measurement nor asked says the day"),
        ({"day": [14, 7]}, {}, "day is one day, or [first, last]"),
        ({"bone": "vertebra"}, {}, "XX01: measured at 'vertebra', and 'main' simulates 'metaphysis'"),
        ({"bone": "metaphysis"}, simulated(host={"system": "mouse", "bone": "vertebra"}), "simulates 'vertebra'"),
        ({"asked": {"in": "mian"}}, {}, "unknown experiment 'mian'; did you mean 'main'?"),
        ({}, {"simulated": {}}, "asked needs 'in': nothing of this paper is simulated"),
        ({}, {"simulated": dict.fromkeys("ab", PAPER["simulated"]["main"])}, "asked needs 'in': one of a, b"),
        # how it is asked
        ({"asked": "BV/TB"}, {}, "unknown observable 'BV/TB'; did you mean 'BV/TV'?"),
        ({"asked": {"compare": "sloep"}}, {}, "unknown comparison 'sloep'; did you mean 'slope'?"),
        ({"contrast": ["treated"]}, {}, "XX01: a read-out of one arm says how it is compared"),
        ({"contrast": ["treated", "vehicle", "ko"]}, {}, "XX01: a contrast has one arm, two, or four"),
        ({"asked": "BV/TV", "not_asked": "no cortex"}, {}, "XX01: it is asked, and says why it is not"),
        ({"asked": {"log_ratio": 0.3}}, {}, "a log_ratio says how it follows from what was printed"),
        ({"asked": {"error": 0.3}}, {}, "an error stands beside a log_ratio"),
        ({"asked": {"log_ratio": 0.3, "error": 0, "how": "x"}}, {}, "error: expected a number above 0, got 0"),
        ({"asked": {"observabel": "BV/TV"}}, {}, "unknown key 'observabel'; did you mean 'observable'?"),
        ({"kind": "order", "contrast": ["vehicle", "treated"], "value": None}, {}, "XX01: an order says how"),
        # a number that is no ratio
        ({"unit": "points"}, {}, "XX01: a number in 'points' is no ratio of arms; give control_value, a log_ratio"),
        ({"unit": "percent"}, {}, "XX01: a number in 'percent' is no ratio of arms"),  # a share of animals, perhaps
        ({"unit": ""}, {}, "XX01: a number in '' is no ratio of arms"),
        ({"value": -100}, {}, "XX01: 0 has no logarithm; ask for it as a bound"),
        ({"value": 0, "control_value": 3, "unit": "cells"}, {}, "XX01: 0 has no logarithm"),
        ({"value": -0.1, "control_value": 0.3, "unit": "per day", "asked": {"compare": "slope"}}, {}, "no logarithm"),
        # an atom without an error
        ({"counts": [[8, 8], [9, 9]], "value": 1, "unit": "risk ratio"}, {}, "XX01: an atom needs an error above 0"),
        ({"low": -10, "high": -60}, {}, "XX01: the interval from -10 to -60 holds nothing"),
        ({"n": [0, 8]}, {}, "n, item 1: expected a whole number from 1, got 0"),
        ({"se": 0}, {}, "se: expected a number above 0, got 0"),
        ({"counts": [[9, 8], [1, 8]]}, {}, "XX01: counts are [events, n] of each arm"),
        # words that are not known
        ({"assay_group": "bone volum"}, {}, "bone volume"),
        ({"family": "bone"}, {}, "bone mass"),
        ({}, simulated(differs=[{"what": "a jaw", "costs": "kind of bones"}]), "kind of bone"),
        (
            {},
            {"risk_of_bias": dict.fromkeys(SYRCLE[:9], "low")},
            "risk_of_bias of a healthy rodent has the domains seq",
        ),
        ({}, {"risk_of_bias": dict.fromkeys(ROB2, "low")}, "risk_of_bias of a healthy rodent has the domains seq"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(made, measured, changed, message):
    with pytest.raises(NicheError, match=r"^papers/one\.yaml") as refused:
        made(asked(measured), **changed)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "name",
    ["", "  ", "unknown", "Unknown, of x-2011", "not stated", "not known", "unclear", "n/a", "none", "?", "-", "TBD"],
)
def test_a_paper_without_a_laboratory_is_refused(made, name):
    with pytest.raises(NicheError, match=r"papers/one\.yaml.*laboratory"):
        made(laboratory=name)


@pytest.mark.parametrize("name", ["Nona, Town", "No. 1 Hospital, Beijing", "Notre Dame", "A. Norton, New York"])
def test_a_laboratory_may_begin_as_it_likes(made, name):
    assert made(laboratory=name)[0].laboratory == name


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"host": {"system": "mouse", "bone": "vertebrae"}}, "unknown bone 'vertebrae'; did you mean 'vertebra'?"),
        ({"host": {"system": "mouse", "tumour": "MDA-MB-321"}}, "did you mean 'MDA-MB-231"),
        ({"host": {"system": "mose"}}, "did you mean 'mouse'?"),
        ({"arms": {"vehicle": [], "treated": [{"genotype": ["Adrb2-/+"]}]}}, "did you mean 'Adrb2-/-'?"),
        ({"arms": {"vehicle": [], "treated": [{"infuse": ["isoprenalin", "5 mg/kg/day"]}]}}, "isoprenaline"),
        ({"arms": {"vehicle": [], "treated": [{"infusion": ["isoprenaline", "5 mg/kg/day"]}]}}, "infuse"),
    ],
)
def test_a_host_or_a_step_that_cannot_be_made_is_refused_when_it_is_rehearsed(made, changed, message):
    def ask_and_rehearse():
        made(**simulated(**changed))
        rehearse(experiments_of("one")["main"], Spot("papers/one.yaml, simulated, main"))

    with pytest.raises(NicheError, match=r"papers/one\.yaml, simulated, main") as refused:
        ask_and_rehearse()
    assert message in str(refused.value)


def test_another_kind_of_bone_may_be_asked_for_what_it_costs(made):
    differs = [{"what": "a vertebra, read at the metaphysis", "costs": "kind of bone"}]
    (atom,) = made({"bone": "vertebra"}, **simulated(differs=differs))
    assert atom.costs == ("kind of bone",)


def test_an_unknown_paper_is_refused_with_the_nearest():
    with pytest.raises(NicheError, match="unknown paper 'canon-2008-opgf'; did you mean 'canon-2008-opgfc'"):
        atoms_of("canon-2008-opgf")


# --- the papers of params


def test_every_paper_can_be_performed():
    """Its hosts and schedules are made once; nothing is simulated."""
    for key in read_papers():
        rehearse_paper(key)


def test_every_measurement_is_asked_or_says_why_not():
    """Or virtual trials predict it, or it is a level of a drug, which checks the kinetics."""
    of_trials = {atom.name for atom in atoms() if atom.reading is None}
    for key, paper in read_papers().items():
        for one in paper.measurements:
            answered = one.asked is not None or one.not_asked or one.id in of_trials or one.family == "drug level"
            assert answered, (key, one.id)


# Papers on more than one species, each simulated as itself.
MIXED = {"cao-2014-adrb2", "diaz-delcastillo-2023-myeloma", "liao-2020-ct26"}


def test_another_species_and_a_dish_cost_what_they_cost():
    used = set()
    for key, paper in read_papers().items():
        for name, one in paper.simulated.items():
            costs = {each.costs for each in one.differs}
            assert one.differs, f"{key}, {name}: an experiment says what differs from the paper"
            steps = [step for protocol in experiments_of(key)[name].arms.values() for step in protocol.steps]
            if paper.kind == "culture" or any(step.verb == "culture" for step in steps):
                assert "culture" in costs, (key, name)
            if paper.host.species != one.host.system and not {"species", "culture"} & costs:
                assert key in MIXED, (key, name, paper.host.species, one.host.system)
                used.add(key)
    assert used == MIXED


def test_every_atom_has_an_error_and_a_laboratory_and_one_name():
    found = atoms()
    assert len({atom.name for atom in found}) == len(found)
    for atom in found:
        assert 0 < atom.error < 3, atom.name
        assert atom.scale >= atom.error
        assert atom.laboratory
        assert atom.basis in BASES
        assert set(atom.costs) <= set(COSTS)
        assert (atom.kind in ("number", "above", "below")) == math.isfinite(atom.y), atom.name
        assert (atom.kind == "direction") == (atom.sign != 0), atom.name


def test_every_paper_is_judged_for_bias_in_all_domains_of_its_tool():
    for key, paper in read_papers().items():
        assert set(paper.risk_of_bias) in map(set, domains(paper.kind)), key
    assert (len(SYRCLE), len(ROB2), len(ROBINS)) == (10, 5, 7)


def test_most_errors_of_numbers_follow_from_a_print_or_from_the_same_assay():
    """Fewer than twenty-five are borrowed from other assays: what was plainly assumed before was 62."""
    numbers = [atom for atom in atoms() if atom.kind == "number"]
    assert sum(atom.assumed for atom in numbers) < 25
    assert sum(atom.reported for atom in numbers) > len(numbers) / 2


def test_an_asked_measurement_names_its_group_of_assays():
    allowed = {*AssayGroup.__args__} - {""}
    without = {
        one.id for paper in read_papers().values() for one in paper.measurements if one.asked and not one.assay_group
    }
    assert without <= {"CHE19d"}  # a tone that was told and not measured
    assert len(allowed) == 13


def test_the_list_for_a_terminal_has_every_atom():
    found = atoms_of("canon-2008-opgfc")
    lines = as_text("canon-2008-opgfc", found).splitlines()
    assert len(lines) == len(found) + 1
    assert lines[0] == f"canon-2008-opgfc: {len(found)} atoms"
    assert all(line.startswith(f"  {atom.name}: ") for line, atom in zip(lines[1:], found, strict=True))


def test_the_table_is_what_the_papers_give():
    """After a change of papers or rules: `niche atoms --write`, and say in the changelog why. It is what is fitted."""
    written = (root() / TABLE).read_text(encoding="utf-8")
    assert written == table_text(), "params/atoms.csv is not what the papers give: `niche atoms --write` renews it"
