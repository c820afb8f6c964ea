"""The works that are cited, as people read them: a page of all, and the line for one."""

import json
from collections.abc import Mapping

from compendium.citing.bibliography import FORMATS, PARTS, cite, entries
from compendium.citing.entry import BibEntry
from compendium.citing.found import of_row
from compendium.citing.names import bibtex_names
from compendium.site.html import aside, escaped, filtered, html_source, link
from niche.evidence.rows import Evidence

_MOST = 6  # authors that a line names before "et al."; the files for reference managers have all
_FILES = {"bibtex": "references.bib", "ris": "references.ris", "csl-json": "references.json"}


def html_reference(one: BibEntry) -> str:
    """A work as one line: authors, year, title, where it appeared, links; what is not recorded in small print."""
    fields = one.fields
    names, whole = bibtex_names(fields.get("author", ""))
    said = [f"{name.family} {_initials(name.given)}".strip() for name in names[:_MOST]]
    if names and (len(names) > _MOST or not whole):
        said.append("et al.")
    parts = [escaped(", ".join(said)), f"({escaped(fields['year'])})" if fields.get("year") else ""]
    line = " ".join(filter(None, parts))
    title = fields.get("title") or fields.get("howpublished") or ""
    pieces = [piece for piece in (line, escaped(title.rstrip(".")), _appeared(fields)) if piece]
    text = ". ".join(pieces) + ("." if pieces else "")
    lacking = f"Not recorded: {', '.join(one.missing)}. {one.not_found}".strip() if one.missing else ""
    links = _links(fields)
    return " ".join(filter(None, (text, links))) + (f"<br><small>{escaped(lacking)}</small>" if lacking else "")


def html_cited(row: Evidence) -> str:
    """The papers behind a row of evidence by first author and year, the whole reference where the pointer rests.

    A work that only quotes the measurement is named as such.
    """
    works = of_row(row.doi, row.source_url, row.id)
    made, quoting = ([_short(one) for one in works if bool(one.rows) is by_it] for by_it in (True, False))
    named = [", ".join(filter(None, some)) for some in (made, quoting)]
    return ", quoted in ".join(filter(None, named)) or html_source(row.doi, row.source_url)


def references_page() -> str:
    """Every work that the compendium cites, with where its particulars were seen."""
    parts = entries()
    rows = []
    for part, found in parts.items():
        for one in sorted(found, key=_by_author):
            by = {"part": PARTS[part].partition(":")[0], "complete": "no" if one.missing else "yes"}
            seen = "; ".join(one.seen) or "–"
            rows.append((by, [html_reference(one), escaped(by["part"]), aside(seen) if one.seen else "–"]))
    every = [one for found in parts.values() for one in found]
    complete = sum(not one.missing for one in every)
    downloads = " · ".join(f"{{download}}`{_TOLD[form]} <{_FILES[form]}>`" for form in FORMATS)
    return (
        "# References\n\n"
        f"{len(every)} works are cited: the papers whose measurements are used or were read for a claim, the sources "
        f"of the numbers that go in, methods, and software. {complete} have a full reference. Of the others the page "
        "says what is not recorded and, where it was looked for, why it was not found; nothing is filled in from "
        f"memory. The last column says on what page the particulars of a work were seen.\n\n{downloads}\n\n"
        "```{raw} html\n"
        + filtered("cited-works", ("work", "cited for", "seen on"), rows, {"part": "cited for", "complete": "complete"})
        + "```\n"
    )


def _by_author(one: BibEntry) -> tuple[str, str, str]:
    """As a list of references runs: by first author and year, and whose author is not recorded last."""
    return one.fields.get("author", "\uffff").casefold(), one.fields.get("year", ""), one.key


_TOLD = {"bibtex": "BibTeX", "ris": "RIS", "csl-json": "CSL-JSON"}


def files() -> Mapping[str, str]:
    """The same works for reference managers, by name of file."""
    found = {_FILES[form]: cite(form=form) for form in FORMATS}
    work = _FILES["csl-json"]
    return found | {work: json.dumps(json.loads(found[work]), ensure_ascii=False, separators=(",", ":")) + "\n"}


def _appeared(fields: Mapping[str, str]) -> str:
    """Journal, volume, issue and pages."""
    where = fields.get("journal") or fields.get("booktitle") or fields.get("publisher") or ""
    volume = fields.get("volume", "") + (f"({fields['number']})" if fields.get("number") else "")
    place = " ".join(filter(None, (f"<i>{escaped(where)}</i>" if where else "", escaped(volume))))
    pages = fields.get("pages", "").replace("--", "–")
    return ", ".join(filter(None, (place, escaped(pages))))


def _links(fields: Mapping[str, str]) -> str:
    found = [html_source(fields["doi"])] if fields.get("doi") else []
    if fields.get("pmid"):
        found.append(link(f"https://pubmed.ncbi.nlm.nih.gov/{fields['pmid']}/", f"PubMed {fields['pmid']}"))
    if fields.get("pmcid"):
        found.append(link(f"https://pmc.ncbi.nlm.nih.gov/articles/{fields['pmcid']}", fields["pmcid"]))
    if not found and fields.get("url"):
        found.append(html_source("", fields["url"]))
    return " · ".join(found)


def _short(one: BibEntry) -> str:
    """First author and year as a link; empty where they are not recorded."""
    names, whole = bibtex_names(one.fields.get("author", ""))
    if not names or not one.fields.get("year"):
        return ""
    second = f" and {names[1].family}" if len(names) == 2 and whole else ""
    others = " et al." if len(names) > 2 or not whole else ""
    doi, page = one.fields.get("doi"), one.fields.get("url", "")
    target = f"https://doi.org/{doi}" if doi else page
    anchor = link(target, f"{names[0].family}{second}{others} {one.fields['year']}")
    title = escaped(one.fields.get("title", ""))
    return anchor.replace("<a ", f'<a title="{title}" ', 1) if title else anchor


def _initials(given: str) -> str:
    """ "Igor L." as "IL", "X. H.-F." as "XHF"."""
    return "".join(word[0] for word in given.replace("-", " ").split() if word[:1].isalpha()).upper()
