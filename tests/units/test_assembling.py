"""From draws and left-out papers to answers: what goes in is made up, what comes out is reckoned by hand."""

import numpy as np
import pytest

from niche.answering import assembling
from niche.answering import sources as stored_sources
from niche.answering.assembling import fitted_answer
from niche.answering.predicted_rows import _everywhere
from niche.answering.sources import Sources, Trials
from niche.answering.surviving import heads_without, survives
from niche.inference.blocks import CLASSES
from niche.inference.joint import informing
from niche.inference.left_out import LeftOut
from niche.inference.trials_predicted import predicted_rows
from niche.propositions.reading import proposition

N = 400
R = np.random.default_rng(0)


def left_out(value, fine=True):
    return LeftOut(value, 0.02, 0.2, 900.0, "sampled again without it", fine, np.empty(0))


def stored(value):
    return {
        "log_density": value,
        "error": 0.02,
        "k": 0.2,
        "worth": 900.0,
        "how": "sampled again without it",
        "fine": True,
    }


@pytest.fixture(scope="module")
def given():
    """Everything that papers of 05a printed is what the model says, and without the mechanism it says nothing."""
    atoms, one = informing(), proposition("05a")
    mine = [atom for atom in atoms if atom.name.split(".")[0] in one.evidence]
    direct = {}
    for atom in mine:
        direct.setdefault(atom.animals, []).append(atom.name)
    papers = sorted({atom.animals for atom in atoms})
    effects = np.empty((N, len(atoms)))
    for j, atom in enumerate(atoms):
        middle = atom.y if atom.kind == "number" else 0.8 * atom.sign
        effects[:, j] = middle + 0.05 * R.standard_normal(N)
    keys = tuple(f"model:{gain}" for gain in one.gains)
    told = {
        "propositions": ["05a"],
        "direct": direct,
        "papers": {paper: stored(-3.0) for paper in direct},
        "heads": {"05a": [-0.05, 0.01, 0.06]},
    }
    return Sources(
        atoms=atoms,
        keys=keys,
        effects=effects,
        spreads=np.full((N, len(CLASSES)), 0.1),
        scores=2 + 0.5 * R.standard_normal((N, len(keys) + len(CLASSES))),
        whole=N,
        weights={paper: np.full(N, 1 / N) for paper in papers},
        left_out={paper: left_out(-1.5) for paper in papers},
        alone={"05a": dict.fromkeys(direct, (0.96, 300.0))},
        without={"05a": told},
        converged=True,
        fit="abc",
    )


def head_row(given):
    return [atom.name for atom in given.atoms].index(proposition("05a").head.atom)


def test_a_mechanism_that_every_paper_needs(given):
    one = proposition("05a")
    said = fitted_answer("05a", one, given)
    n = len(given.without["05a"]["direct"])
    assert said.mechanism.word == "supported"
    assert pytest.approx(1.5 * n) == said.mechanism.D
    assert said.mechanism.papers == n
    assert said.mechanism.error == pytest.approx(0.02 * np.sqrt(2 * n), rel=1e-6)
    assert said.mechanism.savage_dickey.full < -3
    assert {one.side for one in said.mechanism.influence} == {0.96}
    assert said.model.control.left == pytest.approx(1.0 / np.median(given.effects[:, head_row(given)]), rel=0.2)
    numbers = [one for one in said.model.predictions if one.observed is not None]
    assert all(one.inside for one in numbers)
    assert len(said.model.predictions) == sum(map(len, given.without["05a"]["direct"].values()))


def test_fits_that_did_not_converge_give_no_word(given):
    said = fitted_answer("05a", proposition("05a"), given._replace(converged=False))
    assert said.mechanism.word == "not computed well enough"


def test_two_ways_to_leave_papers_out_are_never_mixed(given):
    other = {paper: one._replace(how="weights") for paper, one in given.left_out.items()}
    said = fitted_answer("05a", proposition("05a"), given._replace(left_out=other))
    assert said.mechanism.word == "not computed well enough"


def test_papers_on_both_sides_contest(given):
    papers = list(given.without["05a"]["direct"])
    alone = {paper: (0.97 if i % 2 else 0.02, 300.0) for i, paper in enumerate(papers)}
    assert fitted_answer("05a", proposition("05a"), given._replace(alone={"05a": alone})).mechanism.word == "contested"
    few = {paper: (p, 5.0) for paper, (p, _) in alone.items()}  # too few draws to say anything
    assert fitted_answer("05a", proposition("05a"), given._replace(alone={"05a": few})).mechanism.word == "supported"


def test_what_is_missing_is_not_yet_computed(given):
    assert fitted_answer("05a", proposition("05a"), given._replace(without={})).mechanism.word == "not yet computed"
    assert fitted_answer("19a", proposition("19a"), given).mechanism.word == "untested"
    assert fitted_answer("13a", proposition("13a"), given).mechanism.word == "not yet computed"


