"""What each trial says of a proposition by itself: virtual patients at draws of the prior, beside what papers say."""

from collections.abc import Mapping

import numpy as np

from niche.inference.alone import PriorDraws, scores_of_prior, side_of, sides
from niche.inference.blocks import CLASSES, spreads
from niche.inference.joint import JointObjective
from niche.inference.trials_left_out import unmeasured_head, unmeasured_heads
from niche.inference.trials_predicted import log_likelihood, predicted_rows, simulate
from niche.propositions.reading import proposition

DRAWS = 500  # of the prior, at which trials are simulated


def with_trials(
    objective: JointObjective, prior: PriorDraws, draws: int = DRAWS, seed: int = 1
) -> tuple[PriorDraws, dict[str, int]]:
    """Draws of the prior with rows and papers of trials behind those of the likelihood, and the place of each row.

    Beyond the first `draws` of them trials are not simulated, and NaN stands there. A paper with rows of both kinds is
    told by all of its rows.
    """
    n, rows = min(draws, len(prior.effects)), predicted_rows()
    scores = scores_of_prior(objective, len(prior.effects), seed)[:n]
    some = simulate(objective, scores).effects
    effects = np.full((len(prior.effects), len(rows)), np.nan)
    effects[:n] = some
    told = dict(zip(prior.papers, prior.told.T, strict=True))
    for name, one in log_likelihood(rows, some, spreads(scores[:, -len(CLASSES) :])[0]).items():
        own = np.full(len(prior.effects), np.nan)
        own[:n] = one
        told[name] = told[name] + own if name in told else own
    names = [atom.name for atom in (*objective.atoms, *rows)]
    made = PriorDraws(
        np.concatenate([prior.effects, effects], axis=1), np.stack(list(told.values()), axis=1), tuple(told)
    )
    return made, {name: j for j, name in enumerate(names)}


def sides_of(
    name: str, objective: JointObjective, prior: PriorDraws, rows: Mapping[str, int], seed: int = 1
) -> dict[str, tuple[float, float]]:
    """What each paper says of a proposition by itself: probability of the asserted side, and draws that it rests on.

    A head that nobody measured is read at the first draws alone, like trials.
    """
    one = proposition(name)
    asserts = -1 if one.asserts == "down" else 1
    if name not in unmeasured_heads():
        return sides(prior, rows, one.head, asserts, prior.papers)
    n = min(2 * DRAWS, len(prior.effects))
    head = np.full(len(prior.effects), np.nan)
    head[:n] = unmeasured_head(name, objective, scores_of_prior(objective, len(prior.effects), seed)[:n])
    return {paper: side_of(head, prior.told[:, i], asserts) for i, paper in enumerate(prior.papers)}
