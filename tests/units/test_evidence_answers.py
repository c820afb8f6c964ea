"""What papers alone say of a proposition: what a measurement saw, votes, the word, certainty, and the page on it."""

import json
import math
from pathlib import Path

import pytest

from compendium.cli import main as cli
from niche.atoms.assays import Variation
from niche.evidence.paper_records import ROB2, SYRCLE, Measurement, Paper
from niche.params.schema import parse
from niche.propositions.answer import answer_of, evidence_answer, evidence_answers, pools_of, precise
from niche.propositions.grade import LEVELS, Body, Judged, certainty, indirectness, risk_of_bias, subjects
from niche.propositions.heads import measured_in
from niche.propositions.observed import observed
from niche.propositions.pool import pool
from niche.propositions.records import Head, Proposition
from niche.propositions.text import answered, sentence
from niche.propositions.votes import Spoken, Vote, arrow, majority, species, stand, together, upwards
from niche.propositions.words import WORDS, side, word

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {("cell counts", "animals"): Variation(0.3, 5, "assay"), ("", "people"): Variation(0.3, 5, "any assay")}
PAPER = {
    "title": "A title",
    "authors": ["A. Author"],
    "year": 2020,
    "journal": "A journal",
    "laboratory": "A laboratory",
    "doi": "10.1000/a",
    "read": "abstract",
    "kind": "healthy rodent",
    "host": {"species": "mouse"},
    "arms": {"a": {"done": "drug", "n": 18}, "b": {"done": "vehicle", "n": 18}},
    "measurements": [],
}
ROW = {
    "id": "XX01",
    "readout": "Oc.N/BS",
    "family": "bone cells",
    "assay_group": "cell counts",
    "contrast": ["a", "b"],
    "kind": "number",
    "where": "Abstract",
}


def paper(**changed):
    return parse(Paper, {**PAPER, **changed}, "one.yaml")


def saw(**printed):
    return observed(paper(), parse(Measurement, {**ROW, **printed}, "one.yaml"), KNOWN)


@pytest.mark.parametrize(
    ("printed", "way"),
    [
        ({"kind": "direction", "direction": "down"}, "down"),
        ({"kind": "order", "direction": "up"}, "up"),
        ({"kind": "no effect"}, "none"),
        # intervals that hold no effect and that do not
        ({"value": 0.83, "unit": "hazard ratio", "low": 0.76, "high": 0.90}, "down"),
        ({"value": 0.94, "unit": "hazard ratio", "low": 0.87, "high": 1.01}, "none"),
        ({"value": 20, "unit": "percent change", "se": 5}, "up"),
        ({"value": 20, "unit": "percent change", "se": 15}, "none"),
        # P, exact and as a bound: at 0.05 an effect stands on the edge, and was called significant
        ({"value": 1.5, "unit": "fold", "p": 0.04}, "up"),
        ({"value": 1.5, "unit": "fold", "p": 0.06}, "none"),
        ({"value": 1.5, "unit": "fold", "p_below": 0.05}, "up"),
        # nothing printed: 0.3 * sqrt(1/18 + 1/18) = 0.1 of the assay
        ({"value": math.exp(0.19), "unit": "fold"}, "none"),
        ({"value": math.exp(-0.20), "unit": "fold"}, "down"),
        # counts: 1 of 100 against 11 of 100, and against 3
        ({"value": 1, "control_value": 11, "unit": "percent", "counts": [[1, 100], [11, 100]]}, "down"),
        ({"value": 1, "control_value": 3, "unit": "percent", "counts": [[1, 100], [3, 100]]}, "none"),
        # changes of two arms are compared as what is left, not as a ratio of changes
        ({"value": 6, "control_value": 2, "unit": "percent change", "p": 0.001}, "up"),
        ({"value": -20, "control_value": -60, "unit": "percent change", "p": 0.001}, "up"),
        # no ratio: a difference with its interval, or with P
        ({"value": -0.78, "unit": "points", "low": -1.52, "high": -0.04}, "down"),
        ({"value": -5.8, "unit": "percentage points", "low": -15.1, "high": 3.6}, "none"),
        ({"value": -0.8, "control_value": -0.7, "unit": "points", "p": 0.592}, "none"),
        ({"value": -0.8, "control_value": -0.2, "unit": "points", "p": 0.01}, "down"),
        # bounds that lie beyond no effect, and those that tell nothing
        ({"kind": "bound", "bound": "above", "value": 2, "unit": "fold"}, "up"),
        ({"kind": "bound", "bound": "below", "value": -80, "unit": "percent change"}, "down"),
        ({"kind": "bound", "bound": "above", "value": -30, "unit": "percent change"}, ""),
        ({"kind": "bound", "bound": "below", "value": 4, "unit": "fold"}, ""),
        # one arm: against its own start, or against nothing
        ({"contrast": ["a"], "value": -50, "unit": "percent change", "p": 0.001}, "down"),
        ({"contrast": ["a"], "value": 31, "unit": "percent"}, ""),
        ({"contrast": ["a"], "value": 0.4, "unit": "per day", "se": 0.01}, ""),
        ({"contrast": ["a"], "value": -0.55, "unit": "correlation", "p_below": 0.01}, "down"),
        # what tells nothing
        ({"value": 0.5, "unit": "h"}, ""),
        ({"value": 0.83, "unit": "hazard ratio"}, ""),
        ({"kind": "order"}, ""),
    ],
)
def test_what_a_measurement_saw(printed, way):
    found = saw(**printed)
    assert found.way == way
    assert bool(found.why) == (not way)


