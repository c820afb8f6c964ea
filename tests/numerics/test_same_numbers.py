"""The same numbers in any order and company, to the last digit; and within a stated tolerance on another processor.

Processors differ in which sums they fuse and in how wide NumPy's loops are. Both can be narrowed by the environment, so
that one machine stands for several.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy._core import _multiarray_umath

import niche
from niche.sums import mean_last, sum_last

NARROW = {"NPY_DISABLE_CPU_FEATURES": " ".join(_multiarray_umath.__cpu_dispatch__)}
PLAIN = {"NUMBA_CPU_NAME": "generic"}
# What another processor may change (docs/verdicts.md): relative to the number, beside 1e-9 of its unit. Runs of
# `simulate` have steps of tolerance 1e-6, trials of 1e-4, rows of the fit of 1e-3: a step more or less is below that.
TOLERANCE = {"effects": 1e-3, "log density": 1e-4, "slope": 1e-3, "trials": 1e-2}
OTHERWISE = 1e-6


@cache
def numbers(settings: tuple[tuple[str, str], ...]) -> dict:
    script = Path(__file__).with_name("other_processors.py")
    kept = {k: v for k, v in os.environ.items() if k not in (*NARROW, *PLAIN)}
    there = {**kept, "PYTHONPATH": str(Path(niche.__file__).parents[1]), **dict(settings)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)], env=there, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="as it is"),
        pytest.param(NARROW, id="narrow loops"),
        pytest.param(PLAIN, id="plain code", marks=pytest.mark.slow),
        pytest.param({**NARROW, **PLAIN}, id="both", marks=pytest.mark.slow),
    ],
)
def test_numbers_hang_on_nothing_beside_them_and_hardly_on_the_processor(settings):
    found = numbers(tuple(settings.items()))
    assert all(found["unmoved"].values()), found["unmoved"]
    for name, here in numbers(())["numbers"].items():
        np.testing.assert_allclose(
            np.array(found["numbers"][name], float),
            np.array(here, float),
            rtol=TOLERANCE.get(name, OTHERWISE),
            atol=1e-4 if name in ("effects", "slope") else 1e-9,
            err_msg=name,
        )


@pytest.mark.parametrize("kind", [float, complex])
def test_a_sum_has_one_order_in_any_layout(kind):
    terms = np.random.default_rng(0).standard_normal((33, 57)).astype(kind)
    found = sum_last(terms)
    assert np.array_equal(found, sum_last(np.asfortranarray(terms)))
    assert np.array_equal(found[::-1], sum_last(terms[::-1]))
    assert found[4] == sum_last(terms[4]) == sum(terms[4].tolist())
    assert np.array_equal(mean_last(terms), found / 57)
    assert np.isnan(mean_last(terms[:, :0])).all()
