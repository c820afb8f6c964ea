"""Draws that are drawn again along single parameters stay draws of the same posterior, which is known here."""

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid
from scipy.stats import kstest

from niche.inference.checkpoint import Store
from niche.inference.diagnostics import diagnose
from niche.inference.freeze import freeze_hash
from niche.inference.joint import JointObjective, informing
from niche.inference.redraw import Axis, Redraw, again
from niche.inference.shipped import FILE, drawn_of, read_fit
from niche.params.records import root
from niche.processes import ProcessPool

K, SLOW = 3, 1
ONE_WORKER, TWO_WORKERS = 1, 2


class Plateau:
    """Of three scores the first and the last are told together; the one between is told on one side only.

    Its likelihood is a peak at 0.6 upon a floor, so that its posterior is a peak and a plateau.
    """

    names = ("pair", "peak", "prior")

    def slopes(self):
        return self

    def values(self, scores, wanted):
        pair = -0.5 * ((scores[:, 0] + scores[:, 2] - 1.0) / 0.3) ** 2
        peak = np.log(0.03 + np.exp(-0.5 * ((scores[:, 1] - 0.6) / 0.1) ** 2))
        return np.stack([pair, peak], axis=1)[:, list(wanted)]

    def answering(self, scores, moved):
        before, after = self.values(scores, [0, 1]), self.values(moved, [0, 1])
        return np.flatnonzero((before != after).any(axis=0)).tolist()


X = np.linspace(-6, 6, 20_001)


def _cdf():
    """Of the slow score, by quadrature."""
    density = np.exp(-0.5 * X**2) * (0.03 + np.exp(-0.5 * ((X - 0.6) / 0.1) ** 2))
    below = cumulative_trapezoid(density, X, initial=0.0)
    return below / below[-1]


def _exact(n, random):
    """Independent draws (n, K) of the posterior."""
    pull = np.array([1.0, 0.0, 1.0])
    covariance = np.linalg.inv(np.eye(K) + np.outer(pull, pull) / 0.09)
    scores = random.multivariate_normal(covariance @ pull / 0.09, covariance, n)
    scores[:, SLOW] = np.interp(random.random(n), _cdf(), X)
    return scores


def _parts(scores):
    return np.concatenate([Plateau().values(scores, [0, 1]), -0.5 * (scores**2).sum(axis=1, keepdims=True)], axis=1)


@pytest.fixture(scope="module")
def axes():
    # made of other draws, and not well: too wide for the peak, off its middle
    knots = np.random.default_rng(5).normal(0.3, 0.9, 200)
    return [Axis(SLOW, knots, 0.3, (1,)), Axis(0, knots, 0.3, (0,))]


def test_draws_of_a_posterior_are_draws_of_it_again(axes):
    scores = _exact(20_000, np.random.default_rng(0))
    found = again(Plateau(), scores, _parts(scores), axes, (1,))
    assert kstest(found["chain"][:, SLOW], lambda x: np.interp(x, X, _cdf())).pvalue > 0.01
    pair = found["chain"][:, 0] + found["chain"][:, 2]
    was = scores[:, 0] + scores[:, 2]
    assert pair.mean() == pytest.approx(was.mean(), abs=4 * was.std() / np.sqrt(5_000))
    assert found["chain"][:, 0].std() == pytest.approx(scores[:, 0].std(), rel=0.03)
    moved = found["chain"] != scores
    assert found["accepted"] == pytest.approx(moved[:, [SLOW, 0]].mean(axis=0))
    assert 0.2 < found["accepted"][0] < 1.0


def test_parts_are_those_of_the_new_draws(axes):
    scores = _exact(500, np.random.default_rng(1))
    found = again(Plateau(), scores, _parts(scores), axes, (1,))
    assert found["parts"] == pytest.approx(_parts(found["chain"]))
    assert np.array_equal(found["chain"][:, 2], scores[:, 2])  # what is not asked stays


def _failing(chains, margin):
    """Places of the scores with fewer effective samples than are asked for."""
    table = diagnose(chains, tuple("abc"), 4)
    return [i for i, row in enumerate(table.values()) if min(row["ess_bulk"], row["ess_tail"]) < 400 * margin]


def _sticky(random):
    """Chains (2, 8, 400, K) that keep the slow score for forty steps; the others are independent."""
    scores = _exact(2 * 8 * 400, random).reshape(2, 8, 400, K)
    scores[..., SLOW] = np.repeat(scores[:, :, ::40, SLOW], 40, axis=2)
    return scores


def _again(folder, workers, steps=400):
    chains = _sticky(np.random.default_rng(2))[:, :, :steps]
    parts = _parts(chains.reshape(-1, K)).reshape(*chains.shape[:3], 3)
    with ProcessPool(workers) as pool:
        redraw = Redraw(pool, Plateau(), Store(folder, {}), 1)
        return chains, *redraw(chains, parts, _failing), redraw.passes


def test_a_slow_score_becomes_quick_and_workers_change_nothing(tmp_path):
    chains, found, parts, passes = _again(tmp_path / "one", ONE_WORKER)
    assert _failing(chains, 1.0) == [SLOW]
    assert _failing(found, 1.0) == []
    assert passes[0] == [SLOW]
    assert found.shape == (2, 8, 200, K)  # of 6,400 draws every second
    assert np.array_equal(found[..., [0, 2]], chains[:, :, ::2, [0, 2]])
    _, other, own, _ = _again(tmp_path / "two", TWO_WORKERS)
    assert np.array_equal(found, other)
    assert np.array_equal(parts, own)


def test_longer_chains_take_the_same_passes_and_only_what_is_new_is_done(tmp_path):
    _, short, _, passes = _again(tmp_path, ONE_WORKER, steps=360)
    held = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("again-*.npz")}
    _, found, _, more = _again(tmp_path, ONE_WORKER, steps=400)
    assert more[: len(passes)] == passes
    assert len(held) == 180 * len(passes)
    assert {file: file.stat().st_mtime_ns for file in held} == held
    assert more == passes
    assert np.array_equal(found[:, :, :180], short)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["model:kill", "mouse:turnover", "model:b2_rankl"])
def test_papers_that_do_not_answer_say_the_same_at_other_draws(key):
    """Of the model itself: who answers is asked at a few draws of the fit, and holds at others, bit for bit."""
    fit, objective = read_fit(root() / "posterior" / FILE, freeze_hash()), JointObjective(informing())
    draws, _ = drawn_of(fit).flat()
    shuffled = draws[np.random.default_rng(3).permutation(len(draws))]
    place, slopes = objective.keys.index(key), objective.slopes()
    asked, others = shuffled[:24], shuffled[24:72]

    def moved(scores):
        found = scores.copy()
        found[:, place] = np.random.default_rng(4).permutation(scores[:, place])
        return found

    who = slopes.answering(asked, moved(asked))
    assert who
    rest = [part for part in range(len(slopes.names) - 1) if part not in who]
    np.testing.assert_array_equal(slopes.values(others, rest), slopes.values(moved(others), rest))
