"""The three answers of a proposition: words, sentences, the file that keeps them, and the commands that print them."""

import itertools
import json
import math
import re

import msgspec
import numpy as np
import pytest
from made_answers import LEAST, PAPERS, UP, fitted, grounds, left_out

import niche
from compendium.cli import main as cli
from niche.answering import records, stored
from niche.answering.claim_sentences import claim_sentence, summary_sentence
from niche.answering.claims import answers, answers_of
from niche.answering.evidence_record import CertaintyAnswer, EvidenceAnswer, PoolAnswer, Stands
from niche.answering.mechanism import mechanism_answer, stored_left_out, without_numbers
from niche.answering.model import control_of, model_answer, predicted_direction
from niche.answering.numbers import mechanism_sentences, vote_sentences
from niche.answering.records import FittedAnswer, Influence, MechanismAnswer, ModelAnswer, Prediction, Spread
from niche.answering.sentences import proposition_sentence, times
from niche.answering.stored import FILE, read_answers, write_answers
from niche.answering.text import WIDE, details, markdown, table
from niche.answering.words import counted, listed, lowered, worth_word
from niche.errors import NicheError
from niche.inference.chains import summary
from niche.inference.left_out import Difference, difference
from niche.inference.mechanism_words import WORDS, Grounds, shares, words_to_come
from niche.propositions.reading import proposition, read_propositions

MECHANISM = records.MechanismWord.__args__
MODEL = records.ModelWord.__args__


