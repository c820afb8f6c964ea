"""What notebook 26 is reckoned with, against published tables, other libraries and closed forms."""

import math

import numpy as np
import pytest

from compendium.claims import bone_origin, drug_ranks, trial_size, uncoupling
from compendium.claims.cannot_all_be import factor, own_deviations
from compendium.claims.findings import RELEVANT
from niche.errors import NicheError
from niche.inference.blocks import CLASSES, Blocks
from niche.inference.joint import informing


@pytest.mark.parametrize(("ratio", "published"), [(1.25, 1264), (1.5, 384), (1.75, 204), (2.0, 132)])
def test_patients_by_schoenfeld_are_those_of_a_published_table(ratio, published):
    """Trials 2015;16:213 (doi:10.1186/s13063-015-0727-9), Table 1: 80 % power, 5 %, two equal arms, half with events.

    The table rounds events up so that both arms have as many."""
    events = float(trial_size.events_needed(ratio))
    assert 2 * 2 * math.ceil(events / 2) == published
    assert float(trial_size.events_needed(1 / ratio)) == pytest.approx(events)


@pytest.mark.parametrize("design", [trial_size.Design(), trial_size.Design(entry=0), trial_size.Design(lost=0.0)])
def test_the_chance_of_an_event_is_the_integral_over_follow_up(design):
    rate = 0.3
    years = design.follow_up + design.entry * (np.arange(20000) + 0.5) / 20000
    total = rate + design.lost
    expected = np.mean(rate / total * -np.expm1(-total * years))
    assert float(trial_size.chance_of_event(rate, design)) == pytest.approx(expected, rel=1e-6)


