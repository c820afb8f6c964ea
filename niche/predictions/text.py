"""Predictions, their scores and the choice of candidates, as a person reads them."""

import json
from collections.abc import Sequence

from niche.predictions.making import Choice
from niche.predictions.scores import Score
from niche.predictions.table import Prediction
from niche.predictions.words import arm_words, plain
from niche.propositions.reading import read_propositions

NONE = (
    "No prediction is on record yet. 'niche predictions --choose' shows what would be chosen by today's draws, and "
    "'niche predictions --write' puts it on record."
)


def listing(found: Sequence[Prediction]) -> str:
    """Every prediction on record: the question, what is predicted, what would refute it, and when it was made."""
    if not found:
        return NONE
    return "\n\n".join(_entry(one) for one in found)


def _entry(one: Prediction) -> str:
    return "\n".join(
        [
            f"{one.id}: {one.question}",
            *(f"  arm '{name}': {arm_words(steps)}" for name, steps in json.loads(one.arms).items()),
            f"  predicted: {one.statement}",
            f"  half of such experiments would find {plain(one.low_50)} to {plain(one.high_50)}",
            f"  refuted by: {one.refuted_by}",
            f"  tells most of: {_statement(one.about)} ({one.information:.2g} nats; 0.7 answers an even question)",
            f"  on record since {one.on}, freeze {one.freeze}, draws {one.posterior}",
        ]
    )


def _statement(name: str) -> str:
    """The statement of a proposition, with its number; the number alone of one that is no longer there."""
    known = read_propositions()
    return f"{known[name].statement.rstrip('.')} ({name})" if name in known else f"proposition {name}"


def scored(one: Prediction, found: Score) -> str:
    """Where a measurement falls, and how well it was predicted."""
    where = "inside the 50 % interval" if found.inside_50 else "inside the 90 % interval, outside that of 50 %"
    if not found.inside_90:
        where = f"outside the 90 % interval, {'below' if found.pit < 0.5 else 'above'} it"
    error = f"{found.se:.2g}, as planned for {one.n} in each arm" if found.planned else f"{found.se:.2g}"
    better = "better" if found.gain >= 0 else "worse"
    return "\n".join(
        [
            f"{one.id}: measured {found.value:.3g}, predicted {one.median:.3g} "
            f"({one.low_90:.2g} to {one.high_90:.2g}): {where}.",
            f"  error of the logarithm {error}; probability of a smaller ratio {found.pit:.3g}",
            f"  log score {found.log_score:.3g} nats, {abs(found.gain):.2g} {better} than a prediction of no effect",
            f"  what would refute it was: {one.refuted_by}",
        ]
    )


def choice_text(found: Choice) -> str:
    """What would be put on record, from the first on, and why others were left out."""
    lines = [
        f"{place}. {one.candidate.name}: tells {one.information:.2f} nats about proposition {one.about}, and adds "
        f"{one.adds:.2f} to those above\n   {one.candidate.entry.question}"
        for place, one in enumerate(found.chosen, 1)
    ]
    lines += [f"left out, {name}: {why}" for name, why in found.left_out.items()]
    return "\n".join(lines)