@pytest.fixture(autouse=True)
def frozen(monkeypatch):
    """That no table moved since the freeze takes seconds to tell: it is told once, in tests/changes."""
    monkeypatch.setattr(stored, "freeze_hash", stored._frozen)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Stored answers in place of params/answers.json: four of claim 05, and the check of the code."""
    given = {
        "05a": fitted(),
        "05b": fitted(asserts=-1, head=-UP),
        "05c": fitted(head=-UP, p=0.001, outside=3),
        "05d": fitted(head=0 * UP),
    }
    write_answers(given, fit="of a test", verified={"remodelling-balance": (15, 15)}, folder=tmp_path)
    monkeypatch.setattr(stored, "root", lambda: tmp_path)
    yield tmp_path
    read_answers.cache_clear()


# --- words


def test_every_word_of_a_mechanism_has_a_place():
    assert set(MECHANISM) == {*WORDS, "not yet computed"}


@pytest.mark.parametrize(
    ("p", "computed", "word"),
    [
        (0.011, True, "adequate"),
        (0.01, True, "misfits"),
        (0.0, True, "misfits"),
        (0.5, False, "not computed well enough"),
    ],
)
def test_a_model_is_adequate_above_one_in_a_hundred(p, computed, word):
    one = Prediction("A", PAPERS[0], True)
    assert model_answer([one], p, computed=computed).word == word


def test_a_model_that_was_asked_nothing_is_not_adequate():
    assert model_answer([], 0.9).word == "untested"
    with pytest.raises(NicheError, match=r"1 predictions \(A, \.\.\.\) without the p"):
        model_answer([Prediction("A", PAPERS[0], True)], None)
    with pytest.raises(NicheError, match="twice: A"):
        model_answer([Prediction("A", PAPERS[0], True)] * 2, 0.5)


def test_what_lies_outside_by_chance_is_what_the_model_itself_says():
    """Simulated from the predicted chances, as many directions lie outside as are expected."""
    random = np.random.default_rng(3)
    chances = [{"up": a, "down": b, "none": 1 - a - b} for a, b in random.dirichlet([8, 1, 1], 400)[:, :2]]
    outside = expected = 0.0
    for i, chance in enumerate(chances):
        for seen in random.choice(list(chance), 50, p=list(chance.values())):
            one = predicted_direction(f"A{i}", PAPERS[0], str(seen), chance)
            outside += not one.inside
            expected += one.expected
    assert outside == pytest.approx(expected, abs=3 * np.sqrt(expected))
    assert predicted_direction("A", PAPERS[0], "down", {"up": 0.8, "down": 0.2}).expected == 0


def test_chances_are_of_all_outcomes():
    with pytest.raises(NicheError, match=r"add up to 0\.9, not 1"):
        predicted_direction("A", PAPERS[0], "up", {"up": 0.8, "down": 0.1})
    with pytest.raises(NicheError, match="unknown outcome of A 'upp'; did you mean 'up'"):
        predicted_direction("A", PAPERS[0], "upp", {"up": 0.8, "down": 0.2})


def test_what_is_left_without_the_mechanism():
    found = control_of(np.log([2.0, 2.0, np.nan]), np.log([1.0, np.sqrt(2), 2.0]))
    assert found.left == pytest.approx(50)
    assert np.exp(found.without.median) == pytest.approx(np.sqrt(2))
    assert control_of(np.zeros(3), UP).left is None


def test_a_mechanism_says_what_each_paper_adds():
    told, whole, without = grounds()
    without[PAPERS[1]] = left_out(-2.5, how="sampled again without it")
    found = mechanism_answer(told, whole, without, sides={PAPERS[0]: (0.9, True)})
    assert found.word == "supported"
    assert pytest.approx(4.7) == found.D
    assert [one.paper for one in found.influence] == list(PAPERS)  # the largest part first
    assert [one.way for one in found.influence] == ["weights", "weights and sampled again without it", "weights"]
    assert (found.influence[0].side, found.influence[0].trial, found.influence[1].side) == (0.9, True, None)
    assert (found.pi, found.rho, found.nu) == (1.0, 1.0, 0.0)
    assert found.tells_most == ""


def test_left_out_papers_are_taken_as_they_are_kept():
    """What params/left_out keeps of them gives the same answer, but for the digits that it keeps."""
    told, whole, without = grounds()
    without[PAPERS[1]] = left_out(-2.5, how="sampled again without it")
    kept = {name: stored_left_out(one) for name, one in summary(whole).items()}
    off = {name: stored_left_out(one) for name, one in summary(without).items()}
    sides = {PAPERS[0]: (0.9, True)}
    first, second = mechanism_answer(told, whole, without, sides=sides), mechanism_answer(told, kept, off, sides=sides)
    assert [one.paper for one in second.influence] == [one.paper for one in first.influence]
    for one, other in zip(first.influence, second.influence, strict=True):
        assert (other.k, other.way, other.worth) == (one.k, one.way, one.worth)
        assert other.error == pytest.approx(one.error, abs=1e-3)


def test_a_paper_of_d_needs_both_densities():
    told, whole, without = grounds()
    del without[PAPERS[2]]
    with pytest.raises(NicheError, match=rf"{PAPERS[2]}: it is part of D"):
        mechanism_answer(told, whole, without)
    told, whole, without = grounds(papers=(*PAPERS[:2], "nobody-2000-nothing"))
    with pytest.raises(NicheError, match="unknown paper 'nobody-2000-nothing'"):
        mechanism_answer(told, whole, without)


def test_what_cannot_be_asked_says_why_before_any_fit():
    assert without_numbers(proposition("04c")).mechanism.word == "untested"
    assert "no parameter lets repair act" in without_numbers(proposition("04c")).mechanism.because
    assert "sum of two drugs" in without_numbers(proposition("19a")).mechanism.because
    assert without_numbers(proposition("05a")).mechanism.word == "not yet computed"


# --- sentences


def evidence(word="consistent", side="for", stands=(3, 0, 0, 0), papers=None):
    pro, against, nothing, mixed = stands
    certainty = CertaintyAnswer("low", "high", "", ())
    counts = Stands(pro=pro, against=against, no_effect=nothing, mixed=mixed)
    n = papers or sum(stands)
    return EvidenceAnswer(word, side, n, n, ("mouse",), 0, 0, counts, None, None, certainty)


EVIDENCE = [
    evidence(),
    evidence(stands=(2, 0, 0, 0)),
    evidence(stands=(19, 0, 1, 2)),
    evidence(side="against", stands=(0, 3, 0, 0)),
    evidence(side="against", stands=(0, 5, 1, 1)),
    evidence(side="no effect", stands=(0, 0, 2, 0)),
    evidence(side="no effect", stands=(1, 0, 5, 0)),
    evidence("conflicting", "for", (10, 1, 0, 2)),
    evidence("conflicting", "", (2, 2, 0, 0)),
    evidence("conflicting", "", (1, 0, 0, 1)),
    evidence("conflicting", "", (0, 0, 0, 2)),
    evidence("single paper", "for", (1, 0, 0, 0)),
    evidence("single paper", "against", (0, 1, 0, 0)),
    evidence("single paper", "no effect", (0, 0, 1, 0)),
    evidence("single paper", "", (0, 0, 0, 1)),
    evidence("single paper", "for", (1, 0, 0, 0), papers=3),
    evidence("none", "", (0, 0, 0, 0)),
]
STATEMENTS = [
    "Beta agonists raise osteoclasts and what they resorb.",
    "IL-6 carries beta signals to osteoclasts (the model is asked only whether beta signals raise IL-6)",
    "Resorption feeds a tumour in bone, so that it grows more slowly when resorption is blocked.",
]


def models():
    return [
        ModelAnswer("adequate", 5, 0, 0.5, 0.5),
        ModelAnswer("adequate", 1, 0, 0.1, 0.5),
        ModelAnswer("misfits", 24, 9, 2.4, 0.001),
        ModelAnswer("misfits", 24, 0, 2.4, 0.001),
        ModelAnswer("misfits", 1, 1, 0.1, 0.001),
        *(ModelAnswer(word) for word in ("untested", "not computed well enough", "not yet computed")),
    ]


def mechanisms():
    later = [
        MechanismAnswer("not yet computed", papers=4, labs=3, pi=pi, rho=0.5, nu=0.1, can_be=(*words, "undetermined"))
        for pi in (0.95, 0.99)
        for words in (("supported", "weakly supported"), ("weakly supported",), ("contradicted",))
    ]
    words = [MechanismAnswer(word) for word in MECHANISM]
    return [*words, *later, MechanismAnswer("untested", because="no such gain")]


# A verb or noun that does not go with its number.
NUMBER = re.compile(r"\b(1|one) (papers|of 1)\b|\bone (paper|study) (say|find)\b|\b\d papers (says|finds)\b")
ALL = list(itertools.product(STATEMENTS, ("up", "none", "none or down"), EVIDENCE, mechanisms(), models()))


def test_every_combination_of_words_gives_a_sentence():
    """Grammar that a program can see: one sentence, one full stop, no doubled word or stop, no gap, not too long."""
    for statement, asserts, *given in ALL:
        said = proposition_sentence(statement, asserts, *given)
        about = (said, given)
        assert re.fullmatch(r"[A-Z].*[a-z0-9)]\.", said), about
        assert not re.search(r"  | ,| ;|[,;:][,;:.]|\.\.|\(\)| \.|None|[a-z]\. ", said), about
        assert not re.search(r"\b(\w+) \1\b", said.lower()), about
        assert said.count("(") == said.count(")"), about
        assert not NUMBER.search(said), about
        assert len(said.split()) - len(statement.split()) <= 34, about  # of the rarest words; most add some 20


def test_a_sentence_tells_all_three_words():
    """Two sets of words that differ in what they say give two sentences."""
    for statement, asserts in itertools.product(STATEMENTS, ("up", "none")):
        for one in (EVIDENCE[0], EVIDENCE[7]):
            said = {
                (mechanism.word, model.word): proposition_sentence(statement, asserts, one, mechanism, model)
                for mechanism in mechanisms()[: len(MECHANISM)]
                for model in models()[::2]
                if model.word in ("adequate", "misfits")
            }
            same = 2 * 1 if asserts == "none" else 0  # of "no effect" the words "supported" and "no relevant effect"
            assert len(set(said.values())) == len(said) - same


@pytest.mark.parametrize(
    ("papers", "mechanism", "model", "said"),
    [
        (
            evidence(stands=(9, 0, 1, 0)),
            "supported",
            ModelAnswer("adequate", 12, 1, 1.2, 0.4),
            "Beta agonists lower bone: 9 of 10 papers say so, and the mechanism helps to predict papers left out; the "
            "model fits the measurements.",
        ),
        (
            evidence(side="no effect", stands=(0, 0, 3, 0)),
            "no relevant effect",
            ModelAnswer("misfits", 12, 4, 1.2, 0.001),
            "That beta agonists lower bone is not borne out (all 3 papers saw no effect), and the fitted model finds "
            "no effect that matters; it misses 4 of 12 measurements.",
        ),
        (
            evidence("conflicting", "for", (7, 2, 1, 0)),
            "undetermined",
            ModelAnswer("adequate", 12, 1, 1.2, 0.4),
            "Papers disagree whether beta agonists lower bone (7 for, 2 against, 1 neither), and the model is undecided"
            "; it fits the measurements.",
        ),
        (
            evidence(side="against", stands=(0, 4, 0, 0)),
            "supported",
            ModelAnswer("adequate", 12, 1, 1.2, 0.4),
            "That beta agonists lower bone is not borne out (all 4 papers find otherwise), but the mechanism helps to "
            "predict papers left out; the model fits the measurements.",
        ),
        (
            evidence("single paper", "for", (1, 0, 0, 0)),
            "untested",
            ModelAnswer("adequate", 1, 0, 0.1, 0.4),
            "Beta agonists lower bone: one paper says so, but too few papers can test the mechanism; the model fits "
            "the measurement.",
        ),
        (
            evidence(),
            "not yet computed",
            ModelAnswer("not yet computed"),
            "Beta agonists lower bone: all 3 papers say so; the model's answer is not yet computed.",
        ),
    ],
)
def test_sentences_as_they_are_said(papers, mechanism, model, said):
    assert proposition_sentence("Beta agonists lower bone.", "down", papers, MechanismAnswer(mechanism), model) == said


@pytest.mark.parametrize(
    ("statement", "within"),
    [
        ("Beta2 signals weaken CD8 T cells.", "beta2 signals weaken CD8 T cells"),
        ("A lytic tumour takes bone away", "a lytic tumour takes bone away"),
        ("CGRP lowers resorption", "CGRP lowers resorption"),
        ("IL-6 carries", "IL-6 carries"),
        ("PTHrP of the tumour", "PTHrP of the tumour"),
        ("TGF-beta from bone", "TGF-beta from bone"),
        ("M3 receptors", "M3 receptors"),
        ("Netrin-1 of osteoclasts", "netrin-1 of osteoclasts"),
    ],
)
def test_names_keep_their_capitals(statement, within):
    assert lowered(statement) == within


def test_numbers_and_lists_in_words():
    assert [counted(n) for n in (0, 1, 12, 13)] == ["no", "one", "twelve", "13"]
    assert [listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def several(*words):
    one = proposition("05a")
    return [
        answers_of(one, "05a", said, FittedAnswer(MechanismAnswer(mechanism, papers=3), ModelAnswer(model, 3)))
        for said, mechanism, model in words
    ]


def test_the_sentence_of_a_claim():
    good, split = evidence(), evidence("conflicting", "", (1, 1, 0, 0))
    found = several(
        (good, "supported", "adequate"), (good, "undetermined", "misfits"), (split, "weakly supported", "adequate")
    )
    assert summary_sentence(found) == (
        "Papers agree with two of its three statements; the fitted model supports one, supports one weakly and leaves "
        "one open; it fits the measurements of two and misfits those of one."
    )
    assert summary_sentence(found[:1]) == ""
    assert claim_sentence("", found[:1]) == f"{found[0].sentence} How sure the papers make it: low."
    assert claim_sentence("", found[1:]).startswith(f"{found[1].sentence} {found[2].sentence} How sure")
    assert claim_sentence("", [], (14, 15)) == "14 of 15 published numbers come out as printed."
    assert claim_sentence("verification of the fit", []) == "Verification of the fit."
    lacks = summary_sentence(
        several((good, "no relevant effect", "adequate"), (split, "no relevant effect", "adequate"))
    )
    assert "finds no relevant effect in one and does not reproduce one that papers show" in lacks
    for words in itertools.product(MECHANISM, MODEL):
        said = summary_sentence(several((good, *words), (split, *words)))
        assert re.fullmatch(r"Papers agree with one of its two statements; .*[a-z]\.", said), said
        assert not re.search(r"; ;|;\.|  ", said), said


def test_a_mechanism_whose_refit_is_to_come_says_so_beside_what_is_known():
    """The fit has shipped, and papers, probabilities and the model's answer are there; D is not."""
    pending = MechanismAnswer("not yet computed", papers=4, labs=3, pi=0.99, rho=0.8, nu=0.05, head_draws=1008)
    model = ModelAnswer("misfits", 12, 4, 1.2, 0.001)
    assert proposition_sentence("Beta agonists lower bone.", "down", evidence(), pending, model) == (
        "Beta agonists lower bone: all 3 papers say so; whether the mechanism helps is not yet computed; the model "
        "misses 4 of 12 measurements."
    )
    assert proposition_sentence(
        "Beta agonists lower bone.", "down", evidence(), pending, ModelAnswer(records.NOT_YET)
    ) == ("Beta agonists lower bone: all 3 papers say so; the model's answer is not yet computed.")
    shown = msgspec.structs.replace(pending, can_be=("supported", "weakly supported", "undetermined"))
    assert proposition_sentence("Beta agonists lower bone.", "down", evidence(), shown, model) == (
        "Beta agonists lower bone: all 3 papers say so, and the fitted model shows it, not yet tested by "
        "leaving papers out; the model misses 4 of 12 measurements."
    )
    small = msgspec.structs.replace(pending, can_be=("weakly supported", "undetermined"))
    against = evidence(side="against", stands=(0, 3, 0, 0))
    assert proposition_sentence("Beta agonists lower bone.", "down", against, small, ModelAnswer(records.NOT_YET)) == (
        "That beta agonists lower bone is not borne out (all 3 papers find otherwise), but the fitted model shows it, "
        "perhaps weakly, not yet tested by leaving papers out."
    )
    lines = mechanism_sentences(pending, "down")
    assert lines[0] == "4 papers of 3 laboratories with a measurement that the mechanism moves"
    assert "0.99" in lines[1]
    assert lines[2] == "gain in predicting papers that were left out: not yet computed"
    good = evidence()
    both = several((good, "supported", "adequate"), (good, "not yet computed", "misfits"))
    assert summary_sentence(both) == (
        "Papers agree with both of its statements; the fitted model supports one; whether the mechanism of one helps "
        "is not yet computed; the model fits the measurements of one and misfits those of one."
    )
    later = several((good, "not yet computed", "adequate"), (good, "not yet computed", "not yet computed"))
    assert summary_sentence(later) == (
        "Papers agree with both of its statements; whether the mechanisms help is not yet computed; the model fits the "
        "measurements of one."
    )


