"""The verdicts of the shipped posterior: each as params/ expects, and each able to come out otherwise."""

from functools import cache

import numpy as np
import pytest

import niche
from niche.answering.claims import answers
from niche.answering.stored import there
from niche.answering.text import markdown as answer_table
from niche.evidence.laboratory import Laboratory
from niche.inference.calibration import Objective, fitted_keys, fitted_rows
from niche.params.judging_state import not_judged
from niche.params.posterior import read_manifest, read_posterior
from niche.params.records import root
from niche.verdicts.claims import Verdict, claim, claim_ids
from niche.verdicts.tables import markdown


@cache
def laboratory() -> Laboratory:
    """One for all claims, on the whole posterior: an arm that two share runs once."""
    return Laboratory(1000, 1)


@cache
def judged(name: str) -> Verdict:
    return claim(name).judge(lab=laboratory())


@pytest.mark.needs_judged
@pytest.mark.parametrize("name", claim_ids())
def test_every_verdict_is_the_expected_one(name):
    verdict = judged(name)
    assert verdict.verdict == verdict.expected
    assert verdict.changed == ()
    assert not verdict.failed


def test_the_readme_table_is_current():
    readme = (root().parent / "README.md").read_text(encoding="utf-8")
    table = readme.split("<!-- claims -->")[1].split("<!-- /claims -->")[0].strip()
    if there():
        assert table == answer_table(answers())
        return
    assert table == markdown([claim(name).unjudged() if not_judged() else judged(name) for name in claim_ids()])


def test_claims_are_not_judged_exactly_while_the_posterior_is_of_another_model():
    """Nothing goes stale in silence, and nothing stays switched off by mistake."""
    from niche.inference.depends import posterior_changes

    changed = posterior_changes()
    if not_judged():
        assert changed, "the posterior is of today's model: take not_judged out of params/claims.yaml"
    else:
        assert changed == [], "fit again, or say in params/claims.yaml, not_judged, why no claim is judged"


@pytest.mark.needs_judged
def test_the_posterior_was_made_of_what_is_in_params():
    """A changed equation, prior, fitted row or experiment needs `niche calibrate`, or `niche calibrate --confirm`."""
    from niche.inference.depends import posterior_warning

    assert posterior_warning() == ""
    rows, left_out = fitted_rows(), read_manifest().get("prior_only", ())
    assert set(read_posterior().draws) | set(left_out) == set(fitted_keys(rows))


@pytest.mark.needs_judged
@pytest.mark.parametrize("flip", [0.0, -1.0])
def test_without_or_against_the_beta_gains_the_claim_does_not_come_out_the_same(flip):
    """The claim must be able to fail: rows that hold today stop holding, and `./check` sees it.

    Both receptors: how much clenbuterol takes of beta1 is assumed, and no row tells the two gains apart.
    """
    draws, hosts = read_posterior().draws, niche.hosts("mouse", draws=1000, seed=1)
    changed = {f"{b}_rankl": flip * draws[f"model:{b}_rankl"][hosts.rows] for b in ("b1", "b2")}
    changed |= {"b1_supply": 0.0, "b2_supply": 0.0}
    before = {r.id: r for r in judged("beta-adrenergic-osteoclastogenesis").rows}
    found = claim("beta-adrenergic-osteoclastogenesis").judge(changes=changed)
    after = {r.id: r for r in found.rows}
    assert not found.as_expected
    assert abs(after["SB06"].median) < abs(before["SB06"].median) / 2
    assert before["SB06"].verdict == "reproduced"
    assert after["SB06"].verdict != "reproduced"


def test_opening_the_loop_leaves_no_inner_gain():
    from niche.analysis.loop import loop_strength

    hosts = niche.hosts("mouse", tumour="MDA-MB-231", draws=20)
    cut = loop_strength(hosts.with_parameters(pthrp_tgfb=0.0), [0.3])
    assert np.abs(cut.inner_gain).max() < 1e-9
    deaf = loop_strength(hosts.with_parameters(tgfb_share=0.0), [0.3])
    assert np.array_equal(deaf.amplification, np.ones_like(deaf.amplification))
    assert loop_strength(hosts, [0.3]).inner_gain.max() < 1


def test_the_objective_is_a_function_of_its_scores_alone():
    rows = fitted_rows()
    objective = Objective(fitted_keys(rows), rows)
    scores = np.random.default_rng(5).standard_normal((20, len(objective.keys))) * 0.3
    crowd = objective.rows_scores(scores)
    assert np.array_equal(crowd[7], objective.rows_scores(scores[7:8])[0])
    assert np.array_equal(crowd[::-1], objective.rows_scores(scores[::-1]))


@pytest.mark.needs_judged
def test_the_posterior_predicts_the_fitted_rows_better_than_the_prior():
    rows = fitted_rows()
    objective = Objective(fitted_keys(rows), rows)
    prior = objective.rows_scores(np.random.default_rng(1).standard_normal((60, len(objective.keys))))
    medians = {}
    for name in ("vicious-cycle", "bone-destruction", "beta-adrenergic-osteoclastogenesis"):
        medians |= {r.id: abs(r.z) for r in claim(name).judge(draws=60).rows if r.z is not None}
    better = [medians[row] < np.median(np.abs(prior[:, i])) for i, row in enumerate(rows) if row in medians]
    assert np.mean(better) > 0.8
