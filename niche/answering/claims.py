"""The three answers of every claim, put together: `niche.answers()`."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from niche.answering.claim_sentences import claim_sentence
from niche.answering.evidence import evidence_of
from niche.answering.evidence_record import EvidenceAnswer
from niche.answering.heads import head_in_words
from niche.answering.mechanism import without_numbers
from niche.answering.records import AnswerFile, ClaimAnswer, FittedAnswer, PropositionAnswer
from niche.answering.sentences import proposition_sentence
from niche.answering.stored import read_answers
from niche.errors import unknown
from niche.params.records import read_yaml, root
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
    stored, registry = read_answers(folder), _registry()
    chosen: dict[str, list[str]] = {}
    for name in claims or registry:
        claim, pieces = _chosen(name, registry)
        chosen.setdefault(claim, []).extend(piece for piece in pieces if piece not in chosen[claim])
    ordered = sorted(chosen, key=lambda claim: int(registry[claim]["number"]))
    return tuple(_claim(claim, registry[claim], sorted(chosen[claim]), stored) for claim in ordered)


def answers_of(
    one: Proposition, name: str, evidence: EvidenceAnswer, fitted: FittedAnswer | None = None
) -> PropositionAnswer:
    """One proposition with its answers and its sentence. fitted : None where its numbers are missing."""
    said = fitted or without_numbers(one)
    statement = " ".join(one.statement.split())
    sentence = proposition_sentence(statement, one.asserts, evidence, said.mechanism, said.model)
    head = head_in_words(one)
    return PropositionAnswer(name, statement, head, one.asserts, sentence, evidence, said.mechanism, said.model)


def _claim(claim: str, entry: Mapping[str, Any], pieces: Sequence[str], stored: AnswerFile) -> ClaimAnswer:
    found = tuple(answers_of(proposition(n), n, _evidence(n), stored.propositions.get(n)) for n in pieces)
    verified, number = stored.verified.get(claim), int(entry["number"])
    said = claim_sentence(str(entry.get("kind", "")), found, verified)
    return ClaimAnswer(claim, number, str(entry["title"]), said, found)


@lru_cache(maxsize=256)
def _evidence(name: str) -> EvidenceAnswer:
    return evidence_of(evidence_answer(name))


def _registry() -> Mapping[str, Mapping[str, Any]]:
    """What params/claims.yaml says of each claim, in order of number; verdicts, which judge them, stand above."""
    content = read_yaml(root() / "claims.yaml")["claims"]
    return dict(sorted(content.items(), key=lambda pair: int(pair[1]["number"])))


def _chosen(name: str, registry: Mapping[str, Mapping[str, Any]]) -> tuple[str, list[str]]:
    """The claim that a name means, and which of its propositions."""
    known = read_propositions()
    if name in known:
        return known[name].claim, [name]
    stem = Path(name).name.removesuffix(".ipynb")
    for claim, entry in registry.items():
        number = int(entry["number"])
        if stem in (claim, f"{number:02d}_{claim}") or (stem.isdigit() and int(stem) == number):
            return claim, [piece for piece, one in known.items() if one.claim == claim]
    raise unknown("claim or proposition", name, [*registry, *known])
