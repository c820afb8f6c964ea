"""References in running text: DOIs with the authors and year beside them, PMIDs, PMC numbers, journal references."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from compendium.citing.entry import BibEntry, citation_key
from compendium.citing.library import CENTRAL, PUBMED, doi_key, works
from niche.evidence.papers import read_papers
from niche.params.records import root

_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s,;\"'<>]+)")
_PMID = re.compile(r"\bPMID:? ?(\d{4,9})\b")
_PMC = re.compile(r"\bPMC ?(\d{4,9})\b")
_NAME = r"[A-ZÀ-Ž][\w'’-]+"
# "Choi 2025, ", "Stein and Peletier 2018, ", "Lemaire et al. 2004 (", right before the reference
_BESIDE = re.compile(rf"({_NAME})(?: (?:and|&) ({_NAME})| (et al\.?))?,? \(?((?:19|20)\d\d)[,:]? ?\(?(?:doi: ?)?$")
_NUMBERED = re.compile(r"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/(\d{4,9})")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def of_doi(doi: str, note: str = "", rows: tuple[str, ...] = ()) -> BibEntry:
    """The entry of a DOI: in full if the work is known; else with authors and year if they are recorded beside it."""
    known = works().by_doi.get(doi.lower())
    if known:
        return known.cited(note, rows)
    notes = (note,) if note else ()
    return BibEntry(doi_key(doi), "misc", {**_recorded().get(doi.lower(), {}), "doi": doi}, notes, rows)


def references(text: str, note: str = "", rows: tuple[str, ...] = ()) -> Iterator[BibEntry]:
    """Every work that a text names by DOI, PMID or PMC number."""
    notes = (note,) if note else ()
    for match in _DOI.finditer(text):
        yield of_doi(_trimmed(match[1]), note, rows)
    tables = (("pmid", _PMID, PUBMED, works().by_pmid), ("pmc", _PMC, CENTRAL, works().by_pmcid))
    for kind, form, page, table in tables:
        for match in form.finditer(text):
            if known := table.get(match[1]):
                yield known.cited(note, rows)
                continue
            fields = {**_beside(text[: match.start()]), "url": page.format(match[1])}
            yield BibEntry(f"{kind}:{match[1]}", "misc", fields, notes, rows)


def of_row(doi: str, url: str, row: str) -> list[BibEntry]:
    """The work behind an evidence row.

    By the paper that has its number; what its column `doi` names, where that is another work, follows as the one that
    quotes the measurement, without the row. Without a paper, by what that column holds, else by the page where it was
    read.
    """
    paper = _paper_of().get(row)
    known = works().by_paper.get(paper or "") or works().by_words.get(doi) or works().by_words.get(url)
    found = list(references(doi, rows=(row,)))
    if known:
        quoted = f"Row {row} of params/evidence was read here, where the measurement is quoted."
        return [known.cited(rows=(row,)), *(one.cited(quoted) for one in found if one.key != known.key)]
    if found:
        return found
    if doi:
        year = _YEAR.findall(doi)
        fields = {"howpublished": doi, "year": year[0] if len(year) == 1 else "", "url": url}
        return [BibEntry(f"ref:{citation_key(doi.lower())}", "misc", fields, rows=(row,))]
    from_page = list(references(url, rows=(row,)))
    if from_page or not url:
        return from_page or [BibEntry(f"row:{row}", rows=(row,))]
    page = _NUMBERED.search(url)
    if page:
        return [BibEntry(f"pmid:{page[1]}", "misc", {"url": PUBMED.format(page[1])}, rows=(row,))]
    return [BibEntry(f"url:{citation_key(url.partition('://')[2])}", "misc", {"url": url}, rows=(row,))]


@cache
def _paper_of() -> dict[str, str]:
    """The paper of each measurement, which is named as its row of params/evidence."""
    return {one.id: key for key, paper in read_papers().items() for one in paper.measurements}


@cache
def _recorded() -> dict[str, dict[str, str]]:
    """Names and year of every DOI beside which they stand somewhere in params/ or niche/, where all places agree."""
    found: dict[str, dict[str, str]] = {}
    for file in [*sorted(root().rglob("*.yaml")), *sorted(Path(__file__).parents[1].rglob("*.py"))]:
        text = " ".join(file.read_text(encoding="utf-8").split())
        for match in _DOI.finditer(text):
            said, doi = _beside(text[max(0, match.start() - 80) : match.start()]), _trimmed(match[1]).lower()
            if said:
                found[doi] = said if found.get(doi, said) == said else {}
    return found


def _trimmed(doi: str) -> str:
    """Without what follows a DOI in a sentence: stops, and brackets that were opened before it."""
    doi = doi.rstrip(".:")
    while doi.endswith((")", "]", "}")) and doi.count(doi[-1]) > doi.count({")": "(", "]": "[", "}": "{"}[doi[-1]]):
        doi = doi[:-1].rstrip(".:")
    return doi


def _beside(before: str) -> dict[str, str]:
    """Authors and year, if they stand right before a reference."""
    match = _BESIDE.search(before)
    if not match:
        return {}
    first, second, more, year = match.groups()
    others = f" and {second}" if second else " and others" if more else ""
    return {"author": first + others, "year": year}
