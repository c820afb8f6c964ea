"""Predictions in words that a laboratory can act on."""

import json

import msgspec
import pytest

from niche.predictions.candidates import plain_reading, read_candidates
from niche.predictions.text import listing
from niche.predictions.words import OUTSIDE, READ_OUTS, arm_words, host_words, plain, refutation, statement


def test_a_prediction_is_a_sentence():
    read = {"observable": "BV/TV", "treated": "OPG-Fc and isoprenaline", "control": "OPG-Fc", "day": 28.0}
    said = statement(read, {"system": "mouse", "strain": "C57BL/6J"}, 10, (0.8734, 0.7012, 1.0949))
    assert said == (
        "On day 28, bone volume (BV/TV) of mice (C57BL/6J) is 0.87 times as high in the arm 'OPG-Fc and isoprenaline' "
        "as in the arm 'OPG-Fc'; with 10 in each arm, nine of ten such experiments find 0.7 to 1.1."
    )


def test_a_ratio_of_ratios_names_all_four_arms():
    read = {"observable": "tumour burden", "treated": "a", "control": "b", "day": [7, 9], "against": ["c", "d"]}
    said = statement(read, {"system": "rat", "bone": "mandible"}, 8, (2.0, 1.0, 4.0))
    assert "On day 7 to 9, the ratio of the tumour burden of bone in the arm 'a' to that in the arm 'b'" in said
    assert "is 2 times the ratio in 'c' to 'd', in rats, in the mandible" in said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.000123, "0.00012"), (0.5, "0.5"), (1.0, "1"), (12.34, "12"), (12345.0, "12,000"), (0.998, "1")],
)
def test_numbers_have_two_digits_and_no_power(value, said):
    assert plain(value) == said


def test_what_would_refute_it_is_a_number_and_a_meaning():
    assert refutation(OUTSIDE, 0.5, 2.0) == "a ratio below 0.5 or above 2"
    assert refutation("no fall", 0.5, 0.9) == "a ratio below 0.5 or above 0.9. Of the mechanism: no fall"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"dose": ["OPG-Fc", "3 mg/kg"], "every": 3}, "OPG-Fc 3 mg/kg every 3 days"),
        ({"dose": ["zoledronate", "0.1 mg/kg"], "day": 6}, "zoledronate 0.1 mg/kg on day 6"),
        ({"dose": ["anti-NGF", "10 mg/kg"], "day": 6, "every": 5}, "anti-NGF 10 mg/kg from day 6 every 5 days"),
        (
            {"infuse": ["isoprenaline", "5 mg/kg/day"], "start": 14},
            "isoprenaline, 5 mg/kg/day, all the time from day 14",
        ),
        ({"stress": [8], "lasting": "2 h"}, "stress that raises release to 8 times that at rest for 2 h a day"),
        ({"seed": ["intracardiac"], "day": 7}, "tumour cells through the heart on day 7"),
        ({"seed": ["intratibial"]}, "tumour cells in place (intratibial)"),
        ({"genotype": ["no T cells"]}, "no T cells"),
        ({"genotype": ["Adrb2-/-"]}, "genotype Adrb2-/-"),
    ],
)
def test_steps_in_words(step, said):
    assert arm_words([step]) == said


def test_hosts_and_empty_arms_in_words():
    assert arm_words([]) == "nothing"
    assert host_words({"system": "human", "sex": "female"}) == "women"
    tumour = {"system": "mouse", "strain": "C3H", "tumour": "NCTC-2472"}
    assert host_words(tumour) == "mice (C3H) with NCTC-2472 cells"


def test_every_candidate_can_be_said():
    """Each read-out has words, no arm shows how a file is written, and nothing speaks of draws."""
    for one in read_candidates().values():
        host = {key: value for key, value in msgspec.to_builtins(one.entry.host).items() if value is not None}
        assert one.entry.read.observable in READ_OUTS
        said = statement(plain_reading(one.entry.read), host, one.entry.n, (1.0, 0.5, 2.0))
        arms = " ".join(arm_words(steps) for steps in json.loads(json.dumps(one.entry.arms)).values())
        assert not set("{}[]") & set(said + arms)
        assert "draws" not in one.entry.refuted
        assert one.entry.question.endswith("?")


def test_a_list_is_read_without_codes():
    """What it tells of is a statement in words."""
    from test_predictions_on_record import on_record

    said = listing([on_record()])
    assert "arm 'isoprenaline': isoprenaline, 5 mg/kg/day, all the time" in said
    assert "tells most of: Beta agonists raise osteoclasts and what they resorb (05a)" in said
    assert "tells most of: proposition 99z" in listing([on_record(about="99z")])