def test_of_none_or_down_an_effect_downwards_is_as_good_as_none(given):
    one = proposition("05e")
    assert one.asserts == "none or down"
    rows = [atom.name for atom in given.atoms]
    effects = given.effects.copy()
    effects[:, rows.index(one.head.atom)] = -0.9
    told = given.without["05a"] | {"propositions": ["05e"]}
    said = fitted_answer("05e", one, given._replace(effects=effects, without={"05e": told}, alone={"05e": {}}))
    assert said.mechanism.nu == 1.0
    assert said.mechanism.word == "supported"


@pytest.fixture(scope="module")
def of_trials(given):
    """Cohorts of patients in which blockers do nothing, simulated at every other draw; the model says so, too."""
    rows = predicted_rows()
    users = [a for a in rows if a.name in ("CL214", "CW01", "CL036", "NZ01", "CL033", "CL185")]
    places = np.arange(0, N, 2)
    effects = 0.01 * R.standard_normal((len(places), len(rows)))
    direct: dict[str, list[str]] = {}
    for atom in users:
        direct.setdefault(atom.animals, []).append(atom.name)
    auckland = [paper for paper in direct if paper.startswith("scott-")]
    told = {
        "propositions": ["15b"],
        "direct": direct,
        "papers": {paper: {**stored(-2.0), "how": "prediction"} for paper in direct},
        "laboratories": {},
        "trial laboratories": {"J. M. Elwood, Auckland": {**stored(-9.0), "how": "prediction", "scored": auckland}},
        "heads": {"15b": [-0.01, 0.0, 0.01]},
    }
    return given._replace(
        trials=Trials(rows, places, effects, np.full(len(rows), 0.4), {"11d": np.full(N, 0.5)}),
        left_out=given.left_out | {p: left_out(-1.5)._replace(how="prediction") for p in direct},
        alone={name: {} for name in ("11d", "13a", "15b")},
        without={"15b": told},
    )