def test_a_trial_of_that_size_has_that_power():
    """Simulated, and looked at by SciPy's log-rank test: 80 % within what chance allows of 300 trials."""
    from scipy.stats import CensoredData, logrank

    ratio, rate, design = 0.6, 0.2, trial_size.Design()
    size = int(trial_size.patients_needed(np.array([ratio]), rate, design)[0])
    random, seen = np.random.default_rng(5), 0
    for _ in range(300):
        arms = []
        for hazard in (rate, rate * ratio):
            event, end = random.exponential(1 / hazard, size // 2), random.uniform(5, 8, size // 2)
            end = np.minimum(end, random.exponential(1 / design.lost, size // 2))
            arms.append(CensoredData(uncensored=event[event <= end], right=end[event > end]))
        seen += logrank(*arms).pvalue < 0.05
    assert abs(seen / 300 - 0.8) < 3 * math.sqrt(0.8 * 0.2 / 300)


def test_a_drug_that_does_no_good_needs_endlessly_many():
    need = trial_size.patients_needed(np.array([1.0, 1.3, np.nan, 0.999999]), 0.01)
    assert need[0] == need[1] == need[3] == trial_size.MOST
    assert np.isnan(need[2])
    assert trial_size.chances(need, np.array([1e3, 1e8])).tolist() == [0, 1]


@pytest.mark.parametrize("ratio", [0.0, -1.0])
def test_a_ratio_that_is_none_is_refused(ratio):
    with pytest.raises(NicheError, match="above 0"):
        trial_size.events_needed(ratio)


def normal(y: float, a: np.ndarray, x: np.ndarray, s: float) -> np.ndarray:
    return -0.5 * ((y - x @ a) / s) ** 2 - math.log(s * math.sqrt(2 * math.pi))


def test_the_factor_of_two_papers_is_that_of_a_linear_model():
    """Two measurements of a normal quantity: p(b | a) / p(b) is a ratio of normal densities."""
    random, s = np.random.default_rng(3), 1.5
    y = np.array([0.8, -0.9])
    precision = 1 + 2 / s**2  # of a standard normal quantity after both
    draws = random.normal(y.sum() / s**2 / precision, precision**-0.5, 200_000)
    told = [-0.5 * ((one - draws) / s) ** 2 - math.log(s * math.sqrt(2 * math.pi)) for one in y]
    found = factor(*told, np.repeat(np.arange(200), 1000))
    alone = -0.5 * y[1] ** 2 / (1 + s**2) - 0.5 * math.log(2 * math.pi * (1 + s**2))
    left, mean = 1 / (1 + 1 / s**2), y[0] / s**2 / (1 + 1 / s**2)
    after = -0.5 * (y[1] - mean) ** 2 / (left + s**2) - 0.5 * math.log(2 * math.pi * (left + s**2))
    assert found.log == pytest.approx(after - alone, abs=4 * found.error)
    assert 0 < found.error < 0.02
    assert found.word == "do not contradict"


def test_papers_that_have_nothing_to_do_with_one_another_have_a_factor_of_one():
    random = np.random.default_rng(4)
    found = factor(random.normal(size=100_000) * 0.3, random.normal(size=100_000) * 0.3)
    assert found.log == pytest.approx(0, abs=4 * found.error)


def test_camps_that_cannot_both_be_contradict():
    """Of two states of the world each paper is likely in one alone."""
    world = np.random.default_rng(6).random(50_000) < 0.5
    one = np.where(world, math.log(0.9), math.log(0.05))
    found = factor(one, np.where(world, math.log(0.05), math.log(0.9)))
    assert found.word == "contradict"
    assert factor(one, one).log > 0


def test_a_factor_that_rests_on_a_few_draws_has_no_word():
    """One draw in a thousand carries nearly all of the weight."""
    one = np.where(np.arange(1000) == 0, -20.0, 0.0)
    found = factor(one, np.zeros(1000))
    assert found.worth == pytest.approx(1, abs=0.01)
    assert found.word == "not computed well enough"


def test_a_factor_needs_the_same_draws():
    with pytest.raises(NicheError, match="same draws"):
        factor(np.zeros(3), np.zeros(4))


def test_what_a_paper_has_of_its_own_is_the_integral_over_it():
    """Tweedie's identity against a quadrature of our own over d, for papers with rows of several kinds."""
    papers = ("jablonski-2016-cgrp", "wang-2010-cgrp")
    atoms = [atom for atom in informing() if atom.animals in papers]
    random = np.random.default_rng(7)
    effects, tau = random.normal(size=(3, len(atoms))) * 0.4, np.full((3, len(CLASSES)), 0.35)
    blocks, sigma = Blocks(atoms), 0.35 / math.sqrt(2)
    nodes = np.linspace(-6, 6, 1201) * sigma
    for block, one in enumerate(own_deviations(atoms, effects, tau)):
        here, means, squares = np.flatnonzero(blocks.of == block), [], []
        for f in effects:
            logs = np.array([_given(atoms, here, f + d, sigma) for d in nodes]) - 0.5 * (nodes / sigma) ** 2
            weights = np.exp(logs - logs.max())
            means.append(weights @ nodes / weights.sum())
            squares.append(weights @ nodes**2 / weights.sum())
        assert (one.paper, one.family) == blocks.names[block]
        assert one.mean == pytest.approx(np.mean(means), abs=5e-4)
        assert one.sd == pytest.approx(math.sqrt(np.mean(squares) - np.mean(means) ** 2), rel=5e-3)


def _given(atoms, here: np.ndarray, f: np.ndarray, half: float) -> float:
    """Log likelihood of rows at a given shift, written from the rules: no row of this block is a number."""
    from scipy.special import ndtr

    total, plain = 0.0, [j for j in here if atoms[j].kind != "number"]
    for j in here:
        atom, s = atoms[j], math.hypot(atoms[j].scale, half)
        u = f[j] / s
        if atom.kind == "direction":
            up, down = ndtr(u * atom.sign - 1.96), ndtr(-u * atom.sign - 1.96)
            share = up / (up + down)
        elif atom.kind == "no effect":
            share = ndtr(1.96 - u) - ndtr(-1.96 - u)
        else:
            raise AssertionError(f"a row of another kind: {atom.kind}")
        total += min(1.0, 3 / len(plain)) * math.log(0.95 * share + 0.025)
    return total


def test_without_beta_signals_nothing_is_uncoupled(monkeypatch):
    """Every gain of beta signals on bone at 0: resorption and formation stay as they were."""
    off = dict.fromkeys(("b1_work", "b2_work", "b1_supply", "b2_supply", "b1_rankl", "b2_rankl", "il6_beta"), 0.0)
    monkeypatch.setattr(uncoupling, "_OF_OSTEOBLASTS", tuple(off))
    found = uncoupling.driven("long bone", (50.0,), deaf=True, draws=4, posterior="prior")
    assert np.abs(found.gap).max() < 2e-5  # the integrator's tolerance is 1e-6 a step


def test_the_gap_is_resorption_less_formation():
    found = uncoupling.driven("jaw", (5.0, 50.0), draws=4, posterior="prior")
    assert found.gap.shape == (2, len(uncoupling.DAYS), 4)
    np.testing.assert_allclose(found.gap, found.resorption - found.formation)
    assert uncoupling.chances(found._replace(gap=np.full_like(found.gap, RELEVANT))).tolist() == [[1.0] * 6] * 2


def test_a_map_of_origin_needs_all_its_parts():
    yes = [0.3, -0.1, 0.0, -0.1]  # fibres lost and blocked in the jaw, then in long bone
    no = [[0.1, -0.1, 0.0, -0.1], [0.3, 0.1, 0.0, -0.1], [0.3, -0.1, 0.3, -0.1], [0.3, -0.1, 0.0, 0.1]]
    assert bone_origin.is_map(np.array([yes, *no])).tolist() == [True, False, False, False, False]


def test_drugs_that_do_the_same_are_not_ranked():
    """The same drug and dose twice: everything is left alike."""
    same = drug_ranks.MOUSE._replace(block=drug_ranks.MOUSE.zoledronate)
    found = _ranked(same)
    assert np.abs(np.stack(found)).max() == 0


def _ranked(case: drug_ranks.Case) -> drug_ranks.Ranks:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drug_ranks, "CASES", {"mice": case})
        return drug_ranks.ranks("mice", draws=3, posterior="prior")


@pytest.mark.parametrize(("ask", "wrong"), [(uncoupling.driven, "log bone"), (drug_ranks.ranks, "mic")])
def test_an_unknown_name_is_refused_with_the_nearest(ask, wrong):
    with pytest.raises(NicheError, match=r"long bone|mice"):
        ask(wrong)


def test_statements_have_names_of_their_own():
    asked = [one for module in (uncoupling, bone_origin, drug_ranks, trial_size) for one in module.ASKED.values()]
    names = [one.id for one in [*asked, trial_size.RELEVANT_EFFECT]]
    assert len(set(names)) == len(names)
