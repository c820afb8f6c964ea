"""Coverage of left-out papers against the binomial, gains over poorer models by hand, and what would tell most."""

import numpy as np
import pytest
from scipy import stats

from niche.answering.coverage import ALL, BEFORE, coverage_of, gain_over, level_of
from niche.answering.sources import Sources, Trials
from niche.inference.blocks import CLASSES
from niche.inference.joint import informing
from niche.inference.left_out import LeftOut
from niche.inference.trials_predicted import predicted_rows
from niche.predictions.candidates import read_candidates
from niche.predictions.telling import NONE, Tells, sentence, tells_most

N = 300
R = np.random.default_rng(8)


def left_out(value, how="weights", fine=True):
    return LeftOut(value, 0.03, 0.2, 900.0, how, fine, np.empty(0))


def test_how_many_intervals_may_hold_by_chance():
    found = level_of([0.5, 0.74, 0.76, 0.02, 0.99] * 20, 0.5)
    assert (found.rows, found.held) == (100, 40)
    assert (found.low, found.high) == tuple(stats.binom.ppf([0.025, 0.975], 100, 0.5))
    wide = level_of([0.5, 0.74, 0.76, 0.02, 0.99] * 20, 0.9)
    assert wide.held == 60


def test_places_of_a_right_model_hold_what_they_promise():
    held = [level_of(R.random(200), 0.9) for _ in range(400)]
    share = np.mean([one.low <= one.held <= one.high for one in held])
    assert 0.93 <= share <= 0.99


@pytest.fixture(scope="module")
def given():
    """Numbers of ten papers, and all trials: the model says what was measured."""
    every = [atom for atom in informing() if atom.kind == "number" and not atom.linear]
    papers = list(dict.fromkeys(atom.animals for atom in every))[:10]
    atoms, trials = tuple(a for a in every if a.animals in papers), predicted_rows()
    known = {*papers, *(atom.animals for atom in trials)}
    return Sources(
        atoms=atoms,
        keys=(),
        effects=np.array([atom.y for atom in atoms]) + 0.01 * R.standard_normal((N, len(atoms))),
        spreads=np.full((N, len(CLASSES)), 0.1),
        scores=np.zeros((N, 5)),
        whole=N,
        weights={paper: np.full(N, 1 / N) for paper in papers},
        left_out={paper: left_out(-1.0, "weights" if paper in papers else "prediction") for paper in known},
        alone={},
        without={},
        converged=True,
        fit="abc",
        trials=Trials(
            trials,
            np.arange(N),
            np.array([0.0 if a.kind != "number" else a.y for a in trials]) + 0.01 * R.standard_normal((N, len(trials))),
            np.zeros(len(trials)),
        ),
        before=dict.fromkeys(papers, (-1.5, 0.01)),
    )


def test_numbers_by_class(given):
    found = coverage_of(given)
    numbers = len(given.atoms) + sum(atom.kind == "number" for atom in given.trials.atoms)
    whole = found.classes[0]
    assert (whole.study, whole.levels[0].rows, whole.levels[1].held) == (ALL, numbers, numbers)
    assert sum(one.levels[0].rows for one in found.classes[1:]) == numbers
    assert found.not_well == 0
    (before,) = found.gains
    assert (before.against, before.papers) == (BEFORE, 10)
    assert before.gain == pytest.approx(5.0)
    assert before.error == pytest.approx(np.sqrt(10 * (0.03**2 + 0.01**2)))


def test_numbers_that_are_far_off_lie_outside_and_poor_papers_do_not_count(given):
    paper = given.atoms[0].animals
    poor = given.left_out | {paper: left_out(-1.0, fine=False)}
    found = coverage_of(given._replace(effects=given.effects + 30.0, trials=Trials(), left_out=poor))
    mine = sum(atom.animals == paper for atom in given.atoms)
    assert found.not_well == mine
    assert (found.classes[0].levels[1].rows, found.classes[0].levels[1].held) == (len(given.atoms) - mine, 0)


def test_a_gain_is_over_papers_that_were_left_out_in_one_way():
    whole = {"a": left_out(-1.0), "b": left_out(-1.0), "c": left_out(-1.0)}
    other = {"a": left_out(-3.0), "b": left_out(-2.0, "sampled again without it"), "c": left_out(-2.0, fine=False)}
    found = gain_over("no nerves", whole, other)
    assert (found.papers, found.not_well, found.gain, found.se) == (1, 2, 2.0, None)


def test_what_tells_most_about_a_head():
    """Outcome and head normal: the share of the variance that goes is the square of their correlation."""
    head = R.normal(0, 1, 2000)
    outcomes = np.column_stack([0.3 * head, head, head, R.normal(0, 1, 2000)])
    outcomes[:200, 2] = np.nan  # too many draws without an outcome
    found = tells_most(outcomes, [0.5, 0.5, 0.01, 0.5], ["weak", "strong", "lost", "other"], head)
    assert found is not None
    assert found.name == "strong"
    assert found.share == pytest.approx(1 / (1 + 0.5**2), abs=0.08)
    assert tells_most(outcomes[:, 2:3], [0.01], ["lost"], head) is None


def test_the_sentence_about_it():
    known = read_candidates()
    name = next(iter(known))
    said = sentence(Tells(name, 0.3), known)
    assert said.startswith(known[name].entry.question)
    assert "45 %" in said
    assert sentence(Tells(name, 0.001), known) == NONE
    assert sentence(None, known) == NONE
