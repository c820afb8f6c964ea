"""Errors of atoms against animals that are made here: a formula gives what many experiments scatter."""

import math

import numpy as np
import pytest
from scipy import stats

from niche.atoms import assays
from niche.atoms.assays import variations
from niche.atoms.effects import effect_of
from niche.atoms.errors import assay_error, printed_error
from niche.evidence.paper_records import Ask, Measurement, Paper
from niche.params.schema import parse

EXPERIMENTS = 40_000
ASK = Ask(observable="BV/TV")


def measured(contrast=("treated", "vehicle"), **printed):
    return Measurement(
        id="X", readout="x", family="bone mass", contrast=contrast, kind="number", where="Table 1", **printed
    )


def means(mean, cv, n, seed):
    """Means and sd of groups of animals, one line an experiment."""
    animals = np.random.default_rng(seed).normal(mean, cv * mean, (EXPERIMENTS, n))
    return animals.mean(axis=1), animals.std(axis=1, ddof=1)


def of(one, n):
    return printed_error(one, ASK, effect_of(one, ASK), n)


@pytest.mark.parametrize(("n", "m", "cv"), [(8, 8, 0.25), (12, 5, 0.2), (30, 30, 0.4)])
def test_errors_of_a_ratio_of_means_are_its_scatter(n, m, cv):
    treated, sd = means(2.9, cv, n, 1)
    control, control_sd = means(4.1, cv, m, 2)
    scatter = np.log(treated / control).std()
    printed = [
        (measured(value=2.9, control_value=4.1, unit="%", sd=sd.mean(), control_sd=control_sd.mean()), "sd"),
        (measured(value=2.9, control_value=4.1, unit="%", sd=sd.mean()), "sd"),
        (measured(value=100 * (2.9 / 4.1 - 1), unit="percent change", sd=100 * sd.mean() / 4.1), "sd"),
        (
            measured(
                value=2.9,
                control_value=4.1,
                unit="%",
                se=sd.mean() / math.sqrt(n),
                control_se=control_sd.mean() / math.sqrt(m),
            ),
            "standard error",
        ),
    ]
    for one, basis in printed:
        error, from_what = of(one, (n, m))
        assert from_what == basis
        assert error == pytest.approx(scatter, rel=0.06)
    assert assay_error(cv, (n, m)) == pytest.approx(scatter, rel=0.06)


def test_of_four_groups_the_scatter_of_a_ratio_of_ratios():
    n, cv = (9, 7, 12, 8), 0.2
    groups = [means(mean, cv, many, seed)[0] for seed, (mean, many) in enumerate(zip((1, 2, 3, 4), n, strict=True))]
    scatter = np.log(groups[0] / groups[1] / (groups[2] / groups[3])).std()
    assert assay_error(cv, n) == pytest.approx(scatter, rel=0.03)


def test_the_error_of_counts_is_the_scatter_of_a_ratio_of_shares():
    random = np.random.default_rng(3)
    a, b = random.binomial(80, 0.4, EXPERIMENTS), random.binomial(60, 0.6, EXPERIMENTS)
    scatter = np.log((a / 80) / (b / 60)).std()
    one = measured(value=0.4 / 0.6, unit="risk ratio", counts=((32, 80), (36, 60)))
    assert of(one, (80, 60))[0] == pytest.approx(scatter, rel=0.03)


def test_the_error_from_an_interval_or_an_exact_p_is_that_which_made_them():
    effect, error = math.log(0.7), 0.13
    low, high = np.exp(stats.norm.interval(0.95, effect, error))
    one = measured(value=0.7, unit="hazard ratio", low=low, high=high)
    assert of(one, (8, 8))[0] == pytest.approx(error)
    low, high = 100 * np.expm1(stats.norm.interval(0.9, effect, error))
    one = measured(value=-30, unit="percent change", low=low, high=high, level=0.9)
    assert of(one, (8, 8))[0] == pytest.approx(error)
    one = measured(value=0.7, unit="hazard ratio", p=2 * stats.norm.sf(abs(effect) / error))
    assert of(one, (8, 8))[0] == pytest.approx(error)
    # "P < 0.05" of the same is a bound from above
    assert of(measured(value=0.7, unit="hazard ratio", p_below=0.05), (8, 8))[0] > error


def test_the_spread_between_animals_is_found_again_in_what_papers_print(monkeypatch):
    """Each paper prints its own few animals in its own way; their median is the spread that made them all."""
    random, truth = np.random.default_rng(5), 0.3
    found = {}
    for i in range(200):
        n = int(random.integers(5, 15))
        one, other = random.normal(3, 3 * truth, n), random.normal(4, 4 * truth, n)
        value, control = one.mean(), other.mean()
        sd, control_sd = one.std(ddof=1), other.std(ddof=1)
        root = math.sqrt(n)
        ways = (
            {"value": value, "control_value": control, "unit": "mm", "sd": sd, "control_sd": control_sd},
            {"value": value, "control_value": control, "unit": "mm", "se": sd / root, "control_se": control_sd / root},
            {"value": value, "unit": "mm", "sd": sd, "contrast": ["treated"]},
            {"value": math.log10(value), "unit": "log10(photons/s)", "se": sd / value / math.log(10) / root}
            | {"contrast": ["treated"]},
        )
        found[f"p{i}"] = paper({"n": [n, n], "assay_group": "cell counts"} | ways[i % 4])
    monkeypatch.setattr(assays, "read_papers", lambda: found)
    variations.cache_clear()
    try:
        known = variations()
    finally:
        variations.cache_clear()
    learnt = known["cell counts", "animals"]
    assert learnt.papers == 200
    assert learnt.cv == pytest.approx(truth, rel=0.07)
    assert known["", "animals"].cv == learnt.cv  # the only assay there is
    assert ("cell counts", "people") not in known


def paper(change):
    one = {"id": "X", "readout": "x", "family": "bone cells", "contrast": ["treated", "vehicle"], "kind": "number"}
    one |= {"where": "Table 1"} | change
    one = {key: float(value) if isinstance(value, np.floating) else value for key, value in one.items()}
    one["n"] = one["n"][: len(one["contrast"])]
    content = {"title": "T", "authors": ["A"], "year": 2011, "journal": "J", "laboratory": "L", "read": "full text"}
    content |= {"kind": "healthy rodent", "doi": "10.1000/1", "host": {"species": "mouse"}, "measurements": [one]}
    content |= {"arms": {"treated": {"done": "x"}, "vehicle": {"done": "y"}}}
    return parse(Paper, content, "papers/one.yaml")
