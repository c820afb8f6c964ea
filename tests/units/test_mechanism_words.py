"""The words for a mechanism, in their fixed order."""

import numpy as np
import pytest

from niche.inference.left_out import Difference
from niche.inference.mechanism_words import Grounds, word_of

LEAST = float(np.log(1.2))
UP = np.random.default_rng(0).normal(0.6, 0.1, 2000)
NOTHING = np.random.default_rng(1).normal(0.0, 0.05, 2000)
VAGUE = np.random.default_rng(2).normal(0.3, 0.4, 2000)


def grounds(**given):
    known = {
        "asserts": 1,
        "head": UP,
        "least": LEAST,
        "papers": 4,
        "laboratories": 3,
        "sides": ((0.99, "A", False), (0.7, "B", False)),
        "difference": Difference(6.0, 1.5, 0.05, {}, True),
        "survives": True,
        "computed": True,
    }
    return Grounds(**{**known, **given})


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "supported"),
        ({"papers": 1}, "untested"),
        ({"computed": False}, "not computed well enough"),
        ({"difference": Difference(6.0, 1.5, 0.4, {}, True)}, "not computed well enough"),
        ({"difference": Difference(6.0, 1.5, 0.1, {}, False)}, "not computed well enough"),
        ({"papers": 2}, "weakly supported"),
        ({"laboratories": 1}, "weakly supported"),
        ({"survives": False}, "weakly supported"),
        ({"difference": Difference(1.5, 0.2, 0.1, {}, True)}, "weakly supported"),
        ({"difference": Difference(4.0, 2.5, 0.1, {}, True)}, "weakly supported"),
        ({"difference": Difference(-1.0, 0.2, 0.1, {}, True)}, "undetermined"),
        ({"head": -UP}, "contradicted"),
        ({"head": NOTHING}, "no relevant effect"),
        ({"head": NOTHING, "papers": 2}, "undetermined"),
        ({"head": VAGUE}, "undetermined"),
        ({"asserts": 0, "head": NOTHING}, "supported"),
        ({"asserts": 0, "head": UP}, "contradicted"),
        ({"asserts": 0, "head": VAGUE}, "undetermined"),
    ],
)
def test_the_first_word_whose_conditions_are_met(given, word):
    assert word_of(grounds(**given)) == word


@pytest.mark.parametrize(
    ("sides", "contested"),
    [
        (((0.99, "A", False), (0.97, "B", False), (0.01, "C", False), (0.02, "D", False)), True),
        (((0.99, "A", False), (0.97, "A", False), (0.01, "C", False), (0.02, "D", False)), False),
        (((0.99, "A", False), (0.97, "B", False), (0.01, "C", False)), False),
        (((0.99, "A", False), (0.97, "B", False), (0.01, "C", True)), True),
        (((0.99, "A", True), (0.01, "C", True)), False),
    ],
)
def test_contested_is_two_laboratories_on_each_side_or_a_trial_against_one(sides, contested):
    assert (word_of(grounds(sides=sides)) == "contested") is contested
