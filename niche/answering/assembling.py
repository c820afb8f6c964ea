"""From the fit, its left-out papers and its fits without mechanisms to the answers: `niche answer`."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from niche.answering.mechanism import mechanism_answer, stored_left_out, without_numbers
from niche.answering.model import model_answer, predicted_direction, spread
from niche.answering.records import Control, FittedAnswer, ModelAnswer, Prediction, SavageDickey, Spread
from niche.atoms.records import Atom
from niche.errors import NicheError
from niche.inference.alone import head_draws
from niche.inference.diagnostics import ESS, RHAT
from niche.inference.freeze import freeze_hash
from niche.inference.joint import informing
from niche.inference.left_out import LeftOut, by_weights, difference
from niche.inference.mechanism_words import GAIN, GAIN_IN_ERRORS, PI, RHO, Grounds, shares
from niche.inference.predictive import Outcomes, outcomes, together
from niche.inference.savage_dickey import savage_dickey
from niche.inference.shipped import FILE, drawn_of, manifest_of, read_fit
from niche.inference.shipping import LEFT_OUT
from niche.params.layers import read_registry
from niche.params.records import root
from niche.propositions.reading import read_propositions
from niche.propositions.records import Proposition
from niche.provenance import digest_bytes

ASSERTS = {"up": 1, "down": -1}
_NOTHING = 0.01  # a head whose median logarithm is smaller has no effect to explain
_TOLD = 20.0  # draws that what a paper says alone has to rest on


class Sources(NamedTuple):
    """What answers are made of.

    Attributes
    ----------
    atoms
        rows of the likelihood, in the order of `effects`
    effects, spreads, scores
        of the draws of the whole model and, after them, of the raised chain: (n, rows), (n, classes), (n, k)
    whole
        how many of them are of the whole model
    weights
        by paper, of all draws towards the posterior without it (n,)
    left_out
        each paper left out of the whole model
    alone
        by proposition and paper, the probability of the asserted side by that paper alone, and the draws it rests on
    without
        by proposition, what its task of `niche left-out` found
    """

    atoms: tuple[Atom, ...]
    keys: tuple[str, ...]
    effects: np.ndarray
    spreads: np.ndarray
    scores: np.ndarray
    whole: int
    weights: Mapping[str, np.ndarray]
    left_out: Mapping[str, LeftOut]
    alone: Mapping[str, Mapping[str, tuple[float, float]]]
    without: Mapping[str, Mapping[str, Any]]
    converged: bool
    fit: str


def assemble(folder: Path | None = None) -> tuple[dict[str, FittedAnswer], str]:
    """The answers of every proposition whose numbers are there, and the hash of the fit they are made of.

    Raises
    ------
    NicheError
        if the fit is missing, or rests on tables that moved
    """
    given = sources(folder)
    found = {name: fitted_answer(name, one, given) for name, one in read_propositions().items()}
    return found, given.fit


def sources(folder: Path | None = None) -> Sources:
    """Read what `niche fit` and `niche left-out` wrote. Raises `NicheError` as `assemble`."""
    base, frozen = folder or root(), freeze_hash()
    tree = read_fit(base / "posterior" / FILE, frozen)
    drawn, fit = drawn_of(tree), digest_bytes((base / "posterior" / FILE).read_bytes())
    scores, parts = drawn.flat()
    told = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in (base / LEFT_OUT).glob("*.json")}
    told = {name: one for name, one in told.items() if one.get("posterior") == fit}
    if "whole" not in told:
        raise NicheError(f"{base / LEFT_OUT / 'whole.json'} is missing or of another fit: run 'niche fit'")
    atoms = informing()
    effects, spreads_ = _matrix(tree, "predictions", "effect"), _matrix(tree, "posterior", "spread")
    left_out = {name: stored_left_out(one) for name, one in told["whole"]["papers"].items()}
    bounded = {paper: all(a.kind != "number" for a in atoms if a.animals == paper) for paper in drawn.papers}
    n = len(scores)
    weights = {name: by_weights(parts[:, i], bounded[name]).weights for i, name in enumerate(drawn.papers)}
    if "raised" in told:
        again = read_fit(base / LEFT_OUT / "raised.nc", frozen)
        more = drawn_of(again)
        own, above = more.flat()[1], more.papers.index("raised")
        m = len(own)
        weights = {name: np.concatenate([one, np.zeros(m)]) for name, one in weights.items()}
        for name, one in told["raised"]["papers"].items():
            if not left_out[name].fine:
                raised = by_weights(own[:, more.papers.index(name)], bounded[name], raised=own[:, above]).weights
                weights[name] = np.concatenate([np.zeros(n), raised])
            left_out[name] = stored_left_out(one)  # as without a mechanism: D never mixes two ways
        effects = np.concatenate([effects, _matrix(again, "predictions", "effect")])
        spreads_ = np.concatenate([spreads_, _matrix(again, "posterior", "spread")])
        scores = np.concatenate([scores, more.flat()[0]])
    made = manifest_of(tree)
    return Sources(
        atoms=atoms,
        keys=drawn.keys,
        effects=effects,
        spreads=spreads_,
        scores=scores,
        whole=n,
        weights=weights,
        left_out=left_out,
        alone=told.get("alone", {}).get("sides", {}),
        without={name: one for one in told.values() for name in one.get("propositions", ())},
        converged=made["rhat_max"] <= RHAT and min(made["ess_bulk_min"], made["ess_tail_min"]) >= ESS,
        fit=fit,
    )


def _matrix(tree: Any, group: str, name: str) -> np.ndarray:
    values = tree[group][name].values.astype(float)
    return np.asarray(values.reshape(-1, values.shape[-1]))


def fitted_answer(name: str, one: Proposition, given: Sources) -> FittedAnswer:
    """What the fit says of one proposition; "not yet computed" where a part is missing."""
    rows = {atom.name: j for j, atom in enumerate(given.atoms)}
    told, head = given.without.get(name), head_draws(one.head, given.effects, rows)
    if told is None or head is None:
        return without_numbers(one)
    papers = sorted(told["direct"])
    off = {paper: stored_left_out(told["papers"][paper]) for paper in papers}
    laboratories = {atom.animals: atom.laboratory for atom in given.atoms}
    trials = {atom.animals: atom.group == "randomised trial" for atom in given.atoms}
    sides = {paper: p for paper, (p, worth) in given.alone.get(name, {}).items() if worth >= _TOLD and paper in papers}
    # of "none or down" an effect downwards is as good as none
    signed = {"none or down": np.maximum, "none or up": np.minimum}.get(one.asserts)
    head = head if signed is None else signed(head, 0.0)
    asserts, least = ASSERTS.get(one.asserts, 0), math.log(one.least)
    change = difference(given.left_out, off, papers)
    grounds = Grounds(
        asserts=asserts,
        head=head[: given.whole],
        least=least,
        papers=len(papers),
        laboratories=len({laboratories[paper] for paper in papers}),
        sides=tuple((p, laboratories[paper], trials[paper]) for paper, p in sides.items()),
        difference=change,
        survives=survives(head, asserts, least, {paper: given.weights[paper] for paper in papers}, change.by_paper),
        computed=given.converged,
    )
    mechanism = mechanism_answer(
        grounds,
        given.left_out,
        off,
        sides={paper: (p, trials[paper]) for paper, p in sides.items()},
        savage_dickey=_savage_dickey(one, given),
    )
    return FittedAnswer(mechanism, _model(name, told, head[: given.whole], given))


def survives(
    head: np.ndarray,
    asserts: int,
    least: float,
    weights: Mapping[str, np.ndarray],
    parts: Mapping[str, float],
) -> bool:
    """Whether the bars of "supported", or of its contrary, hold with any one paper left out.

    Parameters
    ----------
    head
        draws (n,) of its logarithm
    weights
        by paper, of the draws towards the posterior without it (n,)
    parts
        by paper, its part of D
    """
    side = asserts or 1
    if shares(head, side, least)[0] < 0.5:
        side = -side
    for paper, own in weights.items():
        rest = np.array([part for name, part in parts.items() if name != paper])
        # as with the whole: the Bayesian bootstrap of a sum, in closed form
        se = math.sqrt(len(rest) ** 2 / (len(rest) + 1)) * float(rest.std()) if len(rest) > 1 else math.inf
        pi = float(own[head * side > 0].sum())
        rho = float(own[head * side > least].sum())
        if not (pi >= PI and rho >= RHO and rest.sum() > max(GAIN, GAIN_IN_ERRORS * se)):
            return False
    return True


def _savage_dickey(one: Proposition, given: Sources) -> SavageDickey | None:
    """Of gains whose prior is symmetric about 0; None where one is not."""
    uncertain = read_registry().uncertain()
    keys = [f"model:{gain}" for gain in one.gains]
    if not keys or any(key not in given.keys or uncertain[key].range[0] >= 0 for key in keys):
        return None
    places = [given.keys.index(key) for key in keys]
    return SavageDickey(**savage_dickey(given.scores[: given.whole, places]))


def _model(name: str, told: Mapping[str, Any], head: np.ndarray, given: Sources) -> ModelAnswer:
    direct = {row for rows in told["direct"].values() for row in rows}
    places = [j for j, atom in enumerate(given.atoms) if atom.name in direct]
    atoms = [given.atoms[j] for j in places]
    found = outcomes(atoms, given.effects[:, places], given.spreads, given.weights)
    predictions = [_prediction(atom, found, i) for i, atom in enumerate(atoms)]
    control = None
    if name in told.get("heads", {}):
        whole, low_median_high = spread(head), told["heads"][name]
        left = 100 * low_median_high[1] / whole.median if abs(whole.median) >= _NOTHING else None
        control = Control(whole, Spread(*low_median_high), left)
    fine = all(given.left_out[paper].fine for paper in told["direct"])
    return model_answer(predictions, together(found) if atoms else None, control=control, computed=fine)


def _prediction(atom: Atom, found: Outcomes, row: int) -> Prediction:
    if atom.kind != "number":
        words = found.words[row]
        return predicted_direction(atom.name, atom.paper, words[int(found.seen[row])], found.chances(row))
    low, high, pit = found.interval(row)
    return Prediction(
        name=atom.name,
        paper=atom.paper,
        inside=low <= atom.y <= high,
        observed=atom.y,
        low=low,
        high=high,
        pit=min(1.0, max(0.0, pit)),
        linear=atom.linear,
    )
