"""One sentence for a proposition, as a biologist would say it aloud, made of its three words and their numbers.

First what the papers say, then what the mechanism is worth, then whether the model fits. Where the papers disagree, or
speak against a statement, the sentence begins with that, so that nobody reads half of it and takes it for a finding.
"""

import math

from niche.answering.evidence_record import EvidenceAnswer
from niche.answering.records import NOT_WELL, NOT_YET, MechanismAnswer, ModelAnswer
from niche.answering.words import capital, lowered
from niche.inference.mechanism_words import PI
from niche.propositions.records import WAYS

NOTHING_YET = "the model's answer is not yet computed"
HEAD_ALONE = "whether the mechanism helps is not yet computed"  # the rest of the model's answer is there
NEEDED = "not yet tested by leaving papers out"
_OF_EFFECT = {
    "supported": "the mechanism helps to predict papers left out",
    "weakly supported": "the mechanism helps slightly to predict papers left out",
    "contradicted": "the fitted model finds the opposite",
    "no relevant effect": "the fitted model finds no effect that matters",
}
# Of a statement that there is no effect, or none of one sign.
_OF_NONE = {
    "supported": "the fitted model finds no effect that matters",
    "weakly supported": "the fitted model leans the same way",
    "contradicted": "the fitted model finds an effect",
    "no relevant effect": "the fitted model finds no effect that matters",
}
_OF_ONE_SIDE = {
    "supported": "the fitted model agrees",
    "weakly supported": "the fitted model leans the same way",
    "contradicted": "the fitted model finds the opposite",
    "no relevant effect": "the fitted model finds no effect that matters",
}
_OPEN = {
    "contested": "laboratories pull the model both ways",
    "undetermined": "the model is undecided",
    "untested": "too few papers can test the mechanism",
}
# Where all papers that take a side are for a statement, a model without that effect lacks something.
_MISSED = "the fitted model does not reproduce it"
_FOR = ("supported", "weakly supported")
_AGAINST = ("contradicted", "no relevant effect")


def proposition_sentence(
    statement: str, asserts: str, evidence: EvidenceAnswer, mechanism: MechanismAnswer, model: ModelAnswer
) -> str:
    """The three answers in one sentence: at most 45 words beside those of the statement. The size of the effect in the
    fitted model, with its 90 % interval, stands in brackets.

    Parameters
    ----------
    asserts
        what the head does if the statement is true: "up", "down", "none", "none or down", ...
    """
    begin = _papers(statement, evidence)
    said, stands = _mechanism(asserts, mechanism)
    if _side(evidence) > 0 and asserts in WAYS and mechanism.word == "no relevant effect":
        said = _MISSED
    said = NOTHING_YET if mechanism.word == model.word == NOT_YET and not mechanism.can_be else said
    named = said.startswith(("the model", "the fitted model")) and mechanism.word != NOT_YET
    fits = _model(model, "it" if named else "the model")
    if said:
        joint = _joint(_side(evidence), stands, mechanism.word)
        said += _size(mechanism, evidence if said == _MISSED else None)
        said += f", {NEEDED}" if mechanism.word == NOT_YET and stands else ""
        begin = f"{begin}{joint} {said}"
    return f"{capital(begin)}{'; ' if fits else ''}{fits}."


def _papers(statement: str, evidence: EvidenceAnswer) -> str:
    """What the papers say, with the statement."""
    said, stands = lowered(statement), evidence.stands
    if evidence.word == "none":
        return f"no paper that was read says whether {said}"
    if evidence.word == "conflicting":
        do = "disagree" if stands.pro and stands.against else "leave open"
        neither = stands.no_effect + stands.mixed
        split = {"for": stands.pro, "against": stands.against, "neither": neither}
        return f"papers {do} whether {said} ({', '.join(f'{n} {where}' for where, n in split.items() if n)})"
    who = _who(evidence)
    if evidence.side == "for":
        return f"{said}: {who} {'says' if stands.all == 1 else 'say'} so"
    if not evidence.side:
        return f"{said}: {who} saw both"
    found = "saw no effect" if evidence.side == "no effect" else f"{'finds' if stands.all == 1 else 'find'} otherwise"
    comma = "," if "," in said else ""  # a clause of the statement ends before the sentence goes on
    return f"that {said}{comma} is not borne out ({who} {found})"