# --- the file


def test_answers_come_back_as_they_were_written(folder):
    found = read_answers(folder)
    assert list(found.propositions) == ["05a", "05b", "05c", "05d"]
    assert [one.mechanism.word for one in found.propositions.values()] == [
        "supported",
        "supported",
        "contradicted",
        "no relevant effect",
    ]
    assert found.propositions["05a"].model.which == ("N0",)
    before = (folder / FILE).read_bytes()
    write_answers(found.propositions, fit=found.fit, verified=found.verified, folder=folder)
    assert (folder / FILE).read_bytes() == before


def test_without_a_file_nothing_is_computed_yet(tmp_path):
    assert read_answers(tmp_path).propositions == {}


def edit(folder, change):
    content = json.loads((folder / FILE).read_text())
    change(content)
    (folder / FILE).write_text(json.dumps(content))
    read_answers.cache_clear()


def set_in(*keys):
    *path, last, value = keys

    def change(content):
        for key in path:
            content = content[key]
        content[last] = value

    return change


MECH, FIT = ("propositions", "05a", "mechanism"), ("propositions", "05a", "model")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_in("freeze", "an older one"), r"answers\.json, freeze: 'an older one' is another freeze"),
        (lambda c: c.pop("freeze"), r"answers\.json: lacks 'freeze'"),
        (set_in("propsitions", {}), r"unknown key 'propsitions'; did you mean 'propositions'"),
        (set_in("propositions", "05z", None), r"answers\.json, propositions, 05z: expected a mapping"),
        (
            lambda c: c["propositions"].update({"05z": c["propositions"]["05a"]}),
            r"answers\.json, propositions, 05z: unknown proposition '05z'; did you mean",
        ),
        (set_in(*MECH, "word", "suported"), r"05a, mechanism, word: unknown word 'suported'; did you mean 'supported'"),
        (set_in(*MECH, "pi", 1.5), r"05a, mechanism, pi: expected a number from 0 to 1, got 1\.5"),
        (set_in(*MECH, "pi", 0.9), r"05a, mechanism, word: 'supported' needs pi of at least 0\.975, got 0\.9"),
        (set_in(*MECH, "papers", 2), r"'supported' needs papers of at least 3, got 2"),
        (set_in(*MECH, "se", 4.0), r"'supported' needs D above 8, got 4\.7"),
        (set_in(*MECH, "error", 0.4), r"'supported' needs a Monte Carlo error below 0\.3"),
        (set_in(*MECH, "word", "contradicted"), r"'contradicted' needs 1 - pi of at least 0\.975, got 0"),
        (set_in(*MECH, "word", "no relevant effect"), r"'no relevant effect' needs nu of at least 0\.95, got 0"),
        (set_in(*MECH, "word", "untested"), r"'untested' needs fewer than 2 papers with a direct atom, got 3"),
        (set_in(*MECH, "nu", None), r"'supported' needs nu"),
        (set_in(*MECH, "D", 9.0), r"mechanism, D: 9, but the parts of its papers add up to 4\.7"),
        (set_in(*FIT, "word", "misfits"), r"05a, model, word: 'misfits', but p is 0\.4"),
        (set_in(*FIT, "p", 0.001), r"05a, model, word: 'adequate', but p is 0\.001"),
        (set_in(*FIT, "outside", 0), r"'adequate', but 1 predictions lie outside: N0"),
        (set_in(*FIT, "atoms", 9), r"'adequate', but atoms is 9 and there are 5 predictions"),
        (set_in(*FIT, "word", "not yet computed"), r"'not yet computed', but there are predictions"),
    ],
)
def test_a_file_that_cannot_be_is_refused_by_name(folder, change, said):
    edit(folder, change)
    with pytest.raises(NicheError, match=said):
        read_answers(folder)