def test_a_number_keeps_its_logarithm_and_error():
    found = saw(value=0.83, unit="hazard ratio", low=0.76, high=0.90, family="events", assay_group="")
    assert found.y == pytest.approx(math.log(0.83))
    assert found.error == pytest.approx(math.log(0.90 / 0.76) / (2 * 1.959964), rel=1e-6)
    assert found.risk
    assert not saw(value=1.5, unit="fold", p=0.01).risk
    changes = saw(value=6, control_value=2, unit="percent change", p=0.001)
    assert changes.y == pytest.approx(math.log(1.06 / 1.02))
    own_start = saw(contrast=["a"], value=-50, unit="percent change")
    assert own_start.error == pytest.approx(0.3 * math.sqrt(2 / 18))


@pytest.mark.parametrize(
    ("wanted", "seen", "stands"),
    [
        ("up", "up", "for"),
        ("up", "down", "against"),
        ("up", "none", "no effect"),
        ("none", "none", "for"),
        ("none", "down", "against"),
        ("none or down", "down", "for"),
        ("none or down", "up", "against"),
    ],
)
def test_where_a_measurement_stands(wanted, seen, stands):
    assert stand(wanted, seen) == stands


def test_an_arrow_points_where_the_head_would_move():
    assert arrow("down", "for", ["up"]) == "down"
    assert arrow("down", "against", ["down"]) == "up"
    assert arrow("down", "no effect", ["none"]) == "none"
    assert arrow("down", "mixed", ["none", "up"]) == "mixed"
    assert arrow("none", "against", ["up", "up", "none"]) == "up"


def test_a_number_counts_upwards_where_the_head_does():
    """Of a head that falls, a read-out that should rise counts with its sign turned."""
    assert upwards("down", "down", -0.5) == -0.5
    assert upwards("down", "up", 0.5) == -0.5
    assert upwards("up", "down", 0.5) == -0.5
    assert upwards("up", "none", 0.5) is None
    assert upwards("none", "none", 0.5) == 0.5


def test_more_than_half_decide():
    assert majority(["for", "for", "against"]) == "for"
    assert majority(["for", "against"]) == "mixed"
    assert majority(["for", "against", "no effect"]) == "mixed"
    assert majority(["no effect"]) == "no effect"


def test_the_same_animals_vote_once():
    of = {"first": paper(), "again": paper(same_animals="first"), "other": paper()}
    assert together(["first", "other", "again"], of) == ([["first", "again"], ["other"]], ())