def _who(evidence: EvidenceAnswer) -> str:
    """Whose side it is: so many of so many papers."""
    one = evidence.stands
    side = {"for": one.pro, "against": one.against, "no effect": one.no_effect, "": one.mixed}[evidence.side]
    if one.all == 1:
        return "one paper" if evidence.papers == 1 else "one study"  # several papers on the same subjects
    if side < one.all:
        return f"{side} of {one.all} papers"
    return "both papers" if side == 2 else f"all {side} papers"


def _side(evidence: EvidenceAnswer) -> int:
    """Whether the papers are for the statement (1), not (-1), or neither."""
    if evidence.word in ("conflicting", "none"):
        return 0
    return {"for": 1, "against": -1, "no effect": -1}.get(evidence.side, 0)


def _mechanism(asserts: str, one: MechanismAnswer) -> tuple[str, int]:
    """What the mechanism is worth, and whether that is for the statement (1), not (-1), or neither."""
    stands = 1 if one.word in _FOR else -1 if one.word in _AGAINST else 0
    if one.word == NOT_YET:
        return _before_gain(asserts, one)
    if one.word == NOT_WELL:
        return "the model's answer is not computed well enough", 0
    if one.word == "untested" and one.because:
        return "the model cannot test it", 0
    if one.word in _OPEN:
        return _OPEN[one.word], 0
    if asserts == "none":
        return _OF_NONE[one.word], 1 if one.word == "no relevant effect" else stands
    return (_OF_EFFECT if asserts in WAYS else _OF_ONE_SIDE)[one.word], stands


def _before_gain(asserts: str, one: MechanismAnswer) -> tuple[str, int]:
    """What the fit of all papers shows already, and whether that is for the statement."""
    shown = next((word for word in ("supported", "contradicted", "weakly supported") if word in one.can_be), "")
    if not shown:
        return HEAD_ALONE, 0
    if shown == "contradicted":
        said = "finds an effect" if asserts not in WAYS else "finds the opposite"
    elif shown == "supported":
        said = "shows it"
    else:
        said = "shows it, perhaps weakly" if (one.pi or 0.0) >= PI else "leans to it"
    return f"the fitted model {said}", -1 if shown == "contradicted" else 1


def _size(one: MechanismAnswer, papers: EvidenceAnswer | None = None) -> str:
    """The effect in the fitted model, " (1.69 times the control, 1.34 to 2.2)"; "" where there is none to show.

    Parameters
    ----------
    papers
        of which the pooled effect is set beside it
    """
    if one.effect is None or one.word in (NOT_WELL, "untested"):
        return ""
    low, high = (times(value) for value in (one.effect.low, one.effect.high))
    pool = papers.pool if papers is not None else None
    beside = "" if pool is None else f"; papers together {times(math.log(pool.ratio))}"
    return f" ({times(one.effect.median)} times the control, {low} to {high}{beside})"


def times(logarithm: float) -> str:
    """A ratio as it is said, "0.98" or "2.4" or "83", from its logarithm."""
    ratio = math.exp(min(logarithm, 700.0))
    return f"{ratio:.2f}" if ratio < 1.995 else f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"


def _joint(papers: int, mechanism: int, word: str) -> str:
    """What stands between papers and mechanism: they agree, they do not, or one of them is open."""
    if word in (NOT_YET, NOT_WELL) and not mechanism:
        return ";"
    if not papers or papers == mechanism:
        return ", and"
    return ", but"


def _model(one: ModelAnswer, subject: str) -> str:
    """Whether the model fits; "" where that is not told. subject : "the model", or "it"."""
    if one.word in (NOT_YET, NOT_WELL, "untested"):
        return ""
    if one.word == "adequate":
        return f"{subject} fits the {'measurement' if one.atoms == 1 else 'measurements'}"
    if not one.outside:
        return f"{subject} fits the measurements badly"
    return f"{subject} misses {f'{one.outside} of {one.atoms} measurements' if one.atoms != 1 else 'the measurement'}"