def test_a_word_for_what_cannot_be_asked_is_refused(folder):
    edit(folder, lambda c: c["propositions"].update({"04c": c["propositions"]["05a"]}))
    with pytest.raises(
        NicheError, match=r"04c, mechanism, word: 'supported' of what cannot be asked: no parameter lets"
    ):
        read_answers(folder)


def test_text_that_is_no_json_is_named(folder):
    (folder / FILE).write_text("{")
    read_answers.cache_clear()
    with pytest.raises(NicheError, match=r"answers\.json is not readable as JSON"):
        read_answers(folder)


def test_nothing_is_written_that_would_be_refused(folder):
    before = (folder / FILE).read_bytes()
    wrong = msgspec.structs.replace(fitted().mechanism, word="contradicted")
    with pytest.raises(NicheError, match="'contradicted' needs"):
        write_answers({"05a": FittedAnswer(wrong, fitted().model)}, folder=folder)
    assert (folder / FILE).read_bytes() == before


def test_every_word_that_the_rules_give_is_taken(tmp_path):
    """Whatever numbers `word_of` is given, the file takes its word."""
    random = np.random.default_rng(5)
    seen = set()
    for _ in range(200):
        head = random.normal(random.choice([-0.6, -0.2, 0.0, 0.2, 0.6]), random.choice([0.02, 0.2]), 500)
        gains = random.normal(random.choice([-1, 0.5, 3]), random.choice([0.1, 2]), 3)
        asserts = int(random.choice([-1, 0, 1]))
        sides = (
            tuple((p, lab, False) for p, lab in ((0.99, "A"), (0.97, "B"), (0.01, "C"), (0.02, "D")))
            if random.random() < 0.1
            else ()
        )
        one = fitted(asserts=asserts, head=head, gains=gains, sides=sides, computed=random.random() < 0.9)
        name = {1: "05a", -1: "05b", 0: "13c"}[asserts]
        write_answers({name: one}, folder=tmp_path)
        assert read_answers(tmp_path).propositions[name].mechanism.word == one.mechanism.word
        seen.add(one.mechanism.word)
    assert seen >= {"supported", "contradicted", "no relevant effect", "weakly supported", "undetermined", "contested"}


