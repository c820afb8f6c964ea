"""Every work that is known here: papers as their files have them, completed and corrected by `references/`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from compendium.citing.entry import OTHERS, BibEntry, citation_key
from compendium.citing.names import split_name, split_names
from compendium.citing.records import LibraryFile, Reference, ReferenceFile
from niche.errors import NicheError, unknown
from niche.evidence.paper_records import Paper
from niche.evidence.papers import read_papers
from niche.params.records import read_yaml
from niche.params.schema import parse

HERE = Path(__file__).parent
PUBMED, CENTRAL = "https://pubmed.ncbi.nlm.nih.gov/{}/", "https://pmc.ncbi.nlm.nih.gov/articles/PMC{}/"
# A paper file with one or two names has, as a rule, the first author and the head of the laboratory: until references/
# says otherwise the first alone is cited, "and others", since whoever stands second may be the last.
_FEW = 2
_NO_MORE = "Its paper file has no more, and no other page of it has been entered."
_VOLUME = re.compile(r"([^()]+?)\s*\((.+)\)")


@dataclass(frozen=True)
class Works:
    """Works by each way in which they are named: DOI in small letters, PMID, PMC number, paper, words of a row."""

    by_doi: Mapping[str, BibEntry]
    by_pmid: Mapping[str, BibEntry]
    by_pmcid: Mapping[str, BibEntry]
    by_paper: Mapping[str, BibEntry]
    by_words: Mapping[str, BibEntry]

    def all(self) -> tuple[BibEntry, ...]:
        """Each work once, by key."""
        found = {one.key: one for table in vars(self).values() for one in table.values()}
        return tuple(found[key] for key in sorted(found))


@cache
def works() -> Works:
    """Every known work.

    Raises
    ------
    NicheError
        with file and number for what is wrong in `references/`, a paper that is not there, or a work given twice
    """
    return gathered(read_references(), read_papers())


def read_references(folder: Path | None = None) -> Mapping[str, Reference]:
    """Every reference by where it stands: "references/methods.yaml, reference 3"."""
    found: dict[str, Reference] = {}
    for file in sorted((folder or HERE / "references").glob("*.yaml")):
        content = parse(ReferenceFile, read_yaml(file), f"references/{file.name}")
        found |= {f"references/{file.name}, reference {i}": one for i, one in enumerate(content.references, 1)}
    return found


@cache
def libraries() -> LibraryFile:
    """What libraries.yaml holds."""
    return parse(LibraryFile, read_yaml(HERE / "libraries.yaml"), "libraries.yaml")


def gathered(references: Mapping[str, Reference], papers: Mapping[str, Paper]) -> Works:
    """References and papers together, each work once. Raises NicheError where two are one, or a paper is not there."""
    own: dict[str, tuple[str, Reference]] = {}
    for where, one in references.items():
        if one.paper and one.paper not in papers:
            raise NicheError(f"{where}: {unknown('paper', one.paper, papers)}")
        if one.paper in own:
            raise NicheError(f"{where}: the paper {one.paper} stands in {own[one.paper][0]} already")
        if one.paper:
            own[one.paper] = where, one
    pairs = [(f"params/papers/{key}.yaml", own[key][1] if key in own else None, key) for key in papers]
    pairs += [(where, one, "") for where, one in references.items() if not one.paper]
    tables: dict[str, dict[str, BibEntry]] = {name: {} for name in Works.__dataclass_fields__}
    for where, reference, key in pairs:
        entry = _entry(reference, papers.get(key), key)
        names = {
            "by_doi": [entry.fields.get("doi", "").lower()],
            "by_pmid": [entry.fields.get("pmid", "")],
            "by_pmcid": [entry.fields.get("pmcid", "").removeprefix("PMC")],
            "by_paper": [key],
            "by_words": list(reference.cited_as) if reference else [],
        }
        for table, given in names.items():
            for name in filter(None, given):
                if name in tables[table]:
                    raise NicheError(f"{where}: {name} is {tables[table][name].key} already: one work, one reference")
                tables[table][name] = entry
    return Works(**tables)


def _entry(reference: Reference | None, paper: Paper | None, key: str) -> BibEntry:
    """One work: what its reference says, and what it leaves out as its paper file has it."""
    fields = _of_paper(paper, reference) if paper else {}
    seen: tuple[str, ...] = ()
    if reference:
        fields |= _of_reference(reference)
        seen = tuple(f"{one.source}: {one.at}" for one in reference.seen)
    if paper and paper.seen_at:
        seen = (*seen, f"where the paper was read: {paper.seen_at}")
    if not fields.get("url") and not fields.get("doi"):
        pmid, pmcid = fields.get("pmid"), fields.get("pmcid", "").removeprefix("PMC")
        fields["url"] = PUBMED.format(pmid) if pmid else CENTRAL.format(pmcid) if pmcid else _page(paper)
    ordered = {name: fields[name] for name in _ORDER if fields.get(name)}
    return BibEntry(
        _key(ordered, key, reference),
        reference.kind if reference else "article",
        ordered,
        seen=seen,
        without=tuple("author" if name == "authors" else name for name in reference.without) if reference else (),
        not_found=reference.not_found if reference and reference.not_found else _NO_MORE if paper else "",
        paper=key,
    )


_ORDER = [
    "author",
    "title",
    "journal",
    "booktitle",
    "publisher",
    "year",
    "volume",
    "number",
    "pages",
    "doi",
    "pmid",
    "pmcid",
    "url",
]  # as an entry lists them


def _of_paper(paper: Paper, reference: Reference | None) -> dict[str, str]:
    volume = _VOLUME.fullmatch(paper.volume)
    fields = {
        "author": _authors(paper),
        "title": paper.title,
        "journal": paper.journal,
        "year": str(paper.year),
        "volume": volume[1] if volume else paper.volume,
        "number": volume[2] if volume else "",
        "pages": paper.pages.replace("-", "--"),
        "doi": paper.doi,
        "pmid": paper.pmid,
        "pmcid": paper.pmcid,
    }
    for name in reference.unverified if reference else ():
        fields[_BIBTEX.get(name, name)] = ""
    return fields


def _authors(paper: Paper) -> str:
    names = [str(split_name(one)) for one in paper.authors]
    if len(names) > _FEW or names[0].startswith("{"):  # a group is one name
        return " and ".join(names)
    return names[0] + OTHERS


_BIBTEX = {"authors": "author", "issue": "number"}


def _of_reference(one: Reference) -> dict[str, str]:
    authors = " and ".join(map(str, split_names(one.authors))) + (OTHERS if one.authors and one.more_authors else "")
    fields = {
        "author": authors,
        "year": str(one.year or ""),
        "number": one.issue,
        "pages": one.pages.replace("-", "--"),
    }
    same = ("title", "journal", "booktitle", "publisher", "volume", "doi", "pmid", "pmcid", "url")
    fields |= {name: getattr(one, name) for name in same}
    return {name: text for name, text in fields.items() if text}


def _page(paper: Paper | None) -> str:
    return paper.seen_at if paper else ""


def _key(fields: Mapping[str, str], paper: str, reference: Reference | None) -> str:
    if doi := fields.get("doi"):
        return doi_key(doi)
    if pmid := fields.get("pmid"):
        return f"pmid:{pmid}"
    if pmcid := fields.get("pmcid"):
        return f"pmc:{pmcid.removeprefix('PMC')}"
    words = reference.cited_as[0] if reference and reference.cited_as else ""
    return f"paper:{paper}" if paper else f"ref:{citation_key(words.lower())}"


def doi_key(doi: str) -> str:
    """The key of a DOI, which has no case."""
    return f"doi:{citation_key(doi.lower())}"
