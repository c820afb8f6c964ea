"""Trials that are in no likelihood: scored by means over draws, in closed form where a Gaussian gives it."""

import json

import numpy as np
import pytest
from scipy import integrate, stats

from niche.answering.sources import _trials
from niche.inference import trials_left_out, trials_predicted
from niche.inference.alone import PriorDraws, scores_of_prior
from niche.inference.blocks import CLASSES
from niche.inference.joint import JointObjective, informing
from niche.inference.laboratories import by_laboratory, left_out_together, shared
from niche.inference.left_out import LeftOut, by_weights
from niche.inference.mechanisms_off import Task
from niche.inference.trials_alone import sides_of, with_trials
from niche.inference.trials_predicted import (
    BIAS,
    as_seen,
    bias_of,
    evenly,
    log_likelihood,
    moved,
    predicted,
    predicted_rows,
    simulate,
    together,
)
from niche.propositions.reading import proposition, switches

R = np.random.default_rng(5)
ROWS = {atom.name: atom for atom in predicted_rows()}


def gaussian(variance, *told):
    """Mean and variance of theta ~ normal(0, variance) given pairs (y, s)."""
    precision = 1 / variance + sum(s**-2 for _, s in told)
    return sum(y / s**2 for y, s in told) / precision, 1 / precision


def test_what_is_predicted_needs_no_weights():
    told, paper = ((0.4, 0.5), (-0.2, 0.8)), (0.9, 0.6)
    mean, variance = gaussian(1.0, *told)
    theta = R.normal(mean, np.sqrt(variance), 20_000)
    one = predicted(stats.norm.logpdf(paper[0], theta, paper[1]))
    assert one.log_density == pytest.approx(
        stats.norm.logpdf(paper[0], mean, np.hypot(np.sqrt(variance), 0.6)), abs=0.02
    )
    assert one.fine
    again = [predicted(stats.norm.logpdf(0.9, R.normal(mean, np.sqrt(variance), 400), 0.6)) for _ in range(300)]
    assert np.std([a.log_density for a in again]) == pytest.approx(np.mean([a.error for a in again]), rel=0.15)


def test_lost_patients_and_few_draws_are_not_fine():
    told = np.zeros(400)
    assert predicted(told).fine
    assert not predicted(np.where(np.arange(400) < 60, np.nan, told)).fine
    assert not predicted(told[:60]).fine
    assert not predicted(told, worth=50.0).fine
    assert not predicted(np.full(400, np.nan)).fine


def test_a_paper_with_rows_of_both_kinds_adds_up_by_the_chain_rule():
    other, own, trial = (0.4, 0.5), (0.7, 0.6), (0.9, 0.6)
    mean, variance = gaussian(1.0, other, own)
    theta = R.normal(mean, np.sqrt(variance), 40_000)
    rows = by_weights(stats.norm.logpdf(own[0], theta, own[1]), bounded=False)
    both = together(rows, predicted(stats.norm.logpdf(trial[0], theta, trial[1])))
    mean, variance = gaussian(1.0, other)
    shape = variance + np.diag([0.6**2, 0.6**2])
    assert both.log_density == pytest.approx(stats.multivariate_normal.logpdf([0.7, 0.9], [mean] * 2, shape), abs=0.03)
    assert both.how == "weights"
    assert both.error > rows.error


def test_a_laboratory_is_left_out_whole():
    first, second, other = (0.7, 0.6), (-0.3, 0.7), (0.4, 0.5)
    mean, variance = gaussian(1.0, first, second, other)
    theta = R.normal(mean, np.sqrt(variance), 60_000)
    told = {n: stats.norm.logpdf(y, theta, s) for n, (y, s) in zip("abc", (first, second, other), strict=True)}
    mean, variance = gaussian(1.0, other)
    one = left_out_together(told, ["a"], ["a", "b"], bounded=False)
    assert one.log_density == pytest.approx(stats.norm.logpdf(0.7, mean, np.sqrt(variance + 0.36)), abs=0.03)
    # the same draws, from a density that is higher where the two say little
    above = np.log1p(np.exp(-told["a"] - told["b"] - 3.0))
    keep = R.random(len(theta)) < np.exp(above - above.max())
    raised = left_out_together({n: v[keep] for n, v in told.items()}, ["a"], ["a", "b"], False, above[keep])
    assert raised.log_density == pytest.approx(one.log_density, abs=0.06)


def test_only_laboratories_with_several_papers_are_left_out_anew():
    of = {"a": "Paris", "b": "Paris", "c": "Lille", "d": "Lille", "e": "Kiel"}
    assert shared(["a", "e"], of) == {"Paris": (["a"], ["a", "b"])}


def test_d_by_laboratory():
    def one(value, fine=True):
        return LeftOut(value, 0.02, 0.1, 500.0, "weights", fine, np.empty(0))

    whole, off = {n: one(-1.0) for n in "abc"}, {n: one(-2.0) for n in "abc"}
    of = {"a": "Paris", "b": "Paris", "c": "Lille"}
    found = by_laboratory(whole, off, of, {"Paris": (one(-2.0), one(-2.5))})
    assert found is not None
    assert pytest.approx(0.5 + 1.0) == found.D
    assert found.by_paper == {"Paris": pytest.approx(0.5), "Lille": pytest.approx(1.0)}
    assert by_laboratory(whole, off, of, {}) is None  # two papers of one laboratory, not left out together
    assert by_laboratory(whole, off, of, {"Paris": (one(-2.0, fine=False), one(-2.5))}) is None


