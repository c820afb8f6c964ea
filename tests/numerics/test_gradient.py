"""The slope of the log posterior, against differences of the other integrator and against known derivatives."""

import numpy as np
import pytest

from niche.inference import calibration
from niche.inference import gradient as _gradient
from niche.inference import objective as objective_module
from niche.inference.gradient import Slopes
from niche.inference.refit import scores_of
from niche.model.helpers import brake, fold, hill, positive
from niche.params.layers import read_registry
from niche.params.posterior import read_posterior
from niche.solver import lanes as _lanes
from niche.solver.reverse import write_reverse
from niche.solver.tape import Tape


def taken(tape, outputs):
    """The generated functions on plain arrays, uncompiled, and how many numbers they keep."""
    kept, functions = write_reverse(tape, {"out": [getattr(x, "place", x) for x in outputs]})
    found = {name: getattr(_lanes, name) for name in ("exp", "log", "size", "sqrt", "signed", "choose")}
    for head, body in functions:
        exec(f"def {head}:\n" + "".join(f"    {line}\n" for line in body or ["pass"]), found)
    return kept, found


def test_derivatives_of_the_shapes_that_equations_are_made_of():
    def equations(y, u, p):
        a = hill(y[0], p[0]) * fold(p[1], y[1] - u[0]) / (1 + p[2] * y[1])
        b = positive(y[2] - 1) ** (2 / 3) + brake(y[0], y[1]) * 2 - y[2] ** p[1]
        return [a, b, -y[1] * u[1] + 0 * y[0], y[0], p[2] ** y[1], (y[0] - y[2]) ** 3]

    tape = Tape()
    outputs = equations(tape.leaves("y", 3), tape.leaves("u", 2), tape.leaves("p", 3))
    kept, code = taken(tape, outputs)

    def value(x):
        c, out = np.zeros(kept), np.zeros(6)
        code["prepare"](x[3:5], x[5:], c)
        code["out"](x[:3], c, out)
        return out

    x = np.array([0.7, 1.3, 2.1, 0.4, 1.7, 0.9, 0.8, 1.6])
    weight = np.array([1.0, -2.0, 0.5, 3.0, 0.7, 1.1])
    np.testing.assert_allclose(value(x), [float(v) for v in equations(x[:3], x[3:5], x[5:])])
    c, gy, gc, gu, gp, turned = (np.zeros(n) for n in (kept, 3, kept, 2, 3, 3))
    code["prepare"](x[3:5], x[5:], c)
    code["out_back"](x[:3], c, weight, gy, gc)
    code["out_turn"](x[:3], c, weight, turned)
    code["prepare_back"](x[3:5], x[5:], c, gc, gu, gp)
    h = 1e-6
    expected = [weight @ (value(x + h * e) - value(x - h * e)) / (2 * h) for e in np.eye(8)]
    np.testing.assert_allclose(np.concatenate([gy, gu, gp]), expected, rtol=1e-7)
    np.testing.assert_allclose(turned, gy, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_an_empty_niche_has_finite_slopes():
    tape = Tape()
    (y,) = tape.leaves("y", 1)
    _, code = taken(tape, [positive(y) ** (2 / 3), y**1.7])
    gy, none = np.zeros(1), np.zeros(0)
    code["out_back"](np.zeros(1), none, np.ones(2), gy, none)
    assert (gy == 0).all()


@pytest.fixture(scope="module")
def objective():
    rows = calibration.fitted_rows()
    return calibration.Objective(calibration.fitted_keys(rows), rows, threads=1)


def test_the_slope_is_that_of_the_log_posterior(objective, monkeypatch):
    """Against central differences of `Objective`, whose integrator is another, at a tight tolerance."""
    k = len(objective.keys)
    random = np.random.default_rng(1)
    points, way = 0.5 * random.standard_normal((6, k)), random.standard_normal((6, k))
    value, used = Slopes(objective, np.inf)(points)
    np.testing.assert_allclose(value, objective.log_posterior(points), atol=0.05)
    monkeypatch.setattr(objective_module, "_RTOL", 1e-10)
    monkeypatch.setattr(_gradient, "_RTOL", 1e-6)
    _, slope = Slopes(objective, np.inf)(points)
    h = 2e-4
    up, down = objective.log_posterior(points + h * way), objective.log_posterior(points - h * way)
    expected = (up - down) / (2 * h)
    size = np.maximum(np.linalg.norm(slope, axis=1) * np.linalg.norm(way, axis=1) / np.sqrt(k), 1)
    assert (np.abs((slope * way).sum(axis=1) - expected) < 0.01 * size).all()
    # With the longer steps that sampling takes the slope is a little off, which costs acceptance and nothing else.
    assert (np.abs((used * way).sum(axis=1) - expected) < 0.03 * size).all()


def test_fast_rates_do_not_drown_the_slope(objective, monkeypatch):
    """Where steps are as long as they stay stable, derivatives of modes at rest once grew to 1e11 times their size."""
    draws, entries = read_posterior().draws, read_registry().uncertain()
    none = np.zeros(40)  # parameters left to their priors
    seen = [scores_of(entries[key], draws[key][::25]) if key in draws else none for key in objective.keys]
    scores = np.column_stack(seen)
    _, used = Slopes(objective, np.inf)(scores)
    monkeypatch.setattr(_gradient, "_RTOL", 1e-6)
    _, slope = Slopes(objective, np.inf)(scores)
    away = np.linalg.norm(used - slope, axis=1) / np.linalg.norm(slope, axis=1)
    assert np.median(away) < 0.02
    assert away.max() < 0.5


def test_no_experiment_pulls_more_than_it_may(objective):
    points = np.random.default_rng(3).standard_normal((8, len(objective.keys)))
    free, bound = Slopes(objective, np.inf)(points), Slopes(objective, 5.0)(points)
    np.testing.assert_array_equal(free[0], bound[0])
    experiments = len({arm.experiment.name for arm in Slopes(objective).arms})
    assert (np.linalg.norm(bound[1] + points, axis=1) <= 5.0 * experiments).all()
    assert (np.linalg.norm(free[1] + points, axis=1) > 5.0 * experiments).any()


def test_a_point_is_the_same_in_any_crowd(objective):
    points = 0.5 * np.random.default_rng(2).standard_normal((3, len(objective.keys)))
    slopes = Slopes(objective)
    whole, alone = slopes(points), slopes(points[1:2])
    assert whole[0][1] == alone[0][0]
    assert np.array_equal(whole[1][1], alone[1][0])
    turned = slopes(points[::-1])
    assert np.array_equal(whole[0][::-1], turned[0])
    assert np.array_equal(whole[1][::-1], turned[1])


def test_what_cannot_be_solved_has_no_density(objective, monkeypatch):
    monkeypatch.setattr(_gradient, "_MOST", 3)  # steps: fewer than any arm needs
    value, slope = Slopes(objective)(np.zeros((2, len(objective.keys))))
    assert (value == -np.inf).all()
    assert (slope == 0).all()
