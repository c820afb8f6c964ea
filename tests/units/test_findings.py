"""Findings of notebook 26: the rule of their words, and records that keep it."""

import numpy as np
import pytest

from compendium.claims.finding_words import percent, plain
from compendium.claims.findings import Asked, Finding, finding, findings_table, word_of
from compendium.claims.papers_beside import published
from niche.errors import NicheError

ASKED = Asked("a", "topic", "It is above 1.", "ratio", "a ratio below 1")


@pytest.mark.parametrize(
    ("probability", "before", "word"),
    [
        (0.975, 0.5, "stands"),
        (0.974, 0.5, "likely"),
        (0.9, 0.5, "likely"),
        (0.899, 0.5, "open"),
        (0.101, 0.5, "open"),
        (0.1, 0.5, "unlikely"),
        (0.026, 0.5, "unlikely"),
        (0.025, 0.5, "does not stand"),
        (0.99, 0.95, "built in"),
        (0.99, 0.949, "stands"),
        (0.01, 0.05, "built in"),
        (0.01, 0.06, "does not stand"),
        (0.5, 0.99, "open"),
        (0.02, 0.99, "does not stand"),
        (0.99, None, "stands"),
    ],
)
def test_the_rule(probability, before, word):
    assert word_of(probability, before) == word


def test_a_bad_fit_or_lost_draws_have_no_word():
    assert word_of(0.99, 0.5, computed=False) == "not computed well enough"
    assert word_of(0.99, 0.5, lost=0.021) == "not computed well enough"
    assert word_of(0.99, 0.5, lost=0.02) == "stands"
    assert word_of(float("nan"), 0.5, computed=False) == "not computed well enough"


def test_what_a_trial_measured_otherwise_is_not_answered():
    """Denosumab against zoledronate was published as 0.83 (CL001): draws beside it, and draws around it."""
    asked = Asked("a", "topic", "It is below 0.9.", "hazard ratio", "a trial", published="CL001")
    value, low, high = published("CL001")
    far = finding(asked, np.full(100, high * 1.05), lambda x: x < 0.9, prior=np.array([0.5, 1.0]))
    near = finding(asked, np.linspace(low, value, 100), lambda x: x < 0.9, prior=np.array([0.5, 1.0]))
    assert (far.word, near.word) == ("measured otherwise", "stands")
    assert "published 0.83" in far.papers


def test_what_papers_say_stands_beside_it():
    asked = Asked("a", "topic", "It does.", "ratio", "a ratio of 1", proposition="11b")
    found = finding(asked, np.array([2.0, 3.0]), lambda x: x > 1)
    assert "long bone”: 3 no effect" in found.papers


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(share):
    with pytest.raises(NicheError, match="P0 of a finding is a probability"):
        word_of(0.5, share)


def test_a_draw_without_an_outcome_is_counted_and_left_out():
    values = np.array([2.0] * 99 + [np.nan])
    found = finding(ASKED, values, lambda x: x > 1, prior=np.array([0.5, 2.0]))
    assert (found.probability, found.before, found.draws, found.word) == (1.0, 0.5, 99, "stands")
    found = finding(ASKED, np.array([2.0] * 9 + [np.nan]), lambda x: x > 1, prior=np.array([0.5, 2.0]))
    assert found.word == "not computed well enough"
    found = finding(ASKED, np.array([np.nan] * 3), lambda x: x > 1)
    assert (found.median, found.probability, found.word) == (None, None, "not computed well enough")
    assert found.interval == "not computed"


def test_quantiles_are_those_of_the_draws_that_are_shown():
    draws = np.linspace(0, 1, 1001)
    found = finding(ASKED, np.stack([draws, draws], axis=1), lambda x: x[:, 0] > 0.5, shown=lambda x: 100 * x[:, 1])
    assert (found.low, found.median, found.high) == (5, 50, 95)
    assert found.probability == 0.5


def test_no_draws_are_refused():
    with pytest.raises(NicheError, match="needs draws"):
        finding(ASKED, np.empty(0), lambda x: x > 1)


def test_a_record_has_a_word_of_the_rule():
    with pytest.raises(ValueError, match="'true' is no word of a finding"):
        Finding("a", "t", "s", "n", 1.0, 1.0, 1.0, 0.5, 0.5, "true", 1, "r")


def test_words_for_people():
    assert [percent(x) for x in (None, 0.001, 0.5, 0.999)] == ["–", "below 1 %", "50 %", "above 99 %"]
    assert [plain(x) for x in (1234567.0, 0.01234, 1.26)] == ["1,200,000", "0.012", "1.3"]
    table = findings_table([finding(ASKED, np.array([2.0, 3.0]), lambda x: x > 1)])
    assert table.loc["stands", "finding"] == "It is above 1."
