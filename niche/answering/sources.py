"""What `niche fit` and `niche left-out` wrote, read for the answers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from niche.answering.mechanism import stored_left_out
from niche.atoms.records import Atom
from niche.errors import NicheError
from niche.inference.again_file import PREFIX, read_without
from niche.inference.diagnostics import ESS, RHAT
from niche.inference.freeze import freeze_hash
from niche.inference.joint import informing
from niche.inference.leaving_tasks import OWN, PENDING
from niche.inference.left_out import LeftOut, by_weights
from niche.inference.shipped import FILE, drawn_of, manifest_of, read_fit
from niche.inference.shipping import LEFT_OUT
from niche.inference.trials_left_out import TRIALS
from niche.inference.trials_predicted import predicted_rows, together
from niche.params.records import root
from niche.provenance import digest_bytes


class Trials(NamedTuple):
    """What trials give at some of the draws, and heads that are no row at all of them.

    Attributes
    ----------
    atoms
        rows of trials and cohorts, in the order of `effects`
    places
        of the draws at which they were simulated, (p,), those of the whole model first
    effects
        (p, rows), a logarithm; NaN where patients could not be simulated
    chance
        (rows,): share of the variance between draws that was the chance of few patients, and was taken off
    heads
        by proposition, (n,)
    """

    atoms: tuple[Atom, ...] = ()
    places: np.ndarray = np.zeros(0, dtype=int)
    effects: np.ndarray = np.zeros((0, 0))
    chance: np.ndarray = np.zeros(0)
    heads: Mapping[str, np.ndarray] = {}


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
        each paper left out of the whole model: by weights, by these with its own parameters integrated over, or by
        sampling again without it
    alone
        by proposition and paper, the probability of the asserted side by that paper alone, and the draws it rests on
    without
        by proposition, what its task of `niche left-out` found
    told
        by paper of the likelihood, its log likelihood at each draw of the whole model (whole,)
    trials
        what is no row of the likelihood
    redrawn
        of papers whose own parameters are integrated over, effects (n,) by row with these drawn from their prior
    tells
        by proposition, the experiment that would tell most, in a sentence
    variants, before
        models without all nerves or feedback, as their tasks were kept, by name; by paper, log density and error
        before any paper was used
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
    told: Mapping[str, np.ndarray] = {}
    trials: Trials = Trials()
    tells: Mapping[str, str] = {}
    variants: Mapping[str, Mapping[str, Any]] = {}
    before: Mapping[str, tuple[float, float]] = {}
    redrawn: Mapping[str, Mapping[str, np.ndarray]] = {}

    def effects_without(self, paper: str) -> np.ndarray:
        """Effects (n, rows) as they are to be weighted towards the posterior without a paper."""
        own = self.redrawn.get(paper)
        if not own:
            return self.effects
        found = self.effects.copy()
        for j, atom in enumerate(self.atoms):
            if atom.name in own:
                found[:, j] = own[atom.name]
        return found


VARIANTS = ("no-nerves", "no-feedback")
TELLS = "telling"  # what `niche.predictions.telling` wrote


def sources(folder: Path | None = None) -> Sources:
    """Read the fit and params/left_out.

    Raises
    ------
    NicheError
        if the fit is missing, or rests on tables that moved
    """
    base, frozen = folder or root(), freeze_hash()
    tree = read_fit(base / "posterior" / FILE, frozen)
    drawn, fit = drawn_of(tree), digest_bytes((base / "posterior" / FILE).read_bytes())
    scores, parts = drawn.flat()
    told = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in (base / LEFT_OUT).glob("*.json")}
    told = {name: one for name, one in told.items() if one.get("posterior") == fit}
    if "whole" not in told:
        raise NicheError(f"{base / LEFT_OUT / 'whole.json'} is missing or of another fit: run 'niche fit'")
    atoms, n = informing(), len(scores)
    effects, spreads_ = _matrix(tree, "predictions", "effect"), _matrix(tree, "posterior", "spread")
    named: Any = tree["predictions"]["row"]
    rows = tuple(named.values.tolist())
    left_out = {name: stored_left_out(one) for name, one in told["whole"]["papers"].items()}
    bounded = bounded_papers(atoms)
    logs = {name: parts[:, i] for i, name in enumerate(drawn.papers)}
    weights = {name: by_weights(one, bounded[name]).weights for name, one in logs.items()}
    redrawn: dict[str, dict[str, np.ndarray]] = {}
    for name, one in told.get(OWN, {}).get("papers", {}).items():
        if one["fine"]:
            left_out[name] = stored_left_out(one)
            weights[name] = by_weights(_numbers(told[OWN]["told"][name]), False).weights
            redrawn[name] = {row: _known(values) for row, values in told[OWN]["effects"][name].items()}
    again = sorted(name for name in told if name.startswith(PREFIX))
    for name in again:
        paper, drawn_without = name.removeprefix(PREFIX), read_without(base / LEFT_OUT / f"{name}.nc", rows)
        left_out[paper] = stored_left_out(told[name]["papers"][paper])
        m, before = len(drawn_without.weights), len(effects) - n
        weights = {one: np.concatenate([own, np.zeros(m)]) for one, own in weights.items()}
        weights[paper] = np.concatenate([drawn_without.whole, np.zeros(before), drawn_without.weights])
        effects = np.concatenate([effects, drawn_without.effects])
        spreads_ = np.concatenate([spreads_, drawn_without.spreads])
    redrawn = {
        name: {row: np.concatenate([one, np.zeros(len(effects) - n)]) for row, one in each.items()}
        for name, each in redrawn.items()
    }
    for name, one in told.get(TRIALS, {}).get("papers", {}).items():
        left_out[name] = together(left_out.get(name), stored_left_out(one))
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
        told=logs,
        trials=_trials(told, again, n),
        tells=told.get(TELLS, {}).get("sentences", {}),
        variants={name: told[name] for name in VARIANTS if name in told and not told[name].get(PENDING)},
        redrawn=redrawn,
        before={name: (one[0], one[1]) for name, one in told.get("alone", {}).get("prior", {}).items()},
    )


def bounded_papers(atoms: tuple[Atom, ...]) -> dict[str, bool]:
    """Whether none of a paper's rows is a number, by paper."""
    found: dict[str, bool] = {}
    for atom in atoms:
        found[atom.animals] = found.get(atom.animals, True) and atom.kind != "number"
    return found


