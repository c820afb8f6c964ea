"""Whether a reference is of the same work as the paper file it completes: title, year, first author, journal, DOI.

A DOI or a page of another paper is the likeliest mistake of a bibliography; where both differ for a reason, the
reference says so under `corrects`.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from compendium.citing.names import split_name, split_names
from compendium.citing.records import Reference
from niche.evidence.paper_records import Paper

ALIKE = 0.8  # of two titles: letters in common, by difflib; other papers of the same people come to 0.6
_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "κ": "kappa", "μ": "mu", "τ": "tau"}


def disagreements(references: Mapping[str, Reference], papers: Mapping[str, Paper]) -> Iterator[str]:
    """A sentence for everything in which a reference and its paper file differ without a reason being given."""
    for where, one in references.items():
        if one.paper in papers:
            for name, ours, theirs in _differ(one, papers[one.paper]):
                if name not in one.corrects:
                    yield f"{where} ({one.paper}): {name} is {ours!r}, and {theirs!r} in its paper file"


def likeness(a: str, b: str) -> float:
    """How alike two titles are, from 0 to 1: letters and digits only, Greek letters by name."""
    first, second = _plain(a), _plain(b)
    short, long = sorted((first, second), key=len)
    if len(short) > 30 and long.startswith(short):  # a title without its subtitle
        return 1.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _differ(one: Reference, paper: Paper) -> Iterator[tuple[str, object, object]]:
    if one.title and "title" not in one.unverified and likeness(one.title, paper.title) < ALIKE:
        yield "title", one.title, paper.title
    if one.year and abs(one.year - paper.year) > 0:
        yield "year", one.year, paper.year
    if one.authors:
        first, theirs = split_names(one.authors)[0], split_name(paper.authors[0])
        if _plain(first.family) != _plain(theirs.family):
            yield "authors", first.family, theirs.family
    for name, ours, theirs_text in (
        ("journal", _journal(one.journal), _journal(paper.journal)),
        ("doi", one.doi.lower(), paper.doi.lower()),
        ("pmid", one.pmid, paper.pmid),
        ("volume", one.volume, re.sub(r"\(.*", "", paper.volume).strip()),
        ("pages", _first_page(one.pages), _first_page(paper.pages)),
    ):
        if ours and theirs_text and ours != theirs_text:
            yield name, getattr(one, name), getattr(paper, name)


def _plain(text: str) -> str:
    for letter, name in _GREEK.items():
        text = text.replace(letter, name)
    text = unicodedata.normalize("NFKD", re.sub(r"<[^>]+>", "", text))
    return re.sub(r"[^a-z0-9]+", "", text.lower().replace("ø", "o").replace("æ", "ae").replace("ß", "ss"))


def _journal(text: str) -> str:
    """A name without what journals are listed with and without."""
    text = re.sub(r"\(.*?\)|:.*", "", text.lower().replace("&", "and"))
    words = [one for one in re.findall(r"[a-z]+", text) if one not in ("the", "of", "and", "usa")]
    return "".join(words)


def _first_page(text: str) -> str:
    return text.lower().replace("–", "-").split("-")[0].strip()