def test_trials_vote_for_the_review_that_pools_them():
    trial = paper(kind="randomised trial", same_animals="pooled")
    of = {
        "pooled": paper(kind="review"),
        "one": trial,
        "two": trial,
        "meta": paper(kind="review", same_animals="pooled"),
    }
    assert together(["pooled", "one", "two", "meta"], of) == ([["one"], ["two"]], ("pooled", "meta"))
    assert together(["pooled", "one", "meta"], of) == ([["pooled", "one", "meta"]], ())
    assert together(["one", "two"], of) == ([["one"], ["two"]], ())


@pytest.mark.parametrize(
    ("stands", "said", "which"),
    [
        ((0, 0, 0, 0), "none", ""),
        ((1, 0, 0, 0), "single paper", "for"),
        ((0, 0, 0, 1), "single paper", ""),
        ((2, 0, 0, 0), "consistent", "for"),
        ((10, 1, 0, 0), "conflicting", "for"),
        ((0, 3, 1, 0), "consistent", "against"),
        ((3, 0, 2, 0), "consistent", "for"),
        ((1, 0, 1, 0), "conflicting", ""),
        ((1, 0, 5, 0), "consistent", "no effect"),
        ((2, 0, 1, 1), "conflicting", ""),
        ((0, 0, 0, 2), "conflicting", ""),
    ],
)
def test_the_word(stands, said, which):
    counted = dict(zip(("for", "against", "no effect", "mixed"), stands, strict=True))
    assert (word(counted), side(counted)) == (said, which)
    assert said in WORDS


# --- certainty


def judged(**changed):
    vote = {"arrow": "up", "kinds": ("healthy rodent",), "bias": "low", "indirect": (), "subjects": 20, **changed}
    return Judged(**vote)


def body(votes, *, precise=True, i2=None, conflicting=False, stands=None):
    counted = stands or {"for": len(votes), "against": 0, "no effect": 0, "mixed": 0}
    return Body(tuple(votes), counted, conflicting, i2, precise, "as told")


def cost(found, domain):
    (step,) = [step for step in found.steps if step.domain == domain]
    assert step.reason
    return step.cost


LARGE = {"kinds": ("randomised trial",), "subjects": 500}


def test_large_trials_that_agree_are_of_high_certainty():
    found = certainty(body([judged(**LARGE)] * 3))
    assert (found.level, [step.cost for step in found.steps]) == ("high", [0] * 5)


def test_cohorts_start_low():
    assert certainty(body([judged(kinds=("cohort",), subjects=5000)] * 3)).level == "low"
    mixed = [judged(kinds=("cohort",), subjects=5000)] * 2 + [judged(**LARGE)] * 3
    assert certainty(body(mixed)).start == "high"
    assert certainty(body([judged(kinds=("review",), subjects=5000)] * 3)).start == "low"


def test_nothing_is_below_very_low_and_nothing_speaks_without_papers():
    bad = judged(bias="high", indirect=("species",), arrow="up")
    assert certainty(body([bad], precise=False)).level == LEVELS[0]
    assert certainty(body([])).level == ""


@pytest.mark.parametrize(
    ("biases", "costs"),
    [
        ("low low low", 0),
        ("unclear low low", 0),
        ("unclear unclear low", 1),
        ("high unclear low", 1),
        ("high high low", 2),
    ],
)
def test_what_is_unclear_costs_a_level(biases, costs):
    found = certainty(body([judged(**LARGE, bias=bias) for bias in biases.split()]))
    assert cost(found, "risk of bias") == costs


def test_what_is_far_from_the_statement_costs_a_level():
    far, near = judged(**LARGE, indirect=("species",)), judged(**LARGE)
    assert cost(certainty(body([far, far, near])), "indirectness") == 1
    assert cost(certainty(body([far, near])), "indirectness") == 0