def _trials(told: Mapping[str, Mapping[str, Any]], again: Sequence[str], whole: int) -> Trials:
    """Those of the whole model's draws, and, behind them, those of draws without one paper each."""
    if TRIALS not in told:
        return Trials()
    parts, first = [told[TRIALS]], [0]
    behind = whole
    for name in again:
        parts.append(told[name]["trials"])
        first.append(behind)
        behind += int(told[name]["kept"])
    atoms = tuple(atom for atom in predicted_rows() if all(atom.name in part["rows"] for part in parts))
    columns = [[_numbers(part["rows"][atom.name]) for part in parts] for atom in atoms]
    heads = {name: [_numbers(part["heads"].get(name, ())) for part in parts] for name in parts[0]["heads"]}
    return Trials(
        atoms=atoms,
        places=np.concatenate([np.array(part["draws"], dtype=int) + at for part, at in zip(parts, first, strict=True)]),
        effects=np.stack([np.concatenate(column) for column in columns], axis=1),
        chance=_numbers([parts[0]["chance"][atom.name] for atom in atoms]),
        heads={name: np.concatenate(one) for name, one in heads.items()},
    )


def _known(values: Any) -> np.ndarray:
    """Effects, in the middle where hosts could not be simulated."""
    found = _numbers(values)
    return np.where(np.isfinite(found), found, np.nanmedian(found))


def _numbers(values: Any) -> np.ndarray:
    return np.array([np.nan if one is None else one for one in values], dtype=float)


def _matrix(tree: Any, group: str, name: str) -> np.ndarray:
    values = tree[group][name].values.astype(float)
    return np.asarray(values.reshape(-1, values.shape[-1]))
