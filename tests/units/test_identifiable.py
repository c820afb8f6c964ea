"""When a failing row hangs on a gain that no measurement informed, and when the evidence contests it."""

import numpy as np
import pytest

from niche import hosts
from niche.evidence.laboratory import Laboratory
from niche.params.layers import read_registry
from niche.params.posterior import Posterior
from niche.params.records import Parameter
from niche.verdicts.identifiable import Measured, _uninformed, hangs_on, informed, opposite, symmetric
from niche.verdicts.judging import contested, judge_row
from niche.verdicts.rules import RowVerdict

GAIN = np.linspace(-1.5, 1.5, 1000)


def entry(prior, bounds=(-6.0, 6.0)) -> Parameter:
    return Parameter("model", "gain", 0.0, "1", "fitted", "s", bounds, prior, "", "f")


def share(above: float, below: float) -> np.ndarray:
    """Agreement of draws, so many above zero of GAIN and below."""
    side = np.arange(500) / 500
    return np.concatenate([side < below, side < above]).astype(float)


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [(0.8, 0.5, True), (0.5, 0.8, True), (1.0, 0.0, True), (0.79, 0.1, False), (1.0, 0.51, False), (0.9, 0.9, False)],
)
def test_a_direction_hangs_on_a_gain_if_the_two_sides_of_zero_differ(above, below, expected):
    assert opposite(share(above, below), None, GAIN) is expected


def test_a_failed_draw_agrees_with_nothing():
    assert not opposite(np.where(share(1.0, 0.0) == 1, np.nan, 0), None, GAIN)


@pytest.mark.parametrize(
    ("effect", "measured", "expected"),
    [
        (20 * GAIN, Measured(-12.0, 0.0), True),
        (100 + 20 * GAIN, Measured(-12.0, 0.0), False),
        (np.exp(GAIN), Measured(2.0, 1.0), True),
        (np.exp(GAIN) + 1, Measured(2.0, 1.0), False),
        (GAIN, Measured(0.3, None), False),
        (np.tile([-1.0, 1.0], 500) + 0.01 * GAIN, Measured(2.0, 0.0), False),  # medians differ, by next to nothing
        (GAIN, Measured(0.0, 0.0), False),
        (np.full(1000, np.nan), Measured(2.0, 1.0), False),
    ],
)
def test_a_number_hangs_on_a_gain_if_it_changes_sign_with_it(effect, measured, expected):
    assert opposite(effect, measured, GAIN) is expected


def test_a_gain_whose_sign_is_known_carries_nothing():
    assert not opposite((GAIN > 1.36).astype(float), None, GAIN - 1.36)
    assert not opposite((GAIN > 0).astype(float), None, np.abs(GAIN))


def test_which_parameters_are_gains_of_either_sign():
    assert symmetric(entry(("normal", 0.0, 1.5)))
    assert symmetric(entry(("normal", 0.0, 1.0), (-6.0, 8.0)))
    assert not symmetric(entry(("normal", 0.0, 1.5), (0.0, 6.0)))
    assert not symmetric(entry(("normal", 0.4, 1.5)))
    assert not symmetric(entry(("lognormal", 1.0, 1.5), (0.0, 6.0)))
    assert not symmetric(entry(None))


def test_a_gain_is_informed_once_its_spread_shrinks_by_a_tenth():
    gain, scores = entry(("normal", 0.0, 1.5)), np.random.default_rng(1).standard_normal(20000)
    assert not informed(gain, None)
    assert not informed(gain, 1.5 * 0.93 * scores)
    assert informed(gain, 1.5 * 0.87 * scores)
    narrow = entry(("normal", 0.0, 1.5), (-1.0, 1.0))  # bounds narrow a prior too: that is no information
    assert not informed(narrow, narrow.sample(np.random.default_rng(2).random(20000)))


def test_the_gains_of_hosts_are_those_that_are_not_fitted_and_not_set_by_hand():
    key = next(k for k, e in read_registry().uncertain().items() if e.layer == "model" and symmetric(e))
    name = key.partition(":")[2]
    names = {e.name for e, _ in _uninformed(hosts("mouse", draws=20, posterior="prior"), set())}
    assert name in names
    fitted = Posterior({key: np.full(30, 0.3)})
    assert name not in {e.name for e, _ in _uninformed(hosts("mouse", draws=20, posterior=fitted), set())}
    set_by_hand = hosts("mouse", draws=20, posterior="prior").with_parameters(**{name: 0.0})
    assert name not in {e.name for e, _ in _uninformed(set_by_hand, set())}


def test_a_row_that_follows_a_gain_names_it():
    lab = Laboratory(200, 1, "prior")
    experiment = lab.plan("SB06").experiment
    gain = lab.hosts(experiment).parameters.b2_rankl
    assert hangs_on(-30 * gain, Measured(-42.9, 0.0), "SB06", lab) == ("b2_rankl",)
    assert hangs_on(np.full(200, 5.0), Measured(-42.9, 0.0), "SB06", lab) == ()
    from niche.evidence.rows import evidence

    found = judge_row(evidence("SB06"), lab, given=-30 * gain)
    assert found.verdict not in ("reproduced", "right")
    assert found.hangs_on == ("b2_rankl",)
    assert judge_row(evidence("SB06"), lab, given=np.full(200, -42.9)).hangs_on == ()


def row(verdict: str, share: float | None = None, counts: bool = True) -> RowVerdict:
    empty = dict.fromkeys(RowVerdict._fields)
    return RowVerdict(**{**empty, "verdict": verdict, "share": share, "counts": counts, "contested_by": ()})


def test_a_row_is_contested_by_the_rows_of_its_group_that_hold():
    rows = [
        row("wrong", share=0.1)._replace(id="A"),
        row("right", share=1.0)._replace(id="B"),
        row("right", share=1.0, counts=False)._replace(id="C", built_in="put in"),
        row("not reproduced")._replace(id="D"),
        row("right", share=1.0)._replace(id="E"),
        row("wrong", share=0.1)._replace(id="F"),
    ]
    groups = {"A": "one", "B": "one", "C": "one", "D": "two", "E": "", "F": ""}
    up, down, other = {"BV/TV": "increase"}, {"BV/TV": "decrease"}, {"CTX": "decrease"}
    asked = {"A": up, "B": down, "C": down, "D": up, "E": up, "F": up}
    found = {r.id: r.contested_by for r in contested(rows, groups, asked)}
    assert found["A"] == ("B",)  # not by what was put in
    assert not any(found[name] for name in "BCDEF")
    for side in (up, other):  # of the same side, or on something else
        assert not any(r.contested_by for r in contested(rows, groups, {**asked, "B": side}))
