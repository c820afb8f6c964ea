"""The three answers to each statement of a claim, in words and with their numbers: for a cell of its notebook."""

from dataclasses import dataclass
from html import escape

from niche.answering.numbers import mechanism_sentences, model_sentences, vote_sentences
from niche.answering.records import ClaimAnswer, PropositionAnswer

_PARTS = ("papers", "mechanism", "model")


@dataclass(frozen=True)
class Told:
    """The answers to a claim. `str` and a notebook show them as text; all of them are in `niche.answers`.

    Attributes
    ----------
    summary
        how all statements fare; "" where there is only one, whose sentence says all
    """

    title: str
    summary: str
    propositions: tuple[PropositionAnswer, ...]

    def __str__(self) -> str:
        blocks = [self.summary] if self.summary else []
        for one in self.propositions:
            lines = [f"  {name}: {word}" + "".join(f"\n    {s}" for s in said) for name, word, said in _parts(one)]
            blocks.append("\n".join([one.sentence, *lines]))
        return "\n\n".join(blocks)

    def _repr_html_(self) -> str:
        blocks = [f"<p><strong>{escape(self.summary)}</strong></p>"] if self.summary else []
        for one in self.propositions:
            items = "".join(
                f"<li><strong>{escape(name)}: {escape(word)}</strong>{_list(said)}</li>"
                for name, word, said in _parts(one)
            )
            blocks.append(f"<p>{escape(one.sentence)}</p><ul>{items}</ul>")
        return "".join(blocks)

    __repr__ = __str__


def told_of(claim: ClaimAnswer) -> Told:
    """All answers to a claim."""
    return Told(claim.title, claim.summary if claim.propositions else claim.sentence, claim.propositions)


def _parts(one: PropositionAnswer) -> list[tuple[str, str, list[str]]]:
    """Name of each answer, its word, and the sentences with its numbers."""
    words = (one.evidence.word, one.mechanism.word, one.model.word)
    said = (
        vote_sentences(one.evidence, one.asserts),
        mechanism_sentences(one.mechanism, one.asserts),
        model_sentences(one.model),
    )
    return list(zip(_PARTS, words, said, strict=True))


def _list(said: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in said)}</ul>" if said else ""
