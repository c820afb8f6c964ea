"""Answers that no fit gave: what tests put in the place of params/answers.json."""

from pathlib import Path

import numpy as np

from niche.answering.mechanism import mechanism_answer
from niche.answering.model import control_of, model_answer, predicted_direction
from niche.answering.records import FittedAnswer, Prediction, SavageDickey
from niche.inference.left_out import LeftOut, difference
from niche.inference.mechanism_words import Grounds

LEAST = float(np.log(1.2))
UP = np.random.default_rng(0).normal(0.6, 0.1, 2000)
NO_FIT = Path(__file__).parent  # a folder without answers.json: nothing but the papers has spoken
PAPERS = ("bonnet-2005-clenbuterol", "kondo-2011-isoprenaline", "khosla-2018-atenolol")


def left_out(log_density, k=0.3, how="weights"):
    return LeftOut(log_density, 0.05, k if how == "weights" else float("nan"), 900.0, how, True, np.full(4, 0.25))


def grounds(asserts=1, head=UP, gains=(2.0, 1.5, 1.2), papers=PAPERS, **changed):
    whole = {name: left_out(-1.0) for name in papers}
    without = {name: left_out(-1.0 - gain) for name, gain in zip(papers, gains, strict=True)}
    known = {
        "asserts": asserts,
        "head": head,
        "least": LEAST,
        "papers": len(papers),
        "laboratories": len(papers),
        "sides": tuple((0.97, name, False) for name in papers[:2]),
        "difference": difference(whole, without, papers),
        "survives": True,
        "computed": True,
        **changed,
    }
    return Grounds(**known), whole, without


def fitted(p=0.4, outside=1, **changed):
    """A mechanism that is supported (unless told otherwise) and a model that misses so many of five atoms."""
    told, whole, without = grounds(**changed)
    numbers = [
        Prediction(f"N{i}", PAPERS[i % 3], i >= outside, observed=0.5, low=0.1, high=0.6, pit=0.8) for i in range(4)
    ]
    seen = predicted_direction("D1", PAPERS[0], "up", {"up": 0.8, "down": 0.15, "none": 0.05})
    mechanism = mechanism_answer(
        told,
        whole,
        without,
        sides={PAPERS[0]: (0.97, False)},
        savage_dickey=SavageDickey(half=-3.0, full=-4.0, double=-4.5),
        by_laboratory=told._replace(survives=False),
        tells_most="the same in mice without beta2",
    )
    model = model_answer([*numbers, seen], p, control=control_of(UP, np.full(100, 0.06)), cause="")
    return FittedAnswer(mechanism, model)