def test_a_word_that_no_gain_could_change_is_taken_before_the_gain_is_there(tmp_path):
    random, least, seen = np.random.default_rng(6), float(np.log(1.2)), set()
    for _ in range(200):
        head = random.normal(random.choice([-0.6, -0.2, 0.0, 0.2, 0.6]), random.choice([0.02, 0.2]), 500)
        name, asserts = [("05a", 1), ("05b", -1), ("13c", 0), ("05e", 0)][random.integers(4)]
        papers = int(random.integers(2, 5))
        later = Difference(0.0, 0.0, 0.0, {}, True)
        words = words_to_come(Grounds(asserts, head, least, papers, 2, (), later, survives=True, computed=True))
        pi, rho, nu = shares(head, asserts, least)
        for word in {*words, "undetermined"}:
            one = MechanismAnswer(word, papers=papers, labs=2, pi=pi, rho=rho, nu=nu, can_be=(word,))
            given = {name: FittedAnswer(one, ModelAnswer(records.NOT_YET))}
            if words == (word,):
                write_answers(given, folder=tmp_path)
                assert read_answers(tmp_path).propositions[name].mechanism == one
                seen.add(word)
            elif words[0] in ("supported", "contradicted"):
                with pytest.raises(NicheError, match=f"'{word}' needs D"):
                    write_answers(given, folder=tmp_path)
    assert seen == {"no relevant effect", "undetermined", "supported"}  # the last where no effect is asserted
    said = mechanism_sentences(msgspec.structs.replace(one, word="undetermined", can_be=("undetermined",)), "up")
    assert said[2].endswith("not yet computed, and none would change the word")
    said = mechanism_sentences(msgspec.structs.replace(one, word=records.NOT_YET, can_be=("a", "b", "c")), "up")
    assert said[2].endswith("not yet computed; the word will be a, b or c")


