"""Back doors on a Gaussian, where what is left of a gain without some papers is known in closed form."""

import numpy as np
import pytest

from niche.inference.back_doors import NARROW, back_doors

R = np.random.default_rng(11)
N = 10_000


def gaussian(errors, n=N):
    """Draws of a gain with prior normal(0, 1), told by papers with these errors, and what each says of each draw."""
    precision = 1 + sum(1 / s**2 for s in errors.values())
    ys = {name: 0.3 * s for name, s in errors.items()}
    mean = sum(ys[name] / s**2 for name, s in errors.items()) / precision
    theta = R.normal(mean, precision**-0.5, n)
    return theta[:, None], {name: -0.5 * ((ys[name] - theta) / s) ** 2 for name, s in errors.items()}


def test_who_narrows_a_gain_without_its_direct_papers():
    # without "direct" the sd is (1 + 1/0.8^2 + 1/3^2)^-0.5 = 0.61; without "other" too it is 0.95
    scores, told = gaussian({"direct": 0.9, "other": 0.8, "hardly": 3.0})
    assert back_doors(scores, told, ["direct"]) == (True, ("other",))


@pytest.mark.parametrize(("error", "named"), [(1.8, True), (2.4, False)])
def test_narrower_than_nine_tenths_or_not(error, named):
    """(1 + s^-2)^-0.5 crosses 0.9 at s = 2.06."""
    assert ((1 + error**-2) ** -0.5 < NARROW) is named
    scores, told = gaussian({"direct": 1.0, "other": error})
    assert back_doors(scores, told, ["direct"]) == (True, ("other",) if named else ())


def test_draws_that_do_not_bear_it_say_so():
    scores, told = gaussian({"direct": 0.05, "other": 0.8}, n=1000)
    assert back_doors(scores, told, ["direct"]) == (False, ())


def test_without_a_direct_paper_nothing_is_left_out():
    scores, told = gaussian({"one": 1.0})
    assert back_doors(scores, told, []) == (True, ("one",))