def test_the_likelihood_of_a_trial_is_the_integral_over_what_it_has_of_its_own():
    atom, f, tau = ROWS["CL088"], -0.2, 0.07
    spreads = np.full((1, len(CLASSES)), tau)
    s = np.hypot(atom.scale, tau / np.sqrt(2))
    told, _ = integrate.quad(
        lambda d: stats.t.pdf(atom.y, 4, f + d, s) * stats.norm.pdf(d, 0, tau / np.sqrt(2)), -0.6, 0.6
    )
    found = log_likelihood([atom], np.array([[f]]), spreads)
    assert found[atom.animals] == pytest.approx(np.log(told), abs=1e-4)


def test_cohorts_have_a_bias_that_does_not_depend_on_what_they_found():
    # ROBINS-I, classification of interventions: low risk where nobody who began later counts as a user throughout
    assert bias_of(ROWS["CL039"]) == 0.0  # Grytli 2014 left out men who began after diagnosis
    assert bias_of(ROWS["CL033"]) == -0.15  # Scott 2024 pools cohorts, some with immortal time
    assert bias_of(ROWS["CL088"]) is None  # Kohno 2005 is a randomised trial
    assert bias_of(ROWS["CL001"]) is None  # three randomised trials together
    (cohort, trial), shifted = as_seen([ROWS["CL033"], ROWS["CL088"]], np.zeros((2, 2)))
    assert cohort.error == pytest.approx(np.hypot(ROWS["CL033"].error, BIAS))
    assert trial == ROWS["CL088"]
    np.testing.assert_allclose(shifted, [[-0.15, 0.0]] * 2)


def test_rows_of_a_laboratory_may_be_put_together():
    rows = [ROWS["CL033"], ROWS["NZ01"]]
    f, spreads = R.normal(0, 0.1, (5, 2)), np.full((5, len(CLASSES)), 0.1)
    apart = log_likelihood(rows, f, spreads)
    both = log_likelihood(rows, f, spreads, ["Auckland"] * 2)["Auckland"]
    np.testing.assert_allclose(both, sum(apart.values()))
    f[3, 0] = np.nan
    assert np.isnan(log_likelihood(rows, f, spreads)[rows[0].animals]).tolist() == [False] * 3 + [True, False]


def test_draws_that_stand_for_weighted_ones():
    weights = np.array([0.5, 0.25, 0.25, 0.0])
    assert np.bincount(evenly(weights, 400), minlength=4).tolist() == [200, 100, 100, 0]


def test_rows_that_a_mechanism_moves():
    rows = [ROWS["CL033"], ROWS["CL088"]]
    whole = np.zeros((3, 2))
    off = whole + np.array([[0.0, 5e-4], [0.0, 0.0], [np.nan, 0.01]])
    assert moved(whole, off, rows) == {ROWS["CL088"].animals: ["CL088"]}


@pytest.fixture(scope="module")
def objective():
    return JointObjective(informing())


@pytest.fixture(scope="module")
def few(objective):
    return 0.3 * np.random.default_rng(2).standard_normal((6, len(objective.names)))


def test_a_drug_that_does_nothing_has_a_ratio_of_one(objective, few):
    off = simulate(objective, few, switches(proposition("13a"))).effects
    names = [atom.name for atom in predicted_rows()]
    for row in ("CL001", "CL088", "CL012", "CL016"):  # zoledronate kills nothing, denosumab binds nothing
        np.testing.assert_allclose(off[:, names.index(row)], 0.0, atol=1e-4)
    no_beta = simulate(objective, few, switches(proposition("15b"))).effects
    for row in ("CL214", "CL039"):  # a blocker of receptors that do nothing
        np.testing.assert_allclose(no_beta[:, names.index(row)], 0.0, atol=1e-4)


def test_trials_that_a_mechanism_moves(objective, few, monkeypatch):
    monkeypatch.setattr(trials_left_out, "LOOKED", 3)
    found = trials_left_out.trials_moved(objective, switches(proposition("15b")), few)
    assert "CL214" in found["cardwell-2016-propranolol"]


def test_a_head_that_nobody_measured(objective, few):
    """Where nerves tell osteoclasts nothing but by receptors, losing them is blocking them."""
    assert trials_left_out.unmeasured_heads() == ("11d",)
    intact = trials_left_out.unmeasured_head("11d", objective, few)
    assert np.isfinite(intact).all()
    off = JointObjective(objective.atoms, objective.keys, switches(proposition("11d")))
    assert np.abs(trials_left_out.unmeasured_head("11d", off, few)).max() < np.abs(intact).max()


