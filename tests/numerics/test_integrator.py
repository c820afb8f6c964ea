"""The explicit integrator: its coefficients, its order and its read-outs, taken from the text that is compiled."""

import sys
from collections import namedtuple
from types import ModuleType

import numpy as np
import pytest

from niche.solver import kernel as _kernel
from niche.solver.solving import STATUS, Problem, _pieces, solve

KERNEL = _kernel.load_kernel("niche.rivals.lemaire2004")  # any model: the coefficients are the same text in each
STATES = 3


def trees(order: int) -> list[tuple]:
    """Rooted trees with `order` nodes (Butcher 1963): a tree is the sorted tuple of its branches."""

    def forests(nodes: int) -> set[tuple]:
        if nodes == 0:
            return {()}
        return {
            tuple(sorted([branch, *rest], key=repr))
            for size in range(1, nodes + 1)
            for branch in trees(size)
            for rest in forests(nodes - size)
        }

    return sorted(forests(order - 1), key=repr)


def size(tree: tuple) -> int:
    return 1 + sum(map(size, tree))


def density(tree: tuple) -> float:
    return size(tree) * np.prod([density(branch) for branch in tree])


def weights(tree: tuple, a: np.ndarray) -> np.ndarray:
    """Elementary weights of a tree, one per stage."""
    return np.prod([a @ weights(branch, a) for branch in tree], axis=0) * np.ones(len(a))


def step(slope, y: np.ndarray, h: float, k: np.ndarray) -> np.ndarray:
    """The states after a step; slope(s, states) goes into the rows of stage s of k."""
    n, new = len(y), np.zeros_like(y)
    for s in range(1, 7):
        getattr(KERNEL, f"stage{s}").text(y, np.array([[h]]), k, new)
        k[s * n : (s + 1) * n] = slope(s, new)
    return new


@pytest.fixture
def tableau():
    """Stage matrix and weights, read off the integrator: stage j answers with the j-th unit vector."""
    a, k = np.zeros((7, 7)), np.zeros((7 * STATES, 7))
    k[:STATES] = np.eye(7)[0]

    def probe(s, y):
        a[s] = y[0]
        return np.tile(np.eye(7)[s], (STATES, 1))

    return a, step(probe, np.zeros((STATES, 7)), 1.0, k)[0]


def test_number_of_trees():
    assert [len(trees(order)) for order in range(1, 7)] == [1, 1, 2, 4, 9, 20]


def test_fifth_order(tableau):
    a, b = tableau
    assert np.allclose(a.sum(axis=1), [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1], atol=1e-14)
    assert np.allclose(a[6], b, atol=0)  # first same as last
    for order in range(1, 6):
        for tree in trees(order):
            assert b @ weights(tree, a) == pytest.approx(1 / density(tree), abs=1e-14)
    assert any(abs(b @ weights(tree, a) - 1 / density(tree)) > 1e-4 for tree in trees(6))


def test_error_is_the_difference_to_a_fourth_order_method(tableau):
    a, _ = tableau
    zero, one, tolerance = np.zeros((STATES, 1)), np.ones((1, 1)), np.ones((STATES + 1, 1))

    def estimate(tree):
        k, out = np.zeros((7 * STATES, 1)), np.zeros((2, 1))
        k[::STATES, 0] = weights(tree, a)  # of the first state alone
        KERNEL.check.text(zero, zero, one, k, tolerance, out)
        return KERNEL.off_by.py_func(out, 0, 1)

    for order in range(1, 5):
        for tree in trees(order):
            assert estimate(tree) < 1e-14
    assert max(estimate(tree) for tree in trees(5)) > 1e-4


def test_the_error_of_a_step_is_the_mean_over_its_states_and_not_finite_is_refused():
    assert KERNEL.off_by.py_func(np.array([[12.0]]), 0, 3) == 2.0
    assert KERNEL.off_by.py_func(np.array([[np.nan]]), 0, 3) == np.inf
    assert KERNEL.after_refusal.py_func(1.0, np.inf) == 0.25
    assert KERNEL.after_refusal.py_func(1.0, 0.5) == 0.25  # the error was fine: a state was negative
    assert KERNEL.after_refusal.py_func(1.0, 1e9) == 0.2
    assert KERNEL.after_success.py_func(1.0, 0.0, 1e-4, False) == 10.0
    assert KERNEL.after_success.py_func(1.0, 0.0, 1e-4, True) == 1.0


