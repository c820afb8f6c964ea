"""Ten experiments that nobody has published, chosen by what their outcomes are expected to tell, as predictions."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec
import numpy as np

from niche.errors import NicheError
from niche.evidence.laboratory import Laboratory
from niche.inference.freeze import freeze_hash
from niche.inference.unmeasured import outcomes_in
from niche.params.posterior import posterior_digest
from niche.params.schema import parse
from niche.params.yaml_files import Spot
from niche.predictions.candidates import Candidate, CandidateEntry, candidate, plain_reading
from niche.predictions.information import about, choose
from niche.predictions.outcomes import heads
from niche.predictions.scores import quantiles
from niche.predictions.table import QUANTILES, Prediction
from niche.predictions.words import refutation, statement
from niche.supporting.answer import support

COUNT, DRAWS, SEED = 10, 1000, 1
_SHARES = (0.5, 0.25, 0.75, 0.05, 0.95)
_LOST = 0.02  # of the draws without an outcome: above it an experiment is not predicted


class Chosen(NamedTuple):
    """A candidate with its outcome in each draw, what it tells, and what it adds to those before it [nats]."""

    candidate: Candidate
    outcome: np.ndarray
    information: float
    about: str
    adds: float


class Choice(NamedTuple):
    """The chosen, from the first on; and why others were left out, by name."""

    chosen: tuple[Chosen, ...]
    left_out: Mapping[str, str]


def choice(candidates: Mapping[str, Candidate], lab: Laboratory, count: int = COUNT) -> Choice:
    """Choose experiments.

    Left out are those that a measurement of params/papers tests already, those that were not looked for in the
    literature, and those that too many draws cannot be simulated for. Of the others each step takes the one that adds
    most to what is known of all heads that any of them names (`niche.predictions.information`).

    Raises
    ------
    NicheError
        if none is left, or too few draws for so many heads
    """
    left_out = {name: why for name, one in candidates.items() if (why := _why_not(one, lab))}
    able = [one for name, one in candidates.items() if name not in left_out]
    if not able:
        raise NicheError("no candidate is left: " + "; ".join(f"{name}: {why}" for name, why in left_out.items()))
    found = outcomes_in(lab, [one.atom for one in able])
    lost = np.isnan(found).mean(axis=0)
    left_out |= {
        one.name: f"{100 * share:.0f} % of the draws have no outcome"
        for one, share in zip(able, lost, strict=True)
        if share > _LOST
    }
    keep = [i for i, one in enumerate(able) if one.name not in left_out]
    able, found = [able[i] for i in keep], found[:, keep]
    names = sorted({proposition for one in able for proposition in one.entry.separates})
    known = heads(names, lab)
    whole = np.isfinite(found).all(axis=1) & np.isfinite(known).all(axis=1)
    if not able or whole.mean() < 0.9:
        raise NicheError(f"only {whole.sum()} of {len(whole)} draws have all outcomes and heads; nothing can be chosen")
    found, known = found[whole], known[whole]
    order = choose(found, np.array([one.noise for one in able]), known, count)
    return Choice(
        tuple(_chosen(able[i], found[:, i], dict(zip(names, known.T, strict=True)), adds) for i, adds in order),
        left_out,
    )


def _why_not(one: Candidate, lab: Laboratory) -> str:
    if not one.entry.searched:
        return "the literature was not searched for it"
    reading = one.reading
    protocol, control = (one.experiment.arms[str(arm)] for arm in (reading.treated, reading.control))
    if reading.against is not None:  # a ratio of ratios is tested by measurements of both; that is never here
        return ""
    tested = support(lab.hosts(one.experiment), protocol, reading.observable, reading.day[-1], control)
    return f"measured already: {', '.join(tested.papers)}" if tested else ""


def _chosen(one: Candidate, outcome: np.ndarray, known: Mapping[str, np.ndarray], adds: float) -> Chosen:
    told = {name: about(outcome, one.noise, known[name]) for name in one.entry.separates}
    best = max(told, key=lambda name: (round(told[name], 6), name))
    return Chosen(one, outcome, told[best], best, adds)


def predictions(chosen: Sequence[Chosen], on: date, freeze: str, posterior: str) -> list[Prediction]:
    """What is put on record for them."""
    return [_prediction(one, on, freeze, posterior) for one in chosen]


def again(one: Prediction, lab: Laboratory) -> tuple[float, float, float]:
    """Median and 90 % interval of the ratio, simulated again from the record.

    Raises
    ------
    NicheError
        where today's model cannot do what is on record, or most draws have no outcome
    """
    entry = {
        "question": one.question,
        "host": json.loads(one.host),
        "days": float(one.days) if one.days.replace(".", "", 1).isdigit() else one.days,
        "arms": json.loads(one.arms),
        "read": json.loads(one.read),
        "n": one.n,
        "assay": "",
        "study": one.study,
        "separates": [],
        "decides": "on record",
        "refuted": one.refuted_by,
        "feasible": "on record",
    }
    spot = Spot(f"predictions.csv, {one.id}")
    made = candidate(one.id, parse(CandidateEntry, entry, spot), spot)
    outcome = outcomes_in(lab, [made.atom])[:, 0]
    outcome = outcome[np.isfinite(outcome)]
    if len(outcome) < 0.5 * lab.draws:
        raise NicheError(f"{one.id}: {lab.draws - len(outcome)} of {lab.draws} draws have no outcome")
    median, low, high = quantiles(outcome, math.hypot(one.error, one.spread), (0.5, 0.05, 0.95))
    return math.exp(median), math.exp(low), math.exp(high)


def hashes() -> tuple[str, str]:
    """Of what was frozen, and of the file of the fit. Raises `NicheError` if a table moved after the freeze, or there
    is no fit."""
    return freeze_hash(), posterior_digest()[:16]


def _prediction(one: Chosen, on: date, freeze: str, posterior: str) -> Prediction:
    entry, noise = one.candidate.entry, one.candidate.noise
    median, low_50, high_50, low_90, high_90 = (math.exp(y) for y in quantiles(one.outcome, noise, _SHARES))
    host = {key: value for key, value in msgspec.to_builtins(entry.host).items() if value is not None}
    places = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return Prediction(
        id=one.candidate.name,
        question=entry.question,
        statement=statement(plain_reading(entry.read), host, entry.n, (median, low_90, high_90)),
        host=_json(host),
        days=str(entry.days),
        arms=_json(entry.arms),
        read=_json(plain_reading(entry.read)),
        study=entry.study,
        n=entry.n,
        median=_digits(median),
        low_50=_digits(low_50),
        high_50=_digits(high_50),
        low_90=_digits(low_90),
        high_90=_digits(high_90),
        error=_digits(one.candidate.error),
        spread=_digits(one.candidate.spread),
        model=_json([round(float(value), 4) for value in np.quantile(one.outcome, places)]),
        information=_digits(one.information),
        adds=_digits(one.adds),
        about=one.about,
        refuted_by=refutation(entry.refuted, low_90, high_90),
        on=on.isoformat(),
        freeze=freeze,
        posterior=posterior,
    )


def _digits(value: float) -> float:
    return float(f"{value:.4g}")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