@pytest.mark.parametrize(
    ("pro", "con", "i2", "conflicting", "costs"),
    [(5, 0, 0.2, False, 0), (5, 0, 0.6, False, 1), (5, 1, None, True, 1), (4, 2, None, True, 2), (1, 1, None, True, 1)],
)
def test_papers_that_disagree_cost(pro, con, i2, conflicting, costs):
    stands = {"for": pro, "against": con, "no effect": 0, "mixed": 0}
    found = certainty(body([judged(**LARGE)] * (pro + con), i2=i2, conflicting=conflicting, stands=stands))
    assert cost(found, "inconsistency") == costs


def test_few_papers_are_imprecise():
    assert cost(certainty(body([judged()])), "imprecision") == 2
    assert cost(certainty(body([judged(**LARGE)])), "imprecision") == 1
    assert cost(certainty(body([judged()] * 2)), "imprecision") == 1
    assert cost(certainty(body([judged()] * 3)), "imprecision") == 0
    assert cost(certainty(body([judged()] * 3, precise=False)), "imprecision") == 1


def statement(asserts):
    return Proposition(claim="x", statement="x", asserts=asserts, untested_because="a test", least=1.25)


@pytest.mark.parametrize(
    ("asserts", "numbers", "p", "told"),
    [
        # an effect: the pool's interval, or the sign test where the pool holds less than half of the papers
        ("up", [0.5, 0.6, 0.7], None, True),
        ("up", [-0.1, 0.1, 0.2], None, False),
        ("up", None, 0.03, True),
        ("up", None, 0.06, False),
        ("up", None, None, False),
        # none: the interval within 1/1.25 to 1.25, or on the side that is not allowed
        ("none", [-0.05, 0.0, 0.05], None, True),
        ("none", [0.15, 0.2, 0.25], None, False),
        ("none", [-0.25, -0.2, -0.15], None, False),
        ("none or down", [-0.6, -0.5, -0.4], None, True),
        ("none or down", [0.4, 0.5, 0.6], None, False),
        ("none or up", [0.4, 0.5, 0.6], None, True),
        ("none or up", [-0.6, -0.5, -0.4], None, False),
        ("none", None, None, False),
    ],
)
def test_whether_chance_is_excluded(asserts, numbers, p, told):
    largest = pool(numbers, [0.05] * 3) if numbers else None
    assert precise(statement(asserts), 6, largest, p)[0] is told
    if numbers:
        assert precise(statement(asserts), 7, largest, 0.01)[1] == "the sign test has P = 0.01"


def test_a_statement_of_no_effect_has_no_sign_test():
    assert evidence_answer("15b").p is None


def test_small_studies_all_one_way_are_suspected():
    def of(votes):
        return cost(certainty(body(votes)), "publication bias")

    small, unknown = judged(), judged(subjects=None)
    assert of([small] * 4) == 1
    assert of([small] * 3 + [unknown]) == 1
    assert of([small]) == 0
    assert of([small] * 3 + [judged(arrow="none")]) == 0
    assert of([small] * 3 + [judged(subjects=500)]) == 0
    assert of([small] * 3 + [judged(kinds=("cohort",), subjects=None)]) == 0
    assert of([small] * 10) == 0
    assert of([judged(arrow="none")] * 4) == 0


def test_what_is_judged_of_papers():
    low, trial = dict.fromkeys(SYRCLE, "low"), dict.fromkeys(ROB2, "low")
    assert risk_of_bias([paper(risk_of_bias=low)]) == "low"
    assert risk_of_bias([paper(risk_of_bias=low | {"housing": "unclear"})]) == "unclear"
    assert risk_of_bias([paper()]) == "unclear"
    bad = paper(kind="randomised trial", risk_of_bias=trial | {"deviations": "high"})
    assert risk_of_bias([bad]) == "high"
    assert risk_of_bias([bad, paper(), paper()]) == "unclear"
    assert indirectness([paper()], ["read in an abstract", "species"]) == ("species",)
    assert indirectness([paper(kind="culture")], []) == ("culture",)
    rows = [{**ROW, "value": 2, "unit": "fold"}, {**ROW, "id": "XX02", "value": 2, "unit": "fold", "n": [3, 4]}]
    assert subjects([paper(measurements=rows)], {"XX02"}) == 7
    assert subjects([paper(measurements=rows)], {"XX01", "XX02"}) == 36
    assert subjects([paper(measurements=rows)], {"XX03"}) is None


