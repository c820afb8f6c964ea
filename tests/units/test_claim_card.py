"""The claim card: what is drawn is what the answers say, and what is not computed is said to be so."""

import itertools

import msgspec
import numpy as np
import pytest
from made_answers import NO_FIT, fitted

from compendium.figures.answer_words import TONES, mechanism_tone, model_tone, papers_tone, tone_mark
from compendium.figures.claim_card import claim_card, claim_card_of
from compendium.figures.fitting import faults
from compendium.press.committed import table_of
from niche import NicheError
from niche.answering.claims import answers, answers_of
from niche.answering.records import Control, Spread
from niche.propositions.reading import proposition

HEAD = np.random.default_rng(0).normal(np.log(2.0), 0.1, 4000)


def claim(name="05", **first):
    """The claim before any fit, its first statement answered by a made one."""
    found = answers([name], folder=NO_FIT)[0]
    one = found.propositions[0]
    answered = answers_of(proposition(one.id), one.id, one.evidence, fitted(**first))
    return msgspec.structs.replace(found, propositions=(answered, *found.propositions[1:]))


@pytest.fixture(scope="module")
def card():
    return claim_card("05", answers=[claim(head=HEAD, outside=2)])


def test_a_card_draws_the_effect_as_a_ratio_and_that_without_the_mechanism(card):
    figure, data = card
    assert data["effect_median"][0] == pytest.approx(2.0, rel=0.02)  # HEAD
    effects = next(axes for axes in figure.axes if axes.get_xscale() == "log")
    found = {line.get_marker(): float(line.get_xdata()[0]) for line in effects.lines if len(line.get_xdata()) == 1}
    assert found["o"] == pytest.approx(2.0, rel=0.02)
    assert found["D"] == pytest.approx(np.exp(0.06), rel=0.01)  # what made_answers leaves of it
    low, high = effects.get_xlim()
    assert low < 1 < 2.0 < high


def test_the_hatched_part_of_the_bar_is_the_share_that_was_missed(card):
    figure, _ = card
    patches = [patch for axes in figure.axes for patch in axes.patches]
    (missed,) = [patch for patch in patches if patch.get_hatch()]
    (kept,) = [p for p in patches if not p.get_hatch() and p.get_fill() and p.get_x() < missed.get_x()]
    assert missed.get_width() / (missed.get_width() + kept.get_width()) == pytest.approx(2 / 5)


def test_each_paper_has_one_mark(card):
    _, data = card
    for row, one in zip(data.itertuples(), answers(["05"])[0].propositions, strict=True):
        stands = [said.split(": ")[0] for said in row.papers.split("; ")]
        told = one.evidence.stands
        assert len(stands) == told.all
        assert (stands.count("for"), stands.count("against")) == (told.pro, told.against)


def test_what_is_not_computed_is_an_empty_frame_that_says_so():
    figure, _ = claim_card("05", answers=answers(["05"], folder=NO_FIT))
    written = [text.get_text() for axes in figure.axes for text in axes.texts]
    frames = [p for axes in figure.axes for p in axes.patches if not p.get_fill()]
    assert len(frames) == 2 * len(answers(["05"])[0].propositions)
    assert " ".join(written).count("not yet computed") == len(frames)
    assert not any(axes.get_xscale() == "log" for axes in figure.axes)


@pytest.mark.parametrize("profile", [None, "nature", "plos"])
def test_a_card_is_legible_in_one_column(profile):
    figure, _ = claim_card("05", answers=[claim(head=HEAD)], profile=profile)
    assert figure.get_size_inches()[0] * 25.4 <= (121 if profile == "plos" else 90)  # its one column
    assert faults(figure) == []


def test_an_effect_far_off_the_axis_ends_in_an_arrow():
    far = claim(head=HEAD)
    one = far.propositions[0]
    control = Control(Spread(np.log(2), np.log(1e4), np.log(1e6)), Spread(-0.1, 0.0, 0.1), 0.0)
    wild = msgspec.structs.replace(
        one,
        mechanism=msgspec.structs.replace(one.mechanism, effect=control.whole),
        model=msgspec.structs.replace(one.model, control=control),
    )
    figure, data = claim_card("05", answers=[msgspec.structs.replace(far, propositions=(wild,))])
    effects = next(axes for axes in figure.axes if axes.get_xscale() == "log")
    assert effects.get_xlim()[1] < 100
    assert [line for line in effects.lines if line.get_marker() == ">"]
    assert data["effect_median"][0] == pytest.approx(1e4)


def test_a_card_is_its_table(card, tmp_path):
    figure, data = card
    data.to_csv(tmp_path / "card.csv", index=False)
    again = claim_card_of(table_of(tmp_path / "card.csv"))
    drawn_texts = [[t.get_text() for axes in one.axes for t in axes.texts] for one in (figure, again)]
    assert drawn_texts[0] == drawn_texts[1]


def test_words_differ_in_form_and_not_in_colour_alone():
    marks = {tone: tone_mark(tone) for tone in TONES}
    for one, two in itertools.combinations(marks.values(), 2):
        assert (one["marker"], one["fillstyle"]) != (two["marker"], two["fillstyle"])


def test_no_effect_is_the_support_of_a_statement_that_asserts_none():
    assert mechanism_tone("no relevant effect", "none") == "for"
    assert mechanism_tone("no relevant effect", "up") == "against"
    assert papers_tone("consistent", "no effect") == "against"
    assert model_tone("not yet computed") == "untold"


def test_a_claim_without_statements_or_name_is_refused():
    with pytest.raises(NicheError, match="asserts nothing"):
        claim_card("22")
    with pytest.raises(NicheError, match="beta-blockers"):
        claim_card("beta-blocker", answers=answers(["beta-blockers"]))
