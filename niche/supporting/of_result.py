"""What measurements say to the numbers of a simulation: which of its read-outs are tested, and what was never measured.

`niche.experiment.result` shows these lines under a result; it names this module and does not import it, so that who
only simulates loads no paper.
"""

import json
import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from niche.amounts import Amount
from niche.atoms.build import SITE
from niche.atoms.effects import RATE
from niche.errors import NicheError
from niche.experiment.steps import Step
from niche.model.observables import OBSERVABLES
from niche.params.layers import read_registry
from niche.supporting.answer import tested_read_outs
from niche.supporting.beyond import Range, never_measured
from niche.supporting.groups import read_groups
from niche.supporting.questions import Question, asked, question_of_steps

if TYPE_CHECKING:
    import xarray as xr

GROWTH = "growth rate"
_ROUNDING = 1e-3
_FEW = 0.01  # of the draws: fewer beyond a limit are not told


def lines(data: "xr.Dataset") -> list[str]:
    """Sentences on a result: which read-outs are tested, then what lies beyond all measurements. Empty for a table that
    does not say of which hosts it is."""
    question = question_of_result(data)
    if question is None:
        return []
    return [_tested(question), *never_measured(question), *beyond_values(data, bool(question.tumour))]


def question_of_result(data: "xr.Dataset") -> Question | None:
    """The question that a result answers, of its last day; None if it does not say what was done to whom."""
    said = data.attrs
    if not {"system", "strain", "tumour", "bone", "asked"} <= set(said) or "time" not in data.coords:
        return None
    try:
        steps = [
            Step(verb, name, None if value is None else Amount(value, unit), start, None, (start,))
            for verb, name, value, unit, start in json.loads(said["asked"])
        ]
    except (TypeError, ValueError):
        return None
    system = read_registry().systems.get(said["system"])
    if system is None:
        return None
    day = float(data["time"].values[-1])
    tumour = "" if said["tumour"] == "none" else said["tumour"]
    bone = SITE if said["bone"] == "not stated" else said["bone"]
    before = [step for step in steps if step.start <= day]
    return question_of_steps(
        said["system"], said["strain"], tumour, bone, "", day, before, (), system.body_mass.value, False
    )


def _tested(question: Question) -> str:
    if not question.done and not question.tumour:
        return "Evidence: nothing is done to these hosts; that they stay at rest is set, not measured."
    papers = tested_read_outs(question, list(OBSERVABLES))
    if not papers:
        return "Evidence: no measurement tests any read-out of such hosts so treated (niche.support names the nearest)."
    told = ", ".join(f"{name} ({count} paper{'s' * (count != 1)})" for name, count in papers.items())
    return f"Evidence: of such hosts so treated papers measured {told}; no measurement tests another read-out."


def beyond_values(data: "xr.Dataset", tumour: bool) -> Iterator[str]:
    """Sentences on numbers of a result beyond what was ever measured: growth of a tumour, multiples of rest."""
    from niche.experiment.result import named_as  # late: most of the import time of the package

    if tumour and (name := named_as(data, GROWTH)) in data:
        yield from _growth(np.asarray(data[name].values, dtype=float))
    ranges, told = measured_folds(), list[str]()
    for read_out in read_groups().multiples:
        if read_out in ranges and (name := named_as(data, read_out)) in data:
            told += _multiple(read_out, np.asarray(data[name].values, dtype=float), ranges[read_out])
    if told:
        yield f"Beyond every number that a paper printed, as multiples of rest: {'; '.join(told)}."


def _growth(rates: np.ndarray) -> Iterator[str]:
    """Of net growth per cell [1/day], (draws, times)."""
    if rates.size == 0 or np.isnan(rates).all():
        return
    fastest = np.nanmax(rates, axis=-1) if rates.ndim > 1 else rates
    limit, measured = read_groups().limits[GROWTH], fastest_growth()
    for most, words in (
        (limit.most, f"than is known of any cell ({limit.words})"),
        (measured, f"than any tumour that a paper measured (doubling in {_hours(measured)})"),
    ):
        share = float(np.mean(fastest > most))
        if share >= _FEW:
            yield (
                f"Beyond every measurement: in {100 * share:.0f} % of the draws tumour cells in bone grow faster "
                f"{words}; the fastest doubles in {_hours(float(np.nanmax(fastest)))}."
            )
            return


def _hours(rate: float) -> str:
    return f"{24 * math.log(2) / rate:.2g} hours"


def _multiple(name: str, values: np.ndarray, known: Range) -> Iterator[str]:
    """Of multiples of rest, (draws, times): the course of the median draw against the range that papers measured."""
    if values.size == 0 or np.isnan(values).all():
        return
    course = np.nanmedian(values, axis=0) if values.ndim > 1 else values
    low, high = float(np.nanmin(course)), float(np.nanmax(course))
    if high > known.most * (1 + _ROUNDING):
        yield f"{name} rises to {high:.3g} (measured: up to {known.most:.3g})"
    if low < known.least * (1 - _ROUNDING):
        yield f"{name} falls to {low:.2g} (measured: down to {known.least:.2g})"


@lru_cache(maxsize=1)
def measured_folds() -> Mapping[str, Range]:
    """Of each read-out, the least and the most that a paper measured against a control or the start, as a ratio."""
    found: dict[str, list[float]] = {}
    for one in asked():
        reading = one.atom.reading
        if math.isnan(one.atom.y) or one.atom.linear or reading is None or reading.against is not None:
            continue
        if not reading.compare.relative:
            continue
        for name in read_groups().read_out(one.question.read_out).same:
            found.setdefault(name, []).append(math.exp(one.atom.y))
    return {name: Range(min(1.0, *sizes), max(1.0, *sizes)) for name, sizes in found.items()}


@lru_cache(maxsize=1)
def fastest_growth() -> float:
    """The fastest growth of a tumour that a paper measured [1/day]: the slope of its logarithm."""
    rates = [
        one.atom.y
        for one in asked()
        if one.atom.kind == "number" and one.atom.linear and one.question.read_out in ("tumour burden", RATE)
    ]
    if not rates:
        raise NicheError("no measurement of params/papers is of the growth of a tumour")
    return max(rates)
