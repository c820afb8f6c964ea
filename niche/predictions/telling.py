"""For each proposition the experiment, of those that nobody has published, that would tell most about its head."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from niche.answering.drawn_heads import head_of
from niche.answering.sources import TELLS, Sources
from niche.evidence.laboratory import Laboratory
from niche.experiment.hosts import Hosts
from niche.files import write_whole
from niche.frozen import Frozen
from niche.inference.freeze import freeze_hash
from niche.inference.joint import JointObjective
from niche.inference.shipping import LEFT_OUT
from niche.inference.unmeasured import outcomes_in
from niche.params.posterior import Posterior
from niche.params.records import root
from niche.predictions.candidates import Candidate, read_candidates
from niche.predictions.information import about
from niche.propositions.reading import read_propositions

LEAST = 0.03  # share of the uncertainty below which no experiment is named
LOST = 0.02  # of the draws without an outcome: above it an experiment is not considered
NONE = "None of the experiments on the list would tell much."


class Tells(NamedTuple):
    """The experiment that tells most about a head, and how much [nats]."""

    name: str
    information: float

    @property
    def share(self) -> float:
        """Of the variance of the head that is expected to go: exact where outcome and head are normal together."""
        return 1 - math.exp(-2 * self.information)


def tells_most(outcomes: np.ndarray, noise: Sequence[float], names: Sequence[str], head: np.ndarray) -> Tells | None:
    """The outcome that is expected to tell most about a head.

    Parameters
    ----------
    outcomes, head
        logarithms at the same draws, (n, experiments) and (n,); draws without a head are left out
    noise
        error and spread between papers of each experiment

    Returns
    -------
    Tells | None
        None without an experiment that nearly every draw has an outcome of
    """
    known = np.isfinite(head)
    best: Tells | None = None
    for j, name in enumerate(names):
        fine = known & np.isfinite(outcomes[:, j])
        if not known.any() or fine.sum() < (1 - LOST) * known.sum():
            continue
        told = about(outcomes[fine, j], noise[j], head[fine])
        if best is None or told > best.information + 1e-9:
            best = Tells(name, told)
    return best


def sentence(best: Tells | None, candidates: Mapping[str, Candidate]) -> str:
    """The experiment in one plain sentence."""
    if best is None or best.share < LEAST:
        return NONE
    one = candidates[best.name].entry
    goes = f"take away {100 * best.share:.0f} % of what is uncertain about this effect"
    return f"{one.question} With {one.n} in each arm the answer is expected to {goes}."


def telling(given: Sources) -> dict[str, Any]:
    """Of every proposition with a head: what would tell most, by name, with its share and a sentence."""
    candidates = read_candidates()
    scores = given.scores[: given.whole]
    values = JointObjective(given.atoms, given.keys).complete(scores).draws
    posterior = Posterior(Frozen({key: values[key] for key in given.keys}))
    lab = Laboratory(len(scores), 1, posterior, workers=1, mutation=Hosts.typical)
    found = outcomes_in(lab, [one.atom for one in candidates.values()])
    noise = [one.noise for one in candidates.values()]
    best: dict[str, Tells | None] = {}
    for name, one in read_propositions().items():
        head = head_of(name, one, given)
        if head is not None:
            places = head.places[: head.whole]
            best[name] = tells_most(found[places], noise, list(candidates), head.draws[: head.whole])
    return {
        "experiments": {name: [one.name, round(one.share, 3)] for name, one in best.items() if one is not None},
        "sentences": {name: sentence(one, candidates) for name, one in best.items()},
    }


def untold(given: Sources) -> list[str]:
    """Propositions with a head, of which it is not known yet what would tell most about it."""
    known = read_propositions().items()
    return [name for name, one in known if name not in given.tells and head_of(name, one, given) is not None]


def write_telling(given: Sources, folder: Path | None = None) -> Path:
    """Write params/left_out/telling.json for the fit that these sources are of; returns the file."""
    content = {"freeze": freeze_hash(), "posterior": given.fit, **telling(given)}
    file = (folder or root()) / LEFT_OUT / f"{TELLS}.json"
    return write_whole(file, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
