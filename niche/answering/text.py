"""The three answers for people: a table of claims that fits a terminal, one proposition with all its numbers, JSON."""

import textwrap
from collections.abc import Sequence
from typing import Any

import msgspec

from niche.answering.numbers import mechanism_lines, model_lines, paper_lines
from niche.answering.records import ClaimAnswer, PropositionAnswer
from niche.answering.words import worth_word
from niche.text import markdown_table

WIDE = 100
_COLUMNS = ((6, ""), (16, "papers"), (26, "mechanism"), (0, "model"))


def table(claims: Sequence[ClaimAnswer]) -> str:
    """Every claim with its propositions: three words each, and a sentence; at most 100 columns."""
    head = _columns([name for _, name in _COLUMNS])
    blocks = [f"{head}\n{'-' * WIDE}"]
    for claim in claims:
        title = f"{claim.number:02d}  {claim.title}"
        said = claim.summary if claim.propositions else claim.sentence  # its answer follows, statement by statement
        blocks.append("\n".join([title, *_wrapped(said)]))
        for one in claim.propositions:
            words = _columns([one.id, one.evidence.word, worth_word(one.mechanism.word, one.asserts), one.model.word])
            blocks.append("\n".join([words, *_wrapped(one.sentence)]))
    return "\n\n".join(blocks)


def details(claims: Sequence[ClaimAnswer]) -> str:
    """The same with the numbers behind each word, by paper."""
    blocks = []
    for claim in claims:
        blocks.append(
            "\n".join([f"{claim.number:02d}  {claim.title}", *_wrapped(claim.sentence), *_wrapped(claim.summary)])
        )
        blocks += [_in_full(one) for one in claim.propositions]
    return "\n\n".join(blocks)


def _in_full(one: PropositionAnswer) -> str:
    worth = worth_word(one.mechanism.word, one.asserts)
    head = [f"{one.id}  {one.evidence.word} / {worth} / {one.model.word}", *_wrapped(one.sentence)]
    if one.head:
        head += _wrapped(f"Stands for it: {one.head}.")
    parts = [
        ("Papers", paper_lines(one.evidence, one.asserts)),
        ("Mechanism", mechanism_lines(one.mechanism, one.asserts)),
        ("Model", model_lines(one.model)),
    ]
    said = ["\n".join([f"  {name}", *_indented(lines)]) for name, lines in parts if lines]
    return "\n\n".join(["\n".join(head), *said])


def as_list(claims: Sequence[ClaimAnswer]) -> list[dict[str, Any]]:
    """Claims as plain mappings and lists, for JSON."""
    return [dict(msgspec.to_builtins(claim)) for claim in claims]


def markdown(claims: Sequence[ClaimAnswer]) -> str:
    """The table of the README: a line for each proposition, below a line for its claim."""
    rows: list[tuple[str, ...]] = []
    for claim in claims:
        said = claim.summary if claim.propositions else claim.sentence
        rows.append((f"**{claim.number:02d} {claim.title}**", "", "", said))
        rows += [worded(one) for one in claim.propositions]
    return markdown_table(("papers", "mechanism", "model", "in a sentence"), rows)


def worded(one: PropositionAnswer) -> tuple[str, str, str, str]:
    """The three words of a statement, and its sentence: a row of a table for people."""
    return one.evidence.word, worth_word(one.mechanism.word, one.asserts), one.model.word, one.sentence


def _columns(cells: Sequence[str]) -> str:
    return "".join(cell.ljust(wide) for cell, (wide, _) in zip(cells, _COLUMNS, strict=True)).rstrip()


def _wrapped(said: str) -> list[str]:
    return textwrap.wrap(said, WIDE, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]
