"""What is said of a claim: a sentence with its answer, and one about all of its statements."""

from collections.abc import Sequence

from niche.answering.records import NOT_YET, PropositionAnswer
from niche.answering.words import capital, counted, listed
from niche.propositions.records import WAYS

_LEVELS = ("very low", "low", "moderate", "high")
_OPEN = ("contested", "undetermined", "untested", "not computed well enough")


def claim_sentence(
    kind: str,
    leading: Sequence[PropositionAnswer],
    verified: tuple[int, int] | None = None,
) -> str:
    """The answer to what the title of a claim says: the sentence of one statement, or two, and how sure papers make it.

    Parameters
    ----------
    kind
        what a claim is that has no propositions, as the registry says it
    leading
        the statements that say what the title says
    verified
        of a claim that checks code: how many published numbers came out as printed, of how many
    """
    if verified is not None:
        right, many = verified
        return f"{right} of {many} published numbers come out as printed."
    if not leading:
        return f"{capital(kind or 'no statement that a paper could speak to').rstrip('.')}."
    return " ".join([*(one.sentence for one in leading), _sure(leading)]).rstrip()


def _sure(leading: Sequence[PropositionAnswer]) -> str:
    """How sure the papers make it; the lowest level if there are several."""
    levels = [one.evidence.certainty.level for one in leading if one.evidence.certainty.level]
    if not levels:
        return ""
    return f"How sure the papers make it: {min(levels, key=_LEVELS.index)}."


def summary_sentence(propositions: Sequence[PropositionAnswer]) -> str:
    """How many of a claim's statements the papers bear out, and what the fitted model makes of them; "" of only one."""
    if len(propositions) < 2:
        return ""
    later = _later(propositions)
    fits = _models(propositions, "the model" if later else "it")
    parts = [_papers(propositions), _mechanisms(propositions), later, fits]
    return f"{capital('; '.join(filter(None, parts)))}."


def _papers(propositions: Sequence[PropositionAnswer]) -> str:
    n = len(propositions)
    pro = sum(one.evidence.word == "consistent" and one.evidence.side == "for" for one in propositions)
    single = sum(one.evidence.word == "single paper" and one.evidence.side == "for" for one in propositions)
    said = f"papers agree with {_of(pro, n)} statements"
    return f"{said}, a single paper with {counted(single)}" if single else said


def _of(some: int, n: int) -> str:
    if some == n:
        return "both of its" if n == 2 else f"all {counted(n)} of its"
    return f"{'none' if not some else counted(some)} of its {counted(n)}"


def _mechanisms(propositions: Sequence[PropositionAnswer]) -> str:
    words = [str(one.mechanism.word) for one in propositions]
    if _silent(propositions):
        return "the model's answers are not yet computed" if NOT_YET in words else "the model can test none"
    verbs = {
        "supported": "supports {}",
        "weakly supported": "supports {} weakly",
        "contradicted": "contradicts {}",
        "no relevant effect": "finds no relevant effect in {}",
    }
    missed = sum(misses(one) for one in propositions)
    found = {word: words.count(word) - (missed if word == "no relevant effect" else 0) for word in verbs}
    parts = [verb.format(counted(found[word])) for word, verb in verbs.items() if found[word]]
    parts += [f"does not reproduce {counted(missed)} that papers show"] if missed else []
    ways = [_shown(one) for one in propositions]
    shown = {
        "supported": "shows {} clearly",
        "weakly supported": "shows {} perhaps weakly",
        "contradicted": "shows the opposite of {}",
    }
    parts += [verb.format(counted(ways.count(way))) for way, verb in shown.items() if way in ways]
    left = sum(word in _OPEN for word in words)
    parts += [f"leaves {counted(left)} open"] if left else []
    return f"the fitted model {listed(parts)}" if parts else ""


def misses(one: PropositionAnswer) -> bool:
    """Whether papers show an effect, none of them the opposite, that the fitted model does not."""
    agreed = one.evidence.word in ("consistent", "single paper") and one.evidence.side == "for"
    return agreed and one.asserts in WAYS and one.mechanism.word == "no relevant effect"


def _shown(one: PropositionAnswer) -> str:
    """What the fit of all papers shows of a statement whose D is to come: the word that D would have to bear out."""
    order = ("supported", "contradicted", "weakly supported")
    words = one.mechanism.can_be if one.mechanism.word == NOT_YET else ()
    return next((word for word in order if word in words), "")


def _silent(propositions: Sequence[PropositionAnswer]) -> bool:
    """Whether the model has answered nothing: what was not asked, or of what neither answer is there yet."""
    return all(
        one.mechanism.papers is None or (one.mechanism.word == one.model.word == NOT_YET and not _shown(one))
        for one in propositions
    )


def _later(propositions: Sequence[PropositionAnswer]) -> str:
    """Of how many it is not known yet whether the mechanism helps; "" where that is said, or known of all."""
    words = [one.mechanism.word for one in propositions]
    if NOT_YET not in words or _silent(propositions):
        return ""
    later = words.count(NOT_YET)
    many = "the mechanisms help" if later == len(words) else f"{counted(later)} of the mechanisms help"
    one = "the mechanism of one helps"
    return f"whether {one if later == 1 else many} is not yet computed"


def _models(propositions: Sequence[PropositionAnswer], subject: str) -> str:
    words = [one.model.word for one in propositions]
    good, bad = words.count("adequate"), words.count("misfits")
    told = {"fits": good, "misfits": bad}
    there = [(verb, many) for verb, many in told.items() if many]
    if len(there) < 2 and good + bad + words.count("untested") == len(words):  # nothing else was asked
        return "".join(f"{subject} {verb} the measurements" for verb, _ in there)
    begin = [
        f"{verb} {'those' if i else 'the measurements'} of {counted(many)}" for i, (verb, many) in enumerate(there)
    ]
    return f"{subject} {listed(begin)}" if begin else ""
