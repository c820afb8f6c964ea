"""The rules of docs/verdicts.md, on effects made by hand."""

import numpy as np
import pytest

from niche.verdicts import rules as verdicts
from niche.verdicts.rules import RowVerdict


def draws(centre: float, spread: float, n: int = 4001) -> np.ndarray:
    """A symmetric sample with the given median and standard deviation, without chance."""
    from scipy.special import ndtri

    return centre + spread * ndtri((np.arange(n) + 0.5) / n)


@pytest.mark.parametrize(
    ("centre", "expected"),
    [(10.0, "reproduced"), (11.6, "reproduced"), (11.7, "in tension"), (12.9, "in tension"), (13.2, "not reproduced")],
)
def test_z_bounds_with_negligible_spread(centre, expected):
    found, verdict = verdicts.numeric(draws(centre, 1e-6), 10.0, 1.0, "linear", 0.0)
    assert verdict == expected
    assert found["z"] == pytest.approx(centre - 10.0, abs=1e-3)


def test_both_errors_count():
    found, _ = verdicts.numeric(draws(14.0, 4.0), 10.0, 3.0, "linear", 0.0)
    assert found["z"] == pytest.approx(4 / 5, rel=2e-2)


def test_a_wrong_sign_is_never_mere_tension():
    _, verdict = verdicts.numeric(draws(-1.0, 0.5), 1.0, 0.8, "linear", 0.0)
    assert verdict == "not reproduced"


def test_a_wrong_sign_is_not_reproduced_however_close():
    _, verdict = verdicts.numeric(np.full(50, 0.93), 1.043, 0.13, "log", 1.0)
    assert verdict == "not reproduced"


def test_an_interval_that_holds_nothing_and_twice_the_effect_says_nothing():
    _, verdict = verdicts.numeric(draws(10.0, 10.0), 10.0, 1.0, "linear", 0.0)
    assert verdict == "vague"
    _, verdict = verdicts.numeric(np.exp(draws(np.log(2.0), 0.6)), 2.0, 0.1, "log", 1.0)
    assert verdict == "vague"


def test_no_effect_of_a_percent_of_start_is_a_hundred():
    _, verdict = verdicts.numeric(draws(90.0, 1.0), 80.0, 8.0, "linear", 100.0)
    assert verdict == "reproduced"
    _, verdict = verdicts.numeric(draws(104.0, 1.0), 96.0, 4.0, "linear", 100.0)
    assert verdict == "not reproduced"


def test_log_scale_is_symmetric_in_the_logarithm():
    up, _ = verdicts.numeric(np.full(100, 4.0), 2.0, 0.3, "log", 1.0)
    down, _ = verdicts.numeric(np.full(100, 1.0), 2.0, 0.3, "log", 1.0)
    assert up["z"] == pytest.approx(-down["z"])


def test_failed_draws_never_count_as_agreement():
    share, verdict = verdicts.direction(np.array([1.0] * 94 + [np.nan] * 6))
    assert share == pytest.approx(0.94)
    assert verdict == "undecided"
    assert verdicts.direction(np.array([1.0] * 95 + [0.0] * 5))[1] == "right"
    assert verdicts.direction(np.array([1.0] * 50 + [0.0] * 50))[1] == "wrong"
    assert verdicts.numeric(np.full(5, np.nan), 1.0, 0.1, "linear", None)[1] == "not reproduced"


@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_an_interval_that_is_not_defined_says_nothing(nothing):
    some = np.array([10.0] * 95 + [nothing] * 5)
    assert verdicts.numeric(some, 10.0, 1.0, "linear", 0.0)[1] == "reproduced"
    some[0] = nothing
    found, verdict = verdicts.numeric(some, 10.0, 1.0, "linear", 0.0)
    assert verdict == "vague"
    assert found["median"] == 10.0


def test_a_fold_of_nothing_is_no_number():
    """One draw of 0 would else be 690 below all others, and any median near enough to anything."""
    few = np.array([4.0] * 999 + [0.0])
    found, verdict = verdicts.numeric(few, 2.0, 0.1, "log", 1.0)
    assert found["z"] == pytest.approx(np.log(2) / 0.1)
    assert verdict == "not reproduced"
    assert verdicts.numeric(np.array([2.0] * 9 + [0.0]), 2.0, 0.1, "log", 1.0)[1] == "vague"


def test_where_no_effect_was_measured_a_wide_interval_says_nothing():
    assert verdicts.numeric(draws(0.0, 0.5), 0.0, 1.0, "linear", 0.0)[1] == "reproduced"
    assert verdicts.numeric(draws(0.0, 2.0), 0.0, 1.0, "linear", 0.0)[1] == "vague"
    assert verdicts.numeric(np.exp(draws(0.3, 0.3)), 1.0, 0.2, "log", 1.0)[1] == "vague"


def test_vague_excuses_no_row_that_is_surely_wrong():
    assert verdicts.numeric(draws(100.0, 1.0), 0.0, 1.0, "linear", 0.0)[1] == "not reproduced"
    assert verdicts.numeric(draws(2.5, 0.1), 0.0, 1.0, "linear", 0.0)[1] == "in tension"
    some_missing = np.append(draws(-10.0, 0.5), np.full(400, np.nan))
    assert np.isnan(some_missing).mean() > verdicts.MISSING
    assert verdicts.numeric(some_missing, 10.0, 1.0, "linear", 0.0)[1] == "not reproduced"
    assert verdicts.numeric(some_missing, -4.0, 1.0, "linear", 0.0)[1] == "not reproduced"