# --- the front door


def test_answers_of_a_claim(folder):
    one = niche.claim("05").answers
    assert [piece.id for piece in one.propositions] == ["05a", "05b", "05c", "05d", "05e"]
    assert one == niche.answers(["05"])[0]
    assert one.propositions[4].mechanism.word == "not yet computed"
    assert [piece.id for piece in niche.answers(["05c"])[0].propositions] == ["05c"]
    every = niche.answers()
    assert [claim.number for claim in every] == sorted(claim.number for claim in every)
    assert {piece.id for claim in every for piece in claim.propositions} == set(read_propositions())
    with pytest.raises(NicheError, match="unknown claim or proposition '5z'"):
        niche.answers(["5z"])


def test_the_command_prints_a_table_that_fits(folder, capsys):
    assert cli.main(["claims"]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= WIDE
    assert "15 of 15 published numbers come out as printed." in said
    assert re.search(r"^05c +conflicting +contradicted +misfits$", said, re.MULTILINE)


def test_the_command_prints_one_with_its_numbers(folder, capsys):
    assert cli.main(["claims", "05a"]) == 0
    said = capsys.readouterr().out
    for part in ("D = +4.70 ± ", "N0", "OUTSIDE", PAPERS[1], "kondo-2011-isoprenaline", "10 % of the effect is left"):
        assert part in said


def test_json_has_the_keys_that_are_promised(folder, capsys):
    assert cli.main(["claims", "05", "--json"]) == 0
    (claim,) = json.loads(capsys.readouterr().out)
    assert {"id", "number", "title", "sentence", "propositions"} <= set(claim)
    one = claim["propositions"][0]
    assert {"id", "statement", "evidence", "mechanism", "model"} <= set(one)
    assert {"word", "papers", "labs", "species", "up", "down", "sign_test", "pool"} <= set(one["evidence"])
    assert {"word", "papers", "labs", "pi", "rho", "nu", "D", "se", "error", "influence", "savage_dickey"} <= set(
        one["mechanism"]
    )
    assert {"word", "atoms", "outside", "expected", "p", "which", "control"} <= set(one["model"])
    keys = re.findall(r'"([^"]+)":', json.dumps({k: v for k, v in one.items() if k != "evidence"}))
    assert all(re.fullmatch(r"[a-z0-9_]+|D", key) for key in keys), keys


def test_tables_of_all_claims(folder):
    found = answers(folder=folder)
    lines = markdown(found).splitlines()
    assert len(lines) == 2 + len(found) + len(read_propositions())
    assert all(line.count("|") == 5 for line in lines)
    assert max(map(len, table(found).splitlines())) <= WIDE
    assert "not yet computed" in details(answers(["12"], folder=folder))


def test_nothing_but_the_papers_speaks_without_a_fit(tmp_path):
    for claim in answers(folder=tmp_path):
        for one in claim.propositions:
            assert one.mechanism.word in ("not yet computed", "untested")
            assert one.model.word in ("not yet computed", "untested")


def test_the_gain_of_a_mechanism_is_the_sum_of_its_papers():
    told, whole, without = grounds(gains=(1.0, -0.5, 2.0))
    found = mechanism_answer(told, whole, without)
    assert sum(one.difference for one in found.influence) == pytest.approx(found.D) == pytest.approx(2.5)
    assert isinstance(found.influence[0], Influence)
    assert pytest.approx(2.5) == difference(whole, without, PAPERS).D
    assert np.exp(LEAST) == pytest.approx(1.2)


def test_a_sentence_says_how_large_the_effect_is():
    size = Spread(math.log(0.94), math.log(0.98), math.log(1.0))
    none = MechanismAnswer("no relevant effect", papers=4, labs=3, pi=0.95, rho=0.0, nu=0.99, effect=size)
    pool = PoolAnswer("tumour", False, 4, 0.81, 0.7, 0.9, 0.6, 1.1, 0.0, 0.0)
    agreed = msgspec.structs.replace(evidence(), pool=pool)
    said = proposition_sentence("Denosumab lowers it.", "down", agreed, none, ModelAnswer(records.NOT_YET))
    assert said == (
        "Denosumab lowers it: all 3 papers say so, but the fitted model does not reproduce it (0.98 times the control, "
        "0.94 to 1.00; papers together 0.81)."
    )
    split = evidence("conflicting", "", (1, 1, 0, 0))
    assert "and the fitted model finds no effect that matters (0.98 times the control, 0.94 to 1.00)." in (
        proposition_sentence("Denosumab lowers it.", "down", split, none, ModelAnswer(records.NOT_YET))
    )
    # a word that says nothing of the effect has none beside it
    badly = msgspec.structs.replace(none, word=records.NOT_WELL)
    assert "times" not in proposition_sentence("It falls.", "down", agreed, badly, ModelAnswer(records.NOT_YET))
    assert [times(math.log(x)) for x in (0.131, 0.998, 1.694, 1.999, 2.24, 83.3)] == [
        "0.13", "1.00", "1.69", "2.0", "2.2", "83"
    ]  # fmt: skip


def test_of_a_statement_of_no_effect_that_is_what_is_supported():
    assert worth_word("supported", "none") == worth_word("supported", "none or down") == "supported: no effect"
    assert worth_word("supported", "up") == "supported"
    assert worth_word("undetermined", "none") == "undetermined"
    survival = answers(["15b"])[0].propositions[0].evidence
    for_none, for_some = (vote_sentences(survival, asserts)[0] for asserts in ("none", "up"))
    assert "saw no effect" in for_some
    assert "saw no effect" not in for_none