# --- answers of params


def test_a_paper_counts_once_in_a_pool():
    """The mean of its numbers with the mean of their errors; families and kinds of ratio apart."""

    def vote(key, *numbers, family="bone cells", risk=False):
        seen = [saw(value=2, unit="fold", p=0.01)._replace(y=y, error=s, risk=risk) for y, s in numbers]
        return Vote((key,), "for", "up", tuple(Spoken("X", key, family, "for", one, one.y) for one in seen))

    votes = [vote("a", (0.2, 0.1), (0.4, 0.3)), vote("b", (0.1, 0.2)), vote("c", (0.6, 0.2))]
    (found,) = pools_of([*votes, vote("d", (0.5, 0.1), family="tumour"), vote("e", (0.5, 0.1), risk=True)])
    assert found.papers == ("a", "b", "c")
    assert found.pool == pytest.approx(pool([0.3, 0.1, 0.6], [0.2, 0.2, 0.2]))


def test_every_answer_of_params():
    for answer in evidence_answers():
        assert answer.word in WORDS
        assert sum(answer.stands.values()) == sum(answer.arrows.values()) == len(answer.votes.votes)
        assert sentence(answer).count("; ") >= 1
        spoken = {row.id for vote in answer.votes.votes for row in vote.spoken}
        left = set(answer.proposition.evidence) - spoken - set(answer.votes.unread)
        assert {measured_in()[row] for row in left} == set(answer.votes.silent)


def test_a_statement_is_answered_the_same_way_round_and_turned():
    """What is for a statement is against its contrary, with the same pool upside down."""
    one = evidence_answer("13b").proposition
    turn = {"up": "down", "down": "up"}
    evidence = {row: turn[way] for row, way in one.evidence.items()}
    contrary = Proposition(
        claim=one.claim, statement="Less", asserts="up", head=Head(atom="CL001"), gains=("zol_kill",), evidence=evidence
    )
    ours, theirs = answer_of("13b", one), answer_of("13b", contrary)
    assert (ours.stands["for"], ours.stands["against"]) == (theirs.stands["against"], theirs.stands["for"])
    assert ours.arrows == theirs.arrows
    assert ours.p == theirs.p
    assert ours.pools[0].pool.mean == theirs.pools[0].pool.mean
    assert (answered(ours), answered(theirs)) == ("consistent, for", "consistent, against")


def test_no_measurement_is_no_answer():
    one = Proposition(claim="x", statement="Nothing speaks.", asserts="up", untested_because="a test")
    found = answer_of("99a", one)
    assert (found.word, found.side, found.p, found.pools, found.certainty.level) == ("none", "", None, (), "")
    assert sentence(found) == "Nothing speaks: no paper that was read speaks to it."


def test_species_are_words_of_the_host():
    assert species(["cao-2014-adrb2"]) == ("mouse", "rat")


def test_the_example_of_the_page_is_what_is_answered():
    page = (ROOT / "docs" / "evidence-answers.md").read_text(encoding="utf-8")
    quoted = " ".join(line[2:] for line in page.splitlines() if line.startswith("> "))
    assert quoted == sentence(evidence_answer("13b"))


def test_the_table(capsys):
    assert cli.main(["evidence"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + len(evidence_answers())
    assert all(len(line) < 150 for line in lines)


def test_one_in_full(capsys):
    assert cli.main(["evidence", "13b"]) == 0
    said = capsys.readouterr().out
    for part in ("fizazi-2011-prostate", "Sign test: 4 for, 0 against", "risk of bias -1:", "Silent,"):
        assert part in said


def test_json(capsys):
    assert cli.main(["evidence", "13b", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["word"] == "consistent"
    assert found["arrows"]["down"] == 4
    assert found["pools"][0]["interval"][1] < 1


def test_an_unknown_proposition(capsys):
    assert cli.main(["evidence", "13z"]) == 2
    assert "unknown proposition '13z'" in capsys.readouterr().err