def row(
    verdict: str,
    *,
    share: float | None = None,
    counts: bool = True,
    hangs: tuple[str, ...] = (),
    contested: tuple[str, ...] = (),
) -> RowVerdict:
    empty = dict.fromkeys(RowVerdict._fields)
    why = {"hangs_on": hangs, "contested_by": contested}
    return RowVerdict(**{**empty, "verdict": verdict, "share": share, "counts": counts, **why})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("reproduced"), row("right", share=1.0)], "reproduced"),
        ([row("reproduced"), row("in tension")], "partly"),
        ([row("reproduced"), row("undecided", share=0.7)], "partly"),
        ([row("reproduced"), row("vague")], "partly"),
        ([row("reproduced"), row("not reproduced")], "not reproduced"),
        ([row("reproduced"), row("wrong", share=0.1)], "not reproduced"),
        ([row("in tension")], "not reproduced"),
        ([row("right", share=1.0)], "direction only"),
        ([row("right", share=1.0, counts=False)], "fitted, untested"),
        ([row("reproduced", counts=False), row("not reproduced", counts=False)], "fitted, untested"),
        ([row("wrong", hangs=("g",))], "not identifiable"),
        ([row("right", share=1.0), row("undecided", hangs=("g",)), row("wrong", contested=("B",))], "not identifiable"),
        ([row("right", share=1.0), row("wrong", contested=("B",))], "contested"),
        ([row("wrong", hangs=("g",)), row("wrong")], "not reproduced"),
        ([row("reproduced"), row("vague", contested=("B",)), row("in tension")], "partly"),
        ([row("reproduced"), row("wrong", counts=False), row("vague", hangs=("g",))], "not identifiable"),
    ],
)
def test_a_claim_follows_from_the_rows_that_count(rows, expected):
    assert verdicts.claim_verdict(rows) == expected


def test_the_table_names_the_gain_that_a_claim_hangs_on():
    from types import SimpleNamespace

    from niche.verdicts.tables import excuse, summary

    def line(word, rows):
        verdict = SimpleNamespace(number=9, title="T", verdict=word, expected=word, rows=rows, controls=())
        return summary(verdict)

    hanging = row("wrong", share=0.3, hangs=("cgrp_oc",))
    assert line("not identifiable", [hanging])["verdict"] == "not identifiable (hangs on cgrp_oc)"
    assert line("partly", [hanging])["verdict"] == "partly"
    assert "rows that hold under the prior" not in line("partly", [hanging])
    before = [hanging._replace(prior_verdict="right"), row("right", share=1.0)._replace(prior_verdict="wrong")]
    assert line("partly", before)["rows that hold under the prior"] == "1 of 2"
    assert excuse(row("wrong", contested=("A", "B"))) == "contested by A, B"
    assert excuse(hanging) == "hangs on cgrp_oc"
    assert excuse(row("right", share=1.0)) == ""


def test_a_flag_is_data_and_words_of_a_note_are_none():
    """A note that happens to hold the words of a flag says nothing about the verdict."""
    from niche.verdicts.rules import NEEDS_NONE, RowVerdict
    from niche.verdicts.tables import remark

    good = RowVerdict.from_dict({"id": "A", "verdict": "reproduced"})
    assert remark(good._replace(note=f"the authors wrote: {NEEDS_NONE}")) == ""
    assert remark(good._replace(flags=(NEEDS_NONE,))) == NEEDS_NONE


def test_a_stored_verdict_is_read_as_it_was_judged():
    import json

    from niche.verdicts.controls import ControlResult
    from niche.verdicts.record import Verdict
    from niche.verdicts.rules import NEEDS_NONE, RowVerdict

    rows = (
        RowVerdict.from_dict({"id": "A", "verdict": "wrong", "share": 0.3, "hangs_on": ["cgrp_oc"]}),
        RowVerdict.from_dict({"id": "B", "verdict": "reproduced", "median": 1.5, "flags": [NEEDS_NONE]}),
    )
    nothing = float("nan")
    control = ControlResult("off", "A", 2.0, 1.0, nothing, nothing, nothing)
    verdict = Verdict("a", 9, "T", "partly", "partly", rows, (control,), 20, {"x": 1}, ("A: b -> c",))
    stored = json.loads(json.dumps(verdict.to_dict()))
    again = Verdict.from_dict(stored)
    assert again.to_dict() == verdict.to_dict()
    assert [r.flags for r in again.rows] == [(), (NEEDS_NONE,)]
    older = [{k: v for k, v in r.items() if k not in ("flags", "hangs_on")} for r in stored["rows"]]
    assert [r.hangs_on for r in Verdict.from_dict({**stored, "rows": older}).rows] == [(), ()]


@pytest.mark.parametrize("stored", [None, [], {}, {"id": 3}, {"id": "A", "flags": "x"}, {"id": "A", "hangs_on": 1}])
def test_what_is_no_stored_row_is_refused(stored):
    from niche.errors import NicheError
    from niche.verdicts.rules import RowVerdict

    with pytest.raises(NicheError, match=r"expected a (row of a verdict|list)"):
        RowVerdict.from_dict(stored)
