"""Whether predictions of left-out papers hold what they promise, and what the model is worth beside poorer ones."""

from collections.abc import Mapping, Sequence

import numpy as np

from niche.answering.coverage_record import Coverage, CoverageAnswer, Gain, Level
from niche.answering.mechanism import stored_left_out
from niche.answering.predicted_rows import outcomes_of
from niche.answering.sources import Sources
from niche.inference.blocks import AS
from niche.inference.left_out import LeftOut, difference

LEVELS = (0.5, 0.9)
CHANCE = 0.95
ALL = "all"
AGAINST = {"no-nerves": "no nerves", "no-feedback": "no feedback"}
BEFORE = "before any paper"


def coverage_of(given: Sources) -> CoverageAnswer:
    """Of every number that was predicted with its paper left out; and the gain over poorer models."""
    atoms = [atom for atom in (*given.atoms, *given.trials.atoms) if atom.kind == "number"]
    fine = [atom for atom in atoms if atom.animals in given.left_out and given.left_out[atom.animals].fine]
    rows, found = outcomes_of({atom.name for atom in fine}, given)
    study = {atom.name: AS.get(atom.group, atom.group) if atom.experiment is not None else atom.group for atom in fine}
    pits = {atom.name: found.interval(i)[2] for i, atom in enumerate(rows)}
    papers = {atom.name: atom.animals for atom in fine}
    classes = [ALL, *dict.fromkeys(study[name] for name in sorted(pits, key=lambda n: study[n]))]
    by_class = []
    for one in classes:
        names = [name for name in pits if one in (ALL, study[name])]
        if names:
            levels = tuple(level_of([pits[name] for name in names], level) for level in LEVELS)
            by_class.append(Coverage(one, len({papers[name] for name in names}), levels))
    return CoverageAnswer(tuple(by_class), len(atoms) - len(fine), gains(given))


def level_of(pits: Sequence[float], level: float) -> Level:
    """How many of these predicted probabilities lie in the central part, and how many may by chance.

    The band is that of a binomial (95 %) if the intervals are right and rows tell nothing of one another; rows of one
    paper do, so that the true band is wider.
    """
    from scipy.stats import binom

    n = len(pits)
    held = int(np.sum(np.abs(np.asarray(pits) - 0.5) <= level / 2 + 1e-12))
    low, high = binom.interval(CHANCE, n, level)
    return Level(level, n, held, int(low), int(high))


def gains(given: Sources) -> tuple[Gain, ...]:
    """Left-out log density of the whole model less that of poorer ones, over papers that both predict well enough."""
    others: dict[str, Mapping[str, LeftOut]] = {}
    for name, said in AGAINST.items():
        if name in given.variants:
            others[said] = {paper: stored_left_out(one) for paper, one in given.variants[name]["papers"].items()}
    if given.before:
        whole, trials = given.left_out, {atom.animals for atom in given.trials.atoms}
        others[BEFORE] = {
            # nothing is left out of a model that was told nothing
            paper: whole[paper]._replace(log_density=value, error=error, fine=True)
            for paper, (value, error) in given.before.items()
            if paper in whole and paper not in trials
        }
    return tuple(gain_over(said, given.left_out, other) for said, other in others.items())


def gain_over(said: str, whole: Mapping[str, LeftOut], other: Mapping[str, LeftOut]) -> Gain:
    """Of one poorer model."""
    fine = [p for p, one in other.items() if p in whole and one.fine and whole[p].fine and one.how == whole[p].how]
    if not fine:
        return Gain(said, 0, len(other), 0.0, None, 0.0)
    found = difference(whole, other, sorted(fine))
    return Gain(said, len(fine), len(other) - len(fine), found.D, found.se if len(fine) > 1 else None, found.error)
