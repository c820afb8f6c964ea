"""Straight-line code in lanes: its functions against NumPy and 40 digits, and what becomes of a model."""

import importlib.util

import mpmath
import numpy as np
import pytest
from numba import njit

from niche.model import niche as model
from niche.rivals import lemaire2004
from niche.solver import lanes as _lanes
from niche.solver.straight import straight_code

LANES = 8
TEXT = '''
from niche.solver.lanes import choose, exp, larger, log, signed, size, smaller, sqrt, straight

@straight({lanes})
def each(x, e, out):
    """Every function that the text may call."""
    v0 = x[0]
    v1 = log(size(v0))
    out[0] = exp(v0)
    out[1] = v1
    out[2] = signed(exp(e[0] * v1), v0, e[0])
    out[3] = sqrt(size(v0)) - -2.0
    out[4] = larger(v0, e[0]) * smaller(v0, e[0]) / 3.0
    out[5] = choose(v0, 1.0, e[0]) + v1
'''


@pytest.fixture(scope="module", params=[1, LANES])
def each(request, tmp_path_factory):
    """The compiled function, for columns of x and e; and the same text on NumPy arrays."""
    lanes = request.param
    file = tmp_path_factory.mktemp("text") / f"text{lanes}.py"
    file.write_text(TEXT.format(lanes=lanes))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    inner = module.each

    @njit
    def call(x, e, out):
        inner((x, e, out))

    def run(x, e):
        x, e = (np.broadcast_to(np.asarray(v, float), np.broadcast_shapes(np.shape(x), np.shape(e))) for v in (x, e))
        found = np.empty((6, x.size))
        for low in range(0, x.size, lanes):
            part = np.ones((2, 1, lanes))
            some = min(lanes, x.size - low)
            part[0, 0, :some], part[1, 0, :some] = x[low : low + some], e[low : low + some]
            out = np.empty((6, lanes))
            call(part[0], part[1], out)
            found[:, low : low + some] = out[:, :some]
        return found

    return run, module.each.text


def test_exponential_and_logarithm_have_their_digits(each):
    run, _ = each
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.uniform(-707, 708, 400), rng.uniform(-1, 1, 400), 10 ** rng.uniform(-300, 2, 200), [1.0]])
    found = run(x, 1.0)
    with mpmath.workdps(40):
        exact = np.array([[mpmath.exp(v), mpmath.log(abs(v))] for v in x.tolist()]).T
        off = [
            max(abs(f / e - 1) if e else abs(f) for f, e in zip(row, by, strict=True))
            for row, by in zip(found[:2].tolist(), exact, strict=True)
        ]
    assert float(max(off)) < 4.5e-16


def test_powers_are_those_of_numpy_also_where_they_are_special(each):
    run, _ = each
    x, e = (g.ravel() for g in np.meshgrid(np.geomspace(1e-12, 1e6, 60), np.linspace(-6, 6, 49)))
    assert run(x, e)[2] == pytest.approx(x**e, rel=3e-14)
    for exponent in (0.0, 1.0, 2.0, 3.0, -1.0, 0.5):
        special = np.array([-2.0, -0.3, 0.7, 5.0])
        with np.errstate(invalid="ignore"):
            assert run(special, exponent)[2] == pytest.approx(special**exponent, rel=1e-14, nan_ok=True)
    empty = run(0.0 * np.ones(4), np.array([0.0, 0.5, 1.0, 2.0]))[2]
    assert empty == pytest.approx([1, 0, 0, 0], abs=1e-300)
    assert run(np.zeros(1), np.array([-0.5]))[2, 0] > 1e300


def test_what_is_no_number_stays_none_and_too_much_stays_too_much(each):
    run, _ = each
    assert np.isnan(run(np.full(3, np.nan), 1.0)[:3]).all()
    low, high = run(np.array([-1e4, 1e4]), 1.0)[0]
    assert 0 <= low < 1e-300
    assert high > 1e300
    assert np.isposinf(run(np.array([np.inf]), 1.0)[1, 0])


def test_the_text_says_on_arrays_what_is_compiled(each):
    run, text = each
    x, e = np.array([-3.0, -0.2, 0.4, 1.0, 7.0, 30.0, 2.0, 9.0]), np.array([2.0, 3.0, 0.5, -1.0, 0.1, 2.5, 0.0, 1.0])
    out = np.empty((6, 8))
    text(x[None], e[None], out)
    assert run(x, e) == pytest.approx(out, rel=1e-14)


def test_code_of_a_model_has_less_to_do():
    """No exponential where a product has one already, no second logarithm of the same thing."""
    lines = straight_code(model).slopes
    logs = [line.partition(" = ")[2] for line in lines if "log(" in line]
    assert len(logs) == len(set(logs))
    assert sum("exp(" in line for line in lines) < 23  # 22 folds and 12 powers in the equations
    assert straight_code(lemaire2004).kept < len(lemaire2004.Parameters._fields)


def test_lanes_do_not_mix():
    """Of one lane with no number, the others see nothing."""
    assert _lanes.choose(np.array([1, 0]), 1.0, 2.0).tolist() == [1.0, 2.0]