def test_a_trial_alone(objective, monkeypatch):
    """Rows of trials behind the others, at the first draws; a paper with rows of both kinds is told by both."""
    n, atoms = 12, objective.atoms
    papers = tuple(dict.fromkeys(atom.animals for atom in atoms))
    prior = PriorDraws(np.zeros((n, len(atoms))), np.full((n, len(papers)), -1.0), papers)
    made_up = trials_predicted.Simulated(np.zeros((4, len(ROWS))), np.zeros(len(ROWS)))
    monkeypatch.setattr("niche.inference.trials_alone.simulate", lambda objective, scores: made_up)
    made, rows = with_trials(objective, prior, draws=4)
    assert made.effects.shape == (n, len(atoms) + len(ROWS))
    assert np.isfinite(made.effects[:, rows["CL088"]]).sum() == 4
    assert rows[atoms[3].name] == 3
    both = made.told[:, made.papers.index("saad-2002-zoledronate")]
    assert np.isfinite(both).sum() == 4
    assert (both[:4] != -1.0).all()
    assert np.isfinite(made.told[:, made.papers.index(atoms[0].animals)]).all()


def test_what_a_task_keeps_beside_the_papers(objective, monkeypatch):
    """Of a made-up chain: trials where the mechanism moves them, laboratories of several papers, heads of trials."""
    papers = tuple(dict.fromkeys(atom.animals for atom in objective.atoms))
    n = 24 * 50

    class Off:
        atoms, keys, changes = objective.atoms, objective.keys, {}

        def slopes(self):
            return self

        names = (*papers, "prior")

        def rows_of(self, part):
            return [j for j, atom in enumerate(objective.atoms) if atom.animals == papers[part]]

    def made_up(objective, scores, rows):
        values = [atom.y if atom.kind == "number" else 0.0 for atom in rows]
        return trials_predicted.Simulated(np.tile(values, (len(scores), 1)), np.zeros(len(rows)))

    monkeypatch.setattr(trials_left_out, "simulate", made_up)
    own = next(p for p in papers if list(shared([p], trials_left_out.laboratories(objective.atoms))))
    found = {
        "papers": {own: predicted(np.full(400, -2.0))},
        "parts": R.normal(-2, 0.1, (n, len(papers) + 1)),
        "scores": scores_of_prior(objective, n),
        "raised": np.zeros(n),
    }
    direct = {own: ["x"], "scott-2024-blockers": ["CL033"], "scott-2022-newzealand": ["NZ01"]}
    told = trials_left_out.beside_rows(Off(), Task("15b", {}, ("15b",)), found, direct)
    assert set(told["papers"]) == {own, "scott-2024-blockers", "scott-2022-newzealand"}
    assert told["papers"]["scott-2024-blockers"]["how"] == "prediction"
    (laboratory,) = told["trial laboratories"]
    assert told["trial laboratories"][laboratory]["log_density"] == pytest.approx(
        sum(told["papers"][p]["log_density"] for p in ("scott-2024-blockers", "scott-2022-newzealand")), abs=0.05
    )
    assert next(iter(told["laboratories"].values()))["scored"] == [own]
    assert told["heads"]["15b"] == pytest.approx([ROWS["CL214"].y] * 3, abs=1e-4)


def test_what_is_kept_of_trials_is_read_again(objective, monkeypatch):
    """Through JSON; patients who could not be simulated stay lost; those of draws without a paper stand behind."""
    scores = scores_of_prior(objective, 10)
    made_up = trials_predicted.Simulated(R.normal(0, 0.1, (5, len(ROWS))), np.full(len(ROWS), np.nan))
    made_up.effects[2, 0] = np.nan
    monkeypatch.setattr(trials_left_out, "simulate", lambda objective, some: made_up)
    monkeypatch.setattr(trials_left_out, "unmeasured_head", lambda name, objective, some: np.arange(len(some)) / 7)
    kept = json.loads(json.dumps(trials_left_out.trials_of(objective, scores, 5), allow_nan=False))
    assert kept["papers"]["kohno-2005-zoledronate"]["how"] == "prediction"
    found = _trials({"trials": kept, "again-a": {"trials": kept, "kept": 10}}, ["again-a"], 10)
    assert found.places.tolist() == [0, 2, 4, 7, 9, 10, 12, 14, 17, 19]
    np.testing.assert_allclose(found.effects, np.concatenate([made_up.effects] * 2), atol=1e-4)
    np.testing.assert_allclose(found.heads["11d"][10:], np.arange(10) / 7, atol=1e-4)
    assert _trials({}, [], 10).atoms == ()


def test_a_paper_alone_and_a_head_that_nobody_measured(objective, monkeypatch):
    n = 2000
    head = R.normal(0, 1, n)
    monkeypatch.setattr("niche.inference.trials_alone.unmeasured_head", lambda name, objective, some: head[: len(some)])
    told = stats.norm.logpdf(0.8, head, 0.5)[:, None]
    found = sides_of("11d", objective, PriorDraws(np.zeros((n, 0)), told, ("a",)), {})
    mean, variance = gaussian(1.0, (0.8, 0.5))
    assert found["a"][0] == pytest.approx(stats.norm.sf(0, mean, np.sqrt(variance)), abs=0.03)
    assert 100 < found["a"][1] < 1000  # of the first thousand draws