@pytest.mark.parametrize("theta", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_read_out_inside_a_step_is_of_fourth_order(tableau, theta):
    a, b = tableau
    out, base = np.zeros(7), np.full((7, 1), 10.0)  # high enough that nothing is cut at 0
    KERNEL._dense.py_func(theta, base, base + b[:, None], 1.0, np.eye(7).reshape(49, 1), 0, out)
    for order in range(1, 5):
        for tree in trees(order):
            assert (out - 10) @ weights(tree, a) == pytest.approx(theta**order / density(tree), abs=1e-13)


def test_read_out_is_never_negative():
    k, out = np.zeros((7, 1)), np.zeros(1)
    k[0] = -10.0
    KERNEL._dense.py_func(0.5, np.array([[0.1]]), np.array([[0.01]]), 1.0, k, 0, out)
    assert out[0] == 0


def test_observed_order():
    """y' = y cos x, x' = 1, y = exp(sin x): halving the step divides the error by 32, of the read-out by 16 or more."""

    def slope(s, y):
        return np.array([y[0] * np.cos(y[1]), [1.0], [0.0]])

    def errors(steps: int) -> tuple[float, float]:
        h, y, k = 2.0 / steps, np.array([[1.0], [0.0], [0.0]]), np.zeros((7 * STATES, 1))
        inside, worst = np.zeros(STATES), 0.0
        k[:STATES] = slope(0, y)
        for i in range(steps):
            new = step(slope, y, h, k)
            KERNEL._dense.py_func(0.4, y, new, h, k, 0, inside)
            worst = max(worst, abs(inside[0] - np.exp(np.sin((i + 0.4) * h))))
            y, k[:STATES] = new, k[6 * STATES :].copy()
        return abs(y[0, 0] - np.exp(np.sin(2.0))), worst

    coarse, fine = errors(16), errors(32)
    assert np.log2(coarse[0] / fine[0]) == pytest.approx(5, abs=0.3)
    assert np.log2(coarse[1] / fine[1]) > 3.8


def compiled(name: str, rates, states: str, parameters: str = "a b"):
    """A model of a few lines, as `niche.solver.kernel` takes it."""
    model = ModuleType(name)
    for table, fields in (("State", states), ("Inputs", "v"), ("Parameters", parameters)):
        setattr(model, table, namedtuple(table, fields))
    model.rates = rates
    sys.modules[name] = model
    return model


def turned():
    """x' = -x tanh(40 (s - 5)), s' = 1: steady growth turns into decay within a tenth of a day, inside a long step."""
    return compiled(
        "turned", lambda t, y, u, p: (-y.x * (1 - 2 / (2.718281828459045 ** (p.a * (y.s - p.b)) + 1)), 1.0), "x s"
    )


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_a_step_with_too_large_an_error_is_taken_again(rtol):
    def exact(t):
        return np.cosh(200.0) / np.cosh(40 * (t - 5))  # to the power 1/40

    turned()
    times, none = np.linspace(0.5, 10, 20), np.zeros((1, 1, 2))
    case = Problem(np.array([[1.0, 0.0]]), np.array([[80.0, 5.0]]), np.zeros(1), 10.0, none[..., :1], none, times)
    mean = rtol / np.sqrt(2)  # the error is a mean over states, and time has none
    found, status, _ = solve("turned", case, "explicit", mean, np.full(2, 1e-3 * rtol))
    assert status[0] == 0
    assert np.abs(found[0, :, 0] / exact(times) ** (1 / 40) - 1).max() < 20 * rtol


def test_a_host_is_the_same_alone_and_among_others_in_any_order():
    """Lanes know nothing of each other: to the last bit, with hosts that take other steps and other numbers of them."""
    turned()
    n, times = 37, np.linspace(0, 10, 7)
    speeds = np.column_stack([np.geomspace(0.5, 200, n), np.linspace(0.1, 12, n)])
    starts, events = np.array([0.0, 4.0, 4.5]), np.zeros((n, 3, 2))
    events[:, 1, 0] = np.linspace(0, 2, n)
    case = Problem(np.tile([1.0, 0.0], (n, 1)), speeds, starts, 10.0, np.zeros((n, 3, 1)), events, times)
    together, _, steps = solve("turned", case, "explicit", 1e-7, np.full(2, 1e-10))
    assert len(set(steps)) > 5
    order = np.random.default_rng(1).permutation(n)
    for some in (order, order[:1], order[5:14]):
        part = case._replace(**{name: getattr(case, name)[some] for name in ("start", "parameters", "inputs", "jumps")})
        assert np.array_equal(solve("turned", part, "explicit", 1e-7, np.full(2, 1e-10))[0], together[some])


def test_what_cannot_go_on_is_told_and_leaves_its_neighbours_alone():
    """x' = b - a x**0.5 runs dry and below 0 within a day; with a of 0 it only grows; nan is not finite."""
    compiled("dry", lambda t, y, u, p: (p.b - p.a * (1 + 0 * y.x),), "x")
    parameters = np.array([[0.0, 1.0], [2.0, 1.0], [np.nan, 1.0], [0.0, 2.0]])
    none = np.zeros((4, 1, 1))
    case = Problem(np.ones((4, 1)), parameters, np.zeros(1), 5.0, none, none, np.array([0.0, 0.5, 5.0]))
    found, status, _ = solve("dry", case, "explicit", 1e-6, np.full(1, 1e-9))
    assert [STATUS[s] for s in status] == ["ok", "negative state", "not finite", "ok"]
    assert found[[0, 3], :, 0] == pytest.approx(np.array([[1, 1.5, 6], [1, 2, 11]]))
    assert found[1, :2, 0] == pytest.approx([1, 0.5])
    assert np.isnan(found[1, 2, 0])
    assert np.isnan(found[2, 1:, 0]).all()


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("n", [1, 63, 64, 65, 1000, 100_000])
def test_pieces_hold_every_host_once(n, workers):
    pieces = _pieces(n, workers)
    assert [low for low, _ in pieces] == [0, *(high for _, high in pieces[:-1])]
    assert pieces[-1][1] == n
    assert all(high > low for low, high in pieces)