def test_a_head_that_is_a_trial(of_trials):
    said = fitted_answer("15b", proposition("15b"), of_trials)
    n = len(of_trials.without["15b"]["direct"])
    assert (said.mechanism.word, said.mechanism.nu, said.mechanism.papers) == ("supported", 1.0, n)
    assert pytest.approx(0.5 * n) == said.mechanism.D
    assert (said.mechanism.head_draws, said.mechanism.head_chance) == (N // 2, 0.4)
    assert said.mechanism.word_without_labs == "supported"
    assert {one.way for one in said.mechanism.influence} == {"prediction"}
    # predicted with the bias of cohorts, of which half have immortal time: none of six numbers is far from nothing
    assert (said.model.atoms, said.model.outside) == (6, 0)
    assert said.model.word == "adequate"


def test_a_laboratory_of_several_trials_that_was_not_left_out_gives_no_second_word(of_trials):
    told = of_trials.without["15b"] | {"trial laboratories": {}}
    said = fitted_answer("15b", proposition("15b"), of_trials._replace(without={"15b": told}))
    assert said.mechanism.word == "supported"
    assert said.mechanism.word_without_labs == ""


def test_a_trial_without_one_paper_needs_draws(of_trials):
    """Of an effect: where a paper that is left out leaves too few of the draws at which patients were simulated."""
    one = proposition("13a")
    effects = of_trials.trials.effects - 0.3
    paper = next(iter(of_trials.weights))
    told = of_trials.without["15b"] | {"direct": {**of_trials.without["15b"]["direct"], paper: []}, "heads": {}}
    told |= {"papers": told["papers"] | {paper: stored(-2.0)}}
    given = of_trials._replace(trials=of_trials.trials._replace(effects=effects), without={"13a": told})
    assert fitted_answer("13a", one, given).mechanism.word != "not computed well enough"
    alone = np.zeros(N)
    alone[::80] = 1 / 5
    few = given._replace(weights=given.weights | {paper: alone})
    assert fitted_answer("13a", one, few).mechanism.word == "not computed well enough"


def test_a_head_that_nobody_measured(of_trials, given):
    told = given.without["05a"] | {"propositions": ["11d"], "heads": {}}
    said = fitted_answer("11d", proposition("11d"), of_trials._replace(without={"11d": told}))
    assert (said.mechanism.pi, said.mechanism.rho) == (1.0, 1.0)
    assert said.mechanism.head_chance is None


def test_a_draw_without_patients_takes_the_next_one(of_trials):
    some = of_trials._replace(
        trials=Trials(
            predicted_rows()[:1],
            np.array([0, 10, N]),
            np.array([[1.0], [2.0], [3.0]]),
            np.zeros(1),
        ),
        effects=np.concatenate([of_trials.effects, of_trials.effects[:5]]),
    )
    found = _everywhere(some)[:, 0]
    assert found[:5].tolist() == [1.0] * 5
    assert found[6:11].tolist() == [2.0] * 5
    assert found[N - 1] == 2.0  # not that of draws without a paper
    assert found[N:].tolist() == [3.0] * 5


@pytest.mark.parametrize(
    ("parts", "shift", "expected"),
    [
        ((1.5, 1.5, 1.5, 1.5), 0.0, True),
        ((6.0, 0.3, 0.3, 0.3), 0.0, False),  # all of D is one paper's
        ((1.5, 1.5, 1.5, 1.5), -0.9, False),  # without one paper the side is open
    ],
)
def test_a_word_survives_any_one_paper_or_not(parts, shift, expected):
    head = np.concatenate([np.full(300, 0.5), np.full(100, 0.5 + shift)])
    names = ("a", "b", "c", "d")
    plain = np.concatenate([np.full(300, 1 / 300), np.zeros(100)])
    weights = dict.fromkeys(names, plain) | {"a": np.full(400, 1 / 400)}
    assert survives(head, 1, 0.18, weights, dict(zip(names, parts, strict=True))) is expected
    assert survives(-head, 1, 0.18, weights, dict(zip(names, parts, strict=True))) is expected  # its contrary


def test_a_fit_that_is_not_there_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(stored_sources, "freeze_hash", lambda: "abc")
    with pytest.raises(Exception, match="run 'niche fit'"):
        assembling.assemble(tmp_path)


def test_a_mechanism_whose_chain_is_to_come_has_its_head_and_no_word(given):
    told = {"propositions": ["05a"], "direct": given.without["05a"]["direct"], "pending": True}
    said = fitted_answer("05a", proposition("05a"), given._replace(without={"05a": told}))
    assert said.mechanism.word == "not yet computed"
    assert said.mechanism.D is None
    assert said.mechanism.papers == len(told["direct"])
    assert said.mechanism.pi == 1.0
    assert said.model.word == "adequate"
    few = told | {"direct": dict(list(told["direct"].items())[:1])}
    assert fitted_answer("05a", proposition("05a"), given._replace(without={"05a": few})).mechanism.word == "untested"


def test_no_word_before_all_that_it_rests_on_is_there(given, of_trials):
    """Tasks end in any order: what papers say alone, papers left out, trials. None that lacks is a poor result."""
    one, told = proposition("05a"), given.without["05a"]
    early = given._replace(alone={})  # nothing could be contested
    said = fitted_answer("05a", one, early)
    assert (said.mechanism.word, said.mechanism.pi, said.model.word) == ("not yet computed", 1.0, "adequate")
    steep = given._replace(
        left_out={paper: one._replace(fine=False, how="weights") for paper, one in given.left_out.items()},
        without={"05a": {"propositions": ["05a"], "direct": told["direct"], "pending": True}},
    )
    assert fitted_answer("05a", one, steep).model.word == "not yet computed"
    users = of_trials.without["15b"]["direct"]
    both = told | {"direct": {**told["direct"], **users}}
    said = fitted_answer("05a", one, given._replace(without={"05a": both}))
    assert (said.mechanism.word, said.model.word) == ("not yet computed", "not yet computed")
    assert said.mechanism.papers == len(both["direct"])


def test_papers_are_compared_that_were_left_out_in_one_way(given):
    """D never mixes two ways: of a paper that was left out otherwise without the mechanism nothing is said."""
    told = given.without["05a"] | {"how": "weights"}
    told["papers"] = {paper: one | {"how": "weights"} for paper, one in told["papers"].items()}
    for how, word in (("weights", "supported"), ("sampled again without it", "not computed well enough")):
        ways = {paper: one._replace(how=how, log_density=-1.0) for paper, one in given.left_out.items()}
        said = fitted_answer("05a", proposition("05a"), given._replace(without={"05a": told}, left_out=ways))
        assert said.mechanism.word == word
        assert pytest.approx(2.0 * len(told["direct"])) == said.mechanism.D


def test_without_its_paper_a_row_is_predicted_by_what_was_drawn_anew(given):
    """Parameters of a paper alone have their prior without it: the rows, and a head among them, are those of that."""
    name, one = "05a", proposition("05a")
    head = head_row(given)
    paper = given.atoms[head].animals
    anew = given._replace(redrawn={paper: {given.atoms[head].name: np.full(len(given.effects), -2.0)}})
    assert np.all(anew.effects_without(paper)[:, head] == -2.0)
    assert np.array_equal(anew.effects_without("another"), given.effects)
    assert np.all(heads_without(name, one, [paper], anew)[paper] == -2.0)
    plain, other = (fitted_answer(name, one, some) for some in (given, anew))
    assert other.mechanism.pi == plain.mechanism.pi  # with all papers
    row = {said.name: said for said in other.model.predictions}[given.atoms[head].name]
    assert row != {said.name: said for said in plain.model.predictions}[given.atoms[head].name]
    assert other.mechanism.word != "supported"  # it does not stand without that paper
