"""The explicit integrator: its coefficients, its order and its read-outs, taken from the text that is compiled."""

import numpy as np
import pytest

from niche import _kernel

KERNEL = _kernel.load("niche.rivals.lemaire2004")  # any model: the coefficients are the same text in each


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


@pytest.fixture
def tableau(monkeypatch):
    """Stage matrix, nodes and weights, read off the integrator: stage j answers with the j-th unit vector."""
    a, nodes = np.zeros((7, 7)), np.zeros(7)

    def probe(t, y, u, p, k, row):
        a[row], nodes[row], k[row] = y, t, np.eye(7)[row]

    monkeypatch.setattr(KERNEL, "slopes", probe)
    k, new = np.zeros((7, 7)), np.zeros(7)
    probe(0.0, new, None, None, k, 0)
    KERNEL._stages.py_func(0.0, np.zeros(7), None, None, 1.0, k, new)
    return a, nodes, new


def test_number_of_trees():
    assert [len(trees(order)) for order in range(1, 7)] == [1, 1, 2, 4, 9, 20]


def test_fifth_order(tableau):
    a, nodes, b = tableau
    assert np.allclose(a.sum(axis=1), nodes, atol=1e-14)
    assert np.allclose(a[6], b, atol=0)  # first same as last
    for order in range(1, 6):
        for tree in trees(order):
            assert b @ weights(tree, a) == pytest.approx(1 / density(tree), abs=1e-14)
    assert any(abs(b @ weights(tree, a) - 1 / density(tree)) > 1e-4 for tree in trees(6))


def test_error_is_the_difference_to_a_fourth_order_method(tableau):
    a, _, _ = tableau
    zero, one = np.zeros(1), np.ones(1)

    def estimate(tree):
        return KERNEL._error.py_func(zero, zero, 1.0, weights(tree, a)[:, None], 0.0, one)

    assert max(estimate(tree) for order in range(1, 5) for tree in trees(order)) < 1e-14
    assert max(estimate(tree) for tree in trees(5)) > 1e-4


@pytest.mark.parametrize("theta", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_read_out_inside_a_step_is_of_fourth_order(tableau, theta):
    a, _, b = tableau
    out, base = np.zeros(7), np.full(7, 10.0)  # high enough that nothing is cut at 0
    KERNEL._dense.py_func(theta, base, base + b, 1.0, np.eye(7), out)
    for order in range(1, 5):
        for tree in trees(order):
            assert (out - base) @ weights(tree, a) == pytest.approx(theta**order / density(tree), abs=1e-13)


def test_read_out_is_never_negative():
    k, out = np.zeros((7, 1)), np.zeros(1)
    k[0] = -10.0
    KERNEL._dense.py_func(0.5, np.array([0.1]), np.array([0.01]), 1.0, k, out)
    assert out[0] == 0


def test_observed_order(monkeypatch):
    """y' = y cos t, y = exp(sin t): halving the step divides the error by 32, of the read-out by 16 or more."""

    def slope(t, y, u, p, k, row):
        k[row] = y * np.cos(t)

    monkeypatch.setattr(KERNEL, "slopes", slope)

    def errors(steps: int) -> tuple[float, float]:
        h, y, k = 2.0 / steps, np.ones(1), np.zeros((7, 1))
        new, inside, worst = np.zeros(1), np.zeros(1), 0.0
        slope(0.0, y, None, None, k, 0)
        for i in range(steps):
            KERNEL._stages.py_func(i * h, y, None, None, h, k, new)
            KERNEL._dense.py_func(0.4, y, new, h, k, inside)
            worst = max(worst, abs(inside[0] - np.exp(np.sin((i + 0.4) * h))))
            y, k[0] = new.copy(), k[6].copy()
        return abs(y[0] - np.exp(np.sin(2.0))), worst

    coarse, fine = errors(16), errors(32)
    assert np.log2(coarse[0] / fine[0]) == pytest.approx(5, abs=0.3)
    assert np.log2(coarse[1] / fine[1]) > 3.8


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_a_step_with_too_large_an_error_is_taken_again(rtol, monkeypatch):
    """y' = -y tanh(40 (t - 5)): steady growth turns into decay within a tenth of a day, inside a long step."""

    def slope(t, y, u, p, k, row):
        k[row] = -y * np.tanh(40 * (t - 5))

    def exact(t):
        return np.cosh(200.0) / np.cosh(40 * (t - 5))  # to the power 1/40

    monkeypatch.setattr(KERNEL, "slopes", slope)
    monkeypatch.setattr(KERNEL, "named", lambda u, p: (u, p))
    monkeypatch.setattr(KERNEL, "_stages", KERNEL._stages.py_func)
    times = np.linspace(0.5, 10, 20)
    found = np.full((20, 1), np.nan)
    atol = np.array([1e-3 * rtol])
    status, _ = KERNEL._segment.py_func(0.0, 10.0, np.ones(1), None, None, times, 0, 20, found, rtol, atol, 10_000)
    assert status == KERNEL.OK
    assert np.abs(found[:, 0] / exact(times) ** (1 / 40) - 1).max() < 15 * rtol
