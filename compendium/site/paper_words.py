"""What the pages of papers share: words, names of papers, and who bears on which claim."""

from collections.abc import Mapping
from functools import cache

from compendium.site.html import escaped
from niche.atoms.build import atoms
from niche.atoms.records import Atom
from niche.evidence.paper_records import Paper

READ = {
    "full text": "in full",
    "abstract": "in its abstract only; what the full text adds is not here",
    "other page": "on another page than the paper's own, which quotes it",
}
# In no table of contents, which would stand on every page, and not in the search index, for whose sake a build would
# take half as long again: the list of papers has a search field of its own.
HIDDEN = "---\norphan: true\nnosearch: true\n---"
_MARKS = "\\`*_[]<>$#|{}~^"


@cache
def by_paper() -> Mapping[str, tuple[Atom, ...]]:
    """The atoms of each paper that has some."""
    found: dict[str, list[Atom]] = {}
    for atom in atoms():
        found.setdefault(atom.paper, []).append(atom)
    return {key: tuple(some) for key, some in found.items()}


def claims_of(paper: Paper) -> list[int]:
    """Numbers of the claims that a paper bears on, by the propositions that its file names."""
    return sorted({int(one[:2]) for one in paper.propositions})


def short_name(paper: Paper) -> str:
    """A paper by its first author and year."""
    first = paper.authors[0]
    name = first.split()[-1] if first[:1] not in "[(" else paper.laboratory.split(",")[0]
    return f"{name} {paper.year}"


def judged(word: str) -> str:
    return f'<span class="bias {escaped(word)}">{escaped(word)}</span>'


def prose(words: str) -> str:
    for sign in _MARKS:
        words = words.replace(sign, "\\" + sign)
    return " ".join(words.split())


def raw(markup: str) -> str:
    return "```{raw} html\n" + markup + "\n```"
