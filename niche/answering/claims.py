"""The three answers of every claim, put together: `niche.answers()`."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from niche.answering.claim_sentences import claim_sentence, summary_sentence
from niche.answering.evidence import evidence_of
from niche.answering.evidence_record import EvidenceAnswer
from niche.answering.heads import head_in_words
from niche.answering.mechanism import without_numbers
from niche.answering.records import AnswerFile, ClaimAnswer, FittedAnswer, PropositionAnswer
from niche.answering.registry import ClaimEntry, id_of, read_entries
from niche.answering.sentences import proposition_sentence
from niche.answering.stored import read_answers
from niche.errors import unknown
from niche.propositions.answer import evidence_answer
from niche.propositions.reading import proposition, read_propositions
from niche.propositions.records import Proposition


def answers(claims: Sequence[str] = (), *, folder: Path | None = None) -> tuple[ClaimAnswer, ...]:
    """What is said of claims: of each proposition what the papers say, what the mechanism is worth, whether the model
    fits, and a sentence.

    What the papers say is reckoned now; the rest stands in params/answers.json, and is "not yet computed" without it.

    Parameters
    ----------
    claims
        ids or numbers ("crosstalk", "12"), or single propositions ("12b"); all claims if none is named
    folder
        of answers.json, in place of params/

    Returns
    -------
    tuple[ClaimAnswer, ...]
        in order of number; `niche.answering.records` says what each field is

    Raises
    ------
    NicheError
        for an unknown name, with the nearest; and as `niche.answering.stored.read_answers`
    """
    stored, registry = read_answers(folder), read_entries()
    chosen: dict[str, list[str]] = {}
    for name in claims or registry:
        claim, pieces = _chosen(name)
        chosen.setdefault(claim, []).extend(piece for piece in pieces if piece not in chosen[claim])
    ordered = sorted(chosen, key=lambda claim: registry[claim].number)
    return tuple(_claim(claim, registry[claim], sorted(chosen[claim]), stored) for claim in ordered)


def answers_of(
    one: Proposition, name: str, evidence: EvidenceAnswer, fitted: FittedAnswer | None = None
) -> PropositionAnswer:
    """One proposition with its answers and its sentence.

    Parameters
    ----------
    fitted
        None where its numbers are missing
    """
    said = fitted or without_numbers(one)
    statement = " ".join(one.statement.split())
    sentence = proposition_sentence(statement, one.asserts, evidence, said.mechanism, said.model)
    head = head_in_words(one)
    return PropositionAnswer(name, statement, head, one.asserts, sentence, evidence, said.mechanism, said.model)


def _claim(claim: str, entry: ClaimEntry, pieces: Sequence[str], stored: AnswerFile) -> ClaimAnswer:
    found = tuple(answers_of(proposition(n), n, _evidence(n), stored.propositions.get(n)) for n in pieces)
    leading = [one for one in found if one.id in entry.leads] or found[:1]
    said = claim_sentence(entry.kind, leading, stored.verified.get(claim))
    return ClaimAnswer(claim, entry.number, entry.title, said, found, summary_sentence(found))


@lru_cache(maxsize=256)
def _evidence(name: str) -> EvidenceAnswer:
    return evidence_of(evidence_answer(name))


def _chosen(name: str) -> tuple[str, list[str]]:
    """The claim that a name means, and which of its propositions."""
    known = read_propositions()
    if name in known:
        return known[name].claim, [name]
    claim = id_of(name)
    if claim is None:
        raise unknown("claim or proposition", name, [*read_entries(), *known])
    return claim, [piece for piece, one in known.items() if one.claim == claim]
